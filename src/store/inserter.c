// SPDX-License-Identifier: GPL-2.0
/* Layer: store. See inserter.h. */
#include "inserter.h"

#include <string.h>
#include <sys/random.h>
#include "clock.h"

static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
}

/* Names that nobody can turn back into addresses. */
static uint64_t random_key(void)
{
	uint64_t key;

	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != sizeof(key))
		key = boottime_ns() * 0x9e3779b97f4a7c15ull; /* early at boot */
	return key;
}

static int prepare_tables(struct inserter *in)
{
	int n, rc = SQLITE_OK;
	const struct store_table *t = store_tables(&n);

	for (int i = 0; i < n && rc == SQLITE_OK; i++) {
		rc = binder_init(&in->first[i], in->db, &t[i], false);
		if (rc == SQLITE_OK && t[i].nmore)
			rc = binder_init(&in->more[i], in->db, &t[i], true);
	}
	return rc;
}

int inserter_open(struct inserter *in, sqlite3 *db)
{
	int rc;

	*in = (struct inserter){.db = db, .key = random_key(), .tables = store_tables(NULL)};
	if (threadids_init(&in->ids))
		return SQLITE_NOMEM;
	rc = prepare_tables(in);
	if (rc == SQLITE_OK)
		rc = prepare(db, "INSERT INTO thread VALUES(?,?,?,?,?,?,?,?)", &in->thread);
	if (rc == SQLITE_OK)
		rc = prepare(db, "INSERT INTO task_gone VALUES(?,?)", &in->gone);
	if (rc == SQLITE_OK)
		rc = prepare(db, "INSERT INTO keyframe VALUES(?,?)", &in->keyframe);
	if (rc == SQLITE_OK)
		rc = prepare(db, "INSERT OR REPLACE INTO run VALUES(?,?)", &in->run);
	return rc;
}

void inserter_close(struct inserter *in)
{
	for (int i = 0; i < STORE_TABLES_MAX; i++) {
		binder_fini(&in->first[i]);
		binder_fini(&in->more[i]);
	}
	sqlite3_finalize(in->thread);
	sqlite3_finalize(in->gone);
	sqlite3_finalize(in->keyframe);
	sqlite3_finalize(in->run);
	threadids_fini(&in->ids);
	*in = (struct inserter){0};
}

static int step(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt), reset = sqlite3_reset(stmt);

	return rc == SQLITE_DONE ? SQLITE_OK : reset;
}

static int thread_insert(struct inserter *in, int64_t id, const struct ev_task *task)
{
	sqlite3_stmt *s = in->thread;
	int rc = sqlite3_bind_int64(s, 1, id);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(s, 2, task->tgid);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(s, 3, task->tid);
	if (rc == SQLITE_OK)
		rc = store_bind_string(s, 4, task->comm, strnlen(task->comm, EV_COMM_LEN));
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(s, 5, (int64_t)task->cgroup);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(s, 6, task->uid);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(s, 7, (int64_t)task->start_ns);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(s, 8, task->flags);
	return rc == SQLITE_OK ? step(s) : rc;
}

static int64_t thread_id(void *ctx, const struct ev_task *task)
{
	struct inserter *in = ctx;
	bool added;
	int64_t id = threadids_get(&in->ids, task, &added);

	if (added && in->thread_rc == SQLITE_OK)
		in->thread_rc = thread_insert(in, id, task);
	return id;
}

int inserter_event(struct inserter *in, const struct ev_hdr *ev)
{
	const struct store_table *t = store_table_of(ev->kind);
	struct binder *more;
	size_t i;
	int rc;

	if (!t)
		return SQLITE_OK; /* event_check() knows no such kind */
	i = (size_t)(t - in->tables);
	more = &in->more[i];
	in->seq++;
	in->rows++;
	rc = binder_insert(&in->first[i], in->seq, ev, in->key, thread_id, in);
	if (rc == SQLITE_OK && more->n && binder_has_any(more, ev))
		rc = binder_insert(more, in->seq, ev, in->key, thread_id, in);
	return rc == SQLITE_OK ? in->thread_rc : rc;
}

static int insert_pair(sqlite3_stmt *stmt, int64_t a, int64_t b)
{
	int rc = sqlite3_bind_int64(stmt, 1, a);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(stmt, 2, b);
	return rc == SQLITE_OK ? step(stmt) : rc;
}

int inserter_gone(struct inserter *in, uint32_t tid)
{
	return insert_pair(in->gone, ++in->seq, tid);
}

int inserter_keyframe(struct inserter *in, int64_t seq, uint64_t time_ns)
{
	return insert_pair(in->keyframe, seq, (int64_t)time_ns);
}

int inserter_run_text(struct inserter *in, const char *key, const char *value)
{
	int rc = sqlite3_bind_text(in->run, 1, key, -1, SQLITE_STATIC);

	if (rc == SQLITE_OK)
		rc = store_bind_string(in->run, 2, value, strlen(value));
	return rc == SQLITE_OK ? step(in->run) : rc;
}

int inserter_run_int(struct inserter *in, const char *key, int64_t value)
{
	int rc = sqlite3_bind_text(in->run, 1, key, -1, SQLITE_STATIC);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(in->run, 2, value);
	return rc == SQLITE_OK ? step(in->run) : rc;
}
