// SPDX-License-Identifier: GPL-2.0
/* What stalls waited for in words, and what is advised about it: src/view/causes.c, advice.c. */
#include "test_model_events.h"

#include "advice.h"
#include "causes.h"

#define GROUP 77
#define SCAN  0xffffffff81002000ull
#define EXT4  0xef53

/* A stall all of which went into one cause, and its throttling into one reason. */
static struct ev_stall stall_of(int kind, enum stall_cause cause, enum throttle_reason reason)
{
	struct ev_stall s = stall(task(5, 5, OLD, "victim"), SEC / 2, 10 * MSEC, kind);

	s.split = 1;
	s.node = -1;
	s.cause_ns[cause] = s.duration_ns;
	if (cause == CAUSE_THROTTLED)
		s.throttle_ns[reason] = s.duration_ns;
	return s;
}

static struct model *run_of(struct ev_stall s)
{
	struct model *m = model_begin(&default_opts);

	feed_cgroup(m, GROUP, "/app");
	feed_tick(m, 2);
	feed_stall(m, s);
	feed_tick(m, SEC);
	return m;
}

static void assert_next(struct ev_stall s, const char *words)
{
	struct model *m = run_of(s);
	struct para p = {0};

	next_write(&p, m);
	assert_string_equal(p.s, words);
	model_free(m);
}

static void each_cause_has_its_advice(void **state)
{
	static const char *const next[STALL_CAUSES] = {
		[CAUSE_CPU] = "Next: pages are scanned and unmapped, not waited for: the working "
			      "set does not fit. ",
		[CAUSE_SLAB] = "Next: many dentries and inodes, or other caches of the kernel, are "
			       "freed (slabtop). ",
		[CAUSE_IO] = "Next: see how busy the swap device and the disk that dirty pages go "
			     "to are (iostat -x). ",
		[CAUSE_BLOCKED] = "Next: see which lock it waits for (-K shows where). ",
		[CAUSE_RUNQUEUE] = "Next: CPUs are short: see who runs there (top), and cpu.max of "
				   "its cgroup. ",
	};

	(void)state;
	for (int c = 0; c < STALL_CAUSES; c++) {
		if (c != CAUSE_THROTTLED) /* by its reason, below */
			assert_next(stall_of(STALL_DIRECT, c, THROTTLE_NONE), next[c]);
	}
}

static void each_reason_of_throttling_has_its_advice(void **state)
{
	static const char *const next[THROTTLE_REASONS] = {
		[THROTTLE_NONE] = "", /* not told by this kernel */
		[THROTTLE_WRITEBACK] =
			"Next: dirty pages cannot be written fast enough: see which device (iostat "
			"-x), lower vm.dirty_background_ratio. ",
		[THROTTLE_ISOLATED] = "Next: too many tasks reclaim at once: less concurrency, or "
				      "more memory. ",
		[THROTTLE_NOPROGRESS] = "Next: nothing was left to reclaim: more memory or swap, "
					"or less in use. ",
		[THROTTLE_CONGESTED] = "Next: devices are congested: see which (iostat -x). ",
		[THROTTLE_PFMEMALLOC] = "Next: the reserves were nearly used up: raise "
					"vm.min_free_kbytes. ",
		[THROTTLE_HIGH] = "Next: memory.high throttles it: raise memory.high, or use "
				  "less. ",
	};

	(void)state;
	for (int r = 0; r < THROTTLE_REASONS; r++) {
		struct ev_stall s = stall_of(STALL_DIRECT, CAUSE_THROTTLED, r);

		s.throttle_ns[THROTTLE_NONE] = 0;
		assert_next(s, next[r]);
	}
}

static void no_advice_without_causes(void **state)
{
	struct ev_stall s = stall(task(5, 5, OLD, "victim"), SEC / 2, MSEC, STALL_DIRECT);

	(void)state;
	assert_next(s, "");
}

static void a_limit_is_named_in_the_advice(void **state)
{
	struct ev_stall s = stall_of(STALL_MEMCG, CAUSE_IO, THROTTLE_NONE);

	(void)state;
	s.target_cgroup = GROUP;
	assert_next(s, "Next: see how busy the swap device and the disk that dirty pages go to are "
		       "(iostat -x); /app needs a higher limit, or its processes less. ");
}

static void a_kswapd_that_came_too_late_is_named_in_the_advice(void **state)
{
	struct ev_stall s = stall_of(STALL_DIRECT, CAUSE_IO, THROTTLE_NONE);
	const char *late = "Next: see how busy the swap device and the disk that dirty pages go to "
			   "are (iostat -x); kswapd came too late: raise "
			   "vm.watermark_scale_factor. ";

	(void)state;
	s.node = 0;
	s.kswapd = KSWAPD_LATE;
	assert_next(s, late);
	s.kswapd = KSWAPD_ASLEEP;
	assert_next(s, late);
	s.kswapd = KSWAPD_AWAKE;
	s.kswapd_awake_ns = 2 * MSEC;
	assert_next(s, "Next: see how busy the swap device and the disk that dirty pages go to are "
		       "(iostat -x). ");
}

static void a_kswapd_that_gave_up_is_named_in_the_advice(void **state)
{
	struct ev_zone zone = {.hdr = HDR(EV_ZONE, zone, 1), .unreclaimable = 1};
	struct ev_stall s = stall_of(STALL_DIRECT, CAUSE_CPU, THROTTLE_NONE);
	struct model *m = model_begin(&default_opts);
	struct para p = {0};

	(void)state;
	s.node = 0;
	model_event(m, &zone.hdr);
	feed_tick(m, 2);
	feed_stall(m, s);
	feed_tick(m, SEC);
	next_write(&p, m);
	assert_string_equal(p.s, "Next: pages are scanned and unmapped, not waited for: the "
				 "working set does not fit; kswapd has given up: only more memory "
				 "or swap helps. ");
	model_free(m);
}

