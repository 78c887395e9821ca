/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of tasks among which the kernel chose: rows read from the log, points as the kernel
 * gives them, and what a report has room for.
 */
#include "test_oom_events.h"
#include "oom_tasks.h"

static struct oom_table table;
static struct oom_choice choice;

static void begin(const char *header, uint64_t total_pages)
{
	oom_table_begin(&table, PAGE, total_pages);
	oom_table_line(&table, header);
}

static void rows_of_both_formats_are_read(void **state)
{
	const struct oom_candidate *c = table.row;

	(void)state;
	begin(HEADER_RSS, 0);
	oom_table_line(&table, "[    812]   999   811     2000      500    57344       70"
			       "          -900 dbus daemon");
	assert_int_equal(table.n, 1);
	assert_int_equal(c->pid, 811); /* the process, not its thread */
	assert_int_equal(c->uid, 999);
	assert_int_equal(c->total_vm_bytes, 2000 * PAGE);
	assert_int_equal(c->rss_bytes, 500 * PAGE);
	assert_int_equal(c->pgtables_bytes, 57344);
	assert_int_equal(c->swap_bytes, 70 * PAGE);
	assert_int_equal(c->oom_score_adj, -900);
	assert_string_equal(c->comm, "dbus daemon");
	assert_true(c->anon_bytes == EV_ABSENT);
	begin(HEADER_KINDS, 0);
	oom_table_line(&table, "[1234567] 65534 1234567  2000      500      300      150"
			       "        50    57344       70          1000  a ] 7");
	assert_int_equal(table.n, 1);
	assert_int_equal(c->pid, 1234567);
	assert_int_equal(c->rss_bytes, 500 * PAGE);
	assert_int_equal(c->anon_bytes, 300 * PAGE);
	assert_int_equal(c->file_bytes, 150 * PAGE);
	assert_int_equal(c->shmem_bytes, 50 * PAGE);
	assert_int_equal(c->pgtables_bytes, 57344);
	assert_int_equal(c->swap_bytes, 70 * PAGE);
	assert_int_equal(c->oom_score_adj, 1000);
	assert_string_equal(c->comm, " a ] 7");
}

static void what_is_no_row_is_left_out(void **state)
{
	static const char *const lines[] = {
		"",
		"[",
		"[   12]",
		"[   12]     0    12     2000      500    57344       70", /* cut */
		"[   12]     0    12     2000      500    57344       70             0",
		"[   12]     0    12     2000      500    57344       7x             0 a",
		"[   12]     0     0     2000      500    57344       70             0 a",
		"[   12]     0    -1     2000      500    57344       70             0 a",
		"[   12]     0    12     2000      500    57344       70          1001 a",
		"[   12      0    12     2000      500    57344       70             0 a",
		"[   xx]     0    12     2000      500    57344       70             0 a",
		"x[   12]     0    12     2000      500    57344       70             0 a",
		"[   12]     0[9]: segfault at 0 ip 00007f sp 00007f error 4",
	};

	(void)state;
	begin(HEADER_RSS, 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		oom_table_line(&table, lines[i]);
		if (table.n)
			fail_msg("\"%s\" is taken for a row", lines[i]);
	}
	begin("[  pid  ]   uid  tgid total_vm      rss who_knows", 0);
	oom_table_line(&table, "[   12]     0    12     2000      500    57344       70  0 a");
	assert_int_equal(table.n, 0);
	assert_int_equal(table.all, 0);
}

static void hostile_names_are_only_names(void **state)
{
	static const char *const names[] = {
		"",
		" ",
		"1 2 3 4 5 6 7 8",
		"[   99]     0  ",
		"a\nOut of memor",
		"x) total-vm:1kB",
		"-1000 -1000",
		"\xff\x1b[2J",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char line[256];

		begin(HEADER_RSS, 0);
		snprintf(line, sizeof(line),
			 "[   12]     0    12     2000      500    57344       70             5 %s",
			 names[i]);
		oom_table_line(&table, line);
		assert_int_equal(table.n, 1);
		assert_int_equal(table.row[0].pid, 12);
		assert_int_equal(table.row[0].rss_bytes, 500 * PAGE);
		assert_int_equal(table.row[0].oom_score_adj, 5);
		assert_string_equal(table.row[0].comm, names[i]);
	}
	begin(HEADER_RSS, 0); /* longer than any the kernel has */
	oom_table_line(&table, "[   12]     0    12     2000      500    57344       70"
			       "             5 0123456789abcdefghijklmnop");
	assert_string_equal(table.row[0].comm, "0123456789abcde");
}

static struct oom_candidate candidate(uint32_t pid, uint64_t pages, int32_t adj)
{
	return (struct oom_candidate){.pid = pid, .rss_bytes = pages * PAGE, .oom_score_adj = adj};
}

