/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which cgroups have their figures read at each interval: those whose limits forced stalls and
 * those whose tasks stalled, in order of first sight.
 *
 * Layer: source. Part of the live source; allocates nothing.
 */
#ifndef MEMTRACE_CGWATCH_H
#define MEMTRACE_CGWATCH_H

#include <limits.h>
#include <stdint.h>
#include "cgroup.h"
#include "event.h"

#define CGWATCH_MAX 64

struct cgwatch {
	int n;
	uint64_t ids[CGWATCH_MAX];
	/* Found when it is first read: the way from id to path may be a walk of the whole tree. */
	char paths[CGWATCH_MAX][PATH_MAX]; /* "" = not yet */
};

/* Takes note of a stall's cgroups; other events are none of its business. */
void cgwatch_note(struct cgwatch *w, const struct ev_hdr *ev);

/*
 * Hands out the figures of each cgroup but the one with the id skip. fn may write to the event,
 * whose header is its to fill. Cgroups that have gone are forgotten.
 */
void cgwatch_read(struct cgwatch *w, const struct cgroups *cg, uint64_t skip,
		  void (*fn)(void *ctx, struct ev_cgstat *ev), void *ctx);

#endif
