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

/* Whose limit forces this memcg reclaim: memcg when the kernel says, else who is at its limit. */
static __always_inline void stall_target(struct inflight *f, struct mem_cgroup *memcg)
{
	struct cgroup_subsys_state *css;
	struct memcg_limit limit;

	if (memcg) {
		__builtin_memset(&limit, 0, sizeof(limit));
		memcg_read_limit(memcg, &limit);
		f->target_cgroup = css_id(&memcg->css);
	} else {
		if (!have_typed_current())
			return;
		css = task_memcg_css(bpf_get_current_task_btf());
		memcg_at_limit(css, &limit);
		f->target_cgroup = limit.cgroup;
	}
	f->limit_bytes = limit.limit_bytes;
	f->usage_bytes = limit.usage_bytes;
}

/* memcg: the one the event names, NULL if it names none */
static __always_inline int reclaim_begin(__u32 kind, __u32 order, __u32 gfp,
					 struct mem_cgroup *memcg)
{
	struct inflight *f = stall_begin(kind, order, gfp);

	if (!f)
		return 0;
	if (kind == STALL_MEMCG || kind == STALL_SOFTLIMIT)
		stall_target(f, memcg);
	f->begin_ns = bpf_ktime_get_boot_ns();
	return 0;
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
		return stall_end(KIND, reclaimed, 0);                                              \
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
