// SPDX-License-Identifier: GPL-2.0
/*
 * Counts tracepoints by the kernel's own tracer, in a tracing instance of its own: independent of
 * BPF and of perf, and available wherever there are tracepoints.
 *
 * Layer: tests.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "harness.h"

#define TRACEFS "/sys/kernel/tracing"

static void tracefs_unmount(const char *dir)
{
	umount2(dir, MNT_DETACH);
}

static void instance_remove(const char *dir)
{
	rmdir(dir);
}

void tracer_sweep(void)
{
	stale_each(TRACEFS "/instances", instance_remove);
}

static void instance_set(const struct tracer *t, const char *file, const char *text)
{
	char path[PATH_MAX + 64];
	int err;

	snprintf(path, sizeof(path), "%s/%s", t->dir, file);
	err = text_write(path, text);
	if (err)
		fail_msg("cannot write %s: %s", path, strerror(-err));
}

/* Tracing could tell what is in kernel memory. */
static bool lockdown_closes_tracefs(void)
{
	char text[64];

	return text_read("/sys/kernel/security/lockdown", text, sizeof(text)) > 0 &&
	       strstr(text, "[confidentiality]");
}

void tracer_start(struct tracer *t, const char *const *events)
{
	static int serial;
	char name[32];

	if (access(TRACEFS "/instances", F_OK)) {
		int failed = mount("tracefs", TRACEFS, "tracefs", 0, NULL);

		need_kernel(!failed || errno != ENODEV, "tracefs");
		need_kernel(!failed || !lockdown_closes_tracefs(),
			    "lockdown=confidentiality closes tracefs");
		need_machine(!failed, "tracefs cannot be mounted");
		undo_push(tracefs_unmount, TRACEFS);
	}
	snprintf(name, sizeof(name), "t%d", serial++);
	snprintf(t->dir, sizeof(t->dir), TRACEFS "/instances/%s", test_name(name));
	if (mkdir(t->dir, 0700))
		fail_msg("cannot make %s: %s", t->dir, strerror(errno));
	undo_push(instance_remove, "%s", t->dir);
	instance_set(t, "trace_clock", "boot");
	instance_set(t, "buffer_size_kb", "16384");
	for (; *events; events++) {
		char path[PATH_MAX + 128];

		snprintf(path, sizeof(path), "events/%s/enable", *events);
		instance_set(t, path, "1");
	}
}

/* "overrun: 0" and "dropped events: 0" of each CPU's stats. */
static void losses_refuse(const struct tracer *t)
{
	for (int cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		char path[PATH_MAX + 64], text[1024], *p;

		snprintf(path, sizeof(path), "%s/per_cpu/cpu%d/stats", t->dir, cpu);
		if (text_read(path, text, sizeof(text)) < 0)
			continue;
		p = strstr(text, "overrun: ");
		if (p && strtoul(p + 9, NULL, 10))
			fail_msg("the tracer itself lost events");
		p = strstr(text, "dropped events: ");
		if (p && strtoul(p + 16, NULL, 10))
			fail_msg("the tracer itself dropped events");
	}
}

/* "     a comm-123  [001] d..1.  12.345678: event: args"; the comm may hold anything. */
static bool line_parse(char *line, struct tracepoint *tp)
{
	unsigned long s, us;
	char *p = NULL;
	int n;

	for (char *q = line; (q = strstr(q, " [")); q++)
		if (isdigit((unsigned char)q[2]) &&
		    sscanf(q, " [%*d] %*s %lu.%lu: %n", &s, &us, &n) == 2) {
			p = q;
			break;
		}
	if (!p)
		return false;
	tp->time_us = s * 1000000 + us;
	if (sscanf(p + n, "%63[^:]: %191[^\n]", tp->name, tp->args) < 1)
		return false;
	while (p > line && *p == ' ')
		p--;
	while (p > line && isdigit((unsigned char)p[-1]))
		p--;
	tp->tid = atoi(p);
	return p > line && p[-1] == '-';
}

size_t tracer_stop(struct tracer *t, struct tracepoint **out)
{
	size_t n = 0, cap = 0, line_cap = 0;
	char path[PATH_MAX + 64], *line = NULL;
	FILE *f;

	instance_set(t, "tracing_on", "0");
	losses_refuse(t);
	snprintf(path, sizeof(path), "%s/trace", t->dir);
	f = fopen(path, "re");
	if (!f)
		fail_msg("cannot read %s", path);
	*out = NULL;
	while (getline(&line, &line_cap, f) > 0) {
		if (line[0] == '#')
			continue;
		if (n == cap) {
			cap = cap ? cap * 2 : 1024;
			*out = realloc(*out, cap * sizeof(**out));
			assert_non_null(*out);
		}
		if (!line_parse(line, &(*out)[n]))
			fail_msg("unexpected line in the trace: %s", line);
		n++;
	}
	free(line);
	fclose(f);
	return n;
}
