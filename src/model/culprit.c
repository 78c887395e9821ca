/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who grew while others stalled: what each process grew by per interval, added up over the
 * intervals in which tasks stalled.
 *
 * Layer: model, private (model_culprits() is public). The filter chooses victims, not culprits:
 * here all processes count. Anonymous memory counts with what of it is in swap, so that reclaim
 * does not make anybody smaller. Figures are lower bounds: what came and went between two
 * snapshots is not in them.
 */
#include <string.h>
#include "model_impl.h"

#define NOTABLE_BYTES (1 << 20)

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void growth_row(struct proc *p, const struct ev_task_row *row)
{
	struct growth *g = &p->growth;

	g->sum_read += row->read_bytes;
	g->sum_written += row->write_bytes;
	if (!row->leader)
		return;
	if (!p->first_row_ns && !p->pub.born_traced) {
		g->dead_read = row->folded_read_bytes;
		g->dead_written = row->folded_write_bytes;
	}
	if (p->rows > row->threads && p->rows > 1) { /* as in account.c */
		g->sum_read = row->read_bytes;
		g->sum_written = row->write_bytes;
	}
	g->sum_read += row->folded_read_bytes;
	g->sum_written += row->folded_write_bytes;
}

void growth_exit(struct proc *p, const struct ev_exit *ev, bool adds)
{
	struct growth *g = &p->growth;

	if (adds) {
		g->dead_read += ev->read_bytes;
		g->dead_written += ev->write_bytes;
	}
	if (!ev->group_dead)
		return;
	g->read = max_u64(g->read, max_u64(g->dead_read, ev->folded_read_bytes + ev->read_bytes));
	g->written = max_u64(g->written,
			     max_u64(g->dead_written, ev->folded_write_bytes + ev->write_bytes));
	g->maxrss_bytes = ev->maxrss_bytes;
}

void growth_killed(struct model *m, const struct ev_oom_kill *ev)
{
	struct proc *p = process_find(m, ev->victim.tgid, ev->victim.start_ns);

	if (p && ev->sized)
		p->growth.killed_bytes = ev->anon_rss_bytes + ev->swap_bytes;
}

void growth_swapin(struct model *m, const struct ev_fault *ev)
{
	struct proc *p;

	if (ev->class != FAULT_SWAP)
		return;
	p = process_find(m, ev->task.tgid, ev->task.start_ns);
	if (p)
		p->growth.swapins++;
	m->culprits.swapins++;
}

/*
 * A child has its parent's pages until it writes to them or calls exec, and they are in its RSS.
 * One that still has its parent's name may share as much as the parent has.
 */
static const struct process *lender(const struct model *m, const struct proc *p)
{
	const struct proc *parent = process_youngest(m, p->pub.ppid);

	if (!p->pub.ppid || !parent || strcmp(parent->pub.comm, p->pub.comm) != 0)
		return NULL;
	return &parent->pub;
}

static int64_t lower(uint64_t a, uint64_t b)
{
	return (int64_t)(a < b ? a : b);
}

static void sizes_now(const struct proc *p, int64_t now[GROWTHS])
{
	now[GROWTH_ANON] = (int64_t)(p->pub.anon_rss_bytes + p->pub.swap_bytes);
	now[GROWTH_SHMEM] = (int64_t)p->pub.shmem_rss_bytes;
	now[GROWTH_READ] = (int64_t)p->growth.read;
	now[GROWTH_WRITTEN] = (int64_t)p->growth.written;
}

/* What it had before it began to grow. */
static void base(const struct model *m, struct proc *p, const int64_t now[GROWTHS])
{
	const struct process *parent;
	struct growth *g = &p->growth;

	g->based = true;
	if (!p->pub.born_traced) {
		memcpy(g->prev, now, sizeof(g->prev));
		return;
	}
	parent = lender(m, p);
	if (!parent)
		return;
	g->prev[GROWTH_ANON] =
		lower((uint64_t)now[GROWTH_ANON], parent->anon_rss_bytes + parent->swap_bytes);
	g->prev[GROWTH_SHMEM] = lower((uint64_t)now[GROWTH_SHMEM], parent->shmem_rss_bytes);
}

/*
 * Between the last snapshot and its end it grew by as much as its peak is above all that
 * snapshots saw, or as the OOM killer found it larger. The peak of an older process may be older
 * than the trace.
 */
static int64_t last_growth(const struct model *m, const struct proc *p)
{
	const struct process *parent = p->pub.sampled ? NULL : lender(m, p);
	uint64_t seen = p->pub.rss_max_bytes, peak = p->growth.maxrss_bytes;
	int64_t grown, killed;

	if (parent)
		seen = parent->anon_rss_bytes + parent->file_rss_bytes + parent->shmem_rss_bytes;
	grown = p->pub.born_traced && peak > seen ? (int64_t)(peak - seen) : 0;
	killed = (int64_t)p->growth.killed_bytes - p->growth.prev[GROWTH_ANON];
	return (p->pub.sampled || p->pub.born_traced) && killed > grown ? killed : grown;
}

/* Of what it read, the share that its faults on swapped pages caused. */
static int64_t swapin_share(const struct model *m, const struct growth *g, int64_t read)
{
	const struct culprits *c = &m->culprits;
	uint64_t bytes;

	if (!g->swapins || !c->swapins)
		return 0;
	bytes = (uint64_t)((double)c->swapin_bytes * (double)g->swapins / (double)c->swapins);
	return lower(bytes, (uint64_t)read);
}

