/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the reader share.
 *
 * Layer: store, private. reader.c has the contract's functions and the loop; reader_open.c opens a
 * file and says what is wrong with it; reader_info.c reads what is known before the first event;
 * reader_table.c walks tables, reader_fetch.c makes events of their rows; reader_merge.c brings the
 * tables' rows into order; reader_snapshot.c makes whole snapshots of their differences;
 * reader_range.c begins in the middle; reader_ahead.c has all that done by a thread of its own.
 */
#ifndef MEMTRACE_READER_IMPL_H
#define MEMTRACE_READER_IMPL_H

#include "reader.h"
#include "schema.h"

#define EVENT_MAX     65536	/* bytes of an event: texts are far shorter */
#define THREAD_CACHE  16384	/* rows of `thread` that are kept */
#define SNAPSHOT_ROWS 131072	/* threads of a snapshot; what is more is counted as bad */
#define CLOCK_STEPS   64	/* how often the wall clock was set: the latest ones */
#define SEQ_END	      INT64_MAX /* seq of a cursor that has no more rows */

/* How a column gets into an event: one step per column that both sides know. */
enum fetch_op {
	FETCH_U8,
	FETCH_U16,
	FETCH_U32,
	FETCH_S32,
	FETCH_U64,
	FETCH_CHARS,
	FETCH_TEXT,
	FETCH_TASK
};
struct fetch {
	uint8_t op; /* enum fetch_op */
	uint8_t i;  /* argument of the function */
	uint16_t offset, size;
};

struct half { /* a table, or its second table */
	sqlite3_stmt *stmt;
	int64_t seq; /* of the row it is at */
	/*
	 * That row's event. A function in the statement makes it, with the columns as its
	 * arguments: that takes half as long as to ask for them one by one. NULL: of a table of no
	 * events.
	 */
	struct ev_hdr *event;
	bool valid; /* the row is one */
	size_t room;
	struct reader *reader;
	const struct store_table *table;
	int nfetch;
	struct fetch fetch[STORE_COLUMNS_MAX];
};

struct cursor {
	const struct store_table *table;
	struct half first, more;
	bool held; /* its rows wait: see reader_range.c */
};

/* A thread as the latest snapshot had it. */
struct thread_row {
	struct ev_task_row ev;
	int64_t seq;	/* of the row that told of it */
	uint64_t stamp; /* the snapshot in which that was */
	bool gone;
};

struct snapshot {
	struct thread_row **rows; /* ordered as the kernel's iterator gives them: by tid */
	uint32_t nrows;
	struct thread_row **fresh; /* those that this snapshot has brought */
	uint32_t nfresh;
	struct thread_row **spare; /* allocated, and not in use */
	uint32_t nspare;
	uint32_t allocated;
	uint64_t stamp;	  /* number of this snapshot */
	uint64_t time_ns; /* of its first row */
};

struct thread_entry {
	int64_t id;
	int found; /* 0: not looked up */
	struct ev_task task;
};

struct wall_step {
	uint64_t boottime_ns, realtime_ns;
};

struct ahead;
struct told_files;

struct reader {
	char *path;
	char error[768];
	int err;	   /* the first that happened */
	volatile int stop; /* set by a signal handler, too */
	bool immutable;	   /* nobody writes to the file */
	sqlite3 *db;
	struct reader_info info;
	char *strings[7]; /* of info */
	struct wall_step wall[CLOCK_STEPS];
	int nwall;

	const struct reader_opts *opts;
	struct ahead *ahead; /* where events go; NULL: to opts->fn at once */
	_Atomic uint64_t bad_rows;
	struct cursor *cursors; /* of store_tables(), in their order */
	int ncursors;
	struct cursor *task, *tick; /* among them */
	struct half gone, keyframe;
	struct cursor *at; /* the one that is being read ... */
	int64_t until;	   /* ... as long as its seq is below this */
	struct snapshot snapshot;
	struct half thread;	      /* rows of `thread` by their id ... */
	struct thread_entry *threads; /* ... and those of late */
	uint64_t now_ns;
	bool ended; /* the range is over */
	bool final; /* a last tick has been given */
	/* A range that begins in the middle. */
	bool cut;
	int64_t begin_seq; /* the tick before the first snapshot */
	int64_t first_seq; /* the tick of that one */
	uint64_t begin_ns;
	struct told_files *files;
};

