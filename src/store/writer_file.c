// SPDX-License-Identifier: GPL-2.0
/* Layer: store. See writer_file.h. */
#include "writer_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "schema.h"
#include "text.h"

#define SPARE_MIN (256u << 10)

/* What SQLite may leave beside a file. */
static const char *const companions[] = {"-wal", "-shm", "-journal"};

static int refuse(int err, char *words, size_t cap, const char *path, const char *why)
{
	char safe[512];

	snprintf(words, cap, "cannot record to %s: %s",
		 text_safe(path, strlen(path), safe, sizeof(safe)), why);
	return err;
}

/* Header of an SQLite file: a magic, and at 68 the application id, big-endian. */
static bool is_recording(int fd)
{
	unsigned char head[100];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	uint32_t id;

	if (n == 0)
		return true; /* empty: nothing would be lost */
	if (n != sizeof(head) || memcmp(head, "SQLite format 3", 16) != 0)
		return false;
	id = (uint32_t)head[68] << 24 | (uint32_t)head[69] << 16 | (uint32_t)head[70] << 8 |
	     head[71];
	return id == STORE_APPLICATION_ID;
}

/* Whoever has it open holds SQLite's locks on it. */
static pid_t user_of(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return !fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

static int check_open(int fd, const char *path, char *words, size_t cap)
{
	char why[128];
	pid_t pid = user_of(fd);

	if (!is_recording(fd))
		return refuse(-EEXIST, words, cap, path,
			      "it is there already and is no recording; give another name");
	if (pid) {
		snprintf(why, sizeof(why), "process %d is using it; give another name", (int)pid);
		return refuse(-EBUSY, words, cap, path, why);
	}
	return 0;
}

static int check_there(const char *path, const struct stat *st, char *words, size_t cap)
{
	int fd, err;

	if (S_ISLNK(st->st_mode))
		return refuse(-ELOOP, words, cap, path,
			      "it is a symbolic link; give the name of what it points to");
	if (S_ISDIR(st->st_mode))
		return refuse(-EISDIR, words, cap, path,
			      "it is a directory; give the name of a file");
	if (!S_ISREG(st->st_mode))
		return refuse(-EINVAL, words, cap, path,
			      "it is no regular file, as a database has to be");
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return refuse(-errno, words, cap, path, strerror(errno));
	err = check_open(fd, path, words, cap);
	close(fd);
	return err;
}

/* The directory a file is in, "." where its name says nothing. */
static void directory_of(const char *path, char dir[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	if (slash)
		snprintf(dir, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	else
		strcpy(dir, ".");
}

int file_check(const char *path, char *words, size_t cap)
{
	size_t len = strlen(path);
	char dir[PATH_MAX];
	struct stat st;

	if (len + 16 > PATH_MAX)
		return refuse(-ENAMETOOLONG, words, cap, path, strerror(ENAMETOOLONG));
	if (!lstat(path, &st))
		return check_there(path, &st, words, cap);
	if (errno != ENOENT || (len && path[len - 1] == '/'))
		return refuse(-errno, words, cap, path, strerror(errno));
	directory_of(path, dir);
	if (access(dir, W_OK | X_OK))
		return refuse(-errno, words, cap, path, strerror(errno));
	return 0;
}

/* Under sudo it is to belong to who called that: they want to look at it, and to remove it. */
static void give_to_caller(int fd)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");
	char *uid_end, *gid_end;
	unsigned long u, g;

	if (geteuid() || !uid || !gid || !*uid || !*gid)
		return;
	u = strtoul(uid, &uid_end, 10);
	g = strtoul(gid, &gid_end, 10);
	if (*uid_end || *gid_end || u >= UINT_MAX || g >= UINT_MAX)
		return;
	if (fchown(fd, (uid_t)u, (gid_t)g))
		return; /* a file system without owners: root's it stays */
}

int file_make(const char *path, char *words, size_t cap)
{
	char name[PATH_MAX + 16];
	int fd, err = file_check(path, words, cap);

	if (err)
		return err;
	/* The log of a recording that was killed belongs to that one. */
	for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, companions[i]);
		if (unlink(name) && errno != ENOENT)
			return refuse(-errno, words, cap, name, strerror(errno));
	}
	if (unlink(path) && errno != ENOENT)
		return refuse(-errno, words, cap, path, strerror(errno));
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return refuse(-errno, words, cap, path, strerror(errno));
	give_to_caller(fd);
	close(fd);
	return 0;
}

unsigned long long file_bytes(const char *path)
{
	char name[PATH_MAX + 16];
	struct stat st;
	unsigned long long bytes = stat(path, &st) ? 0 : (unsigned long long)st.st_size;

	snprintf(name, sizeof(name), "%s-wal", path);
	return bytes + (stat(name, &st) ? 0 : (unsigned long long)st.st_size);
}

/* Without O_TMPFILE the name is there for a moment. */
static int nameless(const char *path)
{
	char name[PATH_MAX + 16];
	int fd;

	directory_of(path, name);
	fd = open(name, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	snprintf(name, sizeof(name), "%s-XXXXXX", path);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

/* No more than a quarter of what is free: the recording wants some, too. */
static size_t affordable(int fd, size_t bytes)
{
	struct statvfs st;
	uint64_t most = fd < 0 || fstatvfs(fd, &st) ? 0 : (uint64_t)st.f_bavail * st.f_frsize / 4;

	return most < bytes ? (size_t)most : bytes;
}

int spare_open(const char *path, size_t *bytes)
{
	int fd = nameless(path);

	for (*bytes = affordable(fd, *bytes); fd >= 0 && *bytes >= SPARE_MIN; *bytes /= 2)
		if (!posix_fallocate(fd, 0, (off_t)*bytes))
			return fd;
	if (fd >= 0)
		close(fd);
	*bytes = 0;
	return -1;
}