static void grow(const struct model *m, struct proc *p, int64_t by[GROWTHS])
{
	struct growth *g = &p->growth;
	bool ended = p->pub.exited && !p->published;
	int64_t now[GROWTHS];

	memset(by, 0, GROWTHS * sizeof(*by));
	if (!ended && (p->pub.exited || !p->led))
		return;
	sizes_now(p, now);
	if (ended) { /* its sizes are gone */
		now[GROWTH_ANON] = g->prev[GROWTH_ANON];
		now[GROWTH_SHMEM] = g->prev[GROWTH_SHMEM];
	}
	if (!g->based)
		base(m, p, now);
	if (ended)
		now[GROWTH_ANON] += last_growth(m, p);
	for (int k = 0; k < GROWTHS; k++)
		by[k] = now[k] - g->prev[k];
	by[GROWTH_READ] -= swapin_share(m, g, by[GROWTH_READ]);
	memcpy(g->prev, now, sizeof(now));
}

static bool grew(const int64_t by[GROWTHS])
{
	for (int k = 0; k < GROWTHS; k++) {
		if (by[k])
			return true;
	}
	return false;
}

static void add(int64_t to[GROWTHS], const int64_t by[GROWTHS])
{
	for (int k = 0; k < GROWTHS; k++)
		to[k] += by[k];
}

/* Did a cgroup that p is in force stalls in the open interval? */
static bool at_limit_now(const struct model *m, const struct proc *p)
{
	for (int i = 1; i < m->culprits.nscopes; i++) {
		const struct scope *s = &m->culprits.scopes[i];

		if ((s->marks & 1) && scope_has(m, s, p->pub.cgroup))
			return true;
	}
	return false;
}

void growth_tick(struct model *m, struct proc *p)
{
	struct growth *g = &p->growth;
	int64_t *by = g->recent[m->culprits.closed % GROWTH_HISTORY];

	if (p->led) {
		g->read = max_u64(g->read, g->sum_read);
		g->written = max_u64(g->written, g->sum_written);
	}
	grow(m, p, by);
	g->added_machine = (uint8_t)(g->added_machine << 1);
	g->added_memcg = (uint8_t)(g->added_memcg << 1);
	g->sum_read = g->sum_written = g->swapins = 0;
	if (!grew(by))
		return;
	if (m->culprits.scopes[0].marks & 1) {
		add(g->machine, by);
		g->added_machine |= 1;
	}
	if (at_limit_now(m, p)) {
		add(g->memcg, by);
		g->added_memcg |= 1;
	}
}

void growth_late(struct model *m, const struct scope *s, uint64_t ago)
{
	uint64_t slot = (m->culprits.closed - ago) % GROWTH_HISTORY;
	uint8_t bit = (uint8_t)(1u << (ago - 1));

	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		struct proc *p = &m->procs[i];
		struct growth *g = &p->growth;
		uint8_t *added = s->cgroup ? &g->added_memcg : &g->added_machine;

		if (!p->used || (*added & bit) || !grew(g->recent[slot]) ||
		    !scope_has(m, s, p->pub.cgroup))
			continue;
		add(s->cgroup ? g->memcg : g->machine, g->recent[slot]);
		*added |= bit;
	}
}

static uint64_t total(const int64_t by[GROWTHS])
{
	int64_t kept = by[GROWTH_ANON] + by[GROWTH_SHMEM];

	return (uint64_t)((kept > 0 ? kept : 0) + by[GROWTH_READ] + by[GROWTH_WRITTEN]);
}

bool growth_notable(const struct proc *p)
{
	return total(p->growth.machine) >= NOTABLE_BYTES || total(p->growth.memcg) >= NOTABLE_BYTES;
}

void growth_fold(struct model *m, struct proc *p)
{
	if (!p->published)
		growth_tick(m, p);
	if (total(p->growth.machine))
		add(m->culprits.scopes[0].folded, p->growth.machine);
	if (!total(p->growth.memcg))
		return;
	for (int i = 1; i < m->culprits.nscopes; i++) {
		if (scope_has(m, &m->culprits.scopes[i], p->pub.cgroup))
			add(m->culprits.scopes[i].folded, p->growth.memcg);
	}
}

bool model_culprits_known(const struct model *m)
{
	const struct filter *f = &m->opts.filter;

	return !f->ntids;
}

static bool ranks_before(const struct culprit *a, const struct culprit *b)
{
	if (a->total != b->total)
		return a->total > b->total;
	return a->process->tgid < b->process->tgid;
}

/* Into the best so far, in order. */
static int culprit_insert(struct culprit *out, int n, int max, struct culprit c)
{
	int at;

	if (max <= 0 || (n == max && !ranks_before(&c, &out[n - 1])))
		return n;
	n += n < max;
	for (at = n - 1; at > 0 && ranks_before(&c, &out[at - 1]); at--)
		out[at] = out[at - 1];
	out[at] = c;
	return n;
}

int model_culprits(const struct model *m, uint64_t scope, struct culprit *out, int max)
{
	const struct scope s = {.cgroup = scope};
	int n = 0, all = 0;

	for (uint32_t i = 0; model_culprits_known(m) && i < m->proc_slots.fresh; i++) {
		const struct proc *p = &m->procs[i];
		const int64_t *grown = scope ? p->growth.memcg : p->growth.machine;
		struct culprit c = {.process = &p->pub, .total = total(grown)};

		if (!p->used || !c.total || !scope_has(m, &s, p->pub.cgroup))
			continue;
		memcpy(c.grown, grown, sizeof(c.grown));
		n = culprit_insert(out, n, max, c);
		all++;
	}
	return all;
}
