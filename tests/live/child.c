// SPDX-License-Identifier: GPL-2.0
/*
 * Child processes of the live tests, with their output in files and their exact rusage.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "live.h"

/* Only a process that we have not reaped yet may be killed: its PID cannot have been reused. */
static void child_kill(const char *text)
{
	pid_t pid = atoi(text);

	if (waitpid(pid, NULL, WNOHANG) != 0)
		return;
	kill(pid, SIGCONT);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

void child_undo(pid_t pid)
{
	undo_push(child_kill, "%d", pid);
}

static pid_t process_fork(pid_t wanted)
{
	struct clone_args args = {.exit_signal = SIGCHLD};

	if (wanted <= 0)
		return fork();
	args.set_tid = (uintptr_t)&wanted;
	args.set_tid_size = 1;
	return syscall(SYS_clone3, &args, sizeof(args));
}

static void fd_place(const char *path, int flags, int to)
{
	int fd = open(path, flags | O_CLOEXEC, 0666);

	if (fd < 0 || dup2(fd, to) < 0)
		_exit(125);
}

static void privileges_drop(uid_t uid, uint64_t caps)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	if (caps)
		prctl(PR_SET_KEEPCAPS, 1);
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		_exit(125);
	if (!caps)
		return;
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted = data[i].inheritable = caps >> (32 * i);
	if (syscall(SYS_capset, &head, data))
		_exit(125);
	for (int cap = 0; cap < 64; cap++)
		if ((caps >> cap & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
			_exit(125);
}

static void __attribute__((noreturn))
child_exec(const struct child *c, const struct spawn *s, int in)
{
	char path[PATH_MAX + 32];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	if (s->cgroup) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", s->cgroup);
		if (text_write(path, "0"))
			_exit(125);
	}
	if (in >= 0)
		dup2(in, 0);
	else
		fd_place("/dev/null", O_RDONLY, 0);
	fd_place(c->err, O_WRONLY | O_CREAT | O_TRUNC, 2);
	if (s->no_stdout)
		close(1);
	else if (s->out_fd > 0)
		dup2(s->out_fd, 1);
	else
		fd_place(c->out, O_WRONLY | O_CREAT | O_TRUNC, 1);
	if (s->ready_fd > 0) {
		int fd = dup(s->ready_fd); /* without close-on-exec */

		snprintf(path, sizeof(path), "%d", fd);
		setenv("MEMTRACE_READY_FD", path, 1);
	}
	if (s->uid)
		privileges_drop(s->uid, s->caps);
	execv(s->argv[0], (char *const *)s->argv);
	_exit(126);
}

void child_start(struct child *c, const struct spawn *s)
{
	int in[2] = {-1, -1};

	*c = (struct child){.in = -1};
	test_path(c->err, "stderr");
	if (s->out)
		snprintf(c->out, sizeof(c->out), "%s", s->out);
	else
		test_path(c->out, "stdout");
	if (s->stdin_pipe && pipe2(in, O_CLOEXEC))
		fail_msg("pipe: %s", strerror(errno));
	c->pid = process_fork(s->tid);
	if (c->pid == 0)
		child_exec(c, s, in[0]);
	if (in[0] >= 0)
		close(in[0]);
	c->in = in[1];
	if (c->pid < 0)
		fail_msg("cannot start %s: %s", s->argv[0], strerror(errno));
	child_undo(c->pid);
}

void child_tell(struct child *c)
{
	if (write(c->in, "x", 1) != 1)
		fail_msg("PID %d does not listen", c->pid);
}

static int status_decode(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool child_ended(struct child *c)
{
	int status;

	if (!c->ended && wait4(c->pid, &status, WNOHANG, &c->usage) == c->pid) {
		c->ended = true;
		c->status = status_decode(status);
		if (c->in >= 0)
			close(c->in);
	}
	return c->ended;
}

int child_wait(struct child *c, double seconds)
{
	double end = now_s() + seconds * slack();

	while (!child_ended(c)) {
		if (now_s() > end) {
			kill(c->pid, SIGKILL);
			fail_msg("PID %d did not end within %.1f s", c->pid, seconds * slack());
		}
		sleep_s(0.002 * slack());
	}
	return c->status;
}

/* Next to the test program, unless the environment says otherwise. */
static const char *program_find(const char *env, const char *relative)
{
	static char path[2][PATH_MAX + 32];
	static int turn;
	char self[PATH_MAX], *slash;
	const char *set = getenv(env);
	ssize_t n;

	if (set && *set)
		return set;
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", self, relative);
	return path[turn];
}

const char *hog_path(void)
{
	return program_find("MEMTRACE_HOG", "hog");
}

const char *memtrace_path(void)
{
	return program_find("MEMTRACE", "../memtrace");
}

void hog_start(struct child *c, const struct cgroup *cg, const char *const *args)
{
	const char *argv[16] = {hog_path()};
	struct spawn s = {.argv = argv, .cgroup = cg ? cg->dir : NULL, .stdin_pipe = true};

	for (int i = 0; args[i]; i++) {
		assert_true(i < 14);
		argv[i + 1] = args[i];
	}
	child_start(c, &s);
}

bool hog_says(struct child *c)
{
	double end = now_s() + 20 * slack();
	char c1[2];

	while (text_read(c->out, c1, sizeof(c1)) <= 0) {
		if (child_ended(c))
			return false;
		if (now_s() > end)
			fail_msg("hog did not get to its end in time");
		sleep_s(0.05);
	}
	return true;
}

void hog_said(struct child *c)
{
	if (!hog_says(c))
		fail_msg("hog ended before it had said that it was done");
}

void hog_run(struct child *c, const struct cgroup *cg, const char *const *args, double seconds)
{
	hog_start(c, cg, args);
	/* In a limit as small as it takes to be squeezed the kernel may give up. */
	if (child_wait(c, seconds) == 128 + SIGKILL)
		live_anew("the hog was killed");
	if (c->status) {
		char *err = text_load(c->err);

		fail_msg("hog ended with %d: %s", c->status, err ? err : "");
	}
}
