/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer: event. Field tables (fields.h) of what BPF programs tell of: a line for each member of a
 * struct of bpf/events.h.
 */
#include "fields.h"

#define SHRINKER(n, key, KIND)                                                                     \
	KIND(ev_stall, shrinker[n].callback, key ".callback", FU_SYMBOL,                           \
	     "a shrinker it ran: its scan_objects()"),                                             \
		KIND(ev_stall, shrinker[n].fs, key ".fs", FU_FS, "type of file system it shrank"), \
		KIND(ev_stall, shrinker[n].ns, key ".ns", FU_NONE, "time on a CPU in it")

static const struct field stall_fields[] = {
	COLUMN(ev_stall, hdr.time_ns, "time_ns", FU_TIME, "TIME", -12, "when it ended, boottime"),
	COLUMN(ev_stall, task.comm, "comm", FU_NONE, "COMM", -10, "thread's name"),
	COLUMN(ev_stall, task.tgid, "pid", FU_NONE, "PID", 7, "process id"),
	COLUMN(ev_stall, task.tid, "tid", FU_NONE, "TID", 7, "thread id"),
	ENUM_COLUMN(ev_stall, kind, "kind", stall_kind_names, "KIND", -10,
		    "what the task was made to do"),
	COLUMN(ev_stall, order, "order", FU_NONE, "ORD", 3, "wanted 2^order contiguous pages"),
	COLUMN(ev_stall, duration_ns, "duration_ns", FU_NS, "WAIT(ms)", 9,
	       "how long the task waited"),
	COLUMN(ev_stall, reclaimed_pages, "reclaimed_pages", FU_COUNT, "PAGES", 6,
	       "pages it reclaimed"),
	COLUMN(ev_stall, cause_ns[CAUSE_CPU], "causes.cpu_ns", FU_CAUSES, "CAUSES(%)", -14,
	       "on a CPU: scanning, unmapping"),
	JSON(ev_stall, cause_ns[CAUSE_SLAB], "causes.slab_ns", FU_NS, "on a CPU in shrinkers"),
	JSON(ev_stall, cause_ns[CAUSE_THROTTLED], "causes.throttled_ns", FU_NS,
	     "made to sleep by reclaim"),
	JSON(ev_stall, cause_ns[CAUSE_IO], "causes.io_ns", FU_NS, "asleep for I/O"),
	JSON(ev_stall, cause_ns[CAUSE_BLOCKED], "causes.blocked_ns", FU_NS,
	     "asleep otherwise: locks"),
	JSON(ev_stall, cause_ns[CAUSE_RUNQUEUE], "causes.runqueue_ns", FU_NS,
	     "runnable, waiting for a CPU"),
	COLUMN(ev_stall, task.cgroup, "cgroup", FU_CGROUP, "CGROUP", 0, "the task's memory cgroup"),
	JSON(ev_stall, target_cgroup, "target_cgroup", FU_CGROUP,
	     "cgroup whose limit forced it; none: the machine's memory"),
	JSON(ev_stall, gfp, "gfp", FU_GFP, "flags of the allocation"),
	JSON(ev_stall, limit_bytes, "limit_bytes", FU_BYTES, "target's limit when it began"),
	JSON(ev_stall, usage_bytes, "usage_bytes", FU_BYTES, "target's usage when it began"),
	HIDDEN(ev_stall, split, "split", FU_BOOL, "the causes are known"),
	ENUM(ev_stall, throttle_reason, "throttle_reason", throttle_reason_names,
	     "why it was throttled longest"),
	HIDDEN(ev_stall, throttle_ns[THROTTLE_WRITEBACK], "throttle.writeback_ns", FU_NS,
	       "throttled: too many pages under writeback"),
	HIDDEN(ev_stall, throttle_ns[THROTTLE_ISOLATED], "throttle.isolated_ns", FU_NS,
	       "throttled: too many pages isolated by others"),
	HIDDEN(ev_stall, throttle_ns[THROTTLE_NOPROGRESS], "throttle.noprogress_ns", FU_NS,
	       "throttled: nothing could be reclaimed"),
	HIDDEN(ev_stall, throttle_ns[THROTTLE_CONGESTED], "throttle.congested_ns", FU_NS,
	       "throttled: devices congested"),
	HIDDEN(ev_stall, throttle_ns[THROTTLE_PFMEMALLOC], "throttle.pfmemalloc_ns", FU_NS,
	       "throttled: reserves nearly used up"),
	HIDDEN(ev_stall, throttle_ns[THROTTLE_HIGH], "throttle.high_ns", FU_NS,
	       "throttled: over memory.high"),
	SHRINKER(0, "shrinker", JSON),
	SHRINKER(1, "shrinker2", HIDDEN),
	SHRINKER(2, "shrinker3", HIDDEN),
	JSON(ev_stall, sleeps, "sleeps", FU_COUNT, "times it gave the CPU up by itself"),
	JSON(ev_stall, sleep_ns, "longest_sleep_ns", FU_NS, "the longest of these"),
	JSON(ev_stall, stack, "stack", FU_STACK, "where that was, innermost first; with -K"),
	JSON(ev_stall, node, "node", FU_NONE, "memory node of the CPU it began on"),
	ENUM(ev_stall, kswapd, "kswapd", kswapd_at_stall_names,
	     "what that node's kswapd did: asleep, late (woken meanwhile), awake"),
	HIDDEN(ev_stall, kswapd_awake_ns, "kswapd_awake_ns", FU_NS,
	       "awake: for how long when the stall began"),
	JSON(ev_stall, nested, "nested", FU_COUNT, "inner reclaim or compaction runs it includes"),
	JSON(ev_stall, zones, "zones", FU_NONE, "compaction: which zone of one attempt, from 1"),
	HIDDEN(ev_stall, result, "result", FU_NONE, "compaction: the kernel's compact_result"),
	TASK_REST(ev_stall, task, ""),
	CPU(ev_stall),
};
KIND(EV_STALL, ev_stall, stall, "a task waited for memory to be reclaimed or compacted");

