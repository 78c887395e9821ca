/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which cgroups have their figures read at each interval: those whose limits forced stalls and
 * those whose tasks stalled, in order of first sight; and, as far as there is room beside these,
 * those that somebody else names (census.h).
 *
 * Layer: source. Part of the live source; allocates nothing.
 */
#ifndef MEMTRACE_CGWATCH_H
#define MEMTRACE_CGWATCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include "cgroup.h"
#include "event.h"

#define CGWATCH_MAX 64

struct cgwatched {
	uint64_t id;
	bool stalled;	   /* a stall named it */
	uint32_t permille; /* of its limit that were in use when it was last read */
};

struct cgwatch {
	int n;
	struct cgwatched of[CGWATCH_MAX];
	/* Found when it is first read: the way from id to path may be a walk of the whole tree. */
	char paths[CGWATCH_MAX][PATH_MAX]; /* "" = not yet */
};

/* Takes note of a stall's cgroups; other events are none of its business. */
void cgwatch_note(struct cgwatch *w, const struct ev_hdr *ev);

/*
 * One that has a limit, of which so much is in use. With no room left it takes the place of one
 * that did not stall and is farther from its limit by CGWATCH_NEARER. Is it watched now?
 */
#define CGWATCH_NEARER 100
bool cgwatch_limited(struct cgwatch *w, uint64_t id, const char *path, uint32_t permille);

/* How much of a limit is in use, at most 1000; 0 = that is not known. */
uint32_t cgwatch_permille(uint64_t usage, uint64_t limit);

/* Its path, NULL when it is not watched or was not read yet. */
const char *cgwatch_path(const struct cgwatch *w, uint64_t id);

/*
 * Hands out the figures of each cgroup but the one with the id skip. fn may write to the event,
 * whose header is its to fill. Forgets those that have gone, and those without a limit that have
 * not stalled.
 */
void cgwatch_read(struct cgwatch *w, const struct cgroups *cg, uint64_t skip,
		  void (*fn)(void *ctx, struct ev_cgstat *ev), void *ctx);

#endif
