// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See targets.h.
 */
#include "targets.h"

#include <errno.h>
#include <stdlib.h>
#include "process.h"

int targets_init(struct targets *t, const uint32_t *tgids, int ntgids, const uint32_t *tids,
		 int ntids, const struct sysroot *root)
{
	*t = (struct targets){.n = ntgids + ntids};
	if (!t->n)
		return 0;
	t->list = calloc(t->n, sizeof(*t->list));
	if (!t->list)
		return -ENOMEM;
	for (int i = 0; i < ntgids; i++) {
		t->list[i].id = tgids[i];
		process_start(root, tgids[i], &t->list[i].start_ns);
	}
	for (int i = 0; i < ntids; i++)
		t->list[ntgids + i] = (struct target){.id = tids[i], .thread = true};
	return 0;
}

void targets_fini(struct targets *t)
{
	free(t->list);
	t->list = NULL;
}

void targets_note(struct targets *t, const struct ev_exit *ev)
{
	for (int i = 0; t->list && i < t->n; i++) {
		struct target *x = &t->list[i];

		if (x->thread ? x->id == ev->task.tid : x->id == ev->task.tgid && ev->group_dead)
			x->gone = true;
	}
}

void targets_look(struct targets *t, const struct sysroot *root)
{
	for (int i = 0; t->list && i < t->n; i++) {
		struct target *x = &t->list[i];
		uint64_t start_ns;
		uint32_t tgid;

		if (x->thread)
			x->gone |= process_of_thread(root, x->id, &tgid) != 0;
		else
			x->gone |= process_start(root, x->id, &start_ns) != 0 ||
				   (x->start_ns && start_ns != x->start_ns);
	}
}

bool targets_gone(const struct targets *t)
{
	for (int i = 0; t->list && i < t->n; i++)
		if (!t->list[i].gone)
			return false;
	return t->list != NULL;
}
