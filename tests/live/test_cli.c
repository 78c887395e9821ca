// SPDX-License-Identifier: GPL-2.0
/*
 * The command line on a live kernel: PROGRAM, endings, wrong usage, missing rights, bad output.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/stat.h>
#include "live.h"

/* Runs memtrace to its end; expects the status and, in stderr, the text. */
static void refusal_check(const char *const *args, int status, const char *said)
{
	struct trace t;
	int got = trace_run(&t, args, 10);

	if (got != status) {
		char *err = text_load(t.child.err);

		fail_msg("%s: status %d, not %d: %s", args[0], got, status, err ? err : "");
	}
	text_check(t.child.err, said);
}

static void program_check(const char *const *args, int status)
{
	struct trace t;

	assert_int_equal(trace_run(&t, args, 20), status);
}

static void exit_status_is_the_programs_own(void **state)
{
	(void)state;
	program_check(ARGS("--", hog_path(), "exit", "0"), 0);
	program_check(ARGS("--", hog_path(), "exit", "7"), 7);
	program_check(ARGS("-j", "--", hog_path(), "exit", "255"), 255);
	program_check(ARGS("stalls", "--", hog_path(), "exit", "9"), 9);
}

static void program_killed_by_a_signal_gives_128_and_its_number(void **state)
{
	(void)state;
	program_check(ARGS("--", hog_path(), "signal", "15"), 128 + 15);
	program_check(ARGS("--", hog_path(), "signal", "11"), 128 + 11);
}

static void program_not_found_gives_127_and_not_executable_126(void **state)
{
	char path[PATH_MAX];
	int fd;

	(void)state;
	test_path(path, "not-executable");
	refusal_check(ARGS("--", path), 127, path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	close(fd);
	refusal_check(ARGS("--", path), 126, path);
	refusal_check(ARGS("--", "memtrace-test-no-such-program"), 127, "no-such-program");
}

static void programs_output_is_untouched(void **state)
{
	char path[PATH_MAX], *out, *err;
	struct trace t;

	(void)state;
	test_path(path, "page");
	assert_int_equal(trace_run(&t,
				   ARGS("-q", "-o", path, "--", hog_path(), "echo", "to stdout",
					"to stderr"),
				   10),
			 0);
	out = text_load(t.child.out);
	err = text_load(t.child.err);
	assert_string_equal(out, "to stdout\n");
	assert_string_equal(err, "to stderr\n");
	free(out);
	free(err);
	out = text_load(path);
	assert_non_null(out);
	assert_true(strlen(out) > 100);
	assert_null(strstr(out, "to stdout"));
	free(out);
}

static void page_follows_the_programs_output(void **state)
{
	struct trace t;
	char *out;

	(void)state;
	assert_int_equal(trace_run(&t, ARGS("--", hog_path(), "echo", "first", "x"), 10), 0);
	out = text_load(t.child.out);
	assert_non_null(out);
	assert_memory_equal(out, "first\n", 6);
	assert_true(strlen(out) > 100);
	free(out);
}

static void descendants_are_followed_and_others_left_out(void **state)
{
	char path[PATH_MAX];
	struct child stranger;
	struct json_object *list;
	struct trace t;
	int64_t most = 0;

	(void)state;
	test_path(path, "json");
	hog_start(&stranger, NULL, ARGS("-k", "-n", "stranger", "anon", "4", "1"));
	assert_int_equal(
		trace_run(&t, ARGS("-j", "-o", path, "--", hog_path(), "nest", "3", "20000"), 20),
		0);
	trace_parse(&t, path);
	list = json_list(trace_summary(&t), "processes");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *p = json_object_array_get_idx(list, i);

		assert_string_equal(json_str(p, "comm"), "hog");
		if (json_int(p, "faults.minor") > most)
			most = json_int(p, "faults.minor");
	}
	assert_in_range(most, 20000, 21000);
	assert_false(child_ended(&stranger)); /* it was there all the time */
}

static void wrong_usage_is_status_2_and_names_the_mistake(void **state)
{
	(void)state;
	refusal_check(ARGS("--no-such-option"), 2, "no-such-option");
	refusal_check(ARGS("-Z"), 2, "Z");
	refusal_check(ARGS("bogus"), 2, "bogus");
	refusal_check(ARGS("-p", "12x"), 2, "12x");
	refusal_check(ARGS("-p", ""), 2, "-p");
	refusal_check(ARGS("-p", "99999999999999999999"), 2, "99999999999999999999");
	refusal_check(ARGS("-d", "soon"), 2, "soon");
	refusal_check(ARGS("-d", "-1"), 2, "-1");
	refusal_check(ARGS("-i", "0"), 2, "0");
	refusal_check(ARGS("--min", "5parsecs"), 2, "5parsecs");
	refusal_check(ARGS("--buffer", "lots"), 2, "lots");
	refusal_check(ARGS("-p"), 2, "p");
	refusal_check(ARGS("-u", "no-such-user-here"), 2, "no-such-user-here");
}

