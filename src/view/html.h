/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run as one self-contained page for browsers.
 *
 * Layer: view; called by cli. The page itself is in src/view/html/, put together by tools/page at
 * build time; here its data is written between its head and its tail. Whatever a name holds, it
 * stays a string in that data: no byte of it can end the element it is in, and the page shows
 * strings as text only.
 */
#ifndef MEMTRACE_HTML_H
#define MEMTRACE_HTML_H

#include "chart.h"
#include "view.h"

/* What the page says of the recording; any of the strings may be NULL. */
struct html_run {
	const char *file;    /* its name */
	const char *version; /* of the memtrace that recorded */
	const char *caveat;  /* what is wrong with it, a sentence: "It was cut short: ..." */
};

/*
 * Writes the page to v->out. c: fed with the same events as v->model, chart_end() was called.
 * Returns 0 or -ENOMEM; errors of writing are in v->out.
 */
int view_html(struct view *v, const struct chart *c, const struct html_run *run);

#endif
