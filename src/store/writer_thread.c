// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. Part of the writer: its thread, which takes events from the queue and puts them
 * into the file, a transaction at a time.
 */
#include "writer_impl.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include "clock.h"
#include "writer_file.h"

/* Two of these and what the source takes to notice an event are less than a second. */
#define SLEEP_MS       300
#define TRANSACTION_NS 300000000ull

/* A ring is cut so often in a transaction; more often where the file must not grow. */
#define CUT_STEPS 4

#define BUSY_MS	  100
#define CACHE_KIB 4096

int writer_prepare(struct writer *w, const char *sql, sqlite3_stmt **out)
{
	return sqlite3_prepare_v3(w->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
}

int writer_step(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt), reset = sqlite3_reset(stmt);

	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : reset;
}

static int on_commit(void *ctx, sqlite3 *db, const char *name, int frames)
{
	struct writer *w = ctx;

	(void)db;
	(void)name;
	w->wal_frames = frames;
	return SQLITE_OK;
}

/*
 * What makes it a recording is in the file itself, the log comes only then: whatever happens, the
 * next one knows that it may be replaced.
 */
static int make_tables(struct writer *w)
{
	char sql[256];
	int rc;

	snprintf(sql, sizeof(sql),
		 "PRAGMA page_size=%d; PRAGMA secure_delete=OFF; PRAGMA cache_size=-%d;"
		 "PRAGMA temp_store=MEMORY; PRAGMA synchronous=NORMAL;"
		 "BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d",
		 PAGE_BYTES, CACHE_KIB, STORE_APPLICATION_ID, STORE_VERSION);
	rc = sqlite3_exec(w->db, sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = store_schema_create(w->db);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(w->db, "COMMIT; PRAGMA journal_mode=WAL", NULL, NULL, NULL);
	return rc;
}

static int open_database(struct writer *w)
{
	int rc;

	rc = sqlite3_open_v2(w->path, &w->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	sqlite3_busy_timeout(w->db, BUSY_MS);
	if (rc == SQLITE_OK)
		rc = make_tables(w);
	if (rc == SQLITE_OK)
		rc = limit_open(w);
	if (rc == SQLITE_OK)
		rc = inserter_open(&w->in, w->db);
	if (rc == SQLITE_OK)
		rc = inserter_run_int(&w->in, "keyframe_ns", (int64_t)w->snaps.keyframe_ns);
	if (rc == SQLITE_OK && w->opts.max_bytes)
		rc = inserter_run_int(&w->in, "max_bytes", (int64_t)w->opts.max_bytes);
	sqlite3_wal_hook(w->db, on_commit, w); /* in the place of SQLite's own checkpoints */
	if (rc == SQLITE_OK)
		rc = merge_open(w);
	return rc;
}

static int thread_open(struct writer *w)
{
	int err = file_make(w->path, w->error, sizeof(w->error)), rc;

	if (err)
		return err;
	w->spare_bytes = SPARE_BYTES;
	w->spare_fd = spare_open(w->path, &w->spare_bytes);
	rc = open_database(w);
	if (rc == SQLITE_OK)
		return 0;
	writer_fail(w, rc);
	unlink(w->path);
	return -EIO;
}

bool writer_may_drop(uint16_t kind)
{
	return kind == EV_STALL || kind == EV_FAULT || kind == EV_SLEEP || kind == EV_SAMPLE ||
	       kind == EV_KSWAPD_WAKEUP;
}

static void note_clock(struct writer *w, const struct ev_hdr *ev)
{
	if (ev->kind == EV_META)
		w->clock_offset =
			(int64_t)(((const struct ev_meta *)ev)->realtime_ns - ev->time_ns);
	else if (ev->kind == EV_CLOCK)
		w->clock_offset =
			(int64_t)(((const struct ev_clock *)ev)->realtime_ns - ev->time_ns);
}

static int store(struct writer *w, struct ev_hdr *ev)
{
	if (ev->kind == KIND_RUN)
		return run_store(w, ev);
	note_clock(w, ev);
	if (w->limit.tight && writer_may_drop(ev->kind)) {
		atomic_fetch_add(&w->lost, 1);
		return SQLITE_OK;
	}
	if (ev->time_ns > w->batch_ns)
		w->batch_ns = ev->time_ns;
	if (ev->kind == EV_TASK)
		return snapshot_row(w, (void *)ev);
	if (ev->kind == EV_TICK)
		return snapshot_tick(w, ev);
	return inserter_event(&w->in, ev);
}

/* Takes what waits, for some time. */
static int take_events(struct writer *w, bool *full)
{
	uint64_t begin = boottime_ns();
	struct ev_hdr *ev;
	int rc = SQLITE_OK;

	for (unsigned int n = 1; !*full && rc == SQLITE_OK && (ev = evqueue_first(&w->queue));
	     n++) {
		rc = store(w, ev);
		evqueue_drop(&w->queue);
		if (rc == SQLITE_OK)
			rc = limit_check(w, full);
		if (rc == SQLITE_OK && w->limit.tight)
			rc = ring_step(w);
		if (n % 64 == 0 && boottime_ns() - begin > TRANSACTION_NS)
			break;
	}
	return rc;
}

static void publish(struct writer *w)
{
	w->last_ns = w->batch_ns;
	atomic_store(&w->events, w->in.rows);
	atomic_store(&w->bytes, file_bytes(w->path));
}

static void transaction(struct writer *w)
{
	bool full = false;
	int rc;

	errno = 0;
	rc = sqlite3_exec(w->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	/* Somebody else writes to it, of all things: the queue has room for some time. */
	if ((rc & 0xff) == SQLITE_BUSY && !atomic_load(&w->closing))
		return;
	if (rc == SQLITE_OK)
		rc = take_events(w, &full);
	for (int i = 0; i < CUT_STEPS && rc == SQLITE_OK; i++)
		rc = ring_step(w);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(w->db, "COMMIT", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		publish(w);
	if (rc == SQLITE_OK)
		rc = merge_when_long(w);
	if (rc == SQLITE_OK && full && w->limit.by_system) {
		errno = EFBIG; /* the next one would say so */
		rc = SQLITE_FULL;
	}
	if (rc != SQLITE_OK)
		writer_fail(w, rc);
	else if (full)
		writer_full(w);
}

/* After the end of all, so that whoever puts never finds the queue full for nothing. */
static void empty_queue(struct writer *w)
{
	while (evqueue_first(&w->queue))
		evqueue_drop(&w->queue);
}

static void work(struct writer *w)
{
	bool closing = false;

	/* Once more after it was told to close: what had come until then. */
	while (!closing) {
		closing = atomic_load(&w->closing);
		if (!closing)
			evqueue_sleep(&w->queue, SLEEP_MS);
		do {
			if (atomic_load(&w->state) != WRITER_RUNNING)
				empty_queue(w);
			else if (evqueue_first(&w->queue) || ring_busy(w))
				transaction(w);
		} while (closing && evqueue_first(&w->queue));
	}
}

void *writer_thread(void *arg)
{
	struct writer *w = arg;

	w->result = thread_open(w);
	sem_post(&w->opened);
	if (w->result)
		return NULL;
	work(w);
	w->result = writer_finish(w);
	return NULL;
}
