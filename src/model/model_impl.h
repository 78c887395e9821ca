/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of the model: what its files share.
 *
 * Layer: model, private. Only files of src/model include this.
 *
 * Files: model.c makes the model and hands each event to the file that knows its kind.
 * process.c keeps the process table, account.c its figures; order.c sorts it. stall.c, fault.c,
 * file.c, thread.c, kswapd.c, host.c each keep one subject. oom.c keeps the kills, oom_kmsg.c adds
 * what the kernel log says, oom_log.c parses its lines. names.c, symbols.c, filter.c, reconcile.c
 * say so themselves; cgroup_room.c lets cgroups that have gone leave their table. episode.h says
 * which files put OOM reports together; clock.c keeps wall time. culprit.c keeps who grew while
 * others stalled, scope.c where and when that was; pressure.c what the kernel's PSI says against
 * what was traced; timeline.c when it was. swap.c keeps whose pages were swapped out, and the
 * areas; ustack.c keeps user stacks of faults. history.c and its neighbours are the flight
 * recorder; trend.c says what its figures mean.
 */
#ifndef MEMTRACE_MODEL_IMPL_H
#define MEMTRACE_MODEL_IMPL_H

#include "culprit.h"
#include "htab.h"
#include "model.h"
#include "oom_log.h"
#include "pool.h"
#include "pressure.h"
#include "timeline.h"

#define NS_PER_S 1000000000ULL

#define MODEL_ZONES    256
#define MODEL_PROBES   64
#define MODEL_PROGRAMS 64
#define MODEL_SYMBOLS  512
#define MODEL_CGSTATS  64

#define MODEL_CGROUP_STALLS 256 /* cgroups that may have histograms */
#define RECENT_STALLS	    64
#define OOM_LINES	    64
#define OOM_LINE_LEN	    256
#define KMSG_LINE_LEN	    1024 /* the kernel's own limit: PRINTKRB_RECORD_MAX, kernel/printk */

/* A process and what is needed to keep its figures right. */
struct proc {
	struct process pub; /* first, so that a pointer to it is one to this */
	uint64_t exit_ns;

	/* This snapshot's rows added up; or the final totals, until they are applied. */
	uint64_t sum_min, sum_maj;
	/* Of its ended threads: since birth, or folded_* at the first snapshot and since then. */
	uint64_t dead_min, dead_maj;
	uint64_t first_row_ns; /* of the leader's first row */

	/* Of its threads: totals of the living before a tick, growth in the interval after it. */
	uint64_t thread_min, thread_maj;

	/* At the last tick. */
	uint64_t prev_swapin, prev_swapin_ns, prev_swapout, prev_fileout, prev_churned;

	uint32_t rows;	   /* in this snapshot */
	uint32_t nthreads; /* entries in the thread table */
	uint16_t nfiles;   /* entries in the file table */
	uint8_t missing;   /* complete snapshots in a row without it */
	bool used;	   /* this slot holds a process */
	bool named;	   /* comm is the leader's */
	bool led;	   /* this snapshot has its leader's row */
	bool final;	   /* sum_* is the total at its end */
	bool based;	   /* totals are known, so growth can be told */
	bool gone;	   /* taken for ended because it vanished, not because it was seen to end */
	bool published;	   /* a tick has shown the interval in which it ended */
	bool hit;	   /* a task of it passed the filter (all but tree) since the last tick */
	bool in_tree;	   /* descends from the filter's root, or is it */
	bool was_based;	   /* at the tick before */
	bool threads_lost; /* some of its threads have no entry */

	/* Its memory is also that of a victim killed at mm_kill_ns; 0 = of none. */
	uint64_t mm_kill_ns;

	struct growth growth;
};

struct file {
	struct file_stats stats;
	bool used;
	bool full_path; /* stats.path is more than the last component */
};

struct thread {
	struct thread_stats stats;
	uint32_t process;	     /* slot */
	uint64_t prev_min, prev_maj; /* as of the last tick */
	uint8_t missing;	     /* complete snapshots in a row without it */
	bool used;
	bool seen; /* since the last tick */
	bool ended;
	bool published; /* a tick has shown the interval in which it ended */
};

