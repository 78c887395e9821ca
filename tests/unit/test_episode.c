/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which OOM kills are told together, and when.
 */
#include "test_oom_events.h"

static struct model *fresh(void)
{
	struct model *m = model_begin(&report_opts);

	feed_probe(m, "oom.kill", PROBE_OK);
	feed_tick(m, 0);
	return m;
}

static void a_kill_is_told_once_its_story_is_complete(void **state)
{
	const struct report *r;
	struct model *m = fresh();

	(void)state;
	feed_story(m, 100, SEC);
	assert_true(model_report_pending(m));
	feed_back(m, SEC + 50 * MSEC, SEC, 0);
	feed_tick(m, SEC + 900 * MSEC);
	no_report(m); /* another kill might follow */
	feed_tick(m, 2 * SEC + 10 * MSEC);
	r = next_report(m);
	assert_int_equal(r->reason, REPORT_OOM);
	assert_int_equal(r->id, 1);
	assert_int_equal(r->nkills, 1);
	assert_int_equal(r->kills_counted, 1);
	assert_int_equal(r->kills[0].rec->victim_pid, 100);
	assert_int_equal(r->first_ns, BEGIN_NS + SEC);
	assert_int_equal(r->back_ns, BEGIN_NS + SEC + 50 * MSEC);
	assert_false(r->back_given_up);
	assert_false(r->continues);
	assert_false(model_report_pending(m));
	no_report(m);
	model_free(m);
}

static void a_kill_that_never_completes_is_told_when_time_is_up(void **state)
{
	struct ev_task v = task(100, 100, OLD, "stuck");
	const struct report *r;
	struct model *m = fresh();

	(void)state;
	feed_kill(m, kill_event(v, v, SEC));
	feed_tick(m, SEC + SETTLE - 1);
	no_report(m);
	feed_tick(m, SEC + SETTLE);
	r = next_report(m);
	assert_int_equal(r->nkills, 1);
	assert_int_equal(r->back_ns, 0);
	assert_true(r->back_given_up);
	assert_true(r->reap_slow);
	model_free(m);
}

static void the_end_of_the_run_forces_reports(void **state)
{
	struct model *m = fresh();

	(void)state;
	feed_story(m, 100, SEC);
	no_report(m);
	assert_int_equal(model_next_report(m, SETTLE, true)->nkills, 1);
	assert_null(model_next_report(m, SETTLE, true));
	model_free(m);
}

