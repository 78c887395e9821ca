/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Filters: which tasks, processes and OOM kills count.
 */
#include "test_model_events.h"

static struct model *with(struct filter f)
{
	struct model_opts opts = default_opts;

	opts.filter = f;
	return model_begin(&opts);
}

static bool matched(const struct model *m, struct ev_task t)
{
	const struct process *p = model_process(m, t.tgid, t.start_ns);

	assert_non_null(p);
	return p->matched;
}

static int count_matched(const struct model *m)
{
	return model_processes(m, BY_STALL_TIME, NULL, 0);
}

static void no_filter_matches_all(void **state)
{
	struct model *m = with((struct filter){0});

	(void)state;
	assert_true(model_match(m, &(struct ev_task){.tgid = 1}));
	model_free(m);
}

static void processes_and_threads_are_named_by_number(void **state)
{
	static const uint32_t tgids[] = {10, 20}, tids[] = {31};
	struct model *m =
		with((struct filter){.tgids = tgids, .ntgids = 2, .tids = tids, .ntids = 1});
	struct ev_task a = task(20, 21, OLD, "a"), b = task(30, 31, OLD, "b");
	struct ev_task c = task(30, 32, OLD, "b"), d = task(31, 33, OLD, "d");

	(void)state;
	assert_true(model_match(m, &a));
	assert_true(model_match(m, &b));
	assert_false(model_match(m, &c));
	assert_false(model_match(m, &d));
	feed_stall(m, stall(b, 5, 10, STALL_DIRECT));
	feed_stall(m, stall(c, 5, 100, STALL_DIRECT));
	feed_stall(m, stall(d, 5, 1000, STALL_DIRECT));
	assert_int_equal(model_stalls(m)->all.total_ns, 10);
	assert_int_equal(count_matched(m), 1);
	model_free(m);
}

static void a_name_matches_thread_or_process(void **state)
{
	struct model *m = with((struct filter){.comm = "java*"});
	struct ev_task lead = task(10, 10, OLD, "java"), gc = task(10, 11, OLD, "GC Thread#0");
	struct ev_task other = task(20, 20, OLD, "bash"), child = task(20, 21, OLD, "java-agent");

	(void)state;
	assert_false(model_match(m, &gc)); /* of whom it is, is not known yet */
	feed_row(m, row(lead, 1, 1, 0));
	assert_true(model_match(m, &gc));
	assert_true(model_match(m, &child));
	assert_false(model_match(m, &other));
	feed_row(m, row(other, 1, 1, 0));
	feed_tick(m, 2);
	assert_true(matched(m, lead));
	assert_false(matched(m, other));
	feed_row(m, row(other, SEC, 1, 0));
	feed_row(m, row(child, SEC, 1, 0));
	feed_tick(m, SEC);
	assert_true(matched(m, other)); /* a thread of it matches */
	model_free(m);
}

static void a_name_that_exec_changed_matches_no_more(void **state)
{
	struct model *m = with((struct filter){.comm = "sh"});
	struct ev_task before = task(10, 10, OLD, "sh"), after = task(10, 10, OLD, "python3");
	struct ev_task busy = task(11, 11, OLD, "sh"), busy_after = task(11, 11, OLD, "python3");

	(void)state;
	feed_row(m, row(before, 1, 1, 0));
	feed_row(m, row(busy, 1, 1, 0));
	feed_stall(m, stall(busy, 5, 10, STALL_DIRECT));
	feed_tick(m, 10);
	assert_true(matched(m, before));
	feed_row(m, row(after, SEC, 1, 0));
	feed_row(m, row(busy_after, SEC, 1, 0));
	feed_tick(m, SEC);
	assert_false(matched(m, after));
	assert_true(matched(m, busy)); /* its stalls were counted */
	model_free(m);
}

static void users_match_by_number_zero_included(void **state)
{
	struct model *m = with((struct filter){.has_uid = true, .uid = 0});
	struct ev_task root = task(10, 10, OLD, "a"), user = task(11, 11, OLD, "b");

	(void)state;
	user.uid = 1000;
	assert_true(model_match(m, &root));
	assert_false(model_match(m, &user));
	model_free(m);
}

