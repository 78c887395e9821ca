// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of src/model/swap.c, and of churn in fault.c: how soon pages came back, whose pages went
 * out, and the swap areas.
 */
#include "test_model_events.h"

static struct model *fresh(void)
{
	struct model_opts opts = default_opts;

	opts.churn_ns = 10 * SEC;
	return model_begin(&opts);
}

static void feed_away(struct model *m, struct ev_task t, uint64_t time, uint32_t class,
		      uint64_t away_ns)
{
	struct ev_fault ev = fault(t, time, 5, class);

	ev.away_ns = away_ns;
	feed_fault(m, ev);
}

static void only_what_came_back_from_swap_soon_is_churn(void **state)
{
	struct ev_task t = task(10, 10, OLD, "a");
	const struct fault_stats *f;
	struct model *m = fresh();

	(void)state;
	feed_away(m, t, 1, FAULT_SWAP, SEC);
	feed_away(m, t, 2, FAULT_SWAP, 10 * SEC - MSEC);
	feed_away(m, t, 3, FAULT_SWAP, 10 * SEC);
	feed_away(m, t, 4, FAULT_SWAP, 0);
	feed_away(m, t, 5, FAULT_FILE, SEC);
	f = model_faults(m);
	assert_int_equal(f->away.count, 3);
	assert_int_equal(f->churned, 2);
	assert_int_equal(f->away.max_ns, 10 * SEC);
	assert_memory_equal(&model_process(m, 10, OLD)->details->faults, f, sizeof(*f));
	assert_int_equal(model_churn_ns(m), 10 * SEC);
	model_free(m);
}

static void churn_of_an_interval_is_that_since_the_last_tick(void **state)
{
	struct ev_task t = task(10, 10, OLD, "a");
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(t, 1, 0, 0));
	feed_away(m, t, 1, FAULT_SWAP, SEC);
	feed_tick(m, SEC);
	assert_int_equal(model_process(m, 10, OLD)->churned_delta, 1);
	feed_row(m, row(t, SEC + 1, 0, 0));
	feed_away(m, t, SEC + 1, FAULT_SWAP, SEC);
	feed_away(m, t, SEC + 2, FAULT_SWAP, SEC);
	feed_tick(m, 2 * SEC);
	assert_int_equal(model_process(m, 10, OLD)->churned_delta, 2);
	assert_int_equal(model_process(m, 10, OLD)->churned, 3);
	model_free(m);
}

static void feed_owner(struct model *m, uint64_t time, uint64_t cgroup, uint64_t kswapd,
		       uint64_t own, uint64_t other)
{
	struct ev_swap_owner ev = {.hdr = HDR(EV_SWAP_OWNER, struct ev_swap_owner, time),
				   .cgroup = cgroup,
				   .by_kswapd = kswapd,
				   .by_own = own,
				   .by_other = other};

	model_event(m, &ev.hdr);
}

static void owners_have_what_was_written_since_the_first_snapshot(void **state)
{
	struct owner_stats out[4];
	struct model *m = fresh();

	(void)state;
	feed_owner(m, 1, 7, 5, 50, 500);
	feed_owner(m, 1, 8, 9, 0, 0);
	feed_tick(m, 10);
	assert_int_equal(model_swap_owners(m, out, 4), 0);
	feed_owner(m, SEC, 7, 6, 52, 503);
	feed_owner(m, SEC, 8, 9, 0, 0);
	feed_owner(m, SEC, 9, 0, 100, 0); /* new: all of it is of the run */
	feed_tick(m, SEC);
	assert_int_equal(model_swap_owners(m, out, 4), 2);
	assert_int_equal(out[0].cgroup, 9);
	assert_int_equal(out[0].by_own, 100);
	assert_int_equal(out[1].cgroup, 7);
	assert_int_equal(out[1].by_kswapd, 1);
	assert_int_equal(out[1].by_own, 2);
	assert_int_equal(out[1].by_other, 3);
	assert_int_equal(out[1].delta, 6);
	feed_owner(m, 2 * SEC, 7, 6, 53, 503);
	feed_tick(m, 2 * SEC);
	assert_int_equal(model_swap_owners(m, out, 4), 2);
	assert_int_equal(out[0].delta, 0);
	assert_int_equal(out[1].delta, 1);
	model_free(m);
}

static void the_most_come_first_whatever_fits(void **state)
{
	struct owner_stats out[3];
	struct model *m = fresh();

	(void)state;
	feed_tick(m, 1);
	for (uint64_t i = 0; i < 10; i++)
		feed_owner(m, 2, i, (i * 7) % 10 + 1, 0, 0);
	feed_tick(m, 3);
	assert_int_equal(model_swap_owners(m, NULL, 0), 10);
	assert_int_equal(model_swap_owners(m, out, 3), 10);
	assert_int_equal(out[0].by_kswapd, 10);
	assert_int_equal(out[1].by_kswapd, 9);
	assert_int_equal(out[2].by_kswapd, 8);
	model_free(m);
}

static void owners_that_find_no_room_are_counted(void **state)
{
	struct model *m = fresh();

	(void)state;
	feed_tick(m, 1);
	for (uint64_t i = 0; i < 5000; i++)
		feed_owner(m, 2, i, 1, 0, 0);
	assert_int_equal(model_swap_owners(m, NULL, 0), 4097);
	assert_int_equal(model_loss(m).cgroups_full, 5000 - 4097);
	model_free(m);
}

static void feed_area(struct model *m, uint64_t time, const char *name, uint64_t used)
{
	struct ev_swapdev ev = {.hdr = HDR(EV_SWAPDEV, struct ev_swapdev, time),
				.size_bytes = 1 << 20,
				.used_bytes = used};

	snprintf(ev.name, sizeof(ev.name), "%s", name);
	model_event(m, &ev.hdr);
}

static void an_area_that_is_switched_off_is_gone(void **state)
{
	const struct swap_area *areas;
	struct model *m = fresh();

	(void)state;
	feed_area(m, 1, "/dev/a", 4096);
	feed_area(m, 1, "/dev/b", 0);
	feed_tick(m, 2);
	feed_area(m, SEC, "/dev/b", 8192);
	feed_tick(m, SEC);
	assert_int_equal(model_swap_areas(m, &areas), 2);
	assert_true(areas[0].gone && !areas[1].gone);
	assert_int_equal(areas[0].last.used_bytes, 4096);
	assert_int_equal(areas[1].first.used_bytes, 0);
	assert_int_equal(areas[1].last.used_bytes, 8192);
	for (int i = 0; i < MODEL_SWAP_AREAS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "/dev/x%d", i);
		feed_area(m, SEC + 1, name, 0);
	}
	assert_int_equal(model_swap_areas(m, &areas), MODEL_SWAP_AREAS);
	assert_int_equal(model_loss(m).bad_events, 2);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_came_back_from_swap_soon_is_churn),
		cmocka_unit_test(churn_of_an_interval_is_that_since_the_last_tick),
		cmocka_unit_test(owners_have_what_was_written_since_the_first_snapshot),
		cmocka_unit_test(the_most_come_first_whatever_fits),
		cmocka_unit_test(owners_that_find_no_room_are_counted),
		cmocka_unit_test(an_area_that_is_switched_off_is_gone),
	};

	return cmocka_run_group_tests_name("model_swap", tests, NULL, NULL);
}
