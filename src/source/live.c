// SPDX-License-Identifier: GPL-2.0
/*
 * The live source: one loop around the ring buffer, the clock, signals, PROGRAM and the kernel
 * log.
 *
 * Layer: source. See source.h; snapshots are in snapshot.c, names in names.c.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "kallsyms.h"
#include "live_impl.h"
#include "log.h"
#include "priv.h"
#include "psi.h"

/* The BPF side wakes us only for a backlog or what is urgent, so look this often. */
#define POLL_MS 100

/* Fault starts are timed until this long after the last major fault. */
#define DISARM_NS 3000000000ull

uint64_t source_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int __attribute__((format(printf, 3, 4)))
fail(struct source *s, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->error, sizeof(s->error), fmt, ap);
	va_end(ap);
	return err;
}

const char *source_error(const struct source *s)
{
	return s ? s->error : "out of memory";
}

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
	if (!(ev->flags & FAULT_F_UNTIMED) || probe_faults_armed(s->probe))
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
	source_emit(s, ev);
	if (ev->kind == EV_FAULT)
		on_fault(s, (const void *)ev);
	else if (ev->kind == EV_EXIT)
		on_exit_event(s, (const void *)ev);
}

/* Opening. */

static int watch_fd(struct source *s, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static int open_loop(struct source *s)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction old;
	sigset_t set;
	int err;

	/* One that is ignored stays so: nohup's SIGHUP, a background job's SIGINT. */
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->signal_fd < 0 || s->epoll_fd < 0)
		return fail(s, -errno, "cannot set up the event loop: %s", strerror(errno));
	err = watch_fd(s, s->signal_fd, EPOLLIN);
	if (!err && probe_fd(s->probe) >= 0)
		err = watch_fd(s, probe_fd(s->probe), EPOLLIN);
	if (!err && !s->kmsg_error)
		err = watch_fd(s, s->kmsg.fd, EPOLLIN);
	if (!err && s->program.pid && s->program.pidfd >= 0)
		err = watch_fd(s, s->program.pidfd, EPOLLIN);
	/* Regular files cannot be polled (EPERM), and need not be. */
	if (!err && s->opts.hangup_fd >= 0 && watch_fd(s, s->opts.hangup_fd, 0) == -EPERM)
		s->opts.hangup_fd = -1;
	return err ? fail(s, err, "cannot set up the event loop: %s", strerror(-err)) : 0;
}

/* File systems share one shrinker: by its address the BPF side knows to ask which one it is. */
static uint64_t fs_shrinker(struct source *s)
{
	uint64_t address;

	s->symbols_error = kallsyms_address(&s->root, "super_cache_scan", &address);
	return s->symbols_error ? 0 : address;
}

static bool psi_on(const struct source *s)
{
	uint64_t some, full;

	return !psi_read(&s->root, "/proc/pressure/memory", &some, &full);
}

static int open_probe(struct source *s)
{
	struct probe_opts popts = {
		.ring_bytes = s->opts.ring_bytes,
		.tgids = s->opts.tgids,
		.tids = s->opts.tids,
		.ntgids = s->opts.ntgids,
		.ntids = s->opts.ntids,
		.tree = s->program.pid != 0 || s->examine,
		.cgroup_v1 = s->cgroups.version == 1,
		.stacks = s->opts.kernel_stacks || s->examine,
		.fs_shrinker = fs_shrinker(s),
		.psi = psi_on(s),
		.examine = s->examine,
		.disable = getenv("MEMTRACE_DISABLE"),
	};
	int err = probe_open(&popts, &s->probe);

	if (!err && s->program.pid)
		err = probe_watch(s->probe, s->program.pid);
	if (err)
		return fail(s, err, "%s", probe_error(s->probe));
	return 0;
}

static int read_stack(void *ctx, uint32_t id, uint64_t *addresses, int max)
{
	const struct source *s = ctx;

	return probe_stack(s->probe, id, addresses, max);
}

static int check_privilege(struct source *s)
{
	char words[512];
	struct priv priv;

	priv_check(&s->root, &priv);
	if (!priv_enough(&priv))
		return fail(s, -EPERM, "%s", priv_missing(&priv, words, sizeof(words)));
	return 0;
}

/*
 * BPF sees the numbers of the initial pid namespace, whose inode never changes (PROC_PID_INIT_INO
 * in include/linux/proc_ns.h). In another one -p, -t and PROGRAM would watch whoever has that
 * number outside.
 */
static int check_pid_namespace(struct source *s)
{
	const uint64_t initial = 0xEFFFFFFC;
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) || st.st_ino == initial)
		return 0;
	if (s->opts.ntgids || s->opts.ntids || s->opts.program)
		return fail(
			s, -EINVAL,
			"-p, -t and -- need the host's process ids: run memtrace outside the "
			"container, or in one that shares the host's pid namespace (--pid=host)");
	log_warn("not in the host's pid namespace: processes outside of this one have no totals");
	return 0;
}

/* A perf event and a link per CPU: large machines have more CPUs than the usual 1024 files. */
static void raise_file_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) || lim.rlim_cur == lim.rlim_max)
		return;
	lim.rlim_cur = lim.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &lim))
		log_info("cannot raise the limit of open files: %s", strerror(errno));
}

/* The kernel log is no rung of the probe's, but can be refused like one. */
static int open_kernel_log(struct source *s)
{
	if (probe_disabled(getenv("MEMTRACE_DISABLE"), "oom.log", "kmsg"))
		return -ECANCELED;
	return kmsg_open(&s->kmsg, &s->root, KMSG_NEW);
}

