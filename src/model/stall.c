/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls: per process, per cgroup on both sides, and of the whole run.
 *
 * Layer: model, private (the getters are public). A stall that began before the trace is kept
 * whole: the task did wait that long.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "history.h"
#include "model_impl.h"

#define LATE_NS 1000000 /* kswapd that had been awake for less came too late */

int stalls_init(struct model *m)
{
	m->cgroup_stalls = calloc(MODEL_CGROUP_STALLS, sizeof(*m->cgroup_stalls));
	return m->cgroup_stalls ? 0 : -ENOMEM;
}

void stalls_fini(struct model *m)
{
	free(m->cgroup_stalls);
}

static bool node_unreclaimable(const struct model *m, int32_t nid)
{
	for (int i = 0; i < m->nzones; i++) {
		if (m->zones[i].nid == nid && m->zones[i].unreclaimable)
			return true;
	}
	return false;
}

static enum kswapd_verdict kswapd_verdict(const struct model *m, const struct ev_stall *ev)
{
	if (ev->node >= 0 && node_unreclaimable(m, ev->node))
		return KSWAPD_DID_GIVE_UP;
	switch (ev->kswapd) {
	case KSWAPD_ASLEEP:
		return KSWAPD_DID_SLEEP;
	case KSWAPD_LATE:
		return KSWAPD_DID_LATE;
	case KSWAPD_AWAKE:
		return ev->kswapd_awake_ns < LATE_NS ? KSWAPD_DID_LATE : KSWAPD_DID_WORK;
	default:
		return KSWAPD_DID_UNKNOWN;
	}
}

/* To the slot of the same shrinker, or a free one, or that of a smaller one. */
static void shrinker_add(struct stall_stats *s, uint64_t callback, uint64_t fs, uint64_t ns)
{
	struct ev_shrinker *least = &s->shrinker[0];

	if (!callback)
		return;
	for (int i = 0; i < MODEL_SHRINKERS; i++) {
		struct ev_shrinker *x = &s->shrinker[i];

		if (!x->callback || (x->callback == callback && x->fs == fs)) {
			*x = (struct ev_shrinker){callback, fs, x->ns + ns};
			return;
		}
		least = x->ns < least->ns ? x : least;
	}
	if (ns > least->ns)
		*least = (struct ev_shrinker){callback, fs, ns};
}

static void causes_add(struct stall_stats *s, const struct ev_stall *ev)
{
	if (!ev->split)
		return;
	s->split_ns += ev->duration_ns;
	for (int i = 0; i < STALL_CAUSES; i++)
		s->cause_ns[i] += ev->cause_ns[i];
	for (int i = 0; i < THROTTLE_REASONS; i++)
		s->throttle_ns[i] += ev->throttle_ns[i];
	for (int i = 0; i < EV_SHRINKERS; i++)
		shrinker_add(s, ev->shrinker[i].callback, ev->shrinker[i].fs, ev->shrinker[i].ns);
}

static void stall_stats_add(const struct model *m, struct stall_stats *s, const struct ev_stall *ev)
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
	causes_add(s, ev);
	if (stall_of_node(ev))
		s->kswapd[kswapd_verdict(m, ev)]++;
}

static void causes_merge(struct stall_stats *into, const struct stall_stats *from)
{
	into->split_ns += from->split_ns;
	for (int i = 0; i < STALL_CAUSES; i++)
		into->cause_ns[i] += from->cause_ns[i];
	for (int i = 0; i < THROTTLE_REASONS; i++)
		into->throttle_ns[i] += from->throttle_ns[i];
	for (int i = 0; i < MODEL_SHRINKERS; i++)
		shrinker_add(into, from->shrinker[i].callback, from->shrinker[i].fs,
			     from->shrinker[i].ns);
	for (int i = 0; i < KSWAPD_VERDICTS; i++)
		into->kswapd[i] += from->kswapd[i];
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
	causes_merge(into, from);
}

