/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions of view.h: each chooses text or JSON, and what a command says at its end.
 *
 * Layer: view; called by cli.
 */
#include <stdlib.h>
#include <string.h>
#include "ascii_hist.h"
#include "render.h"

#define MAX_PORTRAITS 5 /* processes with a histogram of their own at the end of `faults` */

void view_summary(struct view *v)
{
	if (v->json)
		summary_json(v);
	else
		summary_text(v);
}

void view_stalls_end(struct view *v)
{
	if (v->json) {
		end_json(v);
		return;
	}
	if (model_stalls(v->model)->all.count == 0)
		heading_print(v, "No stalls.");
	stalls_section(v);
	losses_section(v);
}

void view_faults_interval(struct view *v)
{
	if (v->json)
		faults_interval_json(v);
	else
		faults_interval_text(v);
}

void view_swap_interval(struct view *v)
{
	if (v->json)
		swap_interval_json(v);
	else
		swap_interval_text(v);
}

static bool has_majfaults(const struct process *p)
{
	return process_majfaults(p) > 0;
}

/* An object per process that has what the command is about. */
static void processes_end_json(struct view *v, enum process_order order,
			       bool (*relevant)(const struct process *))
{
	const struct process **list;
	int n = processes_list(v->model, order, &list);
	struct json j;

	json_begin(&j, v->out);
	for (int i = 0; i < n; i++) {
		if (!relevant(list[i]))
			continue;
		process_json(&j, v->model, list[i], true);
		json_end_line(&j);
	}
	free(list);
	end_json(v);
}

static bool has_latencies(const struct process *p)
{
	return p->details && faults_timed(&p->details->faults).count;
}

static void portrait(struct view *v, const struct process *p)
{
	char who[LABEL_LEN];

	heading_print(v, "Major-fault latency of %s", process_label(p, who, sizeof(who)));
	class_histograms(v, &p->details->faults);
	files_table(v, p);
}

/*
 * Latencies of the processes that faulted most, and the files behind them. The only one that
 * faulted is no different from the whole.
 */
static void portraits(struct view *v)
{
	const struct process **list;
	int n = processes_list(v->model, BY_MAJOR_FAULTS, &list), timed = 0, shown = 0;

	for (int i = 0; i < n; i++)
		timed += has_latencies(list[i]);
	for (int i = 0; i < n && timed > 1 && shown < MAX_PORTRAITS; i++) {
		if (!has_latencies(list[i]))
			continue;
		portrait(v, list[i]);
		shown++;
	}
	if (timed > 1 && timed > shown)
		fprintf(v->out, "\n%d more processes had major faults\n", timed - shown);
	free(list);
}

void view_faults_end(struct view *v)
{
	if (v->json) {
		processes_end_json(v, BY_MAJOR_FAULTS, has_majfaults);
		return;
	}
	faults_section(v);
	portraits(v);
	ustacks_section(v);
	losses_section(v);
}

void view_swap_end(struct view *v)
{
	if (v->json) {
		processes_end_json(v, BY_SWAP, process_swapped);
		return;
	}
	swap_section(v);
	losses_section(v);
}

void view_oom_end(struct view *v)
{
	if (v->json) {
		end_json(v);
		return;
	}
	if (v->lines == 0)
		fprintf(v->out, "No OOM kill was seen.\n");
	losses_section(v);
}
