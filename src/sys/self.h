/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Surviving what we watch: memory locked, the OOM score as low as we may have it.
 *
 * Layer: sys, above sysfile.h. Called once by the live source, before it forks or allocates much.
 */
#ifndef MEMTRACE_SELF_H
#define MEMTRACE_SELF_H

#include <stdbool.h>
#include "sysroot.h"

struct protection {
	int lock_error;	 /* 0 = memory is and stays locked; else -errno */
	int score_error; /* 0 = the score is -1000; else why it is no lower */
	bool score_known;
	int score_original; /* oom_score_adj, -1000..1000 */
	int score;	    /* now */
};

/*
 * Locks present and future memory as it is touched (MCL_ONFAULT, so that RSS does not grow), and
 * lowers oom_score_adj as far as the kernel lets us: without CAP_SYS_RESOURCE to the lowest value a
 * privileged process last set (fs/proc/base.c, __set_oom_adj()). Without CAP_IPC_LOCK memory is
 * locked only if RLIMIT_MEMLOCK is unlimited, for under a limit later allocations would fail.
 */
void self_protect(const struct sysroot *root, struct protection *out);

/*
 * Once all is allocated: has all of it in memory, and locked where that is allowed, so that from
 * here on nothing waits for a page; with it 256 KiB of the calling thread's stack. What is
 * allocated later is there at once. Returns 0, or why it could not be locked: then only what is
 * written to is in memory, and may be swapped out.
 */
int self_prefault(const struct sysroot *root, const struct protection *p);

/*
 * For the child, before it drops privileges and executes another program: puts the OOM score back,
 * which fork(2) passes on (locks it does not). Allocates nothing. Returns 0 or -errno.
 */
int self_restore(const struct sysroot *root, const struct protection *p);

#endif
