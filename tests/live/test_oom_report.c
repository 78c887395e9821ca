// SPDX-License-Identifier: GPL-2.0
/*
 * The report of an OOM kill is true: victim, trigger, constraint, sizes and candidates are those
 * of the kernel log, kills those of vmstat, and its times in the order they must be.
 *
 * Layer: tests.
 */
#include "oom.h"

static struct {
	struct json_object *report; /* NULL = not made yet */
	struct verdict log;
	struct cgroup cg;
	pid_t hog;
	int64_t kills;
} told;

/*
 * Of one kill in a cgroup of 64 MiB in which there are others to choose from, with a score of their
 * own or without. Made once: what it says is held against one thing after the other.
 */
static struct json_object *report_made(void)
{
	struct child holder[3], hog;
	struct json_object *r;
	struct ooms o;

	if (told.report)
		return told.report;
	cgroup_make(&told.cg, "among", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	holder_start(&holder[0], &told.cg, "100", "16");
	holder_start(&holder[1], &told.cg, "0", "4");
	holder_start(&holder[2], &told.cg, "7", "1");
	hog_start(&hog, &told.cg, ARGS("-w", "-s", "321", "oom", "256"));
	sleep_s(1.5 * slack()); /* a snapshot sees them */
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 20), 128 + SIGKILL);
	r = ooms_told(&o, &told.log);
	for (int i = 0; i < 3; i++)
		assert_false(child_ended(&holder[i]));
	told.hog = hog.pid;
	told.kills = o.kills;
	told.report = json_object_get(r);
	return r;
}

static void report_equals_the_kernel_log(void **state)
{
	struct json_object *r = report_made();

	(void)state;
	assert_int_equal(told.log.pid, told.hog);
	assert_int_equal(told.log.ntasks, 4);
	report_equals(r, &told.log);
	assert_int_equal(json_int(r, "trigger.pid"), told.hog);
	assert_string_equal(json_str(r, "trigger.cgroup"), told.cg.path);
	assert_int_equal(json_int(r, "kills_total"), 1);
	assert_int_equal(json_int(r, "kills_kernel"), told.kills);
	assert_false(json_object_get_boolean(json_get(r, "group_kill")));
	/* No swap is allowed: the limit is all there is a share of. */
	assert_int_equal(json_int(r, "total_pages"), 64 * MIB / sysconf(_SC_PAGESIZE));
	assert_true(json_object_get_boolean(json_get(r, "sources.log")));
	assert_true(json_object_get_boolean(json_get(r, "sources.probe")));
}

static void report_knows_who_the_victim_was(void **state)
{
	struct json_object *r = report_made(), *victim = json_get(r, "victim");
	char comm[32], release[64];

	(void)state;
	assert_true(text_read("/proc/self/comm", comm, sizeof(comm)) > 0);
	comm[strcspn(comm, "\n")] = '\0';
	assert_string_equal(json_str(victim, "user"), "root");
	assert_int_equal(json_int(victim, "ppid"), getpid());
	assert_string_equal(json_str(victim, "parent_comm"), comm);
	assert_non_null(strstr(json_str(victim, "cmdline"), "-w -s 321 oom 256"));
	assert_in_range(json_int(victim, "start_time_ns"), json_int(r, "time_ns") - 20e9 * slack(),
			json_int(r, "time_ns"));
	assert_true(text_read("/proc/sys/kernel/osrelease", release, sizeof(release)) > 0);
	release[strcspn(release, "\n")] = '\0';
	assert_string_equal(json_str(r, "kernel"), release);
}

static bool frames_have(struct json_object *frames, const char *part)
{
	for (size_t i = 0; i < json_object_array_length(frames); i++) {
		struct json_object *frame = json_object_array_get_idx(frames, i);

		if (strstr(json_object_get_string(frame), part))
			return true;
	}
	return false;
}

static void report_has_the_triggers_stack_and_the_kernels_own_lines(void **state)
{
	struct json_object *r = report_made();
	char killed[64];

	(void)state;
	assert_true(frames_have(json_list(r, "trigger.stack"), "charge"));
	assert_true(frames_have(json_list(r, "log"), "invoked oom-killer"));
	snprintf(killed, sizeof(killed), "Killed process %d (hog)", told.hog);
	assert_true(frames_have(json_list(r, "log"), killed));
}

