/* SPDX-License-Identifier: GPL-2.0 */
/*
 * --exec: a command that is run for each report, beside the tracing, a few at a time and none for
 * long.
 *
 * Layer: cli. Allocates only at the start.
 */
#ifndef MEMTRACE_HOOK_H
#define MEMTRACE_HOOK_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HOOK_RUNNING  4
#define HOOK_WAITING  16
#define HOOK_LIMIT_NS 60000000000ull
/* How long the end of a run waits for what still runs. */
#define HOOK_END_NS 10000000000ull

struct hook_child {
	pid_t pid; /* 0 = none */
	uint64_t end_ns;
	bool killed;
};

struct hook {
	const char *command; /* NULL = none was asked for */
	/* Called in the child before it executes: undoes what it should not have of us. */
	void (*in_child)(void *ctx);
	void *ctx;
	char **env; /* of the child; its last places are for the paths */
	int nenv;
	struct hook_child running[HOOK_RUNNING];
	char waiting[HOOK_WAITING][PATH_MAX]; /* a ring of paths */
	unsigned head, nwaiting;
	uint64_t skipped; /* reports that the command was not run for */
};

/* command is borrowed. Returns 0 or -ENOMEM. */
int hook_init(struct hook *h, const char *command, void (*in_child)(void *ctx), void *ctx);
/*
 * Runs the command with /bin/sh for the report whose text has this path (its $1 and
 * $MEMTRACE_REPORT; $MEMTRACE_REPORT_JSON, _MD); later, when HOOK_RUNNING run already.
 */
void hook_run(struct hook *h, const char *path, uint64_t now_ns);
/* Takes note of those that have ended, kills those that took too long, runs those that wait. */
void hook_tick(struct hook *h, uint64_t now_ns);
/* Waits for all, HOOK_END_NS at most, and kills what is left then. h may be all zeros. */
void hook_fini(struct hook *h);

#endif
