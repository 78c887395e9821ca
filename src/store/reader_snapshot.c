// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. A recording has of a snapshot's task rows only those that differ from the one
 * before: here it is made whole again.
 *
 * Rows are kept, and given, in the order of the kernel's task iterator, by thread id. A row that
 * was not in the table has the time of the snapshot's first one.
 */
#include "reader_impl.h"

#include <stdlib.h>
#include <string.h>

static int compare(const struct ev_task *a, const struct ev_task *b)
{
	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	return a->start_ns < b->start_ns ? -1 : a->start_ns > b->start_ns;
}

/* Where a thread is, or would be. */
static uint32_t find(const struct snapshot *s, const struct ev_task *t)
{
	uint32_t low = 0, high = s->nrows;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (compare(&s->rows[mid]->ev.task, t) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_at(const struct snapshot *s, uint32_t i, const struct ev_task *t)
{
	return i < s->nrows && !compare(&s->rows[i]->ev.task, t);
}

static bool arrays_grow(struct snapshot *s)
{
	uint32_t cap = s->allocated ? 2 * s->allocated : 1024;
	struct thread_row ***arrays[] = {&s->rows, &s->fresh, &s->spare};

	for (int i = 0; i < 3; i++) {
		void *p = realloc(*arrays[i], cap * sizeof(**arrays[i]));

		if (!p)
			return false;
		*arrays[i] = p;
	}
	for (uint32_t i = s->allocated; i < cap; i++) {
		struct thread_row *row = malloc(sizeof(*row));

		if (!row)
			return false;
		s->spare[s->nspare++] = row;
		s->allocated++;
	}
	return true;
}

static struct thread_row *row_new(struct reader *r)
{
	struct snapshot *s = &r->snapshot;

	if (!s->nspare && (s->allocated >= SNAPSHOT_ROWS || !arrays_grow(s)) && !s->nspare)
		return NULL;
	s->fresh[s->nfresh] = s->spare[--s->nspare];
	return s->fresh[s->nfresh++];
}

/* Rows come ordered, so one that is new twice is mostly found at the end. */
static struct thread_row *row_of(struct reader *r, const struct ev_task *t)
{
	struct snapshot *s = &r->snapshot;
	uint32_t i = find(s, t);

	if (is_at(s, i, t))
		return s->rows[i];
	if (s->nfresh && !compare(&s->fresh[s->nfresh - 1]->ev.task, t))
		return s->fresh[s->nfresh - 1];
	return row_new(r);
}

static void take_row(struct reader *r)
{
	const struct ev_task_row *ev = (const void *)cursor_event(r, r->task);
	struct thread_row *row;

	if (!ev)
		return;
	row = row_of(r, &ev->task);
	if (!row) {
		r->bad_rows++;
		return;
	}
	if (!r->snapshot.time_ns)
		r->snapshot.time_ns = ev->hdr.time_ns;
	row->ev = *ev;
	row->seq = r->task->first.seq;
	row->stamp = r->snapshot.stamp;
	row->gone = false;
}

/* A thread of that number that this snapshot does not have. */
static void take_gone(struct reader *r, int64_t tid)
{
	struct snapshot *s = &r->snapshot;
	struct ev_task key = {.tid = (uint32_t)tid};

	for (uint32_t i = find(s, &key); i < s->nrows && s->rows[i]->ev.task.tid == tid; i++)
		s->rows[i]->gone = s->rows[i]->stamp != s->stamp;
}

static int by_thread(const void *a, const void *b)
{
	const struct thread_row *ra = *(struct thread_row *const *)a;
	const struct thread_row *rb = *(struct thread_row *const *)b;
	int order = compare(&ra->ev.task, &rb->ev.task);

	return order ? order : ra->seq < rb->seq ? -1 : ra->seq > rb->seq;
}

static bool ordered(const struct snapshot *s)
{
	for (uint32_t i = 1; i < s->nfresh; i++)
		if (compare(&s->fresh[i - 1]->ev.task, &s->fresh[i]->ev.task) >= 0)
			return false;
	return true;
}

/* Who has gone leaves; whole: everyone that this snapshot has not told of. */
static void drop_gone(struct snapshot *s, bool whole)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->nrows; i++) {
		struct thread_row *row = s->rows[i];

		if (row->gone || (whole && row->stamp != s->stamp))
			s->spare[s->nspare++] = row;
		else
			s->rows[n++] = row;
	}
	s->nrows = n;
}

