// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. Rows of a recording's tables, walked by seq, into events.
 *
 * Only tables are read, never views, virtual tables or generated columns, and only by their rowid:
 * nothing is sorted and nothing of the file's is run. A column that the file lacks (an older
 * memtrace made it) is 0, or unknown where there is a value for that; one that we do not know is
 * left alone.
 */
#include "reader_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Kinds of which a figure may be EV_ABSENT. */
static bool may_lack(uint16_t kind)
{
	return kind == EV_HOST || kind == EV_CGSTAT || kind == EV_SWAPDEV || kind == EV_CGMEM ||
	       kind == EV_VM;
}

static int fail_table(struct reader *r, const char *table)
{
	return reader_fail(r, -EBADMSG,
			   "%s is damaged, or made to do harm: its table %s is none that memtrace "
			   "makes",
			   r->path, table);
}

/* Is it there, and a real table? 1, 0, or a negative errno. */
static int table_exists(struct reader *r, const char *table)
{
	sqlite3_stmt *stmt = NULL;
	bool real = true;
	int rc, n = 0;

	rc = sqlite3_prepare_v2(r->db,
				"SELECT type = 'table' AND rootpage > 0 FROM sqlite_schema "
				"WHERE lower(name) = ?1",
				-1, &stmt, NULL);
	if (rc == SQLITE_OK)
		sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		real = real && sqlite3_column_int(stmt, 0) == 1;
		n++;
		rc = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_DONE)
		return reader_fail_sql(r, rc) ? r->err : -EINTR;
	if (n && (!real || n > 1))
		return fail_table(r, table);
	return n;
}

static bool names_rowid(const char *name)
{
	return !strcasecmp(name, "rowid") || !strcasecmp(name, "_rowid_") ||
	       !strcasecmp(name, "oid");
}

/* Which of the wanted columns does it have? Sets want->used to 0 (yes) or -1. */
static int table_columns(struct reader *r, const struct columns *want)
{
	sqlite3_stmt *stmt = NULL;
	bool bad = false;
	char sql[128];
	int rc;

	memset(want->used, -1, (size_t)want->n);
	snprintf(sql, sizeof(sql), "PRAGMA table_xinfo(\"%s\")", want->table);
	rc = sqlite3_prepare_v2(r->db, sql, -1, &stmt, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 1);

		rc = name ? SQLITE_OK : SQLITE_NOMEM;
		bad = bad || (name && names_rowid(name));
		for (int i = 0; name && i < want->n; i++)
			if (!strcmp(name, want->name(want->ctx, i)))
				want->used[i] = sqlite3_column_int(stmt, 6) ? -1 : 0;
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_DONE)
		return reader_fail_sql(r, rc) ? r->err : -EINTR;
	return bad ? fail_table(r, want->table) : 0;
}

int table_select(struct reader *r, const struct columns *want, bool by_id, sqlite3_stmt **out)
{
	int err = table_exists(r, want->table), at = 1, rc;
	char *sql = NULL;
	size_t len;
	FILE *f;

	*out = NULL;
	memset(want->used, -1, (size_t)want->n);
	if (err <= 0)
		return err;
	err = table_columns(r, want);
	f = err ? NULL : open_memstream(&sql, &len);
	if (!f)
		return err ? err : reader_fail_sql(r, SQLITE_NOMEM);
	fputs("SELECT _rowid_", f);
	for (int i = 0; i < want->n; i++) {
		if (want->used[i] < 0)
			continue;
		fprintf(f, ",\"%s\"", want->name(want->ctx, i));
		want->used[i] = (int8_t)at++;
	}
	fprintf(f, " FROM \"%s\" NOT INDEXED WHERE _rowid_ %s ?1%s", want->table,
		by_id ? "=" : ">=", by_id ? "" : " ORDER BY _rowid_");
	fclose(f);
	rc = sqlite3_prepare_v2(r->db, sql, -1, out, NULL);
	free(sql);
	if (rc == SQLITE_ERROR) /* a table without rowids, say */
		return fail_table(r, want->table);
	return rc == SQLITE_OK ? 0 : reader_fail_sql(r, rc) ? r->err : -EINTR;
}

static enum fetch_op op_of(const struct store_column *c)
{
	static const enum fetch_op of[] = {
		[FT_U8] = FETCH_U8,   [FT_U16] = FETCH_U16, [FT_U32] = FETCH_U32,
		[FT_S32] = FETCH_S32, [FT_U64] = FETCH_U64,
	};

	if (!c->field || c->field->type == FT_CHARS || c->field->type == FT_TEXT)
		return FETCH_OTHER;
	return of[c->field->type];
}

struct half_ctx {
	const struct store_column *columns;
};

static const char *half_name(const void *ctx, int i)
{
	return ((const struct half_ctx *)ctx)->columns[i].name;
}

