/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the addresses of a user stack lie: which file, which offset.
 *
 * Layer: source. Used by usyms.c, in the thread that reads /proc. What a process had mapped is
 * kept for stacks that are asked for when it is gone.
 */
#ifndef MEMTRACE_UMAPS_H
#define MEMTRACE_UMAPS_H

#include "event.h"
#include "sysroot.h"
#include "ufiles.h"

struct umaps;

/* NULL: out of memory. files is borrowed. */
struct umaps *umaps_new(const struct sysroot *root, struct ufiles *files);
/* NULL is fine. */
void umaps_free(struct umaps *u);

/*
 * Finds the places of n addresses, innermost first: the address itself of the first one, the call
 * behind which the others return. Each file among them has one more user for each of its frames.
 * False: the task's process has gone, or executes another program by now.
 */
bool umaps_place(struct umaps *u, const struct ev_task *task, const uint64_t *addresses, int n,
		 struct uframe *out);

#endif