static const struct field sleep_fields[] = {
	TIME(ev_sleep, "when it was over"),
	TASK(ev_sleep, task, ""),
	JSON(ev_sleep, duration_ns, "duration_ns", FU_NS,
	     "asleep, not counting the wait for a CPU"),
	ENUM(ev_sleep, cause, "cause", stall_cause_names, "throttled, io or blocked"),
	JSON(ev_sleep, stack, "stack", FU_STACK, "where it slept, innermost first"),
	CPU(ev_sleep),
};
KIND(EV_SLEEP, ev_sleep, sleep, "a task slept while it stalled");

static const struct field fault_fields[] = {
	COLUMN(ev_fault, hdr.time_ns, "time_ns", FU_TIME, "TIME", -12, "when it ended, boottime"),
	COLUMN(ev_fault, task.comm, "comm", FU_NONE, "COMM", -16, "thread's name"),
	COLUMN(ev_fault, task.tgid, "pid", FU_NONE, "PID", 7, "process id"),
	ENUM_COLUMN(ev_fault, class, "class", fault_class_names, "CLASS", -5,
		    "where the page came from"),
	COLUMN(ev_fault, duration_ns, "duration_ns", FU_NS, "WAIT(ms)", 9,
	       "how long the task waited; 0: untimed"),
	COLUMN(ev_fault, name, "file", FU_NONE, "FILE", 0, "the mapped file's name"),
	JSON(ev_fault, task.tid, "tid", FU_NONE, "thread id"),
	JSON(ev_fault, task.cgroup, "cgroup", FU_CGROUP, "the task's memory cgroup"),
	JSON(ev_fault, address, "address", FU_ADDR, "the address touched"),
	JSON(ev_fault, ino, "ino", FU_NONE, "inode number of the file; 0: none"),
	JSON(ev_fault, offset, "offset_bytes", FU_BYTES, "position of the page in the file"),
	JSON(ev_fault, dev_major, "dev_major", FU_NONE, "device of the file"),
	JSON(ev_fault, dev_minor, "dev_minor", FU_NONE, "device of the file"),
	JSON(ev_fault, away_ns, "away_ns", FU_NS,
	     "since reclaim took the page away; 0: not seen or long ago"),
	HIDDEN(ev_fault, ustack, "ustack", FU_NONE, "id of the user stack; 0: none"),
	HIDDEN(ev_fault, flags, "flags", FU_NONE,
	       "1: untimed, 2: in kernel mode, 4: class guessed, 8: name too long"),
	TASK_REST(ev_fault, task, ""),
	CPU(ev_fault),
};
KIND(EV_FAULT, ev_fault, fault, "a major page fault");

static const struct field sample_fields[] = {
	TIME(ev_sample, "when"),
	TASK(ev_sample, task, ""),
	JSON(ev_sample, address, "address", FU_ADDR, "the address touched"),
	JSON(ev_sample, period, "period", FU_COUNT, "it stands for so many minor faults"),
	HIDDEN(ev_sample, ustack, "ustack", FU_NONE, "id of the user stack; 0: none"),
	CPU(ev_sample),
};
KIND(EV_SAMPLE, ev_sample, sample, "a minor page fault, one of many");

static const struct field kswapd_fields[] = {
	TIME(ev_kswapd, "when"),
	JSON(ev_kswapd, nid, "node", FU_NONE, "memory node"),
	ENUM(ev_kswapd, state, "state", kswapd_state_names, "a balancing run begins, or it sleeps"),
	JSON(ev_kswapd, order, "order", FU_NONE, "of a run: wants 2^order contiguous pages"),
	HIDDEN(ev_kswapd, zid, "zone", FU_NONE, "highest zone to balance"),
	CPU(ev_kswapd),
};
KIND(EV_KSWAPD, ev_kswapd, kswapd, "kswapd begins a balancing run or goes to sleep");

