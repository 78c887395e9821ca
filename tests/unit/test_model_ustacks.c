/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User stacks of faults: what is added up, what is one stack, what does not fit.
 */
#include "test_model_events.h"

#define FILL "touch;fill;main"
#define LOAD "memcpy;load;main"

static struct model *fresh(size_t max)
{
	struct model_opts opts = default_opts;

	opts.max_ustacks = max;
	return model_begin(&opts);
}

static void feed_ustack(struct model *m, uint32_t tgid, uint32_t id, const char *frames)
{
	struct ev_ustack ev = {
		.hdr = HDR(EV_USTACK, ev, 0), .tgid = tgid, .start_ns = OLD, .id = id};

	feed_text(m, &ev.hdr, sizeof(ev), frames);
}

static void feed_major(struct model *m, uint32_t tgid, uint32_t id, uint64_t duration)
{
	struct ev_fault ev = {
		.hdr = HDR(EV_FAULT, struct ev_fault, SEC),
		.task = task(tgid, tgid, OLD, "program"),
		.duration_ns = duration,
		.ustack = id,
	};

	model_event(m, &ev.hdr);
}

static void feed_minor(struct model *m, uint32_t tgid, uint32_t id, uint32_t period)
{
	struct ev_sample ev = {
		.hdr = HDR(EV_SAMPLE, struct ev_sample, SEC),
		.task = task(tgid, tgid, OLD, "program"),
		.ustack = id,
		.period = period,
	};

	model_event(m, &ev.hdr);
}

static int ustacks(struct model *m, uint32_t tgid, struct ustack_stats *out, int max)
{
	feed_row(m, row(task(tgid, tgid, OLD, "program"), 2 * SEC, 0, 0));
	feed_tick(m, 2 * SEC);
	return model_ustacks(m, model_process(m, tgid, OLD), out, max);
}

static void faults_add_up_by_stack_and_sort(void **state)
{
	struct model *m = fresh(16);
	struct ustack_stats s[8];

	(void)state;
	feed_major(m, 10, 1, 3 * MSEC);
	feed_major(m, 10, 2, 1 * MSEC);
	feed_major(m, 10, 1, 4 * MSEC);
	feed_minor(m, 10, 1, 100);
	feed_minor(m, 10, 1, 100);
	feed_major(m, 11, 1, 90 * MSEC); /* another process */
	feed_ustack(m, 10, 1, FILL);
	feed_ustack(m, 10, 2, LOAD);
	assert_int_equal(ustacks(m, 10, s, 8), 3);
	assert_int_equal(s[0].what, USTACK_MAJOR);
	assert_string_equal(s[0].frames, FILL);
	assert_true(s[0].count == 2 && s[0].total_ns == 7 * MSEC);
	assert_string_equal(s[1].frames, LOAD);
	assert_int_equal(s[2].what, USTACK_MINOR);
	assert_true(s[2].count == 200 && !s[2].total_ns);
	assert_int_equal(ustacks(m, 11, s, 8), 1);
	assert_string_equal(s[0].frames, "?");
	model_free(m);
}

static void the_same_functions_are_one_stack(void **state)
{
	struct model *m = fresh(16);
	struct ustack_stats s[8];

	(void)state;
	feed_ustack(m, 10, 1, FILL);
	feed_ustack(m, 10, 2, FILL);
	feed_ustack(m, 11, 2, FILL);
	feed_major(m, 10, 1, MSEC);
	feed_major(m, 10, 2, MSEC);
	feed_major(m, 10, 3, MSEC);
	feed_major(m, 10, 4, MSEC);
	feed_major(m, 11, 2, MSEC);
	assert_int_equal(ustacks(m, 10, s, 1), 2);
	assert_int_equal(ustacks(m, 10, s, 8), 2);
	assert_int_equal(s[0].count, 2);
	assert_int_equal(s[1].count, 2);
	/* Of all processes of that name, too. */
	assert_int_equal(model_ustacks(m, NULL, s, 8), 2);
	assert_string_equal(s[0].frames, FILL);
	assert_int_equal(s[0].count, 3);
	assert_string_equal(s[0].comm, "program");
	model_free(m);
}

static void faults_without_a_stack_count_where_stacks_are_taken(void **state)
{
	struct model *m = fresh(16);
	struct ustack_stats s[8];

	(void)state;
	feed_probe(m, "fault.ustack", PROBE_MISSING); /* only minor faults are sampled */
	feed_major(m, 10, 0, MSEC);
	feed_minor(m, 10, 0, 50);
	assert_int_equal(ustacks(m, 10, s, 8), 1);
	assert_int_equal(s[0].what, USTACK_MINOR);
	assert_int_equal(s[0].count, 50);
	assert_string_equal(s[0].frames, "?");
	assert_int_equal(model_loss(m).ustacks_missing, 1);
	model_free(m);
	m = fresh(16);
	feed_probe(m, "fault.ustack", PROBE_DEGRADED);
	feed_major(m, 10, 0, MSEC);
	assert_int_equal(ustacks(m, 10, s, 8), 1);
	assert_int_equal(model_loss(m).ustacks_missing, 1);
	model_free(m);
}

static void what_does_not_fit_is_counted(void **state)
{
	struct model *m = fresh(2);
	struct ustack_stats s[8];

	(void)state;
	for (uint32_t id = 1; id <= 5; id++) {
		feed_ustack(m, 10, id, id & 1 ? FILL : LOAD);
		feed_major(m, 10, id, MSEC);
	}
	assert_int_equal(ustacks(m, 10, s, 8), 2);
	assert_int_equal(model_loss(m).ustacks_full, 3);
	assert_int_equal(model_loss(m).names_unresolved, 3);
	model_free(m);
}

static void nothing_is_kept_unless_asked_for(void **state)
{
	struct model *m = fresh(0);
	struct ustack_stats s[8];

	(void)state;
	feed_probe(m, "fault.ustack", PROBE_OK);
	feed_ustack(m, 10, 1, FILL);
	feed_major(m, 10, 1, MSEC);
	feed_minor(m, 10, 1, 10);
	assert_int_equal(ustacks(m, 10, s, 8), 0);
	assert_int_equal(model_loss(m).ustacks_full, 0);
	assert_int_equal(model_loss(m).names_unresolved, 0);
	model_free(m);
}

static void others_than_the_watched_do_not_count(void **state)
{
	struct model_opts opts = default_opts;
	struct ustack_stats s[8];
	struct model *m;

	(void)state;
	opts.max_ustacks = 16;
	opts.filter.comm = "prog*";
	m = model_begin(&opts);
	opts.filter.comm = "other";
	feed_major(m, 10, 1, MSEC);
	assert_int_equal(model_ustacks(m, NULL, s, 8), 1);
	model_free(m);
	m = model_begin(&opts);
	feed_major(m, 10, 1, MSEC);
	feed_minor(m, 10, 1, 10);
	assert_int_equal(model_ustacks(m, NULL, s, 8), 0);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_add_up_by_stack_and_sort),
		cmocka_unit_test(the_same_functions_are_one_stack),
		cmocka_unit_test(faults_without_a_stack_count_where_stacks_are_taken),
		cmocka_unit_test(what_does_not_fit_is_counted),
		cmocka_unit_test(nothing_is_kept_unless_asked_for),
		cmocka_unit_test(others_than_the_watched_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