/* The new ones among the others; from the end, so that there is room. */
static void join_fresh(struct snapshot *s)
{
	uint32_t i = s->nrows, k = s->nfresh, to = i + k;

	if (!ordered(s))
		qsort(s->fresh, s->nfresh, sizeof(*s->fresh), by_thread);
	s->nrows = to;
	while (k > 0) {
		bool old =
			i > 0 && compare(&s->rows[i - 1]->ev.task, &s->fresh[k - 1]->ev.task) > 0;

		s->rows[--to] = old ? s->rows[--i] : s->fresh[--k];
	}
	s->nfresh = 0;
}

static void give(struct reader *r)
{
	struct snapshot *s = &r->snapshot;

	for (uint32_t i = 0; i < s->nrows && !r->err && !r->stop; i++) {
		struct thread_row *row = s->rows[i];

		if (row->stamp == s->stamp)
			merge_until(r, row->seq); /* names that the source gave before it */
		else
			row->ev.hdr.time_ns = s->time_ns;
		reader_emit(r, &row->ev.hdr);
	}
}

/* Is there a keyframe with a seq up to this one? */
static bool is_whole(struct reader *r, int64_t tick_seq)
{
	bool whole = false;

	while (r->keyframe.seq <= tick_seq && r->keyframe.seq != SEQ_END) {
		whole = true;
		half_next(r, &r->keyframe);
	}
	return whole;
}

/* Rows up to the tick; in a file that is spoilt its seq may be that of the row: then that one. */
static bool take_rows(struct reader *r, int64_t tick_seq)
{
	bool any = false;

	while (!r->err && !r->stop && r->task->first.seq != SEQ_END &&
	       (r->task->first.seq < tick_seq || (!any && r->task->first.seq == tick_seq))) {
		if (tick_seq != SEQ_END)
			take_row(r);
		any = true;
		cursor_next(r, r->task);
	}
	return any;
}

void snapshot_take_rows(struct reader *r, int64_t tick_seq, bool emit)
{
	struct snapshot *s = &r->snapshot;
	bool complete = tick_seq != SEQ_END, any;

	s->stamp++;
	s->time_ns = 0;
	any = take_rows(r, tick_seq);
	while (!r->err && complete && r->gone.seq < tick_seq) {
		if (r->gone.nfetch)
			take_gone(r, sqlite3_column_int64(r->gone.stmt, 1));
		half_next(r, &r->gone);
	}
	drop_gone(s, is_whole(r, tick_seq) && any);
	join_fresh(s);
	r->at = NULL;
	if (emit && any && complete)
		give(r);
}

bool snapshot_has(const struct reader *r, uint32_t tgid, uint64_t start_ns)
{
	struct ev_task key = {.tid = tgid, .start_ns = start_ns};

	return is_at(&r->snapshot, find(&r->snapshot, &key), &key);
}

void snapshot_free(struct reader *r)
{
	struct snapshot *s = &r->snapshot;

	for (uint32_t i = 0; i < s->nrows; i++)
		free(s->rows[i]);
	for (uint32_t i = 0; i < s->nfresh; i++)
		free(s->fresh[i]);
	for (uint32_t i = 0; i < s->nspare; i++)
		free(s->spare[i]);
	free(s->rows);
	free(s->fresh);
	free(s->spare);
	memset(s, 0, sizeof(*s));
}
