/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Major faults, one by one: latency and class, per process and of the whole run.
 *
 * Layer: model, private (model_faults() is public).
 */
#include "model_impl.h"

static bool churned(const struct model *m, const struct ev_fault *ev)
{
	return ev->class == FAULT_SWAP && ev->away_ns && ev->away_ns < m->opts.churn_ns;
}

static void fault_stats_add(const struct model *m, struct fault_stats *s, const struct ev_fault *ev)
{
	s->count[ev->class]++;
	s->churned += churned(m, ev);
	if (ev->class == FAULT_SWAP && ev->away_ns)
		hist_add(&s->away, ev->away_ns);
	s->guessed += !!(ev->flags & FAULT_F_GUESSED);
	s->refaults += is_refault(ev);
	if (ev->flags & FAULT_F_UNTIMED) {
		s->untimed++;
		return;
	}
	hist_add(&s->timed[ev->class], ev->duration_ns);
}

void fault_stats_merge(struct fault_stats *into, const struct fault_stats *from)
{
	for (int i = 0; i < FAULT_CLASSES; i++) {
		hist_merge(&into->timed[i], &from->timed[i]);
		into->count[i] += from->count[i];
	}
	into->untimed += from->untimed;
	into->guessed += from->guessed;
	into->refaults += from->refaults;
	hist_merge(&into->away, &from->away);
	into->churned += from->churned;
}

struct hist faults_timed(const struct fault_stats *f)
{
	struct hist all = {0};

	for (int i = 0; i < FAULT_CLASSES; i++) {
		if (f->timed[i].count)
			hist_merge(&all, &f->timed[i]);
	}
	return all;
}

void on_fault(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_fault *ev = (const struct ev_fault *)hdr;
	struct process_details *d = NULL;
	struct cgroup *cg;
	struct proc *p;

	growth_swapin(m, ev);
	pressure_fault(m, ev);
	if (!filter_admit(m, &ev->task, &p))
		return;
	fault_stats_add(m, &m->faults, ev);
	if (is_refault(ev))
		hist_add(&m->refault_away, ev->away_ns);
	if (m->opts.max_ustacks && (ev->ustack || signal_runs(m, "fault.ustack")))
		ustack_count(m, &ev->task, ev->ustack, USTACK_MAJOR, 1, ev->duration_ns);
	cg = cgroup_get(m, ev->task.cgroup);
	if (cg)
		cg->stats.majfaults++;
	if (p)
		d = process_details(m, p);
	if (!d)
		m->loss.details_full++;
	fault_stats_add(m, d ? &d->faults : &m->others.faults, ev);
	if (p && ev->class == FAULT_SWAP) {
		p->pub.swapin_faults++;
		p->pub.churned += churned(m, ev);
		p->pub.swapin_ns += ev->flags & FAULT_F_UNTIMED ? 0 : ev->duration_ns;
	}
	if (ev->ino && ev->class != FAULT_SWAP)
		file_fault(m, p, ev);
}

const struct fault_stats *model_faults(const struct model *m)
{
	return &m->faults;
}

const struct hist *model_refaults_away(const struct model *m)
{
	return &m->refault_away;
}
