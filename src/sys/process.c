// SPDX-License-Identifier: GPL-2.0
/*
 * Identity of a process: cmdline, stat and status of /proc/PID. See process.h.
 *
 * Layer: sys.
 */
#include "process.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "sysfile.h"

ssize_t process_cmdline(const struct sysroot *root, uint32_t pid, char *buf, size_t cap)
{
	ssize_t len = sys_read(root, buf, cap, "/proc/%u/cmdline", pid);

	if (len < 0)
		return len;
	while (len && (buf[len - 1] == '\0' || buf[len - 1] == ' '))
		len--;
	for (ssize_t i = 0; i < len; i++) {
		if (buf[i] == '\0')
			buf[i] = ' ';
	}
	buf[len] = '\0';
	return len;
}

/*
 * A numbered field of /proc/PID/stat, from the 4th on. The 2nd is the comm in parentheses, and
 * that may hold anything, ") R 1" included; nothing after it holds a parenthesis.
 */
static int stat_field(const struct sysroot *root, uint32_t pid, int field, uint64_t *value)
{
	char buf[2048];
	const char *p;
	ssize_t len = sys_read(root, buf, sizeof(buf), "/proc/%u/stat", pid);

	if (len < 0)
		return (int)len;
	p = memrchr(buf, ')', (size_t)len);
	if (!p)
		return -EINVAL;
	for (int i = 2; i < field; i++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return -EINVAL;
	}
	return sys_number(&p, 10, value);
}

static int number_to_pid(uint64_t value, uint32_t *pid)
{
	if (value > INT_MAX)
		return -ERANGE;
	*pid = (uint32_t)value;
	return 0;
}

int process_start(const struct sysroot *root, uint32_t pid, uint64_t *start_ns)
{
	long hz = sysconf(_SC_CLK_TCK);
	uint64_t ticks;
	int err = stat_field(root, pid, 22, &ticks);

	if (err)
		return err;
	if (hz <= 0 || __builtin_mul_overflow(ticks, 1000000000ULL / (uint64_t)hz, start_ns))
		return -ERANGE;
	return 0;
}

#define PF_KTHREAD 0x200000 /* include/linux/sched.h: the same in all kernels */

bool process_is_kernel(const struct sysroot *root, uint32_t pid)
{
	uint64_t flags;

	return !stat_field(root, pid, 9, &flags) && flags & PF_KTHREAD;
}

int process_parent(const struct sysroot *root, uint32_t pid, uint32_t *ppid)
{
	uint64_t value;
	int err = stat_field(root, pid, 4, &value);

	return err ? err : number_to_pid(value, ppid);
}

/* The "Name:" line comes first and is escaped (fs/proc/array.c, task_state()), so it is safe. */
int process_of_thread(const struct sysroot *root, uint32_t tid, uint32_t *tgid)
{
	struct sys_lines lines;
	const char *key;
	uint64_t value;
	char *line;
	int err = sys_lines_open(&lines, root, "/proc/%u/status", tid);

	if (err)
		return err;
	err = -EINVAL;
	while (err && (line = sys_lines_next(&lines))) {
		if (sys_key_value(line, &key, &value) && !strcmp(key, "Tgid"))
			err = number_to_pid(value, tgid);
	}
	return sys_lines_close(&lines) ?: err;
}

bool process_exists(const struct sysroot *root, uint32_t pid)
{
	uint32_t tgid;

	return !process_of_thread(root, pid, &tgid) && tgid == pid;
}
