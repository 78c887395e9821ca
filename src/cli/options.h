/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line: one table of options, which parses, checks and explains itself.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_OPTIONS_H
#define MEMTRACE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "view.h"

#define MAX_IDS 256

enum command_id {
	CMD_SUMMARY,
	CMD_STALLS,
	CMD_FAULTS,
	CMD_SWAP,
	CMD_OOM,
	CMD_DOCTOR,
	CMD_RECORD,
	CMD_REPORT,
	CMD_EXPORT,
	COMMANDS
};

enum export_format { EXPORT_NONE, EXPORT_CHROME, EXPORT_CSV, EXPORT_JSONL, EXPORT_FOLDED };

struct options {
	enum command_id command;
	uint32_t pids[MAX_IDS], tids[MAX_IDS];
	int npids, ntids;
	const char *comm;
	bool has_uid;
	uint32_t uid;
	const char *cgroup;
	uint64_t min_ns;
	bool has_min;
	uint64_t duration_ns, interval_ns;
	uint64_t ring_bytes;
	int rows;
	const char *output;
	bool json, no_color, verbose, quiet;
	bool kernel_stacks, user_stacks, threads;
	const char *folded;
	uint32_t sample; /* minor faults of a CPU that one stands for; 0 = none is sampled */
	uint64_t churn_ns;
	bool has_churn;
	enum sort_key sort;
	const char *dir; /* of reports; NULL = none */
	uint32_t keep;	 /* so many reports there */
	uint64_t history_ns, history_bytes;
	const char *exec; /* command for each report; NULL */
	bool journal;
	const char *live_option; /* the last one given that is about tracing only; NULL */
	const char *oom_option;	 /* the last one of command oom that was given; NULL */
	const char *read;	 /* recording that stands in for the kernel; NULL */
	const char *from, *to;	 /* which part of it, as given; NULL */
	uint64_t max_size;	 /* of a recording, bytes; 0 = no limit */
	uint64_t ring_ns;	 /* so much of the past stays in a recording; 0 = all */
	const char *html;	 /* file of report's page; NULL */
	enum export_format format;
	const char *table;	      /* kind of event that export writes; NULL = all */
	const char *recording_option; /* the last one about recordings that was given; NULL */
	bool help, version;
	char **program; /* argv after "--"; NULL = none */
};

/*
 * Parses argv (permuting it). Strings in *o point into argv. Returns 0, or -EINVAL after saying on
 * stderr what is wrong.
 */
int options_parse(int argc, char **argv, struct options *o);

/* "summary", ... */
const char *command_name(enum command_id id);
/* Has this build the library that it needs? */
bool command_is_built(enum command_id id);

/* --help. */
void options_help(FILE *out);

#endif
