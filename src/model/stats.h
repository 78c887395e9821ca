/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the model hands out: figures of stalls, faults, processes, cgroups, OOM kills, and the
 * options it is made with.
 *
 * Layer: model. Part of model.h, which includes it.
 */
#ifndef MEMTRACE_STATS_H
#define MEMTRACE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include "event.h"
#include "hist.h"

/*
 * Which processes count. A task passes that satisfies every field that is not empty, tgids and
 * tids being one: a process or a thread that is named passes, as in the BPF programs. Stalls,
 * faults, OOM kills by others are ignored but for the totals that reconcile with the kernel's.
 */
struct filter {
	const uint32_t *tgids;
	int ntgids;
	const uint32_t *tids;
	int ntids;
	const char *comm; /* fnmatch(3) pattern on the process's or the thread's comm */
	bool has_uid;
	uint32_t uid;
	const char *cgroup; /* path: this cgroup and those below it */
	bool tree;	    /* only processes that root_tgid is an ancestor of, and itself */
	uint32_t root_tgid;
	bool tree_by_source; /* the source passes events of the tree's tasks only: no need to tell
				descendants by their parents, which is blind to orphans */
};

struct model_opts {
	size_t max_processes; /* capacity of the process table */
	/* Ended processes without stalls or major faults leave the table after the tick that
	 * showed them, unless there are no more than so many. */
	size_t keep_ended;
	size_t max_details; /* processes that may have histograms (stalls, major faults) */
	size_t max_files;   /* files behind major faults */
	size_t max_cgroups;
	size_t max_ooms;
	size_t max_ustacks;   /* user stacks, of all processes; 0 = not asked for */
	size_t max_threads;   /* threads with figures of their own; 0 = not asked for */
	uint64_t churn_ns;    /* a page that came back from swap sooner is churn */
	size_t max_stacks;    /* kernel stacks to keep the frames of; 0 without -K */
	uint64_t history_ns;  /* how far an OOM report looks back; 0 = no reports are wanted */
	size_t history_bytes; /* memory for that, taken at the start */
	struct filter filter; /* strings and arrays are borrowed: keep them */
};

#define MODEL_SHRINKERS 6

/* What kswapd did when a stall for lack of memory on its node began. */
enum kswapd_verdict {
	KSWAPD_DID_UNKNOWN = 0,
	KSWAPD_DID_SLEEP,   /* and was not woken */
	KSWAPD_DID_LATE,    /* woken only while the task waited, or less than 1 ms before */
	KSWAPD_DID_WORK,    /* and the task had to reclaim none the less */
	KSWAPD_DID_GIVE_UP, /* the node counts as unreclaimable */
	KSWAPD_VERDICTS
};

/* What rows of an interval's table are sorted by; most first. */
enum sort_key {
	SORT_DEFAULT, /* the command's own */
	SORT_MAJOR,   /* faults of the interval */
	SORT_MINOR,
	SORT_RSS,
	SORT_GROWTH, /* of RSS, in the interval */
	SORT_SWAP,
	SORT_SWAP_GROWTH,
	SORT_IN,  /* swap-in faults */
	SORT_OUT, /* pages written to swap */
	SORT_PID, /* lowest first */
	SORTS
};

/* Stalls and major faults of a process, or of the whole run. */
struct stall_stats {
	struct hist all;
	uint64_t cause_ns[STALL_CAUSES];
	uint64_t split_ns; /* of all.total_ns, what the causes add up to; the rest is unknown */
	uint64_t throttle_ns[THROTTLE_REASONS];
	/* In no order, callback 0 = unused; together no more than cause_ns[CAUSE_SLAB]. */
	struct ev_shrinker shrinker[MODEL_SHRINKERS];
	uint64_t kswapd[KSWAPD_VERDICTS]; /* of those of kind direct, node and compaction */
	uint64_t kind_count[STALL_KINDS];
	uint64_t kind_ns[STALL_KINDS];
	uint64_t reclaimed_pages;
	uint64_t target_cgroup; /* of the longest stall that had one */
	uint64_t target_ns;	/* how long that stall was */
	uint64_t longest_end_ns;
};

