/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One run: options, source, model and view tied together.
 *
 * Layer: cli. What differs between commands is in commands.c.
 */
#ifndef MEMTRACE_APP_H
#define MEMTRACE_APP_H

#include "hold.h"
#include "model.h"
#include "options.h"
#include "source.h"
#include "view.h"

struct app {
	struct options options;
	struct source *source;
	struct model *model;
	struct view view;
	bool status_line; /* stderr is a terminal that wants one */
	bool status_shown;
	struct hold hold;  /* of command stalls */
	char cgroup[4096]; /* path of -c, "" = none */
	char watching[512];
};

/* What a command does as events come (after the model has taken them) and at the end. */
struct command {
	void (*on_event)(struct app *app, const struct ev_hdr *ev);
	void (*at_end)(struct app *app);
};
extern const struct command command_table[COMMANDS];

/* Traces, or examines the kernel, as the options say. Returns the exit status. */
int app_run(struct app *app);

#endif
