/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's own counters, zones, the watched cgroup's figures, and the loader's counts: first,
 * last, growth. And what was lost.
 *
 * Layer: model, private (the getters are public). Host counters and the loader's counts are read
 * next to each other, right after attaching and once per interval, so their growths compare.
 */
#include <string.h>
#include "episode.h"
#include "history.h"

void on_host(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_host *ev = (const struct ev_host *)hdr;

	m->host_prev = m->nhost ? m->host_last : *ev;
	m->host_last = *ev;
	if (!m->nhost++)
		m->host_first = *ev;
	episode_host(m, ev);
}

void on_zone(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_zone *ev = (const struct ev_zone *)hdr;
	int i;

	for (i = 0; i < m->nzones; i++) {
		if (m->zones[i].nid == ev->nid &&
		    strncmp(m->zones[i].name, ev->name, sizeof(ev->name)) == 0)
			break;
	}
	if (i == MODEL_ZONES) {
		m->loss.bad_events++;
		return;
	}
	m->zones[i] = *ev;
	if (i == m->nzones)
		m->nzones++;
}

const struct cgstat *cgstat_find(const struct model *m, uint64_t cgroup)
{
	for (int i = 0; i < m->ncgstats; i++) {
		if (m->cgstats[i].last.cgroup == cgroup)
			return &m->cgstats[i];
	}
	return NULL;
}

/*
 * The place of one that is no longer read, emptied. Only where no page is made at the end, which
 * has them all.
 */
static struct cgstat *cgstat_recycle(struct model *m)
{
	struct cgstat *oldest = &m->cgstats[0];

	for (int i = 1; i < MODEL_CGSTATS; i++) {
		if (m->cgstats[i].last.hdr.time_ns < oldest->last.hdr.time_ns)
			oldest = &m->cgstats[i];
	}
	if (!reports_wanted(m) || oldest->last.hdr.time_ns >= m->tick.hdr.time_ns)
		return NULL;
	*oldest = (struct cgstat){0};
	return oldest;
}

void on_cgstat(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_cgstat *ev = (const struct ev_cgstat *)hdr;
	struct cgstat *c = (struct cgstat *)cgstat_find(m, ev->cgroup);

	history_cgstat(m, ev);
	if (ev->watched) {
		m->cgstat_last = *ev;
		if (!m->have_cgstat)
			m->cgstat_first = *ev;
		m->have_cgstat = true;
	}
	if (!c && m->ncgstats == MODEL_CGSTATS)
		c = cgstat_recycle(m);
	else if (!c)
		c = &m->cgstats[m->ncgstats++];
	if (!c) {
		m->loss.cgroups_full++;
		return;
	}
	if (c->last.cgroup != ev->cgroup) {
		c->first = *ev;
		m->cgstats_age++;
	}
	c->last = *ev;
}

void on_counts(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_counters *ev = (const struct ev_counters *)hdr;

	if (!m->ncounts++)
		m->counts_first = *ev;
	else if (ev->snapshot_incomplete != m->counts_last.snapshot_incomplete)
		m->snapshot_cut = true;
	m->counts_last = *ev;
}

void on_probe(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_probe *ev = (const struct ev_probe *)hdr;
	int i;

	for (i = 0; i < m->nprobes; i++) {
		if (strncmp(m->probes[i].signal, ev->signal, sizeof(ev->signal)) == 0)
			break;
	}
	if (i == MODEL_PROBES) {
		m->loss.bad_events++;
		return;
	}
	m->probes[i] = *ev;
	if (i == m->nprobes)
		m->nprobes++;
}

const struct ev_host *model_host_first(const struct model *m)
{
	return m->nhost ? &m->host_first : NULL;
}

const struct ev_host *model_host_last(const struct model *m)
{
	return m->nhost ? &m->host_last : NULL;
}

static bool grown(const struct model *m, uint64_t from, uint64_t to, uint64_t *growth)
{
	if (m->nhost < 2 || from == EV_ABSENT || to == EV_ABSENT || to < from)
		return false;
	*growth = to - from;
	return true;
}

bool model_host_growth(const struct model *m, enum host_counter c, uint64_t *growth)
{
	return grown(m, m->host_first.value[c], m->host_last.value[c], growth);
}

bool model_host_interval(const struct model *m, enum host_counter c, uint64_t *growth)
{
	return grown(m, m->host_prev.value[c], m->host_last.value[c], growth);
}

