/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM kills: one record per victim, put together from the probe, the kernel log, the reaper and
 * the victim's exit, in whichever order these come.
 *
 * Layer: model, private (model_ooms() is public).
 *
 * mark_victim is not a kill count: it also fires for tasks that are dying already. A kill is sure
 * when the log names it; where the log cannot be read, when the victim ended by SIGKILL.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "episode.h"
#include "history.h"

int ooms_init(struct model *m)
{
	m->ooms = calloc(m->opts.max_ooms + 1, sizeof(*m->ooms));
	m->oom_order = calloc(m->opts.max_ooms + 1, sizeof(*m->oom_order));
	return m->ooms && m->oom_order ? 0 : -ENOMEM;
}

void ooms_fini(struct model *m)
{
	free(m->oom_order);
	free(m->ooms);
}

bool oom_log_readable(const struct model *m)
{
	return m->kmsg_seen || signal_runs(m, "oom.log");
}

bool oom_log_whole(const struct model *m)
{
	return oom_log_readable(m) && m->counts_last.kmsg_lost == m->counts_first.kmsg_lost;
}

/* __oom_kill_process() counts OOM_KILL where it prints its line, twice for some of a group. */
static uint64_t confirmed_kills(const struct model *m, const struct oom *o)
{
	if (o->pub.from_log)
		return o->log_kills;
	return o->sigkilled && !oom_log_whole(m);
}

uint64_t oom_confirmed_kills(const struct model *m)
{
	uint64_t kills = m->oom_kills_before;

	for (uint32_t i = 0; i < m->nooms; i++)
		kills += confirmed_kills(m, m->oom_order[i]);
	return kills;
}

bool oom_refuted(const struct oom *o)
{
	return o->pub.exit_ns && !o->sigkilled && !o->pub.from_log;
}

/* Neither the probe nor the log will tell of it for the first time. */
static bool is_paired(const struct model *m, const struct oom *o)
{
	return (o->pub.from_log || !oom_log_readable(m)) &&
	       (o->pub.from_probe || !signal_runs(m, "oom.kill"));
}

static bool reusable(const struct model *m, const struct oom *o)
{
	bool recent = m->now_ns - o->arrival_ns < OOM_PAIR_NS && !o->pub.done;

	if (reports_wanted(m))
		return !o->pending && (!recent || (o->told && is_paired(m, o)));
	return !recent && (!o->matched || oom_refuted(o));
}

/* The oldest record that nobody waits for any more, taken out of the order; NULL if none. */
static struct oom *reuse(struct model *m)
{
	for (uint32_t i = 0; i < m->nooms; i++) {
		struct oom *o = m->oom_order[i];

		if (!reusable(m, o))
			continue;
		m->oom_kills_before += confirmed_kills(m, o);
		strpool_free(&m->names, o->own_memcg_path);
		strpool_free(&m->names, o->own_task_memcg_path);
		strpool_free(&m->names, o->own_cmdline);
		m->nooms--;
		memmove(&m->oom_order[i], &m->oom_order[i + 1],
			(m->nooms - i) * sizeof(*m->oom_order));
		return o;
	}
	return NULL;
}

struct oom *oom_new(struct model *m, bool by_log)
{
	struct oom *o = m->nooms < m->opts.max_ooms ? &m->ooms[m->nooms] : reuse(m);

	if (!o) {
		m->loss.ooms_full++;
		episode_unrecorded(m, by_log);
		return NULL;
	}
	memset(o, 0, offsetof(struct oom, log));
	o->arrival_ns = m->now_ns;
	o->pub.log = o->log;
	m->oom_order[m->nooms++] = o;
	episode_press(m);
	return o;
}

static bool same_victim(const struct oom *o, const struct ev_task *t)
{
	const struct ev_task *v = &o->pub.kill.victim;

	if (v->start_ns && t->start_ns)
		return v->tgid == t->tgid && v->start_ns == t->start_ns;
	/* Known by number alone, which may be that of any of its threads. */
	return v->tgid == t->tgid || v->tid == t->tid;
}

/* The record that a victim's mark belongs to; NULL: it is news. */
static struct oom *find_marked(const struct model *m, const struct ev_task *victim)
{
	for (uint32_t i = m->nooms; i-- > 0;) {
		struct oom *o = m->oom_order[i];
		bool recent = m->now_ns - o->arrival_ns < OOM_PAIR_NS;

		if (same_victim(o, victim) && (recent || !o->pub.done))
			return o;
	}
	return NULL;
}

