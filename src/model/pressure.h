/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wall time that traced waits cover: their union, not their sum.
 *
 * Layer: model, private. Part of model_impl.h, which includes it.
 */
#ifndef MEMTRACE_PRESSURE_H
#define MEMTRACE_PRESSURE_H

#include "model.h"

#define COVER_SPANS 64 /* waits come about in the order of their ends: the latest are enough */

struct span {
	uint64_t begin, end;
};

struct cover {
	uint64_t ns;	/* covered so far */
	uint64_t floor; /* before it all counts as covered: spans there are forgotten */
	int n;
	struct span span[COVER_SPANS]; /* disjoint, in order */
};

/* Covered by stalls; by these and swap-in faults. */
struct covers {
	struct cover stalls, explained;
};

/* pressure.c: each event of any task, whatever the filter. */
void pressure_stall(struct model *m, const struct ev_stall *ev);
void pressure_fault(struct model *m, const struct ev_fault *ev);

#endif
