/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buckets and lanes of a chart.
 *
 * Layer: model (chart.h is the contract, chart_impl.h says which file does what).
 */
#include <stdlib.h>
#include <string.h>
#include "chart_impl.h"

#define FIRST_WIDTH_NS 10000000 /* of a bucket, before a run outgrows them */
#define LANES	       (1 + CHART_PROCESSES + CHART_CGROUPS)
#define TARGETS	       3 /* lanes that a wait is added to: all, its process, its cgroup */

static void cell_add(struct chart_cell *a, const struct chart_cell *b)
{
	for (int i = 0; i < CHART_CAUSES; i++)
		a->ns[i] += b->ns[i];
	a->fault_ns += b->fault_ns;
	for (int i = 0; i < FAULT_CLASSES; i++)
		a->faults[i] += b->faults[i];
}

static void lane_halve(struct chart_lane *l, int n)
{
	for (int i = 0; i < (n + 1) / 2; i++) {
		struct chart_cell sum = l->cell[2 * i];

		if (2 * i + 1 < n)
			cell_add(&sum, &l->cell[2 * i + 1]);
		l->cell[i] = sum;
	}
	memset(&l->cell[(n + 1) / 2], 0, (size_t)(n - (n + 1) / 2) * sizeof(l->cell[0]));
}

static void kswapd_halve(struct chart *c)
{
	for (int i = 0; i < CHART_BUCKETS / 2; i++)
		c->kswapd_ns[i] = c->kswapd_ns[2 * i] + c->kswapd_ns[2 * i + 1];
	memset(&c->kswapd_ns[CHART_BUCKETS / 2], 0, sizeof(c->kswapd_ns) / 2);
}

static void chart_halve(struct chart *c)
{
	lane_halve(&c->all, c->n);
	for (int i = 0; i < c->nprocesses; i++)
		lane_halve(&c->process[i], c->n);
	for (int i = 0; i < c->ncgroups; i++)
		lane_halve(&c->cgroup[i], c->n);
	kswapd_halve(c);
	c->n = (c->n + 1) / 2;
	c->width_ns *= 2;
}

/* The bucket a time is in. What lies before the first is taken as its begin. */
static int bucket_at(struct chart *c, uint64_t time_ns)
{
	uint64_t since = time_ns > c->begin_ns ? time_ns - c->begin_ns : 0;

	while (since / c->width_ns >= CHART_BUCKETS)
		chart_halve(c);
	if ((int)(since / c->width_ns) >= c->n)
		c->n = (int)(since / c->width_ns) + 1;
	return (int)(since / c->width_ns);
}

static uint64_t bucket_end(const struct chart *c, int i)
{
	return c->begin_ns + (uint64_t)(i + 1) * c->width_ns;
}

/* How much of `whole` is over after `part` of `length`; all of it at its end. */
static uint64_t share(uint64_t whole, uint64_t part, uint64_t length)
{
	if (part >= length)
		return whole;
	return (uint64_t)((unsigned __int128)whole * part / length);
}

/* A wait: what it adds to, when it was, how its time is divided. */
struct wait {
	struct chart_lane *lane[TARGETS];
	int nlanes;
	uint64_t begin_ns, end_ns;
	struct chart_cell whole, done; /* done: what has been added already */
};

/* Adds what lies between the last time it was called and this one to bucket i; -1: to early. */
static void wait_add(struct wait *w, int i, uint64_t until_ns)
{
	uint64_t part = until_ns - w->begin_ns, length = w->end_ns - w->begin_ns;

	for (int k = 0; k <= CHART_CAUSES; k++) {
		uint64_t whole = k < CHART_CAUSES ? w->whole.ns[k] : w->whole.fault_ns;
		uint64_t *done = k < CHART_CAUSES ? &w->done.ns[k] : &w->done.fault_ns;
		uint64_t now;

		if (!whole)
			continue;
		now = share(whole, part, length);
		for (int l = 0; l < w->nlanes; l++) {
			struct chart_lane *lane = w->lane[l];
			struct chart_cell *cell = i < 0 ? &lane->early : &lane->cell[i];

			*(k < CHART_CAUSES ? &cell->ns[k] : &cell->fault_ns) += now - *done;
		}
		*done = now;
	}
}

