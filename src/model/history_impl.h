/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of the flight recorder: what its files share.
 *
 * Layer: model, private. Only history*.c include this, and their unit test.
 *
 * Files: history.c takes the memory, lays it out and moves from slot to slot; what the host did is
 * its part. history_process.c keeps what processes did, history_who.c who they were,
 * history_cgroup.c cgroups, history_run.c stalls in a row. history_report.c fills a report in,
 * history_grow.c its processes.
 *
 * The memory is a ring of slots, each of an interval or, where these are short, of several. The
 * slot `seq` is open: stalls go into it as they come, sizes at each tick, the last of them stays.
 * A track is a process with a cell in each slot; all other processes are added up in the slot's
 * `others`. At any tick tracks and others together are all processes. In the cell of a slot in
 * which its process had no memory, or did not live, all sizes are 0.
 */
#ifndef MEMTRACE_HISTORY_IMPL_H
#define MEMTRACE_HISTORY_IMPL_H

#include "history.h"
#include "model_impl.h"

#define HISTORY_SLOTS	  300 /* at most */
#define HISTORY_SLOTS_MIN 8
#define HISTORY_SLACK	  (15 * NS_PER_S) /* a report is written some time after the kill */
#define HISTORY_CGROUPS	  256		  /* at most */
#define HISTORY_RUNS	  4096		  /* at most */
#define HISTORY_CMDLINE	  256
#define HISTORY_GAP_NS	  NS_PER_S /* stalls less far apart are in a row */

#define NO_TRACK UINT32_MAX
#define NO_PAGES UINT32_MAX /* a size that is not known */

/* Of a process in a slot. */
struct history_cell {
	uint32_t anon, file, shmem, swap; /* pages */
	uint64_t stall_ns;
	uint32_t stalls, majfaults;
};

/* Of all processes without a track. */
struct history_others {
	uint64_t processes;		  /* that had memory */
	uint64_t anon, file, shmem, swap; /* pages */
	uint64_t stall_ns, stalls, majfaults;
	uint64_t left; /* pages of those that were given a track, which are here no more */
};

struct history_cgcell {
	uint32_t usage, limit, anon, file, shmem, swap; /* pages, NO_PAGES; file without shmem */
	uint64_t stall_ns; /* of its own tasks, or forced by its limit */
	uint32_t stalls, majfaults;
};

struct history_slot {
	struct report_sample host; /* without cgroup and victim */
	uint64_t begin_ns;
	struct history_others others;
};

/* What each tick needs of a process ... */
struct track {
	uint64_t start_ns;
	uint32_t tgid;
	uint32_t first, last; /* slots */
	uint32_t size;	      /* pages when it last had any */
	uint32_t came_with;   /* pages, if it was among the others before `first` */
	bool used, ended, described;
};

/* ... and what only a report does. */
struct track_who {
	uint64_t cgroup;
	uint32_t ppid, uid;
	char comm[EV_COMM_LEN + 1], parent_comm[EV_COMM_LEN + 1];
	char cmdline[HISTORY_CMDLINE]; /* "" = not known */
};

struct cgroup_track {
	uint64_t id;
	uint64_t majfaults; /* total as last read; EV_ABSENT */
	uint64_t memory;    /* share of its limit that it uses, of 1024 */
	uint32_t last;	    /* slot */
};

/* Stalls for the same reason, each less than HISTORY_GAP_NS after one before; a kill ends it. */
struct run {
	uint64_t scope; /* 0 = the machine, else the cgroup at its limit */
	uint64_t begin_ns, end_ns;
	uint64_t stalls, vain; /* vain: reclaimed nothing */
	uint64_t kill_ns;      /* the latest kill before it */
};

/* Totals of the host at the last tick; EV_ABSENT. */
struct history_base {
	uint64_t psi_some_ns, psi_full_ns, kswapd_ns, majfaults, swapin, swapout;
};

struct history {
	char *mem; /* all there is, mem_used of it given out */
	size_t mem_size, mem_used;
	bool laid_out;

	uint64_t interval_ns, step_ns; /* of a tick; of a slot */
	uint32_t nslots, seq;
	uint32_t slot_ticks;	    /* in the open slot */
	struct history_slot *slots; /* [nslots] */
	struct history_base base;

