/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hash index of fixed capacity: a key of two 64-bit numbers leads to a 32-bit slot number of an
 * array that the caller keeps. All memory is taken by htab_init(), so that lookups, insertions
 * and removals work while the machine has none left.
 *
 * Layer: util.
 */
#ifndef MEMTRACE_HTAB_H
#define MEMTRACE_HTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct htab_entry {
	uint64_t a, b;
	uint32_t slot;
	uint32_t used;
};

struct htab {
	struct htab_entry *entries; /* mask + 1 of them, never more than half full */
	size_t mask;
	size_t capacity;
	size_t count;
};

/* Room for capacity keys. Returns 0 or -ENOMEM (then h is empty and fini is harmless). */
int htab_init(struct htab *h, size_t capacity);
void htab_fini(struct htab *h);

/* Is there such a key? If so, *slot is what it was put with. */
bool htab_get(const struct htab *h, uint64_t a, uint64_t b, uint32_t *slot);
/* Adds the key, or gives it another slot if it is in. -ENOSPC when capacity keys are in. */
int htab_put(struct htab *h, uint64_t a, uint64_t b, uint32_t slot);
/* Removes the key; false if it was not in. */
bool htab_del(struct htab *h, uint64_t a, uint64_t b);
/* Removes all keys. */
void htab_clear(struct htab *h);
/* Number of keys. */
size_t htab_count(const struct htab *h);

#endif
