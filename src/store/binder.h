/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A statement of store_insert_sql() and how an event is bound to it: what schema.h says, worked
 * out beforehand, since it is done for every event. A value that the statement has already from the
 * event before is not bound again.
 *
 * Layer: store. Used by inserter.c.
 */
#ifndef MEMTRACE_BINDER_H
#define MEMTRACE_BINDER_H

#include "schema.h"

struct bind_op {
	int64_t last; /* what is bound */
	const struct field *field;
	uint16_t offset;
	uint8_t how;   /* enum in binder.c */
	uint8_t bound; /* 0: nothing yet; 1: last; 2: NULL */
};

struct binder {
	sqlite3_stmt *stmt; /* NULL: there is no such table */
	struct bind_op *ops;
	int n;
};

/* The first table of t, or the second (more). An SQLite code; binder_fini() is due also then. */
int binder_init(struct binder *b, sqlite3 *db, const struct store_table *t, bool more);
void binder_fini(struct binder *b);

/*
 * Binds and steps. key: for what store_conceal_value() conceals. thread_id: see schema.h. The event
 * is unchanged, and may go afterwards.
 */
int binder_insert(struct binder *b, int64_t seq, const struct ev_hdr *ev, uint64_t key,
		  store_thread_fn thread_id, void *ctx);
/* Is there anything but zeros, for a second table? */
bool binder_has_any(const struct binder *b, const struct ev_hdr *ev);

#endif