/* What the kernel that marks a PID only did not say, the process table may know. */
static void complete_victim(struct model *m, struct ev_task *victim)
{
	const struct proc *p = process_find(m, victim->tgid, victim->start_ns);

	if (!p)
		return;
	victim->start_ns = p->pub.start_ns;
	if (victim->comm[0])
		return;
	memcpy(victim->comm, p->pub.comm, EV_COMM_LEN);
	victim->uid = p->pub.uid;
	victim->cgroup = p->pub.cgroup;
}

static void note_trigger(struct model *m, struct oom *o)
{
	const struct ev_oom_kill *kill = &o->pub.kill;
	const struct recent_stall *r;
	const struct proc *p;

	comm_copy(o->pub.trigger_comm, kill->task.comm);
	p = process_find(m, kill->task.tgid, kill->task.start_ns);
	if (p && p->pub.sampled)
		o->pub.trigger_oom_score_adj = p->pub.oom_score_adj;
	r = stall_recent(m, kill->task.tid, kill->hdr.time_ns);
	if (!r)
		return;
	o->pub.trigger_order = r->order;
	o->pub.trigger_gfp = r->gfp;
	o->pub.trigger_known = true;
}

/* What the log said before the probe's event came, and that lacks. */
static void keep_log_facts(struct ev_oom_kill *ev, const struct ev_oom_kill *log)
{
	if (!ev->limit_bytes && log->usage_bytes) {
		ev->limit_bytes = log->limit_bytes;
		ev->usage_bytes = log->usage_bytes;
	}
	if (!ev->memsw_limit_bytes && log->memsw_usage_bytes) {
		ev->memsw_limit_bytes = log->memsw_limit_bytes;
		ev->memsw_usage_bytes = log->memsw_usage_bytes;
	}
	if (!ev->victim.cgroup)
		ev->victim.cgroup = log->victim.cgroup;
}

void on_oom_kill(struct model *m, const struct ev_hdr *hdr)
{
	struct ev_oom_kill ev = *(const struct ev_oom_kill *)hdr;
	struct oom *o;

	complete_victim(m, &ev.victim);
	growth_killed(m, &ev);
	history_kill(m, &ev);
	o = find_marked(m, &ev.victim);
	if (o && o->pub.from_probe)
		return;
	if (!o)
		o = oom_new(m, false);
	if (!o)
		return;
	keep_log_facts(&ev, &o->pub.kill);
	o->pub.kill = ev;
	o->pub.from_probe = true;
	if (!o->pub.trigger_known) /* the log knows it best */
		note_trigger(m, o);
	oom_update(m, o);
}

void on_oom_reap(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_oom_reap *ev = (const struct ev_oom_reap *)hdr;

	for (uint32_t i = m->nooms; i-- > 0;) {
		struct oom_record *rec = &m->oom_order[i]->pub;

		if (ev->pid != rec->kill.victim.tgid && ev->pid != rec->kill.victim.tid)
			continue;
		if (!rec->reap_ns[ev->stage])
			rec->reap_ns[ev->stage] = hdr->time_ns;
		return;
	}
}

static void victim_ended(struct oom *o, const struct ev_exit *ev)
{
	struct ev_task *v = &o->pub.kill.victim;

	/* Its number may have been that of a thread. */
	if (!v->start_ns) {
		v->tgid = ev->task.tgid;
		v->start_ns = ev->task.start_ns;
	}
	if (!ev->group_dead)
		return;
	o->pub.exit_ns = ev->hdr.time_ns;
	o->pub.done = true;
	o->sigkilled = (ev->exit_code & 0x7f) == SIGKILL;
}

void oom_exit(struct model *m, const struct ev_exit *ev)
{
	for (uint32_t i = m->nooms; i-- > 0;) {
		struct oom *o = m->oom_order[i];

		if (o->pub.done || !same_victim(o, &ev->task))
			continue;
		victim_ended(o, ev);
		if (oom_refuted(o))
			episode_drop(m, o);
		return;
	}
	episode_exit(m, ev);
}

