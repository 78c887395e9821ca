// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/kallsyms.c on fabricated tables. */
#include "test_sys_tree.h"
#include <errno.h>
#include "kallsyms.h"

static const char table[] = "0000000000000000 A fixed_percpu_data\n"
			    "ffffffff81000000 T _stext\n"
			    "ffffffff81000000 T _text\n"
			    "ffffffff81001000 t super_cache_count\n"
			    "ffffffff81002000 t super_cache_scan\n"
			    "ffffffff81003000 W schedule\n"
			    "ffffffff81004000 t zswap_shrinker_scan.llvm.1234567890\n"
			    "ffffffff82000000 d ext4_fs_type\n"
			    "ffffffff82000040 B jiffies\n"
			    "ffffffffc0200000 t xfs_buf_scan\t[xfs]\n"
			    "ffffffffc0200800 d xfs_fs_type\t[xfs]\n"
			    "ffffffffc0200400 t xfs_inode_scan\t[xfs]\n"
			    "ffffffffc0100000 t nfs_scan\t[nfs]\n"
			    "ffffffffc0300000 t bpf_prog_6deef7357e7b4530_on_switch\t[bpf]\n";

static const char hidden[] = "0000000000000000 T _stext\n"
			     "0000000000000000 t super_cache_scan\n"
			     "0000000000000000 d ext4_fs_type\n"
			     "0000000000000000 t nfs_scan\t[nfs]\n";

static void addresses_are_shown(void **state)
{
	tree_write(*state, "/proc/kallsyms", table);
	assert_int_equal(kallsyms_check(*state), 0);
}

static void exact_ones_of_the_kernel_and_of_modules(void **state)
{
	struct ksym s[] = {
		{.address = 0xffffffff81002000, .exact = true},
		{.address = 0xffffffff81002001, .exact = true},
		{.address = 0xffffffff81004000, .exact = true},
		{.address = 0xffffffff82000000, .exact = true},
		{.address = 0xffffffffc0200400, .exact = true},
		{.address = 0xffffffffc0200800, .exact = true},
	};

	tree_write(*state, "/proc/kallsyms", table);
	assert_int_equal(kallsyms_resolve(*state, s, 6), 0);
	assert_string_equal(s[0].name, "super_cache_scan");
	assert_string_equal(s[1].name, "");
	assert_string_equal(s[2].name, "zswap_shrinker_scan");
	assert_string_equal(s[3].name, ""); /* data */
	assert_string_equal(s[4].name, "xfs_inode_scan");
	assert_string_equal(s[5].name, "");
}

static void the_function_an_address_is_in(void **state)
{
	struct ksym s[] = {
		{.address = 0xffffffff80ffffff}, {.address = 0xffffffff81000000},
		{.address = 0xffffffff81000fff}, {.address = 0xffffffff81001000},
		{.address = 0xffffffff81003fff}, {.address = 0xffffffffc0100004},
		{.address = 0xffffffffc0200004}, {.address = 0xffffffffc0200900},
		{.address = 0xffffffffc0300010},
	};

	tree_write(*state, "/proc/kallsyms", table);
	assert_int_equal(kallsyms_resolve(*state, s, 9), 0);
	assert_string_equal(s[0].name, "");
	assert_string_equal(s[1].name, "_stext");
	assert_string_equal(s[2].name, "_stext");
	assert_true(s[2].begin == 0xffffffff81000000);
	assert_string_equal(s[3].name, "super_cache_count");
	assert_string_equal(s[4].name, "schedule");
	assert_string_equal(s[5].name, "nfs_scan");
	assert_string_equal(s[6].name, "xfs_buf_scan");
	/* Data in between are no function, and a nearer one may come later. */
	assert_string_equal(s[7].name, "xfs_inode_scan");
	assert_string_equal(s[8].name, "bpf_prog_6deef7357e7b4530_on_switch");
}

static void far_behind_the_last_symbol_is_in_none(void **state)
{
	struct ksym s[] = {
		{.address = 0xffffffff81004000 + KSYM_REACH - 1},
		{.address = 0xffffffff81004000 + KSYM_REACH},
		{.address = UINT64_MAX},
	};

	tree_write(*state, "/proc/kallsyms", table);
	assert_int_equal(kallsyms_resolve(*state, s, 3), 0);
	assert_string_equal(s[0].name, "zswap_shrinker_scan");
	assert_string_equal(s[1].name, "");
	assert_string_equal(s[2].name, "");
}

static void the_last_addresses_of_all(void **state)
{
	struct ksym s[] = {{.address = UINT64_MAX - 1}, {.address = UINT64_MAX, .exact = true}};

	tree_write(*state, "/proc/kallsyms",
		   "fffffffffffffff0 t high\nffffffffffffffff t highest\n");
	assert_int_equal(kallsyms_resolve(*state, s, 2), 0);
	assert_string_equal(s[0].name, "high");
	assert_string_equal(s[1].name, "");
}

