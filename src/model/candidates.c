/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whom the kernel could have killed: from the process table, where its log has no list of tasks;
 * and of how much memory oom_score_adj is a share.
 *
 * Layer: model, private.
 */
#include "episode.h"

void on_vm(struct model *m, const struct ev_hdr *hdr)
{
	if (reports_wanted(m))
		m->episodes->vm = *(const struct ev_vm *)hdr;
}

static uint64_t page_size(const struct model *m)
{
	return m->meta.page_size ? m->meta.page_size : 4096;
}

static uint64_t swap_total(const struct model *m)
{
	uint64_t swap = m->nhost ? m->host_last.value[HOST_SWAP_TOTAL] : EV_ABSENT;

	return swap == EV_ABSENT ? 0 : swap;
}

/* mem_cgroup_get_max() of mm/memcontrol.c */
uint64_t memcg_total_pages(const struct model *m, uint64_t limit, uint64_t swap_limit, bool memsw)
{
	uint64_t room = swap_total(m);

	if (memsw && swap_limit != EV_ABSENT)
		swap_limit = counter_growth(limit, swap_limit);
	if (swap_limit < room)
		room = swap_limit;
	if (m->episodes->vm.swappiness == 0)
		room = 0;
	return (limit + room) / page_size(m);
}

uint64_t host_total_pages(const struct model *m)
{
	uint64_t total = m->nhost ? m->host_last.value[HOST_MEM_TOTAL] : EV_ABSENT;

	if (total == EV_ABSENT)
		total = m->meta.mem_total_bytes;
	return total ? (total + swap_total(m)) / page_size(m) : 0;
}

static uint64_t kill_total_pages(const struct model *m, const struct ev_oom_kill *kill)
{
	uint64_t swap_limit = kill->memsw_limit_bytes;

	if (!kill->limit_bytes || kill->limit_bytes == EV_NO_LIMIT)
		return host_total_pages(m);
	if (!swap_limit) /* not known */
		swap_limit = EV_ABSENT;
	return memcg_total_pages(m, kill->limit_bytes, swap_limit, m->meta.cgroup_version == 1);
}

static bool had_been_killed(const struct oom *o, const struct oom *but)
{
	return o != but && o->matched && !oom_refuted(o) &&
	       (!but || o->pub.kill.hdr.time_ns < but->pub.kill.hdr.time_ns);
}

void candidates_mark_dying(const struct model *m, struct oom_table *t, const struct oom *but)
{
	for (uint32_t i = 0; i < m->nooms; i++) {
		const struct oom *o = m->oom_order[i];

		/* After its end the number may be another's. */
		if (!had_been_killed(o, but) ||
		    (o->pub.exit_ns && (!but || o->pub.exit_ns < but->pub.kill.hdr.time_ns)))
			continue;
		for (int k = 0; k < t->n; k++) {
			if (oom_candidate_is(&t->row[k], o->pub.kill.victim.tgid))
				t->row[k].bar = CANDIDATE_DYING;
		}
	}
}

static struct oom_candidate candidate(const struct process *p)
{
	struct oom_candidate c = {
		.pid = p->tgid,
		.uid = p->uid,
		.total_vm_bytes = p->total_vm_bytes,
		.rss_bytes = p->anon_rss_bytes + p->file_rss_bytes + p->shmem_rss_bytes,
		.anon_bytes = p->anon_rss_bytes,
		.file_bytes = p->file_rss_bytes,
		.shmem_bytes = p->shmem_rss_bytes,
		.swap_bytes = p->swap_bytes,
		.pgtables_bytes = p->pgtables_bytes,
		.oom_score_adj = p->oom_score_adj,
	};

	comm_copy(c.comm, p->comm);
	return c;
}

/* The victim's own figures are those of the kill. */
static struct oom_candidate candidate_victim(const struct oom_record *rec)
{
	struct oom_candidate c = {
		.pid = rec->kill.victim.tgid,
		.uid = rec->victim_uid,
		.total_vm_bytes = rec->total_vm_bytes,
		.rss_bytes = rec->anon_rss_bytes + rec->file_rss_bytes + rec->shmem_rss_bytes,
		.anon_bytes = rec->anon_rss_bytes,
		.file_bytes = rec->file_rss_bytes,
		.shmem_bytes = rec->shmem_rss_bytes,
		.swap_bytes = rec->swap_bytes,
		.pgtables_bytes = rec->pgtables_bytes,
		.oom_score_adj = rec->oom_score_adj,
	};

	comm_copy(c.comm, rec->victim_comm);
	return c;
}

/* oom_unkillable_task() of mm/oom_kill.c: never init, nor kernel threads, which have no memory. */
static bool could_be_chosen(const struct model *m, const struct proc *p, uint64_t memcg)
{
	return p->used && !p->pub.exited && p->pub.sampled && p->pub.total_vm_bytes &&
	       p->pub.tgid != 1 && (!memcg || cgroup_within(m, p->pub.cgroup, memcg));
}

void candidates_snapshot(struct model *m, const struct oom *o, struct oom_choice *out)
{
	struct oom_table *t = &m->episodes->scratch;
	uint64_t memcg = o ? oom_memcg(m, &o->pub) : 0;
	uint32_t victim = o ? o->pub.kill.victim.tgid : 0;
	bool sized = o && o->pub.total_vm_bytes;

	oom_table_begin(t, page_size(m),
			o ? kill_total_pages(m, &o->pub.kill) : host_total_pages(m));
	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		const struct proc *p = &m->procs[i];

		if (could_be_chosen(m, p, memcg) && !(sized && p->pub.tgid == victim))
			oom_table_add(t, candidate(&p->pub));
	}
	if (sized)
		oom_table_add(t, candidate_victim(&o->pub));
	candidates_mark_dying(m, t, o);
	oom_table_choose(t, victim, out);
}
