// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See program.h.
 */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn))
run_child(char *const argv[], int hold_fd, int error_fd, const struct sysroot *root,
	  const struct protection *prot)
{
	sigset_t none;
	ssize_t got;
	int err;
	char c;

	/* A byte lets us go. End of file: the loader gave up, and there is nothing to run. */
	do
		got = read(hold_fd, &c, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(127);
	self_restore(root, prot);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	err = errno;
	if (write(error_fd, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(err == ENOENT ? 127 : 126);
}

int program_start(struct program *p, char *const argv[], const struct sysroot *root,
		  const struct protection *prot)
{
	int hold[2], error[2], err;

	*p = (struct program){.pidfd = -1, .hold_fd = -1, .error_fd = -1};
	if (pipe2(hold, O_CLOEXEC))
		return -errno;
	if (pipe2(error, O_CLOEXEC)) {
		err = -errno;
		close(hold[0]);
		close(hold[1]);
		return err;
	}
	p->pid = fork();
	err = -errno;
	if (p->pid == 0) {
		close(hold[1]);
		close(error[0]);
		run_child(argv, hold[0], error[1], root, prot);
	}
	close(hold[0]);
	close(error[1]);
	p->hold_fd = hold[1];
	p->error_fd = error[0];
	if (p->pid < 0) {
		p->pid = 0;
		program_fini(p);
		return err;
	}
	p->pidfd = syscall(SYS_pidfd_open, p->pid, 0);
	return 0;
}

int program_release(struct program *p)
{
	int err = 0;

	p->released = true;
	if (write(p->hold_fd, "g", 1) != 1)
		err = errno;
	close(p->hold_fd);
	p->hold_fd = -1;
	/* End of file once exec(2) has closed the other end. */
	while (!err && read(p->error_fd, &err, sizeof(err)) < 0 && errno == EINTR)
		err = 0;
	close(p->error_fd);
	p->error_fd = -1;
	p->exec_error = err;
	return -err;
}

static void note_end(struct program *p, int wstatus)
{
	p->ended = true;
	p->status = WIFSIGNALED(wstatus) ? 128 + WTERMSIG(wstatus) : WEXITSTATUS(wstatus);
}

bool program_ended(struct program *p)
{
	int wstatus;

	if (p->pid && !p->ended && waitpid(p->pid, &wstatus, WNOHANG) == p->pid)
		note_end(p, wstatus);
	return p->ended;
}

void program_wait(struct program *p)
{
	int wstatus;

	if (!p->pid || p->ended)
		return;
	while (waitpid(p->pid, &wstatus, 0) < 0)
		if (errno != EINTR)
			return;
	note_end(p, wstatus);
}

void program_fini(struct program *p)
{
	if (p->hold_fd >= 0) {
		close(p->hold_fd);
		p->hold_fd = -1;
		program_wait(p); /* it sees the end of file and exits */
	}
	if (p->error_fd >= 0)
		close(p->error_fd);
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->error_fd = p->pidfd = -1;
}
