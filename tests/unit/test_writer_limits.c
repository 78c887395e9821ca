// SPDX-License-Identifier: GPL-2.0
/* The writer of recordings at its limits: rings, sizes, a full queue, a full disk, kill -9. */
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include "test_writer.h"

#define THREADS 20

/* A second of a machine: a snapshot, and stalls. Ten processes end and ten others begin. */
static void second(struct writer *w, uint64_t s, int stalls)
{
	for (uint32_t i = 0; i < THREADS; i++) {
		uint32_t tid = i < 10 ? i + 1 : 1000 + (uint32_t)s * 10 + i;

		if (i >= 10 || s == 1)
			put_process(w, tid, s * SEC);
		put_row(w, tid, s, s * SEC + i);
	}
	put_counts(w, s * SEC + 50);
	put_tick(w, s * SEC + 100);
	for (int i = 0; i < stalls; i++)
		put_stall(w, s * 1000 + (uint64_t)i, s * SEC + 200 + (uint64_t)i);
}

static void seconds_from_to(struct writer *w, uint64_t from, uint64_t to, int stalls)
{
	for (uint64_t s = from; s < to; s++) {
		second(w, s, stalls);
		if (s % 20 == 0)
			assert_true(settled(w));
	}
	assert_true(settled(w));
}

static void a_ring_keeps_its_latest_part_whole(void **state)
{
	struct writer_opts opts = {.ring_ns = 20 * SEC};
	struct writer *w = begin(&opts);

	(void)state;
	seconds_from_to(w, 1, 100, 20);
	sleep_ms(1500); /* a cut is made in steps, between transactions */
	end(w);
	whole();
	/* Twenty seconds, and up to another keyframe: they are 5 s apart. */
	assert_in_range(number("SELECT min(time_ns) / 1000000000 FROM tick"), 74, 79);
	asked("99", "SELECT max(time_ns) / 1000000000 FROM tick");
	/* It begins with a whole snapshot, and what refers to threads finds them. */
	asked("20", "SELECT count(*) FROM task WHERE seq < (SELECT min(seq) FROM tick)");
	asked("1", "SELECT min(keyframe.seq) = (SELECT min(seq) FROM task) FROM keyframe");
	asked("0", "SELECT count(*) FROM stall WHERE thread NOT IN (SELECT id FROM thread)");
	asked("0", "SELECT count(*) FROM task WHERE thread NOT IN (SELECT id FROM thread)");
	asked("0", "SELECT count(*) FROM stall_more WHERE seq NOT IN (SELECT seq FROM stall)");
	/* Names of processes that are in no row any more have gone, those of others not. */
	asked("0", "SELECT count(*) FROM thread WHERE start_ns < 2000000 AND start_ns NOT IN "
		   "(SELECT start_ns FROM process)");
	assert_in_range(number("SELECT count(*) FROM process"), 200, 320);
}

static off_t size(void)
{
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	return st.st_size;
}

static void the_file_of_a_ring_stops_growing(void **state)
{
	struct writer_opts opts = {.ring_ns = 10 * SEC};
	struct writer *w = begin(&opts);
	off_t then;

	(void)state;
	seconds_from_to(w, 1, 200, 300);
	then = size();
	assert_true(then > 1 << 20);
	seconds_from_to(w, 200, 600, 300);
	if (size() > then + then / 4)
		fail_msg("%ld bytes after 200 s, %ld after 600 s", (long)then, (long)size());
	end(w);
	whole();
}

static void it_ends_at_its_largest_size(void **state)
{
	struct writer_opts opts = {.max_bytes = 2 << 20};
	struct writer *w = begin(&opts);
	struct writer_status s;
	struct stat st;

	(void)state;
	for (uint64_t i = 1; i < 1000; i++) {
		second(w, i, 100);
		if (i % 10 == 0)
			settled(w);
	}
	writer_status(w, &s);
	assert_int_equal(s.state, WRITER_FULL);
	assert_non_null(strstr(writer_error(w), "--max-size 2.0 MiB"));
	end(w);
	assert_int_equal(stat(file, &st), 0);
	assert_in_range(st.st_size, 1900 << 10, 2 << 20);
	asked("max_size", "SELECT value FROM run WHERE key='stopped'");
	asked("1", "SELECT value FROM run WHERE key='ended'");
	asked("0", "SELECT count(*) FROM run WHERE key='unrecorded'");
	whole();
}

