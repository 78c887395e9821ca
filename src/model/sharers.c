/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes that share the memory of an OOM victim: the kernel kills them with it and says nothing
 * about it. They are told by their figures, which must be alike to the last byte.
 *
 * Layer: model, private.
 */
#include "episode.h"

/* Processes that share the victim's memory have the same figures, at each reading. */
static bool same_memory(const struct process *a, const struct process *b)
{
	return a->total_vm_bytes == b->total_vm_bytes && a->pgtables_bytes == b->pgtables_bytes &&
	       a->anon_rss_bytes == b->anon_rss_bytes && a->file_rss_bytes == b->file_rss_bytes &&
	       a->shmem_rss_bytes == b->shmem_rss_bytes && a->swap_bytes == b->swap_bytes &&
	       a->rss_delta_bytes == b->rss_delta_bytes && a->oom_score_adj == b->oom_score_adj;
}

void sharers_mark(struct model *m, const struct proc *victim, uint64_t kill_ns)
{
	const struct process *v = &victim->pub;

	if (!v->sampled || !v->total_vm_bytes || !v->anon_rss_bytes)
		return;
	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		struct proc *p = &m->procs[i];

		if (p->used && p != victim && !p->pub.exited && same_memory(&p->pub, v))
			p->mm_kill_ns = kill_ns;
	}
}

bool sharer_marked(const struct proc *p, uint64_t time_ns)
{
	return p->mm_kill_ns && time_ns >= p->mm_kill_ns && time_ns - p->mm_kill_ns < EPISODE_NS;
}
