/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User stacks of faults, where they are asked for.
 *
 * Layer: bpf. The kernel walks them by frame pointers. A stack's id is the bucket that its hash
 * leads to: of two that meet there the later one is not taken, so that an id means the same to the
 * end of the run.
 */
#ifndef MEMTRACE_USTACK_BPF_H
#define MEMTRACE_USTACK_BPF_H

#include "common.bpf.h"

const volatile bool have_ustacks;   /* user stacks of major faults are wanted */
const volatile __u32 sample_faults; /* minor faults that a sampled one stands for */

#define USTACK_FRAMES 127
/* Names are read from the process, which may end soon: the loader is not to sleep for long. */
#define USTACK_WAKE_NS 5000000

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, USTACK_FRAMES * sizeof(__u64));
} ustacks SEC(".maps");

__u64 ustack_woken_ns; /* when the loader was last woken for one; races do no harm */

/* What EV_USTACK calls the current task's user stack; 0 = it could not be taken. */
static __always_inline __u32 ustack_take(void *ctx)
{
	long id = bpf_get_stackid(ctx, &ustacks, BPF_F_USER_STACK);

	return id < 0 ? 0 : id + 1;
}

/* Is it time to wake the loader for a stack? */
static __always_inline bool ustack_urgent(__u32 ustack, __u64 now_ns)
{
	if (!ustack || now_ns - ustack_woken_ns < USTACK_WAKE_NS)
		return false;
	ustack_woken_ns = now_ns;
	return true;
}

#endif
