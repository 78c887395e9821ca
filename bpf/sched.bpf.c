// SPDX-License-Identifier: GPL-2.0
/*
 * What a task does within a stall: leaves the CPU and comes back, runs shrinkers, is throttled.
 *
 * Layer: bpf. Context switches and wakeups are on the hottest path of all: unless a stall is open
 * somewhere, these programs return at their first branch.
 */
#include "cause.bpf.h"

static __always_inline struct inflight *inflight_of(__u32 tid)
{
	struct inflight *f = bpf_map_lookup_elem(&inflight, &tid);

	return f && f->begin_ns && !f->busy ? f : NULL;
}

static __always_inline __u32 off_reason(const struct inflight *f, struct task_struct *task,
					bool preempt)
{
	struct task_struct___bits *bits = (void *)task;

	if (preempt || !task_state(task))
		return OFF_PREEMPTED;
	if (f->throttled)
		return OFF_PFMEMALLOC;
	if (f->kind == STALL_HIGH && !f->depth)
		return OFF_HIGH;
	return BPF_CORE_READ_BITFIELD(bits, in_iowait) ? OFF_IO : OFF_BLOCKED;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(stall_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct inflight *f;
	__u64 now;

	if (!stalls_open)
		return 0;
	now = bpf_ktime_get_boot_ns();
	f = prev->pid ? inflight_of(prev->pid) : NULL;
	if (f) {
		clock_settle(f);
		clock_spend(f, now);
		f->woken_ns = 0;
		f->off_stack = 0;
		f->off = off_reason(f, prev, preempt);
		if (have_stacks && f->off != OFF_PREEMPTED) {
			f->off_stack = kstack_take(ctx);
			if (!f->off_stack)
				count(SIG_SLEEP, unpaired, 1);
		}
	}
	/*
	 * One that has been back already left unseen (the kernel skipped this program): when is not
	 * known, so the time since then stays with the CPU's, as for any switch that was not seen.
	 */
	f = next->pid ? inflight_of(next->pid) : NULL;
	if (f && f->off != OFF_NOT && !f->off_ns) {
		f->off_ns = now - f->mark_ns;
		f->mark_ns = f->back_ns = now;
	}
	return 0;
}

/* Where the kernel does not add up waits for a CPU. */
SEC("tp_btf/sched_wakeup")
int BPF_PROG(stall_wakeup, struct task_struct *task)
{
	struct inflight *f;

	if (!stalls_open)
		return 0;
	f = inflight_of(task->pid);
	if (f && f->off > OFF_PREEMPTED && !f->woken_ns)
		f->woken_ns = bpf_ktime_get_boot_ns();
	return 0;
}

/*
 * What was taken for a sleep of another cause was throttling: the event comes right after it, if
 * there was one at all (reclaim_throttle() in mm/vmscan.c does not sleep when woken early).
 */
#define SLEEP_TO_EVENT_NS 1000000

static __always_inline int throttled(__u32 reason, bool slept)
{
	struct inflight *f;
	__u64 now;

	if (!stalls_open)
		return 0;
	f = inflight_of(bpf_get_current_pid_tgid());
	if (!f)
		return 0;
	now = clock_bring_up(f);
	if (!f->slept_ns || (!slept && now - f->back_ns > SLEEP_TO_EVENT_NS))
		return 0;
	f->busy = 1;
	if (f->slept_cause == CAUSE_IO)
		f->cause_ns[CAUSE_IO] -= f->slept_ns;
	else if (f->slept_cause == CAUSE_BLOCKED)
		f->cause_ns[CAUSE_BLOCKED] -= f->slept_ns;
	else
		goto out; /* known for what it was */
	f->cause_ns[CAUSE_THROTTLED] += f->slept_ns;
	f->throttle_ns[reason & 7] += f->slept_ns; /* the 8th is within the entry, too */
	f->slept_cause = CAUSE_THROTTLED;
out:
	f->busy = 0;
	return 0;
}

SEC("tp_btf/mm_vmscan_throttled")
int BPF_PROG(stall_throttled, int nid, int usec_timeout, int usec_delayed, int reason)
{
	__u32 why = reason + THROTTLE_WRITEBACK;

	if (why >= THROTTLE_PFMEMALLOC)
		return 0;
	barrier_var(why); /* or the compiler drops the mask that the verifier wants to see */
	return throttled(why, usec_delayed > 0);
}

/* before v5.16, where reclaim knew this reason only */
SEC("tp_btf/writeback_congestion_wait")
int BPF_PROG(stall_congested, unsigned int usec_timeout, unsigned int usec_delayed)
{
	return throttled(THROTTLE_CONGESTED, usec_delayed > 0);
}

SEC("tp_btf/writeback_wait_iff_congested")
int BPF_PROG(stall_congested_iff, unsigned int usec_timeout, unsigned int usec_delayed)
{
	return throttled(THROTTLE_CONGESTED, usec_delayed > 0);
}

/*
 * The type of file system whose dentries and inodes this shrinker frees, if it is one that does:
 * super_cache_scan() has the super block as private_data (v6.7, 1720f5dd8d84). Of another shrinker
 * it is whatever stands there: user space, which knows functions by name, does not look at it.
 */
static __always_inline __u64 shrinker_fs(struct shrinker *shrinker)
{
	struct super_block *sb;

	if (!have_rdonly_cast || !bpf_core_field_exists(shrinker->private_data) ||
	    !shrinker->private_data)
		return 0;
	sb = bpf_rdonly_cast(shrinker->private_data, bpf_core_type_id_kernel(struct super_block));
	return (__u32)sb->s_magic == sb->s_magic ? sb->s_magic : 0;
}

/* The slot of a shrinker; that of the one that took least when none is left. */
static __always_inline __u32 shrinker_slot(struct inflight *f, __u64 callback, __u64 fs)
{
	__u32 slot;

	for (slot = 0; slot < EV_SHRINKERS; slot++) {
		if (!f->shrinker[slot].callback)
			break;
		if (f->shrinker[slot].callback == callback && f->shrinker[slot].fs == fs)
			return slot;
	}
	if (slot == EV_SHRINKERS)
		slot--;
	f->shrinker[slot].callback = callback;
	f->shrinker[slot].fs = fs;
	f->shrinker[slot].ns = 0;
	return slot;
}

/* Keeps those that took most first. */
static __always_inline void shrinkers_sort(struct inflight *f)
{
	for (int i = EV_SHRINKERS - 1; i > 0; i--) {
		struct ev_shrinker less = f->shrinker[i - 1];

		if (f->shrinker[i].ns <= less.ns)
			continue;
		f->shrinker[i - 1] = f->shrinker[i];
		f->shrinker[i] = less;
	}
}

SEC("tp_btf/mm_shrink_slab_start")
int BPF_PROG(slab_start, struct shrinker *shrinker)
{
	struct inflight *f;

	if (!stalls_open)
		return 0;
	f = inflight_of(bpf_get_current_pid_tgid());
	if (!f)
		return 0;
	clock_bring_up(f);
	f->shrinker_at = shrinker_slot(f, (__u64)shrinker->scan_objects, shrinker_fs(shrinker));
	f->slab_from_ns = f->cause_ns[CAUSE_SLAB];
	f->in_slab = 1;
	return 0;
}

SEC("tp_btf/mm_shrink_slab_end")
int BPF_PROG(slab_end)
{
	struct inflight *f;
	__u32 slot;

	if (!stalls_open)
		return 0;
	f = inflight_of(bpf_get_current_pid_tgid());
	if (!f || !f->in_slab)
		return 0;
	clock_bring_up(f);
	f->in_slab = 0;
	slot = f->shrinker_at;
	if (slot < EV_SHRINKERS)
		f->shrinker[slot].ns += f->cause_ns[CAUSE_SLAB] - f->slab_from_ns;
	shrinkers_sort(f);
	return 0;
}
