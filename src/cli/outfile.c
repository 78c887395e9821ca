// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See outfile.h. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "log.h"

#define BUFFER (1 << 16)

static int say(const struct outfile *o, int err)
{
	log_error("cannot write to %s: %s", o->path, strerror(err));
	return -err;
}

/* A file of another name beside it, with the access rights of the one that it replaces. */
static int open_beside(struct outfile *o, const struct stat *old)
{
	mode_t mask = umask(0);
	int fd, n;

	umask(mask);
	n = snprintf(o->temp, sizeof(o->temp), "%s.XXXXXX", o->path);
	if (n < 0 || (size_t)n >= sizeof(o->temp)) {
		o->temp[0] = 0;
		return -ENAMETOOLONG;
	}
	fd = mkostemp(o->temp, O_CLOEXEC);
	if (fd < 0) {
		o->temp[0] = 0;
		return -errno;
	}
	fchmod(fd, old ? old->st_mode & 0777 : 0666 & ~mask);
	return fd;
}

int outfile_open(struct outfile *o, const char *path)
{
	struct stat st;
	bool exists = stat(path, &st) == 0;
	int fd;

	*o = (struct outfile){0};
	if (!strcmp(path, "-")) {
		strcpy(o->path, "stdout");
		o->f = stdout;
		return 0;
	}
	/* A link stays one: what it leads to is replaced. */
	if (!exists || !realpath(path, o->path))
		snprintf(o->path, sizeof(o->path), "%s", path);
	if (exists && !S_ISREG(st.st_mode)) {
		fd = open(o->path, O_WRONLY | O_CLOEXEC);
		fd = fd >= 0 ? fd : -errno;
	} else {
		fd = open_beside(o, exists ? &st : NULL);
	}
	if (fd < 0)
		return say(o, -fd);
	o->f = fdopen(fd, "w");
	if (!o->f) {
		close(fd);
		return say(o, ENOMEM);
	}
	setvbuf(o->f, NULL, _IOFBF, BUFFER);
	return 0;
}

void outfile_abort(struct outfile *o)
{
	if (o->f && o->f != stdout)
		fclose(o->f);
	if (o->f && o->temp[0])
		unlink(o->temp);
	o->f = NULL;
}

void outfile_flush(struct outfile *o)
{
	if ((fflush(o->f) || ferror(o->f)) && !o->err)
		o->err = errno ? errno : EIO;
}

int outfile_commit(struct outfile *o)
{
	int err;

	errno = 0;
	outfile_flush(o);
	err = o->err;
	if (o->f != stdout && fclose(o->f) && !err)
		err = errno;
	o->f = NULL;
	if (!err && o->temp[0] && rename(o->temp, o->path))
		err = errno;
	if (err && o->temp[0])
		unlink(o->temp);
	return err && err != EPIPE ? say(o, err) : 0;
}
