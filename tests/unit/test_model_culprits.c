/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who grew while others stalled: what counts as growth, in which intervals, for which scope.
 */
#include "test_model_events.h"

#define MIB   (1ULL << 20)
#define GROUP 77 /* /app, and below it: */
#define CHILD 78
#define OTHER 79 /* /application */

static struct model *fresh_with(const struct model_opts *opts)
{
	struct model *m = model_begin(opts);

	feed_cgroup(m, GROUP, "/app");
	feed_cgroup(m, CHILD, "/app/child");
	feed_cgroup(m, OTHER, "/application");
	return m;
}

static struct model *fresh(void)
{
	return fresh_with(&default_opts);
}

static struct ev_task in_cgroup(uint32_t tgid, uint64_t start_ns, const char *comm, uint64_t cgroup)
{
	struct ev_task t = task(tgid, tgid, start_ns, comm);

	t.cgroup = cgroup;
	return t;
}

/* The leader's row of a process with so much anonymous memory and swap. */
static void feed_anon(struct model *m, struct ev_task t, uint64_t time, uint64_t mib,
		      uint64_t swap_mib)
{
	struct ev_task_row r = row(t, time, 0, 0);

	r.anon_rss_bytes = mib * MIB;
	r.swap_bytes = swap_mib * MIB;
	feed_row(m, r);
}

static void feed_memcg_stall(struct model *m, uint64_t time, uint64_t duration, uint64_t target)
{
	struct ev_stall s = stall(in_cgroup(5, OLD, "victim", target), time, duration, STALL_MEMCG);

	s.target_cgroup = target;
	feed_stall(m, s);
}

static void feed_direct_stall(struct model *m, uint64_t time, uint64_t duration)
{
	feed_stall(m, stall(task(5, 5, OLD, "victim"), time, duration, STALL_DIRECT));
}

/* What a process grew by; 0 when it is no culprit. */
static int64_t grown(const struct model *m, uint64_t scope, uint32_t tgid, enum growth_kind kind)
{
	struct culprit list[16];
	int n = model_culprits(m, scope, list, 16);

	for (int i = 0; i < n; i++) {
		if (list[i].process->tgid == tgid)
			return list[i].grown[kind];
	}
	return 0;
}

static int64_t anon_mib(const struct model *m, uint64_t scope, uint32_t tgid)
{
	return grown(m, scope, tgid, GROWTH_ANON) / (int64_t)MIB;
}

static void only_growth_in_intervals_with_stalls_counts(void **state)
{
	struct ev_task hog = task(10, 10, OLD, "hog");
	struct model *m = fresh();

	(void)state;
	feed_anon(m, hog, 1, 100, 0);
	feed_tick(m, 2);
	feed_anon(m, hog, SEC, 150, 0); /* nobody stalls */
	feed_tick(m, SEC);
	assert_int_equal(model_culprits(m, 0, NULL, 0), 0);
	feed_direct_stall(m, SEC + SEC / 2, MSEC);
	feed_anon(m, hog, 2 * SEC, 180, 0);
	feed_tick(m, 2 * SEC);
	assert_int_equal(anon_mib(m, 0, 10), 30);
	feed_anon(m, hog, 3 * SEC, 400, 0); /* nobody stalls */
	feed_tick(m, 3 * SEC);
	assert_int_equal(anon_mib(m, 0, 10), 30);
	model_free(m);
}

static void what_reclaim_moves_to_swap_is_not_lost(void **state)
{
	struct ev_task hog = task(10, 10, OLD, "hog");
	struct model *m = fresh();

	(void)state;
	feed_anon(m, hog, 1, 100, 0);
	feed_tick(m, 2);
	feed_direct_stall(m, SEC / 2, MSEC);
	feed_anon(m, hog, SEC, 60, 70);
	feed_tick(m, SEC);
	assert_int_equal(anon_mib(m, 0, 10), 30);
	model_free(m);
}

