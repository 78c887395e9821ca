/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events that BPF programs send to user space: the one header both sides share.
 *
 * Layer: bottom. Included by bpf/ and by src/event; it includes nothing of ours.
 *
 * Contract: kind numbers are stored in recordings, so they are append-only and never reused.
 * Every struct begins with struct ev_hdr, has no implicit padding and is a multiple of 8 bytes
 * long. Times are boottime nanoseconds, sizes are bytes, durations are nanoseconds.
 * Events that only user space makes are in src/event/snapshot.h.
 */
#ifndef MEMTRACE_EVENTS_H
#define MEMTRACE_EVENTS_H

#ifdef __bpf__
typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __s16 int16_t;
typedef __u32 uint32_t;
typedef __s32 int32_t;
typedef __u64 uint64_t;
typedef __s64 int64_t;
#else
#include <stdint.h>
#endif

#define EV_COMM_LEN 16 /* TASK_COMM_LEN */
#define EV_NAME_LEN 40 /* length of a dentry's inline name, the longest kernels have */

#define EV_NO_LIMIT (~0ull) /* a limit that is not set */

enum ev_kind {
	EV_STALL = 1,
	EV_FAULT = 2,
	EV_KSWAPD = 3,
	EV_KSWAPD_WAKEUP = 4,
	EV_OOM_KILL = 5,
	EV_OOM_REAP = 6,
	EV_EXIT = 7,
	EV_TASK = 8,
	EV_SWAPOUT = 9,
	EV_SLEEP = 10,
	EV_SAMPLE = 11,
	EV_SWAP_OWNER = 12,
	/* 32 and up: src/event/snapshot.h */
};

struct ev_hdr {
	uint16_t kind; /* enum ev_kind */
	uint16_t cpu;
	uint32_t size; /* of the whole event, this header included */
	uint64_t time_ns;
};

/* Who: the identity of a process is (tgid, start_ns), so that a reused PID is another process. */
struct ev_task {
	uint64_t start_ns;  /* group leader's start_boottime; 0 = unknown */
	uint64_t cgroup;    /* id of its memory cgroup; 0 = unknown */
	uint32_t tgid, tid; /* in the initial pid namespace */
	uint32_t uid;
	uint32_t flags; /* EV_TASK_* */
	char comm[EV_COMM_LEN];
};

#define EV_TASK_KTHREAD 0x1u

enum stall_kind {
	STALL_DIRECT = 0,     /* node-level direct reclaim */
	STALL_MEMCG = 1,      /* reclaim to stay under a cgroup limit */
	STALL_SOFTLIMIT = 2,  /* v1 soft limit reclaim */
	STALL_NODE = 3,	      /* zone_reclaim_mode */
	STALL_COMPACTION = 4, /* direct compaction */
	STALL_HIGH = 5,	      /* over memory.high: reclaim and sleep, mostly before user space */
	STALL_PROACTIVE = 6,  /* asked for: memory.reclaim, force_empty or a limit written */
	STALL_KINDS
};

/* What a stall's time went into: parts that exclude each other and add up to its duration. */
enum stall_cause {
	CAUSE_CPU = 0,	     /* on a CPU: scanning, unmapping, compressing */
	CAUSE_SLAB = 1,	     /* on a CPU in shrinkers */
	CAUSE_THROTTLED = 2, /* made to sleep by reclaim itself */
	CAUSE_IO = 3,	     /* asleep in iowait: swap or writeback */
	CAUSE_BLOCKED = 4,   /* asleep otherwise: locks, mostly */
	CAUSE_RUNQUEUE = 5,  /* runnable, waiting for a CPU */
	STALL_CAUSES
};

/* Why reclaim made a task sleep. 1 to 4: enum vmscan_throttle_state of the kernel, plus 1. */
enum throttle_reason {
	THROTTLE_NONE = 0,
	THROTTLE_WRITEBACK = 1,	 /* too many pages under writeback */
	THROTTLE_ISOLATED = 2,	 /* too many pages isolated by other reclaimers */
	THROTTLE_NOPROGRESS = 3, /* nothing reclaimed */
	THROTTLE_CONGESTED = 4,	 /* the devices are congested */
	THROTTLE_PFMEMALLOC = 5, /* reserves nearly used up: waits for kswapd */
	THROTTLE_HIGH = 6,	 /* over memory.high */
	THROTTLE_REASONS
};

/* What kswapd of the CPU's node did when a stall began. */
enum kswapd_at_stall {
	KSWAPD_UNKNOWN = 0,
	KSWAPD_ASLEEP = 1, /* and was not woken before the stall ended */
	KSWAPD_LATE = 2,   /* asleep, and woken only while the task waited */
	KSWAPD_AWAKE = 3,
};

