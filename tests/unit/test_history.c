/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: its ring, its bounds, what it folds, and what it puts into a report.
 *
 * Layer: tests.
 */
#include "test_model_events.h"
#include "history_impl.h"

#define PAGE 4096ULL
#define MIB  (1ULL << 20)
#define GRP  77 /* a cgroup */

static struct report report;

static struct model_opts opts_of(size_t processes, size_t bytes, uint64_t history_s)
{
	struct model_opts opts = default_opts;

	opts.max_processes = processes;
	opts.history_bytes = bytes;
	opts.history_ns = history_s * SEC;
	return opts;
}

static struct model *recorder(size_t processes, size_t bytes, uint64_t history_s)
{
	struct model_opts opts = opts_of(processes, bytes, history_s);
	struct model *m = model_new(&opts);
	struct ev_meta ev = {.hdr = HDR(EV_META, struct ev_meta, 0),
			     .page_size = PAGE,
			     .interval_ns = SEC,
			     .mem_total_bytes = 1024 * MIB,
			     .cgroup_version = 2};

	assert_non_null(m);
	model_event(m, &ev.hdr);
	return m;
}

/* A process with so much of each kind; pages. */
static void feed_sized(struct model *m, struct ev_task t, uint64_t time, uint64_t anon,
		       uint64_t file, uint64_t shmem, uint64_t swap)
{
	struct ev_task_row r = row(t, time, 0, 0);

	r.anon_rss_bytes = anon * PAGE;
	r.file_rss_bytes = file * PAGE;
	r.shmem_rss_bytes = shmem * PAGE;
	r.swap_bytes = swap * PAGE;
	feed_row(m, r);
}

static void feed_anon(struct model *m, struct ev_task t, uint64_t time, uint64_t mib)
{
	feed_sized(m, t, time, mib * MIB / PAGE, 0, 0, 0);
}

static struct ev_task process(uint32_t pid)
{
	char comm[EV_COMM_LEN];

	snprintf(comm, sizeof(comm), "p%u", pid);
	return task(pid, pid, OLD, comm);
}

/* Second i of a run, its tick at its end. */
static uint64_t at(int i)
{
	return (uint64_t)i * SEC + 1;
}

/* The report of a kill of v at a time, as the caller of history_report() prepares it. */
static struct oom_record kill_record;

static void report_prepare(struct ev_task v, uint64_t kill, uint64_t to)
{
	kill_record = (struct oom_record){.kill.hdr.time_ns = BEGIN_NS + kill};
	memset(&report, 0x5a, sizeof(report)); /* nothing may be taken for granted */
	report.reason = REPORT_OOM;
	report.from_ns = BEGIN_NS + kill > 60 * SEC ? BEGIN_NS + kill - 60 * SEC : 0;
	report.to_ns = BEGIN_NS + to;
	report.first_ns = report.last_ns = BEGIN_NS + kill;
	report.nkills = 1;
	report.ncgroups = 0;
	report.kills[0] = (struct report_kill){
		.rec = &kill_record,
		.time_ns = BEGIN_NS + kill,
		.victim = {.pid = v.tgid, .start_ns = v.start_ns},
	};
	comm_copy(report.kills[0].victim.comm, v.comm);
}

static void report_kill(struct model *m, struct ev_task v, uint64_t kill, uint64_t to)
{
	report_prepare(v, kill, to);
	history_report(m, &report);
}

static void kill_sizes(uint64_t anon_mib, uint64_t swap_mib)
{
	kill_record.anon_rss_bytes = anon_mib * MIB;
	kill_record.swap_bytes = swap_mib * MIB;
	kill_record.kill.sized = 1;
}

static const struct grower *grower_find(uint32_t pid)
{
	for (int i = 0; i < report.ngrowers; i++) {
		if (report.growers[i].who.pid == pid)
			return &report.growers[i];
	}
	return NULL;
}

/* --- the ring --- */

static void test_without_a_history_nothing_is_kept_and_a_report_is_empty(void **state)
{
	struct model *m = model_begin(&default_opts);

	(void)state;
	assert_null(m->history);
	feed_anon(m, process(1), at(1), 100);
	feed_tick(m, at(1));
	feed_stall(m, stall(process(1), at(1), MSEC, STALL_DIRECT));
	report_kill(m, process(1), at(1), at(2));
	assert_int_equal(report.nsamples, 0);
	assert_int_equal(report.ngrowers, 0);
	assert_int_equal(report.nsufferers, 0);
	assert_true(report.stages[STAGE_OOM].known);
	model_free(m);
}

static void test_before_the_first_tick_a_report_is_empty(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	report_kill(m, process(1), at(0), at(1));
	assert_int_equal(report.nsamples, 0);
	assert_int_equal(report.ngrowers, 0);
	feed_stall(m, stall(process(1), at(0), MSEC, STALL_DIRECT));
	report_kill(m, process(2), at(1), at(1));
	assert_int_equal(report.nsamples, 0);
	assert_int_equal(report.nsufferers, 1);
	model_free(m);
}

static void test_the_ring_wraps_and_keeps_the_window(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_host host = host_absent();

	(void)state;
	for (int i = 0; i <= 1000; i++) {
		host.value[HOST_MEM_FREE] = (uint64_t)i * MIB;
		feed_host(m, at(i), &host);
		feed_tick(m, at(i));
	}
	/* Written 10 s after the kill. */
	report_kill(m, process(1), at(990), at(1000));
	assert_in_range(report.nsamples, 70, 72);
	for (int i = 0; i < report.nsamples; i++) {
		const struct report_sample *s = &report.samples[i];

		assert_int_equal(s->length_ns, SEC);
		assert_int_equal(s->free_bytes, (s->time_ns - BEGIN_NS) / SEC * MIB);
		assert_true(s->time_ns >= report.from_ns);
	}
	assert_true(report.samples[0].time_ns <= report.from_ns + SEC);
	assert_int_equal(report.samples[report.nsamples - 1].time_ns, BEGIN_NS + at(1000));
	model_free(m);
}

