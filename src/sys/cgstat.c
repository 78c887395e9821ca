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

struct keyed {
	const char *key;
	uint64_t *value;
};

/* All that is wanted of a file of keys in one reading: the kernel adds memory.stat up each time. */
static void keyed_read(const struct cgroups *cg, const char *dir, const char *file,
		       const struct keyed *wanted, int n)
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

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static void memory_stat_v1(const struct cgroups *cg, const char *dir, struct ev_cgstat *out)
{
	const struct keyed keys[] = {
		{"total_rss", &out->anon_bytes},
		{"total_cache", &out->file_bytes},
		{"total_shmem", &out->shmem_bytes},
		{"total_pgmajfault", &out->pgmajfault},
	};

	keyed_read(cg, dir, "memory.stat", keys, COUNT(keys));
	/* memory.kmem.usage_in_bytes is slab, stacks, page tables and more in one. */
	out->slab_bytes = out->pgtables_bytes = EV_ABSENT;
}

static void memory_stat_v2(const struct cgroups *cg, const char *dir, struct ev_cgstat *out)
{
	const struct keyed keys[] = {
		{"anon", &out->anon_bytes},	      {"file", &out->file_bytes},
		{"shmem", &out->shmem_bytes},	      {"slab", &out->slab_bytes},
		{"pagetables", &out->pgtables_bytes}, {"pgmajfault", &out->pgmajfault},
	};

	keyed_read(cg, dir, "memory.stat", keys, COUNT(keys));
}

static uint64_t oom_kills(const struct cgroups *cg, const char *dir, const char *file)
{
	uint64_t kills;
	const struct keyed keys[] = {{"oom_kill", &kills}};

	keyed_read(cg, dir, file, keys, COUNT(keys));
	return kills;
}

static void stat_v1(const struct cgroups *cg, const char *dir, struct ev_cgstat *out)
{
	out->usage_bytes = figure(cg, dir, "memory.usage_in_bytes");
	out->limit_bytes = figure_v1_limit(cg, dir, "memory.limit_in_bytes");
	out->swap_bytes = figure(cg, dir, "memory.memsw.usage_in_bytes");
	out->swap_limit_bytes = figure_v1_limit(cg, dir, "memory.memsw.limit_in_bytes");
	memory_stat_v1(cg, dir, out);
	out->oom_kill = oom_kills(cg, dir, "memory.oom_control");
	out->psi_some_us = out->psi_full_us = EV_ABSENT;
}

static void stat_v2(const struct cgroups *cg, const char *dir, struct ev_cgstat *out)
{
	char pressure[PATH_MAX + sizeof("/memory.pressure")];

	out->usage_bytes = figure(cg, dir, "memory.current");
	out->limit_bytes = figure(cg, dir, "memory.max");
	out->swap_bytes = figure(cg, dir, "memory.swap.current");
	out->swap_limit_bytes = figure(cg, dir, "memory.swap.max");
	memory_stat_v2(cg, dir, out);
	out->oom_kill = oom_kills(cg, dir, "memory.events");
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
