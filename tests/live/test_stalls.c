// SPDX-License-Identifier: GPL-2.0
/*
 * Stalls: counted, timed and attributed as the kernel's tracepoints and taskstats say.
 *
 * Layer: tests.
 */
#include "live.h"

/* Lines of a process's stalls of one kind; their durations added up in *total_ns. */
static size_t stalls_of(const struct trace *t, pid_t pid, const char *kind, int64_t *total_ns)
{
	struct json_object *o;
	size_t count = 0;

	*total_ns = 0;
	for (int i = 0; (o = trace_line(t, "stall", i)); i++) {
		if (json_int(o, "pid") != pid || strcmp(json_str(o, "kind"), kind) != 0)
			continue;
		*total_ns += json_int(o, "duration_ns");
		count++;
	}
	return count;
}

static void stalls_counted_equal_the_tracepoints_exactly(void **state)
{
	struct tracepoint *tp;
	struct tracer tracer;
	struct cgroup cg;
	struct child hog;
	struct trace t;
	int64_t ns;
	size_t n;

	(void)state;
	squeeze_cgroup(&cg, "count");
	tracer_start(&tracer, memcg_events);
	trace_start(&t, ARGS("stalls", "-j"));
	hog_run(&hog, &cg, ARGS(SQUEEZE), 10);
	trace_end(&t);
	n = tracer_stop(&tracer, &tp);
	losses_none(&t);
	assert_true(tracepoints_of(tp, n, hog.pid, memcg_begin) > at_least(100));
	assert_int_equal(stalls_of(&t, hog.pid, "memcg", &ns),
			 tracepoints_of(tp, n, hog.pid, memcg_begin));
	free(tp);
}

/* Time between the begin and end tracepoints of a thread, as the kernel's tracer stamped them. */
static uint64_t tracepoints_us(const struct tracepoint *tp, size_t n, pid_t tid)
{
	uint64_t total = 0, begin = 0;

	for (size_t i = 0; i < n; i++) {
		if (tp[i].tid != tid)
			continue;
		if (!strcmp(tp[i].name, memcg_begin))
			begin = tp[i].time_us;
		else if (!strcmp(tp[i].name, memcg_end))
			total += tp[i].time_us - begin;
	}
	return total;
}

static void stalls_last_as_long_as_the_tracepoints_are_apart(void **state)
{
	struct tracepoint *tp;
	struct tracer tracer;
	struct cgroup cg;
	struct child hog;
	struct trace t;
	double traced, told;
	int64_t ns;
	size_t n, count;

	(void)state;
	squeeze_cgroup(&cg, "time");
	tracer_start(&tracer, memcg_events);
	trace_start(&t, ARGS("stalls", "-j"));
	hog_run(&hog, &cg, ARGS(SQUEEZE), 10);
	trace_end(&t);
	n = tracer_stop(&tracer, &tp);
	traced = tracepoints_us(tp, n, hog.pid) * 1e3;
	free(tp);
	count = stalls_of(&t, hog.pid, "memcg", &ns);
	told = ns;
	/* The tracer's stamps are whole microseconds. */
	if (told < traced * 0.98 - count * 1e3 || told > traced * 1.02 + count * 1e3)
		fail_msg("%zu stalls: %.0f ns by memtrace, %.0f ns by the tracer", count, told,
			 traced);
}

static void each_stall_names_task_cgroups_kind_order_and_gfp(void **state)
{
	struct json_object *o;
	struct cgroup cg;
	struct child hog;
	struct trace t;
	int seen = 0;

	(void)state;
	squeeze_cgroup(&cg, "named");
	trace_start(&t, ARGS("stalls", "-j"));
	hog_run(&hog, &cg, ARGS(SQUEEZE), 10);
	trace_end(&t);
	for (int i = 0; (o = trace_line(&t, "stall", i)); i++) {
		if (json_int(o, "pid") != hog.pid)
			continue;
		assert_int_equal(json_int(o, "tid"), hog.pid);
		assert_string_equal(json_str(o, "comm"), "hog");
		assert_string_equal(json_str(o, "cgroup"), cg.path);
		if (signal_is_served("stall.target"))
			assert_string_equal(json_str(o, "target_cgroup"), cg.path);
		assert_string_equal(json_str(o, "kind"), "memcg");
		assert_int_equal(json_int(o, "order"), 0);
		assert_true(json_int(o, "duration_ns") > 0);
		seen += strstr(json_str(o, "gfp"), "GFP_HIGHUSER_MOVABLE") != NULL;
	}
	assert_true(seen > (int)at_least(100));
}

static int64_t histogram_count(struct json_object *rows, int64_t below_ns)
{
	int64_t sum = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (json_int(row, "le_ns") <= below_ns)
			sum += json_int(row, "count");
	}
	return sum;
}