static void who_shrinks_is_no_culprit(void **state)
{
	struct ev_task hog = task(10, 10, OLD, "hog");
	struct model *m = fresh();

	(void)state;
	feed_anon(m, hog, 1, 100, 0);
	feed_tick(m, 2);
	feed_direct_stall(m, SEC / 2, MSEC);
	feed_anon(m, hog, SEC, 60, 0);
	feed_tick(m, SEC);
	assert_int_equal(model_culprits(m, 0, NULL, 0), 0);
	model_free(m);
}

static void a_long_stall_reaches_back_over_closed_intervals(void **state)
{
	struct ev_task hog = task(10, 10, OLD, "hog");
	struct model *m = fresh();

	(void)state;
	feed_anon(m, hog, 1, 0, 0);
	feed_tick(m, 2);
	for (uint64_t i = 1; i <= 4; i++) {
		feed_anon(m, hog, i * SEC, 1ULL << i, 0); /* grows by 2, 2, 4, 8 */
		feed_tick(m, i * SEC);
	}
	assert_int_equal(anon_mib(m, 0, 10), 0);
	feed_direct_stall(m, 4 * SEC + SEC / 2, 2 * SEC); /* since 2.5 s */
	assert_int_equal(anon_mib(m, 0, 10), 4 + 8);
	feed_direct_stall(m, 4 * SEC + SEC / 2, 2 * SEC);
	assert_int_equal(anon_mib(m, 0, 10), 4 + 8);
	feed_anon(m, hog, 5 * SEC, 32, 0);
	feed_tick(m, 5 * SEC);
	assert_int_equal(anon_mib(m, 0, 10), 4 + 8 + 16);
	model_free(m);
}

static void a_stall_that_arrives_after_the_tick_belongs_before_it(void **state)
{
	struct ev_task hog = task(10, 10, OLD, "hog");
	struct model *m = fresh();

	(void)state;
	feed_anon(m, hog, 1, 0, 0);
	feed_tick(m, 2);
	feed_anon(m, hog, SEC, 8, 0);
	feed_tick(m, SEC);
	feed_direct_stall(m, SEC - MSEC, MSEC);
	assert_int_equal(anon_mib(m, 0, 10), 8);
	feed_anon(m, hog, 2 * SEC, 64, 0);
	feed_tick(m, 2 * SEC);
	assert_int_equal(anon_mib(m, 0, 10), 8);
	model_free(m);
}

static void reclaim_that_was_asked_for_has_no_culprit(void **state)
{
	struct ev_task hog = in_cgroup(10, OLD, "hog", GROUP);
	struct ev_stall s = stall(hog, SEC / 2, MSEC, STALL_PROACTIVE);
	struct scope_stats scope;
	struct model *m = fresh();

	(void)state;
	feed_anon(m, hog, 1, 0, 0);
	feed_tick(m, 2);
	s.target_cgroup = GROUP;
	feed_stall(m, s);
	feed_anon(m, hog, SEC, 8, 0);
	feed_tick(m, SEC);
	assert_int_equal(model_scopes(m, &scope, 1), 0);
	assert_int_equal(model_culprits(m, 0, NULL, 0), 0);
	assert_int_equal(model_culprits(m, GROUP, NULL, 0), 0);
	model_free(m);
}

static void a_limit_has_its_culprits_below_it(void **state)
{
	struct ev_task in = in_cgroup(10, OLD, "in", GROUP),
		       below = in_cgroup(11, OLD, "be", CHILD);
	struct ev_task out = in_cgroup(12, OLD, "out", OTHER);
	struct culprit list[4];
	struct scope_stats scope;
	struct model *m = fresh();

	(void)state;
	feed_anon(m, in, 1, 0, 0);
	feed_anon(m, below, 1, 0, 0);
	feed_anon(m, out, 1, 0, 0);
	feed_tick(m, 2);
	feed_memcg_stall(m, SEC / 2, MSEC, GROUP);
	feed_anon(m, in, SEC, 8, 0);
	feed_anon(m, below, SEC, 16, 0);
	feed_anon(m, out, SEC, 32, 0);
	feed_tick(m, SEC);
	assert_int_equal(model_culprits(m, 0, NULL, 0), 0);
	assert_int_equal(model_scopes(m, &scope, 1), 1);
	assert_int_equal(scope.cgroup, GROUP);
	assert_int_equal(scope.stall_ns, MSEC);
	assert_int_equal(model_culprits(m, GROUP, list, 4), 2);
	assert_int_equal(list[0].process->tgid, 11);
	assert_int_equal(list[1].process->tgid, 10);
	model_free(m);
}

