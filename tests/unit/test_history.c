/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: its ring, and the machine in it.
 *
 * Layer: tests.
 */
#include "test_history.h"

static void test_without_a_history_nothing_is_kept_and_a_report_is_empty(void **state)
{
	struct model *m = model_begin(&default_opts);

	(void)state;
	assert_null(m->history);
	feed_anon(m, process(1), at(1), 100);
	feed_tick(m, at(1));
	feed_stall(m, stall(process(1), at(1), MSEC, STALL_DIRECT));
	report_kill(m, process(1), at(1), at(2));
	assert_int_equal(report.nsamples, 0);
	assert_int_equal(report.ngrowers, 0);
	assert_int_equal(report.nsufferers, 0);
	assert_true(report.stages[STAGE_OOM].known);
	model_free(m);
}

static void test_before_the_first_tick_a_report_is_empty(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	report_kill(m, process(1), at(0), at(1));
	assert_int_equal(report.nsamples, 0);
	assert_int_equal(report.ngrowers, 0);
	feed_stall(m, stall(process(1), at(0), MSEC, STALL_DIRECT));
	report_kill(m, process(2), at(1), at(1));
	assert_int_equal(report.nsamples, 0);
	assert_int_equal(report.nsufferers, 1);
	model_free(m);
}

static void test_the_ring_wraps_and_keeps_the_window(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_host host = host_absent();

	(void)state;
	for (int i = 0; i <= 1000; i++) {
		host.value[HOST_MEM_FREE] = (uint64_t)i * MIB;
		feed_host(m, at(i), &host);
		feed_tick(m, at(i));
	}
	/* Written 10 s after the kill. */
	report_kill(m, process(1), at(990), at(1000));
	assert_in_range(report.nsamples, 70, 72);
	for (int i = 0; i < report.nsamples; i++) {
		const struct report_sample *s = &report.samples[i];

		assert_int_equal(s->length_ns, SEC);
		assert_int_equal(s->free_bytes, (s->time_ns - BEGIN_NS) / SEC * MIB);
		assert_true(s->time_ns >= report.from_ns);
	}
	assert_true(report.samples[0].time_ns <= report.from_ns + SEC);
	assert_int_equal(report.samples[report.nsamples - 1].time_ns, BEGIN_NS + at(1000));
	model_free(m);
}

static void test_a_long_history_is_merged_into_samples_and_growth_adds_up(void **state)
{
	struct model *m = recorder(64, 4 * MIB, 1800);
	struct ev_host host = host_absent();
	uint64_t majfaults = 0, length = 0;

	(void)state;
	for (int i = 0; i <= 1800; i++) {
		host.value[HOST_PGMAJFAULT] = (uint64_t)i * 3;
		host.value[HOST_PSI_SOME] = (uint64_t)i * 1000;
		feed_host(m, at(i), &host);
		feed_tick(m, at(i));
	}
	report_prepare(process(1), at(1790), at(1800));
	report.from_ns = BEGIN_NS;
	history_report(m, &report);
	assert_in_range(report.nsamples, 60, REPORT_SAMPLES);
	for (int i = 0; i < report.nsamples; i++) {
		majfaults += report.samples[i].majfaults;
		length += report.samples[i].length_ns;
		if (i > 1)
			assert_int_equal(report.samples[i].time_ns - report.samples[i].length_ns,
					 report.samples[i - 1].time_ns);
	}
	assert_in_range(majfaults, 1780 * 3, 1800 * 3);
	assert_int_equal(length / SEC, majfaults / 3);
	model_free(m);
}

static void test_merged_samples_do_not_span_the_kill(void **state)
{
	struct model *m = recorder(64, 4 * MIB, 250);
	uint64_t kill = at(245) + SEC / 2;
	bool ends = false;

	(void)state;
	for (int i = 0; i <= 250; i++)
		feed_tick(m, at(i));
	report_prepare(process(1), kill, at(250));
	report.from_ns = BEGIN_NS;
	history_report(m, &report);
	assert_in_range(report.nsamples, 60, REPORT_SAMPLES);
	for (int i = 0; i < report.nsamples; i++)
		ends = ends || report.samples[i].time_ns == BEGIN_NS + at(245);
	assert_true(ends);
	model_free(m);
}