/* A shrinker and the time a stall spent on a CPU in it. */
struct ev_shrinker {
	uint64_t callback; /* address of its scan_objects(); 0 = none */
	uint64_t fs;	   /* super_cache_scan(): magic of its file system; of others: noise */
	uint64_t ns;
};
#define EV_SHRINKERS 3

/* A stall, sent when it ends; hdr.time_ns is its end. */
struct ev_stall {
	struct ev_hdr hdr;
	struct ev_task task;
	uint64_t duration_ns;
	uint64_t reclaimed_pages; /* 0 for compaction */
	uint64_t target_cgroup;	  /* whose limit forced it; 0 = none or unknown */
	uint64_t limit_bytes;	  /* target's limit and usage when the stall began; 0 = unknown */
	uint64_t usage_bytes;
	uint32_t kind; /* enum stall_kind: that of the outermost interval */
	uint32_t order;
	uint32_t gfp;
	uint32_t nested; /* inner intervals that belong to this stall */
	uint32_t result; /* compaction: enum compact_result of the kernel */
	uint32_t zones;	 /* compaction: which zone of the same attempt this was, from 1 */
	uint64_t cause_ns[STALL_CAUSES];	   /* add up to duration_ns, if split */
	uint64_t throttle_ns[THROTTLE_REASONS];	   /* the same of CAUSE_THROTTLED; [0] is 0 */
	struct ev_shrinker shrinker[EV_SHRINKERS]; /* most first; no more than CAUSE_SLAB */
	uint64_t sleep_ns;			   /* the longest sleep: how long ... */
	uint64_t kswapd_awake_ns; /* kswapd == KSWAPD_AWAKE: for how long when it began */
	uint32_t split;		  /* the causes are known */
	uint32_t throttle_reason; /* enum throttle_reason: the one that took longest */
	uint32_t stack;		  /* ... and where: EV_STACK's id, 0 = not asked for or unknown */
	int32_t node;		  /* memory node of the CPU it began on; -1 = unknown */
	uint32_t kswapd;	  /* enum kswapd_at_stall, of that node */
	uint32_t sleeps;	  /* times it gave the CPU up by itself */
};

/* One sleep of a task in a stall, sent when it is over, where kernel stacks are asked for. */
struct ev_sleep {
	struct ev_hdr hdr;
	struct ev_task task;
	uint64_t duration_ns; /* asleep, without the wait for a CPU after it */
	uint32_t cause;	      /* enum stall_cause */
	uint32_t stack;	      /* EV_STACK's id; 0 = it could not be taken */
};

enum fault_class {
	FAULT_FILE = 0,	 /* page cache miss of a mapped file */
	FAULT_SWAP = 1,	 /* anonymous or shmem page back from swap */
	FAULT_OTHER = 2, /* neither could be told */
	FAULT_CLASSES
};

#define FAULT_F_UNTIMED	 0x1u /* its start was not seen: duration_ns is 0 and means nothing */
#define FAULT_F_KERNEL	 0x2u /* raised in kernel mode (copy to or from user memory) */
#define FAULT_F_GUESSED	 0x4u /* class is by the mapping's kind, not by what the fault did */
#define FAULT_F_LONGNAME 0x8u /* name is empty because it is longer than EV_NAME_LEN - 1 */

/* A major fault, sent when it ends; hdr.time_ns is its end. */
struct ev_fault {
	struct ev_hdr hdr;
	struct ev_task task;
	uint64_t duration_ns;
	uint64_t address;
	uint64_t ino;	 /* of the mapped file, 0 = none */
	uint64_t offset; /* of the faulting page in the file, bytes */
	uint32_t dev_major, dev_minor;
	uint32_t class;		/* enum fault_class */
	uint32_t flags;		/* FAULT_F_* */
	char name[EV_NAME_LEN]; /* last component of the file's path */
	/*
	 * How long ago reclaim had taken the page away, in steps of a millisecond; 0 = that was not
	 * seen, or too long ago to be remembered. Of a file: a refault, of swap: churn.
	 */
	uint64_t away_ns;
	uint32_t ustack; /* EV_USTACK's id; 0 = not asked for, or it could not be taken */
	uint32_t pad;
};

/* A minor fault picked out by its number, sent where sampling is asked for. */
struct ev_sample {
	struct ev_hdr hdr;
	struct ev_task task;
	uint64_t address;
	uint32_t ustack; /* EV_USTACK's id; 0 = it could not be taken */
	uint32_t period; /* it stands for so many */
};

enum kswapd_state { KSWAPD_WAKE = 0, KSWAPD_SLEEP = 1 };

