/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings spoilt at random: whatever is in a file, reading it ends, and ends in good order.
 *
 * Under AddressSanitizer a crash, a leak or a read beyond what is there ends the test.
 * MEMTRACE_FUZZ_S is how many seconds bits are flipped (else 1000 files, or 20 s);
 * MEMTRACE_FUZZ_SEED is printed.
 *
 * Layer: tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "model.h"
#include "reader.h"
#include "test_rec.h"

#define RUN_MAX_S 10 /* one file may take no longer, under the sanitizers */

static char dir[] = "/tmp/memtrace-test-fuzz-XXXXXX";
static char good[128], bad[128];
static unsigned char *bytes;
static size_t size;
static uint64_t seed;

struct outcome {
	struct model *model;
	uint64_t events, last;
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint64_t rnd(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static void take(void *ctx, const struct ev_hdr *ev)
{
	struct outcome *o = ctx;

	assert_int_equal(event_check(ev, ev->size), 0);
	model_event(o->model, ev);
	o->events++;
	o->last += ev->kind == EV_TICK && ((const struct ev_tick *)ev)->last;
}

/* Reads it from a random place on; true = it could be read to its end. */
static bool survive(const char *path, uint64_t from)
{
	struct model_opts mo = {.max_processes = 64,
				.max_details = 16,
				.max_files = 16,
				.max_cgroups = 16,
				.max_ooms = 4,
				.max_stacks = 16,
				.max_ustacks = 16};
	struct outcome o = {.model = model_new(&mo)};
	struct reader_opts ro = {.from_ns = from, .to_ns = UINT64_MAX, .fn = take, .ctx = &o};
	struct reader *r;
	double begin = now_s();
	bool opened;
	int err;

	alarm(6 * RUN_MAX_S); /* one that hangs is no pass, either */
	err = reader_open(path, &r);
	opened = !err;
	if (!err)
		err = reader_run(r, &ro);
	assert_non_null(r);
	if (err)
		assert_true(strlen(reader_error(r)) > 0);
	else
		assert_int_equal(o.last, 1);
	if (opened)
		assert_true(o.last >= 1);
	reader_close(r);
	model_free(o.model);
	assert_true(now_s() - begin < RUN_MAX_S);
	return !err;
}

static void line(struct rec *r, const char *text)
{
	static uint64_t buf[1024];
	const char *error;
	int n = event_parse(text, buf, sizeof(buf), &error);

	if (n < 0)
		fail_msg("%s: %s", error, text);
	rec_event(r, (struct ev_hdr *)buf);
}

/* Small, so that a flip hits something, yet with rows in most tables and pages of all kinds. */
static void make_good(void)
{
	struct rec *r = rec_open(good);
	char text[512];

	rec_run(r, "watching", "all processes");
	line(r, "meta time_ns=1s realtime_ns=1795262400000000000 page_size=4096 cpus=2 "
		"interval_ns=1s");
	line(r, "probe time_ns=1s signal=stall.direct status=ok");
	for (int i = 0; i < 40; i++) {
		for (int k = 0; k < 12; k++) {
			snprintf(text, sizeof(text),
				 "task time_ns=%ds pid=%d tid=%d start_ns=5 comm=t%d leader=1 "
				 "min_flt=%d threads=1 state=S sized=1",
				 i + 1, 10 + k, 10 + k, k, i * k % 7);
			if ((i + k) % 9)
				line(r, text);
		}
		snprintf(text, sizeof(text), "host time_ns=%ds pgfault=%d", i + 1, i * 100);
		line(r, text);
		snprintf(text, sizeof(text), "tick time_ns=%ds", i + 1);
		line(r, text);
		for (int k = 0; k < 6; k++) {
			snprintf(text, sizeof(text),
				 "stall time_ns=%d00000000%d pid=%d tid=%d start_ns=5 comm=t%d "
				 "kind=memcg duration_ns=5ms shrinker.ns=%d zones=%d",
				 i + 11, k, 10 + k, 10 + k, k, k % 2, k % 3);
			line(r, text);
		}
		snprintf(text, sizeof(text), "cgroup time_ns=%ds id=%d path=/a/%d", i + 1, i, i);
		line(r, text);
		snprintf(text, sizeof(text), "kmsg time_ns=%ds seq=%d text=\"a line of the log\"",
			 i + 1, i);
		line(r, text);
	}
	line(r, "tick time_ns=60s last=1 reason=duration");
	rec_close(r);
}

static void write_bad(const unsigned char *from, size_t n)
{
	FILE *f = fopen(bad, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(from, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void test_what_is_not_spoilt_is_read(void **state)
{
	(void)state;
	assert_true(survive(good, 0));
	assert_true(survive(good, 20000000000));
}

static void test_cut_at_every_page(void **state)
{
	(void)state;
	for (size_t n = 0; n < size; n += 1024) {
		write_bad(bytes, n);
		assert_false(survive(bad, 0));
	}
	for (size_t n = 1; n < 200; n++) {
		write_bad(bytes, size - n);
		assert_false(survive(bad, 0));
	}
}

/* The length in the header agrees: what is missing is noticed all the same, or is of no use. */
static void test_cut_with_a_header_that_agrees(void **state)
{
	(void)state;
	for (size_t n = 4096; n < size; n += 4096) {
		unsigned char *copy = malloc(size);
		uint32_t pages = (uint32_t)(n / 4096);

		memcpy(copy, bytes, size);
		for (int i = 0; i < 4; i++)
			copy[28 + i] = (unsigned char)(pages >> (24 - 8 * i));
		write_bad(copy, n);
		survive(bad, rnd(2) * 30000000000);
		free(copy);
	}
}

static void flip(unsigned char *copy, int n, bool in_head)
{
	for (int i = 0; i < n; i++) {
		size_t at = in_head ? rnd(8192) : rnd(size);

		if (rnd(4))
			copy[at % size] ^= (unsigned char)(1u << rnd(8));
		else
			copy[at % size] = (unsigned char)rnd(256);
	}
}

static void test_bits_flipped(void **state)
{
	const char *s = getenv("MEMTRACE_FUZZ_S");
	double end = now_s() + (s ? atof(s) : 20);
	unsigned char *copy = malloc(size);
	int n = 0, read = 0;

	(void)state;
	for (; now_s() < end && (s || n < 1000); n++) {
		memcpy(copy, bytes, size);
		flip(copy, 1 + (int)rnd(n % 3 ? 8 : 200), n % 4 == 0);
		write_bad(copy, size);
		read += survive(bad, rnd(3) ? 0 : rnd(60) * 1000000000);
	}
	free(copy);
	printf("%d spoilt files, %d of them readable to the end\n", n, read);
	assert_true(n > 100 && read > 0 && read < n);
}

/* A page in the place of another. */
static void test_pages_swapped(void **state)
{
	unsigned char *copy = malloc(size);

	(void)state;
	for (int i = 0; i < 200; i++) {
		memcpy(copy, bytes, size);
		memcpy(copy + rnd(size / 4096) * 4096, bytes + rnd(size / 4096) * 4096, 4096);
		write_bad(copy, size);
		survive(bad, 0);
	}
	free(copy);
}

static void file_load(const char *path, unsigned char **out, size_t *n)
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*n = (size_t)ftell(f);
	rewind(f);
	*out = malloc(*n + 1);
	assert_int_equal(fread(*out, 1, *n, f), *n);
	fclose(f);
}

/* A recording that was not ended, whose FILE-wal is spoilt, or another's. */
static void test_log_spoilt(void **state)
{
	unsigned char *log, *body;
	char wal[160];
	size_t n, body_n;
	sqlite3 *db;

	(void)state;
	write_bad(bytes, size);
	snprintf(wal, sizeof(wal), "%s-wal", bad);
	assert_int_equal(sqlite3_open(bad, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "PRAGMA journal_mode=WAL; UPDATE tick SET last = 0; "
				      "UPDATE stall SET cpu = 1",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	file_load(wal, &log, &n);
	file_load(bad, &body, &body_n);
	sqlite3_close(db);
	for (int i = 0; i < 300; i++) {
		FILE *f = fopen(wal, "w");
		unsigned char *copy = malloc(n);

		assert_non_null(f);
		memcpy(copy, log, n);
		for (uint64_t k = i ? 1 + rnd(20) : 0; k > 0; k--)
			copy[rnd(2) ? rnd(n) : rnd(64)] ^= (unsigned char)(1u << rnd(8));
		fwrite(copy, 1, i % 3 ? n : rnd(n), f);
		fclose(f);
		free(copy);
		write_bad(body, body_n);
		assert_true(survive(bad, 0) || i);
	}
	unlink(wal);
	free(log);
	free(body);
}

static int setup(void **state)
{
	const char *s = getenv("MEMTRACE_FUZZ_SEED");

	(void)state;
	seed = s ? strtoull(s, NULL, 10) : (uint64_t)time(NULL) * 2654435761u + 1;
	printf("MEMTRACE_FUZZ_SEED=%llu\n", (unsigned long long)seed);
	if (!mkdtemp(dir))
		return -1;
	snprintf(good, sizeof(good), "%s/good", dir);
	snprintf(bad, sizeof(bad), "%s/bad", dir);
	make_good();
	file_load(good, &bytes, &size);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(bytes);
	unlink(good);
	unlink(bad);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_not_spoilt_is_read),
		cmocka_unit_test(test_cut_at_every_page),
		cmocka_unit_test(test_cut_with_a_header_that_agrees),
		cmocka_unit_test(test_bits_flipped),
		cmocka_unit_test(test_pages_swapped),
		cmocka_unit_test(test_log_spoilt),
	};

	return cmocka_run_group_tests_name("reader_fuzz", tests, setup, teardown);
}
