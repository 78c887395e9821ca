/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where events come from: the live kernel.
 *
 * Layer: source. May use probe, sys, event and util. Called by cli. It hands out one stream of
 * checked events: META and PROBEs first, then between two TICKs what happened and a snapshot of
 * what the kernel keeps. Names (CGROUP, PROCESS, FILE, SYMBOL, STACK) come as soon as they are
 * known, a cgroup's always before the first event that refers to it.
 */
#ifndef MEMTRACE_SOURCE_H
#define MEMTRACE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "event.h"
#include "self.h"

typedef void (*source_event_fn)(void *ctx, const struct ev_hdr *ev);

struct source_opts {
	size_t ring_bytes;
	uint64_t interval_ns;
	uint64_t duration_ns;	      /* 0 = until something else ends it */
	const uint32_t *tgids, *tids; /* watch only these; borrowed */
	int ntgids, ntids;
	const char *cgroup;   /* path whose figures are wanted too; NULL = none; borrowed */
	char *const *program; /* argv of a program to run and watch with its children; NULL */
	bool kernel_stacks;   /* of tasks that sleep while they stall */
	bool user_stacks;     /* of major faults */
	uint32_t sample;      /* every so many minor faults of a CPU one is told of; 0 = none */
	bool recorder;	      /* give all that reports of OOM kills want, whatever that costs */
	bool log_only_ok;     /* where BPF cannot be had the kernel log and /proc will do */
	int hangup_fd;	      /* end when nobody reads this any more; -1 = none */
	source_event_fn fn;   /* gets every event, in the caller's thread */
	/*
	 * Gets SIGHUP and SIGUSR1, there as well, unless the former is ignored. NULL: the one ends
	 * the run, the other is not caught.
	 */
	void (*signal_fn)(void *ctx, int signo);
	void *ctx;
};

struct source;

/*
 * Loads and attaches. *out must be closed also when this fails (it then holds the error's words),
 * unless it is NULL (out of memory). A PROGRAM is started but waits for source_run().
 */
int source_open(const struct source_opts *opts, struct source **out);
void source_close(struct source *s);
const char *source_error(const struct source *s);

/*
 * Traces until the duration is over, a signal comes, PROGRAM or all watched processes end, or
 * source_stop() is called by fn. Returns 0 or a negative errno.
 */
int source_run(struct source *s);
void source_stop(struct source *s);

/*
 * Where opts.recorder is set, once the caller has allocated all that it will: brings everything
 * into memory, and locks it there where that is allowed.
 */
void source_settle(struct source *s);

/* What keeps memtrace itself alive while memory is short; valid after source_open(). */
const struct protection *source_protection(const struct source *s);
/* Is there no BPF (source_opts.log_only_ok)? */
bool source_log_only(const struct source *s);

/* PROGRAM's process id, 0 = none. */
uint32_t source_program_pid(const struct source *s);
/* After source_run(): PROGRAM's exit status as a shell gives it (127 not found, 128 + signal). */
int source_program_status(struct source *s);

/*
 * What serves each signal on this machine, without tracing: META and PROBE events to fn.
 * Same rules as source_open(), which it stands in for.
 */
int source_probe_only(const struct source_opts *opts, struct source **out);

#endif
