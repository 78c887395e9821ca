// SPDX-License-Identifier: GPL-2.0
/* Tests of src/source/census.c on a fabricated hierarchy. */
#include "test_sys_tree.h"
#include "census.h"
#include "log.h"

#define V2 "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"

static struct cgroups cg;
static struct cgwatch watch;
static struct census census;
static uint64_t now;

static int set_up(void **state)
{
	int err = tree_setup(state);

	if (err)
		return err;
	log_set_level(LEVEL_ERROR);
	tree_write(*state, "/proc/self/mountinfo", V2);
	tree_write(*state, "/sys/fs/cgroup/cgroup.controllers", "memory\n");
	err = cgroups_open(*state, &cg);
	watch = (struct cgwatch){0};
	census_init(&census, &watch, &cg);
	now = 1000000000;
	return err;
}

static int tear_down(void **state)
{
	cgroups_close(&cg);
	return tree_teardown(state);
}

/* limit NULL: none */
static uint64_t make(void **state, const char *path, const char *usage, const char *limit)
{
	char file[PATH_MAX];
	uint64_t id;

	snprintf(file, sizeof(file), "/sys/fs/cgroup%s/memory.current", path);
	tree_write(*state, file, usage);
	snprintf(file, sizeof(file), "/sys/fs/cgroup%s/memory.max", path);
	tree_write(*state, file, limit ? limit : "max\n");
	assert_int_equal(cgroup_id(&cg, path, &id), 0);
	return id;
}

static bool watched(uint64_t id)
{
	for (int i = 0; i < watch.n; i++)
		if (watch.of[i].id == id)
			return true;
	return false;
}

static void tick(void)
{
	now += 1000000000;
	census_begin(&census);
}

static void limits_of_a_tasks_cgroup_and_those_above_are_found(void **state)
{
	uint64_t a = make(state, "/a", "5", "10"), b = make(state, "/a/b", "5", NULL);
	uint64_t c = make(state, "/a/b/c", "5000000", "20000000"),
		 other = make(state, "/other", "5", "20");

	census_note(&census, c, "/a/b/c", now);
	assert_int_equal(watch.n, 2);
	assert_true(watched(a));
	assert_true(watched(c));
	assert_false(watched(b));
	assert_false(watched(other));
	assert_in_range(watch.of[0].permille, 248, 250);
}

static void limit_set_later_is_found_within_ten_seconds(void **state)
{
	uint64_t a = make(state, "/a", "5", NULL), b = make(state, "/a/b", "5", NULL);

	census_note(&census, b, "/a/b", now);
	make(state, "/a", "5", "10");
	make(state, "/a/b", "5", "10");
	for (int i = 0; i < 9; i++) {
		tick();
		census_note(&census, b, "/a/b", now);
		assert_int_equal(watch.n, 0);
	}
	tick();
	census_note(&census, b, "/a/b", now);
	assert_true(watched(a));
	assert_true(watched(b));
}

static void interval_looks_at_so_many_and_leaves_the_rest_for_the_next(void **state)
{
	uint64_t ids[CENSUS_NEW * 2];
	char path[16];

	for (int i = 0; i < CENSUS_NEW * 2; i++) {
		snprintf(path, sizeof(path), "/g%d", i);
		ids[i] = make(state, path, "1", i < CENSUS_NEW ? NULL : "2");
	}
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < CENSUS_NEW * 2; i++) {
			snprintf(path, sizeof(path), "/g%d", i);
			census_note(&census, ids[i], path, now);
		}
		assert_int_equal(watch.n, pass ? CGWATCH_MAX : 0);
		assert_int_equal(census.left_out, pass ? CENSUS_NEW - CGWATCH_MAX : 0);
		tick();
	}
}

static void those_left_out_are_counted_once_and_until_they_have_room(void **state)
{
	uint64_t ids[CGWATCH_MAX + 2];
	char path[16];

	for (int i = 0; i < CGWATCH_MAX + 2; i++) {
		snprintf(path, sizeof(path), "/g%d", i);
		ids[i] = make(state, path, "1", "2");
		census_note(&census, ids[i], path, now);
	}
	assert_int_equal(census.left_out, 2);
	now += CENSUS_AGAIN_NS;
	census_begin(&census);
	census_note(&census, ids[CGWATCH_MAX], path, now);
	assert_int_equal(census.left_out, 2);
	watch.n -= 1;
	now += CENSUS_AGAIN_NS;
	snprintf(path, sizeof(path), "/g%d", CGWATCH_MAX);
	census_note(&census, ids[CGWATCH_MAX + 1], NULL, now);
	census_note(&census, ids[CGWATCH_MAX], path, now);
	assert_int_equal(census.left_out, 1);
}

static void more_than_are_remembered_only_cost(void **state)
{
	uint64_t a = make(state, "/a", "1", "2");

	for (uint64_t i = 0; i < 3 * CENSUS_KNOWN; i++) {
		if (i % CENSUS_NEW == 0)
			tick();
		census_note(&census, (i + 1) << 40, "/gone", now);
	}
	tick();
	census_note(&census, a, "/a", now);
	assert_true(watched(a));
	assert_int_equal(watch.n, 1);
}

static void without_handles_the_tree_is_walked_once_an_interval(void **state)
{
	uint64_t a = make(state, "/a", "1", "2"), b = make(state, "/b", "1", "2");

	assert_false(cg.handles);
	for (int i = 1; i <= 2; i++) {
		census_note(&census, a, NULL, now);
		census_note(&census, b, NULL, now);
		assert_int_equal(watch.n, i);
		tick();
	}
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(limits_of_a_tasks_cgroup_and_those_above_are_found),
		tree_test(limit_set_later_is_found_within_ten_seconds),
		tree_test(interval_looks_at_so_many_and_leaves_the_rest_for_the_next),
		tree_test(those_left_out_are_counted_once_and_until_they_have_room),
		tree_test(more_than_are_remembered_only_cost),
		tree_test(without_handles_the_tree_is_walked_once_an_interval),
	};

	return cmocka_run_group_tests_name("census", tests, NULL, NULL);
}
