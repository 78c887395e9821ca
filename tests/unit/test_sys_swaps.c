// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/swaps.c on fabricated trees. */
#include "test_sys_tree.h"
#include "swaps.h"

#define HEAD "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

static void areas_with_their_kinds_and_sizes(void **state)
{
	struct ev_swapdev d[4];

	tree_write(*state, "/proc/swaps",
		   HEAD
		   "/dev/vda2                               partition\t2097148\t\t1024\t\t-2\n"
		   "/var/swap\\040file\\134x                   file\t\t4096\t\t8\t\t5\n"
		   "/dev/zram1                              partition\t524284\t\t512\t\t100\n");
	tree_write(*state, "/sys/block/zram1/mm_stat",
		   "  524288   100000   131072        0   200000       16        0        3        "
		   "4\n");
	assert_int_equal(swaps_read(*state, d, 4), 3);
	assert_string_equal(d[0].name, "/dev/vda2");
	assert_int_equal(d[0].kind, SWAPDEV_DISK);
	assert_int_equal(d[0].size_bytes, 2097148ull * 1024);
	assert_int_equal(d[0].used_bytes, 1024 * 1024);
	assert_int_equal(d[0].priority, -2);
	assert_true(d[0].stored_bytes == EV_ABSENT && d[0].memory_bytes == EV_ABSENT);
	assert_string_equal(d[1].name, "/var/swap file\\x");
	assert_int_equal(d[1].kind, SWAPDEV_FILE);
	assert_int_equal(d[2].kind, SWAPDEV_ZRAM);
	assert_int_equal(d[2].stored_bytes, 524288);
	assert_int_equal(d[2].memory_bytes, 131072);
	assert_int_equal(d[2].same_bytes, 16 * sysconf(_SC_PAGESIZE));
	assert_int_equal(d[2].priority, 100);
}

static void a_long_name_keeps_its_end(void **state)
{
	struct ev_swapdev d;

	tree_write(*state, "/proc/swaps",
		   HEAD
		   "/a/very/long/directory/name/that/goes/on/and/on/and/on/until/it/is/too/long/"
		   "swapfile file 8 0 -3\n");
	assert_int_equal(swaps_read(*state, &d, 1), 1);
	assert_int_equal(strlen(d.name), sizeof(d.name) - 1);
	assert_string_equal(d.name + strlen(d.name) - 9, "/swapfile");
}

static void what_is_not_there_is_unknown(void **state)
{
	struct ev_swapdev d;

	assert_int_equal(swaps_read(*state, &d, 1), 0);
	tree_write(*state, "/proc/swaps", HEAD "/dev/zram0 partition 8 4 -2\n");
	assert_int_equal(swaps_read(*state, &d, 1), 1);
	assert_int_equal(d.kind, SWAPDEV_ZRAM);
	assert_true(d.stored_bytes == EV_ABSENT);
	tree_write(*state, "/sys/block/zram0/mm_stat", "12 13 nonsense\n");
	assert_int_equal(swaps_read(*state, &d, 1), 1);
	assert_true(d.stored_bytes == EV_ABSENT && d.same_bytes == EV_ABSENT);
}

static void nonsense_is_no_area(void **state)
{
	struct ev_swapdev d[2];

	tree_write(*state, "/proc/swaps", HEAD "\n/dev/x\n/dev/y partition\n/dev/z partition 7\n");
	assert_int_equal(swaps_read(*state, d, 2), 0);
	tree_write(*state, "/proc/swaps",
		   "/dev/y partition 99999999999999999999 1 1\n/dev/zram0x partition 4 1 1\n"
		   "/dev/a partition 8 0 0\n/dev/b partition 8 0 0\n");
	assert_int_equal(swaps_read(*state, d, 2), 2);
	assert_int_equal(d[0].kind, SWAPDEV_DISK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(areas_with_their_kinds_and_sizes, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(a_long_name_keeps_its_end, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_unknown, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(nonsense_is_no_area, tree_setup, tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
