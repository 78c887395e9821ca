/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer: event. Field tables (fields.h) of what the source reads of the machine and of itself.
 */
#include "fields.h"

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
KIND(EV_META, ev_meta, meta, "the machine and the run");

static const struct field probe_fields[] = {
	TIME(ev_probe, "when"),
	JSON(ev_probe, signal, "signal", FU_NONE, "what is to be known"),
	JSON(ev_probe, rung, "rung", FU_NONE, "name of that source among those there are"),
	JSON(ev_probe, source, "source", FU_NONE, "where it is taken from"),
	ENUM(ev_probe, status, "status", probe_status_names, "how well that serves"),
	JSON(ev_probe, reason, "reason", FU_NONE, "why not better, and what is missing therefore"),
	CPU(ev_probe),
};
KIND(EV_PROBE, ev_probe, probe, "which source serves a signal");

static const struct field program_fields[] = {
	TIME(ev_program, "when"),
	JSON(ev_program, name, "name", FU_NONE, "the program"),
	JSON(ev_program, verified_insns, "verified_insns", FU_COUNT,
	     "instructions the verifier walked through"),
	CPU(ev_program),
};
KIND(EV_PROGRAM, ev_program, program, "a loaded BPF program");

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
KIND(EV_HOST, ev_host, host, "the kernel's own counters");

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
KIND(EV_ZONE, ev_zone, zone, "a zone's free pages against its watermarks");

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
KIND(EV_CGSTAT, ev_cgstat, cgstat, "figures of the watched cgroup");

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
KIND(EV_CGMEM, ev_cgmem, cgmem, "a cgroup, read after an OOM kill");

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
KIND(EV_SWAPDEV, ev_swapdev, swapdev, "a swap area");

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
KIND(EV_VM, ev_vm, vm, "settings of /proc/sys/vm");

static const struct field clock_fields[] = {
	TIME(ev_clock, "when it was read"),
	JSON(ev_clock, realtime_ns, "realtime_ns", FU_NONE, "wall time then, ns since 1970"),
	CPU(ev_clock),
};
KIND(EV_CLOCK, ev_clock, clock, "the wall clock was set");

static const struct field oom_back_fields[] = {
	TIME(ev_oom_back, "when there was room again"),
	JSON(ev_oom_back, kill_ns, "kill_ns", FU_TIME, "the kill before"),
	JSON(ev_oom_back, cgroup, "cgroup", FU_CGROUP, "which was at its limit; none: the machine"),
	JSON(ev_oom_back, free_bytes, "free_bytes", FU_BYTES, "free then"),
	JSON(ev_oom_back, mark_bytes, "mark_bytes", FU_BYTES, "what had to be free"),
	CPU(ev_oom_back),
};
KIND(EV_OOM_BACK, ev_oom_back, oom_back, "there is room again after an OOM kill");

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
KIND(EV_COUNTS, ev_counters, counts, "what the probes saw, filtered and lost");

static const struct field tick_fields[] = {
	TIME(ev_tick, "when the snapshot was complete"),
	JSON(ev_tick, last, "last", FU_BOOL, "it is the final one"),
	ENUM(ev_tick, reason, "reason", end_reason_names, "what ended the run"),
	JSON(ev_tick, status, "status", FU_NONE, "exit status of the traced program"),
	CPU(ev_tick),
};
KIND(EV_TICK, ev_tick, tick, "a snapshot is complete");
