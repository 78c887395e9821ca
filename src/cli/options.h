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

enum command_id { CMD_SUMMARY, CMD_STALLS, CMD_FAULTS, CMD_SWAP, CMD_OOM, CMD_DOCTOR, COMMANDS };

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
	enum sort_key sort;
	const char *dir; /* of reports; NULL = none */
	uint32_t keep;	 /* so many reports there */
	uint64_t history_ns, history_bytes;
	const char *exec; /* command for each report; NULL */
	bool journal;
	const char *oom_option; /* the last one of command oom that was given; NULL */
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

/* --help. */
void options_help(FILE *out);

#endif
