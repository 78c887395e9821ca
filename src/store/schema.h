/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a recording looks like inside: a table per kind of event, made from the field tables, so
 * that a new member of an event is a new column and nothing else.
 *
 *   STALL ->  CREATE TABLE stall (seq INTEGER PRIMARY KEY, time_ns INTEGER, thread INTEGER, ...)
 *
 * - seq numbers the events of all tables in the order in which the source gave them.
 * - A field is a column of its name, with "_" for "." ("seq" of a log line is "log_seq"). A struct
 *   ev_task is one column, "thread" ("victim_thread" for those called "victim.pid" and so on): a
 *   row of the table `thread`.
 * - Fields that are nearly always 0 are in a second table, "stall_more", which has a row of the
 * same seq only where one of them is not.
 * - A number is an INTEGER of the same 64 bits, so those above INT64_MAX are negative; EV_ABSENT is
 *   NULL. A string is TEXT, or a BLOB when it is not UTF-8 (their columns are of type ANY).
 * - Kernel addresses are replaced by numbers that are the same within a recording and tell nothing
 *   about the kernel's layout.
 *
 * Layer: store. May use event and util, and SQLite.
 */
#ifndef MEMTRACE_SCHEMA_H
#define MEMTRACE_SCHEMA_H

#include <sqlite3.h>
#include <stdio.h>
#include "event.h"

#define STORE_APPLICATION_ID 0x6d747263 /* "mtrc" */
#define STORE_VERSION	     1		/* PRAGMA user_version; a reader takes older ones, too */

#define STORE_NAME_MAX	  40
#define STORE_COLUMNS_MAX 128
#define STORE_TABLES_MAX  64

struct store_column {
	char name[STORE_NAME_MAX];
	const struct field *field; /* NULL: a struct ev_task, at offset */
	uint16_t offset;
	bool more; /* it is in the second table */
};

/* The table (tables) of a kind of event. */
struct store_table {
	const struct event_desc *desc;
	int ncolumns;
	int nmore; /* of these in the second table: they come last */
	struct store_column column[STORE_COLUMNS_MAX];
};

/*
 * The tables of all kinds, in the order of event_descs; made at the first call, not safe while
 * another thread makes the first one. *n may be NULL. Of one kind: NULL when that is unknown.
 */
const struct store_table *store_tables(int *n);
const struct store_table *store_table_of(uint16_t kind);

/*
 * Makes all tables and views in an empty database. Returns an SQLite code. store_schema_sql() is
 * the same as text, to be freed; NULL = out of memory. Without views: views false.
 */
int store_schema_create(sqlite3 *db);
char *store_schema_sql(bool views);

/*
 * The views for people: src/store/views.c. Names of kinds, causes and counters in them come from
 * the field tables when the recording is made, so that they are those of every other output.
 */
struct store_view {
	const char *name;
	const char *help; /* one line for the manual */
	const char *text; /* for store_view_sql() */
};
extern const struct store_view store_views[];
extern const int store_nviews;

/* What comes after "CREATE VIEW name AS". */
void store_view_sql(const struct store_view *v, FILE *out);

/* The manual of a recording, from the same tables: src/store/SCHEMA.md is its text. */
void store_manual(FILE *out);

/*
 * SQL of "INSERT INTO NAME VALUES(?1, ...)", with all columns of the first (more false) or second
 * table, seq first. Returns a static buffer's content: to be used before the next call.
 */
const char *store_insert_sql(const struct store_table *t, bool more);

/* What gives the row of table `thread` for a task: never 0. */
typedef int64_t (*store_thread_fn)(void *ctx, const struct ev_task *task);
/* A string: TEXT, or a BLOB when it is not UTF-8. */
int store_bind_string(sqlite3_stmt *stmt, int i, const char *s, size_t len);

/*
 * Is it a field that only this boot of this kernel understands, and that would tell about its
 * memory: addresses of its functions and of mm_structs? What takes its value's place: the same key
 * gives the same number.
 */
bool store_is_concealed(uint16_t kind, const struct field *f);
uint64_t store_conceal_value(const struct field *f, uint64_t v, uint64_t key);

#endif
