/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. Paragraphs; the contract is in para.h. */
#include <stdarg.h>
#include <string.h>
#include "para.h"
#include "text.h"

void para_add(struct para *p, const char *fmt, ...)
{
	size_t room = sizeof(p->s) - p->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(p->s + p->len, room, fmt, args);
	va_end(args);
	if (n > 0)
		p->len += (size_t)n < room ? (size_t)n : room - 1;
}

void para_part(struct para *p)
{
	if (p->nparts < PARA_PARTS)
		p->part[p->nparts++] = p->len;
}

const char *para_part_text(const struct para *p, int i, size_t *len)
{
	size_t from = p->part[i], to = i + 1 < p->nparts ? p->part[i + 1] : p->len;

	while (to > from && p->s[to - 1] == ' ')
		to--;
	*len = to - from;
	return p->s + from;
}

static size_t char_len(const char *s)
{
	size_t n = 1;

	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/*
 * Bytes of s that go on a line of room columns: whole words, or part of one wider than that, if
 * possible up to a comma (the kernel's "oom-kill:constraint=...,..." is one word).
 */
static size_t line_len(const char *s, int room)
{
	size_t n = 0, words = 0, commas = 0;
	int columns = 0;

	for (; s[n] && s[n] != '\n'; n += char_len(s + n), columns++) {
		if (s[n] == ' ')
			words = n;
		if (columns == room)
			return words ? words : commas ? commas : n;
		if (s[n] == ',')
			commas = n + 1;
	}
	return n;
}

/* Length without the spaces at the end. */
static int trimmed(const char *s, size_t n)
{
	while (n && s[n - 1] == ' ')
		n--;
	return (int)n;
}

void para_print(FILE *out, const char *lead, const char *s, int width)
{
	int indent = text_width(lead);
	int room = width - indent > 10 ? width - indent : 10;
	size_t n = line_len(s, room);

	fprintf(out, "%s%.*s\n", lead, trimmed(s, n), s);
	for (;;) {
		s += n;
		s += strspn(s, " \n");
		if (!*s)
			return;
		n = line_len(s, room);
		fprintf(out, "%*s%.*s\n", indent, "", trimmed(s, n), s);
	}
}
