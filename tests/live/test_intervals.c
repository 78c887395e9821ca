// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of the last interval on a live kernel: threads, orders; what snapshots cost in memory;
 * processes that are not like others: kernel threads, other namespaces.
 *
 * Layer: tests.
 */
#include <fcntl.h>
#include "live.h"

/* Sums of a figure over the objects of a type: of one interval, or (0) of a process in all. */
static int64_t sum_of(const struct trace *t, const char *type, int64_t time_ns, pid_t pid,
		      const char *what)
{
	struct json_object *o;
	int64_t sum = 0;

	for (int i = 0; (o = trace_line(t, type, i)); i++) {
		if (time_ns ? json_int(o, "time_ns") == time_ns : json_int(o, "pid") == pid)
			sum += json_int(o, what);
	}
	return sum;
}

/* In each interval the threads' faults are their process's. Returns how many intervals. */
static int conserved_check(const struct trace *t)
{
	struct json_object *o;
	int n = 0;

	for (; (o = trace_line(t, "interval", n)); n++) {
		int64_t at = json_int(o, "time_ns");

		assert_int_equal(sum_of(t, "thread_interval", at, 0, "minor"),
				 sum_of(t, "faults_interval", at, 0, "minor"));
		assert_int_equal(sum_of(t, "thread_interval", at, 0, "major"),
				 sum_of(t, "faults_interval", at, 0, "major"));
	}
	return n;
}

static void faults_of_threads_are_their_processes_in_each_interval(void **state)
{
	struct child hog;
	struct trace t;

	(void)state;
	trace_start(&t, ARGS("faults", "-L", "-j", "-i", "0.2", "-n", "hog"));
	/* Threads that live for a part of an interval only. */
	hog_run(&hog, NULL, ARGS("threads", "800", "300"), 60);
	sleep_s(0.5);
	trace_end(&t);
	losses_none(&t);
	assert_true(conserved_check(&t) > 1);
	assert_int_equal(sum_of(&t, "thread_interval", 0, hog.pid, "minor"), hog.usage.ru_minflt);
	assert_int_equal(sum_of(&t, "thread_interval", 0, hog.pid, "major"), hog.usage.ru_majflt);
}

static void threads_have_their_own_counts_and_states(void **state)
{
	struct json_object *o;
	struct child hog;
	struct trace t;
	int seen = 0;

	(void)state;
	trace_start(&t, ARGS("faults", "-L", "-j", "-n", "hog"));
	hog_run(&hog, NULL, ARGS("threads", "3", "1000"), 20);
	trace_end(&t);
	for (int i = 0; (o = trace_line(&t, "thread_interval", i)); i++) {
		if (json_int(o, "pid") != hog.pid || json_int(o, "tid") == hog.pid)
			continue;
		assert_string_equal(json_str(o, "comm"), "hog");
		seen++;
		assert_true(json_int(o, "minor") >= 1000 && json_int(o, "minor") < 1100);
		assert_string_equal(json_str(o, "state"), "X");
	}
	assert_int_equal(seen, 3);
}

static void sorted_by_size_an_idle_process_is_listed(void **state)
{
	struct child hog;
	char pid[16];
	struct trace t;

	(void)state;
	need_signal("process.sizes");
	hog_start(&hog, NULL, ARGS("-k", "minor", "10"));
	hog_said(&hog);
	snprintf(pid, sizeof(pid), "%d", (int)hog.pid);
	trace_start(&t, ARGS("faults", "-j", "-i", "0.2", "-p", pid));
	sleep_s(0.7 * slack());
	trace_end(&t);
	assert_null(trace_line(&t, "faults_interval", 0));
	trace_start(&t, ARGS("faults", "-S", "rss", "-j", "-i", "0.2", "-p", pid));
	sleep_s(0.7 * slack());
	trace_end(&t);
	assert_non_null(trace_line(&t, "faults_interval", 0));
	assert_int_equal(json_int(trace_line(&t, "faults_interval", 0), "minor"), 0);
	assert_true(json_int(trace_line(&t, "faults_interval", 0), "rss_bytes") > 0);
}

static int64_t status_kb(pid_t pid, const char *key)
{
	char path[64], text[4096], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	assert_true(text_read(path, text, sizeof(text)) > 0);
	at = strstr(text, key);
	assert_non_null(at);
	return strtoll(at + strlen(key), NULL, 10);
}

/* All memory is taken at the start: pages of tables may come to be used, no table ever grows. */
static void more_intervals_take_no_more_memory(void **state)
{
	int64_t before;
	struct trace t;

	(void)state;
	trace_start(&t, ARGS("faults", "-L", "-j", "-i", "0.1"));
	sleep_s(1 * slack());
	before = status_kb(t.child.pid, "VmData:");
	sleep_s(4 * slack());
	assert_int_equal(status_kb(t.child.pid, "VmData:"), before);
	trace_end(&t);
}

static void faults_of_a_kernel_thread_are_refused_with_words(void **state)
{
	char comm[64];
	struct trace t;

	(void)state;
	need_machine(text_read("/proc/2/comm", comm, sizeof(comm)) > 0 &&
			     !strcmp(comm, "kthreadd\n"),
		     "no kernel threads are to be seen in this pid namespace");
	assert_int_equal(trace_run(&t, ARGS("faults", "-p", "2"), 10), 1);
	text_check(t.child.err, "2 is a thread of the kernel: those take no page faults");
	assert_int_equal(trace_run(&t, ARGS("faults", "-t", "2"), 10), 1);
	/* But it may have to wait for memory, and it may write pages out. */
	assert_int_equal(trace_run(&t, ARGS("stalls", "-d", "0.1", "-p", "2"), 10), 0);
	assert_int_equal(trace_run(&t, ARGS("swap", "-d", "0.1", "-p", "2"), 10), 0);
}

/* The name that goes with the bytes that made it: not split over lines, not cut. */
static void unlinked_file_of_odd_bytes_has_its_name(void **state)
{
	struct json_object *p, *file;
	char path[PATH_MAX], expected[PATH_MAX + 16];
	struct child hog;
	struct trace t;

	(void)state;
	file_make(path, "odd\n\\012 name\t;", 2);
	trace_start(&t, ARGS("-j"));
	hog_start(&hog, NULL, ARGS("-k", "file", path, "2"));
	hog_said(&hog);
	assert_int_equal(unlink(path), 0);
	sleep_s(0.5 * slack());
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 10), 0);
	trace_end(&t);
	need_machine(hog.usage.ru_majflt > 100, "this file system keeps its files in memory");
	need_signal("fault.major");
	p = trace_process(&t, hog.pid, 0);
	file = json_object_array_get_idx(json_list(p, "faults.files"), 0);
	snprintf(expected, sizeof(expected), "%s (deleted)", path);
	if (strcmp(json_str(file, "path"), path) != 0) /* looked up before it was unlinked */
		assert_string_equal(json_str(file, "path"), expected);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(faults_of_threads_are_their_processes_in_each_interval),
	LIVE_TEST(threads_have_their_own_counts_and_states),
	LIVE_TEST(sorted_by_size_an_idle_process_is_listed),
	LIVE_TEST(more_intervals_take_no_more_memory),
	LIVE_TEST(faults_of_a_kernel_thread_are_refused_with_words),
	LIVE_TEST(unlinked_file_of_odd_bytes_has_its_name),
};

LIVE_GROUP(intervals, tests)
