/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The story of an OOM episode: all that its report says, gathered in one place of fixed size, so
 * that it can be written while memory is out and after the processes and cgroups in it have gone.
 *
 * Layer: model. Part of model.h, which includes it. report.c fills it in; views only word it.
 *
 * Times are boottime ns, 0 = not known or not seen. Sizes are bytes; EV_ABSENT = not known.
 * Strings belong to the model and are good until the next model_event(); NULL = not known.
 */
#ifndef MEMTRACE_REPORT_H
#define MEMTRACE_REPORT_H

#include "stats.h"

#define REPORT_KILLS	  64
#define REPORT_CANDIDATES 48
#define REPORT_SAMPLES	  120
#define REPORT_GROWERS	  12
#define REPORT_SUFFERERS  12
#define REPORT_CGROUPS	  10

/* Who a process was. */
struct report_process {
	uint64_t start_ns;
	uint32_t pid, ppid, uid;
	char comm[EV_COMM_LEN + 1];
	char parent_comm[EV_COMM_LEN + 1]; /* "" = not known */
	const char *user;		   /* name of uid */
	const char *cmdline;
	const char *cgroup; /* path */
};

struct report_kill {
	/* NULL: no kill of its own: it ended by SIGKILL with another whose memory it shared. */
	const struct oom_record *rec;
	uint64_t time_ns;
	struct report_process victim;
};

/* The cgroup at its limit (level 0) or one above it; of a kill for the machine the victim's. */
struct report_cgroup {
	uint64_t id;
	uint32_t level;
	const char *path;
	uint64_t usage_bytes, limit_bytes, high_bytes;
	uint64_t swap_bytes, swap_limit_bytes; /* v1: memory+swap */
	uint64_t read_ns;		       /* when its figures were read */
	bool stat_from_log; /* value[] up to the events is of the kill itself, by the kernel log */
	bool oom_group;
	uint64_t value[CGMEM_KEYS]; /* EV_ABSENT */
};

/* A process the kernel could have chosen. */
enum candidate_bar {
	CANDIDATE_OK = 0,
	CANDIDATE_PROTECTED, /* oom_score_adj is -1000 */
	CANDIDATE_DYING,     /* it had been killed before, by the same episode */
};
struct oom_candidate {
	uint32_t pid, uid;
	uint32_t tid; /* the thread that stands for it in the log's table; 0 = it is of a snapshot
		       */
	char comm[EV_COMM_LEN + 1];
	uint64_t total_vm_bytes, rss_bytes, anon_bytes, file_bytes, shmem_bytes;
	uint64_t swap_bytes, pgtables_bytes;
	int32_t oom_score_adj;
	int64_t points; /* oom_badness(): pages of rss, swap and page tables, plus adj's share */
	enum candidate_bar bar;
	bool killed; /* it is one of the episode's victims */
};
enum candidates_source {
	CANDIDATES_NONE = 0,
	CANDIDATES_LOG,	     /* the kernel's own table of the first kill: exact */
	CANDIDATES_SNAPSHOT, /* the last snapshot before it */
};
/* Why the first victim does not lead the table. */
enum rank_reason {
	RANK_FIRST = 0, /* it does */
	RANK_TASK,	/* vm.oom_kill_allocating_task: whoever asks is killed */
	RANK_GROUP,	/* another of its cgroup was chosen: memory.oom.group */
	RANK_SNAPSHOT,	/* the table is of before the kill */
	RANK_MOVED,	/* sizes went on changing between the choice and the table */
	RANK_NOT_IN,	/* the victim is not in the table */
	RANK_UNKNOWN
};

/*
 * A moment of the time before and after the kill; growth is since the sample before. Cache is what
 * can be given back: without what is in tmpfs, which is shmem.
 */
struct report_sample {
	uint64_t time_ns, length_ns; /* its end, and how long it was */
	uint64_t free_bytes, available_bytes, cache_bytes, dirty_bytes, slab_bytes;
	uint64_t anon_bytes, shmem_bytes, swap_used_bytes;
	uint64_t psi_some_ns, psi_full_ns; /* growth */
	uint64_t kswapd_ns, stall_ns, stalls, majfaults, swapin_pages, swapout_pages;
	/* Of the cgroup at its limit, when the constraint is memcg. */
	uint64_t cg_usage_bytes, cg_limit_bytes, cg_anon_bytes, cg_file_bytes, cg_shmem_bytes;
	uint64_t cg_swap_bytes;
	uint64_t cg_stall_ns, cg_stalls, cg_majfaults; /* growth */
	/* Of the first victim. */
	uint64_t victim_rss_bytes, victim_swap_bytes;
};