static void test_a_long_history_is_merged_into_samples_and_growth_adds_up(void **state)
{
	struct model *m = recorder(64, 4 * MIB, 1800);
	struct ev_host host = host_absent();
	uint64_t majfaults = 0, length = 0;

	(void)state;
	for (int i = 0; i <= 1800; i++) {
		host.value[HOST_PGMAJFAULT] = (uint64_t)i * 3;
		host.value[HOST_PSI_SOME] = (uint64_t)i * 1000;
		feed_host(m, at(i), &host);
		feed_tick(m, at(i));
	}
	report_prepare(process(1), at(1790), at(1800));
	report.from_ns = BEGIN_NS;
	history_report(m, &report);
	assert_in_range(report.nsamples, 60, REPORT_SAMPLES);
	for (int i = 0; i < report.nsamples; i++) {
		majfaults += report.samples[i].majfaults;
		length += report.samples[i].length_ns;
		if (i > 1)
			assert_int_equal(report.samples[i].time_ns - report.samples[i].length_ns,
					 report.samples[i - 1].time_ns);
	}
	assert_in_range(majfaults, 1780 * 3, 1800 * 3);
	assert_int_equal(length / SEC, majfaults / 3);
	model_free(m);
}

static void test_merged_samples_do_not_span_the_kill(void **state)
{
	struct model *m = recorder(64, 4 * MIB, 250);
	uint64_t kill = at(245) + SEC / 2;
	bool ends = false;

	(void)state;
	for (int i = 0; i <= 250; i++)
		feed_tick(m, at(i));
	report_prepare(process(1), kill, at(250));
	report.from_ns = BEGIN_NS;
	history_report(m, &report);
	assert_in_range(report.nsamples, 60, REPORT_SAMPLES);
	for (int i = 0; i < report.nsamples; i++)
		ends = ends || report.samples[i].time_ns == BEGIN_NS + at(245);
	assert_true(ends);
	model_free(m);
}

static void test_ticks_faster_than_told_do_not_shorten_the_history(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (int i = 0; i <= 1000; i++)
		feed_tick(m, (uint64_t)i * SEC / 10 + 1);
	report_kill(m, process(1), at(90), at(100));
	assert_in_range(report.nsamples, 69, 75);
	model_free(m);
}

static void test_a_clock_that_stands_still_or_goes_back_does_not_stop_it(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	uint32_t seq;

	(void)state;
	for (int i = 0; i < 20; i++)
		feed_tick(m, at(i));
	seq = m->history->seq;
	for (int i = 0; i < 200; i++)
		feed_tick(m, at(3));
	assert_true(m->history->seq > seq);
	report_kill(m, process(1), at(19), at(19));
	for (int i = 1; i < report.nsamples; i++)
		assert_true(report.samples[i].time_ns >= report.samples[i - 1].time_ns);
	model_free(m);
}

static void test_figures_that_are_absent_stay_so(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_host host = host_absent();

	(void)state;
	for (int i = 0; i < 5; i++) {
		if (i > 2)
			feed_host(m, at(i), &host);
		feed_tick(m, at(i));
	}
	report_kill(m, process(1), at(4), at(4));
	assert_in_range(report.nsamples, 4, 5);
	for (int i = 0; i < report.nsamples; i++) {
		const struct report_sample *s = &report.samples[i];

		assert_true(s->free_bytes == EV_ABSENT && s->cache_bytes == EV_ABSENT);
		assert_true(s->swap_used_bytes == EV_ABSENT && s->majfaults == EV_ABSENT);
		assert_true(s->psi_some_ns == EV_ABSENT && s->swapin_pages == EV_ABSENT);
		assert_true(s->cg_usage_bytes == EV_ABSENT && s->victim_rss_bytes == EV_ABSENT);
	}
	model_free(m);
}

static void test_the_host_is_as_it_was_read(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_host host = host_absent();
	const struct report_sample *s = &report.samples[2];

	(void)state;
	for (uint64_t i = 0; i < 4; i++) {
		host.value[HOST_CACHED] = 100 * MIB;
		host.value[HOST_SHMEM] = 30 * MIB;
		host.value[HOST_SWAP_TOTAL] = 512 * MIB;
		host.value[HOST_SWAP_FREE] = (512 - i) * MIB;
		host.value[HOST_PSWPIN] = i * 10;
		host.value[HOST_SWPIN_ZERO] = i;
		host.value[HOST_PSI_FULL] = i * 250;
		feed_host(m, at((int)i), &host);
		feed_tick(m, at((int)i));
	}
	report_kill(m, process(1), at(2) + 5, at(3));
	assert_int_equal(s->cache_bytes, 70 * MIB);
	assert_int_equal(s->shmem_bytes, 30 * MIB);
	assert_int_equal(s->swap_used_bytes, 2 * MIB);
	assert_int_equal(s->swapin_pages, 11);
	assert_true(s->swapout_pages == EV_ABSENT);
	assert_int_equal(s->psi_full_ns, 250000);
	model_free(m);
}

/* --- who is kept, and who is one of the others --- */

struct sums {
	uint64_t anon, file, shmem, swap, processes, stall_ns, stalls, majfaults;
};

static struct sums slot_sums(const struct history *h, uint32_t seq)
{
	const struct history_others *o = &history_slot(h, seq)->others;
	struct sums s = {o->anon,      o->file,	    o->shmem,  o->swap,
			 o->processes, o->stall_ns, o->stalls, o->majfaults};

	for (uint32_t t = 0; t < h->fresh; t++) {
		const struct history_cell *c = history_cell(h, seq, t);

		if (!h->tracks[t].used || h->tracks[t].first > seq)
			continue;
		s.anon += c->anon;
		s.file += c->file;
		s.shmem += c->shmem;
		s.swap += c->swap;
		s.processes += cell_pages(c) > 0;
		s.stall_ns += c->stall_ns;
		s.stalls += c->stalls;
		s.majfaults += c->majfaults;
	}
	return s;
}

