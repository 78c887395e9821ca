// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. A range that begins in the middle of a recording.
 *
 * The model's first snapshot is then the one that ends with the last tick up to `from`: what it is
 * made of is known from the keyframe before. Of what came earlier only names and the probes are
 * given, with a META event as if tracing had begun at that snapshot, so that what had been counted
 * until then is nobody's growth. Names of processes wait until the snapshot has told who lives.
 */
#include "reader_impl.h"

#include <stdlib.h>

static bool is_name(uint16_t kind)
{
	switch (kind) {
	case EV_META:
	case EV_PROBE:
	case EV_PROGRAM:
	case EV_VM:
	case EV_USER:
	case EV_CGROUP:
	case EV_SYMBOL:
	case EV_STACK:
	case EV_PROCESS:
	case EV_USTACK:
		return true;
	default:
		return false;
	}
}

static bool is_held(uint16_t kind)
{
	return kind == EV_PROCESS || kind == EV_USTACK;
}

/* Of a snapshot, or of what must be known of the time in which it was taken. */
static bool is_snapshot(uint16_t kind)
{
	switch (kind) {
	case EV_HOST:
	case EV_ZONE:
	case EV_CGSTAT:
	case EV_COUNTS:
	case EV_SWAPDEV:
	case EV_SWAP_OWNER:
	case EV_CLOCK:
	case EV_EXIT:
	case EV_TICK:
	case EV_FILE:
		return true;
	default:
		return is_name(kind);
	}
}

/* Finds the ticks: begin_seq, first_seq. False: it begins at the beginning. */
static bool find_ticks(struct reader *r)
{
	struct cursor *c = r->tick;
	int64_t before = -1, first = -1;
	uint64_t first_ns = 0;

	if (cursor_seek(r, c, INT64_MIN))
		return false;
	while (!r->err && !r->stop && c->first.seq != SEQ_END) {
		const struct ev_hdr *ev = cursor_event(r, c);

		if (ev && ev->time_ns > r->opts->from_ns && first >= 0)
			break;
		if (ev) {
			before = first;
			first = c->first.seq;
			first_ns = ev->time_ns;
		}
		cursor_next(r, c);
	}
	r->begin_seq = before;
	r->first_seq = first;
	r->begin_ns = first_ns;
	if (before >= 0)
		return true;
	/* The beginning of a ring is a middle, too, once it has been cut. */
	r->begin_seq = INT64_MIN;
	return r->info.run.ring_ns && first >= 0 &&
	       first_ns > r->info.meta.hdr.time_ns + 2 * r->info.meta.interval_ns + 1000000000;
}

/* The latest keyframe before the first snapshot; the beginning where there is none. */
static int64_t find_keyframe(struct reader *r)
{
	int64_t found = INT64_MIN;

	if (half_seek(r, &r->keyframe, INT64_MIN))
		return found;
	while (!r->err && r->keyframe.seq < r->first_seq) {
		found = r->keyframe.seq;
		half_next(r, &r->keyframe);
	}
	return found;
}

/* The state of all threads before the first snapshot. */
static int rebuild(struct reader *r)
{
	int64_t from = find_keyframe(r);

	cursor_seek(r, r->task, from);
	half_seek(r, &r->gone, from);
	half_seek(r, &r->keyframe, from);
	cursor_seek(r, r->tick, from);
	while (!r->err && !r->stop && r->tick->first.seq <= r->begin_seq) {
		snapshot_take_rows(r, r->tick->first.seq, false);
		cursor_next(r, r->tick);
	}
	return r->err;
}

/* When the first snapshot began. */
static void find_begin(struct reader *r)
{
	const struct ev_hdr *ev;

	if (r->task->first.seq >= r->first_seq)
		return;
	ev = cursor_event(r, r->task);
	if (ev && ev->time_ns < r->begin_ns)
		r->begin_ns = ev->time_ns;
}

static int seek_rest(struct reader *r)
{
	for (int i = 0; i < r->ncursors && !r->err; i++) {
		struct cursor *c = &r->cursors[i];
		uint16_t kind = c->table->desc->kind;

		if (c == r->task || c == r->tick)
			continue;
		c->held = is_held(kind);
		if (kind == EV_FILE) {
			cursor_seek(r, c, files_before(r) + 1);
			continue;
		}
		cursor_seek(r, c,
			    is_name(kind) || r->begin_seq == INT64_MIN ? INT64_MIN
								       : r->begin_seq + 1);
	}
	return r->err;
}

static int begin_whole(struct reader *r)
{
	for (int i = 0; i < r->ncursors && !r->err; i++) {
		r->cursors[i].held = false;
		cursor_seek(r, &r->cursors[i], INT64_MIN);
	}
	half_seek(r, &r->gone, INT64_MIN);
	half_seek(r, &r->keyframe, INT64_MIN);
	return r->err;
}

int range_begin(struct reader *r)
{
	r->cut = find_ticks(r);
	r->at = NULL;
	r->bad_rows = 0; /* they are counted when their turn comes */
	if (r->err)
		return r->err;
	if (!r->cut)
		return begin_whole(r);
	if (rebuild(r))
		return r->err;
	find_begin(r);
	if (files_begin(r))
		return r->err;
	return seek_rest(r);
}

/* As if it had begun here. */
static void begin_here(struct reader *r, struct ev_meta *meta)
{
	meta->realtime_ns = reader_wall_ns(r, r->begin_ns);
	meta->hdr.time_ns = r->begin_ns;
}

bool range_wants(struct reader *r, struct ev_hdr *ev)
{
	if (ev->kind == EV_META)
		begin_here(r, (struct ev_meta *)ev);
	if (ev->kind == EV_USTACK) {
		const struct ev_ustack *u = (const void *)ev;

		return u->start_ns >= r->begin_ns || snapshot_has(r, u->tgid, u->start_ns);
	}
	if (ev->kind == EV_PROCESS) {
		const struct ev_process *p = (const void *)ev;

		return p->start_ns >= r->begin_ns || snapshot_has(r, p->tgid, p->start_ns);
	}
	return is_snapshot(ev->kind);
}

void range_release(struct reader *r)
{
	bool any = false;

	for (int i = 0; r->cut && i < r->ncursors; i++) {
		any = any || r->cursors[i].held;
		r->cursors[i].held = false;
	}
	if (!any)
		return;
	r->at = NULL;
	merge_until(r, r->first_seq);
}
