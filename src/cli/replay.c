// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See replay.h. */
#include "replay.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "app.h"
#include "clock.h"
#include "log.h"
#include "reader.h"
#include "replay_filter.h"
#include "units.h"
#include "when.h"

/* A run over a recording. */
struct replay {
	struct app *app;
	uint64_t bad_told; /* rows that the model has been told of */
	bool cgroup_seen;
	uint64_t unrecorded; /* as the latest counts have it */
};

static struct reader *signalled; /* whom Ctrl-C stops */

static void on_signal(int signo)
{
	(void)signo;
	if (signalled)
		reader_stop(signalled);
}

/* The first one ends it in good order, with what was read so far; the second at once. */
static void catch_signals(struct reader *r)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};

	signalled = r;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* Is path the recording, or what SQLite keeps beside it? */
static bool is_recording(const struct options *o, const char *path)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	struct stat st, other;
	char name[PATH_MAX];

	if (stat(path, &st))
		return false;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", o->read, suffixes[i]);
		if (!stat(name, &other) && st.st_dev == other.st_dev && st.st_ino == other.st_ino)
			return true;
	}
	return false;
}

/* Writing over what is being read would leave nothing of it. */
static int check_output(const struct options *o, const char *path)
{
	if (!path || !is_recording(o, path))
		return 0;
	log_error("%s is the recording that is read: write to another file", path);
	return -EINVAL;
}

static struct when_span span_of(const struct reader *r)
{
	const struct reader_info *info = reader_info(r);

	return (struct when_span){reader_wall_ns(r, info->first_ns),
				  reader_wall_ns(r, info->last_ns)};
}

/* One end of the range, if it is given. */
static int range_end(const struct app *app, const char *option, const char *arg, uint64_t *wall_ns)
{
	struct when_span span = span_of(app->reader);
	char words[128];

	if (!arg || !when_parse(arg, &span, wall_ns))
		return 0;
	log_error(
		"%s: '%s' is no time like 03:10, 03:10:20.5, \"2026-11-21 03:10\", +90s (from the "
		"begin) or -10m (before the end); the recording goes from %s",
		option, arg, when_words(&span, words, sizeof(words)));
	return -EINVAL;
}

static int check_range(struct app *app)
{
	const struct options *o = &app->options;
	struct when_span span = span_of(app->reader);
	uint64_t from = span.begin_ns, to = span.end_ns;
	char words[128];

	if (range_end(app, "--from", o->from, &from) || range_end(app, "--to", o->to, &to))
		return -EINVAL;
	when_words(&span, words, sizeof(words));
	if ((o->from && from >= span.end_ns) || (o->to && to <= span.begin_ns)) {
		log_error("--%s %s is outside of the recording, which goes from %s",
			  o->from && from >= span.end_ns ? "from" : "to",
			  o->from && from >= span.end_ns ? o->from : o->to, words);
		return -EINVAL;
	}
	if (from >= to && (o->from || o->to)) {
		log_error("--from is not before --to (the recording goes from %s)", words);
		return -EINVAL;
	}
	app->from_ns = o->from && from > span.begin_ns ? reader_boottime_ns(app->reader, from) : 0;
	app->to_ns = o->to && to < span.end_ns ? reader_boottime_ns(app->reader, to) : UINT64_MAX;
	return 0;
}

/* What the model was made for when it was recorded. */
static int take_over(struct app *app)
{
	const struct run_info *run = &reader_info(app->reader)->run;
	struct options *o = &app->options;

	o->kernel_stacks = run->kernel_stacks;
	o->user_stacks = run->user_stacks;
	o->sample = run->sample;
	if (run->churn_ns && !o->has_churn)
		o->churn_ns = run->churn_ns;
	if (run->program) {
		app->program[0] = (char *)run->program;
		o->program = app->program;
		app->program_pid = run->program_pid;
	}
	if (o->folded && !o->user_stacks && !o->sample) {
		log_error("--folded: the recording holds no user stacks (record them with -U or "
			  "--sample)");
		return -EINVAL;
	}
	return replay_filter(o, run, app->cgroup, sizeof(app->cgroup));
}

/* Where what is asked for ends. */
static uint64_t end_ns(const struct app *app)
{
	uint64_t last_ns = reader_info(app->reader)->last_ns;

	return app->to_ns < last_ns ? app->to_ns : last_ns;
}

bool replay_interrupted(const struct app *app)
{
	uint64_t interval_ns = reader_info(app->reader)->meta.interval_ns;

	return model_now_ns(app->model) + 2 * interval_ns < end_ns(app);
}

