/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's pressure stall information against what was traced: of the time in which PSI says
 * that some task waited for memory, how much do traced waits cover?
 *
 * Layer: model, private (model_pressure() is public). All traced tasks count, matched or not.
 * Reclaim that somebody asked for is no pressure for the kernel either (since 5.9).
 */
#include <string.h>
#include "model_impl.h"

_Static_assert(MODEL_PRESSURES == MODEL_CGSTATS + 1, "the machine and all cgroups");

static void span_drop(struct cover *c, int at, int n)
{
	memmove(&c->span[at], &c->span[at + n], (size_t)(c->n - at - n) * sizeof(c->span[0]));
	c->n -= n;
}

static void span_insert(struct cover *c, int at, struct span new)
{
	if (c->n == COVER_SPANS) {
		if (at == 0) {
			c->floor = new.end;
			return;
		}
		c->floor = c->span[0].end;
		span_drop(c, 0, 1);
		at--;
	}
	memmove(&c->span[at + 1], &c->span[at], (size_t)(c->n - at) * sizeof(c->span[0]));
	c->span[at] = new;
	c->n++;
}

static void cover_add(struct cover *c, uint64_t begin, uint64_t end)
{
	struct span new = {begin > c->floor ? begin : c->floor, end};
	int at = c->n, merged = 0;

	if (new.begin >= new.end)
		return;
	while (at > 0 && c->span[at - 1].end >= new.begin)
		at--;
	for (; at + merged < c->n && c->span[at + merged].begin <= new.end; merged++) {
		const struct span *s = &c->span[at + merged];

		c->ns -= s->end - s->begin;
		new.begin = s->begin < new.begin ? s->begin : new.begin;
		new.end = s->end > new.end ? s->end : new.end;
	}
	c->ns += new.end - new.begin;
	span_drop(c, at, merged);
	span_insert(c, at, new);
}

static void covers_add(struct covers *c, uint64_t since_ns, const struct ev_hdr *ev,
		       uint64_t duration_ns, bool stall)
{
	uint64_t end = ev->time_ns, begin = wait_begin_ns(ev, duration_ns);

	begin = begin > since_ns ? begin : since_ns;
	if (stall)
		cover_add(&c->stalls, begin, end);
	cover_add(&c->explained, begin, end);
}

_Static_assert(MODEL_CGSTATS <= 64, "a bit for each");

/* Which of the cgroups whose PSI is read a task is in: hardly ever others than for the wait before.
 */
static uint64_t cgstats_of(struct model *m, uint64_t id)
{
	struct cgroup *cg = cgroup_find(m, id);
	uint64_t within = 0;

	if (cg && cg->cgstats_age == m->cgstats_age)
		return cg->cgstats;
	for (int i = 0; i < m->ncgstats; i++) {
		if (cgroup_within(m, id, m->cgstats[i].first.cgroup))
			within |= 1ull << i;
	}
	if (cg) {
		cg->cgstats = within;
		cg->cgstats_age = m->cgstats_age;
	}
	return within;
}

/* Time counts from the first reading of PSI on. */
static void wait_add(struct model *m, const struct ev_hdr *ev, const struct ev_task *task,
		     uint64_t duration_ns, bool stall)
{
	uint64_t within = m->ncgstats ? cgstats_of(m, task->cgroup) : 0;

	if (m->nhost)
		covers_add(&m->covers, m->host_first.hdr.time_ns, ev, duration_ns, stall);
	for (; within; within &= within - 1) {
		struct cgstat *c = &m->cgstats[__builtin_ctzll(within)];

		if (c->first.psi_some_us != EV_ABSENT)
			covers_add(&c->covers, c->first.hdr.time_ns, ev, duration_ns, stall);
	}
}

void pressure_stall(struct model *m, const struct ev_stall *ev)
{
	if (ev->kind != STALL_PROACTIVE)
		wait_add(m, &ev->hdr, &ev->task, ev->duration_ns, true);
}

void pressure_fault(struct model *m, const struct ev_fault *ev)
{
	if (ev->class == FAULT_SWAP && !(ev->flags & FAULT_F_UNTIMED))
		wait_add(m, &ev->hdr, &ev->task, ev->duration_ns, false);
}

/* The probes tell of everybody's stalls. */
static bool all_traced(const struct model *m)
{
	const struct filter *f = &m->opts.filter;

	return !f->ntgids && !f->ntids && !f->tree && !signal_missing(m, "stall.direct");
}

static bool growth_ns(uint64_t from_us, uint64_t to_us, uint64_t *ns)
{
	if (from_us == EV_ABSENT || to_us == EV_ABSENT || to_us < from_us)
		return false;
	*ns = (to_us - from_us) * 1000;
	return true;
}

static bool fill(const struct model *m, struct pressure *out, const struct covers *c,
		 const uint64_t from_us[2], const uint64_t to_us[2])
{
	out->stalls_ns = c->stalls.ns;
	out->explained_ns = c->explained.ns;
	return all_traced(m) && growth_ns(from_us[0], to_us[0], &out->psi_some_ns) &&
	       growth_ns(from_us[1], to_us[1], &out->psi_full_ns);
}

static bool of_host(const struct model *m, struct pressure *out)
{
	const uint64_t *a = m->host_first.value, *b = m->host_last.value;

	return m->nhost >= 2 &&
	       fill(m, out, &m->covers, (uint64_t[]){a[HOST_PSI_SOME], a[HOST_PSI_FULL]},
		    (uint64_t[]){b[HOST_PSI_SOME], b[HOST_PSI_FULL]});
}

static bool of_cgroup(const struct model *m, const struct cgstat *c, struct pressure *out)
{
	return fill(m, out, &c->covers, (uint64_t[]){c->first.psi_some_us, c->first.psi_full_us},
		    (uint64_t[]){c->last.psi_some_us, c->last.psi_full_us});
}

bool model_pressure(const struct model *m, uint64_t cgroup, struct pressure *out)
{
	const struct cgstat *c = cgroup ? cgstat_find(m, cgroup) : NULL;

	*out = (struct pressure){.cgroup = cgroup};
	if (cgroup)
		return c && of_cgroup(m, c, out);
	return of_host(m, out);
}

int model_pressures(const struct model *m, struct pressure *out, int max)
{
	struct pressure p;
	int n = 0, first;

	if (max > 0 && model_pressure(m, 0, &p))
		out[n++] = p;
	first = n;
	for (int i = 0; i < m->ncgstats; i++) {
		int at = n;

		if (!model_pressure(m, m->cgstats[i].first.cgroup, &p))
			continue;
		while (at > first && out[at - 1].stalls_ns < p.stalls_ns)
			at--;
		if (at >= max)
			continue;
		n += n < max;
		memmove(&out[at + 1], &out[at], (size_t)(n - at - 1) * sizeof(*out));
		out[at] = p;
	}
	return n;
}
