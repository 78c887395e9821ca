/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where memory was short (the machine, cgroups at their limits), in which intervals, and what grew
 * there that no process owns.
 *
 * Layer: model, private (model_scopes(), model_unowned() are public). A stall is known when it
 * ends; the intervals that it began in may be closed by then, and are marked after the event.
 */
#include <string.h>
#include "episode.h"

static uint64_t now_of(const struct ev_host *h, enum host_counter c)
{
	return h->value[c];
}

static void readings_machine(const struct model *m, uint64_t now[UNOWNED_KINDS])
{
	const struct ev_host *h = &m->host_last;

	for (int k = 0; k < UNOWNED_KINDS; k++)
		now[k] = EV_ABSENT;
	if (!m->nhost)
		return;
	now[UNOWNED_SLAB] = now_of(h, HOST_SLAB);
	now[UNOWNED_SHMEM] = now_of(h, HOST_SHMEM);
	now[UNOWNED_PGTABLES] = now_of(h, HOST_PGTABLES);
	now[UNOWNED_STACKS] = now_of(h, HOST_KERNEL_STACK);
	now[UNOWNED_HUGETLB] = now_of(h, HOST_HUGETLB);
	now[UNOWNED_ANON_HUGE] = now_of(h, HOST_ANON_HUGE);
}

static void readings_cgroup(const struct model *m, uint64_t id, uint64_t now[UNOWNED_KINDS])
{
	const struct cgstat *c = cgstat_find(m, id);

	for (int k = 0; k < UNOWNED_KINDS; k++)
		now[k] = EV_ABSENT;
	if (!c)
		return;
	now[UNOWNED_SLAB] = c->last.slab_bytes;
	now[UNOWNED_SHMEM] = c->last.shmem_bytes;
	now[UNOWNED_PGTABLES] = c->last.pgtables_bytes;
}

static void readings(const struct model *m, const struct scope *s, uint64_t now[UNOWNED_KINDS])
{
	if (s->cgroup)
		readings_cgroup(m, s->cgroup, now);
	else
		readings_machine(m, now);
}

void scopes_init(struct model *m)
{
	struct culprits *c = &m->culprits;

	c->nscopes = 1;
	c->swapin_pages = EV_ABSENT;
	readings_machine(m, c->scopes[0].prev);
}

static struct scope *scope_find(struct model *m, uint64_t cgroup)
{
	for (int i = 0; i < m->culprits.nscopes; i++) {
		if (m->culprits.scopes[i].cgroup == cgroup)
			return &m->culprits.scopes[i];
	}
	return NULL;
}

static struct scope *scope_get(struct model *m, uint64_t cgroup)
{
	struct scope *s = scope_find(m, cgroup);

	if (s)
		return s;
	if (m->culprits.nscopes == MODEL_SCOPES) {
		m->loss.cgroups_full++;
		return NULL;
	}
	s = &m->culprits.scopes[m->culprits.nscopes++];
	s->cgroup = cgroup;
	readings_cgroup(m, cgroup, s->prev);
	return s;
}

bool scope_has(const struct model *m, const struct scope *s, uint64_t cgroup)
{
	return !s->cgroup || cgroup_within(m, cgroup, s->cgroup);
}

static void unowned_add(struct scope *s, uint64_t slot)
{
	for (int k = 0; k < UNOWNED_KINDS; k++) {
		if (!(s->known[slot] & 1u << k))
			continue;
		s->grown[k].known = true;
		s->grown[k].bytes += s->recent[slot][k];
	}
}

static void mark(struct model *m, struct scope *s, uint64_t ago)
{
	uint32_t bit = 1u << ago;

	if (s->marks & bit)
		return;
	s->marks |= bit;
	if (!ago)
		return; /* added when it is closed */
	unowned_add(s, (m->culprits.closed - ago) % GROWTH_HISTORY);
	growth_late(m, s, ago);
}

/* When the interval that was open so many intervals ago began. */
static uint64_t began_ns(const struct model *m, uint64_t ago)
{
	const struct culprits *c = &m->culprits;

	return ago < c->closed ? c->end_ns[(c->closed - 1 - ago) % (GROWTH_HISTORY + 1)]
			       : m->begin_ns;
}

static void mark_all(struct model *m, struct scope *s, uint64_t begin_ns, uint64_t end_ns)
{
	for (uint64_t ago = 0; ago <= GROWTH_HISTORY && ago <= m->culprits.closed; ago++) {
		uint64_t began = began_ns(m, ago);

		if (end_ns > began || ago == m->culprits.closed)
			mark(m, s, ago);
		if (begin_ns >= began)
			break;
	}
}

