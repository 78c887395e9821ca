/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: model, private. Slots and strings out of memory taken at the start; see pool.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "pool.h"

#define BLOCK 64

int slots_init(struct slots *s, size_t cap)
{
	*s = (struct slots){.cap = (uint32_t)cap, .head = NO_SLOT};
	s->next = calloc(cap ? cap : 1, sizeof(*s->next));
	return s->next ? 0 : -ENOMEM;
}

void slots_fini(struct slots *s)
{
	free(s->next);
	*s = (struct slots){.head = NO_SLOT};
}

uint32_t slots_take(struct slots *s)
{
	uint32_t slot = s->head;

	if (slot != NO_SLOT)
		s->head = s->next[slot];
	else if (s->fresh < s->cap)
		slot = s->fresh++;
	else
		return NO_SLOT;
	s->used++;
	return slot;
}

void slots_give(struct slots *s, uint32_t slot)
{
	s->next[slot] = s->head;
	s->head = slot;
	s->used--;
}

int strpool_init(struct strpool *p, size_t bytes)
{
	*p = (struct strpool){.blocks = (uint32_t)((bytes + BLOCK - 1) / BLOCK)};
	p->mem = calloc(p->blocks + 1, BLOCK);
	p->used = calloc(p->blocks / 64 + 1, sizeof(*p->used));
	if (p->mem && p->used)
		return 0;
	strpool_fini(p);
	return -ENOMEM;
}

void strpool_fini(struct strpool *p)
{
	free(p->mem);
	free(p->used);
	*p = (struct strpool){0};
}

static bool is_used(const struct strpool *p, uint32_t block)
{
	return p->used[block / 64] >> (block % 64) & 1;
}

static uint32_t blocks_of(size_t len)
{
	return (uint32_t)(len / BLOCK + 1); /* with the NUL */
}

/* First of n free blocks in a row; p->blocks if there are none. */
static uint32_t find_run(const struct strpool *p, uint32_t n)
{
	uint32_t run = 0;

	for (uint32_t b = p->hint; b < p->blocks; b++) {
		run = is_used(p, b) ? 0 : run + 1;
		if (run == n)
			return b + 1 - n;
	}
	return p->blocks;
}

static void mark(struct strpool *p, uint32_t first, uint32_t n, bool used)
{
	for (uint32_t b = first; b < first + n; b++) {
		if (used)
			p->used[b / 64] |= 1ULL << (b % 64);
		else
			p->used[b / 64] &= ~(1ULL << (b % 64));
	}
}

char *strpool_dup(struct strpool *p, const char *s, size_t len)
{
	uint32_t n, first;
	char *copy;

	len = strnlen(s, len);
	n = blocks_of(len);
	first = find_run(p, n);
	if (first == p->blocks)
		return NULL;
	mark(p, first, n, true);
	if (first == p->hint)
		p->hint = first + n;
	copy = p->mem + (size_t)first * BLOCK;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

void strpool_free(struct strpool *p, const char *s)
{
	uint32_t first;

	if (!s)
		return;
	first = (uint32_t)((size_t)(s - p->mem) / BLOCK);
	mark(p, first, blocks_of(strlen(s)), false);
	if (first < p->hint)
		p->hint = first;
}