static void nested_limits_count_growth_once(void **state)
{
	struct ev_task hog = in_cgroup(10, OLD, "hog", CHILD);
	struct model *m = fresh();

	(void)state;
	feed_anon(m, hog, 1, 0, 0);
	feed_tick(m, 2);
	feed_memcg_stall(m, SEC / 2, MSEC, GROUP);
	feed_memcg_stall(m, SEC / 2, MSEC, CHILD);
	feed_anon(m, hog, SEC, 8, 0);
	feed_tick(m, SEC);
	feed_memcg_stall(m, SEC + SEC / 4, SEC / 2, GROUP);
	assert_int_equal(anon_mib(m, GROUP, 10), 8);
	assert_int_equal(anon_mib(m, CHILD, 10), 8);
	model_free(m);
}

static void the_filter_chooses_victims_not_culprits(void **state)
{
	struct model_opts opts = default_opts;
	struct ev_task hog = task(10, 10, OLD, "hog");
	struct ev_exit e = exit_event(hog, 2 * SEC + 1, 0, 0, true);
	struct model *m;

	(void)state;
	opts.filter.comm = "victim";
	m = fresh_with(&opts);
	feed_anon(m, hog, 1, 0, 0);
	feed_tick(m, 2);
	feed_stall(m, stall(hog, SEC / 2, MSEC, STALL_DIRECT)); /* not the victim's */
	feed_anon(m, hog, SEC, 8, 0);
	feed_tick(m, SEC);
	assert_int_equal(anon_mib(m, 0, 10), 0);
	feed_direct_stall(m, SEC + SEC / 2, MSEC);
	feed_anon(m, hog, 2 * SEC, 24, 0);
	feed_tick(m, 2 * SEC);
	assert_true(model_culprits_known(m));
	assert_int_equal(anon_mib(m, 0, 10), 16);
	feed_exit(m, e);
	for (uint64_t i = 3; i < 6; i++)
		feed_tick(m, i * SEC);
	assert_int_equal(anon_mib(m, 0, 10), 16);
	model_free(m);
}

static void where_only_named_threads_are_watched_nobody_is_accused(void **state)
{
	static const uint32_t tids[] = {5};
	struct model_opts opts = default_opts;
	struct ev_task victim = task(5, 5, OLD, "victim");
	struct model *m;

	(void)state;
	opts.filter.tids = tids;
	opts.filter.ntids = 1;
	m = fresh_with(&opts);
	feed_anon(m, victim, 1, 0, 0);
	feed_tick(m, 2);
	feed_direct_stall(m, SEC / 2, MSEC);
	feed_anon(m, victim, SEC, 8, 0);
	feed_tick(m, SEC);
	assert_false(model_culprits_known(m));
	assert_int_equal(model_culprits(m, 0, NULL, 0), 0);
	model_free(m);
}

/* Page cache. */

static void feed_io(struct model *m, struct ev_task t, uint64_t time, uint64_t read,
		    uint64_t written)
{
	struct ev_task_row r = row(t, time, 0, 0);

	r.read_bytes = read;
	r.write_bytes = written;
	feed_row(m, r);
}

