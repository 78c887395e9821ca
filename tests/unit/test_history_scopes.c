/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: the cgroup at its limit, stalls before a kill, who else suffered.
 *
 * Layer: tests.
 */
#include "test_history.h"

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

/* Stalls. */

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

	return cmocka_run_group_tests_name("history: scopes", tests, NULL, NULL);
}
