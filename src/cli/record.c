// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See record.h. */
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "app.h"
#include "log.h"
#include "sysfile.h"
#include "units.h"
#include "writer.h"

#define COMMAND_MAX 8192

int record_begin(struct app *app)
{
	char words[1024];
	int err = writer_check(app->options.output, words, sizeof(words));

	if (err)
		log_error("%s", words);
	return err;
}

/* Our own command line, words joined by blanks. */
static void command_line(char *buf, size_t cap)
{
	static const struct sysroot root = {""};
	ssize_t n = sys_read(&root, buf, cap, "/proc/self/cmdline");

	while (n > 0 && !buf[n - 1])
		n--;
	for (ssize_t i = 0; i < n; i++)
		if (!buf[i])
			buf[i] = ' ';
	buf[n > 0 ? n : 0] = 0;
}

void record_run_info(const struct app *app, struct run_info *run, char *command, size_t cap)
{
	const struct options *o = &app->options;

	command_line(command, cap);
	*run = (struct run_info){
		.version = MEMTRACE_VERSION,
		.command = command,
		.watching = app->watching,
		.program = o->program ? o->program[0] : NULL,
		.comm = o->comm,
		.cgroup = app->cgroup[0] ? app->cgroup : NULL,
		.npids = o->npids,
		.ntids = o->ntids,
		.has_uid = o->has_uid,
		.uid = o->uid,
		.program_pid = source_program_pid(app->source),
		.kernel_stacks = o->kernel_stacks,
		.user_stacks = o->user_stacks,
		.sample = o->sample,
		.churn_ns = o->churn_ns,
		.ring_ns = o->ring_ns,
	};
	memcpy(run->pids, o->pids, sizeof(run->pids));
	memcpy(run->tids, o->tids, sizeof(run->tids));
}

int record_attached(struct app *app)
{
	struct writer_opts wo = {.max_bytes = app->options.max_size,
				 .ring_ns = app->options.ring_ns};
	static char command[COMMAND_MAX];
	static struct run_info run;
	int err = writer_open(app->options.output, &wo, &app->writer);

	if (!err) {
		record_run_info(app, &run, command, sizeof(command));
		err = writer_run_info(app->writer, &run);
	}
	if (err)
		log_error("%s", writer_error(app->writer));
	return err;
}

/* A disk that is full, or --max-size: said now, and the run ends. */
static void look_after(struct app *app)
{
	struct record *r = &app->record;
	struct writer_status s;

	writer_status(app->writer, &s);
	if (s.lost > r->told)
		log_warn_once("events come faster than they can be written: some are left out, and "
			      "counted");
	r->told = s.lost;
	if (s.state == WRITER_RUNNING || r->stopped)
		return;
	r->stopped = true;
	app_stop(app);
}

void record_event(struct app *app, const struct ev_hdr *ev)
{
	struct record *r = &app->record;

	writer_event(app->writer, ev);
	if (ev->kind != EV_TICK)
		return;
	if (!r->first_ns)
		r->first_ns = ev->time_ns;
	r->last_ns = ev->time_ns;
	look_after(app);
}

const char *record_status(struct app *app, char *buf, size_t cap)
{
	char events[UNITS_LEN], size[UNITS_LEN], lost[UNITS_LEN];
	const struct record *r = &app->record;
	uint64_t sec = (r->last_ns - r->first_ns) / 1000000000;
	struct writer_status s;

	writer_status(app->writer, &s);
	snprintf(buf, cap, "%" PRIu64 ":%02" PRIu64 "  recording  events %s  size %s  lost %s",
		 sec / 60, sec % 60, fmt_count(s.events, events, sizeof(events)),
		 fmt_bytes(s.bytes, size, sizeof(size)),
		 fmt_count(s.lost + model_lost(app->model), lost, sizeof(lost)));
	return buf;
}

void record_at_end(struct app *app)
{
	(void)app; /* the words come when the file is closed */
}

/* One line: what there is, and how to look at it. */
static void say_end(struct app *app)
{
	char events[UNITS_LEN], size[UNITS_LEN], lost[UNITS_LEN], safe[512];
	const char *path = app->options.output;
	struct writer_status s;
	uint64_t missing;

	writer_status(app->writer, &s);
	missing = s.lost + (app->model ? model_lost(app->model) : 0);
	if (app->options.quiet)
		return;
	text_safe(path, strlen(path), safe, sizeof(safe));
	fprintf(stderr,
		"memtrace: %s: %s events, %s, lost %s; look at it: memtrace summary -r %s\n", safe,
		fmt_count(s.events, events, sizeof(events)), fmt_bytes(s.bytes, size, sizeof(size)),
		fmt_count(missing, lost, sizeof(lost)), safe);
}

int record_finish(struct app *app)
{
	struct writer_status s;
	int err;

	if (!app->writer)
		return 0;
	err = writer_close(app->writer);
	writer_status(app->writer, &s);
	if (s.state == WRITER_FULL)
		log_warn("%s", writer_error(app->writer));
	else if (err)
		log_error("%s", writer_error(app->writer));
	if (s.events)
		say_end(app);
	writer_free(app->writer);
	app->writer = NULL;
	return err;
}
