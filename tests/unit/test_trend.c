/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shapes of growth, and the stages in which memory runs out, from series that are made up.
 *
 * Layer: tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "trend.h"

#define SEC 1000000000ULL
#define MIB (1ULL << 20)
#define T0  (1000 * SEC)

/* One point a second, sizes in MiB. */
static struct trend shape_of(const uint64_t *mib, int n)
{
	struct trend_point p[128];

	for (int i = 0; i < n; i++)
		p[i] = (struct trend_point){T0 + (uint64_t)i * SEC, mib[i] * MIB};
	return trend_of(p, n);
}

static void assert_near(uint64_t value, uint64_t expected, uint64_t percent)
{
	assert_in_range(value, expected - expected * percent / 100,
			expected + expected * percent / 100);
}

static void test_a_leak_is_steady(void **state)
{
	uint64_t mib[60];
	struct trend t;

	(void)state;
	for (int i = 0; i < 60; i++)
		mib[i] = 100 + 2 * (uint64_t)i;
	t = shape_of(mib, 60);
	assert_int_equal(t.shape, SHAPE_STEADY);
	assert_near(t.rate_bytes, 2 * MIB, 5);
	assert_int_equal(t.burst_ns, 0);
}

static void test_a_jump_is_a_burst(void **state)
{
	uint64_t mib[60];
	struct trend t;

	(void)state;
	for (int i = 0; i < 60; i++)
		mib[i] = i < 40 ? 100 : 900;
	t = shape_of(mib, 60);
	assert_int_equal(t.shape, SHAPE_BURST);
	assert_int_equal(t.burst_ns, SEC);
	assert_near(t.rate_bytes, 640 * MIB, 1);
}

static void test_noise_after_a_jump_does_not_hide_it(void **state)
{
	uint64_t mib[60];

	(void)state;
	for (int i = 0; i < 60; i++)
		mib[i] = (i < 40 ? 100 : 900) + (i % 2) * 20;
	assert_int_equal(shape_of(mib, 60).shape, SHAPE_BURST);
}

static void test_growth_within_a_fifth_of_the_time_is_a_burst_beyond_it_is_not(void **state)
{
	uint64_t mib[61];

	(void)state;
	for (uint64_t i = 0; i < 61; i++)
		mib[i] = i < 46 ? 100 : 100 + (i - 46) * 50;
	assert_int_equal(shape_of(mib, 61).shape, SHAPE_BURST);
	for (uint64_t i = 0; i < 61; i++)
		mib[i] = i < 36 ? 100 : 100 + (i - 36) * 50;
	assert_int_equal(shape_of(mib, 61).shape, SHAPE_STEADY);
	/* The rate is of the time in which it grew. */
	assert_near(shape_of(mib, 61).rate_bytes, 50 * MIB, 5);
}

static void test_two_jumps_far_apart_are_a_burst_many_are_not(void **state)
{
	uint64_t mib[60];

	(void)state;
	for (uint64_t i = 0; i < 60; i++)
		mib[i] = 100 + (i >= 10) * 200 + (i >= 50) * 200;
	assert_int_equal(shape_of(mib, 60).shape, SHAPE_BURST);
	for (uint64_t i = 0; i < 60; i++)
		mib[i] = 100 + i / 10 * 100;
	assert_int_equal(shape_of(mib, 60).shape, SHAPE_STEADY);
}

static void test_a_sawtooth_that_climbs_is_steady(void **state)
{
	uint64_t mib[60];

	(void)state;
	for (uint64_t i = 0; i < 60; i++)
		mib[i] = 100 + i + i % 10 * 10;
	assert_int_equal(shape_of(mib, 60).shape, SHAPE_STEADY);
}

static void test_little_growth_is_flat(void **state)
{
	const uint64_t same[] = {500, 500, 500, 500}, shrunk[] = {500, 400, 300, 200};
	uint64_t little[] = {1000, 1001, 1003, 1004};

	(void)state;
	assert_int_equal(shape_of(same, 4).shape, SHAPE_FLAT);
	assert_int_equal(shape_of(shrunk, 4).shape, SHAPE_FLAT);
	assert_int_equal(shape_of(shrunk, 4).rate_bytes, 0);
	assert_int_equal(shape_of(little, 4).shape, SHAPE_FLAT);
}

