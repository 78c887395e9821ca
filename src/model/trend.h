/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a series of figures says: did it grow steadily or at once, and in which stages did a
 * machine or a cgroup run out of memory. Pure functions.
 *
 * Layer: model, private.
 */
#ifndef MEMTRACE_TREND_H
#define MEMTRACE_TREND_H

#include "report.h"

struct trend_point {
	uint64_t time_ns, bytes;
};

struct trend {
	enum growth_shape shape;
	uint64_t rate_bytes; /* per second, while it grew; 0 = it did not */
	uint64_t burst_ns;   /* SHAPE_BURST: most of it came within so long */
};

/* The points in order of time. */
struct trend trend_of(const struct trend_point *p, int n);

/* Whose stages: the machine's, or those of the cgroup at its limit. */
struct trend_scope {
	bool memcg;
	uint64_t total_bytes; /* the machine's memory, or the limit; EV_ABSENT */
	uint64_t kill_ns;     /* 0 = nothing was killed */
};

/* The samples in order of time; of those after the kill only what was free then is told. */
void trend_stages(struct stage out[STAGES], const struct report_sample *s, int n,
		  const struct trend_scope *scope);

#endif
