/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The processes among which the kernel chose a victim: the table of its log, the points that it
 * gives to each, and what of all that a report has room for.
 *
 * Layer: model, private. Pure functions on memory that the caller keeps.
 */
#ifndef MEMTRACE_OOM_TASKS_H
#define MEMTRACE_OOM_TASKS_H

#include "report.h"

#define OOM_TASKS	  1024
#define OOM_BARRED_LISTED 8 /* protected and dying ones that a report lists at most */

enum oom_tasks_format {
	OOM_TASKS_NONE = 0, /* no header was seen: rows mean nothing */
	OOM_TASKS_RSS,	    /* before 6.8: one column of RSS */
	OOM_TASKS_KINDS,    /* its kinds too */
};

struct oom_table {
	enum oom_tasks_format format;
	uint64_t page_size, total_pages;
	uint64_t all;	     /* rows there were */
	uint64_t rest_bytes; /* RSS of those that found no room, the least important ones */
	int n, least;	     /* least: the first to make room; -1 = not known */
	struct oom_candidate row[OOM_TASKS];
};

/* The part of a table that is kept with an episode. */
struct oom_choice {
	struct oom_candidate list[REPORT_CANDIDATES]; /* those that could be chosen first */
	int n;
	uint64_t all, rest_bytes, total_pages;
	int victim_rank; /* among those that could be chosen, from 1; 0 = not in */
	int64_t first_points, victim_points;
};

/* Empties it. */
void oom_table_begin(struct oom_table *t, uint64_t page_size, uint64_t total_pages);
/* A line of the log that may be the table's header or a row of it; others change nothing. */
void oom_table_line(struct oom_table *t, const char *text);
/* Adds a process; sets its bar, if it is protected, and its points. */
void oom_table_add(struct oom_table *t, struct oom_candidate c);
/* The points once more, with what oom_score_adj is a share of now known for sure. */
void oom_table_total(struct oom_table *t, uint64_t total_pages);
/* Is it the process of that number, or that thread's? The log may name a victim by a thread. */
static inline bool oom_candidate_is(const struct oom_candidate *c, uint32_t id)
{
	return c->pid == id || (c->tid && c->tid == id);
}
/* Puts the table in order and takes the best out of it, the victim in any case. */
void oom_table_choose(struct oom_table *t, uint32_t victim, struct oom_choice *out);

/* oom_badness() of mm/oom_kill.c */
int64_t oom_points(const struct oom_candidate *c, uint64_t total_pages, uint64_t page_size);

#endif
