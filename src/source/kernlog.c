// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel log's lines about OOM kills, as events.
 *
 * Layer: source. Part of the live source.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "live_impl.h"

#define LINE_MAX_BYTES 1000

static void line_emit(struct source *s, const struct kmsg_record *r)
{
	_Alignas(8) char buf[sizeof(struct ev_kmsg) + LINE_MAX_BYTES + 8] = {0};
	size_t len = r->len < LINE_MAX_BYTES ? r->len : LINE_MAX_BYTES;
	struct ev_kmsg *ev = (void *)buf;

	memcpy(ev->text, r->text, len);
	ev->hdr.kind = EV_KMSG;
	ev->hdr.size = (sizeof(*ev) + len + 1 + 7) & ~7u;
	/* The kernel stamps records with another clock (local_clock()): ours is what orders them.
	 */
	ev->hdr.time_ns = boottime_ns();
	ev->seq = r->seq;
	recorder_note(s, &ev->hdr, NULL);
	source_emit(s, &ev->hdr);
}

/* The kernel log is no rung of the probe's, but can be refused like one. */
int kernlog_open(struct source *s)
{
	if (probe_disabled(getenv("MEMTRACE_DISABLE"), "oom.log", "kmsg"))
		return -ECANCELED;
	return kmsg_open(&s->kmsg, &s->root, KMSG_NEW);
}

void kernlog_drain(struct source *s)
{
	struct kmsg_record r;

	if (s->kmsg_error)
		return;
	while (kmsg_next(&s->kmsg, &r) == 0)
		if (kmsg_is_oom(&s->kmsg_oom, &r))
			line_emit(s, &r);
}