int model_zones(const struct model *m, const struct ev_zone **zones)
{
	*zones = m->zones;
	return m->nzones;
}

const struct ev_cgstat *model_cgstat_first(const struct model *m)
{
	return m->have_cgstat ? &m->cgstat_first : NULL;
}

const struct ev_cgstat *model_cgstat_last(const struct model *m)
{
	return m->have_cgstat ? &m->cgstat_last : NULL;
}

void on_program(struct model *m, const struct ev_hdr *hdr)
{
	if (m->nprograms < MODEL_PROGRAMS)
		m->programs[m->nprograms++] = *(const struct ev_program *)hdr;
}

int model_programs(const struct model *m, const struct ev_program **out)
{
	*out = m->programs;
	return m->nprograms;
}

int model_probes(const struct model *m, const struct ev_probe **out)
{
	*out = m->probes;
	return m->nprobes;
}

static const struct ev_probe *probe_find(const struct model *m, const char *signal)
{
	for (int i = 0; i < m->nprobes; i++) {
		if (strncmp(m->probes[i].signal, signal, sizeof(m->probes[i].signal)) == 0)
			return &m->probes[i];
	}
	return NULL;
}

bool signal_missing(const struct model *m, const char *signal)
{
	const struct ev_probe *p = probe_find(m, signal);

	return p && (p->status == PROBE_MISSING || p->status == PROBE_OFF);
}

bool signal_runs(const struct model *m, const char *signal)
{
	const struct ev_probe *p = probe_find(m, signal);

	return p && (p->status == PROBE_OK || p->status == PROBE_DEGRADED);
}

struct ev_counts model_counts(const struct model *m, enum ev_signal s)
{
	const struct ev_counts *from = &m->counts_first.sig[s], *to = &m->counts_last.sig[s];

	return (struct ev_counts){
		.seen = counter_growth(from->seen, to->seen),
		.filtered = counter_growth(from->filtered, to->filtered),
		.lost = counter_growth(from->lost, to->lost),
		.unpaired = counter_growth(from->unpaired, to->unpaired),
		.extra = counter_growth(from->extra, to->extra),
	};
}

uint64_t model_open_stalls(const struct model *m, uint64_t *oldest_ns)
{
	const struct filter *f = &m->opts.filter;

	*oldest_ns = m->counts_last.open_oldest_ns;
	/* The probe filters by number only: of the others' it cannot be told whose they are. */
	return f->comm || f->has_uid || f->cgroup ? 0 : m->counts_last.open_stalls;
}

struct model_loss model_loss(const struct model *m)
{
	const struct ev_counters *from = &m->counts_first, *to = &m->counts_last;
	struct model_loss loss = m->loss;

	for (int s = 0; s < EV_SIGNALS; s++) {
		struct ev_counts c = model_counts(m, (enum ev_signal)s);

		loss.ring_full += c.lost;
		if (s == SIG_SLEEP) /* the stack could not be taken */
			loss.names_unresolved += c.unpaired;
		else
			loss.unpaired += c.unpaired;
	}
	loss.perf_throttled += counter_growth(from->perf_throttled, to->perf_throttled);
	loss.samples_throttled += counter_growth(from->samples_throttled, to->samples_throttled);
	loss.recursion_missed += counter_growth(from->recursion_missed, to->recursion_missed);
	loss.causes_missed += counter_growth(from->causes_missed, to->causes_missed);
	loss.kmsg_lost += counter_growth(from->kmsg_lost, to->kmsg_lost);
	loss.names_unresolved += counter_growth(from->names_unresolved, to->names_unresolved);
	loss.bad_events += counter_growth(from->bad_events, to->bad_events);
	loss.unrecorded = counter_growth(from->unrecorded, to->unrecorded);
	loss.snapshot_incomplete +=
		counter_growth(from->snapshot_incomplete, to->snapshot_incomplete);
	if (reports_wanted(m)) /* nothing in a report is about these */
		loss.details_full = loss.files_full = loss.processes_folded = 0;
	return loss;
}

uint64_t model_lost(const struct model *m)
{
	struct model_loss loss = model_loss(m);

	return loss.ring_full + loss.perf_throttled + loss.samples_throttled +
	       loss.recursion_missed + loss.kmsg_lost + loss.ooms_full + loss.bad_events +
	       loss.unrecorded;
}
