// SPDX-License-Identifier: GPL-2.0
/*
 * Puts a live source together, asking the machine for all it needs, and takes it apart.
 *
 * Layer: source. See source.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include "clock.h"
#include "live_impl.h"
#include "log.h"
#include "priv.h"
#include "psi.h"

int source_fail(struct source *s, int err, const char *fmt, ...)
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

static int watch_fd(struct source *s, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

/* One that is ignored stays so: nohup's SIGHUP, a background job's SIGINT. */
static void signals_of(const struct source *s, sigset_t *set)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction old;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaddset(set, signals[i]);
	if (s->opts.signal_fn)
		sigaddset(set, SIGUSR1);
}

static int watch_all(struct source *s)
{
	int err = watch_fd(s, s->signal_fd, EPOLLIN);

	if (!err && probe_fd(s->probe) >= 0)
		err = watch_fd(s, probe_fd(s->probe), EPOLLIN);
	if (!err && !s->kmsg_error)
		err = watch_fd(s, s->kmsg.fd, EPOLLIN);
	if (!err && s->recorder.clock_fd >= 0)
		err = watch_fd(s, s->recorder.clock_fd, EPOLLIN);
	if (!err && s->program.pid && s->program.pidfd >= 0)
		err = watch_fd(s, s->program.pidfd, EPOLLIN);
	/* Regular files cannot be polled (EPERM), and need not be. */
	if (!err && s->opts.hangup_fd >= 0 && watch_fd(s, s->opts.hangup_fd, 0) == -EPERM)
		s->opts.hangup_fd = -1;
	return err;
}

static int open_loop(struct source *s)
{
	sigset_t set;
	int err;

	signals_of(s, &set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->signal_fd < 0 || s->epoll_fd < 0)
		return source_fail(s, -errno, "cannot set up the event loop: %s", strerror(errno));
	err = watch_all(s);
	return err ? source_fail(s, err, "cannot set up the event loop: %s", strerror(-err)) : 0;
}

static bool psi_on(const struct source *s)
{
	uint64_t some, full;

	return !psi_read(&s->root, "/proc/pressure/memory", &some, &full);
}

/* Of those that doctor has attached; it waits for none. */
#define DOCTOR_SAMPLE 1000000

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
		.oom_stacks = s->opts.recorder || s->examine,
		.ustacks = s->opts.user_stacks || s->examine,
		.sample = s->examine && !s->opts.sample ? DOCTOR_SAMPLE : s->opts.sample,
		.psi = psi_on(s),
		.examine = s->examine,
		.disable = getenv("MEMTRACE_DISABLE"),
	};
	int err = probe_open(&popts, &s->probe);

	if (!err && s->program.pid)
		err = probe_watch(s->probe, s->program.pid);
	if (err)
		return source_fail(s, err, "%s", probe_error(s->probe));
	return 0;
}

static int read_stack(void *ctx, uint32_t id, uint64_t *addresses, int max)
{
	const struct source *s = ctx;

	return probe_stack(s->probe, id, addresses, max);
}

static int read_ustack(void *ctx, uint32_t id, uint64_t *addresses, int max)
{
	const struct source *s = ctx;

	return probe_ustack(s->probe, id, addresses, max);
}

static int check_privilege(struct source *s)
{
	char words[512];
	struct priv priv;

	priv_check(&s->root, &priv);
	if (!priv_enough(&priv))
		return source_fail(s, -EPERM, "%s", priv_missing(&priv, words, sizeof(words)));
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
		return source_fail(
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

/* All that needs no BPF, in an order that lets PROGRAM inherit as little as possible. */
static int open_basics(struct source *s)
{
	int err = check_pid_namespace(s);

	if (err)
		return err;
	self_protect(&s->root, &s->protection);
	if (s->opts.program) {
		err = program_start(&s->program, s->opts.program, &s->root, &s->protection);
		if (err)
			return source_fail(s, err, "cannot start %s: %s", s->opts.program[0],
					   strerror(-err));
	}
	raise_file_limit(); /* PROGRAM keeps the old one */
	cgroups_open(&s->root, &s->cgroups);
	s->kmsg_error = kernlog_open(s);
	s->names = names_new(&s->root, &s->cgroups, s->opts.fn, s->opts.ctx);
	if (!s->names || swapout_init(&s->swapout) ||
	    targets_init(&s->targets, s->opts.tgids, s->opts.ntgids, s->opts.tids, s->opts.ntids,
			 &s->root))
		return source_fail(s, -ENOMEM, "out of memory");
	/* A report of an OOM kill waits for the trigger's stack, others' names are waited for at
	 * the end only. */
	if (!s->opts.recorder)
		names_give_way(s->names);
	if (s->opts.kernel_stacks || s->opts.recorder)
		names_stacks(s->names, read_stack, s);
	if (s->opts.recorder) {
		recorder_open(s);
		names_without_files(s->names);
	}
	if ((s->opts.user_stacks || s->opts.sample) && names_ustacks(s->names, read_ustack, s))
		return source_fail(s, -ENOMEM, "out of memory");
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
	recorder_init(&s->recorder);
	return s;
}

static int open_bpf(struct source *s)
{
	int err;

	if (probe_disabled(getenv("MEMTRACE_DISABLE"), "bpf", "all"))
		return source_fail(s, -ECANCELED, "BPF is disabled by MEMTRACE_DISABLE");
	err = open_probe(s);
	if (!err && probe_attach(s->probe, source_take, s))
		err = source_fail(s, -EIO, "%s", probe_error(s->probe));
	return err;
}

/* What is to be watched could not be told from the rest without BPF. */
static bool log_would_do(const struct source *s)
{
	return s->opts.log_only_ok && !s->opts.program && !s->opts.ntgids && !s->opts.ntids;
}

/* One that comes while we load is for later; unheeded it would end us. */
static void hold_asking(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int open_attached(const struct source_opts *opts, struct source **out, bool examine)
{
	struct source *s = *out = source_new(opts);
	int denied, err;

	if (!s)
		return -ENOMEM;
	s->examine = examine;
	if (opts->signal_fn)
		hold_asking();
	denied = check_privilege(s);
	if (denied && !log_would_do(s))
		return denied;
	err = open_basics(s);
	if (err)
		return err;
	err = denied ? denied : open_bpf(s);
	return err && log_would_do(s) && !s->kmsg_error ? logonly_open(s) : err;
}

int source_open(const struct source_opts *opts, struct source **out)
{
	uint64_t begin = boottime_ns();
	int err = open_attached(opts, out, false);

	if (err)
		return err;
	log_info("loaded and attached in %.0f ms; ring buffer %zu KiB; memory %s; oom_score_adj %d",
		 (boottime_ns() - begin) / 1e6, (*out)->opts.ring_bytes >> 10,
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

void source_settle(struct source *s)
{
	int err = s->opts.recorder ? self_prefault(&s->root, &s->protection) : 0;

	if (err && !s->protection.lock_error)
		s->protection.lock_error = err;
}

const struct protection *source_protection(const struct source *s)
{
	return &s->protection;
}

bool source_log_only(const struct source *s)
{
	return s->log_only;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	probe_close(s->probe);
	recorder_close(&s->recorder);
	taskrows_close(&s->rows);
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
