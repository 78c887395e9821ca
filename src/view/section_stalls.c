/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The section of the page about who waited for reclaim.
 *
 * Layer: view, private to it (render.h).
 */
#include <stdlib.h>
#include "ascii_hist.h"
#include "table.h"

#define MAX_CGROUPS 256

/* "memcg", "direct+compaction": the kinds that occurred, in the order of enum stall_kind. */
static const char *kinds_label(const struct stall_stats *s, char *buf, size_t cap)
{
	size_t len = 0;

	buf[0] = '\0';
	for (int k = 0; k < STALL_KINDS && len < cap; k++) {
		if (s->kind_count[k])
			len += (size_t)snprintf(buf + len, cap - len, "%s%s", len ? "+" : "",
						stall_kind_names[k]);
	}
	return buf;
}

static void stalls_row(struct table *t, const struct model *m, const struct process *p)
{
	const struct stall_stats *s = &p->details->stalls;
	char buf[NAME_LEN];

	table_name(t, p->comm, "?");
	table_fmt(t, "%u", p->tgid);
	table_count(t, s->all.count);
	table_ms(t, s->all.total_ns);
	table_cell(t, fmt_percent(s->all.total_ns, model_elapsed_ns(m), buf, sizeof(buf)));
	table_ms(t, hist_quantile(&s->all, 0.50));
	table_ms(t, hist_quantile(&s->all, 0.95));
	table_ms(t, hist_quantile(&s->all, 0.99));
	table_ms(t, s->all.max_ns);
	table_count(t, s->reclaimed_pages);
	table_cell(t, kinds_label(s, buf, sizeof(buf)));
	table_cell(t, cgroup_label(m, p->cgroup, buf, sizeof(buf)));
}

static bool has_stalls(const struct process *p)
{
	return p->details && p->details->stalls.all.count;
}

/* The processes that did not get a row, in one line. */
static void stalls_rest(struct view *v, uint64_t processes, uint64_t count, uint64_t ns)
{
	char n[UNITS_LEN], ms[UNITS_LEN];

	if (count)
		fprintf(v->out, "  and %llu more process%s: %s stalls, %s ms in all\n",
			(unsigned long long)processes, processes == 1 ? "" : "es",
			fmt_count(count, n, sizeof(n)), fmt_ms(ns, ms, sizeof(ms)));
}

static void stalls_table(struct view *v)
{
	static const struct table_col cols[] = {
		{"process", ALIGN_LEFT, 10}, {"pid", ALIGN_RIGHT, 0},
		{"stalls", ALIGN_RIGHT, 0},  {"total ms", ALIGN_RIGHT, 0},
		{"% time", ALIGN_RIGHT, 0},  {"p50 ms", ALIGN_RIGHT, 0},
		{"p95 ms", ALIGN_RIGHT, 0},  {"p99 ms", ALIGN_RIGHT, 0},
		{"max ms", ALIGN_RIGHT, 0},  {"pages", ALIGN_RIGHT, 0},
		{"kinds", ALIGN_LEFT, 8},    {"cgroup", ALIGN_PATH, 8},
	};
	const struct stall_stats *all = model_stalls(v->model);
	uint64_t count = all->all.count, ns = all->all.total_ns;
	const struct process **list;
	int n = processes_list(v->model, BY_STALL_TIME, &list), rows = 0, rest = 0;
	struct table t;

	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n && has_stalls(list[i]); i++) {
		if (rows == view_rows(v)) {
			rest++;
			continue;
		}
		rows++;
		stalls_row(&t, v->model, list[i]);
		count -= list[i]->details->stalls.all.count;
		ns -= list[i]->details->stalls.all.total_ns;
	}
	table_end(&t);
	if (model_others(v->model)->stalls.all.count)
		rest += (int)model_others(v->model)->processes;
	stalls_rest(v, (uint64_t)rest, count, ns);
	free(list);
}

static bool cgroup_counts(const struct cgroup_stats *c)
{
	return c->stalls || c->forced_stalls || c->oom_kills;
}

/* Sizes that are 0 when unknown. */
static void size_cell(struct table *t, uint64_t bytes)
{
	table_bytes(t, bytes ? bytes : EV_ABSENT);
}

static void cgroups_row(struct table *t, const struct model *m, const struct cgroup_stats *c)
{
	char buf[NAME_LEN];

	table_cell(t, cgroup_label(m, c->id, buf, sizeof(buf)));
	table_count(t, c->stalls);
	table_ms(t, c->stall_ns);
	table_count(t, c->forced_stalls);
	table_ms(t, c->forced_ns);
	size_cell(t, c->limit_bytes);
	size_cell(t, c->usage_bytes);
	table_count(t, c->oom_kills);
}

/* Where the tasks were, and whose limit made them wait: worth a table if it is not all one. */
static void cgroups_table(struct view *v)
{
	static const struct table_col cols[] = {
		{"cgroup", ALIGN_PATH, 16},    {"stalls", ALIGN_RIGHT, 0},
		{"total ms", ALIGN_RIGHT, 0},  {"forced", ALIGN_RIGHT, 0},
		{"forced ms", ALIGN_RIGHT, 0}, {"limit", ALIGN_RIGHT, 0},
		{"usage", ALIGN_RIGHT, 0},     {"OOM kills", ALIGN_RIGHT, 0},
	};
	const struct cgroup_stats *list[MAX_CGROUPS];
	int n = model_cgroups(v->model, list, MAX_CGROUPS), relevant = 0;
	bool forced = false;
	struct table t;

	n = n < MAX_CGROUPS ? n : MAX_CGROUPS;
	for (int i = 0; i < n; i++) {
		relevant += cgroup_counts(list[i]);
		forced |= list[i]->forced_stalls > 0;
	}
	if (relevant < 2 && !forced)
		return;
	fputs("\n  stalls of a cgroup's tasks, and those that its limit forced on them or others\n",
	      v->out);
	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n; i++) {
		if (cgroup_counts(list[i]))
			cgroups_row(&t, v->model, list[i]);
	}
	table_end(&t);
}

/* A stall is counted when it ends: those that have not are no part of any figure. */
static void open_print(struct view *v)
{
	uint64_t oldest, n = model_open_stalls(v->model, &oldest);
	char buf[UNITS_LEN];

	if (n)
		fprintf(v->out,
			"\n  Not in these figures: %llu stall%s that had not ended, the oldest "
			"after %s\n",
			(unsigned long long)n, n == 1 ? "" : "s", fmt_ns(oldest, buf, sizeof(buf)));
}

void stalls_section(struct view *v)
{
	const struct stall_stats *all = model_stalls(v->model);
	char n[UNITS_LEN], total[UNITS_LEN], max[UNITS_LEN];

	if (all->all.count == 0) {
		proactive_list(v);
		open_print(v);
		return;
	}
	heading_print(v, "Stalls: %s, %s in all, longest %s",
		      fmt_count(all->all.count, n, sizeof(n)),
		      fmt_ns(all->all.total_ns, total, sizeof(total)),
		      fmt_ns(all->all.max_ns, max, sizeof(max)));
	stalls_table(v);
	causes_table(v);
	cgroups_table(v);
	cgroup_causes_table(v);
	longest_list(v);
	stacks_list(v);
	fputc('\n', v->out);
	ascii_hist_print(v->out, "  ", &all->all);
	proactive_list(v);
	open_print(v);
}
