// SPDX-License-Identifier: GPL-2.0
/*
 * All programs as one object: the loader's one skeleton.
 *
 * Layer: bpf. The files are compiled together, not linked by bpftool, whose static linker
 * (as of 7.1) cannot merge objects that call kfuncs.
 */
#include "common.bpf.h"

/* Attached in this order: switches are seen before the first stall begins. */
#include "sched.bpf.c"
#include "reclaim.bpf.c"
#include "compaction.bpf.c"
#include "kswapd.bpf.c"
#include "fault_entry.bpf.c"
#include "fault_slow.bpf.c"
#include "fault.bpf.c"
#include "sample.bpf.c"
#include "swap.bpf.c"
#include "left.bpf.c"
#include "oom.bpf.c"
#include "task.bpf.c"

char LICENSE[] SEC("license") = "GPL";
