// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. A row's columns into an event, by a function that the statement calls with them.
 *
 * A column that the file lacks (an older memtrace made it) is 0, or unknown where there is a value
 * for that.
 */
#include "reader_impl.h"

#include <stdlib.h>
#include <string.h>

#define POINTER "memtrace half"

struct fetch fetch_plan(const struct store_column *c, int i)
{
	static const uint8_t of[] = {
		[FT_U8] = FETCH_U8,	[FT_U16] = FETCH_U16, [FT_U32] = FETCH_U32,
		[FT_S32] = FETCH_S32,	[FT_U64] = FETCH_U64, [FT_CHARS] = FETCH_CHARS,
		[FT_TEXT] = FETCH_TEXT,
	};

	return (struct fetch){.op = c->field ? of[c->field->type] : FETCH_TASK,
			      .i = (uint8_t)i,
			      .offset = c->offset,
			      .size = c->field ? c->field->size : sizeof(struct ev_task)};
}

/* Kinds of which a figure may be EV_ABSENT. */
static bool may_lack(uint16_t kind)
{
	return kind == EV_HOST || kind == EV_CGSTAT || kind == EV_SWAPDEV || kind == EV_CGMEM ||
	       kind == EV_VM;
}

/* An event of that kind in which nothing is known. */
static void blank(const struct event_desc *d, struct ev_hdr *ev)
{
	memset(ev, 0, (size_t)d->size + 8);
	ev->kind = d->kind;
	ev->size = d->size + (d->has_text ? 8 : 0);
	if (!may_lack(d->kind))
		return;
	for (int i = 0; i < d->nfields; i++)
		if (d->fields[i].type == FT_U64 && d->fields[i].offset >= sizeof(struct ev_hdr))
			memset((char *)ev + d->fields[i].offset, 0xff, 8);
}

