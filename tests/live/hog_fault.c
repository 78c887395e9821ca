// SPDX-License-Identifier: GPL-2.0
/*
 * The hog's workloads whose faults are known one by one: masses of processes that end in each way
 * there is, pages of a file one after another, pages that come back from swap as fast as can be.
 *
 * Layer: tests. Part of the hog, see hog.c.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "hog.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* Linux 5.4 */
#endif

#define AT_A_TIME  8  /* children */
#define MOST_PAGES 61 /* that a child touches */

static size_t page;
static char *some; /* MOST_PAGES of memory, shared until written to */
static unsigned long wanted;

static void some_touch(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		((volatile char *)some)[i * page] = 1;
}

static void *thread_touch(void *arg)
{
	(void)arg;
	some_touch(wanted);
	return NULL;
}

/* Its leader has gone when it touches. */
static void *thread_touch_late(void *arg)
{
	(void)arg;
	usleep(2000);
	some_touch(wanted);
	return NULL;
}

/* The process goes on by another program; the thread's number becomes that of its leader. */
static void *thread_exec(void *self)
{
	some_touch(wanted);
	execl(self, "hog", "exit", "0", NULL);
	_exit(127);
}

static pthread_t thread_start(void *(*fn)(void *), const char *arg)
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, (void *)arg))
		_exit(126);
	return t;
}

enum life {
	LIFE_PLAIN,	  /* never execs */
	LIFE_EXEC,	  /* becomes another program */
	LIFE_THREAD,	  /* a thread dies before its leader */
	LIFE_LEADER,	  /* the leader dies before its thread */
	LIFE_THREAD_EXEC, /* a thread that is not the leader execs */
	LIFE_KILLED,
	LIVES,
	LIFE_VFORK = LIVES, /* vfork() and exec */
};

static void __attribute__((noreturn)) life_live(enum life life, const char *self)
{
	if (life == LIFE_THREAD)
		pthread_join(thread_start(thread_touch, NULL), NULL);
	if (life == LIFE_LEADER) {
		thread_start(thread_touch_late, NULL);
		pthread_exit(NULL);
	}
	if (life == LIFE_THREAD_EXEC)
		pthread_join(thread_start(thread_exec, self), NULL);
	some_touch(wanted);
	if (life == LIFE_EXEC)
		execl(self, "hog", "exit", "0", NULL);
	if (life == LIFE_KILLED)
		raise(SIGKILL);
	_exit(life == LIFE_EXEC ? 127 : 0);
}

static void life_start(enum life life, const char *self)
{
	pid_t pid;

	fflush(stdout); /* or the child prints it again */
	pid = life == LIFE_VFORK ? vfork() : fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0 && life == LIFE_VFORK) {
		execl(self, "hog", "exit", "0", NULL);
		_exit(127);
	}
	if (pid == 0)
		life_live(life, self);
}

static void any_reap(void)
{
	struct rusage ru;
	int status;
	pid_t pid = wait4(-1, &status, 0, &ru);

	if (pid < 0)
		fail("wait4");
	if (WIFEXITED(status) && WEXITSTATUS(status))
		fail("a child failed");
	printf("{\"child\":%d,\"minflt\":%ld,\"majflt\":%ld}\n", pid, ru.ru_minflt, ru.ru_majflt);
}

/* N children, some at a time, that live and end in all ways in turn. */
int run_lives(char **arg)
{
	unsigned long n = number(arg[0]), running = 0;
	static char self[4096];

	page = sysconf(_SC_PAGESIZE);
	some = memory_map(MOST_PAGES * page);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		fail("/proc/self/exe");
	for (unsigned long i = 0; i < n; i++) {
		wanted = i % MOST_PAGES;
		life_start(i % (LIVES + 1), self);
		if (++running == AT_A_TIME) {
			any_reap();
			running--;
		}
	}
	while (running--)
		any_reap();
	usage_print("lives", "");
	return 0;
}

