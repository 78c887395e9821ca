/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests of the writer share: a directory, a machine of fabricated threads whose snapshots go
 * to it, and SQL to look at what came of that.
 *
 * Layer: tests.
 */
#ifndef TEST_WRITER_H
#define TEST_WRITER_H

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include "test_stalls.h"
#include "test_sys_tree.h"
#include "writer.h"

#define SEC 1000000000ull

static char dir[PATH_MAX], file[PATH_MAX + 8];

static int setup(void **state)
{
	if (tree_setup(state))
		return -1;
	strcpy(dir, ((struct sysroot *)*state)->path);
	snprintf(file, sizeof(file), "%s/r.mtr", dir);
	return 0;
}

static inline void sleep_ms(long ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static inline struct writer *begin(const struct writer_opts *opts)
{
	struct writer *w;

	if (writer_open(file, opts, &w))
		fail_msg("%s", writer_error(w));
	return w;
}

static inline void end(struct writer *w)
{
	if (writer_close(w))
		fail_msg("%s", writer_error(w));
	writer_free(w);
}

/* Until all that was given is in the file; false when it is not within ten seconds. */
static inline bool settled(struct writer *w)
{
	struct writer_status s;

	for (int i = 0; i < 1000; i++) {
		writer_status(w, &s);
		if (!s.waiting_bytes || s.state != WRITER_RUNNING)
			return true;
		sleep_ms(10);
	}
	return false;
}

static inline void put_counts(struct writer *w, uint64_t time_ns)
{
	struct ev_counters c = {.hdr = {.kind = EV_COUNTS, .size = sizeof(c), .time_ns = time_ns}};

	writer_event(w, &c.hdr);
}

static inline void put_tick(struct writer *w, uint64_t time_ns)
{
	struct ev_tick t = {.hdr = {.kind = EV_TICK, .size = sizeof(t), .time_ns = time_ns}};

	writer_event(w, &t.hdr);
}

static inline void put_stall(struct writer *w, uint64_t i, uint64_t time_ns)
{
	struct ev_stall s;

	stall_make(&s, i);
	s.hdr.time_ns = time_ns;
	writer_event(w, &s.hdr);
}

/* A thread's row; faults is what changes in it. */
static inline void put_row(struct writer *w, uint32_t tid, uint64_t faults, uint64_t time_ns)
{
	struct ev_task_row row = {
		.hdr = {.kind = EV_TASK, .size = sizeof(row), .time_ns = time_ns, .cpu = tid % 4},
		.task = {.start_ns = tid * 1000ull, .tgid = tid, .tid = tid, .comm = "thread"},
		.min_flt = faults,
		.leader = 1,
		.state = 'S',
	};

	writer_event(w, &row.hdr);
}

static inline void put_process(struct writer *w, uint32_t tgid, uint64_t time_ns)
{
	struct {
		struct ev_process ev;
		char cmdline[16];
	} p = {.ev = {.hdr = {.kind = EV_PROCESS, .size = sizeof(p), .time_ns = time_ns},
		      .start_ns = tgid * 1000ull,
		      .tgid = tgid},
	       .cmdline = "sleep 1"};

	writer_event(w, &p.ev.hdr);
}

static inline int first_value(void *ctx, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	if (values[0] && !*(char *)ctx)
		snprintf(ctx, 256, "%s", values[0]);
	return 0;
}

/* The first value of what a query gives, as text; "" = none. Static. */
static inline const char *ask(const char *fmt, ...)
{
	static char value[256];
	char sql[2048], *error = NULL;
	sqlite3 *db;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	value[0] = 0;
	assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	if (sqlite3_exec(db, sql, first_value, value, &error))
		fail_msg("%s: %s", sql, error);
	sqlite3_close(db);
	return value;
}

#define asked(expected, ...) assert_string_equal(ask(__VA_ARGS__), expected)

static inline long long number(const char *sql)
{
	return atoll(ask("%s", sql));
}

static inline void whole(void)
{
	asked("ok", "PRAGMA integrity_check");
}

static inline bool is_there(const char *suffix)
{
	char name[PATH_MAX + 32];

	snprintf(name, sizeof(name), "%s%s", file, suffix);
	return !access(name, F_OK);
}

/* Runs fn as a test in a process of its own, which may set limits. */
static inline void apart(void (*fn)(void **))
{
	const struct CMUnitTest tests[] = {{"apart", fn, NULL, NULL, NULL}};
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) /* what it says is no result */
		_exit(cmocka_run_group_tests_name("apart", tests, NULL, NULL));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#endif
