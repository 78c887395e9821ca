/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: util. Foreign strings for terminals; the contract is in text.h. */
#include <stdio.h>
#include <stdbool.h>
#include <string.h>
#include "text.h"

#define UNIT_MAX 16 /* longest escape, "\u{10ffff}", and its NUL */

/* Length that the first byte promises, and the smallest code point which needs that many. */
static int utf8_lead(unsigned char c, uint32_t *bits, uint32_t *min)
{
	if (c < 0x80) {
		*bits = c;
		*min = 0;
		return 1;
	}
	if ((c & 0xe0) == 0xc0) {
		*bits = c & 0x1f;
		*min = 0x80;
		return 2;
	}
	if ((c & 0xf0) == 0xe0) {
		*bits = c & 0x0f;
		*min = 0x800;
		return 3;
	}
	if ((c & 0xf8) == 0xf0) {
		*bits = c & 0x07;
		*min = 0x10000;
		return 4;
	}
	return 0;
}

int utf8_decode(const char *s, size_t len, uint32_t *cp)
{
	uint32_t value, min;
	int n;

	if (len == 0)
		return 0;
	n = utf8_lead((unsigned char)s[0], &value, &min);
	if (n == 0 || (size_t)n > len)
		return 0;
	for (int i = 1; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (c & 0x3f);
	}
	if (value < min || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*cp = value;
	return n;
}

bool utf8_hostile(uint32_t cp)
{
	return (cp >= 0x80 && cp <= 0x9f) ||	 /* C1 controls */
	       cp == 0x61c ||			 /* Arabic letter mark */
	       cp == 0x200e || cp == 0x200f ||	 /* left-to-right, right-to-left mark */
	       (cp >= 0x2028 && cp <= 0x202e) || /* line separators, embeddings, overrides */
	       (cp >= 0x2066 && cp <= 0x2069);	 /* isolates */
}

/* What the first character of s is shown as; returns the bytes of s that it stands for. */
static int safe_unit(const char *s, size_t len, char unit[UNIT_MAX])
{
	uint32_t cp;
	int n = utf8_decode(s, len, &cp);

	if (n == 0 || cp < 0x20 || cp == 0x7f) {
		snprintf(unit, UNIT_MAX, "\\x%02x", (unsigned char)s[0]);
		return 1;
	}
	if (utf8_hostile(cp)) {
		snprintf(unit, UNIT_MAX, "\\u{%x}", cp);
		return n;
	}
	memcpy(unit, s, (size_t)n);
	unit[n] = '\0';
	return n;
}

const char *text_safe(const char *s, size_t len, char *buf, size_t cap)
{
	size_t out = 0, cut = 0;

	if (cap == 0)
		return buf;
	for (size_t i = 0; i < len;) {
		char unit[UNIT_MAX];
		size_t n;

		i += (size_t)safe_unit(s + i, len - i, unit);
		n = strlen(unit);
		if (out + n >= cap) {
			snprintf(buf + cut, cap - cut, "...");
			return buf;
		}
		memcpy(buf + out, unit, n);
		out += n;
		if (out + 3 < cap)
			cut = out;
	}
	buf[out] = '\0';
	return buf;
}

int text_width(const char *s)
{
	int width = 0;

	for (; *s; s++)
		width += ((unsigned char)*s & 0xc0) != 0x80;
	return width;
}
