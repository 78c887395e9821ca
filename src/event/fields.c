/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer: event. The field table of each event kind: what a member of the struct is called, what
 * it means and where it is shown. A new member needs a line here and nothing else; the order of
 * the lines is the order of columns and keys. Types follow from the structs.
 */
#include "event.h"

#define TYPE_OF(s, m)                                                                              \
	_Generic(((struct s *)0)->m,                                                               \
		uint8_t: FT_U8,                                                                    \
		char: FT_U8,                                                                       \
		uint16_t: FT_U16,                                                                  \
		uint32_t: FT_U32,                                                                  \
		int32_t: FT_S32,                                                                   \
		uint64_t: FT_U64,                                                                  \
		char *: FT_CHARS)

#define PLACE(s, m)                                                                                \
	.offset = offsetof(struct s, m), .size = sizeof(((struct s *)0)->m), .type = TYPE_OF(s, m)

/* Only for machines; in JSON; also a column (header, width). */
#define HIDDEN(s, m, key, u, h)                                                                    \
	{                                                                                          \
		.name = key, PLACE(s, m), .unit = u, .role = FR_HIDDEN, .help = h                  \
	}
#define JSON(s, m, key, u, h)                                                                      \
	{                                                                                          \
		.name = key, PLACE(s, m), .unit = u, .role = FR_JSON, .help = h                    \
	}
#define COLUMN(s, m, key, u, head, w, h)                                                           \
	{                                                                                          \
		.name = key, .header = head, PLACE(s, m), .unit = u, .role = FR_COLUMN,            \
		.width = w, .help = h                                                              \
	}
#define ENUM(s, m, key, array, h)                                                                  \
	{                                                                                          \
		.name = key, PLACE(s, m), .unit = FU_ENUM, .role = FR_JSON, .names = array,        \
		.help = h                                                                          \
	}
#define ENUM_COLUMN(s, m, key, array, head, w, h)                                                  \
	{                                                                                          \
		.name = key, .header = head, PLACE(s, m), .unit = FU_ENUM, .role = FR_COLUMN,      \
		.width = w, .names = array, .help = h                                              \
	}
#define TEXT(s, m, key, h)                                                                         \
	{                                                                                          \
		.name = key, .offset = offsetof(struct s, m), .type = FT_TEXT, .role = FR_JSON,    \
		.help = h                                                                          \
	}

#define TIME(s, what) JSON(s, hdr.time_ns, "time_ns", FU_TIME, what ", boottime")
#define CPU(s)	      HIDDEN(s, hdr.cpu, "cpu", FU_NONE, "processor that sent it")

/* Identity of the process that struct ev_task names, beyond what a person looks at. */
#define TASK_REST(s, m, p)                                                                         \
	JSON(s, m.uid, p "uid", FU_NONE, "user id"),                                               \
		HIDDEN(s, m.start_ns, p "start_ns", FU_TIME,                                       \
		       "when the process started; 0: unknown"),                                    \
		HIDDEN(s, m.flags, p "task_flags", FU_NONE, "1: kernel thread")
#define TASK(s, m, p)                                                                              \
	JSON(s, m.tgid, p "pid", FU_NONE, "process id"),                                           \
		JSON(s, m.tid, p "tid", FU_NONE, "thread id"),                                     \
		JSON(s, m.comm, p "comm", FU_NONE, "thread's name"),                               \
		JSON(s, m.cgroup, p "cgroup", FU_CGROUP, "its memory cgroup"), TASK_REST(s, m, p)

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

static const struct field sleep_fields[] = {
	TIME(ev_sleep, "when it was over"),
	TASK(ev_sleep, task, ""),
	JSON(ev_sleep, duration_ns, "duration_ns", FU_NS,
	     "asleep, not counting the wait for a CPU"),
	ENUM(ev_sleep, cause, "cause", stall_cause_names, "throttled, io or blocked"),
	JSON(ev_sleep, stack, "stack", FU_STACK, "where it slept, innermost first"),
	CPU(ev_sleep),
};

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

