/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of reports in a directory, and which of them go when there are too many.
 *
 * Layer: cli. Used by reports.c. Allocates nothing from the heap.
 */
#ifndef MEMTRACE_ROTATE_H
#define MEMTRACE_ROTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "spares.h"

/* Holds each name with its extension. */
#define REPORT_NAME_CAP 80

/* What a report is named after. */
struct report_name {
	uint64_t realtime_ns; /* of the first kill; or of now, when asked for */
	bool asked;
	char comm[17]; /* of the victim, unless asked */
	uint32_t pid;
};

/*
 * "oom-20261128T051233Z-COMM-PID" or "now-20261128T051233Z", and from the second of that name on
 * "-2", "-3", ...; no extension. What of comm has no place in a file's name becomes _.
 */
void report_name_make(const struct report_name *name, unsigned copy, char buf[REPORT_NAME_CAP]);

/* Length of the name without its extension; 0 = no name of a report. */
size_t report_name_base(const char *file);

/*
 * Removes the oldest reports, all files of each, until no more than keep are there. Their age is
 * that of their names. What is of a time after now (the clock was set back) is older than what is
 * not, and spared, a name without extension, is not removed at all. Returns how many are left, or
 * -errno when one could not be removed.
 */
int reports_rotate(int dirfd, unsigned keep, uint64_t now_realtime_ns, const char *spared);

#endif
