// SPDX-License-Identifier: GPL-2.0
/*
 * Which file is mapped where: /proc/PID/maps. See process_file_at() in process.h, and maps.h.
 *
 * Layer: sys.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "maps.h"
#include "process.h"
#include "sysfile.h"

struct mapping {
	uint64_t begin, end, offset;
	bool exec;
	uint64_t dev_major, dev_minor, ino;
	const char *path;
};

static bool parse_hex(const char **p, char after, uint64_t *value)
{
	if (sys_number(p, 16, value) || **p != after)
		return false;
	(*p)++;
	return true;
}

/* "55d0c0a00000-55d0c0a21000 r-xp 00002000 08:01 1234    /path" */
static bool mapping_parse(const char *line, struct mapping *m)
{
	if (!parse_hex(&line, '-', &m->begin) || !parse_hex(&line, ' ', &m->end))
		return false;
	m->exec = strnlen(line, 3) == 3 && line[2] == 'x';
	line = strchr(line, ' ');
	if (!line || !parse_hex(&line, ' ', &m->offset) || !parse_hex(&line, ':', &m->dev_major) ||
	    !parse_hex(&line, ' ', &m->dev_minor) || sys_number(&line, 10, &m->ino))
		return false;
	m->path = line + strspn(line, " ");
	return true;
}

enum match {
	MATCH_NONE = 0,
	MATCH_ADDRESS = 1,
	MATCH_INODE = 2,
	MATCH_BOTH = 3, /* no better one can follow */
};

#define DELETED " (deleted)"

/* Is it the last component of the path, " (deleted)" behind it or not? */
static bool last_is(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
	size_t len = strlen(name);

	return len && strncmp(last, name, len) == 0 && (!last[len] || !strcmp(last + len, DELETED));
}

/* What is looked for. */
struct wanted {
	uint64_t address, dev_major, dev_minor, ino;
	const char *name;
};

static enum match mapping_match(const struct mapping *m, const struct wanted *w)
{
	bool same = w->ino && m->ino == w->ino && m->dev_major == w->dev_major &&
		    m->dev_minor == w->dev_minor;
	bool here = w->address >= m->begin && w->address < m->end;

	if (!m->ino || !*m->path)
		return MATCH_NONE;
	if (same)
		return here ? MATCH_BOTH : MATCH_INODE;
	return here ? MATCH_ADDRESS : MATCH_NONE;
}

/* The kernel escapes newlines, and only those (fs/proc/task_mmu.c, show_map_vma()). */
static size_t path_decode(const char *path, char *buf, size_t cap)
{
	size_t len = 0;

	while (*path && len < cap - 1) {
		bool newline = !strncmp(path, "\\012", 4);

		buf[len++] = newline ? '\n' : *path;
		path += newline ? 4 : 1;
	}
	buf[len] = '\0';
	return len;
}

/*
 * A path as it is. Whether a "\\012" in the line is a newline or these four characters cannot be
 * told from it; the link in map_files can, where we may read it.
 */
static size_t path_read(const struct sysroot *root, uint32_t pid, const struct mapping *m,
			char *buf, size_t cap)
{
	char link[PATH_MAX];
	ssize_t len = -1;

	if (strstr(m->path, "\\012") &&
	    !sys_path(root, link, sizeof(link), "/proc/%u/map_files/%llx-%llx", pid,
		      (unsigned long long)m->begin, (unsigned long long)m->end))
		len = readlink(link, buf, cap - 1);
	if (len <= 0)
		return path_decode(m->path, buf, cap);
	buf[len] = '\0';
	return (size_t)len;
}

ssize_t process_file_at(const struct sysroot *root, uint32_t pid, uint64_t address,
			uint32_t dev_major, uint32_t dev_minor, uint64_t ino, const char *name,
			char *buf, size_t cap)
{
	const struct wanted wanted = {address, dev_major, dev_minor, ino, name};
	enum match best = MATCH_NONE;
	struct sys_lines lines;
	char path[PATH_MAX + 16], *line;
	size_t len = 0;
	int err;

	buf[0] = '\0';
	err = sys_lines_open(&lines, root, "/proc/%u/maps", pid);
	if (err)
		return err == -ESRCH ? -ENOENT : err;
	while (best != MATCH_BOTH && (line = sys_lines_next(&lines))) {
		struct mapping m;
		enum match match;

		if (!mapping_parse(line, &m))
			continue;
		match = mapping_match(&m, &wanted);
		if (match <= best)
			continue;
		len = path_read(root, pid, &m, path, sizeof(path));
		if (match == MATCH_ADDRESS && name && !last_is(path, name))
			continue;
		len = len < cap - 1 ? len : cap - 1;
		memcpy(buf, path, len);
		buf[len] = '\0';
		best = match;
	}
	err = sys_lines_close(&lines);
	if (best != MATCH_NONE)
		return (ssize_t)len;
	return err && err != -ESRCH ? err : -ENOENT;
}