static const struct field sample_fields[] = {
	TIME(ev_sample, "when"),
	TASK(ev_sample, task, ""),
	JSON(ev_sample, address, "address", FU_ADDR, "the address touched"),
	JSON(ev_sample, period, "period", FU_COUNT, "it stands for so many minor faults"),
	HIDDEN(ev_sample, ustack, "ustack", FU_NONE, "id of the user stack; 0: none"),
	CPU(ev_sample),
};

static const struct field kswapd_fields[] = {
	TIME(ev_kswapd, "when"),
	JSON(ev_kswapd, nid, "node", FU_NONE, "memory node"),
	ENUM(ev_kswapd, state, "state", kswapd_state_names, "a balancing run begins, or it sleeps"),
	JSON(ev_kswapd, order, "order", FU_NONE, "of a run: wants 2^order contiguous pages"),
	HIDDEN(ev_kswapd, zid, "zone", FU_NONE, "highest zone to balance"),
	CPU(ev_kswapd),
};

static const struct field kswapd_wakeup_fields[] = {
	TIME(ev_kswapd_wakeup, "when"),
	JSON(ev_kswapd_wakeup, nid, "node", FU_NONE, "memory node"),
	TASK(ev_kswapd_wakeup, task, ""),
	JSON(ev_kswapd_wakeup, order, "order", FU_NONE, "the task wanted 2^order pages"),
	JSON(ev_kswapd_wakeup, gfp, "gfp", FU_GFP, "flags of the allocation"),
	HIDDEN(ev_kswapd_wakeup, zid, "zone", FU_NONE, "highest zone that would do"),
	CPU(ev_kswapd_wakeup),
};

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

static const struct field oom_reap_fields[] = {
	TIME(ev_oom_reap, "when"),
	JSON(ev_oom_reap, pid, "pid", FU_NONE, "a thread of the victim"),
	ENUM(ev_oom_reap, stage, "stage", reap_stage_names, "what the OOM reaper did"),
	CPU(ev_oom_reap),
};

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

static const struct field swapout_fields[] = {
	TIME(ev_swapout, "when the counts were read"),
	TASK(ev_swapout, task, ""),
	JSON(ev_swapout, anon_pages, "anon_pages", FU_COUNT, "pages written to swap"),
	JSON(ev_swapout, file_pages, "file_pages", FU_COUNT, "pages written to files"),
	CPU(ev_swapout),
};

static const struct field swap_owner_fields[] = {
	TIME(ev_swap_owner, "when the counts were read"),
	JSON(ev_swap_owner, cgroup, "cgroup", FU_CGROUP, "whose pages they were; 0: unknown"),
	JSON(ev_swap_owner, by_kswapd, "by_kswapd_pages", FU_COUNT, "pages written by kswapd"),
	JSON(ev_swap_owner, by_own, "by_own_pages", FU_COUNT, "by tasks of this cgroup"),
	JSON(ev_swap_owner, by_other, "by_other_pages", FU_COUNT, "by tasks of another"),
	CPU(ev_swap_owner),
};

#define GFP_NAME(n) JSON(ev_meta, gfp_names[n], "gfp_names." #n, FU_NONE, "name of gfp bit " #n)
#define GFP_NAMES_8(a, b, c, d, e, f, g, h)                                                        \
	GFP_NAME(a), GFP_NAME(b), GFP_NAME(c), GFP_NAME(d), GFP_NAME(e), GFP_NAME(f), GFP_NAME(g), \
		GFP_NAME(h)

