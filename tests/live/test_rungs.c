// SPDX-License-Identifier: GPL-2.0
/*
 * Whichever source serves a signal, the figures are the same: one memtrace per source, all at the
 * same time, over the same workload.
 *
 * Layer: tests. Which sources this kernel has is asked of memtrace: what it chose is disabled, and
 * it is asked again, until nothing is left.
 */
#include "live.h"

#define MAX_RUNGS 4

struct rungs {
	int n;
	char disable[MAX_RUNGS][256]; /* the i-th one is forced by this MEMTRACE_DISABLE */
};

/* These go down their ladders side by side: what serves one does not depend on another. */
static const char *const together[] = {"fault.major", "fault.latency", "swap.out", "stall.target",
				       "stall.runqueue"};
#define NTOGETHER (sizeof(together) / sizeof(together[0]))

/* One step down the ladder of a signal: what was chosen is noted and disabled. */
static void rungs_step(const char *signal, const struct trace *run, struct rungs *r,
		       char disable[256])
{
	if (!strcmp(trace_probe(run, signal, "status"), "missing") || r->n == MAX_RUNGS)
		return;
	snprintf(r->disable[r->n++], sizeof(r->disable[0]), "%s", disable);
	snprintf(disable + strlen(disable), 256 - strlen(disable), "%s%s:%s", *disable ? "," : "",
		 signal, trace_probe(run, signal, "rung"));
}

/* What a run says of its rungs: doctor says the same, but loads all programs twice. */
static void run_ask(struct trace *t, const char *disable)
{
	setenv("MEMTRACE_DISABLE", disable, 1);
	assert_int_equal(trace_run(t, ARGS("-j", "--", hog_path(), "exit", "0"), 20 * slack()), 0);
	unsetenv("MEMTRACE_DISABLE");
	trace_parse(t, t->child.out);
}

/* Walks all of together down at once, the first time it is asked for any of them. */
static const struct rungs *rungs_together(size_t which)
{
	static struct rungs rungs[NTOGETHER];
	static char disable[NTOGETHER][256];
	static bool walked;
	char all[NTOGETHER * 260];
	struct trace t;

	for (int step = 0; !walked && step < MAX_RUNGS; step++) {
		all[0] = '\0';
		for (size_t i = 0; i < NTOGETHER; i++)
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
				 *all && *disable[i] ? "," : "", disable[i]);
		run_ask(&t, all);
		for (size_t i = 0; i < NTOGETHER; i++)
			rungs_step(together[i], &t, &rungs[i], disable[i]);
	}
	walked = true;
	return &rungs[which];
}

/* base: what is disabled in any case, "" or "SIGNAL:RUNG" */
static void rungs_find(const char *signal, const char *base, struct rungs *r)
{
	char disable[256];
	struct trace t;

	for (size_t i = 0; i < NTOGETHER && !*base; i++) {
		if (!strcmp(signal, together[i])) {
			*r = *rungs_together(i);
			return;
		}
	}
	r->n = 0;
	snprintf(disable, sizeof(disable), "%s", base);
	for (int before = -1; r->n > before && r->n < MAX_RUNGS;) {
		before = r->n;
		run_ask(&t, disable);
		rungs_step(signal, &t, r, disable);
	}
}

/* One trace per source of a signal, over the same work of a hog in a cgroup. */
struct runs {
	struct rungs rungs;
	struct trace t[MAX_RUNGS];
	struct cgroup cg;
	struct child hog;
};

static void runs_begin(struct runs *r, const char *signal, const char *base,
		       const char *const *args)
{
	char what[64];

	rungs_find(signal, base, &r->rungs);
	snprintf(what, sizeof(what), "a second source of %s", signal);
	need_kernel(r->rungs.n >= 2, what);
	for (int i = 0; i < r->rungs.n; i++) {
		setenv("MEMTRACE_DISABLE", r->rungs.disable[i], 1);
		trace_spawn(&r->t[i], args);
		unsetenv("MEMTRACE_DISABLE");
	}
	for (int i = 0; i < r->rungs.n; i++)
		trace_await(&r->t[i]);
}

static void runs_end(struct runs *r)
{
	traces_end(r->t, r->rungs.n);
	for (int i = 0; i < r->rungs.n; i++)
		losses_none(&r->t[i]);
}

static void runs_of_squeeze(struct runs *r, const char *signal, const char *base)
{
	squeeze_cgroup(&r->cg, "rungs");
	runs_begin(r, signal, base, ARGS("-j"));
	hog_run(&r->hog, &r->cg, ARGS(SQUEEZE), 10 * slack());
	runs_end(r);
}

static void runs_of_file(struct runs *r, const char *signal, const char *base)
{
	char path[PATH_MAX];

	file_make(path, "rungs.dat", 2);
	runs_begin(r, signal, base, ARGS("-j"));
	hog_run(&r->hog, NULL, ARGS("file", path, "2"), 20 * slack());
	runs_end(r);
	need_machine(r->hog.usage.ru_majflt > 100, "this file system keeps its files in memory");
}

static struct json_object *hog_of(struct runs *r, int i)
{
	struct json_object *p = trace_process(&r->t[i], r->hog.pid, 0);

