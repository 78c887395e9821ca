// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/kmsg.c and kmsg_oom.c: records come from a socket, one per read as the device.
 */
#include "test_sys_tree.h"
#include <sys/socket.h>
#include "kmsg.h"

static int parse(const char *text, struct kmsg_record *r)
{
	static char buf[KMSG_RECORD_MAX + 1];
	size_t len = strlen(text);

	memcpy(buf, text, len);
	return kmsg_parse(buf, len, r);
}

static void record_is_taken_apart(void **state)
{
	struct kmsg_record r;

	(void)state;
	assert_int_equal(
		parse("6,339,5140900,-;NET: Registered; all\n SUBSYSTEM=x\n DEVICE=y\n", &r), 0);
	assert_int_equal(r.level, 6);
	assert_int_equal(r.facility, 0);
	assert_int_equal(r.seq, 339);
	assert_int_equal(r.time_us, 5140900);
	assert_string_equal(r.text, "NET: Registered; all");
	assert_int_equal(r.len, 20);
}

static void record_with_more_fields_and_without_newline(void **state)
{
	struct kmsg_record r;

	(void)state;
	assert_int_equal(parse("14,1,2,c,caller=T1,future;x", &r), 0);
	assert_int_equal(r.level, 6);
	assert_int_equal(r.facility, 1);
	assert_string_equal(r.text, "x");
	assert_int_equal(parse("4,1,2,-;", &r), 0);
	assert_string_equal(r.text, "");
}

static void escapes_are_decoded(void **state)
{
	struct kmsg_record r;

	(void)state;
	assert_int_equal(parse("4,1,2,-;a\\x0ab\\x5cx41\\x1b\\xff\\x00\\xg1\\x4\n", &r), 0);
	assert_string_equal(r.text, "a\nb\\x41\x1b\xff\\x00\\xg1\\x4");
	assert_int_equal(r.len, strlen(r.text));
}

static void malformed_records_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		";",
		"6",
		"6,",
		"6,1",
		"6,1,2",
		"6,1,2;x",
		"6,1,2,-",
		"x,1,2,-;a",
		"6,-1,2,-;a",
		"6,99999999999999999999,2,-;a",
		"4294967296,1,2,-;a",
		"6 ,1,2,-;a",
	};
	struct kmsg_record r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i], &r), -EINVAL);
}

static void noise_is_survived(void **state)
{
	static char buf[KMSG_RECORD_MAX + 1];
	struct kmsg_record r;

	(void)state;
	for (unsigned int seed = 1; seed <= 300; seed++) {
		size_t len = tree_noise(seed, buf, KMSG_RECORD_MAX);
		int err = kmsg_parse(buf, len, &r);

		assert_true(err == 0 || err == -EINVAL);
		if (!err)
			assert_true(strlen(r.text) == r.len && r.len < len);
	}
}