static const struct field meta_fields[] = {
	TIME(ev_meta, "when tracing began"),
	JSON(ev_meta, realtime_ns, "realtime_ns", FU_NONE, "the same moment, ns since 1970 UTC"),
	JSON(ev_meta, page_size, "page_size", FU_BYTES, "of the machine"),
	JSON(ev_meta, cpus, "cpus", FU_COUNT, "processors"),
	JSON(ev_meta, mem_total_bytes, "mem_total_bytes", FU_BYTES, "the machine's memory"),
	JSON(ev_meta, interval_ns, "interval_ns", FU_NS, "between snapshots"),
	JSON(ev_meta, cgroup_version, "cgroup_version", FU_NONE,
	     "of the memory controller; 0: none"),
	JSON(ev_meta, loader_pid, "loader_pid", FU_NONE, "memtrace itself"),
	JSON(ev_meta, release, "release", FU_NONE, "kernel (uname -r)"),
	JSON(ev_meta, arch, "arch", FU_NONE, "architecture (uname -m)"),
	JSON(ev_meta, hostname, "hostname", FU_NONE, "the machine's name"),
	GFP_NAMES_8(0, 1, 2, 3, 4, 5, 6, 7),
	GFP_NAMES_8(8, 9, 10, 11, 12, 13, 14, 15),
	GFP_NAMES_8(16, 17, 18, 19, 20, 21, 22, 23),
	GFP_NAMES_8(24, 25, 26, 27, 28, 29, 30, 31),
	CPU(ev_meta),
};

static const struct field probe_fields[] = {
	TIME(ev_probe, "when"),
	JSON(ev_probe, signal, "signal", FU_NONE, "what is to be known"),
	JSON(ev_probe, rung, "rung", FU_NONE, "name of that source among those there are"),
	JSON(ev_probe, source, "source", FU_NONE, "where it is taken from"),
	ENUM(ev_probe, status, "status", probe_status_names, "how well that serves"),
	JSON(ev_probe, reason, "reason", FU_NONE, "why not better, and what is missing therefore"),
	CPU(ev_probe),
};

static const struct field program_fields[] = {
	TIME(ev_program, "when"),
	JSON(ev_program, name, "name", FU_NONE, "the program"),
	JSON(ev_program, verified_insns, "verified_insns", FU_COUNT,
	     "instructions the verifier walked through"),
	CPU(ev_program),
};

#define HOST_VMSTAT_AT(key)  "/proc/vmstat " key
#define HOST_MEMINFO_AT(key) "/proc/meminfo " key
#define HOST_PSI_AT(key)     "/proc/pressure/memory " key ", total us"
#define HOST_VMSTAT_UNIT     FU_COUNT
#define HOST_MEMINFO_UNIT    FU_BYTES
#define HOST_PSI_UNIT	     FU_NONE

