/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures in the files of a cgroup's directory.
 *
 * Layer: sys, above sysfile.h. Used by cgstat.c and cgmem.c. Allocates nothing.
 */
#ifndef MEMTRACE_CGFILE_H
#define MEMTRACE_CGFILE_H

#include "cgroup.h"

/*
 * The number in dir's file; EV_ABSENT when there is none. "max" is no number: a limit of v2 that is
 * not set is absent.
 */
uint64_t cgfile_u64(const struct cgroups *cg, const char *dir, const char *file);

/* The same of a limit in v1, which shows "none" as a number. */
uint64_t cgfile_limit(const struct cgroups *cg, const char *dir, const char *file);

struct cgfile_key {
	const char *key; /* "": there is none */
	uint64_t *value;
};

/*
 * All that is wanted of a file of keys in one reading, for the kernel adds memory.stat up each
 * time. Keys that it lacks are EV_ABSENT.
 */
void cgfile_keys(const struct cgroups *cg, const char *dir, const char *file,
		 const struct cgfile_key *wanted, int n);

#endif
