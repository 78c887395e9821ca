/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of the page's section on stalls that say why they lasted: causes by process and cgroup, the
 * longest ones, where tasks slept, what was asked for.
 *
 * Layer: view, private to it (render.h).
 */
#include <stdlib.h>
#include <string.h>
#include "causes.h"
#include "table.h"

#define MAX_CGROUPS	256
#define STACK_BRIEF	160
#define STACK_PROCESSES 5
#define STACKS		3 /* of one process */

static void cause_cells(struct table *t, const struct stall_stats *s)
{
	char buf[UNITS_LEN];

	for (int c = 0; c < STALL_CAUSES; c++)
		table_cell(t, fmt_percent(s->cause_ns[c], s->split_ns, buf, sizeof(buf)));
}

/* What is behind the larger of the causes that have a reason of their own. */
static const char *because(const struct model *m, const struct stall_stats *s, char *buf,
			   size_t cap)
{
	const struct ev_shrinker *top = shrinker_top(s->shrinker, MODEL_SHRINKERS);
	enum throttle_reason reason = throttle_top(s->throttle_ns);

	if (reason != THROTTLE_NONE && s->throttle_ns[reason] >= top->ns)
		snprintf(buf, cap, "throttled: %s", throttle_reason_names[reason]);
	else if (top->callback && top->ns >= s->split_ns / 100)
		return shrinker_label(m, top, buf, cap);
	else
		return "";
	return buf;
}

#define CAUSE_COLS                                                                                 \
	{"cpu %", ALIGN_RIGHT, 0}, {"slab %", ALIGN_RIGHT, 0}, {"throttled %", ALIGN_RIGHT, 0},    \
		{"io %", ALIGN_RIGHT, 0}, {"blocked %", ALIGN_RIGHT, 0},                           \
	{                                                                                          \
		"runqueue %", ALIGN_RIGHT, 0                                                       \
	}

void causes_table(struct view *v)
{
	static const struct table_col cols[] = {
		{"process", ALIGN_LEFT, 10},
		{"pid", ALIGN_RIGHT, 0},
		CAUSE_COLS,
		{"mostly", ALIGN_LEFT, 8},
	};
	const struct process **list;
	int n = processes_list(v->model, BY_STALL_TIME, &list), rows = view_rows(v);
	char buf[NAME_LEN];
	struct table t;

	if (!model_stalls(v->model)->split_ns) {
		free(list);
		return;
	}
	fputs("\n  what they waited for, in % of each one's stall time\n", v->out);
	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n && i < rows && list[i]->details; i++) {
		const struct stall_stats *s = &list[i]->details->stalls;

		if (!s->split_ns)
			continue;
		table_name(&t, list[i]->comm, "?");
		table_fmt(&t, "%u", list[i]->tgid);
		cause_cells(&t, s);
		table_cell(&t, because(v->model, s, buf, sizeof(buf)));
	}
	table_end(&t);
	free(list);
}

void cgroup_causes_table(struct view *v)
{
	static const struct table_col cols[] = {
		{"cgroup", ALIGN_PATH, 12}, {"stalls", ALIGN_RIGHT, 0}, {"p50 ms", ALIGN_RIGHT, 0},
		{"p95 ms", ALIGN_RIGHT, 0}, {"p99 ms", ALIGN_RIGHT, 0}, {"max ms", ALIGN_RIGHT, 0},
		{"cpu %", ALIGN_RIGHT, 0},  {"slab %", ALIGN_RIGHT, 0}, {"thr %", ALIGN_RIGHT, 0},
		{"io %", ALIGN_RIGHT, 0},   {"blk %", ALIGN_RIGHT, 0},	{"rq %", ALIGN_RIGHT, 0},
	};
	const struct cgroup_stats *list[MAX_CGROUPS];
	int n = model_cgroups(v->model, list, MAX_CGROUPS), rows = 0;
	char buf[NAME_LEN];
	struct table t;

	n = n < MAX_CGROUPS ? n : MAX_CGROUPS;
	for (int i = 0; i < n; i++)
		rows += list[i]->details != NULL;
	if (rows < 2)
		return; /* the table of processes says it */
	fputs("\n  stalls by the cgroup of the task (thr: throttled, blk: blocked, rq: run "
	      "queue)\n",
	      v->out);
	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n; i++) {
		const struct stall_stats *s = list[i]->details;

		if (!s)
			continue;
		table_cell(&t, cgroup_label(v->model, list[i]->id, buf, sizeof(buf)));
		table_count(&t, s->all.count);
		table_ms(&t, hist_quantile(&s->all, 0.50));
		table_ms(&t, hist_quantile(&s->all, 0.95));
		table_ms(&t, hist_quantile(&s->all, 0.99));
		table_ms(&t, s->all.max_ns);
		cause_cells(&t, s);
	}
	table_end(&t);
}

static const char *const kswapd_words[KSWAPD_VERDICTS] = {
	[KSWAPD_DID_SLEEP] = "kswapd was not woken",
	[KSWAPD_DID_LATE] = "kswapd was woken too late",
	[KSWAPD_DID_WORK] = "kswapd was at work",
	[KSWAPD_DID_GIVE_UP] = "kswapd had given up",
};

