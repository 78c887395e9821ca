/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings read back: the same events, all of them, in the same order; and the same pages.
 *
 * Layer: tests.
 */
#include "test_reader.h"
#include <dirent.h>

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
			fail_msg("%s: event %d differs: kinds %d and %d, times %llu and %llu", name,
				 i, a->ev[i]->kind, b->ev[i]->kind,
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

static void feed(void *ctx, const struct ev_hdr *ev)
{
	replay_event(ctx, ev);
}

static void page_is_golden(const char *recording, const char *name, const char *command, bool json)
{
	const struct command *c = command_named(command);
	struct reader_opts ro = {.to_ns = UINT64_MAX, .fn = feed};
	struct reader *reader;
	struct output out;
	struct replay r;
	char path[512];

	replay_begin(&r, c, json);
	ro.ctx = &r;
	if (reader_open(recording, &reader) || reader_run(reader, &ro))
		fail_msg("%s: %s", recording, reader_error(reader));
	reader_close(reader);
	out = replay_end(&r, c);
	snprintf(path, sizeof(path), "%s/%s.%s.%s", GOLDEN_DIR, name, command,
		 json ? "jsonl" : "txt");
	golden_compare(path, out.text);
	free(out.text);
}

static const struct {
	const char *name, *commands[4];
} pages[] = {
	{"squeeze", {"summary", "stalls", "faults", "swap"}},
	{"churn", {"summary", "swap"}},
	{"hostile", {"summary", "stalls", "swap", "oom"}},
	{"jitter", {"summary", "stalls"}},
	{"losses", {"summary", "faults", "swap", "oom"}},
	{"nothing", {"summary"}},
	{"old_kernel", {"summary", "doctor"}},
	{"oom", {"summary", "oom"}},
	{"ustacks", {"summary", "faults"}},
};

static void pages_are_golden(const char *recording, size_t i)
{
	for (int c = 0; c < 4 && pages[i].commands[c]; c++)
		for (int json = 0; json < 2; json++)
			page_is_golden(recording, pages[i].name, pages[i].commands[c], json);
}

/* Addresses of the kernel are other numbers in it, which makes no difference. */
static void test_pages_of_recordings_are_the_golden_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		struct stream in = {0};
		char path[512];

		snprintf(path, sizeof(path), "%s/%s.events", GOLDEN_DIR, pages[i].name);
		stream_load(&in, path);
		stream_write(&in, file, 0x1234567890abcdef);
		pages_are_golden(file, i);
		stream_free(&in);
	}
}

/* Made when the format was version 1, and never since: a later memtrace still reads them. */
static void test_kept_recordings_are_still_read(void **state)
{
	static const size_t kept[] = {0, 7};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kept); k++) {
		struct stream in = {0};
		char events[512], path[512];

		snprintf(events, sizeof(events), "%s/%s.events", GOLDEN_DIR, pages[kept[k]].name);
		snprintf(path, sizeof(path), "%s/%s.mtr", GOLDEN_DIR, pages[kept[k]].name);
		if (getenv("MEMTRACE_BLESS_RECORDINGS")) {
			stream_load(&in, events);
			stream_write_paged(&in, path, 0x1234567890abcdef, 512);
			stream_free(&in);
		}
		pages_are_golden(path, kept[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_streams_come_back_byte_for_byte),
		cmocka_unit_test(test_pages_of_recordings_are_the_golden_ones),
		cmocka_unit_test(test_kept_recordings_are_still_read),
	};

	return cmocka_run_group_tests_name("reader", tests, setup, teardown);
}
