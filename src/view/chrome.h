/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of the export to the Trace Event Format: what it keeps of threads and processes, and how
 * an event is written.
 *
 * Layer: view, private to export_chrome.c, chrome_*.c.
 */
#ifndef MEMTRACE_CHROME_H
#define MEMTRACE_CHROME_H

#include "export_impl.h"
#include "htab.h"

#define CHROME_HOST    4194305u /* pid of tracks that no process has: above PID_MAX_LIMIT */
#define CHROME_THREADS 16384
#define CHROME_PROCS   65536
#define CHROME_CGROUPS 4096
#define CHROME_SPANS   16
#define CHROME_SLEEPS  256 /* of one stall; the time of others is in its causes */

struct span {
	uint64_t begin, end;
};

/* A sleep that waits for the stall that it is part of. */
struct chrome_sleep {
	struct span at;
	uint32_t cause, stack;
};

/*
 * A track. Its slices must nest: spans are those it has that no other contains, in order; the
 * oldest are one where there were too many. Nothing more begins before floor_ns.
 */
struct chrome_thread {
	uint64_t start_ns, floor_ns;
	uint32_t pid, tid;
	char comm[EV_COMM_LEN];
	bool used;
	int nspans, nsleeps, room;
	uint32_t sleeps_more; /* that found no room */
	struct span span[CHROME_SPANS];
	struct chrome_sleep *sleep;
};

struct chrome_proc {
	uint64_t start_ns, cgroup;
	uint32_t pid;
	char comm[EV_COMM_LEN];
	bool used;
	bool shown; /* it has a track */
	bool sized;
	uint64_t stall_ns;
	uint64_t first_ns, rss; /* as first seen, then as last shown */
	bool rss_shown;
};

/* Slots of an array by key; where all are taken, one after the other has to make room. */
struct chrome_pool {
	struct htab tab;
	uint32_t *unused;
	uint32_t nunused, size, hand;
};

struct chrome_cgroup {
	uint64_t time_ns, psi_some_us, psi_full_us;
};

struct chrome_kswapd {
	uint64_t begin_ns;
	uint32_t runs;
	int32_t order;
	bool awake, known;
	char waker[EV_COMM_LEN];
	uint32_t waker_pid;
};
#define CHROME_NODES 64

struct chrome {
	struct json j;
	const struct model *model;
	uint64_t base_ns; /* ts counts from here */
	bool begun;
	struct chrome_pool thread_pool, proc_pool, cgroup_pool;
	struct chrome_thread *threads;
	struct chrome_proc *procs;
	struct chrome_cgroup *cgroups;
	struct chrome_kswapd kswapd[CHROME_NODES];
	uint64_t psi_some_us, psi_full_us, host_ns;
	uint64_t gone_ns; /* threads that had to make room have slices up to here */
	uint64_t min_ns;
	uint64_t shortened; /* slices that begin later than they should, so that they nest */
};

/* Events: opened with what all have; the caller adds members and closes. chrome_event.c */
void chrome_open(struct chrome *c, const char *ph, const char *name, uint32_t pid, uint32_t tid,
		 uint64_t at_ns);
void chrome_close(struct chrome *c);
/* A slice; "args" is left open: chrome_slice_close(). */
void chrome_slice(struct chrome *c, const char *cat, const char *name,
		  const struct chrome_thread *t, const struct span *at);
void chrome_args_close(struct chrome *c);
void chrome_counter(struct chrome *c, const char *name, uint32_t pid, uint64_t at_ns,
		    const char *series, uint64_t value);
/* The same with three decimals. */
void chrome_percent(struct chrome *c, const char *name, uint32_t pid, const struct span *of,
		    uint64_t us);
/* ph "M": {"name":kind, "args":{key:value}}. */
void chrome_meta_str(struct chrome *c, const char *kind, uint32_t pid, uint32_t tid,
		     const char *key, const char *value);
void chrome_meta_s64(struct chrome *c, const char *kind, uint32_t pid, uint32_t tid,
		     const char *key, int64_t value);

/* Tables: chrome_tracks.c. */
bool chrome_tracks_new(struct chrome *c);
void chrome_tracks_free(struct chrome *c);
/* The thread's track, the process; begun if need be. */
struct chrome_thread *chrome_thread(struct chrome *c, const struct ev_task *t);
struct chrome_proc *chrome_proc(struct chrome *c, const struct ev_task *t);
/* They have ended: names are written, the track is forgotten. */
void chrome_thread_end(struct chrome *c, uint32_t tid);
void chrome_proc_end(struct chrome *c, uint32_t pid);
void chrome_tracks_end(struct chrome *c);
/* NULL: no room. */
struct chrome_cgroup *chrome_cgroup(struct chrome *c, uint64_t id);

/*
 * Makes a place for a slice among the thread's own, which come in the order of their ends: its
 * begin is moved where it would cut another one in two. False: it is out of order, and has none.
 */
bool chrome_place(struct chrome *c, struct chrome_thread *t, struct span *at);

/* Stalls, and sleeps in them: chrome_stall.c. */
void chrome_stall(struct chrome *c, const struct ev_stall *ev);
void chrome_sleep(struct chrome *c, const struct ev_sleep *ev);
/* Sleeps whose stall did not come, those that ended before `until_ns`. */
void chrome_sleeps_alone(struct chrome *c, struct chrome_thread *t, uint64_t until_ns);
/* An event of a thread as a mark: what has no place, or no duration. Left open as a slice. */
void chrome_mark(struct chrome *c, const char *cat, const char *name, const struct chrome_thread *t,
		 uint64_t at_ns);

/* Curves: chrome_curves.c. */
void chrome_host(struct chrome *c, const struct ev_host *ev);
void chrome_cgstat(struct chrome *c, const struct ev_cgstat *ev);
void chrome_task(struct chrome *c, const struct ev_task_row *ev);

#endif
