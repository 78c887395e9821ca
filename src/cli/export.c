// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See export.h. */
#include "export.h"

#include "app.h"

int export_begin(struct app *app)
{
	(void)app;
	return 0;
}

void export_event(struct app *app, const struct ev_hdr *ev)
{
	(void)app;
	(void)ev;
}

void export_at_end(struct app *app)
{
	view_summary(&app->view);
}

int export_finish(struct app *app)
{
	(void)app;
	return 0;
}
