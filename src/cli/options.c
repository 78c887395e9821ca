// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See options.h.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"
#include "option_args.h"
#include "option_checks.h"

static const struct {
	const char *name, *help;
} commands[COMMANDS] = {
	[CMD_SUMMARY] = {"summary",
			 "one page at the end: verdict, stalls, faults, swap, OOM (default)"},
	[CMD_STALLS] = {"stalls", "a line per stall as it ends"},
	[CMD_FAULTS] = {"faults", "fault rates per interval; at the end latencies and files"},
	[CMD_SWAP] = {"swap", "swap-in and swap-out per interval and process"},
	[CMD_OOM] = {"oom", "wait for OOM kills and report the whole story of each"},
	[CMD_DOCTOR] = {"doctor",
			"which signals this kernel gives, by which source, why no better"},
	[CMD_RECORD] = {"record", "keep everything in one file: record -o FILE"},
	[CMD_REPORT] = {"report", "look at it: report FILE, or as a web page with --html"},
	[CMD_EXPORT] = {"export", "hand it to other tools: export FILE --format FORMAT"},
};

#define KEEP_DEFAULT 100 /* reports */

/* Options without a short form have numbers above any character. */
enum {
	OPT_MIN = 256,
	OPT_NO_COLOR,
	OPT_BUFFER,
	OPT_ROWS,
	OPT_FOLDED,
	OPT_SAMPLE,
	OPT_CHURN,
	OPT_DIR,
	OPT_KEEP,
	OPT_HISTORY,
	OPT_HISTORY_MEMORY,
	OPT_EXEC,
	OPT_JOURNAL,
	OPT_FROM,
	OPT_TO,
	OPT_MAX_SIZE,
	OPT_RING,
	OPT_HTML,
	OPT_FORMAT,
	OPT_TABLE,
};

/* An option takes an argument (set) or is a flag (offset of a bool in struct options). */
struct option_desc {
	int key;
	const char *name, *arg, *help;
	const char *wants; /* what a bad argument is told to be */
	int (*set)(struct options *o, const char *arg);
	size_t flag;
};

#define FLAG(member) .flag = offsetof(struct options, member)

static const struct option_desc filters[] = {
	{'p', "pid", "PID[,PID]", "these processes", "process ids, like 17,42", set_pids, 0},
	{'t', "tid", "TID[,TID]", "these threads", "thread ids, like 17,42", set_tids, 0},
	{'n', "comm", "NAME", "processes of this name; * and ? match", "a name", set_comm, 0},
	{'u', "uid", "USER", "processes of this user", "a user's name or number", set_uid, 0},
	{'c', "cgroup", "PATH", "processes in this memory cgroup and below", "a cgroup's path",
	 set_cgroup, 0},
	{OPT_MIN, "min", "DURATION", "no lines for what is shorter (it still counts in totals)",
	 "a duration with its unit, like 100us or 1ms", set_min, 0},
};

static const struct option_desc options[] = {
	{'d', "duration", "SEC", "stop after this time", "a time above 0, like 30 or 500ms",
	 set_duration, 0},
	{'i', "interval", "SEC", "time between snapshots (1)", "a time of at least 0.1, like 5",
	 set_interval, 0},
	{'o', "output", "FILE", "write there instead of to stdout", "a file's name", set_output, 0},
	{'r', "read", "FILE", "look at this recording, not at the kernel", "a file's name",
	 set_read, 0},
	{OPT_FROM, "from", "TIME", "the part of it from here: 03:10, 03:10:20.5, +90s, -10m",
	 "a time", set_from, 0},
	{OPT_TO, "to", "TIME", "and up to here; + counts from its begin, - from its end", "a time",
	 set_to, 0},
	{'j', "json", NULL, "JSON Lines", NULL, NULL, FLAG(json)},
	{'K', "kernel-stacks", NULL, "where stalled tasks slept: kernel stacks", NULL, NULL,
	 FLAG(kernel_stacks)},
	{'U', "user-stacks", NULL, "user stacks of major faults", NULL, NULL, FLAG(user_stacks)},
	{OPT_FOLDED, "folded", "FILE", "user stacks as folded stacks there, for flame graphs",
	 "a file's name", set_folded, 0},
	{OPT_SAMPLE, "sample", "N", "user stacks of every Nth minor fault of a CPU, too",
	 "a number of faults above 0", set_sample, 0},
	{'L', "threads", NULL, "faults: a row per thread", NULL, NULL, FLAG(threads)},
	{'S', "sort", "KEY", "order of rows: major minor rss growth swap swap-growth in out pid",
	 "a column: major minor rss growth swap swap-growth in out pid", set_sort, 0},
	{OPT_CHURN, "churn", "SEC", "swapped-in pages were out too short if shorter than this (10)",
	 "a time of at least 1ms, like 30", set_churn, 0},
	{OPT_ROWS, "rows", "N", "rows of a table (20)", "a number from 1 to 100000", set_rows, 0},
	{OPT_BUFFER, "buffer", "SIZE", "ring buffer between kernel and memtrace (8M)",
	 "a size up to 1G, like 16M", set_buffer, 0},
	{OPT_NO_COLOR, "no-color", NULL, "no colours, also on a terminal", NULL, NULL,
	 FLAG(no_color)},
	{'v', "verbose", NULL, "say more about what goes on", NULL, NULL, FLAG(verbose)},
	{'q', "quiet", NULL, "no status line, no warnings", NULL, NULL, FLAG(quiet)},
	{'h', "help", NULL, "this text", NULL, NULL, FLAG(help)},
	{'V', "version", NULL, "version and what it was built with", NULL, NULL, FLAG(version)},
};

