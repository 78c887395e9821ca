/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that are not as we make them: older, newer, spoilt, or no recordings.
 *
 * Layer: tests.
 */
#include "test_reader.h"

static void file_make(void)
{
	struct stream in = {0};

	ten_seconds(&in);
	stream_write(&in, file, 0);
	stream_free(&in);
}

/* Changes the recording, with what stands in the way of that taken out. */
static void file_change(const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}

static void views_drop(void)
{
	char sql[128];

	for (int i = 0; i < store_nviews; i++) {
		snprintf(sql, sizeof(sql), "DROP VIEW \"%s\"", store_views[i].name);
		file_change(sql);
	}
}

static void test_older_recording_lacks_columns_and_tables(void **state)
{
	struct stream out = {0};

	(void)state;
	file_make();
	views_drop();
	file_change(
		"ALTER TABLE stall DROP COLUMN duration_ns; ALTER TABLE host DROP COLUMN pgfault;"
		"ALTER TABLE stall ADD COLUMN of_tomorrow INTEGER; DROP TABLE kmsg;"
		"DROP TABLE stall_more; DROP TABLE keyframe; DROP TABLE run;"
		"CREATE TABLE of_tomorrow (seq INTEGER PRIMARY KEY);"
		"INSERT INTO host (seq, time_ns, cpu, pgmajfault) VALUES (100000, 1, 0, 7)");
	read_all(file, &out);
	assert_int_equal(count_of(&out, EV_STALL), 10);
	assert_int_equal(count_of(&out, EV_TASK), 3 * 3 + 8 * 2);
	assert_int_equal(((const struct ev_stall *)first_of(&out, EV_STALL))->duration_ns, 0);
	assert_true(((const struct ev_host *)first_of(&out, EV_HOST))->value[HOST_PGFAULT] ==
		    EV_ABSENT);
	stream_free(&out);
}

static void test_newer_recording_is_refused(void **state)
{
	(void)state;
	file_make();
	file_change("PRAGMA user_version=77");
	error_has("was recorded by a newer memtrace: its format is 77, this memtrace");
	file_change("PRAGMA user_version=1; PRAGMA application_id=5");
	error_has("is no recording of memtrace (another program's SQLite file)");
}

static uint64_t bad_rows_of(struct stream *out)
{
	uint64_t bad;

	assert_string_equal(read_part(file, 0, UINT64_MAX, out, &bad), "");
	return bad;
}

static void test_rows_that_are_no_events_are_counted(void **state)
{
	static const char *const spoils[] = {
		"INSERT INTO stall (seq, kind) VALUES (50000, 99)",
		"INSERT INTO stall (seq, kind) VALUES (50000, -1)",
		"INSERT INTO stall (seq) VALUES (50000)", /* NULLs where there are numbers */
		"INSERT INTO cgroup (seq, time_ns, id, cpu) VALUES (50000, 1, 1, 0)",
		"INSERT INTO cgroup VALUES (50000, 1, 1, 0, 5)",
		"INSERT INTO cgroup VALUES (50000, 1, 1, 0, zeroblob(70000))",
		"UPDATE stall SET thread = 987654 WHERE seq = (SELECT min(seq) FROM stall)",
		"UPDATE thread SET comm = 5",
		"UPDATE thread SET comm = zeroblob(17)",
		"UPDATE thread SET pid = -1",
		"DELETE FROM thread",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
		struct stream out = {0};

		file_make();
		file_change(spoils[i]);
		if (!bad_rows_of(&out))
			fail_msg("no bad rows: %s", spoils[i]);
		assert_true(((struct ev_tick *)out.ev[out.n - 1])->last);
		stream_free(&out);
	}
}

static void test_wrong_types_are_counted_where_no_schema_refuses_them(void **state)
{
	static const char *const values[] = {"'text'", "1.5", "x'00'", "NULL",
					     "9223372036854775807"};
	struct stream out = {0};
	char sql[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		file_make();
		snprintf(sql, sizeof(sql),
			 "DROP TABLE oom_reap; CREATE TABLE oom_reap (seq INTEGER PRIMARY KEY, "
			 "time_ns, pid); INSERT INTO oom_reap VALUES (5, 5, %s)",
			 values[i]);
		file_change(sql);
		assert_int_equal(bad_rows_of(&out), 1);
		stream_free(&out);
	}
}

static void test_what_is_no_table_is_refused(void **state)
{
	static const char *const spoils[] = {
		"CREATE VIEW kmsg AS SELECT * FROM tick",
		"CREATE TABLE kmsg (seq PRIMARY KEY, time_ns) WITHOUT ROWID",
		"CREATE TABLE kmsg (seq INTEGER PRIMARY KEY, _rowid_, time_ns)",
		"CREATE TABLE kmsg (seq, oid, time_ns)",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
		file_make();
		views_drop();
		file_change("DROP TABLE kmsg");
		file_change(spoils[i]);
		error_has("its table kmsg is none that memtrace makes");
	}
}

