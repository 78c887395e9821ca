// SPDX-License-Identifier: GPL-2.0
/* Tests of src/source/aftermath.c on a fabricated machine. */
#include "test_sys_tree.h"
#include <unistd.h>
#include "aftermath.h"

#define V2 "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"
#define S  1000000000ull
#define MS 1000000ull
#define T0 (100 * S)

static struct cgroups cg;
static struct cgwatch watch;
static struct aftermath after;

struct seen {
	int nmem, nback;
	struct ev_cgmem mem[64];
	struct ev_oom_back back[64];
};
static struct seen seen;

static void take(void *ctx, struct ev_hdr *ev)
{
	(void)ctx;
	if (ev->kind == EV_CGMEM) {
		assert_int_equal(ev->size, sizeof(struct ev_cgmem));
		seen.mem[seen.nmem++] = *(struct ev_cgmem *)ev;
	} else {
		assert_int_equal(ev->kind, EV_OOM_BACK);
		assert_int_equal(ev->size, sizeof(struct ev_oom_back));
		seen.back[seen.nback++] = *(struct ev_oom_back *)ev;
	}
}

static void zones(void **state, unsigned int dma, unsigned int normal)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "Node 0, zone   DMA\n  pages free     %u\n        min      1\n        low      2\n"
		 "        high     3\n        managed  100\n"
		 "Node 0, zone   Normal\n  pages free     %u\n        min      100\n"
		 "        low      200\n        high     300\n        managed  10000\n",
		 dma, normal);
	tree_write(*state, "/proc/zoneinfo", text);
}

static int set_up(void **state)
{
	int err = tree_setup(state);

	if (err)
		return err;
	tree_write(*state, "/proc/self/mountinfo", V2);
	tree_write(*state, "/sys/fs/cgroup/cgroup.controllers", "memory\n");
	zones(state, 50, 5000);
	err = cgroups_open(*state, &cg);
	watch = (struct cgwatch){0};
	seen = (struct seen){0};
	aftermath_init(&after, *state, &cg, &watch, take, NULL);
	return err;
}

static int tear_down(void **state)
{
	cgroups_close(&cg);
	return tree_teardown(state);
}

static uint64_t make(void **state, const char *path, unsigned long mib, const char *limit)
{
	char file[PATH_MAX], text[32];
	uint64_t id;

	snprintf(file, sizeof(file), "/sys/fs/cgroup%s/memory.current", path);
	snprintf(text, sizeof(text), "%lu\n", mib << 20);
	tree_write(*state, file, text);
	snprintf(file, sizeof(file), "/sys/fs/cgroup%s/memory.max", path);
	tree_write(*state, file, limit);
	assert_int_equal(cgroup_id(&cg, path, &id), 0);
	return id;
}

#define MIB64 "67108864\n"

static void kill_heard(uint64_t ns, uint32_t pid, uint64_t memcg, uint64_t victim_cgroup,
		       bool known)
{
	const struct ev_oom_kill ev = {.hdr = {.kind = EV_OOM_KILL, .time_ns = ns},
				       .victim = {.tgid = pid, .tid = pid, .cgroup = victim_cgroup},
				       .memcg = memcg,
				       .at_limit = known};

	aftermath_note(&after, &ev.hdr);
}

static void line_heard(uint64_t ns, const char *text)
{
	_Alignas(8) char buf[sizeof(struct ev_kmsg) + 512] = {0};
	struct ev_kmsg *ev = (void *)buf;

	ev->hdr = (struct ev_hdr){.kind = EV_KMSG, .size = sizeof(buf), .time_ns = ns};
	snprintf(ev->text, 512, "%s", text);
	aftermath_note(&after, &ev->hdr);
}

static void cgroup_at_its_limit_is_read_with_those_above_it(void **state)
{
	uint64_t a = make(state, "/a", 64, "max\n"), b = make(state, "/a/b", 64, MIB64);

	make(state, "/a/b/c", 60, "max\n");
	kill_heard(T0, 7, b, 0, true);
	assert_int_equal(aftermath_work(&after, T0 + 1), AFTERMATH_OFTEN_NS);
	assert_int_equal(seen.nmem, 2);
	assert_int_equal(seen.mem[0].cgroup, b);
	assert_int_equal(seen.mem[0].level, 0);
	assert_int_equal(seen.mem[0].kill_ns, T0);
	assert_int_equal(seen.mem[0].hdr.time_ns, T0 + 1);
	assert_int_equal(seen.mem[0].limit_bytes, 64 << 20);
	assert_int_equal(seen.mem[1].cgroup, a);
	assert_int_equal(seen.mem[1].level, 1);
	assert_int_equal(seen.nback, 0);
}

