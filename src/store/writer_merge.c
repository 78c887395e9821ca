// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. Part of the writer: what is in the log goes into the file, in a thread with a
 * connection of its own. That waits for the disk, which may take seconds while the machine swaps;
 * transactions go on meanwhile, so that they are in the log should memtrace be killed.
 */
#include "writer_impl.h"

#include <errno.h>

/* Has to read first: of a log that it has not seen SQLite knows nothing. */
static int open_connection(struct merge *m, const char *path)
{
	int rc = sqlite3_open_v2(path, &m->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(m->db,
				  "PRAGMA cache_size=-64; PRAGMA synchronous=NORMAL;"
				  "PRAGMA wal_autocheckpoint=0; SELECT 1 FROM run",
				  NULL, NULL, NULL);
	return rc;
}

static void *merge_thread(void *arg)
{
	struct merge *m = arg;

	for (;;) {
		while (sem_wait(&m->wanted) && errno == EINTR)
			;
		if (atomic_load(&m->closing))
			return NULL;
		errno = 0;
		m->rc = sqlite3_wal_checkpoint_v2(m->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
						  NULL);
		m->saved_errno = errno;
		atomic_store(&m->busy, false);
		sem_post(&m->done);
	}
}

int merge_open(struct writer *w)
{
	struct merge *m = &w->merge;
	int rc = open_connection(m, w->path);

	sem_init(&m->wanted, 0, 0);
	sem_init(&m->done, 0, 0);
	if (rc == SQLITE_OK && writer_start(&m->thread, merge_thread, m))
		rc = SQLITE_NOMEM;
	m->started = rc == SQLITE_OK;
	return rc;
}

void merge_close(struct writer *w)
{
	struct merge *m = &w->merge;

	if (m->started) {
		atomic_store(&m->closing, true);
		sem_post(&m->wanted);
		pthread_join(m->thread, NULL);
		m->started = false;
		sem_destroy(&m->wanted);
		sem_destroy(&m->done);
	}
	sqlite3_close_v2(m->db);
	m->db = NULL;
}

/* Somebody who reads, or the like: the next time will do. */
static int told(struct writer *w)
{
	int rc = w->merge.rc;

	w->merge.rc = SQLITE_OK;
	if (rc != SQLITE_OK)
		errno = w->merge.saved_errno;
	return (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED ? SQLITE_OK : rc;
}

static void begin(struct merge *m)
{
	while (!sem_trywait(&m->done)) /* of earlier ones */
		;
	atomic_store(&m->busy, true);
	sem_post(&m->wanted);
}

int merge_when_long(struct writer *w)
{
	uint64_t frames = (uint64_t)w->wal_frames;
	struct merge *m = &w->merge;
	bool patient = frames < WAL_PATIENCE * w->limit.wal_pages;
	int rc;

	if (frames < w->limit.wal_pages || (patient && atomic_load(&m->busy)))
		return SQLITE_OK;
	if (!atomic_load(&m->busy)) {
		rc = told(w);
		if (rc != SQLITE_OK)
			return rc;
		begin(m);
	}
	if (patient)
		return SQLITE_OK;
	/* Nothing is written meanwhile, so that the log can begin anew. */
	while (sem_wait(&m->done) && errno == EINTR)
		;
	return told(w);
}
