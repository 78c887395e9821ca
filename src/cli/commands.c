// SPDX-License-Identifier: GPL-2.0
/*
 * What each command shows, and when.
 *
 * Layer: cli.
 */
#include "app.h"
#include "export.h"
#include "page.h"
#include "record.h"

static void stall_show(void *ctx, const struct ev_stall *ev)
{
	struct app *app = ctx;

	view_stall(&app->view, ev);
}

static void stalls_event(struct app *app, const struct ev_hdr *ev)
{
	const struct ev_stall *stall = (const void *)ev;

	if (ev->kind == EV_STALL && stall->duration_ns >= app->view.min_ns &&
	    model_match(app->model, &stall->task))
		hold_put(&app->hold, stall, stall_show, app);
	hold_release(&app->hold, app->model, false, stall_show, app);
}

/* The first tick is the snapshot that the following ones are held against. */
static bool interval_over(const struct app *app, const struct ev_hdr *ev)
{
	return ev->kind == EV_TICK && model_ticks(app->model) > 1;
}

static void faults_event(struct app *app, const struct ev_hdr *ev)
{
	const struct ev_fault *fault = (const void *)ev;

	/* How long an untimed one took is not known: it is shown only where any would be. */
	if (ev->kind == EV_FAULT && app->options.has_min &&
	    fault->duration_ns >= app->view.min_ns && model_match(app->model, &fault->task))
		view_fault(&app->view, fault);
	if (interval_over(app, ev))
		view_faults_interval(&app->view);
}

static void swap_event(struct app *app, const struct ev_hdr *ev)
{
	if (interval_over(app, ev))
		view_swap_interval(&app->view);
}

static void summary_end(struct app *app)
{
	view_summary(&app->view);
}

static void stalls_end(struct app *app)
{
	hold_release(&app->hold, app->model, true, stall_show, app);
	view_stalls_end(&app->view);
}

static void faults_end(struct app *app)
{
	view_faults_end(&app->view);
}

static void swap_end(struct app *app)
{
	view_swap_end(&app->view);
}

static void doctor_end(struct app *app)
{
	view_doctor(&app->view);
}

const struct command command_table[COMMANDS] = {
	[CMD_SUMMARY] = {.at_end = summary_end},
	[CMD_STALLS] = {.on_event = stalls_event, .prints = true, .at_end = stalls_end},
	[CMD_FAULTS] = {.on_event = faults_event, .prints = true, .at_end = faults_end},
	[CMD_SWAP] = {.on_event = swap_event, .prints = true, .at_end = swap_end},
	[CMD_OOM] = {.begin = oom_begin,
		     .attached = oom_attached,
		     .on_event = oom_event,
		     .prints = true,
		     .on_signal = oom_signal,
		     .at_end = oom_at_end,
		     .finish = oom_finish},
	[CMD_DOCTOR] = {.at_end = doctor_end},
#ifdef HAVE_SQLITE
	[CMD_RECORD] = {.begin = record_begin,
			.attached = record_attached,
			.on_event = record_event,
			.at_end = record_at_end,
			.status = record_status,
			.unmodelled = true,
			.finish = record_finish},
	[CMD_REPORT] = {.begin = page_begin,
			.on_event = page_event,
			.at_end = page_at_end,
			.finish = page_finish},
	[CMD_EXPORT] = {.begin = export_begin,
			.on_event = export_event,
			.at_end = export_at_end,
			.finish = export_finish},
#endif
};
