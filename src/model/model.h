/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State built from events: processes, cgroups, stalls, faults, swap, kswapd, OOM kills, the
 * host, and how it all reconciles with the kernel's own counters.
 *
 * Layer: model. May use event and util. Has no clock, prints nothing, reads no file, keeps no
 * global state: time and facts come in as events, so a recording gives what the live run gave.
 *
 * Everything is allocated by model_new(); model_event() never allocates from the heap. What does
 * not fit is folded into `others` and counted in struct model_loss, never dropped unseen.
 * All pointers handed out belong to the model and live until model_free(), those into the
 * process table until the next model_event().
 */
#ifndef MEMTRACE_MODEL_H
#define MEMTRACE_MODEL_H

#include "report.h"

struct model;

/* NULL when memory is short. */
struct model *model_new(const struct model_opts *opts);
void model_free(struct model *m);

/* Takes one event that passed event_check(). */
void model_event(struct model *m, const struct ev_hdr *ev);
/* Counts one that did not. */
void model_bad_event(struct model *m);

/* The meta event's fields, zeroed before it came. */
const struct ev_meta *model_meta(const struct model *m);
/* Boottime ns of the first and the latest snapshot (or event). */
uint64_t model_begin_ns(const struct model *m);
uint64_t model_now_ns(const struct model *m);
/* What the clock on the wall showed then, before and after it was set. */
uint64_t model_wall_ns(const struct model *m, uint64_t boottime_ns);
/* Last tick, NULL before the first; how many ticks there were. */
const struct ev_tick *model_last_tick(const struct model *m);
uint64_t model_ticks(const struct model *m);
/* Length of the last interval, ns. */
uint64_t model_interval_ns(const struct model *m);

/* Host counters: at the first snapshot, at the last, and growth over the last interval. */
const struct ev_host *model_host_first(const struct model *m);
const struct ev_host *model_host_last(const struct model *m);
/* Growth of a counter over the run; false when absent or fewer than two snapshots. */
bool model_host_growth(const struct model *m, enum host_counter c, uint64_t *growth);
bool model_host_interval(const struct model *m, enum host_counter c, uint64_t *growth);
int model_zones(const struct model *m, const struct ev_zone **zones);
const struct ev_cgstat *model_cgstat_first(const struct model *m);
const struct ev_cgstat *model_cgstat_last(const struct model *m);
/* Growth of a signal's counts over the run. */
struct ev_counts model_counts(const struct model *m, enum ev_signal s);

/*
 * Stalls that were under way at the last reading; *oldest_ns: how long. 0 where a filter by name,
 * user or cgroup makes it impossible to tell whose they are.
 */
uint64_t model_open_stalls(const struct model *m, uint64_t *oldest_ns);

/* Names. NULL when not known. */
const char *model_cgroup_path(const struct model *m, uint64_t id);
/* Symbol of a kernel address; frames of a stack, "symbol;symbol;...", innermost first. */
const char *model_symbol(const struct model *m, uint64_t address);
const char *model_stack(const struct model *m, uint32_t id);
/* Are the names of its shrinkers and its stack known, as far as this machine tells them? */
bool model_stall_named(const struct model *m, const struct ev_stall *ev);
const char *model_file_path(const struct model *m, uint32_t major, uint32_t minor, uint64_t ino);

/* Does this task pass the filter? Ask after model_event() took its event: descendants of the
 * filter's root are known by then. */
bool model_match(const struct model *m, const struct ev_task *t);

/* Processes. order: what to sort by, descending; only matched ones; at most max are written.
 * Returns how many match in all. */
enum process_order {
	BY_STALL_TIME,
	BY_MAJOR_FAULTS,       /* of the run, then minor */
	BY_MAJOR_FAULTS_DELTA, /* of the last interval, then minor */
	BY_SWAP_DELTA,	       /* swap-in and -out of the last interval, then swap use */
	BY_SWAP,	       /* of the run */
	BY_RSS_GROWTH,
	BY_MINOR_FAULTS_DELTA, /* this and the following: of the last interval, or as it ended */
	BY_RSS,
	BY_RSS_DELTA,
	BY_SWAP_SIZE,
	BY_SWAP_SIZE_DELTA,
	BY_SWAPINS_DELTA,
	BY_SWAPOUTS_DELTA,
	BY_PID, /* ascending */
};
int model_processes(const struct model *m, enum process_order order, const struct process **out,
		    int max);
/* Of those only the ones that keep() says true of: cheaper than to sort all and look then. */
typedef bool (*process_keep_fn)(const void *ctx, const struct process *p);
int model_processes_if(const struct model *m, enum process_order order, process_keep_fn keep,
		       const void *ctx, const struct process **out, int max);
const struct process *model_process(const struct model *m, uint32_t tgid, uint64_t start_ns);
/*
 * Threads of matching processes that live, or ended in the last interval, in such an order; by what
 * only processes have, threads of one process stay together, those that faulted most first. What
 * a process's threads faulted in the interval adds up to what it did. At most max are written, best
 * first only if all fit. Returns how many there are.
 */
