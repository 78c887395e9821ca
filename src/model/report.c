/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Puts the report of an OOM episode together, out of what was kept of its kills and what the model
 * knows now.
 *
 * Layer: model. model_next_report() and its like are public.
 */
#include <string.h>
#include "episode.h"
#include "history.h"

#define RANK_SLACK_BYTES   (1ULL << 20)
#define RANK_SLACK_PERCENT 5

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* As the kernel counts: the log has a line for each, unless lines were lost. */
static bool is_sure(const struct model *m, const struct oom *o)
{
	return !oom_refuted(o) && (o->pub.from_log || !oom_log_whole(m));
}

/* Leaves out what the log, which is whole, does not know as a kill. */
static void confirm(struct model *m, struct episode *e)
{
	for (int i = e->n; i-- > 0;) {
		struct episode_kill *k = &e->kill[i];
		struct oom *o = k->oom;

		if (!o || is_sure(m, o))
			continue;
		if (i && o->shares && o->sigkilled) {
			const char *cmdline = o->pub.victim_cmdline;

			k->own_cmdline = cmdline ? name_keep(m, cmdline, strlen(cmdline)) : NULL;
			k->who.cmdline = k->own_cmdline;
			k->oom = NULL;
			o->told = true;
		} else {
			episode_forget(m, e, i);
		}
		o->pending = false;
	}
	while (e->n && !e->kill[0].oom)
		episode_forget(m, e, 0);
	if (e->n)
		episode_retime(e);
}

/* Names that came after the kill. */
static void kill_complete(const struct model *m, const struct episode_kill *k,
			  struct report_kill *out)
{
	struct report_process *who = &out->victim;
	const struct oom_record *rec = out->rec;

	if (!who->cgroup)
		who->cgroup = model_cgroup_path(m, k->cgroup);
	if (!who->user)
		who->user = user_name(m, who->uid);
	if (!rec)
		return;
	if (!who->ppid)
		who_parent(m, rec->kill.victim_ppid, who);
	who->pid = rec->kill.victim.tgid;
	who->uid = rec->victim_uid;
	who->user = user_name(m, who->uid);
	who->start_ns = rec->kill.victim.start_ns;
	memcpy(who->comm, rec->victim_comm, sizeof(who->comm));
	who->cmdline = rec->victim_cmdline;
	if (!who->cgroup)
		who->cgroup = rec->task_memcg_path;
}

/* The first one leads, as all else is about it. */
static void fill_kills(const struct model *m, const struct episode *e, struct report *r)
{
	for (int i = 0; i < e->n; i++) {
		const struct episode_kill *k = &e->kill[i];
		int at = r->nkills++;

		while (at > 1 && r->kills[at - 1].time_ns > k->time_ns) {
			r->kills[at] = r->kills[at - 1];
			at--;
		}
		r->kills[at] = (struct report_kill){.rec = k->oom ? &k->oom->pub : NULL,
						    .time_ns = k->time_ns,
						    .victim = k->who};
		kill_complete(m, k, &r->kills[at]);
		if (k->oom)
			r->kills_counted += k->oom->log_kills ? k->oom->log_kills : 1;
	}
	r->kills_counted += max_u64(e->unrecorded[0], e->unrecorded[1]);
}

/* By the readings next to the kills: the recorder's slots may be longer, and hold others. */
static void fill_kernel_count(const struct episode *e, struct report *r)
{
	if (e->before.hdr.kind && e->before.value[HOST_OOM_KILL] != EV_ABSENT &&
	    e->kills_after != EV_ABSENT && !e->crowded)
		r->kills_kernel = counter_growth(e->before.value[HOST_OOM_KILL], e->kills_after);
}

static void fill_trigger(const struct model *m, const struct episode *e, struct report *r)
{
	const struct oom *first = e->kill[0].oom;
	const struct ev_task *t = &first->pub.kill.task;
	struct report_process now;

	who_fill(m, t, &now);
	r->trigger = e->trigger_of == first ? e->trigger : now;
	if (!r->trigger.cmdline)
		r->trigger.cmdline = now.cmdline;
	if (!r->trigger.cgroup)
		r->trigger.cgroup = now.cgroup;
	if (!r->trigger.user)
		r->trigger.user = now.user;
	if (first->pub.trigger_comm[0])
		memcpy(r->trigger.comm, first->pub.trigger_comm, sizeof(r->trigger.comm));
	r->trigger_stack_from_log = e->detail.oom == first && e->detail.stack[0];
	r->trigger_stack =
		r->trigger_stack_from_log ? e->detail.stack : model_stack(m, first->pub.kill.stack);
}

