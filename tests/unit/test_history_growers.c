/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: who grew before a kill, and how.
 *
 * Layer: tests.
 */
#include "test_history.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_leak_a_burst_and_the_victim_are_told_apart),
		cmocka_unit_test(test_swap_and_shmem_are_growth_page_cache_ranks_nobody),
		cmocka_unit_test(test_who_ended_before_the_kill_is_no_grower),
		cmocka_unit_test(test_growth_after_the_kill_does_not_count),
		cmocka_unit_test(
			test_a_victim_too_short_lived_for_a_track_is_a_grower_by_the_kernels_figures),
		cmocka_unit_test(test_who_it_was_is_known_after_it_has_left_the_process_table),
	};

	return cmocka_run_group_tests_name("history: growers", tests, NULL, NULL);
}