static void threads_that_end_stay_in_what_was_read(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "main"), worker = task(10, 11, OLD, "worker");
	struct ev_exit e = exit_event(worker, SEC / 2, 0, 0, false);
	struct ev_task_row r = row(lead, 1, 0, 0);
	struct model *m = fresh();

	(void)state;
	r.read_bytes = 100;
	r.folded_read_bytes = 1000;
	r.threads = 2;
	feed_row(m, r);
	feed_io(m, worker, 1, 10, 20);
	feed_tick(m, 2);
	e.read_bytes = 15;
	e.write_bytes = 28;
	feed_exit(m, e);
	feed_direct_stall(m, SEC / 2, MSEC);
	r = row(lead, SEC, 0, 0);
	r.read_bytes = 107;
	r.folded_read_bytes = 1015;
	r.folded_write_bytes = 28;
	feed_row(m, r);
	feed_tick(m, SEC);
	assert_int_equal(grown(m, 0, 10, GROWTH_READ), 12);
	assert_int_equal(grown(m, 0, 10, GROWTH_WRITTEN), 8);
	model_free(m);
}

static void what_is_read_at_the_end_counts(void **state)
{
	struct ev_task t = task(10, 10, BEGIN_NS + 5, "short");
	struct ev_exit e = exit_event(t, SEC / 2, 0, 0, true);
	struct model *m = fresh();

	(void)state;
	feed_tick(m, 2);
	e.read_bytes = 3 * MIB;
	e.folded_read_bytes = 400;
	feed_exit(m, e);
	feed_direct_stall(m, SEC / 2, MSEC);
	feed_tick(m, SEC);
	assert_int_equal(grown(m, 0, 10, GROWTH_READ), 3 * MIB + 400);
	feed_direct_stall(m, SEC + SEC / 2, MSEC);
	feed_tick(m, 2 * SEC);
	assert_int_equal(grown(m, 0, 10, GROWTH_READ), 3 * MIB + 400);
	model_free(m);
}

static void swap_ins_are_no_page_cache(void **state)
{
	struct ev_task a = task(10, 10, OLD, "a"), b = task(11, 11, OLD, "b");
	struct ev_host host = host_absent();
	struct model *m = fresh();

	(void)state;
	host.value[HOST_PSWPIN] = 1000;
	feed_host(m, 1, &host);
	feed_io(m, a, 1, 0, 0);
	feed_io(m, b, 1, 0, 0);
	feed_tick(m, 2);
	feed_direct_stall(m, SEC / 2, MSEC);
	for (int i = 0; i < 4; i++)
		feed_fault(m, fault(i ? a : b, SEC / 2, MSEC, FAULT_SWAP));
	host.value[HOST_PSWPIN] = 1016;
	feed_host(m, SEC, &host);
	feed_io(m, a, SEC, 100000, 0);
	feed_io(m, b, SEC, 1000, 0); /* less than its share */
	feed_tick(m, SEC);
	assert_int_equal(grown(m, 0, 10, GROWTH_READ), 100000 - 12 * 4096);
	assert_int_equal(grown(m, 0, 11, GROWTH_READ), 0);
	model_free(m);
}

/* Processes that come and go. */

static void a_short_life_counts_by_its_peak(void **state)
{
	struct ev_task t = task(10, 10, BEGIN_NS + 5, "short");
	struct ev_exit e = exit_event(t, SEC / 2, 0, 0, true);
	struct model *m = fresh();

	(void)state;
	feed_tick(m, 2);
	e.maxrss_bytes = 40 * MIB;
	feed_exit(m, e);
	feed_direct_stall(m, SEC / 2, MSEC);
	feed_tick(m, SEC);
	assert_int_equal(anon_mib(m, 0, 10), 40);
	model_free(m);
}

