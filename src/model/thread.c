/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures per thread, where they are asked for (opts.max_threads).
 *
 * Layer: model, private (model_threads() is public). What a process's threads faulted in an
 * interval, those that ended in it included, adds up to what the process did: the process's total
 * is brought up to its threads' (all totals are lower bounds, see account.c), and what no thread
 * accounts for is a remainder, with a row of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include "model_impl.h"

#define MISSING_MAX 3 /* snapshots without it, after which a thread is taken for ended */

int threads_init(struct model *m)
{
	size_t n = m->opts.max_threads;

	m->threads = calloc(n + 1, sizeof(*m->threads));
	if (!m->threads || slots_init(&m->thread_slots, n))
		return -ENOMEM;
	return htab_init(&m->thread_tab, n);
}

void threads_fini(struct model *m)
{
	htab_fini(&m->thread_tab);
	slots_fini(&m->thread_slots);
	free(m->threads);
}

static struct thread *thread_find(const struct model *m, uint32_t process, uint32_t tid)
{
	uint32_t slot;

	return htab_get(&m->thread_tab, process, tid, &slot) ? &m->threads[slot] : NULL;
}

static struct thread *thread_add(struct model *m, struct proc *p, uint32_t tid)
{
	uint32_t slot = slots_take(&m->thread_slots), process = process_slot(m, p);
	struct thread *t;

	if (slot == NO_SLOT) {
		m->loss.threads_full++;
		p->threads_lost = true;
		return NULL;
	}
	htab_put(&m->thread_tab, process, tid, slot);
	t = &m->threads[slot];
	*t = (struct thread){.used = true, .process = process, .stats.tid = tid};
	p->nthreads++;
	return t;
}

static void thread_free(struct model *m, struct thread *t)
{
	htab_del(&m->thread_tab, t->process, t->stats.tid);
	m->procs[t->process].nthreads--;
	t->used = false;
	slots_give(&m->thread_slots, (uint32_t)(t - m->threads));
}

static void bring_to(uint64_t *total, uint64_t now)
{
	*total = now > *total ? now : *total;
}

void thread_row(struct model *m, struct proc *p, const struct ev_task_row *row)
{
	bool dead = row->state == 'Z' || row->state == 'X';
	struct thread *t = thread_find(m, process_slot(m, p), row->task.tid);
	bool known = t != NULL;

	/* Its end has been told of, and counted. */
	if (dead || (t && t->ended))
		return;
	if (!t)
		t = thread_add(m, p, row->task.tid);
	if (!t)
		return;
	comm_copy(t->stats.comm, row->task.comm);
	t->stats.state = row->state;
	bring_to(&t->stats.min_flt, row->min_flt);
	bring_to(&t->stats.maj_flt, row->maj_flt);
	t->seen = true;
	if (known || !p->threads_lost)
		return;
	/* It may be old, and have had no room before. */
	t->prev_min = t->stats.min_flt;
	t->prev_maj = t->stats.maj_flt;
}

void thread_exit(struct model *m, struct proc *p, const struct ev_exit *ev, bool counts)
{
	struct thread *t = thread_find(m, process_slot(m, p), ev->task.tid);

	if (!m->opts.max_threads || (t && t->ended))
		return;
	if (!t && counts)
		t = thread_add(m, p, ev->task.tid);
	if (!t)
		return;
	comm_copy(t->stats.comm, ev->task.comm);
	t->stats.state = 'X';
	bring_to(&t->stats.min_flt, ev->min_flt);
	bring_to(&t->stats.maj_flt, ev->maj_flt);
	t->ended = true;
}

static void sums_clear(struct model *m)
{
	for (uint32_t i = 0; i < m->proc_slots.fresh; i++)
		m->procs[i].thread_min = m->procs[i].thread_maj = 0;
}

void threads_sum(struct model *m)
{
	if (!m->opts.max_threads)
		return;
	sums_clear(m);
	for (uint32_t i = 0; i < m->thread_slots.fresh; i++) {
		const struct thread *t = &m->threads[i];

		if (!t->used || t->ended)
			continue;
		m->procs[t->process].thread_min += t->stats.min_flt;
		m->procs[t->process].thread_maj += t->stats.maj_flt;
	}
	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		struct proc *p = &m->procs[i];

		p->was_based = p->based;
		if (!p->used || !p->led || p->final)
			continue;
		bring_to(&p->sum_min, p->dead_min + p->thread_min);
		bring_to(&p->sum_maj, p->dead_maj + p->thread_maj);
	}
}

/* A thread cannot have faulted more than its process: an old one may have got a new number. */
static uint64_t advance(uint64_t *prev, uint64_t now, uint64_t most)
{
	uint64_t grown = now - *prev;

	*prev = now;
	return grown < most ? grown : most;
}

static void thread_tick(struct model *m, struct thread *t)
{
	struct proc *p = &m->procs[t->process];
	struct thread_stats *s = &t->stats;

	s->min_flt_delta = advance(&t->prev_min, s->min_flt,
				   p->was_based ? p->pub.min_flt_delta - p->thread_min : 0);
	s->maj_flt_delta = advance(&t->prev_maj, s->maj_flt,
				   p->was_based ? p->pub.maj_flt_delta - p->thread_maj : 0);
	p->thread_min += s->min_flt_delta;
	p->thread_maj += s->maj_flt_delta;
	t->published = t->ended;
	t->seen = false;
}

/* Its end was not told of. */
static bool vanished(struct thread *t, bool complete)
{
	if (t->seen || t->ended || !complete)
		t->missing = 0;
	else
		t->missing++;
	return t->missing >= MISSING_MAX;
}

void threads_tick(struct model *m, bool complete)
{
	if (!m->opts.max_threads)
		return;
	sums_clear(m);
	for (uint32_t i = 0; i < m->thread_slots.fresh; i++) {
		struct thread *t = &m->threads[i];

		if (!t->used)
			continue;
		if (t->published || vanished(t, complete))
			thread_free(m, t);
		else
			thread_tick(m, t);
	}
}

void threads_forget(struct model *m, struct proc *p)
{
	uint32_t process = process_slot(m, p);

	for (uint32_t i = 0; p->nthreads && i < m->thread_slots.fresh; i++) {
		if (m->threads[i].used && m->threads[i].process == process)
			thread_free(m, &m->threads[i]);
	}
}

/* What a process faulted in the interval and none of its threads is known to have. */
static bool remainder_of(const struct proc *p, struct thread_stats *s)
{
	*s = (struct thread_stats){.process = &p->pub, .state = 'X'};
	if (!p->used || !p->pub.matched || !p->was_based)
		return false;
	s->min_flt_delta = p->pub.min_flt_delta - p->thread_min;
	s->maj_flt_delta = p->pub.maj_flt_delta - p->thread_maj;
	s->min_flt = s->min_flt_delta;
	s->maj_flt = s->maj_flt_delta;
	return s->min_flt_delta || s->maj_flt_delta;
}

int model_threads(const struct model *m, enum process_order order, struct thread_stats *out,
		  int max)
{
	struct thread_stats rest;
	int n = 0, total = 0;

	if (!m->opts.max_threads)
		return 0;
	for (uint32_t i = 0; i < m->thread_slots.fresh; i++) {
		const struct thread *t = &m->threads[i];

		if (!t->used || !m->procs[t->process].pub.matched)
			continue;
		if (total++ >= max)
			continue;
		out[n] = t->stats;
		out[n++].process = &m->procs[t->process].pub;
	}
	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		if (remainder_of(&m->procs[i], &rest) && total++ < max)
			out[n++] = rest;
	}
	threads_sort(out, n, order);
	return total;
}
