/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows into the tables of a recording, by statements that are prepared once.
 *
 * Layer: store. Used by the writer's thread (writer_impl.h), in which all SQLite happens. Functions
 * return an SQLite code.
 */
#ifndef MEMTRACE_INSERTER_H
#define MEMTRACE_INSERTER_H

#include <sqlite3.h>
#include "binder.h"
#include "event.h"
#include "threadids.h"

struct inserter {
	sqlite3 *db;
	const struct store_table *tables;
	struct binder first[STORE_TABLES_MAX], more[STORE_TABLES_MAX]; /* as store_tables() */
	sqlite3_stmt *thread, *gone, *keyframe, *run;
	struct threadids ids;
	int64_t seq;   /* of the last row */
	uint64_t key;  /* for store_conceal_value() */
	uint64_t rows; /* of events, so far */
	int thread_rc; /* of the last row of table `thread` */
};

/* db has the schema. inserter_close() is due also when it fails. */
int inserter_open(struct inserter *in, sqlite3 *db);
void inserter_close(struct inserter *in);

/* Takes the next seq. What the event tells of the kernel's memory is concealed. */
int inserter_event(struct inserter *in, const struct ev_hdr *ev);
int inserter_gone(struct inserter *in, uint32_t tid);
int inserter_keyframe(struct inserter *in, int64_t seq, uint64_t time_ns);
/* Table `run`: adds or replaces. */
int inserter_run_text(struct inserter *in, const char *key, const char *value);
int inserter_run_int(struct inserter *in, const char *key, int64_t value);

#endif