static void the_end_adds_what_the_peak_is_above_the_snapshots(void **state)
{
	struct ev_task young = task(10, 10, BEGIN_NS + 5, "young"), old = task(11, 11, OLD, "old");
	struct ev_exit e = exit_event(young, SEC + SEC / 2, 0, 0, true);
	struct model *m = fresh();

	(void)state;
	feed_anon(m, old, 1, 10, 0);
	feed_tick(m, 2);
	feed_direct_stall(m, SEC / 2, MSEC);
	feed_anon(m, old, SEC, 10, 0);
	feed_anon(m, young, SEC, 16, 0);
	feed_tick(m, SEC);
	e.maxrss_bytes = 20 * MIB;
	feed_exit(m, e);
	e = exit_event(old, SEC + SEC / 2, 0, 0, true);
	e.maxrss_bytes = 900 * MIB; /* who knows when */
	feed_exit(m, e);
	feed_direct_stall(m, SEC + SEC / 2, MSEC);
	feed_tick(m, 2 * SEC);
	assert_int_equal(anon_mib(m, 0, 10), 20);
	assert_int_equal(anon_mib(m, 0, 11), 0);
	model_free(m);
}

static void an_oom_victim_ended_as_large_as_it_was_killed(void **state)
{
	struct ev_task hog = task(10, 10, OLD, "hog");
	struct ev_oom_kill kill = {
		.hdr = HDR(EV_OOM_KILL, kill, SEC / 2), .victim = hog, .task = hog, .sized = 1};
	struct model *m = fresh();

	(void)state;
	feed_anon(m, hog, 1, 10, 0);
	feed_tick(m, 2);
	feed_direct_stall(m, SEC / 2, MSEC);
	kill.anon_rss_bytes = 200 * MIB;
	kill.swap_bytes = 50 * MIB;
	model_event(m, &kill.hdr);
	feed_exit(m, exit_event(hog, SEC / 2 + 1, 0, 0, true));
	feed_tick(m, SEC);
	assert_int_equal(anon_mib(m, 0, 10), 240);
	model_free(m);
}

static void a_child_does_not_grow_by_what_its_parent_lends_it(void **state)
{
	struct ev_task parent = task(10, 10, OLD, "redis"),
		       child = task(11, 11, BEGIN_NS + 5, "redis");
	struct ev_task_row r = row(child, SEC, 0, 0);
	struct model *m = fresh();

	(void)state;
	feed_anon(m, parent, 1, 500, 100);
	feed_tick(m, 2);
	feed_direct_stall(m, SEC / 2, MSEC);
	feed_anon(m, parent, SEC, 500, 100);
	r.ppid = 10;
	r.anon_rss_bytes = 510 * MIB;
	r.swap_bytes = 100 * MIB;
	feed_row(m, r);
	feed_tick(m, SEC);
	assert_int_equal(anon_mib(m, 0, 11), 10);
	model_free(m);
}

static void who_leaves_the_table_is_in_the_sum(void **state)
{
	struct model_opts opts = default_opts;
	struct ev_task hog = in_cgroup(10, BEGIN_NS + 5, "hog", CHILD);
	struct ev_exit e = exit_event(hog, SEC / 2, 0, 0, true);
	struct scope_stats scope;
	struct model *m;

	(void)state;
	opts.max_processes = 2;
	m = fresh_with(&opts);
	feed_tick(m, 2);
	feed_memcg_stall(m, SEC / 4, MSEC, GROUP);
	e.maxrss_bytes = 40 * MIB;
	feed_exit(m, e);
	feed_anon(m, task(12, 12, OLD, "third"), SEC, 1, 0); /* takes its place */
	feed_tick(m, SEC);
	assert_null(model_process(m, 10, hog.start_ns));
	assert_int_equal(model_culprits(m, GROUP, NULL, 0), 0);
	assert_int_equal(model_scopes(m, &scope, 1), 1);
	assert_int_equal(scope.folded[GROWTH_ANON], 40 * MIB);
	model_free(m);
}

/* What nobody owns. */

