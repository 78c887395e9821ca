/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histogram of durations: log-linear, 8 buckets per power of two, so that a percentile is within
 * 6.25 % of the true value. Fixed size, no allocation.
 *
 * Layer: util.
 */
#ifndef MEMTRACE_HIST_H
#define MEMTRACE_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS 3
#define HIST_MIN_EXP  7	 /* below 125 ns: one bucket */
#define HIST_MAX_EXP  40 /* from 125 ns * 2^33 (18 min): one bucket */
#define HIST_MAX_NS   (125ULL << (HIST_MAX_EXP - HIST_MIN_EXP))
#define HIST_BUCKETS  (((HIST_MAX_EXP - HIST_MIN_EXP) << HIST_SUB_BITS) + 2)

struct hist {
	uint64_t count, total_ns, max_ns;
	uint32_t bucket[HIST_BUCKETS];
};

/*
 * One row of a histogram folded to powers of two: durations below le_ns, not below le_ns / 2.
 * Bounds are 125 ns * 2^n, hence powers of two of microseconds from 1 us on.
 */
struct hist_row {
	uint64_t le_ns; /* exclusive upper bound; the last one may be UINT64_MAX */
	uint64_t count;
};
#define HIST_ROWS (HIST_MAX_EXP - HIST_MIN_EXP + 2)

/* Counts one duration; all of another histogram. Sums and buckets saturate, they do not wrap. */
void hist_add(struct hist *h, uint64_t ns);
void hist_merge(struct hist *into, const struct hist *from);

/* The duration that a share q (0..1] of all entries do not exceed, ns; at most max_ns; 0 if empty.
 */
uint64_t hist_quantile(const struct hist *h, double q);

/*
 * Folds to powers of two, from the first row with entries to the last one, empty rows between
 * included. Returns the number of rows written to rows (0 if empty).
 */
int hist_rows(const struct hist *h, struct hist_row rows[HIST_ROWS]);

#endif
