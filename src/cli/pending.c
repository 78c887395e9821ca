// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See pending.h.
 */
#include "pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pending_init(struct pending *p)
{
	int err = fixed_open(&p->fixed);

	p->n = 0;
	p->bytes = err ? NULL : malloc(PENDING_BYTES);
	if (!p->bytes)
		return -ENOMEM;
	memset(p->bytes, 1,
	       PENDING_BYTES); /* zeros might become calloc(3), which touches nothing */
	return 0;
}

void pending_fini(struct pending *p)
{
	fixed_close(&p->fixed);
	free(p->bytes);
	p->bytes = NULL;
}

static size_t bytes_of(const struct pending_report *r)
{
	size_t sum = 0;

	for (int form = 0; form < REPORT_FORMS; form++)
		sum += r->len[form];
	return sum;
}

/* One follows the other without gaps, so the last one's end is the end of all. */
static size_t bytes_used(const struct pending *p)
{
	return p->n ? p->list[p->n - 1].at[0] + bytes_of(&p->list[p->n - 1]) : 0;
}

bool pending_has_room(const struct pending *p)
{
	size_t most = 0;

	for (int form = 0; form < REPORT_FORMS; form++)
		most += report_forms[form].bytes;
	return p->n < PENDING_MAX && PENDING_BYTES - bytes_used(p) >= most;
}

static void print_form(struct pending *p, struct pending_report *r, enum report_form form,
		       report_print print, void *ctx)
{
	struct fixed *f = &p->fixed;
	char *data = p->bytes + r->at[form];

	fixed_begin(f, data, report_forms[form].bytes);
	print(ctx, form, false, f->out);
	if (!fixed_end(f) && form == FORM_JSON) {
		fixed_begin(f, data, report_forms[form].bytes);
		print(ctx, form, true, f->out);
		fixed_end(f);
	} else if (f->full) {
		fixed_cut(f, "\n[The report goes on, but there was no room for more of it.]\n");
	}
	r->len[form] = f->len;
}

struct pending_report *pending_add(struct pending *p, const struct report_name *name,
				   report_print print, void *ctx)
{
	size_t at = bytes_used(p);
	struct pending_report *r = &p->list[p->n++];

	*r = (struct pending_report){.name = *name};
	for (int form = 0; form < REPORT_FORMS; form++) {
		r->at[form] = at;
		print_form(p, r, form, print, ctx);
		at += r->len[form];
	}
	return r;
}

void pending_pop(struct pending *p)
{
	size_t first = bytes_of(&p->list[0]), used = bytes_used(p);

	memmove(p->bytes, p->bytes + first, used - first);
	p->n--;
	memmove(p->list, p->list + 1, (size_t)p->n * sizeof(p->list[0]));
	for (int i = 0; i < p->n; i++)
		for (int form = 0; form < REPORT_FORMS; form++)
			p->list[i].at[form] -= first;
}
