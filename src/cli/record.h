/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Command record: the events go to a file.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_RECORD_H
#define MEMTRACE_RECORD_H

#include <stdint.h>
#include "event.h"

struct app;
struct run_info;

struct record {
	uint64_t first_ns, last_ns; /* of ticks */
	bool stopped;		    /* the writer takes no more: the run is ending */
	uint64_t told;		    /* events that had no room, as far as it was said */
};

/* Could the file be made at all? */
int record_begin(struct app *app);
/* Makes it: nothing is replaced by a run that may not trace. */
int record_attached(struct app *app);
void record_event(struct app *app, const struct ev_hdr *ev);
void record_at_end(struct app *app);
int record_finish(struct app *app);

/* The progress line, without newline; returns buf. */
const char *record_status(struct app *app, char *buf, size_t cap);

/* What was asked, for the table `run`; strings belong to app and to command, of cap bytes. */
void record_run_info(const struct app *app, struct run_info *run, char *command, size_t cap);

#endif
