/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. Documents in two forms; the contract is in doc.h. */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>
#include "doc.h"

#define FACT_WIDTH 15 /* of its name, in text */

const char *name_mark(const char *foreign, const char *fallback, char *buf, size_t cap)
{
	char safe[NAME_LEN];

	if (!foreign || !*foreign)
		snprintf(buf, cap, "%s", fallback);
	else
		snprintf(buf, cap, NAME_BEGIN "%s" NAME_END,
			 name_safe(foreign, "", safe,
				   cap - 3 < sizeof(safe) ? cap - 3 : sizeof(safe)));
	return buf;
}

const char *task_mark(const char *comm, uint32_t pid, char *buf, size_t cap)
{
	char safe[LABEL_LEN];

	text_safe(comm, strnlen(comm, EV_COMM_LEN), safe, sizeof(safe));
	if (pid)
		snprintf(buf, cap, NAME_BEGIN "%s[%u]" NAME_END, *safe ? safe : "?", pid);
	else
		snprintf(buf, cap, NAME_BEGIN "%s" NAME_END, *safe ? safe : "?");
	return buf;
}

void marks_drop(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s != NAME_BEGIN[0] && *s != NAME_END[0])
			*to++ = *s;
	}
	*to = '\0';
}

void doc_begin(struct doc *d, struct view *v, bool markdown)
{
	*d = (struct doc){.v = v, .markdown = markdown};
}

/* What Markdown or HTML could take for more than the character it is. A line between two
 * letters is none in any of its dialects, and names of settings are full of them. */
static bool is_markup(const char *s, char before)
{
	if (*s == '_')
		return !isalnum((unsigned char)before) || !isalnum((unsigned char)s[1]);
	return strchr("\\`*{}[]<>#|~$&", *s) != NULL;
}

/* A name without backticks and bars is code; others would need care that not all readers of
 * Markdown take alike in tables: for them, each character that could matter goes by its number. */
static void name_markdown(FILE *out, const char *s, size_t len)
{
	if (!memchr(s, '`', len) && !memchr(s, '|', len)) {
		fprintf(out, "`%.*s`", (int)len, s);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (ispunct((unsigned char)s[i]) && (unsigned char)s[i] < 0x80)
			fprintf(out, "&#%d;", s[i]);
		else
			fputc(s[i], out);
	}
}

static void markdown_write(FILE *out, const char *s)
{
	char before = ' ';

	while (*s) {
		if (*s == NAME_BEGIN[0]) {
			size_t n = strcspn(++s, NAME_END);

			if (n)
				name_markdown(out, s, n);
			s += n + (s[n] != '\0');
			before = ' ';
			continue;
		}
		if (is_markup(s, before))
			fputc('\\', out);
		before = *s;
		fputc(*s++, out);
	}
}

/* Begins a block: an empty line before it, unless it goes on with one of its kind; in text only
 * where something new begins. */
static void block(struct doc *d, enum doc_block kind)
{
	bool goes_on = kind == d->last && (kind == DOC_FACTS || kind == DOC_ITEMS);
	bool opens = kind == DOC_HEADING || (kind == DOC_CAPTION && d->last != DOC_HEADING);

	if (d->last != DOC_NOTHING && !goes_on && (d->markdown || opens))
		fputc('\n', d->v->out);
	d->last = kind;
}

static void words_print(struct doc *d, const char *text)
{
	struct para p = {0};

	if (d->markdown) {
		markdown_write(d->v->out, text);
		fputc('\n', d->v->out);
		return;
	}
	para_add(&p, "%s", text);
	marks_drop(p.s);
	para_print(d->v->out, "  ", p.s, PAGE_WIDTH);
}

static void heading_markdown(struct doc *d, const char *level, const char *text)
{
	fprintf(d->v->out, "%s ", level);
	markdown_write(d->v->out, text);
	fputc('\n', d->v->out);
}

void doc_title(struct doc *d, const char *fmt, ...)
{
	struct para p = {0};
	va_list args;

	va_start(args, fmt);
	vsnprintf(p.s, sizeof(p.s), fmt, args);
	va_end(args);
	block(d, DOC_HEADING);
	heading_markdown(d, "#", p.s);
}

void doc_heading(struct doc *d, const char *fmt, ...)
{
	struct para p = {0};
	va_list args;

	va_start(args, fmt);
	vsnprintf(p.s, sizeof(p.s), fmt, args);
	va_end(args);
	block(d, DOC_HEADING);
	if (d->markdown) {
		heading_markdown(d, "##", p.s);
		return;
	}
	marks_drop(p.s);
	fputs(tone_on(d->v, TONE_BOLD), d->v->out);
	para_print(d->v->out, "", p.s, PAGE_WIDTH);
	fputs(tone_off(d->v, TONE_BOLD), d->v->out);
}

