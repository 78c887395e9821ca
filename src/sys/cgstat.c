// SPDX-License-Identifier: GPL-2.0
/*
 * Figures of one memory cgroup. See cgroup_stat() in cgroup.h.
 *
 * Layer: sys. Called each interval: allocates nothing.
 */
#include <string.h>
#include "cgfile.h"
#include "psi.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static void memory_stat_v1(const struct cgroups *cg, const char *dir, struct ev_cgstat *out)
{
	const struct cgfile_key keys[] = {
		{"total_rss", &out->anon_bytes},
		{"total_cache", &out->file_bytes},
		{"total_shmem", &out->shmem_bytes},
		{"total_pgmajfault", &out->pgmajfault},
	};

	cgfile_keys(cg, dir, "memory.stat", keys, COUNT(keys));
	/* memory.kmem.usage_in_bytes is slab, stacks, page tables and more in one. */
	out->slab_bytes = out->pgtables_bytes = EV_ABSENT;
}

static void memory_stat_v2(const struct cgroups *cg, const char *dir, struct ev_cgstat *out)
{
	const struct cgfile_key keys[] = {
		{"anon", &out->anon_bytes},	      {"file", &out->file_bytes},
		{"shmem", &out->shmem_bytes},	      {"slab", &out->slab_bytes},
		{"pagetables", &out->pgtables_bytes}, {"pgmajfault", &out->pgmajfault},
	};

	cgfile_keys(cg, dir, "memory.stat", keys, COUNT(keys));
}

static uint64_t oom_kills(const struct cgroups *cg, const char *dir, const char *file)
{
	uint64_t kills;
	const struct cgfile_key keys[] = {{"oom_kill", &kills}};

	cgfile_keys(cg, dir, file, keys, COUNT(keys));
	return kills;
}

static void stat_v1(const struct cgroups *cg, const char *dir, struct ev_cgstat *out)
{
	out->usage_bytes = cgfile_u64(cg, dir, "memory.usage_in_bytes");
	out->limit_bytes = cgfile_limit(cg, dir, "memory.limit_in_bytes");
	out->swap_bytes = cgfile_u64(cg, dir, "memory.memsw.usage_in_bytes");
	out->swap_limit_bytes = cgfile_limit(cg, dir, "memory.memsw.limit_in_bytes");
	memory_stat_v1(cg, dir, out);
	out->oom_kill = oom_kills(cg, dir, "memory.oom_control");
	out->psi_some_us = out->psi_full_us = EV_ABSENT;
}

static void stat_v2(const struct cgroups *cg, const char *dir, struct ev_cgstat *out)
{
	char pressure[PATH_MAX + sizeof("/memory.pressure")];

	out->usage_bytes = cgfile_u64(cg, dir, "memory.current");
	out->limit_bytes = cgfile_u64(cg, dir, "memory.max");
	out->swap_bytes = cgfile_u64(cg, dir, "memory.swap.current");
	out->swap_limit_bytes = cgfile_u64(cg, dir, "memory.swap.max");
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
