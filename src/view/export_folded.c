// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: view. Export as folded stacks, for flame graphs: microseconds that processes waited, of
 * stalls by cause and, with -K, kernel stack; of major faults by user stack or, without -U, by
 * class. A fault's wait has that of the stalls within it: the two are not to be added up.
 */
#include <stdlib.h>
#include "export_impl.h"

static const char *const what_names[] = {"stall", "major"};
enum { WHAT_STALL, WHAT_MAJOR };

/* One line; cause and frames may be NULL. Less than a microsecond is none. */
static void line(FILE *out, const char *comm, int what, const char *cause, const char *frames,
		 uint64_t ns)
{
	uint64_t us = ns / 1000 + (ns % 1000 >= 500);

	if (!us)
		return;
	folded_name(out, comm[0] ? comm : "?", EV_COMM_LEN);
	fprintf(out, "_[%s]", what_names[what]);
	if (cause)
		fprintf(out, ";%s", cause);
	if (frames)
		folded_frames(out, frames);
	fprintf(out, " %llu\n", (unsigned long long)us);
}

/* Sleeps with their stacks; left loses what they took. */
static void sleeps(const struct view *v, const struct process *p, uint64_t left[STALL_CAUSES])
{
	int n = model_sleeps(v->model, p, NULL, 0);
	struct sleep_stats *list = calloc((size_t)n + 1, sizeof(*list));

	n = list ? model_sleeps(v->model, p, list, n) : 0;
	for (int i = 0; i < n; i++) {
		uint64_t ns = list[i].total_ns, *of = &left[list[i].cause];
		const char *frames = list[i].stack ? model_stack(v->model, list[i].stack) : NULL;

		if (!frames)
			continue;
		/* Of a stall that was not counted, or not yet. */
		ns = ns < *of ? ns : *of;
		*of -= ns;
		line(v->out, p->comm, WHAT_STALL, stall_cause_names[list[i].cause], frames, ns);
	}
	free(list);
}

static void stalls(const struct view *v, const struct process *p, const char *comm,
		   const struct stall_stats *s)
{
	uint64_t left[STALL_CAUSES];

	for (int i = 0; i < STALL_CAUSES; i++)
		left[i] = s->cause_ns[i];
	if (p)
		sleeps(v, p, left);
	for (int i = 0; i < STALL_CAUSES; i++)
		line(v->out, comm, WHAT_STALL, stall_cause_names[i], NULL, left[i]);
	line(v->out, comm, WHAT_STALL, "unknown", NULL, s->all.total_ns - s->split_ns);
}

static void faults(const struct view *v, const struct process *p, const char *comm,
		   const struct fault_stats *f)
{
	int n = p ? model_ustacks(v->model, p, NULL, 0) : 0;
	struct ustack_stats *list = calloc((size_t)n + 1, sizeof(*list));
	uint64_t known = 0;

	n = list && n ? model_ustacks(v->model, p, list, n) : 0;
	for (int i = 0; i < n; i++) {
		if (list[i].what != USTACK_MAJOR)
			continue;
		known += list[i].total_ns;
		line(v->out, comm, WHAT_MAJOR, NULL, list[i].frames, list[i].total_ns);
	}
	free(list);
	for (int i = 0; i < FAULT_CLASSES && !known; i++)
		line(v->out, comm, WHAT_MAJOR, fault_class_names[i], NULL, f->timed[i].total_ns);
}

static void folded_end(struct exporter *x)
{
	const struct view *v = x->view;
	const struct others *others = model_others(v->model);
	const struct process **list;
	int n = processes_list(v->model, BY_STALL_TIME, &list);

	for (int i = 0; i < n; i++) {
		if (!list[i]->details)
			continue;
		stalls(v, list[i], list[i]->comm, &list[i]->details->stalls);
		faults(v, list[i], list[i]->comm, &list[i]->details->faults);
	}
	free(list);
	if (others->processes) {
		stalls(v, NULL, "others", &others->stalls);
		faults(v, NULL, "others", &others->faults);
	}
}

const struct export_form export_folded = {.end = folded_end};
