// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. Part of the writer: how a recording ends, in good order or because of the disk, and
 * the words for it.
 */
#include "writer_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "units.h"
#include "writer_file.h"

/* The file cannot take in its log: it can be read with that. */
#define LOG_STAYS "keep the file's -wal beside it, which has the latest part"

/* What the system said: of a commit SQLite keeps no more than errno. */
static int system_error(struct writer *w)
{
	int err = w->saved_errno;

	if (err == ENOSPC || err == EDQUOT || err == EFBIG || err == EIO || err == EROFS)
		return err;
	return sqlite3_system_errno(w->db);
}

static const char *reason(struct writer *w, int rc, char *buf, size_t cap)
{
	int err = system_error(w);

	if (err == ENOSPC || err == EDQUOT || (!err && (rc & 0xff) == SQLITE_FULL))
		return "the disk is full";
	if (err == EFBIG)
		return "a file may not be that large here (ulimit -f)";
	snprintf(buf, cap, "%s%s%s", sqlite3_errmsg(w->db), err ? ": " : "",
		 err ? strerror(err) : "");
	return buf;
}

static const char *remedy(int rc, int err)
{
	if ((rc & 0xff) == SQLITE_FULL || err == EFBIG || err == EDQUOT)
		return "make room, or keep less (--max-size, --ring)";
	return "record to another disk";
}

/* Until when, and how much is in it: then whoever reads knows what there is. */
static void describe(struct writer *w, const char *why, const char *what_to_do)
{
	char safe[256], time[UNITS_LEN], count[UNITS_LEN];
	unsigned long long events = atomic_load(&w->events);

	text_safe(w->path, strlen(w->path), safe, sizeof(safe));
	if (!w->last_ns) {
		snprintf(w->error, sizeof(w->error), "recording to %s: %s; nothing is in it; %s",
			 safe, why, what_to_do);
		return;
	}
	snprintf(w->error, sizeof(w->error),
		 "recording to %s: %s; %s events up to %s are in it; %s", safe, why,
		 fmt_count(events, count, sizeof(count)),
		 fmt_time_local(w->last_ns + (uint64_t)w->clock_offset, time, sizeof(time)),
		 what_to_do);
}

static int run_words(struct writer *w, const char *stopped)
{
	unsigned long long lost = atomic_load(&w->lost);
	int rc = sqlite3_exec(w->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (rc == SQLITE_OK && lost)
		rc = inserter_run_int(&w->in, "unrecorded", (int64_t)lost);
	if (rc == SQLITE_OK && stopped)
		rc = inserter_run_text(&w->in, "stopped", stopped);
	if (rc == SQLITE_OK)
		rc = inserter_run_int(&w->in, "ended", 1);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(w->db, "COMMIT", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static void spare_give_up(struct writer *w)
{
	if (w->spare_fd >= 0)
		close(w->spare_fd);
	w->spare_fd = -1;
}

/* All that is in the log goes into the file, which is left alone. One who reads it keeps the log.
 */
static int merge_log(struct writer *w)
{
	int rc = sqlite3_wal_checkpoint_v2(w->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(w->db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
	return (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED ? SQLITE_OK : rc;
}

static void close_database(struct writer *w)
{
	ring_close(w);
	limit_close(w);
	inserter_close(&w->in);
	sqlite3_close_v2(w->db);
	w->db = NULL;
	atomic_store(&w->bytes, file_bytes(w->path));
}

void writer_fail(struct writer *w, int rc)
{
	const char *why, *what_to_do;
	char buf[256];

	w->saved_errno = errno;
	why = reason(w, rc, buf, sizeof(buf));
	what_to_do = remedy(rc, system_error(w));
	sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
	describe(w, why, what_to_do);
	merge_close(w);
	spare_give_up(w);
	/* Others would take what was held back: at once. */
	run_words(w, why);
	if (merge_log(w) != SQLITE_OK)
		describe(w, why, LOG_STAYS);
	close_database(w);
	atomic_store(&w->state, WRITER_FAILED);
}

void writer_full(struct writer *w)
{
	char size[UNITS_LEN], why[128];

	snprintf(why, sizeof(why), "it is as large as it may be (--max-size %s)",
		 fmt_bytes(w->opts.max_bytes, size, sizeof(size)));
	describe(w, why, "to keep the latest instead of the first: --ring");
	atomic_store(&w->state, WRITER_FULL);
}

int writer_finish(struct writer *w)
{
	bool full = atomic_load(&w->state) == WRITER_FULL;
	char buf[256];
	int rc;

	if (!w->db) /* it has failed, and was ended then */
		return -EIO;
	merge_close(w);
	spare_give_up(w);
	rc = run_words(w, full ? "max_size" : NULL);
	if (rc == SQLITE_OK)
		rc = merge_log(w);
	if (rc != SQLITE_OK) {
		w->saved_errno = errno;
		describe(w, reason(w, rc, buf, sizeof(buf)), LOG_STAYS);
		atomic_store(&w->state, WRITER_FAILED);
	}
	close_database(w);
	return rc == SQLITE_OK ? 0 : -EIO;
}
