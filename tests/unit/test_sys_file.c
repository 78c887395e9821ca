// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/sysfile.c, psi.c and sysctl.c on fabricated trees. */
#include "test_sys_tree.h"
#include "psi.h"
#include "snapshot.h"
#include "sysctl.h"
#include "sysfile.h"

static void root_without_trailing_slashes(void **state)
{
	struct sysroot root;
	char *longest = malloc(PATH_MAX + 1);

	(void)state;
	assert_int_equal(sysroot_set(&root, "/"), 0);
	assert_string_equal(root.path, "");
	assert_int_equal(sysroot_set(&root, "/a/b//"), 0);
	assert_string_equal(root.path, "/a/b");
	memset(longest, 'a', PATH_MAX);
	longest[PATH_MAX] = '\0';
	assert_int_equal(sysroot_set(&root, longest), -ENAMETOOLONG);
	free(longest);
}

static void read_cuts_at_capacity_and_ends_in_nul(void **state)
{
	char buf[4];

	tree_write(*state, "/f", "abcdef");
	assert_int_equal(sys_read(*state, buf, sizeof(buf), "/%c", 'f'), 3);
	assert_string_equal(buf, "abc");
	tree_write(*state, "/empty", "");
	assert_int_equal(sys_read(*state, buf, sizeof(buf), "/empty"), 0);
	assert_string_equal(buf, "");
}

static void read_of_missing_file_is_enoent_and_empty(void **state)
{
	char buf[4] = "xyz";

	assert_int_equal(sys_read(*state, buf, sizeof(buf), "/none"), -ENOENT);
	assert_string_equal(buf, "");
	assert_int_equal(sys_read(*state, buf, sizeof(buf), "/"), -EISDIR);
	assert_string_equal(buf, "");
}

static void path_too_long_is_an_error(void **state)
{
	char buf[8], name[PATH_MAX + 1];

	memset(name, 'a', PATH_MAX);
	name[PATH_MAX] = '\0';
	assert_int_equal(sys_read(*state, buf, sizeof(buf), "/%s", name), -ENAMETOOLONG);
	assert_int_equal(sys_path(*state, buf, sizeof(buf), "/x"), -ENAMETOOLONG);
}

static void number_takes_whole_range_and_refuses_more(void **state)
{
	const char *max = "18446744073709551615", *over = "18446744073709551616,";
	const char *huge = "99999999999999999999999999", *none = " -1", *hex = " fFz";
	uint64_t v = 7;

	(void)state;
	assert_int_equal(sys_number(&max, 10, &v), 0);
	assert_true(v == UINT64_MAX);
	v = 7;
	assert_int_equal(sys_number(&over, 10, &v), -ERANGE);
	assert_int_equal(*over, ',');
	assert_int_equal(sys_number(&huge, 10, &v), -ERANGE);
	assert_int_equal(sys_number(&none, 10, &v), -EINVAL);
	assert_int_equal(v, 7);
	assert_int_equal(sys_number(&hex, 16, &v), 0);
	assert_int_equal(v, 255);
	assert_int_equal(*hex, 'z');
}

static void sysctl_reads_one_number_only(void **state)
{
	uint64_t v = 7;

	tree_write(*state, "/proc/sys/kernel/a", "100000\n");
	assert_int_equal(sysctl_u64(*state, "kernel/a", &v), 0);
	assert_int_equal(v, 100000);
	v = 7;
	tree_write(*state, "/proc/sys/kernel/a", "4\t4\t1\t7\n");
	assert_int_equal(sysctl_u64(*state, "kernel/a", &v), -EINVAL);
	tree_write(*state, "/proc/sys/kernel/a", "max\n");
	assert_int_equal(sysctl_u64(*state, "kernel/a", &v), -EINVAL);
	tree_write(*state, "/proc/sys/kernel/a", "99999999999999999999\n");
	assert_int_equal(sysctl_u64(*state, "kernel/a", &v), -ERANGE);
	assert_int_equal(sysctl_u64(*state, "kernel/none", &v), -ENOENT);
	tree_write_bytes(*state, "/proc/sys/kernel/a", "12\0x\n", 5);
	assert_int_equal(sysctl_u64(*state, "kernel/a", &v), -EINVAL);
}

static void lines_come_whole_across_buffer_borders(void **state)
{
	static char text[5000 * 8 + 1];
	struct sys_lines l;
	char expected[16];
	const char *line;
	size_t len = 0;
	int n = 0;

	for (int i = 0; i < 5000; i++)
		len += (size_t)sprintf(text + len, "l%06d\n", i);
	tree_write_bytes(*state, "/f", text, len - 1); /* the last one without newline */
	assert_int_equal(sys_lines_open(&l, *state, "/f"), 0);
	while ((line = sys_lines_next(&l))) {
		sprintf(expected, "l%06d", n++);
		assert_string_equal(line, expected);
	}
	assert_int_equal(sys_lines_close(&l), 0);
	assert_int_equal(n, 5000);
}