/* Of command oom only. */
static const struct option_desc oom_options[] = {
	{OPT_DIR, "dir", "DIR", "each report as .txt, .json and .md there, too",
	 "a directory's name", set_dir, 0},
	{OPT_KEEP, "keep", "N", "the newest N reports stay in DIR (100)",
	 "a number from 1 to 10000", set_keep, 0},
	{OPT_HISTORY, "history", "SEC", "how far a report looks back (60)",
	 "a time from 1s to 1h, like 60s", set_history, 0},
	{OPT_HISTORY_MEMORY, "history-memory", "SIZE", "memory for that, taken at the start (12M)",
	 "a size from 1M to 1G, like 12M", set_history_memory, 0},
	{OPT_EXEC, "exec", "CMD", "run by sh for each report in DIR: $1 is its .txt", "a command",
	 set_exec, 0},
	{OPT_JOURNAL, "journal", NULL, "an entry in systemd's journal for each", NULL, NULL,
	 FLAG(journal)},
};

/* Each of one of the commands about recordings only. */
static const struct option_desc recording_options[] = {
	{OPT_RING, "ring", "TIME", "record: only the last so much, like 10m",
	 "a time of at least 10s, like 10m", set_ring, 0},
	{OPT_MAX_SIZE, "max-size", "SIZE", "record: end (--ring: drop the oldest) at this size",
	 "a size of at least 1M, like 500M", set_max_size, 0},
	{OPT_HTML, "html", "FILE", "report: write a page for browsers there", "a file's name",
	 set_html, 0},
	{OPT_FORMAT, "format", "FORMAT", "export: chrome, csv, jsonl or folded",
	 "one of chrome csv jsonl folded", set_format, 0},
	{OPT_TABLE, "table", "NAME", "export: only this kind of event, like stall",
	 "a kind of event, like stall or fault", set_table, 0},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* All tables; those of single commands come last. */
static const struct {
	const struct option_desc *d;
	size_t n;
} groups[] = {
	{filters, COUNT(filters)},
	{options, COUNT(options)},
	{oom_options, COUNT(oom_options)},
	{recording_options, COUNT(recording_options)},
};
#define TOTAL (COUNT(filters) + COUNT(options) + COUNT(oom_options) + COUNT(recording_options))

static const struct option_desc *desc_at(size_t i)
{
	size_t g = 0;

	while (i >= groups[g].n)
		i -= groups[g++].n;
	return &groups[g].d[i];
}

static bool desc_is_oom(const struct option_desc *d)
{
	return d >= oom_options && d < oom_options + COUNT(oom_options);
}

static bool desc_is_recording(const struct option_desc *d)
{
	return d >= recording_options && d < recording_options + COUNT(recording_options);
}

static const struct option_desc *desc_of(int key)
{
	for (size_t i = 0; i < TOTAL; i++)
		if (desc_at(i)->key == key)
			return desc_at(i);
	return NULL;
}

static void build_getopt(struct option longs[TOTAL + 1], char shorts[2 * TOTAL + 3])
{
	char *s = shorts;

	*s++ = '+'; /* stop at the first word: it is the command, or belongs to PROGRAM */
	*s++ = ':';
	for (size_t i = 0; i < TOTAL; i++) {
		const struct option_desc *d = desc_at(i);

		longs[i] = (struct option){d->name, d->arg ? required_argument : no_argument, NULL,
					   d->key};
		if (d->key < 256)
			*s++ = d->key;
		if (d->key < 256 && d->arg)
			*s++ = ':';
	}
	longs[TOTAL] = (struct option){0};
	*s = 0;
}

/* Of what a recording cannot be asked any more. */
static bool desc_is_live(const struct option_desc *d)
{
	return d->key == 'd' || d->key == 'i' || d->key == 'K' || d->key == 'U' ||
	       d->key == OPT_SAMPLE || d->key == OPT_BUFFER || d->key == OPT_EXEC ||
	       d->key == OPT_JOURNAL;
}

static int take_option(struct options *o, const struct option_desc *d, const char *arg)
{
	int err;

	if (desc_is_live(d))
		o->live_option = d->name;
	if (desc_is_oom(d))
		o->oom_option = d->name;
	if (desc_is_recording(d))
		o->recording_option = d->name;
	if (!d->set) {
		*(bool *)((char *)o + d->flag) = true;
		return 0;
	}
	err = d->set(o, arg);
	if (err)
		log_error("--%s: '%s' is not %s", d->name, arg, d->wants);
	return err;
}

static int take_command(struct options *o, const char *word, bool *seen)
{
	if (*seen && (o->command == CMD_REPORT || o->command == CMD_EXPORT) && !o->read) {
		o->read = word;
		return 0;
	}
	if (*seen) {
		log_error("unexpected '%s' after the command; a program to run comes after --",
			  word);
		return -EINVAL;
	}
	for (int i = 0; i < COMMANDS; i++) {
		if (!strcmp(word, commands[i].name)) {
			o->command = i;
			*seen = true;
			return 0;
		}
	}
	if (!*word) {
		log_error("empty command (see memtrace --help)");
		return -EINVAL;
	}
	log_error("unknown command '%s' (see memtrace --help; to run a program: memtrace -- %s)",
		  word, word);
	return -EINVAL;
}

/* What getopt_long() did not accept. */
static int complain(int c, char **argv, int key)
{
	const struct option_desc *d = desc_of(key);

	if (c == ':')
		log_error("option %s needs an argument: %s", argv[optind - 1], d ? d->wants : "");
	else if (key && d)
		log_error("option --%s takes no argument", d->name);
	else if (key)
		log_error("unknown option -%c (see memtrace --help)", key);
	else
		log_error("unknown option %s (see memtrace --help)", argv[optind - 1]);
	return -EINVAL;
}

int options_parse(int argc, char **argv, struct options *o)
{
	struct option longs[TOTAL + 1];
	char shorts[2 * TOTAL + 3];
	bool have_command = false;
	int err = 0;

	*o = (struct options){.interval_ns = 1000000000,
			      .ring_bytes = 8 << 20,
			      .churn_ns = 10000000000,
			      .history_ns = 60000000000,
			      .history_bytes = 12 << 20};
	build_getopt(longs, shorts);
	opterr = 0;
	optind = 1;
	while (!err) {
		int before = optind, c = getopt_long(argc, argv, shorts, longs, NULL);

		if (c == -1 && optind > before && !strcmp(argv[optind - 1], "--"))
			break;
		if (c == -1 && optind >= argc)
			break;
		if (c == -1)
			err = take_command(o, argv[optind++], &have_command);
		else if (c == ':' || c == '?')
			err = complain(c, argv, optopt);
		else
			err = take_option(o, desc_of(c), optarg);
	}
	if (err)
		return -EINVAL;
	if (optind < argc) {
		o->program = argv + optind;
	} else if (optind > 1 && !strcmp(argv[optind - 1], "--")) {
		log_error("no program after --");
		return -EINVAL;
	}
	err = options_check(o);
	if (!o->keep)
		o->keep = KEEP_DEFAULT;
	return err;
}

const char *command_name(enum command_id id)
{
	return commands[id].name;
}

bool command_is_built(enum command_id id)
{
#ifdef HAVE_SQLITE
	return id < COMMANDS;
#else
	return id < CMD_RECORD;
#endif
}

static void help_options(FILE *out, const struct option_desc *d, size_t n)
{
	for (size_t i = 0; i < n; i++, d++) {
		char left[48];

		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", d->key < 256 ? '-' : ' ',
			 d->key < 256 ? d->key : ' ', d->key < 256 ? "," : " ", d->name,
			 d->arg ? " " : "", d->arg ? d->arg : "");
		fprintf(out, "  %-26s %s\n", left, d->help);
	}
}

void options_help(FILE *out)
{
	fprintf(out,
		"usage: memtrace [COMMAND] [FILTERS] [OPTIONS] [-- PROGRAM [ARG...]]\n"
		"Says which task waited for memory, for how long, for what, and who was killed.\n"
		"\nCommands:\n");
	for (int i = 0; i < COMMANDS; i++)
		if (command_is_built(i))
			fprintf(out, "  %-26s %s\n", commands[i].name, commands[i].help);
	fprintf(out, "\nFilters:\n");
	help_options(out, filters, COUNT(filters));
	fprintf(out, "  %-26s %s\n", "-- PROGRAM [ARG...]",
		"run it, watch it and its descendants, end with its status");
	fprintf(out, "\nOptions:\n");
	help_options(out, options, COUNT(options));
	fprintf(out, "\nOf command oom:\n");
	help_options(out, oom_options, COUNT(oom_options));
	if (command_is_built(CMD_RECORD)) {
		fprintf(out, "\nOf commands record, report and export:\n");
		help_options(out, recording_options, COUNT(recording_options));
	}
	fprintf(out, "\nExit status: 0 fine, 1 failed, 2 wrong usage; with -- that of PROGRAM.\n");
}
