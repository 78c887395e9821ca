/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sorted lists of processes and cgroups. Nothing is allocated: the caller's array holds the best
 * so far as a heap whose root is the worst of them, and is sorted at the end.
 *
 * Layer: model (model_processes(), model_cgroups() are public).
 */
#include <stdlib.h>
#include "model_impl.h"

/* Sorts before what has a smaller a, or the same a and a smaller b; then by id, ascending. */
struct rank {
	uint64_t a, b, id;
};

/* A number with a sign as one without that sorts alike. */
static uint64_t signed_rank(int64_t n)
{
	return (uint64_t)n + (1ULL << 63);
}

static uint64_t rss(const struct process *p)
{
	return p->anon_rss_bytes + p->file_rss_bytes + p->shmem_rss_bytes;
}

/* Orders of interval tables. */
static struct rank interval_rank(const struct process *p, enum process_order order)
{
	struct rank r = {.id = p->tgid, .b = p->maj_flt_delta};

	switch (order) {
	case BY_MINOR_FAULTS_DELTA:
		r.a = p->min_flt_delta;
		break;
	case BY_RSS:
		r.a = rss(p);
		break;
	case BY_RSS_DELTA:
		r.a = signed_rank(p->rss_delta_bytes);
		break;
	case BY_SWAP_SIZE:
		r.a = p->swap_bytes;
		break;
	case BY_SWAP_SIZE_DELTA:
		r.a = signed_rank(p->swap_delta_bytes);
		break;
	case BY_SWAPINS_DELTA:
		r.a = p->swapin_delta;
		break;
	case BY_SWAPOUTS_DELTA:
		r.a = p->swapout_delta;
		break;
	default: /* BY_PID */
		r.b = 0;
		break;
	}
	return r;
}

static struct rank process_rank(const void *item, int order)
{
	const struct process *p = item;
	struct rank r = {.id = p->tgid};

	switch ((enum process_order)order) {
	case BY_STALL_TIME:
		r.a = p->details ? p->details->stalls.all.total_ns : 0;
		r.b = p->details ? p->details->stalls.all.count : 0;
		break;
	case BY_MAJOR_FAULTS:
		r.a = p->maj_flt_traced;
		r.b = p->min_flt_traced;
		break;
	case BY_MAJOR_FAULTS_DELTA:
		r.a = p->maj_flt_delta;
		r.b = p->min_flt_delta;
		break;
	case BY_SWAP_DELTA:
		r.a = p->swapin_delta + p->swapout_delta;
		r.b = p->swap_bytes;
		break;
	case BY_SWAP:
		r.a = p->swapin_faults + p->swapout_pages;
		r.b = p->swap_bytes;
		break;
	case BY_RSS_GROWTH:
		r.a = signed_rank((int64_t)(rss(p) - p->rss_first_bytes));
		break;
	default:
		return interval_rank(p, (enum process_order)order);
	}
	return r;
}

static struct rank cgroup_rank(const void *item, int order)
{
	const struct cgroup_stats *cg = item;

	(void)order;
	return (struct rank){cg->stall_ns + cg->forced_ns, cg->majfaults + cg->oom_kills, cg->id};
}

struct top {
	const void **item;
	int n, max;
	int order;
	struct rank (*rank)(const void *item, int order);
};

static bool rank_before(struct rank a, struct rank b)
{
	if (a.a != b.a)
		return a.a > b.a;
	if (a.b != b.b)
		return a.b > b.b;
	return a.id < b.id;
}

static bool before(const struct top *t, const void *x, const void *y)
{
	return rank_before(t->rank(x, t->order), t->rank(y, t->order));
}

static struct rank thread_faults_rank(const struct thread_stats *t)
{
	return (struct rank){t->maj_flt_delta, t->min_flt_delta, t->tid};
}

/* By what a process has: its threads stay together. */
static bool thread_before(const struct thread_stats *x, const struct thread_stats *y,
			  enum process_order order)
{
	struct rank a = thread_faults_rank(x), b = thread_faults_rank(y);

	if (order == BY_MINOR_FAULTS_DELTA) {
		a = (struct rank){x->min_flt_delta, x->maj_flt_delta, x->tid};
		b = (struct rank){y->min_flt_delta, y->maj_flt_delta, y->tid};
	} else if (order == BY_PID) {
		a = (struct rank){.id = x->tid};
		b = (struct rank){.id = y->tid};
	}
	if (order == BY_MAJOR_FAULTS_DELTA || order == BY_MINOR_FAULTS_DELTA ||
	    x->process == y->process)
		return rank_before(a, b);
	return rank_before(process_rank(x->process, (int)order),
			   process_rank(y->process, (int)order));
}

static int thread_compare(const void *x, const void *y, void *order)
{
	const struct thread_stats *a = x, *b = y;

	if (thread_before(a, b, *(enum process_order *)order))
		return -1;
	return thread_before(b, a, *(enum process_order *)order);
}

void threads_sort(struct thread_stats *list, int n, enum process_order order)
{
	if (n > 1)
		qsort_r(list, (size_t)n, sizeof(*list), thread_compare, &order);
}

static void swap_items(struct top *t, int i, int j)
{
	const void *tmp = t->item[i];

	t->item[i] = t->item[j];
	t->item[j] = tmp;
}

/* Lets the item at i sink until those below it are better. */
static void sink(struct top *t, int i, int n)
{
	for (;;) {
		int worst = i, left = 2 * i + 1;

		for (int child = left; child < n && child <= left + 1; child++) {
			if (before(t, t->item[worst], t->item[child]))
				worst = child;
		}
		if (worst == i)
			return;
		swap_items(t, i, worst);
		i = worst;
	}
}

static void top_add(struct top *t, const void *item)
{
	if (t->n < t->max) {
		t->item[t->n++] = item;
		if (t->n == t->max) {
			for (int i = t->n / 2 - 1; i >= 0; i--)
				sink(t, i, t->n);
		}
	} else if (t->max > 0 && before(t, item, t->item[0])) {
		t->item[0] = item;
		sink(t, 0, t->n);
	}
}

static void top_sort(struct top *t)
{
	for (int i = t->n / 2 - 1; i >= 0; i--)
		sink(t, i, t->n);
	for (int n = t->n - 1; n > 0; n--) {
		swap_items(t, 0, n);
		sink(t, 0, n);
	}
}

int model_processes_if(const struct model *m, enum process_order order, process_keep_fn keep,
		       const void *ctx, const struct process **out, int max)
{
	struct top t = {(const void **)out, 0, max, (int)order, process_rank};
	int n = 0;

	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		const struct proc *p = &m->procs[i];

		if (!p->used || !p->pub.matched || (keep && !keep(ctx, &p->pub)))
			continue;
		top_add(&t, &p->pub);
		n++;
	}
	top_sort(&t);
	return n;
}

int model_processes(const struct model *m, enum process_order order, const struct process **out,
		    int max)
{
	return model_processes_if(m, order, NULL, NULL, out, max);
}

static bool cgroup_active(const struct cgroup_stats *s)
{
	return s->stalls || s->forced_stalls || s->majfaults || s->oom_kills;
}

int model_cgroups(const struct model *m, const struct cgroup_stats **out, int max)
{
	struct top t = {(const void **)out, 0, max, 0, cgroup_rank};
	int n = 0;

	for (uint32_t i = 0; i < m->ncgroups; i++) {
		if (!cgroup_active(&m->cgroups[i].stats))
			continue;
		top_add(&t, &m->cgroups[i].stats);
		n++;
	}
	top_sort(&t);
	return n;
}