/* The log's usage, its memory.stat and its failures, and the cgroup's own files since then. */
static void report_tells_what_the_cgroups_memory_was(void **state)
{
	struct json_object *r = report_made(), *stat = json_get(r, "memcg.stat");

	(void)state;
	assert_int_equal(json_int(r, "memcg.limit_bytes"), 64 * MIB);
	assert_in_range(json_int(r, "memcg.usage_bytes"), 62 * MIB, 64 * MIB);
	assert_non_null(stat);
	assert_string_equal(json_str(r, "memcg.stat_source"), "log");
	assert_in_range(json_int(stat, "anon_bytes"), 60 * MIB, 64 * MIB);
	assert_in_range(json_int(stat, "shmem_bytes"), 0, MIB);
	if (cgroup_version() == 2) {
		assert_int_equal(json_int(r, "memcg.events.oom_kill"), 1);
		assert_true(json_int(r, "memcg.events.max") > 0);
	}
	r = json_object_array_get_idx(json_list(r, "hierarchy"), 0);
	assert_string_equal(json_str(r, "path"), told.cg.path);
}

static void phases_are_in_order_and_memory_is_back(void **state)
{
	struct json_object *r = report_made();

	(void)state;
	print_message("# %s\n", json_object_to_json_string(json_get(r, "phases")));
	phases_check(r);
	/* The kernel tries in vain before it kills. */
	assert_true(json_int(r, "phases.run_ns") < 0);
	assert_true(json_int(r, "phases.retries_vain") > 0);
	assert_true(json_int(r, "phases.back_ns") > 0);
	assert_in_range(json_int(r, "phases.exit_ns"), 0, 2e9 * slack());
}

static void text_report_says_victim_cgroup_and_candidates(void **state)
{
	char who[64], *page;
	struct child hog, holder;
	struct cgroup cg;
	struct trace t;

	(void)state;
	cgroup_make(&cg, "text", 64, 0);
	trace_start(&t, ARGS("oom"));
	holder_start(&holder, &cg, "0", "8");
	hog_die(&hog, &cg, "321");
	sleep_s(0.3 * slack());
	kill(t.child.pid, SIGINT);
	trace_wait(&t, 20, 0);
	snprintf(who, sizeof(who), "hog[%d]", hog.pid);
	text_check(t.child.out, who);
	text_check(t.child.out, cg.path);
	text_check(t.child.out, "holder");
	text_check(t.child.out, "64.0 MiB");
	text_harmless(t.child.out);
	page = text_load(t.child.out);
	assert_true(strlen(page) > 1000);
	free(page);
}

/* Kills a second and more apart are stories of their own. */
static void kills_apart_are_two_reports_and_close_ones_are_one(void **state)
{
	struct json_object *r;
	struct child hog[3];
	struct cgroup cg;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "apart", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	hog_die(&hog[0], &cg, "1");
	ooms_await(&o, 1);
	sleep_s(1);
	hog_die(&hog[1], &cg, "2");
	hog_die(&hog[2], &cg, "3");
	ooms_await(&o, 2);
	ooms_end(&o);
	close(o.kmsg);
	r = trace_line(&o.t, "oom", 0);
	assert_int_equal(json_int(r, "kills_total"), 1);
	assert_int_equal(json_int(r, "victim.pid"), hog[0].pid);
	assert_int_equal(json_int(r, "episode"), 1);
	r = trace_line(&o.t, "oom", 1);
	assert_int_equal(json_int(r, "victim.pid"), hog[1].pid);
	assert_int_equal(json_int(r, "episode"), 2);
	if (slack() > 1) /* may take longer than a second there */
		return;
	assert_int_equal(json_int(r, "kills_total"), 2);
	assert_non_null(report_kill(r, hog[2].pid));
	assert_null(trace_line(&o.t, "oom", 2));
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(report_equals_the_kernel_log),
	LIVE_TEST(report_knows_who_the_victim_was),
	LIVE_TEST(report_has_the_triggers_stack_and_the_kernels_own_lines),
	LIVE_TEST(report_tells_what_the_cgroups_memory_was),
	LIVE_TEST(phases_are_in_order_and_memory_is_back),
	LIVE_TEST(text_report_says_victim_cgroup_and_candidates),
	LIVE_TEST(kills_apart_are_two_reports_and_close_ones_are_one),
};

LIVE_GROUP(oom_report, tests)