static void fill_choice(const struct oom_choice *c, struct report *r)
{
	memcpy(r->candidates, c->list, (size_t)c->n * sizeof(c->list[0]));
	r->ncandidates = c->n;
	r->candidates_all = c->all;
	r->candidates_rest_bytes = c->rest_bytes;
	r->total_pages = c->total_pages;
	r->victim_rank = c->victim_rank;
	for (int i = 0; i < r->ncandidates; i++) {
		for (int k = 0; k < r->nkills; k++)
			r->candidates[i].killed =
				r->candidates[i].killed ||
				oom_candidate_is(&r->candidates[i], r->kills[k].victim.pid);
	}
}

static bool is_close(const struct model *m, const struct oom_choice *c)
{
	int64_t slack = c->first_points * RANK_SLACK_PERCENT / 100;
	int64_t least =
		(int64_t)(RANK_SLACK_BYTES / (m->meta.page_size ? m->meta.page_size : 4096));

	return c->first_points - c->victim_points <= (slack > least ? slack : least);
}

/* The kernel asks the task that wants memory to die only where no cgroup is at its limit. */
static bool took_the_asker(const struct model *m, const struct episode *e, const struct oom *first)
{
	uint64_t set = m->episodes->vm.oom_kill_allocating_task;
	const struct oom_record *rec = &first->pub;

	if (e->detail.oom == first)
		return e->detail.allocating_task;
	return set && set != EV_ABSENT && !oom_memcg(m, rec) &&
	       rec->kill.task.tgid == rec->kill.victim.tgid;
}

static enum rank_reason rank_reason(const struct model *m, const struct episode *e,
				    const struct oom_choice *c, const struct report *r)
{
	const struct oom *first = e->kill[0].oom;

	if (c && c->victim_rank == 1)
		return RANK_FIRST;
	if (took_the_asker(m, e, first))
		return RANK_TASK;
	if (first->pub.group_kill)
		return RANK_GROUP;
	if (!c)
		return RANK_UNKNOWN;
	if (!c->victim_rank)
		return RANK_NOT_IN;
	if (r->candidates_source == CANDIDATES_SNAPSHOT)
		return RANK_SNAPSHOT;
	return is_close(m, c) ? RANK_MOVED : RANK_UNKNOWN;
}

static void fill_candidates(const struct model *m, const struct episode *e, struct report *r)
{
	const struct oom *first = e->kill[0].oom;
	const struct oom_choice *c = NULL;

	if (e->detail.oom == first && e->detail.has_tasks) {
		r->candidates_source = CANDIDATES_LOG;
		c = &e->detail.choice;
	} else if (e->snapshot_ns && e->snapshot_memcg == oom_memcg(m, &first->pub)) {
		r->candidates_source = CANDIDATES_SNAPSHOT;
		r->candidates_age_ns = counter_growth(e->snapshot_ns, r->first_ns);
		c = &e->snapshot;
	}
	if (c)
		fill_choice(c, r);
	r->rank_reason = rank_reason(m, e, c, r);
}

static uint64_t not_before(uint64_t time_ns, uint64_t earliest_ns)
{
	return time_ns >= earliest_ns ? time_ns : 0;
}

/* What comes before what it must come after was not seen: it is of another clock or process. */
static void fill_phases(const struct episode *e, struct report *r, uint64_t settle_ns)
{
	const struct oom *o = e->kill[0].oom;
	const uint64_t *reap = o->pub.reap_ns;
	uint64_t freed;

	r->kill_ns = r->first_ns;
	r->reap_wake_ns = not_before(reap[REAP_WAKE], r->kill_ns);
	r->reap_start_ns = not_before(reap[REAP_START], max_u64(r->kill_ns, r->reap_wake_ns));
	r->reap_end_ns =
		not_before(reap[REAP_FINISH] ? reap[REAP_FINISH] : o->reap_log_ns,
			   max_u64(r->reap_start_ns, max_u64(r->kill_ns, r->reap_wake_ns)));
	r->reap_skip_ns = not_before(reap[REAP_SKIP], max_u64(r->kill_ns, r->reap_wake_ns));
	r->exit_ns = not_before(o->pub.exit_ns, r->kill_ns);
	r->back_ns = not_before(e->back_ns, r->last_ns);
	r->back_given_up = !r->back_ns && r->written_ns - e->heard_ns >= settle_ns;
	freed = r->reap_end_ns && (!r->exit_ns || r->reap_end_ns < r->exit_ns) ? r->reap_end_ns
									       : r->exit_ns;
	/* Without probes an end is noticed late, if at all. */
	if (r->no_bpf)
		freed = r->reap_end_ns ? r->reap_end_ns : r->kill_ns;
	r->reap_slow = (freed ? freed : r->written_ns) > r->kill_ns + REPORT_REAP_SLOW_NS;
	r->reap_failed = o->reap_unable ||
			 (r->reap_skip_ns && (r->exit_ns ? r->exit_ns : r->written_ns) >
						     r->reap_skip_ns + REPORT_REAP_SLOW_NS);
}

