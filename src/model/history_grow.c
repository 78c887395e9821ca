/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The processes of a report: who grew in its window, and who had to wait.
 *
 * Layer: model, private. See history_impl.h.
 *
 * What a victim grew by ends with what it had when it was killed. Whoever else has ended by then
 * has given its memory back and is no grower. A process that was born in the window began with
 * nothing.
 */
#include <string.h>
#include "history_impl.h"
#include "trend.h"

#define POINTS	     (HISTORY_SLOTS + 2) /* and birth, and death */
#define GROWTH_LEAST (256 << 10)
#define MAJFAULT_NS  100000 /* what one may have cost, where only their number is known */

struct sizes {
	uint64_t anon, file, shmem, swap; /* bytes */
};

/* A process that may have grown, from its first figures to its last. */
struct growth_span {
	uint32_t track;			/* NO_TRACK: a victim that was too short-lived to get one */
	const struct report_kill *kill; /* NULL: it was not killed */
	uint32_t from, to;		/* slots with figures; to: the one after the last */
	uint64_t from_ns, to_ns;
	bool born; /* in the window */
	struct sizes first, last;
	int64_t growth; /* without page cache */
};

static uint64_t held(const struct sizes *s)
{
	return s->anon + s->shmem + s->swap;
}

static struct sizes cell_sizes(const struct model *m, const struct history_cell *c)
{
	uint64_t page = history_page_size(m);

	return (struct sizes){c->anon * page, c->file * page, c->shmem * page, c->swap * page};
}

/* The slots of the window in which it had memory. */
static void span_slots(const struct history *h, const struct history_range *range, uint32_t end,
		       struct growth_span *g)
{
	uint32_t first = h->tracks[g->track].first;

	g->from = first > range->from ? first : range->from;
	g->to = end;
	while (g->from < g->to && !cell_pages(history_cell(h, g->from, g->track)))
		g->from++;
	while (g->to > g->from && !cell_pages(history_cell(h, g->to - 1, g->track)))
		g->to--;
}

static void span_of_track(const struct model *m, const struct report *r, struct growth_span *g)
{
	const struct history *h = m->history;
	const struct track *t = &h->tracks[g->track];

	g->born = t->start_ns >= r->from_ns && t->start_ns && !t->came_with;
	if (g->from < g->to) {
		g->first = cell_sizes(m, history_cell(h, g->from, g->track));
		g->last = cell_sizes(m, history_cell(h, g->to - 1, g->track));
		g->from_ns = history_slot(h, g->from)->host.time_ns;
		g->to_ns = history_slot(h, g->to - 1)->host.time_ns;
	}
	if (g->born) {
		g->first = (struct sizes){0};
		g->from_ns = t->start_ns;
	}
}

/* What the kernel said that it had. Not every kernel says how much was in swap. */
static void span_end_by_kill(struct growth_span *g)
{
	const struct oom_record *rec = g->kill->rec;

	if (!rec || !(rec->anon_rss_bytes || rec->file_rss_bytes || rec->shmem_rss_bytes))
		return;
	g->last.anon = rec->anon_rss_bytes;
	g->last.file = rec->file_rss_bytes;
	g->last.shmem = rec->shmem_rss_bytes;
	if (rec->kill.sized)
		g->last.swap = rec->swap_bytes;
	g->to_ns = g->kill->time_ns;
}

/* False if nothing is known of how it grew. */
static bool span_fill(const struct model *m, const struct report *r,
		      const struct history_range *range, struct growth_span *g)
{
	if (g->track != NO_TRACK) {
		uint32_t end = g->kill ? range->to : range->last_kill;

		while (g->kill && end > range->from &&
		       history_slot(m->history, end - 1)->host.time_ns > g->kill->time_ns)
			end--;
		span_slots(m->history, range, end, g);
		if (!g->kill && g->to != end) /* it had gone */
			return false;
		span_of_track(m, r, g);
	} else if (g->kill->victim.start_ns && g->kill->victim.start_ns >= r->from_ns) {
		g->born = true;
		g->from_ns = g->kill->victim.start_ns;
	}
	if (!g->born && g->from >= g->to)
		return false;
	if (g->kill)
		span_end_by_kill(g);
	g->growth = (int64_t)(held(&g->last) - held(&g->first));
	return g->to_ns > g->from_ns && g->growth >= GROWTH_LEAST;
}

