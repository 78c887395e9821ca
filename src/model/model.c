/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model as a whole: made, fed, freed; time; the run itself.
 *
 * Layer: model. model.h is the contract, model_impl.h says which file does what.
 */
#include <stdlib.h>
#include "episode.h"
#include "history.h"

static void on_meta(struct model *m, const struct ev_hdr *hdr)
{
	m->meta = *(const struct ev_meta *)hdr;
	m->begin_ns = hdr->time_ns;
	clock_begin(m, &m->meta);
}

static void on_tick(struct model *m, const struct ev_hdr *hdr)
{
	uint64_t last = m->ticks ? m->tick.hdr.time_ns : m->begin_ns;

	m->interval_ns = hdr->time_ns > last ? hdr->time_ns - last : 0;
	m->tick = *(const struct ev_tick *)hdr;
	m->ticks++;
	oom_tick(m); /* while what ended in this interval is still in the table */
	scopes_tick_begin(m);
	processes_tick(m);
	scopes_tick_end(m);
	timeline_tick(m);
	swaps_tick(m);
	losses_tick(m);
	history_tick(m);
}

static void (*const handlers[])(struct model *m, const struct ev_hdr *hdr) = {
	[EV_STALL] = on_stall,
	[EV_FAULT] = on_fault,
	[EV_KSWAPD] = on_kswapd,
	[EV_KSWAPD_WAKEUP] = on_kswapd_wakeup,
	[EV_OOM_KILL] = on_oom_kill,
	[EV_OOM_REAP] = on_oom_reap,
	[EV_EXIT] = on_exit_event,
	[EV_TASK] = on_task_row,
	[EV_SWAPOUT] = on_swapout,
	[EV_META] = on_meta,
	[EV_PROBE] = on_probe,
	[EV_PROGRAM] = on_program,
	[EV_HOST] = on_host,
	[EV_ZONE] = on_zone,
	[EV_CGSTAT] = on_cgstat,
	[EV_CGROUP] = on_cgroup,
	[EV_PROCESS] = on_process,
	[EV_FILE] = on_file,
	[EV_KMSG] = on_kmsg,
	[EV_COUNTS] = on_counts,
	[EV_TICK] = on_tick,
	[EV_SYMBOL] = on_symbol,
	[EV_STACK] = on_stack,
	[EV_SLEEP] = on_sleep,
	[EV_SWAPDEV] = on_swapdev,
	[EV_SWAP_OWNER] = on_swap_owner,
	[EV_USTACK] = on_ustack,
	[EV_SAMPLE] = on_sample,
	[EV_CLOCK] = on_clock,
	[EV_CGMEM] = on_cgmem,
	[EV_OOM_BACK] = on_oom_back,
	[EV_USER] = on_user,
	[EV_VM] = on_vm,
};

/* The kernel log has a clock of its own. */
static void note_time(struct model *m, const struct ev_hdr *ev)
{
	if (ev->kind == EV_KMSG)
		return;
	if (!m->begun)
		m->begin_ns = ev->time_ns;
	m->begun = true;
	if (ev->time_ns > m->now_ns)
		m->now_ns = ev->time_ns;
}

void model_event(struct model *m, const struct ev_hdr *ev)
{
	if (ev->kind >= sizeof(handlers) / sizeof(handlers[0]) || !handlers[ev->kind]) {
		model_bad_event(m);
		return;
	}
	note_time(m, ev);
	handlers[ev->kind](m, ev);
}

void model_bad_event(struct model *m)
{
	m->loss.bad_events++;
}

struct model *model_new(const struct model_opts *opts)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->opts = *opts;
	filter_init(m);
	scopes_init(m);
	if (processes_init(m) || threads_init(m) || files_init(m) || names_init(m) ||
	    symbols_init(m) || sleeps_init(m) || ustacks_init(m) || swaps_init(m) ||
	    stalls_init(m) || ooms_init(m) || episodes_init(m) || history_init(m)) {
		model_free(m);
		return NULL;
	}
	return m;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	history_fini(m);
	episodes_fini(m);
	ooms_fini(m);
	stalls_fini(m);
	swaps_fini(m);
	ustacks_fini(m);
	sleeps_fini(m);
	symbols_fini(m);
	names_fini(m);
	files_fini(m);
	threads_fini(m);
	processes_fini(m);
	free(m);
}

const struct ev_meta *model_meta(const struct model *m)
{
	return &m->meta;
}

uint64_t model_begin_ns(const struct model *m)
{
	return m->begin_ns;
}

uint64_t model_now_ns(const struct model *m)
{
	return m->now_ns;
}

uint64_t model_churn_ns(const struct model *m)
{
	return m->opts.churn_ns;
}

const struct ev_tick *model_last_tick(const struct model *m)
{
	return m->ticks ? &m->tick : NULL;
}

uint64_t model_ticks(const struct model *m)
{
	return m->ticks;
}

uint64_t model_interval_ns(const struct model *m)
{
	return m->interval_ns;
}

const struct process *model_process(const struct model *m, uint32_t tgid, uint64_t start_ns)
{
	const struct proc *p = process_find(m, tgid, start_ns);

	return p ? &p->pub : NULL;
}

const struct others *model_others(const struct model *m)
{
	return &m->others;
}
