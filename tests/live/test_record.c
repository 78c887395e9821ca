// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings of this kernel: all is in them, whatever ends them. Their files are read by plain SQL.
 *
 * Layer: tests.
 */
#ifdef HAVE_SQLITE
#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include "live.h"

static bool in_vm(void)
{
	return getenv("MEMTRACE_TEST_VM") != NULL;
}

static int take_first(void *ctx, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	if (values[0] && !*(char *)ctx)
		snprintf(ctx, 256, "%s", values[0]);
	return 0;
}

/* The first value that a query gives, "" = none. Static. */
static const char *sql(const char *path, const char *fmt, ...)
{
	static char value[256];
	char query[1024], *error = NULL;
	sqlite3 *db;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(query, sizeof(query), fmt, ap);
	va_end(ap);
	value[0] = 0;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) ||
	    sqlite3_exec(db, query, take_first, value, &error))
		fail_msg("%s: %s: %s", path, query, error ? error : sqlite3_errmsg(db));
	sqlite3_close(db);
	return value;
}

#define sql_int(...) atoll(sql(__VA_ARGS__))

static void whole(const char *path)
{
	assert_string_equal(sql(path, "PRAGMA integrity_check"), "ok");
	assert_int_equal(sql_int(path, "SELECT count(*) FROM stall WHERE thread NOT IN "
				       "(SELECT id FROM thread)"),
			 0);
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void record_end(struct trace *t)
{
	kill(t->child.pid, SIGINT);
	trace_wait(t, 20 * slack(), 0);
}

static void recording_has_the_stalls_that_summary_counts(void **state)
{
	char path[PATH_MAX], wal[PATH_MAX + 8];
	struct trace record, summary;
	struct cgroup cg;
	struct child hog;
	int64_t counted;

	(void)state;
	squeeze_cgroup(&cg, "record");
	test_path(path, "record.mtr");
	trace_start(&record, ARGS("record", "-o", path));
	trace_start(&summary, ARGS("summary", "-j"));
	hog_run(&hog, &cg, ARGS(SQUEEZE), 20 * slack());
	trace_end(&summary);
	record_end(&record);
	losses_none(&summary);
	counted = json_int(trace_process(&summary, hog.pid, 0), "stalls.count");
	assert_true(counted > 0);
	assert_int_equal(sql_int(path,
				 "SELECT count(*) FROM stall JOIN thread ON thread.id=thread "
				 "WHERE pid=%d AND kind <> 6",
				 hog.pid),
			 counted);
	/* Told anew when it was seen before it was the hog. */
	assert_true(sql_int(path, "SELECT count(*) FROM process WHERE pid=%d", hog.pid) >= 1);
	whole(path);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	assert_int_equal(access(wal, F_OK), -1);
	text_check(record.child.err, "events");
	text_check(record.child.err, "memtrace summary -r");
}

static void recording_of_a_program_has_its_status_and_what_was_asked(void **state)
{
	char path[PATH_MAX];
	struct trace t;

	(void)state;
	test_path(path, "program.mtr");
	assert_int_equal(
		trace_run(&t, ARGS("record", "-q", "-K", "-o", path, "--", "sh", "-c", "exit 7"),
			  20 * slack()),
		7);
	assert_int_equal(size_of(t.child.err), 0);
	assert_string_equal(sql(path, "SELECT value FROM run WHERE key='program'"), "sh");
	assert_string_equal(sql(path, "SELECT value FROM run WHERE key='kernel_stacks'"), "1");
	assert_string_equal(sql(path, "SELECT value FROM run WHERE key='ended'"), "1");
	assert_true(sql_int(path, "SELECT value FROM run WHERE key='program_pid'") > 1);
	assert_int_equal(sql_int(path, "SELECT status FROM tick WHERE last"), 7);
	whole(path);
}

static void usage_and_files_that_are_none_of_ours_are_refused(void **state)
{
	char path[PATH_MAX];
	struct trace t;

	(void)state;
	assert_int_equal(trace_run(&t, ARGS("record"), 10), 2);
	text_check(t.child.err, "-o FILE");
	test_path(path, "letter");
	assert_int_equal(trace_run(&t, ARGS("record", "-j", "-o", path), 10), 2);
	text_check(t.child.err, "-j");
	file_make(path, "letter", 1);
	assert_int_equal(trace_run(&t, ARGS("record", "-o", path, "-d", "1"), 10 * slack()), 1);
	text_check(t.child.err, "no recording");
	assert_int_equal(size_of(path), MIB);
	assert_int_equal(trace_run(&t, ARGS("record", "-o", "/no/such/dir", "-d", "1"), 10), 1);
	text_check(t.child.err, "No such file");
}

static void without_privilege_it_says_so_and_replaces_nothing(void **state)
{
	const char *argv[] = {memtrace_path(), "record", "-o", "/tmp/memtrace-test-nobody.mtr",
			      NULL};
	struct child c;

	(void)state;
	child_start(&c, &(struct spawn){.argv = argv, .uid = 65534});
	assert_int_equal(child_wait(&c, 10 * slack()), 1);
	text_check(c.err, "CAP_BPF");
	assert_int_equal(access(argv[3], F_OK), -1);
}

/* What the file of a killed run has is held against the time of that. */
static void killed_check(const char *path, double ran_s, double killed_s)
{
	long long last = sql_int(path, "SELECT max(time_ns) FROM tick");

	whole(path);
	if ((double)last / 1e9 < killed_s - 1.1 * slack() && ran_s > 1.1 * slack())
		fail_msg("killed at %.3f, its latest snapshot is of %.3f", killed_s,
			 (double)last / 1e9);
	assert_int_equal(sql_int(path, "SELECT count(*) FROM run WHERE key='ended'"), 0);
	unlink(path);
}

/* Some at a time: most of it is waiting until they trace. */
#define AT_A_TIME 4

static void kill_some(double after_s)
{
	char path[AT_A_TIME][PATH_MAX];
	double killed[AT_A_TIME], begun;
	struct trace t[AT_A_TIME];

	for (int i = 0; i < AT_A_TIME; i++) {
		test_path(path[i], "killed.mtr");
		trace_spawn(&t[i], ARGS("record", "-o", path[i], "-i", "0.1"));
	}
	for (int i = 0; i < AT_A_TIME; i++)
		trace_await(&t[i]);
	begun = now_s();
	for (int i = 0; i < AT_A_TIME; i++) {
		sleep_s(after_s / AT_A_TIME);
		killed[i] = now_s();
		kill(t[i].child.pid, SIGKILL);
	}
	for (int i = 0; i < AT_A_TIME; i++) {
		child_wait(&t[i].child, 10);
		killed_check(path[i], killed[i] - begun, killed[i]);
	}
}

static void killed_at_any_moment_its_file_is_whole(void **state)
{
	int n = in_vm() ? 1 : 25;

	(void)state;
	for (int i = 0; i < n; i++)
		kill_some(i % 5 == 4 ? 2 * slack() : (double)(rand() % 400) / 1000);
}

/* Fills what is left of a disk but for so many KiB. */
static void disk_fill(const char *dir, unsigned leave_kib)
{
	char path[PATH_MAX + 16], chunk[4096] = {1};
	FILE *f;

	snprintf(path, sizeof(path), "%s/ballast", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	while (fwrite(chunk, 1, sizeof(chunk), f) == sizeof(chunk) && !fflush(f))
		;
	fflush(f);
	assert_int_equal(ftruncate(fileno(f), (off_t)size_of(path) - leave_kib * 1024l), 0);
	fclose(f);
}

/* Who reads it is told what is not in it. */
static void replay_warns(const char *path, const char *text)
{
	struct trace t;

	assert_int_equal(trace_run(&t, ARGS("summary", "-r", path), 20), 0);
	text_check(t.child.err, text);
}

static void full_disk_ends_it_with_what_is_there(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX + 16];
	struct trace t;

	(void)state;
	disk_make(dir, "size=12m");
	snprintf(path, sizeof(path), "%s/r.mtr", dir);
	trace_start(&t, ARGS("record", "-o", path, "-i", "0.1"));
	disk_fill(dir, 256);
	trace_wait(&t, 60 * slack(), 1); /* by itself */
	text_check(t.child.err, "the disk is full");
	text_check(t.child.err, "make room");
	whole(path);
	assert_string_equal(sql(path, "SELECT value FROM run WHERE key='stopped'"),
			    "the disk is full");
	assert_true(sql_int(path, "SELECT count(*) FROM tick") > 1);
	replay_warns(path, "ended early: the disk is full");
}

static void largest_size_ends_it_in_good_order(void **state)
{
	char path[PATH_MAX];
	struct cgroup cg;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_cgroup(&cg, "largest");
	test_path(path, "largest.mtr");
	trace_start(&t, ARGS("record", "-o", path, "--max-size", "1M", "-i", "0.1"));
	for (int i = 0; i < 20 && !child_ended(&t.child); i++)
		hog_run(&hog, &cg, ARGS(SQUEEZE), 20 * slack());
	trace_wait(&t, 60 * slack(), 0); /* by itself */
	text_check(t.child.err, "--max-size");
	assert_true(size_of(path) <= (off_t)MIB);
	assert_true(size_of(path) > (off_t)MIB / 2);
	whole(path);
	replay_warns(path, "ended early: its --max-size was reached");
	/* As if some more had been lost since the counts were read. */
	sql(path, "DELETE FROM run WHERE key='unrecorded'");
	sql(path,
	    "INSERT INTO run SELECT 'unrecorded', ifnull(max(unrecorded), 0) + 7 FROM counts");
	replay_warns(path, "at its end 7 events came too fast");
}

static void ring_keeps_the_latest_part(void **state)
{
	char path[PATH_MAX];
	struct trace t;

	(void)state;
	test_path(path, "ring.mtr");
	trace_start(&t, ARGS("record", "-o", path, "--ring", "10s", "-i", "0.2"));
	sleep_s(26);
	record_end(&t);
	whole(path);
	assert_in_range(sql_int(path, "SELECT (max(time_ns) - min(time_ns)) / 1000000 FROM tick"),
			9500, 16500);
	assert_int_equal(sql_int(path, "SELECT min(keyframe.seq) - (SELECT min(seq) FROM task) "
				       "FROM keyframe"),
			 0);
	assert_int_equal(sql_int(path, "SELECT count(*) FROM meta"), 1);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(recording_has_the_stalls_that_summary_counts),
	LIVE_TEST(recording_of_a_program_has_its_status_and_what_was_asked),
	LIVE_TEST(usage_and_files_that_are_none_of_ours_are_refused),
	LIVE_TEST(without_privilege_it_says_so_and_replaces_nothing),
	LIVE_TEST(killed_at_any_moment_its_file_is_whole),
	LIVE_TEST(full_disk_ends_it_with_what_is_there),
	LIVE_TEST(largest_size_ends_it_in_good_order),
	LIVE_TEST(ring_keeps_the_latest_part),
};
LIVE_GROUP(record, tests)

#else

int record_run(void);

int record_run(void)
{
	return 0;
}

#endif
