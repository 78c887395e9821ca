/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes recordings as the schema has them, with none of the writer's cares: for tests of the
 * reader, and of files that no writer would write.
 *
 * Layer: tests. A test fails when a statement does.
 */
#ifndef TEST_REC_H
#define TEST_REC_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "schema.h"
#include "test_row.h"

#define REC_ROWS     65536 /* threads of a snapshot */
#define REC_HASH     65536
#define REC_KEYFRAME 60 /* snapshots */

struct rec_row {
	struct ev_task_row ev;
	uint64_t snapshot;
	bool used;
};

struct rec {
	sqlite3 *db;
	sqlite3_stmt *first[64], *more[64]; /* by kind */
	sqlite3_stmt *thread, *gone, *keyframe;
	int64_t seq, threads;
	struct {
		struct ev_task task;
		int64_t id;
	} ids[REC_HASH];
	struct rec_row *rows;
	uint32_t nrows;
	uint64_t snapshot; /* ticks so far, from 1 */
	bool any_row;	   /* of this snapshot */
	uint64_t key;	   /* of row_conceal(); 0 = as it is */
};

static inline void rec_do(struct rec *r, int rc, const char *what)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return;
	fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(r->db));
	abort();
}

static inline void rec_sql(struct rec *r, const char *sql)
{
	rec_do(r, sqlite3_exec(r->db, sql, NULL, NULL, NULL), sql);
}

static inline sqlite3_stmt *rec_prepare(struct rec *r, const char *sql)
{
	sqlite3_stmt *stmt;

	rec_do(r, sqlite3_prepare_v2(r->db, sql, -1, &stmt, NULL), sql);
	return stmt;
}

static inline void rec_tables(struct rec *r)
{
	const struct store_table *t;
	int n;

	t = store_tables(&n);
	for (int i = 0; i < n; i++) {
		r->first[t[i].desc->kind] = rec_prepare(r, store_insert_sql(&t[i], false));
		if (t[i].nmore)
			r->more[t[i].desc->kind] = rec_prepare(r, store_insert_sql(&t[i], true));
	}
	r->thread = rec_prepare(r, "INSERT INTO thread VALUES(?,?,?,?,?,?,?,?)");
	r->gone = rec_prepare(r, "INSERT INTO task_gone VALUES(?,?)");
	r->keyframe = rec_prepare(r, "INSERT INTO keyframe VALUES(?,?)");
}

static inline struct rec *rec_open_paged(const char *path, int page_size)
{
	struct rec *r = calloc(1, sizeof(*r));
	char sql[128];

	remove(path);
	r->rows = calloc(REC_ROWS, sizeof(*r->rows));
	r->seq = 1;
	rec_do(r, sqlite3_open(path, &r->db), path);
	snprintf(sql, sizeof(sql),
		 "PRAGMA page_size=%d; PRAGMA application_id=%d; PRAGMA user_version=%d", page_size,
		 STORE_APPLICATION_ID, STORE_VERSION);
	rec_sql(r, sql);
	rec_do(r, store_schema_create(r->db), "schema");
	rec_sql(r, "PRAGMA synchronous=OFF; BEGIN");
	rec_tables(r);
	return r;
}

static inline struct rec *rec_open(const char *path)
{
	return rec_open_paged(path, 4096);
}

static inline void rec_run(struct rec *r, const char *key, const char *value)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "INSERT INTO run VALUES('%s','%s')", key, value);
	rec_sql(r, sql);
}

static inline void rec_close(struct rec *r)
{
	for (int i = 0; i < 64; i++) {
		sqlite3_finalize(r->first[i]);
		sqlite3_finalize(r->more[i]);
	}
	sqlite3_finalize(r->thread);
	sqlite3_finalize(r->gone);
	sqlite3_finalize(r->keyframe);
	if (!sqlite3_get_autocommit(r->db))
		rec_sql(r, "COMMIT");
	rec_do(r, sqlite3_close(r->db), "close");
	free(r->rows);
	free(r);
}

static inline int64_t rec_thread(void *ctx, const struct ev_task *t)
{
	struct rec *r = ctx;
	uint64_t h = (t->tid * 0x9e3779b97f4a7c15ull ^ t->cgroup ^ t->comm[0]) % REC_HASH;
	sqlite3_stmt *s = r->thread;

	if (r->ids[h].id && !memcmp(&r->ids[h].task, t, sizeof(*t)))
		return r->ids[h].id;
	r->ids[h].task = *t;
	r->ids[h].id = ++r->threads;
	sqlite3_bind_int64(s, 1, r->threads);
	sqlite3_bind_int64(s, 2, t->tgid);
	sqlite3_bind_int64(s, 3, t->tid);
	store_bind_string(s, 4, t->comm, strnlen(t->comm, EV_COMM_LEN));
	sqlite3_bind_int64(s, 5, (int64_t)t->cgroup);
	sqlite3_bind_int64(s, 6, t->uid);
	sqlite3_bind_int64(s, 7, (int64_t)t->start_ns);
	sqlite3_bind_int64(s, 8, t->flags);
	rec_do(r, sqlite3_step(s), "thread");
	sqlite3_reset(s);
	return r->threads;
}

