/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recorder's processes: which of them have a track, and what they did in each slot.
 *
 * Layer: model, private. See history_impl.h.
 *
 * As long as there is room everyone gets a track. Then the largest have them: a tick ranks all by
 * classes of size, an eighth apart, so that two of about the same size do not push each other out
 * again and again. Whose track is taken goes on, with its past, among the others. Of those that
 * have ended only a share of the size counts; small ones go first so.
 */
#include <string.h>
#include "history_impl.h"

#define CLASSES	    256
#define ENDED_SHARE 4

/* How many of each class of size there are, with and without a track. */
struct ranking {
	uint32_t tracks[CLASSES], waiting[CLASSES];
};

void tracks_layout(struct model *m, struct history *h)
{
	size_t each = h->nslots * sizeof(*h->cells) + sizeof(*h->tracks) + sizeof(*h->whos) +
		      sizeof(*h->track_free);
	size_t left, spare = 64; /* what pieces are rounded up by */

	h->track_of = history_take(h, m->opts.max_processes + 1, sizeof(*h->track_of));
	h->waiting = history_take(h, m->opts.max_processes + 1, sizeof(*h->waiting));
	left = h->mem_size - h->mem_used;
	if (!h->track_of || !h->waiting || left < spare + each)
		return;
	h->ntracks = (uint32_t)((left - spare) / each);
	h->tracks = history_take(h, h->ntracks, sizeof(*h->tracks));
	h->whos = history_take(h, h->ntracks, sizeof(*h->whos));
	h->track_free = history_take(h, h->ntracks, sizeof(*h->track_free));
	h->cells = history_take(h, (size_t)h->nslots * h->ntracks, sizeof(*h->cells));
}

static uint32_t class_of(uint32_t pages)
{
	uint32_t log;

	if (pages < 8)
		return pages;
	log = 31 - (uint32_t)__builtin_clz(pages);
	return (log << 3 | (pages >> (log - 3) & 7)) - 16;
}