/* kswapd of a node begins a balancing run (one pageoutrun), or goes to sleep. */
struct ev_kswapd {
	struct ev_hdr hdr;
	int32_t nid;
	uint32_t state; /* enum kswapd_state */
	int32_t order;	/* of a wake */
	int32_t zid;
};

/* A task found too little free memory and wakes a sleeping kswapd. */
struct ev_kswapd_wakeup {
	struct ev_hdr hdr;
	struct ev_task task;
	int32_t nid;
	int32_t zid;
	uint32_t order;
	uint32_t gfp;
};

/* The kernel chose an OOM victim. task is the trigger: who was running the OOM killer. */
struct ev_oom_kill {
	struct ev_hdr hdr;
	struct ev_task task;
	struct ev_task victim;
	uint64_t total_vm_bytes;
	uint64_t anon_rss_bytes;
	uint64_t file_rss_bytes;
	uint64_t shmem_rss_bytes;
	uint64_t swap_bytes;
	uint64_t pgtables_bytes;
	uint64_t memcg;	      /* the cgroup that ran out of memory; 0 = none, the host did */
	uint64_t limit_bytes; /* of memcg */
	uint64_t usage_bytes;
	uint64_t memsw_limit_bytes; /* cgroup v1 memory+swap, v2 swap; 0 = unknown */
	uint64_t memsw_usage_bytes;
	uint32_t victim_ppid;
	int32_t oom_score_adj;
	uint32_t sized;	   /* the sizes above were read (kernels that name a PID only give none) */
	uint32_t at_limit; /* memcg is known, so memcg = 0 means: no cgroup ran out */
	uint32_t stack;	   /* of the trigger, EV_STACK's id; 0 = not asked for or unknown */
	uint32_t pad;
};

enum oom_reap_stage { REAP_WAKE = 0, REAP_START = 1, REAP_FINISH = 2, REAP_SKIP = 3, REAP_STAGES };

struct ev_oom_reap {
	struct ev_hdr hdr;
	uint32_t pid;	/* of a thread of the victim */
	uint32_t stage; /* enum oom_reap_stage */
};

/*
 * A thread ends. Its own counters; those of threads that ended before are in the process's
 * folded_* (signal_struct), which does not hold this thread's yet.
 */
struct ev_exit {
	struct ev_hdr hdr;
	struct ev_task task;
	uint64_t min_flt;
	uint64_t maj_flt;
	uint64_t folded_min_flt;
	uint64_t folded_maj_flt;
	uint32_t ppid;
	uint32_t exit_code;
	uint32_t group_dead; /* it was the last thread of its process */
	uint32_t pad;
	/* Read from and written to storage through the page cache, as min_flt above. */
	uint64_t read_bytes, write_bytes, folded_read_bytes, folded_write_bytes;
	uint64_t maxrss_bytes; /* the most the process had resident in its life; 0 = unknown */
};

/*
 * One row of the task iterator. Rows of threads that do not lead their group carry only
 * hdr, task, state and the thread's own counters, everything else is 0 and leader is 0.
 */
struct ev_task_row {
	struct ev_hdr hdr;
	struct ev_task task;
	uint64_t min_flt; /* of this thread */
	uint64_t maj_flt;
	uint64_t folded_min_flt; /* of the process's ended threads */
	uint64_t folded_maj_flt;
	uint64_t anon_rss_bytes;
	uint64_t file_rss_bytes;
	uint64_t shmem_rss_bytes;
	uint64_t swap_bytes;
	uint64_t pgtables_bytes;
	uint64_t total_vm_bytes;
	/* Read from and written to storage through the page cache, as min_flt above. */
	uint64_t read_bytes, write_bytes, folded_read_bytes, folded_write_bytes;
	uint32_t ppid;
	int32_t oom_score_adj;
	uint32_t threads;
	uint8_t leader;
	char state;	   /* as in /proc/PID/stat: R S D T Z ... */
	uint8_t sized;	   /* the sizes above were read */
	uint8_t unwatched; /* of a process that the source's filter keeps out: only for its growth
			    */
	uint64_t mm;	   /* the same for all that share their memory; 0 = none or unknown */
};

/* Pages one process wrote out to swap (anonymous, shmem) or to files, since it was last read. */
struct ev_swapout {
	struct ev_hdr hdr;
	struct ev_task task; /* the writer: kswapd, or who reclaimed */
	uint64_t anon_pages;
	uint64_t file_pages;
};

/*
 * Pages of one cgroup that were written to swap, by who did it. Running totals; the host has them
 * for all processes, whatever the filter.
 */
