/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes a recording. Events are copied to a queue; a thread takes them from there and commits
 * them at least once a second, so whoever traces never waits for a disk, and kill -9 costs no more
 * than that second.
 *
 * While it is written the file is in SQLite's WAL mode: FILE-wal beside it belongs to it.
 * writer_close() leaves FILE alone.
 *
 * Of a thread's rows in snapshots only those that differ from the one before are kept, and the
 * first of each snapshot; a row in `task_gone` says that a snapshot had none of a thread any more.
 * Every now and then a snapshot is kept whole (run key "keyframe_ns"; in table `keyframe`: seq of
 * its first event): reading can begin there, and a ring is cut there.
 *
 * Beside what was asked (run.h) the table `run` has: keyframe_ns, the time between two of them;
 * max_bytes, if there is such a limit; once it has ended, "ended" = 1, "stopped" = why, where
 * nobody asked for the end ("max_size", "the disk is full", ...), "unrecorded" = events that found
 * no room.
 *
 * Layer: store. May use event and util, and SQLite.
 */
#ifndef MEMTRACE_WRITER_H
#define MEMTRACE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "event.h"
#include "run.h"

struct writer;

struct writer_opts {
	uint64_t max_bytes; /* ends when the file is that large; with ring_ns: cut to fit. 0 = none
			     */
	uint64_t ring_ns;   /* only the last so many ns are kept; 0 = all */
	size_t queue_bytes; /* room for events that wait for the disk; 0 = a default */
};

enum writer_state {
	WRITER_RUNNING,
	WRITER_FULL,   /* max_bytes are in: it takes no more */
	WRITER_FAILED, /* the disk is full, or does not work: writer_error() tells */
};

struct writer_status {
	enum writer_state state;
	uint64_t events; /* committed */
	uint64_t bytes;	 /* of the file and its WAL */
	uint64_t lost;	 /* events for which the queue had no room */
	uint64_t waiting_bytes;
};

/*
 * Could a recording be made there? Changes nothing. Returns 0 or a negative errno, with words for
 * it: a file that is no recording, one that somebody is using, a directory, no right to write.
 */
int writer_check(const char *path, char *words, size_t cap);
/*
 * Makes the file. One that is there already is replaced if it is a recording, else left alone.
 * Returns 0 or a negative errno; *out is to be freed also then, unless it is NULL (out of memory).
 */
int writer_open(const char *path, const struct writer_opts *opts, struct writer **out);
/* Words for what went wrong, with the remedy; "" = nothing did. */
const char *writer_error(const struct writer *w);

/* Before the first event, and again when more is known. Borrows nothing. */
int writer_run_info(struct writer *w, const struct run_info *run);

/*
 * Takes a checked event, from one thread. Never waits: what finds no room is counted, by
 * ev_counters.unrecorded of the next EV_COUNTS and in writer_status. Ticks, names and counts have
 * room kept for them.
 */
void writer_event(struct writer *w, const struct ev_hdr *ev);
void writer_status(struct writer *w, struct writer_status *out);

/* Writes what waits, ends the file in good order. Returns 0 or a negative errno (writer_error()).
 */
int writer_close(struct writer *w);
void writer_free(struct writer *w);

#endif
