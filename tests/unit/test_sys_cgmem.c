// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/cgmem.c, users.c and vm.c on fabricated trees. */
#include "test_sys_tree.h"
#include "cgmem.h"
#include "host.h"
#include "users.h"

#define V1 "35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"
#define V2 "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"

static struct cgroups cg = {.fd = -1};

static void open_v1(void **state)
{
	char dir[PATH_MAX];

	tree_write(*state, "/proc/self/mountinfo", V1);
	tree_mkdir(*state, dir, "/sys/fs/cgroup/memory/a");
	assert_int_equal(cgroups_open(*state, &cg), 0);
}

static void open_v2(void **state)
{
	char dir[PATH_MAX];

	tree_write(*state, "/proc/self/mountinfo", V2);
	tree_write(*state, "/sys/fs/cgroup/cgroup.controllers", "memory\n");
	tree_mkdir(*state, dir, "/sys/fs/cgroup/a");
	assert_int_equal(cgroups_open(*state, &cg), 0);
}

static int tear_down(void **state)
{
	cgroups_close(&cg);
	return tree_teardown(state);
}

static void figures_of_v2(void **state)
{
	struct ev_cgmem ev;
	uint64_t id;

	open_v2(state);
	tree_write(*state, "/sys/fs/cgroup/a/memory.current", "100\n");
	tree_write(*state, "/sys/fs/cgroup/a/memory.max", "200\n");
	tree_write(*state, "/sys/fs/cgroup/a/memory.high", "max\n");
	tree_write(*state, "/sys/fs/cgroup/a/memory.swap.current", "7\n");
	tree_write(*state, "/sys/fs/cgroup/a/memory.swap.max", "0\n");
	tree_write(*state, "/sys/fs/cgroup/a/memory.oom.group", "1\n");
	tree_write(*state, "/sys/fs/cgroup/a/memory.stat",
		   "anon 1\nfile 2\nkernel 3\nslab_unreclaimable 4\nanon_thp 5\n");
	tree_write(*state, "/sys/fs/cgroup/a/memory.events",
		   "low 0\nhigh 6\nmax 7\noom 8\noom_kill 9\noom_group_kill 10\n");
	assert_int_equal(cgroup_mem(&cg, "/a", &ev), 0);
	assert_int_equal(cgroup_id(&cg, "/a", &id), 0);
	assert_int_equal(ev.cgroup, id);
	assert_int_equal(ev.usage_bytes, 100);
	assert_int_equal(ev.limit_bytes, 200);
	assert_true(ev.high_bytes == EV_ABSENT);
	assert_int_equal(ev.swap_bytes, 7);
	assert_int_equal(ev.swap_limit_bytes, 0);
	assert_int_equal(ev.oom_group, 1);
	assert_int_equal(ev.value[CGMEM_ANON], 1);
	assert_int_equal(ev.value[CGMEM_FILE], 2);
	assert_int_equal(ev.value[CGMEM_KERNEL], 3);
	assert_int_equal(ev.value[CGMEM_SLAB_UNRECLAIMABLE], 4);
	assert_int_equal(ev.value[CGMEM_ANON_THP], 5);
	assert_true(ev.value[CGMEM_SHMEM] == EV_ABSENT);
	assert_int_equal(ev.value[CGMEM_EVENT_HIGH], 6);
	assert_int_equal(ev.value[CGMEM_EVENT_OOM_KILL], 9);
	assert_int_equal(ev.value[CGMEM_EVENT_OOM_GROUP_KILL], 10);
}

static void figures_of_v1_are_of_the_whole_subtree(void **state)
{
	struct ev_cgmem ev;

	open_v1(state);
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "100\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes",
		   "9223372036854771712\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.memsw.usage_in_bytes", "110\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.memsw.limit_in_bytes", "300\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.kmem.usage_in_bytes", "12\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.failcnt", "13\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.oom_control",
		   "oom_kill_disable 0\nunder_oom 0\noom_kill 14\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.stat",
		   "cache 1\nrss 2\ntotal_cache 3\ntotal_rss 4\ntotal_rss_huge 5\n");
	assert_int_equal(cgroup_mem(&cg, "/a", &ev), 0);
	assert_int_equal(ev.usage_bytes, 100);
	assert_true(ev.limit_bytes == EV_ABSENT);
	assert_true(ev.high_bytes == EV_ABSENT);
	assert_int_equal(ev.swap_bytes, 110);
	assert_int_equal(ev.swap_limit_bytes, 300);
	assert_int_equal(ev.oom_group, 0);
	assert_int_equal(ev.value[CGMEM_ANON], 4);
	assert_int_equal(ev.value[CGMEM_FILE], 3);
	assert_int_equal(ev.value[CGMEM_ANON_THP], 5);
	assert_int_equal(ev.value[CGMEM_KERNEL], 12);
	assert_true(ev.value[CGMEM_SOCK] == EV_ABSENT);
	assert_int_equal(ev.value[CGMEM_EVENT_MAX], 13);
	assert_int_equal(ev.value[CGMEM_EVENT_OOM_KILL], 14);
	assert_true(ev.value[CGMEM_EVENT_OOM] == EV_ABSENT);
}

