/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recorder's memory, its slots, and what the host did in each.
 *
 * Layer: model, private. See history_impl.h.
 *
 * How many slots there are depends on the interval, which only the first event tells. So memory is
 * taken at the start and laid out when the first figures come.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "history_impl.h"

#define PAGE_LEAST  4096
#define ALIGN	    16
#define STUCK_TICKS 64 /* a clock that stands still must not keep a slot open for ever */

/* When memory is out is too late to ask for a page. */
static void touch(char *mem, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += PAGE_LEAST)
		*(volatile char *)(mem + i) = 0;
}

int history_init(struct model *m)
{
	size_t bytes = m->opts.history_bytes, indices;
	struct history *h;

	if (!m->opts.history_ns || !bytes)
		return 0;
	m->history = h = calloc(1, sizeof(*h));
	if (!h || runs_init(h, bytes) || cgroup_tracks_init(h, bytes))
		return -ENOMEM;
	/* They are of the budget, too. */
	indices = (h->run_tab.mask + h->cgroup_tab.mask + 2) * sizeof(struct htab_entry);
	h->mem_size = bytes > indices ? bytes - indices : 0;
	h->mem = calloc(1, h->mem_size + 1);
	if (!h->mem)
		return -ENOMEM;
	touch(h->mem, h->mem_size);
	h->runs = history_take(h, h->max_runs, sizeof(*h->runs));
	return 0;
}

void history_fini(struct model *m)
{
	if (!m->history)
		return;
	htab_fini(&m->history->run_tab);
	htab_fini(&m->history->cgroup_tab);
	free(m->history->mem);
	free(m->history);
	m->history = NULL;
}

void *history_take(struct history *h, size_t n, size_t size)
{
	size_t bytes = (n * size + ALIGN - 1) / ALIGN * ALIGN;
	void *piece = h->mem + h->mem_used;

	if (bytes > h->mem_size - h->mem_used)
		return NULL;
	h->mem_used += bytes;
	return piece;
}

/* The time to be covered in as many slots as there may be. */
static void slots_layout(const struct model *m, struct history *h)
{
	uint64_t span = m->opts.history_ns + HISTORY_SLACK, ticks, max;

	h->interval_ns = m->meta.interval_ns ? m->meta.interval_ns : NS_PER_S;
	max = (h->mem_size - h->mem_used) / 8 / sizeof(struct history_slot);
	max = max > HISTORY_SLOTS ? HISTORY_SLOTS : max;
	if (max < HISTORY_SLOTS_MIN)
		return;
	ticks = span / h->interval_ns + 1;
	h->step_ns = ((ticks + max - 3) / (max - 2)) * h->interval_ns;
	/* The open one, and one that the window begins in. */
	h->nslots = (uint32_t)(span / h->step_ns + 2);
	h->slots = history_take(h, h->nslots, sizeof(*h->slots));
}

static void slot_open(const struct model *m, struct history *h)
{
	struct history_slot *s = history_slot(h, h->seq);

	*s = (struct history_slot){.begin_ns = h->seq ? history_slot(h, h->seq - 1)->host.time_ns
						      : m->begin_ns};
	h->slot_ticks = 0;
}

struct history *history_ready(struct model *m)
{
	struct history *h = m->history;

	if (!h || h->laid_out)
		return h && h->nslots ? h : NULL;
	h->laid_out = true;
	slots_layout(m, h);
	if (!h->nslots)
		return NULL;
	cgroup_tracks_layout(h);
	tracks_layout(m, h);
	h->base = (struct history_base){EV_ABSENT, EV_ABSENT, 0, EV_ABSENT, EV_ABSENT, EV_ABSENT};
	slot_open(m, h);
	return h;
}

/* What a counter grew by since the last tick, added to what it had grown by in this slot. */
static void grow(uint64_t *sum, uint64_t *base, uint64_t now)
{
	uint64_t grown = 0;

	if (now != EV_ABSENT && *base != EV_ABSENT)
		grown = counter_growth(*base, now);
	if (now == EV_ABSENT)
		*sum = *sum ? *sum : EV_ABSENT;
	else
		*sum = (*sum == EV_ABSENT ? 0 : *sum) + grown;
	*base = now;
}

static uint64_t sum_known(uint64_t a, uint64_t b)
{
	if (a == EV_ABSENT || b == EV_ABSENT)
		return a == EV_ABSENT ? b : a;
	return a + b;
}

static uint64_t rest_known(uint64_t whole, uint64_t part)
{
	if (whole == EV_ABSENT || part == EV_ABSENT)
		return whole;
	return counter_growth(part, whole);
}