const char *replay_stopped(const struct reader_info *info)
{
	return strcmp(info->stopped, "max_size") ? info->stopped : "its --max-size was reached";
}

/* What is read in less than half a second needs none; else five times a second. */
#define STATUS_FIRST_NS 500000000ull
#define STATUS_NEXT_NS	200000000ull

const char *replay_status(struct app *app, char *buf, size_t cap)
{
	uint64_t first_ns = reader_info(app->reader)->first_ns, to = end_ns(app);
	uint64_t from = app->from_ns > first_ns ? app->from_ns : first_ns;
	uint64_t now_ns = boottime_ns(), at = model_now_ns(app->model);

	if (!app->status_due_ns)
		app->status_due_ns = now_ns + STATUS_FIRST_NS;
	if (now_ns < app->status_due_ns || at < from || to <= from)
		return NULL;
	app->status_due_ns = now_ns + STATUS_NEXT_NS;
	at = at < to ? at : to;
	snprintf(buf, cap, "reading: %.0f %%", 100.0 * (double)(at - from) / (double)(to - from));
	return buf;
}

static void warn(const struct app *app)
{
	const struct reader_info *info = reader_info(app->reader);
	const char *name = app->options.read;

	if (info->wal_missing)
		log_warn("%s was not ended in good order, and %s-wal is not there: what was "
			 "recorded "
			 "last may be in that file",
			 name, name);
	else if (!info->ended)
		log_warn(
			"%s is still being recorded, or memtrace was killed: it ends with what was "
			"on the disk",
			name);
	else if (info->stopped)
		log_warn("%s ended early: %s", name, replay_stopped(info));
}

int replay_open(struct app *app)
{
	const struct options *o = &app->options;
	int err = reader_open(o->read, &app->reader);

	if (err) {
		log_error("%s", reader_error(app->reader));
		return err;
	}
	if (check_output(o, o->output) || check_output(o, o->folded) || check_output(o, o->html))
		return -EINVAL;
	err = take_over(app);
	if (!err)
		err = check_range(app);
	if (!err)
		warn(app);
	return err;
}

/* Rows that were no events are lost events, which the page tells. */
static void tell_bad(struct replay *rp)
{
	uint64_t bad = reader_bad_rows(rp->app->reader);

	for (; rp->bad_told < bad; rp->bad_told++)
		model_bad_event(rp->app->model);
}

static void on_event(void *ctx, const struct ev_hdr *ev)
{
	struct replay *rp = ctx;

	if (ev->kind == EV_TICK)
		tell_bad(rp);
	if (ev->kind == EV_COUNTS)
		rp->unrecorded = ((const struct ev_counters *)ev)->unrecorded;
	if (ev->kind == EV_CGROUP && !rp->cgroup_seen)
		rp->cgroup_seen = !strcmp(((const struct ev_cgroup *)ev)->path, rp->app->cgroup);
	app_event(rp->app, ev);
}

/* The counts have none of those that were lost after them. */
static void tell_unrecorded(const struct replay *rp)
{
	uint64_t all = reader_info(rp->app->reader)->unrecorded;
	char buf[UNITS_LEN];

	if (rp->app->to_ns != UINT64_MAX || replay_interrupted(rp->app))
		return;
	if (all > rp->unrecorded)
		log_warn("at its end %s events came too fast to be recorded, and are in no figure",
			 fmt_count(all - rp->unrecorded, buf, sizeof(buf)));
}

static int run(struct app *app)
{
	const struct command *cmd = &command_table[app->options.command];
	struct replay rp = {.app = app};
	struct reader_opts ro = {
		.from_ns = app->from_ns, .to_ns = app->to_ns, .fn = on_event, .ctx = &rp};
	int err;

	catch_signals(app->reader);
	err = reader_run(app->reader, &ro);
	app_status_clear(app);
	if (err)
		log_error("%s; what follows is of the part before", reader_error(app->reader));
	else
		tell_unrecorded(&rp);
	if (app->options.cgroup && app->cgroup[0] && !rp.cgroup_seen)
		log_warn("-c: the recording knows no cgroup %s", app->cgroup);
	cmd->at_end(app);
	if (app->view.folded)
		view_folded(&app->view);
	return err;
}

int replay(struct app *app)
{
	const struct command *cmd = &command_table[app->options.command];
	int err = cmd->begin ? cmd->begin(app) : 0;

	if (!err)
		err = app_open_model(app);
	return err ? err : run(app);
}

void replay_stop(struct app *app)
{
	if (app->reader)
		reader_stop(app->reader);
}

void replay_close(struct app *app)
{
	signalled = NULL;
	reader_close(app->reader);
}
