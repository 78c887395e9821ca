/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A structured entry of the journal for each report. Its fields are described in
 * tools/systemd/memtrace.catalog, which `journalctl -x` shows.
 *
 * Layer: cli. Without libsystemd it is not there. Takes no memory from the heap.
 */
#ifndef MEMTRACE_JOURNAL_H
#define MEMTRACE_JOURNAL_H

#include <stddef.h>
#include "model.h"

/* The kind of message of a kill, not of reports that were asked for; the same for all versions of
 * memtrace, and in the catalog. */
#define JOURNAL_MESSAGE_ID "7127583cc23a435fac11164c8b8614f6"

struct journal {
	char *text; /* room for a whole report */
};
/* Returns 0 or -errno; -EOPNOTSUPP without libsystemd. Says so when there is no journal here. */
int journal_init(struct journal *j);
void journal_fini(struct journal *j);
/*
 * Tells of a report. path: of its text, NULL = none. text: the report in words, for one that could
 * be written to no disk, text_len bytes; NULL = not needed. Returns 0 or -errno.
 */
int journal_report(struct journal *j, const struct model *m, const struct report *r,
		   const char *path, const char *text, size_t text_len);

#endif
