// SPDX-License-Identifier: GPL-2.0
/*
 * Memory cgroups of the tests' own, v1 and v2.
 *
 * Layer: tests.
 */
#include <dirent.h>
#include <errno.h>
#include <mntent.h>
#include <sys/stat.h>
#include <time.h>
#include "harness.h"

static int version;
static char root[PATH_MAX];

static bool v2_has_memory(const char *dir)
{
	char path[PATH_MAX + 32], text[512];

	snprintf(path, sizeof(path), "%s/cgroup.controllers", dir);
	return text_read(path, text, sizeof(text)) > 0 && strstr(text, "memory");
}

static void hierarchy_find(void)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *m;

	while (f && !version && (m = getmntent(f))) {
		if (!strcmp(m->mnt_type, "cgroup") && hasmntopt(m, "memory"))
			version = 1;
		else if (!strcmp(m->mnt_type, "cgroup2") && v2_has_memory(m->mnt_dir))
			version = 2;
		if (version)
			snprintf(root, sizeof(root), "%s", m->mnt_dir);
	}
	if (f)
		endmntent(f);
	if (version == 2) {
		char path[PATH_MAX + 32];

		snprintf(path, sizeof(path), "%s/cgroup.subtree_control", root);
		text_write(path, "+memory");
	}
}

int cgroup_version(void)
{
	if (!version)
		hierarchy_find();
	return version;
}

static void members_kill(const char *dir)
{
	char path[PATH_MAX], text[65536], *p = text, *end;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	if (text_read(path, text, sizeof(text)) <= 0)
		return;
	for (long pid; (pid = strtol(p, &end, 10)) > 0; p = end)
		kill(pid, SIGKILL);
}

/* A cgroup is busy until the last task in it has been reaped of its memory. */
void cgroup_remove(const char *dir)
{
	for (int i = 0; i < 200; i++) {
		struct timespec ts = {.tv_nsec = 10000000};

		if (rmdir(dir) == 0 || errno == ENOENT)
			return;
		members_kill(dir);
		nanosleep(&ts, NULL);
	}
}

void cgroup_sweep(void)
{
	if (cgroup_version())
		stale_each(root, cgroup_remove);
}

int cgroup_set(const struct cgroup *cg, const char *file, const char *text)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", cg->dir, file);
	return text_write(path, text);
}

static int figure_set(const struct cgroup *cg, const char *file, unsigned long bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", bytes);
	return cgroup_set(cg, file, text);
}

void cgroup_make(struct cgroup *cg, const char *name, unsigned limit, unsigned swap)
{
	bool v1;

	need_machine(cgroup_version(), "no cgroup hierarchy with the memory controller is mounted");
	v1 = version == 1;
	snprintf(cg->path, sizeof(cg->path), "/%.200s", test_name(name));
	if (snprintf(cg->dir, sizeof(cg->dir), "%.256s%s", root, cg->path) >= PATH_MAX)
		fail_msg("path too long");
	if (mkdir(cg->dir, 0755))
		fail_msg("cannot make %s: %s", cg->dir, strerror(errno));
	undo_push(cgroup_remove, "%s", cg->dir);
	if (figure_set(cg, v1 ? "memory.limit_in_bytes" : "memory.max", limit * MIB))
		fail_msg("cannot limit %s", cg->dir);
	/* A kernel without swap accounting has no such file: then swap is what swap_make() made. */
	figure_set(cg, v1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max",
		   (v1 ? limit + swap : swap) * MIB);
}

void cgroup_make_child(struct cgroup *cg, const struct cgroup *parent, const char *name)
{
	snprintf(cg->dir, sizeof(cg->dir), "%.500s/%.20s", parent->dir, name);
	snprintf(cg->path, sizeof(cg->path), "%.220s/%.20s", parent->path, name);
	if (version == 2) {
		char path[PATH_MAX + 32];

		snprintf(path, sizeof(path), "%s/cgroup.subtree_control", parent->dir);
		if (text_write(path, "+memory"))
			fail_msg("cannot give %s memory cgroups of its own", parent->dir);
	}
	if (mkdir(cg->dir, 0755))
		fail_msg("cannot make %s: %s", cg->dir, strerror(errno));
	undo_push(cgroup_remove, "%s", cg->dir);
}

void cgroup_make_inside(struct cgroup *cg, const struct cgroup *parent)
{
	cgroup_make_child(cg, parent, "inner");
}
