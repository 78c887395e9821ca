// SPDX-License-Identifier: GPL-2.0
/* Layer: store. See threadids.h. */
#include "threadids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLACES (128u << 10) /* 7 MiB, touched as far as they are used */
#define MOST   (PLACES / 2)

int threadids_init(struct threadids *t)
{
	*t = (struct threadids){0};
	t->places = calloc(PLACES, sizeof(*t->places));
	return t->places ? 0 : -ENOMEM;
}

void threadids_fini(struct threadids *t)
{
	free(t->places);
	t->places = NULL;
}

static size_t hash(const struct ev_task *task)
{
	uint64_t words[sizeof(*task) / 8], h = 0;

	memcpy(words, task, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		h = (h ^ words[i]) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 32;
	}
	return h;
}

void threadids_forget(struct threadids *t)
{
	/* Emptying it costs as much as it had in it. */
	if (t->count)
		memset(t->places, 0, PLACES * sizeof(*t->places));
	t->count = 0;
}

int64_t threadids_get(struct threadids *t, const struct ev_task *task, bool *added)
{
	size_t at = hash(task) & (PLACES - 1);

	for (; t->places[at].id; at = (at + 1) & (PLACES - 1)) {
		if (!memcmp(&t->places[at].task, task, sizeof(*task))) {
			*added = false;
			return t->places[at].id;
		}
	}
	if (t->count == MOST) {
		threadids_forget(t);
		at = hash(task) & (PLACES - 1);
	}
	t->count++;
	t->places[at].task = *task;
	t->places[at].id = ++t->last;
	*added = true;
	return t->last;
}
