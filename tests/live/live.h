/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The groups of live tests, and what most of them begin with.
 *
 * Layer: tests.
 */
#ifndef MEMTRACE_TEST_LIVE_H
#define MEMTRACE_TEST_LIVE_H

#include "harness.h"

/*
 * A test whose takings are given back when it ends, however it ends. It is run anew, a few times at
 * most, when losses_none() says so.
 */
#define LIVE_TEST(fn)                                                                              \
	{                                                                                          \
#fn, live_run, live_begin, live_end, (void *)(fn)                                  \
	}
#define LIVE_GROUP(name, tests)                                                                    \
	int name##_run(void)                                                                       \
	{                                                                                          \
		return cmocka_run_group_tests_name(#name, tests, NULL, NULL);                      \
	}

int live_begin(void **state);
int live_end(void **state);
void live_run(void **state);
/*
 * Fails the test when anything was lost. Two losses depend on chance, and need another try: since
 * v7.0 tracepoints can be preempted, and what another task hits while a program is preempted is
 * left out; and perf withholds faults while a tick is late (max_samples_per_tick), as on an
 * overloaded host.
 */
void losses_none(const struct trace *t);
/* Fails the test when anything was lost but by these: with that many at once some always are. */
void losses_by_chance(const struct trace *t);
/* Gives back what the test took and runs it anew, for why; returns when that was often enough. */
void live_anew(const char *why);

/* Each returns how many of its tests failed. */
int harness_run(void);
int stalls_run(void);
int causes_run(void);
int culprits_run(void);
int filters_run(void);
int faults_run(void);
int intervals_run(void);
int swap_run(void);
int truth_run(void);
int ustacks_run(void);
int oom_run(void);
int oom_report_run(void);
int oom_kinds_run(void);
int oom_growth_run(void);
int oom_files_run(void);
int oom_recorder_run(void);
int oom_service_run(void);
int cli_run(void);
int weather_run(void);
int ladder_run(void);
int rungs_run(void);
int replay_run(void);
int record_run(void);
/* These need a machine of their own: only when MEMTRACE_TEST_VM is set. */
int global_run(void);
int oom_global_run(void);
int memcg2_run(void);
int soft_run(void);

/* A cgroup of 32 MiB with swap, in which SQUEEZE makes some hundred memcg stalls at least. */
void squeeze_cgroup(struct cgroup *cg, const char *name);
#define SQUEEZE "anon", "48", "1.0"
/* How many tracepoints of that name a thread hit. */
size_t tracepoints_of(const struct tracepoint *tp, size_t n, pid_t tid, const char *name);
extern const char memcg_begin[], memcg_end[]; /* names of the tracepoints */
extern const char *const memcg_events[];      /* for tracer_start() */

#endif
