// SPDX-License-Identifier: GPL-2.0
/* Layer: sys. See cgmem.h. */
#include "cgmem.h"

#include <errno.h>
#include <string.h>
#include "cgfile.h"

struct key {
	enum cgmem_key id;
	const char *v2, *v1;
};

static const struct key stat_keys[] = {
#define CGMEM_STAT(id, name, v2, v1) {CGMEM_##id, v2, v1},
#define CGMEM_EVENT(id, name, v2)
#include "cgmem.def"
#undef CGMEM_STAT
#undef CGMEM_EVENT
};

static const struct key event_keys[] = {
#define CGMEM_STAT(id, name, v2, v1)
#define CGMEM_EVENT(id, name, v2) {CGMEM_##id, v2, v2},
#include "cgmem.def"
#undef CGMEM_STAT
#undef CGMEM_EVENT
};

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static void keys_read(const struct cgroups *cg, const char *dir, const char *file,
		      const struct key *keys, int n, uint64_t value[CGMEM_KEYS])
{
	struct cgfile_key wanted[CGMEM_KEYS];

	for (int i = 0; i < n; i++)
		wanted[i] = (struct cgfile_key){cg->version == 1 ? keys[i].v1 : keys[i].v2,
						&value[keys[i].id]};
	cgfile_keys(cg, dir, file, wanted, n);
}

static void mem_v1(const struct cgroups *cg, const char *dir, struct ev_cgmem *out)
{
	out->usage_bytes = cgfile_u64(cg, dir, "memory.usage_in_bytes");
	out->limit_bytes = cgfile_limit(cg, dir, "memory.limit_in_bytes");
	out->high_bytes = EV_ABSENT;
	out->swap_bytes = cgfile_u64(cg, dir, "memory.memsw.usage_in_bytes");
	out->swap_limit_bytes = cgfile_limit(cg, dir, "memory.memsw.limit_in_bytes");
	keys_read(cg, dir, "memory.oom_control", event_keys, COUNT(event_keys), out->value);
	out->value[CGMEM_KERNEL] = cgfile_u64(cg, dir, "memory.kmem.usage_in_bytes");
	out->value[CGMEM_EVENT_MAX] = cgfile_u64(cg, dir, "memory.failcnt");
}

static void mem_v2(const struct cgroups *cg, const char *dir, struct ev_cgmem *out)
{
	out->usage_bytes = cgfile_u64(cg, dir, "memory.current");
	out->limit_bytes = cgfile_u64(cg, dir, "memory.max");
	out->high_bytes = cgfile_u64(cg, dir, "memory.high");
	out->swap_bytes = cgfile_u64(cg, dir, "memory.swap.current");
	out->swap_limit_bytes = cgfile_u64(cg, dir, "memory.swap.max");
	out->oom_group = cgfile_u64(cg, dir, "memory.oom.group") == 1;
	keys_read(cg, dir, "memory.events", event_keys, COUNT(event_keys), out->value);
}

int cgroup_mem(const struct cgroups *cg, const char *path, struct ev_cgmem *out)
{
	char dir[PATH_MAX];
	int err = cgroup_dir(cg, path, dir, sizeof(dir));

	if (!err)
		err = cgroup_id(cg, path, &out->cgroup);
	if (err)
		return err;
	keys_read(cg, dir, "memory.stat", stat_keys, COUNT(stat_keys), out->value);
	out->oom_group = 0;
	if (cg->version == 1)
		mem_v1(cg, dir, out);
	else
		mem_v2(cg, dir, out);
	return 0;
}

static uint64_t limit_read(const struct cgroups *cg, const char *dir)
{
	return cg->version == 1 ? cgfile_limit(cg, dir, "memory.limit_in_bytes")
				: cgfile_u64(cg, dir, "memory.max");
}

uint64_t cgroup_limit(const struct cgroups *cg, const char *path)
{
	char dir[PATH_MAX];

	return cgroup_dir(cg, path, dir, sizeof(dir)) ? EV_ABSENT : limit_read(cg, dir);
}

static void room_note(struct cgroup_room *room, uint64_t limit, uint64_t usage)
{
	uint64_t free = limit > usage ? limit - usage : 0;

	if (limit == EV_ABSENT || usage == EV_ABSENT || free >= room->free)
		return;
	*room = (struct cgroup_room){limit, free};
}

int cgroup_room(const struct cgroups *cg, const char *path, struct cgroup_room *out)
{
	const char *usage = cg->version == 1 ? "memory.usage_in_bytes" : "memory.current";
	char dir[PATH_MAX];
	uint64_t id;
	int err = cgroup_dir(cg, path, dir, sizeof(dir));

	if (!err)
		err = cgroup_id(cg, path, &id);
	if (err)
		return err;
	*out = (struct cgroup_room){EV_ABSENT, EV_ABSENT};
	room_note(out, limit_read(cg, dir), cgfile_u64(cg, dir, usage));
	if (cg->version == 1)
		room_note(out, cgfile_limit(cg, dir, "memory.memsw.limit_in_bytes"),
			  cgfile_u64(cg, dir, "memory.memsw.usage_in_bytes"));
	return 0;
}