struct ev_swap_owner {
	struct ev_hdr hdr;
	uint64_t cgroup;    /* whose pages they were; 0 = nobody's, or unknown */
	uint64_t by_kswapd; /* pages */
	uint64_t by_own;    /* by tasks of the same cgroup */
	uint64_t by_other;  /* by tasks of another */
};

/*
 * What each signal saw, filtered out, sent and could not send. One struct per CPU and signal in
 * the BPF map `counts`; user space adds them up. seen = sent + filtered + lost, plus those the
 * loader has not read yet.
 */
enum ev_signal {
	SIG_DIRECT = 0, /* same order as enum stall_kind */
	SIG_MEMCG = 1,	/* STALL_PROACTIVE too: the same events */
	SIG_SOFTLIMIT = 2,
	SIG_NODE = 3,
	SIG_COMPACTION = 4,
	SIG_HIGH = 5,
	SIG_FAULT = 6,
	SIG_KSWAPD = 7,
	SIG_KSWAPD_WAKEUP = 8,
	SIG_OOM = 9,
	SIG_EXIT = 10,
	SIG_SWAPOUT = 11, /* seen counts pages, not calls */
	SIG_SLEEP = 12,
	SIG_SAMPLE = 13,
	EV_SIGNALS
};

struct ev_counts {
	uint64_t seen;	   /* handled, before any filter */
	uint64_t filtered; /* not asked for */
	uint64_t lost;	   /* ring buffer full */
	uint64_t unpaired; /* a begin or an end alone, or no room to remember the begin */
	/*
	 * SIG_DIRECT: passes, as allocstall_* counts them. SIG_FAULT: of seen, untimed. SIG_KSWAPD:
	 * wakes. SIG_SWAPOUT: anon pages. SIG_COMPACTION: attempts that compacted at least one zone
	 * (seen counts zones).
	 */
	uint64_t extra;
};

/* Values of BPF maps that the loader reads, too. */

/* A stall under way, by tid. Preallocated: nothing is allocated inside reclaim. */
struct inflight {
	uint64_t start_ns; /* of the process, to tell a reused tid */
	uint64_t begin_ns; /* 0 = not known yet: no time is accounted for */
	uint64_t target_cgroup, limit_bytes, usage_bytes;
	uint64_t inner_pages; /* reclaimed by inner intervals */
	uint32_t kind, order, gfp;
	uint32_t depth; /* open inner intervals */
	uint32_t nested;
	uint32_t zone; /* compaction: number of this interval within the attempt */

	/* Where its time went until mark_ns: bpf/cause.bpf.h. */
	uint64_t mark_ns;
	uint64_t cause_ns[STALL_CAUSES];
	uint64_t throttle_ns[THROTTLE_REASONS];
	struct ev_shrinker shrinker[EV_SHRINKERS];
	uint64_t slab_from_ns; /* cause_ns[CAUSE_SLAB] when the present shrinker began */
	uint64_t run_delay;    /* of the task, when last read */
	uint64_t off_ns;       /* the latest time off the CPU: how long, not accounted for yet */
	uint64_t woken_ns;     /* when it was made runnable meanwhile; 0 = not known */
	uint64_t slept_ns, back_ns; /* the latest sleep: how long, when it ran again */
	uint64_t longest_ns;
	uint64_t kswapd_since_ns; /* awake since */
	uint32_t longest_stack;
	uint32_t off_stack;
	uint32_t slept_stack;
	uint32_t sleeps;
	int32_t node;
	uint8_t kswapd;	     /* enum kswapd_at_stall */
	uint8_t off;	     /* enum off_cpu: it is off the CPU, or was and off_ns is open */
	uint8_t slept_cause; /* enum stall_cause of slept_ns */
	uint8_t throttled;   /* waits in try_to_free_pages(), reclaim has not begun */
	uint8_t in_slab;     /* in a shrinker ... */
	uint8_t shrinker_at; /* ... which has this slot; the last is whoever came when none was left
			      */
	uint8_t busy;	     /* its own task is changing it: hands off, sched_switch */
	uint8_t unsent;	     /* slept_ns has not been sent as an event */
	uint32_t pad;
};

/* What the kswapd of a node does, as far as it was seen. */
struct kswapd_node {
	uint64_t since_ns;
	uint32_t state; /* enum kswapd_at_stall: unknown, asleep or awake */
	uint32_t pad;
};

/* Pages a process has written out since it was first seen doing so, by tgid. */
struct swapout {
	struct ev_task task;
	uint64_t anon_pages, file_pages;
};

/* Pages of a cgroup that were written to swap: struct ev_swap_owner. */
struct swap_owner {
	uint64_t by_kswapd, by_own, by_other;
};

#endif
