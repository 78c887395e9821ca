/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of a report that are there before it is: made, with room on the disk, when all is well, so
 * that a report needs neither when it comes. Hidden names, .spare-N.EXT, until then.
 *
 * Layer: cli. Used by reports.c. Allocates nothing from the heap.
 */
#ifndef MEMTRACE_SPARES_H
#define MEMTRACE_SPARES_H

#include <stddef.h>

/* What a report is written as; each a file. */
enum report_form { FORM_TEXT, FORM_JSON, FORM_MARKDOWN, REPORT_FORMS };
struct report_form_desc {
	const char *ext;
	size_t bytes; /* of a spare, and at most of a report */
};
extern const struct report_form_desc report_forms[REPORT_FORMS];

#define SPARES 3 /* of each form */

struct spares {
	int fd[REPORT_FORMS][SPARES]; /* -1 = to be made */
};

/* None is there yet. */
void spares_init(struct spares *s);
/* Makes those that are missing, out of what an earlier run left where there is such. Returns 0 or
 * the first -errno; then as many are there as could be made. */
int spares_fill(struct spares *s, int dirfd);
/* Closes all; those of a run that ends well are removed too, unless dirfd is -1. */
void spares_close(struct spares *s, int dirfd);

/*
 * Writes len bytes to a spare of this form, down to the disk; makes one when there is none.
 * Returns its number or -errno.
 */
int spare_write(struct spares *s, int dirfd, enum report_form form, const char *data, size_t len);
/* Gives it this name. Returns 0; -EEXIST when the name is taken, and it can be tried by another; or
 * another -errno. Unless 0 or -EEXIST, it has to be written anew. */
int spare_place(struct spares *s, int dirfd, enum report_form form, int n, const char *name);

#endif
