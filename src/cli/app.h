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
#include "oom.h"
#include "options.h"
#include "page.h"
#include "record.h"
#include "source.h"
#include "view.h"

struct export;
struct reader;
struct writer;

struct app {
	struct options options;
	struct source *source; /* NULL: a recording is read */
	struct reader *reader; /* NULL: the kernel is watched */
	struct writer *writer; /* of command record */
	struct export *export; /* of command export */
	struct writer *tee;    /* of MEMTRACE_TEE; NULL */
	struct model *model;
	struct view view;
	bool status_line; /* stderr is a terminal that wants one */
	bool status_shown;
	bool on_terminal;	/* view.out is one */
	uint64_t status_due_ns; /* over a recording: not before */
	struct hold hold;	/* of command stalls */
	struct oom oom;		/* of command oom */
	struct record record;	/* of command record */
	struct page page;	/* of command report */
	char cgroup[4096];	/* path of -c, "" = none */
	char watching[512];
	/* Of a recording: the part that is looked at, boottime; the PROGRAM that it watched. */
	uint64_t from_ns, to_ns;
	char *program[2];
	uint32_t program_pid;
};

/* What a command does, and when; all but at_end may be NULL. */
struct command {
	int (*begin)(struct app *app);	  /* before anything is traced; says what is wrong */
	int (*attached)(struct app *app); /* the probes are; says what is wrong */
	/* As events come, after the model has taken them. */
	void (*on_event)(struct app *app, const struct ev_hdr *ev);
	/* SIGUSR1 and SIGHUP; NULL: the former is not caught, the latter ends the run. */
	void (*on_signal)(struct app *app, int signo);
	void (*at_end)(struct app *app);
	/* The status line's text, instead of the model's. */
	const char *(*status)(struct app *app, char *buf, size_t cap);
	bool prints;	 /* on_event writes to view.out */
	bool unmodelled; /* of what happens the model is told no more than the losses */
	/* Last of all, also after a begin that failed. */
	int (*finish)(struct app *app);
};
extern const struct command command_table[COMMANDS];

/* Stops what gives events, as soon as it can. */
void app_stop(struct app *app);
/* The model, by options and filters; app->view shows it. Says what is wrong. */
int app_open_model(struct app *app);
/* Takes the status line away, if there is one: before anything else is written to the terminal. */
void app_status_clear(struct app *app);
/* What takes each event. */
void app_event(void *ctx, const struct ev_hdr *ev);

/* Traces, or examines the kernel, as the options say. Returns the exit status. */
int app_run(struct app *app);

#endif
