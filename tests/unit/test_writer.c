// SPDX-License-Identifier: GPL-2.0
/* The writer of recordings: the file, its tables, what of snapshots is kept, names of kernel
 * memory. */
#include "test_writer.h"
#include "schema.h"
#include "test_row.h"
#include "taskdelta.h"

static void a_recording_is_one_file_that_only_its_owner_reads(void **state)
{
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);
	struct stat st;

	(void)state;
	put_tick(w, SEC);
	assert_true(settled(w));
	assert_true(is_there("-wal"));
	end(w);
	assert_false(is_there("-wal"));
	assert_false(is_there("-shm"));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	asked("1836348003", "PRAGMA application_id");
	asked("1", "PRAGMA user_version");
	asked("delete", "PRAGMA journal_mode");
	asked("1", "SELECT value FROM run WHERE key='ended'");
	whole();
}

static void under_sudo_it_belongs_to_who_called_that(void **state)
{
	struct writer_opts opts = {0};
	struct writer *w;
	char wal[PATH_MAX + 16];
	struct stat st;

	(void)state;
	if (geteuid())
		skip();
	setenv("SUDO_UID", "1234", 1);
	setenv("SUDO_GID", "2345", 1);
	w = begin(&opts);
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	put_tick(w, SEC);
	assert_true(settled(w));
	snprintf(wal, sizeof(wal), "%s-wal", file);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_uid, 1234);
	end(w);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 2345);
}

static void tables_are_those_of_the_fields(void **state)
{
	struct writer_opts opts = {0};
	int n;
	const struct store_table *t = store_tables(&n);

	(void)state;
	end(begin(&opts));
	for (int i = 0; i < n; i++) {
		char columns[16], more[16];

		snprintf(columns, sizeof(columns), "%d", 1 + t[i].ncolumns - t[i].nmore);
		snprintf(more, sizeof(more), "%d", t[i].nmore ? 1 + t[i].nmore : 0);
		asked(columns, "SELECT count(*) FROM pragma_table_info('%s')", t[i].desc->name);
		asked(more, "SELECT count(*) FROM pragma_table_info('%s_more')", t[i].desc->name);
	}
	asked("0", "SELECT count(*) FROM pragma_table_list WHERE type='table' AND NOT strict AND "
		   "name NOT LIKE 'sqlite_%%'");
}

static int64_t reference_id(void *ctx, const struct ev_task *task)
{
	static struct ev_task known[1024];
	int64_t *last = ctx;

	for (int64_t i = 0; i < *last; i++)
		if (!memcmp(&known[i], task, sizeof(*task)))
			return i + 1;
	assert_true(*last < 1024);
	known[(*last)++] = *task;
	return *last;
}

static void reference_put(sqlite3 *db, const struct ev_hdr *ev, int64_t seq, int64_t *last)
{
	const struct store_table *t = store_table_of(ev->kind);

	for (int more = 0; more <= (t->nmore && row_has_more(t, ev)); more++) {
		sqlite3_stmt *s;

		assert_int_equal(sqlite3_prepare_v2(db, store_insert_sql(t, more), -1, &s, NULL),
				 0);
		assert_int_equal(row_bind(s, t, more, seq, ev, reference_id, last), 0);
		assert_int_equal(sqlite3_step(s), SQLITE_DONE);
		sqlite3_finalize(s);
	}
}

/* Any values, but where text must end, and where addresses would be concealed. */
static void make_any(struct ev_hdr *ev, const struct event_desc *d, uint64_t *r)
{
	uint32_t size = d->size + (d->has_text ? 16 : 0);

	for (uint32_t i = 0; i < size / 8; i++)
		((uint64_t *)ev)[i] = stall_random(r, 3) ? 0
							 : stall_random(r, 1ull << 31) *
								   stall_random(r, 1ull << 31);
	*ev = (struct ev_hdr){.kind = d->kind, .size = size, .time_ns = ev->time_ns >> 8};
	for (int i = 0; i < d->nfields; i++)
		if (store_is_concealed(d->kind, &d->fields[i]))
			memset((char *)ev + d->fields[i].offset, 0, d->fields[i].size);
	if (d->has_text) /* now and then no UTF-8 */
		snprintf((char *)ev + d->fields[d->nfields - 1].offset, 8, "a%c",
			 (int)stall_random(r, 255) + 1);
	if (d->has_text)
		((char *)ev)[size - 1] = 0;
}

