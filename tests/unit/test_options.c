// SPDX-License-Identifier: GPL-2.0
/* The command line: options of command oom, and that others refuse them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include "options.h"

static struct options o;

/* Parses "memtrace LINE", words parted by blanks. */
static int parse(const char *line)
{
	static char copy[512];
	static char *argv[32];
	int argc = 1;

	argv[0] = "memtrace";
	strcpy(copy, line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return options_parse(argc, argv, &o);
}

static void oom_has_defaults_that_need_no_option(void **state)
{
	(void)state;
	assert_int_equal(parse("oom"), 0);
	assert_int_equal(o.command, CMD_OOM);
	assert_null(o.dir);
	assert_null(o.exec);
	assert_false(o.journal);
	assert_int_equal(o.keep, 100);
	assert_true(o.history_ns == 60000000000);
	assert_true(o.history_bytes == 12 << 20);
}

static void options_of_oom_may_stand_before_and_after_it(void **state)
{
	(void)state;
	assert_int_equal(
		parse("--dir /d --keep 7 oom --history 5m --history-memory 32M --exec run"), 0);
	assert_string_equal(o.dir, "/d");
	assert_int_equal(o.keep, 7);
	assert_true(o.history_ns == 300000000000);
	assert_true(o.history_bytes == 32 << 20);
	assert_string_equal(o.exec, "run");
}

static void other_commands_refuse_options_of_oom(void **state)
{
	static const char *const lines[] = {
		"summary --dir /d",	"--dir /d",	     "stalls --keep 3",
		"faults --history 60s", "swap --exec x",     "doctor --history-memory 8M",
		"summary --journal",	"--journal summary",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(lines[i]), -EINVAL);
}

static void what_is_about_a_directory_needs_one(void **state)
{
	(void)state;
	assert_int_equal(parse("oom --exec x"), -EINVAL);
	assert_int_equal(parse("oom --keep 3"), -EINVAL);
	assert_int_equal(parse("oom --dir /d --keep 3 --exec x"), 0);
}

static void bounds_are_held(void **state)
{
	static const char *const wrong[] = {
		"oom --dir /d --keep 0",   "oom --dir /d --keep 10001", "oom --dir /d --keep -1",
		"oom --dir /d --keep x",   "oom --history 0",		"oom --history 999ms",
		"oom --history 61m",	   "oom --history x",		"oom --history-memory 1k",
		"oom --history-memory 2G", "oom --history-memory x",	"oom --dir",
		"oom --history-memory 0",
	};
	static const char *const right[] = {
		"oom --dir /d --keep 1", "oom --dir /d --keep 10000", "oom --history 1s",
		"oom --history 1h",	 "oom --history-memory 1M",   "oom --history-memory 1G",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse(wrong[i]), -EINVAL);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_int_equal(parse(right[i]), 0);
}

static void empty_arguments_are_refused(void **state)
{
	char *dir[] = {"memtrace", "oom", "--dir", "", NULL};
	char *exec[] = {"memtrace", "oom", "--dir", "/d", "--exec", "", NULL};

	(void)state;
	assert_int_equal(options_parse(4, dir, &o), -EINVAL);
	assert_int_equal(options_parse(6, exec, &o), -EINVAL);
}

static void the_journal_needs_a_build_that_has_it(void **state)
{
	(void)state;
#ifdef HAVE_LIBSYSTEMD
	assert_int_equal(parse("oom --journal"), 0);
	assert_true(o.journal);
#else
	assert_int_equal(parse("oom --journal"), -EINVAL);
#endif
}

static void help_tells_of_each(void **state)
{
	static const char *const names[] = {"--dir DIR",     "--keep N",
					    "--history SEC", "--history-memory SIZE",
					    "--exec CMD",    "--journal"};
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	options_help(f);
	fclose(f);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_non_null(strstr(text, names[i]));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) < 100);
	free(text);
}

static void export_says_what_goes_where(void **state)
{
	(void)state;
#ifdef HAVE_SQLITE
	assert_int_equal(parse("export a.mtr --format chrome"), 0);
	assert_int_equal(o.format, EXPORT_CHROME);
	assert_string_equal(o.read, "a.mtr");
	assert_int_equal(parse("export -r a.mtr --format csv --table stall"), 0);
	assert_string_equal(o.table, "stall");
	assert_int_equal(parse("export a.mtr --format csv -o dir"), 0);
	assert_int_equal(parse("export a.mtr --format jsonl --table fault -p 1"), 0);
	assert_int_equal(parse("export a.mtr"), -EINVAL);
	assert_int_equal(parse("export --format csv"), -EINVAL);
	assert_int_equal(parse("export a.mtr --format xml"), -EINVAL);
	assert_int_equal(parse("export a.mtr --format csv"), -EINVAL);
	assert_int_equal(parse("export a.mtr --format chrome --table stall"), -EINVAL);
	assert_int_equal(parse("export a.mtr --format folded --table stall"), -EINVAL);
	assert_int_equal(parse("export a.mtr --format csv --table nothing"), -EINVAL);
	assert_int_equal(parse("summary -r a.mtr --format csv"), -EINVAL);
#else
	assert_int_equal(parse("export a.mtr --format chrome"), -EINVAL);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oom_has_defaults_that_need_no_option),
		cmocka_unit_test(options_of_oom_may_stand_before_and_after_it),
		cmocka_unit_test(other_commands_refuse_options_of_oom),
		cmocka_unit_test(what_is_about_a_directory_needs_one),
		cmocka_unit_test(bounds_are_held),
		cmocka_unit_test(empty_arguments_are_refused),
		cmocka_unit_test(the_journal_needs_a_build_that_has_it),
		cmocka_unit_test(export_says_what_goes_where),
		cmocka_unit_test(help_tells_of_each),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
