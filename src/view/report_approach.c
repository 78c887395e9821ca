/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM reports: how it came about: stage by stage, in bars, and who grew.
 *
 * Layer: view; the contract is in report_parts.h.
 */
#include <string.h>
#include "report_parts.h"
#include "spark.h"

#define COLUMNS 64

static const char *stage_words(const struct report *r, enum stage_id id)
{
	static const char *const machine[STAGES] = {
		[STAGE_FREE] = "free memory is used up",
		[STAGE_CACHE] = "page cache is given back",
		[STAGE_SWAP] = "swap fills",
		[STAGE_OOM] = "out of memory",
	};

	if (id == STAGE_FREE && report_is_memcg(r))
		return "room below the limit is used up";
	return machine[id];
}

static void stage_row(struct doc_table *t, const struct report *r, enum stage_id id)
{
	const struct stage *s = &r->stages[id];
	char buf[UNITS_LEN];

	doc_cell_fmt(t, "%d", (int)id + 1);
	doc_cell(t, stage_words(r, id));
	if (!s->known) {
		doc_cell(t, "not seen");
		doc_cell(t, "-");
		doc_cell(t, "-");
		doc_cell(t, "-");
		return;
	}
	doc_cell(t, fmt_time_local(wall_ns(t->d->v->model, s->begin_ns), buf, sizeof(buf)));
	doc_cell(t, fmt_offset(report_offset(r, s->begin_ns), buf, sizeof(buf)));
	doc_cell_bytes(t, id == STAGE_OOM ? EV_ABSENT : s->from_bytes);
	doc_cell_bytes(t, id == STAGE_OOM ? EV_ABSENT : s->to_bytes);
}

void part_stages(struct doc *d, const struct report *r)
{
	static const struct table_col cols[] = {
		{"stage", ALIGN_RIGHT, 0},	  {"what happens", ALIGN_LEFT, 0},
		{"began", ALIGN_LEFT, 0},	  {"from the kill", ALIGN_RIGHT, 0},
		{"at its begin", ALIGN_RIGHT, 0}, {"at its end", ALIGN_RIGHT, 0},
	};
	bool any = false;
	struct doc_table t;

	for (int i = 0; i < STAGES; i++)
		any |= r->stages[i].known;
	if (!any) {
		doc_para(d, !r->nsamples ? "What led up to it is not known: nothing was recorded."
			    : r->nkills	 ? "No stage of an approach was seen: it came between two "
					   "readings."
					 : "No stage of an approach to an OOM kill was seen.");
		return;
	}
	doc_table_begin(&t, d, cols, ARRAY_LEN(cols));
	for (int i = 0; i < STAGES; i++)
		stage_row(&t, r, (enum stage_id)i);
	doc_table_end(&t);
}

/* A row of bars: where the figure is in a sample, and what is told behind it. */
enum figure_kind {
	LEVEL_LOW,  /* an amount; its least is told */
	LEVEL_HIGH, /* an amount; its most is told */
	RATE_TIME,  /* ns, shown as a share of time */
	RATE_COUNT,
	RATE_PAGES,
};
static const struct bar_row {
	const char *label;
	size_t offset;
	enum figure_kind kind;
} cgroup_rows[] = {
	{"usage", offsetof(struct report_sample, cg_usage_bytes), LEVEL_HIGH},
	{"anonymous", offsetof(struct report_sample, cg_anon_bytes), LEVEL_HIGH},
	{"file", offsetof(struct report_sample, cg_file_bytes), LEVEL_LOW},
	{"shared", offsetof(struct report_sample, cg_shmem_bytes), LEVEL_HIGH},
	{"swap", offsetof(struct report_sample, cg_swap_bytes), LEVEL_HIGH},
	{"stalls", offsetof(struct report_sample, cg_stall_ns), RATE_TIME},
	{"majfaults", offsetof(struct report_sample, cg_majfaults), RATE_COUNT},
};
static const struct bar_row machine_rows[] = {
	{"free", offsetof(struct report_sample, free_bytes), LEVEL_LOW},
	{"available", offsetof(struct report_sample, available_bytes), LEVEL_LOW},
	{"page cache", offsetof(struct report_sample, cache_bytes), LEVEL_LOW},
	{"anonymous", offsetof(struct report_sample, anon_bytes), LEVEL_HIGH},
	{"shared", offsetof(struct report_sample, shmem_bytes), LEVEL_HIGH},
	{"dirty", offsetof(struct report_sample, dirty_bytes), LEVEL_HIGH},
	{"slab", offsetof(struct report_sample, slab_bytes), LEVEL_HIGH},
	{"swap used", offsetof(struct report_sample, swap_used_bytes), LEVEL_HIGH},
	{"swap-in", offsetof(struct report_sample, swapin_pages), RATE_PAGES},
	{"swap-out", offsetof(struct report_sample, swapout_pages), RATE_PAGES},
	{"PSI some", offsetof(struct report_sample, psi_some_ns), RATE_TIME},
	{"PSI full", offsetof(struct report_sample, psi_full_ns), RATE_TIME},
	{"kswapd", offsetof(struct report_sample, kswapd_ns), RATE_TIME},
	{"stalls", offsetof(struct report_sample, stall_ns), RATE_TIME},
	{"majfaults", offsetof(struct report_sample, majfaults), RATE_COUNT},
};
static const struct bar_row victim_rows[] = {
	{"resident", offsetof(struct report_sample, victim_rss_bytes), LEVEL_HIGH},
	{"swap", offsetof(struct report_sample, victim_swap_bytes), LEVEL_HIGH},
};

