// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that went to swap and came back: for how long they were away, whose they were and who wrote
 * them, where they are. And pages of files that had to be read again.
 *
 * Layer: tests. A cgroup and a swap of our own; other users of the machine's swap are told apart.
 */
#include <errno.h>
#include <sys/stat.h>
#include "live.h"

/* What swap.owners of the last line says of a cgroup. */
static int64_t owner_pages(const struct trace *t, const char *path, const char *by)
{
	struct json_object *list = json_list(t->lines[t->nlines - 1], "swap.owners");
	int64_t sum = 0;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct json_object *cgroup = json_get(o, "cgroup");
		const char *name = cgroup ? json_object_get_string(cgroup) : NULL;

		if (!path || (name && !strcmp(name, path)))
			sum += json_int(o, by);
	}
	return sum;
}

static int64_t owner_all(const struct trace *t, const char *path)
{
	return owner_pages(t, path, "by_kswapd_pages") + owner_pages(t, path, "by_own_pages") +
	       owner_pages(t, path, "by_other_pages");
}

/* Nearly all of a process's pages from swap are known to have been away, for less than the run. */
static void churn_check(struct json_object *p, double run_s)
{
	int64_t back = json_int(p, "faults.classes.swap"), known = json_int(p, "swap.churn.known");

	assert_true(back > (int64_t)at_least(100));
	if (known < back * 0.9)
		fail_msg("of %ld faults %ld are known to have been away", (long)back, (long)known);
	assert_in_range(known, 1, back);
	assert_true(json_int(p, "swap.churn.p50_ns") >= 1000000);
	assert_true(json_int(p, "swap.churn.max_ns") <= run_s * 1e9);
	if (run_s < 9)
		assert_int_equal(json_int(p, "swap.churn.count"), known);
}

/* The machine may have others. */
static struct json_object *area_of(const struct trace *t, const char *kind, int64_t bytes)
{
	struct json_object *list = json_list(t->lines[t->nlines - 1], "swap.areas");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (!strcmp(json_str(o, "kind"), kind) && json_int(o, "size_bytes") == bytes)
			return o;
	}
	return NULL;
}

static void squeezed_hog_is_churn(struct trace *t, const struct cgroup *cg)
{
	struct child hog;
	double begin;

	begin = now_s();
	trace_start(t, ARGS("-j"));
	hog_run(&hog, cg, ARGS(SQUEEZE), 20);
	trace_end(t);
	need_signal("swap.churn");
	churn_check(trace_process(t, hog.pid, 0), now_s() - begin);
}

static void pages_back_from_swap_tell_for_how_long_they_were_away(void **state)
{
	struct cgroup cg;
	struct trace t;

	(void)state;
	squeeze_cgroup(&cg, "churn");
	squeezed_hog_is_churn(&t, &cg);
}

static void pages_back_from_zram_tell_for_how_long_they_were_away(void **state)
{
	struct json_object *area;
	struct cgroup cg;
	struct trace t;

	(void)state;
	zram_make(128);
	squeeze_cgroup(&cg, "zram");
	squeezed_hog_is_churn(&t, &cg);
	area = area_of(&t, "zram", 128 * MIB - sysconf(_SC_PAGESIZE));
	assert_non_null(area);
	assert_true(json_int(area, "stored_bytes") >= 0);
	assert_true(json_int(area, "memory_bytes") > 0);
}

/* The limit for churn is an option: with one of a millisecond nothing is. */
static void churn_is_what_came_back_sooner_than_asked_for(void **state)
{
	struct json_object *p;
	struct cgroup cg;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_cgroup(&cg, "sooner");
	trace_start(&t, ARGS("-j", "--churn", "1ms"));
	hog_run(&hog, &cg, ARGS(SQUEEZE), 20);
	trace_end(&t);
	need_signal("swap.churn");
	p = trace_process(&t, hog.pid, 0);
	assert_int_equal(json_int(p, "swap.churn.within_ns"), 1000000);
	assert_int_equal(json_int(p, "swap.churn.count"), 0);
	assert_true(json_int(p, "swap.churn.known") > 0);
}

/* The kernel's count, over the time between memtrace's first snapshot and its last. */
static int64_t swapped_out(const struct trace *t)
{
	struct json_object *list = json_list(trace_summary(t), "reconcile");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *row = json_object_array_get_idx(list, i);

		if (!strcmp(json_str(row, "name"), "pages swapped out"))
			return json_int(row, "kernel");
	}
	fail_msg("no count of pages swapped out");
	return 0;
}

static void pages_belong_to_the_cgroup_whose_limit_took_them(void **state)
{
	int64_t kernel, own, other;
	struct json_object *p;
	struct cgroup cg;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_cgroup(&cg, "owner");
	trace_start(&t, ARGS("-j"));
	hog_run(&hog, &cg, ARGS(SQUEEZE), 20);
	trace_end(&t);
	need_signal("swap.owner");
	kernel = swapped_out(&t);
	p = trace_process(&t, hog.pid, 0);
	own = owner_pages(&t, cg.path, "by_own_pages");
	other = owner_pages(&t, cg.path, "by_other_pages");
	/* All that the hog wrote was its own: nobody else's tasks are in there. */
	assert_true(own >= json_int(p, "swap.out_pages"));
	assert_true(own <= json_int(p, "swap.out_pages") + 64);
	/* kworkers and others that charge for it may reclaim there, rarely */
	assert_true(other <= own / 20);
	/* Read a moment apart: the machine may swap for others meanwhile. */
	if (labs(owner_all(&t, NULL) - kernel) > kernel / 20 + 64)
		fail_msg("%ld pages have owners, the kernel wrote %ld", (long)owner_all(&t, NULL),
			 (long)kernel);
	assert_true(owner_all(&t, cg.path) >= (int64_t)at_least(1000));
}

