// SPDX-License-Identifier: GPL-2.0
/*
 * The workloads that live tests and the bench squeeze, fault and kill: one small program without
 * dependencies, so that it can be linked static and copied into a VM.
 *
 * Layer: tests. Run by tests/live and tests/bench.sh.
 *
 *	hog [-w] [-k] [-g CGROUPDIR] [-s OOM_SCORE_ADJ] [-n COMM] MODE [ARG...]
 *
 * -w waits for a byte (or the end) of stdin before it works, so that whoever watches can get
 * ready; -k keeps the process after its work until another byte, so that it can be asked about;
 * -g joins a memory cgroup and -s sets oom_score_adj before anything is allocated.
 *
 * Each mode ends by printing one JSON line with its PID and its faults so far. Printing may fault
 * too: the exact totals are those of the parent's wait4().
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "hog.h"

#define LOOP_SPAN (64 * MIB) /* what one round of the minor-fault loop touches */

void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "hog: %s: %s\n", what, strerror(errno));
	exit(1);
}

double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static double cpu_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end) {
		fprintf(stderr, "hog: not a number: %s\n", text);
		exit(2);
	}
	return n;
}

static void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(path);
	close(fd);
}

void stdin_await(void)
{
	char c;

	if (read(0, &c, 1) < 0)
		fail("stdin");
}

/* What a piece of work took, for usage_print(). */
struct took {
	double seconds, cpu_seconds;
	char json[160];
};

static void took_begin(struct took *t)
{
	t->seconds = now_s();
	t->cpu_seconds = cpu_s();
}

static const char *took_end(struct took *t, unsigned long units)
{
	snprintf(t->json, sizeof(t->json), ",\"units\":%lu,\"seconds\":%.6f,\"cpu_seconds\":%.6f",
		 units, now_s() - t->seconds, cpu_s() - t->cpu_seconds);
	return t->json;
}

void usage_print(const char *mode, const char *more)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	printf("{\"mode\":\"%s\",\"pid\":%d,\"minflt\":%ld,\"majflt\":%ld%s}\n", mode, getpid(),
	       ru.ru_minflt, ru.ru_majflt, more);
	fflush(stdout);
}

char *memory_map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	/* A huge page would hide the faults that the caller wants to see one by one. */
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static void pages_touch(char *p, size_t size, size_t page, unsigned char value)
{
	for (size_t i = 0; i < size; i += page)
		((volatile char *)p)[i] = value;
}

/*
 * Touches MIB again and again for SECONDS: over a cgroup's limit, each round is squeezed. However
 * slow the machine, it comes so far into the second round that pages return from swap.
 */
static int run_anon(char **arg)
{
	size_t size = number(arg[0]) * MIB, page = sysconf(_SC_PAGESIZE);
	double end = now_s() + strtod(arg[1], NULL);
	unsigned long touched = 0, least = size / page + size / page / 8;
	char *p = memory_map(size);
	struct took took;

	took_begin(&took);
	for (size_t i = 0; touched < least || now_s() < end; i = (i + page) % size) {
		/* Other contents in each page and round, so that swap cannot share or drop them. */
		*(volatile uint64_t *)(p + i) = ++touched * 0x9e3779b97f4a7c15UL;
	}
	usage_print("anon", took_end(&took, touched));
	return 0;
}

