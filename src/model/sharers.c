/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes that share the memory of an OOM victim: the kernel kills them with it and says nothing
 * about it. The last snapshot knows them by their mm, unless they came after it.
 *
 * Layer: model, private.
 */
#include "episode.h"

void sharers_mark(struct model *m, const struct proc *victim, uint64_t kill_ns)
{
	const struct process *v = &victim->pub;

	if (!v->mm)
		return;
	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		struct proc *p = &m->procs[i];

		if (p->used && p != victim && !p->pub.exited && p->pub.mm == v->mm)
			p->mm_kill_ns = kill_ns;
	}
}

/*
 * They are killed at once, but may take their time to end on a machine that is out of memory. If
 * the log was read before the probe's events, the kill has the time of that, which is after their
 * end.
 */
#define SHARER_ENDS_NS (5 * NS_PER_S)
#define LOG_LATE_NS    NS_PER_S

bool sharer_marked(const struct proc *p, uint64_t time_ns)
{
	return p->mm_kill_ns && time_ns + LOG_LATE_NS >= p->mm_kill_ns &&
	       time_ns < p->mm_kill_ns + SHARER_ENDS_NS;
}
