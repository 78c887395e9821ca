// SPDX-License-Identifier: GPL-2.0
/* Layer: store. See taskdelta.h. */
#include "taskdelta.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MIN 1024

void taskdelta_init(struct taskdelta *d)
{
	*d = (struct taskdelta){0};
}

void taskdelta_fini(struct taskdelta *d)
{
	free(d->before.places);
	free(d->now.places);
	taskdelta_init(d);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

/* When it was read, and on which CPU the reader ran, is not what it is about. */
static uint64_t digest(const struct ev_task_row *row)
{
	uint64_t words[(sizeof(*row) - sizeof(row->hdr)) / 8], h = 0x2545f4914f6cdd1dull;

	memcpy(words, (const char *)row + sizeof(row->hdr), sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		h = mix(h, words[i]);
	return mix(h, h >> 32);
}

/* The place of that key, or the empty one where it belongs. */
static struct taskdelta_place *place_of(const struct taskdelta_set *s, uint32_t tid)
{
	size_t at = mix(0, tid) >> 20;

	for (;; at++) {
		struct taskdelta_place *p = &s->places[at & (s->size - 1)];

		if (!p->tid || p->tid == tid)
			return p;
	}
}

static bool set_grow(struct taskdelta_set *s)
{
	struct taskdelta_set larger = {.size = s->size ? s->size * 2 : SIZE_MIN, .count = s->count};

	larger.places = calloc(larger.size, sizeof(*larger.places));
	if (!larger.places)
		return false;
	for (size_t i = 0; i < s->size; i++)
		if (s->places[i].tid)
			*place_of(&larger, s->places[i].tid) = s->places[i];
	free(s->places);
	*s = larger;
	return true;
}

static bool set_put(struct taskdelta_set *s, const struct taskdelta_place *p)
{
	struct taskdelta_place *to;

	if (s->count >= s->size / 2 && !set_grow(s))
		return false;
	to = place_of(s, p->tid);
	s->count += !to->tid;
	*to = *p;
	return true;
}

static void set_clear(struct taskdelta_set *s)
{
	if (s->count)
		memset(s->places, 0, s->size * sizeof(*s->places));
	s->count = 0;
}

bool taskdelta_changed(struct taskdelta *d, const struct ev_task_row *row)
{
	struct taskdelta_place p = {.digest = digest(row), .tid = row->task.tid};
	struct taskdelta_place *old = NULL;

	/* The idle task would look like an empty place; it is in no snapshot. */
	if (!p.tid)
		return true;
	if (!set_put(&d->now, &p))
		d->blind = true;
	if (d->before.count)
		old = place_of(&d->before, p.tid);
	return !old || !old->tid || old->digest != p.digest;
}

static bool has(const struct taskdelta_set *s, uint32_t tid)
{
	return s->count && place_of(s, tid)->tid;
}

void taskdelta_end(struct taskdelta *d, void (*gone)(void *ctx, uint32_t tid), void *ctx)
{
	struct taskdelta_set s = d->before;

	for (size_t i = 0; i < s.size && s.count; i++) {
		if (!s.places[i].tid || has(&d->now, s.places[i].tid))
			continue;
		if (gone && !d->blind)
			gone(ctx, s.places[i].tid);
		else
			set_put(&d->now, &s.places[i]);
	}
	d->before = d->now;
	d->now = s;
	set_clear(&d->now);
	d->blind = false;
}
