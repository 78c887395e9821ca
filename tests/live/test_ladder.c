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

/* How doctor and the summary say a signal is served. */
static const char *status_of(const struct trace *t, const char *signal)
{
	struct json_object *probes = json_list(trace_summary(t), "probes");

	for (size_t i = 0; i < json_object_array_length(probes); i++) {
		struct json_object *o = json_object_array_get_idx(probes, i);

		if (!strcmp(json_str(o, "signal"), signal))
			return json_str(o, "status");
	}
	fail_msg("no signal %s", signal);
	return NULL;
}

#define NO_MEMCG "stall.memcg:memcg-arg,stall.memcg:order-gfp"

static void missing_signal_is_named_and_invents_nothing(void **state)
{
	struct json_object *p;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_without(NO_MEMCG, &t, &hog);
	assert_string_equal(status_of(&t, "stall.memcg"), "missing");
	assert_string_equal(status_of(&t, "fault.major"), "ok");
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
	squeeze_without("fault.class:filemap", &t, &hog);
	assert_string_equal(status_of(&t, "fault.class"), "degraded");
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
	squeeze_without("fault.latency:entry", &t, &hog);
	assert_string_equal(status_of(&t, "fault.latency"), "missing");
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
	squeeze_without("stall.target:event,stall.target:limit", &t, &hog);
	assert_string_equal(status_of(&t, "stall.target"), "missing");
	p = trace_process(&t, hog.pid, 0);
	assert_true(json_int(p, "stalls.count") > 100);
	assert_null(json_get(p, "stalls.target_cgroup"));
}

static void each_signal_can_be_missing_without_harm(void **state)
{
	static const char *const rungs[] = {
		"stall.direct:memcg-arg,stall.direct:order-gfp",
		"stall.compaction:control,stall.compaction:attempt",
		"kswapd.run:wake-sleep,kswapd.waker:wakeup",
		"fault.rate:iter,process.sizes:percpu",
		"fault.exit:group-dead,fault.exit:live",
		"fault.major:perf",
		"swap.out:folio,swap.out:page",
		"oom.kill:task,oom.kill:pid,oom.reaper:reaper",
		"task.follow:fork",
	};
	char signal[64];
	struct trace t;

	(void)state;
	for (size_t i = 0; i < sizeof(rungs) / sizeof(rungs[0]); i++) {
		snprintf(signal, sizeof(signal), "%.*s", (int)strcspn(rungs[i], ":"), rungs[i]);
		setenv("MEMTRACE_DISABLE", rungs[i], 1);
		assert_int_equal(trace_run(&t, ARGS("-j", "--", "true"), 10), 0);
		unsetenv("MEMTRACE_DISABLE");
		trace_parse(&t, t.child.out);
		assert_string_equal(status_of(&t, signal), "missing");
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