static void a_ring_fits_into_its_largest_size(void **state)
{
	struct writer_opts opts = {.max_bytes = 2 << 20, .ring_ns = 3600 * SEC};
	struct writer *w = begin(&opts);
	struct writer_status s;
	struct stat st;

	(void)state;
	seconds_from_to(w, 1, 600, 100);
	writer_status(w, &s);
	assert_int_equal(s.state, WRITER_RUNNING);
	end(w);
	assert_int_equal(stat(file, &st), 0);
	assert_in_range(st.st_size, 1 << 20, 2 << 20);
	asked("599", "SELECT max(time_ns) / 1000000000 FROM tick");
	assert_true(number("SELECT min(time_ns) / 1000000000 FROM tick") > 300);
	/* A good part of it is in use. */
	assert_true(number("SELECT count(*) FROM stall") > 6000);
	asked("0", "SELECT count(*) FROM stall WHERE thread NOT IN (SELECT id FROM thread)");
	whole();
}

/* More in a single interval than it may hold: that is dropped and counted, and it goes on. */
static void a_ring_that_is_too_small_drops_what_may_be_dropped(void **state)
{
	struct writer_opts opts = {.max_bytes = 1 << 20, .ring_ns = 3600 * SEC};
	struct writer *w = begin(&opts);
	struct writer_status s;
	struct stat st;

	(void)state;
	for (uint64_t i = 1; i <= 5; i++) {
		second(w, i, 20000);
		assert_true(settled(w));
	}
	seconds_from_to(w, 6, 10, 10);
	writer_status(w, &s);
	assert_int_equal(s.state, WRITER_RUNNING);
	assert_true(s.lost > 1000);
	end(w);
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_size <= 1 << 20);
	asked("9", "SELECT max(time_ns) / 1000000000 FROM tick");
	assert_int_equal(number("SELECT value FROM run WHERE key='unrecorded'"), s.lost);
	whole();
}

static void what_the_queue_has_no_room_for_is_counted(void **state)
{
	struct writer_opts opts = {.queue_bytes = 256 << 10};
	struct writer *w = begin(&opts);
	struct writer_status s;
	const int stalls = 20000;

	(void)state;
	for (uint64_t i = 0; i < (uint64_t)stalls; i++) {
		put_stall(w, i, SEC + i);
		if (i % 1000 == 0)
			put_tick(w, SEC + i);
	}
	put_counts(w, 2 * SEC);
	writer_status(w, &s);
	assert_true(s.lost > 100);
	end(w);
	/* Ticks had room all the time. */
	asked("20", "SELECT count(*) FROM tick");
	assert_int_equal(number("SELECT count(*) FROM stall") + (long long)s.lost, stalls);
	assert_int_equal(number("SELECT unrecorded FROM counts"), s.lost);
	assert_int_equal(number("SELECT value FROM run WHERE key='unrecorded'"), s.lost);
}

/* Rows that were dropped: their threads are not gone. */
static void lost_rows_are_no_ends_of_threads(void **state)
{
	struct writer_opts opts = {.queue_bytes = 64 << 10};
	struct writer *w = begin(&opts);
	struct writer_status s;

	(void)state;
	for (uint64_t n = 1; n <= 3; n++) {
		if (n == 2) /* too fast for so small a queue: the others find no room */
			for (uint32_t tid = 201; tid <= 4000; tid++)
				put_row(w, tid, 0, n * SEC);
		for (uint32_t tid = 1; tid <= 200; tid++)
			put_row(w, tid, 0, n * SEC);
		put_tick(w, n * SEC);
		assert_true(settled(w));
	}
	writer_status(w, &s);
	assert_true(s.lost > 0);
	end(w);
	asked("0", "SELECT count(*) FROM task_gone WHERE tid <= 200");
}

static void fill_until_it_fails(struct writer *w, const char *words)
{
	struct writer_status s;

	for (uint64_t i = 1; i < 4000; i++) {
		second(w, i, 100);
		writer_status(w, &s);
		if (i % 20 == 0 && (!settled(w) || s.state != WRITER_RUNNING))
			break;
	}
	writer_status(w, &s);
	assert_int_equal(s.state, WRITER_FAILED);
	if (!strstr(writer_error(w), words))
		fail_msg("%s", writer_error(w));
	assert_true(writer_close(w) < 0);
	writer_status(w, &s);
	writer_free(w);
	/* What had been committed is there, in a file that stands alone. */
	assert_false(is_there("-wal"));
	whole();
	assert_int_equal(
		number("SELECT (SELECT count(*) FROM stall) + (SELECT count(*) FROM task) + "
		       "(SELECT count(*) FROM tick) + (SELECT count(*) FROM counts) + "
		       "(SELECT count(*) FROM process)"),
		s.events);
	assert_true(s.events > 1000);
	asked("1", "SELECT value FROM run WHERE key='ended'");
}