static void assert_sums(const struct sums *a, const struct sums *b)
{
	assert_int_equal(a->anon, b->anon);
	assert_int_equal(a->file, b->file);
	assert_int_equal(a->shmem, b->shmem);
	assert_int_equal(a->swap, b->swap);
	assert_int_equal(a->processes, b->processes);
	assert_int_equal(a->stall_ns, b->stall_ns);
	assert_int_equal(a->stalls, b->stalls);
	assert_int_equal(a->majfaults, b->majfaults);
}

#define CROWD 900

/* A process of the crowd; some of the numbers are used again, by later processes. */
struct member {
	struct ev_task task;
	uint64_t size[4], majfaults;
	bool alive;
};

static uint32_t chance(uint32_t below)
{
	static uint32_t x = 12345;

	x = x * 1664525 + 1013904223;
	return (x >> 8) % below;
}

static void member_born(struct member *p, uint32_t pid, uint64_t time)
{
	*p = (struct member){.task = task(pid, pid, BEGIN_NS + time, "crowd"), .alive = true};
	p->size[0] = 1 + chance(1u << chance(16));
	p->size[1] = chance(100);
	p->size[3] = chance(4) ? 0 : chance(1000);
}

static void member_lives(struct model *m, struct member *p, uint64_t time, struct sums *s)
{
	struct ev_task_row r = row(p->task, time, 0, 0);
	uint32_t faults = chance(5) ? 0 : chance(10);

	p->size[0] += chance(3) ? 0 : chance(1u << chance(14));
	p->majfaults += faults;
	s->majfaults += faults;
	r.maj_flt = p->majfaults;
	r.anon_rss_bytes = p->size[0] * PAGE;
	r.file_rss_bytes = p->size[1] * PAGE;
	r.shmem_rss_bytes = p->size[2] * PAGE;
	r.swap_bytes = p->size[3] * PAGE;
	feed_row(m, r);
	s->anon += p->size[0];
	s->file += p->size[1];
	s->shmem += p->size[2];
	s->swap += p->size[3];
	s->processes++;
}

static void member_stalls(struct model *m, const struct member *p, uint64_t time, struct sums *s)
{
	if (chance(10))
		return;
	feed_stall(m, stall(p->task, time, MSEC + chance(1000), STALL_DIRECT));
	s->stalls++;
}

/* An interval: some end, others are born, all are read. */
static void crowd_interval(struct model *m, struct member *crowd, int i, struct sums *s)
{
	for (uint32_t k = 0; k < CROWD; k++) {
		if (crowd[k].alive && !chance(12)) {
			feed_exit(m, exit_event(crowd[k].task, at(i) - SEC / 2, 0,
						crowd[k].majfaults, true));
			crowd[k].alive = false;
		} else if (!crowd[k].alive && !chance(3)) {
			member_born(&crowd[k], 100 + k, at(i) - SEC / 4);
		}
	}
	for (uint32_t k = 0; k < CROWD; k++) {
		if (!crowd[k].alive)
			continue;
		member_stalls(m, &crowd[k], at(i) - SEC / 8, s);
		member_lives(m, &crowd[k], at(i), s);
	}
	feed_tick(m, at(i));
}

static void test_tracks_and_others_together_are_all_processes_at_any_moment(void **state)
{
	struct model *m = recorder(4096, MIB, 60);
	static struct member crowd[CROWD];
	struct sums truth[200] = {0};
	const struct history *h = m->history;
	bool folded = false;

	(void)state;
	for (uint32_t k = 0; k < CROWD; k++)
		member_born(&crowd[k], 100 + k, 0);
	for (int i = 0; i < 200; i++) {
		crowd_interval(m, crowd, i, &truth[i]);
		assert_int_equal(h->seq, i + 1);
		for (uint32_t seq = history_oldest(h); seq < h->seq; seq++) {
			struct sums s = slot_sums(h, seq);

			truth[seq].stall_ns = s.stall_ns;
			assert_sums(&s, &truth[seq]);
			folded = folded || history_slot(h, seq)->others.processes > 0;
		}
	}
	assert_true(folded);
	assert_in_range(h->ntracks, 100, CROWD / 3);
	model_free(m);
}

static void test_processes_beyond_the_process_table_are_among_the_others(void **state)
{
	struct model *m = recorder(256, MIB, 60);
	const struct history *h = m->history;

	(void)state;
	for (int i = 0; i < 3; i++) {
		for (uint32_t pid = 1; pid <= 1000; pid++)
			feed_sized(m, process(pid), at(i), 10 + (uint64_t)i, 2, 3, 4);
		feed_tick(m, at(i));
	}
	for (uint32_t seq = 0; seq < 3; seq++) {
		struct sums s = slot_sums(h, seq);

		assert_int_equal(s.anon, 1000 * (10 + seq));
		assert_int_equal(s.file, 2000);
		assert_int_equal(s.shmem, 3000);
		assert_int_equal(s.swap, 4000);
	}
	assert_in_range(history_slot(h, 2)->others.processes, 1000 - 256, 999);
	model_free(m);
}

static void test_stalls_of_all_are_told_with_none_lost(void **state)
{
	struct model *m = recorder(4096, MIB, 60);

	(void)state;
	for (uint32_t pid = 1; pid <= 1000; pid++)
		feed_sized(m, process(pid), at(0), pid, 0, 0, 0);
	feed_tick(m, at(0));
	for (uint32_t pid = 1; pid <= 1000; pid++)
		feed_stall(m, stall(process(pid), at(1), MSEC, STALL_DIRECT));
	feed_tick(m, at(1));
	report_kill(m, process(5000), at(1), at(1));
	assert_int_equal(report.suffer_stall_ns, 1000 * MSEC);
	assert_int_equal(report.nsufferers, REPORT_SUFFERERS);
	model_free(m);
}

