// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the kernel's text files. See sysfile.h.
 *
 * Layer: sys. Used by the other readers of sys.
 */
#include "sysfile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "snapshot.h"

static int path_format(const struct sysroot *root, char *buf, size_t cap, const char *fmt,
		       va_list ap)
{
	size_t len = strlen(root->path);
	int n;

	if (len >= cap)
		return -ENAMETOOLONG;
	memcpy(buf, root->path, len + 1);
	n = vsnprintf(buf + len, cap - len, fmt, ap);
	return n < 0 || (size_t)n >= cap - len ? -ENAMETOOLONG : 0;
}

static int open_format(const struct sysroot *root, int flags, const char *fmt, va_list ap)
{
	char path[PATH_MAX];
	int fd, err = path_format(root, path, sizeof(path), fmt, ap);

	if (err)
		return err;
	do {
		fd = open(path, flags | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

/* Reads until buf is full or the file ends: seq files give a page at a time. */
static ssize_t read_full(int fd, char *buf, size_t cap)
{
	size_t len = 0;

	while (len < cap) {
		ssize_t n = read(fd, buf + len, cap - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static ssize_t read_format(const struct sysroot *root, char *buf, size_t cap, const char *fmt,
			   va_list ap)
{
	int fd = open_format(root, O_RDONLY, fmt, ap);
	ssize_t n;

	buf[0] = '\0';
	if (fd < 0)
		return fd;
	n = read_full(fd, buf, cap - 1);
	close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	return n;
}

int sys_path(const struct sysroot *root, char *buf, size_t cap, const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = path_format(root, buf, cap, fmt, ap);
	va_end(ap);
	return err;
}

int sys_open(const struct sysroot *root, int flags, const char *fmt, ...)
{
	va_list ap;
	int fd;

	va_start(ap, fmt);
	fd = open_format(root, flags, fmt, ap);
	va_end(ap);
	return fd;
}

ssize_t sys_read(const struct sysroot *root, char *buf, size_t cap, const char *fmt, ...)
{
	va_list ap;
	ssize_t n;

	va_start(ap, fmt);
	n = read_format(root, buf, cap, fmt, ap);
	va_end(ap);
	return n;
}

int sys_read_u64(const struct sysroot *root, uint64_t *value, const char *fmt, ...)
{
	const char *p;
	char buf[64];
	va_list ap;
	ssize_t n;
	int err;

	va_start(ap, fmt);
	n = read_format(root, buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n < 0)
		return (int)n;
	p = buf;
	err = sys_number(&p, 10, value);
	if (err)
		return err;
	return p + strspn(p, " \n") == buf + n ? 0 : -EINVAL;
}

int sys_lines_open(struct sys_lines *l, const struct sysroot *root, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	l->fd = open_format(root, O_RDONLY, fmt, ap);
	va_end(ap);
	l->error = 0;
	l->eof = false;
	l->skip = false;
	l->begin = l->end = 0;
	return l->fd < 0 ? l->fd : 0;
}

/* Moves what is left to the front and reads more behind it. Returns false if nothing came. */
static bool lines_fill(struct sys_lines *l)
{
	ssize_t n;

	memmove(l->buf, l->buf + l->begin, l->end - l->begin);
	l->end -= l->begin;
	l->begin = 0;
	if (l->eof || l->end == sizeof(l->buf) - 1)
		return false;
	n = read_full(l->fd, l->buf + l->end, sizeof(l->buf) - 1 - l->end);
	if (n < 0)
		l->error = (int)n;
	if (n <= 0) {
		l->eof = true;
		return false;
	}
	l->end += (size_t)n;
	return true;
}

static char *lines_newline(struct sys_lines *l)
{
	return memchr(l->buf + l->begin, '\n', l->end - l->begin);
}

/* Drops the rest of a line whose beginning has been handed out. */
static void lines_skip(struct sys_lines *l)
{
	char *newline;

	do {
		newline = lines_newline(l);
		l->begin = newline ? (size_t)(newline + 1 - l->buf) : l->end;
	} while (!newline && lines_fill(l));
	l->skip = false;
}

char *sys_lines_next(struct sys_lines *l)
{
	char *line, *newline;

	if (l->skip)
		lines_skip(l);
	while (!(newline = lines_newline(l)) && lines_fill(l))
		;
	line = l->buf + l->begin;
	if (newline) {
		*newline = '\0';
		l->begin = (size_t)(newline + 1 - l->buf);
		return line;
	}
	/* After an error the last line may be torn in the middle of a number. */
	if (l->error || l->begin == l->end)
		return NULL;
	l->skip = !l->eof;
	l->buf[l->end] = '\0';
	l->begin = l->end;
	return line;
}

int sys_lines_close(struct sys_lines *l)
{
	close(l->fd);
	l->fd = -1;
	return l->error;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return INT_MAX;
}

int sys_number(const char **p, int base, uint64_t *value)
{
	const char *s = *p + strspn(*p, " \t");
	const char *first = s;
	uint64_t v = 0;
	bool fits = true;
	int d;

	for (; (d = digit_value(*s)) < base; s++) {
		uint64_t next;

		if (__builtin_mul_overflow(v, (uint64_t)base, &next) ||
		    __builtin_add_overflow(next, (uint64_t)d, &next))
			fits = false;
		v = next;
	}
	if (s == first)
		return -EINVAL;
	*p = s;
	if (!fits)
		return -ERANGE;
	*value = v;
	return 0;
}

bool sys_key_value(char *line, const char **key, uint64_t *value)
{
	size_t len = strcspn(line, ": ");
	const char *p = line + len + strspn(line + len, ": ");

	if (!len || p == line + len || sys_number(&p, 10, value))
		return false;
	line[len] = '\0';
	*key = line;
	return true;
}

uint64_t sys_add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) || sum == EV_ABSENT ? EV_ABSENT - 1 : sum;
}
