// SPDX-License-Identifier: GPL-2.0
/*
 * Which memory cgroup we are in. See cgroup_of_self() in cgroup.h.
 *
 * Layer: sys.
 */
#include <string.h>
#include "cgroup.h"
#include "sysfile.h"

/* "memory" in "cpu,memory"? */
static bool has_memory(const char *controllers, size_t len)
{
	static const char memory[] = "memory";

	while (len) {
		const char *comma = memchr(controllers, ',', len);
		size_t word = comma ? (size_t)(comma - controllers) : len;

		if (word == sizeof(memory) - 1 && !memcmp(controllers, memory, word))
			return true;
		word += comma != NULL;
		controllers += word;
		len -= word;
	}
	return false;
}

/* "4:cpu,memory:/a/b"; v2: "0::/a/b". NULL: the line is of another hierarchy. */
static const char *path_of_line(const struct cgroups *cg, const char *line)
{
	const char *controllers = strchr(line, ':'), *path;

	path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return NULL;
	controllers++;
	if (cg->version == 2 ? path != controllers
			     : !has_memory(controllers, (size_t)(path - controllers)))
		return NULL;
	return path + 1;
}

int cgroup_of_self(const struct cgroups *cg, char *buf, size_t cap)
{
	struct sys_lines lines;
	const char *path = NULL;
	char *line;
	int err = cg->version ? sys_lines_open(&lines, cg->sysroot, "/proc/self/cgroup") : -ENOENT;

	if (err)
		return err;
	while (!path && (line = sys_lines_next(&lines)))
		path = path_of_line(cg, line);
	err = path ? 0 : -ENOENT;
	if (path && strlen(path) >= cap)
		err = -ENAMETOOLONG;
	else if (path)
		strcpy(buf, path);
	sys_lines_close(&lines);
	return err;
}
