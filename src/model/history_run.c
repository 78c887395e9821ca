/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls in a row, by what forced them: when they began, how many, how many of them in vain.
 *
 * Layer: model, private. See history_impl.h.
 *
 * A run takes the same room whether it is of ten stalls or of a million, so a storm of stalls
 * pushes none out. Each kill ends all runs, so that those before it can be told from those after;
 * in a report those that only a kill has parted are one.
 */
#include "history_impl.h"

#define RUNS_MIN    64
#define RUNS_SHARE  32 /* of the memory at most 1/32 */
#define RUNS_WEIGHT (sizeof(struct run) + 4 * sizeof(struct htab_entry))

int runs_init(struct history *h, size_t bytes)
{
	size_t n = bytes / RUNS_SHARE / RUNS_WEIGHT;

	n = n < RUNS_MIN ? RUNS_MIN : n;
	h->max_runs = n > HISTORY_RUNS ? HISTORY_RUNS : (uint32_t)n;
	return htab_init(&h->run_tab, h->max_runs);
}

static uint64_t stall_scope(const struct ev_stall *ev)
{
	if (stall_of_node(ev))
		return 0;
	return ev->target_cgroup ? ev->target_cgroup : ev->task.cgroup;
}

static struct run *run_latest(const struct history *h, uint64_t scope)
{
	uint32_t i;

	return htab_get(&h->run_tab, scope, 0, &i) ? &h->runs[i] : NULL;
}

/* In the place of the oldest. */
static struct run *run_new(struct history *h, uint64_t scope, uint64_t begin_ns)
{
	uint32_t i = (uint32_t)(h->nruns % h->max_runs);
	struct run *run = &h->runs[i];

	if (h->nruns++ >= h->max_runs && run_latest(h, run->scope) == run)
		htab_del(&h->run_tab, run->scope, 0);
	*run = (struct run){.scope = scope, .begin_ns = begin_ns, .kill_ns = h->kill_ns};
	htab_put(&h->run_tab, scope, 0, i);
	return run;
}

static bool in_a_row(uint64_t end_ns, uint64_t begin_ns)
{
	return begin_ns < end_ns || begin_ns - end_ns < HISTORY_GAP_NS;
}

void runs_stall(struct history *h, const struct ev_stall *ev)
{
	uint64_t begin = wait_begin_ns(&ev->hdr, ev->duration_ns), scope = stall_scope(ev);
	struct run *run = run_latest(h, scope);

	if (!h->runs)
		return;
	if (!run || run->kill_ns != h->kill_ns || !in_a_row(run->end_ns, begin))
		run = run_new(h, scope, begin);
	run->begin_ns = begin < run->begin_ns ? begin : run->begin_ns;
	run->end_ns = ev->hdr.time_ns > run->end_ns ? ev->hdr.time_ns : run->end_ns;
	run->stalls++;
	run->vain += !ev->reclaimed_pages && ev->kind != STALL_COMPACTION;
}

void history_kill(struct model *m, const struct ev_oom_kill *ev)
{
	struct history *h = m->history;

	if (h && ev->hdr.time_ns > h->kill_ns)
		h->kill_ns = ev->hdr.time_ns;
}

/* From the latest run before the first kill back, as far as memory or the window reaches. */
void runs_report(const struct history *h, struct report *r, uint64_t scope)
{
	uint64_t n = h->nruns < h->max_runs ? h->nruns : h->max_runs, from = r->first_ns;
	bool row = true;

	for (uint64_t i = 1; i <= n; i++) {
		const struct run *run = &h->runs[(h->nruns - i) % h->max_runs];

		if (run->scope != scope || run->begin_ns >= r->first_ns ||
		    (run->kill_ns && run->kill_ns >= r->first_ns) || run->end_ns < r->from_ns)
			continue;
		row = row && in_a_row(run->end_ns, from);
		from = run->begin_ns < from ? run->begin_ns : from;
		r->first_stall_ns = from;
		if (!row)
			continue;
		r->last_run_ns = from;
		r->retries += run->stalls;
		r->retries_vain += run->vain;
	}
}
