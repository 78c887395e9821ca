// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See app.h.
 */
#include "app.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "log.h"
#include "replay.h"
#include "tee.h"
#include "watching.h"

#define STATUS_COLUMNS 79

static const char *output_name(const struct app *app)
{
	return app->options.output ? app->options.output : "stdout";
}

void app_status_clear(struct app *app)
{
	if (app->status_shown)
		fputs("\r\033[K", stderr);
	app->status_shown = false;
}

static void status_show(struct app *app)
{
	const struct command *cmd = &command_table[app->options.command];
	char buf[STATUS_COLUMNS + 1];
	const char *text;

	if (!app->status_line)
		return;
	if (app->options.read)
		text = replay_status(app, buf, sizeof(buf));
	else if (cmd->status)
		text = cmd->status(app, buf, sizeof(buf));
	else
		text = view_status(app->model, buf, sizeof(buf));
	if (!text)
		return;
	fprintf(stderr, "\r\033[K%s", text);
	app->status_shown = true;
}

void app_stop(struct app *app)
{
	if (app->source)
		source_stop(app->source);
	replay_stop(app);
}

/*
 * Nobody reads any more, or the disk is full: said at the end. Who waits for OOM kills goes on: the
 * disk may have room again by then, and there are other ways to tell.
 */
static void flush_output(struct app *app)
{
	if (!fflush(app->view.out))
		return;
	if (errno == EPIPE || app->options.command != CMD_OOM)
		app_stop(app);
	else
		log_warn_once("cannot write to %s: %s; going on, and trying again",
			      output_name(app), strerror(errno));
}

/* Is the event one at which a command may write to the terminal, be it a warning? */
static bool may_write(const struct app *app, const struct command *cmd, const struct ev_hdr *ev)
{
	return (cmd->prints && app->on_terminal) || (ev->kind == EV_TICK && !app->options.read);
}

void app_event(void *ctx, const struct ev_hdr *ev)
{
	struct app *app = ctx;
	const struct command *cmd = &command_table[app->options.command];

	tee_event(app, ev);
	if (!cmd->unmodelled || ev->kind == EV_META || ev->kind == EV_COUNTS)
		model_event(app->model, ev);
	if (cmd->on_event) {
		if (may_write(app, cmd, ev))
			app_status_clear(app);
		cmd->on_event(app, ev);
	}
	if (ev->kind != EV_TICK)
		return;
	flush_output(app);
	if (!((const struct ev_tick *)ev)->last)
		status_show(app);
}

/* Of the environment; the program itself stays in the C locale. */
static bool locale_is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", NULL);
	bool utf8 = locale && !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");

	if (locale)
		freelocale(locale);
	return utf8;
}

static int open_output(struct app *app)
{
	const struct options *o = &app->options;
	const char *term = getenv("TERM");

	app->view.out = stdout;
	/* record and export open it themselves. */
	if (o->output && o->command != CMD_RECORD && o->command != CMD_EXPORT) {
		app->view.out = fopen(o->output, "we");
		if (!app->view.out) {
			log_error("cannot write to %s: %s", o->output, strerror(errno));
			return -errno;
		}
	}
	if (o->folded) {
		app->view.folded = fopen(o->folded, "we");
		if (!app->view.folded) {
			log_error("cannot write to %s: %s", o->folded, strerror(errno));
			return -errno;
		}
	}
	app->view.color = isatty(fileno(app->view.out)) && !o->no_color &&
			  !(getenv("NO_COLOR") && *getenv("NO_COLOR")) && term &&
			  strcmp(term, "dumb");
	app->view.utf8 = locale_is_utf8();
	app->on_terminal = app->view.out == stdout && isatty(STDOUT_FILENO);
	/* With a program it would run into the program's own output, and into an export's. */
	app->status_line = isatty(STDERR_FILENO) && !o->quiet && (o->read || !o->program) &&
			   (o->command != CMD_EXPORT || o->output) && o->command != CMD_DOCTOR;
	return 0;
}

/* Output that could not be written is a failure, but for a reader who had enough. */
static int close_file(FILE *out, const char *name)
{
	int err;

	errno = 0;
	err = fflush(out) || ferror(out) ? errno : 0;
	if (out != stdout && fclose(out) && !err)
		err = errno;
	if (err && err != EPIPE) {
		log_error("cannot write to %s: %s", name, strerror(err));
		return -err;
	}
	return 0;
}

static int close_output(struct app *app)
{
	int err = close_file(app->view.out, output_name(app));
	int folded = app->view.folded ? close_file(app->view.folded, app->options.folded) : 0;

	return err ? err : folded;
}