/* Keeps the most, in order. Returns how many there are. */
static int span_rank(struct growth_span *top, int n, const struct growth_span *new)
{
	int at = n;

	while (at > 0 && top[at - 1].growth < new->growth)
		at--;
	if (at == REPORT_GROWERS)
		return n;
	n += n < REPORT_GROWERS;
	memmove(&top[at + 1], &top[at], (size_t)(n - at - 1) * sizeof(*top));
	top[at] = *new;
	return n;
}

static struct trend span_trend(const struct model *m, const struct growth_span *g)
{
	struct trend_point p[POINTS];
	int n = 0;

	if (g->born)
		p[n++] = (struct trend_point){g->from_ns, 0};
	for (uint32_t seq = g->from; seq < g->to; seq++) {
		struct sizes s = cell_sizes(m, history_cell(m->history, seq, g->track));

		p[n++] =
			(struct trend_point){history_slot(m->history, seq)->host.time_ns, held(&s)};
	}
	if (!n || g->to_ns > p[n - 1].time_ns)
		p[n++] = (struct trend_point){g->to_ns, held(&g->last)};
	return trend_of(p, n);
}

static uint64_t whole(const struct sizes *s)
{
	return held(s) + s->file;
}

static void grower_fill(const struct model *m, struct grower *out, const struct growth_span *g)
{
	struct trend t = span_trend(m, g);

	*out = (struct grower){
		.killed = g->kill != NULL,
		.from_ns = g->from_ns,
		.to_ns = g->to_ns,
		.first_bytes = whole(&g->first),
		.last_bytes = whole(&g->last),
		.anon_growth = (int64_t)(g->last.anon - g->first.anon),
		.shmem_growth = (int64_t)(g->last.shmem - g->first.shmem),
		.file_growth = (int64_t)(g->last.file - g->first.file),
		.swap_growth = (int64_t)(g->last.swap - g->first.swap),
		.rate_bytes = t.rate_bytes,
		.shape = t.shape,
		.burst_ns = t.burst_ns,
	};
	if (g->track == NO_TRACK)
		out->who = g->kill->victim;
	else
		track_describe(m, g->track, &out->who);
}

/* Of each kill, the track of its victim. */
static bool is_victim(const uint32_t *victims, int n, uint32_t track)
{
	for (int i = 0; i < n; i++) {
		if (victims[i] == track)
			return true;
	}
	return false;
}

/* Who grows elsewhere has not filled a cgroup up to its limit; we took all at our start. */
static bool in_scope(const struct model *m, uint32_t track, uint64_t cgroup)
{
	if (m->history->tracks[track].tgid == m->meta.loader_pid)
		return false;
	return !cgroup || cgroup_within(m, m->history->whos[track].cgroup, cgroup);
}

static void growers_fill(const struct model *m, struct report *r, const uint32_t *victims,
			 const struct history_range *range, uint64_t cgroup)
{
	uint32_t ntracks = m->history ? m->history->fresh : 0;
	struct growth_span top[REPORT_GROWERS];
	int n = 0;

	for (uint32_t t = 0; t < ntracks; t++) {
		struct growth_span g = {.track = t};

		if (m->history->tracks[t].used && in_scope(m, t, cgroup) &&
		    !is_victim(victims, r->nkills, t) && span_fill(m, r, range, &g))
			n = span_rank(top, n, &g);
	}
	for (int i = 0; i < r->nkills; i++) {
		struct growth_span g = {.track = victims[i], .kill = &r->kills[i]};

		if (span_fill(m, r, range, &g))
			n = span_rank(top, n, &g);
	}
	for (int i = 0; i < n; i++)
		grower_fill(m, &r->growers[i], &top[i]);
	r->ngrowers = n;
}