static const struct field host_fields[] = {
	TIME(ev_host, "when"),
#define HOST_ENTRY(from, id, key, at)                                                              \
	JSON(ev_host, value[HOST_##id], key, HOST_##from##_UNIT, HOST_##from##_AT(at)),
#include "host.def"
	CPU(ev_host),
};

static const struct field zone_fields[] = {
	TIME(ev_zone, "when"),
	JSON(ev_zone, nid, "node", FU_NONE, "memory node"),
	JSON(ev_zone, name, "zone", FU_NONE, "name of the zone"),
	JSON(ev_zone, free_bytes, "free_bytes", FU_BYTES, "free"),
	JSON(ev_zone, min_bytes, "min_bytes", FU_BYTES, "watermark: below it tasks reclaim"),
	JSON(ev_zone, low_bytes, "low_bytes", FU_BYTES, "watermark: below it kswapd wakes"),
	JSON(ev_zone, high_bytes, "high_bytes", FU_BYTES, "watermark: above it kswapd sleeps"),
	JSON(ev_zone, unreclaimable, "unreclaimable", FU_BOOL, "kswapd of its node has given up"),
	JSON(ev_zone, managed_bytes, "managed_bytes", FU_BYTES, "size that the allocator manages"),
	CPU(ev_zone),
};

static const struct field cgstat_fields[] = {
	TIME(ev_cgstat, "when"),
	JSON(ev_cgstat, cgroup, "cgroup", FU_CGROUP, "which"),
	JSON(ev_cgstat, watched, "watched", FU_BOOL, "-c names it"),
	JSON(ev_cgstat, usage_bytes, "usage_bytes", FU_BYTES, "memory in use"),
	JSON(ev_cgstat, limit_bytes, "limit_bytes", FU_BYTES, "its limit"),
	JSON(ev_cgstat, swap_bytes, "swap_bytes", FU_BYTES, "swap (v1: memory+swap) in use"),
	JSON(ev_cgstat, swap_limit_bytes, "swap_limit_bytes", FU_BYTES, "its limit"),
	JSON(ev_cgstat, psi_some_us, "psi_some_us", FU_NONE, "some task waited, total us"),
	JSON(ev_cgstat, psi_full_us, "psi_full_us", FU_NONE, "all tasks waited, total us"),
	JSON(ev_cgstat, pgmajfault, "pgmajfault", FU_COUNT, "major faults, total"),
	JSON(ev_cgstat, oom_kill, "oom_kill", FU_COUNT, "OOM kills, total"),
	JSON(ev_cgstat, anon_bytes, "anon_bytes", FU_BYTES, "anonymous memory"),
	JSON(ev_cgstat, file_bytes, "file_bytes", FU_BYTES, "page cache, tmpfs included"),
	JSON(ev_cgstat, shmem_bytes, "shmem_bytes", FU_BYTES, "tmpfs and shared memory"),
	JSON(ev_cgstat, slab_bytes, "slab_bytes", FU_BYTES, "the kernel's caches"),
	JSON(ev_cgstat, pgtables_bytes, "pgtables_bytes", FU_BYTES, "page tables"),
	CPU(ev_cgstat),
};

static const struct field cgroup_fields[] = {
	TIME(ev_cgroup, "when the name was read"),
	JSON(ev_cgroup, id, "id", FU_NONE, "the cgroup's id"),
	CPU(ev_cgroup),
	TEXT(ev_cgroup, path, "path", "below the root of its hierarchy"),
};

static const struct field process_fields[] = {
	TIME(ev_process, "when the command line was read"),
	JSON(ev_process, tgid, "pid", FU_NONE, "process id"),
	HIDDEN(ev_process, start_ns, "start_ns", FU_TIME, "when the process started"),
	CPU(ev_process),
	TEXT(ev_process, cmdline, "cmdline", "arguments, joined by spaces"),
};

static const struct field file_fields[] = {
	TIME(ev_file, "when the path was read"),
	JSON(ev_file, ino, "ino", FU_NONE, "inode number"),
	JSON(ev_file, dev_major, "dev_major", FU_NONE, "device"),
	JSON(ev_file, dev_minor, "dev_minor", FU_NONE, "device"),
	CPU(ev_file),
	TEXT(ev_file, path, "path", "of the file"),
};

static const struct field symbol_fields[] = {
	TIME(ev_symbol, "when it was looked up"),
	JSON(ev_symbol, address, "address", FU_ADDR, "in the kernel"),
	CPU(ev_symbol),
	TEXT(ev_symbol, name, "name", "the symbol"),
};

static const struct field stack_fields[] = {
	TIME(ev_stack, "when it was looked up"),
	JSON(ev_stack, id, "id", FU_NONE, "number of the stack"),
	CPU(ev_stack),
	TEXT(ev_stack, frames, "frames", "symbols, innermost first, joined by ;"),
};

static const struct field ustack_fields[] = {
	TIME(ev_ustack, "when it was looked up"),
	JSON(ev_ustack, tgid, "pid", FU_NONE, "process id"),
	HIDDEN(ev_ustack, start_ns, "start_ns", FU_TIME, "when the process started; 0: unknown"),
	HIDDEN(ev_ustack, id, "id", FU_NONE, "what faults of this process call it"),
	CPU(ev_ustack),
	TEXT(ev_ustack, frames, "frames", "functions, innermost first, ';' between them"),
};

static const struct field swapdev_fields[] = {
	TIME(ev_swapdev, "when it was read"),
	JSON(ev_swapdev, name, "name", FU_NONE, "device or file"),
	ENUM(ev_swapdev, kind, "kind", swapdev_kind_names, "disk, zram or file"),
	JSON(ev_swapdev, priority, "priority", FU_NONE, "the highest is used first"),
	JSON(ev_swapdev, size_bytes, "size_bytes", FU_BYTES, "how much it can hold"),
	JSON(ev_swapdev, used_bytes, "used_bytes", FU_BYTES, "how much it holds"),
	JSON(ev_swapdev, stored_bytes, "stored_bytes", FU_BYTES, "zram: what was written to it"),
	JSON(ev_swapdev, memory_bytes, "memory_bytes", FU_BYTES, "zram: the memory that takes"),
	JSON(ev_swapdev, same_bytes, "same_bytes", FU_BYTES, "zram: pages of one value, mostly 0"),
	CPU(ev_swapdev),
};

static const struct field clock_fields[] = {
	TIME(ev_clock, "when it was read"),
	JSON(ev_clock, realtime_ns, "realtime_ns", FU_NONE, "wall time then, ns since 1970"),
	CPU(ev_clock),
};

#define CGMEM_BYTES FU_BYTES
#define CGMEM_COUNT FU_COUNT

static const struct field cgmem_fields[] = {
	TIME(ev_cgmem, "when it was read"),
	JSON(ev_cgmem, kill_ns, "kill_ns", FU_TIME, "the kill that it was read for"),
	JSON(ev_cgmem, cgroup, "cgroup", FU_CGROUP, "which"),
	JSON(ev_cgmem, level, "level", FU_NONE, "0: at its limit, 1: its parent, and so on"),
	JSON(ev_cgmem, oom_group, "oom_group", FU_BOOL, "all its tasks are killed together"),
	JSON(ev_cgmem, usage_bytes, "usage_bytes", FU_BYTES, "memory in use"),
	JSON(ev_cgmem, limit_bytes, "limit_bytes", FU_BYTES, "its limit"),
	JSON(ev_cgmem, high_bytes, "high_bytes", FU_BYTES, "memory.high"),
	JSON(ev_cgmem, swap_bytes, "swap_bytes", FU_BYTES, "swap (v1: memory+swap) in use"),
	JSON(ev_cgmem, swap_limit_bytes, "swap_limit_bytes", FU_BYTES, "its limit"),
#define CGMEM_ENTRY(id, key, unit)                                                                 \
	JSON(ev_cgmem, value[CGMEM_##id], key, CGMEM_##unit, "memory.stat, memory.events"),
#include "cgmem.def"
	CPU(ev_cgmem),
};

static const struct field oom_back_fields[] = {
	TIME(ev_oom_back, "when there was room again"),
	JSON(ev_oom_back, kill_ns, "kill_ns", FU_TIME, "the kill before"),
	JSON(ev_oom_back, cgroup, "cgroup", FU_CGROUP, "which was at its limit; none: the machine"),
	JSON(ev_oom_back, free_bytes, "free_bytes", FU_BYTES, "free then"),
	JSON(ev_oom_back, mark_bytes, "mark_bytes", FU_BYTES, "what had to be free"),
	CPU(ev_oom_back),
};

static const struct field user_fields[] = {
	TIME(ev_user, "when it was read"),
	JSON(ev_user, uid, "uid", FU_NONE, "user id"),
	CPU(ev_user),
	TEXT(ev_user, name, "name", "of the user"),
};

static const struct field vm_fields[] = {
	TIME(ev_vm, "when they were read"),
	JSON(ev_vm, panic_on_oom, "panic_on_oom", FU_NONE, "vm.panic_on_oom"),
	JSON(ev_vm, oom_kill_allocating_task, "oom_kill_allocating_task", FU_NONE,
	     "vm.oom_kill_allocating_task"),
	JSON(ev_vm, oom_dump_tasks, "oom_dump_tasks", FU_NONE, "vm.oom_dump_tasks"),
	JSON(ev_vm, overcommit_memory, "overcommit_memory", FU_NONE, "vm.overcommit_memory"),
	JSON(ev_vm, swappiness, "swappiness", FU_NONE, "vm.swappiness"),
	JSON(ev_vm, watermark_scale_factor, "watermark_scale_factor", FU_NONE,
	     "vm.watermark_scale_factor"),
	JSON(ev_vm, min_free_bytes, "min_free_bytes", FU_BYTES, "vm.min_free_kbytes"),
	CPU(ev_vm),
};

static const struct field kmsg_fields[] = {
	TIME(ev_kmsg, "as the kernel stamped the line"),
	JSON(ev_kmsg, seq, "seq", FU_NONE, "the line's number in the kernel log"),
	CPU(ev_kmsg),
	TEXT(ev_kmsg, text, "text", "the line"),
};

#define SIGNAL(id, p)                                                                              \
	JSON(ev_counters, sig[id].seen, p ".seen", FU_COUNT, "events handled, before filters"),    \
		JSON(ev_counters, sig[id].filtered, p ".filtered", FU_COUNT, "not asked for"),     \
		JSON(ev_counters, sig[id].lost, p ".lost", FU_COUNT, "ring buffer full"),          \
		JSON(ev_counters, sig[id].unpaired, p ".unpaired", FU_COUNT,                       \
		     "ends without a begin, or no room to remember it"),                           \
		JSON(ev_counters, sig[id].extra, p ".extra", FU_COUNT,                             \
		     "fault: untimed; kswapd: wakes; swapout: anonymous pages; "                   \
		     "compaction: attempts")

static const struct field counts_fields[] = {
	TIME(ev_counters, "when they were read"),
	SIGNAL(SIG_DIRECT, "direct"),
	SIGNAL(SIG_MEMCG, "memcg"),
	SIGNAL(SIG_SOFTLIMIT, "softlimit"),
	SIGNAL(SIG_NODE, "node"),
	SIGNAL(SIG_COMPACTION, "compaction"),
	SIGNAL(SIG_HIGH, "high"),
	SIGNAL(SIG_FAULT, "fault"),
	SIGNAL(SIG_KSWAPD, "kswapd"),
	SIGNAL(SIG_KSWAPD_WAKEUP, "kswapd_wakeup"),
	SIGNAL(SIG_OOM, "oom"),
	SIGNAL(SIG_EXIT, "exit"),
	SIGNAL(SIG_SWAPOUT, "swapout"),
	SIGNAL(SIG_SLEEP, "sleep"),
	SIGNAL(SIG_SAMPLE, "sample"),
	JSON(ev_counters, ring_bytes, "ring_bytes", FU_BYTES, "size of the ring buffer"),
	JSON(ev_counters, perf_throttled, "perf_throttled", FU_COUNT,
	     "major faults that perf counted but did not hand over"),
	JSON(ev_counters, samples_throttled, "samples_throttled", FU_COUNT,
	     "sampled minor faults that perf did not hand over"),
	JSON(ev_counters, recursion_missed, "recursion_missed", FU_COUNT,
	     "runs of BPF programs that the kernel skipped"),
	JSON(ev_counters, causes_missed, "causes_missed", FU_COUNT,
	     "the same of programs that only tell causes of stalls apart"),
	JSON(ev_counters, kmsg_lost, "kmsg_lost", FU_COUNT, "kernel log lines overwritten unread"),
	JSON(ev_counters, names_unresolved, "names_unresolved", FU_COUNT,
	     "cgroups, files, kernel functions and stacks without a name"),
	JSON(ev_counters, snapshot_incomplete, "snapshot_incomplete", FU_COUNT,
	     "task snapshots cut short"),
	JSON(ev_counters, fault_probe_armed_ns, "fault_probe_armed_ns", FU_NS,
	     "how long starts of faults were being timed"),
	JSON(ev_counters, bad_events, "bad_events", FU_COUNT, "malformed or of an unknown kind"),
	JSON(ev_counters, open_stalls, "open_stalls", FU_COUNT, "stalls under way"),
	JSON(ev_counters, open_oldest_ns, "open_oldest_ns", FU_NS,
	     "how long the oldest of them has lasted"),
	JSON(ev_counters, unrecorded, "unrecorded", FU_COUNT,
	     "events that came too fast to be recorded"),
	CPU(ev_counters),
};

static const struct field tick_fields[] = {
	TIME(ev_tick, "when the snapshot was complete"),
	JSON(ev_tick, last, "last", FU_BOOL, "it is the final one"),
	ENUM(ev_tick, reason, "reason", end_reason_names, "what ended the run"),
	JSON(ev_tick, status, "status", FU_NONE, "exit status of the traced program"),
	CPU(ev_tick),
};

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))
#define DESC(k, s, n, text, h)                                                                     \
	{                                                                                          \
		.kind = k, .size = sizeof(struct s), .name = #n, .fields = n##_fields,             \
		.nfields = COUNT(n##_fields), .has_text = text, .help = h                          \
	}

const struct event_desc event_descs[] = {
	DESC(EV_STALL, ev_stall, stall, false,
	     "a task waited for memory to be reclaimed or compacted"),
	DESC(EV_FAULT, ev_fault, fault, false, "a major page fault"),
	DESC(EV_KSWAPD, ev_kswapd, kswapd, false, "kswapd begins a balancing run or goes to sleep"),
	DESC(EV_KSWAPD_WAKEUP, ev_kswapd_wakeup, kswapd_wakeup, false, "a task woke kswapd"),
	DESC(EV_OOM_KILL, ev_oom_kill, oom_kill, false, "the kernel chose an OOM victim"),
	DESC(EV_OOM_REAP, ev_oom_reap, oom_reap, false, "a step of the OOM reaper"),
	DESC(EV_EXIT, ev_exit, exit, false, "a thread ended"),
	DESC(EV_TASK, ev_task_row, task, false, "a thread, as a snapshot found it"),
	DESC(EV_SWAPOUT, ev_swapout, swapout, false, "pages that one process wrote out"),
	DESC(EV_SLEEP, ev_sleep, sleep, false, "a task slept while it stalled"),
	DESC(EV_SAMPLE, ev_sample, sample, false, "a minor page fault, one of many"),
	DESC(EV_SWAP_OWNER, ev_swap_owner, swap_owner, false,
	     "a cgroup's pages that were written to swap, and by whom"),
	DESC(EV_META, ev_meta, meta, false, "the machine and the run"),
	DESC(EV_PROBE, ev_probe, probe, false, "which source serves a signal"),
	DESC(EV_HOST, ev_host, host, false, "the kernel's own counters"),
	DESC(EV_ZONE, ev_zone, zone, false, "a zone's free pages against its watermarks"),
	DESC(EV_CGSTAT, ev_cgstat, cgstat, false, "figures of the watched cgroup"),
	DESC(EV_CGROUP, ev_cgroup, cgroup, true, "path of a cgroup"),
	DESC(EV_PROCESS, ev_process, process, true, "command line of a process"),
	DESC(EV_FILE, ev_file, file, true, "path of a file"),
	DESC(EV_KMSG, ev_kmsg, kmsg, true, "a line of the kernel log about an OOM kill"),
	DESC(EV_COUNTS, ev_counters, counts, false, "what the probes saw, filtered and lost"),
	DESC(EV_TICK, ev_tick, tick, false, "a snapshot is complete"),
	DESC(EV_PROGRAM, ev_program, program, false, "a loaded BPF program"),
	DESC(EV_SYMBOL, ev_symbol, symbol, true, "symbol of a kernel address"),
	DESC(EV_STACK, ev_stack, stack, true, "a kernel stack"),
	DESC(EV_USTACK, ev_ustack, ustack, true, "a user stack"),
	DESC(EV_SWAPDEV, ev_swapdev, swapdev, false, "a swap area"),
	DESC(EV_CLOCK, ev_clock, clock, false, "the wall clock was set"),
	DESC(EV_CGMEM, ev_cgmem, cgmem, false, "a cgroup, read after an OOM kill"),
	DESC(EV_OOM_BACK, ev_oom_back, oom_back, false, "there is room again after an OOM kill"),
	DESC(EV_USER, ev_user, user, true, "name of a user"),
	DESC(EV_VM, ev_vm, vm, false, "settings of /proc/sys/vm"),
};
const int event_ndescs = COUNT(event_descs);
