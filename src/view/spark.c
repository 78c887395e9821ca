/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. Rows of little bars; the contract is in spark.h. */
#include "render.h"
#include "spark.h"

struct spark_range spark_range(const double *x, int n)
{
	struct spark_range range = {-1, 0};

	for (int i = 0; i < n; i++) {
		if (x[i] < 0)
			continue;
		range.min = range.min < 0 || x[i] < range.min ? x[i] : range.min;
		range.max = x[i] > range.max ? x[i] : range.max;
	}
	return range;
}

/* 0 is a blank, above it the lowest bar to the highest. */
static const char *bar(const struct view *v, double share)
{
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"};
	int top = (int)(v->utf8 ? ARRAY_LEN(blocks) : ARRAY_LEN(ascii)) - 1;
	int step = share < 0 ? 0 : 1 + (int)(share * top - 1e-9);

	step = step > top ? top : step;
	return v->utf8 ? blocks[step] : ascii[step];
}

/* Where a figure is in its range, 0 to 1; negative: draw nothing. */
static double share_of(bool level, const struct spark_range *range, double x)
{
	if (x < 0 || (!level && x <= 0))
		return -1;
	if (!level)
		return x / range->max;
	if (range->max - range->min < range->max / 100) /* as good as constant */
		return 1;
	return (x - range->min) / (range->max - range->min);
}

void spark_print(const struct view *v, const double *x, int n, bool level)
{
	struct spark_range range = spark_range(x, n);

	for (int i = 0; i < n; i++)
		fputs(bar(v, share_of(level, &range, x[i])), v->out);
}
