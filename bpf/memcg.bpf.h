/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which memory cgroup is at its limit.
 *
 * Layer: bpf. Used by reclaim and oom.
 */
#ifndef MEMTRACE_MEMCG_BPF_H
#define MEMTRACE_MEMCG_BPF_H

#include "common.bpf.h"

struct memcg_limit {
	__u64 cgroup; /* id, 0 = none is at its limit */
	__u64 limit_bytes, usage_bytes;
	__u64 memsw_limit_bytes, memsw_usage_bytes;
};

#define MEMCG_MAX_DEPTH 12

/*
 * A charge may fail although usage is a little below the limit: the charge is of up to
 * one huge page (512 x 4 KiB), and other CPUs uncharge meanwhile. See try_charge_memcg().
 */
#define MEMCG_SLACK_PAGES 512

static __always_inline __u64 counter_headroom(__u64 usage, __u64 limit)
{
	return usage < limit ? limit - usage : 0;
}

/* Pages until this cgroup must reclaim; memory.high counts as a limit too. */
static __always_inline __u64 memcg_headroom(struct mem_cgroup *memcg)
{
	__u64 usage = memcg->memory.usage.counter;
	__u64 room = counter_headroom(usage, memcg->memory.max);
	__u64 high = counter_headroom(usage, memcg->memory.high);

	if (high < room)
		room = high;
	if (cgroup_v1) {
		__u64 memsw = counter_headroom(memcg->memsw.usage.counter, memcg->memsw.max);

		if (memsw < room)
			room = memsw;
	}
	return room;
}

/* PAGE_COUNTER_MAX, LONG_MAX / PAGE_SIZE, is how the kernel says that there is none. */
static __always_inline __u64 limit_to_bytes(__u64 pages)
{
	return pages >= (~0ull >> 1) >> page_shift ? EV_NO_LIMIT : to_bytes(pages);
}

/* The limit that is told: memory.max where usage is at it, or else the lower of it and of high. */
static __always_inline void memcg_read_limit(struct mem_cgroup *memcg, struct memcg_limit *out)
{
	__u64 max = memcg->memory.max, high = memcg->memory.high;
	__u64 usage = memcg->memory.usage.counter;
	bool at_max = counter_headroom(usage, max) <= MEMCG_SLACK_PAGES;

	out->limit_bytes = limit_to_bytes(at_max || max < high ? max : high);
	out->usage_bytes = to_bytes(usage);
	if (cgroup_v1) {
		out->memsw_limit_bytes = limit_to_bytes(memcg->memsw.max);
		out->memsw_usage_bytes = to_bytes(memcg->memsw.usage.counter);
	} else {
		out->memsw_limit_bytes = limit_to_bytes(memcg->swap.max);
		out->memsw_usage_bytes = to_bytes(memcg->swap.usage.counter);
	}
}

/* Fills in all of out. */
static __always_inline void memcg_limit_of(struct mem_cgroup *memcg, struct memcg_limit *out)
{
	__builtin_memset(out, 0, sizeof(*out));
	out->cgroup = css_id(&memcg->css);
	memcg_read_limit(memcg, out);
}

/*
 * Of css and its ancestors, the one nearest to its limit, lowest first, if it is at it. The root
 * has no limit. out is filled in whole. Needs have_rdonly_cast: css is embedded in mem_cgroup,
 * and only that kfunc lets the verifier follow the cast.
 */
static __always_inline void memcg_at_limit(struct cgroup_subsys_state *css, struct memcg_limit *out)
{
	__u64 best = MEMCG_SLACK_PAGES + 1;

	__builtin_memset(out, 0, sizeof(*out));
	if (!have_rdonly_cast)
		return;
	for (int i = 0; i < MEMCG_MAX_DEPTH && css; i++) {
		struct mem_cgroup *memcg;
		__u64 room;

		memcg = bpf_rdonly_cast(css, bpf_core_type_id_kernel(struct mem_cgroup));
		room = memcg_headroom(memcg);
		if (room < best) {
			best = room;
			out->cgroup = css_id(css);
			memcg_read_limit(memcg, out);
		}
		css = css->parent;
	}
}

#endif
