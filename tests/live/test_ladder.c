// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when the kernel refuses a source: forced by MEMTRACE_DISABLE, which takes rungs out
 * of the ladder as if the kernel had none.
 *
 * Layer: tests.
 */
#include "live.h"

/* Runs memtrace with these rungs disabled on a squeezed process; ends with its summary. */
static void squeeze_without(const char *rungs, struct trace *t, struct child *hog)
{
	struct cgroup cg;

	squeeze_cgroup(&cg, "ladder");
	setenv("MEMTRACE_DISABLE", rungs, 1);
	trace_start(t, ARGS("-j"));
	unsetenv("MEMTRACE_DISABLE");
	hog_run(hog, &cg, ARGS(SQUEEZE), 10);
	trace_end(t);
}

#define NO_MEMCG "stall.memcg:*"

static void missing_signal_is_named_and_invents_nothing(void **state)
{
	struct json_object *p;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_without(NO_MEMCG, &t, &hog);
	assert_string_equal(trace_probe(&t, "stall.memcg", "status"), "missing");
	assert_string_not_equal(trace_probe(&t, "fault.major", "status"), "missing");
	p = trace_process(&t, hog.pid, 0);
	assert_int_equal(json_int(p, "stalls.count"), 0);
	assert_int_equal(json_int(p, "faults.major"), hog.usage.ru_majflt);
	setenv("MEMTRACE_DISABLE", NO_MEMCG, 1);
	assert_int_equal(trace_run(&t, ARGS("-d", "0.5"), 10), 0);
	unsetenv("MEMTRACE_DISABLE");
	text_check(t.child.out, "Not visible on this machine: stall.memcg");
	text_check(t.child.out, "memory cgroup reclaim stalls");
}

static void faults_by_the_kind_of_mapping_are_classed_as_by_their_way(void **state)
{
	struct json_object *p;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_without("fault.class:function,fault.class:filemap", &t, &hog);
	need_kernel(strcmp(trace_probe(&t, "fault.class", "status"), "missing") != 0,
		    trace_probe(&t, "fault.class", "reason"));
	assert_string_equal(trace_probe(&t, "fault.class", "status"), "degraded");
	p = trace_process(&t, hog.pid, 0);
	assert_int_equal(json_int(p, "faults.major"), hog.usage.ru_majflt);
	assert_true(json_int(p, "faults.classes.swap") >= hog.usage.ru_majflt * 0.99);
	assert_true(json_int(p, "faults.max_ns") > 0);
}

static void faults_without_a_timer_are_counted_but_have_no_latency(void **state)
{
	struct json_object *p;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_without("fault.latency:*", &t, &hog);
	assert_string_equal(trace_probe(&t, "fault.latency", "status"), "missing");
	p = trace_process(&t, hog.pid, 0);
	assert_int_equal(json_int(p, "faults.major"), hog.usage.ru_majflt);
	assert_int_equal(json_int(p, "faults.untimed"), hog.usage.ru_majflt);
}

static void target_is_unknown_without_its_source(void **state)
{
	struct json_object *p;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_without("stall.target:*", &t, &hog);
	assert_string_equal(trace_probe(&t, "stall.target", "status"), "missing");
	p = trace_process(&t, hog.pid, 0);
	assert_true(json_int(p, "stalls.count") > 50);
	assert_null(json_get(p, "stalls.target_cgroup"));
}

static void each_signal_can_be_missing_without_harm(void **state)
{
	/* some at a time, none of which needs another of them */
	static const char *const rungs[] = {
		"stall.direct:*,kswapd.run:*,fault.exit:*,stall.throttle:*",
		"stall.compaction:*,kswapd.waker:*,fault.rate:*,oom.kill:*,swap.out:*",
		"stall.high:*,stall.pass:*,process.sizes:*,oom.reaper:*,oom.memcg:*",
		"fault.major:*,task.follow:*",
	};
	struct trace traces[sizeof(rungs) / sizeof(rungs[0])], t;
	char signal[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rungs) / sizeof(rungs[0]); i++) {
		setenv("MEMTRACE_DISABLE", rungs[i], 1);
		trace_spawn(&traces[i], ARGS("-j", "--", "true"));
		unsetenv("MEMTRACE_DISABLE");
	}
	for (size_t i = 0; i < sizeof(rungs) / sizeof(rungs[0]); i++) {
		t = traces[i];
		trace_await(&t);
		trace_wait(&t, 10 * slack(), 0);
		trace_parse(&t, t.child.out);
		for (const char *p = rungs[i]; *p; p += strcspn(p, ","), p += *p == ',') {
			snprintf(signal, sizeof(signal), "%.*s", (int)strcspn(p, ":"), p);
			assert_string_equal(trace_probe(&t, signal, "status"), "missing");
		}
	}
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(missing_signal_is_named_and_invents_nothing),
	LIVE_TEST(faults_by_the_kind_of_mapping_are_classed_as_by_their_way),
	LIVE_TEST(faults_without_a_timer_are_counted_but_have_no_latency),
	LIVE_TEST(target_is_unknown_without_its_source),
	LIVE_TEST(each_signal_can_be_missing_without_harm),
};

LIVE_GROUP(ladder, tests)
