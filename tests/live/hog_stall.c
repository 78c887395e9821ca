// SPDX-License-Identifier: GPL-2.0
/*
 * The hog's workloads whose stalls have a known cause: where their time goes follows from what
 * they do, whoever measures it.
 *
 * Layer: tests. Part of the hog, see hog.c.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "hog.h"

static struct {
	double end;
	size_t size; /* of each thread */
	int tids[256];
} many;

static void *many_main(void *tid)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned long n = 0, least = many.size / page * 2;
	char *p = memory_map(many.size);

	*(int *)tid = gettid();
	for (size_t i = 0; n < least || now_s() < many.end; i = (i + page) % many.size)
		*(volatile uint64_t *)(p + i) = (++n ^ (uintptr_t)p) * 0x9e3779b97f4a7c15UL;
	return NULL;
}

/* N (256 at most) threads at a time, which touch MIB together, each its part again and again for
 * SECONDS. */
int run_many(char **arg)
{
	unsigned long n = number(arg[0]);
	char more[4096] = ",\"tids\":[";
	pthread_t t[256];

	if (!n || n > sizeof(t) / sizeof(t[0]))
		fail("threads");
	many.size = number(arg[1]) * MIB / n & -sysconf(_SC_PAGESIZE);
	many.end = now_s() + strtod(arg[2], NULL);
	for (unsigned long i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, many_main, &many.tids[i]))
			fail("pthread_create");
	for (unsigned long i = 0; i < n; i++) {
		pthread_join(t[i], NULL);
		sprintf(strchr(more, '\0'), "%d%s", many.tids[i], i + 1 < n ? "," : "]");
	}
	usage_print("many", more);
	return 0;
}

/* Writes MIB of a file again and again for SECONDS, once at least. */
int run_write(char **arg)
{
	double end = now_s() + strtod(arg[2], NULL);
	int fd = open(arg[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	size_t size = number(arg[1]) * MIB;
	static char buf[64 * 1024];
	unsigned long chunks = 0;
	char more[64];

	if (fd < 0)
		fail(arg[0]);
	memset(buf, 5, sizeof(buf));
	for (size_t at = 0; chunks * sizeof(buf) < size || now_s() < end; chunks++) {
		if (pwrite(fd, buf, sizeof(buf), at) != (ssize_t)sizeof(buf))
			fail(arg[0]);
		at = (at + sizeof(buf)) % size;
	}
	snprintf(more, sizeof(more), ",\"written\":%lu", chunks * sizeof(buf));
	usage_print("write", more);
	return 0;
}

/*
 * Writes to MIB of a file or block device through a mapping, again and again for SECONDS, once at
 * least. Unlike write() it allocates with leave to wait for what is being written back.
 */
int run_dirty(char **arg)
{
	double end = now_s() + strtod(arg[2], NULL);
	size_t size = number(arg[1]) * MIB, page = sysconf(_SC_PAGESIZE);
	int fd = open(arg[0], O_RDWR | O_CLOEXEC);
	unsigned long touched = 0;
	char *p;

	if (fd < 0)
		fail(arg[0]);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	madvise(p, size, MADV_RANDOM);
	for (size_t at = 0; touched++ < size / page || now_s() < end; at = (at + page) % size)
		++*(volatile char *)(p + at);
	usage_print("dirty", "");
	return 0;
}

/*
 * Asks for files that are not there, in the directory of FILE, N times at least and for SECONDS:
 * the kernel keeps each miss as a negative dentry, with its long name some 450 bytes, which only
 * its shrinker takes away again. Also reads of FILE: a dentry is free only some time after its
 * shrinker ran (RCU), a page at once.
 */
int run_misses(char **arg)
{
	unsigned long n = 0, least = number(arg[1]);
	double end = now_s() + strtod(arg[2], NULL);
	int fd = open(arg[0], O_RDONLY | O_CLOEXEC);
	char more[64], path[4096], buf[128 * 1024];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || st.st_size < (off_t)sizeof(buf))
		fail(arg[0]);
	for (; n < least || now_s() < end; n++) {
		snprintf(path, sizeof(path), "%.3800s-no-%0200lu", arg[0], n);
		if (access(path, F_OK) == 0)
			fail(path);
		if (n % 256 == 0 && pread(fd, buf, sizeof(buf), n * 512 % st.st_size) < 0)
			fail(arg[0]);
	}
	snprintf(more, sizeof(more), ",\"misses\":%lu", n);
	usage_print("misses", more);
	return 0;
}

/* Does nothing but use a CPU for SECONDS. */
int run_spin(char **arg)
{
	double end = now_s() + strtod(arg[0], NULL);

	while (now_s() < end)
		;
	usage_print("spin", "");
	return 0;
}

/* Grows to MIB within SECONDS at an even pace, and stays so until stdin says to end. */
int run_grow(char **arg)
{
	size_t size = number(arg[0]) * MIB, page = sysconf(_SC_PAGESIZE);
	double begin = now_s(), seconds = strtod(arg[1], NULL);
	char *p = memory_map(size);

	for (size_t i = 0; i < size; i += page) {
		*(volatile uint64_t *)(p + i) = (i + 1) * 0x9e3779b97f4a7c15UL;
		while ((now_s() - begin) * size < seconds * i)
			usleep(1000);
	}
	usage_print("grow", "");
	stdin_await();
	return 0;
}

/* Takes MIB and gives it back, again and again for SECONDS: works with as much all the time. */
int run_churn(char **arg)
{
	size_t size = number(arg[0]) * MIB, page = sysconf(_SC_PAGESIZE);
	double end = now_s() + strtod(arg[1], NULL);
	char *p = memory_map(size);

	while (now_s() < end) {
		for (size_t i = 0; i < size; i += page)
			*(volatile uint64_t *)(p + i) = (i + 1) * 0x9e3779b97f4a7c15UL;
		madvise(p, size, MADV_DONTNEED);
		usleep(10000);
	}
	usage_print("churn", "");
	return 0;
}

#define HUGE (2 * MIB)

/*
 * N processes, each a child of the one before, that take the lock of the anonymous memory they all
 * descend from, again and again until *stop. The longer the line, the longer it is held: a copy of
 * a mapping is entered with each of its ancestors.
 */
static void lockers_start(unsigned long n, char *p, const volatile int *stop)
{
	size_t page = sysconf(_SC_PAGESIZE);
	pid_t pid = n ? fork() : 1;

	if (pid < 0)
		fail("fork");
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "locker");
	*p = n; /* with memory of its own it is an ancestor */
	lockers_start(n - 1, p, stop);
	while (!*stop) { /* splits a mapping, and makes it whole again */
		mprotect(p, page, PROT_READ);
		mprotect(p, page, PROT_READ | PROT_WRITE);
	}
	wait(NULL);
	_exit(0);
}

