/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of a stall: remembered at the outermost begin, sent at its end.
 *
 * Layer: bpf. Used by reclaim and compaction. Intervals can nest (soft limit reclaim within
 * direct reclaim): the outermost one is the stall, inner ones are counted in it. A stall costs
 * one update and one delete of a preallocated map, on a slow path. What its time goes into is
 * cause.bpf.h's.
 */
#ifndef MEMTRACE_STALL_BPF_H
#define MEMTRACE_STALL_BPF_H

#include "cause.bpf.h"
#include "memcg.bpf.h"

const volatile bool target_by_func; /* target_note is among the loaded programs */

/* The cgroup a task is about to reclaim from, by tid: from target_note() to its begin event. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct memcg_limit);
} targets SEC(".maps");

static __always_inline void inflight_drop(__u32 tid)
{
	if (!bpf_map_delete_elem(&inflight, &tid))
		__sync_fetch_and_add(&stalls_open, -1);
}

static __always_inline struct inflight *inflight_find(__u32 tid, __u64 start_ns)
{
	struct inflight *f = bpf_map_lookup_elem(&inflight, &tid);

	/* Left behind by a thread whose end event the kernel skipped: not ours. */
	if (f && f->start_ns != start_ns) {
		inflight_drop(tid);
		return NULL;
	}
	return f;
}

/* Kinds that are not kinds of event. */
static __always_inline __u32 kind_signal(__u32 kind)
{
	return kind == STALL_PROACTIVE ? STALL_MEMCG : kind;
}

static const struct inflight no_inflight;

/* An entry for the current task, which has none; NULL, and counted, when there is no room.
 * clock_start() is due once it is complete. */
static __always_inline struct inflight *inflight_new(__u32 kind, __u32 tid, __u64 start_ns)
{
	struct inflight *f;

	if (!bpf_map_update_elem(&inflight, &tid, &no_inflight, BPF_ANY))
		__sync_fetch_and_add(&stalls_open, 1);
	f = bpf_map_lookup_elem(&inflight, &tid);
	if (!f) {
		count(kind_signal(kind), unpaired, 1);
		return NULL;
	}
	f->start_ns = start_ns;
	f->kind = kind;
	f->node = -1;
	return f;
}

/*
 * A begin event. Returns the new stall for its caller to complete (clock_start() last of all), or
 * NULL when this task is not watched or is in a stall already. Of one that was throttled before it
 * began, the clock runs already.
 */
static __always_inline struct inflight *stall_begin(__u32 kind, __u32 order, __u32 gfp)
{
	__u64 id = bpf_get_current_pid_tgid(), start_ns;
	struct inflight *f;
	__u32 tid = id;

	count(kind_signal(kind), seen, 1);
	if (!watched(id)) {
		count(kind_signal(kind), filtered, 1);
		return NULL;
	}
	start_ns = current_start_ns();
	f = inflight_find(tid, start_ns);
	if (f && !f->throttled && f->kind != kind) {
		f->depth++;
		f->nested++;
		return NULL;
	}
	/*
	 * No kind nests in itself (PF_MEMALLOC): the end of the one before was missed. And what a
	 * task was throttled for begins next, unless a signal killed the task meanwhile.
	 */
	if (f && (!f->throttled || kind != STALL_DIRECT)) {
		count(kind_signal(f->kind), unpaired, 1);
		inflight_drop(tid);
		f = NULL;
	}
	if (!f)
		f = inflight_new(kind, tid, start_ns);
	if (!f)
		return NULL;
	f->order = order;
	f->gfp = gfp;
	return f;
}

/* The reason that made it sleep longest. */
static __always_inline __u32 throttle_most(const struct inflight *f)
{
	__u32 most = THROTTLE_NONE;

	for (__u32 i = THROTTLE_NONE + 1; i < THROTTLE_REASONS; i++)
		if (f->throttle_ns[i] > f->throttle_ns[most])
			most = i;
	return most;
}

static __always_inline void causes_fill(struct ev_stall *ev, const struct inflight *f)
{
	__builtin_memcpy(ev->cause_ns, f->cause_ns, sizeof(ev->cause_ns));
	__builtin_memcpy(ev->throttle_ns, f->throttle_ns, sizeof(ev->throttle_ns));
	__builtin_memcpy(ev->shrinker, f->shrinker, sizeof(ev->shrinker));
	ev->sleep_ns = f->longest_ns;
	ev->stack = f->longest_stack;
	ev->sleeps = f->sleeps;
	ev->split = have_switch;
	ev->throttle_reason = throttle_most(f);
	ev->node = f->node;
	ev->kswapd = f->node < 0 ? KSWAPD_UNKNOWN : kswapd_verdict(f);
	ev->kswapd_awake_ns = ev->kswapd == KSWAPD_AWAKE ? f->begin_ns - f->kswapd_since_ns : 0;
}

/* Its caller drops the entry: from the time that is the stall's end on, no switch changes it. */
static __always_inline void stall_send(struct inflight *f, __u64 reclaimed, __u32 result)
{
	struct ev_stall *ev;

	f->busy = 1;
	ev = event_begin(sizeof(*ev), EV_STALL, kind_signal(f->kind));
	if (!ev)
		return;
	clock_settle(f);
	clock_spend(f, ev->hdr.time_ns);
	if (have_stacks)
		sleep_send(f);
	task_fill_current(&ev->task);
	ev->duration_ns = ev->hdr.time_ns - f->begin_ns;
	ev->reclaimed_pages = reclaimed;
	ev->target_cgroup = f->target_cgroup;
	ev->limit_bytes = f->limit_bytes;
	ev->usage_bytes = f->usage_bytes;
	ev->kind = f->kind;
	ev->order = f->order;
	ev->gfp = f->gfp;
	ev->nested = f->nested;
	ev->result = result;
	ev->zones = f->zone;
	causes_fill(ev, f);
	event_send(ev, false);
}

static __always_inline int stall_end(__u32 kind, __u64 reclaimed, __u32 result)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 tid = id;
	struct inflight *f;

	if (!watched(id))
		return 0;
	f = inflight_find(tid, current_start_ns());
	/*
	 * Of another kind: what ends here began unseen, inside of that one. Throttled: the begin of
	 * what ends was missed.
	 */
	if (!f || f->throttled || (!f->depth && kind_signal(f->kind) != kind)) {
		count(kind, unpaired, 1);
		if (f && f->throttled)
			inflight_drop(tid);
		return 0;
	}
	if (f->depth) {
		f->depth--;
		/* what other kinds reclaim within them is in their own figure */
		if (f->kind == STALL_HIGH)
			f->inner_pages += reclaimed;
		return 0;
	}
	stall_send(f, reclaimed + f->inner_pages, result);
	inflight_drop(tid);
	return 0;
}

/*
 * The task ends: its number may be another one's soon. One that was killed while it was throttled
 * does not begin the reclaim it waited for.
 */
static __always_inline void stall_forget(__u32 tid)
{
	struct inflight *f = bpf_map_lookup_elem(&inflight, &tid);

	if (f && f->throttled)
		count(STALL_DIRECT, unpaired, 1);
	if (f)
		inflight_drop(tid);
	if (target_by_func)
		bpf_map_delete_elem(&targets, &tid);
}

#endif
