/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: model. The curves of a chart, tick by tick; chart_impl.h is the contract. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "chart_impl.h"

#define CANDIDATES 12	      /* processes that may get a curve at a tick */
#define FIRST_ONES 48	      /* at the first one, so that their curves have a begin */
#define NOTABLE	   (1u << 20) /* growth by less is nobody's curve */

int points_init(struct points *p)
{
	p->fold = 1;
	p->rss = calloc((size_t)CHART_GROWERS * CHART_POINTS, sizeof(*p->rss));
	for (int i = 0; p->rss && i < CHART_GROWERS; i++)
		p->grower[i].rss = p->rss + (size_t)i * CHART_POINTS;
	return p->rss ? 0 : -ENOMEM;
}

void points_fini(struct points *p)
{
	free(p->rss);
}

static uint64_t host_value(const struct ev_host *h, enum host_counter c)
{
	return h ? h->value[c] : EV_ABSENT;
}

static uint64_t grown(const struct model *m, enum host_counter c)
{
	uint64_t growth;

	return model_host_interval(m, c, &growth) ? growth : 0;
}

static uint64_t swap_used(const struct ev_host *h)
{
	uint64_t total = host_value(h, HOST_SWAP_TOTAL), left = host_value(h, HOST_SWAP_FREE);

	return total == EV_ABSENT || left == EV_ABSENT || left > total ? EV_ABSENT : total - left;
}

static struct chart_point point_now(const struct model *m)
{
	const struct ev_host *h = model_host_last(m);

	return (struct chart_point){
		.time_ns = model_last_tick(m)->hdr.time_ns,
		.length_ns = model_ticks(m) > 1 ? model_interval_ns(m) : 0,
		.free_bytes = host_value(h, HOST_MEM_FREE),
		.available_bytes = host_value(h, HOST_MEM_AVAILABLE),
		.swap_bytes = swap_used(h),
		.psi_some_us = grown(m, HOST_PSI_SOME),
		.psi_full_us = grown(m, HOST_PSI_FULL),
		.majfaults = grown(m, HOST_PGMAJFAULT),
		.swapins = grown(m, HOST_PSWPIN),
		.swapouts = grown(m, HOST_PSWPOUT),
		.scanned_kswapd = grown(m, HOST_PGSCAN_KSWAPD),
		.scanned_direct = grown(m, HOST_PGSCAN_DIRECT),
	};
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b; /* EV_ABSENT is above all */
}

static uint64_t most(uint64_t a, uint64_t b)
{
	if (a == EV_ABSENT || b == EV_ABSENT)
		return least(a, b);
	return a > b ? a : b;
}

/* b follows a. */
static void point_join(struct chart_point *a, const struct chart_point *b)
{
	a->time_ns = b->time_ns;
	a->length_ns += b->length_ns;
	a->free_bytes = least(a->free_bytes, b->free_bytes);
	a->available_bytes = least(a->available_bytes, b->available_bytes);
	a->swap_bytes = most(a->swap_bytes, b->swap_bytes);
	a->psi_some_us += b->psi_some_us;
	a->psi_full_us += b->psi_full_us;
	a->majfaults += b->majfaults;
	a->swapins += b->swapins;
	a->swapouts += b->swapouts;
	a->scanned_kswapd += b->scanned_kswapd;
	a->scanned_direct += b->scanned_direct;
}

static void halve(struct points *p)
{
	for (int i = 0; i < p->n / 2; i++) {
		p->point[i] = p->point[2 * i];
		point_join(&p->point[i], &p->point[2 * i + 1]);
		for (int g = 0; g < p->ngrowers; g++) {
			uint64_t *rss = p->grower[g].rss;

			rss[i] = most(rss[2 * i], rss[2 * i + 1]);
		}
	}
	p->n /= 2;
	p->fold *= 2;
}

