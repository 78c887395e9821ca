// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See page.h. */
#include "page.h"

#include <errno.h>
#include <string.h>
#include "app.h"
#include "html.h"
#include "log.h"
#include "reader.h"
#include "replay.h"

int page_begin(struct app *app)
{
	int err;

	if (!app->options.html)
		return 0;
	if (!*app->options.html || app->options.json) {
		log_error(app->options.json ? "--html and -j are two forms: choose one"
					    : "--html needs a file's name");
		return -EINVAL;
	}
	err = outfile_open(&app->page.file, app->options.html);
	if (err)
		return err;
	app->page.chart = chart_new();
	if (!app->page.chart) {
		log_error("out of memory");
		return -ENOMEM;
	}
	return 0;
}

void page_event(struct app *app, const struct ev_hdr *ev)
{
	if (app->page.chart)
		chart_event(app->page.chart, app->model, ev);
}

/* What readers of the page must know of the recording; NULL = nothing. */
static const char *caveat(const struct app *app, char *buf, size_t cap)
{
	const struct reader_info *info = reader_info(app->reader);
	const char *error = reader_error(app->reader);

	if (error && *error)
		snprintf(buf, cap, "The recording could not be read to its end: %s", error);
	else if (replay_interrupted(app))
		snprintf(buf, cap,
			 "Reading the recording was interrupted: this is the part before.");
	else if (info->wal_missing)
		snprintf(buf, cap,
			 "The recording's newest part is missing: it was in a file of the same "
			 "name that ends in -wal.");
	else if (!info->ended)
		snprintf(buf, cap,
			 "The recording was cut short: memtrace was killed or the machine went "
			 "down. The last second may be missing.");
	else if (info->stopped)
		snprintf(buf, cap, "The recording ended early: %s.", replay_stopped(info));
	else if (app->options.from || app->options.to)
		snprintf(buf, cap, "This is a part of the recording, as --from and --to say.");
	else
		return NULL;
	return buf;
}

void page_at_end(struct app *app)
{
	struct view v = app->view;
	struct page *p = &app->page;
	const struct reader_info *info;
	char buf[1024];
	struct html_run run;

	if (!p->chart) {
		view_summary(&app->view);
		return;
	}
	info = reader_info(app->reader);
	run = (struct html_run){.file = app->options.read,
				.version = info->run.version,
				.caveat = caveat(app, buf, sizeof(buf))};
	v.out = p->file.f;
	chart_end(p->chart, app->model);
	errno = 0;
	p->written = !view_html(&v, p->chart, &run);
	outfile_flush(&p->file);
	if (!p->written)
		log_error("out of memory");
}

int page_finish(struct app *app)
{
	struct page *p = &app->page;
	int err = p->chart && !p->written ? -ENOMEM : 0;

	if (p->file.f && p->written)
		err = outfile_commit(&p->file);
	else if (p->file.f)
		outfile_abort(&p->file);
	chart_free(p->chart);
	p->chart = NULL;
	return err;
}
