// SPDX-License-Identifier: GPL-2.0
/*
 * Faults: totals equal the kernel's rusage to the last one; major faults have a class, a file and
 * a latency.
 *
 * Layer: tests.
 */
#include <fcntl.h>
#include "live.h"

/* A process that memtrace saw from its birth to its end has exactly the faults of its rusage. */
static void whole_life_check(struct json_object *p, const struct rusage *ru)
{
	assert_non_null(p);
	assert_int_equal(json_int(p, "faults.minor"), ru->ru_minflt);
	assert_int_equal(json_int(p, "faults.major"), ru->ru_majflt);
}

static void lone_process_check(const char *const *args)
{
	struct child hog;
	struct trace t;

	trace_start(&t, ARGS("-j"));
	hog_run(&hog, NULL, args, 20);
	trace_end(&t);
	whole_life_check(trace_process(&t, hog.pid, 0), &hog.usage);
	losses_none(&t);
}

static void faults_of_a_process_equal_its_rusage(void **state)
{
	(void)state;
	lone_process_check(ARGS("minor", "50000"));
}

static void faults_of_a_very_short_process_equal_its_rusage(void **state)
{
	(void)state;
	lone_process_check(ARGS("exit", "0"));
}

static void ended_process_is_still_told_of_after_more_snapshots(void **state)
{
	struct child hog;
	struct trace t;

	(void)state;
	trace_start(&t, ARGS("-j", "-i", "0.3"));
	hog_run(&hog, NULL, ARGS("minor", "20000"), 20);
	sleep_s(1.5);
	trace_end(&t);
	whole_life_check(trace_process(&t, hog.pid, 0), &hog.usage);
}

static void faults_of_threads_that_died_belong_to_their_process(void **state)
{
	(void)state;
	lone_process_check(ARGS("threads", "200", "30"));
}

static void faults_add_up_across_exec(void **state)
{
	(void)state;
	lone_process_check(ARGS("exec", "3000", "minor", "2000"));
}

/* Fields 10 and 12 of /proc/PID/stat; the comm may hold blanks and brackets. */
static void stat_faults(pid_t pid, long *minor, long *major)
{
	char path[64], text[1024], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	assert_true(text_read(path, text, sizeof(text)) > 0);
	p = strrchr(text, ')');
	assert_non_null(p);
	assert_int_equal(sscanf(p, ") %*c %*d %*d %*d %*d %*d %*u %ld %*u %ld", minor, major), 2);
}

static void faults_of_an_older_process_are_those_since_the_start(void **state)
{
	struct json_object *p;
	long minor, major;
	struct child hog;
	struct trace t;

	(void)state;
	hog_start(&hog, NULL, ARGS("-w", "minor", "30000"));
	sleep_s(0.2 * slack());
	stat_faults(hog.pid, &minor, &major);
	trace_start(&t, ARGS("-j", "-i", "1"));
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 10), 0);
	trace_end(&t);
	p = trace_process(&t, hog.pid, 0);
	assert_non_null(p);
	assert_int_equal(json_int(p, "faults.minor"), hog.usage.ru_minflt - minor);
	assert_int_equal(json_int(p, "faults.major"), hog.usage.ru_majflt - major);
}

static void faults_of_a_living_process_equal_its_proc_stat(void **state)
{
	struct json_object *p;
	long minor, major;
	struct child hog;
	struct trace t;

	(void)state;
	trace_start(&t, ARGS("-j"));
	hog_start(&hog, NULL, ARGS("-k", "minor", "30000"));
	hog_said(&hog);
	sleep_s(0.1 * slack()); /* its last faults are those of printing */
	stat_faults(hog.pid, &minor, &major);
	trace_end(&t);
	p = trace_process(&t, hog.pid, 0);
	assert_non_null(p);
	assert_int_equal(json_int(p, "faults.minor"), minor);
	assert_int_equal(json_int(p, "faults.major"), major);
}