/* To each bucket the part of the wait that lies in it, so that nothing is lost by rounding. */
static void wait_spread(struct chart *c, struct wait *w)
{
	int last = bucket_at(c, w->end_ns), first = bucket_at(c, w->begin_ns);

	if (w->begin_ns < c->begin_ns)
		wait_add(w, -1, w->end_ns < c->begin_ns ? w->end_ns : c->begin_ns);
	for (int i = first; i < last; i++)
		wait_add(w, i, bucket_end(c, i));
	wait_add(w, last, w->end_ns);
}

static void wait_lanes(struct chart *c, const struct model *m, struct wait *w,
		       const struct ev_hdr *ev, const struct ev_task *t)
{
	struct chart_lane *process = chart_process_lane(c, m, ev->time_ns, t);
	struct chart_lane *cg = chart_cgroup_lane(c, t->cgroup);

	w->lane[w->nlanes++] = &c->all;
	if (process)
		w->lane[w->nlanes++] = process;
	if (cg)
		w->lane[w->nlanes++] = cg;
}

static void wait_when(struct wait *w, const struct ev_hdr *ev, uint64_t duration_ns)
{
	w->end_ns = ev->time_ns;
	w->begin_ns = ev->time_ns > duration_ns ? ev->time_ns - duration_ns : 0;
}

static void on_stall(struct chart *c, const struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_stall *ev = (const struct ev_stall *)hdr;
	struct wait w = {0};

	if (ev->kind == STALL_PROACTIVE || !model_match(m, &ev->task))
		return;
	wait_when(&w, hdr, ev->duration_ns);
	bucket_at(c, hdr->time_ns); /* before lanes are emptied: they are as long as the chart */
	wait_lanes(c, m, &w, hdr, &ev->task);
	if (ev->split)
		memcpy(w.whole.ns, ev->cause_ns, sizeof(ev->cause_ns));
	else
		w.whole.ns[CHART_UNSPLIT] = ev->duration_ns;
	for (int i = 0; i < w.nlanes; i++) {
		w.lane[i]->stalls++;
		w.lane[i]->stall_ns += ev->duration_ns;
	}
	wait_spread(c, &w);
	longest_put(&c->stalls, hdr);
}

static void on_fault(struct chart *c, const struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_fault *ev = (const struct ev_fault *)hdr;
	uint64_t ns = ev->flags & FAULT_F_UNTIMED ? 0 : ev->duration_ns;
	struct wait w = {.whole.fault_ns = ns};
	int i = bucket_at(c, hdr->time_ns);

	if (!model_match(m, &ev->task))
		return;
	wait_when(&w, hdr, ns);
	wait_lanes(c, m, &w, hdr, &ev->task);
	for (int l = 0; l < w.nlanes; l++) {
		w.lane[l]->faults++;
		w.lane[l]->fault_ns += ns;
		w.lane[l]->cell[i].faults[ev->class]++;
	}
	wait_spread(c, &w);
	if (ns)
		longest_put(&c->faults, hdr);
}

/* kswapd of a node was at work. */
static void kswapd_spread(struct chart *c, uint64_t begin_ns, uint64_t end_ns)
{
	int last = bucket_at(c, end_ns);

	begin_ns = begin_ns > c->begin_ns ? begin_ns : c->begin_ns;
	for (int i = bucket_at(c, begin_ns); i <= last && begin_ns < end_ns; i++) {
		uint64_t until = bucket_end(c, i) < end_ns ? bucket_end(c, i) : end_ns;

		c->kswapd_ns[i] += until - begin_ns;
		begin_ns = until;
	}
}

