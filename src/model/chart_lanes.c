/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: model. Who has a lane in a chart; chart_impl.h is the contract. */
#include <stdlib.h>
#include <string.h>
#include "chart_impl.h"

static uint64_t lane_weight(const struct chart_lane *l)
{
	return l->before_ns + l->stall_ns + l->fault_ns;
}

/* What the model knows a process to have waited in all. */
static uint64_t process_weight(const struct model *m, const struct ev_task *t)
{
	const struct process *p = model_process(m, t->tgid, t->start_ns);
	uint64_t sum;

	if (!p || !p->details)
		return 0;
	sum = p->details->stalls.all.total_ns;
	for (int i = 0; i < FAULT_CLASSES; i++)
		sum += p->details->faults.timed[i].total_ns;
	return sum;
}

static void lane_begin(struct chart_lane *l, const struct chart *c, uint64_t since_ns)
{
	struct chart_cell *cell = l->cell;

	memset(cell, 0, (size_t)c->n * sizeof(*cell));
	*l = (struct chart_lane){.cell = cell, .since_ns = since_ns};
}

static struct chart_lane *least_lane(struct chart_lane *lanes, int n)
{
	struct chart_lane *least = lanes;

	for (int i = 1; i < n; i++)
		least = lane_weight(&lanes[i]) < lane_weight(least) ? &lanes[i] : least;
	return least;
}

struct chart_lane *chart_process_lane(struct chart *c, const struct model *m, uint64_t now_ns,
				      const struct ev_task *t)
{
	struct chart_lane *l;

	for (int i = 0; i < c->nprocesses; i++) {
		if (c->process[i].tgid == t->tgid && c->process[i].start_ns == t->start_ns)
			return &c->process[i];
	}
	if (c->nprocesses < CHART_PROCESSES) {
		l = &c->process[c->nprocesses++];
		lane_begin(l, c, 0);
	} else {
		uint64_t weight = process_weight(m, t);

		l = least_lane(c->process, c->nprocesses);
		if (weight / 5 * 4 <= lane_weight(l))
			return NULL;
		lane_begin(l, c, now_ns);
		l->before_ns = weight;
	}
	l->tgid = t->tgid;
	l->start_ns = t->start_ns;
	memcpy(l->comm, t->comm, EV_COMM_LEN);
	return l;
}

struct chart_lane *chart_cgroup_lane(struct chart *c, uint64_t id)
{
	if (!id)
		return NULL;
	for (int i = 0; i < c->ncgroups; i++) {
		if (c->cgroup[i].cgroup == id)
			return &c->cgroup[i];
	}
	if (c->ncgroups == CHART_CGROUPS)
		return NULL;
	lane_begin(&c->cgroup[c->ncgroups], c, 0);
	c->cgroup[c->ncgroups].cgroup = id;
	return &c->cgroup[c->ncgroups++];
}

static int by_weight(const void *a, const void *b)
{
	uint64_t x = lane_weight(*(const struct chart_lane *const *)a);
	uint64_t y = lane_weight(*(const struct chart_lane *const *)b);

	return (x < y) - (x > y);
}

static int lanes_sorted(const struct chart_lane *lanes, int n, const struct chart_lane **out,
			int max)
{
	const struct chart_lane *list[CHART_PROCESSES] = {NULL};

	for (int i = 0; i < n; i++)
		list[i] = &lanes[i];
	qsort(list, (size_t)n, sizeof(list[0]), by_weight);
	for (int i = 0; i < n && i < max; i++)
		out[i] = list[i];
	return n;
}

int chart_processes(const struct chart *c, const struct chart_lane **out, int max)
{
	return lanes_sorted(c->process, c->nprocesses, out, max);
}

int chart_cgroups(const struct chart *c, const struct chart_lane **out, int max)
{
	return lanes_sorted(c->cgroup, c->ncgroups, out, max);
}