static void send_record(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

static void only_the_kernels_own_records_and_gaps_counted(void **state)
{
	static struct kmsg k;
	struct kmsg_record r;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	k = (struct kmsg){.fd = fds[0]};
	send_record(fds[1], "6,100,1,-;first\n");
	send_record(fds[1], "12,101,2,-;forged by user space\n");
	send_record(fds[1], "garbage");
	send_record(fds[1], "6,102,3,-;second\n");
	send_record(fds[1], "12,110,4,-;forged, after a gap\n");
	send_record(fds[1], "3,112,5,-;third\n");
	assert_int_equal(kmsg_next(&k, &r), 0);
	assert_string_equal(r.text, "first");
	assert_int_equal(kmsg_next(&k, &r), 0);
	assert_string_equal(r.text, "second");
	assert_int_equal(k.lost, 0);
	assert_int_equal(kmsg_next(&k, &r), 0);
	assert_string_equal(r.text, "third");
	assert_int_equal(k.lost, 7 + 1);
	assert_int_equal(kmsg_next(&k, &r), -EAGAIN);
	close(fds[1]);
	assert_int_equal(kmsg_next(&k, &r), -ENODATA);
	kmsg_close(&k);
	assert_int_equal(k.fd, -1);
	kmsg_close(&k);
}

static void open_from_the_end_or_from_the_beginning(void **state)
{
	static struct kmsg k;
	struct kmsg_record r;

	assert_int_equal(kmsg_open(&k, *state, KMSG_NEW), -ENOENT);
	kmsg_close(&k);
	tree_write(*state, "/dev/kmsg", "6,5,1,-;old\n");
	assert_int_equal(kmsg_open(&k, *state, KMSG_NEW), 0);
	assert_int_equal(kmsg_next(&k, &r), -ENODATA);
	kmsg_close(&k);
	assert_int_equal(kmsg_open(&k, *state, KMSG_ALL), 0);
	assert_int_equal(kmsg_next(&k, &r), 0);
	assert_string_equal(r.text, "old");
	kmsg_close(&k);
}

static bool is_oom_at(struct kmsg_oom *s, uint64_t us, const char *text)
{
	struct kmsg_record r = {.text = text, .len = strlen(text), .time_us = us};

	return kmsg_is_oom(s, &r);
}

#define BEGIN "hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
#define END   "Memory cgroup out of memory: Killed process 7 (hog) total-vm:1kB, anon-rss:1kB"

static void whole_dump_and_nothing_around_it(void **state)
{
	struct kmsg_oom s = {0};

	(void)state;
	assert_false(is_oom_at(&s, 1, "memory: usage 1kB, limit 1kB, failcnt 1"));
	assert_true(is_oom_at(&s, 2, BEGIN));
	assert_true(is_oom_at(&s, 3, "CPU: 0 PID: 7 Comm: hog"));
	assert_true(is_oom_at(&s, 4, ""));
	assert_true(is_oom_at(&s, 5, "[      7]     0     7    17014     4389"));
	assert_true(is_oom_at(&s, 6, "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null)"));
	assert_true(is_oom_at(&s, 7, END));
	assert_false(is_oom_at(&s, 8, "eth0: link up"));
}

static void lone_lines_are_known(void **state)
{
	static const char *const lone[] = {
		END,
		"Out of memory: Killed process 7 (hog) total-vm:1kB",
		"Out of memory (oom_kill_allocating_task): Killed process 7 (hog)",
		"Out of memory and no killable processes...",
		"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)",
		"oom_reaper: reaped process 7 (hog), now anon-rss:0kB",
		"Tasks in /a b are going to be killed due to memory.oom.group set",
	};
	struct kmsg_oom s = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(lone) / sizeof(lone[0]); i++) {
		assert_true(is_oom_at(&s, i, lone[i]));
		assert_false(is_oom_at(&s, i, "something else"));
	}
}

static void similar_lines_are_not(void **state)
{
	static const char *const other[] = {
		"",
		"foo: Out of memory: Killed process 7",
		"Out of memory",
		"Tasks in a row",
		"hog invoked oom-killer",
		"systemd: Killed process 7",
		"oom_reaper",
	};
	struct kmsg_oom s = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_false(is_oom_at(&s, i, other[i]));
}

static void hostile_name_does_not_end_the_dump(void **state)
{
	struct kmsg_oom s = {0};

	(void)state;
	assert_true(is_oom_at(&s, 1, "Killed process  invoked oom-killer: gfp_mask=0x0, order=0"));
	assert_true(is_oom_at(&s, 2, "[     8]  0  8  1  1  0  0 : Killed process "));
	assert_true(is_oom_at(&s, 3, "Memory cgroup stats for /Out of memory: Killed process 1:"));
	assert_true(is_oom_at(&s, 4, "still in the dump"));
	assert_true(is_oom_at(&s, 5, END));
	assert_false(is_oom_at(&s, 6, "after it"));
}

static void dump_without_an_end_is_given_up_after_many_lines(void **state)
{
	struct kmsg_oom s = {0};
	int n = 0;

	(void)state;
	assert_true(is_oom_at(&s, 1, BEGIN));
	while (is_oom_at(&s, 1, "chatter") && n < 2 * KMSG_OOM_LINES)
		n++;
	assert_int_equal(n, KMSG_OOM_LINES - 1);
	assert_false(is_oom_at(&s, 1, "chatter"));
	assert_true(is_oom_at(&s, 1, END));
}

static void dump_without_an_end_is_given_up_after_a_pause(void **state)
{
	struct kmsg_oom s = {0};

	(void)state;
	assert_true(is_oom_at(&s, 1, BEGIN));
	assert_true(is_oom_at(&s, 1 + KMSG_OOM_GAP_US, "slow console"));
	assert_false(is_oom_at(&s, 2 + 2 * KMSG_OOM_GAP_US, "much later"));
	assert_false(is_oom_at(&s, 2 + 2 * KMSG_OOM_GAP_US, "chatter"));
	assert_true(is_oom_at(&s, 3, BEGIN));
	assert_true(is_oom_at(&s, 9 * KMSG_OOM_GAP_US, "oom_reaper: reaped process 1 (x)"));
	assert_false(is_oom_at(&s, 9 * KMSG_OOM_GAP_US, "chatter"));
}

