/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traced waits against PSI: their union in wall time, whose they are, since when they count.
 */
#include "test_model_events.h"

#define GROUP 77 /* /app, and below it: */
#define CHILD 78
#define OTHER 79

static void feed_psi(struct model *m, uint64_t time, uint64_t some_us)
{
	struct ev_host host = host_absent();

	host.value[HOST_PSI_SOME] = some_us;
	host.value[HOST_PSI_FULL] = some_us / 2;
	feed_host(m, time, &host);
}

static void feed_cgstat(struct model *m, uint64_t time, uint64_t cgroup, uint64_t some_us)
{
	struct ev_cgstat ev = {.hdr = HDR(EV_CGSTAT, ev, time),
			       .cgroup = cgroup,
			       .psi_some_us = some_us,
			       .psi_full_us = some_us};

	model_event(m, &ev.hdr);
}

static struct model *fresh_with(const struct model_opts *opts)
{
	struct model *m = model_begin(opts);

	feed_cgroup(m, GROUP, "/app");
	feed_cgroup(m, CHILD, "/app/child");
	feed_cgroup(m, OTHER, "/other");
	feed_psi(m, 1, 1000);
	return m;
}

static struct model *fresh(void)
{
	return fresh_with(&default_opts);
}

/* A stall of thread tid that lasts from begin to end. */
static void feed_wait(struct model *m, uint32_t tid, uint64_t begin, uint64_t end)
{
	feed_stall(m, stall(task(tid, tid, OLD, "t"), end, end - begin, STALL_DIRECT));
}

static struct pressure pressure(struct model *m)
{
	struct pressure p;

	feed_psi(m, 100 * SEC, 5001000);
	assert_true(model_pressure(m, 0, &p));
	return p;
}

static uint64_t covered(struct model *m)
{
	return pressure(m).stalls_ns;
}

static void waits_at_the_same_time_count_once(void **state)
{
	struct model *m = fresh();

	(void)state;
	feed_wait(m, 1, SEC, 3 * SEC);
	feed_wait(m, 2, 2 * SEC, 4 * SEC);
	feed_wait(m, 3, SEC + 1, SEC + 2);
	feed_wait(m, 4, 6 * SEC, 7 * SEC);
	feed_wait(m, 5, 4 * SEC, 6 * SEC); /* fills the gap */
	assert_int_equal(covered(m), 6 * SEC);
	model_free(m);
}

static void both_sides_are_told(void **state)
{
	struct model *m = fresh();
	struct pressure p;

	(void)state;
	assert_false(model_pressure(m, 0, &p)); /* one reading */
	feed_wait(m, 1, SEC, 3 * SEC);
	p = pressure(m);
	assert_int_equal(p.psi_some_ns, 5 * SEC);
	assert_int_equal(p.psi_full_ns, 5 * SEC / 2);
	assert_int_equal(p.stalls_ns, 2 * SEC);
	model_free(m);
}

static void time_before_the_first_reading_does_not_count(void **state)
{
	struct model *m = model_begin(&default_opts);

	(void)state;
	feed_wait(m, 1, 1, SEC);
	feed_psi(m, 2 * SEC, 1000);
	feed_wait(m, 1, SEC, 5 * SEC);
	assert_int_equal(covered(m), 3 * SEC);
	model_free(m);
}

static void a_swap_in_explains_pressure_but_is_no_stall(void **state)
{
	struct ev_fault untimed = fault(task(1, 1, OLD, "t"), 20 * SEC, 5 * SEC, FAULT_SWAP);
	struct model *m = fresh();
	struct pressure p;

	(void)state;
	untimed.flags = FAULT_F_UNTIMED;
	feed_wait(m, 1, SEC, 3 * SEC);
	feed_fault(m, fault(task(2, 2, OLD, "t"), 4 * SEC, 2 * SEC, FAULT_SWAP));
	feed_fault(m, fault(task(2, 2, OLD, "t"), 9 * SEC, 2 * SEC, FAULT_FILE));
	feed_fault(m, untimed);
	p = pressure(m);
	assert_int_equal(p.stalls_ns, 2 * SEC);
	assert_int_equal(p.explained_ns, 3 * SEC);
	model_free(m);
}

static void reclaim_that_was_asked_for_is_no_pressure(void **state)
{
	struct model *m = fresh();

	(void)state;
	feed_stall(m, stall(task(1, 1, OLD, "t"), 3 * SEC, SEC, STALL_PROACTIVE));
	feed_stall(m, stall(task(1, 1, OLD, "t"), 5 * SEC, SEC, STALL_HIGH));
	assert_int_equal(covered(m), SEC);
	model_free(m);
}

static void everybody_counts_whatever_the_filter(void **state)
{
	struct model_opts opts = default_opts;
	struct model *m;

	(void)state;
	opts.filter.comm = "nobody";
	m = fresh_with(&opts);
	feed_wait(m, 1, SEC, 3 * SEC);
	assert_int_equal(covered(m), 2 * SEC);
	model_free(m);
}

static void nothing_is_said_where_others_are_not_traced(void **state)
{
	static const uint32_t pids[] = {1};
	struct model_opts opts = default_opts;
	struct pressure p;
	struct model *m;

	(void)state;
	opts.filter.tgids = pids;
	opts.filter.ntgids = 1;
	m = fresh_with(&opts);
	feed_psi(m, SEC, 9000);
	assert_false(model_pressure(m, 0, &p));
	assert_int_equal(model_pressures(m, &p, 1), 0);
	model_free(m);

	m = fresh();
	feed_probe(m, "stall.direct", PROBE_MISSING);
	feed_psi(m, SEC, 9000);
	assert_false(model_pressure(m, 0, &p));
	model_free(m);
}

