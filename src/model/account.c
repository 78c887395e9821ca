/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The figures of processes: fault totals from snapshots and exits, growth per interval.
 *
 * Layer: model, private.
 *
 * The kernel keeps min_flt and maj_flt in each task and adds those of an ended thread to the
 * process's signal_struct (__exit_signal() in kernel/exit.c). So at a snapshot a process's total
 * is its folded_* plus its threads' own. At its end the total is the sum over all its exit events,
 * as far as these were seen from the beginning; they are exact where signal_struct may still lack
 * threads that end at the same time. All that is computed here are lower bounds of the true
 * total, so the largest holds, and no total ever goes back.
 */
#include <stddef.h>
#include "history.h"
#include "model_impl.h"

#define MISSING_MAX 3 /* snapshots without it, after which a process is taken for ended */

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t rss(const struct process *p)
{
	return p->anon_rss_bytes + p->file_rss_bytes + p->shmem_rss_bytes;
}

/* A zombie without living threads: it has sent its last exit event, or ended before the trace. */
static bool row_is_dead(const struct ev_task_row *row)
{
	return row->leader && (row->state == 'Z' || row->state == 'X') && row->threads <= 1;
}

static void row_sizes(struct process *p, const struct ev_task_row *row)
{
	uint64_t old_rss = rss(p), old_swap = p->swap_bytes;
	bool first = !p->sampled;

	p->anon_rss_bytes = row->anon_rss_bytes;
	p->file_rss_bytes = row->file_rss_bytes;
	p->shmem_rss_bytes = row->shmem_rss_bytes;
	p->swap_bytes = row->swap_bytes;
	p->pgtables_bytes = row->pgtables_bytes;
	p->total_vm_bytes = row->total_vm_bytes;
	if (first && !p->born_traced) {
		p->rss_first_bytes = old_rss = rss(p);
		p->swap_first_bytes = old_swap = p->swap_bytes;
	}
	p->rss_max_bytes = max_u64(p->rss_max_bytes, rss(p));
	p->rss_delta_bytes = (int64_t)(rss(p) - old_rss);
	p->swap_delta_bytes = (int64_t)(p->swap_bytes - old_swap);
	p->sampled = true;
}

static void row_leader(struct proc *p, const struct ev_task_row *row)
{
	if (!p->first_row_ns) {
		p->first_row_ns = row->hdr.time_ns;
		if (!p->pub.born_traced) {
			p->dead_min = row->folded_min_flt;
			p->dead_maj = row->folded_maj_flt;
		}
	}
	/*
	 * More rows than there are threads: one ended since its row was read and is in folded_*
	 * now. Count none of those rows rather than one twice.
	 */
	if (p->rows > row->threads && p->rows > 1) {
		p->sum_min = row->min_flt;
		p->sum_maj = row->maj_flt;
	}
	p->sum_min += row->folded_min_flt;
	p->sum_maj += row->folded_maj_flt;
	p->led = true;
	p->pub.ppid = row->ppid;
	p->pub.oom_score_adj = row->oom_score_adj;
	p->pub.threads = row->threads;
	p->pub.mm = row->mm;
	p->pub.state = row->state;
	if (row->sized || row_is_dead(row)) /* the dead have none */
		row_sizes(&p->pub, row);
}

void on_task_row(struct model *m, const struct ev_hdr *ev)
{
	const struct ev_task_row *row = (const struct ev_task_row *)ev;
	bool dead = row_is_dead(row);
	struct proc *p;

	m->snapshot_rows++;
	p = dead ? process_find(m, row->task.tgid, row->task.start_ns) : process_get(m, &row->task);
	if (!p && !dead)
		history_row(m, row);
	if (!p || p->pub.exited)
		return;
	if (m->opts.max_threads)
		thread_row(m, p, row);
	p->rows++;
	p->sum_min += row->min_flt;
	p->sum_maj += row->maj_flt;
	growth_row(p, row);
	if (row->leader || !p->named)
		process_note(p, &row->task);
	if (row->leader)
		row_leader(p, row);
	filter_tree_seen(m, p, m->opts.filter.tree_by_source && !row->unwatched);
	p->hit = p->hit || filter_task(m, &row->task, p);
	if (dead) { /* its exit event was lost */
		p->final = true;
		process_end(m, p, row->hdr.time_ns);
	}
}

/* The table has no room for it: what is sure of its faults goes to those that have left. */
static void exit_untracked(struct model *m, const struct ev_exit *ev)
{
	bool born_traced = ev->task.start_ns && ev->task.start_ns >= m->begin_ns;
	uint64_t min = ev->folded_min_flt + ev->min_flt, maj = ev->folded_maj_flt + ev->maj_flt;

	if (!ev->group_dead || m->filtered)
		return;
	m->others.processes++;
	m->others.min_flt_traced += born_traced ? min : 0;
	m->others.maj_flt_traced += born_traced ? maj : 0;
}

static void exit_final(struct proc *p, const struct ev_exit *ev)
{
	p->sum_min = max_u64(p->dead_min, ev->folded_min_flt + ev->min_flt);
	p->sum_maj = max_u64(p->dead_maj, ev->folded_maj_flt + ev->maj_flt);
	p->final = true;
}

