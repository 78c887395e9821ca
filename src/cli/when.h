/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Times as people name them when they choose a part of a recording.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_WHEN_H
#define MEMTRACE_WHEN_H

#include <stddef.h>
#include <stdint.h>

/* From when to when a recording goes, wall clock, ns since 1970. */
struct when_span {
	uint64_t begin_ns, end_ns;
};

/*
 * "03:10", "03:10:20.5" (local time; of the days that the recording covers the first one on which
 * it covers that), "2026-11-21 03:10", "2026-11-21T03:10:20Z", "+90s" (from its begin), "-10m"
 * (before its end). Returns 0 or -EINVAL.
 */
int when_parse(const char *s, const struct when_span *span, uint64_t *wall_ns);

/* "2026-11-21 03:00:00 to 03:59:59", local; returns buf. */
const char *when_words(const struct when_span *span, char *buf, size_t cap);

#endif