static bool is_level(const struct bar_row *row)
{
	return row->kind == LEVEL_LOW || row->kind == LEVEL_HIGH;
}

static uint64_t sample_value(const struct report_sample *s, const struct bar_row *row)
{
	uint64_t value;

	memcpy(&value, (const char *)s + row->offset, sizeof(value));
	return value;
}

/* Samples that share a column. */
static int per_column(const struct report *r)
{
	return (r->nsamples + COLUMNS - 1) / COLUMNS;
}

/* One column out of n samples: of amounts the extreme that is told, of rates the mean per second.
 */
static double column(const struct report_sample *s, int n, const struct bar_row *row)
{
	double sum = 0, length = 0, extreme = -1;

	for (int i = 0; i < n; i++) {
		uint64_t value = sample_value(&s[i], row);
		double x = (double)value;

		if (value == EV_ABSENT)
			continue;
		sum += x;
		length += (double)s[i].length_ns / 1e9;
		if (extreme < 0 || (row->kind == LEVEL_LOW ? x < extreme : x > extreme))
			extreme = x;
	}
	if (is_level(row))
		return extreme;
	return length > 0 ? sum / length : -1;
}

static int columns_make(const struct report *r, const struct bar_row *row, double x[COLUMNS])
{
	int per = per_column(r), n = 0;

	for (int i = 0; i < r->nsamples; i += per)
		x[n++] = column(&r->samples[i], r->nsamples - i < per ? r->nsamples - i : per, row);
	return n;
}

static void extreme_words(const struct doc *d, const struct bar_row *row,
			  const struct spark_range *range, char *buf, size_t cap)
{
	double x = row->kind == LEVEL_LOW ? range->min : range->max;
	char n[UNITS_LEN];

	switch (row->kind) {
	case LEVEL_LOW:
	case LEVEL_HIGH:
		snprintf(buf, cap, "%s %s", row->kind == LEVEL_LOW ? "min" : "max",
			 fmt_bytes((uint64_t)x, n, sizeof(n)));
		break;
	case RATE_TIME:
		snprintf(buf, cap, "max %s %%", fmt_percent((uint64_t)x, 1000000000, n, sizeof(n)));
		break;
	case RATE_COUNT:
		snprintf(buf, cap, "max %s/s", fmt_count((uint64_t)x, n, sizeof(n)));
		break;
	case RATE_PAGES:
		snprintf(buf, cap, "max %s/s",
			 fmt_bytes((uint64_t)x * model_meta(d->v->model)->page_size, n, sizeof(n)));
		break;
	}
}

/* Rates that were 0 all the time, and amounts that are not known, are left out. */
static void bar_row_print(struct doc *d, const struct report *r, const struct bar_row *row)
{
	double x[COLUMNS];
	int n = columns_make(r, row, x);
	struct spark_range range = spark_range(x, n);
	char words[2 * UNITS_LEN];

	if (range.min < 0 || range.max <= 0)
		return;
	extreme_words(d, row, &range, words, sizeof(words));
	fprintf(d->v->out, "%s%-11s|", doc_indent(d), row->label);
	spark_print(d->v, x, n, is_level(row));
	fprintf(d->v->out, "| %s\n", words);
}

/* Was there a kill between these times? */
static bool killed_between(const struct report *r, uint64_t from_ns, uint64_t to_ns)
{
	for (int i = 0; i < r->nkills; i++) {
		if (r->kills[i].time_ns > from_ns && r->kills[i].time_ns <= to_ns)
			return true;
	}
	return false;
}

static void kill_row(struct doc *d, const struct report *r)
{
	int per = per_column(r);

	if (r->nkills == 0)
		return;
	fprintf(d->v->out, "%s%-11s|", doc_indent(d), "kill");
	for (int i = 0; i < r->nsamples; i += per) {
		int last = i + per < r->nsamples ? i + per - 1 : r->nsamples - 1;
		uint64_t from = r->samples[i].time_ns - r->samples[i].length_ns;

		fputc(killed_between(r, from, r->samples[last].time_ns) ? 'K' : ' ', d->v->out);
	}
	fputs("|\n", d->v->out);
}

/* The first sample and the last may be of less than an interval. */
static uint64_t usual_length_ns(const struct report *r)
{
	uint64_t most = 0;

	for (int i = 0; i < r->nsamples; i++)
		most = r->samples[i].length_ns > most ? r->samples[i].length_ns : most;
	return most;
}