static int half_open(struct reader *r, struct half *h, const struct store_table *t, bool more)
{
	int from = more ? t->ncolumns - t->nmore : 0;
	int8_t used[STORE_COLUMNS_MAX];
	struct half_ctx ctx = {t->column + from};
	char name[STORE_NAME_MAX + 8];
	struct columns want = {.table = name, .name = half_name, .ctx = &ctx, .used = used};
	int err;

	h->seq = SEQ_END;
	want.n = more ? t->nmore : t->ncolumns - t->nmore;
	if (!want.n)
		return 0;
	snprintf(name, sizeof(name), "%s%s", t->desc->name, more ? "_more" : "");
	err = table_select(r, &want, false, &h->stmt);
	for (int i = 0; !err && i < want.n; i++) {
		if (used[i] < 0)
			continue;
		h->fetch[h->nfetch++] = (struct fetch){.op = (uint8_t)op_of(&ctx.columns[i]),
						       .i = (uint8_t)used[i],
						       .offset = ctx.columns[i].offset,
						       .column = &ctx.columns[i]};
	}
	return err;
}

/* task_gone and keyframe: only their seq, and a number. */
static const char *second_name(const void *ctx, int i)
{
	(void)i;
	return ctx;
}

static int plain_open(struct reader *r, struct half *h, const char *table, const char *column)
{
	int8_t used[1];
	struct columns want = {
		.table = table, .name = second_name, .ctx = column, .n = 1, .used = used};
	int err = table_select(r, &want, false, &h->stmt);

	h->seq = SEQ_END;
	h->nfetch = used[0] == 1;
	return err;
}

static const char *thread_name(const void *ctx, int i)
{
	static const char *const names[] = {"pid", "tid",      "comm",	    "cgroup",
					    "uid", "start_ns", "task_flags"};

	(void)ctx;
	return names[i];
}

int cursors_open(struct reader *r)
{
	struct columns thread = {.table = "thread", .name = thread_name, .n = 7};
	int err = 0, n;
	const struct store_table *t = store_tables(&n);

	thread.used = r->thread_column;
	r->ncursors = n;
	r->cursors = calloc((size_t)n, sizeof(*r->cursors));
	r->threads = calloc(THREAD_CACHE, sizeof(*r->threads));
	if (!r->cursors || !r->threads)
		return reader_fail_sql(r, SQLITE_NOMEM);
	for (int i = 0; i < n && !err; i++) {
		r->cursors[i].table = &t[i];
		err = half_open(r, &r->cursors[i].first, &t[i], false);
		if (!err)
			err = half_open(r, &r->cursors[i].more, &t[i], true);
	}
	r->task = cursor_of(r, EV_TASK);
	r->tick = cursor_of(r, EV_TICK);
	if (!err)
		err = plain_open(r, &r->gone, "task_gone", "tid");
	if (!err)
		err = plain_open(r, &r->keyframe, "keyframe", "time_ns");
	return err ? err : table_select(r, &thread, true, &r->thread_stmt);
}

void cursors_close(struct reader *r)
{
	for (int i = 0; r->cursors && i < r->ncursors; i++) {
		sqlite3_finalize(r->cursors[i].first.stmt);
		sqlite3_finalize(r->cursors[i].more.stmt);
	}
	sqlite3_finalize(r->gone.stmt);
	sqlite3_finalize(r->keyframe.stmt);
	sqlite3_finalize(r->thread_stmt);
	free(r->cursors);
	free(r->threads);
	r->cursors = NULL;
	r->threads = NULL;
}

struct cursor *cursor_of(struct reader *r, uint16_t kind)
{
	for (int i = 0; i < r->ncursors; i++)
		if (r->cursors[i].table->desc->kind == kind)
			return &r->cursors[i];
	return NULL;
}

/*
 * The next row, which has at least this seq. One with a lower seq is of a tree whose branches have
 * grown together, and might go on for ever.
 */
static int half_step(struct reader *r, struct half *h, int64_t least)
{
	int rc = sqlite3_step(h->stmt);

	h->seq = rc == SQLITE_ROW ? sqlite3_column_int64(h->stmt, 0) : SEQ_END;
	if (rc == SQLITE_DONE || (rc == SQLITE_ROW && h->seq >= least))
		return 0;
	h->seq = SEQ_END;
	return reader_fail_sql(r, rc == SQLITE_ROW ? SQLITE_CORRUPT : rc);
}

int half_next(struct reader *r, struct half *h)
{
	return h->stmt && h->seq != SEQ_END ? half_step(r, h, h->seq + 1) : 0;
}

int half_seek(struct reader *r, struct half *h, int64_t seq)
{
	if (!h->stmt)
		return 0;
	sqlite3_reset(h->stmt);
	sqlite3_bind_int64(h->stmt, 1, seq);
	return half_step(r, h, seq);
}

int cursor_seek(struct reader *r, struct cursor *c, int64_t seq)
{
	int err = half_seek(r, &c->first, seq);

	return err ? err : half_seek(r, &c->more, seq);
}

int cursor_next(struct reader *r, struct cursor *c)
{
	return half_next(r, &c->first);
}

