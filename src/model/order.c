/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sorted lists of processes and cgroups. Nothing is allocated: the caller's array holds the best
 * so far as a heap whose root is the worst of them, and is sorted at the end.
 *
 * Layer: model (model_processes(), model_cgroups() are public).
 */
#include "model_impl.h"

/* Sorts before what has a smaller a, or the same a and a smaller b; then by id, ascending. */
struct rank {
	uint64_t a, b, id;
};

/* Growth as a number that sorts: one that is negative comes last. */
static uint64_t growth_rank(uint64_t now, uint64_t first)
{
	return now - first + (1ULL << 63);
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
		r.a = growth_rank(p->anon_rss_bytes + p->file_rss_bytes + p->shmem_rss_bytes,
				  p->rss_first_bytes);
		break;
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

static bool before(const struct top *t, const void *x, const void *y)
{
	struct rank a = t->rank(x, t->order), b = t->rank(y, t->order);

	if (a.a != b.a)
		return a.a > b.a;
	if (a.b != b.b)
		return a.b > b.b;
	return a.id < b.id;
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

int model_processes(const struct model *m, enum process_order order, const struct process **out,
		    int max)
{
	struct top t = {(const void **)out, 0, max, (int)order, process_rank};
	int n = 0;

	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		const struct proc *p = &m->procs[i];

		if (!p->used || !p->pub.matched)
			continue;
		top_add(&t, &p->pub);
		n++;
	}
	top_sort(&t);
	return n;
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
