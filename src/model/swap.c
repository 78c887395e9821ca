/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose pages were swapped out and by whom, per cgroup; and the swap areas.
 *
 * Layer: model, private (model_swap_owners() and model_swap_areas() are public). What comes back
 * from swap is in fault.c, what a process writes out in account.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "model_impl.h"

int swaps_init(struct model *m)
{
	m->owners = calloc(MODEL_OWNERS, sizeof(*m->owners));
	if (!m->owners || htab_init(&m->owner_tab, MODEL_OWNERS))
		return -ENOMEM;
	return 0;
}

void swaps_fini(struct model *m)
{
	htab_fini(&m->owner_tab);
	free(m->owners);
}

static struct owner *owner_get(struct model *m, uint64_t cgroup)
{
	uint32_t slot;

	if (htab_get(&m->owner_tab, cgroup, 0, &slot))
		return &m->owners[slot];
	slot = (uint32_t)htab_count(&m->owner_tab);
	if (slot == MODEL_OWNERS || htab_put(&m->owner_tab, cgroup, 0, slot))
		return NULL;
	return &m->owners[slot];
}

static struct owner_stats owner_stats(const struct owner *o)
{
	return (struct owner_stats){
		.cgroup = o->last.cgroup,
		.by_kswapd = counter_growth(o->first.by_kswapd, o->last.by_kswapd),
		.by_own = counter_growth(o->first.by_own, o->last.by_own),
		.by_other = counter_growth(o->first.by_other, o->last.by_other),
	};
}

static uint64_t pages_of(const struct owner_stats *s)
{
	return s->by_kswapd + s->by_own + s->by_other;
}

void on_swap_owner(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_swap_owner *ev = (const struct ev_swap_owner *)hdr;
	struct owner *o = owner_get(m, ev->cgroup);

	if (!o) {
		m->loss.cgroups_full++;
		return;
	}
	o->last = *ev;
	if (!m->ticks) /* before the host's own counters were first read */
		o->first = *ev;
}

void swaps_tick(struct model *m)
{
	for (uint32_t i = 0; i < htab_count(&m->owner_tab); i++) {
		struct owner_stats s = owner_stats(&m->owners[i]);
		uint64_t pages = pages_of(&s);

		m->owners[i].delta = pages - m->owners[i].pages;
		m->owners[i].pages = pages;
	}
	for (int i = 0; i < m->nareas; i++)
		m->areas[i].gone = m->area_tick[i] + 1 < m->ticks;
}

/* Keeps the best max so far, best first. */
static void owner_insert(struct owner_stats *out, int n, int max, const struct owner_stats *s)
{
	int i = n < max ? n : max;

	for (; i > 0 && pages_of(&out[i - 1]) < pages_of(s); i--) {
		if (i < max)
			out[i] = out[i - 1];
	}
	if (i < max)
		out[i] = *s;
}

int model_swap_owners(const struct model *m, struct owner_stats *out, int max)
{
	int n = 0;

	for (uint32_t i = 0; i < htab_count(&m->owner_tab); i++) {
		struct owner_stats s = owner_stats(&m->owners[i]);

		if (!pages_of(&s))
			continue;
		s.delta = m->owners[i].delta;
		owner_insert(out, n++, max, &s);
	}
	return n;
}

void on_swapdev(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_swapdev *ev = (const struct ev_swapdev *)hdr;
	int i;

	for (i = 0; i < m->nareas; i++) {
		if (!strncmp(m->areas[i].last.name, ev->name, sizeof(ev->name)))
			break;
	}
	if (i == MODEL_SWAP_AREAS) {
		m->loss.bad_events++;
		return;
	}
	if (i == m->nareas) {
		m->areas[i].first = *ev;
		m->nareas++;
	}
	m->areas[i].last = *ev;
	m->area_tick[i] = m->ticks;
}

int model_swap_areas(const struct model *m, const struct swap_area **out)
{
	*out = m->areas;
	return m->nareas;
}
