/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: util. JSON writer; the contract is in json.h. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "json.h"
#include "text.h"

void json_begin(struct json *j, FILE *out)
{
	*j = (struct json){.out = out};
}

void json_end_line(struct json *j)
{
	assert(j->depth == 0);
	fputc('\n', j->out);
	j->nonempty[0] = false;
}

static void put_escaped(FILE *out, uint32_t cp)
{
	switch (cp) {
	case '"':
		fputs("\\\"", out);
		break;
	case '\\':
		fputs("\\\\", out);
		break;
	case '\n':
		fputs("\\n", out);
		break;
	case '\t':
		fputs("\\t", out);
		break;
	default:
		fprintf(out, "\\u%04x", cp);
	}
}

/* What is legal in JSON but a terminal would obey is escaped, too. */
static bool needs_escape(uint32_t cp)
{
	return cp < 0x20 || cp == '"' || cp == '\\' || cp == 0x7f || utf8_hostile(cp);
}

/* How many characters from here on are ASCII that stands for itself: nearly all, as a rule. */
static size_t plain(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

static void put_string(FILE *out, const char *s, size_t len)
{
	fputc('"', out);
	for (size_t i = 0; i < len;) {
		size_t run = plain(s + i, len - i);
		uint32_t cp;
		int n;

		fwrite(s + i, 1, run, out);
		i += run;
		if (i == len)
			break;
		n = utf8_decode(s + i, len - i, &cp);
		if (n == 0)
			fputs("\xef\xbf\xbd", out); /* U+FFFD */
		else if (needs_escape(cp))
			put_escaped(out, cp);
		else
			fwrite(s + i, 1, (size_t)n, out);
		i += n ? (size_t)n : 1;
	}
	fputc('"', out);
}

/* What comes before every value: the comma and the key. */
static void begin_value(struct json *j, const char *key)
{
	bool in_object = j->depth > 0 && !j->array[j->depth];

	assert(in_object == (key != NULL));
	assert(j->depth > 0 || !j->nonempty[0]);
	if (j->nonempty[j->depth])
		fputc(',', j->out);
	j->nonempty[j->depth] = true;
	if (key) {
		put_string(j->out, key, strlen(key));
		fputc(':', j->out);
	}
}

static void push(struct json *j, const char *key, bool array)
{
	begin_value(j, key);
	assert(j->depth < JSON_DEPTH);
	j->depth++;
	j->array[j->depth] = array;
	j->nonempty[j->depth] = false;
	fputc(array ? '[' : '{', j->out);
}

static void pop(struct json *j, bool array)
{
	assert(j->depth > 0 && j->array[j->depth] == array);
	j->depth--;
	fputc(array ? ']' : '}', j->out);
}

void json_object_begin(struct json *j, const char *key)
{
	push(j, key, false);
}

void json_object_end(struct json *j)
{
	pop(j, false);
}

void json_array_begin(struct json *j, const char *key)
{
	push(j, key, true);
}

void json_array_end(struct json *j)
{
	pop(j, true);
}

void json_u64(struct json *j, const char *key, uint64_t value)
{
	begin_value(j, key);
	fprintf(j->out, "%" PRIu64, value);
}

void json_s64(struct json *j, const char *key, int64_t value)
{
	begin_value(j, key);
	fprintf(j->out, "%" PRId64, value);
}

void json_thousandths(struct json *j, const char *key, uint64_t n)
{
	begin_value(j, key);
	fprintf(j->out, "%" PRIu64 ".%03u", n / 1000, (unsigned)(n % 1000));
}

void json_double(struct json *j, const char *key, double value)
{
	char buf[32];

	if (!isfinite(value)) {
		json_null(j, key);
		return;
	}
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(buf, sizeof(buf), "%.*g", digits, value);
		if (strtod(buf, NULL) == value)
			break;
	}
	/* Whatever the locale's decimal sign is, it is the one character that is none of these. */
	for (char *p = buf; (p += strspn(p, "0123456789+-e")), *p; p++)
		*p = '.';
	begin_value(j, key);
	fputs(buf, j->out);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	fputs(value ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
	begin_value(j, key);
	fputs("null", j->out);
}

void json_strn(struct json *j, const char *key, const char *s, size_t len)
{
	begin_value(j, key);
	put_string(j->out, s, len);
}

void json_str(struct json *j, const char *key, const char *s)
{
	if (s)
		json_strn(j, key, s, strlen(s));
	else
		json_null(j, key);
}