/* Not even looked at: what they would do might take for ever. */
static void test_generated_columns_and_triggers_are_left_alone(void **state)
{
	struct stream out = {0};

	(void)state;
	file_make();
	views_drop();
	file_change("DROP TABLE oom_reap; CREATE TABLE oom_reap (seq INTEGER PRIMARY KEY, time_ns, "
		    "stage AS (77), pid INTEGER AS (length(zeroblob(1000))) VIRTUAL, cpu);"
		    "INSERT INTO oom_reap VALUES (5, 5, 0);"
		    "CREATE TRIGGER t AFTER INSERT ON tick BEGIN DELETE FROM tick; END");
	assert_int_equal(bad_rows_of(&out), 0);
	assert_int_equal(count_of(&out, EV_OOM_REAP), 1);
	assert_int_equal(((const struct ev_oom_reap *)first_of(&out, EV_OOM_REAP))->pid, 0);
	stream_free(&out);
}

static void test_huge_text_is_refused_not_loaded(void **state)
{
	(void)state;
	file_make();
	file_change("INSERT INTO cgroup VALUES (50000, 1, 1, 0, zeroblob(200000000))");
	error_has("asks for more memory than any recording needs");
}

static void test_row_with_the_seq_of_its_tick_ends(void **state)
{
	struct stream out = {0};

	(void)state;
	file_make();
	file_change("UPDATE task SET seq = (SELECT min(t.seq) FROM tick t WHERE t.seq > task.seq) "
		    "WHERE seq = (SELECT max(seq) FROM task)");
	bad_rows_of(&out);
	stream_free(&out);
}

/* What is at a path and is no recording. */
static void test_each_thing_that_is_no_recording_is_named(void **state)
{
	struct stat st;

	(void)state;
	unlink(file);
	error_has("No such file");
	assert_int_equal(mkdir(file, 0700), 0);
	error_has("is a directory");
	rmdir(file);
	assert_int_equal(mkfifo(file, 0600), 0);
	error_has("is no file");
	unlink(file);
	file_write(file, "");
	error_has("is empty: nothing was recorded");
	file_write(file, "SQLite format 3");
	error_has("(no SQLite file)");
	file_write(file,
		   "A text that is long enough to hold the header of a database, which is of one "
		   "hundred bytes, I think.");
	error_has("(no SQLite file)");
	file_make();
	stat(file, &st);
	assert_int_equal(truncate(file, st.st_size - 1), 0);
	error_has("is cut short: it has ");
	if (geteuid())
		return;
	file_make();
	chmod(file, 0600);
	chmod(dir, 0755);
	assert_int_equal(seteuid(65534), 0);
	error_has("no permission to read");
	error_has("sudo chown");
	assert_int_equal(seteuid(0), 0);
}

/* As kill -9 leaves it; and copied without its FILE-wal. */
static void test_log_beside_the_file_is_read_or_missed(void **state)
{
	char command[1024], wal[160];
	struct stream out = {0};
	struct reader *r;
	sqlite3 *db;

	(void)state;
	file_make();
	snprintf(wal, sizeof(wal), "%s-wal", file);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "PRAGMA journal_mode=WAL; UPDATE tick SET last = 0;"
				      "DELETE FROM stall WHERE seq > 30",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	snprintf(command, sizeof(command), "cp %s %s.k && cp %s %s.k-wal", file, file, wal, file);
	assert_int_equal(system(command), 0);
	sqlite3_close(db);
	snprintf(command, sizeof(command), "mv %s.k %s && mv %s.k-wal %s", file, file, file, wal);
	assert_int_equal(system(command), 0);
	chmod(dir, 0555);
	read_all(file, &out);
	assert_true(count_of(&out, EV_STALL) < 10);
	stream_free(&out);
	chmod(dir, 0755);
	unlink(wal);
	assert_int_equal(reader_open(file, &r), 0);
	assert_false(reader_info(r)->wal_missing); /* its last tick is in the file */
	reader_close(r);
	read_all(file, &out);
	assert_int_equal(count_of(&out, EV_STALL), 10);
	stream_free(&out);
	unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_older_recording_lacks_columns_and_tables),
		cmocka_unit_test(test_newer_recording_is_refused),
		cmocka_unit_test(test_rows_that_are_no_events_are_counted),
		cmocka_unit_test(test_wrong_types_are_counted_where_no_schema_refuses_them),
		cmocka_unit_test(test_what_is_no_table_is_refused),
		cmocka_unit_test(test_generated_columns_and_triggers_are_left_alone),
		cmocka_unit_test(test_huge_text_is_refused_not_loaded),
		cmocka_unit_test(test_row_with_the_seq_of_its_tick_ends),
		cmocka_unit_test(test_each_thing_that_is_no_recording_is_named),
		cmocka_unit_test(test_log_beside_the_file_is_read_or_missed),
	};

	return cmocka_run_group_tests_name("reader: odd files", tests, setup, teardown);
}
