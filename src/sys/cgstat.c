// SPDX-License-Identifier: GPL-2.0
/*
 * Figures of one memory cgroup. See cgroup_stat() in cgroup.h.
 *
 * Layer: sys. Called each interval: allocates nothing.
 */
#include <errno.h>
#include <string.h>
#include "cgroup.h"
#include "psi.h"
#include "sysfile.h"

/*
 * v1 shows "no limit" as PAGE_COUNTER_MAX pages, LONG_MAX rounded down to a page, whose size may
 * be up to 256 KiB (include/linux/page_counter.h).
 */
#define V1_NO_LIMIT ((uint64_t)INT64_MAX & ~((256ULL << 10) - 1))

static uint64_t figure(const struct cgroups *cg, const char *dir, const char *file)
{
	uint64_t value; /* "max" is no number, so a v2 limit that is not set is absent */

	return sys_read_u64(cg->sysroot, &value, "%s/%s", dir, file) ? EV_ABSENT : value;
}

static uint64_t figure_v1_limit(const struct cgroups *cg, const char *dir, const char *file)
{
	uint64_t value = figure(cg, dir, file);

	return value >= V1_NO_LIMIT ? EV_ABSENT : value;
}

static uint64_t keyed(const struct cgroups *cg, const char *dir, const char *file, const char *key)
{
	uint64_t value, found = EV_ABSENT;
	struct sys_lines lines;
	const char *k;
	char *line;

	if (sys_lines_open(&lines, cg->sysroot, "%s/%s", dir, file))
		return EV_ABSENT;
	while ((line = sys_lines_next(&lines))) {
		if (sys_key_value(line, &k, &value) && !strcmp(k, key))
			found = value;
	}
	sys_lines_close(&lines);
	return found;
}

static void stat_v1(const struct cgroups *cg, const char *dir, struct ev_cgstat *out)
{
	out->usage_bytes = figure(cg, dir, "memory.usage_in_bytes");
	out->limit_bytes = figure_v1_limit(cg, dir, "memory.limit_in_bytes");
	out->swap_bytes = figure(cg, dir, "memory.memsw.usage_in_bytes");
	out->swap_limit_bytes = figure_v1_limit(cg, dir, "memory.memsw.limit_in_bytes");
	out->pgmajfault = keyed(cg, dir, "memory.stat", "total_pgmajfault");
	out->oom_kill = keyed(cg, dir, "memory.oom_control", "oom_kill");
	out->psi_some_us = out->psi_full_us = EV_ABSENT;
}

static void stat_v2(const struct cgroups *cg, const char *dir, struct ev_cgstat *out)
{
	char pressure[PATH_MAX + sizeof("/memory.pressure")];

	out->usage_bytes = figure(cg, dir, "memory.current");
	out->limit_bytes = figure(cg, dir, "memory.max");
	out->swap_bytes = figure(cg, dir, "memory.swap.current");
	out->swap_limit_bytes = figure(cg, dir, "memory.swap.max");
	out->pgmajfault = keyed(cg, dir, "memory.stat", "pgmajfault");
	out->oom_kill = keyed(cg, dir, "memory.events", "oom_kill");
	stpcpy(stpcpy(pressure, dir), "/memory.pressure");
	psi_read(cg->sysroot, pressure, &out->psi_some_us, &out->psi_full_us);
}

int cgroup_stat(const struct cgroups *cg, const char *path, struct ev_cgstat *out)
{
	char dir[PATH_MAX];
	int err = cgroup_dir(cg, path, dir, sizeof(dir));

	if (!err)
		err = cgroup_id(cg, path, &out->cgroup);
	if (err)
		return err;
	if (cg->version == 1)
		stat_v1(cg, dir, out);
	else
		stat_v2(cg, dir, out);
	return 0;
}