/* Whose memory it was short of: a cgroup's at its limit, or a node's and what kswapd did. */
static void shortage_write(struct para *p, const struct model *m, const struct long_stall *l)
{
	const struct ev_stall *ev = &l->ev;
	char a[NAME_LEN], b[UNITS_LEN], c[UNITS_LEN];

	if (ev->target_cgroup) {
		para_add(p, "; limit of %s", cgroup_label(m, ev->target_cgroup, a, sizeof(a)));
		if (ev->limit_bytes)
			para_add(p, ", %s of %s used", fmt_bytes(ev->usage_bytes, b, sizeof(b)),
				 fmt_bytes(ev->limit_bytes, c, sizeof(c)));
	}
	if (l->kswapd != KSWAPD_DID_UNKNOWN)
		para_add(p, "; %s", kswapd_words[l->kswapd]);
	if (l->free_bytes == EV_ABSENT)
		return;
	para_add(p, "; node %d had %s free", ev->node, fmt_bytes(l->free_bytes, b, sizeof(b)));
	para_add(p, " (watermarks: min %s,", fmt_bytes(l->min_bytes, b, sizeof(b)));
	para_add(p, " low %s,", fmt_bytes(l->low_bytes, b, sizeof(b)));
	para_add(p, " high %s)", fmt_bytes(l->high_bytes, b, sizeof(b)));
}

static void longest_print(struct view *v, const struct long_stall *l)
{
	const struct ev_stall *ev = &l->ev;
	struct para p = {0};
	char a[LABEL_LEN], b[UNITS_LEN], stack[STACK_BRIEF];

	fmt_time_local(wall_ns(v->model, ev->hdr.time_ns), a, sizeof(a));
	para_add(&p, "%s ", a);
	para_add(&p, "%s", task_label(ev->task.comm, ev->task.tgid, a, sizeof(a)));
	if (ev->task.tid != ev->task.tgid)
		para_add(&p, " thread %u", ev->task.tid);
	para_add(&p, " %s, %s", fmt_ns(ev->duration_ns, b, sizeof(b)), stall_kind_names[ev->kind]);
	if (ev->order)
		para_add(&p, " for order %u", ev->order);
	if (ev->split) {
		para_add(&p, ": ");
		stall_causes_write(&p, v->model, ev);
	}
	shortage_write(&p, v->model, l);
	if (ev->stack)
		para_add(&p, "; longest sleep %s in %s", fmt_ns(ev->sleep_ns, b, sizeof(b)),
			 stack_label(v->model, ev->stack, stack, sizeof(stack)));
	para_print(v->out, "    ", p.s, PAGE_WIDTH);
}

void longest_list(struct view *v)
{
	const struct long_stall *list[MODEL_LONGEST];
	int n = model_longest(v->model, list);

	if (!n)
		return;
	fprintf(v->out, "\n  the longest %s\n", n == 1 ? "one" : "ones");
	for (int i = 0; i < n; i++)
		longest_print(v, list[i]);
}

static void stacks_print(struct view *v, const struct process *p)
{
	struct sleep_stats list[STACKS];
	int n = model_sleeps(v->model, p, list, STACKS), shown = n < STACKS ? n : STACKS;
	char a[LABEL_LEN], b[UNITS_LEN], stack[STACK_LEN];

	if (!n)
		return;
	fprintf(v->out, "    %s", process_label(p, a, sizeof(a)));
	if (n > shown)
		fprintf(v->out, ", %d of %d places", shown, n);
	fputc('\n', v->out);
	for (int i = 0; i < shown; i++) {
		struct para line = {0};

		para_add(&line, "%s in %llu sleep%s (%s): ", fmt_ns(list[i].total_ns, b, sizeof(b)),
			 (unsigned long long)list[i].count, list[i].count == 1 ? "" : "s",
			 stall_cause_names[list[i].cause]);
		para_add(&line, "%s", stack_label(v->model, list[i].stack, stack, sizeof(stack)));
		para_print(v->out, "      ", line.s, PAGE_WIDTH);
	}
}

void stacks_list(struct view *v)
{
	const struct process **list;
	int n = processes_list(v->model, BY_STALL_TIME, &list), shown = 0;
	struct sleep_stats one;

	for (int i = 0; i < n && shown < STACK_PROCESSES && list[i]->details; i++) {
		if (!model_sleeps(v->model, list[i], &one, 1))
			continue;
		if (!shown++)
			fputs("\n  where they slept (kernel functions, innermost first)\n", v->out);
		stacks_print(v, list[i]);
	}
	free(list);
}

/* Reclaim that somebody asked for is no stall, but it takes memory from others all the same. */
void proactive_list(struct view *v)
{
	const struct stall_stats *s = model_proactive(v->model);
	const struct process **list;
	int n, named = 0;
	char a[NAME_LEN], b[UNITS_LEN], c[UNITS_LEN];
	struct para p = {0};

	if (!s->all.count)
		return;
	para_add(&p,
		 "Not among the stalls: reclaim that was asked for (memory.reclaim, "
		 "force_empty, a limit lowered), %s time%s, %s, %s pages",
		 fmt_count(s->all.count, a, sizeof(a)), s->all.count == 1 ? "" : "s",
		 fmt_ns(s->all.total_ns, b, sizeof(b)),
		 fmt_count(s->reclaimed_pages, c, sizeof(c)));
	if (s->target_cgroup)
		para_add(&p, ", from %s", cgroup_label(v->model, s->target_cgroup, a, sizeof(a)));
	n = processes_list(v->model, BY_STALL_TIME, &list);
	for (int i = 0; i < n && named < 3; i++) {
		if (list[i]->details && list[i]->details->proactive_count)
			para_add(&p, "%s%s", named++ ? ", " : ", by ",
				 process_label(list[i], a, sizeof(a)));
	}
	free(list);
	fputc('\n', v->out);
	para_print(v->out, "  ", p.s, PAGE_WIDTH);
}
