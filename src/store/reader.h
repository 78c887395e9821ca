/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording as a source of events: the same ones, in the same order, as the live source gave
 * when it was written. Needs no privilege but to read the file, and trusts nothing in it.
 *
 * Layer: store. May use event and util, and SQLite.
 */
#ifndef MEMTRACE_READER_H
#define MEMTRACE_READER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include "event.h"
#include "run.h"

struct reader;

struct reader_opts {
	/*
	 * Which part, boottime ns; 0 = from its begin, UINT64_MAX = to its end. It is widened to
	 * whole intervals.
	 */
	uint64_t from_ns, to_ns;
	void (*fn)(void *ctx, const struct ev_hdr *ev); /* gets every event, checked */
	void *ctx;
};

/* What is known before an event is read. */
struct reader_info {
	struct run_info run; /* strings belong to the reader */
	struct ev_meta meta;
	uint64_t first_ns, last_ns; /* boottime of the first and the last snapshot */
	bool ended;	     /* in good order; else memtrace was killed, or the machine went down */
	const char *stopped; /* why it ended before it was to, as the file has it (writer.h) */
	/* Events that found no room, all told. Those after the last EV_COUNTS are in no figure. */
	uint64_t unrecorded;
	bool wal_missing; /* it was not ended, and FILE-wal is not there: its newest part may be
			     there */
};

/*
 * Returns 0 or a negative errno; *out is to be closed also then (reader_error() has the words: not
 * a recording, by a newer memtrace, cut short, damaged, unreadable), unless it is NULL.
 */
int reader_open(const char *path, struct reader **out);
void reader_close(struct reader *r);
const char *reader_error(const struct reader *r);
const struct reader_info *reader_info(const struct reader *r);
/* Wall clock (CLOCK_REALTIME ns) and boottime of the recording into each other. */
uint64_t reader_wall_ns(const struct reader *r, uint64_t boottime_ns);
uint64_t reader_boottime_ns(const struct reader *r, uint64_t wall_ns);

/*
 * Gives all events of the range: META and PROBEs first, last of all a tick with `last` set, also
 * where the recording has none. Returns 0, or a negative errno with words in reader_error(): what
 * came before is right as far as it goes. reader_stop() may be called by fn.
 */
int reader_run(struct reader *r, const struct reader_opts *opts);
void reader_stop(struct reader *r);
/* Rows that were no events: of the wrong types, out of range. */
uint64_t reader_bad_rows(const struct reader *r);

#endif