/* Exits since the first snapshot count; what was before is in its folded_* already. */
static bool exit_adds(const struct proc *p, const struct ev_exit *ev)
{
	return p->pub.born_traced || (p->first_row_ns && ev->hdr.time_ns > p->first_row_ns);
}

void on_exit_event(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_exit *ev = (const struct ev_exit *)hdr;
	struct proc *p = process_get(m, &ev->task);

	oom_exit(m, ev);
	if (!p) {
		exit_untracked(m, ev);
		return;
	}
	process_note(p, &ev->task);
	p->pub.ppid = ev->ppid;
	if (exit_adds(p, ev)) {
		p->dead_min += ev->min_flt;
		p->dead_maj += ev->maj_flt;
	}
	thread_exit(m, p, ev, exit_adds(p, ev));
	growth_exit(p, ev, exit_adds(p, ev));
	filter_tree_seen(m, p, m->opts.filter.tree_by_source);
	p->hit = p->hit || filter_task(m, &ev->task, p);
	if (ev->group_dead) {
		exit_final(p, ev);
		process_end(m, p, ev->hdr.time_ns);
	}
}

void on_swapout(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_swapout *ev = (const struct ev_swapout *)hdr;
	struct proc *p;

	if (!filter_admit(m, &ev->task, &p))
		return;
	if (!p) {
		m->others.swapout_pages += ev->anon_pages;
		m->others.fileout_pages += ev->file_pages;
		return;
	}
	p->pub.swapout_pages += ev->anon_pages;
	p->pub.fileout_pages += ev->file_pages;
}

/* Brings a total forward to now, if that is forward. Returns by how much. */
static uint64_t total_advance(uint64_t *total, uint64_t *traced, uint64_t now, bool based)
{
	uint64_t grown = now > *total ? now - *total : 0;

	*total += grown;
	if (!based)
		return 0;
	*traced += grown;
	return grown;
}

static void settle(struct proc *p)
{
	struct process *pub = &p->pub;

	pub->min_flt_delta =
		total_advance(&pub->min_flt, &pub->min_flt_traced, p->sum_min, p->based);
	pub->maj_flt_delta =
		total_advance(&pub->maj_flt, &pub->maj_flt_traced, p->sum_maj, p->based);
	p->based = true;
}

void process_settle(struct proc *p)
{
	if (p->final)
		settle(p);
	p->final = false;
}

static uint64_t delta(uint64_t now, uint64_t *prev)
{
	uint64_t grown = now - *prev;

	*prev = now;
	return grown;
}

static void tick_swap(struct proc *p)
{
	struct process *pub = &p->pub;

	pub->swapin_delta = delta(pub->swapin_faults, &p->prev_swapin);
	pub->swapin_ns_delta = delta(pub->swapin_ns, &p->prev_swapin_ns);
	pub->churned_delta = delta(pub->churned, &p->prev_churned);
	pub->swapout_delta = delta(pub->swapout_pages, &p->prev_swapout);
	pub->fileout_delta = delta(pub->fileout_pages, &p->prev_fileout);
}

static void tick_faults(struct proc *p)
{
	if (p->final) {
		process_settle(p);
	} else if (p->led && !p->pub.exited) {
		settle(p);
	} else {
		p->pub.min_flt_delta = p->pub.maj_flt_delta = 0;
	}
}

/* Kernel threads are in no snapshot. */
static void tick_missing(struct model *m, struct proc *p)
{
	if (p->rows || (p->pub.flags & EV_TASK_KTHREAD)) {
		p->missing = 0;
		return;
	}
	if (++p->missing < MISSING_MAX)
		return;
	process_end(m, p, m->now_ns);
	p->gone = true;
}

static void process_tick(struct model *m, struct proc *p, bool complete)
{
	tick_faults(p);
	tick_swap(p);
	growth_tick(m, p);
	if (!p->led)
		p->pub.rss_delta_bytes = p->pub.swap_delta_bytes = 0;
	if (complete && !p->pub.exited)
		tick_missing(m, p);
	if (p->rows || p->pub.exited)
		filter_decide(m, p);
	p->sum_min = p->sum_maj = 0;
	p->rows = 0;
	p->led = p->hit = false;
	p->published = p->pub.exited;
}

void processes_tick(struct model *m)
{
	bool complete = m->snapshot_rows && !m->snapshot_cut;

	if (m->opts.filter.tree && !m->opts.filter.tree_by_source)
		filter_tree_tick(m);
	threads_sum(m);
	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		struct proc *p = &m->procs[i];
		bool boring = p->published && !p->final && !process_interesting(p) &&
			      !growth_notable(p) && m->exited > m->opts.keep_ended;

		if (!p->used)
			continue;
		if (boring || (p->published && !p->pub.matched && !growth_notable(p)))
			process_fold(m, p);
		else
			process_tick(m, p, complete);
	}
	threads_tick(m, complete);
	m->snapshot_rows = 0;
	m->snapshot_cut = false;
}