static void gone_is_enoent_and_empty_is_absent(void **state)
{
	struct cgroup_room room;
	struct ev_cgmem ev;

	open_v2(state);
	assert_int_equal(cgroup_mem(&cg, "/b", &ev), -ENOENT);
	assert_true(cgroup_limit(&cg, "/b") == EV_ABSENT);
	assert_int_equal(cgroup_room(&cg, "/b", &room), -ENOENT);
	assert_int_equal(cgroup_mem(&cg, "/a", &ev), 0);
	assert_int_equal(ev.oom_group, 0);
	assert_true(ev.limit_bytes == EV_ABSENT);
	for (int i = 0; i < CGMEM_KEYS; i++)
		assert_true(ev.value[i] == EV_ABSENT);
	assert_true(cgroup_limit(&cg, "/a") == EV_ABSENT);
	tree_write(*state, "/sys/fs/cgroup/a/memory.max", "4096\n");
	assert_int_equal(cgroup_limit(&cg, "/a"), 4096);
	tree_write(*state, "/sys/fs/cgroup/a/memory.max", "max\n");
	assert_int_equal(cgroup_room(&cg, "/a", &room), 0);
	assert_true(room.free == EV_ABSENT);
	assert_true(room.limit == EV_ABSENT);
}

static void room_is_up_to_the_nearer_limit(void **state)
{
	struct cgroup_room room;

	open_v1(state);
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "100\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "200\n");
	assert_int_equal(cgroup_room(&cg, "/a", &room), 0);
	assert_int_equal(room.free, 100);
	assert_int_equal(room.limit, 200);
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.memsw.usage_in_bytes", "190\n");
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.memsw.limit_in_bytes", "220\n");
	assert_int_equal(cgroup_room(&cg, "/a", &room), 0);
	assert_int_equal(room.free, 30);
	assert_int_equal(room.limit, 220);
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "201\n");
	assert_int_equal(cgroup_room(&cg, "/a", &room), 0);
	assert_int_equal(room.free, 0);
}

struct users {
	int n;
	uint32_t uid[4];
	char name[4][32];
};

static void user_take(void *ctx, uint32_t uid, const char *name)
{
	struct users *u = ctx;

	u->uid[u->n] = uid;
	snprintf(u->name[u->n++], sizeof(u->name[0]), "%s", name);
}

static void users_are_those_of_well_formed_lines(void **state)
{
	struct users u = {0};

	tree_write(*state, "/etc/passwd",
		   "root:x:0:0:root:/root:/bin/bash\n+nis\n:x:1:1::/:\nbad:x:one:1::/:\n\n"
		   "huge:x:4294967296:1::/:\nwww-data:x:33:33:a:b:c\ncut:x:7");
	assert_int_equal(users_each(*state, 4, user_take, &u), 2);
	assert_int_equal(u.uid[0], 0);
	assert_string_equal(u.name[0], "root");
	assert_int_equal(u.uid[1], 33);
	assert_string_equal(u.name[1], "www-data");
	u.n = 0;
	assert_int_equal(users_each(*state, 1, user_take, &u), 1);
}

static void users_missing_file(void **state)
{
	assert_int_equal(users_each(*state, 4, user_take, NULL), -ENOENT);
}

static void settings_are_read_and_those_that_are_not_there_are_absent(void **state)
{
	struct ev_vm vm;

	tree_write(*state, "/proc/sys/vm/panic_on_oom", "0\n");
	tree_write(*state, "/proc/sys/vm/swappiness", "60\n");
	tree_write(*state, "/proc/sys/vm/min_free_kbytes", "45056\n");
	vm_read(*state, &vm);
	assert_int_equal(vm.panic_on_oom, 0);
	assert_int_equal(vm.swappiness, 60);
	assert_int_equal(vm.min_free_bytes, 45056 << 10);
	assert_true(vm.oom_dump_tasks == EV_ABSENT);
	tree_write(*state, "/proc/sys/vm/min_free_kbytes", "18446744073709551615\n");
	vm_read(*state, &vm);
	assert_true(vm.min_free_bytes == EV_ABSENT);
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, tree_setup, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(figures_of_v2),
		tree_test(figures_of_v1_are_of_the_whole_subtree),
		tree_test(gone_is_enoent_and_empty_is_absent),
		tree_test(room_is_up_to_the_nearer_limit),
		tree_test(users_are_those_of_well_formed_lines),
		tree_test(users_missing_file),
		tree_test(settings_are_read_and_those_that_are_not_there_are_absent),
	};

	return cmocka_run_group_tests_name("sys_cgmem", tests, NULL, NULL);
}