	assert_non_null(p);
	assert_int_equal(json_int(p, "faults.major"), r->hog.usage.ru_majflt);
	return p;
}

static void major_faults_are_the_same_by_each_source(void **state)
{
	struct runs r;

	(void)state;
	runs_of_squeeze(&r, "fault.major", "");
	for (int i = 0; i < r.rungs.n; i++) {
		assert_int_equal(trace_signal(&r.t[i], "fault", "seen"),
				 trace_signal(&r.t[0], "fault", "seen"));
		assert_true(json_int(hog_of(&r, i), "faults.classes.swap") >=
			    r.hog.usage.ru_majflt * 0.9);
	}
}

static void swap_faults_have_their_class_by_each_source(void **state)
{
	struct runs r;

	(void)state;
	runs_of_squeeze(&r, "fault.class", "fault.latency:function");
	for (int i = 0; i < r.rungs.n; i++)
		/* but for pages of the program itself */
		assert_true(json_int(hog_of(&r, i), "faults.classes.swap") >=
			    r.hog.usage.ru_majflt * 0.99);
}

static void file_faults_have_their_class_and_file_by_each_source(void **state)
{
	struct json_object *files;
	struct runs r;

	(void)state;
	runs_of_file(&r, "fault.class", "");
	for (int i = 0; i < r.rungs.n; i++) {
		assert_int_equal(json_int(hog_of(&r, i), "faults.classes.file"),
				 r.hog.usage.ru_majflt);
		files = json_list(hog_of(&r, i), "faults.files");
		assert_true(json_object_array_length(files) >= 1);
		assert_non_null(
			strstr(json_str(json_object_array_get_idx(files, 0), "path"), "rungs.dat"));
	}
}

static void pages_swapped_out_are_the_same_by_each_source(void **state)
{
	int64_t pages;
	struct runs r;

	(void)state;
	runs_of_squeeze(&r, "swap.out", "");
	pages = json_int(hog_of(&r, 0), "swap.out_pages");
	assert_true(pages > 1000);
	for (int i = 1; i < r.rungs.n; i++)
		assert_int_equal(json_int(hog_of(&r, i), "swap.out_pages"), pages);
}

static void stalls_have_the_same_target_by_each_source(void **state)
{
	int64_t stalls;
	struct runs r;

	(void)state;
	runs_of_squeeze(&r, "stall.target", "");
	stalls = json_int(hog_of(&r, 0), "stalls.count");
	assert_true(stalls > 50);
	for (int i = 0; i < r.rungs.n; i++) {
		assert_int_equal(json_int(hog_of(&r, i), "stalls.count"), stalls);
		assert_string_equal(json_str(hog_of(&r, i), "stalls.target_cgroup"), r.cg.path);
	}
}

/* The line of another trace about the same fault: same thread and page, at the same moment. */
static struct json_object *same_fault(const struct trace *t, struct json_object *fault, int *from)
{
	struct json_object *o;

	for (int i = *from; (o = trace_line(t, "fault", i)); i++) {
		if (json_int(o, "tid") != json_int(fault, "tid") ||
		    strcmp(json_str(o, "address"), json_str(fault, "address")) != 0 ||
		    llabs(json_int(o, "time_ns") - json_int(fault, "time_ns")) > 5000000 * slack())
			continue;
		*from = i + 1;
		return o;
	}
	return NULL;
}

