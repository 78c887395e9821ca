// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See option_checks.h. */
#include "option_checks.h"

#include <errno.h>
#include <string.h>
#include "log.h"

static int check_oom(const struct options *o)
{
	if (o->oom_option && o->command != CMD_OOM) {
		log_error("--%s goes with oom only", o->oom_option);
		return -EINVAL;
	}
	if (!o->dir && (o->exec || o->keep)) {
		log_error("--%s is about the reports in a directory: it needs --dir",
			  o->exec ? "exec" : "keep");
		return -EINVAL;
	}
#ifndef HAVE_LIBSYSTEMD
	if (o->journal) {
		log_error("--journal: this build of memtrace lacks libsystemd (see --version)");
		return -EINVAL;
	}
#endif
	return 0;
}

static bool about_recordings(const struct options *o)
{
	return o->command == CMD_RECORD || o->command == CMD_REPORT || o->command == CMD_EXPORT;
}

/* Each of --ring and the like goes with one command. */
static int check_recording_option(const struct options *o)
{
	if (!about_recordings(o) && o->recording_option) {
		log_error("--%s goes with record, report or export only", o->recording_option);
		return -EINVAL;
	}
	if ((o->ring_ns || o->max_size) && o->command != CMD_RECORD) {
		log_error("--ring and --max-size go with record only");
		return -EINVAL;
	}
	if (o->html && o->command != CMD_REPORT) {
		log_error("--html goes with report only");
		return -EINVAL;
	}
	if ((o->format || o->table) && o->command != CMD_EXPORT) {
		log_error("--format and --table go with export only");
		return -EINVAL;
	}
	return 0;
}

static int check_export(const struct options *o)
{
	if (!o->format) {
		log_error("export needs --format chrome, csv, jsonl or folded");
		return -EINVAL;
	}
	if (o->table && o->format != EXPORT_CSV && o->format != EXPORT_JSONL) {
		log_error("--table goes with --format csv and jsonl: the others are made of all");
		return -EINVAL;
	}
	if (o->format == EXPORT_CSV && !o->table && !o->output) {
		log_error("--format csv has a file per kind of event: -o DIR, or one of them with "
			  "--table NAME");
		return -EINVAL;
	}
	return 0;
}

/* What is asked of the kernel cannot be asked of a recording. */
static int check_read(const struct options *o)
{
	if ((o->from || o->to) && !o->read) {
		log_error("--from and --to choose a part of a recording: they need -r FILE");
		return -EINVAL;
	}
	if (!o->read)
		return 0;
	if (o->command == CMD_RECORD) {
		log_error("record watches the kernel: -r does not go with it");
		return -EINVAL;
	}
	if (o->program) {
		log_error("a recording is looked at, no program is run: leave out '-- %s' or -r",
			  o->program[0]);
		return -EINVAL;
	}
	if (o->live_option) {
		log_error(
			"--%s is about tracing, and does not go with a recording%s", o->live_option,
			strcmp(o->live_option, "duration") ? "" : " (a part of it: --from, --to)");
		return -EINVAL;
	}
	return 0;
}

static int check_recordings(const struct options *o)
{
	int err = check_recording_option(o);

	if (err || (!about_recordings(o) && !o->read && !o->from && !o->to))
		return err;
#ifndef HAVE_SQLITE
	log_error("this build of memtrace lacks SQLite: no recordings (see --version)");
	return -EINVAL;
#endif
	if (o->command == CMD_RECORD && !o->output) {
		log_error("record needs a file to write to: record -o FILE");
		return -EINVAL;
	}
	if (o->command == CMD_RECORD && o->json) {
		log_error("record writes a file, no JSON Lines: -j does not go with it (export "
			  "FILE --format jsonl has them)");
		return -EINVAL;
	}
	if ((o->command == CMD_REPORT || o->command == CMD_EXPORT) && !o->read) {
		log_error("%s needs a recording: %s FILE", command_name(o->command),
			  command_name(o->command));
		return -EINVAL;
	}
	err = o->command == CMD_EXPORT ? check_export(o) : 0;
	return err ? err : check_read(o);
}

int options_check(const struct options *o)
{
	int err = check_recordings(o);

	if (err)
		return err;
	if (o->program && (o->npids || o->ntids)) {
		log_error("a program after -- is what is watched: it does not go with -p or -t");
		return -EINVAL;
	}
	if (o->folded && !o->user_stacks && !o->sample && !o->read) {
		log_error("--folded has nothing to write without -U or --sample");
		return -EINVAL;
	}
	if (o->threads && o->command != CMD_FAULTS) {
		log_error("-L goes with faults only");
		return -EINVAL;
	}
	if (o->sort && o->command != CMD_FAULTS && o->command != CMD_SWAP) {
		log_error("-S goes with faults and swap only");
		return -EINVAL;
	}
	if (o->command == CMD_DOCTOR && o->program) {
		log_error("doctor runs no program");
		return -EINVAL;
	}
	return check_oom(o);
}