static void every_value_of_every_kind_is_kept(void **state)
{
	_Alignas(8) char buf[8192];
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);
	int64_t seq = 0, last = 0;
	char name[PATH_MAX + 16];
	uint64_t r = 1;
	sqlite3 *db;

	(void)state;
	snprintf(name, sizeof(name), "%s/reference", dir);
	assert_int_equal(sqlite3_open(name, &db), 0);
	assert_int_equal(store_schema_create(db), 0);
	sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	for (int i = 0; i < event_ndescs * 40; i++) {
		const struct event_desc *d = event_descs[i % event_ndescs];

		if (d->kind == EV_TASK || d->kind == EV_TICK || d->kind == EV_COUNTS)
			continue;
		make_any((void *)buf, d, &r);
		reference_put(db, (void *)buf, ++seq, &last);
		writer_event(w, (void *)buf);
	}
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
	end(w);
	for (int i = 0; i < event_ndescs; i++) {
		const char *table = event_descs[i]->name;

		asked("0",
		      "ATTACH '%s' AS o; SELECT count(*) FROM (SELECT * FROM %s EXCEPT SELECT * "
		      "FROM o.%s) ",
		      name, table, table);
		asked("0",
		      "ATTACH '%s' AS o; SELECT count(*) FROM (SELECT * FROM o.%s EXCEPT SELECT * "
		      "FROM %s) ",
		      name, table, table);
	}
	asked("0",
	      "ATTACH '%s' AS o; SELECT count(*) FROM (SELECT * FROM o.stall_more EXCEPT "
	      "SELECT * FROM stall_more)",
	      name);
	assert_true(number("SELECT count(*) FROM stall_more") > 10);
	assert_int_equal(number("SELECT count(*) FROM thread"), last);
}

static void addresses_of_the_kernel_are_not_in_it(void **state)
{
	const uint64_t address = 0xffffffff81abcde8ull;
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);
	struct {
		struct ev_symbol ev;
		char name[16];
	} sym = {.ev = {.hdr = {.kind = EV_SYMBOL, .size = sizeof(sym), .time_ns = SEC},
			.address = address},
		 .name = "super_cache_scan"};
	struct ev_stall s;

	(void)state;
	sym.name[15] = 0;
	writer_event(w, &sym.ev.hdr);
	stall_make(&s, 1);
	s.shrinker[0] = (struct ev_shrinker){.callback = address, .fs = 0xef53, .ns = 1};
	s.shrinker[1] = (struct ev_shrinker){.callback = address, .fs = 0xffff888812345678ull};
	writer_event(w, &s.hdr);
	end(w);
	asked("1",
	      "SELECT count(*) FROM symbol s, stall_more m WHERE s.address=m.shrinker_callback "
	      "AND s.address=m.shrinker2_callback AND s.address NOT IN (0, %lld)",
	      (long long)address);
	asked("61267", "SELECT shrinker_fs FROM stall_more");
	asked("0", "SELECT shrinker2_fs FROM stall_more");
}

