/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The process table: who is who across PID reuse, and who leaves when it is full.
 *
 * Layer: model, private. A process that has ended stays if it had anything to tell (stalls, major
 * faults, pages swapped out). When room is needed, of those that have ended the ones with nothing
 * to tell go first, then those that waited least; a living process never goes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "model_impl.h"

#define EVICT_MAX 64

void comm_copy(char to[EV_COMM_LEN + 1], const char from[EV_COMM_LEN])
{
	memcpy(to, from, EV_COMM_LEN);
	to[EV_COMM_LEN] = '\0';
}

int processes_init(struct model *m)
{
	size_t n = m->opts.max_processes;

	m->procs = calloc(n + 1, sizeof(*m->procs));
	m->details = calloc(m->opts.max_details + 1, sizeof(*m->details));
	if (!m->procs || !m->details)
		return -ENOMEM;
	if (slots_init(&m->proc_slots, n) || slots_init(&m->detail_slots, m->opts.max_details))
		return -ENOMEM;
	if (htab_init(&m->proc_tab, n) || htab_init(&m->tgid_tab, n))
		return -ENOMEM;
	return 0;
}

void processes_fini(struct model *m)
{
	htab_fini(&m->proc_tab);
	htab_fini(&m->tgid_tab);
	slots_fini(&m->proc_slots);
	slots_fini(&m->detail_slots);
	free(m->procs);
	free(m->details);
}

struct proc *process_youngest(const struct model *m, uint32_t tgid)
{
	uint32_t slot;

	return htab_get(&m->tgid_tab, tgid, 0, &slot) ? &m->procs[slot] : NULL;
}

struct proc *process_find(const struct model *m, uint32_t tgid, uint64_t start_ns)
{
	struct proc *p;
	uint32_t slot;

	if (start_ns)
		return htab_get(&m->proc_tab, start_ns, tgid, &slot) ? &m->procs[slot] : NULL;
	p = process_youngest(m, tgid);
	return p && !p->pub.exited ? p : NULL;
}

/* Its start is known: is its whole life within the trace, so that its totals begin at 0? */
static void set_start(const struct model *m, struct proc *p, uint64_t start_ns)
{
	p->pub.start_ns = start_ns;
	p->pub.born_traced = start_ns && start_ns >= m->begin_ns;
	p->based = p->based || p->pub.born_traced;
}

/* A process so far known by its number alone (kernels where BPF cannot read the start time). */
static struct proc *complete_identity(struct model *m, uint32_t tgid, uint64_t start_ns)
{
	struct proc *p = process_youngest(m, tgid);
	uint32_t slot;

	if (!p || p->pub.start_ns || p->pub.exited || !start_ns)
		return NULL;
	slot = process_slot(m, p);
	htab_del(&m->proc_tab, 0, tgid);
	htab_put(&m->proc_tab, start_ns, tgid, slot);
	set_start(m, p, start_ns);
	return p;
}

static uint64_t faults_ns(const struct fault_stats *f)
{
	uint64_t ns = 0;

	for (int c = 0; c < FAULT_CLASSES; c++)
		ns += f->timed[c].total_ns;
	return ns;
}

static uint64_t weight(const struct proc *p)
{
	const struct process_details *d = p->pub.details;

	if (!process_interesting(p))
		return growth_notable(p);
	return 2 + (d ? d->stalls.all.total_ns + faults_ns(&d->faults) : 0);
}

bool process_interesting(const struct proc *p)
{
	return p->pub.details || p->pub.maj_flt_traced || p->pub.swapout_pages ||
	       p->pub.fileout_pages;
}

struct candidate {
	uint64_t weight;
	uint32_t slot;
};

/* Keeps the max lightest, in order. */
static int candidate_add(struct candidate *c, int n, int max, struct candidate new)
{
	int i;

	if (n == max && c[n - 1].weight <= new.weight)
		return n;
	if (n < max)
		n++;
	for (i = n - 1; i > 0 && c[i - 1].weight > new.weight; i--)
		c[i] = c[i - 1];
	c[i] = new;
	return n;
}

/*
 * Folds the lightest of the processes that have ended. A few at a time, for finding them takes a
 * walk over the whole table.
 */
static bool make_room(struct model *m, bool with_details)
{
	int n = 0, max = (int)(m->opts.max_processes / 256);
	struct candidate light[EVICT_MAX];

	if (!m->exited)
		return false;
	max = max < 1 ? 1 : max > EVICT_MAX ? EVICT_MAX : max;
	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		const struct proc *p = &m->procs[i];

		if (!p->used || !p->pub.exited || (with_details && !p->pub.details))
			continue;
		n = candidate_add(light, n, max, (struct candidate){weight(p), i});
	}
	for (int i = 0; i < n; i++)
		process_fold(m, &m->procs[light[i].slot]);
	return n > 0;
}

