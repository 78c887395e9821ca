// SPDX-License-Identifier: GPL-2.0
/*
 * Finding the memory controller's hierarchy, and names in it. See cgroup.h.
 *
 * Layer: sys.
 */
#include "cgroup.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sysfile.h"

/* Is word one of the words of s? */
static bool has_word(const char *s, const char *word, const char *separators)
{
	size_t len = strlen(word);

	while (*s) {
		size_t n = strcspn(s, separators);

		if (n == len && !memcmp(s, word, len))
			return true;
		s += n;
		s += strspn(s, separators);
	}
	return false;
}

/* The kernel writes blank, tab, newline and backslash as \ooo (fs/proc_namespace.c, mangle()). */
static void octal_decode(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

struct mount {
	char *root, *point, *type, *options;
};

/* "35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory" (proc(5)) */
static bool mount_parse(char *line, struct mount *m)
{
	char *rest = strstr(line, " - ");
	char *save = NULL;

	if (!rest)
		return false;
	*rest = '\0';
	for (int i = 0; i < 3; i++) {
		if (!strtok_r(i ? NULL : line, " ", &save))
			return false;
	}
	m->root = strtok_r(NULL, " ", &save);
	m->point = strtok_r(NULL, " ", &save);
	m->type = strtok_r(rest + 3, " ", &save);
	if (!m->root || !m->point || !m->type || !strtok_r(NULL, " ", &save))
		return false;
	m->options = strtok_r(NULL, " ", &save);
	if (!m->options)
		return false;
	octal_decode(m->root);
	octal_decode(m->point);
	return m->point[0] == '/';
}

/* 0 = this mount has no memory controller. */
static int mount_version(const struct sysroot *root, const struct mount *m)
{
	char controllers[1024];

	if (!strcmp(m->type, "cgroup"))
		return has_word(m->options, "memory", ",") ? 1 : 0;
	if (strcmp(m->type, "cgroup2"))
		return 0;
	if (sys_read(root, controllers, sizeof(controllers), "%s/cgroup.controllers", m->point) < 0)
		return 0;
	return has_word(controllers, "memory", " \n") ? 2 : 0;
}

/* A namespace shows what is above its root as "/..": what is mounted there serves as root, then. */
static const char *mount_root(const struct mount *m)
{
	return m->root[0] != '/' || !strncmp(m->root, "/..", 3) ? "/" : m->root;
}

/* v1 before v2, a mount of the whole hierarchy before a part of it, else the first one. */
static bool mount_better(const struct cgroups *cg, int version, const char *root)
{
	if (!version)
		return false;
	if (!cg->version || version != cg->version)
		return !cg->version || version == 1;
	return strcmp(cg->root, "/") && !strcmp(root, "/");
}

static int mounts_read(struct cgroups *cg)
{
	struct sys_lines lines;
	char *line;
	int err = sys_lines_open(&lines, cg->sysroot, "/proc/self/mountinfo");

	if (err)
		return err;
	while ((line = sys_lines_next(&lines))) {
		struct mount m;
		int version;

		if (!mount_parse(line, &m))
			continue;
		version = mount_version(cg->sysroot, &m);
		if (!mount_better(cg, version, mount_root(&m)))
			continue;
		if (strlen(m.point) >= sizeof(cg->mount) || strlen(m.root) >= sizeof(cg->root))
			continue;
		cg->version = version;
		strcpy(cg->mount, strcmp(m.point, "/") ? m.point : "");
		strcpy(cg->root, mount_root(&m));
	}
	return sys_lines_close(&lines);
}

/* linux/exportfs.h is not for user space. A kernfs handle is the 8-byte id (fs/kernfs/mount.c). */
#define FILEID_KERNFS 0xfe

static int open_by_id(const struct cgroups *cg, uint64_t id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} u = {.handle = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS}};
	int fd;

	memcpy(u.room + offsetof(struct file_handle, f_handle), &id, sizeof(id));
	fd = open_by_handle_at(cg->fd, &u.handle, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Other file systems say ESTALE to any id: ask for one that exists. */
static bool handles_work(const struct cgroups *cg)
{
	struct stat st;
	int fd;

	if (fstat(cg->fd, &st))
		return false;
	fd = open_by_id(cg, st.st_ino);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int cgroups_open(const struct sysroot *root, struct cgroups *cg)
{
	int err;

	memset(cg, 0, sizeof(*cg));
	cg->sysroot = root;
	cg->fd = -1;
	err = mounts_read(cg);
	if (err)
		goto fail;
	err = -ENOENT;
	if (!cg->version)
		goto fail;
	err = sys_open(root, O_RDONLY | O_DIRECTORY, "%s/", cg->mount);
	if (err < 0)
		goto fail;
	cg->fd = err;
	cg->handles = handles_work(cg);
	return 0;
fail:
	cg->version = 0;
	return err;
}

void cgroups_close(struct cgroups *cg)
{
	if (cg->fd >= 0)
		close(cg->fd);
	cg->fd = -1;
	cg->version = 0;
}

/* What is left of path below dir: "" or "/...". NULL when it is not below. */
static const char *path_below(const char *path, const char *dir)
{
	size_t len = strcmp(dir, "/") ? strlen(dir) : 0;

	if (strncmp(path, dir, len) || (path[len] && path[len] != '/'))
		return NULL;
	return path + len;
}

static int path_join(char *buf, size_t cap, const char *dir, const char *below)
{
	int n = snprintf(buf, cap, "%s%s", strcmp(dir, "/") ? dir : "", below);

	if (n < 0 || (size_t)n >= cap || cap < 2)
		return -ENAMETOOLONG;
	if (!n)
		strcpy(buf, "/");
	return 0;
}

int cgroup_dir(const struct cgroups *cg, const char *path, char *buf, size_t cap)
{
	const char *below = cg->version ? path_below(path, cg->root) : NULL;

	if (!below)
		return -ENOENT;
	return path_join(buf, cap, cg->mount, strcmp(below, "/") ? below : "");
}

int cgroup_id(const struct cgroups *cg, const char *path, uint64_t *id)
{
	char dir[PATH_MAX], full[PATH_MAX];
	struct stat st;
	int err = cgroup_dir(cg, path, dir, sizeof(dir));

	if (!err)
		err = sys_path(cg->sysroot, full, sizeof(full), "%s", dir);
	if (err)
		return err;
	if (stat(full, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	*id = st.st_ino;
	return 0;
}

/* Where an open cgroup is, as the kernel tells; false when it is not below the mount point. */
static bool path_of_fd(const struct cgroups *cg, int fd, char *buf, size_t cap)
{
	char link[64], dir[PATH_MAX], mount[PATH_MAX];
	const char *below;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, dir, sizeof(dir) - 1);
	if (n < 0 || sys_path(cg->sysroot, mount, sizeof(mount), "%s", cg->mount))
		return false;
	dir[n] = '\0';
	below = path_below(dir, mount);
	return below && !path_join(buf, cap, cg->root, below);
}

/* Returns 0, -ENOENT when there is certainly no such cgroup, or another -errno. */
static int path_by_handle(const struct cgroups *cg, uint64_t id, char *buf, size_t cap)
{
	int fd = cg->handles ? open_by_id(cg, id) : -EOPNOTSUPP;
	uint64_t found = 0;
	bool ok;

	if (fd < 0)
		return fd == -ESTALE ? -ENOENT : fd;
	ok = path_of_fd(cg, fd, buf, cap);
	close(fd);
	/* A cgroup removed just now is shown with " (deleted)" behind its name. */
	return ok && !cgroup_id(cg, buf, &found) && found == id ? 0 : -ESTALE;
}

struct search {
	uint64_t id;
	char *buf;
	size_t cap;
};

static int search_visit(void *ctx, const char *path, uint64_t id)
{
	struct search *s = ctx;

	if (id != s->id)
		return 0;
	return path_join(s->buf, s->cap, path, "") ?: 1;
}

int cgroup_path(const struct cgroups *cg, uint64_t id, char *buf, size_t cap)
{
	struct search s = {id, buf, cap};
	uint64_t root;
	int err;

	if (!cg->version)
		return -ENOENT;
	/* The kernel does not always open it by its handle. */
	if (!cgroup_id(cg, "/", &root) && root == id)
		return snprintf(buf, cap, "/") < (int)cap ? 0 : -ENAMETOOLONG;
	err = path_by_handle(cg, id, buf, cap);
	if (!err || err == -ENOENT)
		return err;
	err = cgroups_each(cg, search_visit, &s);
	if (err == 1)
		return 0;
	return err == -ENAMETOOLONG ? err : -ENOENT;
}

bool cgroup_path_up(char *path)
{
	char *last = strrchr(path, '/');

	if (!last || !strcmp(path, "/"))
		return false;
	last[last == path] = '\0';
	return true;
}

/* Removes empty parts, "." and ".." from path into out, which is as long. */
static void path_normalise(const char *path, char *out)
{
	size_t len = 0;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !memcmp(path, "..", 2)) {
			while (len && out[--len] != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			out[len++] = '/';
			memcpy(out + len, path, n);
			len += n;
		}
		path += n;
		path += *path == '/';
	}
	if (!len)
		out[len++] = '/';
	out[len] = '\0';
}

int cgroup_resolve_arg(const struct cgroups *cg, const char *arg, char *out, size_t cap)
{
	char path[PATH_MAX + 2]; /* "a" becomes "/a" */
	const char *below;
	uint64_t id;
	int err;

	if (!*arg)
		return -EINVAL;
	if (strlen(arg) >= PATH_MAX)
		return -ENAMETOOLONG;
	path_normalise(arg, path);
	below = cg->version && arg[0] == '/' ? path_below(path, cg->mount) : NULL;
	if (below)
		err = path_join(out, cap, cg->root, below);
	else
		err = path_join(out, cap, path, "");
	return err ? err : cgroup_id(cg, out, &id);
}
