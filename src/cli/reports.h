/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directory of reports (--dir): each report three files, the newest so many of them, written
 * even when the disk is full by then, and without memory from the heap.
 *
 * Layer: cli. What a report says is the caller's: it prints it. Says on stderr what goes wrong.
 */
#ifndef MEMTRACE_REPORTS_H
#define MEMTRACE_REPORTS_H

#include <limits.h>
#include "lockdir.h"
#include "pending.h"

struct reports_opts {
	const char *dir;
	unsigned keep;
	/* Called for each report that is on the disk: path is that of its text. */
	void (*written)(void *ctx, const char *path);
	void *ctx;
};

struct reports {
	struct reports_opts opts;
	char path[PATH_MAX]; /* of the directory, from the root on */
	struct lockdir dir;
	struct spares spares;
	struct pending pending;
	char file[PATH_MAX + REPORT_NAME_CAP + 8]; /* the last one's path */
	char last[REPORT_NAME_CAP];		   /* the name used last, without a number ... */
	unsigned last_copy;			   /* ... and its number */
	uint64_t lost;				   /* reports that never came to the disk */
	int spares_error;			   /* said last; 0 = all are there */
	bool rotate_failed;
};

/* Returns 0 or -errno after saying why. A disk that is full is no error: reports wait then. */
int reports_open(struct reports *r, const struct reports_opts *opts);
/*
 * Has a report printed in all its forms, and writes it. Returns 0, and reports_path() has its name;
 * or -errno after saying so: then it is kept and tried again at each tick.
 */
int reports_put(struct reports *r, const struct report_name *name, report_print print, void *ctx);
/* The text's path of the report written last. */
const char *reports_path(const struct reports *r);
/* The text of the newest one that waits. */
const char *reports_waiting(const struct reports *r, size_t *len);
/* Tries again what could not be done before. */
void reports_tick(struct reports *r);
/* The directory may be another one now: goes on in the one that has the name. Returns 0 or -errno
 * after saying why; then it goes on in the old one. */
int reports_reopen(struct reports *r);
/* Tries a last time. Returns 0, or -errno when reports were lost. r may be all zeros. */
int reports_close(struct reports *r);

#endif
