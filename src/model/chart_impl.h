/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of struct chart: chart.c has the buckets, chart_lanes.c who has a lane,
 * chart_points.c the curves, chart_longest.c single waits.
 *
 * Layer: model, private to chart*.c.
 */
#ifndef MEMTRACE_CHART_IMPL_H
#define MEMTRACE_CHART_IMPL_H

#include "chart.h"

/* The longest of many events, all of one kind: a heap with the shortest on top. */
struct longest {
	char *item;
	size_t size; /* of one */
	int n, cap;
	uint64_t dropped;
};

/* The curves. */
struct points {
	struct chart_point point[CHART_POINTS];
	int n;	   /* complete ones; point[n] is being added to */
	int parts; /* ticks in that */
	int fold;  /* ticks that make one */
	struct chart_grower grower[CHART_GROWERS];
	uint64_t *rss; /* of all growers */
	int ngrowers;
};

struct chart {
	bool begun, ended;
	uint64_t begin_ns, width_ns;
	int n; /* buckets in use */
	struct chart_lane all;
	struct chart_lane process[CHART_PROCESSES], cgroup[CHART_CGROUPS];
	int nprocesses, ncgroups;
	struct chart_cell *cells; /* of all lanes */
	uint64_t kswapd_ns[CHART_BUCKETS];
	uint64_t kswapd_since[MODEL_NODES]; /* at work since; 0 = asleep or not known */
	bool kswapd_seen[MODEL_NODES];
	struct points points;
	struct longest stalls, faults;
};

/*
 * The lane of a process: its own, a free one, that of who waited least if it waited a
 * quarter more (by less, two would take it from each other for ever); NULL.
 * Waits of one that comes late are in its lane from now_ns on.
 */
struct chart_lane *chart_process_lane(struct chart *c, const struct model *m, uint64_t now_ns,
				      const struct ev_task *t);
/* NULL when all are taken: a cgroup that comes then is in the table only. */
struct chart_lane *chart_cgroup_lane(struct chart *c, uint64_t id);

/* Returns 0 or -ENOMEM. */
int longest_init(struct longest *l, size_t size, int cap);
void longest_fini(struct longest *l);
/* A stall or a major fault: keeps it if it is one of the longest. */
void longest_put(struct longest *l, const struct ev_hdr *ev);
/* Longest first; nothing may be put in any more. */
void longest_sort(struct longest *l);

/* Returns 0 or -ENOMEM. */
int points_init(struct points *p);
void points_fini(struct points *p);
void points_tick(struct points *p, const struct model *m);
void points_end(struct points *p);

#endif
