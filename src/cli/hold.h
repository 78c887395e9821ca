/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls whose lines wait for the names in them: kernel functions are looked up by another thread
 * while events go on.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_HOLD_H
#define MEMTRACE_HOLD_H

#include "model.h"

/* A stall waits at most so long: it is shown without a name then. */
#define HOLD_NS	 2000000000ull
#define HOLD_MAX 512

/* First in, first out, so that lines stay in order. */
struct hold {
	struct ev_stall stall[HOLD_MAX];
	unsigned head, count;
};

typedef void (*hold_fn)(void *ctx, const struct ev_stall *ev);

/* Adds one. When there is no room, fn gets the oldest as it is. */
void hold_put(struct hold *h, const struct ev_stall *ev, hold_fn fn, void *ctx);
/* fn gets those from the oldest on that have their names, or have waited long enough; or all. */
void hold_release(struct hold *h, const struct model *m, bool all, hold_fn fn, void *ctx);

#endif
