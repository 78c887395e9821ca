// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for what knows recordings in a build without SQLite. Options do not let anyone come
 * here for more than to be told so.
 *
 * Layer: cli.
 */
#include <errno.h>
#include "log.h"
#include "replay.h"
#include "tee.h"

static int lacking(void)
{
	log_error("this build of memtrace lacks SQLite: no recordings (see --version)");
	return -ENOTSUP;
}

int replay_open(struct app *app)
{
	(void)app;
	return lacking();
}

int replay(struct app *app)
{
	(void)app;
	return lacking();
}

const char *replay_status(struct app *app, char *buf, size_t cap)
{
	(void)app;
	(void)buf;
	(void)cap;
	return NULL;
}

void replay_stop(struct app *app)
{
	(void)app;
}

void replay_close(struct app *app)
{
	(void)app;
}

int tee_begin(struct app *app)
{
	(void)app;
	return 0;
}

void tee_event(struct app *app, const struct ev_hdr *ev)
{
	(void)app;
	(void)ev;
}

int tee_end(struct app *app)
{
	(void)app;
	return 0;
}
