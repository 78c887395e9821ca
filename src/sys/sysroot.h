/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directory that stands for "/" when files of the kernel are read: "" on a live system, a
 * fabricated tree in tests.
 *
 * Layer: sys, bottom. Included by every reader; whoever starts a run makes one.
 */
#ifndef MEMTRACE_SYSROOT_H
#define MEMTRACE_SYSROOT_H

#include <errno.h>
#include <limits.h>
#include <string.h>

struct sysroot {
	char path[PATH_MAX]; /* no trailing slash; "" = the real root */
};

/* Returns 0 or -ENAMETOOLONG. "/" and "" both are the real root. */
static inline int sysroot_set(struct sysroot *root, const char *path)
{
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		len--;
	if (len >= sizeof(root->path))
		return -ENAMETOOLONG;
	memcpy(root->path, path, len);
	root->path[len] = '\0';
	return 0;
}

#endif
