/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Command oom: waits for kills and sees each report to all who want it.
 *
 * Layer: cli. Between a kill and its report nothing here takes memory from the heap.
 */
#ifndef MEMTRACE_OOM_H
#define MEMTRACE_OOM_H

#include "hook.h"
#include "journal.h"
#include "reports.h"
#include "service.h"

struct app;
struct options;
struct model_opts;

struct oom {
	struct reports reports; /* if --dir */
	struct hook hook;	/* if --exec */
	struct journal journal; /* if --journal */
	struct service service;
	bool asked; /* for a report of now, before the first snapshot */
	uint64_t reported, kills;
	const struct report *report; /* the one that is being printed */
	char stdio[65536];	     /* of the output */
};

/* Takes all that a report will need: before anything is traced. Returns 0 or -errno after saying
 * why. oom_finish() is due then, too. */
int oom_begin(struct app *app);
/* What the model is to keep for reports, and how much less of all else: it stays in memory. */
void oom_model(const struct options *o, struct model_opts *mo);
/* Everything is attached and allocated: now it is made to stay in memory. */
int oom_attached(struct app *app);
void oom_event(struct app *app, const struct ev_hdr *ev);
/* SIGUSR1: a report of now. SIGHUP: what is written to may be another file now; where nothing is,
 * the end. */
void oom_signal(struct app *app, int signo);
/* The run is over: what was not reported yet, and the losses. */
void oom_at_end(struct app *app);
/* Returns 0, or -errno when reports were lost. */
int oom_finish(struct app *app);

#endif