static bool cgroup_matches(const char *filter, const char *path)
{
	struct model *m = with((struct filter){.cgroup = filter});
	struct ev_task t = task(10, 10, OLD, "a");
	bool yes;

	t.cgroup = 5;
	feed_cgroup(m, 5, path);
	yes = model_match(m, &t);
	model_free(m);
	return yes;
}

static void a_cgroup_includes_those_below_it_and_no_namesakes(void **state)
{
	(void)state;
	assert_true(cgroup_matches("/a", "/a"));
	assert_true(cgroup_matches("/a", "/a/b"));
	assert_true(cgroup_matches("/a/", "/a/b/c"));
	assert_false(cgroup_matches("/a", "/ab"));
	assert_false(cgroup_matches("/a", "/"));
	assert_false(cgroup_matches("/a/b", "/a"));
	assert_true(cgroup_matches("/", "/x"));
	assert_true(cgroup_matches("/", "/"));
}

static void a_cgroup_without_a_name_matches_once_it_has_one(void **state)
{
	struct model *m = with((struct filter){.cgroup = "/a"});
	struct ev_task t = task(10, 10, OLD, "a");

	(void)state;
	t.cgroup = 5;
	feed_stall(m, stall(t, 1, 10, STALL_MEMCG));
	feed_row(m, row(t, 2, 1, 0));
	feed_tick(m, 3);
	assert_false(matched(m, t));
	feed_cgroup(m, 5, "/a/b");
	feed_stall(m, stall(t, 4, 1, STALL_MEMCG));
	assert_int_equal(model_stalls(m)->all.total_ns, 1);
	assert_true(matched(m, t));
	model_free(m);
}

static void all_criteria_must_hold(void **state)
{
	static const uint32_t tgids[] = {10};
	struct model *m = with((struct filter){
		.tgids = tgids, .ntgids = 1, .comm = "a", .has_uid = true, .uid = 7});
	struct ev_task t = task(10, 10, OLD, "a");

	(void)state;
	t.uid = 7;
	assert_true(model_match(m, &t));
	t.comm[0] = 'b';
	assert_false(model_match(m, &t));
	t.comm[0] = 'a';
	t.uid = 8;
	assert_false(model_match(m, &t));
	model_free(m);
}

static void those_who_do_not_match_count_only_in_what_reconciles(void **state)
{
	struct model *m = with((struct filter){.comm = "mine"});
	struct ev_task mine = task(10, 10, BEGIN_NS + 1, "mine");
	struct ev_task other = task(11, 11, BEGIN_NS + 1, "other");

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct ev_task t = i ? other : mine;

		feed_stall(m, stall(t, 5, 10, STALL_DIRECT));
		feed_fault(m, fault(t, 6, 10, FAULT_FILE));
		feed_swapout(m, t, 7, 8, 9);
		feed_exit(m, exit_event(t, 8, 100, 1, true));
	}
	for (uint64_t i = 1; i < 4; i++)
		feed_tick(m, i * SEC);
	assert_int_equal(model_stalls(m)->all.count, 1);
	assert_int_equal(model_faults(m)->count[FAULT_FILE], 1);
	assert_int_equal(count_matched(m), 1);
	assert_null(model_process(m, 11, BEGIN_NS + 1));
	assert_int_equal(model_others(m)->processes, 0);
	assert_int_equal(model_others(m)->min_flt_traced, 0);
	model_free(m);
}

static struct ev_task_row child_row(struct ev_task t, uint64_t time, uint32_t ppid)
{
	struct ev_task_row r = row(t, time, 1, 0);

	r.ppid = ppid;
	return r;
}

static struct ev_exit child_exit(struct ev_task t, uint64_t time, uint32_t ppid)
{
	struct ev_exit e = exit_event(t, time, 1, 0, true);

	e.ppid = ppid;
	return e;
}

static struct filter tree_of(uint32_t root)
{
	return (struct filter){.tree = true, .root_tgid = root};
}

