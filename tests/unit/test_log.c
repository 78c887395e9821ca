/* SPDX-License-Identifier: GPL-2.0 */
/* Messages on stderr: levels, once per call site, hostile text. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "log.h"

static char captured[4096];

/* What fn writes to stderr. */
static const char *stderr_of(void (*fn)(void))
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	fn();
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	n = fread(captured, 1, sizeof(captured) - 1, file);
	captured[n] = '\0';
	fclose(file);
	return captured;
}

static void say_all(void)
{
	log_error("e %d", 1);
	log_warn("w");
	log_info("i");
	log_debug("d");
}

static void messages_above_the_level_are_dropped(void **state)
{
	(void)state;
	assert_int_equal(log_level(), LEVEL_WARN);
	assert_string_equal(stderr_of(say_all), "memtrace: e 1\nmemtrace: w\n");
	log_set_level(LEVEL_ERROR);
	assert_string_equal(stderr_of(say_all), "memtrace: e 1\n");
	log_set_level(LEVEL_DEBUG);
	assert_string_equal(stderr_of(say_all),
			    "memtrace: e 1\nmemtrace: w\nmemtrace: i\nmemtrace: d\n");
	log_set_level(LEVEL_WARN);
}

static void warn_in_a_loop(void)
{
	for (int i = 0; i < 3; i++) {
		log_warn_once("first place %d", i);
		log_warn_once("second place %d", i);
	}
}

static void a_warning_said_once_is_said_once_per_place(void **state)
{
	(void)state;
	assert_string_equal(stderr_of(warn_in_a_loop),
			    "memtrace: first place 0\nmemtrace: second place 0\n");
}

static void say_hostile(void)
{
	log_error("no cgroup '%s'\n", "a\x1b[2J\nb");
}

static void a_message_stays_on_its_line_and_steers_no_terminal(void **state)
{
	(void)state;
	assert_string_equal(stderr_of(say_hostile), "memtrace: no cgroup 'a\\x1b[2J\\x0ab'\n");
}

static void say_much(void)
{
	log_error("%0*d", 3000, 7);
}

static void a_long_message_is_cut(void **state)
{
	const char *said = stderr_of(say_much);

	(void)state;
	assert_true(strlen(said) <= 1024 + strlen("memtrace: \n"));
	assert_non_null(strstr(said, "000\n"));
}

static int errno_after;

static void say_with_errno_set(void)
{
	/* Without a stderr the write fails, which would set errno. */
	close(STDERR_FILENO);
	errno = ENOENT;
	log_error("lost");
	errno_after = errno;
}

static void errno_survives_a_message(void **state)
{
	(void)state;
	stderr_of(say_with_errno_set);
	assert_int_equal(errno_after, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_above_the_level_are_dropped),
		cmocka_unit_test(a_warning_said_once_is_said_once_per_place),
		cmocka_unit_test(a_message_stays_on_its_line_and_steers_no_terminal),
		cmocka_unit_test(a_long_message_is_cut),
		cmocka_unit_test(errno_survives_a_message),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