/* What a process that was given a track meanwhile took with it is no loss of theirs. */
static void others_fill(const struct model *m, struct report *r, const struct history_range *range)
{
	const struct history_others *first, *last;
	uint64_t left = 0;

	r->others_processes = 0;
	r->others_growth = 0;
	if (range->last_kill <= range->from)
		return;
	for (uint32_t seq = range->from + 1; seq < range->last_kill; seq++)
		left += history_slot(m->history, seq)->others.left;
	first = &history_slot(m->history, range->from)->others;
	last = &history_slot(m->history, range->last_kill - 1)->others;
	r->others_processes = last->processes;
	r->others_growth =
		(int64_t)((others_pages(last) + left - others_pages(first)) * history_page_size(m));
}

static uint64_t suffered(const struct sufferer *s)
{
	return s->stall_ns + s->majfaults * MAJFAULT_NS;
}

static void suffer_add(struct report *r, const struct sufferer *s)
{
	r->suffer_processes++;
	r->suffer_stall_ns += s->stall_ns;
	r->suffer_majfaults += s->majfaults;
}

/* Keeps the most, in order. */
static void sufferer_rank(const struct model *m, struct report *r, struct sufferer *new, uint32_t t)
{
	int at = r->nsufferers;

	while (at > 0 && suffered(&r->sufferers[at - 1]) < suffered(new))
		at--;
	if (at == REPORT_SUFFERERS)
		return;
	r->nsufferers += r->nsufferers < REPORT_SUFFERERS;
	memmove(&r->sufferers[at + 1], &r->sufferers[at],
		(size_t)(r->nsufferers - at - 1) * sizeof(*new));
	track_describe(m, t, &new->who);
	r->sufferers[at] = *new;
}

/* Stalls and faults of the open slot count, too, if the window is not over before it. */
static uint32_t suffer_end(const struct history *h, const struct history_range *range)
{
	return range->to + (range->to == h->seq);
}

static struct sufferer track_suffered(const struct history *h, const struct history_range *range,
				      uint32_t t)
{
	uint32_t first = h->tracks[t].first, end = suffer_end(h, range);
	struct sufferer s = {0};

	for (uint32_t seq = first > range->from ? first : range->from; seq < end; seq++) {
		const struct history_cell *c = history_cell(h, seq, t);

		s.stall_ns += c->stall_ns;
		s.stalls += c->stalls;
		s.majfaults += c->majfaults;
	}
	return s;
}

static void sufferers_fill(const struct model *m, struct report *r, const uint32_t *victims,
			   const struct history_range *range)
{
	const struct history *h = m->history;

	for (uint32_t t = 0; t < h->fresh; t++) {
		struct sufferer s;

		if (!h->tracks[t].used || is_victim(victims, r->nkills, t))
			continue;
		s = track_suffered(h, range, t);
		if (!s.stalls && !s.majfaults)
			continue;
		suffer_add(r, &s);
		sufferer_rank(m, r, &s, t);
	}
	for (uint32_t seq = range->from; seq < suffer_end(h, range); seq++) {
		r->suffer_stall_ns += history_slot(h, seq)->others.stall_ns;
		r->suffer_majfaults += history_slot(h, seq)->others.majfaults;
	}
}

void history_processes(const struct model *m, struct report *r, const struct history_range *range,
		       uint64_t cgroup)
{
	uint32_t victims[REPORT_KILLS];

	for (int i = 0; i < r->nkills; i++)
		victims[i] = m->history && m->history->nslots
				     ? history_victim(m->history, &r->kills[i])
				     : NO_TRACK;
	growers_fill(m, r, victims, range, cgroup);
	others_fill(m, r, range);
	r->suffer_processes = r->suffer_stall_ns = r->suffer_majfaults = 0;
	if (m->history && m->history->nslots)
		sufferers_fill(m, r, victims, range);
}