struct cgroup {
	struct cgroup_stats stats;
	struct stall_stats *stalls; /* stats.details */
	uint32_t telling;	    /* in which it was last told of: model.cgroup_telling */
	uint32_t cgstats_age;	    /* model.cgstats_age when `cgstats` was found out */
	uint64_t cgstats;	    /* bit i: it is within that of model.cgstats[i] */
	bool in_filter;
};

struct oom {
	struct oom_record pub;
	uint64_t arrival_ns; /* model's time when it was first heard of */
	uint32_t log_kills;  /* "Killed process" lines: the kernel counts a kill for each */
	bool sigkilled;	     /* its exit was by SIGKILL */
	bool matched;
	bool counted;	      /* in its cgroup's oom_kills */
	bool pending;	      /* in an episode that is not reported yet */
	bool told;	      /* in one that is */
	bool shares;	      /* when it was first heard of, its memory was that of a victim, too */
	bool reap_unable;     /* the log says that the reaper gave up */
	uint64_t reap_log_ns; /* the log says that it was reaped */
	/* Copies that are this record's own, among the strings it points at. */
	const char *own_memcg_path, *own_task_memcg_path, *own_cmdline;
	char log[OOM_LINES][OOM_LINE_LEN];
};

/* An OOM dump of the kernel log while its lines come in; its facts hold for a whole group kill. */
struct oom_dump {
	bool open;  /* "invoked oom-killer" came, "Killed process" not yet */
	bool group; /* "... due to memory.oom.group set" came */
	uint64_t time_ns;
	uint32_t trigger_pid, order, gfp;
	int32_t trigger_adj;
	char trigger_comm[EV_COMM_LEN + 1];
	bool invoked; /* the four above are known */
	uint64_t usage_bytes, limit_bytes, memsw_usage_bytes, memsw_limit_bytes;
	char constraint[KMSG_LINE_LEN]; /* the "oom-kill:" line; "" = none */
	int nlog, dropped;
	char log[OOM_LINES][OOM_LINE_LEN];
};

/* Figures of a cgroup, at the first reading and at the last; waits of its tasks since. */
struct cgstat {
	struct ev_cgstat first, last;
	struct covers covers;
};

/* Running totals of a cgroup's swapped pages; those before the first tick were of before the run.
 */
struct owner {
	struct ev_swap_owner first, last;
	uint64_t pages, delta; /* of the run until the last tick, and of the interval before it */
};
#define MODEL_OWNERS 4097 /* as many as the BPF map holds */

struct recent_stall {
	uint64_t time_ns;
	uint32_t tid, order, gfp;
};

/* What the clock on the wall showed when. */
struct wall {
	uint64_t boottime_ns, realtime_ns;
};
#define MODEL_CLOCK_STEPS 32
struct clock_steps {
	struct wall first, step[MODEL_CLOCK_STEPS]; /* each holds until the next */
	int n;
};

struct model {
	struct model_opts opts;
	bool filtered; /* the filter can refuse something */
	size_t filter_cgroup_len;

	struct ev_meta meta;
	struct clock_steps clock;
	bool begun;
	uint64_t begin_ns, now_ns;
	struct ev_tick tick;
	uint64_t ticks, interval_ns;

	struct proc *procs; /* [opts.max_processes]; used ones are below proc_slots.fresh */
	struct slots proc_slots;
	uint32_t proc_hint;   /* where the next row's process may be */
	struct htab proc_tab; /* (start_ns, tgid) */
	struct htab tgid_tab; /* (tgid, 0): the youngest process of that number */
	uint32_t exited;      /* processes in the table that have */
	uint64_t snapshot_rows;
	bool snapshot_cut; /* rows of this snapshot are known to be missing */
	uint64_t root_start_ns;

	struct process_details *details; /* [opts.max_details] */
	struct slots detail_slots;
	struct others others;
	struct stall_stats stalls, proactive;
	struct long_stall longest[MODEL_LONGEST]; /* longest first */
	int nlongest;
	struct stall_stats *cgroup_stalls; /* [MODEL_CGROUP_STALLS] */
	uint32_t ncgroup_stalls;
	struct fault_stats faults;
	struct hist refault_away;
	struct recent_stall recent[RECENT_STALLS];
	uint32_t nrecent; /* ever written */

