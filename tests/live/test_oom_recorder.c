// SPDX-License-Identifier: GPL-2.0
/*
 * The flight recorder in hard places: with fewer rights than it wants, without the kernel log or
 * with nothing else, in the cgroup that runs out, among many kills and many processes; and what it
 * must not believe.
 *
 * Layer: tests.
 */
#include <linux/capability.h>
#include "oom.h"

/* From the kernel log alone, by somebody who may read that and nothing else. */
static void without_bpf_the_log_alone_makes_a_report_that_says_so(void **state)
{
	struct spawn nobody = {.uid = 65534, .caps = 1ULL << CAP_SYSLOG};
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	o.kmsg = kmsg_open();
	need_machine(o.kmsg >= 0, "/dev/kmsg is not readable");
	o.begun = o.kills = vmstat_get("oom_kill");
	cgroup_make(&cg, "logonly", 48, 0);
	trace_spawn_as(&o.t, ARGS("--version"), &nobody);
	need_machine(child_wait(&o.t.child, 10) == 0, "the program is not readable for others");
	close(o.t.ready_fd);
	trace_spawn_as(&o.t, ARGS("oom", "-j"), &nobody);
	trace_await(&o.t);
	hog_die(&hog, &cg, "5");
	r = ooms_told(&o, &v);
	report_equals(r, &v);
	assert_int_equal(json_int(r, "trigger.pid"), hog.pid);
	assert_false(json_object_get_boolean(json_get(r, "sources.bpf")));
	assert_false(json_object_get_boolean(json_get(r, "sources.probe")));
	assert_true(json_object_get_boolean(json_get(r, "sources.log")));
	text_check(o.t.child.err, "CAP_BPF");
}

/* memtrace's own memory counts there, too: it says so, and the hog dies all the same. */
static void inside_the_cgroup_that_runs_out_it_warns_and_reports(void **state)
{
	struct spawn inside = {0};
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "inside", 128, 0);
	inside.cgroup = cg.dir;
	o.kmsg = kmsg_open();
	need_machine(o.kmsg >= 0, "/dev/kmsg is not readable");
	o.begun = o.kills = vmstat_get("oom_kill");
	trace_spawn_as(&o.t, ARGS("oom", "-j", "--history-memory", "8M"), &inside);
	trace_await(&o.t);
	text_check(o.t.child.err, cg.path);
	hog_die(&hog, &cg, "500");
	r = ooms_told(&o, &v);
	assert_int_equal(v.pid, hog.pid);
	report_equals(r, &v);
	assert_non_null(row_of(r, "candidates", o.t.child.pid));
	phases_check(r);
}

#define MANY 12

/* One after the other as fast as they come: more than the kernel's log tells in full. */
static void ten_kills_a_second_are_all_told(void **state)
{
	struct json_object *r;
	struct child hog[MANY];
	struct cgroup cg;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "many", 24, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	for (int i = 0; i < MANY; i++)
		hog_die(&hog[i], &cg, "0");
	ooms_await(&o, 1);
	sleep_s(slack() > 1 ? 3 : 0);
	ooms_end(&o);
	close(o.kmsg);
	assert_int_equal(o.kills, MANY);
	for (int i = 0; i < MANY; i++) {
		bool told = false;

		for (int k = 0; (r = trace_line(&o.t, "oom", k)); k++)
			told = told || report_kill(r, hog[i].pid);
		if (!told)
			fail_msg("the kill of %d is not told", hog[i].pid);
	}
}

/* A whole dump, as whoever may write to /dev/kmsg can write it, of a kill that never was. */
static void kill_forge(void)
{
	static const char *const dump[] = {
		"forger invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n",
		"CPU: 0 UID: 0 PID: 1 Comm: forger Not tainted 6.18.0 #1\n",
		"Call Trace:\n",
		" dump_header+0x44/0x1b0\n",
		"memory: usage 65536kB, limit 65536kB, failcnt 12\n",
		"Memory cgroup stats for /forged:\n",
		"Tasks state (memory values in pages):\n",
		"[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem "
		"pgtables_bytes swapents oom_score_adj name\n",
		"[      1]     0     1   537600   900000   900000      475         0         "
		"716800    16384             0 forged\n",
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
		"oom_memcg=/forged,task_memcg=/forged,task=forged,pid=1,uid=0\n",
		"Memory cgroup out of memory: Killed process 1 (forged) total-vm:2150400kB, "
		"anon-rss:256000kB, file-rss:1900kB, shmem-rss:0kB, UID:0 pgtables:700kB "
		"oom_score_adj:0\n",
		"oom_reaper: reaped process 1 (forged), now anon-rss:0kB, file-rss:0kB, "
		"shmem-rss:0kB\n"};

	for (size_t i = 0; i < sizeof(dump) / sizeof(dump[0]); i++) {
		/* also as if of the kernel's own facility, which the kernel does not let pass */
		char line[512];

		snprintf(line, sizeof(line), "%s%s", i % 2 ? "<4>" : "", dump[i]);
		assert_int_equal(text_write("/dev/kmsg", line), 0);
	}
}