static const struct field kswapd_wakeup_fields[] = {
	TIME(ev_kswapd_wakeup, "when"),
	JSON(ev_kswapd_wakeup, nid, "node", FU_NONE, "memory node"),
	TASK(ev_kswapd_wakeup, task, ""),
	JSON(ev_kswapd_wakeup, order, "order", FU_NONE, "the task wanted 2^order pages"),
	JSON(ev_kswapd_wakeup, gfp, "gfp", FU_GFP, "flags of the allocation"),
	HIDDEN(ev_kswapd_wakeup, zid, "zone", FU_NONE, "highest zone that would do"),
	CPU(ev_kswapd_wakeup),
};
KIND(EV_KSWAPD_WAKEUP, ev_kswapd_wakeup, kswapd_wakeup, "a task woke kswapd");

static const struct field oom_kill_fields[] = {
	TIME(ev_oom_kill, "when the victim was chosen"),
	TASK(ev_oom_kill, victim, "victim."),
	JSON(ev_oom_kill, victim_ppid, "victim.ppid", FU_NONE, "its parent"),
	JSON(ev_oom_kill, oom_score_adj, "victim.oom_score_adj", FU_NONE, "its adjustment"),
	JSON(ev_oom_kill, total_vm_bytes, "victim.total_vm_bytes", FU_BYTES, "address space"),
	JSON(ev_oom_kill, anon_rss_bytes, "victim.anon_rss_bytes", FU_BYTES, "anonymous memory"),
	JSON(ev_oom_kill, file_rss_bytes, "victim.file_rss_bytes", FU_BYTES, "mapped files"),
	JSON(ev_oom_kill, shmem_rss_bytes, "victim.shmem_rss_bytes", FU_BYTES, "shared memory"),
	JSON(ev_oom_kill, swap_bytes, "victim.swap_bytes", FU_BYTES, "in swap"),
	JSON(ev_oom_kill, pgtables_bytes, "victim.pgtables_bytes", FU_BYTES, "page tables"),
	TASK(ev_oom_kill, task, "trigger."),
	JSON(ev_oom_kill, memcg, "memcg.cgroup", FU_CGROUP, "cgroup at its limit; 0: none"),
	JSON(ev_oom_kill, limit_bytes, "memcg.limit_bytes", FU_BYTES, "its limit"),
	JSON(ev_oom_kill, usage_bytes, "memcg.usage_bytes", FU_BYTES, "its usage"),
	JSON(ev_oom_kill, memsw_limit_bytes, "memcg.memsw_limit_bytes", FU_BYTES,
	     "its limit of memory+swap (v1) or swap (v2); 0: unknown"),
	JSON(ev_oom_kill, memsw_usage_bytes, "memcg.memsw_usage_bytes", FU_BYTES,
	     "its usage of memory+swap (v1) or swap (v2)"),
	HIDDEN(ev_oom_kill, sized, "sized", FU_BOOL, "the victim's sizes were read"),
	HIDDEN(ev_oom_kill, at_limit, "at_limit", FU_BOOL, "a cgroup at its limit was looked for"),
	JSON(ev_oom_kill, stack, "stack", FU_STACK, "of the trigger, innermost first"),
	CPU(ev_oom_kill),
};
KIND(EV_OOM_KILL, ev_oom_kill, oom_kill, "the kernel chose an OOM victim");

static const struct field oom_reap_fields[] = {
	TIME(ev_oom_reap, "when"),
	JSON(ev_oom_reap, pid, "pid", FU_NONE, "a thread of the victim"),
	ENUM(ev_oom_reap, stage, "stage", reap_stage_names, "what the OOM reaper did"),
	CPU(ev_oom_reap),
};
KIND(EV_OOM_REAP, ev_oom_reap, oom_reap, "a step of the OOM reaper");

