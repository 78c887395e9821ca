/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread that finds out what only another process's files in /proc tell: its command line, and
 * the path of what it has mapped. Reading them can wait on the very memory shortage that is traced.
 *
 * Layer: source. Used by names.c. Nothing is allocated after lookups_new(), and none of the
 * functions after it waits for the thread, but for lookups_settle().
 */
#ifndef MEMTRACE_LOOKUP_H
#define MEMTRACE_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>
#include "event.h"
#include "sysroot.h"

#define LOOKUP_TEXT 4096

/* The command line of a process, or (ino != 0) the path of a file that it has mapped. */
struct lookup {
	uint64_t start_ns; /* of the process; 0: whoever has the number now will do */
	uint64_t address;  /* where the file is mapped; 0: anywhere */
	uint64_t ino;
	uint32_t tgid, dev_major, dev_minor;
	char name[EV_NAME_LEN + 1]; /* last component of the file's path; "" = unknown */
};

struct lookup_answer {
	struct lookup of;
	uint64_t time_ns; /* boottime when it was read */
	bool found;	  /* else the process or its mapping has gone, or had none */
	char text[LOOKUP_TEXT];
};

struct lookups;

/* Starts the thread. Below root, which is copied. NULL: out of memory or of threads. */
struct lookups *lookups_new(const struct sysroot *root);
/* A thread that does not end in time is left to itself, and with it what it uses. */
void lookups_free(struct lookups *l);

/* False when too many are waiting: ask again later. */
bool lookups_ask(struct lookups *l, const struct lookup *what);
/* Takes one answer; false when there is none yet. */
bool lookups_next(struct lookups *l, struct lookup_answer *a);
/* Waits at most wait_ms until all that was asked has its answer. Has it? */
bool lookups_settle(struct lookups *l, int wait_ms);

#endif
