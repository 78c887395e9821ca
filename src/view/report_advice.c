/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What to change after an OOM kill: findings about whom the kernel chose and how the kill went.
 *
 * Layer: view; the contract is in report_words.h.
 */
#include <string.h>
#include "report_words.h"

#define SEC 1000000000ULL

static uint64_t candidate_size(const struct oom_candidate *c)
{
	uint64_t swap = c->swap_bytes == EV_ABSENT ? 0 : c->swap_bytes;

	return c->rss_bytes == EV_ABSENT ? 0 : c->rss_bytes + swap;
}

/* The largest that was let live, if it is larger than the first victim. */
static const struct oom_candidate *larger_survivor(const struct report *r,
						   const struct oom_candidate **victim)
{
	const struct oom_candidate *top = NULL;

	*victim = NULL;
	for (int i = 0; i < r->ncandidates; i++) {
		const struct oom_candidate *c = &r->candidates[i];

		if (r->nkills && c->pid == r->kills[0].victim.pid)
			*victim = c;
		else if (!c->killed && (!top || candidate_size(c) > candidate_size(top)))
			top = c;
	}
	if (!top || !*victim || candidate_size(top) <= candidate_size(*victim))
		return NULL;
	return top;
}

static bool largest_protected(const struct report *r, struct advice *a)
{
	const struct oom_candidate *victim, *top = larger_survivor(r, &victim);
	char who[LABEL_LEN], bytes[UNITS_LEN], less[UNITS_LEN];

	if (!top || top->oom_score_adj >= victim->oom_score_adj || top->oom_score_adj >= 0)
		return false;
	para_add(&a->finding, "The largest process, %s, was spared for its oom_score_adj.",
		 task_mark(top->comm, top->pid, who, sizeof(who)));
	para_add(&a->evidence, "It held %s at oom_score_adj %d, the victim %s at %d.",
		 fmt_bytes(candidate_size(top), bytes, sizeof(bytes)), top->oom_score_adj,
		 fmt_bytes(candidate_size(victim), less, sizeof(less)), victim->oom_score_adj);
	para_add(&a->change,
		 "Protect only what must live, and give that a limit of its own, so that "
		 "others do not die for it.");
	return true;
}

static bool victim_offered(const struct report *r, struct advice *a)
{
	const struct oom_candidate *victim, *top = larger_survivor(r, &victim);
	char who[LABEL_LEN], bytes[UNITS_LEN], less[UNITS_LEN];

	if (!top || victim->oom_score_adj <= 0 || top->oom_score_adj < 0 ||
	    victim->oom_score_adj <= top->oom_score_adj)
		return false;
	para_add(&a->finding,
		 "The victim was chosen for its oom_score_adj of %d, not for its size.",
		 victim->oom_score_adj);
	para_add(&a->evidence, "It held %s; %s held %s at %d.",
		 fmt_bytes(candidate_size(victim), less, sizeof(less)),
		 task_mark(top->comm, top->pid, who, sizeof(who)),
		 fmt_bytes(candidate_size(top), bytes, sizeof(bytes)), top->oom_score_adj);
	para_add(&a->change,
		 "If it is not meant to go first, lower its oom_score_adj (of a service: "
		 "OOMScoreAdjust=).");
	return true;
}

static bool trigger_elsewhere(const struct report *r, struct advice *a)
{
	const struct report_process *victim = report_victim(r);
	char who[LABEL_LEN], one[NAME_LEN], two[NAME_LEN];

	if (!victim || report_trigger(r) != TRIGGER_OTHER || !r->trigger.cgroup ||
	    !victim->cgroup || strcmp(r->trigger.cgroup, victim->cgroup) == 0)
		return false;
	para_add(&a->finding, "The victim died for an allocation in another cgroup.");
	para_add(&a->evidence, "%s in %s asked, the victim was in %s.",
		 trigger_label(r, who, sizeof(who)),
		 name_mark(r->trigger.cgroup, "", one, sizeof(one)),
		 name_mark(victim->cgroup, "", two, sizeof(two)));
	para_add(&a->change,
		 "Give each of them a memory.max of its own, so that each answers for what "
		 "it takes.");
	return true;
}

static bool group_killed(const struct report *r, struct advice *a)
{
	int n = 0;

	for (int i = 0; i < r->nkills; i++)
		n += r->kills[i].rec && r->kills[i].rec->group_kill;
	if (n == 0)
		return false;
	para_add(&a->finding, "The whole cgroup was killed, as memory.oom.group asks for.");
	para_add(&a->evidence, "%d process%s died with the first.", n, n == 1 ? "" : "es");
	para_add(&a->change,
		 "Keep it where a service is no use in part; else unset it (OOMPolicy= of "
		 "its unit).");
	return true;
}

static bool allocating_task(const struct report *r, struct advice *a)
{
	if (!r->nkills || r->vm.oom_kill_allocating_task == EV_ABSENT ||
	    !r->vm.oom_kill_allocating_task)
		return false;
	para_add(&a->finding, "Whoever asks for memory is killed, not whoever holds most.");
	para_add(&a->evidence, "vm.oom_kill_allocating_task is set.");
	para_add(&a->change, "Set it to 0, unless that is meant.");
	return true;
}