/* The histogram of a cgroup, given to it if need be; NULL when there are none left. */
static struct stall_stats *cgroup_details(struct model *m, struct cgroup *cg)
{
	if (!cg->stalls && m->ncgroup_stalls < MODEL_CGROUP_STALLS)
		cg->stats.details = cg->stalls = &m->cgroup_stalls[m->ncgroup_stalls++];
	return cg->stalls;
}

static void stall_cgroups(struct model *m, const struct ev_stall *ev)
{
	struct cgroup *cg = cgroup_get(m, ev->task.cgroup);

	if (cg) {
		cg->stats.stalls++;
		cg->stats.stall_ns += ev->duration_ns;
		if (cgroup_details(m, cg))
			stall_stats_add(m, cg->stalls, ev);
		else
			m->loss.details_full++;
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

/* Free memory of the stall's node against its watermarks, as last read. */
static void node_fill(const struct model *m, struct long_stall *l)
{
	l->free_bytes = EV_ABSENT;
	for (int i = 0; i < m->nzones; i++) {
		const struct ev_zone *z = &m->zones[i];

		if (!stall_of_node(&l->ev) || z->nid != l->ev.node || z->free_bytes == EV_ABSENT)
			continue;
		l->free_bytes = z->free_bytes + (l->free_bytes == EV_ABSENT ? 0 : l->free_bytes);
		l->min_bytes += z->min_bytes;
		l->low_bytes += z->low_bytes;
		l->high_bytes += z->high_bytes;
	}
}

/* Keeps it if it is one of the longest. */
static void longest_add(struct model *m, const struct ev_stall *ev)
{
	int at = m->nlongest;

	while (at > 0 && m->longest[at - 1].ev.duration_ns < ev->duration_ns)
		at--;
	if (at == MODEL_LONGEST)
		return;
	if (m->nlongest < MODEL_LONGEST)
		m->nlongest++;
	memmove(&m->longest[at + 1], &m->longest[at],
		(size_t)(m->nlongest - 1 - at) * sizeof(m->longest[0]));
	m->longest[at] = (struct long_stall){.ev = *ev};
	if (stall_of_node(ev))
		m->longest[at].kswapd = kswapd_verdict(m, ev);
	node_fill(m, &m->longest[at]);
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

/* Reclaim somebody asked for keeps nobody waiting but himself. */
static void proactive_add(struct model *m, const struct ev_stall *ev, struct process_details *d)
{
	stall_stats_add(m, &m->proactive, ev);
	if (!d)
		return;
	d->proactive_count++;
	d->proactive_ns += ev->duration_ns;
}

void on_stall(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_stall *ev = (const struct ev_stall *)hdr;
	struct process_details *d = NULL;
	struct proc *p;
	bool admitted;

	stall_remember(m, ev);
	pressure_stall(m, ev);
	admitted = filter_admit(m, &ev->task, &p);
	history_stall(m, ev);
	if (!admitted)
		return;
	if (p)
		d = process_details(m, p);
	if (!d)
		m->loss.details_full++;
	if (ev->kind == STALL_PROACTIVE) {
		proactive_add(m, ev, d);
		return;
	}
	stall_stats_add(m, &m->stalls, ev);
	stall_cgroups(m, ev);
	scopes_stall(m, ev);
	timeline_stall(m, ev);
	longest_add(m, ev);
	stall_stats_add(m, d ? &d->stalls : &m->others.stalls, ev);
}

const struct stall_stats *model_stalls(const struct model *m)
{
	return &m->stalls;
}

const struct stall_stats *model_proactive(const struct model *m)
{
	return &m->proactive;
}

int model_longest(const struct model *m, const struct long_stall *out[MODEL_LONGEST])
{
	for (int i = 0; i < m->nlongest; i++)
		out[i] = &m->longest[i];
	return m->nlongest;
}
