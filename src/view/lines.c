/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One line per stall or fault as it ends: columns by the field table of its kind.
 *
 * Layer: view.
 */
#include <string.h>
#include "causes.h"
#include "table.h"

#define HEADER_EVERY 40
#define NARROWEST    8 /* of a column that takes what is left of the line */

/* Width of a column that begins at column `at` of the page. */
static int column_width(const struct field *f, int at)
{
	if (f->width)
		return f->width < 0 ? -f->width : f->width;
	return PAGE_WIDTH - at > NARROWEST ? PAGE_WIDTH - at : NARROWEST;
}

static enum align column_align(const struct field *f)
{
	if (f->width > 0)
		return ALIGN_RIGHT;
	return f->width == 0 ? ALIGN_PATH : ALIGN_LEFT;
}

static const char *integer_text(const struct model *m, const struct field *f, uint64_t value,
				char *buf, size_t cap)
{
	switch (f->unit) {
	case FU_TIME:
		return fmt_time_local(wall_ns(m, value), buf, cap);
	case FU_NS:
		return fmt_ms(value, buf, cap);
	case FU_BYTES:
		return fmt_bytes(value, buf, cap);
	case FU_CGROUP:
		return cgroup_label(m, value, buf, cap);
	case FU_GFP:
		return gfp_label(m, (uint32_t)value, buf, cap);
	case FU_ENUM:
		return f->names[value];
	default:
		snprintf(buf, cap, "%lld", (long long)value);
		return buf;
	}
}

static const char *field_text(const struct model *m, const struct field *f, const struct ev_hdr *ev,
			      char *buf, size_t cap)
{
	size_t len;
	const char *s;

	if (event_absent(f, ev))
		return "-";
	if (f->unit == FU_CAUSES)
		return causes_label(((const struct ev_stall *)ev)->cause_ns,
				    ((const struct ev_stall *)ev)->duration_ns, buf, cap);
	if (f->type != FT_CHARS && f->type != FT_TEXT)
		return integer_text(m, f, field_u64(f, ev), buf, cap);
	s = event_str(m, f, ev, &len);
	return s && len ? text_safe(s, len, buf, cap) : "-";
}

/* The header (ev NULL) or an event. */
static void line_print(struct view *v, const struct event_desc *d, const struct ev_hdr *ev)
{
	int at = 0;

	for (int i = 0; i < d->nfields; i++) {
		const struct field *f = &d->fields[i];
		char buf[NAME_LEN];
		int width;

		if (f->role != FR_COLUMN)
			continue;
		if (at)
			fputc(' ', v->out);
		at += at ? 1 : 0;
		width = column_width(f, at);
		cell_print(v->out, ev ? field_text(v->model, f, ev, buf, sizeof(buf)) : f->header,
			   width, column_align(f), f->width == 0);
		at += width;
	}
	fputc('\n', v->out);
}

/* Where it slept longest: only with -K. */
static void sleep_print(struct view *v, const struct ev_stall *ev)
{
	char ns[UNITS_LEN], stack[STACK_LEN];
	struct para p = {0};

	if (!ev->stack)
		return;
	para_add(&p, "slept %s in %s", fmt_ns(ev->sleep_ns, ns, sizeof(ns)),
		 stack_label(v->model, ev->stack, stack, sizeof(stack)));
	para_print(v->out, "             ", p.s, PAGE_WIDTH);
}

static void event_line(struct view *v, const struct ev_hdr *ev)
{
	const struct event_desc *d = event_desc(ev->kind);

	if (v->json) {
		event_json(v, ev);
	} else {
		if (v->lines % HEADER_EVERY == 0)
			line_print(v, d, NULL);
		line_print(v, d, ev);
		if (ev->kind == EV_STALL)
			sleep_print(v, (const struct ev_stall *)ev);
	}
	v->lines++;
}

void view_stall(struct view *v, const struct ev_stall *ev)
{
	if (ev->duration_ns >= v->min_ns && model_match(v->model, &ev->task))
		event_line(v, &ev->hdr);
}

/* A fault whose duration is not known may have been a slow one: --min does not hide it. */
void view_fault(struct view *v, const struct ev_fault *ev)
{
	bool slow = ev->duration_ns >= v->min_ns || ev->flags & FAULT_F_UNTIMED;

	if (slow && model_match(v->model, &ev->task))
		event_line(v, &ev->hdr);
}
