// SPDX-License-Identifier: GPL-2.0
/* Layer: store. The rows of all tables in the order in which the source gave their events. */
#include "reader_impl.h"

#include <string.h>

struct cursor *merge_next(struct reader *r, int64_t limit)
{
	struct cursor *best = NULL;
	int64_t next = limit;

	/* Mostly it is the same table's turn again. */
	if (r->at && r->at->first.seq < r->until)
		return r->at->first.seq < limit ? r->at : NULL;
	for (int i = 0; i < r->ncursors; i++) {
		struct cursor *c = &r->cursors[i];

		if (c->held || c->first.seq == SEQ_END)
			continue;
		if (!best || c->first.seq < best->first.seq) {
			next = best ? best->first.seq : SEQ_END;
			best = c;
		} else if (c->first.seq < next) {
			next = c->first.seq;
		}
	}
	r->at = best;
	r->until = next;
	return best && best->first.seq < limit ? best : NULL;
}

bool merge_any_left(struct reader *r)
{
	for (int i = 0; i < r->ncursors; i++) {
		const struct cursor *c = &r->cursors[i];

		if (c != r->task && !c->held && c->first.seq != SEQ_END)
			return true;
	}
	return false;
}

void reader_emit(struct reader *r, struct ev_hdr *ev)
{
	if (ev->kind != EV_KMSG && ev->time_ns > r->now_ns)
		r->now_ns = ev->time_ns;
	if (r->ahead)
		ahead_put(r->ahead, ev);
	else
		r->opts->fn(r->opts->ctx, ev);
}

/* The final one, as the range, or the recording's end, has it. */
static void tick_finish(struct reader *r, struct ev_tick *tick)
{
	bool more = r->tick->first.seq != SEQ_END;

	if (more && tick->hdr.time_ns >= r->opts->to_ns) {
		tick->last = 1;
		tick->reason = END_DURATION;
		r->ended = true;
	} else if (more) {
		tick->last = 0;
	} else if (!tick->last) {
		tick->last = !merge_any_left(r);
	}
	r->final = tick->last;
}

static void tick_give(struct reader *r, struct ev_tick *tick)
{
	range_release(r);
	tick_finish(r, tick);
	reader_emit(r, &tick->hdr);
}

/* The tick table must be at what follows, to tell whether this is the last one. */
static void tick_row_give(struct reader *r)
{
	const struct ev_hdr *ev = cursor_event(r, r->tick);
	struct ev_tick tick;

	if (ev)
		tick = *(const struct ev_tick *)ev;
	if (!cursor_next(r, r->tick) && ev)
		tick_give(r, &tick);
}

/* One row of a table other than that of task rows. */
static void row_give(struct reader *r, struct cursor *c)
{
	struct ev_hdr *ev;

	if (c == r->tick) {
		tick_row_give(r);
		return;
	}
	ev = cursor_event(r, c);
	if (ev && (!r->cut || c->first.seq > r->first_seq || range_wants(r, ev)))
		reader_emit(r, ev);
	if (ev && ev->kind == EV_FAULT && r->files)
		files_note(r, (const struct ev_fault *)ev);
	cursor_next(r, c);
}

void merge_until(struct reader *r, int64_t limit)
{
	struct cursor *c;

	while (!r->err && !r->stop && !r->ended && (c = merge_next(r, limit))) {
		if (c == r->task)
			snapshot_take_rows(r, r->tick->first.seq, true);
		else
			row_give(r, c);
	}
}
