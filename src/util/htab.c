/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer: util. Open addressing with linear probing. Removal shifts later entries of the run
 * back, so there are no tombstones and a table that lives for weeks stays as fast as a new one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "htab.h"

/* The finalizer of MurmurHash3: every bit of the key changes about half of the result's. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	x ^= x >> 33;
	return x;
}

static size_t home(const struct htab *h, uint64_t a, uint64_t b)
{
	return (size_t)mix(mix(a) + b) & h->mask;
}

int htab_init(struct htab *h, size_t capacity)
{
	size_t size = 2;

	*h = (struct htab){0};
	if (capacity > SIZE_MAX / 4 / sizeof(struct htab_entry))
		return -ENOMEM;
	while (size < capacity * 2)
		size *= 2;
	h->entries = calloc(size, sizeof(*h->entries));
	if (!h->entries)
		return -ENOMEM;
	h->mask = size - 1;
	h->capacity = capacity;
	return 0;
}

void htab_fini(struct htab *h)
{
	free(h->entries);
	*h = (struct htab){0};
}

/* Where the key is, or the free entry where it belongs. There always is a free one. */
static size_t find(const struct htab *h, uint64_t a, uint64_t b)
{
	size_t i = home(h, a, b);

	while (h->entries[i].used && (h->entries[i].a != a || h->entries[i].b != b))
		i = (i + 1) & h->mask;
	return i;
}

bool htab_get(const struct htab *h, uint64_t a, uint64_t b, uint32_t *slot)
{
	size_t i;

	if (h->count == 0)
		return false;
	i = find(h, a, b);
	if (!h->entries[i].used)
		return false;
	*slot = h->entries[i].slot;
	return true;
}

int htab_put(struct htab *h, uint64_t a, uint64_t b, uint32_t slot)
{
	struct htab_entry *e;

	if (!h->entries)
		return -ENOSPC;
	e = &h->entries[find(h, a, b)];
	if (!e->used) {
		if (h->count >= h->capacity)
			return -ENOSPC;
		h->count++;
	}
	*e = (struct htab_entry){.a = a, .b = b, .slot = slot, .used = 1};
	return 0;
}

/* Closes the gap at i: an entry moves into it unless its home lies after the gap. */
static void close_gap(struct htab *h, size_t gap)
{
	size_t i = gap;

	for (;;) {
		const struct htab_entry *e;
		size_t from_home;

		i = (i + 1) & h->mask;
		e = &h->entries[i];
		if (!e->used)
			break;
		from_home = (i - home(h, e->a, e->b)) & h->mask;
		if (from_home < ((i - gap) & h->mask))
			continue;
		h->entries[gap] = *e;
		gap = i;
	}
	h->entries[gap] = (struct htab_entry){0};
}

bool htab_del(struct htab *h, uint64_t a, uint64_t b)
{
	size_t i;

	if (h->count == 0)
		return false;
	i = find(h, a, b);
	if (!h->entries[i].used)
		return false;
	close_gap(h, i);
	h->count--;
	return true;
}

void htab_clear(struct htab *h)
{
	if (h->entries)
		memset(h->entries, 0, (h->mask + 1) * sizeof(*h->entries));
	h->count = 0;
}

size_t htab_count(const struct htab *h)
{
	return h->count;
}
