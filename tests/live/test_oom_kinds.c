// SPDX-License-Identifier: GPL-2.0
/*
 * OOM kills of every kind: of many at once and one after the other, of groups, threads and
 * processes that share their memory, of the wrong one, of one that has swap, for a tmpfs.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <sys/stat.h>
#include "oom.h"

static void group_kill_is_one_episode_of_all_its_members(void **state)
{
	struct child holder[3], hog;
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "group", 64, 0);
	need_kernel(cgroup_set(&cg, "memory.oom.group", "1") == 0, "memory.oom.group");
	ooms_begin(&o, ARGS("oom", "-j"));
	for (int i = 0; i < 3; i++)
		holder_start(&holder[i], &cg, "0", "8");
	hog_die(&hog, &cg, "0");
	r = ooms_told(&o, &v);
	assert_int_equal(v.pid, hog.pid);
	report_equals(r, &v);
	assert_true(json_object_get_boolean(json_get(r, "group_kill")));
	assert_true(json_object_get_boolean(json_get(r, "memcg.oom_group")));
	/* Some kernels kill, count and tell of the first one twice. */
	assert_int_equal(json_int(r, "kills_total"), o.kills);
	assert_int_equal(json_object_array_length(json_list(r, "kills")), 4);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(child_wait(&holder[i], 10), 128 + SIGKILL);
		assert_non_null(report_kill(r, holder[i].pid));
	}
}

#define BOMBLETS 6

static void cascade_of_a_fork_bomb_is_told_kill_by_kill(void **state)
{
	struct json_object *r, *kills;
	struct child bomb;
	struct cgroup cg;
	struct ooms o;
	size_t listed = 0;

	(void)state;
	cgroup_make(&cg, "bomb", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	hog_run(&bomb, &cg, ARGS("-n", "bomb", "bomb", "6", "128"), 30);
	ooms_await(&o, 1);
	sleep_s(slack() > 1 ? 3 : 0);
	ooms_end(&o);
	close(o.kmsg);
	assert_int_equal(o.kills, BOMBLETS);
	for (int i = 0; (r = trace_line(&o.t, "oom", i)); i++) {
		kills = json_list(r, "kills");
		listed += json_object_array_length(kills);
		for (size_t k = 0; k < json_object_array_length(kills); k++) {
			struct json_object *kill = json_object_array_get_idx(kills, k);

			assert_string_equal(json_str(kill, "victim.comm"), "bomblet");
			assert_int_equal(json_int(kill, "victim.ppid"), bomb.pid);
		}
	}
	assert_int_equal(listed, BOMBLETS);
	if (slack() <= 1) /* there they come within a second of each other */
		ooms_only(&o);
}

static void thread_that_asked_is_the_trigger_and_its_process_the_victim(void **state)
{
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "thread", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	hog_start(&hog, &cg, ARGS("filler", "128"));
	assert_int_equal(child_wait(&hog, 20), 128 + SIGKILL);
	r = ooms_told(&o, &v);
	assert_true(v.trigger_tid != hog.pid);
	assert_string_equal(v.trigger, "filler");
	report_equals(r, &v);
	assert_int_equal(json_int(r, "trigger.pid"), hog.pid);
	assert_int_equal(json_int(r, "victim.pid"), hog.pid);
	assert_string_equal(json_str(r, "victim.comm"), "hog");
}

/* The kernel then names the thread that is left: still one kill, of that process. */
static void process_whose_first_thread_has_ended_is_one_kill(void **state)
{
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "orphan", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	hog_start(&hog, &cg, ARGS("orphan", "128"));
	assert_int_equal(child_wait(&hog, 20), 128 + SIGKILL);
	r = ooms_told(&o, &v);
	assert_true(v.pid != hog.pid);
	assert_int_equal(json_int(r, "kills_total"), 1);
	assert_int_equal(json_int(r, "victim.pid"), hog.pid);
	assert_int_equal(json_int(r, "victim.anon_rss_bytes"), v.anon_kb * 1024);
	assert_int_equal(json_int(r, "trigger.tid"), v.trigger_tid);
	assert_int_equal(json_int(r, "victim_rank"), 1);
}

static void victims_swap_is_what_the_log_has(void **state)
{
	const struct verdict_task *row;
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	need_machine(swap_is_on(), "no swap can be made (set MEMTRACE_TEST_SWAP)");
	cgroup_make(&cg, "swapped", 48, 48);
	ooms_begin(&o, ARGS("oom", "-j"));
	hog_die(&hog, &cg, "0");
	r = ooms_told(&o, &v);
	report_equals(r, &v);
	row = verdict_task(&v, hog.pid);
	assert_non_null(row);
	assert_true(row->swap * sysconf(_SC_PAGESIZE) > 24 * MIB);
	assert_int_equal(json_int(r, "victim.swap_bytes"), row->swap * sysconf(_SC_PAGESIZE));
	phases_check(r);
}

/* Does any of the report's advice speak of it? */
static bool advised(struct json_object *report, const char *of)
{
	struct json_object *list = json_list(report, "advice");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (strcasestr(json_object_to_json_string(o), of))
			return true;
	}
	print_message("# advice: %s\n", json_object_to_json_string(list));
	return false;
}