static void help_and_version_go_to_stdout(void **state)
{
	struct trace t;

	(void)state;
	assert_int_equal(trace_run(&t, ARGS("--help"), 5), 0);
	text_check(t.child.out, "--cgroup");
	assert_int_equal(trace_run(&t, ARGS("--version"), 5), 0);
	text_check(t.child.out, "memtrace");
}

static void targets_that_do_not_exist_are_refused_by_name(void **state)
{
	struct child gone;
	char pid[16];

	(void)state;
	hog_run(&gone, NULL, ARGS("exit", "0"), 5);
	snprintf(pid, sizeof(pid), "%d", gone.pid);
	refusal_check(ARGS("-d", "1", "-p", pid), 1, pid);
	refusal_check(ARGS("-d", "1", "-t", pid), 1, pid);
	refusal_check(ARGS("-d", "1", "-c", "/memtrace-test-no-such"), 1, "/memtrace-test-no-such");
}

static void without_rights_it_says_which_and_how_to_get_them(void **state)
{
	const char *argv[] = {memtrace_path(), "-d", "1", NULL};
	struct child c;

	(void)state;
	child_start(&c, &(struct spawn){.argv = argv, .uid = 65534});
	need_machine(child_wait(&c, 10 * slack()) != 126, "the program is not readable for others");
	assert_int_equal(c.status, 1);
	text_check(c.err, "CAP_BPF");
	text_check(c.err, "CAP_PERFMON");
}

/* With no rights but these: their doctor -j in t. */
static void doctor_of_nobody(struct trace *t, uint64_t caps)
{
	const char *argv[] = {memtrace_path(), "doctor", "-j", NULL};
	struct rlimit limit;
	struct child c;

	*t = (struct trace){0};
	/* Before 5.11 maps are locked memory: as LimitMEMLOCK=infinity, where this may be given. */
	getrlimit(RLIMIT_MEMLOCK, &limit);
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
	child_start(&c, &(struct spawn){.argv = argv, .uid = 65534, .caps = caps});
	setrlimit(RLIMIT_MEMLOCK, &limit);
	need_machine(child_wait(&c, 10 * slack()) != 126, "the program is not readable for others");
	if (c.status) {
		char *err = text_load(c.err);

		fail_msg("status %d: %s", c.status, err ? err : "");
	}
	trace_parse(t, c.out);
}

/* As a file capability or a systemd unit grants them: no root, no CAP_SYS_ADMIN. */
static void two_capabilities_are_enough_for_every_signal_from_bpf(void **state)
{
	struct trace t, root;
	struct json_object *o;

	(void)state;
	/* Debian's 3 refuses perf events to all without CAP_SYS_ADMIN, whatever else they hold. */
	setting_set("/proc/sys/kernel/perf_event_paranoid", "2");
	assert_int_equal(trace_run(&root, ARGS("doctor", "-j"), 10 * slack()), 0);
	trace_parse(&root, root.child.out);
	doctor_of_nobody(&t, 1ULL << CAP_BPF | 1ULL << CAP_PERFMON);
	for (int i = 0; (o = trace_line(&t, "probe", i)); i++)
		if (strcmp(json_str(o, "signal"), "oom.log") &&
		    strcmp(json_str(o, "signal"), "kernel.symbols") &&
		    strcmp(json_str(o, "status"),
			   trace_probe(&root, json_str(o, "signal"), "status")) != 0)
			fail_msg("%s is %s: %s", json_str(o, "signal"), json_str(o, "status"),
				 json_str(o, "reason"));
	assert_true(t.nlines > 15);
}

/* What times faults is of no use then: it must not cost anything either. */
static void refused_perf_events_name_the_sysctl_and_take_along_what_needs_them(void **state)
{
	struct trace t;

	(void)state;
	setting_set("/proc/sys/kernel/perf_event_paranoid", "3");
	doctor_of_nobody(&t, 1ULL << CAP_BPF | 1ULL << CAP_PERFMON);
	need_kernel(!strcmp(trace_probe(&t, "fault.major", "status"), "missing"),
		    "perf_event_paranoid of 3, which only some distributions know");
	assert_non_null(strstr(trace_probe(&t, "fault.major", "reason"),
			       "kernel.perf_event_paranoid to 2"));
	assert_string_equal(trace_probe(&t, "fault.latency", "status"), "missing");
	assert_non_null(strstr(trace_probe(&t, "fault.latency", "reason"), "needs fault.major"));
	assert_string_equal(trace_probe(&t, "fault.class", "status"), "missing");
	assert_string_equal(trace_probe(&t, "stall.memcg", "status"), "ok");
}

