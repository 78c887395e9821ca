// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. Names of files in a range that begins in the middle: of those that were told before
 * it only the ones that a fault refers to are given, when the first one does. A recording of days
 * has more than anybody keeps.
 */
#include "reader_impl.h"

#include <stdlib.h>

#define FILES_MAX 65536 /* of before the range: the latest ones */

struct told_file {
	uint64_t ino, dev;
	int64_t seq; /* of its name; 0 = it has been given */
};

struct told_files {
	uint32_t n;
	struct told_file file[FILES_MAX];
};

static int by_id(const void *pa, const void *pb)
{
	const struct told_file *a = pa, *b = pb;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return a->dev < b->dev ? -1 : a->dev > b->dev;
}

/* The latest name holds: order by seq among those of one file. */
static int by_id_and_seq(const void *pa, const void *pb)
{
	const struct told_file *a = pa, *b = pb;
	int order = by_id(a, b);

	return order ? order : a->seq < b->seq ? -1 : a->seq > b->seq;
}

static uint64_t dev_of(uint32_t major, uint32_t minor)
{
	return (uint64_t)major << 32 | minor;
}

static void note(struct told_files *t, uint64_t *at, const struct ev_file *ev, int64_t seq)
{
	t->file[(*at)++ % FILES_MAX] =
		(struct told_file){ev->ino, dev_of(ev->dev_major, ev->dev_minor), seq};
	if (t->n < FILES_MAX)
		t->n++;
}

int64_t files_before(const struct reader *r)
{
	return r->begin_seq == INT64_MIN ? r->first_seq : r->begin_seq;
}

int files_begin(struct reader *r)
{
	struct cursor *c = cursor_of(r, EV_FILE);
	struct told_files *t = malloc(sizeof(*t));
	uint64_t at = 0;

	r->files = t;
	if (!t)
		return reader_fail_sql(r, SQLITE_NOMEM);
	t->n = 0;
	cursor_seek(r, c, INT64_MIN);
	while (!r->err && !r->stop && c->first.seq <= files_before(r)) {
		const struct ev_file *ev = (const void *)cursor_event(r, c);

		if (ev)
			note(t, &at, ev, c->first.seq);
		cursor_next(r, c);
	}
	qsort(t->file, t->n, sizeof(t->file[0]), by_id_and_seq);
	return r->err;
}

/* Its latest name; NULL. */
static struct told_file *find(struct told_files *t, const struct told_file *key)
{
	struct told_file *f = bsearch(key, t->file, t->n, sizeof(*f), by_id);

	while (f && f + 1 < t->file + t->n && !by_id(f, f + 1))
		f++;
	return f;
}

void files_note(struct reader *r, const struct ev_fault *fault)
{
	struct told_file key = {.ino = fault->ino,
				.dev = dev_of(fault->dev_major, fault->dev_minor)};
	struct told_file *f = r->files && fault->ino ? find(r->files, &key) : NULL;
	struct cursor *c = cursor_of(r, EV_FILE);
	int64_t back = c->first.seq;
	struct ev_hdr *ev;

	if (!f || !f->seq)
		return;
	if (cursor_seek(r, c, f->seq))
		return;
	f->seq = 0;
	ev = cursor_event(r, c);
	if (ev)
		reader_emit(r, ev);
	if (back == SEQ_END)
		c->first.seq = SEQ_END;
	else
		cursor_seek(r, c, back);
	r->at = NULL;
}

void files_end(struct reader *r)
{
	free(r->files);
	r->files = NULL;
}