static void kill_for_the_machine_reads_the_victims_cgroup(void **state)
{
	uint64_t a = make(state, "/a", 64, MIB64);

	zones(state, 50, 50);
	kill_heard(T0, 7, 0, a, true);
	assert_int_equal(aftermath_work(&after, T0), AFTERMATH_OFTEN_NS);
	assert_int_equal(seen.nmem, 1);
	assert_int_equal(seen.mem[0].cgroup, a);
	zones(state, 50, 301);
	assert_int_equal(aftermath_work(&after, T0 + 10 * MS), 0);
	assert_int_equal(seen.nback, 1);
	assert_int_equal(seen.back[0].cgroup, 0);
}

static void many_kills_read_a_cgroup_ten_times_a_second(void **state)
{
	uint64_t a = make(state, "/a", 64, MIB64), b = make(state, "/b", 64, MIB64);

	for (uint64_t i = 0; i < 20; i++) {
		kill_heard(T0 + i * 50 * MS, 7, a, 0, true);
		kill_heard(T0 + i * 50 * MS, 8, b, 0, true);
		aftermath_work(&after, T0 + i * 50 * MS);
	}
	assert_int_equal(seen.nmem, 20);
}

static void cgroup_is_back_when_a_part_of_its_limit_is_free(void **state)
{
	uint64_t a = make(state, "/a", 64, MIB64);

	kill_heard(T0, 7, a, 0, true);
	aftermath_work(&after, T0);
	make(state, "/a", 63, MIB64);
	assert_int_equal(aftermath_work(&after, T0 + 10 * MS), AFTERMATH_OFTEN_NS);
	make(state, "/a", 62, MIB64);
	assert_int_equal(aftermath_work(&after, T0 + 20 * MS), 0);
	assert_int_equal(seen.nback, 1);
	assert_int_equal(seen.back[0].cgroup, a);
	assert_int_equal(seen.back[0].kill_ns, T0);
	assert_int_equal(seen.back[0].hdr.time_ns, T0 + 20 * MS);
	assert_int_equal(seen.back[0].free_bytes, 2 << 20);
	assert_int_equal(seen.back[0].mark_bytes, 2 << 20);
	aftermath_work(&after, T0 + 30 * MS);
	assert_int_equal(seen.nback, 1);
	/* The next kill is waited for anew. */
	make(state, "/a", 64, MIB64);
	kill_heard(T0 + S, 8, a, 0, true);
	aftermath_work(&after, T0 + S);
	make(state, "/a", 1, MIB64);
	aftermath_work(&after, T0 + S + 10 * MS);
	assert_int_equal(seen.nback, 2);
	assert_int_equal(seen.back[1].kill_ns, T0 + S);
}

static void small_limit_is_back_when_half_of_it_is_free(void **state)
{
	uint64_t a = make(state, "/a", 1, "1048576\n");

	kill_heard(T0, 7, a, 0, true);
	assert_int_equal(aftermath_work(&after, T0), AFTERMATH_OFTEN_NS);
	make(state, "/a", 0, "1048576\n");
	assert_int_equal(aftermath_work(&after, T0 + 10 * MS), 0);
	assert_int_equal(seen.back[0].mark_bytes, 512 << 10);
}

static void cgroup_that_has_gone_is_back(void **state)
{
	uint64_t a = make(state, "/a", 64, MIB64);
	char from[PATH_MAX], to[PATH_MAX];

	kill_heard(T0, 7, a, 0, true);
	aftermath_work(&after, T0);
	assert_int_equal(sys_path(*state, from, sizeof(from), "/sys/fs/cgroup/a"), 0);
	assert_int_equal(sys_path(*state, to, sizeof(to), "/old"), 0);
	assert_int_equal(rename(from, to), 0);
	/* Another one of that name is not it. */
	make(state, "/a", 64, MIB64);
	assert_int_equal(aftermath_work(&after, T0 + 10 * MS), 0);
	assert_int_equal(seen.nback, 1);
	assert_true(seen.back[0].free_bytes == EV_ABSENT);
}

