/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which task runs the OOM killer for which memory cgroup.
 *
 * Layer: bpf. Kept by oom; task forgets who has ended.
 */
#ifndef MEMTRACE_OOM_BPF_H
#define MEMTRACE_OOM_BPF_H

#include "memcg.bpf.h"

const volatile bool memcg_by_func; /* oom_memcg_enter is among the loaded programs */

/* The cgroup a task is running the OOM killer for, by tid; none while it does so for the host. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct memcg_limit);
} oom_memcgs SEC(".maps");

__u32 oom_memcgs_full; /* a task without an entry may have one nevertheless */

/* The task ends: if its fexit was skipped, the next one with its tid must not inherit that. */
static __always_inline void oom_memcg_forget(__u32 tid)
{
	if (memcg_by_func)
		bpf_map_delete_elem(&oom_memcgs, &tid);
}

#endif
