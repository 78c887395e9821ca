// SPDX-License-Identifier: GPL-2.0
/*
 * Section of the page about swap: who used it, whose pages went there and who wrote them, how soon
 * they came back, and where they were.
 *
 * Layer: view, private to it (render.h).
 */
#include <stdlib.h>
#include <string.h>
#include "para.h"
#include "table.h"

#define TOP_OWNERS 10

bool process_swapped(const struct process *p)
{
	return p->swapin_faults || p->swapout_pages || p->swap_bytes != p->swap_first_bytes;
}

static void swap_row(struct table *t, const struct model *m, const struct process *p)
{
	char buf[NAME_LEN];

	table_name(t, p->comm, "?");
	table_fmt(t, "%u", p->tgid);
	table_count(t, p->swapin_faults);
	table_ms(t, p->swapin_ns);
	if (p->details && p->details->faults.away.count)
		table_count(t, p->churned);
	else
		table_cell(t, "-");
	table_count(t, p->swapout_pages);
	if (p->sampled) {
		table_bytes(t, p->swap_bytes);
		table_growth(t, (int64_t)(p->swap_bytes - p->swap_first_bytes));
	} else {
		table_cell(t, "-");
		table_cell(t, "-");
	}
	table_cell(t, cgroup_label(m, p->cgroup, buf, sizeof(buf)));
}

static void swap_heading(struct view *v)
{
	uint64_t in, out;
	char a[UNITS_LEN], b[UNITS_LEN];

	if (model_host_growth(v->model, HOST_PSWPIN, &in) &&
	    model_host_growth(v->model, HOST_PSWPOUT, &out))
		heading_print(v, "Swap: %s pages in, %s out on the whole host",
			      fmt_count(in, a, sizeof(a)), fmt_count(out, b, sizeof(b)));
	else
		heading_print(v, "Swap");
}

/* Pages that were compressed into memory (zswap), or of which only that they are zero was kept. */
static void elsewhere_line(struct view *v, const char *what, enum host_counter in,
			   enum host_counter out)
{
	uint64_t n_in = 0, n_out = 0;
	char a[UNITS_LEN], b[UNITS_LEN];

	model_host_growth(v->model, in, &n_in);
	model_host_growth(v->model, out, &n_out);
	if (n_in || n_out)
		fprintf(v->out, "  %s: %s pages in, %s out besides\n", what,
			fmt_count(n_in, a, sizeof(a)), fmt_count(n_out, b, sizeof(b)));
}

static bool processes_table(struct view *v)
{
	static const struct table_col cols[] = {
		{"process", ALIGN_LEFT, 10},	    {"pid", ALIGN_RIGHT, 0},
		{"swap-in faults", ALIGN_RIGHT, 0}, {"wait ms", ALIGN_RIGHT, 0},
		{"churn", ALIGN_RIGHT, 0},	    {"pages written", ALIGN_RIGHT, 0},
		{"swap now", ALIGN_RIGHT, 0},	    {"growth", ALIGN_RIGHT, 0},
		{"cgroup", ALIGN_PATH, 8},
	};
	const struct process **list;
	int n = processes_list(v->model, BY_SWAP, &list), rows = 0;
	struct table t;

	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n && rows < view_rows(v); i++) {
		if (!process_swapped(list[i]))
			continue;
		if (rows++ == 0)
			swap_heading(v);
		swap_row(&t, v->model, list[i]);
	}
	if (rows)
		table_end(&t);
	free(list);
	return rows > 0;
}

static void churn_line(struct view *v)
{
	const struct fault_stats *f = model_faults(v->model);
	char known[UNITS_LEN], churned[UNITS_LEN], share[UNITS_LEN], limit[UNITS_LEN];
	char median[UNITS_LEN];
	struct para p = {0};

	if (!f->away.count)
		return;
	para_add(&p, "churn: of %s pages that came back from swap %s (%s %%) had been out for ",
		 fmt_count(f->away.count, known, sizeof(known)),
		 fmt_count(f->churned, churned, sizeof(churned)),
		 fmt_percent(f->churned, f->away.count, share, sizeof(share)));
	para_add(&p, "less than %s, the median for %s",
		 fmt_ns(model_churn_ns(v->model), limit, sizeof(limit)),
		 fmt_ns(hist_quantile(&f->away, 0.5), median, sizeof(median)));
	if (f->count[FAULT_SWAP] > f->away.count)
		para_add(&p, "; of %s more it is not known",
			 fmt_count(f->count[FAULT_SWAP] - f->away.count, known, sizeof(known)));
	para_print(v->out, "  ", p.s, PAGE_WIDTH);
}

