/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables of text: columns as wide as what is in them, numbers to the right, names to the left.
 * When a table would be wider than the page, its elastic columns give way, and what no longer
 * fits in them is shortened to "...". No heap.
 *
 * Layer: view, private to it. Cells from outside go in by table_name(), which makes them safe.
 */
#ifndef MEMTRACE_TABLE_H
#define MEMTRACE_TABLE_H

#include <stdint.h>
#include "render.h"

#define TABLE_COLS   16
#define TABLE_CELLS  512
#define TABLE_MEMORY 32768

enum align {
	ALIGN_RIGHT, /* numbers */
	ALIGN_LEFT,  /* names */
	ALIGN_PATH,  /* names whose end says more than their beginning: shortened there */
};

struct table_col {
	const char *header;
	enum align align;
	int min; /* elastic: may shrink to this; 0 = never narrower than its cells */
};

struct table {
	FILE *out;
	const struct table_col *cols;
	int ncols;
	const char *indent;
	bool header_done;
	int ncells;
	size_t used;
	int width[TABLE_COLS];
	uint32_t cell[TABLE_CELLS]; /* offsets in memory */
	char memory[TABLE_MEMORY];
};

/* One cell: padded to width columns (not behind the last one of a line), or shortened to it. */
void cell_print(FILE *out, const char *safe, int width, enum align align, bool last);

/* cols is borrowed. Lines begin with indent. */
void table_begin(struct table *t, FILE *out, const char *indent, const struct table_col *cols,
		 int ncols);
/* The next cell, left to right, row after row; "" shows as "-". */
void table_cell(struct table *t, const char *safe);
__attribute__((format(printf, 2, 3))) void table_fmt(struct table *t, const char *fmt, ...);
void table_name(struct table *t, const char *foreign, const char *fallback);
void table_count(struct table *t, uint64_t n);
void table_ms(struct table *t, uint64_t ns);
void table_bytes(struct table *t, uint64_t bytes);
void table_growth(struct table *t, int64_t bytes);
/* Prints what is in it. */
void table_end(struct table *t);

#endif
