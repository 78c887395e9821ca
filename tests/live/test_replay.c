// SPDX-License-Identifier: GPL-2.0
/*
 * A page of a live run is the page of its own recording, to the byte, for whoever may read that
 * file and nothing else; and recordings whose memtrace was killed.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <sys/stat.h>
#include "oom.h"

#define NOBODY 65534

/* Live runs of one command at the same time, each with its recording: text, and JSON. */
struct pages {
	char dir[PATH_MAX], file[2][PATH_MAX];
	struct trace live[2];
};

static const char *const forms[] = {"--no-color", "-j"};

/* args: those of a view, which hold live as well as of a recording. */
static void args_make(const char *argv[32], const char *const *args, int form,
		      const char *const *more)
{
	int n = 0;

	while (*args)
		argv[n++] = *args++;
	argv[n++] = forms[form];
	while (*more)
		argv[n++] = *more++;
	argv[n] = NULL;
}

static void pages_begin(struct pages *p, const char *const *args, const char *const *live_only)
{
	const char *argv[32];

	dir_make(p->dir, "recordings");
	for (int i = 0; i < 2; i++) {
		snprintf(p->file[i], PATH_MAX, "%.3000s/%d.mtr", p->dir, i);
		args_make(argv, args, i, live_only);
		env_set("MEMTRACE_TEE", p->file[i]);
		trace_spawn(&p->live[i], argv);
	}
	unsetenv("MEMTRACE_TEE");
	for (int i = 0; i < 2; i++)
		trace_await(&p->live[i]);
}

/* Who may read the file, and nothing else: not write to its directory, not trace. */
static void replay_as_nobody(struct trace *t, const char *file, const char *const *args)
{
	if (chmod(file, 0644))
		fail_msg("%s: %s", file, strerror(errno));
	trace_spawn_as(t, args, &(struct spawn){.uid = NOBODY});
	close(t->ready_fd);
	if (child_wait(&t->child, 20 * slack()) == 126)
		need_machine(false, "memtrace is not readable for others");
}

static void same_bytes(const char *live, const char *replayed)
{
	char *a = text_load(live), *b = text_load(replayed), command[2 * PATH_MAX + 32];

	assert_non_null(a);
	assert_non_null(b);
	assert_true(strlen(a) > 0);
	if (strcmp(a, b)) {
		snprintf(command, sizeof(command), "diff '%s' '%s' | head -20 >&2", live, replayed);
		if (system(command) < 0)
			print_message("# no diff\n");
		fail_msg("the live page is not the recording's");
	}
	free(a);
	free(b);
}

static void pages_end(struct pages *p, const char *const *args)
{
	for (int i = 0; i < 2; i++)
		kill(p->live[i].child.pid, SIGINT);
	for (int i = 0; i < 2; i++)
		trace_wait(&p->live[i], 20, 0);
	chmod(p->dir, 0555);
	for (int i = 0; i < 2; i++) {
		const char *argv[32];
		struct trace t;

		args_make(argv, args, i, ARGS("-r", p->file[i]));
		replay_as_nobody(&t, p->file[i], argv);
		text_check(p->live[i].child.out, "");
		assert_int_equal(t.child.status, 0);
		same_bytes(p->live[i].child.out, t.child.out);
	}
	chmod(p->dir, 0755);
}

static void squeezed(const char *const *args, const char *const *live_only)
{
	struct cgroup cg;
	struct pages p;

	squeeze_cgroup(&cg, "replayed");
	pages_begin(&p, args, live_only);
	hog_run(&(struct child){0}, &cg, ARGS(SQUEEZE), 20 * slack());
	sleep_s(1.2);
	pages_end(&p, args);
}

static void summary_is_that_of_its_recording(void **state)
{
	(void)state;
	squeezed(ARGS("summary"), ARGS("-K"));
}

static void summary_of_a_cgroup_with_user_stacks_is_that_of_its_recording(void **state)
{
	(void)state;
	squeezed(ARGS("summary", "--rows", "3"), ARGS("-U", "--sample", "50"));
}

static void stalls_are_those_of_their_recording(void **state)
{
	(void)state;
	squeezed(ARGS("stalls", "--min", "100us"), ARGS("-n", "hog"));
}

static void faults_are_those_of_their_recording(void **state)
{
	(void)state;
	squeezed(ARGS("faults", "--sort", "rss", "--min", "50us"), ARGS("-i", "0.5"));
}

static void threads_that_fault_are_those_of_their_recording(void **state)
{
	(void)state;
	squeezed(ARGS("faults", "-L", "--rows", "1000"), ARGS("-i", "0.5"));
}

