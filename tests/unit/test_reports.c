// SPDX-License-Identifier: GPL-2.0
/* The directory of reports: names, rotation, locks, spare files, a disk that is full or goes away.
 */
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include "test_sys_tree.h"
#include "reports.h"

/* 2026-11-28 05:12:33 UTC; long gone for whoever runs the tests. */
#define THEN (1795842753ull - 20ull * 365 * 86400)
#define SEC  1000000000ull

static struct reports reports;
static char dir[PATH_MAX];
static char written[64][PATH_MAX];
static int nwritten;
static size_t text_bytes; /* how long reports are; 0 = a line */

static void on_written(void *ctx, const char *path)
{
	(void)ctx;
	snprintf(written[nwritten++ % 64], PATH_MAX, "%s", path);
}

static void print(void *ctx, enum report_form form, bool brief, FILE *out)
{
	static const char *const names[] = {"text", "json", "markdown"};

	fprintf(out, "%s%s of %s\n", brief ? "brief " : "", names[form], (const char *)ctx);
	for (size_t n = 0; !brief && n < text_bytes; n += 10)
		fputs("123456789\n", out);
}

static int setup(void **state)
{
	if (tree_setup(state))
		return -1;
	strcpy(dir, ((struct sysroot *)*state)->path);
	nwritten = 0;
	text_bytes = 0;
	memset(&reports, 0, sizeof(reports));
	return 0;
}

static int teardown(void **state)
{
	reports_close(&reports);
	return tree_teardown(state);
}

static int open_keeping(unsigned keep)
{
	struct reports_opts opts = {.dir = dir, .keep = keep, .written = on_written};

	return reports_open(&reports, &opts);
}

static int put(const char *comm, uint32_t pid, uint64_t after_s)
{
	struct report_name name = {.realtime_ns = (THEN + after_s) * SEC, .pid = pid};

	snprintf(name.comm, sizeof(name.comm), "%s", comm);
	return reports_put(&reports, &name, print, (void *)comm);
}

/* Content of a file in the directory; NULL = there is none. */
static const char *content(const char *file)
{
	static char buf[1 << 20];
	char path[2 * PATH_MAX];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "re");
	if (!f)
		return NULL;
	n = fread(buf, 1, sizeof(buf) - 1, f);
	buf[n] = 0;
	fclose(f);
	return buf;
}