struct fault_stats {
	struct hist timed[FAULT_CLASSES]; /* latency of those whose start was seen */
	uint64_t count[FAULT_CLASSES];	  /* timed or not */
	uint64_t untimed;
	uint64_t guessed;
	uint64_t refaults; /* of class file: reclaim had taken the page away before */
	/* Of class swap, where that is known: for how long the page had been in swap ... */
	struct hist away;
	uint64_t churned; /* ... and of these: for less than model_opts.churn_ns */
};

/* Pages of a cgroup that were written to swap, by who did it; of all tasks, whatever the filter. */
struct owner_stats {
	uint64_t cgroup; /* 0 = nobody's, or unknown */
	uint64_t by_kswapd, by_own, by_other;
	uint64_t delta; /* all of them, in the last interval */
};

/* A swap area as first and last read. */
struct swap_area {
	struct ev_swapdev first, last;
	bool gone; /* the last snapshot had it no more */
};
#define MODEL_SWAP_AREAS 32

struct file_stats {
	uint64_t ino;
	uint32_t dev_major, dev_minor;
	uint32_t process; /* index of the process, or UINT32_MAX for the whole run */
	uint64_t faults, total_ns, max_ns;
	uint64_t refaults;
	const char *path; /* full path when known, else the file's name, else NULL */
};

/* A thread, its figures as of the last tick. */
struct thread_stats {
	const struct process *process; /* good until the next model_event() */
	/* 0 = a remainder: ended threads of the process that were not told of, or had no room */
	uint32_t tid;
	char comm[EV_COMM_LEN + 1];
	char state; /* 0 = unknown, 'X' = has ended */
	uint64_t min_flt, maj_flt;
	uint64_t min_flt_delta, maj_flt_delta; /* of the last interval */
};

/* Sleeps of a process in its stalls, at one place; with -K. */
struct sleep_stats {
	uint64_t start_ns; /* of the process */
	uint32_t tgid;
	uint32_t cause; /* enum stall_cause */
	uint32_t stack; /* for model_stack(); 0 = unknown */
	uint64_t count, total_ns, max_ns;
};

/* One of the longest stalls, and its node's free memory as last read before it ended. */
struct long_stall {
	struct ev_stall ev;
	enum kswapd_verdict kswapd;
	/* Of all zones of the node; free_bytes EV_ABSENT = unknown, or no stall of a node. */
	uint64_t free_bytes, min_bytes, low_bytes, high_bytes;
};
#define MODEL_LONGEST 10

enum ustack_what { USTACK_MAJOR = 0, USTACK_MINOR = 1 };

/* Faults of a process, or of all of a name, with one user stack; with -U or --sample. */
struct ustack_stats {
	uint64_t start_ns; /* of the (first such) process */
	uint32_t tgid;
	uint32_t id; /* one of the ids behind it, 0 = the stack could not be taken */
	enum ustack_what what;
	char comm[EV_COMM_LEN + 1];
	uint64_t count;	    /* major faults; minor ones as the samples let expect */
	uint64_t total_ns;  /* of the timed major faults */
	const char *frames; /* as in struct ev_ustack; "?" when not known */
};

struct process_details {
	struct stall_stats stalls;
	/* Reclaim it asked for (memory.reclaim, limits written): not among its stalls. */
	uint64_t proactive_count, proactive_ns;
	struct fault_stats faults;
};

struct process {
	uint64_t start_ns;
	uint32_t tgid, ppid, uid, flags; /* EV_TASK_* */
	char comm[EV_COMM_LEN + 1];
	char state; /* 0 = unknown, 'X' = has exited */
	bool exited;
	bool matched;	  /* passes the filter */
	bool sampled;	  /* rss and friends below are known */
	bool born_traced; /* it started while we were tracing: its totals are its whole life's */
	int32_t oom_score_adj;
	uint32_t threads;
	uint64_t cgroup;
	const char *cmdline; /* NULL = unknown */

