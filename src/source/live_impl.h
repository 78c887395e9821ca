/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of struct source, for the live source's own files only.
 *
 * Layer: source.
 */
#ifndef MEMTRACE_LIVE_IMPL_H
#define MEMTRACE_LIVE_IMPL_H

#include "cgroup.h"
#include "cgwatch.h"
#include "htab.h"
#include "kmsg.h"
#include "names.h"
#include "probe.h"
#include "program.h"
#include "recorder.h"
#include "self.h"
#include "source.h"
#include "sysroot.h"
#include "targets.h"
#include "taskrow.h"

#define SWAPOUT_MAX 4096 /* as many as the BPF map holds */

/* What of each process's running totals has been handed on already. */
struct swapout_seen {
	struct htab index; /* (tgid, start) -> slot */
	uint64_t anon[SWAPOUT_MAX], file[SWAPOUT_MAX];
	uint32_t free_slots[SWAPOUT_MAX], nfree;
};

struct source {
	struct source_opts opts;
	struct sysroot root;
	struct protection protection;
	struct cgroups cgroups;
	struct probe *probe;
	struct names *names;
	struct program program;
	struct swapout_seen swapout;
	struct cgwatch cgwatch;
	struct recorder recorder;
	struct kmsg kmsg;
	struct kmsg_oom kmsg_oom;
	int kmsg_error;	      /* why the kernel log is not read; 0 = it is */
	bool log_only;	      /* no BPF: ... */
	struct taskrows rows; /* ... tasks are those of /proc */
	int epoll_fd, signal_fd;
	struct targets targets;
	uint64_t end_ns; /* events after it are not handed on; 0 = none yet */
	uint64_t last_fault_ns;
	uint64_t bad_events, rows_incomplete;
	uint32_t end_reason;
	bool examine; /* all that could be wanted, for doctor */
	bool cgroup_gone;
	int stop_signal; /* that ended the run */
	bool signalled;	 /* the signal went to PROGRAM */
	char error[640];
};

/* Keeps what source_error() is to say. Returns err. */
int source_fail(struct source *s, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Hands an event on, after the names it refers to. */
void source_emit(struct source *s, const struct ev_hdr *ev);
/* For an event from the BPF side: checks it first. */
void source_take(void *ctx, const void *data, size_t size);

/* Puts the kernel log and /proc in the place of BPF. Returns 0 or a negative errno. */
int logonly_open(struct source *s);
/* The processes there are, and what /proc serves in place of a signal. */
void logonly_rows(struct source *s);
void logonly_probe(struct ev_probe *ev);

/* META and PROBE events. */
void snapshot_begin(struct source *s);
/* Everything that is read once an interval, then a TICK. */
void snapshot_take(struct source *s, bool last);
/* Turns running totals into growth; false when there is none. */
bool swapout_growth(struct swapout_seen *seen, struct ev_swapout *ev);
void swapout_forget(struct swapout_seen *seen, const struct ev_task *t);
int swapout_init(struct swapout_seen *seen);

/* Opens the log, for records from now on. Returns 0 or -errno. */
int kernlog_open(struct source *s);
/* New records of the kernel log that tell of OOM kills. */
void kernlog_drain(struct source *s);

#endif