static struct report *report_begin(struct model *m, enum report_reason reason)
{
	struct report *r = &m->episodes->report;

	memset(r, 0, sizeof(*r));
	r->reason = reason;
	r->written_ns = r->to_ns = m->now_ns;
	r->vm = m->episodes->vm;
	r->memsw = m->meta.cgroup_version == 1;
	r->no_bpf = !signal_runs(m, "oom.kill");
	r->kills_kernel = EV_ABSENT;
	return r;
}

/* Not from before there was a recorder. */
static void fill_window(const struct model *m, struct report *r)
{
	r->from_ns = counter_growth(m->opts.history_ns, r->first_ns);
	r->loss = losses_since(m, r->from_ns);
	if (r->from_ns < m->meta.hdr.time_ns)
		r->from_ns = m->meta.hdr.time_ns;
}

static void fill_host(struct model *m, const struct ev_host *host, struct report *r)
{
	m->episodes->host = *host;
	r->host = host->hdr.kind ? &m->episodes->host : NULL;
}

/* All that the recorder knows; of users only the number. */
static void fill_history(const struct model *m, struct report *r)
{
	history_report(m, r);
	for (int i = 0; i < r->ngrowers; i++)
		r->growers[i].who.user = user_name(m, r->growers[i].who.uid);
	for (int i = 0; i < r->nsufferers; i++)
		r->sufferers[i].who.user = user_name(m, r->sufferers[i].who.uid);
}

static const struct report *report_of(struct model *m, const struct episode *e, uint64_t settle_ns)
{
	struct report *r = report_begin(m, REPORT_OOM);

	r->id = ++m->episodes->reports;
	r->continues = e->continues;
	r->first_ns = e->first_ns;
	r->last_ns = e->last_ns;
	r->log_whole = oom_log_readable(m) && m->counts_last.kmsg_lost == e->kmsg_lost;
	fill_window(m, r);
	fill_kills(m, e, r);
	fill_trigger(m, e, r);
	cgmem_report(m, e, r->kills[0].rec, r);
	fill_candidates(m, e, r);
	fill_phases(e, r, settle_ns);
	fill_host(m, &e->before, r);
	fill_history(m, r);
	fill_kernel_count(e, r);
	return r;
}

const struct report *model_next_report(struct model *m, uint64_t settle_ns, bool force)
{
	struct episodes *es = m->episodes;

	if (!es)
		return NULL;
	if (es->handed_out)
		episode_release(m);
	while (es->n && (force || episode_over(m, es->order[0], settle_ns))) {
		confirm(m, es->order[0]);
		if (!es->order[0]->n) {
			episode_release(m);
			continue;
		}
		es->handed_out = 1;
		return report_of(m, es->order[0], settle_ns);
	}
	return NULL;
}

bool model_report_pending(const struct model *m)
{
	return m->episodes && m->episodes->n > m->episodes->handed_out;
}

const struct report *model_report_now(struct model *m)
{
	struct episodes *es = m->episodes;
	struct report *r;

	if (!es)
		return NULL;
	if (es->handed_out)
		episode_release(m);
	r = report_begin(m, REPORT_ASKED);
	r->first_ns = r->last_ns = m->now_ns;
	fill_window(m, r);
	r->log_whole = oom_log_readable(m) && !r->loss.kmsg_lost;
	if (m->ticks) {
		struct oom_choice *c = &es->now;

		candidates_snapshot(m, NULL, c);
		fill_choice(c, r);
		r->candidates_source = CANDIDATES_SNAPSHOT;
		r->candidates_age_ns = counter_growth(m->tick.hdr.time_ns, m->now_ns);
	}
	fill_host(m, &m->host_last, r);
	fill_history(m, r);
	return r;
}
