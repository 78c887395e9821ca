// SPDX-License-Identifier: GPL-2.0
/* Tests of src/source/cgwatch.c on a fabricated hierarchy. */
#include "test_sys_tree.h"
#include "cgwatch.h"
#include "log.h"

#define V1 "35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"

static struct cgroups cg;
static struct cgwatch watch;

static int set_up(void **state)
{
	char dir[PATH_MAX];
	int err = tree_setup(state);

	if (err)
		return err;
	tree_write(*state, "/proc/self/mountinfo", V1);
	tree_mkdir(*state, dir, "/sys/fs/cgroup/memory");
	watch = (struct cgwatch){0};
	return cgroups_open(*state, &cg);
}

static int tear_down(void **state)
{
	cgroups_close(&cg);
	return tree_teardown(state);
}

static uint64_t make(void **state, const char *name, unsigned int usage)
{
	char path[PATH_MAX], text[32];
	uint64_t id;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/memory/%s/memory.usage_in_bytes", name);
	snprintf(text, sizeof(text), "%u\n", usage);
	tree_write(*state, path, text);
	assert_int_equal(cgroup_id(&cg, strcat(strcpy(path, "/"), name), &id), 0);
	return id;
}

static void stall(uint64_t target, uint64_t own)
{
	struct ev_stall ev = {.hdr.kind = EV_STALL, .task.cgroup = own, .target_cgroup = target};

	cgwatch_note(&watch, &ev.hdr);
}

struct seen {
	int n;
	struct ev_cgstat of[CGWATCH_MAX + 1];
};

static void take(void *ctx, struct ev_cgstat *ev)
{
	struct seen *seen = ctx;

	seen->of[seen->n++] = *ev;
}

static struct seen seen;

static void look(uint64_t skip)
{
	seen.n = 0;
	cgwatch_read(&watch, &cg, skip, take, &seen);
}

static void nothing_before_a_stall(void **state)
{
	struct ev_fault ev = {.hdr.kind = EV_FAULT, .task.cgroup = make(state, "a", 1)};

	look(0);
	cgwatch_note(&watch, &ev.hdr);
	stall(0, 0);
	look(0);
	assert_int_equal(seen.n, 0);
}

static void target_and_own_in_order_of_first_sight(void **state)
{
	uint64_t a = make(state, "a", 1), ab = make(state, "a/b", 2), c = make(state, "c", 3);

	stall(a, ab);
	stall(0, c);
	stall(a, c);
	stall(ab, ab);
	look(0);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.of[0].cgroup, a);
	assert_int_equal(seen.of[0].usage_bytes, 1);
	assert_int_equal(seen.of[0].watched, 0);
	assert_int_equal(seen.of[1].cgroup, ab);
	assert_int_equal(seen.of[1].usage_bytes, 2);
	assert_int_equal(seen.of[2].cgroup, c);
	assert_int_equal(make(state, "c", 4), c);
	look(a);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.of[1].usage_bytes, 4);
}

static void those_that_vanish_are_forgotten(void **state)
{
	uint64_t a = make(state, "a", 1), b = make(state, "b", 2), c = make(state, "c", 3);
	char from[PATH_MAX], to[PATH_MAX];

	stall(a, b);
	stall(c, 12345678);
	look(0);
	assert_int_equal(seen.n, 3);
	assert_int_equal(watch.n, 3);
	/* Another one takes b's place. */
	assert_int_equal(sys_path(*state, from, sizeof(from), "/sys/fs/cgroup/memory/b"), 0);
	assert_int_equal(sys_path(*state, to, sizeof(to), "/old"), 0);
	assert_int_equal(rename(from, to), 0);
	assert_true(make(state, "b", 5) != b);
	look(0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.of[0].cgroup, a);
	assert_int_equal(seen.of[1].cgroup, c);
	assert_int_equal(seen.of[1].usage_bytes, 3);
}

static void no_more_than_fit(void **state)
{
	uint64_t ids[CGWATCH_MAX + 5];
	char name[16];

	log_set_level(LEVEL_ERROR);
	for (int i = 0; i < CGWATCH_MAX + 5; i++) {
		snprintf(name, sizeof(name), "g%d", i);
		ids[i] = make(state, name, (unsigned int)i);
		stall(ids[i], 0);
	}
	look(0);
	assert_int_equal(seen.n, CGWATCH_MAX);
	for (int i = 0; i < CGWATCH_MAX; i++)
		assert_int_equal(seen.of[i].cgroup, ids[i]);
	/* One that goes makes room. */
	watch.of[0].id = 12345678;
	look(0);
	assert_int_equal(seen.n, CGWATCH_MAX - 1);
	stall(ids[CGWATCH_MAX], 0);
	look(0);
	assert_int_equal(seen.n, CGWATCH_MAX);
	assert_int_equal(seen.of[CGWATCH_MAX - 1].cgroup, ids[CGWATCH_MAX]);
}

