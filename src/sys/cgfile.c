// SPDX-License-Identifier: GPL-2.0
/* Layer: sys. See cgfile.h. */
#include "cgfile.h"

#include <string.h>
#include "sysfile.h"

/*
 * v1 shows "no limit" as PAGE_COUNTER_MAX pages, LONG_MAX rounded down to a page, whose size may
 * be up to 256 KiB (include/linux/page_counter.h).
 */
#define V1_NO_LIMIT ((uint64_t)INT64_MAX & ~((256ULL << 10) - 1))

uint64_t cgfile_u64(const struct cgroups *cg, const char *dir, const char *file)
{
	uint64_t value;

	return sys_read_u64(cg->sysroot, &value, "%s/%s", dir, file) ? EV_ABSENT : value;
}

uint64_t cgfile_limit(const struct cgroups *cg, const char *dir, const char *file)
{
	uint64_t value = cgfile_u64(cg, dir, file);

	return value >= V1_NO_LIMIT ? EV_ABSENT : value;
}

void cgfile_keys(const struct cgroups *cg, const char *dir, const char *file,
		 const struct cgfile_key *wanted, int n)
{
	struct sys_lines lines;
	uint64_t value;
	const char *k;
	char *line;

	for (int i = 0; i < n; i++)
		*wanted[i].value = EV_ABSENT;
	if (sys_lines_open(&lines, cg->sysroot, "%s/%s", dir, file))
		return;
	while ((line = sys_lines_next(&lines))) {
		if (!sys_key_value(line, &k, &value))
			continue;
		for (int i = 0; i < n; i++)
			if (!strcmp(k, wanted[i].key))
				*wanted[i].value = value;
	}
	sys_lines_close(&lines);
}