	struct track *tracks; /* [ntracks]; used ones are below fresh */
	struct track_who *whos;
	struct history_cell *cells; /* [nslots][ntracks] */
	uint32_t *track_free;	    /* those given back */
	uint32_t ntracks, fresh, nfree;
	uint32_t *track_of; /* [max_processes]: by slot of the process table */
	uint32_t *waiting;  /* processes of this tick that have none */
	uint32_t nwaiting;

	struct cgroup_track *cgroups;	/* [max_cgroups] */
	struct history_cgcell *cgcells; /* [nslots][max_cgroups] */
	uint32_t max_cgroups, ncgroups;
	struct htab cgroup_tab;

	struct run *runs; /* [max_runs], a ring */
	uint32_t max_runs;
	uint64_t nruns;	     /* ever written */
	struct htab run_tab; /* the latest of a scope */
	uint64_t kill_ns;    /* the latest kill */
};

/* Until it leaves the ring. */
static inline struct history_slot *history_slot(const struct history *h, uint32_t seq)
{
	return &h->slots[seq % h->nslots];
}

/* Of a track not before its first slot: what is there was another's. */
static inline struct history_cell *history_cell(const struct history *h, uint32_t seq, uint32_t t)
{
	return &h->cells[(size_t)(seq % h->nslots) * h->ntracks + t];
}

/* Of a cgroup, unknown where it was not read. */
static inline struct history_cgcell *history_cgcell(const struct history *h, uint32_t seq,
						    uint32_t cg)
{
	return &h->cgcells[(size_t)(seq % h->nslots) * h->max_cgroups + cg];
}

/* The oldest slot that is still kept. */
static inline uint32_t history_oldest(const struct history *h)
{
	return h->seq < h->nslots ? 0 : h->seq - h->nslots + 1;
}

/* RSS and swap. */
static inline uint64_t cell_pages(const struct history_cell *c)
{
	return (uint64_t)c->anon + c->file + c->shmem + c->swap;
}

/* The same of the others. */
static inline uint64_t others_pages(const struct history_others *o)
{
	return o->anon + o->file + o->shmem + o->swap;
}

/* What sizes in cells are counted in, bytes. */
static inline uint64_t history_page_size(const struct model *m)
{
	return m->meta.page_size ? m->meta.page_size : 4096;
}

/* history.c. The recorder, laid out; NULL when there is none. */
struct history *history_ready(struct model *m);
/* A piece of the recorder's memory, zeroed; NULL when there is no such piece left. */
void *history_take(struct history *h, size_t n, size_t size);

/* history_process.c */
void tracks_layout(struct model *m, struct history *h);
void tracks_tick(struct model *m, struct history *h);
/* A slot is opened: what was in its place is gone. */
void tracks_open_slot(struct history *h);
void tracks_stall(struct model *m, struct history *h, const struct ev_stall *ev);

/* history_who.c: notes who has the track; tells it. */
void track_note(const struct model *m, uint32_t t, const struct proc *p);
void track_describe(const struct model *m, uint32_t t, struct report_process *out);

/* history_cgroup.c. The lookup is NO_TRACK when there is none. */
int cgroup_tracks_init(struct history *h, size_t bytes);
void cgroup_tracks_layout(struct history *h);
void cgroup_tracks_open_slot(struct history *h);
void cgroup_tracks_stall(struct history *h, const struct ev_stall *ev);
uint32_t cgroup_track_find(const struct history *h, uint64_t cgroup);

/* history_run.c */
int runs_init(struct history *h, size_t bytes);
void runs_stall(struct history *h, const struct ev_stall *ev);
void runs_report(const struct history *h, struct report *r, uint64_t scope);

/* A range of slots that are closed. */
struct history_range {
	uint32_t from, to;  /* to: the one after the last */
	uint32_t kill;	    /* the one after the last before the first kill */
	uint32_t last_kill; /* the same of the last */
};

/* history_report.c: the track of a victim, NO_TRACK when there is none. */
uint32_t history_victim(const struct history *h, const struct report_kill *k);

/* history_grow.c: growers within the cgroup that was at its limit (0: the machine), others,
 * sufferers. */
void history_processes(const struct model *m, struct report *r, const struct history_range *range,
		       uint64_t cgroup);

#endif
