// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/cgroup.c, cgwalk.c and cgstat.c on fabricated trees. */
#include "test_sys_tree.h"
#include "cgroup.h"

#define V1     "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
#define V1_CPU "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,name=memory\n"
#define V2     "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n"
#define EXT4   "23 1 254:0 / / rw,noatime - ext4 /dev/vda rw,memory\n"

static struct cgroups cg;

static int open_with(void **state, const char *mountinfo, const char *controllers)
{
	char dir[PATH_MAX];

	tree_write(*state, "/proc/self/mountinfo", mountinfo);
	tree_mkdir(*state, dir, "/sys/fs/cgroup/memory");
	tree_write(*state, "/sys/fs/cgroup/unified/cgroup.controllers", controllers);
	return cgroups_open(*state, &cg);
}

static int close_and_remove(void **state)
{
	cgroups_close(&cg);
	return tree_teardown(state);
}

static void make(void **state, const char *path)
{
	char dir[PATH_MAX];

	tree_mkdir(*state, dir, path);
}

static void v1_mount_is_found(void **state)
{
	assert_int_equal(open_with(state, EXT4 V1_CPU V1, ""), 0);
	assert_int_equal(cg.version, 1);
	assert_string_equal(cg.mount, "/sys/fs/cgroup/memory");
	assert_string_equal(cg.root, "/");
}

static void v2_mount_with_memory_is_found(void **state)
{
	assert_int_equal(open_with(state, EXT4 V2, "cpuset cpu io memory pids\n"), 0);
	assert_int_equal(cg.version, 2);
	assert_string_equal(cg.mount, "/sys/fs/cgroup/unified");
}

static void hybrid_with_memory_on_v1_gives_v1(void **state)
{
	assert_int_equal(open_with(state, V2 V1_CPU V1, "hugetlb\n"), 0);
	assert_int_equal(cg.version, 1);
}

static void v1_beats_v2_whatever_the_order(void **state)
{
	assert_int_equal(open_with(state, V2 V1 V2, "memory\n"), 0);
	assert_int_equal(cg.version, 1);
}

static void no_memory_controller(void **state)
{
	uint64_t id;
	char buf[8];
	struct ev_cgstat st;

	assert_int_equal(open_with(state, EXT4 V1_CPU V2, "memory_x xmemory\n"), -ENOENT);
	assert_int_equal(cg.version, 0);
	assert_int_equal(cgroup_id(&cg, "/", &id), -ENOENT);
	assert_int_equal(cgroup_path(&cg, 1, buf, sizeof(buf)), -ENOENT);
	assert_int_equal(cgroup_stat(&cg, "/", &st), -ENOENT);
	assert_int_equal(cgroup_resolve_arg(&cg, "/a", buf, sizeof(buf)), -ENOENT);
}

static void no_mountinfo(void **state)
{
	assert_int_equal(cgroups_open(*state, &cg), -ENOENT);
	assert_int_equal(cg.version, 0);
}

static void mount_point_with_a_blank(void **state)
{
	make(state, "/mnt/c g");
	assert_int_equal(
		open_with(state, "1 2 0:3 / /mnt/c\\040g rw - cgroup cgroup rw,cpu,memory\n", ""),
		0);
	assert_string_equal(cg.mount, "/mnt/c g");
}

static void whole_hierarchy_beats_a_part_of_it(void **state)
{
	make(state, "/mnt/part");
	assert_int_equal(open_with(state,
				   "1 2 0:32 /docker/x /mnt/part rw - cgroup none rw,memory\n" V1,
				   ""),
			 0);
	assert_string_equal(cg.mount, "/sys/fs/cgroup/memory");
	assert_string_equal(cg.root, "/");
}

