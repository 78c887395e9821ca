/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that a cgroup's files say about its memory, for the report of an OOM kill.
 *
 * Layer: sys, above sysfile.h. Called by the live source, when memory is short: allocates nothing.
 */
#ifndef MEMTRACE_CGMEM_H
#define MEMTRACE_CGMEM_H

#include "cgroup.h"

/*
 * Fills out's cgroup, sizes, oom_group and value; EV_ABSENT what this kernel does not give (oom
 * group: 0). v1 counts the times a charge failed (memory.failcnt) as EVENT_MAX, has of the other
 * events oom_kill alone, and all that the kernel itself took as one sum, KERNEL. Returns 0, or
 * -ENOENT when the cgroup has gone.
 */
int cgroup_mem(const struct cgroups *cg, const char *path, struct ev_cgmem *out);

/* Its own limit (v1: of memory alone); EV_ABSENT = none, or it has gone. */
uint64_t cgroup_limit(const struct cgroups *cg, const char *path);

struct cgroup_room {
	uint64_t limit; /* EV_ABSENT = none */
	uint64_t free;	/* until it is reached; EV_ABSENT = no limit */
};

/*
 * How much more fits into the cgroup; in v1 its memory+swap limit counts, too, if that is nearer.
 * Ancestors do not. Returns 0, or -ENOENT when it has gone.
 */
int cgroup_room(const struct cgroups *cg, const char *path, struct cgroup_room *out);

#endif