static int64_t began(struct json_object *fault)
{
	return json_int(fault, "time_ns") - json_int(fault, "duration_ns");
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/*
 * By functions a fault begins when it goes to find its page, by its entry when the processor
 * raised it: never later, and by little.
 */
static void starts_check(const struct trace *function, const struct trace *entry, bool classed)
{
	struct json_object *late, *early;
	int64_t *diff = NULL;
	int n = 0, from = 0;

	for (int i = 0; (early = trace_line(entry, "fault", i)); i++) {
		if (!json_get(early, "duration_ns"))
			continue; /* not timed */
		late = same_fault(function, early, &from);
		if (!late)
			fail_msg("a fault is missing: %s", json_object_to_json_string(early));
		if (classed)
			assert_string_equal(json_str(late, "class"), json_str(early, "class"));
		if (began(late) < began(early))
			fail_msg("begins too early: %s", json_object_to_json_string(late));
		diff = realloc(diff, (n + 1) * sizeof(*diff));
		assert_non_null(diff);
		diff[n++] = began(late) - began(early);
	}
	assert_true(n > 100);
	qsort(diff, n, sizeof(*diff), by_value);
	if (diff[n / 2] > 50000 * slack())
		fail_msg("half of the faults differ by more than %ld ns", (long)diff[n / 2]);
	free(diff);
}

static void latency_by_function_and_by_entry_agree(void **state)
{
	struct rungs classes;
	char path[PATH_MAX];
	struct child file;
	struct runs r;

	(void)state;
	squeeze_cgroup(&r.cg, "latency");
	file_make(path, "latency.dat", 2);
	runs_begin(&r, "fault.latency", "", ARGS("faults", "-j", "--min", "0", "-n", "hog"));
	assert_int_equal(r.rungs.n, 2);
	hog_run(&r.hog, &r.cg, ARGS(SQUEEZE), 10 * slack());
	hog_run(&file, NULL, ARGS("file", path, "2"), 20 * slack());
	runs_end(&r);
	/* by the entry alone nobody knows the class */
	rungs_find("fault.class", "fault.latency:function", &classes);
	starts_check(&r.t[0], &r.t[1], classes.n > 0);
	/* All along, not only once major faults happen. */
	assert_int_equal(json_int(r.t[0].lines[r.t[0].nlines - 1], "faults.untimed"), 0);
}

/*
 * The kernel's own account of waits for a CPU, and the time between the events of a wakeup and of
 * the switch that follows: on a crowded CPU, so that there is something to wait for. There 7.x
 * preempts programs in nearly every run, and leaves out what they should have seen meanwhile.
 */
static void waits_for_a_cpu_are_the_same_by_each_source(void **state)
{
	struct child busy[2];
	int64_t total, waits[MAX_RUNGS];
	struct runs r;

	(void)state;
	squeeze_cgroup(&r.cg, "rungs");
	runs_begin(&r, "stall.runqueue", "", ARGS("-j"));
	cpu_pin(0);
	for (int i = 0; i < 2; i++)
		hog_start(&busy[i], NULL, ARGS("spin", "1000"));
	hog_run(&r.hog, &r.cg, ARGS(SQUEEZE), 30 * slack());
	cpu_any("");
	for (int i = 0; i < 2; i++) {
		kill(busy[i].pid, SIGKILL);
		child_wait(&busy[i], 10);
	}
	traces_end(r.t, r.rungs.n);
	total = json_int(hog_of(&r, 0), "stalls.total_ns");
	for (int i = 0; i < r.rungs.n; i++) {
		losses_by_chance(&r.t[i]);
		waits[i] = json_int(hog_of(&r, i), "stalls.causes.runqueue_ns");
		print_message("# %ld of %ld us\n", (long)waits[i] / 1000, (long)total / 1000);
		assert_true(waits[i] > 0);
		if (labs(waits[i] - waits[0]) <= total / 20)
			continue;
		losses_none(&r.t[0]);
		losses_none(&r.t[i]);
		fail_msg("they differ by more than 5 %% of the stalls");
	}
}

/* Sum and number of the hog's stalls of one kind. */
static int64_t kind_ns(struct runs *r, int i, const char *kind, int64_t *count)
{
	char path[64];

	snprintf(path, sizeof(path), "stalls.kinds.%s.count", kind);
	*count = json_get(hog_of(r, i), path) ? json_int(hog_of(r, i), path) : 0;
	snprintf(path, sizeof(path), "stalls.kinds.%s.total_ns", kind);
	return *count ? json_int(hog_of(r, i), path) : 0;
}

/* Without trampolines only the reclaim inside of a memory.high stall is seen, as kind memcg. */
static void high_stalls_contain_the_reclaim_that_is_seen_without_them(void **state)
{
	static const char *const disable[] = {"", "stall.high:*"};
	int64_t high_ns, memcg_ns, high, memcg, none;
	struct runs r = {.rungs.n = 2};

	(void)state;
	need_kernel(cgroup_version() == 2, "memory.high (cgroup v2)");
	need_signal("stall.high");
	squeeze_cgroup(&r.cg, "high");
	assert_int_equal(cgroup_set(&r.cg, "memory.high", "16M"), 0);
	for (int i = 0; i < 2; i++) {
		setenv("MEMTRACE_DISABLE", disable[i], 1);
		trace_start(&r.t[i], ARGS("-j"));
		unsetenv("MEMTRACE_DISABLE");
	}
	hog_run(&r.hog, &r.cg, ARGS("anon", "28", "1.0"), 20 * slack());
	runs_end(&r);
	high_ns = kind_ns(&r, 0, "high", &high);
	memcg_ns = kind_ns(&r, 1, "memcg", &memcg);
	assert_true(high > 10 && memcg >= high / 2);
	assert_true(high_ns >= memcg_ns);
	kind_ns(&r, 1, "high", &none);
	assert_int_equal(none, 0);
	assert_int_equal(trace_signal(&r.t[0], "memcg", "seen"),
			 trace_signal(&r.t[1], "memcg", "seen"));
	assert_string_equal(json_str(hog_of(&r, 0), "stalls.target_cgroup"), r.cg.path);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(major_faults_are_the_same_by_each_source),
	LIVE_TEST(swap_faults_have_their_class_by_each_source),
	LIVE_TEST(file_faults_have_their_class_and_file_by_each_source),
	LIVE_TEST(pages_swapped_out_are_the_same_by_each_source),
	LIVE_TEST(stalls_have_the_same_target_by_each_source),
	LIVE_TEST(latency_by_function_and_by_entry_agree),
	LIVE_TEST(waits_for_a_cpu_are_the_same_by_each_source),
	LIVE_TEST(high_stalls_contain_the_reclaim_that_is_seen_without_them),
};

LIVE_GROUP(rungs, tests)
