// SPDX-License-Identifier: GPL-2.0
/*
 * Walk of the cgroup tree. See cgroups_each() in cgroup.h.
 *
 * Layer: sys.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cgroup.h"
#include "sysfile.h"

struct walk {
	cgroup_visit visit;
	void *ctx;
	int result; /* of the visit that ended the walk */
	bool cut;   /* not everything could be visited */
	size_t len;
	char path[PATH_MAX]; /* of the cgroup visited; the root's is "" while walking */
};

/* Only directories are cgroups. Returns a descriptor or -errno, -ENOENT for what is no cgroup. */
static int entry_open(int fd, const struct dirent *e)
{
	int child;

	if (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN)
		return -ENOENT;
	if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
		return -ENOENT;
	child = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (child >= 0)
		return child;
	return errno == ENOTDIR ? -ENOENT : -errno;
}

/* Appends "/name"; false when there is no room for it. */
static bool walk_push(struct walk *w, const char *name)
{
	size_t n = strlen(name);

	if (w->len + 1 + n >= sizeof(w->path))
		return false;
	w->path[w->len] = '/';
	memcpy(w->path + w->len + 1, name, n + 1);
	w->len += 1 + n;
	return true;
}

static bool walk_visit(struct walk *w, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return true;
	w->result = w->visit(w->ctx, w->len ? w->path : "/", st.st_ino);
	return w->result == 0;
}

static bool walk_dir(struct walk *w, int fd, int depth);

static bool walk_entry(struct walk *w, int fd, const struct dirent *e, int depth)
{
	size_t len = w->len;
	int child = entry_open(fd, e);
	bool go_on = true;

	if (child < 0) {
		w->cut |= child != -ENOENT;
		return true;
	}
	if (depth < CGROUP_DEPTH && walk_push(w, e->d_name)) {
		go_on = walk_dir(w, child, depth + 1);
		w->len = len;
		w->path[len] = '\0';
	} else {
		w->cut = true;
		close(child);
	}
	return go_on;
}

/* Visits the directory fd and all below it, and closes it. Returns false to end the walk. */
static bool walk_dir(struct walk *w, int fd, int depth)
{
	bool go_on = walk_visit(w, fd);
	DIR *dir = fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		w->cut = true;
		close(fd);
		return go_on;
	}
	while (go_on && (e = readdir(dir)))
		go_on = walk_entry(w, fd, e, depth);
	closedir(dir);
	return go_on;
}

int cgroups_each(const struct cgroups *cg, cgroup_visit visit, void *ctx)
{
	struct walk w = {.visit = visit, .ctx = ctx};
	int fd;

	if (!cg->version)
		return -ENOENT;
	if (strcmp(cg->root, "/")) {
		w.len = strlen(cg->root);
		memcpy(w.path, cg->root, w.len + 1);
	}
	fd = openat(cg->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!walk_dir(&w, fd, 0))
		return w.result;
	return w.cut ? -E2BIG : 0;
}