/* Reads MIB of a file through a mapping without read-ahead, after dropping it from the cache. */
static int run_file(char **arg)
{
	size_t size = number(arg[1]) * MIB, page = sysconf(_SC_PAGESIZE);
	int fd = open(arg[0], O_RDONLY | O_CLOEXEC);
	unsigned sum = 0;
	char *p;

	if (fd < 0)
		fail(arg[0]);
	if (fsync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		fail("cannot drop the file from the cache");
	p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	madvise(p, size, MADV_RANDOM);
	for (size_t i = 0; i < size; i += page)
		sum += ((volatile char *)p)[i];
	usage_print("file", sum ? "" : ",\"empty\":true");
	return 0;
}

/* Fills MIB, says where in a JSON line, waits for a byte, and touches each page again. */
static int run_back(char **arg)
{
	size_t size = number(arg[0]) * MIB, page = sysconf(_SC_PAGESIZE);
	char *p = memory_map(size), more[64];

	for (size_t i = 0; i < size; i += page)
		*(volatile uint64_t *)(p + i) = (i + 1) * 0x9e3779b97f4a7c15UL;
	snprintf(more, sizeof(more), ",\"address\":%lu", (unsigned long)p);
	usage_print("filled", more);
	stdin_await();
	for (size_t i = 0; i < size; i += page)
		if (*(volatile uint64_t *)(p + i) != (i + 1) * 0x9e3779b97f4a7c15UL)
			fail("memory came back changed");
	usage_print("back", "");
	return 0;
}

/* Reads MIB of a file again and again for SECONDS. */
static int run_cache(char **arg)
{
	double end = now_s() + strtod(arg[2], NULL);
	size_t size = number(arg[1]) * MIB;
	int fd = open(arg[0], O_RDONLY | O_CLOEXEC);
	static char buf[256 * 1024];

	if (fd < 0)
		fail(arg[0]);
	for (size_t at = 0; now_s() < end; at = (at + sizeof(buf)) % size)
		if (pread(fd, buf, sizeof(buf), at) < 0)
			fail(arg[0]);
	usage_print("cache", "");
	return 0;
}

/*
 * Reads a byte of each page of a file of MIB, N pages in all, without read-ahead: more than a
 * cgroup's limit and full of holes, it is reclaim of clean pages and next to nothing else.
 */
static int run_reread(char **arg)
{
	unsigned long size = number(arg[1]) * MIB, n = number(arg[2]);
	size_t page = sysconf(_SC_PAGESIZE);
	int fd = open(arg[0], O_RDONLY | O_CLOEXEC);
	struct took took;
	char c;

	if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM))
		fail(arg[0]);
	took_begin(&took);
	for (unsigned long i = 0; i < n; i++)
		if (pread(fd, &c, 1, i * page % size) != 1)
			fail(arg[0]);
	usage_print("reread", took_end(&took, n));
	return 0;
}

/*
 * Has the cgroup, which it must be in, reclaim what cannot be: locked memory. N times, or on cgroup
 * v2, where the kernel tries again, N times some. Of a stall nothing is left but its two ends: the
 * kernel's workers that it wakes must not preempt it.
 */
static int run_futile(char **arg)
{
	const struct sched_param lowest = {.sched_priority = 1};
	unsigned long n = number(arg[1]);
	struct took took;
	char path[4096];
	int fd;

	pages_touch(memory_map(MIB), MIB, sysconf(_SC_PAGESIZE), 1);
	if (mlockall(MCL_CURRENT))
		fail("mlockall");
	snprintf(path, sizeof(path), "%s/memory.limit_in_bytes", arg[0]);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(path, sizeof(path), "%s/memory.reclaim", arg[0]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (fd < 0)
		fail(path);
	if (sched_setscheduler(0, SCHED_FIFO, &lowest))
		fail("sched_setscheduler");
	took_begin(&took);
	for (unsigned long i = 0; i < n; i++)
		if (write(fd, "65536", 5) > 0)
			fail("it was not futile");
	usage_print("futile", took_end(&took, n));
	return 0;
}

/* Hands a byte on from pipe to pipe, N times. */
static void pass(int from, int to, unsigned long n)
{
	char c = 0;

	for (unsigned long i = 0; i < n; i++)
		if (read(from, &c, 1) != 1 || write(to, &c, 1) != 1)
			fail("pipe");
}

static void *pong_main(void *arg)
{
	const unsigned long *pong = arg;

	pass(pong[0], pong[1], pong[2]);
	return NULL;
}

/* Two threads on the same CPU that wake each other by pipes N times: two context switches each. */
static int run_pingpong(char **arg)
{
	unsigned long n = number(arg[0]), pong[3];
	int ping_fds[2], pong_fds[2];
	struct took took;
	pthread_t thread;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) || pipe(ping_fds) || pipe(pong_fds))
		fail("pingpong");
	pong[0] = ping_fds[0];
	pong[1] = pong_fds[1];
	pong[2] = n;
	if (pthread_create(&thread, NULL, pong_main, pong))
		fail("pthread_create");
	took_begin(&took);
	if (write(ping_fds[1], "", 1) != 1)
		fail("pipe");
	pass(pong_fds[0], ping_fds[1], n - 1);
	pthread_join(thread, NULL);
	usage_print("pingpong", took_end(&took, n));
	return 0;
}

