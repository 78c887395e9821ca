/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hierarchy that has the memory controller, v1 or v2: ids to paths and back, figures.
 *
 * Layer: sys, above sysfile.h. Called by the live source and by the checks of the command line.
 *
 * Paths are below the hierarchy's root and begin with "/"; "/" is the root itself. An id is the
 * inode number of the cgroup's directory: kernfs ids equal inode numbers on 64-bit machines
 * (include/linux/kernfs.h, kernfs_ino()), and bpf_get_current_cgroup_id() and cgroup->kn->id are
 * the same number.
 */
#ifndef MEMTRACE_CGROUP_H
#define MEMTRACE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "snapshot.h"
#include "sysroot.h"

struct cgroups {
	const struct sysroot *sysroot; /* borrowed: keep it */
	int version;		       /* 1, 2; 0 = there is no memory controller */
	int fd;			       /* of the mount point; -1 = none */
	bool handles;	      /* ids can be opened (CAP_DAC_READ_SEARCH, a real cgroupfs) */
	char mount[PATH_MAX]; /* mount point, without the sysroot */
	/*
	 * What of the hierarchy is mounted there: "/" but in containers and bind mounts. Cgroups
	 * outside it cannot be resolved. Seen from a cgroup namespace it is relative to the
	 * namespace's root, and so are then all paths.
	 */
	char root[PATH_MAX];
};

/*
 * Finds the hierarchy in /proc/self/mountinfo. A controller is in one hierarchy only: a v1 mount
 * that has memory wins, else a v2 mount with memory in cgroup.controllers. Returns 0, or -ENOENT
 * (then version is 0 and everything below returns -ENOENT), or another -errno. cgroups_close() is
 * due in any case.
 */
int cgroups_open(const struct sysroot *root, struct cgroups *cg);
void cgroups_close(struct cgroups *cg);

/* Id of the cgroup. Returns 0 or -errno, -ENOENT when there is no such directory. */
int cgroup_id(const struct cgroups *cg, const char *path, uint64_t *id);

/*
 * Path of the cgroup. By file handle where cg->handles; else by a walk of the tree, which is slow
 * and allocates. Returns 0, -ENOENT (unknown, removed, or outside of what is mounted) or
 * -ENAMETOOLONG.
 */
int cgroup_path(const struct cgroups *cg, uint64_t id, char *buf, size_t cap);

/*
 * Calls back for each cgroup, parents before children, the root first. What vanishes meanwhile is
 * left out. A callback that returns other than 0 ends the walk, and its value is returned.
 * Otherwise 0, -E2BIG when some could not be visited (deeper than CGROUP_DEPTH, a path longer than
 * PATH_MAX, no descriptor or memory left) and the rest has been, or -errno.
 */
#define CGROUP_DEPTH 64
typedef int (*cgroup_visit)(void *ctx, const char *path, uint64_t id);
int cgroups_each(const struct cgroups *cg, cgroup_visit visit, void *ctx);

/* Makes a path that of the parent; false when it is the root's. */
bool cgroup_path_up(char *path);

/*
 * What a user gives to -c: "/a/b", "a/b", or the full name of the directory
 * ("/sys/fs/cgroup/memory/a/b"). Slashes, "." and ".." are normalised without leaving the root.
 * Returns 0 and the cgroup's path, -EINVAL for "", -ENAMETOOLONG, -ENOENT, -ENOTDIR. Once it is
 * normalised, out holds the path even when no such cgroup exists, for the message.
 */
int cgroup_resolve_arg(const struct cgroups *cg, const char *arg, char *out, size_t cap);

/*
 * Figures of a cgroup, all but the header and watched; EV_ABSENT what it does not give (a limit
 * that is not set, anything on v2's root, PSI on v1). pgmajfault is of its whole subtree, and so is
 * oom_kill on v2; v1 counts only kills in the cgroup itself (mm/memcontrol.c,
 * memcg_memory_event()). Returns 0 or -ENOENT when the cgroup has gone.
 */
int cgroup_stat(const struct cgroups *cg, const char *path, struct ev_cgstat *out);

/*
 * The directory of a cgroup, without the sysroot. Returns 0, -ENAMETOOLONG, or -ENOENT when it is
 * outside of what is mounted.
 */
int cgroup_dir(const struct cgroups *cg, const char *path, char *buf, size_t cap);

#endif