static void forged_lines_in_the_kernel_log_are_no_kill(void **state)
{
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "untold", 48, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	kill_forge();
	sleep_s(1.5);
	kill_forge();
	hog_die(&hog, &cg, "0");
	kill_forge();
	r = ooms_told(&o, &v);
	report_equals(r, &v);
	assert_int_equal(json_int(r, "kills_total"), 1);
	assert_int_equal(json_int(r, "candidates_total"), 1);
	assert_null(strstr(json_object_to_json_string(r), "forge"));
}

/* The last snapshot before the kill stands in for the kernel's own table. */
static void without_the_kernel_log_candidates_are_those_of_the_last_snapshot(void **state)
{
	struct child holder, hog;
	struct json_object *r;
	struct cgroup cg;
	struct ooms o;

	(void)state;
	need_signal("process.sizes");
	need_signal("stall.target");
	cgroup_make(&cg, "snapshot", 64, 0);
	holder_start(&holder, &cg, "0", "8");
	hog_start(&hog, &cg, ARGS("-w", "-s", "321", "oom", "128"));
	env_set("MEMTRACE_DISABLE", "oom.log:kmsg");
	ooms_begin(&o, ARGS("oom", "-j"));
	sleep_s(2.5);
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 20), 128 + SIGKILL);
	r = ooms_told(&o, NULL);
	assert_int_equal(json_int(r, "victim.pid"), hog.pid);
	assert_false(json_object_get_boolean(json_get(r, "sources.log")));
	assert_string_equal(json_str(r, "candidates_source"), "snapshot");
	assert_in_range(json_int(row_of(r, "candidates", holder.pid), "rss_bytes"), 8 * MIB,
			10 * MIB);
	assert_non_null(row_of(r, "candidates", hog.pid));
	/* None of another cgroup. */
	assert_int_equal(json_int(r, "candidates_total"), 2);
}

static int64_t status_kib(pid_t pid, const char *name)
{
	char path[64], *text, *p;
	int64_t kib = -1;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	text = text_load(path);
	p = text ? strstr(text, name) : NULL;
	if (p)
		kib = strtoll(p + strlen(name), NULL, 10);
	free(text);
	return kib;
}

/* More processes than such a history has room for: their growth is told together. */
static void memory_is_taken_and_locked_at_the_start_and_stays_in_its_budget(void **state)
{
	struct child crowd, hog;
	struct json_object *r;
	struct cgroup cg;
	struct ooms o;
	int64_t rss;

	(void)state;
	cgroup_make(&cg, "budget", 48, 0);
	hog_start(&crowd, NULL, ARGS("idle", "500", "0"));
	hog_said(&crowd);
	ooms_begin(&o, ARGS("oom", "-j", "--history-memory", "1M"));
	rss = status_kib(o.t.child.pid, "VmRSS:");
	assert_true(status_kib(o.t.child.pid, "VmLck:") > 1024);
	sleep_s(3 * slack());
	print_message("# %ld KiB at the start, %ld KiB locked, %ld KiB later\n", (long)rss,
		      (long)status_kib(o.t.child.pid, "VmLck:"),
		      (long)status_kib(o.t.child.pid, "VmRSS:"));
	assert_true(status_kib(o.t.child.pid, "VmRSS:") < rss + 4096);
	hog_die(&hog, &cg, "0");
	r = ooms_told(&o, NULL);
	if (signal_is_served("process.sizes"))
		assert_true(json_int(r, "growers_others.processes") > 0);
	child_tell(&crowd);
	child_wait(&crowd, 20);
}

/* Its own oom_score_adj is lowered where that is allowed. */
static void recorder_guards_itself_or_says_that_it_cannot(void **state)
{
	char path[64], adj[16];
	struct trace t;

	(void)state;
	trace_start(&t, ARGS("oom", "-j"));
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", t.child.pid);
	assert_true(text_read(path, adj, sizeof(adj)) > 0);
	trace_end(&t);
	if (atoi(adj) >= 0)
		text_check(t.child.err, "oom_score_adj");
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(without_bpf_the_log_alone_makes_a_report_that_says_so),
	LIVE_TEST(without_the_kernel_log_candidates_are_those_of_the_last_snapshot),
	LIVE_TEST(inside_the_cgroup_that_runs_out_it_warns_and_reports),
	LIVE_TEST(ten_kills_a_second_are_all_told),
	LIVE_TEST(forged_lines_in_the_kernel_log_are_no_kill),
	LIVE_TEST(memory_is_taken_and_locked_at_the_start_and_stays_in_its_budget),
	LIVE_TEST(recorder_guards_itself_or_says_that_it_cannot),
};

LIVE_GROUP(oom_recorder, tests)
