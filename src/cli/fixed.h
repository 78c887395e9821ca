/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A FILE over memory that is there already: what is printed to it takes none from the heap, so a
 * report can be put in words while memory is out.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_FIXED_H
#define MEMTRACE_FIXED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct fixed {
	FILE *out; /* print to this between fixed_begin() and fixed_end() */
	char *data;
	size_t cap, len;
	bool full; /* what did not fit was thrown away */
	char stdio[4096];
};

/* Allocates all that will be needed. Returns 0 or -ENOMEM. f must stay where it is. */
int fixed_open(struct fixed *f);
void fixed_close(struct fixed *f);

/* From now on out goes to data, cap bytes, which stay the caller's. */
void fixed_begin(struct fixed *f, char *data, size_t cap);
/* All that was printed is in data, f->len bytes. Returns whether it all fitted. */
bool fixed_end(struct fixed *f);
/*
 * For a text that did not fit: ends it at the end of a line and with the note. Notes longer than
 * the buffer are left out.
 */
void fixed_cut(struct fixed *f, const char *note);

#endif
