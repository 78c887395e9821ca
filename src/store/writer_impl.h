/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The writer's inside: what its files share. writer.c is the side of whoever traces, all else runs
 * in the writer's thread, which alone uses SQLite.
 *
 * Layer: store.
 */
#ifndef MEMTRACE_WRITER_IMPL_H
#define MEMTRACE_WRITER_IMPL_H

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include "evqueue.h"
#include "inserter.h"
#include "taskdelta.h"
#include "writer.h"

#define PAGE_BYTES 4096
/*
 * So many pages, and the log goes into the file; one that is so many times as long is waited for.
 * At the end of a full disk there is room for that.
 */
#define WAL_PAGES     1000
#define WAL_PAGES_MIN 32
#define WAL_PATIENCE  3
#define SPARE_BYTES   ((size_t)WAL_PATIENCE * WAL_PAGES * PAGE_BYTES)

/* Not an event: what writer_run_info() says, on its way through the queue. */
#define KIND_RUN 0xffff

#define KEYFRAMES_MAX 256

struct keyframe {
	int64_t seq;
	int64_t thread; /* the last id of before */
	uint64_t time_ns;
};

/* Where a ring is cut, and how far that has come. */
struct ring {
	struct keyframe
		frames[KEYFRAMES_MAX]; /* oldest first: what is kept begins with the first */
	int nframes;
	struct keyframe gone; /* all before it has been deleted */
	struct keyframe cut;  /* all before it is to be; seq 0 = nothing is to be done */
	sqlite3_stmt *deletes[2 * STORE_TABLES_MAX];
	int ndeletes;
	sqlite3_stmt *threads, *processes, *ustacks;
};

struct snapshots {
	struct taskdelta delta;
	uint64_t keyframe_ns; /* time between two */
	uint64_t latest_ns;   /* time of the latest keyframe */
	size_t rows_lost;     /* writer.rows_lost when the latest snapshot ended */
	bool any;	      /* there is a keyframe */
	bool open;	      /* rows of a snapshot have come, its tick has not */
	bool whole;	      /* all rows of it are kept */
	bool wanted;	      /* a keyframe, as soon as can be */
};

struct limit {
	uint64_t pages;		/* that the file may have; 0 = no limit */
	uint64_t wal_pages;	/* of the log, before it goes into the file */
	uint64_t frame_pages;	/* that were in use at the latest keyframe */
	unsigned int unchecked; /* events that may come before the size is looked at */
	bool tight;		/* a ring that has no room for what may be dropped */
	bool by_system;		/* nobody asked for it */
	sqlite3_stmt *count, *free;
};

/* The thread that has the log go into the file. */
struct merge {
	sqlite3 *db;
	pthread_t thread;
	bool started;
	sem_t wanted, done;
	atomic_bool busy, closing;
	int rc, saved_errno; /* of the latest, once busy is false */
};

struct writer {
	char path[PATH_MAX];
	struct writer_opts opts;
	struct evqueue queue;
	pthread_t thread;
	bool started, joined;
	sem_t opened; /* the thread has made the file, or could not */

	/* By whoever traces, read by the thread. */
	atomic_bool closing;
	atomic_size_t rows_lost; /* of snapshots of tasks */
	/* By both, or by the thread for whoever traces. */
	atomic_ullong lost, events, bytes;
	atomic_int state;
	int result;	  /* of opening, of ending: valid when opened, joined */
	char error[1024]; /* before state is set */

	/* The thread's own. */
	sqlite3 *db;
	struct inserter in;
	struct snapshots snaps;
	struct ring ring;
	struct limit limit;
	struct merge merge;
	int spare_fd;
	size_t spare_bytes;
	int saved_errno;      /* when something failed */
	int wal_frames;	      /* in the log after the latest commit */
	int64_t clock_offset; /* wall clock - boottime */
	uint64_t last_ns;     /* the latest time that is in the file */
	uint64_t batch_ns;    /* the latest time of the present transaction */
};

/* writer.c: starts a thread that gets no signals. Returns 0 or a negative errno. */
int writer_start(pthread_t *thread, void *(*fn)(void *), void *arg);

/* writer_thread.c */
void *writer_thread(void *arg);
/* Prepares a statement once. All below return SQLite codes. */
int writer_prepare(struct writer *w, const char *sql, sqlite3_stmt **out);
int writer_step(sqlite3_stmt *stmt);
/* Events that come in floods: of those some may be missing. */
bool writer_may_drop(uint16_t kind);

/* writer_end.c: words for what SQLite or the disk said; ends the file as well as can be. */
void writer_fail(struct writer *w, int rc);
void writer_full(struct writer *w);
int writer_finish(struct writer *w);

/* writer_snapshot.c: rows of tasks, and ticks. */
int snapshot_row(struct writer *w, struct ev_task_row *row);
int snapshot_tick(struct writer *w, struct ev_hdr *tick);

/* writer_run.c: the table `run`. */
int run_send(struct writer *w, const struct run_info *run);
int run_store(struct writer *w, const struct ev_hdr *ev);

/* writer_ring.c: notes a keyframe; deletes a bit of what is too old. */
void ring_keyframe(struct writer *w, const struct keyframe *k);
bool ring_busy(const struct writer *w);
int ring_step(struct writer *w);
/* Cuts off the oldest part, if there is more than one and none is being cut off. */
bool ring_cut_oldest(struct writer *w);
void ring_close(struct writer *w);

/* writer_merge.c: has the log go into the file when it is long. */
int merge_open(struct writer *w);
void merge_close(struct writer *w);
int merge_when_long(struct writer *w);

/* writer_limit.c: how large the file may become. */
int limit_open(struct writer *w);
void limit_close(struct writer *w);
/* After an event: *full = no more fits. */
int limit_check(struct writer *w, bool *full);

#endif
