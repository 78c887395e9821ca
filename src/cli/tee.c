// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See tee.h. */
#include "tee.h"

#include <stdlib.h>
#include <string.h>
#include "app.h"
#include "log.h"
#include "run.h"
#include "writer.h"

void tee_run_info(const struct app *app, struct run_info *run)
{
	const struct options *o = &app->options;

	*run = (struct run_info){.version = MEMTRACE_VERSION,
				 .command = command_name(o->command),
				 .watching = app->watching,
				 .program = o->program ? o->program[0] : NULL,
				 .comm = o->comm,
				 .cgroup = app->cgroup[0] ? app->cgroup : NULL,
				 .npids = o->npids,
				 .ntids = o->ntids,
				 .has_uid = o->has_uid,
				 .uid = o->uid,
				 .program_pid = source_program_pid(app->source),
				 .kernel_stacks = o->kernel_stacks,
				 .user_stacks = o->user_stacks,
				 .sample = o->sample,
				 .churn_ns = o->churn_ns,
				 .ring_ns = o->ring_ns};
	memcpy(run->pids, o->pids, sizeof(run->pids));
	memcpy(run->tids, o->tids, sizeof(run->tids));
}

int tee_begin(struct app *app)
{
	const char *path = getenv("MEMTRACE_TEE");
	struct writer_opts wo = {0};
	struct run_info run;
	int err;

	if (!path || !*path || app->options.command == CMD_RECORD)
		return 0;
	err = writer_open(path, &wo, &app->tee);
	if (!err) {
		tee_run_info(app, &run);
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