static void summary_names_the_squeezed_process_and_adds_up_its_stalls(void **state)
{
	struct trace summary, stalls;
	struct json_object *p;
	struct cgroup cg;
	struct child hog;
	size_t count;
	int64_t ns;

	(void)state;
	squeeze_cgroup(&cg, "sum");
	trace_start(&stalls, ARGS("stalls", "-j"));
	trace_start(&summary, ARGS("-j"));
	hog_run(&hog, &cg, ARGS(SQUEEZE), 10);
	trace_end(&summary);
	trace_end(&stalls);
	losses_none(&summary);
	count = stalls_of(&stalls, hog.pid, "memcg", &ns);
	p = trace_process(&summary, hog.pid, 0);
	assert_non_null(p);
	assert_string_equal(json_str(p, "comm"), "hog");
	assert_string_equal(json_str(p, "cgroup"), cg.path);
	assert_non_null(strstr(json_str(p, "cmdline"), "anon 48"));
	assert_int_equal(json_int(p, "stalls.count"), count);
	/* Two programs on the same tracepoints: one runs a moment before the other. */
	assert_in_range(json_int(p, "stalls.total_ns"), ns * 0.97 - count * probe_ns(),
			ns * 1.03 + count * probe_ns());
}

static void percentiles_agree_with_their_histogram(void **state)
{
	struct json_object *p, *rows;
	int64_t count, p50, p95, p99, max;
	struct cgroup cg;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_cgroup(&cg, "hist");
	trace_start(&t, ARGS("-j"));
	hog_run(&hog, &cg, ARGS(SQUEEZE), 10);
	trace_end(&t);
	p = trace_process(&t, hog.pid, 0);
	assert_non_null(p);
	rows = json_list(p, "stalls.histogram");
	count = json_int(p, "stalls.count");
	p50 = json_int(p, "stalls.p50_ns");
	p95 = json_int(p, "stalls.p95_ns");
	p99 = json_int(p, "stalls.p99_ns");
	max = json_int(p, "stalls.max_ns");
	assert_int_equal(histogram_count(rows, INT64_MAX), count);
	assert_true(0 < p50 && p50 <= p95 && p95 <= p99 && p99 <= max);
	assert_true(max <= json_int(p, "stalls.total_ns"));
	/* Rows are powers of two: at least half lie below the first bound over the median. */
	assert_true(histogram_count(rows, p50 * 2) * 2 >= count);
	assert_true(histogram_count(rows, p50 / 2) * 2 <= count);
	assert_true(histogram_count(rows, p99 * 2) >= count * 0.99 - 1);
}

/* How many times longer memtrace has a squeezed process wait than taskstats. */
static double reclaim_ratio(void)
{
	struct json_object *p;
	int64_t kernel, ours;
	struct cgroup cg;
	struct child hog;
	struct trace t;
	int mark = undo_mark();

	squeeze_cgroup(&cg, "delay");
	trace_start(&t, ARGS("-j"));
	hog_start(&hog, &cg, ARGS("-k", SQUEEZE));
	hog_said(&hog);
	kernel = taskstats_freepages_ns(hog.pid);
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 10), 0);
	trace_end(&t);
	p = trace_process(&t, hog.pid, 0);
	assert_non_null(p);
	ours = json_int(p, "stalls.total_ns");
	assert_true(kernel > 0);
	print_message("# %ld us by memtrace, %ld us by taskstats\n", (long)ours / 1000,
		      (long)kernel / 1000);
	undo_to(mark);
	return (double)ours / kernel;
}

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * memtrace's interval has the kernel's within it. The median: an interrupt or a preemption may fall
 * between the two clocks, and where all is emulated, so are the programs between them.
 */
static void reclaim_time_is_that_of_taskstats_within_5_percent(void **state)
{
	double ratio[3];

	(void)state;
	need_delay_accounting();
	for (int i = 0; i < 3; i++) {
		ratio[i] = reclaim_ratio();
		assert_true(ratio[i] >= 1);
	}
	qsort(ratio, 3, sizeof(ratio[0]), double_compare);
	if (ratio[1] > 1.05)
		fail_msg("%.3f times as long by memtrace as by taskstats", ratio[1]);
}

static void summary_reconciles_and_names_a_source_for_each_signal(void **state)
{
	struct json_object *probes, *rows;
	struct trace t;

	(void)state;
	trace_start(&t, ARGS("-j"));
	trace_end(&t);
	probes = json_list(trace_summary(&t), "probes");
	assert_true(json_object_array_length(probes) >= 5);
	for (size_t i = 0; i < json_object_array_length(probes); i++) {
		struct json_object *o = json_object_array_get_idx(probes, i);

		assert_true(*json_str(o, "signal"));
		/* What is not at its best says why. */
		if (strcmp(json_str(o, "status"), "ok") != 0)
			assert_true(*json_str(o, "reason"));
		else
			assert_true(*json_str(o, "source"));
	}
	rows = json_list(trace_summary(&t), "reconcile");
	assert_true(json_object_array_length(rows) > 0);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(stalls_counted_equal_the_tracepoints_exactly),
	LIVE_TEST(stalls_last_as_long_as_the_tracepoints_are_apart),
	LIVE_TEST(each_stall_names_task_cgroups_kind_order_and_gfp),
	LIVE_TEST(summary_names_the_squeezed_process_and_adds_up_its_stalls),
	LIVE_TEST(percentiles_agree_with_their_histogram),
	LIVE_TEST(reclaim_time_is_that_of_taskstats_within_5_percent),
	LIVE_TEST(summary_reconciles_and_names_a_source_for_each_signal),
};

LIVE_GROUP(stalls, tests)
