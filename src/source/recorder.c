// SPDX-License-Identifier: GPL-2.0
/* Layer: source. See recorder.h. */
#include "recorder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "host.h"
#include "live_impl.h"
#include "log.h"
#include "users.h"

#define MAX_USERS 1024
#define MAX_NAME  256

/* NTP's slow corrections move the wall clock, too. */
#define CLOCK_STEP_NS 50000000

#define VM_EVERY 10 /* intervals */

/* A look may take no more than this part of the time. */
#define LOOK_SHARE 10

static void send(void *ctx, struct ev_hdr *ev)
{
	struct source *s = ctx;

	names_note(s->names, ev);
	source_emit(s, ev);
}

void recorder_init(struct recorder *r)
{
	*r = (struct recorder){.clock_fd = -1};
}

/* So far ahead that it never expires: it is there to be cancelled when the clock is set. */
static void clock_watch(struct recorder *r)
{
	const struct itimerspec never = {.it_value.tv_sec = INT32_MAX};

	if (timerfd_settime(r->clock_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL))
		log_debug("cannot watch the wall clock; its steps are seen at each interval");
}

void recorder_open(struct source *s)
{
	struct recorder *r = &s->recorder;

	r->on = true;
	census_init(&r->census, &s->cgwatch, &s->cgroups);
	aftermath_init(&r->aftermath, &s->root, &s->cgroups, &s->cgwatch, send, s);
	r->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (r->clock_fd >= 0)
		clock_watch(r);
}

void recorder_close(struct recorder *r)
{
	if (r->clock_fd >= 0)
		close(r->clock_fd);
	r->clock_fd = -1;
	if (r->census.left_out)
		log_info("%u cgroups with a limit had no room to be watched", r->census.left_out);
}

static void user_send(void *ctx, uint32_t uid, const char *name)
{
	_Alignas(8) char buf[sizeof(struct ev_user) + MAX_NAME + 8] = {0};
	struct ev_user *ev = (void *)buf;
	size_t len = strnlen(name, MAX_NAME);

	ev->hdr = (struct ev_hdr){.kind = EV_USER,
				  .size = (uint32_t)((sizeof(*ev) + len + 1 + 7) & ~7ul),
				  .time_ns = boottime_ns()};
	ev->uid = uid;
	memcpy(ev->name, name, len);
	source_emit(ctx, &ev->hdr);
}

static void vm_send(struct source *s)
{
	struct ev_vm vm = {.hdr = {.kind = EV_VM, .size = sizeof(vm)}};

	vm_read(&s->root, &vm);
	if (!memcmp(&vm, &s->recorder.vm, sizeof(vm)))
		return;
	s->recorder.vm = vm;
	vm.hdr.time_ns = boottime_ns();
	source_emit(s, &vm.hdr);
}

static uint64_t realtime_ns(void)
{
	struct timespec real;

	clock_gettime(CLOCK_REALTIME, &real);
	return (uint64_t)real.tv_sec * 1000000000ull + (uint64_t)real.tv_nsec;
}

static void clock_check(struct source *s)
{
	struct ev_clock ev = {.hdr = {.kind = EV_CLOCK, .size = sizeof(ev)}};
	int64_t offset;

	ev.hdr.time_ns = boottime_ns();
	ev.realtime_ns = realtime_ns();
	offset = (int64_t)(ev.realtime_ns - ev.hdr.time_ns);
	if (llabs(offset - s->recorder.clock_offset) <= CLOCK_STEP_NS)
		return;
	s->recorder.clock_offset = offset;
	source_emit(s, &ev.hdr);
}

void recorder_clock_set(struct source *s)
{
	uint64_t expired;

	/* ECANCELED: it was set. */
	if (read(s->recorder.clock_fd, &expired, sizeof(expired)) < 0)
		clock_watch(&s->recorder);
	clock_check(s);
}

void recorder_begin(struct source *s)
{
	if (!s->recorder.on)
		return;
	s->recorder.clock_offset = (int64_t)(realtime_ns() - boottime_ns());
	users_each(&s->root, MAX_USERS, user_send, s);
	vm_send(s);
}

void recorder_tick(struct source *s)
{
	struct recorder *r = &s->recorder;

	if (!r->on)
		return;
	census_begin(&r->census);
	clock_check(s);
	if (++r->ticks % VM_EVERY == 0)
		vm_send(s);
}

void recorder_note(struct source *s, const struct ev_hdr *ev, const char *path)
{
	const struct ev_task_row *row = (const void *)ev;

	if (!s->recorder.on)
		return;
	if (ev->kind != EV_TASK)
		aftermath_note(&s->recorder.aftermath, ev);
	else if (row->leader && row->state != 'Z' && row->state != 'X')
		census_note(&s->recorder.census, row->task.cgroup, path, ev->time_ns);
}

void recorder_turn(struct source *s)
{
	struct recorder *r = &s->recorder;
	uint64_t begin = boottime_ns(), wait, took;

	if (!r->on || (!r->aftermath.nheard && (!r->due_ns || begin < r->due_ns)))
		return;
	wait = aftermath_work(&r->aftermath, begin);
	took = boottime_ns() - begin;
	if (wait && wait < took * LOOK_SHARE)
		wait = took * LOOK_SHARE;
	r->due_ns = wait ? begin + wait : 0;
}

uint64_t recorder_due(const struct source *s)
{
	return s->recorder.on && s->recorder.due_ns ? s->recorder.due_ns : UINT64_MAX;
}