static void test_the_largest_have_the_tracks(void **state)
{
	struct model *m = recorder(4096, MIB, 60);
	uint32_t n;

	(void)state;
	for (int i = 0; i < 3; i++) {
		for (uint32_t pid = 1; pid <= 2000; pid++)
			feed_sized(m, process(pid), at(i), pid * 16, 0, 0, 0);
		feed_tick(m, at(i));
	}
	n = m->history->ntracks;
	assert_in_range(n, 100, 700);
	for (uint32_t t = 0; t < n; t++) {
		/* An eighth is as good as the same. */
		assert_true(m->history->tracks[t].used);
		assert_true(m->history->tracks[t].tgid >= (2000 - n) * 7 / 8);
	}
	model_free(m);
}

static void test_one_that_outgrows_the_others_gets_a_track_and_is_a_grower(void **state)
{
	struct model *m = recorder(4096, MIB, 60);
	const struct grower *g;

	(void)state;
	for (int i = 0; i < 20; i++) {
		for (uint32_t pid = 2; pid <= 1000; pid++)
			feed_sized(m, process(pid), at(i), 1000 + pid, 0, 0, 0);
		feed_sized(m, process(5000), at(i), 10 + (uint64_t)i * 2560, 0, 0, 0);
		feed_tick(m, at(i));
	}
	report_kill(m, process(6000), at(19) + 1, at(19));
	g = grower_find(5000);
	assert_non_null(g);
	assert_in_range(g->anon_growth, 150 * MIB, 190 * MIB);
	assert_int_equal(g->shape, SHAPE_STEADY);
	/* What it grew by is not missing from the others: it had been one of them. */
	assert_in_range(report.others_growth + (int64_t)(10 * MIB), 10 * MIB, 20 * MIB);
	assert_in_range(report.others_processes, 300, 900);
	model_free(m);
}

static uint64_t total(const struct history *h, uint32_t seq)
{
	struct sums s = slot_sums(h, seq);

	return s.anon + s.file + s.shmem + s.swap;
}

/* However often they take each other's tracks. */
static void test_growth_of_tracks_and_of_others_is_the_growth_of_all(void **state)
{
	struct model *m = recorder(4096, MIB, 60);
	const struct history *h = m->history;
	int64_t growth = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		for (uint32_t pid = 1; pid <= 900; pid++)
			feed_sized(m, process(pid), at(i), 1 + chance(1u << chance(12)), 3, 0, 1);
		feed_tick(m, at(i));
	}
	report_prepare(process(5000), at(49) + 1, at(49) + 1);
	history_report(m, &report);
	for (uint32_t t = 0; t < h->fresh; t++) {
		if (h->tracks[t].used)
			growth += (int64_t)(cell_pages(history_cell(h, 49, t)) -
					    cell_pages(history_cell(h, h->tracks[t].first, t)));
	}
	assert_int_equal(growth * (int64_t)PAGE + report.others_growth,
			 (int64_t)((total(h, 49) - total(h, 0)) * PAGE));
	model_free(m);
}

static bool has_track(const struct history *h, uint32_t tgid)
{
	for (uint32_t t = 0; t < h->fresh; t++) {
		if (h->tracks[t].used && h->tracks[t].tgid == tgid)
			return true;
	}
	return false;
}

static void test_who_has_ended_makes_room_before_the_living_unless_it_was_large(void **state)
{
	struct model *m = recorder(4096, MIB, 60);
	uint32_t n;

	(void)state;
	feed_tick(m, at(0));
	n = m->history->ntracks;
	for (int i = 1; i < 5; i++) {
		for (uint32_t pid = 1; pid <= n; pid++) {
			if (i < 3 || pid > 2)
				feed_sized(m, process(pid), at(i), pid == 1 ? 900 : 200, 0, 0, 0);
		}
		if (i == 2)
			feed_exit(m, exit_event(process(1), at(2), 0, 0, true));
		if (i == 2)
			feed_exit(m, exit_event(process(2), at(2), 0, 0, true));
		if (i == 4)
			feed_sized(m, process(9000), at(4), 200, 0, 0, 0);
		feed_tick(m, at(i));
	}
	assert_true(has_track(m->history, 9000));
	assert_false(has_track(m->history, 2));
	assert_true(has_track(m->history, 1));
	for (uint32_t pid = 3; pid <= n; pid++)
		assert_true(has_track(m->history, pid));
	/* What the one had is still told. */
	assert_int_equal(history_slot(m->history, 1)->others.anon, 200);
	model_free(m);
}

static void test_24_mib_have_tracks_for_2000_processes_and_keep_within(void **state)
{
	struct model *m = recorder(32768, 24 * MIB, 60);
	const struct history *h = m->history;

	(void)state;
	for (int i = 0; i < 3; i++) {
		for (uint32_t pid = 1; pid <= 2000; pid++)
			feed_sized(m, process(pid), at(i), pid, 0, 0, 0);
		feed_tick(m, at(i));
	}
	assert_int_equal(history_slot(h, 2)->others.processes, 0);
	assert_true(h->ntracks >= 6000);
	assert_true(h->mem_used <= h->mem_size);
	assert_true(h->mem_size + (h->run_tab.mask + h->cgroup_tab.mask + 2) *
					  sizeof(struct htab_entry) <=
		    24 * MIB);
	model_free(m);
}

static void test_any_budget_is_survived(void **state)
{
	const size_t bytes[] = {1, 100, 4096, 20000, 65536, 131072, 262144};

	(void)state;
	for (size_t b = 0; b < sizeof(bytes) / sizeof(bytes[0]); b++) {
		struct model *m = recorder(256, bytes[b], 60);

		assert_non_null(m);
		for (int i = 0; i < 100; i++) {
			struct ev_cgstat cg = {.hdr = HDR(EV_CGSTAT, cg, at(i)), .cgroup = GRP};

			model_event(m, &cg.hdr);
			for (uint32_t pid = 1; pid < 200; pid++)
				feed_sized(m, process(pid), at(i), pid + (uint64_t)i, 1, 1, 1);
			feed_stall(m, stall(process(3), at(i), MSEC, STALL_MEMCG));
			feed_tick(m, at(i));
		}
		report_kill(m, process(7), at(98), at(99));
		model_free(m);
	}
}

