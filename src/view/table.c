/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. Tables of text; the contract is in table.h. */
#include <stdarg.h>
#include <string.h>
#include "table.h"

#define ELLIPSIS     "..."
#define ELLIPSIS_LEN 3

void table_begin(struct table *t, FILE *out, const char *indent, const struct table_col *cols,
		 int ncols)
{
	t->out = out;
	t->indent = indent;
	t->cols = cols;
	t->ncols = ncols;
	t->ncells = 0;
	t->used = 0;
	t->header_done = false;
	for (int c = 0; c < ncols; c++)
		t->width[c] = text_width(cols[c].header);
}

static const char *cell_text(const struct table *t, int cell)
{
	return t->memory + t->cell[cell];
}

/* The byte at which a safe string's character number n begins. */
static const char *char_at(const char *s, int n)
{
	for (; *s; s++) {
		if (((unsigned char)*s & 0xc0) != 0x80 && n-- == 0)
			break;
	}
	return s;
}

static void pad(FILE *out, int n)
{
	fprintf(out, "%*s", n > 0 ? n : 0, "");
}

void cell_print(FILE *out, const char *s, int width, enum align align, bool last)
{
	int have = text_width(s);

	if (align == ALIGN_RIGHT)
		pad(out, width - have);
	if (have <= width)
		fputs(s, out);
	else if (align == ALIGN_PATH)
		fprintf(out, ELLIPSIS "%s", char_at(s, have - width + ELLIPSIS_LEN));
	else
		fprintf(out, "%.*s" ELLIPSIS, (int)(char_at(s, width - ELLIPSIS_LEN) - s), s);
	if (align != ALIGN_RIGHT && !last)
		pad(out, width - have);
}

static void print_column(const struct table *t, int col, const char *s, int width)
{
	cell_print(t->out, s, width, t->cols[col].align, col == t->ncols - 1);
}

/* Widths of the columns as they are printed, and the gap between them. */
static int fit_page(const struct table *t, int width[TABLE_COLS])
{
	int total = text_width(t->indent), gap = 2, excess;

	for (int c = 0; c < t->ncols; c++) {
		width[c] = t->width[c];
		total += width[c];
	}
	if (total + gap * (t->ncols - 1) > PAGE_WIDTH)
		gap = 1;
	excess = total + gap * (t->ncols - 1) - PAGE_WIDTH;
	for (int c = t->ncols - 1; c >= 0 && excess > 0; c--) {
		int give = width[c] - t->cols[c].min;

		if (t->cols[c].min == 0 || give <= 0)
			continue;
		give = give < excess ? give : excess;
		width[c] -= give;
		excess -= give;
	}
	return gap;
}

static void table_flush(struct table *t)
{
	int width[TABLE_COLS], gap = fit_page(t, width);

	for (int c = 0; !t->header_done && c < t->ncols; c++) {
		fputs(c ? "" : t->indent, t->out);
		pad(t->out, c ? gap : 0);
		print_column(t, c, t->cols[c].header, width[c]);
	}
	fputs(t->header_done ? "" : "\n", t->out);
	t->header_done = true;
	for (int i = 0; i < t->ncells; i++) {
		int c = i % t->ncols;

		fputs(c ? "" : t->indent, t->out);
		pad(t->out, c ? gap : 0);
		print_column(t, c, cell_text(t, i), width[c]);
		fputs(c == t->ncols - 1 ? "\n" : "", t->out);
	}
	t->ncells = 0;
	t->used = 0;
}

/* A table too long for its memory is printed in parts that share the widths found so far. */
void table_cell(struct table *t, const char *safe)
{
	const char *text = *safe ? safe : "-";
	int col = t->ncells % t->ncols, w = text_width(text);
	size_t len = strlen(text) + 1;

	if (col == 0 && (t->ncells + t->ncols > TABLE_CELLS ||
			 t->used + (size_t)t->ncols * NAME_LEN > TABLE_MEMORY))
		table_flush(t);
	if (len > NAME_LEN)
		len = NAME_LEN;
	memcpy(t->memory + t->used, text, len - 1);
	t->memory[t->used + len - 1] = '\0';
	t->cell[t->ncells++] = (uint32_t)t->used;
	t->used += len;
	if (w > t->width[col])
		t->width[col] = w;
}

void table_fmt(struct table *t, const char *fmt, ...)
{
	char buf[NAME_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	table_cell(t, buf);
}

void table_name(struct table *t, const char *foreign, const char *fallback)
{
	char buf[NAME_LEN];

	table_cell(t, name_safe(foreign, fallback, buf, sizeof(buf)));
}

void table_count(struct table *t, uint64_t n)
{
	char buf[UNITS_LEN];

	table_cell(t, fmt_count(n, buf, sizeof(buf)));
}

void table_ms(struct table *t, uint64_t ns)
{
	char buf[UNITS_LEN];

	table_cell(t, fmt_ms(ns, buf, sizeof(buf)));
}

void table_bytes(struct table *t, uint64_t bytes)
{
	char buf[UNITS_LEN];

	table_cell(t, bytes == EV_ABSENT ? "-" : fmt_bytes(bytes, buf, sizeof(buf)));
}

void table_growth(struct table *t, int64_t bytes)
{
	char buf[UNITS_LEN];

	table_cell(t, fmt_bytes_signed(bytes, buf, sizeof(buf)));
}

void table_end(struct table *t)
{
	table_flush(t);
}
