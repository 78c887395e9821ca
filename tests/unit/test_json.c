/* SPDX-License-Identifier: GPL-2.0 */
/* The JSON writer: structure, escaping, numbers, misuse. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "json.h"
#include "text.h"

/* A writer into memory. */
struct sink {
	struct json j;
	char *text;
	size_t len;
};

static void sink_open(struct sink *s)
{
	FILE *f = open_memstream(&s->text, &s->len);

	assert_non_null(f);
	json_begin(&s->j, f);
}

static void sink_expect(struct sink *s, const char *expected)
{
	fclose(s->j.out);
	assert_string_equal(s->text, expected);
	free(s->text);
}

static void objects_and_arrays_nest_with_commas_between(void **state)
{
	struct sink s;

	(void)state;
	sink_open(&s);
	json_object_begin(&s.j, NULL);
	json_str(&s.j, "type", "x");
	json_array_begin(&s.j, "list");
	json_u64(&s.j, NULL, 1);
	json_object_begin(&s.j, NULL);
	json_object_end(&s.j);
	json_array_begin(&s.j, NULL);
	json_array_end(&s.j);
	json_u64(&s.j, NULL, 2);
	json_array_end(&s.j);
	json_object_begin(&s.j, "o");
	json_bool(&s.j, "t", true);
	json_bool(&s.j, "f", false);
	json_null(&s.j, "n");
	json_object_end(&s.j);
	json_object_end(&s.j);
	json_end_line(&s.j);
	json_object_begin(&s.j, NULL);
	json_object_end(&s.j);
	json_end_line(&s.j);
	sink_expect(&s, "{\"type\":\"x\",\"list\":[1,{},[],2],"
			"\"o\":{\"t\":true,\"f\":false,\"n\":null}}\n{}\n");
}

static void numbers_keep_every_digit(void **state)
{
	struct sink s;

	(void)state;
	sink_open(&s);
	json_array_begin(&s.j, NULL);
	json_u64(&s.j, NULL, UINT64_MAX);
	json_s64(&s.j, NULL, INT64_MIN);
	json_double(&s.j, NULL, 0.1);
	json_double(&s.j, NULL, 1.0 / 3);
	json_double(&s.j, NULL, -2.5e300);
	json_double(&s.j, NULL, 3);
	json_double(&s.j, NULL, NAN);
	json_double(&s.j, NULL, INFINITY);
	json_thousandths(&s.j, NULL, 1002003);
	json_thousandths(&s.j, NULL, UINT64_MAX);
	json_array_end(&s.j);
	sink_expect(&s, "[18446744073709551615,-9223372036854775808,0.1,0.3333333333333333,"
			"-2.5e+300,3,null,null,1002.003,18446744073709551.615]");
}

static void strings_are_escaped(void **state)
{
	struct sink s;

	(void)state;
	sink_open(&s);
	json_object_begin(&s.j, NULL);
	json_str(&s.j, "a\"\n", "q\"b\\n\n t\t esc\x1b del\x7f /");
	json_strn(&s.j, "nul", "a\0b", 3);
	json_str(&s.j, "none", NULL);
	json_str(&s.j, "empty", "");
	json_object_end(&s.j);
	sink_expect(&s, "{\"a\\\"\\n\":\"q\\\"b\\\\n\\n t\\t esc\\u001b del\\u007f /\","
			"\"nul\":\"a\\u0000b\",\"none\":null,\"empty\":\"\"}");
}

static void utf8_stays_and_what_is_not_becomes_the_replacement_character(void **state)
{
	struct sink s;

	(void)state;
	sink_open(&s);
	json_array_begin(&s.j, NULL);
	json_str(&s.j, NULL, "caf\xc3\xa9 \xf0\x9f\x90\xa7");
	json_str(&s.j, NULL,
		 "a\xff"
		 "b\xe6\x97");
	json_str(&s.j, NULL, "\xed\xa0\x80");
	json_str(&s.j, NULL, "\xc2\x9b");
	json_array_end(&s.j);
	sink_expect(&s, "[\"caf\xc3\xa9 \xf0\x9f\x90\xa7\",\"a\xef\xbf\xbd"
			"b\xef\xbf\xbd\xef\xbf\xbd\","
			"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",\"\\u009b\"]");
}

/* Does s hold one JSON string and nothing else? */
static int is_json_string(const char *s)
{
	if (*s++ != '"')
		return 0;
	while (*s != '"') {
		uint32_t cp = 0;
		int n = utf8_decode(s, strlen(s), &cp);

		if (n == 0 || cp < 0x20)
			return 0;
		s += n;
		if (cp != '\\')
			continue;
		if (*s == 'u')
			s += strspn(s + 1, "0123456789abcdef") >= 4 ? 5 : 0;
		else if (strchr("\"\\nt", *s))
			s++;
		else
			return 0;
	}
	return s[1] == '\0';
}

static void any_bytes_give_a_valid_string(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char raw[20];
		struct sink s;

		for (size_t i = 0; i < sizeof(raw); i++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			raw[i] = (char)(seed >> 56);
		}
		sink_open(&s);
		json_strn(&s.j, NULL, raw, sizeof(raw));
		fclose(s.j.out);
		assert_true(is_json_string(s.text));
		free(s.text);
	}
}

static void key_in_array(struct json *j)
{
	json_array_begin(j, NULL);
	json_u64(j, "key", 1);
}

static void no_key_in_object(struct json *j)
{
	json_object_begin(j, NULL);
	json_u64(j, NULL, 1);
}

static void wrong_end(struct json *j)
{
	json_object_begin(j, NULL);
	json_array_end(j);
}

static void end_without_begin(struct json *j)
{
	json_object_end(j);
}

static void line_ends_inside(struct json *j)
{
	json_object_begin(j, NULL);
	json_end_line(j);
}

static void too_deep(struct json *j)
{
	for (int i = 0; i <= JSON_DEPTH; i++)
		json_array_begin(j, NULL);
}

static void two_values_on_a_line(struct json *j)
{
	json_u64(j, NULL, 1);
	json_u64(j, NULL, 2);
}

static void assert_aborts(void (*misuse)(struct json *j))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct json j;

		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		json_begin(&j, stderr);
		misuse(&j);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void misuse_is_caught(void **state)
{
	(void)state;
	assert_aborts(key_in_array);
	assert_aborts(no_key_in_object);
	assert_aborts(wrong_end);
	assert_aborts(end_without_begin);
	assert_aborts(line_ends_inside);
	assert_aborts(too_deep);
	assert_aborts(two_values_on_a_line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_and_arrays_nest_with_commas_between),
		cmocka_unit_test(numbers_keep_every_digit),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(utf8_stays_and_what_is_not_becomes_the_replacement_character),
		cmocka_unit_test(any_bytes_give_a_valid_string),
		cmocka_unit_test(misuse_is_caught),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
