// SPDX-License-Identifier: GPL-2.0
/*
 * Filters: the wanted process is counted in full, its neighbour not at all.
 *
 * Layer: tests.
 */
#include "live.h"

#define NOBODY 65534

/* Two squeezed hogs at the same time, and what the kernel's tracer saw of them. */
struct pair {
	struct cgroup cg[2];
	struct child hog[2];
	struct tracer tracer;
	size_t begins[2];
};

/* Starts both, ready to be told; the first one is called "wanted" and runs as uid. */
static void pair_start(struct pair *p, uid_t uid)
{
	const char *const wanted[] = {"-w", "-n", "wanted", SQUEEZE, NULL};
	const char *argv[16] = {hog_path()};
	struct spawn s = {.argv = argv, .stdin_pipe = true, .uid = uid};

	squeeze_cgroup(&p->cg[0], "wanted");
	squeeze_cgroup(&p->cg[1], "other");
	for (int i = 0; wanted[i]; i++)
		argv[i + 1] = wanted[i];
	s.cgroup = p->cg[0].dir;
	child_start(&p->hog[0], &s);
	hog_start(&p->hog[1], &p->cg[1], ARGS("-w", SQUEEZE));
	sleep_s(0.1 * slack());
	if (uid && child_ended(&p->hog[0]))
		need_machine(false, "the hog program is not readable for others");
	tracer_start(&p->tracer, memcg_events);
}

static void pair_finish(struct pair *p)
{
	struct tracepoint *tp;
	size_t n;

	for (int i = 0; i < 2; i++)
		child_tell(&p->hog[i]);
	for (int i = 0; i < 2; i++)
		assert_int_equal(child_wait(&p->hog[i], 15), 0);
	n = tracer_stop(&p->tracer, &tp);
	for (int i = 0; i < 2; i++) {
		p->begins[i] = tracepoints_of(tp, n, p->hog[i].pid, memcg_begin);
		assert_true(p->begins[i] > at_least(50));
	}
	free(tp);
}

/* Every stall line must be the wanted one's, and none of its stalls may be missing. */
static void wanted_only_check(struct trace *t, const struct pair *p)
{
	struct json_object *o;
	size_t count = 0;

	for (int i = 0; (o = trace_line(t, "stall", i)); i++) {
		assert_int_equal(json_int(o, "pid"), p->hog[0].pid);
		count++;
	}
	losses_none(t);
	assert_int_equal(count, p->begins[0]);
}

static void filter_check(const char *option, const char *value, uid_t uid)
{
	char number[16];
	struct pair p;
	struct trace t;

	pair_start(&p, uid);
	if (!value) {
		snprintf(number, sizeof(number), "%d", p.hog[0].pid);
		value = strcmp(option, "-c") ? number : p.cg[0].path;
	}
	trace_start(&t, ARGS("stalls", "-j", option, value));
	pair_finish(&p);
	if (!child_ended(&t.child))
		kill(t.child.pid, SIGINT);
	trace_wait(&t, 20, 0);
	trace_parse(&t, t.child.out);
	wanted_only_check(&t, &p);
}

static void pid_filter_counts_that_process_alone_and_fully(void **state)
{
	(void)state;
	filter_check("-p", NULL, 0);
}

static void tid_filter_counts_that_thread_alone_and_fully(void **state)
{
	(void)state;
	filter_check("-t", NULL, 0);
}

static void comm_filter_counts_that_name_alone_and_fully(void **state)
{
	(void)state;
	filter_check("-n", "wanted", 0);
}

static void uid_filter_counts_that_user_alone_and_fully(void **state)
{
	(void)state;
	filter_check("-u", "65534", NOBODY);
}

static void cgroup_filter_counts_that_cgroup_alone_and_fully(void **state)
{
	(void)state;
	filter_check("-c", NULL, 0);
}

static void cgroup_filter_takes_a_full_path_and_summary_leaves_others_out(void **state)
{
	struct pair p;
	struct trace t;

	(void)state;
	pair_start(&p, 0);
	trace_start(&t, ARGS("-j", "-c", p.cg[0].dir));
	pair_finish(&p);
	trace_end(&t);
	losses_none(&t);
	assert_int_equal(json_int(trace_summary(&t), "stalls.count"), p.begins[0]);
	assert_non_null(trace_process(&t, p.hog[0].pid, 0));
	assert_null(trace_process(&t, p.hog[1].pid, 0));
}

static void min_hides_short_lines_but_counts_every_stall(void **state)
{
	struct trace lines, summary;
	struct json_object *o;
	struct pair p;

	(void)state;
	pair_start(&p, 0);
	trace_start(&lines, ARGS("stalls", "-j", "--min", "100us", "-c", p.cg[0].path));
	trace_start(&summary, ARGS("-j", "--min", "100us", "-c", p.cg[0].path));
	pair_finish(&p);
	trace_end(&lines);
	trace_end(&summary);
	for (int i = 0; (o = trace_line(&lines, "stall", i)); i++)
		assert_true(json_int(o, "duration_ns") >= 100000);
	assert_int_equal(json_int(trace_summary(&summary), "stalls.count"), p.begins[0]);
}

static void child_of_a_filtered_cgroup_counts_as_part_of_it(void **state)
{
	struct cgroup parent, inner;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_cgroup(&parent, "parent");
	cgroup_make_inside(&inner, &parent);
	trace_start(&t, ARGS("stalls", "-j", "-c", parent.path));
	hog_run(&hog, &inner, ARGS(SQUEEZE), 10);
	trace_end(&t);
	assert_non_null(trace_line(&t, "stall", 0));
	assert_string_equal(json_str(trace_line(&t, "stall", 0), "cgroup"), inner.path);
	/* The inner one has no limit of its own: its parent's forces the reclaim. */
	if (signal_is_served("stall.target"))
		assert_string_equal(json_str(trace_line(&t, "stall", 0), "target_cgroup"),
				    parent.path);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(pid_filter_counts_that_process_alone_and_fully),
	LIVE_TEST(tid_filter_counts_that_thread_alone_and_fully),
	LIVE_TEST(comm_filter_counts_that_name_alone_and_fully),
	LIVE_TEST(uid_filter_counts_that_user_alone_and_fully),
	LIVE_TEST(cgroup_filter_counts_that_cgroup_alone_and_fully),
	LIVE_TEST(cgroup_filter_takes_a_full_path_and_summary_leaves_others_out),
	LIVE_TEST(min_hides_short_lines_but_counts_every_stall),
	LIVE_TEST(child_of_a_filtered_cgroup_counts_as_part_of_it),
};

LIVE_GROUP(filters, tests)