/* How a machine or a cgroup runs out, stage by stage; one that was never reached is not known. */
enum stage_id {
	STAGE_FREE = 0, /* free memory (room below the limit) is used up */
	STAGE_CACHE,	/* page cache is given back */
	STAGE_SWAP,	/* swap fills */
	STAGE_OOM,	/* nothing is left: the kill */
	STAGES
};
struct stage {
	bool known;
	uint64_t begin_ns;
	uint64_t from_bytes, to_bytes; /* of what the stage is about, at its begin and its end */
};

enum growth_shape {
	SHAPE_UNKNOWN = 0, /* too few samples */
	SHAPE_FLAT,	   /* did not grow to speak of */
	SHAPE_STEADY,	   /* grew in most samples: a leak, or a working set that fills */
	SHAPE_BURST,	   /* most of it came at once */
};
struct grower {
	struct report_process who;
	bool killed;
	uint64_t from_ns, to_ns; /* the part of the window in which it was seen */
	/* RSS and swap together, then and at the end; at the last sample if that is all there is.
	 */
	uint64_t first_bytes, last_bytes;
	int64_t anon_growth, shmem_growth, file_growth, swap_growth;
	uint64_t rate_bytes; /* per second, while it grew */
	enum growth_shape shape;
	uint64_t burst_ns; /* SHAPE_BURST: within so long */
};

/* Another process that had to wait. */
struct sufferer {
	struct report_process who;
	uint64_t stall_ns, stalls, majfaults;
};

enum report_reason { REPORT_OOM = 0, REPORT_ASKED = 1 /* no kill: somebody wanted to know */ };

struct report {
	enum report_reason reason;
	uint32_t id;		    /* of the episode, from 1 in each run */
	bool continues;		    /* the episode before ended only because it was full */
	uint64_t from_ns, to_ns;    /* the window that it looks at */
	uint64_t first_ns, last_ns; /* first and last kill; REPORT_ASKED: both now */
	uint64_t written_ns;	    /* when it was put together */
	struct report_kill kills[REPORT_KILLS];
	int nkills;
	/* By us, as the kernel counts: some of a group twice, sharers not, those without room too.
	 */
	uint64_t kills_counted;
	uint64_t kills_kernel; /* vmstat oom_kill over the window's ticks; EV_ABSENT */

	/* All that follows is about the first kill. */
	struct report_process trigger;
	const char *trigger_stack; /* functions, innermost first, ';' between them */
	bool trigger_stack_from_log;

	bool memsw; /* cgroup v1: their swap is memory and swap together */
	struct report_cgroup cgroups[REPORT_CGROUPS]; /* by level */
	int ncgroups;

	struct oom_candidate candidates[REPORT_CANDIDATES]; /* most points first */
	int ncandidates;
	uint64_t candidates_all;	/* how many there were */
	uint64_t candidates_rest_bytes; /* RSS of those that are not listed */
	enum candidates_source candidates_source;
	uint64_t candidates_age_ns; /* CANDIDATES_SNAPSHOT: how long before the kill */
	uint64_t total_pages;	    /* what adj is a share of; 0 = not known */
	int victim_rank;	    /* from 1; 0 = not in the table */
	enum rank_reason rank_reason;

	struct report_sample samples[REPORT_SAMPLES]; /* oldest first */
	int nsamples;
	struct stage stages[STAGES];
	struct grower growers[REPORT_GROWERS]; /* most first */
	int ngrowers;
	uint64_t others_processes; /* without a history of their own: no room ... */
	int64_t others_growth;	   /* ... and what they grew by, together */

	/* Phases, in the order they ought to come. */
	uint64_t first_stall_ns; /* begin of the first stall there in the window */
	uint64_t last_run_ns;	 /* begin of the stalls in a row that ended with the kill */
	uint64_t retries;	 /* stalls there since, and of these those that reclaimed nothing */
	uint64_t retries_vain;
	uint64_t kill_ns, reap_wake_ns, reap_start_ns, reap_end_ns, reap_skip_ns, exit_ns;
	uint64_t back_ns;   /* memory was back above the high watermark (limit: some room again) */
	bool back_given_up; /* it was not, as long as that was watched */
	bool reap_slow;	    /* more than REPORT_REAP_SLOW_NS from the kill to the end or the exit */
	bool reap_failed;   /* the reaper skipped it, or gave up */

	struct sufferer sufferers[REPORT_SUFFERERS]; /* most first */
	int nsufferers;
	uint64_t suffer_stall_ns, suffer_majfaults; /* of all others, in the window */
	uint64_t suffer_processes;

	/* The machine, as last read before the first kill. */
	const struct ev_host *host; /* NULL = never read */
	struct ev_vm vm;	    /* EV_ABSENT what is not known */
	struct model_loss loss;
	bool log_whole; /* the kernel log could be read, and no line of it was lost meanwhile */
	bool no_bpf;	/* the kernel log is all there was */
};
#define REPORT_REAP_SLOW_NS 1000000000ULL

#endif
