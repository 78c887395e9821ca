// SPDX-License-Identifier: GPL-2.0
/* Layer: sys. See users.h. */
#include "users.h"

#include <stdbool.h>
#include <string.h>
#include "sysfile.h"

/* "name:x:1000:..."; ends the name with NUL. */
static bool user_parse(char *line, uint32_t *uid)
{
	char *colon = strchr(line, ':');
	const char *p = colon ? strchr(colon + 1, ':') : NULL;
	uint64_t value;

	if (!p || colon == line)
		return false;
	p++;
	if (sys_number(&p, 10, &value) || *p != ':' || value > UINT32_MAX)
		return false;
	*colon = '\0';
	*uid = (uint32_t)value;
	return true;
}

int users_each(const struct sysroot *root, int max, users_fn fn, void *ctx)
{
	struct sys_lines lines;
	uint32_t uid;
	char *line;
	int n = 0, err = sys_lines_open(&lines, root, "/etc/passwd");

	if (err)
		return err;
	while (n < max && (line = sys_lines_next(&lines))) {
		if (!user_parse(line, &uid))
			continue;
		fn(ctx, uid, line);
		n++;
	}
	err = sys_lines_close(&lines);
	return err ? err : n;
}