static void fill_a_limited_file(void **state)
{
	struct rlimit lim = {.rlim_cur = 3 << 20, .rlim_max = 3 << 20};
	struct writer_opts opts = {0};

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &lim), 0);
	fill_until_it_fails(begin(&opts), "ulimit -f");
	asked("1", "SELECT value LIKE '%%ulimit%%' FROM run WHERE key='stopped'");
}

static void a_file_that_may_not_grow_ends_the_recording(void **state)
{
	(void)state;
	apart(fill_a_limited_file);
}

static void fill_a_disk(void **state)
{
	struct writer_opts opts = {0};

	(void)state;
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("none", dir, "tmpfs", 0, "size=10m"), 0);
	fill_until_it_fails(begin(&opts), "the disk is full");
	asked("the disk is full", "SELECT value FROM run WHERE key='stopped'");
	/* Hardly more than what it was promised is left. */
	assert_true(number("SELECT page_count * 4096 FROM pragma_page_count") > 3 << 20);
}

static void a_full_disk_ends_the_recording(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	apart(fill_a_disk);
}

static void open_on_a_full_disk(void **state)
{
	struct writer_opts opts = {0};
	struct writer *w;

	(void)state;
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("none", dir, "tmpfs", 0, "size=64k"), 0);
	assert_true(writer_open(file, &opts, &w) < 0);
	if (!strstr(writer_error(w), "the disk is full; nothing is in it"))
		fail_msg("%s", writer_error(w));
	writer_free(w);
	assert_false(is_there(""));
}

static void a_disk_that_is_full_already_is_said(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	apart(open_on_a_full_disk);
}

/* A process that records, and tells of the second that it gives to the writer. */
static void record_until_killed(volatile uint64_t *at)
{
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);

	for (uint64_t i = 1;; i++) {
		/* A hundredth of a second is one of the file's seconds. */
		second(w, i, 20);
		*at = i;
		sleep_ms(10);
	}
}

static void kill_one(volatile uint64_t *at, long ms)
{
	pid_t pid;
	uint64_t given;
	long long kept;

	*at = 0;
	pid = fork();
	if (!pid)
		record_until_killed(at);
	while (!*at)
		sleep_ms(1);
	sleep_ms(ms);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	given = *at;
	whole();
	kept = number("SELECT max(time_ns) / 1000000000 FROM tick");
	if ((uint64_t)kept + 100 < given)
		fail_msg("%lld of %llu hundredths of a second were kept", kept,
			 (unsigned long long)given);
	asked("0", "SELECT count(*) FROM stall WHERE thread NOT IN (SELECT id FROM thread)");
	asked("0", "SELECT count(*) FROM run WHERE key='ended'");
}

static void killed_at_any_moment_it_has_all_but_the_last_second(void **state)
{
	volatile uint64_t *at =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t r = (uint64_t)time(NULL);

	(void)state;
	for (int i = 0; i < 10; i++)
		kill_one(at, (long)stall_random(&r, i < 8 ? 150 : 500) + (i < 8 ? 0 : 1200));
	munmap((void *)at, 4096);
}

static void a_stall_takes_less_than_100_bytes(void **state)
{
	const uint64_t stalls = 200000;
	struct writer_opts opts = {0};
	struct writer *w = begin(&opts);
	struct stat st;

	(void)state;
	for (uint64_t i = 0; i < stalls; i++) {
		put_stall(w, i, STALLS_BEGIN_NS + i * 10000);
		if (i % 10000 == 0)
			assert_true(settled(w));
	}
	end(w);
	assert_int_equal(number("SELECT count(*) FROM stall"), stalls);
	assert_int_equal(stat(file, &st), 0);
	print_message("%.1f bytes per stall\n", (double)st.st_size / (double)stalls);
	assert_true(st.st_size < (off_t)(100 * stalls));
}

#define file_test(fn) cmocka_unit_test_setup_teardown(fn, setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		file_test(a_ring_keeps_its_latest_part_whole),
		file_test(the_file_of_a_ring_stops_growing),
		file_test(it_ends_at_its_largest_size),
		file_test(a_ring_fits_into_its_largest_size),
		file_test(a_ring_that_is_too_small_drops_what_may_be_dropped),
		file_test(what_the_queue_has_no_room_for_is_counted),
		file_test(lost_rows_are_no_ends_of_threads),
		file_test(a_file_that_may_not_grow_ends_the_recording),
		file_test(a_full_disk_ends_the_recording),
		file_test(a_disk_that_is_full_already_is_said),
		file_test(killed_at_any_moment_it_has_all_but_the_last_second),
		file_test(a_stall_takes_less_than_100_bytes),
	};

	return cmocka_run_group_tests_name("writer_limits", tests, NULL, NULL);
}
