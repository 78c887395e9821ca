// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. Part of the writer: snapshots of tasks, of which only what has changed is kept, and
 * now and then, as a keyframe, all.
 */
#include "writer_impl.h"

/* Snapshots come a little earlier or later than they should. */
#define EARLY_NS 200000000ull

static bool keyframe_due(const struct snapshots *s, uint64_t time_ns)
{
	return !s->any || s->wanted || time_ns + EARLY_NS >= s->latest_ns + s->keyframe_ns;
}

/* The next row, of a task or a tick, is where reading can begin. */
static int keyframe_begin(struct writer *w, uint64_t time_ns)
{
	struct keyframe k = {.seq = w->in.seq + 1, .thread = w->in.ids.last, .time_ns = time_ns};
	struct snapshots *s = &w->snaps;

	s->any = true;
	s->wanted = false;
	s->latest_ns = time_ns;
	threadids_forget(&w->in.ids);
	ring_keyframe(w, &k);
	return inserter_keyframe(&w->in, k.seq, time_ns);
}

int snapshot_row(struct writer *w, struct ev_task_row *row)
{
	struct snapshots *s = &w->snaps;
	bool first = !s->open, changed;
	int rc = SQLITE_OK;

	if (first) {
		s->open = true;
		s->whole = keyframe_due(s, row->hdr.time_ns);
		if (s->whole)
			rc = keyframe_begin(w, row->hdr.time_ns);
	}
	changed = taskdelta_changed(&s->delta, row);
	if (rc == SQLITE_OK && (first || s->whole || changed))
		rc = inserter_event(&w->in, &row->hdr);
	return rc;
}

struct gone {
	struct writer *w;
	int rc;
};

static void store_gone(void *ctx, uint32_t tid)
{
	struct gone *g = ctx;

	if (g->rc == SQLITE_OK)
		g->rc = inserter_gone(&g->w->in, tid);
}

int snapshot_tick(struct writer *w, struct ev_hdr *tick)
{
	struct snapshots *s = &w->snaps;
	size_t lost = atomic_load(&w->rows_lost);
	struct gone g = {.w = w, .rc = SQLITE_OK};

	/* Where the queue had no room for rows their threads are not gone. */
	taskdelta_end(&s->delta, lost == s->rows_lost ? store_gone : NULL, &g);
	s->rows_lost = lost;
	if (g.rc == SQLITE_OK && !s->open && keyframe_due(s, tick->time_ns))
		g.rc = keyframe_begin(w, tick->time_ns);
	s->open = false;
	return g.rc == SQLITE_OK ? inserter_event(&w->in, tick) : g.rc;
}