static void machine_is_back_when_each_zone_that_was_short_is_above_its_high_mark(void **state)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	zones(state, 3, 50);
	kill_heard(T0, 7, 0, 0, true);
	assert_int_equal(aftermath_work(&after, T0), AFTERMATH_OFTEN_NS);
	zones(state, 3, 5000);
	assert_int_equal(aftermath_work(&after, T0 + 10 * MS), AFTERMATH_OFTEN_NS);
	zones(state, 4, 300);
	assert_int_equal(aftermath_work(&after, T0 + 20 * MS), AFTERMATH_OFTEN_NS);
	zones(state, 4, 301);
	assert_int_equal(aftermath_work(&after, T0 + 30 * MS), 0);
	assert_int_equal(seen.nback, 1);
	assert_int_equal(seen.back[0].free_bytes, 305 * page);
	assert_int_equal(seen.back[0].mark_bytes, 303 * page);
}

static void zone_that_was_not_short_is_not_waited_for(void **state)
{
	zones(state, 50, 50);
	kill_heard(T0, 7, 0, 0, true);
	aftermath_work(&after, T0);
	zones(state, 1, 301);
	assert_int_equal(aftermath_work(&after, T0 + 10 * MS), 0);
	assert_int_equal(seen.nback, 1);
}

static void looks_become_rarer_and_end(void **state)
{
	uint64_t a = make(state, "/a", 64, MIB64);

	kill_heard(T0, 7, a, 0, true);
	assert_int_equal(aftermath_work(&after, T0), AFTERMATH_OFTEN_NS);
	assert_int_equal(aftermath_work(&after, T0 + 2 * S - 1), AFTERMATH_OFTEN_NS);
	assert_int_equal(aftermath_work(&after, T0 + 2 * S), AFTERMATH_THEN_NS);
	kill_heard(T0 + 5 * S, 7, a, 0, true);
	assert_int_equal(aftermath_work(&after, T0 + 5 * S), AFTERMATH_OFTEN_NS);
	assert_int_equal(aftermath_work(&after, T0 + 15 * S - 1), AFTERMATH_THEN_NS);
	assert_int_equal(aftermath_work(&after, T0 + 15 * S), 0);
	make(state, "/a", 1, MIB64);
	assert_int_equal(aftermath_work(&after, T0 + 16 * S), 0);
	assert_int_equal(seen.nback, 0);
}

#define PLACE  "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0"
#define KILLED "Memory cgroup out of memory: Killed process "

static void kill_that_only_the_log_tells_of_is_taken_from_it(void **state)
{
	uint64_t a = make(state, "/a", 64, MIB64);

	make(state, "/a/b", 60, "max\n");
	line_heard(T0, PLACE ",oom_memcg=/a,task_memcg=/a/b,task=hog,pid=7,uid=0");
	assert_false(aftermath_doubts(&after));
	line_heard(T0 + 1, KILLED "7 (hog) total-vm:1kB");
	assert_true(aftermath_doubts(&after));
	assert_int_equal(aftermath_work(&after, T0 + 2), AFTERMATH_OFTEN_NS);
	assert_int_equal(seen.nmem, 1);
	assert_int_equal(seen.mem[0].cgroup, a);
	assert_int_equal(seen.mem[0].kill_ns, T0 + 1);
}

static void kill_is_not_taken_twice_whoever_tells_of_it_first(void **state)
{
	uint64_t a = make(state, "/a", 64, MIB64), b = make(state, "/b", 64, MIB64);

	kill_heard(T0, 7, a, 0, true);
	line_heard(T0 + 1, PLACE ",oom_memcg=/b,task_memcg=/b,task=hog,pid=7,uid=0");
	line_heard(T0 + 1, KILLED "7 (hog) total-vm:1kB");
	assert_false(aftermath_doubts(&after));
	line_heard(T0 + 2, KILLED "8 (hog) total-vm:1kB");
	assert_true(aftermath_doubts(&after));
	kill_heard(T0 + 2, 8, a, 0, true);
	assert_false(aftermath_doubts(&after));
	aftermath_work(&after, T0 + 3);
	assert_int_equal(seen.nmem, 1);
	assert_int_equal(seen.mem[0].cgroup, a);
	/* One line for each kill: the next process of that number is another. */
	line_heard(T0 + 4, KILLED "7 (hog) total-vm:1kB");
	aftermath_work(&after, T0 + 5);
	assert_int_equal(seen.nmem, 2);
	assert_int_equal(seen.mem[1].cgroup, b);
}