	struct file *files; /* [opts.max_files] */
	const struct file_stats **file_order;
	struct slots file_slots;
	struct htab file_tab;	/* (ino, process and device) */
	struct thread *threads; /* [opts.max_threads] */
	struct slots thread_slots;
	struct htab thread_tab; /* (slot of the process, tid) */
	struct cgroup *cgroups; /* [opts.max_cgroups] */
	uint32_t ncgroups;
	uint32_t cgroup_telling; /* the source tells all their names anew now and then */
	struct htab cgroup_tab;	 /* (id, 0) */
	struct strpool cmdlines; /* of processes */
	struct strpool names;	 /* paths, and what OOM records keep */
	struct strpool symbol_names;
	struct htab symbol_tab, stack_tab; /* address, id -> index */
	const char *symbols[MODEL_SYMBOLS + 1];
	const char **stacks;	    /* [opts.max_stacks] */
	struct sleep_stats *sleeps; /* [opts.max_stacks] */
	struct htab sleep_tab;	    /* (process, stack and cause) */

	struct owner *owners; /* [MODEL_OWNERS] */
	struct htab owner_tab;
	struct swap_area areas[MODEL_SWAP_AREAS];
	uint64_t area_tick[MODEL_SWAP_AREAS]; /* ticks there had been when it was last read */
	int nareas;
	struct ustack_stats *ustacks;  /* [opts.max_ustacks] */
	const char **ustack_frames;    /* [opts.max_ustacks], and one that stays NULL */
	struct htab ustack_tab;	       /* (start of the process, its id, stack and what) */
	struct htab ustack_frames_tab; /* (start of the process, its id and stack) */
	struct strpool ustack_texts;

	struct kswapd_stats kswapd[MODEL_NODES];

	struct oom *ooms;	/* [opts.max_ooms] */
	struct oom **oom_order; /* as they were heard of */
	uint32_t nooms;
	uint64_t oom_kills_before; /* confirmed kills of records that were reused */
	struct oom_dump dump;
	bool kmsg_seen;
	struct episodes *episodes; /* NULL: no reports are wanted */

	struct ev_host host_first, host_prev, host_last;
	uint64_t nhost;
	struct ev_counters counts_first, counts_last;
	uint64_t ncounts;
	struct ev_cgstat cgstat_first, cgstat_last;
	bool have_cgstat; /* of the watched one */
	struct cgstat cgstats[MODEL_CGSTATS];
	int ncgstats;
	uint32_t cgstats_age; /* another one, or another path of a cgroup */
	struct culprits culprits;
	struct covers covers; /* of the host */
	struct timeline timeline;
	struct ev_zone zones[MODEL_ZONES];
	int nzones;
	struct ev_probe probes[MODEL_PROBES];
	int nprobes;
	struct ev_program programs[MODEL_PROGRAMS];
	int nprograms;

	struct history *history; /* NULL where no reports are wanted */

	struct model_loss loss; /* what the model itself could not keep */
};

/* Copies a kernel comm, which need not end in NUL. */
void comm_copy(char to[EV_COMM_LEN + 1], const char from[EV_COMM_LEN]);