/*
 * Memory of which the first HUGE bytes are for children, too, and the rest for this process alone,
 * in huge pages where the kernel has some; all of it below one lock.
 */
static char *huge_map(size_t size)
{
	char *p = mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	p = (char *)(((uintptr_t)p + HUGE - 1) & -HUGE);
	*p = 1; /* now it has its lock, and what is split from it has the same */
	if (madvise(p + HUGE, size - HUGE, MADV_HUGEPAGE))
		fail("no huge pages");
	madvise(p + HUGE, size - HUGE, MADV_DONTFORK);
	return p;
}

#define SPANS 4096 /* places for huge pages: where small ones were there is none again */
#define KEPT  64   /* that have memory */

/*
 * Fills the Nth huge page, and gives most of it back: it stays whole until reclaim splits it. What
 * is left of the oldest goes.
 */
static void huge_fill(char *first, unsigned long n)
{
	char *p = first + (1 + n % SPANS) * HUGE;
	size_t page = sysconf(_SC_PAGESIZE);

	madvise(p, HUGE, MADV_DONTNEED);
	for (size_t i = 0; i < HUGE; i += page)
		*(volatile uint64_t *)(p + i) = (n * HUGE + i + 1) * 0x9e3779b97f4a7c15UL;
	madvise(p + HUGE / 4, HUGE * 3 / 4, MADV_DONTNEED);
	if (n >= KEPT)
		madvise(first + (1 + (n - KEPT) % SPANS) * HUGE, HUGE, MADV_DONTNEED);
}

/* How often this process slept. */
static long sleeps(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_nvcsw;
}

#define ENOUGH 4  /* sleeps; it has little else to sleep for than the lock */
#define LONG_S 12 /* to wait for as many */

/*
 * Waits for a lock in reclaim: fills huge pages for SECONDS, the first MIB of them without company.
 * To split them reclaim takes the lock of the anonymous memory (anon_vma), for which LOCKERS
 * children queue, so many that it is hardly ever free; but with one processor only those that lost
 * it with the lock held are in the way, so it goes on until it slept now and then.
 */
int run_split(char **arg)
{
	unsigned long lockers = number(arg[0]), first = number(arg[1]) * MIB / HUGE, n = 0;
	double end = now_s() + strtod(arg[2], NULL);
	long slept;
	char *p = huge_map((SPANS + 1) * HUGE), more[64];
	int *stop = mmap(NULL, sizeof(*stop), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);

	if (stop == MAP_FAILED)
		fail("mmap");
	for (; n < first; n++)
		huge_fill(p, n);
	lockers_start(lockers, p, stop);
	setpriority(PRIO_PROCESS, 0, -10);
	slept = sleeps();
	for (; now_s() < end || (sleeps() < slept + ENOUGH && now_s() < end + LONG_S); n++)
		huge_fill(p, n);
	*stop = 1;
	while (wait(NULL) > 0)
		;
	snprintf(more, sizeof(more), ",\"huge\":%lu", n);
	usage_print("split", more);
	return 0;
}
