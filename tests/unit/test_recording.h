/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings made from event streams of tests/golden/, without the writer: every event a row, every
 * snapshot whole.
 *
 * Layer: tests.
 */
#ifndef TEST_RECORDING_H
#define TEST_RECORDING_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include "schema.h"

#define FILL_THREADS 4096

struct fill {
	sqlite3 *db;
	struct ev_task thread[FILL_THREADS];
	int nthreads;
	int64_t seq;
};

static inline void fill_die(const struct fill *f, const char *what)
{
	fprintf(stderr, "recording: %s: %s\n", what, f->db ? sqlite3_errmsg(f->db) : "");
	abort();
}

static inline void fill_exec(struct fill *f, const char *sql)
{
	if (sqlite3_exec(f->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fill_die(f, sql);
}

static inline void fill_thread_row(struct fill *f, const struct ev_task *t, int id)
{
	sqlite3_stmt *st;
	char comm[EV_COMM_LEN + 1];

	snprintf(comm, sizeof(comm), "%.*s", EV_COMM_LEN, t->comm);
	if (sqlite3_prepare_v2(f->db, "INSERT INTO thread VALUES(?,?,?,?,?,?,?,?)", -1, &st, NULL))
		fill_die(f, "thread");
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int64(st, 2, t->tgid);
	sqlite3_bind_int64(st, 3, t->tid);
	sqlite3_bind_text(st, 4, comm, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(st, 5, (int64_t)t->cgroup);
	sqlite3_bind_int64(st, 6, t->uid);
	sqlite3_bind_int64(st, 7, (int64_t)t->start_ns);
	sqlite3_bind_int64(st, 8, t->flags);
	if (sqlite3_step(st) != SQLITE_DONE)
		fill_die(f, "thread");
	sqlite3_finalize(st);
}

static inline int64_t fill_thread(void *ctx, const struct ev_task *t)
{
	struct fill *f = ctx;

	for (int i = 0; i < f->nthreads; i++)
		if (memcmp(&f->thread[i], t, sizeof(*t)) == 0)
			return i + 1;
	if (f->nthreads == FILL_THREADS)
		fill_die(f, "too many threads");
	f->thread[f->nthreads++] = *t;
	fill_thread_row(f, t, f->nthreads);
	return f->nthreads;
}

static inline void fill_half(struct fill *f, const struct store_table *t, bool more,
			     const struct ev_hdr *ev)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(f->db, store_insert_sql(t, more), -1, &st, NULL) ||
	    store_bind(st, t, more, f->seq, ev, fill_thread, f) || sqlite3_step(st) != SQLITE_DONE)
		fill_die(f, t->desc->name);
	sqlite3_finalize(st);
}

static inline void fill_event(struct fill *f, const struct ev_hdr *ev)
{
	const struct store_table *t = store_table_of(ev->kind);

	f->seq++;
	fill_half(f, t, false, ev);
	if (t->nmore && store_has_more(t, ev))
		fill_half(f, t, true, ev);
}

static inline void fill_line(struct fill *f, const char *line)
{
	static uint64_t buf[2048];
	const char *error = "";

	if (event_parse(line, buf, sizeof(buf), &error) < 0) {
		fprintf(stderr, "%s in: %s\n", error, line);
		abort();
	}
	fill_event(f, (const struct ev_hdr *)buf);
}

/* path ":memory:" or a new file. */
static inline struct fill *fill_open(const char *path)
{
	struct fill *f = calloc(1, sizeof(*f));

	if (!f || sqlite3_open(path, &f->db) != SQLITE_OK)
		abort();
	if (store_schema_create(f->db) != SQLITE_OK)
		fill_die(f, "schema");
	return f;
}

static inline void fill_file(struct fill *f, const char *events)
{
	char line[8192];
	FILE *in = fopen(events, "r");

	if (!in) {
		fprintf(stderr, "%s: %s\n", events, strerror(errno));
		abort();
	}
	fill_exec(f, "BEGIN");
	while (fgets(line, sizeof(line), in))
		if (line[0] != '#' && line[0] != '\n')
			fill_line(f, line);
	fill_exec(f, "COMMIT");
	fclose(in);
}

static inline void fill_close(struct fill *f)
{
	sqlite3_close(f->db);
	free(f);
}

#endif
