/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers as people write and read them: durations, sizes, counts and times of day.
 *
 * Layer: util. Independent of the locale.
 */
#ifndef MEMTRACE_UNITS_H
#define MEMTRACE_UNITS_H

#include <stddef.h>
#include <stdint.h>
#include "text.h"

#define UNITS_LEN 40 /* a buffer of this size holds whatever a fmt_* function writes */

/* All fmt_* functions write at most cap bytes, always NUL-terminated, and return buf. */

/* Three significant digits: "0", "850 ns", "12.3 us", "4.56 ms", "95.0 s", "5m12s", "2h05m". */
const char *fmt_ns(uint64_t ns, char *buf, size_t cap);
/* "0", "512 B", "4 KiB", "1.5 MiB", "12.0 GiB". */
const char *fmt_bytes(uint64_t bytes, char *buf, size_t cap);
/* The same with its sign: "+4 KiB", "-1.5 MiB", "0". */
const char *fmt_bytes_signed(int64_t bytes, char *buf, size_t cap);
/* Up to six digits as they are, then "1.23M", "4.5G". */
const char *fmt_count(uint64_t n, char *buf, size_t cap);
/* Wall clock, ns since 1970, in the local time zone: "15:04:05.123". */
const char *fmt_time_local(uint64_t realtime_ns, char *buf, size_t cap);
/* The same in UTC: "2026-11-21T07:43:50.123456789Z". */
const char *fmt_time_rfc3339(uint64_t realtime_ns, char *buf, size_t cap);

/* "100us", "1.5ms", "2s", "10m", "1h"; a bare number is seconds. 0, -EINVAL or -ERANGE. */
int parse_duration(const char *s, uint64_t *ns);
/* "64k", "8M", "1GiB", powers of 1024; a bare number is bytes. 0, -EINVAL or -ERANGE. */
int parse_size(const char *s, uint64_t *bytes);
/* "1,2,3": how many were written to out; -EINVAL (also for an empty list), -E2BIG above max. */
int parse_u32_list(const char *s, uint32_t *out, int max);

#endif