static struct model *named(void)
{
	struct ev_symbol ev = {.hdr = HDR(EV_SYMBOL, ev, 0), .address = SCAN};
	struct model_opts opts = default_opts;
	struct ev_stack stack = {.hdr = HDR(EV_STACK, stack, 0), .id = 3};
	struct model *m;

	opts.max_stacks = 8;
	m = model_begin(&opts);
	feed_text(m, &ev.hdr, sizeof(ev), "super_cache_scan");
	feed_text(m, &stack.hdr, sizeof(stack),
		  "__schedule;schedule;io_schedule;folio_wait_writeback;shrink_folio_list;shrink_"
		  "lruvec");
	return m;
}

static const char *words_of(const struct model *m, const struct ev_stall *s, struct para *p)
{
	*p = (struct para){0};
	stall_causes_write(p, m, s);
	return p->s;
}

static void causes_of_a_stall_are_told_longest_first(void **state)
{
	struct ev_stall s = stall_of(STALL_DIRECT, CAUSE_CPU, THROTTLE_NONE);
	struct model *m = named();
	struct para p;

	(void)state;
	s.cause_ns[CAUSE_CPU] = 1 * MSEC;
	s.cause_ns[CAUSE_THROTTLED] = 6 * MSEC;
	s.cause_ns[CAUSE_SLAB] = 3 * MSEC;
	s.cause_ns[CAUSE_IO] = MSEC / 20; /* less than a hundredth */
	s.throttle_ns[THROTTLE_WRITEBACK] = 2 * MSEC;
	s.throttle_ns[THROTTLE_NOPROGRESS] = 4 * MSEC;
	s.shrinker[0] = (struct ev_shrinker){SCAN + 16, 0, MSEC};
	s.shrinker[1] = (struct ev_shrinker){SCAN, EXT4, 2 * MSEC};
	assert_string_equal(words_of(m, &s, &p),
			    "6.00 ms throttled (nothing could be reclaimed), 3.00 ms in shrinkers "
			    "(mostly super_cache_scan of ext4) and 1.00 ms scanning and unmapping "
			    "pages");
	s.shrinker[1].callback = 0;
	s.shrinker[0] = (struct ev_shrinker){SCAN, 0, 3 * MSEC};
	assert_non_null(strstr(words_of(m, &s, &p), "in shrinkers (super_cache_scan) and"));
	s.shrinker[0].callback = SCAN + 16; /* without a name */
	assert_non_null(strstr(words_of(m, &s, &p), "in shrinkers and"));
	model_free(m);
}

static void the_two_largest_causes_fit_a_column(void **state)
{
	uint64_t ns[STALL_CAUSES] = {[CAUSE_CPU] = 10, [CAUSE_IO] = 72, [CAUSE_SLAB] = 18};
	char buf[UNITS_LEN];

	(void)state;
	assert_string_equal(causes_label(ns, 100, buf, sizeof(buf)), "io 72 slab 18");
	memset(ns, 0, sizeof(ns));
	assert_string_equal(causes_label(ns, 100, buf, sizeof(buf)), "-");
	ns[CAUSE_THROTTLED] = 100;
	assert_string_equal(causes_label(ns, 100, buf, sizeof(buf)), "thr 100");
}

static void the_foremost_are_picked(void **state)
{
	const uint64_t none[THROTTLE_REASONS] = {0};
	const uint64_t two[THROTTLE_REASONS] = {[THROTTLE_HIGH] = 5, [THROTTLE_ISOLATED] = 4};
	const struct ev_shrinker list[] = {{1, 0, 5}, {2, 0, 7}, {0, 0, 0}};

	(void)state;
	assert_int_equal(throttle_top(none), THROTTLE_NONE);
	assert_int_equal(throttle_top(two), THROTTLE_HIGH);
	assert_int_equal(shrinker_top(list, 3)->callback, 2);
	assert_int_equal(shrinker_top(&list[2], 1)->callback, 0);
}

static void stacks_begin_where_they_tell_something(void **state)
{
	struct model *m = named();
	char buf[160], brief[40];

	(void)state;
	assert_string_equal(stack_label(m, 3, buf, sizeof(buf)),
			    "folio_wait_writeback < shrink_folio_list < shrink_lruvec");
	assert_string_equal(stack_label(m, 3, brief, sizeof(brief)), "folio_wait_writeback");
	assert_string_equal(stack_label(m, 4, buf, sizeof(buf)), "?");
	assert_string_equal(stack_label(m, 0, buf, sizeof(buf)), "?");
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cause_has_its_advice),
		cmocka_unit_test(each_reason_of_throttling_has_its_advice),
		cmocka_unit_test(no_advice_without_causes),
		cmocka_unit_test(a_limit_is_named_in_the_advice),
		cmocka_unit_test(a_kswapd_that_came_too_late_is_named_in_the_advice),
		cmocka_unit_test(a_kswapd_that_gave_up_is_named_in_the_advice),
		cmocka_unit_test(causes_of_a_stall_are_told_longest_first),
		cmocka_unit_test(the_two_largest_causes_fit_a_column),
		cmocka_unit_test(the_foremost_are_picked),
		cmocka_unit_test(stacks_begin_where_they_tell_something),
	};

	return cmocka_run_group_tests_name("causes", tests, NULL, NULL);
}
