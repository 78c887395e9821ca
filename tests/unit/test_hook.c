// SPDX-License-Identifier: GPL-2.0
/* The command of --exec: what it is given, how many at a time, what becomes of those that hang. */
#include <signal.h>
#include <sys/wait.h>
#include "test_sys_tree.h"
#include "clock.h"
#include "hook.h"

static struct hook hook;
static char dir[PATH_MAX], report[PATH_MAX + 64];

static int setup(void **state)
{
	if (tree_setup(state))
		return -1;
	strcpy(dir, ((struct sysroot *)*state)->path);
	snprintf(report, sizeof(report), "%s/oom it's-1.txt", dir);
	setenv("OUT", dir, 1);
	memset(&hook, 0, sizeof(hook));
	return 0;
}

static int teardown(void **state)
{
	hook_fini(&hook);
	return tree_teardown(state);
}

static const char *content(const char *file)
{
	static char buf[65536];
	char path[2 * PATH_MAX];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "re");
	if (!f)
		return "(none)";
	n = fread(buf, 1, sizeof(buf) - 1, f);
	buf[n] = 0;
	fclose(f);
	return buf;
}

static bool idle(void)
{
	for (int i = 0; i < HOOK_RUNNING; i++)
		if (hook.running[i].pid)
			return false;
	return !hook.nwaiting;
}

/* Ticks at this time until nothing runs, ten seconds at most. */
static void wait_idle(uint64_t now_ns)
{
	for (int i = 0; i < 1000 && !idle(); i++) {
		usleep(10000);
		hook_tick(&hook, now_ns);
	}
	assert_true(idle());
}

static void run(const char *command)
{
	assert_int_equal(hook_init(&hook, command, NULL, NULL), 0);
	hook_run(&hook, report, 1);
}

static void it_gets_the_paths_of_all_forms(void **state)
{
	char want[4 * PATH_MAX];

	(void)state;
	run("printf '%s|' \"$1\" \"$MEMTRACE_REPORT\" \"$MEMTRACE_REPORT_JSON\" "
	    "\"$MEMTRACE_REPORT_MD\" $# >\"$OUT/out\"");
	wait_idle(1);
	snprintf(want, sizeof(want), "%s|%s|%.*s.json|%.*s.md|1|", report, report,
		 (int)strlen(report) - 4, report, (int)strlen(report) - 4, report);
	assert_string_equal(content("out"), want);
}

/* A mask of signals in a text like /proc/PID/status. */
static uint64_t signals(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	assert_non_null(at);
	return strtoull(at + strlen(name), NULL, 16);
}

/* glibc keeps these for itself: a program that make(1) starts by posix_spawn() has them ignored,
 * and signal() does not change that. */
#define GLIBC_SIGNALS (1ull << (32 - 1) | 1ull << (33 - 1))

static void it_has_none_of_what_is_ours(void **state)
{
	sigset_t set, old;

	(void)state;
	setenv("NOTIFY_SOCKET", "/x", 1);
	setenv("WATCHDOG_USEC", "1", 1);
	setenv("MEMTRACE_REPORT", "stale", 1);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int sig = 1; sig < NSIG; sig++) /* whoever started the tests may have some ignored */
		signal(sig, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	run("{ env; cat; cat /proc/self/status; readlink /proc/self/fd/0; } >\"$OUT/out\"");
	wait_idle(1);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("MEMTRACE_REPORT");
	assert_int_equal(signals(content("out"), "\nSigBlk:"), 0);
	assert_int_equal(signals(content("out"), "\nSigIgn:") & ~GLIBC_SIGNALS, 0);
	assert_null(strstr(content("out"), "NOTIFY_SOCKET"));
	assert_null(strstr(content("out"), "WATCHDOG"));
	assert_null(strstr(content("out"), "stale"));
	assert_non_null(strstr(content("out"), "\n/dev/null\n"));
}

static void note_child(void *ctx)
{
	close(open(ctx, O_WRONLY | O_CREAT, 0600));
}

