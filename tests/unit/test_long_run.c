/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run of weeks that makes reports of OOM kills: cgroups come and go, and what was lost long ago
 * is no business of today's report.
 */
#include <stdio.h>
#include "test_oom_events.h"

#define LIVING 5

static struct model *fresh(void)
{
	struct model *m = model_begin(&report_opts);

	feed_probe(m, "oom.kill", PROBE_OK);
	feed_tick(m, 0);
	return m;
}

static void tell(struct model *m, uint64_t id)
{
	char path[64];

	snprintf(path, sizeof(path), "/pod-%llu", (unsigned long long)id);
	feed_cgroup(m, id, path);
}

/* As the source does when it has told of so many: of all that are there. */
static void tell_living(struct model *m)
{
	for (uint64_t id = 1; id <= LIVING; id++)
		tell(m, id);
}

static void cgroups_that_have_gone_make_room_for_new_ones(void **state)
{
	struct model *m = fresh();
	char path[64];

	(void)state;
	tell_living(m);
	for (uint64_t id = 1000; id < 11000; id++) {
		tell(m, id);
		snprintf(path, sizeof(path), "/pod-%llu", (unsigned long long)id);
		assert_string_equal(model_cgroup_path(m, id), path);
		if (id % 40)
			continue;
		tell_living(m);
		for (uint64_t living = 1; living <= LIVING; living++)
			assert_non_null(model_cgroup_path(m, living));
	}
	assert_int_equal(model_loss(m).cgroups_full, 0);
	assert_int_equal(model_loss(m).names_unresolved, 0);
	model_free(m);
}

/* With stalls to tell of at the end none may go, and that is counted. */
static void cgroups_with_rows_on_the_page_stay(void **state)
{
	struct model_opts opts = report_opts;
	struct ev_task t = task(1, 1, OLD, "a");
	const struct cgroup_stats *cg[64];
	struct model *m;

	(void)state;
	opts.history_ns = 0;
	opts.max_cgroups = 8;
	m = model_begin(&opts);
	for (t.cgroup = 1; t.cgroup <= 8; t.cgroup++) {
		tell(m, t.cgroup);
		feed_stall(m, stall(t, SEC, MSEC, STALL_DIRECT));
	}
	tell(m, 1);
	tell(m, 9);
	assert_int_equal(model_cgroups(m, cg, 64), 8);
	assert_null(model_cgroup_path(m, 9));
	assert_int_equal(model_loss(m).cgroups_full, 1);
	model_free(m);
}

static void path_in_a_report_that_waits_stays_good(void **state)
{
	struct ev_task v = task(100, 100, OLD, "victim");
	const struct report *r;
	struct model *m = fresh();

	(void)state;
	v.cgroup = 77;
	tell(m, 77);
	tell_living(m);
	feed_kill(m, kill_event(v, v, SEC));
	for (uint64_t id = 1000; id < 3000; id++) {
		tell(m, id);
		if (id % 20 == 0)
			tell_living(m);
	}
	assert_true(model_loss(m).cgroups_full > 0); /* counted, for the time being */
	r = model_next_report(m, SETTLE, true);
	assert_non_null(r);
	assert_string_equal(r->kills[0].victim.cgroup, "/pod-77");
	assert_null(model_next_report(m, SETTLE, true));
	tell_living(m);
	tell(m, 4000);
	assert_non_null(model_cgroup_path(m, 4000));
	model_free(m);
}

static uint64_t lost_by_report(struct model *m, uint64_t time)
{
	struct ev_task v = task(100, 100, OLD + time, "v");
	const struct report *r;

	feed_kill(m, kill_event(v, v, time));
	r = model_next_report(m, SETTLE, true);
	assert_non_null(r);
	return r->loss.kmsg_lost;
}

static void a_report_tells_what_was_lost_in_its_window(void **state)
{
	struct ev_counters counts = {.kmsg_lost = 3};
	struct model *m = fresh();

	(void)state;
	feed_counts(m, 0, &counts);
	for (uint64_t s = 1; s <= 300; s++) {
		counts.kmsg_lost = s < 20 ? 3 : 8;
		feed_counts(m, s * SEC, &counts);
		feed_tick(m, s * SEC);
		if (s == 30)
			assert_int_equal(lost_by_report(m, 30 * SEC + 1), 5);
	}
	assert_int_equal(lost_by_report(m, 300 * SEC + 1), 0);
	assert_int_equal(model_loss(m).kmsg_lost, 5);
	model_free(m);
}

static void feed_figures(struct model *m, uint64_t cgroup, uint64_t time)
{
	struct ev_cgstat ev = {.hdr = HDR(EV_CGSTAT, ev, time), .cgroup = cgroup};

	ev.usage_bytes = 50 * MB;
	ev.limit_bytes = 64 * MB;
	model_event(m, &ev.hdr);
}

/* 64 at a time are read; of thousands one after the other each is kept while it is. */
static void figures_of_cgroups_that_are_read_no_more_make_room(void **state)
{
	struct model *m = fresh();

	(void)state;
	for (uint64_t s = 1; s <= 100; s++) {
		for (uint64_t i = 0; i < 64; i++)
			feed_figures(m, 1000 + s * 16 + i, s * SEC);
		feed_tick(m, s * SEC + MSEC);
	}
	assert_int_equal(model_loss(m).cgroups_full, 0);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cgroups_that_have_gone_make_room_for_new_ones),
		cmocka_unit_test(cgroups_with_rows_on_the_page_stay),
		cmocka_unit_test(path_in_a_report_that_waits_stays_good),
		cmocka_unit_test(a_report_tells_what_was_lost_in_its_window),
		cmocka_unit_test(figures_of_cgroups_that_are_read_no_more_make_room),
	};

	return cmocka_run_group_tests_name("long_run", tests, NULL, NULL);
}
