// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/swaps, and mm_stat of zram devices. See swaps.h.
 *
 * Layer: sys.
 */
#include "swaps.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sysfile.h"

static bool octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Undoes, in place, what seq_file_path() writes for blanks and backslashes: \040. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (*s == '\\' && octal(s[1]) && octal(s[2]) && octal(s[3])) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* The columns of Documentation/admin-guide/blockdev/zram.rst that are of use here. */
static void zram_read(const struct sysroot *root, unsigned number, struct ev_swapdev *dev)
{
	uint64_t column[6];
	char text[256];
	const char *p = text;

	if (sys_read(root, text, sizeof(text), "/sys/block/zram%u/mm_stat", number) <= 0)
		return;
	for (int i = 0; i < 6; i++) {
		if (sys_number(&p, 10, &column[i]))
			return;
	}
	dev->stored_bytes = column[0];
	dev->memory_bytes = column[2];
	if (__builtin_mul_overflow(column[5], (uint64_t)sysconf(_SC_PAGESIZE), &dev->same_bytes))
		dev->same_bytes = EV_ABSENT;
}

static void kind_read(const struct sysroot *root, const char *path, const char *type,
		      struct ev_swapdev *dev)
{
	unsigned number;
	int end = 0;

	dev->stored_bytes = dev->memory_bytes = dev->same_bytes = EV_ABSENT;
	dev->kind = strcmp(type, "file") ? SWAPDEV_DISK : SWAPDEV_FILE;
	if (sscanf(path, "/dev/zram%u%n", &number, &end) != 1 || path[end])
		return;
	dev->kind = SWAPDEV_ZRAM;
	zram_read(root, number, dev);
}

/* "/dev/zram0    partition    524284    0    -2"; sizes in KiB. */
static bool area_read(const struct sysroot *root, char *line, struct ev_swapdev *dev)
{
	char *save, *path = strtok_r(line, " \t", &save), *type = strtok_r(NULL, " \t", &save);
	const char *rest = save;
	uint64_t size, used;
	size_t len;

	if (!path || !type || *path == '\0' || sys_number(&rest, 10, &size) ||
	    sys_number(&rest, 10, &used) || __builtin_mul_overflow(size, 1024, &dev->size_bytes) ||
	    __builtin_mul_overflow(used, 1024, &dev->used_bytes))
		return false;
	dev->priority = (int32_t)strtol(rest, NULL, 10);
	unescape(path);
	kind_read(root, path, type, dev);
	len = strlen(path);
	if (len >= sizeof(dev->name))
		path += len - (sizeof(dev->name) - 1);
	snprintf(dev->name, sizeof(dev->name), "%s", path);
	return true;
}

int swaps_read(const struct sysroot *root, struct ev_swapdev *out, int max)
{
	struct sys_lines lines;
	char *line;
	int n = 0, err = sys_lines_open(&lines, root, "/proc/swaps");

	if (err)
		return err == -ENOENT ? 0 : err;
	while (n < max && (line = sys_lines_next(&lines))) {
		struct ev_swapdev dev = {0};

		/* the heading has no numbers */
		if (area_read(root, line, &dev))
			out[n++] = dev;
	}
	err = sys_lines_close(&lines);
	return err ? err : n;
}
