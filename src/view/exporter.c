// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: view. Which events are exported, and when: those in which names are missing wait for them,
 * and those behind them with them. The contract is in exporter.h.
 */
#include <stdlib.h>
#include <string.h>
#include "export_impl.h"

#define QUEUE_BYTES (4 << 20)
#define WAIT_NS	    2000000000ull /* no longer than lines of `stalls` do */

struct exporter *exporter_new(struct view *v, const struct exporter_opts *opts)
{
	struct exporter *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->view = v;
	x->opts = *opts;
	x->queue = malloc(QUEUE_BYTES);
	x->state = calloc(1, opts->form->state_size + 1);
	if (!x->queue || !x->state || (opts->form->begin && !opts->form->begin(x))) {
		exporter_free(x);
		return NULL;
	}
	return x;
}

void exporter_free(struct exporter *x)
{
	if (!x)
		return;
	if (x->state && x->opts.form->free)
		x->opts.form->free(x);
	free(x->state);
	free(x->queue);
	free(x);
}

const struct ev_task *event_task(const struct ev_hdr *ev)
{
	switch (ev->kind) {
	case EV_STALL:
	case EV_FAULT:
	case EV_KSWAPD_WAKEUP:
	case EV_OOM_KILL:
	case EV_EXIT:
	case EV_TASK:
	case EV_SWAPOUT:
	case EV_SLEEP:
	case EV_SAMPLE:
		return (const struct ev_task *)(ev + 1);
	default:
		return NULL;
	}
}

/* The process that an event gives a name to; NULL: it is none of those, or not known at all. */
static const struct process *process_of_name(const struct exporter *x, const struct ev_hdr *ev)
{
	const struct ev_process *process = (const void *)ev;
	const struct ev_ustack *ustack = (const void *)ev;

	if (ev->kind == EV_PROCESS)
		return model_process(x->view->model, process->tgid, process->start_ns);
	if (ev->kind == EV_USTACK)
		return model_process(x->view->model, ustack->tgid, ustack->start_ns);
	return NULL;
}

/* process.matched is that of the last tick. */
static bool process_matches(const struct exporter *x, const struct process *p)
{
	struct ev_task task = {.start_ns = p->start_ns,
			       .cgroup = p->cgroup,
			       .tgid = p->tgid,
			       .tid = p->tgid,
			       .uid = p->uid};

	memcpy(task.comm, p->comm, sizeof(task.comm));
	return p->matched || model_match(x->view->model, &task);
}

/* Names of a process that the filters leave out are nobody's business. */
static void deliver(struct exporter *x, const struct ev_hdr *ev)
{
	const struct process *p = process_of_name(x, ev);

	if (!p || process_matches(x, p))
		x->opts.form->event(x, ev);
}

static bool long_enough(const struct exporter *x, const struct ev_hdr *ev)
{
	const struct ev_fault *fault = (const void *)ev;

	if (ev->kind == EV_STALL)
		return ((const struct ev_stall *)ev)->duration_ns >= x->view->min_ns;
	if (ev->kind == EV_FAULT)
		return fault->duration_ns >= x->view->min_ns || fault->flags & FAULT_F_UNTIMED;
	return true;
}

static bool wanted(const struct exporter *x, const struct ev_hdr *ev)
{
	const struct model *m = x->view->model;
	const struct ev_task *task = event_task(ev);

	if (ev->kind == EV_OOM_KILL)
		return model_match(m, task) ||
		       model_match(m, &((const struct ev_oom_kill *)ev)->victim);
	return !task || (model_match(m, task) && long_enough(x, ev));
}

/*
 * Are the names that it refers to known, as far as they ever will be? Of a command line
 * it is not known whether it is wanted before the process itself is.
 */
static bool named(const struct exporter *x, const struct ev_hdr *ev)
{
	const struct process *p = process_of_name(x, ev);
	struct ev_stall stall = {0};

	if (p && !p->comm[0])
		return false;
	if (ev->kind == EV_CGSTAT)
		return model_cgroup_path(x->view->model, ((const struct ev_cgstat *)ev)->cgroup);

	if (ev->kind == EV_STALL)
		return model_stall_named(x->view->model, (const struct ev_stall *)ev);
	if (ev->kind == EV_SLEEP)
		stall.stack = ((const struct ev_sleep *)ev)->stack;
	else if (ev->kind == EV_OOM_KILL)
		stall.stack = ((const struct ev_oom_kill *)ev)->stack;
	return model_stall_named(x->view->model, &stall);
}

static bool empty(const struct exporter *x)
{
	return x->head == x->tail && !x->wrap;
}

static const struct ev_hdr *first(const struct exporter *x)
{
	return (const struct ev_hdr *)(x->queue + x->head);
}

/* Events are a multiple of 8 bytes long, so whatever begins here is aligned. */
static void pop(struct exporter *x)
{
	const struct ev_hdr *ev = first(x);
	size_t size = ev->size;

	deliver(x, ev);
	x->head += size;
	if (x->wrap && x->head == x->wrap)
		x->head = x->wrap = 0;
	if (empty(x))
		x->head = x->tail = 0;
}

/* Where an event of that size may go, or NULL: something has to leave before. */
static char *place(struct exporter *x, size_t size)
{
	if (x->wrap)
		return x->head - x->tail > size ? x->queue + x->tail : NULL;
	if (QUEUE_BYTES - x->tail >= size)
		return x->queue + x->tail;
	if (x->head <= size)
		return NULL;
	x->wrap = x->tail;
	x->tail = 0;
	return x->queue;
}

static void put(struct exporter *x, const struct ev_hdr *ev)
{
	char *to;

	while (!(to = place(x, ev->size)))
		pop(x);
	memcpy(to, ev, ev->size);
	x->tail += ev->size;
}

void exporter_event(struct exporter *x, const struct ev_hdr *ev)
{
	uint64_t now = model_now_ns(x->view->model);

	if (!x->opts.form->event)
		return;
	while (!empty(x) && (named(x, first(x)) || now >= first(x)->time_ns + WAIT_NS))
		pop(x);
	if ((x->opts.only && x->opts.only->kind != ev->kind) || !wanted(x, ev))
		return;
	if (empty(x) && named(x, ev))
		deliver(x, ev);
	else
		put(x, ev);
}

void exporter_end(struct exporter *x)
{
	while (!empty(x))
		pop(x);
	if (x->opts.form->end)
		x->opts.form->end(x);
}
