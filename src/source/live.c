// SPDX-License-Identifier: GPL-2.0
/*
 * The live source: one loop around the ring buffer, the clock, signals, PROGRAM and the kernel
 * log.
 *
 * Layer: source. See source.h; it is put together in open.c; snapshots are in snapshot.c, names in
 * names.c.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include "clock.h"
#include "live_impl.h"
#include "log.h"

/* The BPF side wakes us only for a backlog or what is urgent, so look this often. */
#define POLL_MS 100

/* Fault starts are timed until this long after the last major fault. */
#define DISARM_NS 3000000000ull

void source_emit(struct source *s, const struct ev_hdr *ev)
{
	s->opts.fn(s->opts.ctx, ev);
}

void source_stop(struct source *s)
{
	if (!s->end_reason)
		s->end_reason = END_SIGNAL;
}

/* Events and their consequences for the source itself. */

static void on_fault(struct source *s, const struct ev_fault *ev)
{
	int err;

	s->last_fault_ns = ev->hdr.time_ns;
	if (probe_faults_armed(s->probe))
		return;
	err = probe_arm_faults(s->probe, true);
	if (err)
		log_warn_once("cannot time major faults: %s", strerror(-err));
}

static void end_with_targets(struct source *s)
{
	if (targets_gone(&s->targets) && !s->end_reason)
		s->end_reason = END_TARGET;
}

static void on_exit_event(struct source *s, const struct ev_exit *ev)
{
	if (ev->group_dead)
		swapout_forget(&s->swapout, &ev->task);
	targets_note(&s->targets, ev);
	end_with_targets(s);
}

void source_take(void *ctx, const void *data, size_t size)
{
	const struct ev_hdr *ev = data;
	struct ev_swapout swapout;
	struct source *s = ctx;

	if (event_check(data, size)) {
		s->bad_events++;
		return;
	}
	if (s->end_ns && ev->time_ns > s->end_ns)
		return;
	if (ev->kind == EV_SWAPOUT) {
		memcpy(&swapout, data, sizeof(swapout));
		if (!swapout_growth(&s->swapout, &swapout))
			return;
		ev = &swapout.hdr;
	}
	names_note(s->names, ev);
	cgwatch_note(&s->cgwatch, ev);
	recorder_note(s, ev, NULL);
	source_emit(s, ev);
	if (ev->kind == EV_FAULT)
		on_fault(s, (const void *)ev);
	else if (ev->kind == EV_EXIT)
		on_exit_event(s, (const void *)ev);
}

/* Those that source_opts.signal_fn gets. */
static bool is_callers(uint32_t signo)
{
	return signo == SIGHUP || signo == SIGUSR1;
}

/*
 * Ctrl-C reaches PROGRAM too, and it decides: the run ends with it. A signal sent to us alone is
 * passed on. A second one ends the run whatever PROGRAM does.
 */
static void on_signal(struct source *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (s->opts.signal_fn && is_callers(info.ssi_signo)) {
			s->opts.signal_fn(s->opts.ctx, (int)info.ssi_signo);
			continue;
		}
		if (s->program.pid && !s->program.ended && !s->signalled) {
			if (info.ssi_signo != SIGINT || info.ssi_code != SI_KERNEL)
				kill(s->program.pid, info.ssi_signo);
			s->signalled = true;
			continue;
		}
		s->stop_signal = info.ssi_signo;
		source_stop(s);
	}
}

/* Says that tracing is on to whoever asked by MEMTRACE_READY_FD (a test, a supervisor). */
static void say_ready(void)
{
	const char *fd = getenv("MEMTRACE_READY_FD");

	if (fd && write(atoi(fd), "R", 1) != 1)
		log_warn("cannot write to MEMTRACE_READY_FD %s: %s", fd, strerror(errno));
}

static int wait_ms(uint64_t until_ns)
{
	uint64_t now = boottime_ns();

	if (until_ns <= now)
		return 0;
	return until_ns - now < POLL_MS * 1000000ull ? (until_ns - now) / 1000000 + 1 : POLL_MS;
}

