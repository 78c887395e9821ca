/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which OOM kills belong together, and when their story is complete.
 *
 * Layer: model, private. Kills come here from oom.c, as soon as they pass the filter.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "episode.h"

int episodes_init(struct model *m)
{
	struct episodes *es;

	if (!m->opts.history_ns)
		return 0;
	es = m->episodes = calloc(1, sizeof(*es));
	if (!es)
		return -ENOMEM;
	for (int i = 0; i < EPISODES; i++)
		es->order[i] = &es->list[i];
	memset(&es->vm, 0xff, sizeof(es->vm)); /* EV_ABSENT */
	return 0;
}

void episodes_fini(struct model *m)
{
	free(m->episodes);
}

/* It ended, or may end, only for want of room. */
static bool is_cut(const struct episode *e)
{
	return e->full || e->pressed;
}

static void kill_forget(struct model *m, struct episode_kill *k)
{
	strpool_free(&m->names, k->own_cmdline);
	k->own_cmdline = NULL;
}

static void episode_remove(struct model *m, int at)
{
	struct episodes *es = m->episodes;
	struct episode *e = es->order[at];

	for (int i = 0; i < e->n; i++)
		kill_forget(m, &e->kill[i]);
	strpool_free(&m->names, e->trigger_cmdline);
	es->n--;
	memmove(&es->order[at], &es->order[at + 1], (size_t)(es->n - at) * sizeof(*es->order));
	es->order[es->n] = e;
}

void episode_release(struct model *m)
{
	struct episodes *es = m->episodes;
	struct episode *e = es->order[0];

	for (int i = 0; i < e->n; i++) {
		if (!e->kill[i].oom)
			continue;
		e->kill[i].oom->pending = false;
		e->kill[i].oom->told = true;
	}
	es->was_cut = is_cut(e);
	es->was_last_ns = e->last_ns;
	es->handed_out = 0;
	episode_remove(m, 0);
}

struct episode *episode_of(const struct model *m, const struct oom *o)
{
	const struct episodes *es = m->episodes;

	for (int i = es ? es->n : 0; i-- > 0 && o->pending;) {
		for (int k = 0; k < es->order[i]->n; k++) {
			if (es->order[i]->kill[k].oom == o)
				return es->order[i];
		}
	}
	return NULL;
}

/* The last reading before that time; kind 0: none. */
static struct ev_host host_before(const struct model *m, uint64_t time_ns)
{
	if (m->nhost && m->host_last.hdr.time_ns <= time_ns)
		return m->host_last;
	if (m->nhost && m->host_prev.hdr.time_ns <= time_ns)
		return m->host_prev;
	return (struct ev_host){0};
}

static struct episode *newest(const struct episodes *es)
{
	return es->n > es->handed_out ? es->order[es->n - 1] : NULL;
}

/* NULL when there is no memory for one more: the caller has not asked for reports for long. */
static struct episode *episode_new(struct model *m, uint64_t time_ns)
{
	struct episodes *es = m->episodes;
	const struct episode *last = es->n ? es->order[es->n - 1] : NULL;
	struct episode *e;

	if (es->n == EPISODES)
		return NULL;
	if (es->n >= EPISODES_OPEN + es->handed_out)
		es->order[es->handed_out]->pressed = true;
	e = es->order[es->n];
	memset(e, 0, sizeof(*e));
	if (last)
		e->continues = is_cut(last) && time_ns <= last->last_ns + EPISODE_NS;
	else
		e->continues = es->was_cut && time_ns <= es->was_last_ns + EPISODE_NS;
	es->n++;
	e->before = host_before(m, time_ns);
	e->kills_after = EV_ABSENT;
	e->kmsg_lost = m->counts_last.kmsg_lost;
	e->first_ns = e->last_ns = time_ns;
	return e;
}

/* The one that a kill at that time belongs to, made if need be. */
static struct episode *episode_for(struct model *m, uint64_t time_ns, bool group)
{
	struct episode *e = newest(m->episodes);

	if (!e || e->full || (!group && time_ns > e->last_ns + EPISODE_NS))
		return episode_new(m, time_ns);
	return e;
}