static uint64_t limited(void **state, const char *name, unsigned int usage, unsigned int limit)
{
	uint64_t id = make(state, name, usage);
	char path[PATH_MAX], text[32];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/memory/%s/memory.limit_in_bytes", name);
	snprintf(text, sizeof(text), "%u\n", limit);
	tree_write(*state, path, text);
	return id;
}

static bool offer(uint64_t id, const char *path, uint32_t permille)
{
	return cgwatch_limited(&watch, id, path, permille);
}

static void limited_ones_are_read_until_their_limit_goes(void **state)
{
	uint64_t a = limited(state, "a", 10, 100), b = limited(state, "b", 20, 100);

	assert_true(offer(a, "/a", 100));
	assert_true(offer(b, "/b", 200));
	assert_true(offer(a, "/a", 100));
	stall(b, 0);
	look(0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.of[0].cgroup, a);
	assert_string_equal(cgwatch_path(&watch, a), "/a");
	limited(state, "a", 10, 0);
	tree_write(*state, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "max\n");
	tree_write(*state, "/sys/fs/cgroup/memory/b/memory.limit_in_bytes", "max\n");
	look(0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.of[0].cgroup, b);
	assert_null(cgwatch_path(&watch, a));
}

static void fill(void **state, unsigned int usage)
{
	char name[16], path[17];

	for (int i = 0; i < CGWATCH_MAX; i++) {
		snprintf(name, sizeof(name), "g%d", i);
		snprintf(path, sizeof(path), "/%s", name);
		assert_true(offer(limited(state, name, usage + (unsigned int)i, 10000), path, 0));
	}
	look(0);
	assert_int_equal(seen.n, CGWATCH_MAX);
}

static void stall_takes_the_place_of_who_is_farthest_from_its_limit(void **state)
{
	uint64_t first, new = make(state, "new", 1);

	log_set_level(LEVEL_ERROR);
	fill(state, 0);
	first = watch.of[0].id;
	for (int i = 1; i < CGWATCH_MAX; i++)
		watch.of[i].permille = 500;
	stall(new, 0);
	assert_int_equal(watch.n, CGWATCH_MAX);
	assert_int_equal(watch.of[0].id, new);
	/* Who stalled stays; the others go in their turn, and then there is no more room. */
	assert_false(offer(first, "/g0", 500));
	for (int i = 0; i < CGWATCH_MAX; i++)
		stall(1000000 + (uint64_t)i, 0);
	assert_int_equal(watch.of[0].id, new);
	for (int i = 1; i < CGWATCH_MAX; i++)
		assert_true(watch.of[i].stalled);
	assert_false(offer(first, "/g0", 1000));
}

static void limited_one_takes_the_place_of_one_that_is_much_farther_only(void **state)
{
	fill(state, 5000);
	assert_in_range(watch.of[0].permille, 450, 510);
	assert_false(offer(77, "/x", watch.of[0].permille + CGWATCH_NEARER - 1));
	assert_true(offer(77, "/x", watch.of[CGWATCH_MAX - 1].permille + CGWATCH_NEARER));
	assert_int_equal(watch.n, CGWATCH_MAX);
}

static void permille_of_a_limit(void **state)
{
	(void)state;
	assert_int_equal(cgwatch_permille(0, 1 << 20), 0);
	assert_in_range(cgwatch_permille(1 << 19, 1 << 20), 498, 500);
	assert_int_equal(cgwatch_permille(3, 2), 1000);
	assert_int_equal(cgwatch_permille(0, 0), 1000);
	assert_int_equal(cgwatch_permille(1, EV_ABSENT), 0);
	assert_int_equal(cgwatch_permille(EV_ABSENT, 1), 0);
	assert_in_range(cgwatch_permille(UINT64_MAX / 2, UINT64_MAX - 1), 490, 500);
}

static void without_a_hierarchy(void **state)
{
	uint64_t a = make(state, "a", 1);

	stall(a, a);
	cgroups_close(&cg);
	look(0);
	assert_int_equal(seen.n, 0);
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(nothing_before_a_stall),
		tree_test(target_and_own_in_order_of_first_sight),
		tree_test(those_that_vanish_are_forgotten),
		tree_test(no_more_than_fit),
		tree_test(limited_ones_are_read_until_their_limit_goes),
		tree_test(stall_takes_the_place_of_who_is_farthest_from_its_limit),
		tree_test(limited_one_takes_the_place_of_one_that_is_much_farther_only),
		cmocka_unit_test(permille_of_a_limit),
		tree_test(without_a_hierarchy),
	};

	return cmocka_run_group_tests_name("cgwatch", tests, NULL, NULL);
}
