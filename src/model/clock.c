/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wall time: what the clock on the wall showed at a time since boot, though it was set meanwhile.
 *
 * Layer: model, private (model_wall_ns() is public).
 */
#include <string.h>
#include "model_impl.h"

void clock_begin(struct model *m, const struct ev_meta *meta)
{
	m->clock.first = (struct wall){meta->hdr.time_ns, meta->realtime_ns};
	m->clock.n = 0;
}

void on_clock(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_clock *ev = (const struct ev_clock *)hdr;
	struct clock_steps *c = &m->clock;

	if (c->n == MODEL_CLOCK_STEPS) {
		c->first = c->step[0];
		memmove(&c->step[0], &c->step[1], (MODEL_CLOCK_STEPS - 1) * sizeof(c->step[0]));
		c->n--;
	}
	c->step[c->n++] = (struct wall){hdr->time_ns, ev->realtime_ns};
}

uint64_t model_wall_ns(const struct model *m, uint64_t boottime_ns)
{
	const struct clock_steps *c = &m->clock;
	struct wall from = c->first;

	for (int i = 0; i < c->n && c->step[i].boottime_ns <= boottime_ns; i++)
		from = c->step[i];
	/* Modulo 2^64, so that times before the meta event come out right as well. */
	return from.realtime_ns + (boottime_ns - from.boottime_ns);
}