static void test_odd_intervals_are_survived(void **state)
{
	const uint64_t intervals[] = {1, 1000, MSEC, 100 * MSEC, 7 * SEC, 3600 * SEC, UINT64_MAX};

	(void)state;
	for (size_t k = 0; k < sizeof(intervals) / sizeof(intervals[0]); k++) {
		struct model_opts opts = opts_of(64, MIB, 60);
		struct model *m = model_new(&opts);
		struct ev_meta ev = {.hdr = HDR(EV_META, ev, 0), .interval_ns = intervals[k]};

		model_event(m, &ev.hdr);
		for (int i = 0; i < 100; i++) {
			feed_anon(m, process(1), at(i), (uint64_t)i);
			feed_tick(m, at(i));
		}
		report_kill(m, process(1), at(99), at(99));
		assert_true(report.nsamples <= REPORT_SAMPLES);
		assert_true(m->history->nslots <= HISTORY_SLOTS);
		model_free(m);
	}
}

static void test_a_number_used_again_is_another_process(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_task old = task(9, 9, OLD, "old"), new = task(9, 9, BEGIN_NS + at(5), "new");

	(void)state;
	for (int i = 0; i < 5; i++) {
		feed_anon(m, old, at(i), 500);
		feed_tick(m, at(i));
	}
	feed_exit(m, exit_event(old, at(5), 0, 0, true));
	for (int i = 5; i < 10; i++) {
		feed_anon(m, new, at(i), (uint64_t)(i - 4) * 10);
		feed_tick(m, at(i));
	}
	report_kill(m, new, at(9) + 1, at(9) + 2);
	assert_int_equal(report.ngrowers, 1);
	assert_string_equal(report.growers[0].who.comm, "new");
	assert_int_equal(report.growers[0].first_bytes, 0);
	assert_int_equal(report.growers[0].last_bytes, 50 * MIB);
	/* Of the samples in which the other had that number nothing is known of the victim. */
	assert_true(report.samples[1].victim_rss_bytes == EV_ABSENT);
	assert_int_equal(report.samples[9].victim_rss_bytes, 50 * MIB);
	model_free(m);
}

static void test_processes_without_sizes_are_no_growers(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct ev_task_row r = row(process(3), at(i), 0, 0);

		r.sized = 0;
		feed_row(m, r);
		feed_tick(m, at(i));
	}
	report_kill(m, process(3), at(5), at(5));
	assert_int_equal(report.ngrowers, 0);
	assert_int_equal(report.others_processes, 0);
	model_free(m);
}

/* --- growers --- */

static void test_a_leak_a_burst_and_the_victim_are_told_apart(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_task hog = task(7, 7, BEGIN_NS + at(30), "hog");

	(void)state;
	for (int i = 0; i < 60; i++) {
		feed_anon(m, process(1), at(i), 100 + (uint64_t)i);
		feed_anon(m, process(2), at(i), i < 50 ? 10 : 210);
		feed_anon(m, process(3), at(i), 800);
		if (i > 30)
			feed_anon(m, hog, at(i), (uint64_t)(i - 30) * 20);
		feed_tick(m, at(i));
	}
	feed_exit(m, exit_event(hog, at(59) + SEC / 2, 0, 0, true));
	feed_tick(m, at(60));
	report_prepare(hog, at(59) + SEC / 4, at(60));
	kill_sizes(590, 0);
	history_report(m, &report);
	assert_int_equal(report.ngrowers, 3);
	assert_int_equal(report.growers[0].who.pid, 7);
	assert_true(report.growers[0].killed);
	assert_int_equal(report.growers[0].last_bytes, 590 * MIB);
	assert_int_equal(report.growers[0].anon_growth, 590 * MIB);
	assert_int_equal(report.growers[0].from_ns, BEGIN_NS + at(30));
	assert_int_equal(report.growers[0].to_ns, BEGIN_NS + at(59) + SEC / 4);
	assert_int_equal(report.growers[0].shape, SHAPE_STEADY);
	assert_in_range(report.growers[0].rate_bytes, 19 * MIB, 21 * MIB);
	assert_int_equal(report.growers[1].who.pid, 2);
	assert_int_equal(report.growers[1].shape, SHAPE_BURST);
	assert_int_equal(report.growers[1].burst_ns, SEC);
	assert_int_equal(report.growers[2].who.pid, 1);
	assert_int_equal(report.growers[2].shape, SHAPE_STEADY);
	assert_false(report.growers[2].killed);
	assert_int_equal(report.growers[2].first_bytes, 100 * MIB);
	assert_int_equal(report.growers[2].last_bytes, 159 * MIB);
	model_free(m);
}

static void test_swap_and_shmem_are_growth_page_cache_ranks_nobody(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (uint64_t i = 0; i < 10; i++) {
		feed_sized(m, process(1), at((int)i), 1000 - i * 50, 0, 0, i * 250);
		feed_sized(m, process(2), at((int)i), 1000, 0, i * 512, 0);
		feed_sized(m, process(3), at((int)i), 1000, i * 5120, 0, 0);
		feed_tick(m, at((int)i));
	}
	report_kill(m, process(99), at(9) + 1, at(9));
	assert_int_equal(report.ngrowers, 2);
	assert_int_equal(report.growers[0].who.pid, 2);
	assert_int_equal(report.growers[0].shmem_growth, 9 * 512 * PAGE);
	assert_int_equal(report.growers[1].anon_growth, -9 * 50 * (int64_t)PAGE);
	assert_int_equal(report.growers[1].swap_growth, 9 * 250 * PAGE);
	model_free(m);
}