/* Little-endian, as everything memtrace runs on. */
static bool take_number(const struct fetch *f, sqlite3_value *value, char *to)
{
	int64_t v;

	if (sqlite3_value_type(value) != SQLITE_INTEGER) {
		if (f->op != FETCH_U64 || sqlite3_value_type(value) != SQLITE_NULL)
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

static bool take_string(const struct half *h, const struct fetch *f, sqlite3_value *value)
{
	int type = sqlite3_value_type(value);
	const void *s;
	size_t len, room = f->size;

	if (type != SQLITE_TEXT && type != SQLITE_BLOB)
		return false;
	s = sqlite3_value_blob(value);
	len = (size_t)sqlite3_value_bytes(value);
	if (f->op == FETCH_TEXT) {
		/* It ends in NUL, and the whole is a multiple of 8 long. */
		room = h->room - f->offset - 8;
		if (len > room)
			return false;
		h->event->size = (uint32_t)((f->offset + len + 1 + 7) & ~(size_t)7);
		memset((char *)h->event + f->offset, 0, h->event->size - f->offset);
	}
	if (len > room)
		return false;
	if (len)
		memcpy((char *)h->event + f->offset, s, len);
	return true;
}

/* A row of `thread`; false = there is none, or it is none. */
static bool thread_fetch(struct reader *r, int64_t id, struct ev_task *t)
{
	struct half *h = &r->thread;
	int rc;

	sqlite3_reset(h->stmt);
	sqlite3_bind_int64(h->stmt, 1, id);
	h->valid = false;
	rc = sqlite3_step(h->stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		reader_fail_sql(r, rc);
	if (rc == SQLITE_ROW && h->valid)
		*t = ((struct ev_sleep *)h->event)->task;
	sqlite3_reset(h->stmt);
	return rc == SQLITE_ROW && h->valid;
}

static bool take_task(struct reader *r, sqlite3_value *value, char *to)
{
	struct thread_entry *e;
	int64_t id;

	if (sqlite3_value_type(value) == SQLITE_NULL)
		return true; /* a task of zeros */
	if (sqlite3_value_type(value) != SQLITE_INTEGER || !r->thread.stmt)
		return false;
	id = sqlite3_value_int64(value);
	e = &r->threads[(uint64_t)id % THREAD_CACHE];
	if (e->id != id || !e->found) {
		e->id = id;
		e->found = thread_fetch(r, id, &e->task) ? 1 : -1;
	}
	if (e->found > 0)
		memcpy(to, &e->task, sizeof(e->task));
	return e->found > 0;
}

static bool take(struct half *h, const struct fetch *f, sqlite3_value *value)
{
	switch (f->op) {
	case FETCH_CHARS:
	case FETCH_TEXT:
		return take_string(h, f, value);
	case FETCH_TASK:
		return take_task(h->reader, value, (char *)h->event + f->offset);
	default:
		return take_number(f, value, (char *)h->event + f->offset);
	}
}

/* EVENT_FUNCTION(half, column, ...) */
static void make_event(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct half *h = argc ? sqlite3_value_pointer(argv[0], POINTER) : NULL;
	bool ok = h != NULL;

	if (!h)
		return;
	blank(h->table->desc, h->event);
	for (int i = 0; ok && i < h->nfetch; i++)
		ok = h->fetch[i].i < argc && take(h, &h->fetch[i], argv[h->fetch[i].i]);
	h->valid = ok;
	sqlite3_result_int(ctx, ok);
}

int fetch_register(sqlite3 *db)
{
	return sqlite3_create_function_v2(db, EVENT_FUNCTION, -1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
					  NULL, make_event, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : -ENOMEM;
}

int fetch_attach(struct reader *r, struct half *h)
{
	h->reader = r;
	h->room = h->table->desc->has_text ? EVENT_MAX : h->table->desc->size + 8u;
	h->event = malloc(h->room);
	if (!h->event || sqlite3_bind_pointer(h->stmt, 2, h, POINTER, NULL) != SQLITE_OK)
		return reader_fail_sql(r, SQLITE_NOMEM);
	return 0;
}

/* Columns of `thread` in an event that has little but a task. */
static const struct {
	const char *name;
	uint8_t op;
	uint16_t offset, size;
} thread_columns[] = {
#define THREAD(name, op, member)                                                                   \
	{                                                                                          \
		name, op, offsetof(struct ev_sleep, task.member),                                  \
			sizeof(((struct ev_task *)0)->member)                                      \
	}
	THREAD("pid", FETCH_U32, tgid),		THREAD("tid", FETCH_U32, tid),
	THREAD("comm", FETCH_CHARS, comm),	THREAD("cgroup", FETCH_U64, cgroup),
	THREAD("uid", FETCH_U32, uid),		THREAD("start_ns", FETCH_U64, start_ns),
	THREAD("task_flags", FETCH_U32, flags),
};
#define THREAD_COLUMNS ((int)(sizeof(thread_columns) / sizeof(thread_columns[0])))

static const char *thread_name(const void *ctx, int i)
{
	(void)ctx;
	return thread_columns[i].name;
}

int thread_cache_open(struct reader *r)
{
	struct half *h = &r->thread;
	int8_t used[THREAD_COLUMNS];
	struct columns want = {.table = "thread",
			       .name = thread_name,
			       .n = THREAD_COLUMNS,
			       .used = used,
			       .by_id = true,
			       .as_event = true};
	int err = table_select(r, &want, &h->stmt);

	if (err || !h->stmt)
		return err;
	r->threads = calloc(THREAD_CACHE, sizeof(*r->threads));
	if (!r->threads)
		return reader_fail_sql(r, SQLITE_NOMEM);
	h->table = store_table_of(EV_SLEEP);
	for (int i = 0; i < THREAD_COLUMNS; i++)
		if (used[i] > 0)
			h->fetch[h->nfetch++] =
				(struct fetch){thread_columns[i].op, (uint8_t)used[i],
					       thread_columns[i].offset, thread_columns[i].size};
	return fetch_attach(r, h);
}

void thread_cache_close(struct reader *r)
{
	sqlite3_finalize(r->thread.stmt);
	free(r->thread.event);
	free(r->threads);
	r->threads = NULL;
}
