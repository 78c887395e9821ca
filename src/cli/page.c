// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See page.h. */
#include "page.h"

#include "app.h"

int page_begin(struct app *app)
{
	(void)app;
	return 0;
}

void page_event(struct app *app, const struct ev_hdr *ev)
{
	(void)app;
	(void)ev;
}

void page_at_end(struct app *app)
{
	view_summary(&app->view);
}

int page_finish(struct app *app)
{
	(void)app;
	return 0;
}
