/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writer of JSON text, one value after the other straight to a FILE; no memory of its own.
 *
 * Layer: util. Errors of the FILE stay in it (ferror); misuse (a key in an array, an end without
 * a begin) is a bug of the caller and ends in assert().
 */
#ifndef MEMTRACE_JSON_H
#define MEMTRACE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH 32

struct json {
	FILE *out;
	int depth;
	bool array[JSON_DEPTH + 1];    /* is this level an array? */
	bool nonempty[JSON_DEPTH + 1]; /* has it a value yet? */
};

/* A new stream of lines on out, which stays the caller's. */
void json_begin(struct json *j, FILE *out);
/* Ends the line; all objects and arrays must have ended. The next value begins a new line. */
void json_end_line(struct json *j);

/* key: not NULL inside an object, NULL inside an array and at the top. */
void json_object_begin(struct json *j, const char *key);
void json_object_end(struct json *j);
void json_array_begin(struct json *j, const char *key);
void json_array_end(struct json *j);

/* Values; key as above. */
void json_u64(struct json *j, const char *key, uint64_t value);
void json_s64(struct json *j, const char *key, int64_t value);
/* n thousandths as a decimal number, 1234 as 1.234. */
void json_thousandths(struct json *j, const char *key, uint64_t n);
/* As few digits as give the same double back; null when it is not finite. */
void json_double(struct json *j, const char *key, double value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
/* What is not UTF-8 becomes U+FFFD. s NULL gives null. */
void json_str(struct json *j, const char *key, const char *s);
void json_strn(struct json *j, const char *key, const char *s, size_t len);

#endif
