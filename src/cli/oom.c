// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See oom.h.
 */
#include "oom.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "app.h"
#include "clock.h"
#include "json.h"
#include "log.h"
#include "shelter.h"
#include "units.h"

/* The victim's end, the kernel log's lines and room for others are waited for so long: the source
 * looks for room for 10 s. */
#define OOM_SETTLE_NS 10500000000ull

static const struct sysroot real_root = {""};

/* What we keep from being killed by must not be passed on. */
static void restore_in_child(void *ctx)
{
	const struct app *app = ctx;

	self_restore(&real_root, source_protection(app->source));
}

static void on_written(void *ctx, const char *path)
{
	struct app *app = ctx;

	hook_run(&app->oom.hook, path, boottime_ns());
}

/* We have to be heard of twice in the time that the watchdog gives us. */
static void suit_watchdog(struct app *app)
{
	uint64_t most = app->oom.service.watchdog_ns / 2;

	if (!most || app->options.interval_ns <= most)
		return;
	log_warn("the interval is shortened to the half of WATCHDOG_USEC");
	app->options.interval_ns = most;
}

static void do_nothing(int signo)
{
	(void)signo;
}

/* A file that may not grow is an error like others. Programs that we start are not to inherit that,
 * so the signal is not ignored. */
static void survive_file_limit(void)
{
	if (signal(SIGXFSZ, do_nothing) == SIG_IGN)
		signal(SIGXFSZ, SIG_IGN);
}

int oom_begin(struct app *app)
{
	const struct options *o = &app->options;
	struct reports_opts ro = {
		.dir = o->dir, .keep = o->keep, .written = on_written, .ctx = app};
	int err = 0;

	/* Who looks at a recording is no service. */
	app->oom.service.fd = -1;
	if (!o->read) {
		service_init(&app->oom.service);
		suit_watchdog(app);
	}
	survive_file_limit();
	tzset(); /* reads files, and keeps what they say in memory */
	setvbuf(app->view.out, app->oom.stdio, isatty(fileno(app->view.out)) ? _IOLBF : _IOFBF,
		sizeof(app->oom.stdio));
	if (o->journal)
		err = journal_init(&app->oom.journal);
	if (!err)
		err = hook_init(&app->oom.hook, o->exec, restore_in_child, app);
	if (err)
		log_error("out of memory");
	else if (o->dir)
		err = reports_open(&app->oom.reports, &ro);
	return err;
}

/* The process table grows with the history: 8192 processes by default, of which half have one. */
#define HISTORY_PER_PROCESS 1536
#define PROCESSES_MIN	    2048

void oom_model(const struct options *o, struct model_opts *mo)
{
	uint64_t processes = o->history_bytes / HISTORY_PER_PROCESS;

	if (processes < PROCESSES_MIN)
		processes = PROCESSES_MIN;
	if (processes < mo->max_processes)
		mo->max_processes = processes;
	mo->keep_ended = mo->max_processes / 8;
	mo->max_details = 64;
	mo->max_files = 64;
	if (!mo->max_stacks)
		mo->max_stacks = 64; /* of triggers */
	mo->history_ns = o->history_ns;
	mo->history_bytes = o->history_bytes;
}

int oom_attached(struct app *app)
{
	source_settle(app->source);
	shelter_check(&real_root, source_protection(app->source));
	return 0;
}

/* JSON that says at least what happened, for a report that is too long. */
static void print_brief(const struct app *app, const struct report *r, FILE *out)
{
	char time[UNITS_LEN], title[512];
	struct json j;

	json_begin(&j, out);
	json_object_begin(&j, NULL);
	json_str(&j, "type", "oom");
	json_str(&j, "time",
		 fmt_time_rfc3339(model_wall_ns(app->model, r->first_ns), time, sizeof(time)));
	json_u64(&j, "time_ns", r->first_ns);
	json_str(&j, "reason", r->reason == REPORT_OOM ? "oom" : "asked");
	json_u64(&j, "episode", r->id);
	json_str(&j, "verdict", view_report_title(app->model, r, title, sizeof(title)));
	json_u64(&j, "kills_total", r->kills_counted);
	json_bool(&j, "cut", true);
	json_object_end(&j);
	json_end_line(&j);
}

static void print_form(void *ctx, enum report_form form, bool brief, FILE *out)
{
	static void (*const print[REPORT_FORMS])(struct view *, const struct report *) = {
		[FORM_TEXT] = view_report_text,
		[FORM_JSON] = view_report_json,
		[FORM_MARKDOWN] = view_report_markdown,
	};
	struct app *app = ctx;
	struct view v = app->view; /* but for whoever reads files */

	v.out = out;
	v.color = false;
	v.utf8 = true;
	v.lines = 0;
	if (brief)
		print_brief(app, app->oom.report, out);
	else
		print[form](&v, app->oom.report);
}

