// SPDX-License-Identifier: GPL-2.0
/*
 * Direct compaction stalls: an attempt to make a large block for an allocation compacts one zone
 * after another, and each zone is a stall.
 *
 * Layer: bpf. The attempt itself has a begin event but no end (try_to_compact_pages() in
 * mm/compaction.c), hence the zones. kcompactd and writers of compact_memory raise the same zone
 * events: they are told apart by compact_control.direct_compaction where the event carries it
 * (v6.1 and later), else by the attempt's event that must have come before.
 */
#include "stall.bpf.h"

/* An attempt under way. LRU, since an attempt that every zone refuses has no end to delete it. */
struct attempt {
	__u32 order, gfp;
	__u32 zones;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct attempt);
} attempts SEC(".maps");

SEC("tp_btf/mm_compaction_try_to_compact_pages")
int BPF_PROG(compaction_try, int order, __u32 gfp)
{
	struct attempt a = {.order = order, .gfp = gfp};
	__u32 tid = bpf_get_current_pid_tgid();

	if (bpf_map_update_elem(&attempts, &tid, &a, BPF_ANY))
		count(STALL_COMPACTION, unpaired, 1);
	return 0;
}

static __always_inline int zone_begin(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct attempt *a = bpf_map_lookup_elem(&attempts, &tid);
	struct inflight *f;

	if (!a)
		return 0;
	/* vmstat compact_stall counts attempts, once any zone was compacted */
	if (a->zones++ == 0)
		count(STALL_COMPACTION, extra, 1);
	f = stall_begin(STALL_COMPACTION, a->order, a->gfp);
	if (f) {
		f->zone = a->zones;
		kswapd_look(f, bpf_get_numa_node_id());
		clock_start(f);
	}
	return 0;
}

SEC("tp_btf/mm_compaction_begin")
int BPF_PROG(compaction_begin_cc, struct compact_control *cc)
{
	return cc->direct_compaction ? zone_begin() : 0;
}

SEC("tp_btf/mm_compaction_end")
int BPF_PROG(compaction_end_cc, struct compact_control *cc, unsigned long start, unsigned long end,
	     bool sync, int status)
{
	return cc->direct_compaction ? stall_end(STALL_COMPACTION, 0, status) : 0;
}

/* before v6.1: (zone_start, migrate_pfn, free_pfn, zone_end, sync[, status]) */
SEC("tp_btf/mm_compaction_begin")
int BPF_PROG(compaction_begin_pfn)
{
	return zone_begin();
}

SEC("tp_btf/mm_compaction_end")
int BPF_PROG(compaction_end_pfn, unsigned long zone_start, unsigned long migrate_pfn,
	     unsigned long free_pfn, unsigned long zone_end_pfn, bool sync, int status)
{
	__u32 tid = bpf_get_current_pid_tgid();

	/* not kcompactd's, which never tries */
	return bpf_map_lookup_elem(&attempts, &tid) ? stall_end(STALL_COMPACTION, 0, status) : 0;
}