/* As the model counts: asleep for the first time means that it was at work when we came. */
static void on_kswapd(struct chart *c, const struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_kswapd *ev = (const struct ev_kswapd *)hdr;
	uint64_t *since;
	bool seen;

	(void)m;
	if (ev->nid < 0 || ev->nid >= MODEL_NODES)
		return;
	since = &c->kswapd_since[ev->nid];
	seen = c->kswapd_seen[ev->nid];
	c->kswapd_seen[ev->nid] = true;
	if (ev->state == KSWAPD_WAKE) {
		*since = *since ? *since : hdr->time_ns;
		return;
	}
	if (*since || !seen)
		kswapd_spread(c, *since ? *since : c->begin_ns, hdr->time_ns);
	*since = 0;
}

static void on_tick(struct chart *c, const struct model *m, const struct ev_hdr *hdr)
{
	bucket_at(c, hdr->time_ns);
	points_tick(&c->points, m);
}

void chart_event(struct chart *c, const struct model *m, const struct ev_hdr *ev)
{
	static void (*const handlers[])(struct chart *, const struct model *,
					const struct ev_hdr *) = {
		[EV_STALL] = on_stall,
		[EV_FAULT] = on_fault,
		[EV_KSWAPD] = on_kswapd,
		[EV_TICK] = on_tick,
	};

	if (ev->kind >= sizeof(handlers) / sizeof(handlers[0]) || !handlers[ev->kind])
		return;
	if (!c->begun)
		c->begin_ns = ev->time_ns;
	c->begun = true;
	handlers[ev->kind](c, m, ev);
}

void chart_end(struct chart *c, const struct model *m)
{
	if (c->ended)
		return;
	c->ended = true;
	for (int i = 0; i < MODEL_NODES; i++) {
		if (c->kswapd_since[i])
			kswapd_spread(c, c->kswapd_since[i], model_now_ns(m));
	}
	points_end(&c->points);
	longest_sort(&c->stalls);
	longest_sort(&c->faults);
}

struct chart *chart_new(void)
{
	struct chart *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->width_ns = FIRST_WIDTH_NS;
	c->cells = calloc((size_t)LANES * CHART_BUCKETS, sizeof(*c->cells));
	if (!c->cells || points_init(&c->points) ||
	    longest_init(&c->stalls, sizeof(struct ev_stall), CHART_STALLS) ||
	    longest_init(&c->faults, sizeof(struct ev_fault), CHART_FAULTS)) {
		chart_free(c);
		return NULL;
	}
	c->all.cell = c->cells;
	for (int i = 0; i < CHART_PROCESSES; i++)
		c->process[i].cell = c->cells + (size_t)(1 + i) * CHART_BUCKETS;
	for (int i = 0; i < CHART_CGROUPS; i++)
		c->cgroup[i].cell = c->cells + (size_t)(1 + CHART_PROCESSES + i) * CHART_BUCKETS;
	return c;
}

void chart_free(struct chart *c)
{
	if (!c)
		return;
	longest_fini(&c->stalls);
	longest_fini(&c->faults);
	points_fini(&c->points);
	free(c->cells);
	free(c);
}

uint64_t chart_begin_ns(const struct chart *c)
{
	return c->begin_ns;
}

uint64_t chart_width_ns(const struct chart *c)
{
	return c->width_ns;
}

int chart_buckets(const struct chart *c)
{
	return c->n;
}

const struct chart_lane *chart_all(const struct chart *c)
{
	return &c->all;
}

const uint64_t *chart_kswapd(const struct chart *c)
{
	return c->kswapd_ns;
}

int chart_stalls(const struct chart *c, const struct ev_stall **out, uint64_t *dropped)
{
	*out = (const struct ev_stall *)c->stalls.item;
	*dropped = c->stalls.dropped;
	return c->stalls.n;
}

int chart_faults(const struct chart *c, const struct ev_fault **out, uint64_t *dropped)
{
	*out = (const struct ev_fault *)c->faults.item;
	*dropped = c->faults.dropped;
	return c->faults.n;
}
