/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables of the last interval (faults, swap), as text. Rates are per second of the interval as
 * it was, not as it was meant to be.
 *
 * Layer: view, private to it (render.h).
 */
#include <stdlib.h>
#include <string.h>
#include "para.h"
#include "table.h"

/* Things per second of the last interval. */
static void rate_cell(struct table *t, const struct model *m, uint64_t n)
{
	uint64_t ns = model_interval_ns(m);

	if (ns == 0)
		table_cell(t, "-");
	else
		table_fmt(t, "%.1f", (double)n * 1e9 / (double)ns);
}

/* " name N" when the host counter is known for the last interval. */
static void host_part(struct view *v, const char *name, enum host_counter c)
{
	uint64_t n;
	char buf[UNITS_LEN];

	if (model_host_interval(v->model, c, &n))
		fprintf(v->out, "  %s %s", name, fmt_count(n, buf, sizeof(buf)));
}

static void interval_heading(struct view *v)
{
	char when[UNITS_LEN], span[UNITS_LEN];

	if (v->lines++)
		fputc('\n', v->out);
	fprintf(v->out, "%s%s%s  (%s)", tone_on(v, TONE_BOLD),
		fmt_time_local(wall_ns(v->model, model_now_ns(v->model)), when, sizeof(when)),
		tone_off(v, TONE_BOLD), fmt_ns(model_interval_ns(v->model), span, sizeof(span)));
}

static void rest_line(struct view *v, int rest, const char *one, const char *many)
{
	if (rest > 0)
		fprintf(v->out, "  and %d more %s\n", rest, rest == 1 ? one : many);
}

static void state_cell(struct table *t, char state)
{
	if (state)
		table_name(t, (const char[]){state, '\0'}, "");
	else
		table_cell(t, "-");
}

static void memory_cells(struct table *t, const struct process *p, uint64_t bytes, int64_t growth)
{
	if (p->sampled) {
		table_bytes(t, bytes);
		table_growth(t, growth);
	} else {
		table_cell(t, "-");
		table_cell(t, "-");
	}
}

static void faults_row(struct table *t, const struct model *m, const struct process *p)
{
	table_name(t, p->comm, "?");
	table_fmt(t, "%u", p->tgid);
	rate_cell(t, m, p->min_flt_delta);
	rate_cell(t, m, p->maj_flt_delta);
	table_count(t, p->min_flt);
	table_count(t, p->maj_flt);
	memory_cells(t, p, process_rss(p), p->rss_delta_bytes);
	table_bytes(t, p->sampled ? p->swap_bytes : EV_ABSENT);
	state_cell(t, p->state);
}

bool process_fault_active(const struct process *p)
{
	return p->min_flt_delta || p->maj_flt_delta;
}

/* The order that -S asks for, else the command's own. */
static enum process_order interval_order(const struct view *v, enum process_order otherwise)
{
	static const enum process_order orders[SORTS] = {
		[SORT_MAJOR] = BY_MAJOR_FAULTS_DELTA,
		[SORT_MINOR] = BY_MINOR_FAULTS_DELTA,
		[SORT_RSS] = BY_RSS,
		[SORT_GROWTH] = BY_RSS_DELTA,
		[SORT_SWAP] = BY_SWAP_SIZE,
		[SORT_SWAP_GROWTH] = BY_SWAP_SIZE_DELTA,
		[SORT_IN] = BY_SWAPINS_DELTA,
		[SORT_OUT] = BY_SWAPOUTS_DELTA,
		[SORT_PID] = BY_PID,
	};

	return v->sort == SORT_DEFAULT ? otherwise : orders[v->sort];
}

/* By a size or by PID all living ones are. */
static bool listed(const struct view *v, const struct process *p, bool active)
{
	switch (v->sort) {
	case SORT_RSS:
	case SORT_GROWTH:
	case SORT_SWAP:
	case SORT_SWAP_GROWTH:
	case SORT_PID:
		return active || !p->exited;
	default:
		return active;
	}
}

bool process_swap_active(const struct process *p)
{
	return p->swapin_delta || p->swapout_delta || p->fileout_delta || p->swap_delta_bytes;
}

