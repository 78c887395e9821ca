// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel log, from /dev/kmsg.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include "harness.h"

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (lseek(fd, 0, SEEK_END) < 0)
		return -errno;
	return fd;
}

static bool line_has(const char *line, const char *const *texts)
{
	for (; *texts; texts++)
		if (!strstr(line, *texts))
			return false;
	return true;
}

/* Each record is looked at once: search for the lines in the order they come. */
bool kmsg_find(int fd, const char *const *texts, char *buf, size_t cap)
{
	for (;;) {
		ssize_t n = read(fd, buf, cap - 1);

		if (n < 0 && errno == EPIPE)
			continue; /* overwritten meanwhile; the next one follows */
		if (n <= 0)
			return false;
		buf[n] = '\0';
		if (line_has(buf, texts))
			return true;
	}
}
