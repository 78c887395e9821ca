/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: what the machine, its cgroups and its processes did in the last minute,
 * interval by interval, in memory of a fixed size.
 *
 * Layer: model, private. Fed at each tick from what the model has then. report.c asks for it.
 */
#ifndef MEMTRACE_HISTORY_H
#define MEMTRACE_HISTORY_H

#include "model.h"

/* Returns 0 or -ENOMEM; history_fini() is harmless then. Without opts.history_ns does nothing. */
int history_init(struct model *m);
void history_fini(struct model *m);

/* An interval is over: after processes_tick(). */
void history_tick(struct model *m);
/* Each stall, matched by the filter or not, once its process is known. */
void history_stall(struct model *m, const struct ev_stall *ev);
/* Figures of a cgroup: before the tick of their interval. */
void history_cgstat(struct model *m, const struct ev_cgstat *ev);
/* A kill, by the probe. */
void history_kill(struct model *m, const struct ev_oom_kill *ev);

/*
 * All of the report that is history: samples, stages, growers, others, sufferers, and the stalls
 * before the kill (first_stall_ns to retries_vain). Wants the report's window, its kills
 * (with their victims' pid and start) and its cgroups to be filled in. Names of users it leaves
 * out.
 */
void history_report(const struct model *m, struct report *r);

#endif