	/* Of its whole life, and of the traced time. */
	uint64_t min_flt, maj_flt;
	uint64_t min_flt_traced, maj_flt_traced;
	/* Of the last interval (valid after a tick). */
	uint64_t min_flt_delta, maj_flt_delta;

	uint64_t anon_rss_bytes, file_rss_bytes, shmem_rss_bytes, swap_bytes, pgtables_bytes;
	uint64_t total_vm_bytes;
	uint64_t mm; /* the same for all that share their memory; 0 = unknown */
	uint64_t rss_first_bytes, rss_max_bytes, swap_first_bytes;
	int64_t rss_delta_bytes, swap_delta_bytes; /* of the last interval */

	/* Pages it brought back from swap by major faults, and wrote out itself. */
	uint64_t swapin_faults, swapin_ns, swapin_delta, swapin_ns_delta;
	uint64_t churned, churned_delta; /* fault_stats.churned */
	uint64_t swapout_pages, fileout_pages, swapout_delta, fileout_delta;

	struct process_details *details; /* NULL: no stall and no major fault seen */
};

/* Processes that left the table, added up, so that totals stay right. */
struct others {
	uint64_t processes;
	uint64_t min_flt_traced, maj_flt_traced;
	uint64_t swapout_pages, fileout_pages;
	struct stall_stats stalls;
	struct fault_stats faults;
};

struct cgroup_stats {
	uint64_t id;
	const char *path;		   /* NULL = unresolved */
	uint64_t stalls, stall_ns;	   /* of tasks in it */
	uint64_t forced_stalls, forced_ns; /* forced by its limit */
	uint64_t limit_bytes, usage_bytes; /* at the last stall it forced; 0 = unknown */
	uint64_t majfaults;
	uint64_t oom_kills;
	const struct stall_stats *details; /* of tasks in it; NULL = none, or no room */
};

#define MODEL_NODES 64
struct kswapd_stats {
	int32_t nid;
	uint64_t wakes;	    /* times it went from sleep to work */
	uint64_t runs;	    /* balancing runs (pageoutrun) */
	uint64_t active_ns; /* including a run not yet over at the last event */
	bool active;
	uint64_t since_ns;
	uint64_t wakeups;	 /* by tasks */
	uint64_t waker_start_ns; /* the process that woke it most recently */
	uint32_t waker_tgid;
	char waker_comm[EV_COMM_LEN + 1];
};

/* One OOM kill, with what the kernel log said of it. */
struct oom_record {
	struct ev_oom_kill kill;     /* as the probe saw it; hdr.time_ns */
	bool from_log;		     /* the kernel log's "Killed process" line was found */
	bool from_probe;	     /* the probe saw it (false: only the log did) */
	const char *constraint;	     /* "system" "memcg" "cpuset" "mempolicy"; NULL = unknown */
	bool constraint_inferred;    /* not from the log */
	const char *memcg_path;	     /* the cgroup at its limit; NULL = none or unknown */
	const char *task_memcg_path; /* the victim's, as the log says */
	const char *victim_cmdline;
	uint32_t trigger_order, trigger_gfp;
	bool trigger_known;
	char trigger_comm[EV_COMM_LEN + 1];
	int32_t trigger_oom_score_adj;
	bool group_kill; /* killed because of another's memory.oom.group */
	/* Sizes and score as the log's line has them, else as the probe read them. */
	uint32_t victim_pid, victim_uid;
	char victim_comm[EV_COMM_LEN + 1];
	uint64_t total_vm_bytes, anon_rss_bytes, file_rss_bytes, shmem_rss_bytes, swap_bytes;
	uint64_t pgtables_bytes;
	int32_t oom_score_adj;
	/* Boottime ns of what happened to the victim afterwards; 0 = not seen. */
	uint64_t reap_ns[REAP_STAGES];
	uint64_t exit_ns; /* its last thread ended */
	char (*log)[256]; /* the kernel log's lines of this kill */
	int nlog;
	int nlog_dropped; /* lines that did not fit; the telling ones always do */
	bool done;	  /* nothing more will come: exited or superseded */
};