static inline void rec_pair(struct rec *r, sqlite3_stmt *s, int64_t a, int64_t b)
{
	sqlite3_bind_int64(s, 1, a);
	sqlite3_bind_int64(s, 2, b);
	rec_do(r, sqlite3_step(s), "pair");
	sqlite3_reset(s);
}

static inline void rec_insert(struct rec *r, const struct ev_hdr *ev)
{
	const struct store_table *t = store_table_of(ev->kind);
	sqlite3_stmt *s = r->first[ev->kind];

	rec_do(r, row_bind(s, t, false, r->seq, ev, rec_thread, r), t->desc->name);
	rec_do(r, sqlite3_step(s), t->desc->name);
	sqlite3_reset(s);
	if (!t->nmore || !row_has_more(t, ev))
		return;
	s = r->more[ev->kind];
	rec_do(r, row_bind(s, t, true, r->seq, ev, rec_thread, r), "more");
	rec_do(r, sqlite3_step(s), "more");
	sqlite3_reset(s);
}

static inline bool rec_same(const struct ev_task_row *a, const struct ev_task_row *b)
{
	struct ev_task_row x = *a;

	x.hdr.time_ns = b->hdr.time_ns;
	x.hdr.cpu = b->hdr.cpu;
	return !memcmp(&x, b, sizeof(x));
}

static inline struct rec_row *rec_row_of(struct rec *r, const struct ev_task_row *ev)
{
	for (uint32_t i = 0; i < r->nrows; i++) {
		struct rec_row *row = &r->rows[i];

		if (row->used && row->ev.task.tid == ev->task.tid &&
		    row->ev.task.start_ns == ev->task.start_ns)
			return row;
	}
	for (uint32_t i = 0; i < r->nrows; i++)
		if (!r->rows[i].used)
			return &r->rows[i];
	return &r->rows[r->nrows++];
}

/* Only what differs from the snapshot before is stored. */
static inline bool rec_task(struct rec *r, const struct ev_task_row *ev)
{
	struct rec_row *row = rec_row_of(r, ev);
	bool whole = r->snapshot % REC_KEYFRAME == 0, first = !r->any_row;
	bool same = row->used && rec_same(&row->ev, ev);

	if (first && whole)
		rec_pair(r, r->keyframe, r->seq, (int64_t)ev->hdr.time_ns);
	r->any_row = true;
	row->snapshot = r->snapshot;
	row->used = true;
	if (same && !whole && !first)
		return false;
	row->ev = *ev;
	return true;
}

static inline void rec_tick(struct rec *r)
{
	for (uint32_t i = 0; i < r->nrows; i++) {
		if (!r->rows[i].used || r->rows[i].snapshot == r->snapshot)
			continue;
		rec_pair(r, r->gone, r->seq++, r->rows[i].ev.task.tid);
		r->rows[i].used = false;
	}
	r->snapshot++;
	r->any_row = false;
}

static inline void rec_event(struct rec *r, const struct ev_hdr *ev)
{
	static uint64_t copy[8192];
	struct ev_hdr *own = (struct ev_hdr *)copy;

	memcpy(copy, ev, ev->size);
	if (r->key)
		row_conceal(own, r->key);
	if (ev->kind == EV_TICK)
		rec_tick(r);
	if (ev->kind != EV_TASK || rec_task(r, (struct ev_task_row *)own))
		rec_insert(r, own);
	r->seq++;
}

static inline void rec_line(struct rec *r, const char *line)
{
	static uint64_t buf[8192];
	const char *error = "";

	if (event_parse(line, buf, sizeof(buf), &error) < 0) {
		fprintf(stderr, "%s in: %s\n", error, line);
		abort();
	}
	rec_event(r, (const struct ev_hdr *)buf);
}

/* Events as tests/golden/ has them. */
static inline void rec_file(struct rec *r, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[8192];

	if (!f) {
		perror(path);
		abort();
	}
	while (fgets(line, sizeof(line), f))
		if (line[0] != '#' && line[0] != '\n')
			rec_line(r, line);
	fclose(f);
}

#endif
