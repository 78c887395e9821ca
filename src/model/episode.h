/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM episodes until they are reported: kills that belong together, and what is to be remembered of
 * the moment of the first one, since all of it may be gone when the report is put together.
 *
 * Layer: model, private. episode.c keeps them, oom_dump.c and oom_cgmem.c add what the kernel log
 * and the cgroup files say, candidates.c who else could have been chosen; report.c tells it all.
 * All memory is taken at the start, and only if reports are wanted.
 */
#ifndef MEMTRACE_EPISODE_H
#define MEMTRACE_EPISODE_H

#include "model_impl.h"
#include "oom_tasks.h"

#define EPISODES      8 /* there is memory for */
#define EPISODES_OPEN 4 /* may wait: when there are more, the oldest is over */
#define EPISODE_NS    NS_PER_S
#define OOM_USERS     1024 /* as many as the source tells of */
#define OOM_STACK_LEN 1024
#define POOL_SPARE    4 /* a part of so many of the records is to be left, else the oldest is over */

struct episode_kill {
	struct oom *oom; /* NULL: it shared the memory of another that was killed */
	uint64_t time_ns, cgroup;
	struct report_process who;
	const char *own_cmdline; /* the copy that is who.cmdline, of those without a record */
};

/* What the kernel log's dump of a kill holds beside what its record has. */
struct oom_detail {
	const struct oom *oom; /* whose dump it is; NULL = none yet */
	bool allocating_task;
	bool has_tasks, has_stat, has_usage, has_swap;
	bool memsw;							 /* swap is memory+swap */
	uint64_t usage_bytes, limit_bytes, swap_bytes, swap_limit_bytes; /* EV_ABSENT: no limit */
	uint64_t stat[CGMEM_KEYS];					 /* EV_ABSENT */
	char stack[OOM_STACK_LEN];
	struct oom_choice choice;
};

struct episode {
	struct episode_kill kill[REPORT_KILLS]; /* as they were heard of */
	int n;
	uint64_t unrecorded[2]; /* kills that found no record: that the probe, the log told of */
	uint64_t first_ns, last_ns;
	uint64_t heard_ns; /* model's time when the latest kill was heard of */
	uint64_t back_ns;  /* memory was back after the latest one */
	bool continues, full;
	bool pressed; /* its room is needed: it is over */
	bool crowded; /* kills of others are in the kernel's count, too */

	struct ev_host before; /* kind 0: never read */
	uint64_t kills_after;  /* the kernel's count at the first reading after it; EV_ABSENT */
	uint64_t kmsg_lost;    /* lines of the log that had been lost before */

	const struct oom *trigger_of; /* the kill whose trigger this is */
	struct report_process trigger;
	const char *trigger_cmdline; /* the copy that is trigger.cmdline */

	uint64_t snapshot_ns; /* when the processes in it were read; 0 = there is none */
	uint64_t snapshot_memcg;
	struct oom_choice snapshot;
	struct oom_detail detail; /* of the first dump */

	struct ev_cgmem cgmem[REPORT_CGROUPS]; /* kind 0: not read */
	uint64_t cgmem_kill_ns;
};

#define LOSS_MARKS 10

/* What had been lost by some earlier ticks, so that a report tells of its own window only. */
struct loss_marks {
	struct {
		uint64_t time_ns;
		struct model_loss loss;
	} mark[LOSS_MARKS];
	uint32_t n; /* ever made */
};

struct oom_user {
	uint32_t uid;
	char name[33];
};

struct episodes {
	struct episode *order[EPISODES]; /* oldest first; beyond n those that are free */
	int n;
	int handed_out; /* 1: the oldest is what the report tells of */
	bool was_cut; /* the latest of those that are gone ended for want of room; its last kill */
	uint64_t was_last_ns;
	uint64_t latest_ns; /* the latest kill of all */
	uint32_t reports;

	struct oom_user user[OOM_USERS];
	uint32_t nusers; /* ever written */
	struct ev_vm vm;
	struct loss_marks losses;

