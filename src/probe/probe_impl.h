/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of struct probe, for the files of this folder only.
 *
 * Layer: probe.
 */
#ifndef MEMTRACE_PROBE_IMPL_H
#define MEMTRACE_PROBE_IMPL_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "ladder.h"
#include "perf.h"
#include "probe.h"
#include "memtrace.skel.h"

#define PROBE_MAX_LINKS	   48
#define PROBE_MAX_PROGRAMS 64

struct probe {
	struct memtrace_bpf *skel;
	struct btf *btf;     /* the kernel's, while loading ... */
	struct types *types; /* ... and by name */
	char gfp_names[32][GFP_NAME_LEN];
	struct choice choice[LADDER_MAX_SIGNALS];
	struct bpf_link *links[PROBE_MAX_LINKS]; /* attached for the whole run ... */
	const char *linked[PROBE_MAX_LINKS];	 /* ... the name of each one's program */
	int nlinks;
	struct bpf_link *rows;			/* the task iterator */
	struct bpf_link *armed[RUNG_PROGS * 2]; /* attached on demand */
	int narmed;
	bool on_demand;	   /* they are */
	bool is_armed;	   /* starts of faults are noted */
	bool task_storage; /* the kernel has BPF task storage for tracing programs */
	uint64_t armed_since_ns, armed_total_ns;
	struct perf_faults *perf;   /* major faults */
	struct perf_faults *sample; /* minor ones, where they are sampled */
	struct ring_buffer *ring;
	probe_event_fn fn;
	void *ctx;
	size_t ring_bytes;
	struct ev_program programs[PROBE_MAX_PROGRAMS];
	int nprograms;
	int ncpus;		  /* possible CPUs: per-CPU maps have that many values */
	struct ev_counts *percpu; /* ncpus of them, to read one signal's counts into */
	char error[512];
};

/* Opens and loads the skeleton, stepping down the ladder until the kernel accepts it. */
int probe_load(struct probe *p, const struct probe_opts *opts);

/* Detaches and forgets all that was loaded; nothing is also fine. */
void probe_unload(struct probe *p);
/* Is it one of those that probe_load() attaches: fentry, fexit? */
bool probe_is_trampoline(const struct bpf_program *prog);
/* A program's link that lasts for the whole run. */
void probe_keep_link(struct probe *p, const struct bpf_program *prog, struct bpf_link *link);

/* Says, for -v, which programs the kernel skipped, and how often. */
void probe_log_misses(const struct probe *p);

/* Takes the names of gfp bits out of the kernel's BTF. */
void gfp_names_read(struct probe *p);

/* Keeps the words for probe_error(). Returns err. */
int __attribute__((format(printf, 3, 4)))
probe_fail(struct probe *p, int err, const char *fmt, ...);

#endif
