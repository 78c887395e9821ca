// SPDX-License-Identifier: GPL-2.0
/*
 * Gives back what tests take from the machine.
 *
 * Layer: tests. The stack lives in static memory and undo functions only make system calls, so
 * that a signal handler may run it.
 */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include "harness.h"

struct undo {
	void (*fn)(const char *);
	char text[512];
};

static struct undo stack[512];
static volatile sig_atomic_t depth;
static pid_t owner; /* a forked child must not undo */
static char run_dir[PATH_MAX];

int undo_mark(void)
{
	return depth;
}

void undo_to(int mark)
{
	while (depth > mark) {
		struct undo *u = &stack[--depth];

		u->fn(u->text);
	}
}

void undo_push(void (*fn)(const char *), const char *fmt, ...)
{
	struct undo *u = &stack[depth];
	va_list ap;

	if (depth == (int)(sizeof(stack) / sizeof(stack[0])))
		abort();
	va_start(ap, fmt);
	vsnprintf(u->text, sizeof(u->text), fmt, ap);
	va_end(ap);
	u->fn = fn;
	depth = depth + 1;
}

static void undo_all(void)
{
	if (getpid() == owner)
		undo_to(0);
}

static void signalled(int sig)
{
	undo_all();
	signal(sig, SIG_DFL);
	raise(sig);
}

const char *test_name(const char *what)
{
	static char name[NAME_MAX];

	snprintf(name, sizeof(name), TEST_PREFIX "%d-%s", getpid(), what);
	return name;
}

/* swapoff() refuses what is no swap in use, umount() what is no mount: asking is cheaper than
 * knowing. */
static void dir_remove(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[PATH_MAX];

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		swapoff(path);
		umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
		if (unlink(path))
			rmdir(path);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

static const char *temp_root(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

void test_path(char path[PATH_MAX], const char *what)
{
	static int serial;

	if (snprintf(path, PATH_MAX, "%s/%d-%s", run_dir, serial++, what) >= PATH_MAX)
		abort();
}

static void mount_end(const char *dir)
{
	umount2(dir, MNT_DETACH);
	rmdir(dir);
}

void disk_make(char dir[PATH_MAX], const char *options)
{
	test_path(dir, "disk");
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(mount("memtrace-test", dir, "tmpfs", 0, options), 0);
	undo_push(mount_end, "%s", dir);
}

void undo_init(void)
{
	struct sigaction sa = {.sa_handler = signalled};

	owner = getpid();
	atexit(undo_all);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (snprintf(run_dir, sizeof(run_dir), "%s/%s", temp_root(), test_name("dir")) >= 256)
		abort();
	if (mkdir(run_dir, 0755) && errno != EEXIST) {
		perror(run_dir);
		exit(1);
	}
	chmod(run_dir, 0755);
	undo_push(dir_remove, "%s", run_dir);
}

static bool name_is_stale(const char *name)
{
	int pid;

	return sscanf(name, TEST_PREFIX "%d-", &pid) == 1 && kill(pid, 0) && errno == ESRCH;
}

void stale_each(const char *dir, void (*fn)(const char *))
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[PATH_MAX];

	while (d && (e = readdir(d))) {
		if (!name_is_stale(e->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		fn(path);
	}
	if (d)
		closedir(d);
}

void undo_sweep(void)
{
	stale_each(temp_root(), dir_remove);
}