static void overlong_line_is_cut_and_the_next_one_is_right(void **state)
{
	static char text[3 * SYS_LINE_CAP];
	static const size_t lengths[] = {SYS_LINE_CAP - 2, SYS_LINE_CAP - 1, SYS_LINE_CAP,
					 2 * SYS_LINE_CAP - 2, 2 * SYS_LINE_CAP};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t len = lengths[i];
		struct sys_lines l;
		char *line;

		memset(text, 'a', len);
		memcpy(text + len, "\nnext\n", 6);
		tree_write_bytes(*state, "/f", text, len + 6);
		assert_int_equal(sys_lines_open(&l, *state, "/f"), 0);
		line = sys_lines_next(&l);
		assert_non_null(line);
		assert_int_equal(strlen(line), len < SYS_LINE_CAP - 1 ? len : SYS_LINE_CAP - 1);
		assert_string_equal(sys_lines_next(&l), "next");
		assert_null(sys_lines_next(&l));
		assert_int_equal(sys_lines_close(&l), 0);
	}
}

static void lines_of_a_directory_are_an_error(void **state)
{
	struct sys_lines l;

	assert_int_equal(sys_lines_open(&l, *state, "/"), 0);
	assert_null(sys_lines_next(&l));
	assert_int_equal(sys_lines_close(&l), -EISDIR);
}

static void key_value_of_both_forms(void **state)
{
	char plain[] = "pgfault 12", colon[] = "MemTotal:   34 kB", blank[] = "novalue";
	char negative[] = "a -1", empty[] = "", nokey[] = " 12", odd[] = "Active(anon): 5 kB";
	const char *key;
	uint64_t v;

	(void)state;
	assert_true(sys_key_value(plain, &key, &v));
	assert_string_equal(key, "pgfault");
	assert_int_equal(v, 12);
	assert_true(sys_key_value(colon, &key, &v));
	assert_string_equal(key, "MemTotal");
	assert_int_equal(v, 34);
	assert_true(sys_key_value(odd, &key, &v));
	assert_string_equal(key, "Active(anon)");
	assert_false(sys_key_value(blank, &key, &v));
	assert_false(sys_key_value(negative, &key, &v));
	assert_false(sys_key_value(empty, &key, &v));
	assert_false(sys_key_value(nokey, &key, &v));
}

static void sum_never_becomes_absent(void **state)
{
	(void)state;
	assert_int_equal(sys_add(1, 2), 3);
	assert_true(sys_add(UINT64_MAX - 1, 1) == EV_ABSENT - 1);
	assert_true(sys_add(UINT64_MAX - 1, UINT64_MAX - 1) == EV_ABSENT - 1);
}

static void psi_totals(void **state)
{
	uint64_t some, full;

	tree_write(*state, "/p",
		   "some avg10=1.00 avg60=0.50 avg300=0.00 total=123\n"
		   "full avg10=0.00 avg60=0.00 avg300=0.00 total=45\n");
	assert_int_equal(psi_read(*state, "/p", &some, &full), 0);
	assert_int_equal(some, 123);
	assert_int_equal(full, 45);
}

static void psi_what_is_missing_is_absent(void **state)
{
	uint64_t some, full;

	assert_int_equal(psi_read(*state, "/p", &some, &full), -ENOENT);
	assert_true(some == EV_ABSENT && full == EV_ABSENT);
	tree_write(*state, "/p", "some avg10=0.00 total=\nfull total=99999999999999999999999\n");
	assert_int_equal(psi_read(*state, "/p", &some, &full), 0);
	assert_true(some == EV_ABSENT && full == EV_ABSENT);
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_without_trailing_slashes),
		tree_test(read_cuts_at_capacity_and_ends_in_nul),
		tree_test(read_of_missing_file_is_enoent_and_empty),
		tree_test(path_too_long_is_an_error),
		cmocka_unit_test(number_takes_whole_range_and_refuses_more),
		tree_test(sysctl_reads_one_number_only),
		tree_test(lines_come_whole_across_buffer_borders),
		tree_test(overlong_line_is_cut_and_the_next_one_is_right),
		tree_test(lines_of_a_directory_are_an_error),
		cmocka_unit_test(key_value_of_both_forms),
		cmocka_unit_test(sum_never_becomes_absent),
		tree_test(psi_totals),
		tree_test(psi_what_is_missing_is_absent),
	};

	return cmocka_run_group_tests_name("sys_file", tests, NULL, NULL);
}
