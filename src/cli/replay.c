// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See replay.h. */
#include "replay.h"

#include "app.h"
#include "log.h"
#include "reader.h"

int replay(struct app *app)
{
	const struct command *cmd = &command_table[app->options.command];
	struct reader_opts ro = {.to_ns = UINT64_MAX, .fn = app_event, .ctx = app};
	int err = cmd->begin ? cmd->begin(app) : 0;

	if (!err) {
		err = reader_open(app->options.read, &app->reader);
		if (err)
			log_error("%s", reader_error(app->reader));
	}
	if (!err)
		err = app_open_model(app);
	if (!err) {
		err = reader_run(app->reader, &ro);
		if (err)
			log_error("%s", reader_error(app->reader));
		cmd->at_end(app);
	}
	return err;
}

void replay_close(struct app *app)
{
	reader_close(app->reader);
}
