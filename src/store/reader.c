// SPDX-License-Identifier: GPL-2.0
/* Layer: store. What reader.h promises; how is in reader_*.c, see reader_impl.h. */
#include "reader_impl.h"

#include <stdlib.h>
#include <string.h>

int reader_open(const char *path, struct reader **out)
{
	struct reader *r = calloc(1, sizeof(*r));
	int err;

	*out = r;
	if (!r)
		return -ENOMEM;
	r->path = strdup(path);
	if (!r->path)
		return reader_fail(r, -ENOMEM, "out of memory");
	err = file_open(r);
	if (!err)
		err = cursors_open(r);
	if (!err)
		err = info_load(r);
	return err;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	snapshot_free(r);
	cursors_close(r);
	info_free(r);
	sqlite3_close(r->db);
	free(r->path);
	free(r);
}

const char *reader_error(const struct reader *r)
{
	return r ? r->error : "out of memory";
}

const struct reader_info *reader_info(const struct reader *r)
{
	return &r->info;
}

uint64_t reader_wall_ns(const struct reader *r, uint64_t boottime_ns)
{
	struct wall_step from = r->wall[0];

	for (int i = 1; i < r->nwall && r->wall[i].boottime_ns <= boottime_ns; i++)
		from = r->wall[i];
	return from.realtime_ns + (boottime_ns - from.boottime_ns);
}

/* A time that came twice, since the clock was set back: the first one. One that never came: the
 * next that did. */
uint64_t reader_boottime_ns(const struct reader *r, uint64_t wall_ns)
{
	uint64_t at = 0;

	for (int i = 0; i < r->nwall; i++) {
		const struct wall_step *s = &r->wall[i];

		if (wall_ns < s->realtime_ns && i)
			return s->boottime_ns;
		at = s->boottime_ns + (wall_ns - s->realtime_ns);
		if (wall_ns < s->realtime_ns)
			at = s->realtime_ns - wall_ns < s->boottime_ns ? at : 0;
		if (i + 1 == r->nwall || at < r->wall[i + 1].boottime_ns)
			return at;
	}
	return at;
}

/* Of a recording that was cut short, or is read no further. */
static void end(struct reader *r)
{
	struct ev_tick tick = {.hdr = {.kind = EV_TICK, .size = sizeof(tick)},
			       .last = 1,
			       .reason = r->stop ? END_SIGNAL : END_NONE};

	tick.hdr.time_ns = r->now_ns ? r->now_ns : r->info.meta.hdr.time_ns;
	reader_emit(r, &tick.hdr);
}

void reader_read(struct reader *r)
{
	if (!range_begin(r))
		merge_until(r, SEQ_END);
	if (!r->final)
		end(r);
}

int reader_run(struct reader *r, const struct reader_opts *opts)
{
	if (r->err)
		return r->err;
	r->opts = opts;
	r->now_ns = 0;
	r->ended = r->final = false;
	ahead_run(r);
	snapshot_free(r);
	files_end(r);
	return r->err;
}

void reader_stop(struct reader *r)
{
	r->stop = 1;
}

uint64_t reader_bad_rows(const struct reader *r)
{
	return r->bad_rows;
}
