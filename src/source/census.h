/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds the cgroups that have a limit of their own before they run into it, so that what led up to
 * that is known afterwards.
 *
 * Layer: source. Part of the live source; allocates nothing. Looks at the cgroups that tasks are in
 * and at those above them: at first sight and now and then again, a few at a time, so that an
 * interval with thousands of cgroups costs no more than one with a hundred.
 */
#ifndef MEMTRACE_CENSUS_H
#define MEMTRACE_CENSUS_H

#include "cgwatch.h"

#define CENSUS_AGAIN_NS 10000000000ull
/* How many cgroups with tasks an interval looks at: new ones, known ones. */
#define CENSUS_NEW   100
#define CENSUS_AGAIN 50
/* Walks of the whole tree, where an id leads to its path in no other way. */
#define CENSUS_WALKS 1
#define CENSUS_KNOWN 4096

struct census_entry {
	uint64_t id, at_ns;
	bool left_out; /* it has a limit, and there is no room to watch it */
};

struct census {
	struct cgwatch *watch; /* borrowed, as is: */
	const struct cgroups *cg;
	struct census_entry known[CENSUS_KNOWN]; /* each within a few places of its hash */
	/* Neighbours are often in the same cgroup, or below the same. */
	uint64_t last;
	char last_parent[PATH_MAX];
	int new_left, again_left, walks_left;
	uint32_t left_out; /* how many are */
};

/* Limited cgroups that it finds are put into watch. */
void census_init(struct census *c, struct cgwatch *watch, const struct cgroups *cg);
/* A new interval: what it may cost. */
void census_begin(struct census *c);
/* There is a task in this cgroup. path: NULL = not at hand. */
void census_note(struct census *c, uint64_t cgroup, const char *path, uint64_t now_ns);

#endif
