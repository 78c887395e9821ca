/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports in words that are not on the disk yet, in memory of a fixed size, oldest first.
 *
 * Layer: cli. Used by reports.c. Allocates only at the start.
 */
#ifndef MEMTRACE_PENDING_H
#define MEMTRACE_PENDING_H

#include "fixed.h"
#include "rotate.h"

#define PENDING_MAX   8
#define PENDING_BYTES (4u << 20)

struct pending_report {
	struct report_name name;
	unsigned copy;				    /* number in its name; 0 = it has none yet */
	bool placed[REPORT_FORMS];		    /* is on the disk */
	size_t at[REPORT_FORMS], len[REPORT_FORMS]; /* in bytes[] */
};

struct pending {
	char *bytes;
	struct fixed fixed;
	struct pending_report list[PENDING_MAX];
	int n;
};

/*
 * Prints a report in one of its forms. brief: it was too long, and has to be a few lines of the
 * same form.
 */
typedef void (*report_print)(void *ctx, enum report_form form, bool brief, FILE *out);

/* Takes its memory and touches all of it. Returns 0 or -ENOMEM; pending_fini() is harmless then. */
int pending_init(struct pending *p);
void pending_fini(struct pending *p);

/* Is there room for one more, however long it is? */
bool pending_has_room(const struct pending *p);
/* Has it printed in all forms, and keeps them. Wants room. */
struct pending_report *pending_add(struct pending *p, const struct report_name *name,
				   report_print print, void *ctx);
/* Takes the oldest away. */
void pending_pop(struct pending *p);

/* A report in this form, len[form] bytes. */
static inline const char *pending_data(const struct pending *p, const struct pending_report *r,
				       enum report_form form)
{
	return p->bytes + r->at[form];
}

#endif
