// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel itself counts and sets: vmstat, cgroup files, swap on and off, dynamic probes of
 * its tracer; and what memtrace says it can see of it.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/swap.h>
#include "harness.h"

/* Of a line "NAME VALUE". */
static int64_t line_value(const char *line, const char *name)
{
	size_t len = strcspn(name, "*");

	if (strncmp(line, name, len) || (!name[len] && line[len] != ' '))
		return -1;
	line += strcspn(line, " ");
	return strtoll(line, NULL, 10);
}

/* The sum of the lines of that name; -1 when there is none. */
static int64_t flat_get(const char *path, const char *name)
{
	char *text = text_load(path), *save = NULL;
	int64_t sum = -1, v;

	if (!text)
		return -1;
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		v = line_value(l, name);
		if (v >= 0)
			sum = (sum < 0 ? 0 : sum) + v;
	}
	free(text);
	return sum;
}

int64_t vmstat_get(const char *name)
{
	return flat_get("/proc/vmstat", name);
}

int64_t vmstat_still(const char *name)
{
	int64_t last = -1, now = vmstat_get(name);

	for (int same = 0, i = 0; same < 4 && i < 100; i++) {
		sleep_s(0.15);
		last = now;
		now = vmstat_get(name);
		same = now == last ? same + 1 : 0;
	}
	return now;
}

unsigned long mem_available_mib(void)
{
	char text[8192], *p;

	if (text_read("/proc/meminfo", text, sizeof(text)) <= 0)
		return 0;
	p = strstr(text, "MemAvailable:");
	return p ? strtoul(p + 13, NULL, 10) / 1024 : 0;
}

static void cgroup_file(char path[PATH_MAX], const struct cgroup *cg, const char *file)
{
	if (snprintf(path, PATH_MAX, "%s/%s", cg->dir, file) >= PATH_MAX)
		abort();
}

int64_t cgroup_get(const struct cgroup *cg, const char *file, const char *name)
{
	char path[PATH_MAX];

	cgroup_file(path, cg, file);
	return flat_get(path, name);
}

int64_t cgroup_psi_us(const struct cgroup *cg, const char *line)
{
	char path[PATH_MAX], text[512], *p;

	cgroup_file(path, cg, "memory.pressure");
	if (text_read(path, text, sizeof(text)) <= 0)
		return -1;
	p = strstr(text, line);
	p = p ? strstr(p, "total=") : NULL;
	return p ? strtoll(p + 6, NULL, 10) : -1;
}

static void swap_again(const char *path)
{
	swapon(path, 0);
}

void swap_off(void)
{
	char text[512], path[256];

	while (text_read("/proc/swaps", text, sizeof(text)) > 0) {
		char *line = strchr(text, '\n');

		if (!line || sscanf(line, " %255s", path) != 1)
			return;
		if (swapoff(path))
			fail_msg("swapoff %s: %s", path, strerror(errno));
		undo_push(swap_again, "%s", path);
	}
}

void caches_drop(void)
{
	sync();
	text_write("/proc/sys/vm/drop_caches", "3");
}

void cpu_any(const char *unused)
{
	cpu_set_t all;

	(void)unused;
	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
}

/* Children inherit it. */
void cpu_pin(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		fail_msg("cannot run on CPU %d: %s", cpu, strerror(errno));
	undo_push(cpu_any, "%d", cpu);
}

#define TRACEFS "/sys/kernel/tracing"

bool tracer_works(void)
{
	char text[256];
	ssize_t n = text_read(TRACEFS "/trace_clock", text, sizeof(text));

	if (n == -ENOENT && !mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		n = text_read(TRACEFS "/trace_clock", text, sizeof(text));
	return n > 0;
}

static void probe_event_remove(const char *name)
{
	char text[600];

	snprintf(text, sizeof(text), "-:%s", name);
	text_write(TRACEFS "/kprobe_events", text);
}

bool probe_event_make(const char *name, const char *what)
{
	char text[256];
	int fd, n = snprintf(text, sizeof(text), "p:%s %s\n", name, what);
	bool made;

	probe_event_remove(name);
	fd = open(TRACEFS "/kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		return false;
	made = write(fd, text, n) == n;
	close(fd);
	if (made)
		undo_push(probe_event_remove, "%s", name);
	return made;
}
