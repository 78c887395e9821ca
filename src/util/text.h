/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Strings from outside (process names, paths, the kernel log) made fit to be shown.
 *
 * Layer: util.
 */
#ifndef MEMTRACE_TEXT_H
#define MEMTRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Length in bytes of the character that s begins with (1 to 4), its code point in *cp; 0 when
 * the len bytes there are none: malformed, overlong, a surrogate, cut off, or len is 0.
 */
int utf8_decode(const char *s, size_t len, uint32_t *cp);

/* Does this character beyond ASCII steer a terminal, or reorder what is around it? */
bool utf8_hostile(uint32_t cp);

/*
 * Copies len bytes of s to buf so that a terminal shows them and does nothing else: control
 * characters and bytes that are not UTF-8 as \x1b, control and direction-changing characters
 * beyond ASCII as \u{202e}; all else as it is, a backslash too (cgroups are full of \x2d). What
 * does not fit in cap bytes ends in "...", never inside a character or an escape.
 * Returns buf, NUL-terminated (untouched when cap is 0).
 */
const char *text_safe(const char *s, size_t len, char *buf, size_t cap);

/* Columns that a string made by text_safe() takes: its code points. */
int text_width(const char *s);

#endif
