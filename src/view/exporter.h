/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stream of events in the format of another tool: Chrome trace events, CSV, JSON Lines, folded
 * stacks. Constant memory, whatever the length of the stream.
 *
 * Layer: view.
 */
#ifndef MEMTRACE_EXPORTER_H
#define MEMTRACE_EXPORTER_H

#include "view.h"

struct exporter;

/* A format. state_size: of what it keeps, zeroed before begin. All functions may be NULL. */
struct export_form {
	size_t state_size;
	bool (*begin)(struct exporter *x); /* false: no memory */
	void (*event)(struct exporter *x, const struct ev_hdr *ev);
	void (*end)(struct exporter *x);
	void (*free)(struct exporter *x);
};

/*
 * JSON of the Trace Event Format, for ui.perfetto.dev, chrome://tracing, speedscope: a track per
 * thread with its stalls, major faults and (-K) sleeps, one per kswapd, OOM kills, and curves.
 */
extern const struct export_form export_chrome;
/* RFC 4180; a file per kind of event, with a header. */
extern const struct export_form export_csv;
/* The objects of -j, one per event, and the one of the summary at the end. */
extern const struct export_form export_jsonl;
/* "COMM_[stall];CAUSE;OUTERMOST;...;INNERMOST MICROSECONDS" and "COMM_[major];..." */
extern const struct export_form export_folded;

struct exporter_opts {
	const struct export_form *form;
	const struct event_desc *only; /* kind of event that is wanted; NULL = all */
	const char *version;	       /* of memtrace */
	/*
	 * Opens what the events of one kind (CSV) go to; NULL = cannot, which it has said and
	 * keeps. It stays the caller's. Where it is not set all goes to the view's out.
	 */
	FILE *(*open)(void *ctx, const char *table);
	void *ctx;
};

/* The view's filters (of its model, min_ns) apply. NULL = no memory. */
struct exporter *exporter_new(struct view *v, const struct exporter_opts *opts);
/* After the model has taken the event. One that waits for a name in it comes out later. */
void exporter_event(struct exporter *x, const struct ev_hdr *ev);
/* What waits, and what the format ends with. */
void exporter_end(struct exporter *x);
void exporter_free(struct exporter *x);

#endif
