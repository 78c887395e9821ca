// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See tee.h. */
#include "tee.h"

#include <stdlib.h>
#include "app.h"
#include "log.h"
#include "record.h"
#include "run.h"
#include "writer.h"

int tee_begin(struct app *app)
{
	const char *path = getenv("MEMTRACE_TEE");
	struct writer_opts wo = {0};
	static char command[8192];
	static struct run_info run;
	int err;

	if (!path || !*path || app->options.command == CMD_RECORD)
		return 0;
	err = writer_open(path, &wo, &app->tee);
	if (!err) {
		record_run_info(app, &run, command, sizeof(command));
		err = writer_run_info(app->tee, &run);
	}
	if (err)
		log_error("MEMTRACE_TEE: %s", app->tee ? writer_error(app->tee) : "out of memory");
	return err;
}

void tee_event(struct app *app, const struct ev_hdr *ev)
{
	if (app->tee)
		writer_event(app->tee, ev);
}

int tee_end(struct app *app)
{
	int err = app->tee ? writer_close(app->tee) : 0;

	if (err)
		log_error("MEMTRACE_TEE: %s", writer_error(app->tee));
	writer_free(app->tee);
	app->tee = NULL;
	return err;
}