/* A row of `thread`; false = there is none, or it is none. */
static bool thread_fetch(struct reader *r, int64_t id, struct ev_task *t)
{
	static const uint16_t offsets[] = {
		offsetof(struct ev_task, tgid),	 offsetof(struct ev_task, tid),
		offsetof(struct ev_task, comm),	 offsetof(struct ev_task, cgroup),
		offsetof(struct ev_task, uid),	 offsetof(struct ev_task, start_ns),
		offsetof(struct ev_task, flags),
	};
	static const uint8_t types[] = {FT_U32, FT_U32, FT_CHARS, FT_U64, FT_U32, FT_U64, FT_U32};
	static const uint16_t sizes[] = {4, 4, EV_COMM_LEN, 8, 4, 8, 4};
	sqlite3_stmt *stmt = r->thread_stmt;
	bool ok = false;
	int rc;

	memset(t, 0, sizeof(*t));
	if (!stmt)
		return false;
	sqlite3_reset(stmt);
	sqlite3_bind_int64(stmt, 1, id);
	rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		reader_fail_sql(r, rc);
	if (rc == SQLITE_ROW) {
		struct { /* a task alone, as an event whose begin it is */
			struct ev_hdr hdr;
			struct ev_task task;
		} ev = {.hdr = {.size = sizeof(ev)}};

		ok = true;
		for (int i = 0; i < 7 && ok; i++) {
			struct field f = {.offset = (uint16_t)(offsets[i] + sizeof(struct ev_hdr)),
					  .size = sizes[i],
					  .type = types[i]};
			struct store_column c = {.field = &f, .offset = f.offset};

			if (r->thread_column[i] > 0)
				ok = !store_fetch(stmt, r->thread_column[i], &c, &ev.hdr,
						  sizeof(ev), NULL, NULL);
		}
		*t = ev.task;
	}
	sqlite3_reset(stmt);
	return ok;
}

static const struct ev_task *thread_of(void *ctx, int64_t id)
{
	struct reader *r = ctx;
	struct thread_entry *e = &r->threads[(uint64_t)id % THREAD_CACHE];

	if (e->id != id || !e->found) {
		e->id = id;
		e->found = thread_fetch(r, id, &e->task) ? 1 : -1;
	}
	return e->found > 0 ? &e->task : NULL;
}

/* Asked for as a value: one call of what costs most, where type and number would be two. */
static bool fetch_number(sqlite3_stmt *stmt, const struct fetch *f, char *to)
{
	sqlite3_value *value = sqlite3_column_value(stmt, f->i);
	int type = sqlite3_value_type(value);
	int64_t v;

	if (type != SQLITE_INTEGER) {
		if (f->op != FETCH_U64 || type != SQLITE_NULL)
			return false;
		memset(to, 0xff, sizeof(uint64_t)); /* EV_ABSENT */
		return true;
	}
	v = sqlite3_value_int64(value);
	switch (f->op) {
	case FETCH_U8:
		memcpy(to, &v, 1);
		return (uint64_t)v <= UINT8_MAX;
	case FETCH_U16:
		memcpy(to, &v, 2);
		return (uint64_t)v <= UINT16_MAX;
	case FETCH_U32:
		memcpy(to, &v, 4);
		return (uint64_t)v <= UINT32_MAX;
	case FETCH_S32:
		memcpy(to, &v, 4);
		return v == (int32_t)v;
	default:
		memcpy(to, &v, 8);
		return true;
	}
}

static bool half_fetch(struct reader *r, struct half *h, struct ev_hdr *ev)
{
	for (int i = 0; i < h->nfetch; i++) {
		const struct fetch *f = &h->fetch[i];
		bool ok = f->op == FETCH_OTHER ? !store_fetch(h->stmt, f->i, f->column, ev,
							      sizeof(r->event), thread_of, r)
					       : fetch_number(h->stmt, f, (char *)ev + f->offset);

		if (!ok)
			return false;
	}
	return true;
}

/* The second table's row of the same seq, if there is one. */
static bool more_fetch(struct reader *r, struct cursor *c, struct ev_hdr *ev)
{
	struct half *h = &c->more;

	if (!h->stmt)
		return true;
	while (h->seq < c->first.seq)
		half_next(r, h);
	return h->seq != c->first.seq || half_fetch(r, h, ev);
}

/* An event of that kind in which nothing is known. */
static void blank(const struct cursor *c, struct ev_hdr *ev)
{
	const struct event_desc *d = c->table->desc;

	memset(ev, 0, (size_t)d->size + 8);
	ev->kind = d->kind;
	ev->size = d->size + (d->has_text ? 8 : 0);
	if (!may_lack(d->kind))
		return;
	for (int i = 0; i < d->nfields; i++)
		if (d->fields[i].type == FT_U64 && d->fields[i].offset >= sizeof(struct ev_hdr))
			memset((char *)ev + d->fields[i].offset, 0xff, 8);
}

struct ev_hdr *cursor_event(struct reader *r, struct cursor *c)
{
	struct ev_hdr *ev = (struct ev_hdr *)r->event;

	blank(c, ev);
	if (half_fetch(r, &c->first, ev) && more_fetch(r, c, ev) && !event_check(ev, ev->size))
		return ev;
	if (!r->err)
		r->bad_rows++;
	return NULL;
}