void scopes_stall(struct model *m, const struct ev_stall *ev)
{
	struct scope *s = NULL;

	if (reports_wanted(m)) /* whose growers are those of the recorder */
		return;
	if (stall_of_node(ev))
		s = &m->culprits.scopes[0];
	else if (ev->kind != STALL_PROACTIVE && ev->target_cgroup)
		s = scope_get(m, ev->target_cgroup);
	if (!s)
		return;
	s->stalls++;
	s->stall_ns += ev->duration_ns;
	mark_all(m, s, wait_begin_ns(&ev->hdr, ev->duration_ns), ev->hdr.time_ns);
}

/* What this interval's swap-ins read from storage: it is in read_bytes and is no page cache. */
void scopes_tick_begin(struct model *m)
{
	struct culprits *c = &m->culprits;
	uint64_t pages = m->nhost ? m->host_last.value[HOST_PSWPIN] : EV_ABSENT;

	c->swapin_bytes = 0;
	if (pages != EV_ABSENT && c->swapin_pages != EV_ABSENT && pages > c->swapin_pages)
		c->swapin_bytes = (pages - c->swapin_pages) * m->meta.page_size;
	c->swapin_pages = pages;
}

static void scope_tick(struct model *m, struct scope *s)
{
	uint64_t slot = m->culprits.closed % GROWTH_HISTORY, now[UNOWNED_KINDS];

	readings(m, s, now);
	s->known[slot] = 0;
	for (int k = 0; k < UNOWNED_KINDS; k++) {
		if (now[k] == EV_ABSENT || s->prev[k] == EV_ABSENT)
			continue;
		s->known[slot] |= (uint16_t)(1u << k);
		s->recent[slot][k] = (int64_t)(now[k] - s->prev[k]);
	}
	memcpy(s->prev, now, sizeof(now));
	if (s->marks & 1)
		unowned_add(s, slot);
	s->marks <<= 1;
}

void scopes_tick_end(struct model *m)
{
	struct culprits *c = &m->culprits;

	for (int i = 0; i < c->nscopes; i++)
		scope_tick(m, &c->scopes[i]);
	c->end_ns[c->closed % (GROWTH_HISTORY + 1)] = m->tick.hdr.time_ns;
	c->closed++;
	c->swapins = 0;
}

static uint64_t limit_of(const struct model *m, uint64_t cgroup)
{
	const struct cgroup *cg = cgroup_find(m, cgroup);

	return cg ? cg->stats.limit_bytes : 0;
}

int model_scopes(const struct model *m, struct scope_stats *out, int max)
{
	int n = 0, total = 0;

	for (int i = 0; i < m->culprits.nscopes; i++) {
		const struct scope *s = &m->culprits.scopes[i];
		int at = n < max ? n : max;

		if (!s->stalls)
			continue;
		total++;
		while (at > 0 && out[at - 1].stall_ns < s->stall_ns)
			at--;
		if (at >= max)
			continue;
		n += n < max;
		memmove(&out[at + 1], &out[at], (size_t)(n - at - 1) * sizeof(*out));
		out[at] = (struct scope_stats){
			.cgroup = s->cgroup, .stalls = s->stalls, .stall_ns = s->stall_ns};
		out[at].limit_bytes = limit_of(m, s->cgroup);
		memcpy(out[at].folded, s->folded, sizeof(s->folded));
	}
	return total;
}

static const struct scope *scope_known(const struct model *m, uint64_t cgroup)
{
	return scope_find((struct model *)m, cgroup);
}

/* What processes in it grew by of one sort, those included that have left the table. */
static int64_t owned(const struct model *m, const struct scope *s, enum growth_kind kind)
{
	int64_t sum = s->folded[kind];

	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		const struct proc *p = &m->procs[i];

		if (p->used && scope_has(m, s, p->pub.cgroup))
			sum += s->cgroup ? p->growth.memcg[kind] : p->growth.machine[kind];
	}
	return sum;
}

void model_unowned(const struct model *m, uint64_t scope, struct unowned out[UNOWNED_KINDS])
{
	const struct scope *s = scope_known(m, scope);
	int64_t mapped;

	memset(out, 0, UNOWNED_KINDS * sizeof(*out));
	if (!s)
		return;
	memcpy(out, s->grown, sizeof(s->grown));
	mapped = owned(m, s, GROWTH_SHMEM);
	/* What is mapped more than once is in that more than once. */
	if (out[UNOWNED_SHMEM].bytes > 0 && mapped > 0)
		out[UNOWNED_SHMEM].bytes =
			mapped < out[UNOWNED_SHMEM].bytes ? out[UNOWNED_SHMEM].bytes - mapped : 0;
}