static void slab_and_unmapped_tmpfs_have_no_owner(void **state)
{
	struct ev_task t = task(10, 10, OLD, "mapper");
	struct ev_host host = host_absent();
	struct unowned un[UNOWNED_KINDS];
	struct ev_task_row r;
	struct model *m = fresh();

	(void)state;
	host.value[HOST_SLAB] = 100 * MIB;
	host.value[HOST_SHMEM] = 10 * MIB;
	feed_host(m, 1, &host);
	feed_row(m, row(t, 1, 0, 0));
	feed_tick(m, 2);
	feed_direct_stall(m, SEC / 2, MSEC);
	host.value[HOST_SLAB] = 130 * MIB;
	host.value[HOST_SHMEM] = 30 * MIB;
	feed_host(m, SEC, &host);
	r = row(t, SEC, 0, 0);
	r.shmem_rss_bytes = 5 * MIB;
	feed_row(m, r);
	feed_tick(m, SEC);
	host.value[HOST_SLAB] = 500 * MIB; /* nobody stalls */
	feed_host(m, 2 * SEC, &host);
	feed_tick(m, 2 * SEC);
	model_unowned(m, 0, un);
	assert_true(un[UNOWNED_SLAB].known);
	assert_int_equal(un[UNOWNED_SLAB].bytes, 30 * MIB);
	assert_int_equal(un[UNOWNED_SHMEM].bytes, 15 * MIB);
	assert_false(un[UNOWNED_PGTABLES].known);
	model_free(m);
}

static void feed_cgstat(struct model *m, uint64_t time, uint64_t cgroup, uint64_t slab)
{
	struct ev_cgstat ev = {.hdr = HDR(EV_CGSTAT, ev, time),
			       .cgroup = cgroup,
			       .slab_bytes = slab,
			       .shmem_bytes = EV_ABSENT,
			       .pgtables_bytes = EV_ABSENT};

	model_event(m, &ev.hdr);
}

static void a_cgroup_has_its_own_slab(void **state)
{
	struct unowned un[UNOWNED_KINDS];
	struct model *m = fresh();

	(void)state;
	feed_cgstat(m, 1, GROUP, 10 * MIB);
	feed_cgstat(m, 1, OTHER, 10 * MIB);
	feed_tick(m, 2);
	feed_memcg_stall(m, SEC / 2, MSEC, GROUP);
	feed_cgstat(m, SEC, GROUP, 17 * MIB);
	feed_cgstat(m, SEC, OTHER, 90 * MIB);
	feed_tick(m, SEC);
	model_unowned(m, GROUP, un);
	assert_int_equal(un[UNOWNED_SLAB].bytes, 7 * MIB);
	assert_false(un[UNOWNED_SHMEM].known);
	assert_null(model_cgstat_first(m)); /* none was watched */
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_growth_in_intervals_with_stalls_counts),
		cmocka_unit_test(what_reclaim_moves_to_swap_is_not_lost),
		cmocka_unit_test(who_shrinks_is_no_culprit),
		cmocka_unit_test(a_long_stall_reaches_back_over_closed_intervals),
		cmocka_unit_test(a_stall_that_arrives_after_the_tick_belongs_before_it),
		cmocka_unit_test(reclaim_that_was_asked_for_has_no_culprit),
		cmocka_unit_test(a_limit_has_its_culprits_below_it),
		cmocka_unit_test(nested_limits_count_growth_once),
		cmocka_unit_test(the_filter_chooses_victims_not_culprits),
		cmocka_unit_test(where_only_named_threads_are_watched_nobody_is_accused),
		cmocka_unit_test(threads_that_end_stay_in_what_was_read),
		cmocka_unit_test(what_is_read_at_the_end_counts),
		cmocka_unit_test(swap_ins_are_no_page_cache),
		cmocka_unit_test(a_short_life_counts_by_its_peak),
		cmocka_unit_test(the_end_adds_what_the_peak_is_above_the_snapshots),
		cmocka_unit_test(an_oom_victim_ended_as_large_as_it_was_killed),
		cmocka_unit_test(a_child_does_not_grow_by_what_its_parent_lends_it),
		cmocka_unit_test(who_leaves_the_table_is_in_the_sum),
		cmocka_unit_test(slab_and_unmapped_tmpfs_have_no_owner),
		cmocka_unit_test(a_cgroup_has_its_own_slab),
	};

	return cmocka_run_group_tests_name("model: culprits", tests, NULL, NULL);
}