int model_threads(const struct model *m, enum process_order order, struct thread_stats *out,
		  int max);
const struct others *model_others(const struct model *m);
/* Matched stalls and faults of the whole run, folded processes included. */
const struct stall_stats *model_stalls(const struct model *m);
/* Reclaim that was asked for, which is nobody's stall. */
const struct stall_stats *model_proactive(const struct model *m);
/* The longest stalls, longest first. Returns how many. */
int model_longest(const struct model *m, const struct long_stall *out[MODEL_LONGEST]);
const struct fault_stats *model_faults(const struct model *m);
/* All classes together. */
struct hist faults_timed(const struct fault_stats *f);
/* How long before a refault reclaim had taken the page away. */
const struct hist *model_refaults_away(const struct model *m);
/* A page that came back from swap sooner is churn, ns. */
uint64_t model_churn_ns(const struct model *m);
/* Cgroups whose pages were swapped out, by pages, descending. Returns how many there are. */
int model_swap_owners(const struct model *m, struct owner_stats *out, int max);
/* Swap areas in the order they were first seen. Returns their number. */
int model_swap_areas(const struct model *m, const struct swap_area **out);

/* Where a process slept in its stalls, by total time, descending: a place has the same functions on
 * its stack. Returns how many there are. */
int model_sleeps(const struct model *m, const struct process *p, struct sleep_stats *out, int max);
/*
 * User stacks of a process's faults; p NULL = of all processes, those of one name together. Stacks
 * of the same functions are one. Major faults first, by total wait, then minor ones, by number.
 * Returns how many there are.
 */
int model_ustacks(const struct model *m, const struct process *p, struct ustack_stats *out,
		  int max);
/* Files by total wait, descending; p NULL = all processes together. */
int model_files(const struct model *m, const struct process *p, struct file_stats *out, int max);
int model_cgroups(const struct model *m, const struct cgroup_stats **out, int max);
/* Nodes with any activity, by nid. */
int model_kswapd(const struct model *m, struct kswapd_stats *out, int max);
/* In the order they happened; without tasks that were marked but died of something else. Returns
 * how many there are; at most max are written. */
int model_ooms(const struct model *m, const struct oom_record **out, int max);
/*
 * OOM episodes: kills within a second of each other, of one cgroup at once (memory.oom.group), and
 * processes that shared the victim's memory. The report of one that is over: a second has passed
 * since its last kill, and each victim has ended and the log told of it, and there is room again,
 * or settle_ns have passed; or it is full; or force. The report is the model's and is written over
 * by the next call; NULL when there is none (left).
 */
const struct report *model_next_report(struct model *m, uint64_t settle_ns, bool force);
/* A report of now, of no kill (REPORT_ASKED). Same rules. */
const struct report *model_report_now(struct model *m);
/* Does an episode wait to be reported? */
bool model_report_pending(const struct model *m);

/* Which source serves each signal. Returns their number. */
int model_probes(const struct model *m, const struct ev_probe **out);
/* The BPF programs, where the source told of them (doctor). Returns their number. */
int model_programs(const struct model *m, const struct ev_program **out);

/*
 * Scopes that forced stalls, by total stall time, descending. Returns how many there are; at most
 * max are written.
 */
int model_scopes(const struct model *m, struct scope_stats *out, int max);
/* False where threads are named (-t): the source tells of no other processes then. */
bool model_culprits_known(const struct model *m);
/*
 * Processes of a scope (0: the machine; else a cgroup, with those below it) that grew in the
 * intervals in which tasks stalled there, ranked; matched or not. What a process in nested cgroups
 * that were both at their limits grew by counts for both. Returns how many grew.
 */
int model_culprits(const struct model *m, uint64_t scope, struct culprit *out, int max);
/* What grew in these intervals without an owner. */
void model_unowned(const struct model *m, uint64_t scope, struct unowned out[UNOWNED_KINDS]);

/*
 * What PSI counted and what traced waits cover, of the machine (0) or a cgroup with those below it;
 * false when that is not known, also where the filter keeps other processes' stalls away.
 */
bool model_pressure(const struct model *m, uint64_t cgroup, struct pressure *out);
/* The known ones: the machine first, then cgroups by stalls, descending. Returns their number. */
int model_pressures(const struct model *m, struct pressure *out, int max);

/*
 * The run from its begin, in buckets of one interval, or of several in a long run. Returns how many
 * there are. bucket_join() adds a bucket to the one before it.
 */
int model_timeline(const struct model *m, const struct bucket **out);
void bucket_join(struct bucket *a, const struct bucket *b);

/* The rows of the reconciliation; returns their number. Rows that are not known are not valid. */
int model_reconcile(const struct model *m, struct reconcile_row out[MODEL_RECONCILE]);
/* Everything that was lost or could not be kept, over the run. */
struct model_loss model_loss(const struct model *m);
/*
 * Sum of what was lost for good, for the status line: events that never came, could not be read or
 * made no pair, log lines overwritten, OOM kills without room. What was merely summed up (a full
 * table) or will be made good (a snapshot cut short, a name) is not in it.
 */
uint64_t model_lost(const struct model *m);

#endif