void doc_caption(struct doc *d, const char *fmt, ...)
{
	struct para p = {0};
	va_list args;

	va_start(args, fmt);
	vsnprintf(p.s, sizeof(p.s) - 1, fmt, args);
	va_end(args);
	strcat(p.s, ":");
	block(d, DOC_CAPTION);
	words_print(d, p.s);
}

void doc_para(struct doc *d, const char *text)
{
	block(d, DOC_PARA);
	words_print(d, text);
}

void doc_fact(struct doc *d, const char *name, const char *text)
{
	struct para p = {0};
	char lead[64];

	block(d, DOC_FACTS);
	if (d->markdown) {
		fprintf(d->v->out, "- **");
		markdown_write(d->v->out, name);
		fputs("**: ", d->v->out);
		markdown_write(d->v->out, text);
		fputc('\n', d->v->out);
		return;
	}
	para_add(&p, "%s", text);
	marks_drop(p.s);
	snprintf(lead, sizeof(lead), "  %-*s ", FACT_WIDTH, name);
	para_print(d->v->out, lead, p.s, PAGE_WIDTH);
}

void doc_item(struct doc *d, int number, const char *first, const char *rest)
{
	struct para p = {0};
	char lead[32];

	block(d, DOC_ITEMS);
	if (d->markdown) {
		fprintf(d->v->out, "%d. **", number);
		markdown_write(d->v->out, first);
		fputs("** ", d->v->out);
		markdown_write(d->v->out, rest);
		fputc('\n', d->v->out);
		return;
	}
	para_add(&p, "%s %s", first, rest);
	marks_drop(p.s);
	snprintf(lead, sizeof(lead), "  %d. ", number);
	para_print(d->v->out, lead, p.s, PAGE_WIDTH);
}

size_t backticks(const char *s)
{
	size_t most = 0;

	for (size_t n; *s; s += n ? n : 1) {
		n = strspn(s, "`");
		most = n > most ? n : most;
	}
	return most;
}

static void fence_print(const struct doc *d)
{
	for (size_t i = 0; i < d->fence; i++)
		fputc('`', d->v->out);
}

void doc_lines_begin(struct doc *d, size_t longest_backticks)
{
	block(d, DOC_LINES);
	d->fence = longest_backticks < 3 ? 3 : longest_backticks + 1;
	if (!d->markdown)
		return;
	fence_print(d);
	fputs("text\n", d->v->out);
}

void doc_lines_end(struct doc *d)
{
	if (!d->markdown)
		return;
	fence_print(d);
	fputc('\n', d->v->out);
}

const char *doc_indent(const struct doc *d)
{
	return d->markdown ? "" : "  ";
}

void doc_table_begin(struct doc_table *t, struct doc *d, const struct table_col *cols, int ncols)
{
	t->d = d;
	t->cols = cols;
	t->ncols = ncols;
	t->at = 0;
	block(d, DOC_TABLE);
	if (!d->markdown) {
		table_begin(&t->text, d->v->out, "  ", cols, ncols);
		return;
	}
	for (int c = 0; c < ncols; c++) {
		fputs("| ", d->v->out);
		markdown_write(d->v->out, cols[c].header);
		fputc(' ', d->v->out);
	}
	fputs("|\n", d->v->out);
	for (int c = 0; c < ncols; c++)
		fputs(cols[c].align == ALIGN_RIGHT ? "| --: " : "| :-- ", d->v->out);
	fputs("|\n", d->v->out);
}

void doc_cell(struct doc_table *t, const char *marked)
{
	char buf[NAME_LEN];

	if (!t->d->markdown) {
		snprintf(buf, sizeof(buf), "%s", marked);
		marks_drop(buf);
		table_cell(&t->text, buf);
		return;
	}
	fputs("| ", t->d->v->out);
	markdown_write(t->d->v->out, *marked ? marked : "-");
	fputc(' ', t->d->v->out);
	t->at = (t->at + 1) % t->ncols;
	if (t->at == 0)
		fputs("|\n", t->d->v->out);
}

void doc_cell_fmt(struct doc_table *t, const char *fmt, ...)
{
	char buf[NAME_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	doc_cell(t, buf);
}

void doc_cell_bytes(struct doc_table *t, uint64_t bytes)
{
	char buf[UNITS_LEN];

	doc_cell(t, bytes == EV_ABSENT ? "-" : fmt_bytes(bytes, buf, sizeof(buf)));
}

void doc_table_end(struct doc_table *t)
{
	if (!t->d->markdown)
		table_end(&t->text);
}
