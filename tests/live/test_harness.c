// SPDX-License-Identifier: GPL-2.0
/*
 * Is the ground the other live tests stand on firm? These need no memtrace.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <sys/stat.h>
#include "live.h"

static void squeezed_hog_reclaims_and_the_tracer_sees_each_begin_and_end(void **state)
{
	struct tracepoint *tp;
	struct tracer tracer;
	struct cgroup cg;
	struct child hog;
	size_t n;

	(void)state;
	squeeze_cgroup(&cg, "squeeze");
	tracer_start(&tracer, memcg_events);
	hog_run(&hog, &cg, ARGS(SQUEEZE), 10);
	n = tracer_stop(&tracer, &tp);
	assert_true(tracepoints_of(tp, n, hog.pid, memcg_begin) > at_least(100));
	assert_int_equal(tracepoints_of(tp, n, hog.pid, memcg_begin),
			 tracepoints_of(tp, n, hog.pid, memcg_end));
	free(tp);
}

static void taskstats_tells_the_reclaim_delay_of_a_squeezed_process(void **state)
{
	struct cgroup cg;
	struct child hog;
	int64_t ns;

	(void)state;
	need_delay_accounting();
	squeeze_cgroup(&cg, "delay");
	hog_start(&hog, &cg, ARGS("-k", SQUEEZE));
	hog_said(&hog);
	ns = taskstats_freepages_ns(hog.pid);
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 10), 0);
	if (ns < 0)
		fail_msg("taskstats: %s", strerror(-ns));
	assert_in_range(ns, 1000000, 2e9 * slack());
}

static void rusage_counts_each_touched_page(void **state)
{
	struct child few, many;

	(void)state;
	hog_run(&few, NULL, ARGS("minor", "1000"), 10);
	hog_run(&many, NULL, ARGS("minor", "21000"), 10);
	/* A page of the program is mapped along with its neighbour or not: some either way. */
	assert_in_range(many.usage.ru_minflt - few.usage.ru_minflt, 19980, 20020);
}

static void what_a_test_takes_is_given_back(void **state)
{
	int mark = undo_mark();
	struct tracer tracer;
	struct cgroup cg;
	struct child hog;
	struct stat st;

	(void)state;
	squeeze_cgroup(&cg, "gone");
	tracer_start(&tracer, memcg_events);
	hog_start(&hog, &cg, ARGS("-w", SQUEEZE));
	undo_to(mark);
	assert_int_equal(stat(cg.dir, &st), -1);
	assert_int_equal(stat(tracer.dir, &st), -1);
	assert_int_equal(kill(hog.pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static int given_back;

static void count_given_back(const char *arg)
{
	(void)arg;
	given_back++;
}

static void test_that_lost_by_chance_alone_is_run_anew(void **state)
{
	struct json_object *line = json_tokener_parse(
		"{\"lost\":{\"recursion_missed\":2,\"unpaired\":1,\"perf_throttled\":1}}");
	static int runs;

	(void)state;
	assert_int_equal(given_back, runs);
	if (++runs < 3) {
		undo_push(count_given_back, "%d", runs);
		losses_none(&(struct trace){.lines = &line, .nlines = 1});
		fail_msg("it went on");
	}
	assert_int_equal(runs, 3);
}

static void kernel_log_is_read_from_its_end(void **state)
{
	int fd = kmsg_open();
	char line[1024], mine[64];

	(void)state;
	need_machine(fd >= 0, "/dev/kmsg is not readable");
	/* Without its newline a record may be continued, and is not shown until it cannot be. */
	snprintf(mine, sizeof(mine), "%s\n", test_name("kmsg"));
	assert_false(kmsg_find(fd, ARGS(mine), line, sizeof(line)));
	assert_int_equal(text_write("/dev/kmsg", mine), 0);
	assert_true(kmsg_find(fd, ARGS(mine), line, sizeof(line)));
	close(fd);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(squeezed_hog_reclaims_and_the_tracer_sees_each_begin_and_end),
	LIVE_TEST(taskstats_tells_the_reclaim_delay_of_a_squeezed_process),
	LIVE_TEST(rusage_counts_each_touched_page),
	LIVE_TEST(what_a_test_takes_is_given_back),
	LIVE_TEST(test_that_lost_by_chance_alone_is_run_anew),
	LIVE_TEST(kernel_log_is_read_from_its_end),
};

LIVE_GROUP(harness, tests)
