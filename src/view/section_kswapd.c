/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The section of the page about reclaim in the background, and what it spared the tasks.
 *
 * Layer: view, private to it (render.h).
 */
#include "table.h"

static void kswapd_row(struct table *t, const struct model *m, const struct kswapd_stats *k)
{
	char buf[LABEL_LEN];

	table_fmt(t, "%d", k->nid);
	table_count(t, k->wakes);
	table_count(t, k->runs);
	table_ms(t, k->active_ns);
	table_cell(t, fmt_percent(k->active_ns, model_elapsed_ns(m), buf, sizeof(buf)));
	table_count(t, k->wakeups);
	table_cell(t, k->wakeups ? task_label(k->waker_comm, k->waker_tgid, buf, sizeof(buf)) : "");
}

/* "pages reclaimed per page looked at": what reclaim's work was good for. */
static void efficiency_print(struct view *v, const char *who, enum host_counter scanned,
			     enum host_counter stolen)
{
	char a[UNITS_LEN], b[UNITS_LEN], c[UNITS_LEN];
	uint64_t scan, steal;

	if (!model_host_growth(v->model, scanned, &scan) ||
	    !model_host_growth(v->model, stolen, &steal) || !scan)
		return;
	fprintf(v->out, "  %s reclaimed %s of the %s pages it scanned (%s %%)\n", who,
		fmt_count(steal, a, sizeof(a)), fmt_count(scan, b, sizeof(b)),
		fmt_percent(steal, scan, c, sizeof(c)));
}

/* When tasks had to reclaim themselves, what did kswapd of their node do? */
static void kswapd_join_print(struct view *v)
{
	static const char *const did[KSWAPD_VERDICTS] = {
		[KSWAPD_DID_UNKNOWN] = "what it did is not known",
		[KSWAPD_DID_SLEEP] = "not woken",
		[KSWAPD_DID_LATE] = "woken too late",
		[KSWAPD_DID_WORK] = "at work already",
		[KSWAPD_DID_GIVE_UP] = "it had given up, having reclaimed nothing",
	};
	const struct stall_stats *s = model_stalls(v->model);
	char buf[UNITS_LEN];
	bool any = false;

	for (int i = KSWAPD_VERDICTS - 1; i >= 0; i--) {
		if (!s->kswapd[i])
			continue;
		fprintf(v->out, "%s%s in %s", any ? ", " : "  when tasks stalled it was: ", did[i],
			fmt_count(s->kswapd[i], buf, sizeof(buf)));
		any = true;
	}
	if (any)
		fputc('\n', v->out);
}

void kswapd_section(struct view *v)
{
	static const struct table_col cols[] = {
		{"node", ALIGN_RIGHT, 0},	  {"wakes", ALIGN_RIGHT, 0},
		{"runs", ALIGN_RIGHT, 0},	  {"active ms", ALIGN_RIGHT, 0},
		{"% time", ALIGN_RIGHT, 0},	  {"woken by tasks", ALIGN_RIGHT, 0},
		{"most recently", ALIGN_LEFT, 0},
	};
	struct kswapd_stats nodes[MODEL_NODES];
	int n = model_kswapd(v->model, nodes, MODEL_NODES);
	struct table t;

	if (n == 0)
		return;
	heading_print(v, "kswapd (reclaim in the background)");
	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n; i++)
		kswapd_row(&t, v->model, &nodes[i]);
	table_end(&t);
	kswapd_join_print(v);
	efficiency_print(v, "kswapd", HOST_PGSCAN_KSWAPD, HOST_PGSTEAL_KSWAPD);
	efficiency_print(v, "direct reclaim", HOST_PGSCAN_DIRECT, HOST_PGSTEAL_DIRECT);
}