/* Page cache is what can be given back: what is in tmpfs cannot. */
static void host_sizes(struct report_sample *s, const uint64_t *v)
{
	s->free_bytes = v[HOST_MEM_FREE];
	s->available_bytes = v[HOST_MEM_AVAILABLE];
	s->cache_bytes = rest_known(v[HOST_CACHED], v[HOST_SHMEM]);
	s->dirty_bytes = v[HOST_DIRTY];
	s->slab_bytes = v[HOST_SLAB];
	s->anon_bytes = v[HOST_ANON];
	s->shmem_bytes = v[HOST_SHMEM];
	s->swap_used_bytes = v[HOST_SWAP_FREE] == EV_ABSENT
				     ? EV_ABSENT
				     : rest_known(v[HOST_SWAP_TOTAL], v[HOST_SWAP_FREE]);
}

static uint64_t us_to_ns(uint64_t us)
{
	return us == EV_ABSENT ? us : us * 1000;
}

static void host_growth(struct history_slot *s, struct history_base *b, const uint64_t *v)
{
	grow(&s->host.psi_some_ns, &b->psi_some_ns, us_to_ns(v[HOST_PSI_SOME]));
	grow(&s->host.psi_full_ns, &b->psi_full_ns, us_to_ns(v[HOST_PSI_FULL]));
	grow(&s->host.majfaults, &b->majfaults, v[HOST_PGMAJFAULT]);
	grow(&s->host.swapin_pages, &b->swapin,
	     sum_known(sum_known(v[HOST_PSWPIN], v[HOST_ZSWPIN]), v[HOST_SWPIN_ZERO]));
	grow(&s->host.swapout_pages, &b->swapout,
	     sum_known(sum_known(v[HOST_PSWPOUT], v[HOST_ZSWPOUT]), v[HOST_SWPOUT_ZERO]));
}

static void host_tick(const struct model *m, struct history *h)
{
	struct history_slot *s = history_slot(h, h->seq);
	uint64_t absent[HOST_COUNTERS];
	const uint64_t *v = m->host_last.value;

	if (!m->nhost) {
		memset(absent, 0xff, sizeof(absent));
		v = absent;
	}
	host_sizes(&s->host, v);
	host_growth(s, &h->base, v);
	grow(&s->host.kswapd_ns, &h->base.kswapd_ns, kswapd_active_ns(m));
	s->host.time_ns = s->begin_ns > m->tick.hdr.time_ns ? s->begin_ns : m->tick.hdr.time_ns;
	s->host.length_ns = s->host.time_ns - s->begin_ns;
}

/* With the next tick it would be longer than it should. */
static bool slot_is_over(const struct model *m, const struct history *h)
{
	uint64_t length = history_slot(h, h->seq)->host.length_ns;
	uint64_t tick = m->interval_ns < h->interval_ns ? m->interval_ns : h->interval_ns;

	return length + tick / 2 >= h->step_ns ||
	       h->slot_ticks >= STUCK_TICKS * (h->step_ns / h->interval_ns);
}

void history_tick(struct model *m)
{
	struct history *h = history_ready(m);

	if (!h)
		return;
	host_tick(m, h);
	tracks_tick(m, h);
	h->slot_ticks++;
	/* The first tick is where counters are counted from. */
	if (h->seq && !slot_is_over(m, h))
		return;
	h->seq++;
	slot_open(m, h);
	tracks_open_slot(h);
	cgroup_tracks_open_slot(h);
}

/* To the slots that it was in, as far as they are kept. */
static void host_stall(struct history *h, const struct ev_stall *ev)
{
	uint64_t end = ev->hdr.time_ns, begin = wait_begin_ns(&ev->hdr, ev->duration_ns);
	uint32_t oldest = history_oldest(h);

	history_slot(h, h->seq)->host.stalls++;
	for (uint32_t seq = h->seq; end > begin; seq--) {
		struct history_slot *s = history_slot(h, seq);
		uint64_t from = begin > s->begin_ns ? begin : s->begin_ns;

		if (end > from) {
			s->host.stall_ns += end - from;
			end = from;
		}
		if (seq == oldest)
			return;
	}
}

void history_stall(struct model *m, const struct ev_stall *ev)
{
	struct history *h = history_ready(m);

	if (!h || ev->kind == STALL_PROACTIVE)
		return;
	host_stall(h, ev);
	runs_stall(h, ev);
	tracks_stall(m, h, ev);
	cgroup_tracks_stall(h, ev);
}
