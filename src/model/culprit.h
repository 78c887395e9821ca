/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What processes grew by, interval by interval, and the intervals in which tasks stalled.
 *
 * Layer: model, private. Part of model_impl.h, which includes it.
 */
#ifndef MEMTRACE_CULPRIT_H
#define MEMTRACE_CULPRIT_H

#include "model.h"

#define GROWTH_HISTORY 8 /* closed intervals that a stall which ends later can still reach */
#define MODEL_SCOPES   64

struct proc;

/* Of one process. What is read and written is a total like min_flt, see account.c. */
struct growth {
	uint64_t sum_read, sum_written;	  /* this snapshot's rows added up */
	uint64_t dead_read, dead_written; /* of its ended threads */
	uint64_t read, written;
	uint64_t maxrss_bytes; /* at its end; 0 = unknown */
	uint64_t killed_bytes; /* anonymous and swap when the OOM killer took it; 0 = it did not */
	uint64_t swapins;      /* faults since the last tick, also of those that do not match */

	int64_t prev[GROWTHS]; /* at the last tick */
	int64_t recent[GROWTH_HISTORY][GROWTHS];
	int64_t machine[GROWTHS], memcg[GROWTHS]; /* in intervals with stalls */
	uint8_t added_machine, added_memcg;	  /* bit i: of recent, the one i + 1 ago is in */
	bool based;				  /* prev is known */
};

/* Where memory was short: the machine, or a cgroup at its limit. */
struct scope {
	uint64_t cgroup; /* 0 = the machine */
	uint64_t stalls, stall_ns;
	uint32_t marks; /* bit 0: a stall in the open interval; bit i: in the one i ago */
	int64_t folded[GROWTHS];
	uint64_t prev[UNOWNED_KINDS]; /* EV_ABSENT = unknown */
	int64_t recent[GROWTH_HISTORY][UNOWNED_KINDS];
	uint16_t known[GROWTH_HISTORY]; /* bit per kind */
	struct unowned grown[UNOWNED_KINDS];
};

struct culprits {
	struct scope scopes[MODEL_SCOPES]; /* [0] is the machine */
	int nscopes;
	uint64_t closed;		     /* intervals */
	uint64_t end_ns[GROWTH_HISTORY + 1]; /* of interval i at i % (GROWTH_HISTORY + 1) */
	uint64_t swapins;		     /* faults of all processes since the last tick */
	uint64_t swapin_bytes;		     /* of the interval that is being closed */
	uint64_t swapin_pages; /* the host's total at the last tick; EV_ABSENT = unknown */
};

/* culprit.c: of each process. */
void growth_row(struct proc *p, const struct ev_task_row *row);
/* adds: what this thread read is not yet in the totals of ended threads. */
void growth_exit(struct proc *p, const struct ev_exit *ev, bool adds);
/* Before p's flags of this snapshot are reset. */
void growth_tick(struct model *m, struct proc *p);
void growth_fold(struct model *m, struct proc *p);
/* An OOM victim: what it had then is what it ended with. */
void growth_killed(struct model *m, const struct ev_oom_kill *ev);
void growth_swapin(struct model *m, const struct ev_fault *ev);
/* It grew by a MiB or more while tasks stalled. */
bool growth_notable(const struct proc *p);

/* scope.c: where memory was short, and when. */
void scopes_init(struct model *m);
void scopes_stall(struct model *m, const struct ev_stall *ev);
void scopes_tick_begin(struct model *m);
void scopes_tick_end(struct model *m);
bool scope_has(const struct model *m, const struct scope *s, uint64_t cgroup);
/* Adds the interval `ago` intervals before the open one to what processes grew by. */
void growth_late(struct model *m, const struct scope *s, uint64_t ago);

#endif
