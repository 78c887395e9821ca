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

struct para {
	size_t len;
	char s[4096]; /* what does not fit is cut */
};

/* Add text; a para begins as {0}. */
__attribute__((format(printf, 2, 3))) void para_add(struct para *p, const char *fmt, ...);

/*
 * Prints s broken into lines of at most width columns: the first behind `lead` (which is printed,
 * too), the others indented by the width of lead. Words wider than a line are broken.
 */
void para_print(FILE *out, const char *lead, const char *s, int width);

#endif
