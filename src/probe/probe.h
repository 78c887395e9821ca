/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The BPF side, behind one object: open and load what this kernel accepts, attach, read.
 *
 * Layer: probe. May use event and util; with source/ the only user of libbpf. Called by the live
 * source. Functions return 0 or a negative errno; probe_error() then has the words.
 */
#ifndef MEMTRACE_PROBE_H
#define MEMTRACE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include "event.h"

struct probe_opts {
	size_t ring_bytes; /* rounded up to a power of two of at least one page */
	/* Watch only these; none of both = all. Borrowed during probe_open(). */
	const uint32_t *tgids, *tids;
	int ntgids, ntids;
	bool none;	     /* nothing yet: probe_watch() adds what is wanted */
	bool tree;	     /* and children of watched processes */
	bool cgroup_v1;	     /* the memory controller's hierarchy is v1 */
	bool examine;	     /* note what the verifier says of each program */
	bool stacks;	     /* take kernel stacks of sleeps */
	bool oom_stacks;     /* take kernel stacks of tasks that trigger an OOM kill */
	bool ustacks;	     /* take user stacks of major faults */
	uint32_t sample;     /* send every so many minor faults of a CPU one; 0 = none */
	bool psi;	     /* the kernel accounts pressure: in_memstall of tasks is kept */
	const char *disable; /* rungs to refuse, "SIGNAL:RUNG,...": for tests */
};

/* Takes one event; data is valid only during the call and is not checked yet. */
typedef void (*probe_event_fn)(void *ctx, const void *data, size_t size);

/* Is SIGNAL:RUNG, or SIGNAL:*, in such a list? NULL is an empty one. */
bool probe_disabled(const char *list, const char *signal, const char *rung);

struct probe;

/*
 * Opens and loads all programs this kernel accepts. *out must be closed also when this fails
 * (it then holds the error's words), unless it is NULL (out of memory).
 */
int probe_open(const struct probe_opts *opts, struct probe **out);
void probe_close(struct probe *p);
/*
 * In its place where there can be none: it is attached already, nothing ever happens, and each
 * signal is missing for the reason why. NULL: out of memory.
 */
struct probe *probe_none(const char *why);
const char *probe_error(const struct probe *p);

/* Attaches everything but what is attached on demand. fn gets the events of probe_consume(). */
int probe_attach(struct probe *p, probe_event_fn fn, void *ctx);
void probe_detach(struct probe *p);

/* Readable when the BPF side wants to be read early; -1 = never. */
int probe_fd(const struct probe *p);
/* Hands over all waiting events. Returns their number. */
int probe_consume(struct probe *p);

/* Adds a process to those watched. */
int probe_watch(struct probe *p, uint32_t tgid);

/*
 * Attaches what is of use only while major faults happen, or detaches it: it times their starts,
 * where they are not timed all along, and sees what reclaim drops from the page cache. Cheap when
 * nothing changes.
 */
int probe_arm_faults(struct probe *p, bool on);
bool probe_faults_armed(const struct probe *p);
/* Boottime ns during which fault starts were timed, until now_ns. */
uint64_t probe_armed_ns(const struct probe *p, uint64_t now_ns);

/* Watches CPUs that came online since; returns how many. */
int probe_follow_cpus(struct probe *p);

/* One EV_TASK per thread of the watched processes. Returns -ENODATA when cut short. */
int probe_rows(struct probe *p, probe_event_fn fn, void *ctx);
/* One EV_SWAPOUT per process that wrote pages out: running totals. */
int probe_swapouts(struct probe *p, probe_event_fn fn, void *ctx);
/* One EV_SWAP_OWNER per cgroup whose pages were swapped out: running totals. */
int probe_swap_owners(struct probe *p, probe_event_fn fn, void *ctx);
/* Return addresses of kernel stack id (EV_SLEEP), innermost first. Returns their number or -errno.
 */
int probe_stack(struct probe *p, uint32_t id, uint64_t *addrs, int max);
/* The same of a user stack (EV_FAULT, EV_SAMPLE). */
int probe_ustack(struct probe *p, uint32_t id, uint64_t *addrs, int max);
/* Fills sig[], ring_bytes, perf_throttled, recursion_missed, causes_missed, open_* and
 * fault_probe_armed_ns. */
void probe_counters(struct probe *p, uint64_t now_ns, struct ev_counters *out);

/* The programs, where probe_opts.examine asked for it. Returns their number. */
int probe_programs(const struct probe *p, struct ev_program *out, int max);
/* What serves each signal. Returns their number. */
int probe_report(const struct probe *p, struct ev_probe *out, int max);

/* Enumerators of the kernel's BTF that name gfp bits; leaves the others as they are. */
void probe_gfp_names(const struct probe *p, char names[32][GFP_NAME_LEN]);

#endif
