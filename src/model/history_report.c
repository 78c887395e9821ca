/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recorder's part of a report: samples of the window, the stages, and what the stalls before
 * the kill were.
 *
 * Layer: model, private. See history_impl.h.
 */
#include <string.h>
#include "history_impl.h"
#include "trend.h"

/* Whose limit it was, 0 = the machine ran out. */
static uint64_t report_scope(const struct report *r)
{
	const struct oom_record *rec = r->nkills ? r->kills[0].rec : NULL;

	if (!rec || !rec->constraint || strcmp(rec->constraint, "memcg"))
		return 0;
	return r->ncgroups ? r->cgroups[0].id : rec->kill.memcg;
}

uint32_t history_victim(const struct history *h, const struct report_kill *k)
{
	uint32_t best = NO_TRACK;

	for (uint32_t t = 0; t < h->fresh; t++) {
		const struct track *track = &h->tracks[t];

		if (!track->used || track->tgid != k->victim.pid)
			continue;
		if (k->victim.start_ns && track->start_ns && track->start_ns != k->victim.start_ns)
			continue;
		if (best == NO_TRACK || track->last > h->tracks[best].last)
			best = t;
	}
	return best;
}

/* How many of the slots from seq on were over at a time. */
static uint32_t over_by(const struct history *h, uint32_t seq, uint32_t to, uint64_t time_ns)
{
	while (seq < to && history_slot(h, seq)->host.time_ns <= time_ns)
		seq++;
	return seq;
}

static struct history_range range_of(const struct history *h, const struct report *r)
{
	struct history_range range = {.from = history_oldest(h), .to = h->seq};

	while (range.from < range.to && history_slot(h, range.from)->host.time_ns < r->from_ns)
		range.from++;
	while (range.to > range.from && history_slot(h, range.to - 1)->begin_ns >= r->to_ns)
		range.to--;
	range.kill = over_by(h, range.from, range.to, r->first_ns);
	range.last_kill = over_by(h, range.kill, range.to, r->last_ns);
	return range;
}

static void add_known(uint64_t *sum, uint64_t v)
{
	if (v != EV_ABSENT)
		*sum = (*sum == EV_ABSENT ? 0 : *sum) + v;
}

/* s follows what is in out. */
static void sample_join(struct report_sample *out, const struct report_sample *s)
{
	struct report_sample sum = *s;

	sum.length_ns += out->length_ns;
	add_known(&sum.psi_some_ns, out->psi_some_ns);
	add_known(&sum.psi_full_ns, out->psi_full_ns);
	add_known(&sum.kswapd_ns, out->kswapd_ns);
	sum.stall_ns += out->stall_ns;
	sum.stalls += out->stalls;
	add_known(&sum.majfaults, out->majfaults);
	add_known(&sum.swapin_pages, out->swapin_pages);
	add_known(&sum.swapout_pages, out->swapout_pages);
	sum.cg_stall_ns += out->cg_stall_ns;
	sum.cg_stalls += out->cg_stalls;
	sum.cg_majfaults += out->cg_majfaults;
	*out = sum;
}

static uint64_t bytes_of(const struct model *m, uint32_t pages)
{
	return pages == NO_PAGES ? EV_ABSENT : pages * history_page_size(m);
}

static void sample_cgroup(const struct model *m, struct report_sample *s, uint32_t seq, uint32_t cg)
{
	const struct history_cgcell *c;

	s->cg_usage_bytes = s->cg_limit_bytes = s->cg_anon_bytes = EV_ABSENT;
	s->cg_file_bytes = s->cg_shmem_bytes = s->cg_swap_bytes = EV_ABSENT;
	if (cg == NO_TRACK)
		return;
	c = history_cgcell(m->history, seq, cg);
	s->cg_usage_bytes = bytes_of(m, c->usage);
	s->cg_limit_bytes = bytes_of(m, c->limit);
	s->cg_anon_bytes = bytes_of(m, c->anon);
	s->cg_file_bytes = bytes_of(m, c->file);
	s->cg_shmem_bytes = bytes_of(m, c->shmem);
	s->cg_swap_bytes = bytes_of(m, c->swap);
	s->cg_stall_ns = c->stall_ns;
	s->cg_stalls = c->stalls;
	s->cg_majfaults = c->majfaults;
}

static void sample_victim(const struct model *m, struct report_sample *s, uint32_t seq, uint32_t t)
{
	const struct history_cell *c = t == NO_TRACK ? NULL : history_cell(m->history, seq, t);

	s->victim_rss_bytes = s->victim_swap_bytes = EV_ABSENT;
	if (!c || m->history->tracks[t].first > seq || !cell_pages(c))
		return;
	s->victim_rss_bytes = ((uint64_t)c->anon + c->file + c->shmem) * history_page_size(m);
	s->victim_swap_bytes = c->swap * history_page_size(m);
}

/* Groups of `each` slots; one ends with the last slot before the kill, so that none spans it. */
static uint32_t groups(const struct history_range *range, uint32_t each)
{
	return (range->kill - range->from + each - 1) / each +
	       (range->to - range->kill + each - 1) / each;
}

static void samples_fill(const struct model *m, struct report *r, const struct history_range *range,
			 uint32_t cg)
{
	uint32_t victim = r->nkills ? history_victim(m->history, &r->kills[0]) : NO_TRACK;
	uint32_t each = 1, in_group = 0;

	while (groups(range, each) > REPORT_SAMPLES)
		each++;
	/* The first group is the short one. */
	in_group = (each - (range->kill - range->from) % each) % each;
	for (uint32_t seq = range->from; seq < range->to; seq++) {
		struct report_sample s = history_slot(m->history, seq)->host;

		sample_cgroup(m, &s, seq, cg);
		sample_victim(m, &s, seq, victim);
		if (seq == range->kill || in_group == each || !r->nsamples) {
			in_group = seq == range->from ? in_group : 0;
			r->samples[r->nsamples++] = s;
		} else {
			sample_join(&r->samples[r->nsamples - 1], &s);
		}
		in_group++;
	}
}

static uint64_t limit_last(const struct report *r)
{
	for (int i = r->nsamples; i-- > 0;) {
		if (r->samples[i].cg_limit_bytes != EV_ABSENT)
			return r->samples[i].cg_limit_bytes;
	}
	return EV_ABSENT;
}

static void stages_fill(const struct model *m, struct report *r, uint64_t cgroup)
{
	struct trend_scope scope = {
		.memcg = cgroup != 0,
		.total_bytes = cgroup ? limit_last(r) : m->meta.mem_total_bytes,
		.kill_ns = r->reason == REPORT_OOM ? r->first_ns : 0,
	};

	trend_stages(r->stages, r->samples, r->nsamples, &scope);
}

void history_report(const struct model *m, struct report *r)
{
	const struct history *h = m->history;
	uint64_t cgroup = report_scope(r);
	struct history_range range = {0};

	r->nsamples = r->ngrowers = r->nsufferers = 0;
	r->first_stall_ns = r->last_run_ns = r->retries = r->retries_vain = 0;
	if (h && h->nslots) {
		range = range_of(h, r);
		samples_fill(m, r, &range, cgroup ? cgroup_track_find(h, cgroup) : NO_TRACK);
		runs_report(h, r, cgroup);
	}
	stages_fill(m, r, cgroup);
	history_processes(m, r, &range, cgroup);
}