static void unwritable_output_is_refused_before_tracing(void **state)
{
	char path[PATH_MAX + 16], dir[PATH_MAX];
	double begin = now_s();

	(void)state;
	test_path(dir, "no-such-dir");
	snprintf(path, sizeof(path), "%.400s/page", dir);
	refusal_check(ARGS("-d", "5", "-o", path), 1, path);
	assert_true(now_s() - begin < 3 * slack());
}

static void full_disk_is_told(void **state)
{
	struct trace t;

	(void)state;
	assert_int_equal(trace_run(&t, ARGS("-d", "0.2", "-o", "/dev/full"), 10), 1);
	text_check(t.child.err, "/dev/full");
}

/* memtrace's stdout is a pipe whose reader leaves after the first line, like head -1. */
static void reader_that_leaves_ends_it_quietly(void **state)
{
	struct pollfd p = {.events = POLLIN};
	struct cgroup cg;
	struct child hog;
	struct trace t;
	struct stat st;
	char byte = 0;
	int out[2];

	(void)state;
	squeeze_cgroup(&cg, "head");
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	trace_spawn_as(&t, ARGS("stalls", "-j"), &(struct spawn){.out_fd = out[1]});
	close(out[1]);
	trace_await(&t);
	hog_start(&hog, &cg, ARGS("anon", "48", "2"));
	p.fd = out[0];
	while (byte != '\n' && poll(&p, 1, 20000 * slack()) == 1 && read(out[0], &byte, 1) == 1)
		;
	close(out[0]);
	assert_int_equal(byte, '\n');
	assert_int_equal(child_wait(&t.child, 5), 0);
	assert_int_equal(stat(t.child.err, &st), 0);
	if (st.st_size)
		text_check(t.child.err, "memtrace: tracing");
}

static void closed_stdout_is_an_error_not_a_hang(void **state)
{
	const char *argv[] = {memtrace_path(), "-d", "0.2", NULL};
	struct child c;

	(void)state;
	child_start(&c, &(struct spawn){.argv = argv, .no_stdout = true});
	assert_int_equal(child_wait(&c, 10), 1);
}

static void sigint_and_sigterm_end_with_the_page_and_status_0(void **state)
{
	static const char *const commands[] = {"summary", "stalls", "faults",
					       "swap",	  "oom",    "summary"};
	struct trace t[6];

	(void)state;
	for (int i = 0; i < 6; i++)
		trace_spawn(&t[i], ARGS(commands[i]));
	for (int i = 0; i < 6; i++)
		trace_await(&t[i]);
	for (int i = 0; i < 6; i++)
		kill(t[i].child.pid, i % 2 ? SIGTERM : SIGINT);
	for (int i = 0; i < 6; i++) {
		trace_wait(&t[i], 5 * slack(), 0);
		text_check(t[i].child.out, "Lost");
	}
}

static void duration_ends_it(void **state)
{
	double begin = now_s(), took;
	struct trace t;

	(void)state;
	assert_int_equal(trace_run(&t, ARGS("-j", "-d", "1"), 10), 0);
	took = now_s() - begin;
	assert_true(took >= 1.0 && took < 2.5 * slack());
	trace_parse(&t, t.child.out);
	assert_non_null(trace_summary(&t));
}

/* Watches it as told, lets it work and end; the run must end by itself. */
static void watched_to_its_end(struct child *hog, const char *option, bool twice)
{
	struct trace t;
	char ids[40];

	hog_start(hog, NULL, ARGS("-w", "minor", "1000"));
	snprintf(ids, sizeof(ids), twice ? "%d,%d" : "%d", hog->pid, hog->pid);
	trace_start(&t, ARGS("-j", option, ids));
	child_tell(hog);
	assert_int_equal(child_wait(hog, 5), 0);
	trace_wait(&t, 5, 0);
	if (getenv("MEMTRACE_DISABLE"))
		return;
	trace_parse(&t, t.child.out);
	assert_non_null(trace_process(&t, hog->pid, 0));
	assert_true(json_int(trace_process(&t, hog->pid, 0), "faults.minor") >= 1000);
	assert_true(json_int(trace_process(&t, hog->pid, 0), "faults.minor") <=
		    hog->usage.ru_minflt);
}

static void end_of_the_watched_process_ends_it(void **state)
{
	struct child hog;

	(void)state;
	watched_to_its_end(&hog, "-p", false);
	watched_to_its_end(&hog, "-p", true);
	watched_to_its_end(&hog, "-t", false);
}

