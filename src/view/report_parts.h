/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of an OOM report, each the same in text and in Markdown. report_text.c and report_md.c
 * put them in order under headings.
 *
 * Layer: view, private to it. A part that has nothing to say says so, or prints nothing.
 */
#ifndef MEMTRACE_REPORT_PARTS_H
#define MEMTRACE_REPORT_PARTS_H

#include "report_words.h"

/* Facts about a cgroup by its path (NULL = not known): the cgroup, its container and pod. */
void fact_place(struct doc *d, const char *path);

/* report_who.c: who was killed, who asked for the memory, all that were killed. */
void part_victim(struct doc *d, const struct report *r);
void part_trigger(struct doc *d, const struct report *r);
void part_kills(struct doc *d, const struct report *r);

/* report_where.c: what ran out, what it held, the cgroups above it, the machine. */
void part_constraint(struct doc *d, const struct report *r);
void part_breakdown(struct doc *d, const struct report *r);
void part_hierarchy(struct doc *d, const struct report *r);
void part_machine(struct doc *d, const struct report *r);

/* report_choice.c: what the kernel chose from. */
void part_candidates(struct doc *d, const struct report *r);

/* report_approach.c: the stages, the bars, who grew. */
void part_stages(struct doc *d, const struct report *r);
void part_timeline(struct doc *d, const struct report *r);
void part_growers(struct doc *d, const struct report *r);

/* report_course.c: the kill step by step, who else had to wait. */
void part_phases(struct doc *d, const struct report *r);
void part_sufferers(struct doc *d, const struct report *r);

/* report_evidence.c: what to change; the kernel's log; what all this rests on. */
void part_advice(struct doc *d, const struct report *r);
void part_log(struct doc *d, const struct report *r);
void part_sources(struct doc *d, const struct report *r);

#endif
