// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See record.h. */
#include "record.h"

#include "app.h"
#include "log.h"
#include "writer.h"

int record_begin(struct app *app)
{
	struct writer_opts wo = {.max_bytes = app->options.max_size,
				 .ring_ns = app->options.ring_ns};
	int err = writer_open(app->options.output, &wo, &app->writer);

	if (err)
		log_error("%s", writer_error(app->writer));
	return err;
}

void record_attached(struct app *app)
{
	(void)app;
}

void record_event(struct app *app, const struct ev_hdr *ev)
{
	writer_event(app->writer, ev);
}

void record_at_end(struct app *app)
{
	(void)app;
}

int record_finish(struct app *app)
{
	int err = writer_close(app->writer);

	writer_free(app->writer);
	return err;
}
