/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is read after an OOM kill: the cgroup at its limit and those above it, at once, and when
 * there is room again.
 *
 * Layer: source. Part of the live source, which says when; allocates nothing.
 */
#ifndef MEMTRACE_AFTERMATH_H
#define MEMTRACE_AFTERMATH_H

#include "cgwatch.h"
#include "kmsg.h"

#define AFTERMATH_PLACES 16
#define AFTERMATH_KILLS	 32
#define AFTERMATH_ZONES	 64

/* A cgroup is read no more often than that, however many are killed. */
#define AFTERMATH_READ_NS 100000000ull
/* How long after a kill room is looked for, and how often: at first, then. */
#define AFTERMATH_BEGIN_NS 2000000000ull
#define AFTERMATH_END_NS   10000000000ull
#define AFTERMATH_OFTEN_NS 10000000ull
#define AFTERMATH_THEN_NS  100000000ull
/* What the log says of a kill comes within this time of it. */
#define AFTERMATH_LOG_NS 1000000000ull

/* A kill that was heard of and not looked at yet. */
struct oom_heard {
	uint64_t time_ns;
	uint64_t cgroup; /* the one at its limit, else the victim's; 0 = not known */
	uint32_t pid;	 /* the victim's, or a thread of it */
	bool known;	 /* whether it was a cgroup's limit: */
	bool memcg;
	bool doubtful; /* the log alone has told of it so far */
};

/* A cgroup in which something was killed. */
struct oom_place {
	uint64_t cgroup, kill_ns, read_ns;
	bool waits; /* for room */
	char path[PATH_MAX];
};

typedef void (*aftermath_fn)(void *ctx, struct ev_hdr *ev);

struct aftermath {
	const struct sysroot *root; /* borrowed, as are: */
	const struct cgroups *cg;
	const struct cgwatch *watched; /* knows paths of cgroups that have gone */
	aftermath_fn fn;
	void *ctx;
	struct oom_heard heard[AFTERMATH_KILLS];
	int nheard;
	struct {
		uint32_t tgid, tid;
	} told[AFTERMATH_KILLS]; /* the latest victims that the probe told of: a ring */
	unsigned int ntold;
	struct kmsg_oom_place said; /* the log's latest word ... */
	uint64_t said_cgroup, said_ns;
	struct oom_place places[AFTERMATH_PLACES];
	bool machine;			       /* waits for room: */
	struct ev_zone zones[AFTERMATH_ZONES]; /* in those that were short */
	int nzones;
	uint64_t machine_kill_ns;
	uint64_t kill_ns; /* the latest of all; 0 = there was none */
};

/* What fn gets has all but the names it refers to. */
void aftermath_init(struct aftermath *a, const struct sysroot *root, const struct cgroups *cg,
		    const struct cgwatch *watched, aftermath_fn fn, void *ctx);

/* Takes note of a kill, or of what the kernel log says of one. */
void aftermath_note(struct aftermath *a, const struct ev_hdr *ev);
/* Is there a kill that only the log has told of? The probe may have it by now. */
bool aftermath_doubts(const struct aftermath *a);

/*
 * Does what is due at now_ns: fn gets EV_CGMEM and EV_OOM_BACK. Returns in how many ns it wants to
 * be called again; 0: when there is another kill.
 */
uint64_t aftermath_work(struct aftermath *a, uint64_t now_ns);

#endif
