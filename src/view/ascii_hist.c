/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. Drawn histograms; the contract is in ascii_hist.h. */
#include <string.h>
#include "ascii_hist.h"

#define BAR_WIDTH 40

/* As the bcc tools have it: whole microseconds, from the lowest to the highest a row counts. */
static void print_bounds(FILE *out, const struct hist_row *row, uint64_t below_ns)
{
	if (row->le_ns == UINT64_MAX)
		fprintf(out, "%10llu -> %-10s", (unsigned long long)below_ns / 1000, "...");
	else
		fprintf(out, "%10llu -> %-10llu", (unsigned long long)below_ns / 1000,
			(unsigned long long)(row->le_ns - 1) / 1000);
}

/* Rows below one microsecond become one. Returns how many are left. */
static int join_below_usec(struct hist_row *rows, int n)
{
	int last = 0;

	while (last + 1 < n && rows[last].le_ns < 1000) {
		rows[last + 1].count += rows[last].count;
		last++;
	}
	memmove(rows, rows + last, (n - last) * sizeof(*rows));
	return n - last;
}

void ascii_hist_print(FILE *out, const char *indent, const struct hist *h)
{
	static const char stars[] = "****************************************";
	struct hist_row rows[HIST_ROWS];
	int n = hist_rows(h, rows);
	uint64_t top = 1, below = 0;

	n = join_below_usec(rows, n);
	for (int i = 0; i < n; i++)
		top = rows[i].count > top ? rows[i].count : top;
	if (n)
		fprintf(out, "%s%24s : %-8s %s\n", indent, "usecs        ", "count",
			"distribution");
	for (int i = 0; i < n; i++) {
		int bar = (int)((double)rows[i].count / (double)top * BAR_WIDTH);

		if (bar == 0 && rows[i].count)
			bar = 1;
		if (i)
			below = rows[i - 1].le_ns;
		else if (rows[0].le_ns == UINT64_MAX)
			below = HIST_MAX_NS;
		else if (rows[0].le_ns > 1000)
			below = rows[0].le_ns / 2;
		fputs(indent, out);
		print_bounds(out, &rows[i], below);
		fprintf(out, " : %-8llu |%-*.*s|\n", (unsigned long long)rows[i].count, BAR_WIDTH,
			bar, stars);
	}
}