static void test_ticks_faster_than_told_do_not_shorten_the_history(void **state)
{
	struct model *m = recorder(64, MIB, 60);

	(void)state;
	for (int i = 0; i <= 1000; i++)
		feed_tick(m, (uint64_t)i * SEC / 10 + 1);
	report_kill(m, process(1), at(90), at(100));
	assert_in_range(report.nsamples, 69, 75);
	model_free(m);
}

static void test_a_clock_that_stands_still_or_goes_back_does_not_stop_it(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	uint32_t seq;

	(void)state;
	for (int i = 0; i < 20; i++)
		feed_tick(m, at(i));
	seq = m->history->seq;
	for (int i = 0; i < 200; i++)
		feed_tick(m, at(3));
	assert_true(m->history->seq > seq);
	report_kill(m, process(1), at(19), at(19));
	for (int i = 1; i < report.nsamples; i++)
		assert_true(report.samples[i].time_ns >= report.samples[i - 1].time_ns);
	model_free(m);
}

static void test_figures_that_are_absent_stay_so(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_host host = host_absent();

	(void)state;
	for (int i = 0; i < 5; i++) {
		if (i > 2)
			feed_host(m, at(i), &host);
		feed_tick(m, at(i));
	}
	report_kill(m, process(1), at(4), at(4));
	assert_in_range(report.nsamples, 4, 5);
	for (int i = 0; i < report.nsamples; i++) {
		const struct report_sample *s = &report.samples[i];

		assert_true(s->free_bytes == EV_ABSENT && s->cache_bytes == EV_ABSENT);
		assert_true(s->swap_used_bytes == EV_ABSENT && s->majfaults == EV_ABSENT);
		assert_true(s->psi_some_ns == EV_ABSENT && s->swapin_pages == EV_ABSENT);
		assert_true(s->cg_usage_bytes == EV_ABSENT && s->victim_rss_bytes == EV_ABSENT);
	}
	model_free(m);
}

static void test_the_host_is_as_it_was_read(void **state)
{
	struct model *m = recorder(64, MIB, 60);
	struct ev_host host = host_absent();
	const struct report_sample *s = &report.samples[2];

	(void)state;
	for (uint64_t i = 0; i < 4; i++) {
		host.value[HOST_CACHED] = 100 * MIB;
		host.value[HOST_SHMEM] = 30 * MIB;
		host.value[HOST_SWAP_TOTAL] = 512 * MIB;
		host.value[HOST_SWAP_FREE] = (512 - i) * MIB;
		host.value[HOST_PSWPIN] = i * 10;
		host.value[HOST_SWPIN_ZERO] = i;
		host.value[HOST_PSI_FULL] = i * 250;
		feed_host(m, at((int)i), &host);
		feed_tick(m, at((int)i));
	}
	report_kill(m, process(1), at(2) + 5, at(3));
	assert_int_equal(s->cache_bytes, 70 * MIB);
	assert_int_equal(s->shmem_bytes, 30 * MIB);
	assert_int_equal(s->swap_used_bytes, 2 * MIB);
	assert_int_equal(s->swapin_pages, 11);
	assert_true(s->swapout_pages == EV_ABSENT);
	assert_int_equal(s->psi_full_ns, 250000);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_a_history_nothing_is_kept_and_a_report_is_empty),
		cmocka_unit_test(test_before_the_first_tick_a_report_is_empty),
		cmocka_unit_test(test_the_ring_wraps_and_keeps_the_window),
		cmocka_unit_test(test_a_long_history_is_merged_into_samples_and_growth_adds_up),
		cmocka_unit_test(test_merged_samples_do_not_span_the_kill),
		cmocka_unit_test(test_ticks_faster_than_told_do_not_shorten_the_history),
		cmocka_unit_test(test_a_clock_that_stands_still_or_goes_back_does_not_stop_it),
		cmocka_unit_test(test_figures_that_are_absent_stay_so),
		cmocka_unit_test(test_the_host_is_as_it_was_read),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
