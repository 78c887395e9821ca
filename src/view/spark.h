/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of little bars: a figure over time, one column a step.
 *
 * Layer: view, private to it.
 */
#ifndef MEMTRACE_SPARK_H
#define MEMTRACE_SPARK_H

#include "view.h"

struct spark_range {
	double min, max; /* min negative: no figure is known */
};

/* Of n figures; negative ones are not known. */
struct spark_range spark_range(const double *x, int n);

/*
 * n bars, no newline. level: an amount, drawn between its least and its most; else a rate, drawn
 * from 0, and nothing where it is 0.
 */
void spark_print(const struct view *v, const double *x, int n, bool level);

#endif
