// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. Part of the writer: --max-size. A recording ends there; a ring gives up its oldest
 * part, and where that is not enough, events that may be dropped.
 */
#include "writer_impl.h"

#include <stdio.h>
#include <sys/resource.h>

/* For the largest event, and for what is said at the end. */
#define RESERVE_PAGES 16

/* A ring is cut before it is full: when so much of it is left (1/n), and is tight at ... */
#define CUT_AT	 6
#define TIGHT_AT 24
/* So much of it (1/n) is the most that is cut off at a time. */
#define FRAME_PART 8

static int limit_prepare(struct writer *w)
{
	struct limit *l = &w->limit;
	char sql[64];
	int rc = writer_prepare(w, "PRAGMA page_count", &l->count);

	if (rc == SQLITE_OK)
		rc = writer_prepare(w, "PRAGMA freelist_count", &l->free);
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%llu", (unsigned long long)l->pages);
	return rc == SQLITE_OK ? sqlite3_exec(w->db, sql, NULL, NULL, NULL) : rc;
}

/* --max-size, or what the system lets a file be (ulimit -f) where that is less; 0 = no limit. */
static uint64_t largest_file(struct writer *w)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_FSIZE, &lim) || lim.rlim_cur == RLIM_INFINITY ||
	    (w->opts.max_bytes && w->opts.max_bytes <= lim.rlim_cur))
		return w->opts.max_bytes;
	w->limit.by_system = true;
	return lim.rlim_cur;
}

int limit_open(struct writer *w)
{
	struct limit *l = &w->limit;
	uint64_t bytes;

	/* All of the log has to find room in the file, at the end of a disk. */
	l->wal_pages = w->spare_bytes / PAGE_BYTES / WAL_PATIENCE;
	if (l->wal_pages < WAL_PAGES_MIN)
		l->wal_pages = WAL_PAGES_MIN;
	bytes = largest_file(w);
	if (!bytes)
		return SQLITE_OK;
	l->pages = bytes / PAGE_BYTES;
	if (l->wal_pages > l->pages / 8)
		l->wal_pages = l->pages / 8;
	return limit_prepare(w);
}

void limit_close(struct writer *w)
{
	sqlite3_finalize(w->limit.count);
	sqlite3_finalize(w->limit.free);
}

static int64_t ask(sqlite3_stmt *stmt)
{
	int64_t n = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;

	sqlite3_reset(stmt);
	return n;
}

static void ring_limit(struct writer *w, uint64_t used, uint64_t left)
{
	struct limit *l = &w->limit;

	if (left < l->pages / CUT_AT && !ring_busy(w) && !ring_cut_oldest(w))
		w->snaps.wanted = true; /* there is but one part: another must begin */
	if (!l->frame_pages || l->frame_pages > used)
		l->frame_pages = used;
	if (used - l->frame_pages > l->pages / FRAME_PART) {
		w->snaps.wanted = true;
		l->frame_pages = used;
	}
	l->tight = left < l->pages / TIGHT_AT + RESERVE_PAGES;
}

int limit_check(struct writer *w, bool *full)
{
	struct limit *l = &w->limit;
	int64_t count, free_pages;
	uint64_t used, left;

	if (!l->pages || l->unchecked-- > 0)
		return SQLITE_OK;
	count = ask(l->count);
	free_pages = ask(l->free);
	if (count < 0 || free_pages < 0)
		return SQLITE_ERROR;
	used = (uint64_t)(count - free_pages);
	left = used + RESERVE_PAGES < l->pages ? l->pages - used - RESERVE_PAGES : 0;
	l->unchecked = left / 8 < 64 ? (unsigned int)left / 8 : 64;
	if (w->opts.ring_ns)
		ring_limit(w, used, left);
	*full = !left;
	return SQLITE_OK;
}
