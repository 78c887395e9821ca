/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer: event. Reads the one-line form of events in which tests and replayed streams are
 * written; the form is described at event_parse() in event.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "event.h"
#include "units.h"

#define WORD_MAX 4096

/* The event being built. error is set once, by whoever finds the first fault. */
struct scan {
	const char *at;
	char *buf;
	size_t cap, size; /* size: of the event so far */
	const char *error;
};

static int fail(struct scan *s, const char *error)
{
	s->error = error;
	return -EINVAL;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct scan *s)
{
	while (is_space(*s->at))
		s->at++;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* What follows a backslash. */
static int scan_escape(struct scan *s, char *c)
{
	int hi, lo;

	switch (*s->at++) {
	case '"':
		*c = '"';
		return 0;
	case '\\':
		*c = '\\';
		return 0;
	case 'n':
		*c = '\n';
		return 0;
	case 't':
		*c = '\t';
		return 0;
	case 'x':
		hi = hex_digit(s->at[0]);
		lo = hi < 0 ? -1 : hex_digit(s->at[1]);
		if (lo < 0 || (hi | lo) == 0)
			return fail(s, "bad \\x escape");
		*c = (char)(hi << 4 | lo);
		s->at += 2;
		return 0;
	default:
		s->at--;
		return fail(s, "unknown escape");
	}
}

/* A value, quoted or up to the next space, NUL-terminated. */
static int scan_value(struct scan *s, char word[WORD_MAX], size_t *len)
{
	bool quoted = *s->at == '"';
	size_t n = 0;

	s->at += quoted;
	while (*s->at && (quoted ? *s->at != '"' : !is_space(*s->at))) {
		char c = *s->at++;

		if (quoted && c == '\\' && scan_escape(s, &c))
			return -EINVAL;
		if (n == WORD_MAX - 1)
			return fail(s, "string too long");
		word[n++] = c;
	}
	if (quoted && *s->at != '"')
		return fail(s, "unterminated string");
	s->at += quoted;
	if (*s->at && !is_space(*s->at))
		return fail(s, "no space after a string");
	word[n] = '\0';
	*len = n;
	return 0;
}

static int scan_name(struct scan *s, const char *stops, char *name, size_t cap)
{
	size_t n = strcspn(s->at, stops);

	if (n == 0 || n >= cap)
		return fail(s, "name missing or too long");
	memcpy(name, s->at, n);
	name[n] = '\0';
	s->at += n;
	return 0;
}

static int set_number(struct scan *s, const struct field *f, int64_t value, bool negative)
{
	uint64_t max = f->type == FT_S32   ? INT32_MAX
		       : f->type == FT_U64 ? UINT64_MAX
					   : (1ULL << f->size * 8) - 1;

	if (negative ? f->type != FT_S32 || value < INT32_MIN : (uint64_t)value > max)
		return fail(s, "number out of range");
	/* Both targets are little-endian: the low bytes come first. */
	memcpy(s->buf + f->offset, &value, f->size);
	return 0;
}

static int set_enum(struct scan *s, const struct field *f, const char *word)
{
	for (int i = 0; f->names[i]; i++)
		if (strcmp(f->names[i], word) == 0)
			return set_number(s, f, i, false);
	return fail(s, "unknown name of an enum");
}

/* A number that may carry a unit, if the field has one. */
static int scan_number(const struct field *f, const char *word, uint64_t *value)
{
	char *end;

	if (!is_digit(*word))
		return -EINVAL;
	errno = 0;
	*value = strtoull(word, &end, word[0] == '0' && word[1] == 'x' ? 16 : 10);
	if (errno)
		return -errno;
	if (!*end)
		return 0;
	if (f->unit == FU_NS || f->unit == FU_TIME)
		return parse_duration(word, value);
	if (f->unit == FU_BYTES)
		return parse_size(word, value);
	return -EINVAL;
}

static int set_integer(struct scan *s, const struct field *f, const char *word)
{
	bool negative = word[0] == '-';
	uint64_t value;
	int err;

	if (f->unit == FU_CHAR && word[0] && !word[1])
		return set_number(s, f, (unsigned char)word[0], false);
	if (f->type == FT_U64 && strcmp(word, "absent") == 0)
		return set_number(s, f, -1, false);
	if (f->unit == FU_ENUM && !is_digit(word[0]))
		return set_enum(s, f, word);
	err = scan_number(f, word + negative, &value);
	if (err == -ERANGE || (!err && negative && value > INT64_MAX))
		return fail(s, "number out of range");
	if (err)
		return fail(s, "not a number");
	return set_number(s, f, negative ? -(int64_t)value : (int64_t)value, negative);
}

static int set_string(struct scan *s, const struct field *f, const char *word, size_t len)
{
	if (len > f->size)
		return fail(s, "string too long");
	memset(s->buf + f->offset, 0, f->size);
	memcpy(s->buf + f->offset, word, len);
	return 0;
}

/* The text that ends an event, its NUL included; the whole stays a multiple of 8 long. */
static int set_text(struct scan *s, const struct field *f, const char *word, size_t len)
{
	size_t size = (f->offset + len + 1 + 7) & ~(size_t)7;

	if (size > s->cap)
		return fail(s, "buffer too small");
	memset(s->buf + f->offset, 0, size - f->offset);
	memcpy(s->buf + f->offset, word, len);
	s->size = size;
	return 0;
}

static int scan_field(struct scan *s, const struct event_desc *d)
{
	char name[64], word[WORD_MAX];
	const struct field *f;
	size_t len;
	int err = scan_name(s, "= \t\r\n", name, sizeof(name));

	if (err)
		return err;
	if (*s->at++ != '=')
		return fail(s, "no = after a field's name");
	f = event_field(d, name);
	if (!f)
		return fail(s, "unknown field");
	err = scan_value(s, word, &len);
	if (err)
		return err;
	if (f->type == FT_TEXT)
		return set_text(s, f, word, len);
	if (f->type == FT_CHARS)
		return set_string(s, f, word, len);
	return set_integer(s, f, word);
}

static int scan_event(struct scan *s)
{
	const struct event_desc *d;
	struct ev_hdr hdr = {0};
	char name[64];
	int err;

	skip_space(s);
	err = scan_name(s, " \t\r\n", name, sizeof(name));
	if (err)
		return err;
	d = event_desc_by_name(name);
	if (!d)
		return fail(s, "unknown event");
	s->size = d->size + (d->has_text ? 8 : 0); /* 8: the empty text */
	if (s->size > s->cap)
		return fail(s, "buffer too small");
	memset(s->buf, 0, s->size);
	for (skip_space(s); *s->at; skip_space(s)) {
		err = scan_field(s, d);
		if (err)
			return err;
	}
	memcpy(&hdr, s->buf, sizeof(hdr)); /* a field may have set the rest of it */
	hdr.kind = d->kind;
	hdr.size = (uint32_t)s->size;
	memcpy(s->buf, &hdr, sizeof(hdr));
	return (int)s->size;
}

int event_parse(const char *line, void *buf, size_t cap, const char **err)
{
	struct scan s = {.at = line, .buf = buf, .cap = cap};
	int size = scan_event(&s);

	if (size < 0)
		*err = s.error;
	return size;
}