/* All that needs no BPF, in an order that lets PROGRAM inherit as little as possible. */
static int open_basics(struct source *s)
{
	int err = check_privilege(s);

	if (!err)
		err = check_pid_namespace(s);
	if (err)
		return err;
	self_protect(&s->root, &s->protection);
	if (s->opts.program) {
		err = program_start(&s->program, s->opts.program, &s->root, &s->protection);
		if (err)
			return fail(s, err, "cannot start %s: %s", s->opts.program[0],
				    strerror(-err));
	}
	raise_file_limit(); /* PROGRAM keeps the old one */
	cgroups_open(&s->root, &s->cgroups);
	s->kmsg_error = open_kernel_log(s);
	s->names = names_new(&s->root, &s->cgroups, s->opts.fn, s->opts.ctx);
	if (!s->names || swapout_init(&s->swapout) ||
	    targets_init(&s->targets, s->opts.tgids, s->opts.ntgids, s->opts.tids, s->opts.ntids,
			 &s->root))
		return fail(s, -ENOMEM, "out of memory");
	if (s->opts.kernel_stacks)
		names_stacks(s->names, read_stack, s);
	return 0;
}

static struct source *source_new(const struct source_opts *opts)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->opts = *opts;
	s->epoll_fd = s->signal_fd = s->cgroups.fd = s->kmsg.fd = -1;
	s->program.pidfd = s->program.hold_fd = s->program.error_fd = -1;
	s->kmsg_error = -ENODEV;
	return s;
}

static int open_attached(const struct source_opts *opts, struct source **out, bool examine)
{
	struct source *s = *out = source_new(opts);
	int err;

	if (!s)
		return -ENOMEM;
	s->examine = examine;
	err = open_basics(s);
	if (!err)
		err = open_probe(s);
	if (!err && probe_attach(s->probe, source_take, s))
		err = fail(s, -EIO, "%s", probe_error(s->probe));
	return err;
}

int source_open(const struct source_opts *opts, struct source **out)
{
	uint64_t begin = source_now();
	int err = open_attached(opts, out, false);

	if (err)
		return err;
	log_info("loaded and attached in %.0f ms; ring buffer %zu KiB; memory %s; oom_score_adj %d",
		 (source_now() - begin) / 1e6, (*out)->opts.ring_bytes >> 10,
		 (*out)->protection.lock_error ? "not locked" : "locked", (*out)->protection.score);
	return open_loop(*out);
}

int source_probe_only(const struct source_opts *opts, struct source **out)
{
	int err = open_attached(opts, out, true);

	if (!err)
		snapshot_begin(*out);
	return err;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	probe_close(s->probe);
	names_free(s->names);
	cgroups_close(&s->cgroups);
	kmsg_close(&s->kmsg);
	program_fini(&s->program);
	htab_fini(&s->swapout.index);
	targets_fini(&s->targets);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	free(s);
}

/* Running. */

/*
 * Ctrl-C reaches PROGRAM too, and it decides: the run ends with it. A signal sent to us alone is
 * passed on. A second one ends the run whatever PROGRAM does.
 */
static void on_signal(struct source *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info)) {
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
	uint64_t now = source_now();

	if (until_ns <= now)
		return 0;
	return until_ns - now < POLL_MS * 1000000ull ? (until_ns - now) / 1000000 + 1 : POLL_MS;
}

static void poll_once(struct source *s, uint64_t next_ns)
{
	struct epoll_event evs[8];
	int n = epoll_wait(s->epoll_fd, evs, 8, wait_ms(next_ns));

	for (int i = 0; i < n; i++) {
		if (evs[i].data.fd == s->signal_fd)
			on_signal(s);
		else if (evs[i].data.fd == s->opts.hangup_fd &&
			 evs[i].events & (EPOLLERR | EPOLLHUP))
			source_stop(s);
	}
	probe_consume(s->probe);
	kernlog_drain(s);
	names_drain(s->names);
	if (program_ended(&s->program) && !s->end_reason)
		s->end_reason = END_PROGRAM;
}

static void interval_work(struct source *s)
{
	int cpus = probe_follow_cpus(s->probe);

	if (cpus < 0)
		log_warn_once("cannot watch a CPU that came online: %s", strerror(-cpus));
	if (probe_faults_armed(s->probe) && source_now() - s->last_fault_ns > DISARM_NS)
		probe_arm_faults(s->probe, false);
	snapshot_take(s, false);
	targets_look(&s->targets, &s->root);
	end_with_targets(s);
}

static int loop(struct source *s)
{
	uint64_t begin = source_now(), next = begin + s->opts.interval_ns;
	uint64_t end = s->opts.duration_ns ? begin + s->opts.duration_ns : UINT64_MAX;

	while (!s->end_reason) {
		poll_once(s, next < end ? next : end);
		if (source_now() >= end && !s->end_reason)
			s->end_reason = END_DURATION;
		if (source_now() < next || s->end_reason)
			continue;
		interval_work(s);
		/* An interval that could not be kept is skipped, not made up for in a burst. */
		while (next <= source_now())
			next += s->opts.interval_ns;
	}
	return 0;
}

int source_run(struct source *s)
{
	int err = 0;

	names_hold(s->names, s->program.pid);
	snapshot_begin(s);
	snapshot_take(s, false);
	names_hold(s->names, 0);
	if (s->program.pid) {
		err = program_release(&s->program);
		if (err) {
			program_wait(&s->program);
			return fail(s, err, "%s: %s", s->opts.program[0], strerror(-err));
		}
	}
	say_ready();
	err = loop(s);
	if (s->program.pid && s->end_reason != END_PROGRAM && program_ended(&s->program))
		s->end_reason = END_PROGRAM;
	probe_consume(s->probe);
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
