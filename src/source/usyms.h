/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for the user stacks of faults, each asked for once per process.
 *
 * Layer: source. Used by names.c. Two threads: one reads at once what the process has mapped, for
 * it may end soon; the other finds the names of functions, which takes long, in what time the
 * traced tasks leave of the CPUs, until the run ends.
 */
#ifndef MEMTRACE_USYMS_H
#define MEMTRACE_USYMS_H

#include <stdbool.h>
#include <stdint.h>
#include "event.h"
#include "sysroot.h"

#define USTACK_FRAMES 127  /* as many as the kernel takes unless told (PERF_MAX_STACK_DEPTH) */
#define USTACK_TEXT   8192 /* outer frames that exceed it become "..." */

struct usyms;

/* The stack that faults of a process call id. */
struct ustack_name {
	uint64_t start_ns;
	uint32_t tgid, id;
	char text[USTACK_TEXT]; /* as in struct ev_ustack */
};

/* Addresses of a stack, innermost first, at most max. Their number or -errno. */
typedef int (*usyms_read_fn)(void *ctx, uint32_t id, uint64_t *addresses, int max);

/* Without it functions have no names: see elfsym.h. */
bool usyms_have_names(void);

/* NULL: out of memory or of threads. */
struct usyms *usyms_new(const struct sysroot *root);
/* May leave threads behind, with all that they use, when they are stuck. */
void usyms_free(struct usyms *u);

/* Reads the stack now, unless it was asked for already. id 0 is passed over. */
void usyms_want(struct usyms *u, const struct ev_task *task, uint32_t id, usyms_read_fn read,
		void *ctx);
/* The next one whose frames were found since; false when there is none. */
bool usyms_next(struct usyms *u, struct ustack_name *out);
/* Waits at most wait_ms until all that was asked for has been looked up. Has it? */
bool usyms_settle(struct usyms *u, int wait_ms);
/* Stacks asked for of which usyms_next() has told nothing yet. */
uint64_t usyms_waiting(const struct usyms *u);
/* Stacks without frames, whose innermost frame is in no mapping, or which lack names for want of a
 * file. */
uint64_t usyms_unresolved(const struct usyms *u);

#endif
