// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: view. Threads and processes that have tracks, in memory of a fixed size; and the rule that
 * slices of a track nest. The contract is in chrome.h.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "chrome.h"

#define NO_SLOT UINT32_MAX

static bool pool_new(struct chrome_pool *p, uint32_t size)
{
	p->size = p->nunused = size;
	p->unused = calloc(size, sizeof(*p->unused));
	for (uint32_t i = 0; p->unused && i < size; i++)
		p->unused[i] = size - 1 - i;
	return p->unused && !htab_init(&p->tab, size);
}

static void pool_free(struct chrome_pool *p)
{
	htab_fini(&p->tab);
	free(p->unused);
}

/* A slot for a new key; NO_SLOT: there is none left. */
static uint32_t pool_take(struct chrome_pool *p, uint64_t key)
{
	uint32_t slot;

	if (!p->nunused)
		return NO_SLOT;
	slot = p->unused[--p->nunused];
	htab_put(&p->tab, key, 0, slot);
	return slot;
}

static void pool_give(struct chrome_pool *p, uint64_t key)
{
	uint32_t slot;

	if (!htab_get(&p->tab, key, 0, &slot))
		return;
	htab_del(&p->tab, key, 0);
	p->unused[p->nunused++] = slot;
}

bool chrome_tracks_new(struct chrome *c)
{
	c->threads = calloc(CHROME_THREADS, sizeof(*c->threads));
	c->procs = calloc(CHROME_PROCS, sizeof(*c->procs));
	c->cgroups = calloc(CHROME_CGROUPS, sizeof(*c->cgroups));
	return c->threads && c->procs && c->cgroups && pool_new(&c->thread_pool, CHROME_THREADS) &&
	       pool_new(&c->proc_pool, CHROME_PROCS) && pool_new(&c->cgroup_pool, CHROME_CGROUPS);
}

void chrome_tracks_free(struct chrome *c)
{
	for (uint32_t i = 0; c->threads && i < CHROME_THREADS; i++)
		free(c->threads[i].sleep);
	free(c->threads);
	free(c->procs);
	free(c->cgroups);
	pool_free(&c->thread_pool);
	pool_free(&c->proc_pool);
	pool_free(&c->cgroup_pool);
}

static void name_of(const char *comm, char name[EV_COMM_LEN + 1])
{
	snprintf(name, EV_COMM_LEN + 1, "%.*s", EV_COMM_LEN, comm[0] ? comm : "?");
}

static void thread_retire(struct chrome *c, struct chrome_thread *t)
{
	char name[EV_COMM_LEN + 1];

	chrome_sleeps_alone(c, t, UINT64_MAX);
	name_of(t->comm, name);
	chrome_meta_str(c, "thread_name", t->pid, t->tid, "name", name);
	/* The process's first thread above the others. */
	chrome_meta_s64(c, "thread_sort_index", t->pid, t->tid, "sort_index",
			t->tid == t->pid ? -1 : 0);
	pool_give(&c->thread_pool, t->tid);
	free(t->sleep);
	*t = (struct chrome_thread){0};
}

/* Whoever waited longest for memory comes first, after the host. */
static void proc_retire(struct chrome *c, struct chrome_proc *p)
{
	const struct process *known = model_process(c->model, p->pid, p->start_ns);
	const char *cgroup = p->cgroup ? model_cgroup_path(c->model, p->cgroup) : NULL;
	uint64_t ms = p->stall_ns / 1000000;
	char name[EV_COMM_LEN + 1], label[NAME_LEN];

	if (p->shown) {
		name_of(p->comm, name);
		snprintf(label, sizeof(label), "%s%s%s", cgroup ? cgroup : "",
			 cgroup && known && known->cmdline ? ": " : "",
			 known && known->cmdline ? known->cmdline : "");
		chrome_meta_str(c, "process_name", p->pid, p->pid, "name", name);
		chrome_meta_str(c, "process_labels", p->pid, p->pid, "labels", label);
		chrome_meta_s64(c, "process_sort_index", p->pid, p->pid, "sort_index",
				ms < INT_MAX ? -(int64_t)ms : -INT_MAX);
	}
	pool_give(&c->proc_pool, p->pid);
	*p = (struct chrome_proc){0};
}

/* Slices of a thread that is forgotten end here: those of a new one of its number begin later. */
static void thread_evict(struct chrome *c)
{
	struct chrome_thread *t = &c->threads[c->thread_pool.hand++ % CHROME_THREADS];

	if (t->nspans && t->span[t->nspans - 1].end > c->gone_ns)
		c->gone_ns = t->span[t->nspans - 1].end;
	thread_retire(c, t);
}