static void tmpfs_that_fills_the_cgroup_is_named(void **state)
{
	char dir[PATH_MAX], file[PATH_MAX + 8];
	struct json_object *r;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	disk_make(dir, "size=128m");
	snprintf(file, sizeof(file), "%s/file", dir);
	cgroup_make(&cg, "tmpfs", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	hog_start(&hog, &cg, ARGS("write", file, "100", "0"));
	assert_int_equal(child_wait(&hog, 20), 128 + SIGKILL);
	r = ooms_told(&o, NULL);
	assert_true(json_int(r, "memcg.stat.shmem_bytes") > (int64_t)(48 * MIB));
	assert_true(json_int(r, "victim.anon_rss_bytes") < (int64_t)(8 * MIB));
	assert_true(advised(r, "tmpfs"));
}

static void protected_process_is_a_candidate_that_lives(void **state)
{
	struct child holder, hog;
	struct json_object *r, *row;
	struct verdict v;
	struct cgroup cg;
	struct ooms o;

	(void)state;
	need_kernel(setting_set("/proc/self/oom_score_adj", "-1000") != -EACCES,
		    "the right to lower oom_score_adj (CAP_SYS_RESOURCE)");
	cgroup_make(&cg, "protect", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	holder_start(&holder, &cg, "-1000", "44");
	hog_die(&hog, &cg, "0");
	r = ooms_told(&o, &v);
	assert_false(child_ended(&holder));
	report_equals(r, &v);
	row = row_of(r, "candidates", holder.pid);
	assert_non_null(row);
	assert_string_equal(json_str(row, "bar"), "protected");
	assert_false(json_object_get_boolean(json_get(row, "killed")));
	assert_true(advised(r, "oom_score_adj"));
}

/* The cgroup above has the limit: one below fills it, another one is who asks for more. */
static void trigger_in_another_cgroup_than_the_victim_is_told_apart(void **state)
{
	struct cgroup top, big, small;
	struct child holder, hog;
	struct json_object *r;
	struct verdict v;
	struct ooms o;

	(void)state;
	cgroup_make(&top, "top", 64, 0);
	cgroup_make_child(&big, &top, "big");
	cgroup_make_child(&small, &top, "small");
	ooms_begin(&o, ARGS("oom", "-j"));
	holder_start(&holder, &big, "0", "52");
	hog_start(&hog, &small, ARGS("-n", "small", "back", "24"));
	if (!hog_says(&hog))
		live_anew("the trigger was killed as well, before the victim's memory was back");
	assert_int_equal(child_wait(&holder, 10), 128 + SIGKILL);
	r = ooms_told(&o, &v);
	assert_int_equal(v.pid, holder.pid);
	report_equals(r, &v);
	assert_string_equal(json_str(r, "memcg.path"), top.path);
	assert_string_equal(json_str(r, "victim.cgroup"), big.path);
	assert_int_equal(json_int(r, "trigger.pid"), hog.pid);
	assert_string_equal(json_str(r, "trigger.cgroup"), small.path);
	assert_false(json_object_get_boolean(json_get(row_of(r, "candidates", hog.pid), "killed")));
}

/* Which of the two the kernel picks and names is its own affair; the other one dies unnamed. */
static void process_that_shared_the_victims_memory_is_told_with_it(void **state)
{
	struct json_object *r, *other;
	struct trace said = {0};
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;
	pid_t sharer;

	(void)state;
	cgroup_make(&cg, "shared", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	hog_start(&hog, &cg, ARGS("shared", "128"));
	hog_said(&hog);
	sleep_s(2.5 * slack()); /* a snapshot sees both */
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 20), 128 + SIGKILL);
	r = ooms_told(&o, &v);
	json_lines_parse(&said, hog.out);
	sharer = json_int(said.lines[0], "sharer");
	assert_true(v.pid == hog.pid || v.pid == sharer);
	report_equals(r, &v);
	other = report_kill(r, v.pid == sharer ? hog.pid : sharer);
	if (!other) {
		print_message("# %d and %d: %s\n", hog.pid, sharer,
			      json_object_to_json_string(json_get(r, "kills")));
		losses_none(&o.t); /* the news of its end may be what was missed */
	}
	assert_non_null(other);
	assert_true(json_object_get_boolean(json_get(other, "shares_memory")));
	assert_false(json_object_get_boolean(json_get(report_kill(r, v.pid), "shares_memory")));
	assert_int_equal(json_int(r, "kills_total"), 1);
}

static void cgroup_that_is_gone_before_the_report_is_still_named(void **state)
{
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "gone", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	hog_die(&hog, &cg, "0");
	cgroup_remove(cg.dir);
	r = ooms_told(&o, &v);
	report_equals(r, &v);
	assert_int_equal(json_int(r, "memcg.limit_bytes"), 64 * MIB);
}

static void cgroup_made_anew_under_the_same_name_has_its_own_limit(void **state)
{
	struct json_object *r;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "again", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	hog_die(&hog, &cg, "0");
	ooms_await(&o, 1);
	cgroup_remove(cg.dir);
	sleep_s(1);
	cgroup_make(&cg, "again", 40, 0);
	hog_die(&hog, &cg, "0");
	ooms_await(&o, 2);
	ooms_end(&o);
	close(o.kmsg);
	for (int i = 0; i < 2; i++) {
		r = trace_line(&o.t, "oom", i);
		assert_non_null(r);
		assert_string_equal(json_str(r, "memcg.path"), cg.path);
		assert_string_equal(json_str(r, "victim.cgroup"), cg.path);
		assert_int_equal(json_int(r, "memcg.limit_bytes"), (i ? 40 : 64) * MIB);
	}
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(group_kill_is_one_episode_of_all_its_members),
	LIVE_TEST(cascade_of_a_fork_bomb_is_told_kill_by_kill),
	LIVE_TEST(thread_that_asked_is_the_trigger_and_its_process_the_victim),
	LIVE_TEST(process_whose_first_thread_has_ended_is_one_kill),
	LIVE_TEST(victims_swap_is_what_the_log_has),
	LIVE_TEST(tmpfs_that_fills_the_cgroup_is_named),
	LIVE_TEST(protected_process_is_a_candidate_that_lives),
	LIVE_TEST(trigger_in_another_cgroup_than_the_victim_is_told_apart),
	LIVE_TEST(process_that_shared_the_victims_memory_is_told_with_it),
	LIVE_TEST(cgroup_that_is_gone_before_the_report_is_still_named),
	LIVE_TEST(cgroup_made_anew_under_the_same_name_has_its_own_limit),
};

LIVE_GROUP(oom_kinds, tests)
