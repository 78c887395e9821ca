/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events that user space adds to the stream: what it reads from /proc and cgroupfs, names for
 * the ids in BPF events, and what the loader knows about itself. With them a stream explains
 * itself on a machine that never saw the traced one.
 *
 * Layer: event (uses bpf/events.h only). Same rules as bpf/events.h; kinds start at 32.
 */
#ifndef MEMTRACE_SNAPSHOT_H
#define MEMTRACE_SNAPSHOT_H

#include "events.h"

enum ev_snapshot_kind {
	EV_META = 32,
	EV_PROBE = 33,
	EV_HOST = 34,
	EV_ZONE = 35,
	EV_CGSTAT = 36,
	EV_CGROUP = 37,
	EV_PROCESS = 38,
	EV_FILE = 39,
	EV_KMSG = 40,
	EV_COUNTS = 41,
	EV_TICK = 42,
	EV_PROGRAM = 43,
	EV_SYMBOL = 44,
	EV_STACK = 45,
	EV_USTACK = 46,
	EV_SWAPDEV = 47,
	EV_CLOCK = 48,
	EV_CGMEM = 49,
	EV_OOM_BACK = 50,
	EV_USER = 51,
	EV_VM = 52,
	EV_KINDS, /* all are below */
};

#define GFP_NAME_LEN 24
#define EV_ABSENT    UINT64_MAX /* a figure this kernel does not give */

/* First event of a stream: the machine and the run. */
struct ev_meta {
	struct ev_hdr hdr;
	uint64_t realtime_ns; /* CLOCK_REALTIME at hdr.time_ns: turns boottime into wall time */
	uint32_t page_size;
	uint32_t cpus;
	uint64_t mem_total_bytes;
	uint64_t interval_ns;
	uint32_t cgroup_version; /* 1, 2; 0 = no memory controller found */
	uint32_t loader_pid;
	char release[64]; /* uname -r */
	char arch[16];	  /* uname -m */
	char hostname[64];
	char gfp_names[32][GFP_NAME_LEN]; /* name of each gfp bit, "" = not used */
};

enum probe_status { PROBE_OK = 0, PROBE_DEGRADED = 1, PROBE_MISSING = 2, PROBE_OFF = 3 };

/* Which rung serves a signal, and why no better one. */
struct ev_probe {
	struct ev_hdr hdr;
	uint32_t status; /* enum probe_status */
	uint32_t pad;
	char signal[32];  /* "stall.direct" */
	char rung[24];	  /* name of the chosen source among the signal's, "" when missing */
	char source[96];  /* "tp_btf:mm_vmscan_direct_reclaim_begin"; "" when missing */
	char reason[256]; /* why not better; what is missing because of it */
};

/* A BPF program that is loaded, as the verifier saw it (doctor only). */
struct ev_program {
	struct ev_hdr hdr;
	char name[32];
	uint64_t verified_insns; /* instructions the verifier walked through; 0 = it did not say */
};

/* Counters of /proc/vmstat and /proc/meminfo: see host.def for the list. */
enum host_counter {
#define HOST_VMSTAT(id, key)  HOST_##id,
#define HOST_MEMINFO(id, key) HOST_##id,
#define HOST_PSI(id, key)     HOST_##id,
#include "host.def"
#undef HOST_VMSTAT
#undef HOST_MEMINFO
#undef HOST_PSI
	HOST_COUNTERS
};

struct ev_host {
	struct ev_hdr hdr;
	uint64_t value[HOST_COUNTERS]; /* enum host_counter; EV_ABSENT */
};

/* A zone's free pages against its watermarks, in bytes. */
struct ev_zone {
	struct ev_hdr hdr;
	int32_t nid;
	uint32_t pad;
	uint64_t free_bytes, min_bytes, low_bytes, high_bytes, managed_bytes;
	uint64_t unreclaimable; /* its node: kswapd has given up, having reclaimed nothing */
	char name[16];
};

/*
 * Figures of one memory cgroup: the one that -c names, those whose limits forced stalls and those
 * whose tasks stalled.
 */
struct ev_cgstat {
	struct ev_hdr hdr;
	uint64_t cgroup;
	uint64_t watched;		       /* -c names it */
	uint64_t usage_bytes, limit_bytes;     /* limit EV_ABSENT = none */
	uint64_t swap_bytes, swap_limit_bytes; /* v1: memory+swap */
	uint64_t psi_some_us, psi_full_us;     /* totals; EV_ABSENT */
	uint64_t pgmajfault, oom_kill;	       /* totals; EV_ABSENT */
	/* What its memory is, those below it included; EV_ABSENT. */
	uint64_t anon_bytes, file_bytes, shmem_bytes, slab_bytes, pgtables_bytes;
};

/* Names. path, cmdline and text are NUL-terminated and fill the rest of the event. */
struct ev_cgroup {
	struct ev_hdr hdr;
	uint64_t id;
	char path[]; /* below the hierarchy's root, begins with "/" */
};

struct ev_process {
	struct ev_hdr hdr;
	uint64_t start_ns;
	uint32_t tgid;
	uint32_t pad;
	char cmdline[]; /* arguments joined by spaces */
};

struct ev_file {
	struct ev_hdr hdr;
	uint64_t ino;
	uint32_t dev_major, dev_minor;
	char path[];
};

/* The kernel symbol at an address that stalls refer to (a shrinker, a type of file system). */
struct ev_symbol {
	struct ev_hdr hdr;
	uint64_t address;
	char name[];
};

