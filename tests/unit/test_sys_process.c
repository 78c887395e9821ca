// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/process.c and maps.c on fabricated trees. */
#include "test_sys_tree.h"
#include "process.h"
#include "sysfile.h"

static void cmdline_joins_arguments(void **state)
{
	char buf[64];

	tree_write_bytes(*state, "/proc/7/cmdline", "a\0b c\0\0d\0\0\0", 11);
	assert_int_equal(process_cmdline(*state, 7, buf, sizeof(buf)), 8);
	assert_string_equal(buf, "a b c  d");
}

static void cmdline_is_cut_to_the_buffer(void **state)
{
	char buf[4];

	tree_write_bytes(*state, "/proc/7/cmdline", "ab\0cdef", 8);
	assert_int_equal(process_cmdline(*state, 7, buf, sizeof(buf)), 2);
	assert_string_equal(buf, "ab");
}

static void cmdline_of_kernel_thread_and_of_nobody(void **state)
{
	char buf[8] = "old";

	tree_write(*state, "/proc/2/cmdline", "");
	assert_int_equal(process_cmdline(*state, 2, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	assert_int_equal(process_cmdline(*state, 3, buf, sizeof(buf)), -ENOENT);
}

#define STAT_TAIL "R 41 5 5 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 250 1000 20 18446744073709551615"

static void stat_with_hostile_comm(void **state)
{
	static const char *const comms[] = {"sh", "a) R 1 2 3", ") ) (", "a\nb", "((((", ""};
	char text[256];
	uint64_t start;
	uint32_t ppid;

	for (size_t i = 0; i < sizeof(comms) / sizeof(comms[0]); i++) {
		snprintf(text, sizeof(text), "7 (%s) " STAT_TAIL "\n", comms[i]);
		tree_write(*state, "/proc/7/stat", text);
		assert_int_equal(process_parent(*state, 7, &ppid), 0);
		assert_int_equal(ppid, 41);
		assert_int_equal(process_start(*state, 7, &start), 0);
		assert_int_equal(start, 250 * (1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK)));
	}
}

static void stat_cut_short_is_an_error(void **state)
{
	static const char text[] = "7 (sh) " STAT_TAIL;
	size_t start_begins = (size_t)(strstr(text, "250") - text);
	uint64_t start;

	for (size_t len = 0; len <= start_begins; len++) {
		tree_write_bytes(*state, "/proc/7/stat", text, len);
		assert_int_equal(process_start(*state, 7, &start), -EINVAL);
	}
	assert_int_equal(process_start(*state, 8, &start), -ENOENT);
}

static void stat_out_of_range_is_an_error(void **state)
{
	uint64_t start;
	uint32_t ppid;

	tree_write(*state, "/proc/7/stat",
		   "7 (sh) R 4294967296 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 18446744073709551615 0");
	assert_int_equal(process_parent(*state, 7, &ppid), -ERANGE);
	assert_int_equal(process_start(*state, 7, &start), -ERANGE);
}

static void thread_is_not_a_process(void **state)
{
	uint32_t tgid;

	tree_write(*state, "/proc/8/status", "Name:\tTgid: 8\nUmask:\t0022\nTgid:\t7\nPid:\t8\n");
	tree_write(*state, "/proc/7/status", "Name:\tx\nTgid:\t7\nPid:\t7\n");
	assert_int_equal(process_of_thread(*state, 8, &tgid), 0);
	assert_int_equal(tgid, 7);
	assert_false(process_exists(*state, 8));
	assert_true(process_exists(*state, 7));
	assert_false(process_exists(*state, 9));
	assert_int_equal(process_of_thread(*state, 9, &tgid), -ENOENT);
	tree_write(*state, "/proc/9/status", "Name:\tx\n");
	assert_int_equal(process_of_thread(*state, 9, &tgid), -EINVAL);
}

static const char maps[] =
	"00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus-daemon\n"
	"00651000-00652000 rw-p 00051000 08:02 173521      /usr/bin/dbus-daemon\n"
	"00e03000-00e24000 rw-p 00000000 00:00 0           [heap]\n"
	"7f0000000000-7f0000001000 r--p 00000000 fe:10 99  /tmp/new\\012line\\040 (deleted)\n"
	"7f0000001000-7f0000002000 r--p 00000000 fe:10 100                        /tmp/b\n"
	"7fff00000000-7fff00021000 rw-p 00000000 00:00 0\n"
	"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n";

static const char *file_named_at(void **state, uint64_t address, uint32_t major, uint32_t minor,
				 uint64_t ino, const char *name)
{
	static char buf[128];
	ssize_t n = process_file_at(*state, 7, address, major, minor, ino, name, buf, sizeof(buf));

	if (n < 0)
		return n == -ENOENT ? "ENOENT" : "error";
	assert_int_equal(n, strlen(buf));
	return buf;
}

static const char *file_at(void **state, uint64_t address, uint32_t major, uint32_t minor,
			   uint64_t ino)
{
	return file_named_at(state, address, major, minor, ino, NULL);
}

static void file_at_address(void **state)
{
	tree_write(*state, "/proc/7/maps", maps);
	assert_string_equal(file_at(state, 0x400000, 8, 2, 173521), "/usr/bin/dbus-daemon");
	assert_string_equal(file_at(state, 0x451fff, 0, 0, 0), "/usr/bin/dbus-daemon");
	assert_string_equal(file_at(state, 0x452000, 0, 0, 0), "ENOENT");
	assert_string_equal(file_at(state, 0x7f0000001fff, 0, 0, 0), "/tmp/b");
}

static void file_name_with_newline_and_deleted(void **state)
{
	tree_write(*state, "/proc/7/maps", maps);
	assert_string_equal(file_at(state, 0x7f0000000800, 0xfe, 0x10, 99),
			    "/tmp/new\nline\\040 (deleted)");
}

static void same_inode_elsewhere_beats_another_file_at_the_address(void **state)
{
	tree_write(*state, "/proc/7/maps", maps);
	assert_string_equal(file_at(state, 0x400000, 0xfe, 0x10, 100), "/tmp/b");
	assert_string_equal(file_at(state, 0x1000, 8, 2, 173521), "/usr/bin/dbus-daemon");
}

static void other_inode_at_the_address_when_the_inode_is_nowhere(void **state)
{
	tree_write(*state, "/proc/7/maps", maps);
	assert_string_equal(file_at(state, 0x7f0000001000, 0x1f, 3, 100), "/tmp/b");
}

static void other_inode_at_the_address_is_taken_by_its_name_only(void **state)
{
	tree_write(*state, "/proc/7/maps", maps);
	assert_string_equal(file_named_at(state, 0x7f0000001000, 0x1f, 3, 7, "b"), "/tmp/b");
	assert_string_equal(file_named_at(state, 0x7f0000001000, 0x1f, 3, 7, "bb"), "ENOENT");
	assert_string_equal(file_named_at(state, 0x7f0000001000, 0x1f, 3, 7, "tmp/b"), "ENOENT");
	assert_string_equal(file_named_at(state, 0x7f0000001000, 0x1f, 3, 7, ""), "ENOENT");
	assert_string_equal(file_named_at(state, 0x7f0000000000, 0x1f, 3, 7, "new\nline\\040"),
			    "/tmp/new\nline\\040 (deleted)");
	/* Its inode says enough. */
	assert_string_equal(file_named_at(state, 0x7f0000001000, 0xfe, 0x10, 100, "c"), "/tmp/b");
}

static void memory_without_a_file_has_no_name(void **state)
{
	tree_write(*state, "/proc/7/maps", maps);
	assert_string_equal(file_at(state, 0xe03000, 0, 0, 0), "ENOENT");
	assert_string_equal(file_at(state, 0x7fff00000000, 0, 0, 0), "ENOENT");
	assert_string_equal(file_at(state, 0xffffffffff600000, 0, 0, 0), "ENOENT");
	tree_write(*state, "/proc/7/maps", "");
	assert_string_equal(file_at(state, 0x400000, 0, 0, 0), "ENOENT");
}

static void kernel_threads_are_told_by_their_flags(void **state)
{
	tree_write(*state, "/proc/2/stat", "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0");
	tree_write(*state, "/proc/7/stat", "7 (sh) S 1 7 7 0 -1 4194560 0 0 0 0 0 0 0 0");
	assert_true(process_is_kernel(*state, 2));
	assert_false(process_is_kernel(*state, 7));
	assert_false(process_is_kernel(*state, 8));
}

static void file_of_nobody(void **state)
{
	char buf[8] = "old";

	assert_int_equal(process_file_at(*state, 6, 1, 0, 0, 0, NULL, buf, sizeof(buf)), -ENOENT);
	assert_string_equal(buf, "");
}

static void file_path_is_cut_to_the_buffer(void **state)
{
	char buf[6];

	tree_write(*state, "/proc/7/maps", maps);
	assert_int_equal(process_file_at(*state, 7, 0x400000, 0, 0, 0, NULL, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "/usr/");
}

static void last_of_many_mappings_is_found(void **state)
{
	enum { LINES = 65530 };
	char *text = malloc(LINES * 80), *p = text;

	for (uint64_t i = 0; i < LINES; i++)
		p += sprintf(p, "%08lx-%08lx rw-p 00000000 08:02 %lu   /lib/f%lu\n",
			     (unsigned long)(i << 12), (unsigned long)((i + 1) << 12),
			     (unsigned long)i + 1, (unsigned long)i);
	tree_write_bytes(*state, "/proc/7/maps", text, (size_t)(p - text));
	free(text);
	assert_string_equal(file_at(state, (LINES - 1) << 12, 8, 2, LINES), "/lib/f65529");
}

static void maps_truncated_or_noise_never_give_a_wrong_name(void **state)
{
	static char noise[30000];
	char buf[64];

	for (size_t len = 0; len < 56; len++) {
		tree_write_bytes(*state, "/proc/7/maps", maps, len);
		if (len <= 50)
			assert_string_equal(file_at(state, 0x400000, 8, 2, 173521), "ENOENT");
	}
	for (unsigned int seed = 1; seed <= 50; seed++) {
		tree_write_bytes(*state, "/proc/7/maps", noise,
				 tree_noise(seed, noise, sizeof(noise)));
		assert_int_equal(
			process_file_at(*state, 7, 0x1000, 8, 2, 5, NULL, buf, sizeof(buf)),
			-ENOENT);
	}
	tree_write(*state, "/proc/7/maps",
		   "0-ffffffffffffffffffff r-xp 0 8:2 5 /overflow\n"
		   "0-ffff r-xp 0 8:2 99999999999999999999 /overflow\n0-ffff r-xp 0 8:2 5\n0-");
	assert_int_equal(process_file_at(*state, 7, 1, 8, 2, 5, NULL, buf, sizeof(buf)), -ENOENT);
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(cmdline_joins_arguments),
		tree_test(cmdline_is_cut_to_the_buffer),
		tree_test(cmdline_of_kernel_thread_and_of_nobody),
		tree_test(stat_with_hostile_comm),
		tree_test(stat_cut_short_is_an_error),
		tree_test(stat_out_of_range_is_an_error),
		tree_test(thread_is_not_a_process),
		tree_test(file_at_address),
		tree_test(file_name_with_newline_and_deleted),
		tree_test(same_inode_elsewhere_beats_another_file_at_the_address),
		tree_test(other_inode_at_the_address_when_the_inode_is_nowhere),
		tree_test(other_inode_at_the_address_is_taken_by_its_name_only),
		tree_test(memory_without_a_file_has_no_name),
		tree_test(kernel_threads_are_told_by_their_flags),
		tree_test(file_of_nobody),
		tree_test(file_path_is_cut_to_the_buffer),
		tree_test(last_of_many_mappings_is_found),
		tree_test(maps_truncated_or_noise_never_give_a_wrong_name),
	};

	return cmocka_run_group_tests_name("sys_process", tests, NULL, NULL);
}
