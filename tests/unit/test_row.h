/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How an event is a row, field by field as schema.h says: what the writer does faster has to come
 * to the same.
 *
 * Layer: tests.
 */
#ifndef TEST_ROW_H
#define TEST_ROW_H

#include <string.h>
#include "schema.h"

static inline int row_bind_field(sqlite3_stmt *stmt, int i, const struct field *f,
				 const struct ev_hdr *ev)
{
	const char *s;
	uint64_t v;
	size_t len;

	if (f->type == FT_CHARS || f->type == FT_TEXT) {
		s = field_str(f, ev, &len);
		return store_bind_string(stmt, i, s, len);
	}
	v = field_u64(f, ev);
	if (f->type == FT_U64 && v == EV_ABSENT)
		return sqlite3_bind_null(stmt, i);
	return sqlite3_bind_int64(stmt, i, (int64_t)v);
}

static inline int row_bind_task(sqlite3_stmt *stmt, int i, const struct ev_task *at,
				store_thread_fn thread_id, void *ctx)
{
	static const struct ev_task none;
	struct ev_task task;

	memcpy(&task, at, sizeof(task));
	if (memcmp(&task, &none, sizeof(task)) == 0)
		return sqlite3_bind_null(stmt, i);
	return sqlite3_bind_int64(stmt, i, thread_id(ctx, &task));
}

/* seq is ?1; strings are bound without a copy. Returns an SQLite code. */
static inline int row_bind(sqlite3_stmt *stmt, const struct store_table *t, bool more, int64_t seq,
			   const struct ev_hdr *ev, store_thread_fn thread_id, void *ctx)
{
	int rc = sqlite3_bind_int64(stmt, 1, seq), at = 2;

	for (int i = 0; i < t->ncolumns && rc == SQLITE_OK; i++) {
		const struct store_column *c = &t->column[i];

		if (c->more != more)
			continue;
		if (c->field)
			rc = row_bind_field(stmt, at++, c->field, ev);
		else
			rc = row_bind_task(stmt, at++, (const void *)((const char *)ev + c->offset),
					   thread_id, ctx);
	}
	return rc;
}

/* Has the event anything for the second table? */
static inline bool row_has_more(const struct store_table *t, const struct ev_hdr *ev)
{
	for (int i = t->ncolumns - t->nmore; i < t->ncolumns; i++)
		if (field_u64(t->column[i].field, ev))
			return true;
	return false;
}

/* Addresses are replaced, as in a recording with this key. */
static inline void row_conceal(struct ev_hdr *ev, uint64_t key)
{
	const struct event_desc *d = event_desc(ev->kind);

	for (int i = 0; d && i < d->nfields; i++) {
		const struct field *f = &d->fields[i];
		uint64_t v;

		if (!store_is_concealed(ev->kind, f))
			continue;
		v = store_conceal_value(f, field_u64(f, ev), key);
		memcpy((char *)ev + f->offset, &v, sizeof(v));
	}
}

#endif