static uint32_t pages_of(const struct model *m, uint64_t bytes)
{
	uint64_t n = bytes / history_page_size(m);

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* Of a process that has no memory, or does not live, zero. */
static struct history_cell sizes_of(const struct model *m, const struct proc *p)
{
	const struct process *pub = &p->pub;

	if (!pub->sampled || pub->exited || p->missing)
		return (struct history_cell){0};
	return (struct history_cell){
		.anon = pages_of(m, pub->anon_rss_bytes),
		.file = pages_of(m, pub->file_rss_bytes),
		.shmem = pages_of(m, pub->shmem_rss_bytes),
		.swap = pages_of(m, pub->swap_bytes),
	};
}

static uint32_t size_of(const struct history_cell *c)
{
	uint64_t pages = cell_pages(c);

	return pages > UINT32_MAX ? UINT32_MAX : (uint32_t)pages;
}

static void sizes_set(struct history_cell *c, const struct history_cell *sizes)
{
	c->anon = sizes->anon;
	c->file = sizes->file;
	c->shmem = sizes->shmem;
	c->swap = sizes->swap;
}

/* counts: it is a whole process's. */
static void others_add(struct history_others *o, const struct history_cell *c, bool counts)
{
	o->processes += counts && cell_pages(c);
	o->anon += c->anon;
	o->file += c->file;
	o->shmem += c->shmem;
	o->swap += c->swap;
	o->stall_ns += c->stall_ns;
	o->stalls += c->stalls;
	o->majfaults += c->majfaults;
}

/* Its track, which may have been another's whose place in the process table it took. */
static uint32_t track_find(const struct history *h, const struct proc *p, uint32_t slot)
{
	uint32_t t;
	struct track *track;

	if (!h->ntracks)
		return NO_TRACK;
	t = h->track_of[slot];
	track = &h->tracks[t];
	if (!track->used || track->tgid != p->pub.tgid)
		return NO_TRACK;
	if (!track->start_ns) /* it was not known then */
		track->start_ns = p->pub.start_ns;
	return track->start_ns == p->pub.start_ns ? t : NO_TRACK;
}

static uint32_t place_free(struct history *h)
{
	if (h->nfree)
		return h->track_free[--h->nfree];
	return h->fresh < h->ntracks ? h->fresh++ : NO_TRACK;
}

static void place_give(struct history *h, uint32_t t)
{
	h->tracks[t].used = false;
	h->track_free[h->nfree++] = t;
}

static uint32_t track_begin(struct history *h, uint32_t t, const struct proc *p, uint32_t slot)
{
	h->tracks[t] = (struct track){
		.used = true,
		.start_ns = p->pub.start_ns,
		.tgid = p->pub.tgid,
		.first = h->seq,
		.last = h->seq,
	};
	h->whos[t] = (struct track_who){0};
	h->track_of[slot] = t;
	*history_cell(h, h->seq, t) = (struct history_cell){0};
	return t;
}

/* What its track holds goes to the others, slot by slot. */
static void track_fold(struct history *h, uint32_t t)
{
	struct track *track = &h->tracks[t];
	uint32_t oldest = history_oldest(h);
	uint32_t seq = track->first > oldest ? track->first : oldest;

	if (track->first >= oldest)
		history_slot(h, track->first)->others.left -= track->came_with;
	for (; seq <= h->seq; seq++)
		others_add(&history_slot(h, seq)->others, history_cell(h, seq, t), true);
	place_give(h, t);
}

/* Had it been one of the others in the slot before? Then its share of them leaves with it. */
static void note_came_with(struct history *h, uint32_t t, const struct proc *p, uint32_t pages)
{
	struct history_slot *s = history_slot(h, h->seq);

	if (h->tracks[t].first != h->seq || !h->seq || p->first_row_ns > s->begin_ns)
		return;
	h->tracks[t].came_with = pages;
	s->others.left += pages;
}

/* The process of a track at a tick. */
static void track_tick(const struct model *m, struct history *h, uint32_t t, const struct proc *p,
		       const struct history_cell *sizes)
{
	struct history_cell *c = history_cell(h, h->seq, t);
	struct track *track = &h->tracks[t];

	if (p->pub.exited ? !track->ended : !track->described)
		track_note(m, t, p);
	track->ended = p->pub.exited;
	sizes_set(c, sizes);
	c->majfaults += (uint32_t)p->pub.maj_flt_delta;
	if (!cell_pages(sizes))
		return;
	if (!track->size)
		note_came_with(h, t, p, size_of(sizes));
	track->size = size_of(sizes);
	track->last = h->seq;
}

static void process_tick(const struct model *m, struct history *h, uint32_t slot)
{
	const struct proc *p = &m->procs[slot];
	struct history_cell sizes = sizes_of(m, p);
	uint32_t t = track_find(h, p, slot);

	if (t == NO_TRACK && cell_pages(&sizes)) {
		t = place_free(h);
		if (t == NO_TRACK) {
			h->waiting[h->nwaiting++] = slot;
			return;
		}
		track_begin(h, t, p, slot);
	}
	if (t == NO_TRACK)
		history_slot(h, h->seq)->others.majfaults += p->pub.maj_flt_delta;
	else
		track_tick(m, h, t, p, &sizes);
}

static uint32_t weight(const struct track *t, uint32_t seq)
{
	return t->last == seq ? t->size : t->size / ENDED_SHARE;
}

static void rank(const struct model *m, const struct history *h, struct ranking *r)
{
	memset(r, 0, sizeof(*r));
	for (uint32_t t = 0; t < h->fresh; t++) {
		if (h->tracks[t].used)
			r->tracks[class_of(weight(&h->tracks[t], h->seq))]++;
	}
	for (uint32_t i = 0; i < h->nwaiting; i++) {
		struct history_cell sizes = sizes_of(m, &m->procs[h->waiting[i]]);

		r->waiting[class_of(size_of(&sizes))]++;
	}
}

/* The least class that all of which, and of those above it, can have tracks. */
static uint32_t class_bound(const struct history *h, const struct ranking *r)
{
	uint32_t c = CLASSES;
	uint64_t n = 0;

	while (c > 0 && n + r->tracks[c - 1] + r->waiting[c - 1] <= h->ntracks) {
		c--;
		n += r->tracks[c] + r->waiting[c];
	}
	return c;
}

static uint64_t sum_of(const uint32_t *classes, uint32_t from, uint32_t to)
{
	uint64_t n = 0;

	for (uint32_t c = from; c < to; c++)
		n += classes[c];
	return n;
}

/* Takes the tracks of so many of the least. */
static void tracks_take(struct history *h, const struct ranking *r, uint64_t n)
{
	uint32_t last = 0;

	while (last < CLASSES - 1 && r->tracks[last] < n)
		n -= r->tracks[last++];
	for (uint32_t t = 0; t < h->fresh; t++) {
		uint32_t class = class_of(weight(&h->tracks[t], h->seq));

		if (!h->tracks[t].used || class > last || (class == last && !n))
			continue;
		n -= class == last;
		track_fold(h, t);
	}
}

/* A waiting process gets a track or, when it may have none, is one of the others. */
static void waiting_settle(const struct model *m, struct history *h, uint32_t slot, bool may)
{
	struct history_others *o = &history_slot(h, h->seq)->others;
	const struct proc *p = &m->procs[slot];
	struct history_cell sizes = sizes_of(m, p);
	uint32_t t = may ? place_free(h) : NO_TRACK;

	if (t == NO_TRACK) {
		others_add(o, &sizes, true);
		o->majfaults += p->pub.maj_flt_delta;
		return;
	}
	track_begin(h, t, p, slot);
	track_tick(m, h, t, p, &sizes);
}

/*
 * Of those that wait the largest get the tracks of the least: all that are above the bound, and of
 * the class below it as many as can have those of lesser classes.
 */
static void tracks_assign(const struct model *m, struct history *h)
{
	struct ranking r;
	uint64_t above, lesser, some;
	uint32_t bound;

	rank(m, h, &r);
	bound = class_bound(h, &r);
	above = sum_of(r.waiting, bound, CLASSES);
	lesser = bound ? sum_of(r.tracks, 0, bound - 1) : 0;
	some = lesser > above ? lesser - above : 0;
	tracks_take(h, &r, above + some);
	for (uint32_t i = 0; i < h->nwaiting; i++) {
		struct history_cell sizes = sizes_of(m, &m->procs[h->waiting[i]]);
		uint32_t class = class_of(size_of(&sizes));
		bool lucky = class + 1 == bound && some;

		some -= lucky;
		waiting_settle(m, h, h->waiting[i], class >= bound || lucky);
	}
}

void tracks_tick(struct model *m, struct history *h)
{
	struct history_others *o = &history_slot(h, h->seq)->others;

	o->processes = h->untabled.processes;
	o->anon = h->untabled.anon;
	o->file = h->untabled.file;
	o->shmem = h->untabled.shmem;
	o->swap = h->untabled.swap;
	h->untabled = (struct history_untabled){0};
	h->nwaiting = 0;
	if (!h->waiting)
		return;
	for (uint32_t slot = 0; slot < m->proc_slots.fresh; slot++) {
		if (m->procs[slot].used)
			process_tick(m, h, slot);
	}
	if (h->nwaiting)
		tracks_assign(m, h);
}

void history_row(struct model *m, const struct ev_task_row *row)
{
	struct history *h = m->history;
	uint64_t page = history_page_size(m);

	if (!h || !row->leader || !row->sized)
		return;
	h->untabled.processes++;
	h->untabled.anon += row->anon_rss_bytes / page;
	h->untabled.file += row->file_rss_bytes / page;
	h->untabled.shmem += row->shmem_rss_bytes / page;
	h->untabled.swap += row->swap_bytes / page;
}

void tracks_open_slot(struct history *h)
{
	uint32_t oldest = history_oldest(h);

	if (!h->ntracks)
		return;
	memset(history_cell(h, h->seq, 0), 0, h->fresh * sizeof(*h->cells));
	for (uint32_t t = 0; t < h->fresh; t++) {
		if (h->tracks[t].used && h->tracks[t].last < oldest)
			place_give(h, t);
	}
}

void tracks_stall(struct model *m, struct history *h, const struct ev_stall *ev)
{
	const struct proc *p = process_find(m, ev->task.tgid, ev->task.start_ns);
	uint32_t slot = p ? process_slot(m, p) : 0, t = p ? track_find(h, p, slot) : NO_TRACK;
	struct history_cell stall = {.stall_ns = ev->duration_ns, .stalls = 1};
	struct history_cell *c;

	if (t == NO_TRACK && p && h->ntracks) { /* a new one, as a rule */
		t = place_free(h);
		if (t != NO_TRACK)
			track_begin(h, t, p, slot);
	}
	if (t == NO_TRACK) {
		others_add(&history_slot(h, h->seq)->others, &stall, false);
		return;
	}
	c = history_cell(h, h->seq, t);
	c->stall_ns += stall.stall_ns;
	c->stalls++;
	h->tracks[t].last = h->seq;
}