static bool cascade(const struct report *r, struct advice *a)
{
	int alone = 0;
	char ns[UNITS_LEN];

	for (int i = 0; i < r->nkills; i++)
		alone += r->kills[i].rec && !r->kills[i].rec->group_kill;
	if (alone < 2)
		return false;
	para_add(&a->finding, "One kill was not enough.");
	para_add(&a->evidence, "%llu processes were killed within %s.",
		 (unsigned long long)report_killed(r),
		 fmt_ns(r->last_ns - r->first_ns, ns, sizeof(ns)));
	para_add(&a->change, "%s",
		 report_is_memcg(r)
			 ? "If they are one service, set memory.oom.group, so that it dies and "
			   "restarts as one."
			 : "Limit the cgroup that they are in (memory.max), so that it stops "
			   "there.");
	return true;
}

static bool reaping_slow(const struct report *r, struct advice *a)
{
	uint64_t end = r->reap_end_ns ? r->reap_end_ns : r->exit_ns;
	char ns[UNITS_LEN];

	if (!r->reap_slow && !r->reap_failed)
		return false;
	para_add(&a->finding, "The victim's memory %s.",
		 r->reap_failed ? "could not be reaped" : "came free slowly");
	if (end > r->first_ns)
		para_add(&a->evidence, "It took %s from the kill on.",
			 fmt_ns(end - r->first_ns, ns, sizeof(ns)));
	else
		para_add(&a->evidence, "It was not seen to end.");
	para_add(&a->change,
		 "See whether it locks its memory (mlock), or hangs in the kernel (state D: "
		 "network file systems, FUSE).");
	return true;
}

static bool kswapd_late(const struct report *r, struct advice *a)
{
	uint64_t kswapd = 0, stalls = 0;
	char one[UNITS_LEN], two[UNITS_LEN];

	for (int i = 0; i < r->nsamples; i++) {
		kswapd += r->samples[i].kswapd_ns == EV_ABSENT ? 0 : r->samples[i].kswapd_ns;
		stalls += r->samples[i].stall_ns == EV_ABSENT ? 0 : r->samples[i].stall_ns;
	}
	if (report_is_memcg(r) || stalls < SEC || kswapd > stalls / 10)
		return false;
	para_add(&a->finding, "Tasks had to reclaim while kswapd hardly worked.");
	para_add(&a->evidence, "They waited %s, it worked %s in the window.",
		 fmt_ns(stalls, one, sizeof(one)), fmt_ns(kswapd, two, sizeof(two)));
	para_add(&a->change, "Raise vm.watermark_scale_factor, so that it begins earlier.");
	return true;
}

static bool overcommitted(const struct report *r, struct advice *a)
{
	const char *constraint = report_constraint(r);

	if (r->vm.overcommit_memory != 1 || !constraint || strcmp(constraint, "system") != 0)
		return false;
	para_add(&a->finding, "No allocation is ever refused, however large.");
	para_add(&a->evidence, "vm.overcommit_memory is 1.");
	para_add(&a->change,
		 "Set it to 0 (or 2, with vm.overcommit_ratio) if the programs here can "
		 "cope with a refusal.");
	return true;
}

static bool panics(const struct report *r, struct advice *a)
{
	if (r->vm.panic_on_oom == EV_ABSENT || r->vm.panic_on_oom == 0)
		return false;
	para_add(&a->finding, "The kernel is set to panic when the machine runs out of memory.");
	para_add(&a->evidence, "vm.panic_on_oom is %llu.", (unsigned long long)r->vm.panic_on_oom);
	para_add(&a->change, "Set it to 0, unless a restart is what is wanted.");
	return true;
}

static bool log_lost(const struct report *r, struct advice *a)
{
	char n[UNITS_LEN];

	if (!r->loss.kmsg_lost)
		return false;
	para_add(&a->finding, "Lines of the kernel log were overwritten before they were read.");
	para_add(&a->evidence, "%s are lost.", fmt_count(r->loss.kmsg_lost, n, sizeof(n)));
	para_add(&a->change, "Boot with a larger log_buf_len=, and see what else fills the log.");
	return true;
}

static const finding_fn kill_findings[] = {
	largest_protected, victim_offered, trigger_elsewhere, reaping_slow,
	allocating_task,   cascade,	   group_killed,      kswapd_late,
	overcommitted,	   panics,	   log_lost,
};

int report_advice(const struct report *r, int at, struct advice *out)
{
	const int all = memory_nfindings + (int)ARRAY_LEN(kill_findings);

	for (; at < all; at++) {
		finding_fn find = at < memory_nfindings ? memory_findings[at]
							: kill_findings[at - memory_nfindings];

		out->finding.len = out->evidence.len = out->change.len = 0;
		out->finding.s[0] = out->evidence.s[0] = out->change.s[0] = '\0';
		if (find(r, out))
			return at + 1;
	}
	return 0;
}
