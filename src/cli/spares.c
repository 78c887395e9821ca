// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See spares.h.
 */
#include "spares.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE	 0640
#define NAME_CAP 32

const struct report_form_desc report_forms[REPORT_FORMS] = {
	[FORM_TEXT] = {"txt", 256 << 10},
	[FORM_JSON] = {"json", 512 << 10},
	[FORM_MARKDOWN] = {"md", 256 << 10},
};

static const char *spare_name(enum report_form form, int n, char buf[NAME_CAP])
{
	snprintf(buf, NAME_CAP, ".spare-%d.%s", n, report_forms[form].ext);
	return buf;
}

void spares_init(struct spares *s)
{
	for (int form = 0; form < REPORT_FORMS; form++)
		for (int n = 0; n < SPARES; n++)
			s->fd[form][n] = -1;
}

static void spare_drop(struct spares *s, int dirfd, enum report_form form, int n)
{
	char name[NAME_CAP];

	close(s->fd[form][n]);
	s->fd[form][n] = -1;
	if (dirfd >= 0)
		unlinkat(dirfd, spare_name(form, n, name), 0);
}

void spares_close(struct spares *s, int dirfd)
{
	for (int form = 0; form < REPORT_FORMS; form++)
		for (int n = 0; n < SPARES; n++)
			if (s->fd[form][n] >= 0)
				spare_drop(s, dirfd, form, n);
}

/* Is what has the name a spare that a run like this one left? Nothing else is written to. */
static bool is_ours(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_uid == geteuid();
}

static int spare_open(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && is_ours(fd))
		return fd;
	if (fd >= 0)
		close(fd);
	if (unlinkat(dirfd, name, 0) && errno != ENOENT)
		return -errno;
	fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
	return fd < 0 ? -errno : fd;
}

/* With room for so many bytes, which is all of its disk space that is certain. */
static int spare_make(struct spares *s, int dirfd, enum report_form form, int n, size_t bytes)
{
	char name[NAME_CAP];
	int fd = spare_open(dirfd, spare_name(form, n, name)), err;

	if (fd < 0)
		return fd;
	/* Whatever the umask; on a file system without modes it is as it is. */
	if ((fchmod(fd, MODE) && errno != EPERM && errno != ENOTSUP) || ftruncate(fd, 0))
		err = errno;
	else
		err = bytes ? posix_fallocate(fd, 0, (off_t)bytes) : 0;
	s->fd[form][n] = fd;
	if (err)
		spare_drop(s, dirfd, form, n);
	return -err;
}

int spares_fill(struct spares *s, int dirfd)
{
	int first = 0;

	/* A report takes one of each: three halves of reports are of no use. */
	for (int n = 0; n < SPARES; n++) {
		for (int form = 0; form < REPORT_FORMS; form++) {
			int err = 0;

			if (s->fd[form][n] < 0)
				err = spare_make(s, dirfd, form, n, report_forms[form].bytes);
			if (err && !first)
				first = err;
		}
	}
	return first;
}

/* Where there is no room for a whole spare there may be enough for this report. */
static int spare_find(struct spares *s, int dirfd, enum report_form form)
{
	for (int n = 0; n < SPARES; n++)
		if (s->fd[form][n] >= 0)
			return n;
	return spare_make(s, dirfd, form, 0, 0);
}

static int write_all(int fd, const char *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(fd, data + done, len - done, (off_t)done);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			done += (size_t)n;
	}
	return ftruncate(fd, (off_t)len) || fsync(fd) ? -errno : 0;
}

int spare_write(struct spares *s, int dirfd, enum report_form form, const char *data, size_t len)
{
	int n = spare_find(s, dirfd, form), err;

	if (n < 0)
		return n;
	err = write_all(s->fd[form][n], data, len);
	if (err)
		spare_drop(s, dirfd, form, n);
	return err ? err : n;
}

/* Not all file systems can rename only to what is not there (NFS: EINVAL); most have links. */
static int rename_new(int dirfd, const char *from, const char *to)
{
	if (!renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (!linkat(dirfd, from, dirfd, to, 0))
		return unlinkat(dirfd, from, 0) ? -errno : 0;
	if (errno != EPERM && errno != EOPNOTSUPP)
		return -errno;
	if (!faccessat(dirfd, to, F_OK, AT_SYMLINK_NOFOLLOW))
		return -EEXIST;
	return renameat(dirfd, from, dirfd, to) ? -errno : 0;
}

/* Somebody may have removed it, or put another file in its place. */
static bool has_name(int fd, int dirfd, const char *name)
{
	struct stat ours, there;

	return !fstat(fd, &ours) && !fstatat(dirfd, name, &there, AT_SYMLINK_NOFOLLOW) &&
	       ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

int spare_place(struct spares *s, int dirfd, enum report_form form, int n, const char *name)
{
	char from[NAME_CAP];
	int err = -ENOENT;

	spare_name(form, n, from);
	if (has_name(s->fd[form][n], dirfd, from))
		err = rename_new(dirfd, from, name);
	if (err == -EEXIST)
		return err;
	/* What has its old name now, if anything, spare_open() looks at. */
	spare_drop(s, -1, form, n);
	return err;
}
