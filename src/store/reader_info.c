// SPDX-License-Identifier: GPL-2.0
/* Layer: store. What is known of a recording before its events are read. */
#include "reader_impl.h"

#include <stdlib.h>
#include <string.h>

#define RUN_KEYS 1000

enum { STR_VERSION, STR_COMMAND, STR_WATCHING, STR_PROGRAM, STR_COMM, STR_CGROUP, STR_STOPPED };

static void take_string(struct reader *r, int which, const char **out, const char *value)
{
	free(r->strings[which]);
	r->strings[which] = strdup(value);
	*out = r->strings[which];
}

/* "1,2,3"; what is no number ends it. */
static int take_ids(uint32_t out[RUN_IDS_MAX], const char *s)
{
	int n = 0;

	while (*s && n < RUN_IDS_MAX) {
		char *end;
		unsigned long v = strtoul(s, &end, 10);

		if (end == s || v > UINT32_MAX)
			break;
		out[n++] = (uint32_t)v;
		s = *end == ',' ? end + 1 : "";
	}
	return n;
}

static bool take_text(struct reader *r, const char *key, const char *value)
{
	struct run_info *run = &r->info.run;
	const struct {
		const char *key;
		const char **out;
		int which;
	} texts[] = {
		{"version", &run->version, STR_VERSION},
		{"command", &run->command, STR_COMMAND},
		{"watching", &run->watching, STR_WATCHING},
		{"program", &run->program, STR_PROGRAM},
		{"comm", &run->comm, STR_COMM},
		{"cgroup", &run->cgroup, STR_CGROUP},
		{"stopped", &r->info.stopped, STR_STOPPED},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].key, key) != 0)
			continue;
		take_string(r, texts[i].which, texts[i].out, value);
		return true;
	}
	return false;
}

static void take_number(struct reader_info *info, const char *key, uint64_t v)
{
	struct run_info *run = &info->run;

	if (!strcmp(key, "uid")) {
		run->has_uid = true;
		run->uid = (uint32_t)v;
	} else if (!strcmp(key, "program_pid")) {
		run->program_pid = (uint32_t)v;
	} else if (!strcmp(key, "kernel_stacks")) {
		run->kernel_stacks = v;
	} else if (!strcmp(key, "user_stacks")) {
		run->user_stacks = v;
	} else if (!strcmp(key, "sample")) {
		run->sample = (uint32_t)v;
	} else if (!strcmp(key, "churn_ns")) {
		run->churn_ns = v;
	} else if (!strcmp(key, "ended")) {
		info->ended = v;
	} else if (!strcmp(key, "unrecorded")) {
		info->unrecorded = v;
	} else if (!strcmp(key, "ring_ns")) {
		run->ring_ns = v;
	}
}

static void take_key(struct reader *r, const char *key, sqlite3_stmt *stmt, int i)
{
	struct run_info *run = &r->info.run;
	const char *text = (const char *)sqlite3_column_text(stmt, i);

	if (!text || sqlite3_column_bytes(stmt, i) > 65536)
		return;
	if (!strcmp(key, "pids"))
		run->npids = take_ids(run->pids, text);
	else if (!strcmp(key, "tids"))
		run->ntids = take_ids(run->tids, text);
	else if (!take_text(r, key, text))
		take_number(&r->info, key, (uint64_t)strtoull(text, NULL, 10));
}

static const char *run_name(const void *ctx, int i)
{
	(void)ctx;
	return i ? "value" : "key";
}

static int load_run(struct reader *r)
{
	int8_t used[2];
	struct columns want = {.table = "run", .name = run_name, .n = 2, .used = used};
	sqlite3_stmt *stmt;
	int err = table_select(r, &want, &stmt), rc = SQLITE_DONE;

	if (!err && stmt && used[0] > 0 && used[1] > 0) {
		sqlite3_bind_int64(stmt, 1, INT64_MIN);
		for (int n = 0; n < RUN_KEYS && (rc = sqlite3_step(stmt)) == SQLITE_ROW; n++) {
			const char *key = (const char *)sqlite3_column_text(stmt, used[0]);

			if (key)
				take_key(r, key, stmt, used[1]);
		}
	}
	if (!err && rc != SQLITE_DONE && rc != SQLITE_ROW)
		err = reader_fail_sql(r, rc);
	sqlite3_finalize(stmt);
	return err;
}

static int load_meta(struct reader *r)
{
	struct cursor *c = cursor_of(r, EV_META);
	const struct ev_hdr *ev = NULL;

	if (cursor_seek(r, c, INT64_MIN))
		return r->err;
	if (c->first.seq != SEQ_END)
		ev = cursor_event(r, c);
	if (r->err)
		return r->err;
	if (!ev)
		return r->info.wal_missing
			       ? reader_fail(r, -ENODATA,
					     "what was recorded to %s is in %s-wal, which is not "
					     "there: copy both files",
					     r->path, r->path)
			       : reader_fail(r, -ENODATA, "%s holds no events (yet)", r->path);
	r->info.meta = *(const struct ev_meta *)ev;
	r->info.first_ns = r->info.last_ns = ev->time_ns;
	r->wall[r->nwall++] =
		(struct wall_step){r->info.meta.hdr.time_ns, r->info.meta.realtime_ns};
	return 0;
}

/* The newest are kept, as the model does. */
static int load_clock(struct reader *r)
{
	struct cursor *c = cursor_of(r, EV_CLOCK);

	cursor_seek(r, c, INT64_MIN);
	for (; !r->err && !r->stop && c->first.seq != SEQ_END; cursor_next(r, c)) {
		const struct ev_clock *ev = (const void *)cursor_event(r, c);

		if (!ev)
			continue;
		if (r->nwall == CLOCK_STEPS)
			memmove(&r->wall[1], &r->wall[2], (--r->nwall - 1) * sizeof(r->wall[0]));
		r->wall[r->nwall++] = (struct wall_step){ev->hdr.time_ns, ev->realtime_ns};
	}
	return r->err;
}

static int load_ticks(struct reader *r)
{
	struct cursor *c = r->tick;
	bool any = false, last = false;

	cursor_seek(r, c, INT64_MIN);
	for (; !r->err && !r->stop && c->first.seq != SEQ_END; cursor_next(r, c)) {
		const struct ev_tick *ev = (const void *)cursor_event(r, c);

		if (!ev)
			continue;
		if (!any)
			r->info.first_ns = ev->hdr.time_ns;
		any = true;
		r->info.last_ns = ev->hdr.time_ns;
		last = ev->last;
	}
	r->info.ended |= last;
	return r->err;
}

int info_load(struct reader *r)
{
	int err = load_run(r);

	if (!err)
		err = load_meta(r);
	if (!err)
		err = load_clock(r);
	if (!err)
		err = load_ticks(r);
	if (r->info.ended)
		r->info.wal_missing = false;
	r->bad_rows = 0; /* they are counted when their turn comes */
	return err;
}

void info_free(struct reader *r)
{
	for (size_t i = 0; i < sizeof(r->strings) / sizeof(r->strings[0]); i++)
		free(r->strings[i]);
}