static void swap_row(struct table *t, const struct model *m, const struct process *p)
{
	char buf[NAME_LEN];

	table_name(t, p->comm, "?");
	table_fmt(t, "%u", p->tgid);
	rate_cell(t, m, p->swapin_delta);
	if (p->swapin_delta)
		table_ms(t, p->swapin_ns_delta / p->swapin_delta);
	else
		table_cell(t, "-");
	rate_cell(t, m, p->churned_delta);
	rate_cell(t, m, p->swapout_delta);
	rate_cell(t, m, p->fileout_delta);
	memory_cells(t, p, p->swap_bytes, p->swap_delta_bytes);
	state_cell(t, p->state);
	table_cell(t, cgroup_label(m, p->cgroup, buf, sizeof(buf)));
}

/* Which processes a table of an interval is about. */
struct interval_rows {
	const struct view *v;
	bool (*active)(const struct process *p);
};

static bool rows_keep(const void *ctx, const struct process *p)
{
	const struct interval_rows *r = ctx;

	return listed(r->v, p, r->active(p));
}

int interval_list(const struct view *v, enum process_order otherwise,
		  bool (*active)(const struct process *p), const struct process ***list, int max)
{
	const struct interval_rows rows = {v, active};
	enum process_order order = interval_order(v, otherwise);
	int n = model_processes_if(v->model, order, rows_keep, &rows, NULL, 0);
	int kept = n < max ? n : max;

	*list = kept > 0 ? calloc((size_t)kept, sizeof(**list)) : NULL;
	if (*list)
		model_processes_if(v->model, order, rows_keep, &rows, *list, kept);
	return *list ? n : 0;
}

/* A table of those processes that had something to do in the interval. */
struct interval_table {
	enum process_order order;
	bool (*relevant)(const struct process *p);
	void (*row)(struct table *t, const struct model *m, const struct process *p);
	const struct table_col *cols;
	int ncols;
};

static void interval_print(struct view *v, const struct interval_table *it)
{
	const struct process **list;
	int n = interval_list(v, it->order, it->relevant, &list, view_rows(v));
	int rows = n < view_rows(v) ? n : view_rows(v);
	struct table t;

	table_begin(&t, v->out, "", it->cols, it->ncols);
	for (int i = 0; i < rows; i++)
		it->row(&t, v->model, list[i]);
	if (rows)
		table_end(&t);
	rest_line(v, n - rows, "process", "processes");
	free(list);
}

static void thread_row(struct table *t, const struct model *m, const struct thread_stats *s)
{
	table_name(t, s->tid ? s->comm : s->process->comm, "?");
	table_fmt(t, "%u", s->process->tgid);
	if (s->tid)
		table_fmt(t, "%u", s->tid);
	else
		table_cell(t, "others");
	rate_cell(t, m, s->min_flt_delta);
	rate_cell(t, m, s->maj_flt_delta);
	table_count(t, s->min_flt);
	table_count(t, s->maj_flt);
	state_cell(t, s->state);
}

int threads_list(const struct view *v, struct thread_stats **list)
{
	enum process_order order = interval_order(v, BY_MAJOR_FAULTS_DELTA);
	int n = model_threads(v->model, order, NULL, 0), kept = 0;

	*list = n > 0 ? calloc((size_t)n, sizeof(**list)) : NULL;
	if (!*list)
		return 0;
	model_threads(v->model, order, *list, n);
	for (int i = 0; i < n; i++) {
		const struct thread_stats *s = &(*list)[i];

		if (listed(v, s->process, s->min_flt_delta || s->maj_flt_delta))
			(*list)[kept++] = *s;
	}
	return kept;
}

static void threads_print(struct view *v)
{
	static const struct table_col cols[] = {
		{"COMM", ALIGN_LEFT, 15},     {"PID", ALIGN_RIGHT, 0},
		{"TID", ALIGN_RIGHT, 0},      {"MINFLT/s", ALIGN_RIGHT, 0},
		{"MAJFLT/s", ALIGN_RIGHT, 0}, {"MINFLT", ALIGN_RIGHT, 0},
		{"MAJFLT", ALIGN_RIGHT, 0},   {"S", ALIGN_LEFT, 0},
	};
	struct thread_stats *list;
	int n = threads_list(v, &list), rows = n < view_rows(v) ? n : view_rows(v);
	struct table t;

	table_begin(&t, v->out, "", cols, ARRAY_LEN(cols));
	for (int i = 0; i < rows; i++)
		thread_row(&t, v->model, &list[i]);
	if (rows)
		table_end(&t);
	rest_line(v, n - rows, "thread", "threads");
	free(list);
}

