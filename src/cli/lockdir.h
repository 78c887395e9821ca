/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A directory that one memtrace at a time writes to.
 *
 * Layer: cli. Used by reports.c. Says on stderr what is wrong, and what helps.
 */
#ifndef MEMTRACE_LOCKDIR_H
#define MEMTRACE_LOCKDIR_H

struct lockdir {
	int fd;	     /* -1 = none is open */
	int lock_fd; /* of .memtrace.lock in it */
};

/* Opens and locks it. Returns 0 or -errno (-EBUSY: another memtrace has it) after saying why; then
 * *d has none. */
int lockdir_open(struct lockdir *d, const char *path);
void lockdir_close(struct lockdir *d);

/* What to do about an error in this directory: "; free some space there", or "". */
const char *lockdir_remedy(int err);

#endif
