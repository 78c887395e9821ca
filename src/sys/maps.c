// SPDX-License-Identifier: GPL-2.0
/*
 * Which file is mapped where: /proc/PID/maps. See process_file_at() in process.h.
 *
 * Layer: sys.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "process.h"
#include "sysfile.h"

struct mapping {
	uint64_t begin, end;
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
	uint64_t offset;

	if (!parse_hex(&line, '-', &m->begin) || !parse_hex(&line, ' ', &m->end))
		return false;
	line = strchr(line, ' ');
	if (!line || !parse_hex(&line, ' ', &offset) || !parse_hex(&line, ':', &m->dev_major) ||
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