/* What the log tells of a kill comes after what the probe does: it must not look like another. */
static void events_take(struct source *s)
{
	probe_consume(s->probe);
	kernlog_drain(s);
	if (aftermath_doubts(&s->recorder.aftermath))
		probe_consume(s->probe);
	recorder_turn(s);
}

static void poll_once(struct source *s, uint64_t next_ns)
{
	uint64_t due = recorder_due(s);
	struct epoll_event evs[8];
	int n = epoll_wait(s->epoll_fd, evs, 8, wait_ms(due < next_ns ? due : next_ns));

	for (int i = 0; i < n; i++) {
		if (evs[i].data.fd == s->signal_fd)
			on_signal(s);
		else if (evs[i].data.fd == s->recorder.clock_fd)
			recorder_clock_set(s);
		else if (evs[i].data.fd == s->opts.hangup_fd &&
			 evs[i].events & (EPOLLERR | EPOLLHUP))
			source_stop(s);
	}
	events_take(s);
	names_drain(s->names);
	if (program_ended(&s->program) && !s->end_reason)
		s->end_reason = END_PROGRAM;
}

static void interval_work(struct source *s)
{
	int cpus = probe_follow_cpus(s->probe);

	if (cpus < 0)
		log_warn_once("cannot watch a CPU that came online: %s", strerror(-cpus));
	if (probe_faults_armed(s->probe) && boottime_ns() - s->last_fault_ns > DISARM_NS)
		probe_arm_faults(s->probe, false);
	recorder_tick(s);
	snapshot_take(s, false);
	targets_look(&s->targets, &s->root);
	end_with_targets(s);
}

static int loop(struct source *s)
{
	uint64_t begin = boottime_ns(), next = begin + s->opts.interval_ns;
	uint64_t end = s->opts.duration_ns ? begin + s->opts.duration_ns : UINT64_MAX;

	while (!s->end_reason) {
		poll_once(s, next < end ? next : end);
		if (boottime_ns() >= end && !s->end_reason)
			s->end_reason = END_DURATION;
		if (boottime_ns() < next || s->end_reason)
			continue;
		interval_work(s);
		/* An interval that could not be kept is skipped, not made up for in a burst. */
		while (next <= boottime_ns())
			next += s->opts.interval_ns;
	}
	return 0;
}

int source_run(struct source *s)
{
	int err = 0;

	names_hold(s->names, s->program.pid);
	snapshot_begin(s);
	recorder_begin(s);
	snapshot_take(s, false);
	names_hold(s->names, 0);
	if (s->program.pid) {
		err = program_release(&s->program);
		if (err) {
			program_wait(&s->program);
			return source_fail(s, err, "%s: %s", s->opts.program[0], strerror(-err));
		}
	}
	say_ready();
	err = loop(s);
	if (s->program.pid && s->end_reason != END_PROGRAM && program_ended(&s->program))
		s->end_reason = END_PROGRAM;
	events_take(s);
	snapshot_take(s, true);
	probe_detach(s->probe); /* PROGRAM may go on for long */
	return err;
}

uint32_t source_program_pid(const struct source *s)
{
	return s->program.pid;
}

int source_program_status(struct source *s)
{
	struct pollfd fds[2] = {{.fd = s->signal_fd, .events = POLLIN},
				{.fd = s->program.pidfd, .events = POLLIN}};

	if (!s->program.released)
		return EXIT_FAILURE;
	if (!program_ended(&s->program))
		log_warn("tracing is over, %s (%d) goes on; waiting for it to end",
			 s->opts.program[0], (int)s->program.pid);
	/* Whoever has insisted once need not do so twice. */
	s->signalled = s->stop_signal != 0;
	s->stop_signal = 0;
	while (!program_ended(&s->program)) {
		poll(fds, 2, s->program.pidfd >= 0 ? -1 : POLL_MS);
		on_signal(s);
		if (s->stop_signal)
			return 128 + s->stop_signal;
	}
	return s->program.status;
}