/* A process that sleeps, and its neighbour that needs more than what their parent has left. */
static void pages_that_a_neighbour_took_are_told_apart(void **state)
{
	struct cgroup parent, victim, taker;
	int64_t by_other;
	struct child sleeper, hog;
	struct trace t;

	(void)state;
	squeeze_cgroup(&parent, "parent");
	cgroup_make_child(&victim, &parent, "victim");
	cgroup_make_child(&taker, &parent, "taker");
	hog_start(&sleeper, &victim, ARGS("-k", "anon", "20", "0"));
	hog_said(&sleeper);
	trace_start(&t, ARGS("-j"));
	hog_run(&hog, &taker, ARGS("anon", "24", "1.0"), 20);
	trace_end(&t);
	child_tell(&sleeper);
	child_wait(&sleeper, 10);
	need_signal("swap.owner");
	by_other = owner_pages(&t, victim.path, "by_other_pages");
	assert_true(by_other > (int64_t)at_least(100));
	assert_int_equal(owner_pages(&t, victim.path, "by_own_pages"), 0);
	/*
	 * The taker takes its own pages, too. memtrace is another one when it asks for the hog's
	 * command line, whose page is in swap: it is charged to the taker, and reclaims there.
	 */
	assert_true(owner_pages(&t, taker.path, "by_other_pages") <=
		    owner_pages(&t, taker.path, "by_own_pages") / 20);
}

/* Faults of a process, by its lines, whose page reclaim had taken. */
static long faults_away(const struct trace *t, pid_t pid, double run_s, long *all)
{
	struct json_object *o;
	long away = 0;

	*all = 0;
	for (int i = 0; (o = trace_line(t, "fault", i)); i++) {
		if (json_int(o, "pid") != pid || strcmp(json_str(o, "class"), "file") != 0)
			continue;
		(*all)++;
		away += json_int(o, "away_ns") > 0;
		assert_true(json_int(o, "away_ns") <= run_s * 1e9);
	}
	return away;
}

/*
 * A file twice as large as the limit: its first half is reclaimed while the first pass reads the
 * second. What a pass finds in the cache it drops itself: that was not reclaimed.
 */
static void file_pages_that_were_reclaimed_are_refaults(void **state)
{
	struct child first, second;
	char path[PATH_MAX];
	struct cgroup cg;
	double begin;
	struct trace t;
	long all, away;

	(void)state;
	file_make(path, "reread.dat", 48);
	cgroup_make(&cg, "refault", 24, 0);
	begin = now_s();
	trace_start(&t, ARGS("faults", "-j", "--min", "0", "-n", "hog"));
	/* Pages are watched only while major faults happen: one has to come first. */
	hog_run(&first, &cg, ARGS("file", path, "2"), 20);
	sleep_s(0.3 * slack());
	hog_run(&first, &cg, ARGS("file", path, "48"), 60);
	hog_run(&second, &cg, ARGS("file", path, "48"), 60);
	trace_end(&t);
	need_machine(second.usage.ru_majflt > 1000, "this file system keeps its files in memory");
	need_signal("fault.refault");
	away = faults_away(&t, first.pid, now_s() - begin, &all);
	assert_true(away < all / 20);
	away = faults_away(&t, second.pid, now_s() - begin, &all);
	if (away < all * 0.35)
		fail_msg("%ld of %ld faults on pages that had been reclaimed", away, all);
}

/* Each interval has the areas, and the cgroups whose pages were written in it. */
static void intervals_tell_of_areas_and_owners(void **state)
{
	struct json_object *o;
	int64_t pages = 0;
	struct cgroup cg;
	struct child hog;
	struct trace t;

	(void)state;
	squeeze_cgroup(&cg, "swapview");
	trace_start(&t, ARGS("swap", "-j", "-i", "200ms"));
	hog_run(&hog, &cg, ARGS(SQUEEZE), 20);
	sleep_s(0.5);
	trace_end(&t);
	assert_non_null(trace_line(&t, "swap_area", 0));
	need_signal("swap.owner");
	for (int i = 0; (o = trace_line(&t, "swap_owner", i)); i++) {
		struct json_object *cgroup = json_get(o, "cgroup");

		if (cgroup && !strcmp(json_object_get_string(cgroup), cg.path))
			pages += json_int(o, "out_pages");
	}
	assert_int_equal(pages, owner_all(&t, cg.path));
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(pages_back_from_swap_tell_for_how_long_they_were_away),
	LIVE_TEST(pages_back_from_zram_tell_for_how_long_they_were_away),
	LIVE_TEST(churn_is_what_came_back_sooner_than_asked_for),
	LIVE_TEST(pages_belong_to_the_cgroup_whose_limit_took_them),
	LIVE_TEST(pages_that_a_neighbour_took_are_told_apart),
	LIVE_TEST(file_pages_that_were_reclaimed_are_refaults),
	LIVE_TEST(intervals_tell_of_areas_and_owners),
};

LIVE_GROUP(swap, tests)
