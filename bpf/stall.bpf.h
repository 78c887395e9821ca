/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of a stall: remembered at the outermost begin, sent at its end.
 *
 * Layer: bpf. Used by reclaim and compaction. Intervals can nest (soft limit reclaim within
 * direct reclaim): the outermost one is the stall, inner ones are counted in it. A stall costs
 * one update and one delete of a preallocated map, on a slow path.
 */
#ifndef MEMTRACE_STALL_BPF_H
#define MEMTRACE_STALL_BPF_H

#include "memcg.bpf.h"

const volatile bool have_throttle; /* throttle_begin is among the loaded programs */

/*
 * When tasks called try_to_free_pages(), by tid: they may be made to wait there before the begin
 * event of direct reclaim. One that dies of a signal while it waits never begins.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, __u64);
} throttles SEC(".maps");

const volatile bool target_by_func; /* target_note is among the loaded programs */

/* The cgroup a task is about to reclaim from, by tid: from target_note() to its begin event. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct memcg_limit);
} targets SEC(".maps");

static __always_inline struct inflight *inflight_find(__u32 tid, __u64 start_ns)
{
	struct inflight *f = bpf_map_lookup_elem(&inflight, &tid);

	/* Left behind by a thread whose end event the kernel skipped: not ours. */
	if (f && f->start_ns != start_ns)
		return NULL;
	return f;
}

/*
 * A begin event. Returns the new stall for its caller to complete (begin_ns last of all), or NULL
 * when this task is not watched or is in a stall already.
 */
static __always_inline struct inflight *stall_begin(__u32 kind, __u32 order, __u32 gfp)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct inflight new = {.kind = kind, .order = order, .gfp = gfp};
	struct inflight *f;
	__u32 tid = id;

	count(kind, seen, 1);
	if (!watched(id)) {
		count(kind, filtered, 1);
		return NULL;
	}
	new.start_ns = current_start_ns();
	f = inflight_find(tid, new.start_ns);
	if (f && f->kind != kind) {
		f->depth++;
		f->nested++;
		return NULL;
	}
	/* No kind nests in itself (PF_MEMALLOC): the end of the one before was missed. */
	if (f)
		count(kind, unpaired, 1);
	bpf_map_update_elem(&inflight, &tid, &new, BPF_ANY);
	f = bpf_map_lookup_elem(&inflight, &tid);
	if (!f) /* the map is full */
		count(kind, unpaired, 1);
	return f;
}

static __always_inline void stall_send(struct inflight *f, __u64 reclaimed, __u32 result)
{
	struct ev_stall *ev = event_begin(sizeof(*ev), EV_STALL, f->kind);

	if (!ev)
		return;
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
	/* Of another kind: what ends here began unseen, inside of that one. */
	if (!f || (!f->depth && f->kind != kind)) {
		count(kind, unpaired, 1);
		if (kind == STALL_DIRECT && have_throttle) /* its begin did not take it */
			bpf_map_delete_elem(&throttles, &tid);
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
	bpf_map_delete_elem(&inflight, &tid);
	return 0;
}

/*
 * The task ends: its number may be another one's soon. One that was killed while it was throttled
 * does not begin the reclaim it waited for.
 */
static __always_inline void stall_forget(__u32 tid)
{
	bpf_map_delete_elem(&inflight, &tid);
	if (have_throttle && !bpf_map_delete_elem(&throttles, &tid))
		count(STALL_DIRECT, unpaired, 1);
	if (target_by_func)
		bpf_map_delete_elem(&targets, &tid);
}

#endif
