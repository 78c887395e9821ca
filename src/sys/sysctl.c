// SPDX-License-Identifier: GPL-2.0
/*
 * Single numbers of /proc/sys. See sysctl.h.
 *
 * Layer: sys.
 */
#include "sysctl.h"
#include "sysfile.h"

int sysctl_u64(const struct sysroot *root, const char *name, uint64_t *value)
{
	return sys_read_u64(root, value, "/proc/sys/%s", name);
}