static void a_cascade_is_one_episode(void **state)
{
	const struct report *r;
	struct model *m = fresh();

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		feed_story(m, 100 + i, SEC + i * 900 * MSEC);
	feed_story(m, 200, SEC + 4 * 900 * MSEC + SEC + 1); /* a second and a bit later */
	feed_tick(m, 20 * SEC);
	r = next_report(m);
	assert_int_equal(r->nkills, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(r->kills[i].rec->victim_pid, 100 + i);
	assert_int_equal(r->last_ns, BEGIN_NS + SEC + 3600 * MSEC);
	r = next_report(m);
	assert_int_equal(r->id, 2);
	assert_int_equal(r->nkills, 1);
	assert_false(r->continues);
	model_free(m);
}

static void memory_that_was_back_between_kills_was_not_back(void **state)
{
	struct model *m = fresh();

	(void)state;
	feed_story(m, 100, SEC);
	feed_back(m, SEC + 50 * MSEC, SEC, 0);
	feed_story(m, 101, SEC + 500 * MSEC);
	feed_back(m, SEC + 600 * MSEC, SEC, 0); /* still of the first kill */
	feed_tick(m, SEC + 1600 * MSEC);
	no_report(m);
	feed_back(m, SEC + 1700 * MSEC, SEC + 500 * MSEC, 0);
	assert_int_equal(next_report(m)->back_ns, BEGIN_NS + SEC + 1700 * MSEC);
	model_free(m);
}

static void room_in_another_cgroup_is_not_room_here(void **state)
{
	struct ev_task v = task(100, 100, OLD, "v");
	struct ev_oom_kill kill = kill_event(v, v, SEC);
	struct model *m = fresh();

	(void)state;
	kill.memcg = 55;
	feed_kill(m, kill);
	feed_back(m, SEC + MSEC, SEC, 56);
	feed_back(m, SEC + 2 * MSEC, SEC, 55);
	feed_tick(m, 10 * SEC);
	assert_int_equal(next_report(m)->back_ns, BEGIN_NS + SEC + 2 * MSEC);
	model_free(m);
}

static void a_group_kill_is_one_episode(void **state)
{
	struct ev_task t = task(7, 8, OLD, "trigger");
	const struct report *r;
	struct model *m = fresh();

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		feed_kill(m, kill_event(task(100 + i, 100 + i, OLD, "w"), t, SEC + i));
	feed_log(m, SEC, 100, "w");
	feed_kmsg(m, SEC, "Tasks in /mt are going to be killed due to memory.oom.group set");
	feed_killed(m, SEC, 100, "w"); /* the kernel counts the first one again */
	for (uint32_t i = 1; i < 3; i++)
		feed_killed(m, SEC, 100 + i, "w");
	feed_tick(m, 10 * SEC);
	r = next_report(m);
	assert_int_equal(r->nkills, 3);
	assert_int_equal(r->kills_counted, 4);
	assert_false(r->kills[0].rec->group_kill);
	assert_true(r->kills[1].rec->group_kill);
	assert_true(r->cgroups[0].oom_group);
	no_report(m);
	model_free(m);
}

/* A process of that address space; its figures tell nothing: those of forked ones are alike. */
static void feed_mm(struct model *m, struct ev_task t, uint64_t time, uint64_t mm)
{
	struct ev_task_row r = row(t, time, 1, 0);

	r.sized = 1;
	r.anon_rss_bytes = 50 * MB;
	r.total_vm_bytes = 60 * MB;
	r.mm = mm;
	feed_row(m, r);
}

/* 100 is killed; 101 has its memory, 102 other memory, 103 dies of something else. */
static struct model *with_sharers(void)
{
	struct model *m = fresh();
	struct ev_task t[4];

	for (uint32_t i = 0; i < 4; i++)
		t[i] = task(100 + i, 100 + i, OLD, i == 1 ? "sharer" : "p");
	for (int i = 0; i < 4; i++)
		feed_mm(m, t[i], SEC, i == 2 ? 2 : 1);
	feed_cmdline(m, t[1], "sharer --of memory");
	feed_tick(m, SEC);
	feed_kill(m, kill_event(t[0], t[0], 2 * SEC));
	feed_log(m, 2 * SEC, 100, "p");
	for (uint32_t i = 0; i < 4; i++)
		feed_death(m, t[i], 2 * SEC + i * MSEC, i == 3 ? 0 : SIGKILL);
	return m;
}

static void a_process_that_shared_the_memory_belongs_to_it(void **state)
{
	struct model *m = with_sharers();
	const struct report *r;

	(void)state;
	feed_tick(m, 3 * SEC);
	feed_tick(m, 10 * SEC);
	r = next_report(m);
	assert_int_equal(r->nkills, 2);
	assert_int_equal(r->kills_counted, 1);
	assert_null(r->kills[1].rec);
	assert_int_equal(r->kills[1].victim.pid, 101);
	assert_string_equal(r->kills[1].victim.comm, "sharer");
	assert_string_equal(r->kills[1].victim.cmdline, "sharer --of memory");
	model_free(m);
}

static void a_sharer_whose_end_is_heard_of_after_a_later_log_line_belongs_to_it(void **state)
{
	struct ev_task a = task(100, 100, OLD, "p"), b = task(101, 101, OLD, "p");
	struct model *m = fresh();
	const struct report *r;

	(void)state;
	feed_mm(m, a, SEC, 1);
	feed_mm(m, b, SEC, 1);
	feed_tick(m, SEC);
	feed_log(m, 2 * SEC + 90 * MSEC, 100, "p"); /* as read */
	feed_kill(m, kill_event(a, a, 2 * SEC));
	feed_death(m, b, 2 * SEC + 3 * MSEC, SIGKILL);
	feed_death(m, a, 2 * SEC + 4 * MSEC, SIGKILL);
	feed_tick(m, 4 * SEC);
	feed_tick(m, 10 * SEC);
	r = next_report(m);
	assert_int_equal(r->nkills, 2);
	assert_int_equal(r->kills[1].victim.pid, 101);
	assert_int_equal(r->kills_counted, 1);
	model_free(m);
}

static void a_process_killed_later_by_someone_did_not_share_it(void **state)
{
	struct ev_task a = task(100, 100, OLD, "p"), b = task(101, 101, OLD, "p");
	struct model *m = fresh();

	(void)state;
	feed_mm(m, a, SEC, 1);
	feed_mm(m, b, SEC, 1);
	feed_tick(m, SEC);
	feed_kill(m, kill_event(a, a, 2 * SEC));
	feed_death(m, a, 2 * SEC + 1, SIGKILL);
	feed_death(m, b, 7 * SEC + 1, SIGKILL);
	feed_tick(m, 10 * SEC);
	assert_int_equal(next_report(m)->nkills, 1);
	model_free(m);
}

/* It is marked as well, but the kernel does not count that. */
static void a_marked_sharer_is_no_kill_where_the_log_is_whole(void **state)
{
	struct ev_task a = task(100, 100, OLD, "p"), b = task(101, 101, OLD, "p");
	struct ev_task c = task(102, 102, OLD, "other");
	const struct report *r;
	struct model *m = fresh();

	(void)state;
	feed_mm(m, a, SEC, 1);
	feed_mm(m, b, SEC, 1);
	feed_mm(m, c, SEC, 2);
	feed_tick(m, SEC);
	feed_kill(m, kill_event(a, a, 2 * SEC));
	feed_log(m, 2 * SEC, 100, "p");
	feed_kill(m, kill_event(b, b, 2 * SEC + MSEC));
	feed_kill(m, kill_event(c, c, 2 * SEC + MSEC)); /* dying of some other SIGKILL */
	feed_death(m, a, 2 * SEC + 3 * MSEC, SIGKILL);
	feed_death(m, b, 2 * SEC + 3 * MSEC, SIGKILL);
	feed_death(m, c, 2 * SEC + 3 * MSEC, SIGKILL);
	feed_tick(m, 10 * SEC);
	r = next_report(m);
	assert_int_equal(r->nkills, 2);
	assert_int_equal(r->kills_counted, 1);
	assert_int_equal(r->kills[1].victim.pid, 101);
	assert_null(r->kills[1].rec);
	model_free(m);
}

static void a_task_that_was_dying_anyway_makes_no_episode(void **state)
{
	struct ev_task v = task(100, 100, OLD, "v");
	const struct report *r;
	struct model *m = fresh();

	(void)state;
	feed_kill(m, kill_event(v, v, SEC));
	feed_death(m, v, SEC + 1, 3 << 8);
	assert_false(model_report_pending(m));
	feed_tick(m, 10 * SEC);
	no_report(m);
	/* Nor does it lead one, though it came first. */
	v.tgid = v.tid = 101;
	feed_kill(m, kill_event(v, v, 11 * SEC));
	feed_story(m, 102, 11 * SEC + MSEC);
	feed_death(m, v, 11 * SEC + 5 * MSEC, 0);
	feed_tick(m, 20 * SEC);
	r = next_report(m);
	assert_int_equal(r->nkills, 1);
	assert_int_equal(r->first_ns, BEGIN_NS + 11 * SEC + MSEC);
	assert_int_equal(r->kills[0].rec->victim_pid, 102);
	assert_int_equal(r->trigger.pid, 7);
	model_free(m);
}

static void what_the_filter_refuses_makes_no_episode(void **state)
{
	static const uint32_t wanted[] = {101};
	struct model_opts opts = report_opts;
	struct model *m;

	(void)state;
	opts.filter.tgids = wanted;
	opts.filter.ntgids = 1;
	m = model_begin(&opts);
	feed_story(m, 100, SEC);
	feed_tick(m, 10 * SEC);
	assert_null(model_next_report(m, SETTLE, true));
	feed_story(m, 101, 11 * SEC);
	assert_int_equal(model_next_report(m, SETTLE, true)->kills[0].rec->victim_pid, 101);
	model_free(m);
}

static void the_log_alone_makes_an_episode(void **state)
{
	struct model *m = model_begin(&report_opts);
	const struct report *r;

	(void)state;
	feed_probe(m, "oom.kill", PROBE_MISSING);
	feed_tick(m, SEC);
	feed_log(m, SEC, 100, "a");
	feed_log(m, SEC + 500 * MSEC, 101, "b");
	feed_tick(m, 10 * SEC);
	r = next_report(m);
	assert_int_equal(r->nkills, 2);
	assert_true(r->no_bpf);
	assert_true(r->log_whole);
	assert_string_equal(r->kills[0].rec->constraint, "memcg");
	assert_int_equal(r->trigger.pid, 4242);
	assert_string_equal(r->trigger.comm, "trigger");
	assert_string_equal(r->cgroups[0].path, "/mt");
	assert_int_equal(r->cgroups[0].limit_bytes, 64 * MB);
	model_free(m);
}

static void the_log_first_then_the_probe_is_one_kill(void **state)
{
	struct ev_task v = task(100, 100, OLD, "a");
	const struct report *r;
	struct model *m = fresh();

	(void)state;
	feed_log(m, SEC + 5 * MSEC, 100, "a");
	feed_kill(m, kill_event(v, v, SEC));
	feed_death(m, v, SEC + MSEC, SIGKILL);
	feed_tick(m, 10 * SEC);
	r = next_report(m);
	assert_int_equal(r->nkills, 1);
	assert_int_equal(r->first_ns, BEGIN_NS + SEC);
	assert_int_equal(r->exit_ns, BEGIN_NS + SEC + MSEC);
	no_report(m);
	model_free(m);
}

/* Of pids 1 to n: in how many reports is each? */
static int count_reports(struct model *m, int *told, bool force, uint64_t *kills)
{
	const struct report *r;
	int n = 0;

	while ((r = model_next_report(m, SETTLE, force)) != NULL) {
		assert_int_equal(r->kills_counted, r->nkills);
		assert_true(r->continues == (r->id > 1));
		for (int i = 0; i < r->nkills; i++)
			told[r->kills[i].rec->victim_pid]++;
		*kills += r->kills_counted;
		n++;
	}
	return n;
}

static void ten_kills_a_second_for_a_minute_are_each_told_once(void **state)
{
	int told[2001] = {0}, n = 0;
	struct model *m = fresh();
	uint64_t kills = 0;

	(void)state;
	for (uint32_t i = 1; i <= 600; i++) {
		feed_story(m, i, SEC + i * 100 * MSEC);
		if (i % 10 == 0)
			feed_tick(m, SEC + i * 100 * MSEC + 5 * MSEC);
		n += count_reports(m, told, false, &kills);
	}
	n += count_reports(m, told, true, &kills);
	assert_int_equal(n, 10);
	assert_int_equal(kills, 600);
	for (int i = 1; i <= 600; i++)
		assert_int_equal(told[i], 1);
	assert_int_equal(model_loss(m).ooms_full, 0);
	assert_int_equal(model_loss(m).names_unresolved, 0);
	model_free(m);
}

/* Victims do not end: nothing but want of room makes an episode over. */
static void when_room_runs_out_the_oldest_is_told(void **state)
{
	int told[2001] = {0}, n = 0;
	struct model *m = fresh();
	uint64_t kills = 0;

	(void)state;
	for (uint32_t i = 1; i <= 1000; i++) {
		struct ev_task v = task(i, i, OLD + i, "v");

		feed_kill(m, kill_event(v, v, SEC + i * MSEC));
		n += count_reports(m, told, false, &kills);
	}
	n += count_reports(m, told, true, &kills);
	assert_true(n >= 1000 / REPORT_KILLS);
	assert_int_equal(kills, 1000);
	for (int i = 1; i <= 1000; i++)
		assert_int_equal(told[i], 1);
	assert_int_equal(model_loss(m).ooms_full, 0);
	model_free(m);
}

static void kills_without_a_record_are_counted(void **state)
{
	const struct report *r;
	uint64_t kills = 0;
	struct model *m = fresh();

	(void)state;
	for (uint32_t i = 1; i <= 300; i++) { /* and nobody asks for reports */
		struct ev_task v = task(i, i, OLD + i, "v");

		feed_kill(m, kill_event(v, v, SEC + i * MSEC));
	}
	while ((r = model_next_report(m, SETTLE, true)) != NULL)
		kills += r->kills_counted;
	assert_int_equal(kills, 300);
	assert_int_equal(model_loss(m).ooms_full, 300 - 128);
	model_free(m);
}

static void feed_oom_count(struct model *m, uint64_t time, uint64_t kills)
{
	struct ev_host h = host_absent();

	h.value[HOST_OOM_KILL] = kills;
	feed_host(m, time, &h);
	feed_tick(m, time);
}

static void the_kernels_count_is_that_of_the_readings_around(void **state)
{
	const struct report *r;
	struct model *m = fresh();

	(void)state;
	feed_oom_count(m, SEC, 40);
	feed_story(m, 100, SEC + 400 * MSEC);
	feed_story(m, 101, SEC + 500 * MSEC);
	feed_oom_count(m, 2 * SEC, 42);
	feed_oom_count(m, 10 * SEC, 42);
	r = next_report(m);
	assert_int_equal(r->kills_counted, 2);
	assert_int_equal(r->kills_kernel, 2);
	assert_int_equal(r->host->value[HOST_OOM_KILL], 40);
	feed_story(m, 102, 10 * SEC + 100 * MSEC);
	feed_story(m, 103, 12 * SEC); /* no reading between these two */
	feed_oom_count(m, 20 * SEC, 44);
	assert_true(next_report(m)->kills_kernel == EV_ABSENT);
	assert_true(next_report(m)->kills_kernel == EV_ABSENT);
	feed_story(m, 104, 21 * SEC);
	assert_true(model_next_report(m, SETTLE, true)->kills_kernel == EV_ABSENT);
	model_free(m);
}

static void kills_of_records_that_were_reused_still_count(void **state)
{
	const uint32_t kills = 3 * report_opts.max_ooms;
	struct reconcile_row rows[MODEL_RECONCILE];
	struct ev_host host = host_absent();
	struct ev_counters counts = {0};
	struct model *m = fresh();
	bool told = false;
	int n;

	(void)state;
	host.value[HOST_OOM_KILL] = 0;
	feed_counts(m, 1, &counts);
	feed_host(m, 1, &host);
	feed_tick(m, 2);
	for (uint32_t i = 1; i <= kills; i++) {
		feed_story(m, 100 + i, i * SEC);
		while (model_next_report(m, SETTLE, true))
			;
	}
	host.value[HOST_OOM_KILL] = kills;
	feed_counts(m, kills * SEC + SEC, &counts);
	feed_host(m, kills * SEC + SEC, &host);
	feed_tick(m, kills * SEC + SEC);
	n = model_reconcile(m, rows);
	for (int i = 0; i < n; i++) {
		if (strcmp(rows[i].source, "vmstat oom_kill") != 0)
			continue;
		told = rows[i].valid;
		assert_int_equal(rows[i].kernel, kills);
		assert_int_equal(rows[i].memtrace, kills);
	}
	assert_true(told);
	assert_int_equal(model_loss(m).ooms_full, 0);
	model_free(m);
}

static void without_history_there_are_no_reports(void **state)
{
	const struct oom_record *rec;
	struct model_opts opts = report_opts;
	struct model *m;

	(void)state;
	opts.history_ns = 0;
	m = model_begin(&opts);
	feed_story(m, 100, SEC);
	feed_back(m, SEC + MSEC, SEC, 0);
	assert_false(model_report_pending(m));
	assert_null(model_next_report(m, 0, true));
	assert_null(model_report_now(m));
	assert_int_equal(model_ooms(m, &rec, 1), 1);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kill_is_told_once_its_story_is_complete),
		cmocka_unit_test(a_kill_that_never_completes_is_told_when_time_is_up),
		cmocka_unit_test(the_end_of_the_run_forces_reports),
		cmocka_unit_test(a_cascade_is_one_episode),
		cmocka_unit_test(memory_that_was_back_between_kills_was_not_back),
		cmocka_unit_test(room_in_another_cgroup_is_not_room_here),
		cmocka_unit_test(a_group_kill_is_one_episode),
		cmocka_unit_test(a_process_that_shared_the_memory_belongs_to_it),
		cmocka_unit_test(
			a_sharer_whose_end_is_heard_of_after_a_later_log_line_belongs_to_it),
		cmocka_unit_test(a_process_killed_later_by_someone_did_not_share_it),
		cmocka_unit_test(a_marked_sharer_is_no_kill_where_the_log_is_whole),
		cmocka_unit_test(a_task_that_was_dying_anyway_makes_no_episode),
		cmocka_unit_test(what_the_filter_refuses_makes_no_episode),
		cmocka_unit_test(the_log_alone_makes_an_episode),
		cmocka_unit_test(the_log_first_then_the_probe_is_one_kill),
		cmocka_unit_test(ten_kills_a_second_for_a_minute_are_each_told_once),
		cmocka_unit_test(when_room_runs_out_the_oldest_is_told),
		cmocka_unit_test(kills_without_a_record_are_counted),
		cmocka_unit_test(the_kernels_count_is_that_of_the_readings_around),
		cmocka_unit_test(kills_of_records_that_were_reused_still_count),
		cmocka_unit_test(without_history_there_are_no_reports),
	};

	return cmocka_run_group_tests_name("episode", tests, NULL, NULL);
}