static void list_of_ten_thousand_tasks_stays_in_the_dump(void **state)
{
	struct kmsg_oom s = {0};

	(void)state;
	assert_true(is_oom_at(&s, 1, BEGIN));
	for (int i = 0; i < 10000; i++)
		assert_true(
			is_oom_at(&s, 1, "[   1234]     0  1234   100  10  10  0  0 4096 0 0 x"));
	assert_true(is_oom_at(&s, 1, "last words"));
	assert_true(is_oom_at(&s, 1, END));
}

static void killed_process_is_named_by_the_line_that_ends_a_dump(void **state)
{
	uint32_t pid;

	(void)state;
	assert_true(kmsg_oom_killed(END, &pid));
	assert_int_equal(pid, 7);
	assert_true(kmsg_oom_killed("Out of memory: Killed process 99999 (x) total-vm:1kB", &pid));
	assert_int_equal(pid, 99999);
	assert_false(kmsg_oom_killed("Out of memory: Killed process x", &pid));
	assert_false(kmsg_oom_killed("x Out of memory: Killed process 7", &pid));
	assert_false(kmsg_oom_killed("Out of memory: Killed process 4294967296", &pid));
	assert_false(kmsg_oom_killed("Out of memory and no killable processes...", &pid));
}

#define PLACE "nodemask=(null),cpuset=/,mems_allowed=0"

static void place_of_a_kill_is_the_cgroup_at_its_limit_else_the_victims(void **state)
{
	struct kmsg_oom_place place;

	(void)state;
	assert_true(kmsg_oom_place("oom-kill:constraint=CONSTRAINT_MEMCG," PLACE
				   ",oom_memcg=/a,b,task_memcg=/a,b/c,task=hog,pid=7,uid=0",
				   &place));
	assert_true(place.memcg);
	assert_string_equal(place.path, "/a,b");
	assert_true(kmsg_oom_place("oom-kill:constraint=CONSTRAINT_NONE," PLACE
				   ",global_oom,task_memcg=/x,task=hog,pid=7,uid=0",
				   &place));
	assert_false(place.memcg);
	assert_string_equal(place.path, "/x");
	/* The rest of it has become another record. */
	assert_true(kmsg_oom_place("oom-kill:constraint=CONSTRAINT_MEMCG," PLACE, &place));
	assert_string_equal(place.path, "");
	assert_true(kmsg_oom_place("oom-kill:constraint=CONSTRAINT_MEMCG," PLACE ",oom_memcg=/a/b",
				   &place));
	assert_string_equal(place.path, "");
	assert_false(kmsg_oom_place(END, &place));
}

static void second_dump_begins_anew(void **state)
{
	struct kmsg_oom s = {0};

	(void)state;
	assert_true(is_oom_at(&s, 1, BEGIN));
	for (int i = 0; i < KMSG_OOM_LINES - 1; i++)
		assert_true(is_oom_at(&s, 1, "chatter"));
	assert_true(is_oom_at(&s, 1, BEGIN));
	for (int i = 0; i < KMSG_OOM_LINES - 1; i++)
		assert_true(is_oom_at(&s, 1, "chatter"));
	assert_false(is_oom_at(&s, 1, "chatter"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_is_taken_apart),
		cmocka_unit_test(record_with_more_fields_and_without_newline),
		cmocka_unit_test(escapes_are_decoded),
		cmocka_unit_test(malformed_records_are_refused),
		cmocka_unit_test(noise_is_survived),
		cmocka_unit_test(only_the_kernels_own_records_and_gaps_counted),
		cmocka_unit_test_setup_teardown(open_from_the_end_or_from_the_beginning, tree_setup,
						tree_teardown),
		cmocka_unit_test(whole_dump_and_nothing_around_it),
		cmocka_unit_test(lone_lines_are_known),
		cmocka_unit_test(similar_lines_are_not),
		cmocka_unit_test(hostile_name_does_not_end_the_dump),
		cmocka_unit_test(dump_without_an_end_is_given_up_after_many_lines),
		cmocka_unit_test(dump_without_an_end_is_given_up_after_a_pause),
		cmocka_unit_test(list_of_ten_thousand_tasks_stays_in_the_dump),
		cmocka_unit_test(killed_process_is_named_by_the_line_that_ends_a_dump),
		cmocka_unit_test(place_of_a_kill_is_the_cgroup_at_its_limit_else_the_victims),
		cmocka_unit_test(second_dump_begins_anew),
	};

	return cmocka_run_group_tests_name("sys_kmsg", tests, NULL, NULL);
}