static void test_fewer_than_three_points_tell_no_shape_but_a_rate(void **state)
{
	const uint64_t mib[] = {0, 100};

	(void)state;
	assert_int_equal(shape_of(mib, 0).shape, SHAPE_UNKNOWN);
	assert_int_equal(shape_of(mib, 1).shape, SHAPE_UNKNOWN);
	assert_int_equal(shape_of(mib, 2).shape, SHAPE_UNKNOWN);
	assert_int_equal(shape_of(mib, 2).rate_bytes, 100 * MIB);
}

/* A short-lived hog: birth, two ticks, and a kill soon after the second. */
static void test_what_came_in_less_than_a_second_is_a_burst(void **state)
{
	struct trend_point p[3] = {{T0, 0}, {T0 + SEC / 4, 24 * MIB}, {T0 + SEC / 2, 48 * MIB}};
	struct trend t = trend_of(p, 3);

	(void)state;
	assert_int_equal(t.shape, SHAPE_BURST);
	assert_in_range(t.burst_ns, SEC / 4, SEC / 2);
	p[1] = p[2];
	t = trend_of(p, 2);
	assert_int_equal(t.shape, SHAPE_BURST);
	assert_int_equal(t.burst_ns, SEC / 2);
}

static void test_uneven_points_do_not_make_a_burst_of_a_steady_growth(void **state)
{
	const struct trend_point p[] = {{T0, 0},
					{T0 + SEC / 10, 5 * MIB},
					{T0 + SEC * 11 / 10, 55 * MIB},
					{T0 + SEC * 12 / 10, 60 * MIB}};

	(void)state;
	assert_int_equal(trend_of(p, 4).shape, SHAPE_STEADY);
	assert_near(trend_of(p, 4).rate_bytes, 50 * MIB, 10);
}

static void test_points_at_the_same_time_are_survived(void **state)
{
	const struct trend_point p[] = {{T0, 0}, {T0, 50 * MIB}, {T0, 100 * MIB}, {T0 - 1, MIB}};

	(void)state;
	trend_of(p, 3);
	trend_of(p, 4);
}

static struct report_sample sample_absent(int at)
{
	struct report_sample s = {.time_ns = T0 + (uint64_t)at * SEC, .length_ns = SEC};

	s.free_bytes = s.cache_bytes = s.swap_used_bytes = EV_ABSENT;
	s.cg_usage_bytes = s.cg_limit_bytes = s.cg_file_bytes = s.cg_swap_bytes = EV_ABSENT;
	return s;
}

/*
 * 50 MB a second from second 10 on, on a machine of 1024 MiB: first what is free (400), from 16 on
 * the page cache (300), which leaves 100, from 20 on swap (512), which is full at 30.
 */
static void hog_series(struct report_sample s[40])
{
	for (int i = 0; i < 40; i++) {
		s[i] = sample_absent(i);
		s[i].free_bytes = (uint64_t)(i < 10   ? 400
					     : i < 17 ? 400 - (i - 10) * 55
						      : 15) *
				  MIB;
		s[i].cache_bytes = (uint64_t)(i < 16   ? 300
					      : i < 21 ? 300 - (i - 16) * 50
						       : 50) *
				   MIB;
		s[i].swap_used_bytes = (uint64_t)(i < 20   ? 10
						  : i < 31 ? 10 + (i - 20) * 50
							   : 510) *
				       MIB;
		if (i > 30) { /* it is gone */
			s[i].free_bytes = 700 * MIB;
			s[i].swap_used_bytes = 20 * MIB;
		}
	}
}

static void assert_begin(const struct stage *s, int second, int slack)
{
	assert_true(s->known);
	assert_in_range(s->begin_ns, T0 + (uint64_t)(second - slack) * SEC,
			T0 + (uint64_t)(second + slack) * SEC);
}

static void assert_in_order(const struct stage stages[STAGES])
{
	uint64_t last = 0;

	for (int i = 0; i < STAGES; i++) {
		if (!stages[i].known)
			continue;
		assert_true(stages[i].begin_ns >= last);
		last = stages[i].begin_ns;
	}
}

