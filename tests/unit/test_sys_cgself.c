// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/cgself.c on fabricated trees. */
#include "test_sys_tree.h"
#include "cgroup.h"

static int self_in(void **state, int version, const char *lines, char *buf, size_t cap)
{
	struct cgroups cg = {.sysroot = *state, .version = version, .fd = -1};

	tree_write(*state, "/proc/self/cgroup", lines);
	return cgroup_of_self(&cg, buf, cap);
}

#define HYBRID                                                                                     \
	"12:cpu,cpuacct:/cpu\n11:cpuset,memory:/a/b:c\n2:name=memory:/no\n1:name=systemd:/x\n"     \
	"0::/unified/y\n"

static void v1_path_is_that_of_the_memory_controller(void **state)
{
	char path[64];

	assert_int_equal(self_in(state, 1, HYBRID, path, sizeof(path)), 0);
	assert_string_equal(path, "/a/b:c");
}

static void v2_path_is_that_of_the_unified_hierarchy(void **state)
{
	char path[64];

	assert_int_equal(self_in(state, 2, HYBRID, path, sizeof(path)), 0);
	assert_string_equal(path, "/unified/y");
}

static void no_such_hierarchy_is_enoent(void **state)
{
	char path[64];

	assert_int_equal(self_in(state, 1, "0::/y\n", path, sizeof(path)), -ENOENT);
	assert_int_equal(self_in(state, 2, "3:memory:/y\n", path, sizeof(path)), -ENOENT);
	assert_int_equal(self_in(state, 2, "", path, sizeof(path)), -ENOENT);
	assert_int_equal(self_in(state, 2, "0:\n:\n\n", path, sizeof(path)), -ENOENT);
	assert_int_equal(self_in(state, 0, HYBRID, path, sizeof(path)), -ENOENT);
}

static void a_path_that_does_not_fit_is_said(void **state)
{
	char path[6];

	assert_int_equal(self_in(state, 1, HYBRID, path, sizeof(path)), -ENAMETOOLONG);
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(v1_path_is_that_of_the_memory_controller),
		tree_test(v2_path_is_that_of_the_unified_hierarchy),
		tree_test(no_such_hierarchy_is_enoent),
		tree_test(a_path_that_does_not_fit_is_said),
	};

	return cmocka_run_group_tests_name("sys_cgself", tests, NULL, NULL);
}
