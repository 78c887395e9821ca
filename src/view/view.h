/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a person or a program reads: the page, lines, interval tables, OOM records, doctor; as
 * text or as JSON Lines.
 *
 * Layer: view. May use model, event and util. Never looks into the kernel, /proc or a clock: all
 * it prints is in the model. Text stays under 100 columns; names from outside are made harmless
 * (control characters escaped) in both forms.
 */
#ifndef MEMTRACE_VIEW_H
#define MEMTRACE_VIEW_H

#include <stdbool.h>
#include <stdio.h>
#include "model.h"

struct view {
	FILE *out;
	const struct model *model;
	bool json;
	bool color;
	bool utf8; /* the reader's terminal takes it: else ASCII only */
	bool verbose;
	uint64_t min_ns;      /* lines for shorter stalls and faults are not printed */
	int rows;	      /* of a table; 0 = the default */
	enum sort_key sort;   /* of interval tables */
	bool threads;	      /* faults: a row per thread */
	bool user_stacks;     /* a section of them was asked for */
	FILE *folded;	      /* user stacks go there, too, as folded stacks; NULL = nowhere */
	const char *program;  /* command line after "--", NULL if none */
	const char *watching; /* what the filters select, in words: "all processes", "cgroup /mt" */
	uint64_t lines;	      /* event lines printed so far: for repeating the header */
};

/* The summary: page of text, or the one "summary" object. */
void view_summary(struct view *v);

/* One line per event as it comes (stalls; slow faults). Header first and every 40 lines. */
void view_stall(struct view *v, const struct ev_stall *ev);
void view_fault(struct view *v, const struct ev_fault *ev);

/* Tables of the last interval, and what is said at the end. */
void view_faults_interval(struct view *v);
void view_faults_end(struct view *v);
void view_swap_interval(struct view *v);
void view_swap_end(struct view *v);
void view_stalls_end(struct view *v); /* totals, losses */

/* What is said of OOM kills at the end (none seen, losses). */
void view_oom_end(struct view *v);

/*
 * The report of an OOM episode, or of now. view_report() writes text, or JSON where v->json says
 * so; the others one form each, whatever that says. None of them allocates.
 */
void view_report(struct view *v, const struct report *r);
void view_report_text(struct view *v, const struct report *r);
void view_report_markdown(struct view *v, const struct report *r);
void view_report_json(struct view *v, const struct report *r);
/* What it is about, in one line of safe text; returns buf. */
const char *view_report_title(const struct model *m, const struct report *r, char *buf, size_t cap);

/*
 * A line per user stack to v->folded: "COMM_[major];OUTERMOST;...;INNERMOST COUNT", for flame
 * graphs; _[minor] where COUNT is what samples let expect. Blanks in names are _.
 */
void view_folded(struct view *v);

/* Which rung serves each signal. */
void view_doctor(struct view *v);

/* The status line's text, without newline or escapes; returns buf. */
const char *view_status(const struct model *m, char *buf, size_t cap);

#endif