static void points_are_those_of_the_kernel(void **state)
{
	struct oom_candidate c = candidate(1, 1000, 0);

	(void)state;
	c.swap_bytes = 200 * PAGE;
	c.pgtables_bytes = 9 * PAGE + PAGE - 1; /* it divides, too */
	assert_int_equal(oom_points(&c, 262144, PAGE), 1209);
	c.oom_score_adj = 500;
	assert_int_equal(oom_points(&c, 262144, PAGE), 1209 + 500 * 262);
	c.oom_score_adj = -900;
	assert_int_equal(oom_points(&c, 262144, PAGE), 1209 - 900 * 262);
	assert_int_equal(oom_points(&c, 999, PAGE), 1209); /* so it rounds a thousandth */
}

static void fill(uint64_t total_pages)
{
	oom_table_begin(&table, PAGE, total_pages);
	oom_table_add(&table, candidate(1, 100, 0));
	oom_table_add(&table, candidate(2, 5000, -1000));
	oom_table_add(&table, candidate(3, 300, -100));
	oom_table_add(&table, candidate(4, 200, 0));
	oom_table_add(&table, candidate(5, 10, 900));
}

static void those_that_could_be_chosen_come_first_by_points(void **state)
{
	static const uint32_t order[] = {5, 4, 3, 1, 2};

	(void)state;
	fill(1000); /* adj is worth a page each */
	oom_table_choose(&table, 4, &choice);
	assert_int_equal(choice.n, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(choice.list[i].pid, order[i]);
	assert_int_equal(choice.list[0].points, 910);
	assert_int_equal(choice.list[2].points, 200);
	assert_int_equal(choice.list[4].bar, CANDIDATE_PROTECTED);
	assert_int_equal(choice.victim_rank, 2);
	assert_int_equal(choice.all, 5);
	assert_int_equal(choice.rest_bytes, 0);
}

static void the_victim_leads_its_equals(void **state)
{
	(void)state;
	fill(1000);
	oom_table_choose(&table, 3, &choice);
	assert_int_equal(choice.list[1].pid, 3);
	assert_int_equal(choice.victim_rank, 2);
	assert_int_equal(choice.first_points - choice.victim_points, 710);
	oom_table_choose(&table, 77, &choice);
	assert_int_equal(choice.victim_rank, 0);
}

static void a_victim_named_by_its_thread_is_found(void **state)
{
	(void)state;
	begin(HEADER_RSS, 0);
	oom_table_line(&table, "[     12]     0    11     2000      500    57344       70"
			       "             0 first has gone");
	oom_table_choose(&table, 12, &choice);
	assert_int_equal(choice.victim_rank, 1);
	assert_int_equal(choice.list[0].pid, 11);
	oom_table_choose(&table, 11, &choice);
	assert_int_equal(choice.victim_rank, 1);
}

static void points_follow_the_total(void **state)
{
	(void)state;
	fill(1000);
	oom_table_total(&table, 0);
	oom_table_choose(&table, 3, &choice);
	assert_int_equal(choice.victim_rank, 1);
	assert_int_equal(choice.total_pages, 0);
}

static void a_table_of_2000_rows_keeps_the_largest(void **state)
{
	uint64_t all = 0, listed = 0;

	(void)state;
	oom_table_begin(&table, PAGE, 1000);
	for (uint32_t i = 1; i <= 2000; i++) { /* sizes in no order */
		uint32_t size = i * 7919 % 2003;

		oom_table_add(&table, candidate(i, size, i % 500 == 0 ? -1000 : 0));
		all += size * PAGE;
	}
	oom_table_choose(&table, 1, &choice); /* 7919 % 2003 = 1910 pages */
	assert_int_equal(choice.n, REPORT_CANDIDATES);
	assert_int_equal(choice.all, 2000);
	assert_int_equal(choice.list[0].points, 2002);
	assert_int_equal(choice.list[REPORT_CANDIDATES - 1].bar, CANDIDATE_PROTECTED);
	for (int i = 1; i < REPORT_CANDIDATES; i++) {
		assert_true(choice.list[i].bar >= choice.list[i - 1].bar);
		if (choice.list[i].bar == CANDIDATE_OK && choice.list[i].pid != 1)
			assert_true(choice.list[i].points < choice.list[i - 1].points);
	}
	for (int i = 0; i < choice.n; i++)
		listed += choice.list[i].rss_bytes;
	assert_int_equal(choice.rest_bytes, all - listed);
	assert_true(choice.victim_rank > REPORT_CANDIDATES);
	assert_true(choice.victim_rank < 100);
	all = 0;
	for (int i = 0; i < choice.n; i++)
		all += choice.list[i].pid == 1;
	assert_int_equal(all, 1); /* though others are larger */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_both_formats_are_read),
		cmocka_unit_test(what_is_no_row_is_left_out),
		cmocka_unit_test(hostile_names_are_only_names),
		cmocka_unit_test(points_are_those_of_the_kernel),
		cmocka_unit_test(those_that_could_be_chosen_come_first_by_points),
		cmocka_unit_test(the_victim_leads_its_equals),
		cmocka_unit_test(a_victim_named_by_its_thread_is_found),
		cmocka_unit_test(points_follow_the_total),
		cmocka_unit_test(a_table_of_2000_rows_keeps_the_largest),
	};

	return cmocka_run_group_tests_name("oom_tasks", tests, NULL, NULL);
}