struct model_loss {
	uint64_t ring_full; /* events, all signals */
	uint64_t unpaired;
	uint64_t perf_throttled;
	uint64_t samples_throttled;
	uint64_t recursion_missed;
	uint64_t
		causes_missed; /* no event is lost, but a part of a stall counts as another cause */
	uint64_t kmsg_lost;
	uint64_t names_unresolved;
	uint64_t snapshot_incomplete;
	uint64_t processes_folded; /* of processes with stalls or major faults */
	uint64_t details_full;	   /* events counted only in totals: no room for a histogram */
	uint64_t files_full;
	uint64_t threads_full;	  /* threads without figures of their own */
	uint64_t ustacks_missing; /* faults whose user stack could not be taken */
	uint64_t ustacks_full;	  /* faults without room for their user stack */
	uint64_t cgroups_full;
	uint64_t ooms_full;
	uint64_t bad_events; /* malformed or of an unknown kind */
	uint64_t unrecorded; /* came too fast to be recorded */
};

/* The kernel's own count of something against ours, over the traced time. */
struct reconcile_row {
	const char *name;   /* "direct reclaim stalls" */
	const char *source; /* "vmstat allocstall_*" */
	uint64_t kernel, memtrace;
	const char *note; /* why they may differ by design; "" */
	bool valid;	  /* both sides were readable */
};
#define MODEL_RECONCILE 16

/* Who grew while others stalled. */
enum growth_kind {
	GROWTH_ANON,	/* anonymous memory, what of it is in swap included */
	GROWTH_SHMEM,	/* tmpfs and shared memory that it has mapped */
	GROWTH_READ,	/* read from storage, swap-ins not included: page cache, but for O_DIRECT */
	GROWTH_WRITTEN, /* written to the page cache */
	GROWTHS
};

struct culprit {
	const struct process *process;
	int64_t grown[GROWTHS]; /* bytes; the last two are never negative */
	uint64_t total; /* what it is ranked by: net growth of the first two, and the rest */
};

/* Memory without an owner among the processes. */
enum unowned_kind {
	UNOWNED_SLAB,
	UNOWNED_SHMEM, /* tmpfs and shared memory beyond what processes have mapped */
	UNOWNED_PGTABLES,
	UNOWNED_STACKS,
	UNOWNED_HUGETLB,
	UNOWNED_ANON_HUGE, /* transparent huge pages: part of the processes' anonymous memory */
	UNOWNED_KINDS
};

struct unowned {
	bool known;
	int64_t bytes;
};

/* Where memory was short: the machine (cgroup 0), or a cgroup that was at its limit. */
struct scope_stats {
	uint64_t cgroup;
	uint64_t limit_bytes;	   /* 0 = none or unknown */
	uint64_t stalls, stall_ns; /* matched, forced by it */
	int64_t folded[GROWTHS];   /* growth of processes that left the table */
};

/* Wall time of the run; waits at the same time count once. */
struct pressure {
	uint64_t cgroup;		   /* 0 = the machine */
	uint64_t psi_some_ns, psi_full_ns; /* as the kernel counts */
	uint64_t stalls_ns;		   /* covered by traced stalls */
	uint64_t explained_ns;		   /* by these and swap-in faults */
};
#define MODEL_PRESSURES 65

/* A stretch of the run. */
struct bucket {
	uint64_t begin_ns, length_ns;
	uint64_t stall_ns;   /* of matched tasks, added up: may be more than length_ns */
	uint64_t free_bytes; /* the least at the end of an interval; EV_ABSENT = unknown */
	uint64_t kswapd_ns;  /* of all nodes, added up */
	uint64_t swapout_pages, majfaults; /* of the host */
};
#define MODEL_BUCKETS 256

#endif