/* "12:00:00 to 12:01:02, each column 1.00 s" */
static void span_words(const struct doc *d, const struct report *r, char *buf, size_t cap)
{
	const struct report_sample *first = &r->samples[0], *last = &r->samples[r->nsamples - 1];
	char from[UNITS_LEN], to[UNITS_LEN], each[UNITS_LEN];

	fmt_time_local(wall_ns(d->v->model, first->time_ns - first->length_ns), from, sizeof(from));
	fmt_time_local(wall_ns(d->v->model, last->time_ns), to, sizeof(to));
	snprintf(buf, cap, "%.8s to %.8s, each column %s", from, to,
		 fmt_ns(usual_length_ns(r) * (uint64_t)per_column(r), each, sizeof(each)));
}

static void bars_print(struct doc *d, const struct report *r, const struct bar_row *rows, size_t n)
{
	doc_lines_begin(d, 0);
	kill_row(d, r);
	for (size_t i = 0; i < n; i++)
		bar_row_print(d, r, &rows[i]);
	doc_lines_end(d);
}

void part_timeline(struct doc *d, const struct report *r)
{
	const struct report_process *victim = report_victim(r);
	char span[3 * UNITS_LEN], name[NAME_LEN];

	if (r->nsamples < 2)
		return;
	span_words(d, r, span, sizeof(span));
	if (report_is_memcg(r)) {
		doc_caption(d, "The %s, %s", limit_label(r, name, sizeof(name)), span);
		bars_print(d, r, cgroup_rows, ARRAY_LEN(cgroup_rows));
	}
	doc_caption(d, "The machine, %s", span);
	bars_print(d, r, machine_rows, ARRAY_LEN(machine_rows));
	if (!victim)
		return;
	doc_caption(d, "The victim, %s, %s",
		    task_mark(victim->comm, victim->pid, name, sizeof(name)), span);
	bars_print(d, r, victim_rows, ARRAY_LEN(victim_rows));
}

static void shape_cell(struct doc_table *t, const struct grower *g)
{
	char buf[UNITS_LEN];

	switch (g->shape) {
	case SHAPE_STEADY:
		doc_cell_fmt(t, "steady, %s/s", fmt_bytes(g->rate_bytes, buf, sizeof(buf)));
		break;
	case SHAPE_BURST:
		doc_cell_fmt(t, "burst of %s", fmt_ns(g->burst_ns, buf, sizeof(buf)));
		break;
	case SHAPE_FLAT:
		doc_cell(t, "flat");
		break;
	default:
		doc_cell(t, "seen too briefly");
	}
}

static void grower_row(struct doc_table *t, const struct grower *g)
{
	char buf[LABEL_LEN];

	doc_cell(t, task_mark(g->who.comm, g->who.pid, buf, sizeof(buf)));
	doc_cell(t, fmt_bytes_signed(grower_growth(g), buf, sizeof(buf)));
	doc_cell(t, fmt_ns(g->to_ns - g->from_ns, buf, sizeof(buf)));
	doc_cell_bytes(t, g->last_bytes);
	doc_cell(t, fmt_bytes_signed(g->anon_growth, buf, sizeof(buf)));
	doc_cell(t, fmt_bytes_signed(g->shmem_growth, buf, sizeof(buf)));
	doc_cell(t, fmt_bytes_signed(g->swap_growth, buf, sizeof(buf)));
	shape_cell(t, g);
	doc_cell(t, g->killed ? "killed" : "");
}

static void others_para(struct doc *d, const struct report *r)
{
	struct para p = {0};
	char buf[UNITS_LEN];

	if (!r->others_processes)
		return;
	para_add(&p, "%llu other%s, without a history of their own for lack of room, together %s.",
		 (unsigned long long)r->others_processes, plural_s(r->others_processes),
		 fmt_bytes_signed(r->others_growth, buf, sizeof(buf)));
	doc_para(d, p.s);
}

void part_growers(struct doc *d, const struct report *r)
{
	static const struct table_col cols[] = {
		{"process", ALIGN_LEFT, 12}, {"grew by", ALIGN_RIGHT, 0},
		{"in", ALIGN_RIGHT, 0},	     {"to", ALIGN_RIGHT, 0},
		{"anon", ALIGN_RIGHT, 0},    {"shared", ALIGN_RIGHT, 0},
		{"swap", ALIGN_RIGHT, 0},    {"how", ALIGN_LEFT, 0},
		{"mark", ALIGN_LEFT, 0},
	};
	struct doc_table t;

	if (r->ngrowers == 0) {
		if (r->nsamples)
			doc_para(d, "No process was seen to grow.");
	} else {
		doc_caption(d, "Who grew (resident and in swap): steady is a leak or a working set "
			       "that fills, a burst came at once");
		doc_table_begin(&t, d, cols, ARRAY_LEN(cols));
		for (int i = 0; i < r->ngrowers; i++)
			grower_row(&t, &r->growers[i]);
		doc_table_end(&t);
	}
	others_para(d, r);
}