/* Far more than any process has code mapped: vm.max_map_count is 65530 by default. */
#define MAX_CODE_MAPS 65536

static int code_map_add(struct code_maps *maps, int *room, const struct mapping *m)
{
	struct code_map *map;

	if (maps->n == *room) {
		int more = *room ? *room * 2 : 32;

		if (more > MAX_CODE_MAPS)
			return -EFBIG;
		map = reallocarray(maps->list, (size_t)more, sizeof(*map));
		if (!map)
			return -ENOMEM;
		maps->list = map;
		*room = more;
	}
	map = &maps->list[maps->n];
	*map = (struct code_map){.begin = m->begin,
				 .end = m->end,
				 .offset = m->offset,
				 .ino = m->ino,
				 .dev_major = (uint32_t)m->dev_major,
				 .dev_minor = (uint32_t)m->dev_minor,
				 .path = malloc(strlen(m->path) + 1)};
	if (!map->path)
		return -ENOMEM;
	path_decode(m->path, map->path, strlen(m->path) + 1);
	maps->n++;
	return 0;
}

int code_maps_read(const struct sysroot *root, uint32_t pid, struct code_maps *out)
{
	struct sys_lines lines;
	int err, end, room = 0;
	struct mapping m;
	char *line;

	*out = (struct code_maps){0};
	err = sys_lines_open(&lines, root, "/proc/%u/maps", pid);
	if (err)
		return err == -ESRCH ? -ENOENT : err;
	while (!err && (line = sys_lines_next(&lines)))
		if (mapping_parse(line, &m) && m.exec)
			err = code_map_add(out, &room, &m);
	end = sys_lines_close(&lines);
	if (!err)
		err = end;
	if (err)
		code_maps_free(out);
	return err == -ESRCH ? -ENOENT : err;
}

void code_maps_free(struct code_maps *maps)
{
	for (int i = 0; i < maps->n; i++)
		free(maps->list[i].path);
	free(maps->list);
	*maps = (struct code_maps){0};
}

const struct code_map *code_maps_find(const struct code_maps *maps, uint64_t address)
{
	int low = 0, high = maps->n;

	while (low < high) {
		int middle = low + (high - low) / 2;
		const struct code_map *map = &maps->list[middle];

		if (address < map->begin)
			high = middle;
		else if (address >= map->end)
			low = middle + 1;
		else
			return map;
	}
	return NULL;
}

#define DELETED " (deleted)"

size_t code_map_base(const struct code_map *map, char *buf, size_t cap)
{
	const char *slash = strrchr(map->path, '/'), *base = slash ? slash + 1 : map->path;
	size_t len = strlen(base), tail = strlen(DELETED);

	if (len > tail && !strcmp(base + len - tail, DELETED))
		len -= tail;
	len = len < cap ? len : cap - 1;
	memcpy(buf, base, len);
	buf[len] = '\0';
	return len;
}

static bool same_inode(const struct code_map *map, const struct stat *st)
{
	return st->st_ino == map->ino && major(st->st_dev) == map->dev_major &&
	       minor(st->st_dev) == map->dev_minor;
}

/*
 * The link cannot lead elsewhere than to what is mapped at that address. Below overlayfs, or on
 * btrfs, maps has another device than stat(2), and maybe another inode.
 */
static bool same_mapping(const struct code_map *map, const struct stat *st)
{
	return same_inode(map, st) || major(st->st_dev) != map->dev_major ||
	       minor(st->st_dev) != map->dev_minor;
}

/* Nothing but regular files is opened: a device might do anything. */
static int open_checked(const struct sysroot *root, const char *path, const struct code_map *map,
			bool (*same)(const struct code_map *, const struct stat *), struct stat *st)
{
	int fd = sys_open(root, O_PATH, "%s", path), file;
	char self[32];

	if (fd < 0)
		return fd;
	if (fstat(fd, st) || !S_ISREG(st->st_mode) || !same(map, st)) {
		close(fd);
		return -ESTALE;
	}
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	file = open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	file = file < 0 ? -errno : file;
	close(fd);
	return file;
}

int code_map_open(const struct sysroot *root, uint32_t pid, const struct code_map *map,
		  struct stat *st)
{
	char path[SYS_LINE_CAP];
	int fd;

	if (!map->ino)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%u/map_files/%llx-%llx", pid,
		 (unsigned long long)map->begin, (unsigned long long)map->end);
	fd = open_checked(root, path, map, same_mapping, st);
	if (fd >= 0)
		return fd;
	/* Without CAP_CHECKPOINT_RESTORE there is only the path. */
	snprintf(path, sizeof(path), "/proc/%u/root%s", pid, map->path);
	return open_checked(root, path, map, same_inode, st);
}