static void owners_table(struct view *v)
{
	static const struct table_col cols[] = {
		{"pages swapped out of", ALIGN_PATH, 20},
		{"pages", ALIGN_RIGHT, 0},
		{"by kswapd", ALIGN_RIGHT, 0},
		{"own tasks", ALIGN_RIGHT, 0},
		{"others", ALIGN_RIGHT, 0},
	};
	struct owner_stats list[TOP_OWNERS];
	int n = model_swap_owners(v->model, list, TOP_OWNERS);
	struct table t;

	if (!n)
		return;
	fputc('\n', v->out);
	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n && i < TOP_OWNERS; i++) {
		const struct owner_stats *o = &list[i];
		char buf[NAME_LEN];

		table_cell(&t, o->cgroup ? cgroup_label(v->model, o->cgroup, buf, sizeof(buf))
					 : "(unknown)");
		table_count(&t, o->by_kswapd + o->by_own + o->by_other);
		table_count(&t, o->by_kswapd);
		table_count(&t, o->by_own);
		table_count(&t, o->by_other);
	}
	table_end(&t);
	if (n > TOP_OWNERS)
		fprintf(v->out, "  and %d more cgroups\n", n - TOP_OWNERS);
}

static void area_row(struct table *t, const struct swap_area *a)
{
	const struct ev_swapdev *d = &a->last;
	char name[sizeof(d->name) + 1];

	snprintf(name, sizeof(name), "%.*s", (int)sizeof(d->name), d->name);
	table_name(t, name, "?");
	table_cell(t, swapdev_kind_names[d->kind]);
	table_bytes(t, d->size_bytes);
	if (a->gone) {
		table_cell(t, "gone");
		table_cell(t, "-");
	} else {
		table_bytes(t, d->used_bytes);
		table_growth(t, (int64_t)(d->used_bytes - a->first.used_bytes));
	}
	table_bytes(t, d->stored_bytes);
	table_bytes(t, d->memory_bytes);
	if (d->stored_bytes == EV_ABSENT || d->memory_bytes == EV_ABSENT || !d->memory_bytes)
		table_cell(t, "-");
	else
		table_fmt(t, "%.1f", (double)d->stored_bytes / (double)d->memory_bytes);
}

static void areas_table(struct view *v)
{
	static const struct table_col cols[] = {
		{"swap area", ALIGN_PATH, 16},	  {"kind", ALIGN_LEFT, 0},
		{"size", ALIGN_RIGHT, 0},	  {"used", ALIGN_RIGHT, 0},
		{"growth", ALIGN_RIGHT, 0},	  {"stored", ALIGN_RIGHT, 0},
		{"memory taken", ALIGN_RIGHT, 0}, {"ratio", ALIGN_RIGHT, 0},
	};
	const struct swap_area *areas;
	int n = model_swap_areas(v->model, &areas);
	struct table t;

	if (!n)
		return;
	fputc('\n', v->out);
	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n; i++)
		area_row(&t, &areas[i]);
	table_end(&t);
}

void swap_section(struct view *v)
{
	bool shown = processes_table(v);

	if (!shown && !model_swap_owners(v->model, NULL, 0))
		return;
	if (!shown)
		swap_heading(v);
	elsewhere_line(v, "zswap", HOST_ZSWPIN, HOST_ZSWPOUT);
	elsewhere_line(v, "pages of zeros", HOST_SWPIN_ZERO, HOST_SWPOUT_ZERO);
	churn_line(v);
	owners_table(v);
	areas_table(v);
}