static struct proc *process_add(struct model *m, uint32_t tgid, uint64_t start_ns)
{
	uint32_t slot = slots_take(&m->proc_slots);
	struct proc *p, *older;

	if (slot == NO_SLOT && make_room(m, false))
		slot = slots_take(&m->proc_slots);
	if (slot == NO_SLOT)
		return NULL;
	p = &m->procs[slot];
	*p = (struct proc){.used = true, .pub.tgid = tgid, .pub.matched = !m->filtered};
	set_start(m, p, start_ns);
	htab_put(&m->proc_tab, start_ns, tgid, slot);
	older = process_youngest(m, tgid);
	if (older && start_ns && older->pub.start_ns > start_ns)
		return p;
	if (older && !older->pub.exited) /* its number is another's now */
		process_end(m, older, m->now_ns);
	htab_put(&m->tgid_tab, tgid, 0, slot);
	return p;
}

/* Rows come in the same order each time, and slots were given out in that order. */
static struct proc *process_next(const struct model *m, const struct ev_task *t)
{
	struct proc *p = &m->procs[m->proc_hint];

	return m->proc_hint < m->proc_slots.fresh && p->used && t->start_ns &&
			       p->pub.tgid == t->tgid && p->pub.start_ns == t->start_ns
		       ? p
		       : NULL;
}

struct proc *process_get(struct model *m, const struct ev_task *t)
{
	struct proc *p = process_next(m, t);

	if (!p)
		p = process_find(m, t->tgid, t->start_ns);
	if (p)
		m->proc_hint = process_slot(m, p) + 1;

	if (!p)
		p = complete_identity(m, t->tgid, t->start_ns);
	if (!p)
		p = process_add(m, t->tgid, t->start_ns);
	if (p && p->gone) {
		p->gone = p->pub.exited = p->published = false;
		p->pub.state = 0;
		p->missing = 0;
		m->exited--;
	}
	return p;
}

void process_note(struct proc *p, const struct ev_task *t)
{
	bool leader = t->tid == t->tgid;

	if (leader || !p->named)
		comm_copy(p->pub.comm, t->comm);
	p->named = p->named || leader;
	p->pub.uid = t->uid;
	p->pub.flags = t->flags;
	if (t->cgroup)
		p->pub.cgroup = t->cgroup;
}

struct process_details *process_details(struct model *m, struct proc *p)
{
	uint32_t slot;

	if (p->pub.details)
		return p->pub.details;
	slot = slots_take(&m->detail_slots);
	if (slot == NO_SLOT && make_room(m, true))
		slot = slots_take(&m->detail_slots);
	if (slot == NO_SLOT)
		return NULL;
	p->pub.details = &m->details[slot];
	*p->pub.details = (struct process_details){0};
	return p->pub.details;
}

void process_end(struct model *m, struct proc *p, uint64_t time_ns)
{
	if (!p->pub.exited)
		m->exited++;
	p->pub.exited = true;
	p->pub.state = 'X';
	p->gone = false;
	p->exit_ns = time_ns;
}

static void fold_details(struct model *m, struct proc *p)
{
	struct process_details *d = p->pub.details;

	if (!d)
		return;
	stall_stats_merge(&m->others.stalls, &d->stalls);
	fault_stats_merge(&m->others.faults, &d->faults);
	slots_give(&m->detail_slots, (uint32_t)(d - m->details));
}

static void fold_totals(struct model *m, const struct process *p)
{
	if (!p->matched)
		return;
	m->others.processes++;
	m->others.min_flt_traced += p->min_flt_traced;
	m->others.maj_flt_traced += p->maj_flt_traced;
	m->others.swapout_pages += p->swapout_pages;
	m->others.fileout_pages += p->fileout_pages;
}

/* Unless the key is another's by now. */
static void index_remove(struct htab *h, uint64_t a, uint64_t b, uint32_t slot)
{
	uint32_t owner;

	if (htab_get(h, a, b, &owner) && owner == slot)
		htab_del(h, a, b);
}

void process_fold(struct model *m, struct proc *p)
{
	uint32_t slot = process_slot(m, p);

	process_settle(p);
	if (!p->published)
		filter_decide(m, p);
	if (p->pub.matched && process_interesting(p))
		m->loss.processes_folded++;
	fold_totals(m, &p->pub);
	fold_details(m, p);
	growth_fold(m, p);
	files_forget(m, p);
	threads_forget(m, p);
	strpool_free(&m->cmdlines, p->pub.cmdline);
	index_remove(&m->proc_tab, p->pub.start_ns, p->pub.tgid, slot);
	index_remove(&m->tgid_tab, p->pub.tgid, 0, slot);
	if (p->pub.exited)
		m->exited--;
	p->used = false;
	slots_give(&m->proc_slots, slot);
}
