/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that is all taken at the start: slot numbers of an array, and strings. Pages that are
 * not used yet are not touched.
 *
 * Layer: model, private.
 */
#ifndef MEMTRACE_POOL_H
#define MEMTRACE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_SLOT UINT32_MAX

/* Hands out the numbers 0..cap-1, those given back first. */
struct slots {
	uint32_t *next; /* of a slot given back: the one given back before it */
	uint32_t cap, fresh, head, used;
};

/* Returns 0 or -ENOMEM. cap may be 0. */
int slots_init(struct slots *s, size_t cap);
void slots_fini(struct slots *s);
/* NO_SLOT when all are out. */
uint32_t slots_take(struct slots *s);
void slots_give(struct slots *s, uint32_t slot);

/* NUL-terminated strings in blocks of 64 bytes, first fit. */
struct strpool {
	char *mem;
	uint64_t *used; /* a bit per block */
	uint32_t blocks;
	uint32_t hint; /* no free block before this one */
};

/* Room for bytes, NULs included. Returns 0 or -ENOMEM; strpool_fini() is harmless then. */
int strpool_init(struct strpool *p, size_t bytes);
void strpool_fini(struct strpool *p);
/* A copy of s, cut to len bytes; NULL when there is no room. */
char *strpool_dup(struct strpool *p, const char *s, size_t len);
/* s may be NULL. */
void strpool_free(struct strpool *p, const char *s);

#endif
