/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms: the error bound of quantiles, against exact values; folding; saturation. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "hist.h"

#define SAMPLES 20000

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* No further from the exact value than 6.25 % of it. */
static void assert_close(uint64_t got, uint64_t exact)
{
	uint64_t off = got > exact ? got - exact : exact - got;

	if (off > exact / 16 + 1)
		fail_msg("%llu is too far from %llu", (unsigned long long)got,
			 (unsigned long long)exact);
}

static void empty_histogram_has_no_quantiles_and_no_rows(void **state)
{
	struct hist h = {0};
	struct hist_row rows[HIST_ROWS];

	(void)state;
	assert_int_equal(hist_quantile(&h, 0.5), 0);
	assert_int_equal(hist_quantile(&h, 1), 0);
	assert_int_equal(hist_rows(&h, rows), 0);
}

static void quantiles_are_within_the_bound_of_exact_ones(void **state)
{
	static const double shares[] = {0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999};
	static uint64_t value[SAMPLES];
	static struct hist h;
	uint64_t seed = 88172645463325252ULL;

	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		/* Evenly over the logarithm from 128 ns to 9 min. */
		int exp = HIST_MIN_EXP +
			  (int)(random_next(&seed) % (HIST_MAX_EXP - 1 - HIST_MIN_EXP));

		value[i] = (1ULL << exp) | (random_next(&seed) & ((1ULL << exp) - 1));
		hist_add(&h, value[i]);
	}
	qsort(value, SAMPLES, sizeof(value[0]), compare_u64);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		int rank = (int)(shares[i] * SAMPLES + 0.5);

		assert_close(hist_quantile(&h, shares[i]), value[rank - 1]);
	}
}

/* The first nanosecond of a bucket: buckets are cut in units of 125/128 ns. */
static uint64_t edge(uint64_t units)
{
	return units / 128 * 125 + (units % 128 * 125 + 127) / 128;
}

static void every_bucket_edge_keeps_the_bound(void **state)
{
	(void)state;
	for (int exp = HIST_MIN_EXP; exp < HIST_MAX_EXP; exp++) {
		for (uint64_t eighth = 0; eighth < 8; eighth++) {
			uint64_t low = edge((1ULL << exp) + (eighth << (exp - 3)));
			uint64_t high = edge((1ULL << exp) + ((eighth + 1) << (exp - 3))) - 1;
			struct hist at_low = {0}, at_high = {0};

			hist_add(&at_low, low);
			hist_add(&at_low, UINT64_MAX);
			assert_close(hist_quantile(&at_low, 0.5), low);
			hist_add(&at_high, high);
			hist_add(&at_high, UINT64_MAX);
			assert_close(hist_quantile(&at_high, 0.5), high);
		}
	}
}

static void the_largest_entry_is_exact_and_bounds_every_quantile(void **state)
{
	struct hist h = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		hist_add(&h, 1024);
	assert_int_equal(hist_quantile(&h, 0.5), 1024);
	hist_add(&h, 123456789);
	assert_int_equal(hist_quantile(&h, 1), 123456789);
	assert_int_equal(h.max_ns, 123456789);
	assert_true(hist_quantile(&h, 0.99) < 1200);
}

static void a_share_is_not_pushed_over_an_entry_by_rounding(void **state)
{
	struct hist h = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		hist_add(&h, i < 7 ? 1000 : 1000000);
	/* 0.07 * 100 is a little more than 7 in binary. */
	assert_close(hist_quantile(&h, 0.07), 1000);
	assert_close(hist_quantile(&h, 0.071), 1000000);
	assert_close(hist_quantile(&h, 0), 1000);
}

static void merging_is_adding_all(void **state)
{
	static struct hist a, b, all;
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		uint64_t ns = random_next(&seed) >> (random_next(&seed) % 64);

		ns &= (1ULL << 45) - 1;
		hist_add(i % 3 ? &a : &b, ns);
		hist_add(&all, ns);
	}
	hist_merge(&a, &b);
	assert_memory_equal(&a, &all, sizeof(a));
}

static void rows_are_powers_of_two_of_microseconds_with_gaps_included(void **state)
{
	struct hist h = {0};
	struct hist_row rows[HIST_ROWS];

	(void)state;
	hist_add(&h, 999);
	hist_add(&h, 1000);
	hist_add(&h, 1999);
	hist_add(&h, 8000);
	assert_int_equal(hist_rows(&h, rows), 5);
	assert_int_equal(rows[0].le_ns, 1000);
	assert_int_equal(rows[0].count, 1);
	assert_int_equal(rows[1].le_ns, 2000);
	assert_int_equal(rows[1].count, 2);
	assert_int_equal(rows[2].count, 0);
	assert_int_equal(rows[3].count, 0);
	assert_int_equal(rows[4].le_ns, 16000);
	assert_int_equal(rows[4].count, 1);
}

static void rows_cover_the_smallest_and_the_largest_durations(void **state)
{
	struct hist h = {0};
	struct hist_row rows[HIST_ROWS];

	(void)state;
	hist_add(&h, 0);
	hist_add(&h, 124);
	hist_add(&h, (125ULL << 33) - 1);
	hist_add(&h, 125ULL << 33);
	hist_add(&h, UINT64_MAX);
	assert_int_equal(hist_rows(&h, rows), HIST_ROWS);
	assert_int_equal(rows[0].le_ns, 125);
	assert_int_equal(rows[0].count, 2);
	assert_true(rows[HIST_ROWS - 2].le_ns == 125ULL << 33);
	assert_int_equal(rows[HIST_ROWS - 2].count, 1);
	assert_true(rows[HIST_ROWS - 1].le_ns == UINT64_MAX);
	assert_int_equal(rows[HIST_ROWS - 1].count, 2);
}

static void sums_and_buckets_saturate_instead_of_wrapping(void **state)
{
	struct hist h = {0}, other = {0};

	(void)state;
	hist_add(&h, UINT64_MAX);
	hist_add(&h, 5);
	assert_true(h.total_ns == UINT64_MAX);
	h.bucket[0] = UINT32_MAX;
	hist_add(&h, 1);
	assert_true(h.bucket[0] == UINT32_MAX);
	hist_add(&other, 1);
	hist_merge(&h, &other);
	assert_true(h.bucket[0] == UINT32_MAX);
	assert_int_equal(h.count, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_histogram_has_no_quantiles_and_no_rows),
		cmocka_unit_test(quantiles_are_within_the_bound_of_exact_ones),
		cmocka_unit_test(every_bucket_edge_keeps_the_bound),
		cmocka_unit_test(the_largest_entry_is_exact_and_bounds_every_quantile),
		cmocka_unit_test(a_share_is_not_pushed_over_an_entry_by_rounding),
		cmocka_unit_test(merging_is_adding_all),
		cmocka_unit_test(rows_are_powers_of_two_of_microseconds_with_gaps_included),
		cmocka_unit_test(rows_cover_the_smallest_and_the_largest_durations),
		cmocka_unit_test(sums_and_buckets_saturate_instead_of_wrapping),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
