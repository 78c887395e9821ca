/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes as /proc shows them, for when no BPF program tells of them.
 *
 * Layer: sys, above process.h and cgroup.h. Called by the live source. Nothing is allocated but by
 * taskrows_open().
 */
#ifndef MEMTRACE_TASKROW_H
#define MEMTRACE_TASKROW_H

#include <dirent.h>
#include "cgroup.h"
#include "event.h"

struct taskrows {
	const struct sysroot *root; /* borrowed, as are: */
	const struct cgroups *cg;
	DIR *proc;
	/* The cgroup looked up last: neighbours are often in the same. */
	char path[PATH_MAX];
	uint64_t cgroup;
};

/* Returns 0 or -errno. taskrows_close() is due in any case. */
int taskrows_open(struct taskrows *t, const struct sysroot *root, const struct cgroups *cg);
void taskrows_close(struct taskrows *t);

/*
 * Gives fn a row of each process that may be read, threads of the kernel left out; fn may change
 * it. path is that of its memory cgroup, "" = not known. Faults are those of the whole process;
 * bytes read and written are 0. Starts are rounded down to a clock tick. Returns 0 or -errno.
 */
typedef void (*taskrow_fn)(void *ctx, struct ev_task_row *row, const char *path);
int taskrows_each(struct taskrows *t, taskrow_fn fn, void *ctx);

#endif