static const struct field exit_fields[] = {
	TIME(ev_exit, "when the thread ended"),
	TASK(ev_exit, task, ""),
	JSON(ev_exit, ppid, "ppid", FU_NONE, "parent process"),
	JSON(ev_exit, min_flt, "min_flt", FU_COUNT, "minor faults of this thread"),
	JSON(ev_exit, maj_flt, "maj_flt", FU_COUNT, "major faults of this thread"),
	JSON(ev_exit, folded_min_flt, "folded_min_flt", FU_COUNT, "of threads that ended before"),
	JSON(ev_exit, folded_maj_flt, "folded_maj_flt", FU_COUNT, "of threads that ended before"),
	JSON(ev_exit, exit_code, "exit_code", FU_NONE, "as wait(2) encodes it"),
	JSON(ev_exit, read_bytes, "read_bytes", FU_BYTES, "this thread read from storage"),
	JSON(ev_exit, write_bytes, "write_bytes", FU_BYTES, "this thread wrote for storage"),
	JSON(ev_exit, folded_read_bytes, "folded_read_bytes", FU_BYTES, "of ended threads"),
	JSON(ev_exit, folded_write_bytes, "folded_write_bytes", FU_BYTES, "of ended threads"),
	JSON(ev_exit, maxrss_bytes, "maxrss_bytes", FU_BYTES, "the process's peak; 0: unknown"),
	JSON(ev_exit, group_dead, "group_dead", FU_BOOL, "it was the process's last thread"),
	CPU(ev_exit),
};
KIND(EV_EXIT, ev_exit, exit, "a thread ended");

static const struct field task_fields[] = {
	TIME(ev_task_row, "when it was read"),
	TASK(ev_task_row, task, ""),
	JSON(ev_task_row, ppid, "ppid", FU_NONE, "parent process"),
	JSON(ev_task_row, leader, "leader", FU_BOOL, "it leads its process; else counters only"),
	HIDDEN(ev_task_row, unwatched, "unwatched", FU_BOOL, "the filter keeps it out"),
	HIDDEN(ev_task_row, mm, "mm", FU_NONE, "the same for all that share their memory"),
	JSON(ev_task_row, sized, "sized", FU_BOOL, "the sizes were read"),
	JSON(ev_task_row, state, "state", FU_CHAR, "R, S, D, T, Z as in /proc/PID/stat"),
	JSON(ev_task_row, threads, "threads", FU_COUNT, "threads of the process"),
	JSON(ev_task_row, oom_score_adj, "oom_score_adj", FU_NONE, "OOM score adjustment"),
	JSON(ev_task_row, min_flt, "min_flt", FU_COUNT, "minor faults of this thread"),
	JSON(ev_task_row, maj_flt, "maj_flt", FU_COUNT, "major faults of this thread"),
	JSON(ev_task_row, folded_min_flt, "folded_min_flt", FU_COUNT, "of ended threads"),
	JSON(ev_task_row, folded_maj_flt, "folded_maj_flt", FU_COUNT, "of ended threads"),
	JSON(ev_task_row, anon_rss_bytes, "anon_rss_bytes", FU_BYTES, "anonymous memory"),
	JSON(ev_task_row, file_rss_bytes, "file_rss_bytes", FU_BYTES, "mapped files"),
	JSON(ev_task_row, shmem_rss_bytes, "shmem_rss_bytes", FU_BYTES, "shared memory"),
	JSON(ev_task_row, swap_bytes, "swap_bytes", FU_BYTES, "in swap"),
	JSON(ev_task_row, pgtables_bytes, "pgtables_bytes", FU_BYTES, "page tables"),
	JSON(ev_task_row, total_vm_bytes, "total_vm_bytes", FU_BYTES, "address space"),
	JSON(ev_task_row, read_bytes, "read_bytes", FU_BYTES, "this thread read from storage"),
	JSON(ev_task_row, write_bytes, "write_bytes", FU_BYTES, "this thread wrote for storage"),
	JSON(ev_task_row, folded_read_bytes, "folded_read_bytes", FU_BYTES, "of ended threads"),
	JSON(ev_task_row, folded_write_bytes, "folded_write_bytes", FU_BYTES, "of ended threads"),
	CPU(ev_task_row),
};
KIND(EV_TASK, ev_task_row, task, "a thread, as a snapshot found it");

static const struct field swapout_fields[] = {
	TIME(ev_swapout, "when the counts were read"),
	TASK(ev_swapout, task, ""),
	JSON(ev_swapout, anon_pages, "anon_pages", FU_COUNT, "pages written to swap"),
	JSON(ev_swapout, file_pages, "file_pages", FU_COUNT, "pages written to files"),
	CPU(ev_swapout),
};
KIND(EV_SWAPOUT, ev_swapout, swapout, "pages that one process wrote out");

static const struct field swap_owner_fields[] = {
	TIME(ev_swap_owner, "when the counts were read"),
	JSON(ev_swap_owner, cgroup, "cgroup", FU_CGROUP, "whose pages they were; 0: unknown"),
	JSON(ev_swap_owner, by_kswapd, "by_kswapd_pages", FU_COUNT, "pages written by kswapd"),
	JSON(ev_swap_owner, by_own, "by_own_pages", FU_COUNT, "by tasks of this cgroup"),
	JSON(ev_swap_owner, by_other, "by_other_pages", FU_COUNT, "by tasks of another"),
	CPU(ev_swap_owner),
};
KIND(EV_SWAP_OWNER, ev_swap_owner, swap_owner,
     "a cgroup's pages that were written to swap, and by whom");
