/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of tests/golden/ against what was written, and properties that hold for all output.
 *
 * Layer: tests. MEMTRACE_BLESS=1 writes those files anew; look at the difference before committing
 * it.
 */
#ifndef TEST_GOLDEN_H
#define TEST_GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define json_bool json_c_bool /* its type has the name of our function */
#include <json-c/json.h>
#undef json_bool
#include "render.h"

struct output {
	char *text;
	size_t len;
};

/* Room for the streams of golden/, and for their losses to show. */
static const struct model_opts golden_opts = {
	.max_processes = 4096,
	.max_details = 1024,
	.max_files = 256,
	.max_cgroups = 64,
	.max_ooms = 8,
	.churn_ns = 10000000000,
	.max_ustacks = 64,
};

static inline char *file_read(const char *path)
{
	FILE *f = fopen(path, "r"), *to;
	char *text = NULL, buf[4096];
	size_t size, n;

	if (!f)
		return NULL;
	to = open_memstream(&text, &size);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		fwrite(buf, 1, n, to);
	fclose(to);
	fclose(f);
	return text;
}

static inline void file_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		fail_msg("%s: %s", path, strerror(errno));
}

/* What "diff -u EXPECTED -" says, on stderr. */
static inline void diff_print(const char *path, const char *text)
{
	char command[600];
	FILE *diff;

	snprintf(command, sizeof(command), "diff -u '%s' - >&2", path);
	diff = popen(command, "w");
	if (!diff)
		return;
	fputs(text, diff);
	pclose(diff);
}

static inline void golden_compare(const char *path, const char *text)
{
	char *expected;

	if (getenv("MEMTRACE_BLESS")) {
		if (getenv("CI"))
			fail_msg("golden files are not blessed by CI");
		file_write(path, text);
		return;
	}
	expected = file_read(path);
	if (!expected)
		fail_msg("%s: %s (MEMTRACE_BLESS=1 makes it)", path, strerror(errno));
	if (strcmp(expected, text) != 0) {
		diff_print(path, text);
		fail_msg("%s differs (MEMTRACE_BLESS=1 takes the new one)", path);
	}
	free(expected);
}

/* Lines are narrow enough and hold nothing that a terminal would obey. */
static inline void text_check(const char *path, char *text)
{
	char *save, *line = strtok_r(text, "\n", &save);

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		char safe[2048];

		if (text_width(line) > PAGE_WIDTH)
			fail_msg("%s: %d columns: %s", path, text_width(line), line);
		text_safe(line, strlen(line), safe, sizeof(safe));
		assert_string_equal(line, safe);
		if (line[strlen(line) - 1] == ' ')
			fail_msg("%s: blank at the end of: %s", path, line);
	}
}

/* Each line is one object whose first key is "type". */
static inline void jsonl_check(const char *path, char *text)
{
	char *save, *line = strtok_r(text, "\n", &save);

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		struct json_tokener *tok = json_tokener_new();
		struct json_object *o;

		json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
		o = json_tokener_parse_ex(tok, line, (int)strlen(line) + 1);
		if (!json_object_is_type(o, json_type_object))
			fail_msg("%s: no JSON object: %s", path, line);
		assert_string_equal(lh_entry_k(json_object_get_object(o)->head), "type");
		json_object_put(o);
		json_tokener_free(tok);
		for (const char *c = line; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
	}
}

#endif
