/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel stacks, by an id that events refer to.
 *
 * Layer: bpf. Taken by sched (sleeps within a stall) and oom (the trigger of a kill). The map is
 * there only where one of them is asked for.
 */
#ifndef MEMTRACE_KSTACK_BPF_H
#define MEMTRACE_KSTACK_BPF_H

#include "common.bpf.h"

#define STACK_FRAMES 64

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 8192);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, STACK_FRAMES * sizeof(__u64));
} stacks SEC(".maps");

/* Of the current task: EV_STACK's id, 0 = it could not be taken. */
static __always_inline __u32 kstack_take(void *ctx)
{
	long id = bpf_get_stackid(ctx, &stacks, 0);

	return id >= 0 ? id + 1 : 0;
}

#endif