	/* Of the dump whose lines come in. */
	struct oom_detail dump;
	bool in_stack, in_stat;
	struct oom_table table;	  /* its tasks */
	struct oom_table scratch; /* those of a snapshot while it is worked on */

	struct oom_choice now; /* for a report that was asked for */
	struct report report;
	struct ev_host host; /* that the report points at */
	struct episode list[EPISODES];
};

/* Only then is there any of this. */
static inline bool reports_wanted(const struct model *m)
{
	return m->episodes != NULL;
}

/* episode.c. Without opts.history_ns none of these does anything. */
int episodes_init(struct model *m);
void episodes_fini(struct model *m);
/* A record has been made or has changed: puts it into an episode once it is one's business. */
void episode_update(struct model *m, struct oom *o);
/* There is no room for a record of a kill. */
void episode_unrecorded(struct model *m, bool by_log);
/* It was no kill. */
void episode_drop(struct model *m, struct oom *o);
/* A process ended that has no record. */
void episode_exit(struct model *m, const struct ev_exit *ev);
/* Room for records runs out. */
void episode_press(struct model *m);
void episode_host(struct model *m, const struct ev_host *ev);
void on_oom_back(struct model *m, const struct ev_hdr *ev);
/* The episode that a kill is in; NULL = none that is unreported. */
struct episode *episode_of(const struct model *m, const struct oom *o);
/* Is it over, so that it may be told? */
bool episode_over(const struct model *m, const struct episode *e, uint64_t settle_ns);
/* The oldest has been told: forgets it. */
void episode_release(struct model *m);
/* Leaves one of its kills out; brings its times in line with those that are left. */
void episode_forget(struct model *m, struct episode *e, int at);
void episode_retime(struct episode *e);

/* sharers.c. Marks those whose memory is the victim's; was it marked, and not long ago? */
void sharers_mark(struct model *m, const struct proc *victim, uint64_t kill_ns);
bool sharer_marked(const struct proc *p, uint64_t time_ns);

/* loss_window.c. Notes now and then what has been lost; what was lost since that time. */
void losses_tick(struct model *m);
struct model_loss losses_since(const struct model *m, uint64_t from_ns);

/* who.c */
void on_user(struct model *m, const struct ev_hdr *ev);
const char *user_name(const struct model *m, uint32_t uid);
void who_parent(const struct model *m, uint32_t ppid, struct report_process *who);
/* All that is known of a task's process now; the strings are not copied. */
void who_fill(const struct model *m, const struct ev_task *t, struct report_process *who);

/* oom_dump.c. A line of an open dump; the dump begins; the kill that it was about. */
void dump_detail_begin(struct model *m);
void dump_detail(struct model *m, const struct oom_line *line, const char *text);
void dump_detail_take(struct model *m, struct oom *o, bool allocating_task);

/* oom_cgmem.c */
/* The cgroup at its limit, by the probe or by the log's path; 0 = none or unknown. */
uint64_t oom_memcg(const struct model *m, const struct oom_record *rec);
void on_cgmem(struct model *m, const struct ev_hdr *ev);
/* Takes the figures of a record of memory.stat lines into stat[]; false if it is no such record. */
bool cgmem_parse(const char *text, uint64_t stat[CGMEM_KEYS]);
void cgmem_report(const struct model *m, const struct episode *e, const struct oom_record *rec,
		  struct report *r);

/* candidates.c */
void on_vm(struct model *m, const struct ev_hdr *ev);
/* oc->totalpages of the kernel for a cgroup with these limits; EV_ABSENT = none. */
uint64_t memcg_total_pages(const struct model *m, uint64_t limit, uint64_t swap_limit, bool memsw);
uint64_t host_total_pages(const struct model *m);
/* Tasks of the table that had been killed before are no candidates. */
void candidates_mark_dying(const struct model *m, struct oom_table *t, const struct oom *but);
/* From the process table: of the machine, or of a kill. */
void candidates_snapshot(struct model *m, const struct oom *o, struct oom_choice *out);

#endif
