// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See hook.h.
 */
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "log.h"

/* Of our environment only this is not for others: who has it would speak for us. */
static const char *const private[] = {
	"NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=", "MEMTRACE_READY_FD="};
/* What the child is told; the path's extension is replaced by the given one. */
static const struct {
	const char *name, *ext;
} told[] = {{"MEMTRACE_REPORT", ".txt"},
	    {"MEMTRACE_REPORT_JSON", ".json"},
	    {"MEMTRACE_REPORT_MD", ".md"}};

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static bool is_kept(const char *var)
{
	for (int i = 0; i < COUNT(private); i++)
		if (!strncmp(var, private[i], strlen(private[i])))
			return false;
	for (int i = 0; i < COUNT(told); i++) {
		size_t len = strlen(told[i].name);

		if (!strncmp(var, told[i].name, len) && var[len] == '=')
			return false;
	}
	return true;
}

int hook_init(struct hook *h, const char *command, void (*in_child)(void *ctx), void *ctx)
{
	int n = 0;

	*h = (struct hook){.command = command, .in_child = in_child, .ctx = ctx};
	if (!command)
		return 0;
	while (environ && environ[n])
		n++;
	h->env = calloc((size_t)n + COUNT(told) + 1, sizeof(*h->env));
	if (!h->env)
		return -ENOMEM;
	for (int i = 0; i < n; i++)
		if (is_kept(environ[i]))
			h->env[h->nenv++] = environ[i];
	return 0;
}

static void __attribute__((noreturn)) run_child(struct hook *h, const char *path)
{
	char text[COUNT(told)][PATH_MAX + 64];
	char *argv[] = {"/bin/sh", "-c", (char *)h->command, "sh", (char *)path, NULL};
	size_t stem = strlen(path) - strlen(told[0].ext);
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	setpgid(0, 0);
	if (h->in_child)
		h->in_child(h->ctx);
	for (int i = 0; i < COUNT(told); i++) {
		snprintf(text[i], sizeof(text[i]), "%s=%.*s%s", told[i].name, (int)stem, path,
			 told[i].ext);
		h->env[h->nenv + i] = text[i];
	}
	/* Our stdout is for reports only, perhaps for a program that reads them. */
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(126);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(argv[0], argv, h->env);
	_exit(errno == ENOENT ? 127 : 126);
}

static void start(struct hook *h, struct hook_child *c, const char *path, uint64_t now_ns)
{
	pid_t pid = fork();

	if (pid == 0)
		run_child(h, path);
	if (pid < 0) {
		h->skipped++;
		log_error("--exec: cannot run the command for %s: %s", path, strerror(errno));
		return;
	}
	setpgid(pid, pid); /* whoever is first */
	*c = (struct hook_child){.pid = pid, .end_ns = now_ns + HOOK_LIMIT_NS};
}

static struct hook_child *place(struct hook *h)
{
	for (int i = 0; i < HOOK_RUNNING; i++)
		if (!h->running[i].pid)
			return &h->running[i];
	return NULL;
}

static void note_end(struct hook_child *c, int status)
{
	if (c->killed)
		log_error("--exec: the command (process %d) took too long and was killed",
			  (int)c->pid);
	else if (WIFSIGNALED(status))
		log_error("--exec: the command (process %d) was ended by signal %d", (int)c->pid,
			  WTERMSIG(status));
	else if (WEXITSTATUS(status))
		log_error("--exec: the command (process %d) failed with status %d", (int)c->pid,
			  WEXITSTATUS(status));
	c->pid = 0;
}

/* It leads a group of its own, which has what it has started. */
static void kill_child(struct hook_child *c)
{
	if (kill(-c->pid, SIGKILL))
		kill(c->pid, SIGKILL);
	c->killed = true;
}

static void look(struct hook_child *c, uint64_t now_ns)
{
	int status;

	if (!c->pid)
		return;
	if (waitpid(c->pid, &status, WNOHANG) == c->pid)
		note_end(c, status);
	else if (now_ns >= c->end_ns && !c->killed)
		kill_child(c);
}

void hook_run(struct hook *h, const char *path, uint64_t now_ns)
{
	struct hook_child *c;

	if (!h->command)
		return;
	hook_tick(h, now_ns);
	c = h->nwaiting ? NULL : place(h);
	if (c) {
		start(h, c, path, now_ns);
	} else if (h->nwaiting < HOOK_WAITING) {
		snprintf(h->waiting[(h->head + h->nwaiting) % HOOK_WAITING], PATH_MAX, "%s", path);
		h->nwaiting++;
	} else {
		h->skipped++;
		log_error("--exec: %d commands run and %d wait: none is run for %s", HOOK_RUNNING,
			  HOOK_WAITING, path);
	}
}

void hook_tick(struct hook *h, uint64_t now_ns)
{
	struct hook_child *c;

	for (int i = 0; i < HOOK_RUNNING; i++)
		look(&h->running[i], now_ns);
	while (h->nwaiting && (c = place(h))) {
		start(h, c, h->waiting[h->head], now_ns);
		h->head = (h->head + 1) % HOOK_WAITING;
		h->nwaiting--;
	}
}

static bool is_idle(const struct hook *h)
{
	for (int i = 0; i < HOOK_RUNNING; i++)
		if (h->running[i].pid)
			return false;
	return !h->nwaiting;
}

/* Those that wait are not run any more, those that run have had their time. */
static void give_up(struct hook *h)
{
	if (h->nwaiting)
		log_error("--exec: the run is over: no command is run for the last %u reports",
			  h->nwaiting);
	h->skipped += h->nwaiting;
	h->nwaiting = 0;
	for (int i = 0; i < HOOK_RUNNING; i++)
		h->running[i].end_ns = 0;
}

void hook_fini(struct hook *h)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	uint64_t end = boottime_ns() + HOOK_END_NS;

	hook_tick(h, boottime_ns());
	/* What was killed and hangs in the kernel is left to init, a second later. */
	while (!is_idle(h) && boottime_ns() < end + 1000000000) {
		if (boottime_ns() >= end)
			give_up(h);
		nanosleep(&pause, NULL);
		hook_tick(h, boottime_ns());
	}
	free(h->env);
	h->env = NULL;
}