static void swap_is_that_of_its_recording(void **state)
{
	(void)state;
	squeezed(ARGS("swap"), ARGS("-i", "0.5"));
}

static void program_is_that_of_its_recording(void **state)
{
	char file[PATH_MAX], dir[PATH_MAX], page[PATH_MAX]; /* PROGRAM writes to stdout, too */
	struct trace live, replayed;

	(void)state;
	dir_make(dir, "recordings");
	snprintf(file, sizeof(file), "%.3000s/program.mtr", dir);
	snprintf(page, sizeof(page), "%.3000s/page", dir);
	env_set("MEMTRACE_TEE", file);
	assert_int_equal(
		trace_run(&live, ARGS("summary", "-o", page, "--", hog_path(), "anon", "20", "0.5"),
			  20),
		0);
	unsetenv("MEMTRACE_TEE");
	replay_as_nobody(&replayed, file, ARGS("summary", "-r", file));
	same_bytes(page, replayed.child.out);
}

static void oom_reports_are_those_of_their_recording(void **state)
{
	struct child hog;
	struct cgroup cg;
	struct pages p;

	(void)state;
	need_signal("oom.kill");
	pages_begin(&p, ARGS("oom"), ARGS("-v"));
	cgroup_make(&cg, "replayed", 48, 0);
	hog_die(&hog, &cg, "0");
	sleep_s(3 * slack());
	pages_end(&p, ARGS("oom", "-v"));
	text_check(p.live[0].child.out, "hog");
}

/* What kill -9 leaves: the file, what belongs beside it, and a second less than there was. */
static void killed_recording_is_read_without_any_right(void **state)
{
	char dir[PATH_MAX], file[PATH_MAX], other[PATH_MAX + 8];
	struct trace t, replayed;
	struct cgroup cg;

	(void)state;
	dir_make(dir, "recordings");
	snprintf(file, sizeof(file), "%.3000s/killed.mtr", dir);
	squeeze_cgroup(&cg, "killed");
	trace_start(&t, ARGS("record", "-q", "-o", file));
	hog_run(&(struct child){0}, &cg, ARGS(SQUEEZE), 20 * slack());
	sleep_s(2.5);
	kill(t.child.pid, SIGKILL);
	child_wait(&t.child, 10);
	for (const char *const *s = ARGS("-wal", "-shm"); *s; s++) {
		snprintf(other, sizeof(other), "%s%s", file, *s);
		chmod(other, 0644);
	}
	chmod(dir, 0555);
	for (int i = 0; i < 2; i++) { /* with FILE-shm, and without */
		replay_as_nobody(&replayed, file, ARGS("summary", "-j", "-r", file));
		assert_int_equal(replayed.child.status, 0);
		text_check(replayed.child.err, "or memtrace was killed");
		trace_parse(&replayed, replayed.child.out);
		assert_true(json_int(trace_summary(&replayed), "stalls.count") > 50);
		chmod(dir, 0755);
		unlink(other);
		chmod(dir, 0555);
	}
	chmod(dir, 0755);
}

static void recording_that_is_being_made_is_read(void **state)
{
	char dir[PATH_MAX], file[PATH_MAX];
	struct trace t, replayed;

	(void)state;
	dir_make(dir, "recordings");
	snprintf(file, sizeof(file), "%.3000s/running.mtr", dir);
	trace_start(&t, ARGS("record", "-q", "-o", file));
	sleep_s(3.5);
	assert_int_equal(trace_run(&replayed, ARGS("summary", "-j", "-r", file), 20), 0);
	trace_parse(&replayed, replayed.child.out);
	assert_non_null(trace_summary(&replayed));
	kill(t.child.pid, SIGINT);
	trace_wait(&t, 20, 0);
	assert_int_equal(trace_run(&replayed, ARGS("doctor", "-r", file), 20), 0);
	text_check(replayed.child.out, "stall.direct");
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(summary_is_that_of_its_recording),
	LIVE_TEST(summary_of_a_cgroup_with_user_stacks_is_that_of_its_recording),
	LIVE_TEST(stalls_are_those_of_their_recording),
	LIVE_TEST(faults_are_those_of_their_recording),
	LIVE_TEST(threads_that_fault_are_those_of_their_recording),
	LIVE_TEST(swap_is_that_of_its_recording),
	LIVE_TEST(program_is_that_of_its_recording),
	LIVE_TEST(oom_reports_are_those_of_their_recording),
	LIVE_TEST(killed_recording_is_read_without_any_right),
	LIVE_TEST(recording_that_is_being_made_is_read),
};
LIVE_GROUP(replay, tests)
