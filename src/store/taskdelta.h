/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which rows of a snapshot of tasks differ from those of the one before, and which threads have no
 * row any more.
 *
 * Layer: store. Used by writer_snapshot.c.
 */
#ifndef MEMTRACE_TASKDELTA_H
#define MEMTRACE_TASKDELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "event.h"

struct taskdelta_place {
	uint64_t digest; /* of all that counts in its row */
	uint32_t tid;	 /* 0 = an empty place */
};

struct taskdelta_set {
	struct taskdelta_place *places;
	size_t size; /* a power of two, or 0 */
	size_t count;
};

struct taskdelta {
	struct taskdelta_set before, now;
	bool blind; /* out of memory: not all of the present snapshot is known */
};

/* Takes no memory yet; fini gives back what was taken since. */
void taskdelta_init(struct taskdelta *d);
void taskdelta_fini(struct taskdelta *d);

/*
 * A row of the present snapshot, in which each thread id is once: was there none before of that
 * id, or another?
 */
bool taskdelta_changed(struct taskdelta *d, const struct ev_task_row *row);
/*
 * The snapshot is complete: gone gets the thread ids that only the one before had; NULL: what the
 * snapshot lacks proves nothing. The next one will be held against what is there then.
 */
void taskdelta_end(struct taskdelta *d, void (*gone)(void *ctx, uint32_t tid), void *ctx);

#endif
