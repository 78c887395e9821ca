/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: model. The longest single waits of a chart; chart_impl.h is the contract. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "chart_impl.h"

/* Both kinds have it in the same place. */
_Static_assert(offsetof(struct ev_stall, duration_ns) == offsetof(struct ev_fault, duration_ns),
	       "one heap for both");
#define BIGGEST sizeof(struct ev_stall)
_Static_assert(sizeof(struct ev_fault) <= BIGGEST, "room to swap two");

static uint64_t duration_of(const void *ev)
{
	return ((const struct ev_fault *)ev)->duration_ns;
}

static char *at(const struct longest *l, int i)
{
	return l->item + (size_t)i * l->size;
}

static void swap_items(const struct longest *l, int a, int b)
{
	char tmp[BIGGEST];

	memcpy(tmp, at(l, a), l->size);
	memcpy(at(l, a), at(l, b), l->size);
	memcpy(at(l, b), tmp, l->size);
}

static void sift_up(const struct longest *l, int i)
{
	while (i > 0 && duration_of(at(l, i)) < duration_of(at(l, (i - 1) / 2))) {
		swap_items(l, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void sift_down(const struct longest *l)
{
	for (int i = 0, child; (child = 2 * i + 1) < l->n; i = child) {
		if (child + 1 < l->n && duration_of(at(l, child + 1)) < duration_of(at(l, child)))
			child++;
		if (duration_of(at(l, i)) <= duration_of(at(l, child)))
			return;
		swap_items(l, i, child);
	}
}

void longest_put(struct longest *l, const struct ev_hdr *ev)
{
	if (l->n < l->cap) {
		memcpy(at(l, l->n++), ev, l->size);
		sift_up(l, l->n - 1);
		return;
	}
	l->dropped++;
	if (duration_of(ev) <= duration_of(at(l, 0)))
		return;
	memcpy(at(l, 0), ev, l->size);
	sift_down(l);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = duration_of(a), y = duration_of(b);
	const struct ev_hdr *p = a, *q = b;

	if (x != y)
		return x > y ? -1 : 1;
	return (p->time_ns > q->time_ns) - (p->time_ns < q->time_ns);
}

void longest_sort(struct longest *l)
{
	qsort(l->item, (size_t)l->n, l->size, compare);
}

int longest_init(struct longest *l, size_t size, int cap)
{
	*l = (struct longest){.item = calloc((size_t)cap, size), .size = size, .cap = cap};
	return l->item ? 0 : -ENOMEM;
}

void longest_fini(struct longest *l)
{
	free(l->item);
}
