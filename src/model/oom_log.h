/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines of the kernel log about an OOM kill, as mm/oom_kill.c and mm/memcontrol.c print them from
 * 5.10 to 7.x.
 *
 * Layer: model, private. Pure functions: text in, facts out.
 *
 * A comm may hold anything (quotes, parentheses, text that looks like a key) but is at most 15
 * bytes long; a cgroup's name may hold anything at any length. So lines are known by what stands
 * where no name does, and names are found from the side where nothing else is.
 */
#ifndef MEMTRACE_OOM_LOG_H
#define MEMTRACE_OOM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "events.h"

enum oom_line_kind {
	OOM_LINE_OTHER,
	OOM_LINE_INVOKED,    /* comm, order, gfp, oom_score_adj: of the trigger */
	OOM_LINE_CPU,	     /* pid: of the trigger */
	OOM_LINE_MEMORY,     /* usage_bytes, limit_bytes (0 = none) of the cgroup */
	OOM_LINE_SWAP,	     /* the same of its swap (v2) or memory+swap (v1: memsw) */
	OOM_LINE_CONSTRAINT, /* see oom_constraint_parse() */
	OOM_LINE_KILLED,     /* pid, comm, uid, oom_score_adj and sizes: of the victim */
	OOM_LINE_GROUP,	     /* the rest of its cgroup follows (memory.oom.group) */
	OOM_LINE_REAPED,     /* pid */
	OOM_LINE_TASK,	     /* of the list of tasks, or its header */
};

struct oom_line {
	enum oom_line_kind kind;
	uint32_t pid, uid, order, gfp;
	int32_t oom_score_adj;
	bool memcg;	      /* OOM_LINE_KILLED: it was about a cgroup's limit */
	bool allocating_task; /* OOM_LINE_KILLED: no choice was made, whoever asked was killed */
	bool unable;	      /* OOM_LINE_REAPED: the reaper gave up */
	bool memsw;
	char comm[EV_COMM_LEN + 1];
	uint64_t total_vm_bytes, anon_rss_bytes, file_rss_bytes, shmem_rss_bytes, pgtables_bytes;
	uint64_t usage_bytes, limit_bytes;
	bool unlimited; /* limit_bytes is 0 because there is no limit */
};

/* Tells what kind of line it is and takes its figures out; what it does not hold is 0. */
void oom_line_parse(const char *text, struct oom_line *line);

struct oom_constraint {
	const char *name;      /* "system" "memcg" "cpuset" "mempolicy"; static; NULL = unknown */
	const char *oom_memcg; /* within text; NULL = none named */
	size_t oom_memcg_len;
	const char *task_memcg;
	size_t task_memcg_len;
};

/*
 * The "oom-kill:" line. comm: the victim's, from the line about its kill, without which a comm
 * that holds ",task=" cannot be told from the end of a cgroup's name; NULL or "" = not known.
 */
void oom_constraint_parse(const char *text, const char *comm, struct oom_constraint *out);

enum oom_frame_kind {
	OOM_FRAME_NONE, /* not of a stack */
	OOM_FRAME_MARK, /* belongs to one, but is no function that was surely called */
	OOM_FRAME,
};

/* A line of a call trace, as show_trace_log_lvl() and arm64's dump_backtrace() print it. */
enum oom_frame_kind oom_frame_parse(const char *text, const char **name, size_t *len);

#endif
