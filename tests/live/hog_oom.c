// SPDX-License-Identifier: GPL-2.0
/*
 * The hog's workloads that run out of memory in a way of their own: in other threads than the
 * first, in many processes, in processes that share their memory.
 *
 * Layer: tests. Part of the hog, see hog.c.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "hog.h"

static void fill(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = memory_map(size);

	for (size_t i = 0; i < size; i += page) {
		*(volatile uint64_t *)(p + i) = (i + 1) * 0x9e3779b97f4a7c15UL;
		if (i % (64 * page) == 0)
			sched_yield(); /* neighbours grow alike */
	}
}

static void *filler_main(void *size)
{
	prctl(PR_SET_NAME, "filler");
	fill(*(size_t *)size);
	return NULL;
}

/* A second thread takes MIB while the first one waits. */
int run_filler(char **arg)
{
	size_t size = number(arg[0]) * MIB;
	pthread_t t;

	if (pthread_create(&t, NULL, filler_main, &size))
		fail("pthread_create");
	pthread_join(t, NULL);
	usage_print("filler", "");
	return 0;
}

/* The same, but the first thread ends at once: what is left of the process has no leader. */
int run_orphan(char **arg)
{
	static size_t size;
	pthread_t t;

	size = number(arg[0]) * MIB;
	if (pthread_create(&t, NULL, filler_main, &size))
		fail("pthread_create");
	syscall(SYS_exit, 0); /* of this thread alone */
	return 0;
}

/* N children, each of which grows to MIB; ends when all of them have ended. */
int run_bomb(char **arg)
{
	unsigned long n = number(arg[0]);

	for (unsigned long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork");
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "bomblet");
		fill(number(arg[1]) * MIB);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	usage_print("bomb", "");
	return 0;
}

static int sharer_main(void *arg)
{
	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pause();
	return 0;
}

/* A process that shares its memory with another one, named in a line; takes MIB when stdin says so.
 */
int run_shared(char **arg)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	size_t size = number(arg[0]) * MIB;
	char more[64];
	pid_t pid = clone(sharer_main, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);

	if (pid < 0)
		fail("clone");
	fill(MIB); /* what they can be told by */
	snprintf(more, sizeof(more), ",\"sharer\":%d", pid);
	usage_print("shared", more);
	stdin_await();
	fill(size);
	return 0;
}

/* Takes MIB of one NUMA node alone. */
int run_bound(char **arg)
{
	unsigned long nodes = 1UL << number(arg[0]);

	if (syscall(SYS_set_mempolicy, 2 /* MPOL_BIND */, &nodes, 8 * sizeof(nodes)))
		fail("set_mempolicy");
	fill(number(arg[1]) * MIB);
	usage_print("bound", "");
	return 0;
}
