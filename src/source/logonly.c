// SPDX-License-Identifier: GPL-2.0
/*
 * The live source where BPF cannot be had: the kernel log and /proc alone.
 *
 * Layer: source. Part of the live source.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "clock.h"
#include "live_impl.h"
#include "log.h"

/* The first words of an error: what is wrong, without the remedy. */
static const char *short_reason(const char *error, char *buf, size_t cap)
{
	size_t len = strcspn(error, ";:(");

	while (len && error[len - 1] == ' ')
		len--;
	snprintf(buf, cap, "no BPF: %.*s", (int)len, error);
	return buf;
}

int logonly_open(struct source *s)
{
	char why[128];
	int err = taskrows_open(&s->rows, &s->root, &s->cgroups);

	if (err)
		return source_fail(s, err, "cannot read /proc: %s", strerror(-err));
	probe_close(s->probe);
	s->probe = probe_none(short_reason(s->error, why, sizeof(why)));
	if (!s->probe)
		return source_fail(s, -ENOMEM, "out of memory");
	s->log_only = true;
	log_warn("no BPF, so only the kernel log and /proc are read: who triggered a kill from "
		 "where, when the victim's memory was reaped and when it ended, stalls and major "
		 "faults are not known. %s",
		 s->error);
	return 0;
}

static void row_send(void *ctx, struct ev_task_row *row, const char *path)
{
	struct source *s = ctx;

	row->hdr.time_ns = boottime_ns();
	names_note(s->names, &row->hdr);
	recorder_note(s, &row->hdr, path[0] ? path : NULL);
	source_emit(s, &row->hdr);
}

void logonly_rows(struct source *s)
{
	int err = taskrows_each(&s->rows, row_send, s);

	if (err) {
		log_debug("processes in /proc: %s", strerror(-err));
		s->rows_incomplete++;
	}
}

void logonly_probe(struct ev_probe *ev)
{
	const char *source = !strcmp(ev->signal, "fault.rate")	    ? "/proc/PID/stat"
			     : !strcmp(ev->signal, "process.sizes") ? "/proc/PID/status"
								    : NULL;

	if (!source)
		return;
	ev->status = PROBE_DEGRADED;
	snprintf(ev->rung, sizeof(ev->rung), "proc");
	snprintf(ev->source, sizeof(ev->source), "%s", source);
	snprintf(
		ev->reason, sizeof(ev->reason),
		"processes that end between two snapshots, and those that may not be read, are not "
		"seen");
}
