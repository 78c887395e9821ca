/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where tasks slept in their stalls: what is added up, and what is one place.
 */
#include "test_model_events.h"

#define WAIT "io_schedule;folio_wait_bit;shrink_folio_list"
#define LOCK "schedule;rwsem_down_read_slowpath"

static struct model *fresh(void)
{
	struct model_opts opts = default_opts;

	opts.max_stacks = 8;
	return model_begin(&opts);
}

static void feed_stack(struct model *m, uint32_t id, const char *frames)
{
	struct ev_stack ev = {.hdr = HDR(EV_STACK, ev, 0), .id = id};

	feed_text(m, &ev.hdr, sizeof(ev), frames);
}

static void feed_sleep(struct model *m, uint32_t tgid, uint32_t cause, uint32_t stack,
		       uint64_t duration)
{
	struct ev_sleep ev = {
		.hdr = HDR(EV_SLEEP, struct ev_sleep, SEC),
		.task = task(tgid, tgid, OLD, "sleeper"),
		.duration_ns = duration,
		.cause = cause,
		.stack = stack,
	};

	model_event(m, &ev.hdr);
}

/* As kernels before v5.11 send them. */
static void sleeps_whose_process_start_is_not_told_are_its_own(void **state)
{
	struct ev_sleep ev = {
		.hdr = HDR(EV_SLEEP, struct ev_sleep, SEC),
		.task = task(10, 10, 0, "sleeper"),
		.duration_ns = MSEC,
		.cause = CAUSE_IO,
		.stack = 1,
	};
	struct model *m = fresh();
	struct sleep_stats s[4];

	(void)state;
	feed_stack(m, 1, WAIT);
	model_event(m, &ev.hdr);
	feed_row(m, row(task(10, 10, OLD, "sleeper"), 2 * SEC, 0, 0));
	feed_tick(m, 2 * SEC);
	model_event(m, &ev.hdr);
	assert_int_equal(model_sleeps(m, model_process(m, 10, OLD), s, 4), 1);
	assert_int_equal(s[0].count, 2);
	model_free(m);
}

/* A process of that id exists once it has stalled or has a row. */
static int sleeps(struct model *m, uint32_t tgid, struct sleep_stats *out, int max)
{
	feed_row(m, row(task(tgid, tgid, OLD, "sleeper"), 2 * SEC, 0, 0));
	feed_tick(m, 2 * SEC);
	return model_sleeps(m, model_process(m, tgid, OLD), out, max);
}

static void sleeps_add_up_by_place_and_cause(void **state)
{
	struct model *m = fresh();
	struct sleep_stats s[4];

	(void)state;
	feed_stack(m, 1, WAIT);
	feed_stack(m, 2, LOCK);
	feed_sleep(m, 10, CAUSE_IO, 1, 3 * MSEC);
	feed_sleep(m, 10, CAUSE_IO, 1, 5 * MSEC);
	feed_sleep(m, 10, CAUSE_THROTTLED, 1, 2 * MSEC);
	feed_sleep(m, 10, CAUSE_BLOCKED, 2, 9 * MSEC);
	feed_sleep(m, 11, CAUSE_BLOCKED, 2, 100 * MSEC); /* another process */
	assert_int_equal(sleeps(m, 10, s, 4), 3);
	assert_int_equal(s[0].cause, CAUSE_BLOCKED);
	assert_true(s[0].total_ns == 9 * MSEC);
	assert_int_equal(s[1].cause, CAUSE_IO);
	assert_int_equal(s[1].count, 2);
	assert_true(s[1].total_ns == 8 * MSEC && s[1].max_ns == 5 * MSEC);
	assert_string_equal(model_stack(m, s[1].stack), WAIT);
	assert_int_equal(s[2].cause, CAUSE_THROTTLED);
	model_free(m);
}

static void the_same_functions_are_one_place(void **state)
{
	struct model *m = fresh();
	struct sleep_stats s[4];

	(void)state;
	feed_stack(m, 1, WAIT);
	feed_stack(m, 2, LOCK);
	feed_stack(m, 3, WAIT);
	feed_sleep(m, 10, CAUSE_IO, 1, 3 * MSEC);
	feed_sleep(m, 10, CAUSE_IO, 2, 5 * MSEC);
	feed_sleep(m, 10, CAUSE_IO, 3, 4 * MSEC);
	assert_int_equal(sleeps(m, 10, s, 4), 2);
	assert_string_equal(model_stack(m, s[0].stack), WAIT);
	assert_int_equal(s[0].count, 2);
	assert_true(s[0].total_ns == 7 * MSEC && s[0].max_ns == 4 * MSEC);
	model_free(m);
}

static void stacks_that_are_not_known_are_one_place(void **state)
{
	struct model *m = fresh();
	struct sleep_stats s[4];

	(void)state;
	feed_sleep(m, 10, CAUSE_IO, 5, 3 * MSEC);
	feed_sleep(m, 10, CAUSE_IO, 6, 5 * MSEC);
	feed_sleep(m, 10, CAUSE_IO, 0, 1 * MSEC);
	assert_int_equal(sleeps(m, 10, s, 4), 1);
	assert_int_equal(s[0].count, 3);
	assert_null(model_stack(m, s[0].stack));
	model_free(m);
}

static void more_places_than_asked_for_are_counted(void **state)
{
	struct model *m = fresh();
	struct sleep_stats s[1];

	(void)state;
	feed_sleep(m, 10, CAUSE_IO, 0, 1 * MSEC);
	feed_sleep(m, 10, CAUSE_BLOCKED, 0, 2 * MSEC);
	assert_int_equal(sleeps(m, 10, s, 1), 2);
	assert_int_equal(s[0].cause, CAUSE_BLOCKED);
	model_free(m);
}

static void places_without_room_are_counted_as_lost(void **state)
{
	struct model *m = fresh();
	struct sleep_stats s[1];

	(void)state;
	for (uint32_t i = 1; i <= 12; i++)
		feed_sleep(m, 10, CAUSE_IO, i, MSEC);
	sleeps(m, 10, s, 1);
	assert_int_equal(s[0].count + model_loss(m).details_full, 12);
	assert_true(model_loss(m).details_full > 0);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sleeps_add_up_by_place_and_cause),
		cmocka_unit_test(sleeps_whose_process_start_is_not_told_are_its_own),
		cmocka_unit_test(the_same_functions_are_one_place),
		cmocka_unit_test(stacks_that_are_not_known_are_one_place),
		cmocka_unit_test(more_places_than_asked_for_are_counted),
		cmocka_unit_test(places_without_room_are_counted_as_lost),
	};

	return cmocka_run_group_tests_name("model_sleeps", tests, NULL, NULL);
}