/*
 * N short-lived children of one hog in a cgroup. A reaped child counts in the rusage of who
 * waited for it, so that hog's is the whole family's.
 */
static void family_check(const char *mode, const char *n)
{
	struct json_object *o, *p;
	struct trace t, children = {0};
	struct cgroup cg;
	struct child hog;
	int listed = 0;

	cgroup_make(&cg, "family", 256, 0);
	trace_start(&t, ARGS("-j", "-c", cg.path));
	hog_run(&hog, &cg, ARGS(mode, n), 60);
	trace_end(&t);
	losses_none(&t);
	assert_int_equal(json_int(trace_summary(&t), "faults.minor"), hog.usage.ru_minflt);
	assert_int_equal(json_int(trace_summary(&t), "faults.major"), hog.usage.ru_majflt);
	json_lines_parse(&children, hog.out);
	for (int i = 0; i < children.nlines; i++) {
		o = children.lines[i];
		p = json_get(o, "child") ? trace_process(&t, json_int(o, "child"), 0) : NULL;
		if (!p)
			continue;
		listed++;
		assert_int_equal(json_int(p, "faults.minor"), json_int(o, "minflt"));
		assert_int_equal(json_int(p, "faults.major"), json_int(o, "majflt"));
	}
	assert_true(listed > 0);
}

static void faults_of_thousands_of_forked_children_equal_their_rusage(void **state)
{
	(void)state;
	family_check("fork", slack() > 1 ? "1000" : "3000");
}

static void faults_of_vforked_programs_equal_their_rusage(void **state)
{
	(void)state;
	family_check("vfork", "500");
}

static void latency_check(struct json_object *p, double seconds)
{
	int64_t p50 = json_int(p, "faults.p50_ns"), p99 = json_int(p, "faults.p99_ns");
	int64_t max = json_int(p, "faults.max_ns");

	/* A read from a disk takes some microseconds at the very least. */
	assert_true(p50 > 500);
	assert_true(p50 <= p99 && p99 <= max);
	assert_true(max < seconds * 1e9);
}

static void major_faults_on_a_file_name_the_file(void **state)
{
	struct json_object *p, *files, *file;
	char path[PATH_MAX];
	struct child hog;
	struct trace t;
	double begin;

	(void)state;
	file_make(path, "mapped.dat", 4);
	trace_start(&t, ARGS("-j"));
	begin = now_s();
	hog_start(&hog, NULL, ARGS("-k", "file", path, "4"));
	hog_said(&hog);
	sleep_s(1); /* it lives while its maps are looked at */
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 20), 0);
	begin = now_s() - begin;
	trace_end(&t);
	need_machine(hog.usage.ru_majflt > 100, "this file system keeps its files in memory");
	p = trace_process(&t, hog.pid, 0);
	whole_life_check(p, &hog.usage);
	need_signal("fault.major");
	assert_int_equal(json_int(p, "faults.classes.file"), hog.usage.ru_majflt);
	assert_int_equal(json_int(p, "faults.classes.swap"), 0);
	if (signal_is_served("fault.latency"))
		latency_check(p, begin);
	files = json_list(p, "faults.files");
	assert_true(json_object_array_length(files) >= 1);
	file = json_object_array_get_idx(files, 0);
	assert_string_equal(json_str(file, "path"), path);
	assert_true(json_int(file, "faults") >= (int64_t)(4 * MIB / sysconf(_SC_PAGESIZE)) - 24);
}