static void rows_of_tasks_that_did_not_change_are_left_out(void **state)
{
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);

	(void)state;
	for (uint64_t s = 1; s <= 5; s++) {
		for (uint32_t tid = 1; tid <= 10; tid++)
			if (tid != 7 || s < 4) /* 7 ends in the fourth interval */
				put_row(w, tid, tid == 3 ? s : 0, s * SEC + tid);
		put_tick(w, s * SEC + 100);
	}
	end(w);
	/* All of the first; then the first row, as a mark, and the one that changes. */
	asked("10", "SELECT count(*) FROM task WHERE time_ns < 2 * 1000000000");
	asked("8", "SELECT count(*) FROM task WHERE time_ns >= 2 * 1000000000");
	asked("4", "SELECT count(*) FROM task WHERE time_ns >= 2 * 1000000000 AND min_flt > 1");
	asked("7", "SELECT group_concat(tid) FROM task_gone");
	asked("4", "SELECT time_ns / 1000000000 FROM tick WHERE seq > (SELECT seq FROM task_gone)");
	asked("1", "SELECT seq = (SELECT min(seq) FROM task) FROM keyframe");
}

static void now_and_then_a_snapshot_is_kept_whole(void **state)
{
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);

	(void)state;
	for (uint64_t s = 0; s <= 130; s++) {
		for (uint32_t tid = 1; tid <= 10; tid++)
			put_row(w, tid, 0, (s + 1) * SEC + tid);
		put_tick(w, (s + 1) * SEC + 100);
	}
	end(w);
	asked("1,61,121", "SELECT group_concat(time_ns / 1000000000) FROM keyframe");
	asked("158", "SELECT count(*) FROM task"); /* 3 whole, of the others the first */
	/* Since then the threads have rows of their own. */
	asked("0",
	      "SELECT count(*) FROM task WHERE seq >= (SELECT max(seq) FROM keyframe) AND "
	      "thread IN (SELECT thread FROM task WHERE seq < (SELECT max(seq) FROM keyframe))");
	asked("30", "SELECT count(*) FROM thread");
	asked("0", "SELECT count(*) FROM task_gone");
}

static void snapshots_without_rows_have_keyframes_too(void **state)
{
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);

	(void)state;
	for (uint64_t s = 0; s <= 70; s++)
		put_tick(w, (s + 1) * SEC);
	end(w);
	asked("2", "SELECT count(*) FROM keyframe JOIN tick USING(seq)");
}

static void a_number_that_is_used_again_is_not_gone(void **state)
{
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);
	struct ev_task_row row = {.hdr = {.kind = EV_TASK, .size = sizeof(row), .time_ns = SEC},
				  .task = {.start_ns = 5, .tgid = 20, .tid = 20}};

	(void)state;
	put_row(w, 10, 0, SEC);
	writer_event(w, &row.hdr);
	put_tick(w, SEC);
	put_row(w, 10, 0, 2 * SEC);
	row.task.start_ns = 6;
	writer_event(w, &row.hdr);
	put_tick(w, 2 * SEC);
	end(w);
	asked("0", "SELECT count(*) FROM task_gone");
	asked("2", "SELECT count(*) FROM task JOIN thread ON thread.id=task.thread AND tid=20");
}

static int ngone;

static void count_gone(void *ctx, uint32_t tid)
{
	(void)ctx;
	(void)tid;
	ngone++;
}

static void many_threads_come_and_go(void **state)
{
	struct taskdelta d;

	(void)state;
	taskdelta_init(&d);
	for (uint32_t snapshot = 0; snapshot < 4; snapshot++) {
		ngone = 0;
		for (uint32_t tid = 1; tid <= 50000; tid++) {
			struct ev_task_row row = {.task = {.tid = tid + snapshot * 1000}};

			assert_int_equal(taskdelta_changed(&d, &row), snapshot == 0 || tid > 49000);
		}
		taskdelta_end(&d, count_gone, NULL);
		assert_int_equal(ngone, snapshot ? 1000 : 0);
	}
	taskdelta_fini(&d);
}

