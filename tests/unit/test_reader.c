/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings read back: the same events, all of them, in the same order; a part of them; and files
 * that are none, or are spoilt.
 *
 * Layer: tests.
 */
#include "test_golden.h"
#include <dirent.h>
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

static void stream_add(struct stream *s, const struct ev_hdr *ev)
{
	assert_true(s->n < EVENTS_MAX);
	s->ev[s->n] = malloc(ev->size);
	memcpy(s->ev[s->n++], ev, ev->size);
}

static void stream_free(struct stream *s)
{
	for (int i = 0; i < s->n; i++)
		free(s->ev[i]);
	s->n = 0;
}

static void take(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(event_check(ev, ev->size), 0);
	stream_add(ctx, ev);
}

static void stream_line(struct stream *s, const char *line)
{
	static uint64_t buf[2048];
	const char *error = "";
	int size = event_parse(line, buf, sizeof(buf), &error);

	if (size < 0)
		fail_msg("%s in: %s", error, line);
	stream_add(s, (const struct ev_hdr *)buf);
}

static void stream_load(struct stream *s, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[8192];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (line[0] != '#' && line[0] != '\n')
			stream_line(s, line);
	fclose(f);
}

static void stream_write(const struct stream *s, const char *path, uint64_t key)
{
	struct rec *r = rec_open(path);

	r->key = key;
	for (int i = 0; i < s->n; i++)
		rec_event(r, s->ev[i]);
	rec_close(r);
}

/* What reader_run() gives; the error's words if there is one, else "". */
static const char *read_part(const char *path, uint64_t from, uint64_t to, struct stream *out,
			     uint64_t *bad)
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

static void read_all(const char *path, struct stream *out)
{
	uint64_t bad;
	const char *error = read_part(path, 0, UINT64_MAX, out, &bad);

	if (*error)
		fail_msg("%s: %s", path, error);
	assert_int_equal(bad, 0);
}

static const struct ev_task_row *row_at(const struct stream *s, int i)
{
	return s->ev[i]->kind == EV_TASK ? (const struct ev_task_row *)s->ev[i] : NULL;
}

static int by_tid(const void *a, const void *b)
{
	const struct ev_task_row *ra = *(struct ev_task_row *const *)a;
	const struct ev_task_row *rb = *(struct ev_task_row *const *)b;

	if (ra->task.tid != rb->task.tid)
		return ra->task.tid < rb->task.tid ? -1 : 1;
	return ra->task.start_ns < rb->task.start_ns ? -1 : 1;
}

/* As the kernel's iterator gives them; fabricated streams are in any order. */
static void rows_sort(struct stream *s)
{
	for (int i = 0, k; i < s->n; i = k + 1) {
		for (k = i; k < s->n && row_at(s, k); k++)
			;
		qsort(&s->ev[i], (size_t)(k - i), sizeof(s->ev[0]), by_tid);
	}
}

static void streams_equal(const char *name, const struct stream *a, const struct stream *b)
{
	for (int i = 0; i < a->n && i < b->n; i++)
		if (a->ev[i]->size != b->ev[i]->size || memcmp(a->ev[i], b->ev[i], a->ev[i]->size))
			fail_msg("%s: event %d differs: kinds %d and %d, times %llu and %llu", name, i,
				 a->ev[i]->kind, b->ev[i]->kind,
				 (unsigned long long)a->ev[i]->time_ns,
				 (unsigned long long)b->ev[i]->time_ns);
	assert_int_equal(a->n, b->n);
}

static void golden_round(const char *name)
{
	struct stream in = {0}, out = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", GOLDEN_DIR, name);
	stream_load(&in, path);
	stream_write(&in, file, 0);
	rows_sort(&in);
	read_all(file, &out);
	streams_equal(name, &in, &out);
	stream_free(&in);
	stream_free(&out);
}

static void test_golden_streams_come_back_byte_for_byte(void **state)
{
	struct dirent *e;
	DIR *d = opendir(GOLDEN_DIR);
	int n = 0;

	(void)state;
	while ((e = readdir(d))) {
		if (!strstr(e->d_name, ".events"))
			continue;
		golden_round(e->d_name);
		n++;
	}
	closedir(d);
	assert_true(n >= 9);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/a.mtr", dir);
	return 0;
}

static int teardown(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_streams_come_back_byte_for_byte),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("reader", tests, setup, teardown);
}