/* Readings of the kernel's count between which kills of several episodes fell tell of none. */
static void note_crowd(struct episodes *es, struct episode *e, uint64_t time_ns)
{
	for (int i = 0; i < es->n; i++) {
		struct episode *other = es->order[i];

		if (other != e && other->kills_after == EV_ABSENT)
			other->crowded = true;
	}
	if (!e->n && es->latest_ns && e->before.hdr.time_ns <= es->latest_ns)
		e->crowded = true;
	if (time_ns > es->latest_ns)
		es->latest_ns = time_ns;
}

static void victim_fill(struct model *m, struct oom *o, struct episode_kill *k)
{
	const struct oom_record *rec = &o->pub;
	const struct ev_task *v = &rec->kill.victim;
	const struct proc *p = process_find(m, v->tgid, v->start_ns);

	who_fill(m, v, &k->who);
	k->who.cmdline = NULL; /* the record keeps it */
	if (!k->who.ppid)
		who_parent(m, rec->kill.victim_ppid, &k->who);
	k->cgroup = v->cgroup ? v->cgroup : p ? p->pub.cgroup : 0;
	if (!p)
		return;
	o->shares = sharer_marked(p, k->time_ns);
	sharers_mark(m, p, k->time_ns);
}

static void trigger_fill(struct model *m, struct episode *e, const struct oom *o)
{
	const char *cmdline;

	who_fill(m, &o->pub.kill.task, &e->trigger);
	cmdline = e->trigger.cmdline;
	e->trigger_cmdline = cmdline ? name_keep(m, cmdline, strlen(cmdline)) : NULL;
	e->trigger.cmdline = e->trigger_cmdline;
	e->trigger_of = o;
}

static void snapshot_fill(struct model *m, struct episode *e, const struct oom *o)
{
	if (!m->ticks)
		return;
	e->snapshot_ns = m->tick.hdr.time_ns;
	e->snapshot_memcg = oom_memcg(m, &o->pub);
	candidates_snapshot(m, o, &e->snapshot);
}

static void episode_add(struct model *m, struct episode *e, struct oom *o)
{
	struct episodes *es = m->episodes;
	struct episode_kill *k = &e->kill[e->n];
	uint64_t time_ns = o->pub.kill.hdr.time_ns;

	note_crowd(es, e, time_ns);
	*k = (struct episode_kill){.oom = o, .time_ns = time_ns};
	victim_fill(m, o, k);
	if (!e->n) {
		trigger_fill(m, e, o);
		snapshot_fill(m, e, o);
	}
	e->n++;
	e->full = e->n == REPORT_KILLS;
	e->heard_ns = m->now_ns;
	e->back_ns = 0;
	e->kills_after = EV_ABSENT;
	if (time_ns > e->last_ns)
		e->last_ns = time_ns;
	o->pending = true;
}

void episode_forget(struct model *m, struct episode *e, int at)
{
	kill_forget(m, &e->kill[at]);
	e->n--;
	memmove(&e->kill[at], &e->kill[at + 1], (size_t)(e->n - at) * sizeof(e->kill[0]));
}

/* The probe was heard before it was known that it shared the memory of another: not twice. */
static void sharer_replace(struct model *m, const struct oom *o)
{
	struct episode *e = newest(m->episodes);

	for (int i = e ? e->n : 0; i-- > 0;) {
		if (!e->kill[i].oom && e->kill[i].who.pid == o->pub.kill.victim.tgid)
			episode_forget(m, e, i);
	}
}

/* The probe's time is the better one. */
void episode_retime(struct episode *e)
{
	uint64_t last = 0;

	for (int i = 0; i < e->n; i++) {
		struct episode_kill *k = &e->kill[i];

		if (!k->oom)
			continue;
		k->time_ns = k->oom->pub.kill.hdr.time_ns;
		if (k->time_ns > last)
			last = k->time_ns;
	}
	e->first_ns = e->kill[0].time_ns;
	e->last_ns = last ? last : e->first_ns;
}

void episode_update(struct model *m, struct oom *o)
{
	struct episode *e;

	if (!m->episodes || !o->matched || o->told || oom_refuted(o))
		return;
	e = episode_of(m, o);
	if (e) {
		episode_retime(e);
		return;
	}
	sharer_replace(m, o);
	e = episode_for(m, o->pub.kill.hdr.time_ns, o->pub.group_kill);
	if (e)
		episode_add(m, e, o);
	else
		episode_unrecorded(m, o->pub.from_log);
}

