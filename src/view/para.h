/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A paragraph: text put together piece by piece, then printed with its lines broken.
 *
 * Layer: view, private to it. What is added must be safe already (text_safe()).
 */
#ifndef MEMTRACE_PARA_H
#define MEMTRACE_PARA_H

#include <stddef.h>
#include <stdio.h>

#define PARA_PARTS 16

struct para {
	size_t len;
	char s[4096];		 /* what does not fit is cut */
	size_t part[PARA_PARTS]; /* where its parts begin; it need not have any */
	int nparts;
};

/* Add text; a para begins as {0}. */
__attribute__((format(printf, 2, 3))) void para_add(struct para *p, const char *fmt, ...);

/* What is added from here on is another part: a page sets it apart, text does not. */
void para_part(struct para *p);
/* The i-th part without blanks at its end; *len bytes, 0 where there is nothing in it. */
const char *para_part_text(const struct para *p, int i, size_t *len);

/*
 * Prints s broken into lines of at most width columns: the first behind `lead` (which is printed,
 * too), the others indented by the width of lead. Words wider than a line are broken.
 */
void para_print(FILE *out, const char *lead, const char *s, int width);

#endif
