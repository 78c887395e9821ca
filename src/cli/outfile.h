/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that appears whole or not at all: it is written beside its place under another name, and
 * moved there when it is done. What is no file (a pipe, a device; "-": stdout) is written to as it
 * is.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_OUTFILE_H
#define MEMTRACE_OUTFILE_H

#include <limits.h>
#include <stdio.h>

struct outfile {
	FILE *f; /* NULL: not open */
	int err; /* of writing: a positive errno */
	char path[PATH_MAX], temp[PATH_MAX];
};

/* Says what is wrong. Returns 0 or a negative errno. */
int outfile_open(struct outfile *o, const char *path);
/* To be called soon after much was written, and errno set to 0 before: later nobody knows why it
 * failed.
 */
void outfile_flush(struct outfile *o);
/* Ends it: moved to its place, or removed when it could not be written (which it says) or is not
 * wanted. */
int outfile_commit(struct outfile *o);
void outfile_abort(struct outfile *o);

#endif
