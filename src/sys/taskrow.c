// SPDX-License-Identifier: GPL-2.0
/* Layer: sys. See taskrow.h. */
#include "taskrow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "process.h"
#include "sysfile.h"

#define PF_KTHREAD 0x200000 /* include/linux/sched.h: the same in all kernels */

int taskrows_open(struct taskrows *t, const struct sysroot *root, const struct cgroups *cg)
{
	char path[PATH_MAX];
	int err;

	*t = (struct taskrows){.root = root, .cg = cg};
	err = sys_path(root, path, sizeof(path), "/proc");
	if (err)
		return err;
	t->proc = opendir(path);
	return t->proc ? 0 : -errno;
}

void taskrows_close(struct taskrows *t)
{
	if (t->proc)
		closedir(t->proc);
	t->proc = NULL;
}

/* Fields of /proc/PID/stat from the 3rd on, by their number in proc_pid_stat(5). */
#define STAT_FIRST 3
#define STAT_LAST  22

static bool stat_parse(const char *p, struct ev_task_row *row)
{
	uint64_t field[STAT_LAST + 1] = {0};
	long hz = sysconf(_SC_CLK_TCK);

	row->state = *p++;
	for (int i = STAT_FIRST + 1; i <= STAT_LAST; i++) {
		p += strspn(p, " ");
		if (*p == '-') /* a terminal there is none of, a nice value */
			p += strcspn(p, " ");
		else if (sys_number(&p, 10, &field[i]))
			return false;
	}
	if (hz <= 0 ||
	    __builtin_mul_overflow(field[22], 1000000000ULL / (uint64_t)hz, &row->task.start_ns))
		return false;
	row->ppid = (uint32_t)field[4];
	row->task.flags = field[9] & PF_KTHREAD ? EV_TASK_KTHREAD : 0;
	row->min_flt = field[10];
	row->maj_flt = field[12];
	row->threads = (uint32_t)field[20];
	return true;
}

/* The comm, in parentheses, may hold anything; nothing after it holds a parenthesis. */
static bool stat_read(const struct sysroot *root, uint32_t pid, struct ev_task_row *row)
{
	char buf[2048], *begin, *end;
	ssize_t n = sys_read(root, buf, sizeof(buf), "/proc/%u/stat", pid);
	size_t len;

	begin = n > 0 ? strchr(buf, '(') : NULL;
	end = n > 0 ? strrchr(buf, ')') : NULL;
	if (!begin || !end || end < begin || end[1] != ' ' || !end[2])
		return false;
	begin++;
	len = (size_t)(end - begin);
	memcpy(row->task.comm, begin, len < EV_COMM_LEN ? len : EV_COMM_LEN - 1);
	return stat_parse(end + 2, row);
}

static bool status_value(char *line, const char **key, uint64_t *value)
{
	const char *p = line + strcspn(line, ":");

	if (*p != ':')
		return false;
	line[p - line] = '\0';
	*key = line;
	p++;
	p += strspn(p, "\t ");
	return !sys_number(&p, 10, value);
}

/* "VmSwap:\t       0 kB"; kernel threads and zombies have no memory. */
static void status_read(const struct sysroot *root, uint32_t pid, struct ev_task_row *row)
{
	const struct {
		const char *key;
		uint64_t *bytes;
	} sizes[] = {
		{"VmSize", &row->total_vm_bytes},  {"RssAnon", &row->anon_rss_bytes},
		{"RssFile", &row->file_rss_bytes}, {"RssShmem", &row->shmem_rss_bytes},
		{"VmPTE", &row->pgtables_bytes},   {"VmSwap", &row->swap_bytes},
	};
	struct sys_lines lines;
	const char *key;
	uint64_t value;
	char *line;

	if (sys_lines_open(&lines, root, "/proc/%u/status", pid))
		return;
	while ((line = sys_lines_next(&lines))) {
		if (!status_value(line, &key, &value))
			continue;
		if (!strcmp(key, "Uid"))
			row->task.uid = (uint32_t)value;
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			if (strcmp(key, sizes[i].key) != 0)
				continue;
			*sizes[i].bytes = value << 10;
			row->sized = 1;
		}
	}
	sys_lines_close(&lines);
}

static int32_t score_read(const struct sysroot *root, uint32_t pid)
{
	char buf[32];

	return sys_read(root, buf, sizeof(buf), "/proc/%u/oom_score_adj", pid) > 0
		       ? (int32_t)strtol(buf, NULL, 10)
		       : 0;
}

/* "4:memory:/a/b" in v1, "0::/a/b" in v2; a path may hold colons. */
static const char *cgroup_of_line(const char *line, int version)
{
	const char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;
	size_t len;

	if (!path)
		return NULL;
	names++;
	len = (size_t)(path - names);
	if (version == 2)
		return len ? NULL : path + 1;
	for (const char *p = names; p < path; p += strcspn(p, ",:") + 1)
		if (strcspn(p, ",:") == 6 && !strncmp(p, "memory", 6))
			return path + 1;
	return NULL;
}

static void cgroup_read(struct taskrows *t, uint32_t pid, struct ev_task_row *row)
{
	struct sys_lines lines;
	const char *path = NULL;
	char *line;

	if (!t->cg->version || sys_lines_open(&lines, t->root, "/proc/%u/cgroup", pid))
		return;
	while (!path && (line = sys_lines_next(&lines)))
		path = cgroup_of_line(line, t->cg->version);
	if (path && strlen(path) < sizeof(t->path) && strcmp(path, t->path) != 0) {
		strcpy(t->path, path);
		if (cgroup_id(t->cg, t->path, &t->cgroup))
			t->cgroup = 0;
	}
	row->task.cgroup = path ? t->cgroup : 0;
	sys_lines_close(&lines);
}

static void row_read(struct taskrows *t, uint32_t pid, taskrow_fn fn, void *ctx)
{
	struct ev_task_row row = {.hdr = {.kind = EV_TASK, .size = sizeof(row)}, .leader = 1};

	row.task.tgid = row.task.tid = pid;
	if (!stat_read(t->root, pid, &row) || row.task.flags & EV_TASK_KTHREAD)
		return;
	status_read(t->root, pid, &row);
	row.oom_score_adj = score_read(t->root, pid);
	cgroup_read(t, pid, &row);
	fn(ctx, &row, row.task.cgroup ? t->path : "");
}

int taskrows_each(struct taskrows *t, taskrow_fn fn, void *ctx)
{
	struct dirent *e;

	if (!t->proc)
		return -ENOENT;
	/* What it held when it was opened is not what it holds now. */
	rewinddir(t->proc);
	t->path[0] = '\0';
	errno = 0;
	while ((e = readdir(t->proc))) {
		const char *p = e->d_name;
		uint64_t pid;

		if (!sys_number(&p, 10, &pid) && !*p && pid <= INT32_MAX)
			row_read(t, (uint32_t)pid, fn, ctx);
		errno = 0;
	}
	return -errno;
}