void episode_unrecorded(struct model *m, bool by_log)
{
	struct episode *e = m->episodes ? newest(m->episodes) : NULL;

	if (e)
		e->unrecorded[by_log]++;
}

void episode_drop(struct model *m, struct oom *o)
{
	struct episode *e = episode_of(m, o);
	struct episodes *es = m->episodes;

	if (!e)
		return;
	o->pending = false;
	if (e->detail.oom == o)
		e->detail.oom = NULL;
	if (e->trigger_of == o)
		e->trigger_of = NULL;
	for (int i = e->n; i-- > 0;) {
		if (e->kill[i].oom == o)
			episode_forget(m, e, i);
	}
	if (e->n) {
		episode_retime(e);
		return;
	}
	for (int i = es->n; i-- > es->handed_out;) {
		if (es->order[i] == e)
			episode_remove(m, i);
	}
}

/* Killed by the kernel because its memory is the victim's: there is no line about that. */
void episode_exit(struct model *m, const struct ev_exit *ev)
{
	struct episode *e = m->episodes ? newest(m->episodes) : NULL;
	const struct proc *p;
	struct episode_kill *k;

	if (!e || e->full || !ev->group_dead || (ev->exit_code & 0x7f) != SIGKILL)
		return;
	p = process_find(m, ev->task.tgid, ev->task.start_ns);
	if (!p || !sharer_marked(p, ev->hdr.time_ns) || p->mm_kill_ns < e->first_ns)
		return;
	k = &e->kill[e->n++];
	*k = (struct episode_kill){.time_ns = ev->hdr.time_ns, .cgroup = p->pub.cgroup};
	who_fill(m, &ev->task, &k->who);
	if (k->who.cmdline)
		k->own_cmdline = name_keep(m, k->who.cmdline, strlen(k->who.cmdline));
	k->who.cmdline = k->own_cmdline;
	e->full = e->n == REPORT_KILLS;
}

void episode_press(struct model *m)
{
	struct episodes *es = m->episodes;
	size_t pending = 0;

	for (int i = 0; es && i < es->n; i++)
		pending += (size_t)es->order[i]->n;
	if (pending + m->opts.max_ooms / POOL_SPARE > m->opts.max_ooms && es->n > es->handed_out)
		es->order[es->handed_out]->pressed = true;
}

void episode_host(struct model *m, const struct ev_host *ev)
{
	struct episodes *es = m->episodes;

	for (int i = 0; es && i < es->n; i++) {
		struct episode *e = es->order[i];

		if (e->kills_after == EV_ABSENT && ev->hdr.time_ns > e->last_ns)
			e->kills_after = ev->value[HOST_OOM_KILL];
	}
}

void on_oom_back(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_oom_back *ev = (const struct ev_oom_back *)hdr;
	struct episodes *es = m->episodes;

	for (int i = es ? es->handed_out : 0; es && i < es->n; i++) {
		struct episode *e = es->order[i];
		uint64_t memcg = e->kill[0].oom ? oom_memcg(m, &e->kill[0].oom->pub) : 0;

		if (ev->kill_ns < e->last_ns || hdr->time_ns < e->last_ns || e->back_ns)
			continue;
		if (!ev->cgroup || !memcg || ev->cgroup == memcg)
			e->back_ns = hdr->time_ns;
	}
}

/* Where the log is all there is, nobody tells of ends. */
static bool is_told(const struct model *m, const struct oom *o)
{
	if (!signal_runs(m, "oom.kill"))
		return o->pub.from_log;
	return o->pub.exit_ns && (o->pub.from_log || signal_missing(m, "oom.log"));
}

bool episode_over(const struct model *m, const struct episode *e, uint64_t settle_ns)
{
	uint64_t quiet_ns = m->now_ns - e->heard_ns;

	if (e->pressed || quiet_ns >= settle_ns)
		return true;
	if (!e->full && quiet_ns < EPISODE_NS)
		return false;
	for (int i = 0; i < e->n; i++) {
		if (e->kill[i].oom && !is_told(m, e->kill[i].oom))
			return false;
	}
	return e->full || e->back_ns;
}