static void test_who_ended_before_the_kill_is_no_grower(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (int i = 0; i < 10; i++) {
		feed_anon(m, process(1), at(i), (uint64_t)i * 10);
		if (i < 6)
			feed_anon(m, process(2), at(i), (uint64_t)i * 100);
		if (i == 6)
			feed_exit(m, exit_event(process(2), at(6), 0, 0, true));
		feed_tick(m, at(i));
	}
	report_kill(m, process(1), at(9) + 1, at(9) + 1);
	assert_int_equal(report.ngrowers, 1);
	assert_int_equal(report.growers[0].who.pid, 1);
	model_free(m);
}

static void test_growth_after_the_kill_does_not_count(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (int i = 0; i < 20; i++) {
		feed_anon(m, process(1), at(i), i < 10 ? 10 + (uint64_t)i : 900);
		feed_tick(m, at(i));
	}
	report_kill(m, process(2), at(9) + 1, at(19));
	assert_int_equal(report.ngrowers, 1);
	assert_int_equal(report.growers[0].last_bytes, 19 * MIB);
	/* The samples go on. */
	assert_int_equal(report.nsamples, 20);
	model_free(m);
}

static void test_a_victim_too_short_lived_for_a_track_is_a_grower_by_the_kernels_figures(
	void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_task v = task(66, 66, BEGIN_NS + at(5) + SEC / 4, "flash");

	(void)state;
	for (int i = 0; i < 8; i++)
		feed_tick(m, at(i));
	report_prepare(v, at(5) + SEC / 2, at(7));
	kill_sizes(200, 40);
	history_report(m, &report);
	assert_int_equal(report.ngrowers, 1);
	assert_string_equal(report.growers[0].who.comm, "flash");
	assert_int_equal(report.growers[0].last_bytes, 240 * MIB);
	assert_int_equal(report.growers[0].swap_growth, 40 * MIB);
	assert_int_equal(report.growers[0].shape, SHAPE_BURST);
	assert_int_equal(report.growers[0].burst_ns, SEC / 4);
	assert_int_equal(report.growers[0].rate_bytes, 768 * MIB); /* four fifths in that time */
	model_free(m);
}

static void test_who_it_was_is_known_after_it_has_left_the_process_table(void **state)
{
	struct model_opts opts = opts_of(64, MIB, 60);
	struct model *m = model_new(&opts);
	struct ev_task v = task(66, 66, OLD, "sh");
	struct ev_task_row r;

	(void)state;
	feed_meta(m);
	feed_cgroup(m, GRP, "/app");
	for (int i = 0; i < 6; i++) {
		v.cgroup = GRP;
		v.uid = 1000;
		memcpy(v.comm, i < 3 ? "sh" : "victim", i < 3 ? 3 : 7);
		feed_anon(m, task(65, 65, OLD, "parent"), at(i), 1);
		r = row(v, at(i), 0, 0);
		r.ppid = 65;
		r.anon_rss_bytes = (uint64_t)i * 10 * MIB;
		feed_row(m, r);
		feed_cmdline(m, v, i < 3 ? "sh -c victim" : "/bin/victim --all");
		feed_tick(m, at(i));
	}
	feed_exit(m, exit_event(v, at(5) + 5, 0, 0, true));
	for (int i = 6; i < 12; i++)
		feed_tick(m, at(i));
	assert_null(model_process(m, 66, OLD));
	report_kill(m, v, at(5) + 1, at(11));
	assert_int_equal(report.ngrowers, 1);
	assert_string_equal(report.growers[0].who.comm, "victim");
	assert_string_equal(report.growers[0].who.cmdline, "/bin/victim --all");
	assert_string_equal(report.growers[0].who.cgroup, "/app");
	assert_string_equal(report.growers[0].who.parent_comm, "parent");
	assert_int_equal(report.growers[0].who.ppid, 65);
	assert_int_equal(report.growers[0].who.uid, 1000);
	assert_true(report.growers[0].killed);
	model_free(m);
}

/* --- cgroups --- */

static void feed_cgstat(struct model *m, uint64_t cgroup, uint64_t time, uint64_t usage_mib,
			uint64_t swap_mib)
{
	struct ev_cgstat ev = {.hdr = HDR(EV_CGSTAT, ev, time), .cgroup = cgroup};

	ev.usage_bytes = usage_mib * MIB;
	ev.limit_bytes = 256 * MIB;
	ev.swap_bytes = swap_mib * MIB;
	ev.anon_bytes = usage_mib * MIB / 2;
	ev.file_bytes = 30 * MIB;
	ev.shmem_bytes = 10 * MIB;
	ev.pgmajfault = time / SEC * 5;
	ev.swap_limit_bytes = ev.psi_some_us = ev.psi_full_us = ev.oom_kill = EV_ABSENT;
	ev.slab_bytes = ev.pgtables_bytes = EV_ABSENT;
	model_event(m, &ev.hdr);
}

static void memcg_kill(struct model *m, uint64_t cgroup, uint64_t kill, uint64_t to)
{
	report_prepare(process(1), kill, to);
	kill_record.constraint = "memcg";
	report.ncgroups = 1;
	report.cgroups[0] = (struct report_cgroup){.id = cgroup};
	history_report(m, &report);
}

static void test_the_samples_are_of_the_cgroup_at_its_limit(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_stall s = stall(process(1), at(8) - 1, 5 * MSEC, STALL_MEMCG);

	(void)state;
	s.target_cgroup = GRP;
	for (int i = 0; i < 10; i++) {
		if (i == 8)
			feed_stall(m, s);
		feed_cgstat(m, GRP, at(i), 16 + (uint64_t)i * 26, 0);
		feed_tick(m, at(i));
	}
	memcg_kill(m, GRP, at(9) + 5, at(9) + 5);
	assert_int_equal(report.nsamples, 10);
	assert_int_equal(report.samples[9].cg_usage_bytes, 250 * MIB);
	assert_int_equal(report.samples[9].cg_limit_bytes, 256 * MIB);
	assert_int_equal(report.samples[9].cg_anon_bytes, 125 * MIB);
	assert_int_equal(report.samples[9].cg_file_bytes, 20 * MIB);
	assert_int_equal(report.samples[9].cg_shmem_bytes, 10 * MIB);
	assert_int_equal(report.samples[9].cg_majfaults, 5);
	assert_int_equal(report.samples[8].cg_stall_ns, 5 * MSEC);
	assert_int_equal(report.samples[8].cg_stalls, 1);
	assert_int_equal(report.samples[9].cg_stalls, 0);
	assert_true(report.stages[STAGE_FREE].known);
	assert_int_equal(report.stages[STAGE_FREE].from_bytes, 240 * MIB);
	/* Of a kill for the machine it is not asked about. */
	report_kill(m, process(1), at(9) + 5, at(9) + 5);
	assert_true(report.samples[9].cg_usage_bytes == EV_ABSENT);
	model_free(m);
}

