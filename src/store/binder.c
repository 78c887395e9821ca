// SPDX-License-Identifier: GPL-2.0
/* Layer: store. See binder.h. */
#include "binder.h"

#include <stdlib.h>
#include <string.h>

enum how { BIND_U8, BIND_U16, BIND_U32, BIND_S32, BIND_U64, BIND_CONCEAL, BIND_STRING, BIND_TASK };

enum bound { BOUND_NOT, BOUND_INT, BOUND_NULL };

static enum how how_of(const struct store_column *c, uint16_t kind)
{
	if (!c->field)
		return BIND_TASK;
	if (store_is_concealed(kind, c->field))
		return BIND_CONCEAL;
	switch (c->field->type) {
	case FT_U8:
		return BIND_U8;
	case FT_U16:
		return BIND_U16;
	case FT_U32:
		return BIND_U32;
	case FT_S32:
		return BIND_S32;
	case FT_U64:
		return BIND_U64;
	}
	return BIND_STRING;
}

int binder_init(struct binder *b, sqlite3 *db, const struct store_table *t, bool more)
{
	const char *sql = store_insert_sql(t, more);

	*b = (struct binder){0};
	if (!sql)
		return SQLITE_NOMEM;
	b->ops = calloc((size_t)t->ncolumns, sizeof(*b->ops));
	if (!b->ops)
		return SQLITE_NOMEM;
	for (int i = 0; i < t->ncolumns; i++)
		if (t->column[i].more == more)
			b->ops[b->n++] = (struct bind_op){
				.field = t->column[i].field,
				.offset = t->column[i].offset,
				.how = (uint8_t)how_of(&t->column[i], t->desc->kind)};
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &b->stmt, NULL);
}

void binder_fini(struct binder *b)
{
	sqlite3_finalize(b->stmt);
	free(b->ops);
	*b = (struct binder){0};
}

static uint64_t load(const struct bind_op *op, const struct ev_hdr *ev)
{
	const char *at = (const char *)ev + op->offset;
	uint16_t u16;
	uint32_t u32;
	int32_t s32;
	uint64_t u64;

	switch ((enum how)op->how) {
	case BIND_U8:
		return (uint8_t)*at;
	case BIND_U16:
		memcpy(&u16, at, sizeof(u16));
		return u16;
	case BIND_U32:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case BIND_S32:
		memcpy(&s32, at, sizeof(s32));
		return (uint64_t)(int64_t)s32;
	default:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	}
}

static int bind_int(sqlite3_stmt *stmt, int i, struct bind_op *op, int64_t v)
{
	if (op->bound == BOUND_INT && op->last == v)
		return SQLITE_OK;
	op->bound = BOUND_INT;
	op->last = v;
	return sqlite3_bind_int64(stmt, i, v);
}

static int bind_null(sqlite3_stmt *stmt, int i, struct bind_op *op)
{
	if (op->bound == BOUND_NULL)
		return SQLITE_OK;
	op->bound = BOUND_NULL;
	return sqlite3_bind_null(stmt, i);
}

static bool is_nobody(const struct ev_task *task)
{
	static const struct ev_task none;

	return !task->tid && !memcmp(task, &none, sizeof(none));
}

static int bind_op(struct binder *b, int i, const struct ev_hdr *ev, uint64_t key,
		   store_thread_fn thread_id, void *ctx)
{
	struct bind_op *op = &b->ops[i];
	const struct ev_task *task;
	const char *s;
	uint64_t v;
	size_t len;

	switch ((enum how)op->how) {
	case BIND_STRING:
		s = field_str(op->field, ev, &len);
		return store_bind_string(b->stmt, i + 2, s, len);
	case BIND_TASK:
		task = (const void *)((const char *)ev + op->offset);
		if (is_nobody(task))
			return bind_null(b->stmt, i + 2, op);
		return bind_int(b->stmt, i + 2, op, thread_id(ctx, task));
	case BIND_CONCEAL:
		v = store_conceal_value(op->field, load(op, ev), key);
		return bind_int(b->stmt, i + 2, op, (int64_t)v);
	case BIND_U64:
		v = load(op, ev);
		if (v == EV_ABSENT)
			return bind_null(b->stmt, i + 2, op);
		return bind_int(b->stmt, i + 2, op, (int64_t)v);
	default:
		return bind_int(b->stmt, i + 2, op, (int64_t)load(op, ev));
	}
}

int binder_insert(struct binder *b, int64_t seq, const struct ev_hdr *ev, uint64_t key,
		  store_thread_fn thread_id, void *ctx)
{
	int rc = sqlite3_bind_int64(b->stmt, 1, seq), reset;

	for (int i = 0; i < b->n && rc == SQLITE_OK; i++)
		rc = bind_op(b, i, ev, key, thread_id, ctx);
	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(b->stmt);
	reset = sqlite3_reset(b->stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : reset;
}

bool binder_has_any(const struct binder *b, const struct ev_hdr *ev)
{
	for (int i = 0; i < b->n; i++)
		if (load(&b->ops[i], ev))
			return true;
	return false;
}
