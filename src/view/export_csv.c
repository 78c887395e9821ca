// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: view. Export as CSV (RFC 4180): a file per kind of event, a column per field that JSON
 * has too, named as in the tables of a recording. Lines end in CR LF.
 *
 * Names from outside are as in text: control characters and what is not UTF-8 as \x1b, characters
 * that change the direction as \u{202e}. So a record is a line. Spreadsheets take a text that
 * begins with = + - @ for a formula: it gets an apostrophe before it.
 */
#include <string.h>
#include "export_impl.h"

#define CSV_KINDS 64

struct csv {
	FILE *out[CSV_KINDS]; /* by kind */
	bool failed[CSV_KINDS];
};

/* An empty text is "", unlike no value. */
static void csv_text(FILE *out, const char *s, size_t len)
{
	bool quote = len == 0 || s[0] == ' ' || s[len - 1] == ' ' || memchr(s, ',', len) ||
		     memchr(s, '"', len);

	if (quote)
		fputc('"', out);
	if (len && strchr("=+-@", s[0]))
		fputc('\'', out);
	for (size_t i = 0; i < len;) {
		size_t run = 0;
		char safe[16];
		uint32_t cp;
		int n;

		while (i + run < len && s[i + run] >= 0x20 && s[i + run] < 0x7f &&
		       s[i + run] != '"')
			run++;
		fwrite(s + i, 1, run, out);
		i += run;
		if (i == len)
			break;
		n = utf8_decode(s + i, len - i, &cp);
		n = n ? n : 1;
		if (s[i] == '"')
			fputc('"', out);
		fputs(text_safe(s + i, (size_t)n, safe, sizeof(safe)), out);
		i += (size_t)n;
	}
	if (quote)
		fputc('"', out);
}

static void csv_str(FILE *out, const char *s)
{
	if (s)
		csv_text(out, s, strlen(s));
}

static void csv_fs(FILE *out, const struct model *m, const struct field *f, const struct ev_hdr *ev)
{
	const char *at = (const char *)ev + f->offset - offsetof(struct ev_shrinker, fs);
	uint64_t magic = shrinker_fs(m, (const struct ev_shrinker *)at);

	if (magic && fs_name(magic))
		csv_str(out, fs_name(magic));
	else if (magic)
		fprintf(out, "0x%llx", (unsigned long long)magic);
}

static void csv_time(FILE *out, const struct model *m, const struct field *f, uint64_t value)
{
	char buf[UNITS_LEN];

	if (f->offset == offsetof(struct ev_hdr, time_ns))
		fprintf(out, "%s,", fmt_time_rfc3339(wall_ns(m, value), buf, sizeof(buf)));
	fprintf(out, "%llu", (unsigned long long)value);
}

static void csv_number(FILE *out, const struct model *m, const struct field *f, uint64_t value)
{
	char buf[NAME_LEN];

	switch (f->unit) {
	case FU_TIME:
		csv_time(out, m, f, value);
		break;
	case FU_CGROUP:
		csv_str(out, value ? model_cgroup_path(m, value) : NULL);
		break;
	case FU_ENUM:
		csv_str(out, f->names[value]);
		break;
	case FU_SYMBOL:
		csv_str(out, model_symbol(m, value));
		break;
	case FU_STACK:
		csv_str(out, value ? model_stack(m, (uint32_t)value) : NULL);
		break;
	case FU_GFP:
		csv_str(out, gfp_label(m, (uint32_t)value, buf, sizeof(buf)));
		break;
	case FU_ADDR:
		fprintf(out, "0x%llx", (unsigned long long)value);
		break;
	case FU_CHAR:
		buf[0] = (char)value;
		csv_text(out, buf, value != 0);
		break;
	default:
		if (f->type == FT_S32)
			fprintf(out, "%lld", (long long)value);
		else
			fprintf(out, "%llu", (unsigned long long)value);
	}
}

static void csv_field(FILE *out, const struct model *m, const struct field *f,
		      const struct ev_hdr *ev)
{
	size_t len;
	const char *s;

	if (event_absent(f, ev))
		return;
	if (f->unit == FU_FS) {
		csv_fs(out, m, f, ev);
	} else if (f->type == FT_CHARS || f->type == FT_TEXT) {
		s = event_str(m, f, ev, &len);
		if (s)
			csv_text(out, s, len);
	} else {
		csv_number(out, m, f, field_u64(f, ev));
	}
}

static void csv_name(FILE *out, const char *name)
{
	for (; *name; name++)
		fputc(*name == '.' ? '_' : *name, out);
}

static void csv_header(FILE *out, const struct event_desc *d)
{
	const char *sep = "";

	for (int i = 0; i < d->nfields; i++) {
		const struct field *f = &d->fields[i];

		if (f->role == FR_HIDDEN)
			continue;
		fputs(sep, out);
		if (f->offset == offsetof(struct ev_hdr, time_ns))
			fputs("time,", out);
		csv_name(out, f->name);
		sep = ",";
	}
	fputs("\r\n", out);
}

/* The file of a kind, begun if need be; NULL = there is none. */
static FILE *csv_file(struct exporter *x, const struct event_desc *d)
{
	struct csv *c = x->state;

	if (d->kind >= CSV_KINDS || c->failed[d->kind])
		return NULL;
	if (!c->out[d->kind]) {
		c->out[d->kind] = x->opts.open ? x->opts.open(x->opts.ctx, d->name) : x->view->out;
		c->failed[d->kind] = !c->out[d->kind];
		if (!c->failed[d->kind])
			csv_header(c->out[d->kind], d);
	}
	return c->out[d->kind];
}

static void csv_event(struct exporter *x, const struct ev_hdr *ev)
{
	const struct event_desc *d = event_desc(ev->kind);
	FILE *out = d ? csv_file(x, d) : NULL;
	const char *sep = "";

	for (int i = 0; out && i < d->nfields; i++) {
		if (d->fields[i].role == FR_HIDDEN)
			continue;
		fputs(sep, out);
		csv_field(out, x->view->model, &d->fields[i], ev);
		sep = ",";
	}
	if (out)
		fputs("\r\n", out);
}

/* A table that was asked for and has no rows has its header. */
static void csv_end(struct exporter *x)
{
	if (x->opts.only)
		csv_file(x, x->opts.only);
}

const struct export_form export_csv = {
	.state_size = sizeof(struct csv), .event = csv_event, .end = csv_end};
