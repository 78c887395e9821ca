/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading text that the kernel shows in files: whole small files, long ones line by line, and
 * the numbers in them. Allocates nothing; every path is taken below a struct sysroot.
 *
 * Layer: sys, above sysroot.h. Used by the other readers of sys only.
 */
#ifndef MEMTRACE_SYSFILE_H
#define MEMTRACE_SYSFILE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "sysroot.h"

/* Writes root's path and the formatted one after it. Returns 0 or -ENAMETOOLONG. */
int sys_path(const struct sysroot *root, char *buf, size_t cap, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* open(2) below the root; O_CLOEXEC is added. Returns a descriptor or -errno. */
int sys_open(const struct sysroot *root, int flags, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Reads the file's first cap - 1 bytes and ends them with NUL (they may hold NULs themselves).
 * Returns their number or -errno, and then buf is "".
 */
ssize_t sys_read(const struct sysroot *root, char *buf, size_t cap, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Reads a file that holds one decimal number. Returns 0, -errno, -EINVAL or -ERANGE. */
int sys_read_u64(const struct sysroot *root, uint64_t *value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Holds a line of /proc/PID/maps with a path as long as PATH_MAX allows. */
#define SYS_LINE_CAP 8192

struct sys_lines {
	int fd;
	int error; /* -errno that ended the reading; 0 = the file's end */
	bool eof;
	bool skip; /* the line handed out last goes on beyond the buffer */
	size_t begin, end;
	char buf[SYS_LINE_CAP];
};

/* Returns 0 or -errno. After 0, sys_lines_close() is due. */
int sys_lines_open(struct sys_lines *l, const struct sysroot *root, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The next line without its newline, valid and writable until the next call; NULL at the end or
 * after an error. What exceeds SYS_LINE_CAP - 1 bytes of a line is skipped.
 */
char *sys_lines_next(struct sys_lines *l);

/* Returns the error that ended the reading, or 0. */
int sys_lines_close(struct sys_lines *l);

/*
 * Reads the number (base 10 or 16) at *p, blanks before it skipped, and moves *p behind it.
 * Returns 0, -EINVAL (no digit) or -ERANGE (does not fit; *p is behind its digits).
 */
int sys_number(const char **p, int base, uint64_t *value);

/*
 * Takes "key value" or "key: value" apart (vmstat, meminfo, memory.stat): ends the key with NUL
 * in the line. Returns false when it is not such a line.
 */
bool sys_key_value(char *line, const char **key, uint64_t *value);

/* a + b, held below EV_ABSENT, which means something else. */
uint64_t sys_add(uint64_t a, uint64_t b);

#endif
