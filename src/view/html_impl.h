/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of a page's data. html.c calls them, html_chart.c has the timeline, html_waits.c the
 * single stalls and faults, html_tables.c and html_who.c the tables, html_page.c the page's own
 * bytes.
 *
 * Layer: view, private to html*.c.
 */
#ifndef MEMTRACE_HTML_IMPL_H
#define MEMTRACE_HTML_IMPL_H

#include <string.h>
#include "html.h"
#include "htab.h"
#include "render.h"

#define HTML_LANES_PROCESS 18
#define HTML_LANES_CGROUP  8
#define HTML_GROWERS	   8
#define HTML_PROCESSES	   150
#define HTML_TEXT_LEN	   320 /* of a command line, a path; the rest is "..." */

/* Bytes before and after the data. */
extern const char html_head[], html_tail[];
extern const size_t html_head_len, html_tail_len;

/*
 * Numbers for things that occur often: each thing is told once, in a list, and referred to by its
 * place there. A thing is known by two 64-bit numbers.
 */
struct dict {
	struct htab index;
	struct dict_key {
		uint64_t a, b;
	} * keys;
	uint32_t n, cap;
};

/* Returns 0 or -ENOMEM; dict_fini() is harmless then. */
int dict_init(struct dict *d, uint32_t cap);
void dict_fini(struct dict *d);
/* Its place; the last place stands for all that found no room. */
uint32_t dict_put(struct dict *d, uint64_t a, uint64_t b);

/* What the timeline and the single waits have in common. */
struct html_dicts {
	struct dict who;     /* processes: tgid, start_ns */
	struct dict cgroups; /* id, 0 */
	struct dict comms;   /* its 16 bytes */
};

/* A string made safe as text_safe() does, cut to HTML_TEXT_LEN; NULL gives null. */
void html_text(struct json *j, const char *key, const char *s);
void html_textn(struct json *j, const char *key, const char *s, size_t len);

/* Each adds keys to the object that is open. */
void html_timeline(struct json *j, const struct chart *c, struct html_dicts *d);
void html_points(struct json *j, const struct chart *c);
void html_stalls(struct json *j, const struct model *m, const struct chart *c,
		 struct html_dicts *d);
void html_faults(struct json *j, const struct model *m, const struct chart *c,
		 struct html_dicts *d);
void html_processes(struct json *j, const struct model *m);
void html_cgroups(struct json *j, const struct model *m);
void html_culprits(struct json *j, const struct model *m);
void html_ooms(struct json *j, const struct model *m, uint64_t begin_ns);
void html_files(struct json *j, const struct model *m);
void html_losses(struct json *j, const struct model *m);
void html_totals(struct json *j, const struct model *m);
/* A sum of major faults, its latencies and classes. */
void html_fault_stats(struct json *j, const char *key, uint64_t minor, uint64_t major,
		      const struct fault_stats *f);

#endif