/* reader.c: gives all events, in whatever thread. */
void reader_read(struct reader *r);

/* reader_ahead.c: the same by a thread, the events to opts->fn in the caller's. */
void ahead_run(struct reader *r);
void ahead_put(struct ahead *a, const struct ev_hdr *ev);

/* reader_open.c. Sets r->db; checks that it is a recording that we can read. */
int file_open(struct reader *r);
__attribute__((format(printf, 3, 4))) int reader_fail(struct reader *r, int err, const char *fmt,
						      ...);
/* Words for an SQLite code. SQLITE_INTERRUPT is none. */
int reader_fail_sql(struct reader *r, int rc);

/* reader_info.c */
int info_load(struct reader *r);
void info_free(struct reader *r);

/* reader_table.c */
/*
 * A statement over a table. Its columns are seq, then those of the names that name(ctx, i) gives
 * and the table has, from seq on (by_id: of one row). used tells which these are (-1: there is none
 * of that name). as_event: all of them are arguments, from 1 on, of EVENT_FUNCTION(?2, ...), whose
 * result is the second column. *out NULL: there is no such table. Returns 0 or a negative errno.
 */
#define EVENT_FUNCTION "memtrace_event"
struct columns {
	const char *table;
	const char *(*name)(const void *ctx, int i);
	const void *ctx;
	int n;
	int8_t *used;
	bool by_id, as_event;
};
int table_select(struct reader *r, const struct columns *want, sqlite3_stmt **out);

/* reader_fetch.c */
int fetch_register(sqlite3 *db);
/* What to do with a column. */
struct fetch fetch_plan(const struct store_column *c, int i);
/* The half's statement makes events from now on. Returns 0 or a negative errno. */
int fetch_attach(struct reader *r, struct half *h);
void thread_cache_close(struct reader *r);
int thread_cache_open(struct reader *r);

/* Of all tables, each to be sought before it is read. */
int cursors_open(struct reader *r);
void cursors_close(struct reader *r);
/* To the first row with at least this seq. */
int cursor_seek(struct reader *r, struct cursor *c, int64_t seq);
int cursor_next(struct reader *r, struct cursor *c);
int half_seek(struct reader *r, struct half *h, int64_t seq);
int half_next(struct reader *r, struct half *h);
/* The event of the row it is at, until the next one, checked; NULL (and counted) if it is none. */
struct ev_hdr *cursor_event(struct reader *r, struct cursor *c);
struct cursor *cursor_of(struct reader *r, uint16_t kind);

/* reader_merge.c: gives all events with a seq below the limit. */
void merge_until(struct reader *r, int64_t limit);
/* The cursor with the lowest seq below the limit; NULL. */
struct cursor *merge_next(struct reader *r, int64_t limit);
void reader_emit(struct reader *r, struct ev_hdr *ev);
/* Is anything left but rows of a snapshot that is not complete? */
bool merge_any_left(struct reader *r);

/* reader_snapshot.c */
/* Takes the rows up to a tick's seq; gives the whole snapshot if emit. */
void snapshot_take_rows(struct reader *r, int64_t tick_seq, bool emit);
/* Is this process in the latest one? */
bool snapshot_has(const struct reader *r, uint32_t tgid, uint64_t start_ns);
void snapshot_free(struct reader *r);

/* reader_range.c */
int range_begin(struct reader *r);
/* Of the first snapshot: is this event to be given? May change it. */
bool range_wants(struct reader *r, struct ev_hdr *ev);
/* Names of processes, which wait for them. */
void range_release(struct reader *r);

/* reader_files.c. Names up to this seq are of before the range. */
int64_t files_before(const struct reader *r);
int files_begin(struct reader *r);
/* Gives the name of the file that a fault was on, if it was told before the range. */
void files_note(struct reader *r, const struct ev_fault *fault);
void files_end(struct reader *r);

#endif