/* The probe's figures, where the log has not given better ones. */
static void take_probe_figures(struct oom_record *rec)
{
	const struct ev_oom_kill *kill = &rec->kill;

	rec->swap_bytes = kill->swap_bytes;
	if (rec->from_log)
		return;
	rec->victim_pid = kill->victim.tgid;
	rec->victim_uid = kill->victim.uid;
	comm_copy(rec->victim_comm, kill->victim.comm);
	rec->total_vm_bytes = kill->total_vm_bytes;
	rec->anon_rss_bytes = kill->anon_rss_bytes;
	rec->file_rss_bytes = kill->file_rss_bytes;
	rec->shmem_rss_bytes = kill->shmem_rss_bytes;
	rec->pgtables_bytes = kill->pgtables_bytes;
	rec->oom_score_adj = kill->oom_score_adj;
}

static void infer_constraint(struct model *m, struct oom_record *rec)
{
	if (!rec->constraint || rec->constraint_inferred) {
		rec->constraint = rec->kill.memcg ? "memcg" : rec->kill.at_limit ? "system" : NULL;
		rec->constraint_inferred = rec->constraint != NULL;
	}
	if (!rec->memcg_path && rec->constraint && strcmp(rec->constraint, "memcg") == 0)
		rec->memcg_path = model_cgroup_path(m, rec->kill.memcg);
}

/* What the process table knows: command line, and that the victim ended before we heard of it. */
static void take_process(struct model *m, struct oom *o)
{
	struct ev_task *v = &o->pub.kill.victim;
	const struct proc *p =
		v->start_ns ? process_find(m, v->tgid, v->start_ns) : process_youngest(m, v->tgid);

	if (!p)
		return;
	v->start_ns = p->pub.start_ns;
	if (!o->pub.victim_cmdline && p->pub.cmdline)
		o->pub.victim_cmdline = o->own_cmdline =
			name_keep(m, p->pub.cmdline, strlen(p->pub.cmdline));
	if (p->pub.exited && !o->pub.exit_ns && o->pub.from_log)
		o->pub.exit_ns = p->exit_ns;
	o->pub.done = o->pub.done || p->pub.exited;
}

static bool task_passes(const struct model *m, const struct ev_task *t)
{
	const struct proc *p = process_find(m, t->tgid, t->start_ns);

	if (m->opts.filter.tree && !(p && p->in_tree))
		return false;
	return filter_task(m, t, p);
}

static void decide(struct model *m, struct oom *o)
{
	const struct ev_oom_kill *kill = &o->pub.kill;
	struct cgroup *cg;

	/* Of the trigger the log gives no uid and no cgroup. */
	o->matched = o->matched || !m->filtered || task_passes(m, &kill->victim) ||
		     (o->pub.from_probe && task_passes(m, &kill->task));
	if (!o->matched || o->counted)
		return;
	cg = kill->victim.cgroup ? cgroup_get(m, kill->victim.cgroup) : NULL;
	if (cg) {
		cg->stats.oom_kills++;
		o->counted = true;
	}
}

void oom_update(struct model *m, struct oom *o)
{
	if (o->pub.from_probe)
		take_probe_figures(&o->pub);
	infer_constraint(m, &o->pub);
	take_process(m, o);
	decide(m, o);
	episode_update(m, o);
}

void oom_tick(struct model *m)
{
	for (uint32_t i = 0; i < m->nooms; i++) {
		if (!m->oom_order[i]->pub.done || !m->oom_order[i]->matched)
			oom_update(m, m->oom_order[i]);
	}
}

void oom_cgroup_named(struct model *m, const struct cgroup_stats *cg)
{
	for (uint32_t i = 0; i < m->nooms; i++) {
		if (m->oom_order[i]->pub.kill.memcg == cg->id)
			infer_constraint(m, &m->oom_order[i]->pub);
	}
}

void oom_process_named(struct model *m, const struct process *p)
{
	for (uint32_t i = 0; i < m->nooms; i++) {
		if (m->oom_order[i]->pub.kill.victim.tgid == p->tgid)
			take_process(m, m->oom_order[i]);
	}
}

int model_ooms(const struct model *m, const struct oom_record **out, int max)
{
	int n = 0;

	for (uint32_t i = 0; i < m->nooms; i++) {
		const struct oom *o = m->oom_order[i];
		int at = n < max ? n : max;

		if (!o->matched || oom_refuted(o))
			continue;
		n++;
		while (at > 0 && out[at - 1]->kill.hdr.time_ns > o->pub.kill.hdr.time_ns) {
			if (at < max)
				out[at] = out[at - 1];
			at--;
		}
		if (at < max)
			out[at] = &o->pub;
	}
	return n;
}