static void a_cgroup_has_the_waits_of_those_below_it(void **state)
{
	struct ev_task t = task(1, 1, OLD, "t");
	struct pressure list[4];
	struct model *m = fresh();

	(void)state;
	feed_cgstat(m, 1, OTHER, 0);
	feed_cgstat(m, 1, GROUP, 0);
	t.cgroup = CHILD;
	feed_stall(m, stall(t, 3 * SEC, SEC, STALL_MEMCG));
	t.cgroup = GROUP;
	feed_stall(m, stall(t, 5 * SEC, SEC, STALL_MEMCG));
	t.cgroup = 0;
	feed_stall(m, stall(t, 7 * SEC, SEC, STALL_DIRECT));
	feed_cgstat(m, 10 * SEC, OTHER, 3000);
	feed_cgstat(m, 10 * SEC, GROUP, 4000);
	feed_psi(m, 10 * SEC, 9000);
	assert_int_equal(model_pressures(m, list, 4), 3);
	assert_int_equal(list[0].cgroup, 0);
	assert_int_equal(list[0].stalls_ns, 3 * SEC);
	assert_int_equal(list[1].cgroup, GROUP);
	assert_int_equal(list[1].stalls_ns, 2 * SEC);
	assert_int_equal(list[1].psi_some_ns, 4 * MSEC);
	assert_int_equal(list[2].cgroup, OTHER);
	assert_int_equal(list[2].stalls_ns, 0);
	model_free(m);
}

/* What a cgroup is within is kept from one wait to the next, while nothing changes. */
static void a_cgroup_that_comes_later_or_has_its_name_later_has_the_waits_since(void **state)
{
	struct ev_task t = task(1, 1, OLD, "t");
	struct pressure list[4];
	struct model *m = fresh();

	(void)state;
	feed_cgstat(m, 1, OTHER, 0);
	t.cgroup = CHILD;
	feed_stall(m, stall(t, 3 * SEC, SEC, STALL_MEMCG));
	feed_cgstat(m, 4 * SEC, GROUP, 0);
	feed_stall(m, stall(t, 6 * SEC, SEC, STALL_MEMCG));
	t.cgroup = 80;
	feed_stall(m, stall(t, 8 * SEC, SEC, STALL_MEMCG)); /* nobody knows where it is */
	feed_cgroup(m, 80, "/other/late");
	feed_stall(m, stall(t, 10 * SEC, SEC, STALL_MEMCG));
	feed_stall(m, stall(t, 12 * SEC, SEC, STALL_MEMCG));
	feed_cgstat(m, 20 * SEC, OTHER, 3000000);
	feed_cgstat(m, 20 * SEC, GROUP, 2000000);
	feed_psi(m, 20 * SEC, 9000000);
	assert_int_equal(model_pressures(m, list, 4), 3);
	assert_int_equal(list[0].stalls_ns, 5 * SEC);
	assert_int_equal(list[1].cgroup, OTHER);
	assert_int_equal(list[1].stalls_ns, 2 * SEC);
	assert_int_equal(list[2].cgroup, GROUP);
	assert_int_equal(list[2].stalls_ns, SEC);
	model_free(m);
}

/* Against a map of every nanosecond. */
static void random_waits_cover_what_they_cover(void **state)
{
	(void)state;
	srand(7);
	for (int round = 0; round < 200; round++) {
		bool map[1000] = {false};
		struct model *m = fresh();
		uint64_t want = 0;

		for (int i = 0; i < 60; i++) {
			uint64_t begin = 10 + (uint64_t)rand() % 900;
			uint64_t end = begin + (uint64_t)rand() % (round % 2 ? 5 : 60);

			feed_wait(m, 1, begin, end);
			for (uint64_t t = begin; t < end; t++)
				map[t] = true;
		}
		for (int t = 0; t < 1000; t++)
			want += map[t];
		assert_int_equal(covered(m), want);
		model_free(m);
	}
}

static void more_gaps_than_are_remembered_never_count_twice(void **state)
{
	struct model *m = fresh();

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		feed_wait(m, 1, 100 + 10 * i, 105 + 10 * i);
	assert_int_equal(covered(m), 5000);
	feed_wait(m, 1, 50, 105 + 10 * 999); /* the latest gaps are filled */
	assert_in_range(covered(m), 5000 + 5 * 63, 10055);
	for (uint64_t i = 0; i < 1000; i++)
		feed_wait(m, 1, 100 + 10 * i, 105 + 10 * i);
	assert_in_range(covered(m), 5000 + 5 * 63, 10055);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_at_the_same_time_count_once),
		cmocka_unit_test(both_sides_are_told),
		cmocka_unit_test(time_before_the_first_reading_does_not_count),
		cmocka_unit_test(a_swap_in_explains_pressure_but_is_no_stall),
		cmocka_unit_test(reclaim_that_was_asked_for_is_no_pressure),
		cmocka_unit_test(everybody_counts_whatever_the_filter),
		cmocka_unit_test(nothing_is_said_where_others_are_not_traced),
		cmocka_unit_test(a_cgroup_has_the_waits_of_those_below_it),
		cmocka_unit_test(
			a_cgroup_that_comes_later_or_has_its_name_later_has_the_waits_since),
		cmocka_unit_test(random_waits_cover_what_they_cover),
		cmocka_unit_test(more_gaps_than_are_remembered_never_count_twice),
	};

	return cmocka_run_group_tests_name("model: pressure", tests, NULL, NULL);
}
