/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When it was: stall time, free memory, kswapd, swap-out and major faults per interval.
 *
 * Layer: model, private (model_timeline() is public). Of fixed size: when it is full, neighbours
 * become one, and buckets are twice as long from then on.
 */
#include "model_impl.h"

static struct bucket *open_bucket(struct model *m)
{
	struct timeline *t = &m->timeline;

	if (!t->begun)
		t->bucket[0] = (struct bucket){.begin_ns = m->begin_ns, .free_bytes = EV_ABSENT};
	t->begun = true;
	return &t->bucket[t->n];
}

/* b follows a. */
void bucket_join(struct bucket *a, const struct bucket *b)
{
	a->length_ns += b->length_ns;
	a->stall_ns += b->stall_ns;
	a->kswapd_ns += b->kswapd_ns;
	a->swapout_pages += b->swapout_pages;
	a->majfaults += b->majfaults;
	if (b->free_bytes < a->free_bytes) /* EV_ABSENT is above all */
		a->free_bytes = b->free_bytes;
}

void timeline_stall(struct model *m, const struct ev_stall *ev)
{
	uint64_t end = ev->hdr.time_ns, begin = wait_begin_ns(&ev->hdr, ev->duration_ns);
	struct bucket *b = open_bucket(m);

	if (ev->kind == STALL_PROACTIVE)
		return;
	for (;; b--) {
		uint64_t from = begin > b->begin_ns ? begin : b->begin_ns;

		if (end > from) {
			b->stall_ns += end - from;
			end = from;
		}
		if (begin >= b->begin_ns || b == m->timeline.bucket)
			return;
	}
}

static uint64_t host_now(const struct model *m, enum host_counter c)
{
	return m->nhost && m->host_last.value[c] != EV_ABSENT ? m->host_last.value[c] : 0;
}

static uint64_t swapout_total(const struct model *m)
{
	return host_now(m, HOST_PSWPOUT) + host_now(m, HOST_ZSWPOUT) +
	       host_now(m, HOST_SWPOUT_ZERO);
}

static uint64_t advance(uint64_t *total, uint64_t now, bool based)
{
	uint64_t grown = based && now > *total ? now - *total : 0;

	*total = now;
	return grown;
}

/* What happened since the last tick. */
static void part_add(struct model *m, struct bucket *b)
{
	struct timeline *t = &m->timeline;
	uint64_t now = m->tick.hdr.time_ns;
	struct bucket part = {
		.length_ns =
			now > b->begin_ns + b->length_ns ? now - b->begin_ns - b->length_ns : 0,
		.free_bytes = m->nhost ? m->host_last.value[HOST_MEM_FREE] : EV_ABSENT,
		.kswapd_ns = advance(&t->kswapd_ns, kswapd_active_ns(m), true),
		.swapout_pages = advance(&t->swapout_pages, swapout_total(m), t->based),
		.majfaults = advance(&t->majfaults, host_now(m, HOST_PGMAJFAULT), t->based),
	};

	bucket_join(b, &part);
	t->based = m->nhost > 0;
}

static void halve(struct timeline *t)
{
	for (int i = 0; i < t->n / 2; i++) {
		t->bucket[i] = t->bucket[2 * i];
		bucket_join(&t->bucket[i], &t->bucket[2 * i + 1]);
	}
	t->n /= 2;
	t->fold *= 2;
}

static void close_bucket(struct timeline *t)
{
	const struct bucket *b = &t->bucket[t->n];
	uint64_t end = b->begin_ns + b->length_ns;

	t->parts = 0;
	if (++t->n == MODEL_BUCKETS)
		halve(t);
	t->bucket[t->n] = (struct bucket){.begin_ns = end, .free_bytes = EV_ABSENT};
}

/* A rate over a short rest of an interval would say little. */
static void last_part(struct timeline *t)
{
	struct bucket *b = &t->bucket[t->n];

	if (!t->n || 2 * b->length_ns >= b[-1].length_ns)
		return;
	bucket_join(&b[-1], b);
	*b = (struct bucket){.begin_ns = b->begin_ns + b->length_ns, .free_bytes = EV_ABSENT};
}

void timeline_tick(struct model *m)
{
	struct timeline *t = &m->timeline;
	struct bucket *b = open_bucket(m);

	if (m->ticks < 2) { /* the first one is where totals are counted from */
		t->kswapd_ns = kswapd_active_ns(m);
		t->swapout_pages = swapout_total(m);
		t->majfaults = host_now(m, HOST_PGMAJFAULT);
		t->based = m->nhost > 0;
		t->fold = 1;
		return;
	}
	part_add(m, b);
	if (m->tick.last)
		last_part(t);
	else if (++t->parts >= t->fold)
		close_bucket(t);
}

int model_timeline(const struct model *m, const struct bucket **out)
{
	const struct timeline *t = &m->timeline;

	*out = t->bucket;
	return t->begun ? t->n + (t->bucket[t->n].length_ns > 0) : 0;
}