static void major_faults_on_anonymous_memory_are_of_class_swap(void **state)
{
	struct json_object *p;
	struct cgroup cg;
	struct child hog;
	struct trace t;
	double begin;

	(void)state;
	squeeze_cgroup(&cg, "swap");
	trace_start(&t, ARGS("-j"));
	begin = now_s();
	hog_run(&hog, &cg, ARGS(SQUEEZE), 10);
	begin = now_s() - begin;
	trace_end(&t);
	assert_true(hog.usage.ru_majflt > (long)at_least(100));
	p = trace_process(&t, hog.pid, 0);
	whole_life_check(p, &hog.usage);
	need_signal("fault.major");
	assert_int_equal(json_int(p, "faults.classes.swap") + json_int(p, "faults.classes.file") +
				 json_int(p, "faults.classes.other"),
			 hog.usage.ru_majflt);
	assert_true(json_int(p, "faults.classes.swap") >= hog.usage.ru_majflt * 0.99);
	if (signal_is_served("fault.latency"))
		latency_check(p, begin);
	assert_true(json_int(p, "swap.in_pages") >= json_int(p, "faults.classes.swap"));
	assert_true(json_int(p, "swap.out_pages") > 1000);
	assert_true(json_int(trace_summary(&t), "swap.out_pages") >= json_int(p, "swap.out_pages"));
}

/* Starts are timed only once major faults happen: the first hog has them timed for the second. */
static void each_major_fault_is_a_line_with_its_file(void **state)
{
	char path[2][PATH_MAX];
	struct json_object *o;
	struct child hog[2];
	struct trace t;
	long count[2] = {0}, mapped[2] = {0};

	(void)state;
	file_make(path[0], "first.dat", 2);
	file_make(path[1], "second.dat", 2);
	trace_start(&t, ARGS("faults", "-j", "--min", "0", "-n", "hog"));
	for (int i = 0; i < 2; i++) {
		hog_run(&hog[i], NULL, ARGS("file", path[i], "2"), 20);
		sleep_s(0.3 * slack());
	}
	trace_end(&t);
	need_machine(hog[1].usage.ru_majflt > 100, "this file system keeps its files in memory");
	need_signal("fault.major");
	for (int i = 0; (o = trace_line(&t, "fault", i)); i++) {
		bool second = json_int(o, "pid") == hog[1].pid;

		if (!second && json_int(o, "pid") != hog[0].pid)
			continue;
		count[second]++;
		assert_string_equal(json_str(o, "comm"), "hog");
		assert_string_equal(json_str(o, "class"), "file");
		assert_non_null(json_get(o, "address"));
		mapped[second] +=
			strstr(json_str(o, "file"), second ? "second.dat" : "first.dat") != NULL;
	}
	o = t.lines[t.nlines - 1];
	assert_int_equal(json_int(o, "faults.major"),
			 hog[0].usage.ru_majflt + hog[1].usage.ru_majflt);
	assert_int_equal(count[1], hog[1].usage.ru_majflt);
	/* The program's own pages may have to be read, too. */
	assert_true(mapped[1] >= 500 && count[1] - mapped[1] < 20);
	assert_true(count[0] - mapped[0] < 20);
	/* What came before is counted as untimed. */
	assert_in_range(count[0], hog[0].usage.ru_majflt - json_int(o, "faults.untimed"),
			hog[0].usage.ru_majflt);
	if (signal_is_served("fault.latency"))
		assert_true(json_int(o, "faults.untimed") <= hog[0].usage.ru_majflt);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(faults_of_a_process_equal_its_rusage),
	LIVE_TEST(faults_of_a_very_short_process_equal_its_rusage),
	LIVE_TEST(ended_process_is_still_told_of_after_more_snapshots),
	LIVE_TEST(faults_of_threads_that_died_belong_to_their_process),
	LIVE_TEST(faults_add_up_across_exec),
	LIVE_TEST(faults_of_an_older_process_are_those_since_the_start),
	LIVE_TEST(faults_of_a_living_process_equal_its_proc_stat),
	LIVE_TEST(faults_of_thousands_of_forked_children_equal_their_rusage),
	LIVE_TEST(faults_of_vforked_programs_equal_their_rusage),
	LIVE_TEST(major_faults_on_a_file_name_the_file),
	LIVE_TEST(major_faults_on_anonymous_memory_are_of_class_swap),
	LIVE_TEST(each_major_fault_is_a_line_with_its_file),
};

LIVE_GROUP(faults, tests)
