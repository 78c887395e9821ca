/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: util. Log-linear histogram of durations; the contract is in hist.h. */
#include "hist.h"

#define SUB_BUCKETS (1u << HIST_SUB_BITS)
#define LAST_BUCKET (HIST_BUCKETS - 1)
#define LAST_ROW    (HIST_ROWS - 1)

/*
 * Buckets are cut in units of 125/128 ns, so that a power of two of them is one of microseconds:
 * rows then begin at 1, 2, 4, 8 us, as people expect.
 */
static uint64_t to_units(uint64_t ns)
{
	return ns / 125 * 128 + ns % 125 * 128 / 125;
}

static uint64_t to_ns(uint64_t units)
{
	return units / 128 * 125 + (units % 128 * 125 + 127) / 128;
}

static int bucket_of(uint64_t ns)
{
	uint64_t units;
	int exp;

	if (ns >= HIST_MAX_NS)
		return LAST_BUCKET;
	units = to_units(ns);
	if (units < 1ULL << HIST_MIN_EXP)
		return 0;
	exp = 63 - __builtin_clzll(units);
	return 1 + ((exp - HIST_MIN_EXP) << HIST_SUB_BITS) +
	       (int)((units >> (exp - HIST_SUB_BITS)) & (SUB_BUCKETS - 1));
}

/* Middle of a bucket: no entry in it is further away than half its width, 1/16 of its value. */
static uint64_t bucket_middle(int bucket)
{
	int exp;
	uint64_t sub, width;

	if (bucket == 0)
		return to_ns(1ULL << (HIST_MIN_EXP - 1));
	exp = HIST_MIN_EXP + ((bucket - 1) >> HIST_SUB_BITS);
	sub = (uint64_t)(bucket - 1) & (SUB_BUCKETS - 1);
	width = 1ULL << (exp - HIST_SUB_BITS);
	return to_ns((1ULL << exp) + sub * width + width / 2);
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static void bucket_add(uint32_t *bucket, uint32_t n)
{
	if (__builtin_add_overflow(*bucket, n, bucket))
		*bucket = UINT32_MAX;
}

void hist_add(struct hist *h, uint64_t ns)
{
	h->count++;
	h->total_ns = add_saturated(h->total_ns, ns);
	if (ns > h->max_ns)
		h->max_ns = ns;
	bucket_add(&h->bucket[bucket_of(ns)], 1);
}

void hist_merge(struct hist *into, const struct hist *from)
{
	into->count = add_saturated(into->count, from->count);
	into->total_ns = add_saturated(into->total_ns, from->total_ns);
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	for (int i = 0; i < HIST_BUCKETS; i++)
		bucket_add(&into->bucket[i], from->bucket[i]);
}

/* The smallest number of entries that is a share q of all; at least 1. */
static uint64_t rank_of(uint64_t count, double q)
{
	double exact = q * (double)count;
	uint64_t rank;

	if (!(exact > 0))
		return 1;
	if (exact >= (double)count)
		return count;
	rank = (uint64_t)exact;
	/* 0.07 * 100 is 7.000000000000001: what the product is off by is no entry. */
	if (exact - (double)rank > 1e-12 * (double)count || rank == 0)
		rank++;
	return rank;
}

uint64_t hist_quantile(const struct hist *h, double q)
{
	uint64_t rank, seen = 0;

	if (h->count == 0)
		return 0;
	rank = rank_of(h->count, q);
	if (rank == h->count)
		return h->max_ns;
	for (int i = 0; i < LAST_BUCKET; i++) {
		seen += h->bucket[i];
		if (seen >= rank) {
			uint64_t middle = bucket_middle(i);

			return middle < h->max_ns ? middle : h->max_ns;
		}
	}
	return h->max_ns;
}

static int row_of(int bucket)
{
	if (bucket == LAST_BUCKET)
		return LAST_ROW;
	return (bucket + (int)SUB_BUCKETS - 1) >> HIST_SUB_BITS;
}

int hist_rows(const struct hist *h, struct hist_row rows[HIST_ROWS])
{
	uint64_t count[HIST_ROWS] = {0};
	int first = -1, last = -1, n = 0;

	for (int i = 0; i < HIST_BUCKETS; i++)
		count[row_of(i)] += h->bucket[i];
	for (int r = 0; r < HIST_ROWS; r++) {
		if (count[r] == 0)
			continue;
		if (first < 0)
			first = r;
		last = r;
	}
	if (first < 0)
		return 0;
	for (int r = first; r <= last; r++, n++) {
		rows[n].le_ns = r == LAST_ROW ? UINT64_MAX : to_ns(1ULL << (HIST_MIN_EXP + r));
		rows[n].count = count[r];
	}
	return n;
}