static void what_was_asked_is_in_it(void **state)
{
	struct run_info run = {.version = "1.2",
			       .command = "memtrace record -o \xff",
			       .pids = {1, 22},
			       .npids = 2,
			       .has_uid = true,
			       .kernel_stacks = true,
			       .churn_ns = 10};
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);

	(void)state;
	assert_int_equal(writer_run_info(w, &run), 0);
	run.program_pid = 77;
	assert_int_equal(writer_run_info(w, &run), 0);
	end(w);
	asked("1.2", "SELECT value FROM run WHERE key='version'");
	asked("blob", "SELECT typeof(value) FROM run WHERE key='command'");
	asked("1,22", "SELECT value FROM run WHERE key='pids'");
	asked("0", "SELECT value FROM run WHERE key='uid'");
	asked("77", "SELECT value FROM run WHERE key='program_pid'");
	asked("1", "SELECT value FROM run WHERE key='kernel_stacks'");
	asked("0", "SELECT count(*) FROM run WHERE key IN ('tids','comm','sample','user_stacks')");
}

static void refused(const char *words)
{
	struct writer_opts opts = {0};
	struct writer *w;
	char text[1024] = "";

	assert_true(writer_check(file, text, sizeof(text)) < 0);
	assert_non_null(strstr(text, words));
	assert_true(writer_open(file, &opts, &w) < 0);
	assert_non_null(strstr(writer_error(w), words));
	writer_free(w);
}

static void put_file(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void only_a_recording_is_replaced(void **state)
{
	struct writer_opts opts = {0};
	char name[PATH_MAX + 16];
	struct stat st;
	sqlite3 *db;

	(void)state;
	put_file("a letter");
	refused("no recording");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, 8);
	unlink(file);
	assert_int_equal(sqlite3_open(file, &db), 0);
	sqlite3_exec(db, "CREATE TABLE accounts(x)", NULL, NULL, NULL);
	sqlite3_close(db);
	refused("no recording");
	unlink(file);
	assert_int_equal(mkfifo(file, 0600), 0);
	refused("no regular file");
	unlink(file);
	snprintf(name, sizeof(name), "%s/other", dir);
	assert_int_equal(symlink(name, file), 0);
	refused("symbolic link");
	unlink(file);
	assert_int_equal(mkdir(file, 0700), 0);
	refused("directory");
	rmdir(file);
	put_file(""); /* as mktemp makes it */
	end(begin(&opts));
	end(begin(&opts));
	whole();
}

static void leave_it_open(void)
{
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);

	put_tick(w, SEC);
	if (!settled(w))
		_exit(1);
	kill(getpid(), SIGSTOP);
	kill(getpid(), SIGKILL);
}

static void one_that_is_being_written_is_left_alone(void **state)
{
	struct writer_opts opts = {0};
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid)
		leave_it_open();
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	refused("is using it");
	kill(pid, SIGCONT);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	/* It was killed, and has a log: both go. */
	assert_true(is_there("-wal"));
	end(begin(&opts));
	asked("0", "SELECT count(*) FROM tick");
	whole();
}

static void a_directory_that_is_not_there_is_said(void **state)
{
	(void)state;
	snprintf(file, sizeof(file), "%s/x/y", dir);
	refused("No such file or directory");
}

#define file_test(fn) cmocka_unit_test_setup_teardown(fn, setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		file_test(a_recording_is_one_file_that_only_its_owner_reads),
		file_test(under_sudo_it_belongs_to_who_called_that),
		file_test(tables_are_those_of_the_fields),
		file_test(every_value_of_every_kind_is_kept),
		file_test(addresses_of_the_kernel_are_not_in_it),
		file_test(rows_of_tasks_that_did_not_change_are_left_out),
		file_test(now_and_then_a_snapshot_is_kept_whole),
		file_test(snapshots_without_rows_have_keyframes_too),
		file_test(a_number_that_is_used_again_is_not_gone),
		cmocka_unit_test(many_threads_come_and_go),
		file_test(what_was_asked_is_in_it),
		file_test(only_a_recording_is_replaced),
		file_test(one_that_is_being_written_is_left_alone),
		file_test(a_directory_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
