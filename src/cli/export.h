/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Command export: a recording in the format of another tool.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_CLI_EXPORT_H
#define MEMTRACE_CLI_EXPORT_H

#include "event.h"

struct app;

/* What struct command wants, see app.h. */
int export_begin(struct app *app);
void export_event(struct app *app, const struct ev_hdr *ev);
void export_at_end(struct app *app);
int export_finish(struct app *app);

#endif
