/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files that user stacks lead into, and the names of functions in them.
 *
 * Layer: source. Used by usyms.c (the thread that finds names) and umaps.c (the one that reads what
 * processes have mapped), which share it. A file stays open only between the two, as it may vanish
 * with its process: descriptors held for long would keep file systems from being unmounted.
 */
#ifndef MEMTRACE_UFILES_H
#define MEMTRACE_UFILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include "maps.h"

/* Places in a stack that are in no file. */
enum { UFRAME_UNKNOWN = -1, UFRAME_ANON = -2, UFRAME_VDSO = -3 };

struct uframe {
	int file;	 /* number of a file, or UFRAME_* */
	uint64_t offset; /* in the file, of an instruction */
};

struct ufiles;

/* NULL: out of memory. */
struct ufiles *ufiles_new(void);
/* NULL is fine. */
void ufiles_free(struct ufiles *f);

/*
 * The number of a file with one more user. fd is taken over: kept, if there is none yet, until the
 * last user leaves. st NULL and fd -1: it could not be opened, only its base name is known.
 * UFRAME_UNKNOWN when the table is full.
 */
int ufiles_get(struct ufiles *f, const struct code_map *map, const struct stat *st, int fd);
/* One more, or one less user. */
void ufiles_use(struct ufiles *f, int file);
void ufiles_leave(struct ufiles *f, int file);
/* Is it open? */
bool ufiles_open(struct ufiles *f, int file);

/* The rest is for the thread that finds names. */

/* Takes note that this place needs a name. */
void ufiles_want(struct ufiles *f, const struct uframe *at);
/* Looks up all that were noted, file by file. */
void ufiles_look_up(struct ufiles *f);
/*
 * "function", or "FILE+0xOFFSET", "[vdso]", "[anon]", "?". ';' becomes ':'. Returns its length, at
 * most cap - 1. *lost: a name might have been found, had the file been there or room for it.
 */
int ufiles_name(const struct ufiles *f, const struct uframe *at, char *buf, int cap, bool *lost);

#endif
