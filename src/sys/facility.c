// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel offers: lockdown, BTF, tracefs. See priv.h.
 *
 * Layer: sys.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "priv.h"
#include "sysfile.h"

static const char *const lockdown_names[] = {
	[LOCKDOWN_UNKNOWN] = "unknown",
	[LOCKDOWN_NONE] = "none",
	[LOCKDOWN_INTEGRITY] = "integrity",
	[LOCKDOWN_CONFIDENTIALITY] = "confidentiality",
};

const char *lockdown_name(enum lockdown mode)
{
	return lockdown_names[mode];
}

/* "none [integrity] confidentiality": the one in force is in brackets. */
enum lockdown lockdown_mode(const struct sysroot *root)
{
	char buf[128], *begin, *end;

	if (sys_read(root, buf, sizeof(buf), "/sys/kernel/security/lockdown") <= 0)
		return LOCKDOWN_UNKNOWN;
	begin = strchr(buf, '[');
	end = begin ? strchr(begin, ']') : NULL;
	if (!end)
		return LOCKDOWN_UNKNOWN;
	*end = '\0';
	for (int i = LOCKDOWN_NONE; i <= LOCKDOWN_CONFIDENTIALITY; i++) {
		if (!strcmp(begin + 1, lockdown_names[i]))
			return (enum lockdown)i;
	}
	return LOCKDOWN_UNKNOWN;
}

static int path_access(const struct sysroot *root, const char *path, int mode)
{
	char full[PATH_MAX];
	int err = sys_path(root, full, sizeof(full), "%s", path);

	if (err)
		return err;
	return faccessat(AT_FDCWD, full, mode, AT_EACCESS) ? -errno : 0;
}

bool btf_present(const struct sysroot *root)
{
	return !path_access(root, "/sys/kernel/btf/vmlinux", R_OK);
}

/* An empty mount point has no "events"; touching the second one mounts it, where debugfs is. */
int tracefs_path(const struct sysroot *root, char *buf, size_t cap)
{
	static const char *const places[] = {
		"/sys/kernel/tracing",
		"/sys/kernel/debug/tracing",
	};
	int err = -ENOENT;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char events[64];
		int found;

		stpcpy(stpcpy(events, places[i]), "/events");
		found = path_access(root, events, X_OK);
		if (!found)
			return sys_path(root, buf, cap, "%s", places[i]);
		if (found == -EACCES)
			err = found;
	}
	return err;
}
