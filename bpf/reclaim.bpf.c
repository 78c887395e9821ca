// SPDX-License-Identifier: GPL-2.0
/*
 * Reclaim stalls: from a begin to its end tracepoint, in the task that reclaims.
 *
 * Layer: bpf. Each tracepoint has one program per set of arguments that kernels have given it;
 * the loader picks by the BTF prototype. v7.2 swapped order and gfp of the begin events and added
 * the memcg, which no verifier would notice.
 */
#include "memcg.bpf.h"
#include "stall.bpf.h"

const volatile bool target_by_event; /* take the cgroup from the begin event itself ... */
const volatile bool target_by_limit; /* ... or from who is at a limit; else: target_by_func */
const volatile bool have_memstall;   /* the kernel keeps task_struct.in_memstall: PSI is on */

static __always_inline void target_set(struct inflight *f, const struct memcg_limit *limit)
{
	f->target_cgroup = limit->cgroup;
	f->limit_bytes = limit->limit_bytes;
	f->usage_bytes = limit->usage_bytes;
}

/* Takes what target_note() left for this task. */
static __always_inline void target_take(struct inflight *f)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct memcg_limit *noted = bpf_map_lookup_elem(&targets, &tid);

	if (!noted)
		return;
	target_set(f, noted);
	bpf_map_delete_elem(&targets, &tid);
}

/*
 * Whose limit forces this reclaim; memcg is the one that the event names, if it names any. A soft
 * limit may be that of a cgroup this task has nothing to do with: only the event can tell.
 */
static __always_inline void stall_target(struct inflight *f, __u32 kind, struct mem_cgroup *memcg)
{
	struct memcg_limit limit;

	if (memcg && target_by_event) {
		memcg_limit_of(memcg, &limit);
	} else if (target_by_func && kind == STALL_MEMCG) {
		target_take(f);
		return;
	} else {
		/* who is named by the first reclaim inside a stall of kind high */
		if (!have_typed_current() || kind == STALL_SOFTLIMIT || !target_by_limit)
			return;
		memcg_at_limit(task_memcg_css(bpf_get_current_task_btf()), &limit);
	}
	target_set(f, &limit);
}

/* Before v5.11 there is no typed pointer to the current task: no rung needs one there. */
static __always_inline __u32 pages_over_high(void)
{
	return have_typed_current() ? bpf_get_current_task_btf()->memcg_nr_pages_over_high : 0;
}

/* A stall of kind high is for this cgroup's memory.high. */
static __always_inline void high_target(struct inflight *f, struct mem_cgroup *memcg)
{
	struct memcg_limit limit;

	memcg_limit_of(memcg, &limit);
	limit.limit_bytes = limit_to_bytes(memcg->memory.high);
	target_set(f, &limit);
}

/* A reclaim that an event names the cgroup of began inside of a stall. */
static __always_inline int nested_target(struct mem_cgroup *memcg)
{
	struct inflight *f = inflight_find(bpf_get_current_pid_tgid(), current_start_ns());

	if (f && f->kind == STALL_HIGH && !f->target_cgroup)
		high_target(f, memcg);
	return 0;
}

/*
 * Reclaim that somebody asked for: memory.reclaim, force_empty, a limit written. Unlike what an
 * allocation has to wait for it is not accounted as memory pressure (v5.9, e22c6ed90aa9).
 */
static __always_inline bool is_proactive(void)
{
	struct task_struct___bits *bits;

	if (!have_memstall || !have_typed_current())
		return false;
	bits = (void *)bpf_get_current_task_btf();
	if (!bpf_core_field_exists(bits->in_memstall))
		return false;
	return !BPF_CORE_READ_BITFIELD(bits, in_memstall);
}

/* kswapd keeps to soft limits too; nobody waits for that. */
static __always_inline bool is_kswapd(void)
{
	return have_typed_current() && bpf_get_current_task_btf()->flags & PF_KSWAPD;
}

/* memcg: the one the event names, NULL if it names none */
static __always_inline int reclaim_begin(__u32 kind, __u32 order, __u32 gfp,
					 struct mem_cgroup *memcg)
{
	struct inflight *f;

	if (kind == STALL_SOFTLIMIT && is_kswapd()) {
		count(kind, seen, 1);
		count(kind, filtered, 1);
		return 0;
	}
	f = stall_begin(kind == STALL_MEMCG && is_proactive() ? STALL_PROACTIVE : kind, order, gfp);
	if (!f)
		return memcg && target_by_event ? nested_target(memcg) : 0;
	if (f->throttled) {
		f->throttled = 0;
		return 0;
	}
	if (kind == STALL_MEMCG || kind == STALL_SOFTLIMIT || kind == STALL_HIGH)
		stall_target(f, kind, memcg);
	else
		kswapd_look(f, bpf_get_numa_node_id());
	clock_start(f);
	return 0;
}

static __always_inline int reclaim_end(__u32 kind, __u64 reclaimed)
{
	return kind == STALL_SOFTLIMIT && is_kswapd() ? 0 : stall_end(kind, reclaimed, 0);
}

