/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recorder's cgroups: those that figures come of.
 *
 * Layer: model, private. See history_impl.h.
 *
 * A cgroup that has gone keeps its track until its samples have left the ring. When there is no
 * room for another, the one that has been gone longest makes it, then the one that is farthest from
 * its limit, if the other is nearer to its own.
 */
#include "history_impl.h"

#define CGROUPS_MIN   4
#define CGROUPS_SHARE 8 /* of the memory at most 1/8 */
#define FULL	      1024
#define NEARER	      (FULL / 8)

int cgroup_tracks_init(struct history *h, size_t bytes)
{
	size_t n = bytes / CGROUPS_SHARE / (HISTORY_SLOTS_MIN * sizeof(struct history_cgcell));

	h->max_cgroups = n > HISTORY_CGROUPS ? HISTORY_CGROUPS : (uint32_t)n;
	return htab_init(&h->cgroup_tab, h->max_cgroups);
}

void cgroup_tracks_layout(struct history *h)
{
	size_t each = sizeof(*h->cgroups) + h->nslots * sizeof(*h->cgcells);
	size_t n = (h->mem_size - h->mem_used) / CGROUPS_SHARE / each;

	if (n < h->max_cgroups)
		h->max_cgroups = n < CGROUPS_MIN ? 0 : (uint32_t)n;
	h->cgroups = history_take(h, h->max_cgroups, sizeof(*h->cgroups));
	h->cgcells = history_take(h, (size_t)h->nslots * h->max_cgroups, sizeof(*h->cgcells));
}

static void cell_clear(struct history_cgcell *c)
{
	*c = (struct history_cgcell){
		.usage = NO_PAGES,
		.limit = NO_PAGES,
		.anon = NO_PAGES,
		.file = NO_PAGES,
		.shmem = NO_PAGES,
		.swap = NO_PAGES,
	};
}

void cgroup_tracks_open_slot(struct history *h)
{
	for (uint32_t i = 0; i < h->ncgroups; i++)
		cell_clear(history_cgcell(h, h->seq, i));
}

uint32_t cgroup_track_find(const struct history *h, uint64_t cgroup)
{
	uint32_t i;

	return htab_get(&h->cgroup_tab, cgroup, 0, &i) ? i : NO_TRACK;
}

/* Does a make room before b? */
static bool less_wanted(const struct history *h, const struct cgroup_track *a,
			const struct cgroup_track *b)
{
	bool a_gone = a->last + 1 < h->seq, b_gone = b->last + 1 < h->seq;

	if (a_gone != b_gone)
		return a_gone;
	return a_gone ? a->last < b->last : a->memory < b->memory;
}

/* A place for a cgroup that uses so much of its limit; NO_TRACK if the others need theirs more. */
static uint32_t place_find(struct history *h, uint64_t memory)
{
	uint32_t least = 0;

	if (h->ncgroups < h->max_cgroups)
		return h->ncgroups++;
	for (uint32_t i = 1; i < h->ncgroups; i++) {
		if (less_wanted(h, &h->cgroups[i], &h->cgroups[least]))
			least = i;
	}
	if (!h->ncgroups ||
	    (h->cgroups[least].last + 1 >= h->seq && memory < h->cgroups[least].memory + NEARER))
		return NO_TRACK;
	htab_del(&h->cgroup_tab, h->cgroups[least].id, 0);
	return least;
}

static uint32_t track_add(struct history *h, uint64_t id, uint64_t memory)
{
	uint32_t i = place_find(h, memory);

	if (i == NO_TRACK)
		return i;
	h->cgroups[i] = (struct cgroup_track){.id = id, .majfaults = EV_ABSENT};
	htab_put(&h->cgroup_tab, id, 0, i);
	for (uint32_t seq = history_oldest(h); seq <= h->seq; seq++)
		cell_clear(history_cgcell(h, seq, i));
	return i;
}

static uint32_t pages(const struct model *m, uint64_t bytes)
{
	uint64_t n = bytes / history_page_size(m);

	return bytes == EV_ABSENT || n >= NO_PAGES ? NO_PAGES : (uint32_t)n;
}

/* What counts as used memory and swap together in cgroup v1 is told apart. */
static uint64_t swap_bytes(const struct model *m, const struct ev_cgstat *ev)
{
	if (m->meta.cgroup_version != 1 || ev->swap_bytes == EV_ABSENT)
		return ev->swap_bytes;
	return ev->usage_bytes == EV_ABSENT ? EV_ABSENT
					    : counter_growth(ev->usage_bytes, ev->swap_bytes);
}

/* Of memory that can be given back, so without tmpfs. */
static uint64_t cache_bytes(const struct ev_cgstat *ev)
{
	if (ev->file_bytes == EV_ABSENT || ev->shmem_bytes == EV_ABSENT)
		return ev->file_bytes;
	return counter_growth(ev->shmem_bytes, ev->file_bytes);
}

static uint64_t memory_share(const struct ev_cgstat *ev)
{
	if (ev->usage_bytes == EV_ABSENT || ev->limit_bytes == EV_ABSENT || !ev->limit_bytes)
		return 0;
	if (ev->usage_bytes >= ev->limit_bytes)
		return FULL;
	return (uint64_t)((double)ev->usage_bytes / (double)ev->limit_bytes * FULL);
}

static void cell_add_majfaults(struct history_cgcell *c, struct cgroup_track *t, uint64_t now)
{
	if (now != EV_ABSENT && t->majfaults != EV_ABSENT)
		c->majfaults += (uint32_t)counter_growth(t->majfaults, now);
	t->majfaults = now;
}

void history_cgstat(struct model *m, const struct ev_cgstat *ev)
{
	struct history *h = history_ready(m);
	struct history_cgcell *c;
	uint64_t memory = memory_share(ev);
	uint32_t i;

	if (!h)
		return;
	i = cgroup_track_find(h, ev->cgroup);
	if (i == NO_TRACK)
		i = track_add(h, ev->cgroup, memory);
	if (i == NO_TRACK) {
		m->loss.cgroups_full +=
			!!cgstat_find(m, ev->cgroup); /* else that is counted already */
		return;
	}
	c = history_cgcell(h, h->seq, i);
	c->usage = pages(m, ev->usage_bytes);
	c->limit = pages(m, ev->limit_bytes);
	c->anon = pages(m, ev->anon_bytes);
	c->file = pages(m, cache_bytes(ev));
	c->shmem = pages(m, ev->shmem_bytes);
	c->swap = pages(m, swap_bytes(m, ev));
	cell_add_majfaults(c, &h->cgroups[i], ev->pgmajfault);
	h->cgroups[i].memory = memory;
	h->cgroups[i].last = h->seq;
}

static void stall_add(struct history *h, uint64_t cgroup, uint64_t ns)
{
	uint32_t i = cgroup ? cgroup_track_find(h, cgroup) : NO_TRACK;
	struct history_cgcell *c;

	if (i == NO_TRACK)
		return;
	c = history_cgcell(h, h->seq, i);
	c->stall_ns += ns;
	c->stalls++;
}

void cgroup_tracks_stall(struct history *h, const struct ev_stall *ev)
{
	stall_add(h, ev->task.cgroup, ev->duration_ns);
	if (ev->target_cgroup != ev->task.cgroup)
		stall_add(h, ev->target_cgroup, ev->duration_ns);
}
