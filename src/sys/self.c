// SPDX-License-Identifier: GPL-2.0
/*
 * Locking our memory and lowering our OOM score. See self.h.
 *
 * Layer: sys.
 */
#include "self.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "priv.h"
#include "sysfile.h"

#define SCORE_MIN (-1000) /* OOM_SCORE_ADJ_MIN: never a victim */
#define SCORE_MAX 1000

static bool lock_is_safe(const struct sysroot *root)
{
	struct rlimit limit;
	struct priv priv;

	if (!priv_check(root, &priv) && priv.effective & 1ULL << CAP_IPC_LOCK)
		return true;
	return !getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur == RLIM_INFINITY;
}

static int memory_lock(const struct sysroot *root)
{
	if (!lock_is_safe(root))
		return -EPERM;
	return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) ? -errno : 0;
}

static int score_read(const struct sysroot *root, int *score)
{
	char buf[32], *end;
	ssize_t n = sys_read(root, buf, sizeof(buf), "/proc/self/oom_score_adj");
	long value;

	if (n < 0)
		return (int)n;
	value = strtol(buf, &end, 10);
	if (end == buf || value < SCORE_MIN || value > SCORE_MAX)
		return -EINVAL;
	*score = (int)value;
	return 0;
}

static int score_write(const struct sysroot *root, int score)
{
	char buf[16];
	ssize_t n;
	int len, fd = sys_open(root, O_WRONLY | O_TRUNC, "/proc/self/oom_score_adj");

	if (fd < 0)
		return fd;
	len = snprintf(buf, sizeof(buf), "%d", score);
	n = write(fd, buf, (size_t)len);
	len = n == len ? 0 : n < 0 ? -errno : -EIO;
	close(fd);
	return len;
}

/* Values from some lowest one up are granted: halves the range in which that must be. */
static int score_lower(const struct sysroot *root, int *score)
{
	int err = score_write(root, SCORE_MIN);
	int refused = SCORE_MIN;

	if (!err)
		*score = SCORE_MIN;
	while (err && *score - refused > 1) {
		int middle = refused + (*score - refused) / 2;

		if (score_write(root, middle))
			refused = middle;
		else
			*score = middle;
	}
	return err;
}

void self_protect(const struct sysroot *root, struct protection *out)
{
	*out = (struct protection){.lock_error = memory_lock(root)};
	out->score_error = score_read(root, &out->score_original);
	if (out->score_error)
		return;
	out->score_known = true;
	out->score = out->score_original;
	out->score_error = score_lower(root, &out->score);
}

#define STACK_BYTES (256 << 10)

static __attribute__((noinline)) void stack_touch(size_t page)
{
	volatile char room[STACK_BYTES];

	for (size_t i = 0; i < sizeof(room); i += page)
		room[i] = 0;
}

/* A page that was only ever read may be the zero page. Others may be writing there meanwhile. */
static void range_touch(uintptr_t begin, uintptr_t end, size_t page)
{
	for (uintptr_t at = begin; at < end; at += page)
		__atomic_fetch_or((unsigned char *)at, 0, __ATOMIC_RELAXED);
}

/* Reservations (of a sanitizer) are larger than anything of ours. */
#define TOUCH_MAX (256ul << 20)

/* "7f01-7f02 rw-p 00000000 00:00 0" of /proc/self/maps: what is ours alone and may be written to */
static void memory_touch(const struct sysroot *root, size_t page)
{
	unsigned long begin, end;
	struct sys_lines lines;
	const char *line;
	char mode[5];

	if (sys_lines_open(&lines, root, "/proc/self/maps"))
		return;
	while ((line = sys_lines_next(&lines)))
		if (sscanf(line, "%lx-%lx %4s", &begin, &end, mode) == 3 && !strcmp(mode, "rw-p") &&
		    end - begin <= TOUCH_MAX)
			range_touch(begin, end, page);
	sys_lines_close(&lines);
}

int self_prefault(const struct sysroot *root, const struct protection *p)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int err = p->lock_error;

	stack_touch(page);
	if (!err && mlockall(MCL_CURRENT | MCL_FUTURE))
		err = -errno;
	if (err)
		memory_touch(root, page);
	return err;
}

int self_restore(const struct sysroot *root, const struct protection *p)
{
	if (!p->score_known || p->score == p->score_original)
		return 0;
	return score_write(root, p->score_original);
}
