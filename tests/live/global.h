/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests share that put pressure on a whole machine of their own: a window of time that is
 * traced by memtrace and, where it may be read, by the kernel's tracer.
 *
 * Layer: tests.
 */
#ifndef MEMTRACE_TEST_GLOBAL_H
#define MEMTRACE_TEST_GLOBAL_H

#include "live.h"

/* Each pass of a reclaim over the priorities begins with prio=12; memcg=0 at the level of nodes. */
#define PASS_EVENT "vmpressure_prio memcg=$arg2:u64 prio=$arg3:s32"

struct window {
	struct trace stalls, sum;
	struct tracer tracer;
	bool kswapd; /* the events are kswapd's, else those of direct reclaim */
	bool traced; /* tp is what the tracer saw; else it may not be read here */
	struct tracepoint *tp;
	size_t ntp;
};
/*
 * The three cannot begin and end at the same moment: the test is run anew when the kernel reclaimed
 * for the whole machine just then.
 */
void window_begin(struct window *w, const char *const *events);
/* Says that so many tasks of this window were killed, be it in the middle of a stall. */
void window_kills(int64_t n);
/* Ends both; fails the test if memtrace lost anything but by "recursion_missed" and kills. */
void window_end(struct window *w);
/*
 * That many were told of so many that were. A program that is preempted (v7.0 and later) is not run
 * for another task on that CPU meanwhile: those that miss are no more than memtrace says it missed.
 */
void window_told(const struct window *w, int64_t told, int64_t were);
void window_free(struct window *w);
/* Stalls of a kind that were told one by one. */
size_t window_stalls(const struct window *w, const char *kind);
/* Events of that name that the tracer saw. */
size_t window_events(const struct window *w, const char *name);
/* "kernel" or "memtrace" of a row of the summary's reconciliation. */
int64_t window_reconcile(const struct window *w, const char *row, const char *side);
/* Allocation flags by memtrace, and by the kernel up to the first blank: their order differs. */
bool gfp_equal(const char *ours, const char *kernels);
/*
 * Each stall of the kind has the order and the gfp, word by word, of its task's begin event; field
 * is what the event's text puts before the flags. There are as many of these as of those.
 */
void window_flags_check(const struct window *w, const char *kind, const char *begin,
			const char *field);
/* The same of direct compaction: the flags are those of the attempt that the zone is part of. */
void window_compaction_check(const struct window *w);

/*
 * Squeezes the whole machine for as long as goes_on() says so; it is asked again and again.
 * machine_squeeze() ends after so many direct reclaims.
 */
#define SQUEEZED 60 /* direct reclaims that are enough */
void machine_squeeze_while(bool (*goes_on)(void));
void machine_squeeze(int64_t stalls);

/*
 * Some to kill, the memory of each of which is back at once. Their parent is exempt: they would end
 * with it.
 */
void spares_start(struct child *parent, unsigned n);

#endif
