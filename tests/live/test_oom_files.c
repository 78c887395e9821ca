// SPDX-License-Identifier: GPL-2.0
/*
 * Reports on disk: three forms of each, what becomes of old ones, directories that cannot take
 * them, signals that ask for one, and the command that is told.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "oom.h"

/* Waits until so many reports are there in that form; the last of them by name. */
static void files_await(const char *dir, const char *ending, int n, char path[PATH_MAX])
{
	double end = now_s() + 20 * slack();

	while (dir_count(dir, ending, path) < n) {
		if (now_s() > end)
			fail_msg("no %d files %s in %s", n, ending, dir);
		sleep_s(0.05);
	}
}

static void one_kill(struct child *hog, const char *name)
{
	struct cgroup cg;

	cgroup_make(&cg, name, 48, 0);
	hog_die(hog, &cg, "0");
}

static void kill_leaves_text_json_and_markdown(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX], who[64];
	struct json_object *r;
	struct child hog;
	struct ooms o;

	(void)state;
	dir_make(dir, "reports");
	ooms_begin(&o, ARGS("oom", "-j", "--dir", dir));
	one_kill(&hog, "files");
	r = ooms_told(&o, NULL);
	snprintf(who, sizeof(who), "hog-%d", hog.pid);
	assert_int_equal(dir_count(dir, ".json", path), 1);
	assert_non_null(strstr(path, "/oom-2"));
	assert_non_null(strstr(path, who));
	assert_true(json_object_equal(json_file(path), r));
	snprintf(who, sizeof(who), "hog[%d]", hog.pid);
	assert_int_equal(dir_count(dir, ".txt", path), 1);
	text_check(path, who);
	text_harmless(path);
	assert_int_equal(dir_count(dir, ".md", path), 1);
	text_check(path, who);
	text_check(path, "\n## ");
	text_harmless(path);
	assert_int_equal(dir_count(dir, "", NULL), 3);
}

/* What an incident review asks for has a heading of its own. */
static void markdown_has_a_chapter_for_each_question_of_a_review(void **state)
{
	static const char *const chapters[] = {
		"When",	 "Impact",   "Symptoms", "Memory state", "Breakdown of consumption",
		"Cause", "Evidence", "Measures"};
	char dir[PATH_MAX], path[PATH_MAX], heading[64], *text;
	struct child hog;
	struct ooms o;

	(void)state;
	dir_make(dir, "reports");
	ooms_begin(&o, ARGS("oom", "-j", "--dir", dir));
	one_kill(&hog, "markdown");
	ooms_told(&o, NULL);
	files_await(dir, ".md", 1, path);
	text = text_load(path);
	assert_non_null(text);
	assert_memory_equal(text, "# ", 2);
	for (size_t i = 0; i < sizeof(chapters) / sizeof(chapters[0]); i++) {
		snprintf(heading, sizeof(heading), "\n## %s\n", chapters[i]);
		if (!strstr(text, heading))
			fail_msg("no chapter \"%s\" in %.3000s", chapters[i], text);
	}
	free(text);
}

static void only_the_newest_reports_are_kept(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX], who[64];
	struct child hog[3];
	struct ooms o;

	(void)state;
	dir_make(dir, "kept");
	ooms_begin(&o, ARGS("oom", "-j", "--dir", dir, "--keep", "2"));
	for (int i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "keep%d", i);
		one_kill(&hog[i], name);
		ooms_await(&o, i + 1);
		sleep_s(1.1); /* until the next is another second's */
	}
	ooms_end(&o);
	close(o.kmsg);
	assert_int_equal(dir_count(dir, ".txt", NULL), 2);
	assert_int_equal(dir_count(dir, ".md", NULL), 2);
	assert_int_equal(dir_count(dir, ".json", path), 2);
	snprintf(who, sizeof(who), "hog-%d", hog[2].pid);
	assert_non_null(strstr(path, who));
	snprintf(who, sizeof(who), "hog-%d.json", hog[0].pid);
	assert_int_equal(dir_count(dir, who, NULL), 0);
}