static void what_has_to_be_undone_is_undone_in_the_child(void **state)
{
	char path[2 * PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%s/undone", dir);
	assert_int_equal(hook_init(&hook, "test -e \"$OUT/undone\" && echo yes >\"$OUT/out\"",
				   note_child, path),
			 0);
	hook_run(&hook, report, 1);
	wait_idle(1);
	assert_string_equal(content("out"), "yes\n");
}

static void four_run_at_a_time_and_all_in_the_end(void **state)
{
	(void)state;
	assert_int_equal(
		hook_init(&hook,
			  "mkdir \"$OUT/run$$\"; ls -d \"$OUT\"/run* | wc -l >>\"$OUT/many\"; "
			  "sleep 0.1; rmdir \"$OUT/run$$\"; echo x >>\"$OUT/out\"",
			  NULL, NULL),
		0);
	for (int i = 0; i < 12; i++)
		hook_run(&hook, report, 1);
	assert_int_equal(hook.nwaiting, 12 - HOOK_RUNNING);
	wait_idle(1);
	assert_int_equal(strlen(content("out")), 12 * 2);
	for (const char *p = content("many"); *p; p = strchr(p, '\n') + 1)
		assert_true(atoi(p) <= HOOK_RUNNING);
	assert_int_equal(hook.skipped, 0);
}

static void those_beyond_the_queue_are_counted(void **state)
{
	(void)state;
	assert_int_equal(hook_init(&hook, "sleep 0.2", NULL, NULL), 0);
	for (int i = 0; i < HOOK_RUNNING + HOOK_WAITING + 3; i++)
		hook_run(&hook, report, 1);
	assert_int_equal(hook.skipped, 3);
	wait_idle(1);
}

static void what_hangs_is_killed_with_what_it_started(void **state)
{
	int pid;

	(void)state;
	run("sleep 1000 & echo $! >\"$OUT/out\"; wait");
	for (int i = 0; i < 500 && !strchr(content("out"), '\n'); i++)
		usleep(10000);
	pid = atoi(content("out"));
	assert_true(pid > 0);
	hook_tick(&hook, HOOK_LIMIT_NS);
	assert_false(idle());
	wait_idle(HOOK_LIMIT_NS + 1);
	for (int i = 0; i < 500 && !kill(pid, 0); i++) {
		char file[64], state_of[256] = "";
		int fd;

		/* It may be a zombie still, if nobody reaps orphans here. */
		snprintf(file, sizeof(file), "/proc/%d/stat", pid);
		fd = open(file, O_RDONLY);
		if (fd < 0 || read(fd, state_of, sizeof(state_of) - 1) <= 0 ||
		    strstr(state_of, ") Z"))
			pid = -1;
		if (fd >= 0)
			close(fd);
		if (pid < 0)
			break;
		usleep(10000);
	}
	assert_true(pid < 0 || kill(pid, 0));
}

static void children_of_others_are_left_to_them(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(7);
	run("exit 3");
	wait_idle(1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void at_the_end_those_that_run_are_waited_for(void **state)
{
	(void)state;
	assert_int_equal(hook_init(&hook, "sleep 0.3; echo done >\"$OUT/out\"", NULL, NULL), 0);
	hook_run(&hook, report, boottime_ns());
	hook_fini(&hook);
	assert_string_equal(content("out"), "done\n");
}

static void without_a_command_nothing_is_run(void **state)
{
	(void)state;
	run(NULL);
	assert_true(idle());
}

#define hook_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		hook_test(it_gets_the_paths_of_all_forms),
		hook_test(it_has_none_of_what_is_ours),
		hook_test(what_has_to_be_undone_is_undone_in_the_child),
		hook_test(four_run_at_a_time_and_all_in_the_end),
		hook_test(those_beyond_the_queue_are_counted),
		hook_test(what_hangs_is_killed_with_what_it_started),
		hook_test(children_of_others_are_left_to_them),
		hook_test(at_the_end_those_that_run_are_waited_for),
		hook_test(without_a_command_nothing_is_run),
	};

	return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
