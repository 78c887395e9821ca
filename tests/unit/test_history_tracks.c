/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: who has a track of its own, who is one of the others, and its bounds.
 *
 * Layer: tests.
 */
#include "test_history.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests_name("history: tracks", tests, NULL, NULL);
}