static void minor_faults(unsigned long n)
{
	size_t page = sysconf(_SC_PAGESIZE), span = LOOP_SPAN / page;
	char *p = memory_map(LOOP_SPAN);

	while (n > 0) {
		size_t now = n < span ? n : span;

		pages_touch(p, now * page, page, 1);
		madvise(p, LOOP_SPAN, MADV_DONTNEED);
		n -= now;
	}
	munmap(p, LOOP_SPAN);
}

/* N minor faults, and how long they took. */
static int run_minor(char **arg)
{
	struct took took;

	took_begin(&took);
	minor_faults(number(arg[0]));
	usage_print("minor", took_end(&took, number(arg[0])));
	return 0;
}

static void *thread_main(void *arg)
{
	minor_faults(*(unsigned long *)arg);
	return NULL;
}

/* N threads, one after another, that fault FAULTS times each and end. */
static int run_threads(char **arg)
{
	unsigned long n = number(arg[0]), faults = number(arg[1]);

	for (unsigned long i = 0; i < n; i++) {
		pthread_t t;

		if (pthread_create(&t, NULL, thread_main, &faults))
			fail("pthread_create");
		pthread_join(t, NULL);
	}
	usage_print("threads", "");
	return 0;
}

static void child_report(pid_t pid)
{
	struct rusage ru;

	if (wait4(pid, NULL, 0, &ru) != pid)
		fail("wait4");
	printf("{\"child\":%d,\"minflt\":%ld,\"majflt\":%ld}\n", pid, ru.ru_minflt, ru.ru_majflt);
}

/* N children that never exec, the i-th faulting i % 61 times more than it must. */
static int run_fork(char **arg)
{
	unsigned long n = number(arg[0]);
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = memory_map(61 * page);

	for (unsigned long i = 0; i < n; i++) {
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid < 0)
			fail("fork");
		if (pid == 0) {
			pages_touch(p, (i % 61) * page, page, 2);
			_exit(0);
		}
		child_report(pid);
	}
	usage_print("fork", "");
	return 0;
}

/* This program's path: by /proc/self/exe itself its comm would become "exe". */
static const char *self_path(void)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		fail("/proc/self/exe");
	path[n] = '\0';
	return path;
}

/* N children by vfork() and exec. */
static int run_vfork(char **arg)
{
	unsigned long n = number(arg[0]);
	const char *self = self_path();

	for (unsigned long i = 0; i < n; i++) {
		pid_t pid = vfork();

		if (pid < 0)
			fail("vfork");
		if (pid == 0) {
			execl(self, "hog", "exit", "0", NULL);
			_exit(127);
		}
		child_report(pid);
	}
	usage_print("vfork", "");
	return 0;
}

/* N minor faults, then becomes another program. */
static int run_exec(char **arg)
{
	minor_faults(number(arg[0]));
	execv(self_path(), arg);
	fail("execv");
}

/* N children, each with KIB of memory, that sleep until this process is told to end (stdin ends).
 */