static void test_a_hog_goes_through_the_four_stages(void **state)
{
	struct trend_scope scope = {.total_bytes = 1024 * MIB, .kill_ns = T0 + 30 * SEC + SEC / 2};
	struct report_sample s[40];
	struct stage stages[STAGES];

	(void)state;
	hog_series(s);
	trend_stages(stages, s, 40, &scope);
	assert_begin(&stages[STAGE_FREE], 10, 1);
	assert_int_equal(stages[STAGE_FREE].from_bytes, 400 * MIB);
	assert_in_range(stages[STAGE_FREE].to_bytes, 10 * MIB, 60 * MIB);
	assert_begin(&stages[STAGE_CACHE], 16, 1);
	assert_int_equal(stages[STAGE_CACHE].from_bytes, 300 * MIB);
	assert_begin(&stages[STAGE_SWAP], 20, 1);
	assert_in_range(stages[STAGE_SWAP].to_bytes, 450 * MIB, 510 * MIB);
	assert_true(stages[STAGE_OOM].known);
	assert_int_equal(stages[STAGE_OOM].begin_ns, scope.kill_ns);
	assert_int_equal(stages[STAGE_OOM].from_bytes, 15 * MIB);
	assert_int_equal(stages[STAGE_OOM].to_bytes, 700 * MIB);
	assert_in_order(stages);
}

static void test_a_memcg_goes_through_them_by_its_own_figures(void **state)
{
	struct trend_scope scope = {
		.memcg = true, .total_bytes = 256 * MIB, .kill_ns = T0 + 12 * SEC};
	struct report_sample s[13];
	struct stage stages[STAGES];

	(void)state;
	for (int i = 0; i < 13; i++) {
		s[i] = sample_absent(i);
		s[i].free_bytes = 8192 * MIB; /* of the machine: plenty */
		s[i].cg_limit_bytes = 256 * MIB;
		s[i].cg_usage_bytes = (uint64_t)(i < 5 ? 16 + i * 48 : 256) * MIB;
		s[i].cg_file_bytes = (uint64_t)(i < 5 ? 12 : 1) * MIB;
		s[i].cg_swap_bytes = (uint64_t)(i < 6 ? 0 : (i - 5) * 16) * MIB;
	}
	trend_stages(stages, s, 13, &scope);
	assert_begin(&stages[STAGE_FREE], 0, 0);
	assert_int_equal(stages[STAGE_FREE].from_bytes, 240 * MIB);
	assert_int_equal(stages[STAGE_FREE].to_bytes, 0);
	assert_begin(&stages[STAGE_CACHE], 4, 0);
	assert_begin(&stages[STAGE_SWAP], 5, 0);
	assert_true(stages[STAGE_OOM].known);
	assert_in_order(stages);
}

static void test_without_swap_there_is_no_such_stage(void **state)
{
	struct trend_scope scope = {.total_bytes = 1024 * MIB, .kill_ns = T0 + 30 * SEC};
	struct report_sample s[40];
	struct stage stages[STAGES];

	(void)state;
	hog_series(s);
	for (int i = 0; i < 40; i++)
		s[i].swap_used_bytes = 0;
	trend_stages(stages, s, 40, &scope);
	assert_true(stages[STAGE_CACHE].known);
	assert_false(stages[STAGE_SWAP].known);
}

static void test_a_cache_that_wavers_is_no_stage(void **state)
{
	struct trend_scope scope = {.total_bytes = 1024 * MIB, .kill_ns = T0 + 30 * SEC};
	struct report_sample s[40];
	struct stage stages[STAGES];

	(void)state;
	hog_series(s);
	for (int i = 0; i < 40; i++)
		s[i].cache_bytes = (300 + (uint64_t)i % 3 * 8) * MIB;
	trend_stages(stages, s, 40, &scope);
	assert_true(stages[STAGE_FREE].known);
	assert_false(stages[STAGE_CACHE].known);
}

