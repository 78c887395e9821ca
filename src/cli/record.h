/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Command record: the events go to a file.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_RECORD_H
#define MEMTRACE_RECORD_H

#include "event.h"

struct app;

/* What struct command wants, see app.h. */
int record_begin(struct app *app);
void record_attached(struct app *app);
void record_event(struct app *app, const struct ev_hdr *ev);
void record_at_end(struct app *app);
int record_finish(struct app *app);

#endif
