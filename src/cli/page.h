/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Command report: a recording as text, or as a page for browsers.
 *
 * Layer: cli. The page is written to a file beside the one that was asked for and takes its name
 * only when it is whole.
 */
#ifndef MEMTRACE_CLI_PAGE_H
#define MEMTRACE_CLI_PAGE_H

#include <stdbool.h>
#include "chart.h"
#include "outfile.h"

struct app;

struct page {
	struct chart *chart; /* NULL: text is wanted */
	struct outfile file;
	bool written;
};

/* What struct command wants, see app.h. */
int page_begin(struct app *app);
void page_event(struct app *app, const struct ev_hdr *ev);
void page_at_end(struct app *app);
int page_finish(struct app *app);

#endif