/* What was full minutes ago and emptied since counts from when it filled again. */
static void test_stages_count_from_the_last_time_there_was_room(void **state)
{
	struct trend_scope scope = {.total_bytes = 1024 * MIB, .kill_ns = T0 + 39 * SEC};
	struct report_sample s[40];
	struct stage stages[STAGES];

	(void)state;
	for (int i = 0; i < 40; i++) {
		s[i] = sample_absent(i);
		s[i].free_bytes = (uint64_t)(i % 20 < 5 ? 500 : 500 - (i % 20 - 5) * 30) * MIB;
	}
	trend_stages(stages, s, 40, &scope);
	assert_begin(&stages[STAGE_FREE], 25, 1);
}

static void test_swap_that_fills_before_memory_is_used_up_keeps_the_order(void **state)
{
	struct trend_scope scope = {.total_bytes = 1024 * MIB, .kill_ns = T0 + 19 * SEC};
	struct report_sample s[20];
	struct stage stages[STAGES];

	(void)state;
	for (int i = 0; i < 20; i++) {
		s[i] = sample_absent(i);
		s[i].swap_used_bytes = (uint64_t)(i < 5 ? i * 100 : 500) * MIB;
		s[i].free_bytes = (uint64_t)(i < 10 ? 500 : 500 - (i - 9) * 50) * MIB;
	}
	trend_stages(stages, s, 20, &scope);
	assert_begin(&stages[STAGE_FREE], 9, 1);
	assert_true(stages[STAGE_SWAP].known);
	assert_in_order(stages);
}

static void test_no_figures_give_no_stages_but_the_kill(void **state)
{
	struct trend_scope scope = {.total_bytes = EV_ABSENT, .kill_ns = T0 + 5 * SEC};
	struct report_sample s[10];
	struct stage stages[STAGES];

	(void)state;
	for (int i = 0; i < 10; i++)
		s[i] = sample_absent(i);
	trend_stages(stages, s, 10, &scope);
	for (int i = 0; i < STAGE_OOM; i++)
		assert_false(stages[i].known);
	assert_true(stages[STAGE_OOM].known);
	assert_true(stages[STAGE_OOM].from_bytes == EV_ABSENT);
	trend_stages(stages, s, 0, &scope);
	assert_true(stages[STAGE_OOM].known);
	scope.kill_ns = 0;
	trend_stages(stages, s, 10, &scope);
	assert_false(stages[STAGE_OOM].known);
}

static void test_a_gap_in_the_figures_is_bridged(void **state)
{
	struct trend_scope scope = {.total_bytes = 1024 * MIB, .kill_ns = T0 + 30 * SEC};
	struct report_sample s[40];
	struct stage stages[STAGES];

	(void)state;
	hog_series(s);
	s[0].free_bytes = s[10].free_bytes = s[12].free_bytes = EV_ABSENT;
	trend_stages(stages, s, 40, &scope);
	assert_begin(&stages[STAGE_FREE], 10, 1);
	assert_in_order(stages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_leak_is_steady),
		cmocka_unit_test(test_a_jump_is_a_burst),
		cmocka_unit_test(test_noise_after_a_jump_does_not_hide_it),
		cmocka_unit_test(
			test_growth_within_a_fifth_of_the_time_is_a_burst_beyond_it_is_not),
		cmocka_unit_test(test_two_jumps_far_apart_are_a_burst_many_are_not),
		cmocka_unit_test(test_a_sawtooth_that_climbs_is_steady),
		cmocka_unit_test(test_little_growth_is_flat),
		cmocka_unit_test(test_fewer_than_three_points_tell_no_shape_but_a_rate),
		cmocka_unit_test(test_what_came_in_less_than_a_second_is_a_burst),
		cmocka_unit_test(test_uneven_points_do_not_make_a_burst_of_a_steady_growth),
		cmocka_unit_test(test_points_at_the_same_time_are_survived),
		cmocka_unit_test(test_a_hog_goes_through_the_four_stages),
		cmocka_unit_test(test_a_memcg_goes_through_them_by_its_own_figures),
		cmocka_unit_test(test_without_swap_there_is_no_such_stage),
		cmocka_unit_test(test_a_cache_that_wavers_is_no_stage),
		cmocka_unit_test(test_stages_count_from_the_last_time_there_was_room),
		cmocka_unit_test(test_swap_that_fills_before_memory_is_used_up_keeps_the_order),
		cmocka_unit_test(test_no_figures_give_no_stages_but_the_kill),
		cmocka_unit_test(test_a_gap_in_the_figures_is_bridged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