/* Against a plain search of all symbols. */
static void many_in_any_order(void **state)
{
	enum { SYMBOLS = 3000, WANTED = 2000 };
	static struct ksym s[WANTED];
	static uint64_t at[SYMBOLS];
	static char text[SYMBOLS * 64];
	unsigned int seed = 7;
	char *p = text;

	for (int i = 0; i < SYMBOLS; i++) {
		at[i] = 0x100000 + (uint64_t)i * 4096 + (uint64_t)rand_r(&seed) % 4096;
		/* Sections of ten, every other one backwards, as a module's may be. */
		if (i / 10 % 2)
			at[i] = 0x100000 + (uint64_t)(i / 10 * 10 + 9 - i % 10) * 4096;
		p += sprintf(p, "%016lx t f%lx\t[m]\n", at[i], at[i]);
	}
	for (int i = 0; i < WANTED; i++)
		s[i].address = 0x100000 + (uint64_t)i * 6144 + 5;
	tree_write(*state, "/proc/kallsyms", text);
	assert_int_equal(kallsyms_resolve(*state, s, WANTED), 0);
	for (int i = 0; i < WANTED; i++) {
		uint64_t best = 0;
		char name[32] = "";

		for (int k = 0; k < SYMBOLS; k++)
			if (at[k] <= s[i].address && at[k] > best)
				best = at[k];
		if (best && s[i].address - best < KSYM_REACH)
			snprintf(name, sizeof(name), "f%lx", best);
		assert_string_equal(s[i].name, name);
	}
}

static void hidden_addresses(void **state)
{
	struct ksym s[] = {{.address = 0xffffffff81002000}};

	tree_write(*state, "/proc/kallsyms", hidden);
	assert_int_equal(kallsyms_check(*state), -EACCES);
	assert_int_equal(kallsyms_resolve(*state, s, 1), -EACCES);
	assert_string_equal(s[0].name, "");
}

static void no_table(void **state)
{
	char dir[PATH_MAX];
	struct ksym s[] = {{.address = 1, .name = "old"}};

	assert_int_equal(kallsyms_check(*state), -EOPNOTSUPP);
	assert_int_equal(kallsyms_resolve(*state, s, 1), -EOPNOTSUPP);
	assert_string_equal(s[0].name, "");
	tree_mkdir(*state, dir, "/proc/kallsyms");
	assert_int_equal(kallsyms_check(*state), -EISDIR);
	assert_int_equal(kallsyms_resolve(*state, s, 1), -EISDIR);
}

static void empty_table(void **state)
{

	tree_write(*state, "/proc/kallsyms", "");
	assert_int_equal(kallsyms_check(*state), 0);
	assert_int_equal(kallsyms_resolve(*state, NULL, 0), 0);
}

static void malformed_lines_are_skipped(void **state)
{
	struct ksym s[] = {{.address = 0x1000, .exact = true}, {.address = 0x2010}};

	tree_write(*state, "/proc/kallsyms",
		   "\n1000\n1000 \n1000 t\n1000 t \n1000 tt two\nxyz t name\n1000  t blanks\n"
		   "11112222333344445555 t wide\n1000 ? odd\n1000 U undefined\n"
		   "1000 t good\n2000 t last\t[m]");
	assert_int_equal(kallsyms_resolve(*state, s, 2), 0);
	assert_string_equal(s[0].name, "good");
	assert_string_equal(s[1].name, "last");
}

static void long_names_are_cut(void **state)
{
	struct ksym s[] = {{.address = 0x1000, .exact = true}, {.address = 0x2000}};
	static char text[20000];

	strcpy(text, "1000 t ");
	memset(text + 7, 'x', sizeof(text) - 100);
	strcat(text, "\n2000 t short\n");
	tree_write(*state, "/proc/kallsyms", text);
	assert_int_equal(kallsyms_resolve(*state, s, 2), 0);
	assert_int_equal(strlen(s[0].name), KSYM_NAME_CAP - 1);
	assert_string_equal(s[1].name, "short");
}

static void noise_and_truncation_are_survived(void **state)
{
	static char noise[20000];
	struct ksym s[] = {{.address = 0x10}, {.address = 0xffffffff81002010}};

	for (unsigned int seed = 1; seed <= 50; seed++) {
		tree_write_bytes(*state, "/proc/kallsyms", noise,
				 tree_noise(seed, noise, sizeof(noise)));
		kallsyms_check(*state);
		kallsyms_resolve(*state, s, 2);
	}
	for (size_t len = 0; len < sizeof(table); len += 5) {
		tree_write_bytes(*state, "/proc/kallsyms", table, len);
		assert_int_equal(kallsyms_resolve(*state, s, 2), 0);
		assert_string_equal(s[0].name, "");
	}
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(addresses_are_shown),
		tree_test(exact_ones_of_the_kernel_and_of_modules),
		tree_test(the_function_an_address_is_in),
		tree_test(far_behind_the_last_symbol_is_in_none),
		tree_test(the_last_addresses_of_all),
		tree_test(many_in_any_order),
		tree_test(hidden_addresses),
		tree_test(no_table),
		tree_test(empty_table),
		tree_test(malformed_lines_are_skipped),
		tree_test(long_names_are_cut),
		tree_test(noise_and_truncation_are_survived),
	};

	return cmocka_run_group_tests_name("sys_kallsyms", tests, NULL, NULL);
}
