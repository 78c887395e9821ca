/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ladder: for each signal the sources that can give it, best first. Loading picks the first
 * one this kernel accepts, by asking the kernel's BTF and by trial, never by version number.
 *
 * Layer: probe. Used by probe/ only; the outcome leaves it as struct ev_probe.
 *
 * To add a source, add a rung to the table in signals.c and its programs to bpf/.
 */
#ifndef MEMTRACE_LADDER_H
#define MEMTRACE_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include "event.h"
#include "types.h"

enum need_kind {
	NEED_NONE,
	NEED_TP,      /* tracepoint with these arguments */
	NEED_FUNC,    /* kernel function with these arguments, open to BPF trampolines */
	NEED_KFUNC,   /* kernel function in BTF, callable from BPF */
	NEED_HELPER,  /* BPF helper: enumerator of enum bpf_func_id */
	NEED_NO_TYPE, /* the kernel has no such struct (any more) */
	NEED_RUNG,   /* name is SIGNAL:RUNG, of a signal further up, which was chosen; RUNG * is any
		      */
	NEED_ENTRY,  /* this architecture raises the page fault tracepoints */
	NEED_TREE,   /* children are to be followed (an option, not a kernel feature) */
	NEED_STACKS, /* kernel stacks are asked for (an option, too) */
	NEED_OOM_STACKS, /* those of tasks that trigger an OOM kill are (an option, too) */
	NEED_USTACKS,	 /* user stacks of major faults are asked for (an option, too) */
	NEED_SAMPLE,	 /* minor faults are to be sampled (an option, too) */
	NEED_PSI,	 /* the kernel accounts memory pressure */
	NEED_MEMBER,	 /* struct name has a member args */
};

/*
 * args: types as BTF names them, "gfp_t, int, struct mem_cgroup *"; a final "..." stands for
 * whatever else there is. The verifier would take a number for another: only this tells them apart.
 */
struct need {
	enum need_kind kind;
	const char *name;
	const char *args;
};

#define RUNG_PROGS 4
#define RUNG_NEEDS 4

struct rung {
	const char *name;   /* unique within its signal; SIGNAL:NAME refuses it on request */
	const char *source; /* what doctor shows */
	const char *progs[RUNG_PROGS];
	struct need needs[RUNG_NEEDS];
	const char *lacks; /* what it cannot do that a better rung can; NULL = nothing */
	bool variant;	/* the rung above is the same thing on another kernel, not a better one */
	bool on_demand; /* attached only while it is needed */
};

#define SIGNAL_RUNGS 5

struct signal_desc {
	const char *name;
	const char *without; /* what a user misses when no rung holds */
	struct rung rungs[SIGNAL_RUNGS];
};

extern const struct signal_desc ladder_signals[];
extern const int ladder_nsignals;
#define LADDER_MAX_SIGNALS 40

/* Why a rung was refused. */
struct refusal {
	char why[192]; /* "" = it was not */
	bool by_trial; /* the kernel has all it needs, yet said no */
};

/* The choice for one signal. */
struct choice {
	const struct rung *rung; /* NULL: none holds */
	struct refusal refused[SIGNAL_RUNGS];
};

struct ladder_opts {
	const char *disable; /* "stall.target:limit,..." rungs to refuse; NULL = none */
	bool tree, stacks, oom_stacks, ustacks, sample, psi;
	/* Can a BPF trampoline be put on the kernel function with this BTF id? 0 or -errno. */
	int (*trampoline)(__u32 btf_id);
};

/*
 * Fills choice[i] for ladder_signals[i] by what the kernel's BTF says; rungs with a reason in
 * refused[] already (a failed trial) stay refused.
 */
void ladder_choose(const struct types *types, const struct ladder_opts *opts,
		   struct choice *choice);

/* Refuses the rung that owns this program. Returns false when no chosen rung does. */
bool ladder_refuse(struct choice *choice, const char *prog, const char *why);

/* Nothing serves any signal, for this one reason. */
void ladder_refuse_all(struct choice *choice, const char *why);

/* Once nothing is chosen anew: refuses the rungs that need one which was refused since. */
void ladder_refuse_dependents(struct choice *choice);

/* Does a chosen rung use this program? *on_demand tells whether it waits for its time. */
bool ladder_uses(const struct choice *choice, const char *prog, bool *on_demand);

/* Is this rung (SIGNAL, NAME) the chosen one? */
bool ladder_is(const struct choice *choice, const char *signal, const char *rung);

/* Has this enum of the kernel an enumerator of that name? */
bool ladder_enum_has(const struct types *types, const char *enum_name, const char *value);

/* strerror(), also of the errors that the kernel has for itself, as ENOTSUPP. */
const char *ladder_strerror(int err);

/* The outcome as an event (hdr is the caller's). */
void ladder_report(const struct choice *choice, int signal, struct ev_probe *out);

#endif
