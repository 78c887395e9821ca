// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See cgwatch.h.
 */
#include "cgwatch.h"

#include <string.h>
#include "log.h"

static struct cgwatched *find(struct cgwatch *w, uint64_t id)
{
	for (int i = 0; i < w->n; i++)
		if (w->of[i].id == id)
			return &w->of[i];
	return NULL;
}

/* Of those that did not stall the one that is farthest from its limit. */
static struct cgwatched *farthest(struct cgwatch *w)
{
	struct cgwatched *far = NULL;

	for (int i = 0; i < w->n; i++)
		if (!w->of[i].stalled && (!far || w->of[i].permille < far->permille))
			far = &w->of[i];
	return far;
}

static void put(struct cgwatch *w, struct cgwatched *at, struct cgwatched new, const char *path)
{
	*at = new;
	strcpy(w->paths[at - w->of], path);
}

static void note(struct cgwatch *w, uint64_t id)
{
	const struct cgwatched new = {.id = id, .stalled = true};
	struct cgwatched *at;

	if (!id)
		return;
	at = find(w, id);
	if (at) {
		at->stalled = true;
		return;
	}
	at = w->n < CGWATCH_MAX ? &w->of[w->n++] : farthest(w);
	if (at)
		put(w, at, new, "");
	else
		log_warn_once(
			"tasks of more than %d cgroups stalled: sizes of the others are not read",
			CGWATCH_MAX);
}

void cgwatch_note(struct cgwatch *w, const struct ev_hdr *ev)
{
	const struct ev_stall *stall = (const void *)ev;

	if (ev->kind != EV_STALL)
		return;
	note(w, stall->target_cgroup);
	note(w, stall->task.cgroup);
}

bool cgwatch_limited(struct cgwatch *w, uint64_t id, const char *path, uint32_t permille)
{
	const struct cgwatched new = {.id = id, .permille = permille};
	struct cgwatched *at = find(w, id);

	if (at)
		return true;
	if (w->n < CGWATCH_MAX) {
		at = &w->of[w->n++];
	} else {
		at = farthest(w);
		if (!at || permille < at->permille + CGWATCH_NEARER)
			return false;
	}
	put(w, at, new, path);
	return true;
}

const char *cgwatch_path(const struct cgwatch *w, uint64_t id)
{
	for (int i = 0; i < w->n; i++)
		if (w->of[i].id == id)
			return w->paths[i][0] ? w->paths[i] : NULL;
	return NULL;
}

/* False when it has gone, another one has its path by now, or it is of no interest any more. */
static bool read_one(struct cgwatch *w, int i, const struct cgroups *cg, struct ev_cgstat *ev)
{
	struct cgwatched *of = &w->of[i];

	*ev = (struct ev_cgstat){0};
	if (!w->paths[i][0] && cgroup_path(cg, of->id, w->paths[i], sizeof(w->paths[i])))
		return false;
	if (cgroup_stat(cg, w->paths[i], ev) || ev->cgroup != of->id)
		return false;
	of->permille = cgwatch_permille(ev->usage_bytes, ev->limit_bytes);
	return of->stalled || ev->limit_bytes != EV_ABSENT;
}

uint32_t cgwatch_permille(uint64_t usage, uint64_t limit)
{
	if (usage == EV_ABSENT || limit == EV_ABSENT)
		return 0;
	return usage >= limit ? 1000 : (uint32_t)(usage / (limit / 1000 + 1));
}

static void drop(struct cgwatch *w, int i)
{
	w->n--;
	memmove(&w->of[i], &w->of[i + 1], (w->n - i) * sizeof(w->of[0]));
	memmove(&w->paths[i], &w->paths[i + 1], (w->n - i) * sizeof(w->paths[0]));
}

void cgwatch_read(struct cgwatch *w, const struct cgroups *cg, uint64_t skip,
		  void (*fn)(void *ctx, struct ev_cgstat *ev), void *ctx)
{
	struct ev_cgstat ev;
	int i = 0;

	while (i < w->n) {
		if (w->of[i].id == skip) {
			i++;
		} else if (read_one(w, i, cg, &ev)) {
			fn(ctx, &ev);
			i++;
		} else {
			drop(w, i);
		}
	}
}