int app_open_model(struct app *app)
{
	const struct options *o = &app->options;
	struct model_opts mo = {
		.max_processes = 32768,
		.keep_ended = 8192,
		.max_details = 1024,
		.max_files = 1024,
		.max_cgroups = 4096,
		.max_ooms = 128,
		.max_stacks = o->kernel_stacks ? 2048 : 0,
		.max_ustacks = o->user_stacks || o->sample ? 4096 : 0,
		.max_threads = o->threads ? 32768 : 0,
		.churn_ns = o->churn_ns,
		.filter = {.tgids = o->pids,
			   .ntgids = o->npids,
			   .tids = o->tids,
			   .ntids = o->ntids,
			   .comm = o->comm,
			   .has_uid = o->has_uid,
			   .uid = o->uid,
			   .cgroup = app->cgroup[0] ? app->cgroup : NULL,
			   .tree = o->program != NULL,
			   .tree_by_source = true,
			   .root_tgid = app->source ? source_program_pid(app->source)
						    : app->program_pid},
	};

	if (o->command == CMD_OOM)
		oom_model(o, &mo);
	app->model = model_new(&mo);
	if (!app->model) {
		log_error("out of memory");
		return -ENOMEM;
	}
	app->view.model = app->model;
	return 0;
}

static void setup_view(struct app *app)
{
	const struct options *o = &app->options;

	watching_describe(app);
	app->view.json = o->json;
	app->view.verbose = o->verbose;
	app->view.min_ns = o->min_ns;
	app->view.rows = o->rows;
	app->view.sort = o->sort;
	app->view.threads = o->threads;
	app->view.user_stacks = o->user_stacks || o->sample;
	app->view.program = o->program ? o->program[0] : NULL;
	app->view.watching = app->watching;
}

static bool is_pipe(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static void on_signal(void *ctx, int signo)
{
	struct app *app = ctx;

	command_table[app->options.command].on_signal(app, signo);
}

static struct source_opts source_options(struct app *app)
{
	const struct options *o = &app->options;

	return (struct source_opts){
		.ring_bytes = o->ring_bytes,
		.interval_ns = o->interval_ns,
		.duration_ns = o->duration_ns,
		.tgids = o->pids,
		.tids = o->tids,
		.ntgids = o->npids,
		.ntids = o->ntids,
		.cgroup = app->cgroup[0] ? app->cgroup : NULL,
		.program = o->program,
		.kernel_stacks = o->kernel_stacks,
		.user_stacks = o->user_stacks,
		.sample = o->sample,
		.hangup_fd = !o->output && is_pipe(STDOUT_FILENO) ? STDOUT_FILENO : -1,
		.fn = app_event,
		.signal_fn = command_table[o->command].on_signal ? on_signal : NULL,
		.recorder = o->command == CMD_OOM || o->command == CMD_RECORD,
		.log_only_ok = o->command == CMD_OOM,
		.ctx = app,
	};
}

static int examine(struct app *app)
{
	struct source_opts so = source_options(app);
	int err = app_open_model(app);

	if (err)
		return err;
	err = source_probe_only(&so, &app->source);
	if (err)
		log_error("%s", source_error(app->source));
	else
		command_table[app->options.command].at_end(app);
	return err;
}

static int trace(struct app *app)
{
	const struct command *cmd = &command_table[app->options.command];
	struct source_opts so;
	int err = cmd->begin ? cmd->begin(app) : 0;

	if (err)
		return err;
	so = source_options(app);
	err = source_open(&so, &app->source);
	if (err) {
		log_error("%s", source_error(app->source));
		return err;
	}
	err = app_open_model(app);
	if (!err)
		err = tee_begin(app);
	if (err)
		return err;
	if (cmd->attached)
		err = cmd->attached(app);
	if (err)
		return err;
	err = source_run(app->source);
	app_status_clear(app);
	if (err)
		log_error("%s", source_error(app->source));
	else
		cmd->at_end(app);
	if (!err && app->view.folded)
		view_folded(&app->view);
	if (tee_end(app) && !err)
		err = -EIO;
	return err;
}

static int exit_status(struct app *app, int err)
{
	if (app->source && source_program_pid(app->source)) {
		int status = source_program_status(app->source);

		return err && !status ? EXIT_FAILURE : status;
	}
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What is to be looked at: of the kernel what is there, of a recording what was. */
static int prepare(struct app *app)
{
	if (app->options.read)
		return replay_open(app);
	return watching_check(app);
}

static int look(struct app *app)
{
	if (app->options.read)
		return replay(app);
	return app->options.command == CMD_DOCTOR ? examine(app) : trace(app);
}

static int run_prepared(struct app *app)
{
	const struct command *cmd = &command_table[app->options.command];
	int err, close_err, finish_err;

	if (open_output(app))
		return EXIT_FAILURE;
	setup_view(app);
	err = look(app);
	finish_err = cmd->finish ? cmd->finish(app) : 0;
	close_err = close_output(app);
	return exit_status(app, err ? err : close_err ? close_err : finish_err);
}

int app_run(struct app *app)
{
	int status = prepare(app) ? EXIT_FAILURE : run_prepared(app);

	source_close(app->source);
	replay_close(app);
	model_free(app->model);
	return status;
}
