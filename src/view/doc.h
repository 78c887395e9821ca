/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A document that is the same in two forms: text for a terminal, under 100 columns, and Markdown.
 * Its blocks are headings, paragraphs, facts, tables and preformatted lines. No heap.
 *
 * Layer: view, private to it.
 *
 * All text that goes in is safe already (text_safe()). A name from outside stands between the two
 * marks below, which safe text cannot hold: text drops them, Markdown makes such a name a piece of
 * code, in which nothing is markup. What is outside of them is escaped all the same.
 */
#ifndef MEMTRACE_DOC_H
#define MEMTRACE_DOC_H

#include "para.h"
#include "table.h"

#define NAME_BEGIN "\001"
#define NAME_END   "\002"

enum doc_block {
	DOC_NOTHING,
	DOC_HEADING,
	DOC_PARA,
	DOC_CAPTION,
	DOC_FACTS,
	DOC_ITEMS,
	DOC_TABLE,
	DOC_LINES,
};

struct doc {
	struct view *v;
	bool markdown;
	enum doc_block last;
	size_t fence; /* of the preformatted lines that are open */
};

/* A foreign name between marks, made safe; fallback (our own words) when it is NULL or empty.
 * Returns buf. */
const char *name_mark(const char *foreign, const char *fallback, char *buf, size_t cap);
/* The same of a comm and a PID: "comm[pid]". PID 0 = not known. */
const char *task_mark(const char *comm, uint32_t pid, char *buf, size_t cap);
/* Takes the marks out. */
void marks_drop(char *s);

/* An empty document, written to v->out. */
void doc_begin(struct doc *d, struct view *v, bool markdown);
/* The document's title, Markdown only; a section's heading. May hold marked names. */
__attribute__((format(printf, 2, 3))) void doc_title(struct doc *d, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void doc_heading(struct doc *d, const char *fmt, ...);
/* Words before a table or lines, within a section: ends in a colon by itself. */
__attribute__((format(printf, 2, 3))) void doc_caption(struct doc *d, const char *fmt, ...);
void doc_para(struct doc *d, const char *text);
/* "name  text". Facts in a row are a list. */
void doc_fact(struct doc *d, const char *name, const char *text);
/* An item of a list; first and rest are its two parts, a sentence each. */
void doc_item(struct doc *d, int number, const char *first, const char *rest);

/*
 * Lines as they are, not marked: for bars and the kernel's log. begin wants the longest run of
 * backticks that will be in them (backticks()).
 */
void doc_lines_begin(struct doc *d, size_t longest_backticks);
void doc_lines_end(struct doc *d);
/* Spaces before each such line: "" in Markdown. */
const char *doc_indent(const struct doc *d);
/* Longest run of backticks in a string. */
size_t backticks(const char *s);

struct doc_table {
	struct doc *d;
	const struct table_col *cols;
	int ncols, at; /* at: the next cell's column, Markdown only */
	struct table text;
};

/* Like struct table; cells may hold marked names. */
void doc_table_begin(struct doc_table *t, struct doc *d, const struct table_col *cols, int ncols);
void doc_cell(struct doc_table *t, const char *marked);
__attribute__((format(printf, 2, 3))) void doc_cell_fmt(struct doc_table *t, const char *fmt, ...);
/* A size; "-" when it is EV_ABSENT. */
void doc_cell_bytes(struct doc_table *t, uint64_t bytes);
void doc_table_end(struct doc_table *t);

#endif