void faults_interval_text(struct view *v)
{
	static const struct table_col cols[] = {
		{"COMM", ALIGN_LEFT, 15},     {"PID", ALIGN_RIGHT, 0},
		{"MINFLT/s", ALIGN_RIGHT, 0}, {"MAJFLT/s", ALIGN_RIGHT, 0},
		{"MINFLT", ALIGN_RIGHT, 0},   {"MAJFLT", ALIGN_RIGHT, 0},
		{"RSS", ALIGN_RIGHT, 0},      {"CHANGE", ALIGN_RIGHT, 0},
		{"SWAP", ALIGN_RIGHT, 0},     {"S", ALIGN_LEFT, 0},
	};
	static const struct interval_table it = {
		BY_MAJOR_FAULTS_DELTA, process_fault_active, faults_row, cols, ARRAY_LEN(cols),
	};

	interval_heading(v);
	host_part(v, "host: faults", HOST_PGFAULT);
	host_part(v, "major", HOST_PGMAJFAULT);
	fputc('\n', v->out);
	if (v->threads)
		threads_print(v);
	else
		interval_print(v, &it);
}

/* ", NAME IN in OUT out" where there was any: pages that no device saw. */
static void apart(struct para *p, const struct model *m, const char *name, enum host_counter in,
		  enum host_counter out)
{
	uint64_t n_in = 0, n_out = 0;
	char a[UNITS_LEN], b[UNITS_LEN];

	model_host_interval(m, in, &n_in);
	model_host_interval(m, out, &n_out);
	if (n_in || n_out)
		para_add(p, "; %s %s in, %s out", name, fmt_count(n_in, a, sizeof(a)),
			 fmt_count(n_out, b, sizeof(b)));
}

static void area_part(struct para *p, const struct ev_swapdev *d)
{
	char name[4 * sizeof(d->name)], used[UNITS_LEN], size[UNITS_LEN], memory[UNITS_LEN];

	para_add(p, "; %s %s: %s of %s", swapdev_kind_names[d->kind],
		 text_safe(d->name, strnlen(d->name, sizeof(d->name)), name, sizeof(name)),
		 fmt_bytes(d->used_bytes, used, sizeof(used)),
		 fmt_bytes(d->size_bytes, size, sizeof(size)));
	if (d->memory_bytes != EV_ABSENT)
		para_add(p, ", taking %s", fmt_bytes(d->memory_bytes, memory, sizeof(memory)));
}

/* What went elsewhere than to a device, and how full those are. */
static void swap_where(struct view *v)
{
	const struct swap_area *areas;
	int n = model_swap_areas(v->model, &areas);
	struct para p = {0};

	apart(&p, v->model, "zswap", HOST_ZSWPIN, HOST_ZSWPOUT);
	apart(&p, v->model, "pages of zeros", HOST_SWPIN_ZERO, HOST_SWPOUT_ZERO);
	for (int i = 0; i < n; i++) {
		if (!areas[i].gone)
			area_part(&p, &areas[i].last);
	}
	if (p.len)
		para_print(v->out, "  ", p.s + 2, PAGE_WIDTH);
}

void swap_interval_text(struct view *v)
{
	static const struct table_col cols[] = {
		{"COMM", ALIGN_LEFT, 10},      {"PID", ALIGN_RIGHT, 0},
		{"SWAPIN/s", ALIGN_RIGHT, 0},  {"AVG(ms)", ALIGN_RIGHT, 0},
		{"CHURN/s", ALIGN_RIGHT, 0},   {"PGOUT/s", ALIGN_RIGHT, 0},
		{"FILEOUT/s", ALIGN_RIGHT, 0}, {"SWAP", ALIGN_RIGHT, 0},
		{"CHANGE", ALIGN_RIGHT, 0},    {"S", ALIGN_LEFT, 0},
		{"CGROUP", ALIGN_PATH, 8},
	};
	static const struct interval_table it = {
		BY_SWAP_DELTA, process_swap_active, swap_row, cols, ARRAY_LEN(cols),
	};
	const struct ev_host *h = model_host_last(v->model);
	char used[UNITS_LEN];

	interval_heading(v);
	host_part(v, "host: pages in", HOST_PSWPIN);
	host_part(v, "out", HOST_PSWPOUT);
	if (h && host_swap_used(h) != EV_ABSENT)
		fprintf(v->out, "  in use %s", fmt_bytes(host_swap_used(h), used, sizeof(used)));
	fputc('\n', v->out);
	swap_where(v);
	interval_print(v, &it);
}