static bool notable(const void *ctx, const struct process *p)
{
	uint64_t first = p->born_traced ? 0 : p->rss_first_bytes;

	(void)ctx;
	return p->sampled && p->rss_max_bytes > first && p->rss_max_bytes - first >= NOTABLE;
}

static uint64_t growth_of(const struct chart_grower *g)
{
	return g->max_bytes > g->first_bytes ? g->max_bytes - g->first_bytes : 0;
}

/* A curve for it: its own, a free one, or that of who grew least, if less than it. */
static void grower_take(struct points *p, const struct process *who)
{
	uint64_t first = who->born_traced ? 0 : who->rss_first_bytes;
	struct chart_grower *g = &p->grower[0];

	for (int i = 0; i < p->ngrowers; i++) {
		struct chart_grower *x = &p->grower[i];

		if (x->tgid == who->tgid && x->start_ns == who->start_ns)
			return;
		g = growth_of(x) < growth_of(g) ? x : g;
	}
	if (p->ngrowers < CHART_GROWERS)
		g = &p->grower[p->ngrowers++];
	else if (growth_of(g) >= who->rss_max_bytes - first)
		return;
	g->start_ns = who->start_ns;
	g->tgid = who->tgid;
	g->first_bytes = first;
	for (int i = 0; i <= p->n; i++)
		g->rss[i] = EV_ABSENT;
}

static void growers_find(struct points *p, const struct model *m)
{
	static const enum process_order orders[] = {BY_RSS_GROWTH, BY_RSS};
	bool first = p->n == 0 && p->parts == 0;
	const struct process *list[FIRST_ONES];
	int max = first ? FIRST_ONES : CANDIDATES;

	for (size_t o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
		int n = model_processes_if(m, orders[o], first ? NULL : notable, NULL, list, max);

		for (int i = 0; i < n && i < max; i++)
			grower_take(p, list[i]);
	}
}

static void growers_read(struct points *p, const struct model *m)
{
	for (int i = 0; i < p->ngrowers; i++) {
		struct chart_grower *g = &p->grower[i];
		const struct process *who = model_process(m, g->tgid, g->start_ns);
		uint64_t rss = EV_ABSENT;

		if (who && who->sampled && !who->exited)
			rss = who->anon_rss_bytes + who->file_rss_bytes + who->shmem_rss_bytes;
		if (who) {
			g->max_bytes = who->rss_max_bytes;
			memcpy(g->comm, who->comm, sizeof(g->comm));
		}
		g->rss[p->n] = p->parts ? most(g->rss[p->n], rss) : rss;
	}
}

void points_tick(struct points *p, const struct model *m)
{
	struct chart_point now = point_now(m);

	if (p->parts)
		point_join(&p->point[p->n], &now);
	else
		p->point[p->n] = now;
	growers_find(p, m);
	growers_read(p, m);
	if (++p->parts < p->fold)
		return;
	p->parts = 0;
	if (++p->n == CHART_POINTS)
		halve(p);
}

void points_end(struct points *p)
{
	if (p->parts)
		p->n++;
	p->parts = 0;
}

int chart_points(const struct chart *c, const struct chart_point **out)
{
	*out = c->points.point;
	return c->points.n;
}

static int by_growth(const void *a, const void *b)
{
	uint64_t x = growth_of(*(const struct chart_grower *const *)a);
	uint64_t y = growth_of(*(const struct chart_grower *const *)b);

	return (x < y) - (x > y);
}

int chart_growers(const struct chart *c, const struct chart_grower **out, int max)
{
	const struct chart_grower *list[CHART_GROWERS] = {NULL};
	int n = 0;

	for (int i = 0; i < c->points.ngrowers; i++) {
		if (growth_of(&c->points.grower[i]) >= NOTABLE)
			list[n++] = &c->points.grower[i];
	}
	qsort(list, (size_t)n, sizeof(list[0]), by_growth);
	n = n < max ? n : max;
	memcpy(out, list, (size_t)n * sizeof(list[0]));
	return n;
}
