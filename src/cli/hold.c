// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See hold.h.
 */
#include "hold.h"

static void hold_pop(struct hold *h, hold_fn fn, void *ctx)
{
	fn(ctx, &h->stall[h->head]);
	h->head = (h->head + 1) % HOLD_MAX;
	h->count--;
}

void hold_put(struct hold *h, const struct ev_stall *ev, hold_fn fn, void *ctx)
{
	if (h->count == HOLD_MAX)
		hold_pop(h, fn, ctx);
	h->stall[(h->head + h->count++) % HOLD_MAX] = *ev;
}

void hold_release(struct hold *h, const struct model *m, bool all, hold_fn fn, void *ctx)
{
	while (h->count) {
		const struct ev_stall *ev = &h->stall[h->head];

		if (!all && !model_stall_named(m, ev) &&
		    model_now_ns(m) < ev->hdr.time_ns + HOLD_NS)
			break;
		hold_pop(h, fn, ctx);
	}
}