/* A mapping of a file that is not in the page cache, without read-ahead. */
static char *file_map(const char *path, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *p;

	if (fd < 0)
		fail(path);
	fsync(fd); /* not all file systems know it */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	madvise(p, size, MADV_RANDOM);
	return p;
}

/* Maps N pages of a file, says so, waits for a byte, and reads a byte of each. */
int run_touch(char **arg)
{
	size_t n = number(arg[1]);
	unsigned sum = 0;
	char *p;

	page = sysconf(_SC_PAGESIZE);
	p = file_map(arg[0], n * page);
	usage_print("mapped", "");
	stdin_await();
	for (size_t i = 0; i < n; i++)
		sum += ((volatile char *)p)[i * page];
	usage_print("touch", sum ? "" : ",\"empty\":true");
	return 0;
}

/*
 * The same in PID and mount namespaces of its own, by a child whose number outside it tells: DIR is
 * at PLACE there, and FILE is below it.
 */
int run_inside(char **arg)
{
	char path[4096];
	pid_t pid;
	int status;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		fail("unshare");
	if (mount(arg[0], arg[1], NULL, MS_BIND, NULL))
		fail("mount");
	snprintf(path, sizeof(path), "%s/%s", arg[1], arg[2]);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		char *touch[] = {path, arg[3], NULL};

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_touch(touch);
		stdin_await();
		_exit(0);
	}
	printf("{\"inside\":%d}\n", pid);
	fflush(stdout);
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

struct part {
	char *p;
	size_t size;
	unsigned long rounds;
	uint64_t fill;
	double touching; /* seconds */
};

static void *storm_main(void *arg)
{
	struct part *s = arg;
	double begin;

	for (size_t i = 0; i < s->size / sizeof(s->fill); i++)
		((uint64_t *)s->p)[i] = s->fill;
	for (unsigned long r = 0; r < s->rounds; r++) {
		if (madvise(s->p, s->size, MADV_PAGEOUT))
			fail("MADV_PAGEOUT");
		begin = now_s();
		for (size_t i = 0; i < s->size; i += page)
			if (*(volatile uint64_t *)(s->p + i) != s->fill)
				fail("memory came back changed");
		s->touching += now_s() - begin;
	}
	return NULL;
}

/*
 * N threads with MIB together, each of whose pages is full of the word FILL: ROUNDS times swapped
 * out and touched again. Prints how long the touching took, on average of the threads.
 */
int run_storm(char **arg)
{
	unsigned long n = number(arg[0]), i;
	struct part part[16] = {0};
	double touching = 0;
	pthread_t t[16];
	char more[64];

	if (!n || n > 16)
		fail("threads");
	page = sysconf(_SC_PAGESIZE);
	for (i = 0; i < n; i++) {
		part[i].size = number(arg[1]) * MIB / n & -page;
		part[i].p = memory_map(part[i].size);
		part[i].rounds = number(arg[2]);
		part[i].fill = number(arg[3]);
		if (pthread_create(&t[i], NULL, storm_main, &part[i]))
			fail("pthread_create");
	}
	for (i = 0; i < n; i++) {
		pthread_join(t[i], NULL);
		touching += part[i].touching / n;
	}
	snprintf(more, sizeof(more), ",\"touching_s\":%.6f", touching);
	usage_print("storm", more);
	return 0;
}

/* A major fault on a page of its own, N times a second, until it is killed or its parent ends. */
int run_drip(char **arg)
{
	useconds_t pause = 1000000 / number(arg[0]);
	char *p;

	page = sysconf(_SC_PAGESIZE);
	p = memory_map(page);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	*(volatile uint64_t *)p = 19088743;
	for (;;) {
		if (madvise(p, page, MADV_PAGEOUT))
			fail("MADV_PAGEOUT");
		if (*(volatile uint64_t *)p != 19088743)
			fail("memory came back changed");
		usleep(pause);
	}
	return 0;
}