static void descendants_are_found_in_any_order_of_rows(void **state)
{
	struct model *m = with(tree_of(100));
	struct ev_task root = task(100, 100, OLD, "make"), sh = task(50, 50, BEGIN_NS + 2, "sh");
	struct ev_task cc = task(40, 40, BEGIN_NS + 3, "cc"), other = task(60, 60, OLD, "init");

	(void)state;
	feed_row(m, child_row(cc, 1, 50)); /* numbers have wrapped: children come first */
	feed_row(m, child_row(sh, 2, 100));
	feed_row(m, child_row(other, 3, 1));
	feed_row(m, child_row(root, 4, 60));
	feed_tick(m, 5);
	assert_true(matched(m, root));
	assert_true(matched(m, sh));
	assert_true(matched(m, cc));
	assert_false(matched(m, other));
	assert_true(model_match(m, &cc));
	assert_false(model_match(m, &other));
	model_free(m);
}

static void orphans_stay_in_the_tree(void **state)
{
	struct model *m = with(tree_of(100));
	struct ev_task root = task(100, 100, OLD, "sh"), kid = task(101, 101, BEGIN_NS + 2, "kid");

	(void)state;
	feed_row(m, child_row(root, 1, 1));
	feed_row(m, child_row(kid, 2, 100));
	feed_tick(m, 3);
	feed_exit(m, child_exit(root, 10, 1));
	for (uint64_t i = 1; i < 5; i++) {
		feed_row(m, child_row(kid, i * SEC, 1));
		feed_tick(m, i * SEC);
	}
	assert_null(model_process(m, 100, OLD));
	assert_true(matched(m, kid));
	model_free(m);
}

static void a_short_lived_chain_seen_only_by_its_exits_is_in_the_tree(void **state)
{
	struct model *m = with(tree_of(100));
	struct ev_task root = task(100, 100, OLD, "make"), sh = task(101, 101, BEGIN_NS + 2, "sh");
	struct ev_task cc = task(102, 102, BEGIN_NS + 3, "cc");

	(void)state;
	feed_row(m, child_row(root, 1, 1));
	feed_tick(m, 2);
	feed_exit(m, child_exit(cc, 10, 101));
	feed_exit(m, child_exit(sh, 11, 100));
	feed_row(m, child_row(root, SEC, 1));
	feed_tick(m, SEC);
	assert_true(matched(m, cc));
	assert_true(matched(m, sh));
	feed_tick(m, 2 * SEC);
	assert_int_equal(model_others(m)->min_flt_traced, 2);
	model_free(m);
}

static void a_reused_number_of_the_tree_adopts_nobody(void **state)
{
	struct model *m = with(tree_of(100));
	struct ev_task root = task(100, 100, OLD + 50, "sh");
	struct ev_task elder = task(90, 90, OLD, "elder"), kid = task(101, 101, BEGIN_NS + 2, "k");
	struct ev_task late = task(103, 103, BEGIN_NS + SEC, "late");
	struct ev_task again = task(100, 100, BEGIN_NS + 2 * SEC, "again");

	(void)state;
	feed_row(m, child_row(root, 1, 1));
	feed_row(m, child_row(elder, 1, 100)); /* older than the one of that number */
	feed_row(m, child_row(kid, 2, 100));
	feed_tick(m, 3);
	feed_exit(m, child_exit(root, 10, 1));
	feed_row(m, child_row(late, SEC, 100)); /* younger than its end */
	feed_tick(m, SEC);
	assert_false(matched(m, late));
	feed_row(m, child_row(again, 2 * SEC, 1));
	feed_tick(m, 2 * SEC);
	assert_true(matched(m, kid));
	assert_false(matched(m, elder));
	assert_false(matched(m, late));
	assert_false(matched(m, again));
	model_free(m);
}

static void what_the_kernel_lets_pass_is_in_the_tree(void **state)
{
	struct model *m = with(tree_of(100));
	struct ev_task orphan = task(200, 201, BEGIN_NS + 2, "daemon");

	(void)state;
	feed_stall(m, stall(orphan, 5, 10, STALL_DIRECT));
	assert_true(model_match(m, &orphan));
	assert_true(matched(m, orphan));
	assert_int_equal(model_stalls(m)->all.count, 1);
	model_free(m);
}

static void a_source_that_passes_the_tree_only_needs_no_parents(void **state)
{
	struct filter f = tree_of(100);
	struct ev_task orphan = task(200, 200, BEGIN_NS + 2, "daemon");
	struct ev_task brief = task(201, 201, BEGIN_NS + 2, "brief");
	struct model *m;

	(void)state;
	f.tree_by_source = true;
	m = with(f);
	feed_row(m, child_row(orphan, 1, 1));
	feed_exit(m, child_exit(brief, 2, 1));
	feed_tick(m, 3);
	assert_true(matched(m, orphan));
	assert_true(matched(m, brief));
	model_free(m);
}

