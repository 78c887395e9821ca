/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The run as a row of buckets: what goes into which, and that nothing is lost when they are put
 * together.
 */
#include "test_model_events.h"

static struct model *fresh(void)
{
	struct model *m = model_begin(&default_opts);

	feed_tick(m, 1);
	return m;
}

static void feed_end(struct model *m, uint64_t time)
{
	struct ev_tick ev = {.hdr = HDR(EV_TICK, ev, time), .last = 1};

	model_event(m, &ev.hdr);
}

static void feed_wait(struct model *m, uint64_t begin, uint64_t end, int kind)
{
	feed_stall(m, stall(task(1, 1, OLD, "t"), end, end - begin, kind));
}

static uint64_t stalled(const struct model *m, int i)
{
	const struct bucket *b;

	assert_in_range(i, 0, model_timeline(m, &b) - 1);
	return b[i].stall_ns;
}

static void a_stall_is_spread_over_the_buckets_it_overlaps(void **state)
{
	struct model *m = fresh();
	const struct bucket *b;

	(void)state;
	feed_tick(m, SEC);
	feed_tick(m, 2 * SEC);
	feed_wait(m, SEC / 2, 2 * SEC + SEC / 4, STALL_DIRECT);
	feed_tick(m, 3 * SEC);
	assert_int_equal(model_timeline(m, &b), 3);
	assert_int_equal(stalled(m, 0), SEC / 2);
	assert_int_equal(stalled(m, 1), SEC);
	assert_int_equal(stalled(m, 2), SEC / 4);
	assert_int_equal(b[1].begin_ns, BEGIN_NS + SEC);
	assert_int_equal(b[1].length_ns, SEC);
	model_free(m);
}

static void what_was_before_the_run_and_what_was_asked_for_is_left_out(void **state)
{
	struct model *m = fresh();

	(void)state;
	feed_stall(m, stall(task(1, 1, OLD, "t"), SEC / 2, 5 * SEC, STALL_MEMCG));
	feed_wait(m, 0, SEC / 2, STALL_PROACTIVE);
	feed_tick(m, SEC);
	assert_int_equal(stalled(m, 0), SEC / 2);
	model_free(m);
}

static void stalls_of_others_are_left_out(void **state)
{
	struct model_opts opts = default_opts;
	struct model *m;

	(void)state;
	opts.filter.comm = "nobody";
	m = model_begin(&opts);
	feed_tick(m, 1);
	feed_wait(m, 0, SEC / 2, STALL_DIRECT);
	feed_tick(m, SEC);
	assert_int_equal(stalled(m, 0), 0);
	model_free(m);
}

static void feed_host_now(struct model *m, uint64_t time, uint64_t free_bytes, uint64_t out,
			  uint64_t faults)
{
	struct ev_host host = host_absent();

	host.value[HOST_MEM_FREE] = free_bytes;
	host.value[HOST_PSWPOUT] = out;
	host.value[HOST_ZSWPOUT] = 2 * out;
	host.value[HOST_PGMAJFAULT] = faults;
	feed_host(m, time, &host);
	feed_tick(m, time);
}

static void feed_kswapd(struct model *m, uint64_t time, uint32_t state)
{
	struct ev_kswapd ev = {.hdr = HDR(EV_KSWAPD, ev, time), .state = state};

	model_event(m, &ev.hdr);
}

static void the_hosts_figures_are_those_of_the_interval(void **state)
{
	struct model *m = model_begin(&default_opts);
	const struct bucket *b;

	(void)state;
	feed_host_now(m, 1, 5000, 100, 10);
	feed_kswapd(m, SEC / 2, KSWAPD_WAKE);
	feed_host_now(m, SEC, 4000, 107, 30);
	feed_kswapd(m, SEC + SEC / 4, KSWAPD_SLEEP);
	feed_host_now(m, 2 * SEC, 4500, 107, 31);
	assert_int_equal(model_timeline(m, &b), 2);
	assert_int_equal(b[0].free_bytes, 4000);
	assert_int_equal(b[0].swapout_pages, 21);
	assert_int_equal(b[0].majfaults, 20);
	assert_int_equal(b[0].kswapd_ns, SEC / 2);
	assert_int_equal(b[1].free_bytes, 4500);
	assert_int_equal(b[1].swapout_pages, 0);
	assert_int_equal(b[1].majfaults, 1);
	assert_int_equal(b[1].kswapd_ns, SEC / 4);
	model_free(m);
}