static void part_of_a_hierarchy_keeps_paths_of_the_whole(void **state)
{
	char buf[PATH_MAX];
	uint64_t id;

	make(state, "/mnt/part/sub");
	assert_int_equal(
		open_with(state, "1 2 0:32 /docker/x /mnt/part rw - cgroup none rw,memory\n", ""),
		0);
	assert_int_equal(cgroup_id(&cg, "/docker/x/sub", &id), 0);
	assert_int_equal(cgroup_path(&cg, id, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/docker/x/sub");
	assert_int_equal(cgroup_resolve_arg(&cg, "/mnt/part/sub", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/docker/x/sub");
	assert_int_equal(cgroup_id(&cg, "/docker/xy", &id), -ENOENT);
	assert_int_equal(cgroup_id(&cg, "/docker", &id), -ENOENT);
	assert_int_equal(cgroup_id(&cg, "/docker/x", &id), 0);
	assert_int_equal(cgroup_path(&cg, id, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/docker/x");
}

static void above_the_namespace_counts_as_root(void **state)
{
	assert_int_equal(
		open_with(state, "1 2 0:32 /../.. /sys/fs/cgroup/memory rw - cgroup c rw,memory\n",
			  ""),
		0);
	assert_string_equal(cg.root, "/");
}

static void mountinfo_noise_is_survived(void **state)
{
	static const char *const lines[] = {
		"\n",
		" - \n",
		"1 2 3 - cgroup cgroup rw,memory\n",
		"1 2 0:3 / - cgroup cgroup rw,memory\n",
		"1 2 0:3 / /x rw - cgroup\n",
		"1 2 0:3 / relative rw - cgroup cgroup rw,memory\n",
		"1 2 0:3 / /none/such rw - cgroup cgroup rw,memory",
	};
	static char noise[30000];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(open_with(state, lines[i], ""), -ENOENT);
		assert_int_equal(cg.version, 0);
	}
	for (unsigned int seed = 1; seed <= 50; seed++) {
		tree_write_bytes(*state, "/proc/self/mountinfo", noise,
				 tree_noise(seed, noise, sizeof(noise)));
		assert_int_equal(cgroups_open(*state, &cg), -ENOENT);
	}
}

static void id_and_path_are_inverse(void **state)
{
	static const char *const paths[] = {"/", "/a", "/a/b", "/a/we \"ird\x1b[2J",
					    "/z (deleted)"};
	char name[PATH_MAX], buf[PATH_MAX];
	uint64_t id;

	assert_int_equal(open_with(state, V1, ""), 0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		snprintf(name, sizeof(name), "/sys/fs/cgroup/memory%s", paths[i]);
		make(state, name);
		assert_int_equal(cgroup_id(&cg, paths[i], &id), 0);
		assert_int_equal(cgroup_path(&cg, id, buf, sizeof(buf)), 0);
		assert_string_equal(buf, paths[i]);
	}
	assert_int_equal(cgroup_path(&cg, id, buf, 3), -ENAMETOOLONG);
}

static void vanished_cgroup_is_enoent(void **state)
{
	char dir[PATH_MAX], buf[PATH_MAX];
	struct ev_cgstat st;
	uint64_t id;

	assert_int_equal(open_with(state, V1, ""), 0);
	tree_mkdir(*state, dir, "/sys/fs/cgroup/memory/gone");
	assert_int_equal(cgroup_id(&cg, "/gone", &id), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(cgroup_id(&cg, "/gone", &id), -ENOENT);
	assert_int_equal(cgroup_path(&cg, id, buf, sizeof(buf)), -ENOENT);
	assert_int_equal(cgroup_stat(&cg, "/gone", &st), -ENOENT);
}

static void file_is_no_cgroup(void **state)
{
	uint64_t id;
	char buf[64];

	assert_int_equal(open_with(state, V1, ""), 0);
	tree_write(*state, "/sys/fs/cgroup/memory/tasks", "");
	assert_int_equal(cgroup_id(&cg, "/tasks", &id), -ENOTDIR);
	assert_int_equal(cgroup_resolve_arg(&cg, "tasks", buf, sizeof(buf)), -ENOTDIR);
	assert_int_equal(cgroup_id(&cg, "relative", &id), -ENOENT);
}

static void argument_forms(void **state)
{
	static const char *const forms[] = {
		"/a/b",
		"a/b",
		"a/b/",
		"//a///b//",
		"./a/./b",
		"/a/x/../b",
		"../../a/b",
		"/sys/fs/cgroup/memory/a/b",
		"/sys/fs/cgroup//memory/a/b/",
	};
	char buf[PATH_MAX];

	assert_int_equal(open_with(state, V1, ""), 0);
	make(state, "/sys/fs/cgroup/memory/a/b");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		assert_int_equal(cgroup_resolve_arg(&cg, forms[i], buf, sizeof(buf)), 0);
		assert_string_equal(buf, "/a/b");
	}
}

static void argument_for_the_root(void **state)
{
	static const char *const forms[] = {
		"/", ".", "..", "//", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/"};
	char buf[PATH_MAX];

	assert_int_equal(open_with(state, V1, ""), 0);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		assert_int_equal(cgroup_resolve_arg(&cg, forms[i], buf, sizeof(buf)), 0);
		assert_string_equal(buf, "/");
	}
}

static void argument_that_is_wrong(void **state)
{
	char buf[PATH_MAX], longest[PATH_MAX + 1];

	assert_int_equal(open_with(state, V1, ""), 0);
	assert_int_equal(cgroup_resolve_arg(&cg, "", buf, sizeof(buf)), -EINVAL);
	assert_int_equal(cgroup_resolve_arg(&cg, "no//such/", buf, sizeof(buf)), -ENOENT);
	assert_string_equal(buf, "/no/such");
	assert_int_equal(cgroup_resolve_arg(&cg, "/sys/fs/cgroup/memoryx", buf, sizeof(buf)),
			 -ENOENT);
	assert_string_equal(buf, "/sys/fs/cgroup/memoryx");
	memset(longest, 'a', PATH_MAX);
	longest[PATH_MAX] = '\0';
	assert_int_equal(cgroup_resolve_arg(&cg, longest, buf, sizeof(buf)), -ENAMETOOLONG);
	assert_int_equal(cgroup_resolve_arg(&cg, longest + 1, buf, sizeof(buf)), -ENAMETOOLONG);
	assert_int_equal(cgroup_resolve_arg(&cg, "abc", buf, 3), -ENAMETOOLONG);
}

static int collect(void *ctx, const char *path, uint64_t id)
{
	char *seen = ctx;

	assert_true(id != 0);
	sprintf(seen + strlen(seen), "%s ", path);
	return 0;
}

static void walk_visits_directories_parents_first(void **state)
{
	char seen[256] = "";

	assert_int_equal(open_with(state, V1, ""), 0);
	make(state, "/sys/fs/cgroup/memory/a/b/c");
	tree_write(*state, "/sys/fs/cgroup/memory/a/tasks", "1\n");
	assert_int_equal(cgroups_each(&cg, collect, seen), 0);
	assert_string_equal(seen, "/ /a /a/b /a/b/c ");
}

static int stop_at_a(void *ctx, const char *path, uint64_t id)
{
	(void)id;
	++*(int *)ctx;
	return strcmp(path, "/a") ? 0 : 42;
}

static void walk_ends_when_told(void **state)
{
	int visits = 0;

	assert_int_equal(open_with(state, V1, ""), 0);
	make(state, "/sys/fs/cgroup/memory/a/b/c");
	assert_int_equal(cgroups_each(&cg, stop_at_a, &visits), 42);
	assert_int_equal(visits, 2);
}

static int count(void *ctx, const char *path, uint64_t id)
{
	(void)path;
	(void)id;
	++*(int *)ctx;
	return 0;
}

static void walk_is_bounded_in_depth(void **state)
{
	char path[PATH_MAX] = "/sys/fs/cgroup/memory";
	int visits = 0;

	assert_int_equal(open_with(state, V1, ""), 0);
	for (int i = 0; i < CGROUP_DEPTH + 10; i++)
		strcat(path, "/d");
	make(state, path);
	assert_int_equal(cgroups_each(&cg, count, &visits), -E2BIG);
	assert_int_equal(visits, CGROUP_DEPTH + 1);
}

static void stat_of_v1(void **state)
{
	struct ev_cgstat st;
	uint64_t id;

	assert_int_equal(open_with(state, V1, ""), 0);
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "4096\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "16777216\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.memsw.usage_in_bytes", "8192\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.memsw.limit_in_bytes",
		   "9223372036854771712\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.stat",
		   "cache 1\nrss 2\nshmem 3\npgmajfault 5\ntotal_cache 40960\n"
		   "total_rss 8192\ntotal_rss_huge 99\ntotal_shmem 4096\ntotal_pgmajfault 9\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.kmem.usage_in_bytes", "12345\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.oom_control",
		   "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.pressure", "some total=1\n");
	assert_int_equal(cgroup_stat(&cg, "/a", &st), 0);
	assert_int_equal(cgroup_id(&cg, "/a", &id), 0);
	assert_int_equal(st.cgroup, id);
	assert_int_equal(st.usage_bytes, 4096);
	assert_int_equal(st.limit_bytes, 16777216);
	assert_int_equal(st.swap_bytes, 8192);
	assert_true(st.swap_limit_bytes == EV_ABSENT);
	assert_int_equal(st.pgmajfault, 9);
	assert_int_equal(st.oom_kill, 3);
	assert_int_equal(st.anon_bytes, 8192);
	assert_int_equal(st.file_bytes, 40960);
	assert_int_equal(st.shmem_bytes, 4096);
	assert_true(st.slab_bytes == EV_ABSENT && st.pgtables_bytes == EV_ABSENT);
	assert_true(st.psi_some_us == EV_ABSENT && st.psi_full_us == EV_ABSENT);
}

static void v1_no_limit_with_64k_pages(void **state)
{
	struct ev_cgstat st;

	assert_int_equal(open_with(state, V1, ""), 0);
	tree_write(*state, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854710272\n");
	assert_int_equal(cgroup_stat(&cg, "/", &st), 0);
	assert_true(st.limit_bytes == EV_ABSENT);
	tree_write(*state, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "1152921504606846976\n");
	assert_int_equal(cgroup_stat(&cg, "/", &st), 0);
	assert_true(st.limit_bytes == 1ULL << 60);
}

static void stat_of_v2(void **state)
{
	struct ev_cgstat st;

	assert_int_equal(open_with(state, V2, "memory\n"), 0);
	tree_write(*state, "/sys/fs/cgroup/unified/a/memory.current", "4096\n");
	tree_write(*state, "/sys/fs/cgroup/unified/a/memory.max", "max\n");
	tree_write(*state, "/sys/fs/cgroup/unified/a/memory.swap.current", "0\n");
	tree_write(*state, "/sys/fs/cgroup/unified/a/memory.swap.max", "1048576\n");
	tree_write(*state, "/sys/fs/cgroup/unified/a/memory.stat",
		   "anon 4096\nfile 8192\nkernel 7\nkernel_stack 16384\npagetables 12288\n"
		   "shmem 20480\nslab_reclaimable 1\nslab_unreclaimable 2\nslab 24576\n"
		   "pgmajfault 5\n");
	tree_write(*state, "/sys/fs/cgroup/unified/a/memory.events",
		   "low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\noom_group_kill 0\n");
	tree_write(*state, "/sys/fs/cgroup/unified/a/memory.pressure",
		   "some avg10=0.00 avg60=0.00 avg300=0.00 total=77\n"
		   "full avg10=0.00 avg60=0.00 avg300=0.00 total=66\n");
	assert_int_equal(cgroup_stat(&cg, "/a", &st), 0);
	assert_int_equal(st.usage_bytes, 4096);
	assert_true(st.limit_bytes == EV_ABSENT);
	assert_int_equal(st.swap_bytes, 0);
	assert_int_equal(st.swap_limit_bytes, 1048576);
	assert_int_equal(st.pgmajfault, 5);
	assert_int_equal(st.anon_bytes, 4096);
	assert_int_equal(st.file_bytes, 8192);
	assert_int_equal(st.shmem_bytes, 20480);
	assert_int_equal(st.slab_bytes, 24576);
	assert_int_equal(st.pgtables_bytes, 12288);
	assert_int_equal(st.oom_kill, 1);
	assert_int_equal(st.psi_some_us, 77);
	assert_int_equal(st.psi_full_us, 66);
}

static void stat_without_files_or_with_noise_is_absent(void **state)
{
	static const char *const files[] = {"memory.current", "memory.max",    "memory.swap.max",
					    "memory.stat",    "memory.events", "memory.pressure"};
	char noise[5000], path[PATH_MAX];
	struct ev_cgstat st;

	assert_int_equal(open_with(state, V2, "memory\n"), 0);
	for (unsigned int seed = 0; seed <= 50; seed++) {
		assert_int_equal(cgroup_stat(&cg, "/", &st), 0);
		assert_true(st.limit_bytes == EV_ABSENT && st.swap_limit_bytes == EV_ABSENT);
		assert_true(st.usage_bytes == EV_ABSENT && st.swap_bytes == EV_ABSENT);
		assert_true(st.pgmajfault == EV_ABSENT && st.oom_kill == EV_ABSENT);
		assert_true(st.psi_some_us == EV_ABSENT && st.psi_full_us == EV_ABSENT);
		assert_true(st.anon_bytes == EV_ABSENT && st.file_bytes == EV_ABSENT);
		assert_true(st.shmem_bytes == EV_ABSENT && st.slab_bytes == EV_ABSENT);
		assert_true(st.pgtables_bytes == EV_ABSENT);
		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			size_t len = tree_noise(seed * 100 + (unsigned int)i, noise, sizeof(noise));

			snprintf(path, sizeof(path), "/sys/fs/cgroup/unified/%s", files[i]);
			noise[0] = 'n';
			tree_write_bytes(*state, path, noise, len);
		}
	}
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, tree_setup, close_and_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(v1_mount_is_found),
		tree_test(v2_mount_with_memory_is_found),
		tree_test(hybrid_with_memory_on_v1_gives_v1),
		tree_test(v1_beats_v2_whatever_the_order),
		tree_test(no_memory_controller),
		tree_test(no_mountinfo),
		tree_test(mount_point_with_a_blank),
		tree_test(whole_hierarchy_beats_a_part_of_it),
		tree_test(part_of_a_hierarchy_keeps_paths_of_the_whole),
		tree_test(above_the_namespace_counts_as_root),
		tree_test(mountinfo_noise_is_survived),
		tree_test(id_and_path_are_inverse),
		tree_test(vanished_cgroup_is_enoent),
		tree_test(file_is_no_cgroup),
		tree_test(argument_forms),
		tree_test(argument_for_the_root),
		tree_test(argument_that_is_wrong),
		tree_test(walk_visits_directories_parents_first),
		tree_test(walk_ends_when_told),
		tree_test(walk_is_bounded_in_depth),
		tree_test(stat_of_v1),
		tree_test(v1_no_limit_with_64k_pages),
		tree_test(stat_of_v2),
		tree_test(stat_without_files_or_with_noise_is_absent),
	};

	return cmocka_run_group_tests_name("sys_cgroup", tests, NULL, NULL);
}