static void test_swap_of_v1_is_what_exceeds_memory(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	m->meta.cgroup_version = 1;
	feed_cgstat(m, GRP, at(0), 200, 250);
	feed_tick(m, at(0));
	memcg_kill(m, GRP, at(1), at(1));
	assert_int_equal(report.samples[0].cg_swap_bytes, 50 * MIB);
	model_free(m);
}

static void test_a_cgroup_that_has_gone_is_told_of_until_its_samples_are_old(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (int i = 0; i < 30; i++) {
		if (i < 10)
			feed_cgstat(m, GRP, at(i), 100, 0);
		feed_tick(m, at(i));
	}
	memcg_kill(m, GRP, at(10) + 5, at(29));
	assert_int_equal(report.samples[9].cg_usage_bytes, 100 * MIB);
	assert_true(report.samples[10].cg_usage_bytes == EV_ABSENT);
	model_free(m);
}

static void test_of_too_many_cgroups_the_full_ones_are_kept(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (int i = 0; i < 10; i++) {
		for (uint64_t id = 1; id <= 2000; id++)
			feed_cgstat(m, id, at(i), id % 100, 0);
		feed_cgstat(m, 5000, at(i), 255, 0);
		feed_tick(m, at(i));
	}
	assert_true(m->history->ncgroups < 2000);
	assert_true(m->loss.cgroups_full > 0);
	memcg_kill(m, 5000, at(9) + 5, at(9) + 5);
	assert_int_equal(report.samples[9].cg_usage_bytes, 255 * MIB);
	model_free(m);
}

/* --- stalls --- */

static void scope_stall(struct model *m, uint64_t time, uint64_t cgroup, uint64_t reclaimed)
{
	struct ev_stall s = stall(process(1), time, MSEC, cgroup ? STALL_MEMCG : STALL_DIRECT);

	s.target_cgroup = cgroup;
	s.reclaimed_pages = reclaimed;
	feed_stall(m, s);
}

static void feed_kill(struct model *m, uint64_t time)
{
	struct ev_oom_kill ev = {.hdr = HDR(EV_OOM_KILL, ev, time), .victim = process(1)};

	model_event(m, &ev.hdr);
}

static void test_the_stalls_in_a_row_before_the_kill_are_its_retries(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	feed_tick(m, at(0));
	scope_stall(m, 2 * SEC, GRP, 32);
	scope_stall(m, 5 * SEC, GRP, 32);
	for (uint64_t i = 0; i < 16; i++) {
		scope_stall(m, 5 * SEC + i * 100 * MSEC, GRP, i < 6 ? 10 : 0);
		scope_stall(m, 5 * SEC + i * 100 * MSEC, 0, 0); /* elsewhere */
	}
	feed_kill(m, 6 * SEC + 600 * MSEC);
	for (uint64_t i = 0; i < 50; i++)
		scope_stall(m, 6 * SEC + 601 * MSEC + i, GRP, 0);
	feed_tick(m, at(7));
	memcg_kill(m, GRP, 6 * SEC + 600 * MSEC, at(7));
	assert_int_equal(report.first_stall_ns, BEGIN_NS + 2 * SEC - MSEC);
	assert_int_equal(report.last_run_ns, BEGIN_NS + 5 * SEC - MSEC);
	assert_int_equal(report.retries, 17);
	assert_int_equal(report.retries_vain, 10);
	report_kill(m, process(1), 6 * SEC + 600 * MSEC, at(7));
	assert_int_equal(report.retries, 16);
	assert_int_equal(report.first_stall_ns, BEGIN_NS + 5 * SEC - MSEC);
	model_free(m);
}

static void test_a_storm_of_stalls_is_counted_whole(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	feed_tick(m, at(0));
	for (uint64_t i = 0; i < 200000; i++)
		scope_stall(m, SEC + i * 100000, 0, i & 1);
	feed_kill(m, 21 * SEC);
	feed_tick(m, at(21));
	report_kill(m, process(1), 21 * SEC, at(21));
	assert_int_equal(report.retries, 200000);
	assert_int_equal(report.retries_vain, 100000);
	assert_int_equal(report.last_run_ns, BEGIN_NS + SEC - MSEC);
	model_free(m);
}

static void test_stalls_long_before_the_kill_are_no_retries(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	feed_tick(m, at(0));
	scope_stall(m, 2 * SEC, 0, 0);
	feed_kill(m, 4 * SEC);
	feed_tick(m, at(4));
	report_kill(m, process(1), 4 * SEC, at(4));
	assert_int_equal(report.first_stall_ns, BEGIN_NS + 2 * SEC - MSEC);
	assert_int_equal(report.last_run_ns, 0);
	assert_int_equal(report.retries, 0);
	model_free(m);
}

static void test_more_scopes_than_runs_are_survived(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (uint64_t i = 0; i < 50000; i++)
		scope_stall(m, SEC + i * MSEC, i, 0);
	scope_stall(m, 60 * SEC, GRP, 0);
	memcg_kill(m, GRP, 60 * SEC, 61 * SEC);
	assert_int_equal(report.retries, 1);
	model_free(m);
}