/* An exit event may be lost: then /proc tells that it ended (but not what it did last). */
static void end_of_the_watched_process_ends_it_without_an_event(void **state)
{
	struct child hog;

	(void)state;
	setenv("MEMTRACE_DISABLE", "fault.exit:group-dead,fault.exit:live", 1);
	watched_to_its_end(&hog, "-p", false);
	unsetenv("MEMTRACE_DISABLE");
}

static void ignored_signal_stays_ignored(void **state)
{
	const char *argv[] = {"/bin/sh", "-c", "trap '' HUP; exec \"$0\" -j -d 2", memtrace_path(),
			      NULL};
	struct trace t = {0};

	(void)state;
	child_start(&t.child, &(struct spawn){.argv = argv});
	sleep_s(1);
	kill(t.child.pid, SIGHUP);
	assert_int_equal(child_wait(&t.child, 10), 0);
	trace_parse(&t, t.child.out);
	assert_true(json_object_get_double(json_get(trace_summary(&t), "duration_s")) > 1.5);
}

/* Width in characters: bytes that continue a UTF-8 character do not count. */
static void text_shape_check(const char *path)
{
	char *text = text_load(path);
	int width = 0;

	assert_non_null(text);
	assert_null(strchr(text, '\033'));
	for (const char *p = text; *p; p++) {
		if (*p == '\n') {
			width = 0;
			continue;
		}
		assert_true((unsigned char)*p >= ' ');
		width += ((unsigned char)*p & 0xc0) != 0x80;
		if (width >= 100)
			fail_msg("100 columns or more: ...%.60s", p > text + 59 ? p - 59 : text);
	}
	free(text);
}

static void text_is_under_100_columns_and_without_colour(void **state)
{
	static const char *const commands[] = {"summary", "stalls", "faults", "swap"};
	struct trace t[4];
	struct cgroup cg;
	struct child hog;

	(void)state;
	squeeze_cgroup(&cg, "a-cgroup-with-a-rather-long-name-that-will-not-fit-a-narrow-column");
	for (int i = 0; i < 4; i++)
		trace_spawn(&t[i], ARGS(commands[i], "-i", "0.5"));
	for (int i = 0; i < 4; i++)
		trace_await(&t[i]);
	hog_run(&hog, &cg, ARGS("-n", "fifteen-letters", SQUEEZE), 10);
	for (int i = 0; i < 4; i++)
		kill(t[i].child.pid, SIGINT);
	for (int i = 0; i < 4; i++) {
		trace_wait(&t[i], 20, 0);
		text_shape_check(t[i].child.out);
		text_check(t[i].child.out, "fifteen-letters");
	}
}

static void doctor_lists_each_signal(void **state)
{
	struct trace t;

	(void)state;
	assert_int_equal(trace_run(&t, ARGS("doctor"), 10), 0);
	text_shape_check(t.child.out);
	text_check(t.child.out, "stall.direct");
	text_check(t.child.out, "mm_vmscan_direct_reclaim_begin");
	assert_int_equal(trace_run(&t, ARGS("doctor", "-j"), 10), 0);
	trace_parse(&t, t.child.out);
	assert_true(t.nlines > 0);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(exit_status_is_the_programs_own),
	LIVE_TEST(program_killed_by_a_signal_gives_128_and_its_number),
	LIVE_TEST(program_not_found_gives_127_and_not_executable_126),
	LIVE_TEST(programs_output_is_untouched),
	LIVE_TEST(page_follows_the_programs_output),
	LIVE_TEST(descendants_are_followed_and_others_left_out),
	LIVE_TEST(wrong_usage_is_status_2_and_names_the_mistake),
	LIVE_TEST(help_and_version_go_to_stdout),
	LIVE_TEST(targets_that_do_not_exist_are_refused_by_name),
	LIVE_TEST(without_rights_it_says_which_and_how_to_get_them),
	LIVE_TEST(two_capabilities_are_enough_for_every_signal_from_bpf),
	LIVE_TEST(refused_perf_events_name_the_sysctl_and_take_along_what_needs_them),
	LIVE_TEST(unwritable_output_is_refused_before_tracing),
	LIVE_TEST(full_disk_is_told),
	LIVE_TEST(reader_that_leaves_ends_it_quietly),
	LIVE_TEST(closed_stdout_is_an_error_not_a_hang),
	LIVE_TEST(sigint_and_sigterm_end_with_the_page_and_status_0),
	LIVE_TEST(duration_ends_it),
	LIVE_TEST(end_of_the_watched_process_ends_it),
	LIVE_TEST(end_of_the_watched_process_ends_it_without_an_event),
	LIVE_TEST(ignored_signal_stays_ignored),
	LIVE_TEST(text_is_under_100_columns_and_without_colour),
	LIVE_TEST(doctor_lists_each_signal),
};

LIVE_GROUP(cli, tests)