/* Of a counter of the kernel: one that was set back has not grown. */
static inline uint64_t counter_growth(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

/* clock.c */
void clock_begin(struct model *m, const struct ev_meta *meta);
void on_clock(struct model *m, const struct ev_hdr *ev);

/* process.c: the table. A pointer stays good until the next process_get() or process_details(). */
int processes_init(struct model *m);
void processes_fini(struct model *m);
/* NULL when it is not in. start_ns 0: the youngest of that tgid that has not ended. */
struct proc *process_find(const struct model *m, uint32_t tgid, uint64_t start_ns);
/* The latest to have that tgid, ended or not. */
struct proc *process_youngest(const struct model *m, uint32_t tgid);
/* Adds it if need be; NULL when the table is full of living processes. */
struct proc *process_get(struct model *m, const struct ev_task *t);
/* Takes over what a task tells of its process: comm, uid, cgroup. */
void process_note(struct proc *p, const struct ev_task *t);
/* Its details, given to it if need be; NULL when there are none left. */
struct process_details *process_details(struct model *m, struct proc *p);
void process_end(struct model *m, struct proc *p, uint64_t time_ns);
/* Adds it to others, if it matched, and forgets it. */
void process_fold(struct model *m, struct proc *p);
bool process_interesting(const struct proc *p);
static inline uint32_t process_slot(const struct model *m, const struct proc *p)
{
	return (uint32_t)(p - m->procs);
}

/* account.c: totals from snapshots and exits, growth per interval. */
void on_task_row(struct model *m, const struct ev_hdr *ev);
void on_exit_event(struct model *m, const struct ev_hdr *ev);
void on_swapout(struct model *m, const struct ev_hdr *ev);
void processes_tick(struct model *m);
/* Applies the final totals of a process that has ended. */
void process_settle(struct proc *p);

/*
 * filter.c. filter_admit() is for an event about one task (stall, fault, swap-out): false if it
 * does not pass; else *p is its process, NULL when the table has no room for it.
 */
void filter_init(struct model *m);
bool filter_admit(struct model *m, const struct ev_task *t, struct proc **p);
/* All criteria but descent; p NULL = unknown process. */
bool filter_task(const struct model *m, const struct ev_task *t, const struct proc *p);
/* Does an event's mere coming say that p descends from the root? Is p's tgid the root's? */
void filter_tree_seen(struct model *m, struct proc *p, bool by_source);
/* Children of processes in the tree are in it. */
void filter_tree_tick(struct model *m);
bool filter_path(const struct model *m, const char *path);
/* p's matched flag, after a snapshot or its end. */
void filter_decide(const struct model *m, struct proc *p);

/* thread.c. threads_sum() before the processes' tick, threads_tick() after it. */
int threads_init(struct model *m);
void threads_fini(struct model *m);
void thread_row(struct model *m, struct proc *p, const struct ev_task_row *row);
/* counts: its end is not in folded_* of the process's first row. */
void thread_exit(struct model *m, struct proc *p, const struct ev_exit *ev, bool counts);
void threads_sum(struct model *m);
void threads_tick(struct model *m, bool complete);
void threads_forget(struct model *m, struct proc *p);
/* order.c */
void threads_sort(struct thread_stats *list, int n, enum process_order order);

/* stall.c, fault.c, file.c, kswapd.c, host.c */
int stalls_init(struct model *m);
void stalls_fini(struct model *m);
void on_stall(struct model *m, const struct ev_hdr *ev);
/* Does it wait for memory of a node, rather than of a cgroup? */
static inline bool stall_of_node(const struct ev_stall *ev)
{
	return ev->kind == STALL_DIRECT || ev->kind == STALL_NODE || ev->kind == STALL_COMPACTION;
}
/* When a wait that ended with this event began; 0 = before the clock did. */
static inline uint64_t wait_begin_ns(const struct ev_hdr *ev, uint64_t duration_ns)
{
	return ev->time_ns > duration_ns ? ev->time_ns - duration_ns : 0;
}
void stall_stats_merge(struct stall_stats *into, const struct stall_stats *from);
const struct recent_stall *stall_recent(const struct model *m, uint32_t tid, uint64_t before_ns);
void on_fault(struct model *m, const struct ev_hdr *ev);
/* Reclaim had taken this page of a file away not long before. */
static inline bool is_refault(const struct ev_fault *ev)
{
	return ev->class == FAULT_FILE && ev->away_ns;
}
void fault_stats_merge(struct fault_stats *into, const struct fault_stats *from);
int files_init(struct model *m);
void files_fini(struct model *m);
void file_fault(struct model *m, struct proc *p, const struct ev_fault *ev);
void files_forget(struct model *m, struct proc *p);
void on_file(struct model *m, const struct ev_hdr *ev);
void on_kswapd(struct model *m, const struct ev_hdr *ev);
void on_kswapd_wakeup(struct model *m, const struct ev_hdr *ev);
/* How long kswapd of all nodes has been at work, added up. */
uint64_t kswapd_active_ns(const struct model *m);
void on_host(struct model *m, const struct ev_hdr *ev);
void on_zone(struct model *m, const struct ev_hdr *ev);
void on_cgstat(struct model *m, const struct ev_hdr *ev);
/* NULL when there is no reading of it. */
const struct cgstat *cgstat_find(const struct model *m, uint64_t cgroup);
void on_counts(struct model *m, const struct ev_hdr *ev);
void on_probe(struct model *m, const struct ev_hdr *ev);
void on_program(struct model *m, const struct ev_hdr *ev);
/* Reported as missing; reported as running. Of a signal never reported neither is true. */
bool signal_missing(const struct model *m, const char *signal);
bool signal_runs(const struct model *m, const char *signal);

/* cgroup_room.c: of those that have gone one's place, emptied; NULL when there is none. */
struct cgroup *cgroup_recycle(struct model *m);
/* A name came: is it being told anew? */
void cgroup_told(struct model *m, struct cgroup *cg);

/* names.c */
int names_init(struct model *m);
void names_fini(struct model *m);
/* NULL: nothing is known of it. */
struct cgroup *cgroup_find(const struct model *m, uint64_t id);
/* One there is or a new one. NULL for id 0, and (counted) when there is no room. */
struct cgroup *cgroup_get(struct model *m, uint64_t id);
/* Is a cgroup the other one or below it, as far as their paths are known? */
bool cgroup_within(const struct model *m, uint64_t id, uint64_t ancestor);
struct cgroup *cgroup_find_path(const struct model *m, const char *path);
void on_cgroup(struct model *m, const struct ev_hdr *ev);
void on_process(struct model *m, const struct ev_hdr *ev);
/* A copy that lives as long as the model; NULL, and counted, when there is no room. */
const char *name_keep(struct model *m, const char *s, size_t len);

/* symbols.c */
int symbols_init(struct model *m);
void symbols_fini(struct model *m);
void on_symbol(struct model *m, const struct ev_hdr *ev);
void on_stack(struct model *m, const struct ev_hdr *ev);

/* swap.c */
int swaps_init(struct model *m);
void swaps_fini(struct model *m);
void on_swap_owner(struct model *m, const struct ev_hdr *ev);
void on_swapdev(struct model *m, const struct ev_hdr *ev);
void swaps_tick(struct model *m);

/* sleep.c */
int sleeps_init(struct model *m);
void sleeps_fini(struct model *m);
void on_sleep(struct model *m, const struct ev_hdr *ev);

/* ustack.c */
int ustacks_init(struct model *m);
void ustacks_fini(struct model *m);
void on_ustack(struct model *m, const struct ev_hdr *ev);
void on_sample(struct model *m, const struct ev_hdr *ev);
/* count faults of a task that passed the filter, with this stack. */
void ustack_count(struct model *m, const struct ev_task *t, uint32_t id, enum ustack_what what,
		  uint64_t count, uint64_t ns);

/* oom.c: the records. oom_kmsg.c: the kernel log's part. */
#define OOM_PAIR_NS (10 * NS_PER_S) /* probe and log tell of the same kill within this time */
int ooms_init(struct model *m);
void ooms_fini(struct model *m);
void on_oom_kill(struct model *m, const struct ev_hdr *ev);
void on_oom_reap(struct model *m, const struct ev_hdr *ev);
void on_kmsg(struct model *m, const struct ev_hdr *ev);
void oom_exit(struct model *m, const struct ev_exit *ev);
void oom_tick(struct model *m);
void oom_cgroup_named(struct model *m, const struct cgroup_stats *cg);
void oom_process_named(struct model *m, const struct process *p);
/* A record for a kill first heard of now; NULL, and counted, when there is no room. */
struct oom *oom_new(struct model *m, bool by_log);
/* Brings the record in line with what is known of it now. */
void oom_update(struct model *m, struct oom *o);
bool oom_log_readable(const struct model *m);
/* Readable, and no line of it was lost: a kill that it does not name was none. */
bool oom_log_whole(const struct model *m);
/* Marked while it was dying of something else. */
bool oom_refuted(const struct oom *o);
/* Kills that are sure, as the kernel counts them. */
uint64_t oom_confirmed_kills(const struct model *m);

#endif