struct chrome_thread *chrome_thread(struct chrome *c, const struct ev_task *task)
{
	struct chrome_thread *t;
	struct chrome_proc *p;
	uint32_t slot;

	if (htab_get(&c->thread_pool.tab, task->tid, 0, &slot) &&
	    (c->threads[slot].pid != task->tgid || c->threads[slot].start_ns != task->start_ns))
		chrome_thread_end(c, task->tid);
	if (!htab_get(&c->thread_pool.tab, task->tid, 0, &slot)) {
		if (!c->thread_pool.nunused)
			thread_evict(c);
		slot = pool_take(&c->thread_pool, task->tid);
		t = &c->threads[slot];
		*t = (struct chrome_thread){.start_ns = task->start_ns,
					    .pid = task->tgid,
					    .tid = task->tid,
					    .used = true,
					    .floor_ns = c->gone_ns};
	}
	t = &c->threads[slot];
	memcpy(t->comm, task->comm, sizeof(t->comm));
	p = chrome_proc(c, task);
	p->shown = true;
	return t;
}

struct chrome_proc *chrome_proc(struct chrome *c, const struct ev_task *task)
{
	struct chrome_proc *p;
	uint32_t slot;

	if (htab_get(&c->proc_pool.tab, task->tgid, 0, &slot) &&
	    c->procs[slot].start_ns != task->start_ns)
		chrome_proc_end(c, task->tgid);
	if (!htab_get(&c->proc_pool.tab, task->tgid, 0, &slot)) {
		if (!c->proc_pool.nunused)
			proc_retire(c, &c->procs[c->proc_pool.hand++ % CHROME_PROCS]);
		slot = pool_take(&c->proc_pool, task->tgid);
		c->procs[slot] = (struct chrome_proc){
			.start_ns = task->start_ns, .pid = task->tgid, .used = true};
	}
	p = &c->procs[slot];
	/* A thread's name stands in for the process's own as long as that is not known. */
	if (task->tid == task->tgid || !p->comm[0])
		memcpy(p->comm, task->comm, sizeof(p->comm));
	p->cgroup = task->cgroup ? task->cgroup : p->cgroup;
	return p;
}

struct chrome_cgroup *chrome_cgroup(struct chrome *c, uint64_t id)
{
	uint32_t slot;

	if (!htab_get(&c->cgroup_pool.tab, id, 0, &slot))
		slot = pool_take(&c->cgroup_pool, id);
	return slot == NO_SLOT ? NULL : &c->cgroups[slot];
}

void chrome_thread_end(struct chrome *c, uint32_t tid)
{
	uint32_t slot;

	if (htab_get(&c->thread_pool.tab, tid, 0, &slot))
		thread_retire(c, &c->threads[slot]);
}

void chrome_proc_end(struct chrome *c, uint32_t pid)
{
	uint32_t slot;

	if (htab_get(&c->proc_pool.tab, pid, 0, &slot))
		proc_retire(c, &c->procs[slot]);
}

void chrome_tracks_end(struct chrome *c)
{
	for (uint32_t i = 0; i < CHROME_THREADS; i++)
		if (c->threads[i].used)
			thread_retire(c, &c->threads[i]);
	for (uint32_t i = 0; i < CHROME_PROCS; i++)
		if (c->procs[i].used)
			proc_retire(c, &c->procs[i]);
}

static void span_push(struct chrome_thread *t, const struct span *at)
{
	if (t->nspans == CHROME_SPANS) {
		t->span[0].end = t->span[1].end;
		memmove(&t->span[1], &t->span[2], (CHROME_SPANS - 2) * sizeof(t->span[0]));
		t->nspans--;
	}
	t->span[t->nspans++] = *at;
}

bool chrome_place(struct chrome *c, struct chrome_thread *t, struct span *at)
{
	uint64_t end = t->nspans ? t->span[t->nspans - 1].end : t->floor_ns;

	if (at->end < end || at->begin > at->end)
		return false;
	while (t->nspans && t->span[t->nspans - 1].begin >= at->begin)
		t->nspans--;
	end = t->nspans ? t->span[t->nspans - 1].end : t->floor_ns;
	if (at->begin < end) {
		at->begin = end;
		c->shortened++;
	}
	span_push(t, at);
	return true;
}
