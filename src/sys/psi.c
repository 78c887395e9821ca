// SPDX-License-Identifier: GPL-2.0
/*
 * Pressure stall totals. See psi.h.
 *
 * Layer: sys.
 */
#include "psi.h"
#include <string.h>
#include "snapshot.h"
#include "sysfile.h"

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=12" */
static uint64_t line_total(const char *line)
{
	const char *p = strstr(line, " total=");
	uint64_t us;

	if (!p)
		return EV_ABSENT;
	p += strlen(" total=");
	return sys_number(&p, 10, &us) ? EV_ABSENT : us;
}

int psi_read(const struct sysroot *root, const char *path, uint64_t *some_us, uint64_t *full_us)
{
	struct sys_lines lines;
	const char *line;
	int err;

	*some_us = *full_us = EV_ABSENT;
	err = sys_lines_open(&lines, root, "%s", path);
	if (err)
		return err;
	while ((line = sys_lines_next(&lines))) {
		if (!strncmp(line, "some ", 5))
			*some_us = line_total(line);
		else if (!strncmp(line, "full ", 5))
			*full_us = line_total(line);
	}
	return sys_lines_close(&lines);
}
