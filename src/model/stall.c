/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls: per process, per cgroup on both sides, and of the whole run.
 *
 * Layer: model, private (model_stalls() is public). A stall that began before the trace is kept
 * whole: the task did wait that long.
 */
#include "model_impl.h"

static void stall_stats_add(struct stall_stats *s, const struct ev_stall *ev)
{
	if (!s->all.count || ev->duration_ns > s->all.max_ns)
		s->longest_end_ns = ev->hdr.time_ns;
	if (ev->target_cgroup && (!s->target_cgroup || ev->duration_ns > s->target_ns)) {
		s->target_cgroup = ev->target_cgroup;
		s->target_ns = ev->duration_ns;
	}
	hist_add(&s->all, ev->duration_ns);
	s->kind_count[ev->kind]++;
	s->kind_ns[ev->kind] += ev->duration_ns;
	s->reclaimed_pages += ev->reclaimed_pages;
}

void stall_stats_merge(struct stall_stats *into, const struct stall_stats *from)
{
	if (!from->all.count)
		return;
	if (!into->all.count || from->all.max_ns > into->all.max_ns)
		into->longest_end_ns = from->longest_end_ns;
	if (from->target_cgroup && (!into->target_cgroup || from->target_ns > into->target_ns)) {
		into->target_cgroup = from->target_cgroup;
		into->target_ns = from->target_ns;
	}
	hist_merge(&into->all, &from->all);
	for (int i = 0; i < STALL_KINDS; i++) {
		into->kind_count[i] += from->kind_count[i];
		into->kind_ns[i] += from->kind_ns[i];
	}
	into->reclaimed_pages += from->reclaimed_pages;
}

static void stall_cgroups(struct model *m, const struct ev_stall *ev)
{
	struct cgroup *cg = cgroup_get(m, ev->task.cgroup);

	if (cg) {
		cg->stats.stalls++;
		cg->stats.stall_ns += ev->duration_ns;
	}
	cg = cgroup_get(m, ev->target_cgroup);
	if (!cg)
		return;
	cg->stats.forced_stalls++;
	cg->stats.forced_ns += ev->duration_ns;
	if (ev->limit_bytes) {
		cg->stats.limit_bytes = ev->limit_bytes;
		cg->stats.usage_bytes = ev->usage_bytes;
	}
}

static void stall_remember(struct model *m, const struct ev_stall *ev)
{
	m->recent[m->nrecent++ % RECENT_STALLS] = (struct recent_stall){
		.time_ns = ev->hdr.time_ns,
		.tid = ev->task.tid,
		.order = ev->order,
		.gfp = ev->gfp,
	};
}

/* The latest stall of a thread in the second before a time; NULL if there was none. */
const struct recent_stall *stall_recent(const struct model *m, uint32_t tid, uint64_t before_ns)
{
	uint32_t n = m->nrecent < RECENT_STALLS ? m->nrecent : RECENT_STALLS;

	for (uint32_t i = 1; i <= n; i++) {
		const struct recent_stall *r = &m->recent[(m->nrecent - i) % RECENT_STALLS];

		if (r->tid == tid && r->time_ns <= before_ns && before_ns - r->time_ns < NS_PER_S)
			return r;
	}
	return NULL;
}

void on_stall(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_stall *ev = (const struct ev_stall *)hdr;
	struct process_details *d = NULL;
	struct proc *p;

	stall_remember(m, ev);
	if (!filter_admit(m, &ev->task, &p))
		return;
	stall_stats_add(&m->stalls, ev);
	stall_cgroups(m, ev);
	if (p)
		d = process_details(m, p);
	if (!d)
		m->loss.details_full++;
	stall_stats_add(d ? &d->stalls : &m->others.stalls, ev);
}

const struct stall_stats *model_stalls(const struct model *m)
{
	return &m->stalls;
}