static void log_says_whose_limit_it_was_when_the_probe_cannot(void **state)
{
	uint64_t a = make(state, "/a", 64, MIB64), c = make(state, "/a/c", 60, "max\n");

	kill_heard(T0, 7, 0, c, false);
	line_heard(T0 + 1, PLACE ",oom_memcg=/a,task_memcg=/a/c,task=hog,pid=7,uid=0");
	aftermath_work(&after, T0 + 2);
	assert_int_equal(seen.nmem, 1);
	assert_int_equal(seen.mem[0].cgroup, a);
	/* What it said of an earlier kill is not about this one. */
	kill_heard(T0 + 5 * S, 7, 0, c, false);
	aftermath_work(&after, T0 + 5 * S);
	assert_int_equal(seen.nmem, 3);
	assert_int_equal(seen.mem[1].cgroup, c);
}

static void nothing_is_waited_for_when_nobody_knows_what_ran_out(void **state)
{
	uint64_t a = make(state, "/a", 64, MIB64);

	kill_heard(T0, 7, 0, a, false);
	assert_int_equal(aftermath_work(&after, T0), 0);
	assert_int_equal(seen.nmem, 1);
	assert_int_equal(seen.nback, 0);
}

static void ancestors_of_a_cgroup_that_has_gone_are_read_where_it_was_watched(void **state)
{
	uint64_t a = make(state, "/a", 64, MIB64);

	assert_true(cgwatch_limited(&watch, 987654321, "/a/gone", 1000));
	kill_heard(T0, 7, 987654321, 0, true);
	kill_heard(T0, 8, 123456789, 0, true);
	assert_int_equal(aftermath_work(&after, T0), 0);
	assert_int_equal(seen.nmem, 1);
	assert_int_equal(seen.mem[0].cgroup, a);
	assert_int_equal(seen.mem[0].level, 1);
	assert_int_equal(seen.nback, 1);
	assert_true(seen.back[0].free_bytes == EV_ABSENT);
}

static void more_places_than_fit_keep_the_latest(void **state)
{
	uint64_t ids[AFTERMATH_PLACES + 4];
	char path[16];

	for (int i = 0; i < AFTERMATH_PLACES + 4; i++) {
		snprintf(path, sizeof(path), "/g%d", i);
		ids[i] = make(state, path, 64, MIB64);
		kill_heard(T0 + (uint64_t)i, 7, ids[i], 0, true);
		aftermath_work(&after, T0 + (uint64_t)i);
	}
	assert_int_equal(seen.nmem, AFTERMATH_PLACES + 4);
	for (int i = 0; i < AFTERMATH_PLACES + 4; i++) {
		snprintf(path, sizeof(path), "/g%d", i);
		make(state, path, 1, MIB64);
	}
	assert_int_equal(aftermath_work(&after, T0 + S), 0);
	assert_int_equal(seen.nback, AFTERMATH_PLACES);
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(cgroup_at_its_limit_is_read_with_those_above_it),
		tree_test(kill_for_the_machine_reads_the_victims_cgroup),
		tree_test(many_kills_read_a_cgroup_ten_times_a_second),
		tree_test(cgroup_is_back_when_a_part_of_its_limit_is_free),
		tree_test(small_limit_is_back_when_half_of_it_is_free),
		tree_test(cgroup_that_has_gone_is_back),
		tree_test(machine_is_back_when_each_zone_that_was_short_is_above_its_high_mark),
		tree_test(zone_that_was_not_short_is_not_waited_for),
		tree_test(looks_become_rarer_and_end),
		tree_test(kill_that_only_the_log_tells_of_is_taken_from_it),
		tree_test(kill_is_not_taken_twice_whoever_tells_of_it_first),
		tree_test(log_says_whose_limit_it_was_when_the_probe_cannot),
		tree_test(nothing_is_waited_for_when_nobody_knows_what_ran_out),
		tree_test(ancestors_of_a_cgroup_that_has_gone_are_read_where_it_was_watched),
		tree_test(more_places_than_fit_keep_the_latest),
	};

	return cmocka_run_group_tests_name("aftermath", tests, NULL, NULL);
}
