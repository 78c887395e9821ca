// SPDX-License-Identifier: GPL-2.0
/*
 * What each command shows, and when.
 *
 * Layer: cli.
 */
#include "app.h"

/* The victim's end and the kernel log's lines come within this time of the kill. */
#define OOM_SETTLE_NS 2000000000ull

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

static void ooms_show(struct app *app, bool force)
{
	const struct oom_record *rec;

	while ((rec = model_next_oom(app->model, OOM_SETTLE_NS, force)))
		view_oom(&app->view, rec);
}

static void oom_event(struct app *app, const struct ev_hdr *ev)
{
	if (ev->kind == EV_TICK || ev->kind == EV_EXIT || ev->kind == EV_KMSG)
		ooms_show(app, false);
}

static void oom_end(struct app *app)
{
	ooms_show(app, true);
	view_oom_end(&app->view);
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
	[CMD_SUMMARY] = {NULL, summary_end},	   [CMD_STALLS] = {stalls_event, stalls_end},
	[CMD_FAULTS] = {faults_event, faults_end}, [CMD_SWAP] = {swap_event, swap_end},
	[CMD_OOM] = {oom_event, oom_end},	   [CMD_DOCTOR] = {NULL, doctor_end},
};
