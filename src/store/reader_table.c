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

int table_select(struct reader *r, const struct columns *want, sqlite3_stmt **out)
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
	fputs(want->as_event ? "SELECT _rowid_," EVENT_FUNCTION "(?2" : "SELECT _rowid_", f);
	for (int i = 0; i < want->n; i++) {
		if (want->used[i] < 0)
			continue;
		fprintf(f, ",\"%s\"", want->name(want->ctx, i));
		want->used[i] = (int8_t)at++;
	}
	fprintf(f, "%s FROM \"%s\" NOT INDEXED WHERE _rowid_ %s ?1%s", want->as_event ? ")" : "",
		want->table, want->by_id ? "=" : ">=", want->by_id ? "" : " ORDER BY _rowid_");
	fclose(f);
	rc = sqlite3_prepare_v2(r->db, sql, -1, out, NULL);
	free(sql);
	if (rc == SQLITE_ERROR) /* a table without rowids, say */
		return fail_table(r, want->table);
	return rc == SQLITE_OK ? 0 : reader_fail_sql(r, rc) ? r->err : -EINTR;
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
	struct columns want = {
		.table = name, .name = half_name, .ctx = &ctx, .used = used, .as_event = true};
	int err;

	h->seq = SEQ_END;
	want.n = more ? t->nmore : t->ncolumns - t->nmore;
	if (!want.n)
		return 0;
	snprintf(name, sizeof(name), "%s%s", t->desc->name, more ? "_more" : "");
	h->table = t;
	err = table_select(r, &want, &h->stmt);
	for (int i = 0; !err && i < want.n; i++)
		if (used[i] > 0)
			h->fetch[h->nfetch++] = fetch_plan(&ctx.columns[i], used[i]);
	return !err && h->stmt ? fetch_attach(r, h) : err;
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
	int err = table_select(r, &want, &h->stmt);

	h->seq = SEQ_END;
	h->nfetch = used[0] == 1;
	return err;
}

int cursors_open(struct reader *r)
{
	int err = 0, n;
	const struct store_table *t = store_tables(&n);

	r->ncursors = n;
	r->cursors = calloc((size_t)n, sizeof(*r->cursors));
	if (!r->cursors || fetch_register(r->db))
		return reader_fail_sql(r, SQLITE_NOMEM);
	for (int i = 0; i < n; i++)
		r->cursors[i].table = &t[i];
	for (int i = 0; i < n && !err; i++) {
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
	return err ? err : thread_cache_open(r);
}

static void half_close(struct half *h)
{
	sqlite3_finalize(h->stmt);
	free(h->event);
}

void cursors_close(struct reader *r)
{
	for (int i = 0; r->cursors && i < r->ncursors; i++) {
		half_close(&r->cursors[i].first);
		half_close(&r->cursors[i].more);
	}
	half_close(&r->gone);
	half_close(&r->keyframe);
	thread_cache_close(r);
	free(r->cursors);
	r->cursors = NULL;
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

/* What the second table has of the same seq, if it has. */
static bool more_fetch(struct reader *r, struct cursor *c)
{
	struct half *h = &c->more;

	if (!h->stmt)
		return true;
	while (h->seq < c->first.seq)
		half_next(r, h);
	if (h->seq != c->first.seq)
		return true;
	for (int i = 0; h->valid && i < h->nfetch; i++) {
		const struct fetch *f = &h->fetch[i];

		memcpy((char *)c->first.event + f->offset, (char *)h->event + f->offset, f->size);
	}
	return h->valid;
}

struct ev_hdr *cursor_event(struct reader *r, struct cursor *c)
{
	struct ev_hdr *ev = c->first.event;

	if (c->first.valid && more_fetch(r, c) && !event_check(ev, ev->size))
		return ev;
	if (!r->err)
		r->bad_rows++;
	return NULL;
}
