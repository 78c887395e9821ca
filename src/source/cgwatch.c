// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See cgwatch.h.
 */
#include "cgwatch.h"

#include <stdbool.h>
#include <string.h>
#include "log.h"

static void note(struct cgwatch *w, uint64_t id)
{
	if (!id)
		return;
	for (int i = 0; i < w->n; i++)
		if (w->ids[i] == id)
			return;
	if (w->n == CGWATCH_MAX) {
		log_warn_once(
			"tasks of more than %d cgroups stalled: sizes of the others are not read",
			CGWATCH_MAX);
		return;
	}
	w->ids[w->n] = id;
	w->paths[w->n++][0] = '\0';
}

void cgwatch_note(struct cgwatch *w, const struct ev_hdr *ev)
{
	const struct ev_stall *stall = (const void *)ev;

	if (ev->kind != EV_STALL)
		return;
	note(w, stall->target_cgroup);
	note(w, stall->task.cgroup);
}

/* False when it has gone, or another one has its path by now. */
static bool read_one(struct cgwatch *w, int i, const struct cgroups *cg, struct ev_cgstat *ev)
{
	*ev = (struct ev_cgstat){0};
	if (!w->paths[i][0] && cgroup_path(cg, w->ids[i], w->paths[i], sizeof(w->paths[i])))
		return false;
	return !cgroup_stat(cg, w->paths[i], ev) && ev->cgroup == w->ids[i];
}

static void drop(struct cgwatch *w, int i)
{
	w->n--;
	memmove(&w->ids[i], &w->ids[i + 1], (w->n - i) * sizeof(w->ids[0]));
	memmove(&w->paths[i], &w->paths[i + 1], (w->n - i) * sizeof(w->paths[0]));
}

void cgwatch_read(struct cgwatch *w, const struct cgroups *cg, uint64_t skip,
		  void (*fn)(void *ctx, struct ev_cgstat *ev), void *ctx)
{
	struct ev_cgstat ev;
	int i = 0;

	while (i < w->n) {
		if (w->ids[i] == skip) {
			i++;
		} else if (read_one(w, i, cg, &ev)) {
			fn(ctx, &ev);
			i++;
		} else {
			drop(w, i);
		}
	}
}