static void feed_mark(struct model *m, struct ev_task victim, struct ev_task trigger)
{
	struct ev_oom_kill ev = {.hdr = HDR(EV_OOM_KILL, ev, 5), .task = trigger, .victim = victim};

	model_event(m, &ev.hdr);
}

static void oom_kills_count_when_victim_or_trigger_match(void **state)
{
	struct model *m = with((struct filter){.comm = "mine"});
	struct ev_task mine = task(1, 1, OLD, "mine"), x = task(2, 2, OLD, "x");
	struct ev_task y = task(3, 3, OLD, "y"), z = task(4, 4, OLD, "z");
	const struct oom_record *rec[4];

	(void)state;
	feed_mark(m, mine, x);
	feed_mark(m, y, mine);
	feed_mark(m, z, x);
	assert_int_equal(model_ooms(m, rec, 4), 2);
	assert_int_equal(rec[0]->victim_pid, 1);
	assert_int_equal(rec[1]->victim_pid, 3);
	model_free(m);
}

static void kills_known_from_the_log_are_filtered_by_what_it_says(void **state)
{
	static const char *const lines[] = {
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
		"oom_memcg=/a,task_memcg=/a/b,task=x,pid=1,uid=0",
		"Memory cgroup out of memory: Killed process 1 (x) total-vm:1kB",
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
		"oom_memcg=/c,task_memcg=/c,task=y,pid=2,uid=0",
		"Memory cgroup out of memory: Killed process 2 (y) total-vm:1kB",
	};
	struct model *m = with((struct filter){.cgroup = "/a"});
	const struct oom_record *rec[4];

	(void)state;
	feed_cgroup(m, 1, "/a");
	feed_cgroup(m, 2, "/a/b");
	feed_cgroup(m, 3, "/c");
	for (int i = 0; i < 4; i++)
		feed_kmsg(m, 5, lines[i]);
	assert_int_equal(model_ooms(m, rec, 4), 1);
	assert_int_equal(rec[0]->victim_pid, 1);
	model_free(m);
}

static void a_zeroed_trigger_does_not_pass_for_root(void **state)
{
	struct model *m = with((struct filter){.has_uid = true, .uid = 0});
	const struct oom_record *rec[4];

	(void)state;
	feed_kmsg(m, 5,
		  "Out of memory: Killed process 2 (y) total-vm:1kB, anon-rss:1kB, file-rss:0kB, "
		  "shmem-rss:0kB, UID:1000 pgtables:1kB oom_score_adj:0");
	assert_int_equal(model_ooms(m, rec, 4), 0);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_filter_matches_all),
		cmocka_unit_test(processes_and_threads_are_named_by_number),
		cmocka_unit_test(a_name_matches_thread_or_process),
		cmocka_unit_test(a_name_that_exec_changed_matches_no_more),
		cmocka_unit_test(users_match_by_number_zero_included),
		cmocka_unit_test(a_cgroup_includes_those_below_it_and_no_namesakes),
		cmocka_unit_test(a_cgroup_without_a_name_matches_once_it_has_one),
		cmocka_unit_test(all_criteria_must_hold),
		cmocka_unit_test(those_who_do_not_match_count_only_in_what_reconciles),
		cmocka_unit_test(descendants_are_found_in_any_order_of_rows),
		cmocka_unit_test(orphans_stay_in_the_tree),
		cmocka_unit_test(a_short_lived_chain_seen_only_by_its_exits_is_in_the_tree),
		cmocka_unit_test(a_reused_number_of_the_tree_adopts_nobody),
		cmocka_unit_test(what_the_kernel_lets_pass_is_in_the_tree),
		cmocka_unit_test(a_source_that_passes_the_tree_only_needs_no_parents),
		cmocka_unit_test(oom_kills_count_when_victim_or_trigger_match),
		cmocka_unit_test(kills_known_from_the_log_are_filtered_by_what_it_says),
		cmocka_unit_test(a_zeroed_trigger_does_not_pass_for_root),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
