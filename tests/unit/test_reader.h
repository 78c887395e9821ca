/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Streams of events to and from recordings.
 *
 * Layer: tests. Included by one program's only file.
 */
#ifndef TEST_READER_H
#define TEST_READER_H

#include "test_replay.h"
#include <sys/stat.h>
#include <unistd.h>
#include "reader.h"
#include "test_rec.h"

#define EVENTS_MAX 20000

/* Events as they came, each in memory of its own. */
struct stream {
	struct ev_hdr *ev[EVENTS_MAX];
	int n;
};

static char dir[] = "/tmp/memtrace-test-reader-XXXXXX";
static char file[128];

static inline void stream_add(struct stream *s, const struct ev_hdr *ev)
{
	assert_true(s->n < EVENTS_MAX);
	s->ev[s->n] = malloc(ev->size);
	memcpy(s->ev[s->n++], ev, ev->size);
}

static inline void stream_free(struct stream *s)
{
	for (int i = 0; i < s->n; i++)
		free(s->ev[i]);
	s->n = 0;
}

static inline void take(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(event_check(ev, ev->size), 0);
	stream_add(ctx, ev);
}

static inline void stream_line(struct stream *s, const char *line)
{
	static uint64_t buf[2048];
	const char *error = "";
	int size = event_parse(line, buf, sizeof(buf), &error);

	if (size < 0)
		fail_msg("%s in: %s", error, line);
	stream_add(s, (const struct ev_hdr *)buf);
}

static inline void stream_load(struct stream *s, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[8192];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (line[0] != '#' && line[0] != '\n')
			stream_line(s, line);
	fclose(f);
}

static inline void stream_write_paged(const struct stream *s, const char *path, uint64_t key,
				      int page)
{
	struct rec *r = rec_open_paged(path, page);

	r->key = key;
	for (int i = 0; i < s->n; i++)
		rec_event(r, s->ev[i]);
	rec_close(r);
}

static inline void stream_write(const struct stream *s, const char *path, uint64_t key)
{
	stream_write_paged(s, path, key, 4096);
}

/* What reader_run() gives; the error's words if there is one, else "". */
static inline const char *read_part(const char *path, uint64_t from, uint64_t to,
				    struct stream *out, uint64_t *bad)
{
	static char error[1024];
	struct reader_opts ro = {.from_ns = from, .to_ns = to, .fn = take, .ctx = out};
	struct reader *r;
	int err = reader_open(path, &r);

	if (!err)
		err = reader_run(r, &ro);
	snprintf(error, sizeof(error), "%s", reader_error(r));
	assert_int_equal(!err, !*error);
	if (bad)
		*bad = reader_bad_rows(r);
	reader_close(r);
	return error;
}

static inline void read_all(const char *path, struct stream *out)
{
	uint64_t bad;
	const char *error = read_part(path, 0, UINT64_MAX, out, &bad);

	if (*error)
		fail_msg("%s: %s", path, error);
	assert_int_equal(bad, 0);
}

static inline void error_has(const char *part)
{
	struct stream out = {0};
	const char *error = read_part(file, 0, UINT64_MAX, &out, NULL);

	if (!strstr(error, part))
		fail_msg("'%s' is not in: %s", part, error);
	stream_free(&out);
}

/* Ten seconds, of which each has a stall, a row that changes and one that does not. */
static inline void ten_seconds(struct stream *s)
{
	char line[512];

	stream_line(s, "meta time_ns=100s realtime_ns=1795262400000000000 interval_ns=1s cpus=2");
	stream_line(s, "probe time_ns=100s signal=stall.direct status=ok");
	stream_line(s, "process time_ns=100s pid=7 start_ns=5 cmdline=\"/bin/lives\"");
	stream_line(s, "process time_ns=100s pid=8 start_ns=6 cmdline=\"/bin/goes\"");
	for (int t = 0; t <= 10; t++) {
		snprintf(line, sizeof(line), "cgroup time_ns=%ds id=%d path=/t%d", 100 + t, t + 1,
			 t);
		stream_line(s, line);
		snprintf(line, sizeof(line),
			 "task time_ns=%ds pid=7 tid=7 start_ns=5 comm=a leader=1 min_flt=%d "
			 "threads=1 state=S",
			 100 + t, 1000 * t + 1000);
		stream_line(s, line);
		snprintf(line, sizeof(line),
			 "task time_ns=%ds pid=8 tid=8 start_ns=6 comm=b leader=1 min_flt=5 "
			 "threads=1 "
			 "state=S",
			 100 + t);
		if (t < 3)
			stream_line(s, line);
		snprintf(line, sizeof(line),
			 "task time_ns=%ds pid=9 tid=9 start_ns=7 comm=c leader=1 min_flt=5 "
			 "threads=1 "
			 "state=S",
			 100 + t);
		stream_line(s, line);
		snprintf(line, sizeof(line), "counts time_ns=%ds direct.seen=%d", 100 + t, t);
		stream_line(s, line);
		snprintf(line, sizeof(line), "tick time_ns=%ds last=%d", 100 + t, t == 10);
		stream_line(s, line);
		snprintf(line, sizeof(line),
			 "stall time_ns=%dms pid=7 tid=7 start_ns=5 comm=a kind=direct "
			 "duration_ns=1ms",
			 (100 + t) * 1000 + 500);
		if (t < 10)
			stream_line(s, line);
	}
}

static inline int count_of(const struct stream *s, uint16_t kind)
{
	int n = 0;

	for (int i = 0; i < s->n; i++)
		n += s->ev[i]->kind == kind;
	return n;
}

static inline const struct ev_hdr *first_of(const struct stream *s, uint16_t kind)
{
	for (int i = 0; i < s->n; i++)
		if (s->ev[i]->kind == kind)
			return s->ev[i];
	fail_msg("no event of kind %d", kind);
	return NULL;
}

static inline int setup(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/a.mtr", dir);
	return 0;
}

static inline int teardown(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

#endif
