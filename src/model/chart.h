/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a page with a zoomable timeline draws: time in buckets, lanes of processes and cgroups, the
 * host's figures and the RSS of the top growers as curves, and the longest stalls and major faults
 * one by one.
 *
 * Layer: model. Takes the events that the model took, after it; has no clock and prints nothing.
 * Of fixed size: all memory is taken by chart_new() (some 17 MiB, of which a page is touched only
 * when it is needed). When a run outgrows the buckets, neighbours become one and all are twice as
 * long from then on, so that sums stay exact.
 */
#ifndef MEMTRACE_CHART_H
#define MEMTRACE_CHART_H

#include "model.h"

#define CHART_BUCKETS	2048
#define CHART_POINTS	2048
#define CHART_PROCESSES 48
#define CHART_CGROUPS	24
#define CHART_GROWERS	96
#define CHART_STALLS	6000
#define CHART_FAULTS	3000

/* The causes of stalls, and what of their time has no known cause. */
enum { CHART_UNSPLIT = STALL_CAUSES, CHART_CAUSES };

/* What matched tasks waited for in one bucket; waits at the same time add up. */
struct chart_cell {
	uint64_t ns[CHART_CAUSES]; /* stalls; not those that were asked for (proactive) */
	uint64_t fault_ns;	   /* major faults that were timed */
	uint32_t faults[FAULT_CLASSES];
};

struct chart_lane {
	uint64_t start_ns, cgroup; /* of a process: who; of a cgroup: 0, its id */
	uint32_t tgid;
	char comm[EV_COMM_LEN + 1]; /* of the thread that waited first */
	uint64_t since_ns;	    /* it got its lane then, as others had waited more before; 0 */
	uint64_t before_ns; /* what it waited until then: not in the lane, but for its last wait */
	uint64_t stalls, stall_ns, faults, fault_ns;
	struct chart_cell early; /* parts of waits that lie before the first bucket */
	struct chart_cell *cell; /* chart_buckets() of them */
};

/* The host at a snapshot, or at several: the least room, the most swap, the sum of what flows. */
struct chart_point {
	uint64_t time_ns, length_ns; /* flows are of the length before time_ns; 0 = not known */
	uint64_t free_bytes, available_bytes, swap_bytes; /* EV_ABSENT */
	uint64_t psi_some_us, psi_full_us;
	uint64_t majfaults, swapins, swapouts; /* the last two in pages */
	uint64_t scanned_kswapd, scanned_direct;
};

struct chart_grower {
	uint64_t start_ns;
	uint32_t tgid;
	char comm[EV_COMM_LEN + 1];
	uint64_t first_bytes, max_bytes; /* first: 0 if it began in the run */
	uint64_t *rss;			 /* at each point; EV_ABSENT = not known */
};

struct chart;

/* NULL when memory is short. */
struct chart *chart_new(void);
void chart_free(struct chart *c);

/* Takes an event, which model_event() has taken just before. */
void chart_event(struct chart *c, const struct model *m, const struct ev_hdr *ev);
/* No event will come any more: only now ask for what follows. */
void chart_end(struct chart *c, const struct model *m);

/* When the first bucket begins (boottime), how long each is, how many there are. */
uint64_t chart_begin_ns(const struct chart *c);
uint64_t chart_width_ns(const struct chart *c);
int chart_buckets(const struct chart *c);

/* All matched tasks. */
const struct chart_lane *chart_all(const struct chart *c);
/* Lanes by waits (stalls and faults), most first. Returns how many there are; at most max are
 * written. */
int chart_processes(const struct chart *c, const struct chart_lane **out, int max);
int chart_cgroups(const struct chart *c, const struct chart_lane **out, int max);
/* How long kswapd of all nodes worked in each bucket, added up. */
const uint64_t *chart_kswapd(const struct chart *c);

/* Returns how many there are. */
int chart_points(const struct chart *c, const struct chart_point **out);
/* By the most they grew, most first. Returns how many are written. */
int chart_growers(const struct chart *c, const struct chart_grower **out, int max);

/* The longest, longest first. Returns how many. *dropped: how many more there were. */
int chart_stalls(const struct chart *c, const struct ev_stall **out, uint64_t *dropped);
int chart_faults(const struct chart *c, const struct ev_fault **out, uint64_t *dropped);

#endif
