/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the object of an OOM report is put together from.
 *
 * Layer: view, private to it.
 */
#ifndef MEMTRACE_REPORT_JSON_H
#define MEMTRACE_REPORT_JSON_H

#include "report_words.h"

/* A time as distance from the first kill, null for 0. */
void json_from_kill(struct json *j, const char *key, const struct report *r, uint64_t time_ns);

/* report_json_parts.c: "victim", "trigger"; "constraint" to "hierarchy"; "kills". */
void report_who_json(struct json *j, const struct model *m, const struct report *r);
void report_where_json(struct json *j, const struct report *r);
void report_kills_json(struct json *j, const struct model *m, const struct report *r);
/* report_json_history.c: "timeline", "growers", "growers_others". */
void report_history_json(struct json *j, const struct model *m, const struct report *r);

#endif