static int run_idle(char **arg)
{
	unsigned long n = number(arg[0]), size = number(arg[1]) * 1024;
	pid_t *pids = calloc(n + 1, sizeof(*pids));

	if (!pids)
		fail("calloc");
	for (unsigned long i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			fail("fork");
		if (pids[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (size)
				pages_touch(memory_map(size), size, sysconf(_SC_PAGESIZE), 1);
			for (;;)
				pause();
		}
	}
	usage_print("idle", "");
	stdin_await();
	for (unsigned long i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	free(pids);
	return 0;
}

/* Allocates MIB in one go: more than its cgroup allows gets it killed. */
static int run_oom(char **arg)
{
	size_t size = number(arg[0]) * MIB, page = sysconf(_SC_PAGESIZE);

	pages_touch(memory_map(size), size, page, 3);
	usage_print("oom", "");
	return 0;
}

static int run_exit(char **arg)
{
	return number(arg[0]);
}

static int run_signal(char **arg)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	raise(number(arg[0]));
	return 0;
}

/* Writes its arguments' text to stdout and stderr, to see that neither is touched on the way. */
static int run_echo(char **arg)
{
	printf("%s\n", arg[0]);
	fprintf(stderr, "%s\n", arg[1]);
	return 0;
}

/* N minor faults in a descendant DEPTH generations below. */
static int run_nest(char **arg)
{
	unsigned long depth = number(arg[0]);
	int status = 0;

	if (depth == 0)
		return run_minor(arg + 1);
	pid_t pid = fork();

	if (pid == 0) {
		char less[24], *next[] = {"hog", "nest", less, arg[1], NULL};

		snprintf(less, sizeof(less), "%lu", depth - 1);
		execv(self_path(), next);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static const struct mode {
	const char *name;
	int args;
	int (*run)(char **arg);
} modes[] = {
	{"anon", 2, run_anon},	       {"file", 2, run_file},	  {"minor", 1, run_minor},
	{"threads", 2, run_threads},   {"fork", 1, run_fork},	  {"vfork", 1, run_vfork},
	{"exec", 2, run_exec},	       {"idle", 2, run_idle},	  {"oom", 1, run_oom},
	{"exit", 1, run_exit},	       {"signal", 1, run_signal}, {"echo", 2, run_echo},
	{"nest", 2, run_nest},	       {"back", 1, run_back},	  {"cache", 3, run_cache},
	{"many", 3, run_many},	       {"write", 3, run_write},	  {"misses", 3, run_misses},
	{"spin", 1, run_spin},	       {"split", 3, run_split},	  {"grow", 2, run_grow},
	{"dirty", 3, run_dirty},       {"churn", 2, run_churn},	  {"reread", 3, run_reread},
	{"pingpong", 1, run_pingpong}, {"futile", 2, run_futile}, {"lives", 1, run_lives},
	{"touch", 2, run_touch},       {"inside", 4, run_inside}, {"storm", 4, run_storm},
	{"drip", 1, run_drip},	       {"calls", 2, run_calls},	  {"filler", 1, run_filler},
	{"orphan", 1, run_orphan},     {"bomb", 2, run_bomb},	  {"shared", 1, run_shared},
	{"bound", 2, run_bound},
};

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
		"usage: hog [-w] [-k] [-g CGROUPDIR] [-s ADJ] [-n COMM] MODE [ARG...]\nmodes:");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		fprintf(stderr, " %s/%d", modes[i].name, modes[i].args);
	fprintf(stderr, "\n");
	exit(2);
}

static void cgroup_join(const char *dir)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	file_write(path, "0");
}

int main(int argc, char **argv)
{
	bool wait = false, keep = false;
	int opt, status;

	while ((opt = getopt(argc, argv, "+wkg:s:n:")) != -1) {
		switch (opt) {
		case 'w':
			wait = true;
			break;
		case 'k':
			keep = true;
			break;
		case 'g':
			cgroup_join(optarg);
			break;
		case 's':
			file_write("/proc/self/oom_score_adj", optarg);
			break;
		case 'n':
			prctl(PR_SET_NAME, optarg);
			break;
		default:
			usage();
		}
	}
	for (size_t i = 0; optind < argc && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[optind], modes[i].name) != 0)
			continue;
		if (argc - optind - 1 < modes[i].args)
			usage();
		if (wait)
			stdin_await();
		status = modes[i].run(argv + optind + 1);
		if (keep)
			stdin_await();
		return status;
	}
	usage();
}
