/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of OOM reports share: memtrace oom from before a kill until after it, and a report
 * held against the kernel's own words about it.
 *
 * Layer: tests.
 */
#ifndef MEMTRACE_TEST_OOM_H
#define MEMTRACE_TEST_OOM_H

#include "live.h"

struct ooms {
	struct trace t;
	int kmsg;      /* lines since the beginning */
	int64_t begun; /* by vmstat, before memtrace was started: that may take the last memory */
	int64_t kills; /* by vmstat: before the end of all, after it since then */
};
/* memtrace with these arguments, "oom" the first of them; skips the test without a kernel log. */
void ooms_begin(struct ooms *o, const char *const *args);
/* Waits until so many episodes are on memtrace's stdout. */
void ooms_await(struct ooms *o, int episodes);
/* Ends and parses; fails the test unless each kill that vmstat counts is in one episode. */
void ooms_end(struct ooms *o);
/* The only report there is. */
struct json_object *ooms_only(const struct ooms *o);
/* Waits for the only report and ends; what the log says of its first kill into v, if not NULL. */
struct json_object *ooms_told(struct ooms *o, struct verdict *v);
/* Sum of the episodes' kills. */
int64_t ooms_counted(const struct ooms *o);

/* The kill of that process among a report's; NULL. */
struct json_object *report_kill(struct json_object *report, pid_t pid);
/* The row of a list with that PID; NULL. */
struct json_object *row_of(struct json_object *report, const char *list, pid_t pid);
/* Victim, trigger, constraint, sizes and candidates are those of the log, to the byte. */
void report_equals(struct json_object *report, const struct verdict *v);
/* What is known of first_stall_ns, run_ns ... came in the order it must. */
void phases_check(struct json_object *report);

/* A hog of that score dies in a cgroup. */
void hog_die(struct child *hog, const struct cgroup *cg, const char *score);
/* A hog that holds so many MiB, and is told about when it does. */
void holder_start(struct child *hog, const struct cgroup *cg, const char *score, const char *mib);

/* A new empty directory, removed with all that is in it. */
void dir_make(char path[PATH_MAX], const char *name);
/* How many names in a directory end so; path, if not NULL, is the last of them by name. */
int dir_count(const char *dir, const char *ending, char path[PATH_MAX]);
/* The object in a .json file. */
struct json_object *json_file(const char *path);
/* An environment variable for children, until undo. */
void env_set(const char *name, const char *value);

#endif