#define STALL_PROGS(name, KIND, tp)                                                                \
	SEC("tp_btf/" #tp "_begin")                                                                \
	int BPF_PROG(name##_begin, int order, __u32 gfp)                                           \
	{                                                                                          \
		return reclaim_begin(KIND, order, gfp, NULL);                                      \
	}                                                                                          \
	SEC("tp_btf/" #tp "_begin")                                                                \
	int BPF_PROG(name##_begin_memcg, __u32 gfp, int order, struct mem_cgroup *memcg)           \
	{                                                                                          \
		return reclaim_begin(KIND, order, gfp, memcg);                                     \
	}                                                                                          \
	SEC("tp_btf/" #tp "_end")                                                                  \
	int BPF_PROG(name##_end, unsigned long reclaimed)                                          \
	{                                                                                          \
		return reclaim_end(KIND, reclaimed);                                               \
	}

STALL_PROGS(direct, STALL_DIRECT, mm_vmscan_direct_reclaim)
STALL_PROGS(memcg, STALL_MEMCG, mm_vmscan_memcg_reclaim)
STALL_PROGS(softlimit, STALL_SOFTLIMIT, mm_vmscan_memcg_softlimit_reclaim)

SEC("tp_btf/mm_vmscan_node_reclaim_begin")
int BPF_PROG(node_begin, int nid, int order, __u32 gfp)
{
	return reclaim_begin(STALL_NODE, order, gfp, NULL);
}

SEC("tp_btf/mm_vmscan_node_reclaim_end")
int BPF_PROG(node_end, unsigned long reclaimed)
{
	return stall_end(STALL_NODE, reclaimed, 0);
}

/* What follows needs BPF trampolines. */

/*
 * Every memcg reclaim passes here, memcg first of the arguments in all kernels, just before its
 * begin event. Within a stall of kind high it tells whose limit that is.
 */
SEC("fentry/try_to_free_mem_cgroup_pages")
int BPF_PROG(target_note, struct mem_cgroup *memcg)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct memcg_limit limit;
	struct inflight *f;
	__u32 tid = id;

	if (!watched(id))
		return 0;
	f = inflight_find(tid, current_start_ns());
	if (f && f->kind == STALL_HIGH) {
		if (!f->target_cgroup)
			high_target(f, memcg);
		return 0;
	}
	memcg_limit_of(memcg, &limit);
	if (bpf_map_update_elem(&targets, &tid, &limit, BPF_ANY))
		count(STALL_MEMCG, unpaired, 1);
	return 0;
}

/*
 * throttle_direct_reclaim() comes before the begin event: the stall begins here, unless the task is
 * in one already. One that dies of a signal while it waits never comes to the begin event.
 */
SEC("fentry/try_to_free_pages")
int BPF_PROG(throttle_begin)
{
	__u64 id = bpf_get_current_pid_tgid(), start_ns;
	struct inflight *f;

	if (!watched(id))
		return 0;
	start_ns = current_start_ns();
	f = inflight_find(id, start_ns);
	if (f && !f->throttled)
		return 0;
	if (f) {
		count(STALL_DIRECT, unpaired, 1);
		inflight_drop(id);
	}
	f = inflight_new(STALL_DIRECT, id, start_ns);
	if (!f)
		return 0;
	f->throttled = 1;
	kswapd_look(f, bpf_get_numa_node_id());
	clock_start(f);
	return 0;
}

#define DEF_PRIORITY 12 /* include/linux/mmzone.h */

/*
 * do_try_to_free_pages() counts allocstall_* again each time it starts over, having reclaimed
 * nothing (its label retry); each such pass calls this function once with the priority to begin
 * with.
 */
SEC("fentry/vmpressure_prio")
int BPF_PROG(direct_pass, __u32 gfp, struct mem_cgroup *memcg, int prio)
{
	if (!memcg && prio == DEF_PRIORITY)
		count(STALL_DIRECT, extra, 1);
	return 0;
}

/*
 * memory.high: a task that has charged too much reclaims, and sleeps, on its way back to user
 * space or, after a large charge, at once. The function is called without need too, and does
 * nothing then. No other stall contains it: those run with PF_MEMALLOC, which keeps a charge from
 * calling it.
 */
static __always_inline int high_begin(__u32 gfp)
{
	struct inflight *f = inflight_find(bpf_get_current_pid_tgid(), current_start_ns());
	__u32 tid = bpf_get_current_pid_tgid();

	/* One of another kind has ended unseen: it must not swallow this one. */
	if (f && f->kind != STALL_HIGH) {
		count(STALL_HIGH, unpaired, 1);
		inflight_drop(tid);
	}
	return pages_over_high() ? reclaim_begin(STALL_HIGH, 0, gfp, NULL) : 0;
}

static __always_inline int high_end(void)
{
	struct inflight *f = inflight_find(bpf_get_current_pid_tgid(), current_start_ns());

	return f && f->kind == STALL_HIGH ? stall_end(STALL_HIGH, 0, 0) : 0;
}

/* The ends stand first, since programs are attached in this order: none may begin without an end.
 */
SEC("fexit/__mem_cgroup_handle_over_high")
int BPF_PROG(high_leave)
{
	return high_end();
}

SEC("fentry/__mem_cgroup_handle_over_high")
int BPF_PROG(high_enter, __u32 gfp)
{
	return high_begin(gfp);
}

/* the name before it became the slow path of an inline function */
SEC("fexit/mem_cgroup_handle_over_high")
int BPF_PROG(high_leave_old)
{
	return high_end();
}

SEC("fentry/mem_cgroup_handle_over_high")
int BPF_PROG(high_enter_gfp, __u32 gfp)
{
	return high_begin(gfp);
}

/* older kernels (v5.10 for one) pass no argument */
SEC("fentry/mem_cgroup_handle_over_high")
int BPF_PROG(high_enter_void)
{
	return high_begin(0);
}