/* A kernel stack that stalls refer to: "symbol;symbol;...", innermost first. */
struct ev_stack {
	struct ev_hdr hdr;
	uint32_t id;
	uint32_t pad;
	char frames[];
};

/*
 * A user stack of a process: "frame;frame;...", innermost first. A frame is the function's name, or
 * where there is none "FILE+0xOFFSET", or "?"; in names ';' is ':'.
 */
struct ev_ustack {
	struct ev_hdr hdr;
	uint64_t start_ns;
	uint32_t tgid;
	uint32_t id; /* stands for different frames in different processes */
	char frames[];
};

enum swapdev_kind { SWAPDEV_DISK = 0, SWAPDEV_ZRAM = 1, SWAPDEV_FILE = 2 };

/* A swap area, read at each snapshot. */
struct ev_swapdev {
	struct ev_hdr hdr;
	uint64_t size_bytes, used_bytes;
	/* zram only, else EV_ABSENT: what is stored, what that takes up, of it pages of one value.
	 */
	uint64_t stored_bytes, memory_bytes, same_bytes;
	int32_t priority;
	uint32_t kind; /* enum swapdev_kind */
	char name[64]; /* as /proc/swaps has it, its last 63 bytes */
};

/* The wall clock was set: from here on boottime hdr.time_ns is this. */
struct ev_clock {
	struct ev_hdr hdr;
	uint64_t realtime_ns; /* CLOCK_REALTIME at hdr.time_ns */
};

/* What the memory of a cgroup is, and what happened in it: see cgmem.def for the list. */
enum cgmem_key {
#define CGMEM_STAT(id, name, v2, v1) CGMEM_##id,
#define CGMEM_EVENT(id, name, v2)    CGMEM_##id,
#include "cgmem.def"
#undef CGMEM_STAT
#undef CGMEM_EVENT
	CGMEM_KEYS
};

/*
 * A cgroup read as soon as an OOM kill was heard of: the one at its limit (level 0; of a kill for
 * the whole machine the victim's own), its parent (1) and so on up to the root, which is left out.
 */
struct ev_cgmem {
	struct ev_hdr hdr;
	uint64_t kill_ns; /* hdr.time_ns of the kill that it was read for */
	uint64_t cgroup;
	uint32_t level;
	uint32_t oom_group; /* memory.oom.group is set */
	/* EV_ABSENT: no limit, or not known. v1: swap is memory+swap. */
	uint64_t usage_bytes, limit_bytes, high_bytes, swap_bytes, swap_limit_bytes;
	uint64_t value[CGMEM_KEYS]; /* bytes, or of events how often, total; EV_ABSENT */
};

/*
 * There is room again after a kill: every zone that was short is above its high watermark; or the
 * cgroup at its limit has a thirty-second of it free.
 */
struct ev_oom_back {
	struct ev_hdr hdr;
	uint64_t kill_ns;		 /* of the latest kill before */
	uint64_t cgroup;		 /* 0 = the machine */
	uint64_t free_bytes, mark_bytes; /* what is free, and what had to be */
};

/* Name of a user. */
struct ev_user {
	struct ev_hdr hdr;
	uint32_t uid;
	uint32_t pad;
	char name[];
};

/* Settings of /proc/sys/vm that bear on OOM kills; EV_ABSENT. */
struct ev_vm {
	struct ev_hdr hdr;
	uint64_t panic_on_oom, oom_kill_allocating_task, oom_dump_tasks;
	uint64_t overcommit_memory, swappiness, watermark_scale_factor;
	uint64_t min_free_bytes;
};

/* A line of the kernel log about an OOM kill. */
struct ev_kmsg {
	struct ev_hdr hdr; /* time_ns: the record's own time, as the kernel stamped it */
	uint64_t seq;
	char text[];
};

/* Running totals of the BPF programs and of the loader's own losses. */
struct ev_counters {
	struct ev_hdr hdr;
	struct ev_counts sig[EV_SIGNALS];
	uint64_t ring_bytes;	       /* size of the ring buffer */
	uint64_t perf_throttled;       /* major faults perf counted but did not hand to us */
	uint64_t samples_throttled;    /* the same of sampled minor faults */
	uint64_t recursion_missed;     /* runs the kernel skipped (recursion_misses) */
	uint64_t causes_missed;	       /* the same of programs that only tell causes apart */
	uint64_t kmsg_lost;	       /* kernel log records overwritten before we read them */
	uint64_t names_unresolved;     /* cgroups, files, kernel functions and stacks */
	uint64_t snapshot_incomplete;  /* task snapshots cut short */
	uint64_t fault_probe_armed_ns; /* how long fault starts were being timed */
	uint64_t bad_events;	       /* malformed, or of an unknown kind */
	uint64_t open_stalls;	       /* stalls under way now: they are sent when they end */
	uint64_t open_oldest_ns;       /* how long the oldest of them has lasted */
	uint64_t unrecorded;	       /* events that the recording had no room for in time */
};

/* A snapshot is complete: figures may be compared with those of the last tick. */
struct ev_tick {
	struct ev_hdr hdr;
	uint32_t last;	 /* the final one */
	uint32_t reason; /* enum end_reason when last */
	int32_t status;	 /* PROGRAM's exit status when it ended */
	uint32_t pad;
};

enum end_reason { END_NONE = 0, END_SIGNAL = 1, END_DURATION = 2, END_PROGRAM = 3, END_TARGET = 4 };

#endif
