// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. Part of the writer: a recording that keeps only its latest part is cut off at
 * keyframes, a little at a time, so that events need not wait for it. The pages that become free
 * are the next to be written to.
 */
#include "writer_impl.h"

#include <stdio.h>
#include <string.h>

/* So many numbers of events, of whatever table, go at a time. */
#define STEP 4096

/* What stays: names, which are told once, and what holds until it is told anew. */
static bool is_kept(uint16_t kind)
{
	switch (kind) {
	case EV_META:
	case EV_PROBE:
	case EV_PROGRAM:
	case EV_CGROUP:
	case EV_PROCESS:
	case EV_FILE:
	case EV_SYMBOL:
	case EV_STACK:
	case EV_USTACK:
	case EV_CLOCK:
	case EV_USER:
	case EV_VM:
		return true;
	}
	return false;
}

static int add_delete(struct writer *w, const char *table, const char *suffix)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "DELETE FROM %s%s WHERE seq<?1", table, suffix);
	return writer_prepare(w, sql, &w->ring.deletes[w->ring.ndeletes++]);
}

static int prepare_deletes(struct writer *w)
{
	struct ring *r = &w->ring;
	const struct store_table *t;
	int n, rc;

	if (r->ndeletes)
		return SQLITE_OK;
	t = store_tables(&n);
	rc = add_delete(w, "task_gone", "");
	if (rc == SQLITE_OK)
		rc = add_delete(w, "keyframe", "");
	for (int i = 0; i < n && rc == SQLITE_OK; i++) {
		if (is_kept(t[i].desc->kind))
			continue;
		rc = add_delete(w, t[i].desc->name, "");
		if (rc == SQLITE_OK && t[i].nmore)
			rc = add_delete(w, t[i].desc->name, "_more");
	}
	if (rc == SQLITE_OK)
		rc = writer_prepare(w, "DELETE FROM thread WHERE id<=?1", &r->threads);
	if (rc == SQLITE_OK)
		rc = writer_prepare(w,
				    "DELETE FROM process WHERE seq<?1 AND start_ns NOT IN "
				    "(SELECT start_ns FROM thread)",
				    &r->processes);
	if (rc == SQLITE_OK)
		rc = writer_prepare(w,
				    "DELETE FROM ustack WHERE seq<?1 AND start_ns NOT IN "
				    "(SELECT start_ns FROM thread)",
				    &r->ustacks);
	return rc;
}

void ring_close(struct writer *w)
{
	for (int i = 0; i < w->ring.ndeletes; i++)
		sqlite3_finalize(w->ring.deletes[i]);
	sqlite3_finalize(w->ring.threads);
	sqlite3_finalize(w->ring.processes);
	sqlite3_finalize(w->ring.ustacks);
	w->ring.ndeletes = 0;
}

static int delete_below(sqlite3_stmt *stmt, int64_t bound)
{
	int rc = sqlite3_bind_int64(stmt, 1, bound);

	return rc == SQLITE_OK ? writer_step(stmt) : rc;
}

bool ring_busy(const struct writer *w)
{
	return w->ring.cut.seq != 0;
}

/* Makes frame i the first. */
static void cut_at(struct ring *r, int i)
{
	r->cut = r->frames[i];
	r->nframes -= i;
	memmove(r->frames, r->frames + i, (size_t)r->nframes * sizeof(r->frames[0]));
}

bool ring_cut_oldest(struct writer *w)
{
	struct ring *r = &w->ring;

	if (ring_busy(w) || r->nframes < 2)
		return false;
	cut_at(r, 1);
	return true;
}

/* The latest one from which on there is as much as is to be kept. */
static void cut_by_age(struct writer *w, uint64_t now_ns)
{
	struct ring *r = &w->ring;
	int i = r->nframes - 1;

	while (i > 0 && r->frames[i].time_ns + w->opts.ring_ns > now_ns)
		i--;
	if (i > 0)
		cut_at(r, i);
}

void ring_keyframe(struct writer *w, const struct keyframe *k)
{
	struct ring *r = &w->ring;

	if (!w->opts.ring_ns)
		return;
	if (r->nframes == KEYFRAMES_MAX) { /* a coarser cut later on */
		r->nframes--;
		memmove(r->frames + 1, r->frames + 2,
			(size_t)(r->nframes - 1) * sizeof(r->frames[0]));
	}
	r->frames[r->nframes++] = *k;
	if (!ring_busy(w))
		cut_by_age(w, k->time_ns);
}

/* Rows of threads are no more than those of events, and processes fewer. */
static int end_cut(struct writer *w)
{
	struct ring *r = &w->ring;
	int rc = delete_below(r->threads, r->cut.thread);

	if (rc == SQLITE_OK)
		rc = delete_below(r->processes, r->cut.seq);
	if (rc == SQLITE_OK)
		rc = delete_below(r->ustacks, r->cut.seq);
	r->gone = r->cut;
	r->cut = (struct keyframe){0};
	/* Meanwhile more may have become too old. */
	cut_by_age(w, r->frames[r->nframes - 1].time_ns);
	return rc;
}

int ring_step(struct writer *w)
{
	struct ring *r = &w->ring;
	int rc;

	if (!ring_busy(w))
		return SQLITE_OK;
	rc = prepare_deletes(w);
	r->gone.seq = r->cut.seq - r->gone.seq > STEP ? r->gone.seq + STEP : r->cut.seq;
	for (int i = 0; i < r->ndeletes && rc == SQLITE_OK; i++)
		rc = delete_below(r->deletes[i], r->gone.seq);
	if (rc == SQLITE_OK && r->gone.seq == r->cut.seq)
		rc = end_cut(w);
	return rc;
}
