/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What memtrace was asked when it recorded, kept in the table `run` (key, value): a view of the
 * recording begins with the same. Each member is a row of its name; what was not asked has none.
 *
 * Layer: store.
 */
#ifndef MEMTRACE_RUN_H
#define MEMTRACE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#define RUN_IDS_MAX 256

struct run_info {
	/* As the writer wants them they are borrowed, as the reader gives them they are its own. */
	const char *version;  /* of memtrace, "0.1.0" */
	const char *command;  /* the command line, words joined by blanks */
	const char *watching; /* the filters in words */
	const char *program;  /* argv[0] of PROGRAM; NULL */
	const char *comm;     /* filter -n; NULL */
	const char *cgroup;   /* filter -c, a path below the hierarchy's root; NULL */
	uint32_t pids[RUN_IDS_MAX], tids[RUN_IDS_MAX]; /* "1,2,3" in the table */
	int npids, ntids;
	bool has_uid;
	uint32_t uid;
	uint32_t program_pid; /* 0 = none */
	bool kernel_stacks, user_stacks;
	uint32_t sample;
	uint64_t churn_ns;
	uint64_t ring_ns; /* only so long is kept; 0 = all of it */
};

#endif