static void put_file(const char *file, const char *text)
{
	char path[2 * PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* How many files' names begin with this. */
static int count(const char *prefix)
{
	char cmd[2 * PATH_MAX], line[32] = "";
	FILE *f;

	snprintf(cmd, sizeof(cmd), "ls -A '%s' | grep -c '^%s'", dir, prefix);
	f = popen(cmd, "re");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	pclose(f);
	return atoi(line);
}

/* A file system of so many KiB in place of the directory. */
static bool have_small_disk(unsigned kib)
{
	char opts[64];

	snprintf(opts, sizeof(opts), "size=%uk", kib);
	return !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", dir, "tmpfs", 0, opts);
}

static void need_small_disk(unsigned kib)
{
	if (have_small_disk(kib))
		return;
	print_message("mount: %s\n", strerror(errno));
	skip();
}

static void give_back_disk(void)
{
	reports_close(&reports);
	umount2(dir, MNT_DETACH);
}

static void a_report_is_three_files_named_by_time_and_victim(void **state)
{
	char path[2 * PATH_MAX];
	struct stat st;

	(void)state;
	assert_int_equal(open_keeping(100), 0);
	assert_int_equal(put("hog", 42, 0), 0);
	assert_string_equal(content("oom-20061203T051233Z-hog-42.txt"), "text of hog\n");
	assert_string_equal(content("oom-20061203T051233Z-hog-42.json"), "json of hog\n");
	assert_string_equal(content("oom-20061203T051233Z-hog-42.md"), "markdown of hog\n");
	snprintf(path, sizeof(path), "%s/oom-20061203T051233Z-hog-42.txt", dir);
	assert_string_equal(reports_path(&reports), path);
	assert_int_equal(nwritten, 1);
	assert_string_equal(written[0], path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void a_report_of_now_has_no_victim_in_its_name(void **state)
{
	struct report_name name = {.realtime_ns = THEN * SEC, .asked = true};

	(void)state;
	assert_int_equal(open_keeping(100), 0);
	assert_int_equal(reports_put(&reports, &name, print, "me"), 0);
	assert_int_equal(reports_put(&reports, &name, print, "me"), 0);
	assert_non_null(content("now-20061203T051233Z.txt"));
	assert_non_null(content("now-20061203T051233Z-2.txt"));
}

static void nothing_is_ever_replaced(void **state)
{
	(void)state;
	put_file("oom-20061203T051233Z-hog-42.md", "mine");
	assert_int_equal(open_keeping(100), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(put("hog", 42, 0), 0);
	assert_string_equal(content("oom-20061203T051233Z-hog-42.md"), "mine");
	assert_null(content("oom-20061203T051233Z-hog-42.txt"));
	assert_non_null(content("oom-20061203T051233Z-hog-42-2.txt"));
	assert_non_null(content("oom-20061203T051233Z-hog-42-4.md"));
}

static void hostile_names_of_processes_stay_in_the_directory(void **state)
{
	static const struct {
		const char *comm, *file;
	} cases[] = {
		{"../../etc/x", "oom-20061203T051233Z-.._.._etc_x-1.txt"},
		{"/", "oom-20061203T051233Z-_-1.txt"},
		{"a\nb\tc d", "oom-20061203T051233Z-a_b_c_d-1.txt"},
		{"", "oom-20061203T051233Z-_-1-2.txt"},
		{"..", "oom-20061203T051233Z-..-1.txt"},
		{"\xff\x1b[2J\x7f", "oom-20061203T051233Z-___2J_-1.txt"},
		{"kworker/0:1-ev", "oom-20061203T051233Z-kworker_0_1-ev-1.txt"},
		{"a.json-7", "oom-20061203T051233Z-a.json-7-1.txt"},
	};

	(void)state;
	assert_int_equal(open_keeping(100), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(put(cases[i].comm, 1, 0), 0);
		assert_non_null(content(cases[i].file));
		assert_int_equal(report_name_base(cases[i].file), strlen(cases[i].file) - 4);
	}
}

static void of_a_thousand_reports_the_newest_five_stay(void **state)
{
	(void)state;
	have_small_disk(64 << 10); /* that is faster, no more */
	put_file("notes.txt", "");
	put_file("oom-20001128T051233Z-notes.txt", "");
	put_file("oom-summary.md", "");
	assert_int_equal(open_keeping(5), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(put(i % 2 ? "a" : "z", 7, i), 0);
	assert_int_equal(count("oom-2006"), 15);
	assert_non_null(content("oom-20061203T052912Z-a-7.txt"));
	assert_non_null(content("oom-20061203T052908Z-a-7.md"));
	assert_null(content("oom-20061203T052907Z-z-7.json"));
	assert_non_null(content("notes.txt"));
	assert_non_null(content("oom-20001128T051233Z-notes.txt"));
	assert_non_null(content("oom-summary.md"));
	give_back_disk();
}

static void a_thousand_left_by_earlier_runs_are_rotated_too(void **state)
{
	char file[64];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		/* Some lost a part, by hand. */
		for (int form = i % 3; form < REPORT_FORMS; form++) {
			snprintf(file, sizeof(file), "oom-20001128T05%02d%02dZ-x-1.%s", i / 60,
				 i % 60, report_forms[form].ext);
			put_file(file, "");
		}
	}
	put_file("now-20001128T053000Z.txt", "");
	assert_int_equal(open_keeping(3), 0);
	assert_int_equal(put("new", 7, 0), 0);
	assert_int_equal(count("oom-2000"), 3);
	assert_non_null(content("oom-20001128T051639Z-x-1.txt"));
	assert_non_null(content("now-20001128T053000Z.txt"));
	assert_int_equal(count("oom-2006"), 3);
}

static void copies_of_a_name_are_of_an_age(void **state)
{
	(void)state;
	assert_int_equal(open_keeping(5), 0);
	for (int i = 0; i < 12; i++)
		assert_int_equal(put("hog", 42, 0), 0);
	assert_int_equal(count("oom-"), 15);
	assert_non_null(content("oom-20061203T051233Z-hog-42-12.txt"));
	assert_non_null(content("oom-20061203T051233Z-hog-42-8.txt"));
}

static void reports_of_a_time_to_come_go_first(void **state)
{
	(void)state;
	/* The clock was wrong, and has been set back since. */
	put_file("oom-21990101T000000Z-x-1.txt", "");
	put_file("oom-21990102T000000Z-x-1.txt", "");
	assert_int_equal(open_keeping(2), 0);
	assert_int_equal(put("a", 1, 0), 0);
	assert_int_equal(count("oom-2199"), 1);
	assert_non_null(content("oom-21990102T000000Z-x-1.txt"));
	assert_int_equal(put("b", 1, 1), 0);
	assert_int_equal(count("oom-2199"), 0);
	assert_int_equal(count("oom-2006"), 6);
}

static void a_second_memtrace_is_refused(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(open_keeping(5), 0);
	pid = fork();
	if (pid == 0) {
		struct reports_opts opts = {.dir = dir, .keep = 5};
		static struct reports other;

		_exit(reports_open(&other, &opts) == -EBUSY ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(atoi(content(".memtrace.lock")), (int)getpid());
	reports_close(&reports);
	assert_int_equal(open_keeping(5), 0);
}

static void a_directory_that_is_none_is_refused(void **state)
{
	(void)state;
	strcat(dir, "/none");
	assert_int_equal(open_keeping(5), -ENOENT);
	dir[strlen(dir) - strlen("/none")] = 0;
	put_file("file", "");
	strcat(dir, "/file");
	assert_int_equal(open_keeping(5), -ENOTDIR);
}

static void a_directory_of_others_is_refused(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(chmod(dir, 0555), 0);
	pid = fork();
	if (pid == 0) {
		if (!geteuid() && setresuid(65534, 65534, 65534))
			_exit(1);
		_exit(open_keeping(5) == -EACCES ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void spares_of_a_run_that_died_are_used_again(void **state)
{
	char path[2 * PATH_MAX];
	struct stat before, after;

	(void)state;
	put_file(".spare-0.txt", "half a report that is longer than the new one\n");
	snprintf(path, sizeof(path), "%s/.spare-0.txt", dir);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(open_keeping(5), 0);
	assert_int_equal(put("hog", 42, 0), 0);
	assert_string_equal(content("oom-20061203T051233Z-hog-42.txt"), "text of hog\n");
	assert_int_equal(stat(reports_path(&reports), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(count(".spare"), REPORT_FORMS * SPARES);
	reports_close(&reports);
	assert_int_equal(count(".spare"), 0);
}

static void a_spare_that_leads_elsewhere_is_not_followed(void **state)
{
	char victim[2 * PATH_MAX], spare[2 * PATH_MAX];

	(void)state;
	put_file("victim", "precious");
	snprintf(victim, sizeof(victim), "%s/victim", dir);
	snprintf(spare, sizeof(spare), "%s/.spare-0.txt", dir);
	assert_int_equal(symlink(victim, spare), 0);
	snprintf(spare, sizeof(spare), "%s/.spare-1.txt", dir);
	assert_int_equal(link(victim, spare), 0);
	assert_int_equal(open_keeping(5), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(put("hog", 42, i), 0);
	assert_string_equal(content("victim"), "precious");
}

static void spares_that_somebody_removes_are_made_anew(void **state)
{
	char cmd[2 * PATH_MAX];

	(void)state;
	assert_int_equal(open_keeping(5), 0);
	snprintf(cmd, sizeof(cmd), "rm '%s'/.spare-*", dir);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(put("hog", 42, 0), 0);
	assert_string_equal(content("oom-20061203T051233Z-hog-42.txt"), "text of hog\n");
}

static void a_report_that_is_too_long_is_cut_and_says_so(void **state)
{
	const char *text;

	(void)state;
	text_bytes = 600 << 10;
	assert_int_equal(open_keeping(5), 0);
	assert_int_equal(put("hog", 42, 0), 0);
	text = content("oom-20061203T051233Z-hog-42.txt");
	assert_true(strlen(text) <= report_forms[FORM_TEXT].bytes);
	assert_true(strlen(text) > report_forms[FORM_TEXT].bytes - 100);
	assert_non_null(strstr(text, "\n123456789\n\n[The report goes on"));
	assert_string_equal(content("oom-20061203T051233Z-hog-42.json"), "brief json of hog\n");
}

/* Takes all room that is left. */
static void fill_disk(void)
{
	char path[2 * PATH_MAX], zeros[4096] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/ballast", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	close(fd);
}

static void free_disk(void)
{
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/ballast", dir);
	assert_int_equal(unlink(path), 0);
}

static void on_a_full_disk_spares_take_reports_then_memory_does(void **state)
{
	size_t len;

	(void)state;
	need_small_disk(6 << 10);
	text_bytes = 200 << 10;
	assert_int_equal(open_keeping(100), 0);
	fill_disk();
	for (int i = 0; i < SPARES; i++)
		assert_int_equal(put("early", 1, i), 0);
	/* What spares had too much is room for a few more. */
	for (int i = 0; i < 9 && !put("fill", 1, i); i++)
		fill_disk();
	nwritten = 0;
	assert_int_equal(put("late", 1, 9), -ENOSPC);
	assert_memory_equal(reports_waiting(&reports, &len), "text of late\n", 13);
	assert_true(len > text_bytes);
	reports_tick(&reports);
	assert_int_equal(nwritten, 0);
	free_disk();
	reports_tick(&reports);
	assert_true(nwritten > 0);
	assert_int_equal(reports.pending.n, 0);
	assert_non_null(content("oom-20061203T051242Z-late-1.json"));
	assert_int_equal(reports.lost, 0);
	give_back_disk();
}

static void on_a_disk_without_room_for_spares_short_reports_fit(void **state)
{
	(void)state;
	need_small_disk(64);
	assert_int_equal(open_keeping(2), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(put("hog", 1, i), 0);
	assert_int_equal(count("oom-"), 2 * REPORT_FORMS);
	give_back_disk();
}

static void on_a_full_disk_the_oldest_of_too_many_is_lost_and_counted(void **state)
{
	(void)state;
	need_small_disk(8 << 10);
	fill_disk();
	assert_int_equal(open_keeping(100), 0);
	for (int i = 0; i < PENDING_MAX + 2; i++)
		assert_int_equal(put("hog", 1, i), -ENOSPC);
	assert_int_equal(reports.pending.n, PENDING_MAX);
	assert_int_equal(reports.lost, 2);
	free_disk();
	reports_tick(&reports);
	assert_int_equal(count("oom-"), PENDING_MAX * REPORT_FORMS);
	assert_null(content("oom-20061203T051234Z-hog-1.txt"));
	assert_string_equal(content("oom-20061203T051235Z-hog-1.txt"), "text of hog\n");
	assert_int_equal(reports_close(&reports), -EIO);
	give_back_disk();
}

static void long_reports_wait_in_the_same_memory(void **state)
{
	(void)state;
	need_small_disk(64);
	text_bytes = 600 << 10;
	assert_int_equal(open_keeping(100), 0);
	fill_disk();
	for (int i = 0; i < 20; i++)
		assert_true(put("hog", 1, i) < 0);
	assert_true(reports.pending.n >= 4);
	assert_int_equal(reports.pending.n + reports.lost, 20);
	assert_int_equal(reports_close(&reports), -EIO);
	assert_int_equal(reports.lost, 20);
	give_back_disk();
}

static void a_disk_that_is_mounted_read_only_is_refused(void **state)
{
	(void)state;
	need_small_disk(8 << 10);
	assert_int_equal(mount(NULL, dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_int_equal(open_keeping(100), -EROFS);
	give_back_disk();
}

static void after_a_reload_reports_go_to_the_new_directory(void **state)
{
	char old[2 * PATH_MAX], file[3 * PATH_MAX];

	(void)state;
	strcat(dir, "/d");
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(open_keeping(5), 0);
	assert_int_equal(put("one", 1, 0), 0);
	snprintf(old, sizeof(old), "%s.1", dir);
	assert_int_equal(rename(dir, old), 0);
	assert_int_equal(reports_reopen(&reports), -ENOENT);
	assert_int_equal(put("two", 1, 0), 0);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(reports_reopen(&reports), 0);
	assert_int_equal(put("three", 1, 0), 0);
	assert_null(content("oom-20061203T051233Z-two-1.txt"));
	assert_non_null(content("oom-20061203T051233Z-three-1.txt"));
	snprintf(file, sizeof(file), "%s/oom-20061203T051233Z-two-1.txt", old);
	assert_int_equal(access(file, F_OK), 0);
	snprintf(file, sizeof(file), "%s/.spare-0.txt", old);
	assert_int_equal(access(file, F_OK), -1);
}

static void a_directory_that_is_removed_and_made_anew_gets_what_waited(void **state)
{
	char cmd[3 * PATH_MAX];

	(void)state;
	strcat(dir, "/d");
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(open_keeping(5), 0);
	snprintf(cmd, sizeof(cmd), "rm -r '%s'", dir);
	assert_int_equal(system(cmd), 0);
	assert_true(put("hog", 1, 0) < 0);
	assert_int_equal(mkdir(dir, 0755), 0);
	reports_tick(&reports);
	assert_non_null(content("oom-20061203T051233Z-hog-1.txt"));
	assert_int_equal(reports.pending.n, 0);
}

static void only_names_of_reports_are_taken_for_such(void **state)
{
	static const char *const no[] = {
		"oom-20061203T051233Z-hog-42",
		"oom-20061203T051233Z-hog-42.txt~",
		"oom-20061203T051233Z-hog-.txt",
		"oom-20061203T051233Z--42.txt",
		"oom-20061203T051233Z.txt",
		"oom-20061203T051233Z-42.txt",
		"oom-2006120305123300-hog-42.txt",
		"oom-20061203T051233Z-h g-42.txt",
		".oom-20061203T051233Z-hog-4.txt",
		"now-20061203T051233Z-x.txt",
		"now-20061203T051233Z-x-2.txt",
		"now-20061203T051233Zx.txt",
		"oom-.txt",
		"",
		".txt",
		"now-",
	};
	static const char *const yes[] = {
		"oom-20061203T051233Z-hog-42.txt",
		"oom-20061203T051233Z-hog-42-2.json",
		"now-20061203T051233Z.md",
		"now-20061203T051233Z-12.txt",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_int_equal(report_name_base(no[i]), 0);
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(report_name_base(yes[i]) > 0);
}

#define dir_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		dir_test(a_report_is_three_files_named_by_time_and_victim),
		dir_test(a_report_of_now_has_no_victim_in_its_name),
		dir_test(nothing_is_ever_replaced),
		dir_test(hostile_names_of_processes_stay_in_the_directory),
		dir_test(of_a_thousand_reports_the_newest_five_stay),
		dir_test(a_thousand_left_by_earlier_runs_are_rotated_too),
		dir_test(copies_of_a_name_are_of_an_age),
		dir_test(reports_of_a_time_to_come_go_first),
		dir_test(a_second_memtrace_is_refused),
		dir_test(a_directory_that_is_none_is_refused),
		dir_test(a_directory_of_others_is_refused),
		dir_test(spares_of_a_run_that_died_are_used_again),
		dir_test(a_spare_that_leads_elsewhere_is_not_followed),
		dir_test(spares_that_somebody_removes_are_made_anew),
		dir_test(a_report_that_is_too_long_is_cut_and_says_so),
		dir_test(on_a_full_disk_spares_take_reports_then_memory_does),
		dir_test(on_a_disk_without_room_for_spares_short_reports_fit),
		dir_test(on_a_full_disk_the_oldest_of_too_many_is_lost_and_counted),
		dir_test(long_reports_wait_in_the_same_memory),
		dir_test(a_disk_that_is_mounted_read_only_is_refused),
		dir_test(after_a_reload_reports_go_to_the_new_directory),
		dir_test(a_directory_that_is_removed_and_made_anew_gets_what_waited),
		dir_test(only_names_of_reports_are_taken_for_such),
	};

	return cmocka_run_group_tests_name("reports", tests, NULL, NULL);
}
