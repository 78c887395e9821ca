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
#include "host.h"
#include "live_impl.h"
#include "log.h"

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

static uint64_t kills_counted(const struct source *s)
{
	struct ev_host host;

	host_read(&s->root, &host);
	return host.value[HOST_OOM_KILL];
}

/* The kernel log is no rung of the probe's, but can be refused like one. */
int kernlog_open(struct source *s)
{
	if (probe_disabled(getenv("MEMTRACE_DISABLE"), "oom.log", "kmsg"))
		return -ECANCELED;
	s->kills = kills_counted(s);
	return kmsg_open(&s->kmsg, &s->root, KMSG_NEW);
}

/*
 * Who may write to /dev/kmsg can pass for the kernel: a facility of 256 is not 0 and is stored as 0
 * (devkmsg_write() in kernel/printk/printk.c, struct printk_info). But the kernel counts each kill
 * before it tells of it (__oom_kill_process() in mm/oom_kill.c), and nobody else can.
 */
static bool is_forged(struct source *s, const struct kmsg_record *r)
{
	uint64_t counted;
	uint32_t pid;

	if (s->kills == EV_ABSENT || !kmsg_oom_killed(r->text, &pid))
		return false;
	counted = kills_counted(s);
	if (counted - s->kills > s->kill_lines) {
		s->kill_lines++;
		return false;
	}
	log_warn("the kernel log tells of an OOM kill of process %u that the kernel did not count: "
		 "forged, passed over",
		 pid);
	return true;
}

void kernlog_drain(struct source *s)
{
	struct kmsg_record r;

	if (s->kmsg_error)
		return;
	while (kmsg_next(&s->kmsg, &r) == 0)
		if (kmsg_is_oom(&s->kmsg_oom, &r) && !is_forged(s, &r))
			line_emit(s, &r);
}