static void a_host_read_late_is_no_burst(void **state)
{
	struct model *m = fresh();
	const struct bucket *b;

	(void)state;
	feed_tick(m, SEC);
	feed_host_now(m, 2 * SEC, 5000, 100, 10);
	feed_host_now(m, 3 * SEC, 5000, 101, 11);
	assert_int_equal(model_timeline(m, &b), 3);
	assert_int_equal(b[0].free_bytes, EV_ABSENT);
	assert_int_equal(b[1].majfaults, 0);
	assert_int_equal(b[2].majfaults, 1);
	assert_int_equal(b[2].swapout_pages, 3);
	model_free(m);
}

static void a_short_rest_joins_the_bucket_before(void **state)
{
	struct model *m = fresh();
	const struct bucket *b;

	(void)state;
	feed_tick(m, SEC);
	feed_wait(m, SEC, SEC + MSEC, STALL_DIRECT);
	feed_end(m, SEC + 2 * MSEC);
	assert_int_equal(model_timeline(m, &b), 1);
	assert_int_equal(b[0].length_ns, SEC + 2 * MSEC);
	assert_int_equal(b[0].stall_ns, MSEC);
	model_free(m);

	m = fresh();
	feed_tick(m, SEC);
	feed_end(m, SEC + SEC / 2);
	assert_int_equal(model_timeline(m, &b), 2);
	assert_int_equal(b[1].length_ns, SEC / 2);
	model_free(m);
}

static void a_long_run_has_longer_buckets_and_loses_nothing(void **state)
{
	enum { TICKS = 5000 };
	struct model *m = fresh();
	uint64_t stall = 0, end = BEGIN_NS;
	const struct bucket *b;
	int n;

	(void)state;
	for (uint64_t i = 1; i <= TICKS; i++) {
		feed_wait(m, i * SEC - 10, i * SEC - 7, STALL_DIRECT);
		feed_tick(m, i * SEC);
	}
	n = model_timeline(m, &b);
	assert_in_range(n, MODEL_BUCKETS / 2, MODEL_BUCKETS);
	for (int i = 0; i < n; i++) {
		assert_int_equal(b[i].begin_ns, end);
		end += b[i].length_ns;
		stall += b[i].stall_ns;
		if (i < n - 1)
			assert_int_equal(b[i].length_ns, b[0].length_ns);
	}
	assert_int_equal(end, BEGIN_NS + TICKS * SEC);
	assert_int_equal(stall, 3 * TICKS);
	model_free(m);
}

static void nothing_fed_makes_no_bucket(void **state)
{
	struct model *m = model_new(&default_opts);
	const struct bucket *b;

	(void)state;
	assert_int_equal(model_timeline(m, &b), 0);
	feed_tick(m, 1);
	assert_int_equal(model_timeline(m, &b), 0);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stall_is_spread_over_the_buckets_it_overlaps),
		cmocka_unit_test(what_was_before_the_run_and_what_was_asked_for_is_left_out),
		cmocka_unit_test(stalls_of_others_are_left_out),
		cmocka_unit_test(the_hosts_figures_are_those_of_the_interval),
		cmocka_unit_test(a_host_read_late_is_no_burst),
		cmocka_unit_test(a_short_rest_joins_the_bucket_before),
		cmocka_unit_test(a_long_run_has_longer_buckets_and_loses_nothing),
		cmocka_unit_test(nothing_fed_makes_no_bucket),
	};

	return cmocka_run_group_tests_name("model: timeline", tests, NULL, NULL);
}
