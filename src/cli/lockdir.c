// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See lockdir.h.
 */
#include "lockdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "log.h"

#define LOCK_NAME ".memtrace.lock"

const char *lockdir_remedy(int err)
{
	switch (-err) {
	case ENOENT:
		return "; make the directory anew";
	case EACCES:
	case EPERM:
		return "; let the user memtrace runs as write there: chown, or chmod u+rwx";
	case EROFS:
		return "; name one on a file system that can be written to, or: mount -o "
		       "remount,rw";
	case ENOSPC:
		return "; free some space or inodes there";
	case EDQUOT:
		return "; the user's disk quota is used up";
	default:
		return "";
	}
}

static int complain(const char *path, int err)
{
	if (err == -ENOENT)
		log_error("--dir: there is no directory '%s'; make it: mkdir -p '%s'", path, path);
	else
		log_error("--dir: cannot write to '%s': %s%s", path, strerror(-err),
			  lockdir_remedy(err));
	return err;
}

/* Who has the lock has written its number there, unless the disk was full. */
static int complain_locked(const char *path, int lock_fd)
{
	char buf[16] = "";
	ssize_t n = pread(lock_fd, buf, sizeof(buf) - 1, 0);
	int pid = n > 0 ? atoi(buf) : 0;

	if (pid > 0)
		log_error("--dir: process %d, another memtrace, writes its reports to '%s': give "
			  "this one a directory of its own",
			  pid, path);
	else
		log_error("--dir: another memtrace writes its reports to '%s': give this one a "
			  "directory of its own",
			  path);
	return -EBUSY;
}

static void sign(int lock_fd)
{
	char buf[16];
	int len = snprintf(buf, sizeof(buf), "%d\n", (int)getpid());

	if (ftruncate(lock_fd, 0) || pwrite(lock_fd, buf, (size_t)len, 0) != len)
		log_debug("cannot write our process id to %s: %s", LOCK_NAME, strerror(errno));
}

int lockdir_open(struct lockdir *d, const char *path)
{
	int err;

	*d = (struct lockdir){.lock_fd = -1};
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0)
		return complain(path, -errno);
	d->lock_fd = openat(d->fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (d->lock_fd < 0) {
		err = complain(path, -errno);
		lockdir_close(d);
		return err;
	}
	if (flock(d->lock_fd, LOCK_EX | LOCK_NB)) {
		err = errno == EWOULDBLOCK ? complain_locked(path, d->lock_fd)
					   : complain(path, -errno);
		lockdir_close(d);
		return err;
	}
	sign(d->lock_fd);
	return 0;
}

void lockdir_close(struct lockdir *d)
{
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	if (d->fd >= 0)
		close(d->fd);
	d->fd = d->lock_fd = -1;
}
