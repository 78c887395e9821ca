/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The run as a row of buckets.
 *
 * Layer: model, private. Part of model_impl.h, which includes it.
 */
#ifndef MEMTRACE_TIMELINE_H
#define MEMTRACE_TIMELINE_H

#include "model.h"

struct timeline {
	struct bucket bucket[MODEL_BUCKETS]; /* [n] is open */
	int n;
	uint64_t fold;	/* intervals in a bucket: doubles when all are in use */
	uint64_t parts; /* intervals in the open one */
	bool begun;
	bool based;				      /* the host's totals are known */
	uint64_t kswapd_ns, swapout_pages, majfaults; /* totals at the last tick */
};

/* timeline.c: stalls that pass the filter. */
void timeline_stall(struct model *m, const struct ev_stall *ev);
void timeline_tick(struct model *m);

#endif