static void test_sufferers_are_those_that_waited_and_no_victims(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_task_row r;

	(void)state;
	for (int i = 0; i < 5; i++) {
		r = row(process(4), at(i), 0, (uint64_t)i * 1000);
		r.anon_rss_bytes = MIB;
		feed_row(m, r);
		for (uint32_t pid = 1; pid < 4; pid++)
			feed_anon(m, process(pid), at(i), 10);
		feed_tick(m, at(i));
	}
	feed_stall(m, stall(process(1), at(5) - 5, 900 * MSEC, STALL_DIRECT)); /* the victim */
	feed_stall(m, stall(process(2), at(5) - 4, 10 * MSEC, STALL_DIRECT));
	feed_stall(m, stall(process(3), at(5) - 3, 90 * MSEC, STALL_COMPACTION));
	feed_stall(m, stall(process(3), at(5) - 2, 900 * MSEC, STALL_PROACTIVE)); /* asked for */
	report_kill(m, process(1), at(5), at(5));
	assert_int_equal(report.nsufferers, 3);
	assert_int_equal(report.sufferers[0].who.pid, 4);
	assert_int_equal(report.sufferers[0].majfaults, 4000);
	assert_int_equal(report.sufferers[1].who.pid, 3);
	assert_int_equal(report.sufferers[1].stall_ns, 90 * MSEC);
	assert_int_equal(report.sufferers[1].stalls, 1);
	assert_int_equal(report.suffer_stall_ns, 100 * MSEC);
	assert_int_equal(report.suffer_majfaults, 4000);
	assert_int_equal(report.suffer_processes, 3);
	model_free(m);
}

static void test_a_stall_is_of_all_the_samples_that_it_lasted_through(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (int i = 0; i < 5; i++)
		feed_tick(m, at(i));
	feed_stall(m, stall(process(1), at(5) - SEC / 2, 2 * SEC, STALL_DIRECT));
	feed_tick(m, at(5));
	report_kill(m, process(2), at(5), at(5) + 1);
	assert_int_equal(report.samples[3].stall_ns, SEC / 2);
	assert_int_equal(report.samples[4].stall_ns, SEC);
	assert_int_equal(report.samples[5].stall_ns, SEC / 2);
	assert_int_equal(report.samples[5].stalls, 1);
	model_free(m);
}

static void test_a_report_that_was_asked_for_has_no_kill(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (int i = 0; i < 5; i++) {
		feed_anon(m, process(1), at(i), 10 + (uint64_t)i * 10);
		feed_tick(m, at(i));
	}
	report_prepare(process(1), at(5), at(5));
	report.reason = REPORT_ASKED;
	report.nkills = 0;
	history_report(m, &report);
	assert_int_equal(report.nsamples, 5);
	assert_int_equal(report.ngrowers, 1);
	assert_false(report.growers[0].killed);
	assert_false(report.stages[STAGE_OOM].known);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_a_history_nothing_is_kept_and_a_report_is_empty),
		cmocka_unit_test(test_before_the_first_tick_a_report_is_empty),
		cmocka_unit_test(test_the_ring_wraps_and_keeps_the_window),
		cmocka_unit_test(test_a_long_history_is_merged_into_samples_and_growth_adds_up),
		cmocka_unit_test(test_merged_samples_do_not_span_the_kill),
		cmocka_unit_test(test_ticks_faster_than_told_do_not_shorten_the_history),
		cmocka_unit_test(test_a_clock_that_stands_still_or_goes_back_does_not_stop_it),
		cmocka_unit_test(test_figures_that_are_absent_stay_so),
		cmocka_unit_test(test_the_host_is_as_it_was_read),
		cmocka_unit_test(test_tracks_and_others_together_are_all_processes_at_any_moment),
		cmocka_unit_test(test_processes_beyond_the_process_table_are_among_the_others),
		cmocka_unit_test(test_stalls_of_all_are_told_with_none_lost),
		cmocka_unit_test(test_the_largest_have_the_tracks),
		cmocka_unit_test(test_one_that_outgrows_the_others_gets_a_track_and_is_a_grower),
		cmocka_unit_test(test_growth_of_tracks_and_of_others_is_the_growth_of_all),
		cmocka_unit_test(
			test_who_has_ended_makes_room_before_the_living_unless_it_was_large),
		cmocka_unit_test(test_24_mib_have_tracks_for_2000_processes_and_keep_within),
		cmocka_unit_test(test_any_budget_is_survived),
		cmocka_unit_test(test_odd_intervals_are_survived),
		cmocka_unit_test(test_a_number_used_again_is_another_process),
		cmocka_unit_test(test_processes_without_sizes_are_no_growers),
		cmocka_unit_test(test_a_leak_a_burst_and_the_victim_are_told_apart),
		cmocka_unit_test(test_swap_and_shmem_are_growth_page_cache_ranks_nobody),
		cmocka_unit_test(test_who_ended_before_the_kill_is_no_grower),
		cmocka_unit_test(test_growth_after_the_kill_does_not_count),
		cmocka_unit_test(
			test_a_victim_too_short_lived_for_a_track_is_a_grower_by_the_kernels_figures),
		cmocka_unit_test(test_who_it_was_is_known_after_it_has_left_the_process_table),
		cmocka_unit_test(test_the_samples_are_of_the_cgroup_at_its_limit),
		cmocka_unit_test(test_swap_of_v1_is_what_exceeds_memory),
		cmocka_unit_test(test_a_cgroup_that_has_gone_is_told_of_until_its_samples_are_old),
		cmocka_unit_test(test_of_too_many_cgroups_the_full_ones_are_kept),
		cmocka_unit_test(test_the_stalls_in_a_row_before_the_kill_are_its_retries),
		cmocka_unit_test(test_a_storm_of_stalls_is_counted_whole),
		cmocka_unit_test(test_stalls_long_before_the_kill_are_no_retries),
		cmocka_unit_test(test_more_scopes_than_runs_are_survived),
		cmocka_unit_test(test_sufferers_are_those_that_waited_and_no_victims),
		cmocka_unit_test(test_a_stall_is_of_all_the_samples_that_it_lasted_through),
		cmocka_unit_test(test_a_report_that_was_asked_for_has_no_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
