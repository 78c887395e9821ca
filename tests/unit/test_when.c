/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Times that choose a part of a recording, and filters of it joined with what is asked.
 *
 * Layer: tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "log.h"
#include "replay_filter.h"
#include "when.h"

#define S 1000000000ull

/* 2026-11-21 23:00:00 to 2026-11-22 02:00:00 UTC. */
static const struct when_span night = {1795302000 * S, 1795312800 * S};

static void is(const char *text, uint64_t wall_ns)
{
	uint64_t ns = 0;

	if (when_parse(text, &night, &ns))
		fail_msg("'%s' is no time", text);
	if (ns != wall_ns)
		fail_msg("'%s' is %lld s after the begin", text,
			 (long long)(ns - night.begin_ns) / (long long)S);
}

static void test_times_of_day_are_of_the_day_recorded(void **state)
{
	(void)state;
	is("23:10", night.begin_ns + 600 * S);
	is("23:10:20.5", night.begin_ns + 620 * S + S / 2);
	is("01:30", night.begin_ns + 9000 * S);
	is("1:30", night.begin_ns + 9000 * S);
	is("00:00:00.000000001", night.begin_ns + 3600 * S + 1);
	/* Not recorded: on the first day. */
	is("22:00", night.begin_ns - 3600 * S);
	is("03:00", night.begin_ns - 20 * 3600 * S);
}

static void test_dates_and_zones(void **state)
{
	(void)state;
	is("2026-11-21 23:10", night.begin_ns + 600 * S);
	is("2026-11-21T23:10:00Z", night.begin_ns + 600 * S);
	is("2026-11-22T01:10:00.25+02:00", night.begin_ns + 600 * S + S / 4);
	is("2026-11-21T18:10:00-0500", night.begin_ns + 600 * S);
}

static void test_from_either_end(void **state)
{
	(void)state;
	is("+90s", night.begin_ns + 90 * S);
	is("+90", night.begin_ns + 90 * S);
	is("+0s", night.begin_ns);
	is("-10m", night.end_ns - 600 * S);
	is("-99h", night.begin_ns);
}

static void test_local_time(void **state)
{
	char words[128];

	(void)state;
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	if (timezone == -3600) { /* zones are installed */
		is("00:10", night.begin_ns + 600 * S);
		is("2026-11-22 00:10", night.begin_ns + 600 * S);
		assert_string_equal(when_words(&night, words, sizeof(words)),
				    "2026-11-22 00:00:00 to 03:00:00");
	}
	setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(when_words(&night, words, sizeof(words)),
			    "2026-11-21 23:00:00 to 2026-11-22 02:00:00");
}

static void test_what_is_no_time(void **state)
{
	static const char *const no[] = {"",
					 "x",
					 "25:00",
					 "12:60",
					 "12",
					 "12:",
					 "12:5",
					 "12:00:",
					 "12:00x",
					 "+",
					 "-",
					 "+x",
					 "2026-11-21",
					 "2026-13-01 00:00",
					 "2026-11-21 00:00+",
					 "2026-11-21T00:00:00Zx",
					 "12:00:00."};

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		uint64_t ns;

		if (!when_parse(no[i], &night, &ns))
			fail_msg("'%s' is taken for a time", no[i]);
	}
}

/* Filters. */

static char cgroup[256];

static int join(struct options *o, const struct run_info *run)
{
	return replay_filter(o, run, cgroup, sizeof(cgroup));
}

static void test_what_was_recorded_stays_chosen(void **state)
{
	struct run_info run = {.comm = "db*", .cgroup = "/a", .has_uid = true, .uid = 7};
	struct options o = {0};

	(void)state;
	run.npids = 1;
	run.pids[0] = 5;
	assert_int_equal(join(&o, &run), 0);
	assert_int_equal(o.npids, 1);
	assert_int_equal(o.pids[0], 5);
	assert_string_equal(o.comm, "db*");
	assert_true(o.has_uid && o.uid == 7);
	assert_string_equal(cgroup, "/a");
}

static void test_lists_keep_what_both_name(void **state)
{
	struct run_info run = {.npids = 3, .pids = {5, 6, 7}};
	struct options o = {.npids = 2, .pids = {7, 8}};

	(void)state;
	assert_int_equal(join(&o, &run), 0);
	assert_int_equal(o.npids, 1);
	assert_int_equal(o.pids[0], 7);
	o = (struct options){.npids = 1, .pids = {9}};
	assert_int_not_equal(join(&o, &run), 0);
	/* A thread, perhaps of one of these. */
	o = (struct options){.ntids = 1, .tids = {9}};
	assert_int_equal(join(&o, &run), 0);
	assert_int_equal(o.ntids, 1);
	assert_int_equal(o.npids, 0);
	run = (struct run_info){.ntids = 1, .tids = {5}};
	o = (struct options){.npids = 1, .pids = {5}};
	assert_int_not_equal(join(&o, &run), 0);
	o = (struct options){.ntids = 1, .tids = {6}};
	assert_int_not_equal(join(&o, &run), 0);
}

static void test_names_and_users_agree_or_are_refused(void **state)
{
	struct run_info run = {.comm = "db*"};
	struct options o = {.comm = "db1"};

	(void)state;
	assert_int_equal(join(&o, &run), 0);
	assert_string_equal(o.comm, "db1");
	o = (struct options){.comm = "web"};
	assert_int_not_equal(join(&o, &run), 0);
	run = (struct run_info){.has_uid = true, .uid = 0};
	o = (struct options){.has_uid = true, .uid = 1};
	assert_int_not_equal(join(&o, &run), 0);
	o = (struct options){0};
	assert_int_equal(join(&o, &run), 0);
	assert_true(o.has_uid && o.uid == 0);
}

static void test_the_deeper_cgroup_holds(void **state)
{
	static const struct {
		const char *recorded, *asked, *both; /* NULL: refused */
	} cases[] = {
		{NULL, "/a/", "/a"},
		{NULL, "a", "/a"},
		{NULL, "/sys/fs/cgroup/memory/a/b", "/a/b"},
		{NULL, "/sys/fs/cgroup", "/"},
		{"/a", "/a/b", "/a/b"},
		{"/a", "/a", "/a"},
		{"/a/b", "/a", "/a/b"},
		{"/a/b", "/", "/a/b"},
		{"/a", "/ab", NULL},
		{"/a", "/b", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run_info run = {.cgroup = cases[i].recorded};
		struct options o = {.cgroup = cases[i].asked};

		assert_int_equal(!join(&o, &run), cases[i].both != NULL);
		if (cases[i].both)
			assert_string_equal(cgroup, cases[i].both);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_of_day_are_of_the_day_recorded),
		cmocka_unit_test(test_dates_and_zones),
		cmocka_unit_test(test_from_either_end),
		cmocka_unit_test(test_local_time),
		cmocka_unit_test(test_what_is_no_time),
		cmocka_unit_test(test_what_was_recorded_stays_chosen),
		cmocka_unit_test(test_lists_keep_what_both_name),
		cmocka_unit_test(test_names_and_users_agree_or_are_refused),
		cmocka_unit_test(test_the_deeper_cgroup_holds),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	log_set_level((enum log_level) - 1);
	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