/* memtrace ends at once, with status 1, and says of which directory. */
static void refused(const char *dir, const char *said)
{
	struct trace t;

	if (trace_run(&t, ARGS("oom", "--dir", dir), 20) != 1) {
		char *err = text_load(t.child.err);

		fail_msg("%s: status %d: %s", dir, t.child.status, err ? err : "");
	}
	text_check(t.child.err, dir);
	text_check(t.child.err, said);
}

static void directory_that_cannot_take_reports_is_refused_at_the_start(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX];

	(void)state;
	test_path(dir, "no-such-dir");
	refused(dir, "mkdir");
	file_make(path, "no-dir", 0);
	refused(path, "irectory");
	disk_make(dir, "size=1m");
	assert_int_equal(mount(NULL, dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	refused(dir, "ead-only");
}

static void second_instance_is_refused_and_told_of_the_first(void **state)
{
	char dir[PATH_MAX], pid[16];
	struct trace t;

	(void)state;
	dir_make(dir, "taken");
	trace_start(&t, ARGS("oom", "-j", "--dir", dir));
	snprintf(pid, sizeof(pid), "%d", t.child.pid);
	refused(dir, pid);
	trace_end(&t);
	/* and then it is free again */
	trace_start(&t, ARGS("oom", "-j", "--dir", dir));
	trace_end(&t);
}

static void disk_fill(const char *path)
{
	static const char page[4096] = "full";
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (write(fd, page, sizeof(page)) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

static bool text_has(const char *path, const char *part)
{
	char *text = text_load(path);
	bool has = text && strstr(text, part);

	free(text);
	return has;
}

/* Room was taken for a report when there was some. */
static void report_is_on_a_disk_that_has_filled_up_since(void **state)
{
	char dir[PATH_MAX], filler[PATH_MAX + 8], path[PATH_MAX];
	struct child hog;
	struct ooms o;

	(void)state;
	disk_make(dir, "size=4m");
	snprintf(filler, sizeof(filler), "%s/filler", dir);
	ooms_begin(&o, ARGS("oom", "-j", "--dir", dir));
	disk_fill(filler);
	one_kill(&hog, "full");
	assert_true(json_object_equal(ooms_told(&o, NULL),
				      json_file((files_await(dir, ".json", 1, path), path))));
	assert_int_equal(dir_count(dir, ".txt", NULL), 1);
	assert_int_equal(dir_count(dir, ".md", NULL), 1);
}

/* When all such room is used up as well, it is told on stderr, and written later. */
static void report_that_finds_no_room_is_told_and_written_when_there_is_some(void **state)
{
	char dir[PATH_MAX], filler[PATH_MAX + 8], who[64], victim[64];
	double end = now_s() + 60 * slack();
	struct child hog;
	struct ooms o;
	int asked = 0;

	(void)state;
	disk_make(dir, "size=4m");
	snprintf(filler, sizeof(filler), "%s/filler", dir);
	ooms_begin(&o, ARGS("oom", "-j", "--dir", dir));
	do {
		disk_fill(filler);
		kill(o.t.child.pid, SIGUSR1);
		ooms_await(&o, ++asked);
		sleep_s(0.1 * slack());
		assert_true(now_s() < end);
	} while (dir_count(dir, ".json", NULL) == asked);
	one_kill(&hog, "fuller");
	ooms_await(&o, asked + 1);
	snprintf(who, sizeof(who), "hog[%d]", hog.pid);
	while (!text_has(o.t.child.err, who)) {
		assert_true(now_s() < end);
		sleep_s(0.05);
	}
	snprintf(victim, sizeof(victim), "hog-%d.json", hog.pid);
	assert_int_equal(dir_count(dir, victim, NULL), 0);
	assert_int_equal(unlink(filler), 0);
	files_await(dir, victim, 1, NULL);
	files_await(dir, ".json", asked + 1, NULL);
	files_await(dir, ".md", asked + 1, NULL);
	ooms_end(&o);
	close(o.kmsg);
}

static void report_of_now_is_written_when_asked_for(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX];
	struct json_object *r;
	struct ooms o;

	(void)state;
	dir_make(dir, "now");
	ooms_begin(&o, ARGS("oom", "-j", "--dir", dir));
	kill(o.t.child.pid, SIGUSR1);
	ooms_await(&o, 1);
	files_await(dir, ".json", 1, path);
	trace_end(&o.t);
	close(o.kmsg);
	r = ooms_only(&o);
	assert_non_null(strstr(path, "/now-2"));
	assert_string_equal(json_str(r, "reason"), "asked");
	assert_int_equal(json_int(r, "kills_total"), 0);
	assert_null(json_get(r, "victim"));
	assert_true(json_object_equal(json_file(path), r));
	assert_int_equal(dir_count(dir, ".md", NULL), 1);
}

static void hangup_opens_the_output_file_anew(void **state)
{
	char out[PATH_MAX], old[PATH_MAX + 8];
	double end = now_s() + 20 * slack();
	struct trace before = {0}, after = {0};
	struct child hog[2];
	struct cgroup cg;
	struct trace t;

	(void)state;
	test_path(out, "out");
	snprintf(old, sizeof(old), "%s.1", out);
	cgroup_make(&cg, "hup", 48, 0);
	trace_start(&t, ARGS("oom", "-j", "-o", out));
	hog_die(&hog[0], &cg, "0");
	while (!text_has(out, "{\"type\":\"oom\"") && now_s() < end)
		sleep_s(0.05);
	assert_int_equal(rename(out, old), 0);
	kill(t.child.pid, SIGHUP);
	while (access(out, F_OK) && now_s() < end)
		sleep_s(0.02);
	hog_die(&hog[1], &cg, "0");
	sleep_s(0.2 * slack());
	kill(t.child.pid, SIGINT);
	trace_wait(&t, 20, 0);
	trace_parse(&before, old);
	trace_parse(&after, out);
	assert_int_equal(json_int(trace_line(&before, "oom", 0), "victim.pid"), hog[0].pid);
	assert_null(trace_line(&before, "oom", 1));
	assert_int_equal(json_int(trace_line(&after, "oom", 0), "victim.pid"), hog[1].pid);
}

static void command_is_told_the_reports_path(void **state)
{
	char dir[PATH_MAX], said[PATH_MAX], command[3 * PATH_MAX + 64], text[2 * PATH_MAX], *json;
	double end = now_s() + 20 * slack();
	struct child hog;
	struct ooms o;

	(void)state;
	dir_make(dir, "exec");
	test_path(said, "said");
	snprintf(command, sizeof(command),
		 "echo \"$1 $MEMTRACE_REPORT_JSON\" >'%s.part' && mv '%s.part' '%s'", said, said,
		 said);
	ooms_begin(&o, ARGS("oom", "-j", "--dir", dir, "--exec", command));
	one_kill(&hog, "exec");
	while (access(said, F_OK) && now_s() < end)
		sleep_s(0.05);
	ooms_told(&o, NULL);
	assert_true(text_read(said, text, sizeof(text)) > 0);
	text[strcspn(text, "\n")] = '\0';
	json = strchr(text, ' ');
	assert_non_null(json);
	*json++ = '\0';
	assert_memory_equal(text, dir, strlen(dir));
	text_check(text, "hog");
	assert_int_equal(json_int(json_file(json), "victim.pid"), hog.pid);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(kill_leaves_text_json_and_markdown),
	LIVE_TEST(markdown_has_a_chapter_for_each_question_of_a_review),
	LIVE_TEST(only_the_newest_reports_are_kept),
	LIVE_TEST(directory_that_cannot_take_reports_is_refused_at_the_start),
	LIVE_TEST(second_instance_is_refused_and_told_of_the_first),
	LIVE_TEST(report_is_on_a_disk_that_has_filled_up_since),
	LIVE_TEST(report_that_finds_no_room_is_told_and_written_when_there_is_some),
	LIVE_TEST(report_of_now_is_written_when_asked_for),
	LIVE_TEST(hangup_opens_the_output_file_anew),
	LIVE_TEST(command_is_told_the_reports_path),
};

LIVE_GROUP(oom_files, tests)
