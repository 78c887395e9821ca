/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The section of the page, and the part of the summary object, about when it was: one row of
 * little bars for each figure.
 *
 * Layer: view, private to it (render.h).
 */
#include "render.h"
#include "spark.h"

#define COLUMNS 60

/* One figure of a column, in its own unit; negative when it is not known. */
typedef double (*figure_fn)(const struct model *m, const struct bucket *b);

static double per_second(uint64_t n, const struct bucket *b)
{
	return b->length_ns ? (double)n * 1e9 / (double)b->length_ns : 0;
}

static double stall_rate(const struct model *m, const struct bucket *b)
{
	(void)m;
	return per_second(b->stall_ns, b);
}

static double free_memory(const struct model *m, const struct bucket *b)
{
	(void)m;
	return b->free_bytes == EV_ABSENT ? -1 : (double)b->free_bytes;
}

static double kswapd_rate(const struct model *m, const struct bucket *b)
{
	(void)m;
	return per_second(b->kswapd_ns, b);
}

static double swapout_rate(const struct model *m, const struct bucket *b)
{
	return per_second(b->swapout_pages * model_meta(m)->page_size, b);
}

static double fault_rate(const struct model *m, const struct bucket *b)
{
	(void)m;
	return per_second(b->majfaults, b);
}

static void stall_word(double max, char *buf, size_t cap)
{
	char ns[UNITS_LEN];

	snprintf(buf, cap, "max %s/s", fmt_ns((uint64_t)max, ns, sizeof(ns)));
}

static void free_word(double min, char *buf, size_t cap)
{
	char bytes[UNITS_LEN];

	snprintf(buf, cap, "min %s", fmt_bytes((uint64_t)min, bytes, sizeof(bytes)));
}

static void kswapd_word(double max, char *buf, size_t cap)
{
	char share[UNITS_LEN];

	snprintf(buf, cap, "max %s %%",
		 fmt_percent((uint64_t)max, 1000000000, share, sizeof(share)));
}

static void swapout_word(double max, char *buf, size_t cap)
{
	char bytes[UNITS_LEN];

	snprintf(buf, cap, "max %s/s", fmt_bytes((uint64_t)max, bytes, sizeof(bytes)));
}

static void fault_word(double max, char *buf, size_t cap)
{
	char n[UNITS_LEN];

	snprintf(buf, cap, "max %s/s", fmt_count((uint64_t)max, n, sizeof(n)));
}

static const struct row {
	const char *label;
	figure_fn figure;
	void (*word)(double extreme, char *buf, size_t cap);
	bool level; /* an amount: drawn between its least and its most, the least is told */
} rows[] = {
	{"stall time", stall_rate, stall_word, false},
	{"free memory", free_memory, free_word, true},
	{"kswapd", kswapd_rate, kswapd_word, false},
	{"swap-out", swapout_rate, swapout_word, false},
	{"major faults", fault_rate, fault_word, false},
};

/* Buckets put together so that no more than COLUMNS are left. Returns how many. */
static int columns_make(const struct model *m, struct bucket col[COLUMNS])
{
	const struct bucket *b;
	int n = model_timeline(m, &b), per = (n + COLUMNS - 1) / COLUMNS, cols = 0;

	for (int i = 0; i < n; i++) {
		if (i % per == 0)
			col[cols++] = b[i];
		else
			bucket_join(&col[cols - 1], &b[i]);
	}
	return cols;
}

/* The figure of each column. */
static void figures(const struct model *m, const struct row *r, const struct bucket *col, int n,
		    double out[COLUMNS])
{
	for (int i = 0; i < n; i++)
		out[i] = r->figure(m, &col[i]);
}

static void row_print(struct view *v, const struct row *r, const struct bucket *col, int n)
{
	struct spark_range range;
	char word[2 * UNITS_LEN];
	double x[COLUMNS];

	figures(v->model, r, col, n, x);
	range = spark_range(x, n);
	if (range.min < 0 || (!r->level && range.max <= 0))
		return;
	r->word(r->level ? range.min : range.max, word, sizeof(word));
	fprintf(v->out, "  %-12s |", r->label);
	spark_print(v, x, n, r->level);
	fprintf(v->out, "| %s\n", word);
}

/* Free memory alone is no story. */
static bool eventful(const struct model *m, const struct bucket *col, int n)
{
	double x[COLUMNS];

	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		figures(m, &rows[r], col, n, x);
		if (!rows[r].level && spark_range(x, n).max > 0)
			return true;
	}
	return false;
}

void timeline_section(struct view *v)
{
	struct bucket col[COLUMNS];
	int n = columns_make(v->model, col);
	char from[UNITS_LEN], to[UNITS_LEN], length[UNITS_LEN];

	if (n < 2 || !eventful(v->model, col, n))
		return;
	fmt_time_local(wall_ns(v->model, col[0].begin_ns), from, sizeof(from));
	fmt_time_local(wall_ns(v->model, col[n - 1].begin_ns + col[n - 1].length_ns), to,
		       sizeof(to));
	heading_print(v, "Timeline: %.8s to %.8s, each column %s", from, to,
		      fmt_ns(col[0].length_ns, length, sizeof(length)));
	for (size_t r = 0; r < ARRAY_LEN(rows); r++)
		row_print(v, &rows[r], col, n);
}

void timeline_json(struct json *j, const struct model *m)
{
	const struct bucket *b;
	int n = model_timeline(m, &b);

	json_array_begin(j, "timeline");
	for (int i = 0; i < n; i++) {
		json_object_begin(j, NULL);
		json_time(j, m, b[i].begin_ns);
		json_u64(j, "duration_ns", b[i].length_ns);
		json_u64(j, "stall_ns", b[i].stall_ns);
		json_figure(j, "free_bytes", b[i].free_bytes);
		json_u64(j, "kswapd_ns", b[i].kswapd_ns);
		json_u64(j, "swapout_pages", b[i].swapout_pages);
		json_u64(j, "majfaults", b[i].majfaults);
		json_object_end(j);
	}
	json_array_end(j);
}
