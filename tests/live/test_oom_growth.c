// SPDX-License-Identifier: GPL-2.0
/*
 * What led up to a kill: the stages in which memory runs out, and who grew, steadily or at once.
 *
 * Layer: tests.
 */
#include <fcntl.h>
#include "oom.h"

/* Of a cgroup of 192 MiB with a third of it in the page cache. */
static void cache_fill(const struct cgroup *cg)
{
	char path[PATH_MAX];
	struct child reader;
	int fd;

	file_make(path, "cached", 64);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	/* What is in memory already is charged to whom it was read for. */
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	close(fd);
	hog_run(&reader, cg, ARGS("cache", path, "64", slack() > 1 ? "3" : "0.5"), 30);
}

static int64_t stage_check(struct json_object *r, int i, const char *name, int64_t least_from,
			   int64_t most_to)
{
	struct json_object *stage = json_object_array_get_idx(json_list(r, "stages"), i);

	assert_non_null(stage);
	assert_string_equal(json_str(stage, "stage"), name);
	assert_true(json_int(stage, "from_bytes") >= least_from);
	assert_true(json_int(stage, "to_bytes") <= most_to);
	return json_int(stage, "begin_ns");
}

/*
 * At 50 MiB a second: room for 120 MiB, then 64 MiB of cache, then 96 MiB of swap. Samples are a
 * second apart, and reclaim takes a little of both when it takes.
 */
static void stages_check(struct json_object *r, double seconds)
{
	int64_t begin, cache, swap;

	print_message("# %s\n", json_object_to_json_string(json_get(r, "stages")));
	begin = stage_check(r, 0, "free", 64 * MIB, 24 * MIB);
	cache = stage_check(r, 1, "cache", 40 * MIB, 32 * MIB);
	swap = stage_check(r, 2, "swap", 0, 96 * MIB);
	assert_int_equal(stage_check(r, 3, "oom", 0, INT64_MAX), 0);
	assert_true(begin >= -(seconds + 2.5 * slack()) * 1e9);
	assert_true(begin <= -4e9);
	assert_in_range(cache - begin, 1e9, (seconds + 2.5 * slack()) * 1e9);
	assert_true(swap >= cache);
	assert_true(swap <= -0.5e9);
}

static void hog_of_50_mib_a_second_passes_the_four_stages_and_is_a_leak(void **state)
{
	struct json_object *r, *grower;
	struct child holder, hog;
	struct cgroup cg;
	struct ooms o;
	double begun;

	(void)state;
	need_machine(swap_is_on(), "no swap can be made (set MEMTRACE_TEST_SWAP)");
	need_signal("process.sizes");
	cgroup_make(&cg, "stages", 192, 96);
	ooms_begin(&o, ARGS("oom", "-j"));
	holder_start(&holder, &cg, "0", "4");
	cache_fill(&cg);
	sleep_s(2.5); /* by then the cgroup is known */
	begun = now_s();
	hog_start(&hog, &cg, ARGS("grow", "600", "12"));
	assert_int_equal(child_wait(&hog, 60), 128 + SIGKILL);
	begun = now_s() - begun;
	r = ooms_told(&o, NULL);
	stages_check(r, begun);
	grower = json_object_array_get_idx(json_list(r, "growers"), 0);
	assert_non_null(grower);
	print_message("# %.1f s, %s\n", begun, json_object_to_json_string(grower));
	assert_int_equal(json_int(grower, "pid"), hog.pid);
	assert_true(json_object_get_boolean(json_get(grower, "killed")));
	assert_string_equal(json_str(grower, "shape"), "steady");
	assert_in_range(json_int(grower, "rate_bytes_per_s"), 40 * MIB / slack(), 60 * MIB);
	assert_in_range(json_int(grower, "growth_bytes"), 200 * MIB, 300 * MIB);
	assert_true(json_int(grower, "swap_growth_bytes") > (int64_t)(48 * MIB));
	assert_true(json_int(r, "memcg.memsw_limit_bytes") > 0);
}

static void hog_that_takes_all_at_once_is_a_burst(void **state)
{
	struct json_object *r, *grower;
	struct child holder, hog;
	struct cgroup cg;
	struct ooms o;

	(void)state;
	need_signal("process.sizes");
	cgroup_make(&cg, "burst", 128, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	holder_start(&holder, &cg, "0", "16");
	hog_start(&hog, &cg, ARGS("-w", "-n", "burst", "oom", "150"));
	sleep_s(6);
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 20), 128 + SIGKILL);
	r = ooms_told(&o, NULL);
	grower = row_of(r, "growers", hog.pid);
	assert_non_null(grower);
	print_message("# %s\n", json_object_to_json_string(grower));
	assert_string_equal(json_str(grower, "shape"), "burst");
	assert_in_range(json_int(grower, "growth_bytes"), 90 * MIB, 128 * MIB);
	assert_in_range(json_int(grower, "burst_ns"), 1, 3e9 * slack());
	/* Who was there all the time and never grew is nobody to blame. */
	grower = row_of(r, "growers", holder.pid);
	assert_true(!grower || strcmp(json_str(grower, "shape"), "steady") != 0);
}

/* A minute's history is asked for, and its samples are of that time and one after the other. */
static void timeline_leads_up_to_the_kill(void **state)
{
	struct json_object *r, *list, *sample;
	struct cgroup cg;
	struct child hog;
	struct ooms o;
	int64_t last = 0;
	int n;

	(void)state;
	cgroup_make(&cg, "timeline", 64, 0);
	ooms_begin(&o, ARGS("oom", "-j", "--history", "30s"));
	sleep_s(3);
	hog_die(&hog, &cg, "0");
	r = ooms_told(&o, NULL);
	list = json_list(r, "timeline");
	n = json_object_array_length(list);
	assert_true(n >= 3);
	for (int i = 0; i < n; i++) {
		sample = json_object_array_get_idx(list, i);
		assert_true(json_int(sample, "time_ns") > last);
		last = json_int(sample, "time_ns");
		assert_true(json_int(sample, "free_bytes") > 0);
		assert_true(json_int(sample, "available_bytes") > 0);
		assert_true(json_int(sample, "cache_bytes") > 0);
	}
	assert_true(json_int(json_object_array_get_idx(list, 0), "time_ns") <
		    json_int(r, "time_ns") - 1000000000);
	/* It is no longer than there was a recorder. */
	assert_true(json_int(r, "window.begin_ns") < -2e9);
	assert_true(json_int(r, "window.begin_ns") > -(now_s() - o.t.begun_s) * 1e9);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(hog_of_50_mib_a_second_passes_the_four_stages_and_is_a_leak),
	LIVE_TEST(hog_that_takes_all_at_once_is_a_burst),
	LIVE_TEST(timeline_leads_up_to_the_kill),
};

LIVE_GROUP(oom_growth, tests)