static struct report_name name_of(const struct app *app, const struct report *r)
{
	const struct report_process *victim = &r->kills[0].victim;
	struct report_name name = {
		.realtime_ns = model_wall_ns(app->model, r->first_ns),
		.asked = r->reason == REPORT_ASKED,
	};

	if (r->nkills) {
		name.pid = victim->pid;
		memcpy(name.comm, victim->comm, sizeof(name.comm));
	}
	return name;
}

/* A disk that is full, or the like: then stderr has it. Nobody who reads is no error. */
static void write_output(struct app *app, const struct report *r, bool on_stderr)
{
	struct view v = app->view;
	const char *name = app->options.output ? app->options.output : "stdout";

	view_report(&app->view, r);
	if (!fflush(app->view.out) || errno == EPIPE)
		return;
	log_error("a report could not be written to %s: %s", name, strerror(errno));
	v.out = stderr;
	v.color = false;
	if (!on_stderr)
		view_report(&v, r);
}

/* To the disk first, which survives us; then to those who wait for it. */
static void hand_out(struct app *app, const struct report *r)
{
	struct oom *oom = &app->oom;
	struct report_name name = name_of(app, r);
	const char *path = NULL, *text = NULL;
	size_t len = 0;

	oom->report = r;
	if (app->options.dir && !reports_put(&oom->reports, &name, print_form, app))
		path = reports_path(&oom->reports);
	else if (app->options.dir)
		text = reports_waiting(&oom->reports, &len);
	if (app->options.journal && journal_report(&oom->journal, app->model, r, path, text, len))
		log_warn_once("an entry could not be written to the journal");
	if (text)
		fwrite(text, 1, len, stderr);
	write_output(app, r, text != NULL);
	oom->report = NULL;
	oom->reported += r->reason == REPORT_OOM;
	oom->kills += r->kills_counted;
}

static void reports_show(struct app *app, bool force)
{
	const struct report *r;

	while (model_report_pending(app->model) &&
	       (r = model_next_report(app->model, OOM_SETTLE_NS, force)))
		hand_out(app, r);
}

static void report_now(struct app *app)
{
	const struct report *r = NULL;

	app->oom.asked = !model_ticks(app->model);
	if (!app->oom.asked)
		r = model_report_now(app->model);
	if (r)
		hand_out(app, r);
}

static void tick(struct app *app)
{
	struct oom *oom = &app->oom;
	char status[128];

	if (oom->asked)
		report_now(app);
	if (app->options.dir)
		reports_tick(&oom->reports);
	hook_tick(&oom->hook, boottime_ns());
	snprintf(status, sizeof(status), "%" PRIu64 " OOM kills in %" PRIu64 " reports", oom->kills,
		 oom->reported);
	service_tick(&oom->service, status);
}

void oom_event(struct app *app, const struct ev_hdr *ev)
{
	if (ev->kind == EV_TICK || ev->kind == EV_EXIT || ev->kind == EV_KMSG ||
	    ev->kind == EV_OOM_BACK)
		reports_show(app, false);
	if (ev->kind == EV_TICK)
		tick(app);
}

/* What has the name of -o now, for good if it can be had. */
static void reopen_output(struct app *app)
{
	const char *name = app->options.output;
	int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	fflush(app->view.out);
	if (fd < 0 || dup3(fd, fileno(app->view.out), O_CLOEXEC) < 0)
		log_error("cannot write to %s: %s; it goes on in the old file", name,
			  strerror(errno));
	if (fd >= 0)
		close(fd);
}

void oom_signal(struct app *app, int signo)
{
	if (signo == SIGUSR1) {
		report_now(app);
		return;
	}
	if (!app->options.dir && !app->options.output) {
		source_stop(app->source);
		return;
	}
	service_reloading(&app->oom.service);
	if (app->options.output)
		reopen_output(app);
	if (app->options.dir)
		reports_reopen(&app->oom.reports);
	service_reloaded(&app->oom.service);
}

void oom_at_end(struct app *app)
{
	service_stopping(&app->oom.service);
	reports_show(app, true);
	view_oom_end(&app->view);
}

int oom_finish(struct app *app)
{
	int err = reports_close(&app->oom.reports);

	hook_fini(&app->oom.hook);
	journal_fini(&app->oom.journal);
	service_fini(&app->oom.service);
	return err;
}
