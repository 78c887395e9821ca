// SPDX-License-Identifier: GPL-2.0
/*
 * OOM kills: the record says what the kernel log says.
 *
 * Layer: tests.
 */
#include "live.h"

static void victim_check(struct json_object *o, const struct verdict *v, const struct cgroup *cg)
{
	assert_non_null(o);
	assert_int_equal(json_int(o, "victim.pid"), v->pid);
	assert_string_equal(json_str(o, "victim.comm"), v->comm);
	assert_int_equal(json_int(o, "victim.uid"), v->uid);
	assert_int_equal(json_int(o, "victim.oom_score_adj"), v->adj);
	assert_string_equal(json_str(o, "victim.cgroup"), cg->path);
}

/* What the probe and the log both tell exactly. */
static void facts_check(struct json_object *o, const struct verdict *v, const struct cgroup *cg)
{
	victim_check(o, v, cg);
	assert_int_equal(json_int(o, "victim.total_vm_bytes"), v->total_vm_kb * 1024);
	assert_int_equal(json_int(o, "victim.pgtables_bytes"), v->pgtables_kb * 1024);
	assert_string_equal(v->constraint, "MEMCG");
	assert_string_equal(json_str(o, "constraint"), "memcg");
	assert_string_equal(json_str(o, "memcg.path"), cg->path);
	assert_int_equal(json_int(o, "memcg.limit_bytes"), 64 * MIB);
	assert_in_range(json_int(o, "memcg.usage_bytes"), 60 * MIB, 64 * MIB);
}

/* A hog with a score of its own dies in a cgroup of 64 MiB without swap. */
static void hog_kill(struct child *hog, const struct cgroup *cg)
{
	hog_start(hog, cg, ARGS("-s", "321", "oom", "128"));
	assert_int_equal(child_wait(hog, 10), 128 + SIGKILL);
	sleep_s(0.2 * slack()); /* the log's last line may come after the death */
}

/* Sizes are the shared part of per-CPU counters: each CPU may hold back 32 pages. */
static void near(int64_t bytes, unsigned long kb)
{
	int64_t slack_bytes = sysconf(_SC_NPROCESSORS_CONF) * 32 * sysconf(_SC_PAGESIZE);
	int64_t off = bytes - (int64_t)kb * 1024;

	if (off > slack_bytes || off < -slack_bytes)
		fail_msg("%lld bytes are not near %lu kB", (long long)bytes, kb);
}

/* Traces one kill in a cgroup of that name. Returns its record, and the log's words in *v. */
static struct json_object *kill_trace(const char *name, struct cgroup *cg, struct trace *t,
				      struct verdict *v)
{
	int kmsg = kmsg_open();
	struct child hog;

	need_machine(kmsg >= 0, "/dev/kmsg is not readable");
	cgroup_make(cg, name, 64, 0);
	trace_start(t, ARGS("oom", "-j"));
	hog_kill(&hog, cg);
	trace_end(t);
	verdict_read(v, kmsg);
	close(kmsg);
	assert_int_equal(v->pid, hog.pid);
	assert_int_equal(v->adj, 321);
	assert_null(trace_line(t, "oom", 1));
	return trace_line(t, "oom", 0);
}

static void record_of_the_probe_alone_is_near_the_kernel_log(void **state)
{
	struct json_object *o;
	struct verdict v;
	struct cgroup cg;
	struct trace t;

	(void)state;
	setenv("MEMTRACE_DISABLE", "oom.log:kmsg", 1);
	o = kill_trace("probe", &cg, &t, &v);
	unsetenv("MEMTRACE_DISABLE");
	victim_check(o, &v, &cg);
	need_signal("process.sizes");
	need_signal("stall.target");
	facts_check(o, &v, &cg);
	near(json_int(o, "victim.anon_rss_bytes"), v.anon_kb);
	near(json_int(o, "victim.file_rss_bytes"), v.file_kb);
	near(json_int(o, "victim.shmem_rss_bytes"), v.shmem_kb);
}

static void record_equals_the_kernel_log(void **state)
{
	struct json_object *o;
	struct verdict v;
	struct cgroup cg;
	struct trace t;

	(void)state;
	o = kill_trace("oom", &cg, &t, &v);
	facts_check(o, &v, &cg);
	assert_int_equal(json_int(o, "victim.anon_rss_bytes"), v.anon_kb * 1024);
	assert_int_equal(json_int(o, "victim.file_rss_bytes"), v.file_kb * 1024);
	assert_int_equal(json_int(o, "victim.shmem_rss_bytes"), v.shmem_kb * 1024);
	assert_int_equal(json_int(o, "trigger.pid"), v.pid);
	assert_string_equal(json_str(o, "trigger.comm"), "hog");
	assert_int_equal(json_int(o, "trigger.order"), 0);
	assert_non_null(strstr(json_str(o, "trigger.gfp"), "GFP_"));
}

/* How often a report has it among its kills. */
static int told(struct json_object *report, pid_t pid)
{
	struct json_object *kills = json_list(report, "kills");
	int n = 0;

	for (size_t i = 0; i < json_object_array_length(kills); i++)
		n += json_int(json_object_array_get_idx(kills, i), "victim.pid") == pid;
	return n;
}

/* In one report, or in several where they took longer. */
static void kills_one_after_another_are_each_told_once(void **state)
{
	int total = 0, times[3] = {0};
	struct json_object *o;
	struct cgroup cg;
	struct child hog[3];
	struct trace t;

	(void)state;
	cgroup_make(&cg, "ooms", 64, 0);
	trace_start(&t, ARGS("oom", "-j"));
	for (int i = 0; i < 3; i++)
		hog_kill(&hog[i], &cg);
	trace_end(&t);
	for (int k = 0; (o = trace_line(&t, "oom", k)); k++) {
		total += json_int(o, "kills_total");
		for (int i = 0; i < 3; i++)
			times[i] += told(o, hog[i].pid);
	}
	assert_int_equal(total, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(times[i], 1);
}

static void summary_has_the_kill_and_the_page_names_the_victim(void **state)
{
	struct json_object *ooms;
	struct trace json, text;
	char *page, name[64];
	struct cgroup cg;
	struct child hog;

	(void)state;
	cgroup_make(&cg, "oomsum", 64, 0);
	trace_start(&json, ARGS("-j"));
	trace_start(&text, ARGS("summary"));
	hog_kill(&hog, &cg);
	trace_end(&json);
	kill(text.child.pid, SIGINT);
	trace_wait(&text, 20, 0);
	ooms = json_list(trace_summary(&json), "oom");
	assert_int_equal(json_object_array_length(ooms), 1);
	assert_int_equal(json_int(json_object_array_get_idx(ooms, 0), "victim.pid"), hog.pid);
	page = text_load(text.child.out);
	assert_non_null(page);
	snprintf(name, sizeof(name), "hog[%d]", hog.pid);
	assert_non_null(strstr(page, name));
	free(page);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(record_equals_the_kernel_log),
	LIVE_TEST(record_of_the_probe_alone_is_near_the_kernel_log),
	LIVE_TEST(kills_one_after_another_are_each_told_once),
	LIVE_TEST(summary_has_the_kill_and_the_page_names_the_victim),
};

LIVE_GROUP(oom, tests)
