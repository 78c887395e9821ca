/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The process table: identity across PID reuse, exact totals, growth, what vanishes.
 */
#include "test_model_events.h"

static struct model *fresh(void)
{
	return model_begin(&default_opts);
}

static const struct process *get(const struct model *m, struct ev_task t)
{
	const struct process *p = model_process(m, t.tgid, t.start_ns);

	assert_non_null(p);
	return p;
}

/* Totals. */

static void an_older_process_counts_only_what_grew_while_traced(void **state)
{
	struct ev_task t = task(10, 10, OLD, "old");
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(t, 1, 1000, 50));
	feed_tick(m, 2);
	assert_int_equal(get(m, t)->min_flt, 1000);
	assert_int_equal(get(m, t)->min_flt_traced, 0);
	assert_int_equal(get(m, t)->min_flt_delta, 0);
	feed_row(m, row(t, SEC, 1300, 57));
	feed_tick(m, SEC);
	assert_false(get(m, t)->born_traced);
	assert_int_equal(get(m, t)->min_flt, 1300);
	assert_int_equal(get(m, t)->min_flt_traced, 300);
	assert_int_equal(get(m, t)->min_flt_delta, 300);
	assert_int_equal(get(m, t)->maj_flt_traced, 7);
	feed_row(m, row(t, 2 * SEC, 1301, 57));
	feed_tick(m, 2 * SEC);
	assert_int_equal(get(m, t)->min_flt_traced, 301);
	assert_int_equal(get(m, t)->min_flt_delta, 1);
	assert_int_equal(get(m, t)->maj_flt_delta, 0);
	model_free(m);
}

static void a_process_born_while_traced_counts_its_whole_life(void **state)
{
	struct ev_task t = task(10, 10, BEGIN_NS + 5, "new");
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(t, SEC, 400, 3));
	feed_tick(m, SEC);
	assert_true(get(m, t)->born_traced);
	assert_int_equal(get(m, t)->min_flt_traced, 400);
	assert_int_equal(get(m, t)->min_flt_delta, 400);
	assert_int_equal(get(m, t)->maj_flt_delta, 3);
	model_free(m);
}

static void threads_add_up_and_a_dead_one_stays_in_the_total(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "main"), worker = task(10, 11, OLD, "worker");
	struct ev_task_row r;
	struct model *m = fresh();

	(void)state;
	r = row(lead, 1, 100, 0);
	r.threads = 2;
	feed_row(m, r);
	feed_row(m, row(worker, 2, 30, 0));
	feed_tick(m, 3);
	assert_int_equal(get(m, lead)->min_flt, 130);
	feed_exit(m, exit_event(worker, SEC / 2, 45, 2, false));
	r = row(lead, SEC, 110, 0);
	r.folded_min_flt = 45;
	r.folded_maj_flt = 2;
	feed_row(m, r);
	feed_tick(m, SEC);
	assert_int_equal(get(m, lead)->min_flt, 155);
	assert_int_equal(get(m, lead)->min_flt_traced, 25);
	assert_int_equal(get(m, lead)->maj_flt_traced, 2);
	assert_string_equal(get(m, lead)->comm, "main");
	assert_false(get(m, lead)->exited);
	model_free(m);
}

static void a_thread_missing_from_one_snapshot_does_not_take_totals_back(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "main"), worker = task(10, 11, OLD, "worker");
	struct ev_task_row r = row(lead, 1, 100, 0);
	struct model *m = fresh();

	(void)state;
	r.threads = 2;
	feed_row(m, r);
	feed_row(m, row(worker, 2, 500, 0));
	feed_tick(m, 3);
	r = row(lead, SEC, 120, 0); /* worker has ended but is in folded_* only later */
	feed_row(m, r);
	feed_tick(m, SEC);
	assert_int_equal(get(m, lead)->min_flt, 600);
	assert_int_equal(get(m, lead)->min_flt_delta, 0);
	r = row(lead, 2 * SEC, 120, 0);
	r.folded_min_flt = 510;
	feed_row(m, r);
	feed_tick(m, 2 * SEC);
	assert_int_equal(get(m, lead)->min_flt, 630);
	assert_int_equal(get(m, lead)->min_flt_traced, 30);
	model_free(m);
}

static void a_thread_read_and_then_folded_is_not_counted_twice(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "main"), worker = task(10, 9, OLD, "worker");
	struct ev_task_row r;
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(worker, 1, 500, 0)); /* ends right after this */
	r = row(lead, 2, 100, 0);
	r.folded_min_flt = 500;
	feed_row(m, r);
	feed_tick(m, 3);
	assert_int_equal(get(m, lead)->min_flt, 600);
	model_free(m);
}

static void the_final_total_of_a_newborn_is_the_sum_of_its_exits(void **state)
{
	struct ev_task lead = task(10, 10, BEGIN_NS + 1, "main");
	struct ev_task worker = task(10, 11, BEGIN_NS + 1, "worker");
	struct model *m = fresh();

	(void)state;
	feed_exit(m, exit_event(worker, 10, 70, 1, false));
	/* Both end at once: folded_* still lacks the worker. */
	feed_exit(m, exit_event(lead, 11, 30, 2, true));
	feed_tick(m, SEC);
	assert_true(get(m, lead)->exited);
	assert_int_equal(get(m, lead)->state, 'X');
	assert_int_equal(get(m, lead)->min_flt, 100);
	assert_int_equal(get(m, lead)->min_flt_traced, 100);
	assert_int_equal(get(m, lead)->min_flt_delta, 100);
	assert_int_equal(get(m, lead)->maj_flt, 3);
	model_free(m);
}

static void the_final_total_of_an_older_process_is_exact_too(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "main"), worker = task(10, 11, OLD, "worker");
	struct ev_task_row r = row(lead, 1, 100, 0);
	struct model *m = fresh();

	(void)state;
	feed_exit(m, exit_event(worker, 0, 7, 0, false)); /* before the snapshot: in folded_* */
	r.folded_min_flt = 1007;
	r.threads = 2;
	feed_row(m, r);
	worker.tid = 12;
	feed_row(m, row(worker, 2, 20, 0));
	feed_tick(m, 3);
	assert_int_equal(get(m, lead)->min_flt, 1127);
	feed_exit(m, exit_event(worker, SEC / 2, 25, 0, false));
	feed_exit(m, exit_event(lead, SEC / 2 + 1, 140, 0, true)); /* folded_* lags behind */
	feed_tick(m, SEC);
	assert_int_equal(get(m, lead)->min_flt, 1007 + 25 + 140);
	assert_int_equal(get(m, lead)->min_flt_traced, 45);
	model_free(m);
}

static void an_exit_that_comes_late_is_not_added_to_the_snapshot_that_has_it(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "main"), worker = task(10, 11, OLD, "worker");
	struct ev_task_row r = row(lead, 10, 100, 0);
	struct model *m = fresh();

	(void)state;
	r.folded_min_flt = 1007;
	feed_row(m, r);
	feed_tick(m, 11);
	feed_exit(m, exit_event(worker, 5, 7, 0, false)); /* 5 is before 10 */
	feed_exit(m, exit_event(lead, 20, 100, 0, true));
	feed_tick(m, SEC);
	assert_int_equal(get(m, lead)->min_flt, 1107);
	assert_int_equal(get(m, lead)->min_flt_traced, 0);
	model_free(m);
}

static void lost_exit_events_leave_the_total_at_what_is_sure(void **state)
{
	struct ev_task t = task(10, 10, BEGIN_NS + 1, "main");
	struct ev_exit e = exit_event(t, 11, 30, 0, true);
	struct model *m = fresh();

	(void)state;
	e.folded_min_flt = 900; /* of threads whose exits were lost */
	feed_exit(m, e);
	feed_tick(m, SEC);
	assert_int_equal(get(m, t)->min_flt_traced, 930);
	model_free(m);
}

static void an_older_process_first_seen_as_it_ends_has_no_traced_faults(void **state)
{
	struct ev_task t = task(10, 10, OLD, "ghost");
	struct ev_exit e = exit_event(t, 11, 30, 4, true);
	struct model *m = fresh();

	(void)state;
	e.folded_min_flt = 900;
	feed_exit(m, e);
	feed_tick(m, SEC);
	assert_int_equal(get(m, t)->min_flt, 930);
	assert_int_equal(get(m, t)->min_flt_traced, 0);
	assert_int_equal(get(m, t)->maj_flt_delta, 0);
	model_free(m);
}

static void exec_by_a_thread_keeps_the_process_and_its_sum(void **state)
{
	struct ev_task lead = task(10, 10, BEGIN_NS + 1, "sh");
	struct ev_task thread = task(10, 11, BEGIN_NS + 1, "sh");
	struct ev_task after = task(10, 10, BEGIN_NS + 1, "python3");
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(lead, 1, 100, 0));
	feed_row(m, row(thread, 2, 50, 0));
	feed_tick(m, 3);
	/* de_thread(): the leader ends, the thread takes over its number and start time. */
	feed_exit(m, exit_event(lead, 10, 110, 0, false));
	feed_row(m, (struct ev_task_row){.hdr = HDR(EV_TASK, struct ev_task_row, SEC),
					 .task = after,
					 .leader = 1,
					 .sized = 1,
					 .threads = 1,
					 .min_flt = 80,
					 .folded_min_flt = 110});
	feed_tick(m, SEC);
	assert_int_equal(get(m, after)->min_flt, 190);
	assert_string_equal(get(m, after)->comm, "python3");
	feed_exit(m, exit_event(after, SEC + 1, 95, 0, true));
	feed_tick(m, 2 * SEC);
	assert_int_equal(get(m, after)->min_flt_traced, 205);
	assert_int_equal(get(m, after)->min_flt_delta, 15);
	model_free(m);
}

static void two_exits_that_both_look_last_are_both_counted(void **state)
{
	struct ev_task lead = task(10, 10, BEGIN_NS + 1, "main");
	struct ev_task worker = task(10, 11, BEGIN_NS + 1, "worker");
	struct model *m = fresh();

	(void)state;
	feed_exit(m, exit_event(worker, 10, 70, 0, true));
	feed_tick(m, SEC);
	feed_exit(m, exit_event(lead, 11, 30, 0, true));
	feed_tick(m, 2 * SEC);
	assert_int_equal(get(m, lead)->min_flt_traced, 100);
	assert_int_equal(get(m, lead)->min_flt_delta, 30);
	model_free(m);
}

/* Identity. */

static void a_reused_pid_is_another_process(void **state)
{
	struct ev_task first = task(10, 10, BEGIN_NS + 1, "first");
	struct ev_task second = task(10, 10, BEGIN_NS + 50, "second");
	struct model *m = fresh();

	(void)state;
	feed_stall(m, stall(first, 20, 7, STALL_DIRECT));
	feed_exit(m, exit_event(first, 30, 11, 0, true));
	feed_stall(m, stall(second, 60, 9, STALL_DIRECT));
	feed_exit(m, exit_event(second, 70, 22, 0, true));
	feed_tick(m, SEC);
	assert_int_equal(get(m, first)->min_flt_traced, 11);
	assert_int_equal(get(m, second)->min_flt_traced, 22);
	assert_int_equal(get(m, first)->details->stalls.all.total_ns, 7);
	assert_int_equal(get(m, second)->details->stalls.all.total_ns, 9);
	assert_string_equal(get(m, second)->comm, "second");
	model_free(m);
}

static void a_reused_pid_tells_that_the_former_owner_has_ended(void **state)
{
	struct ev_task first = task(10, 10, OLD, "first");
	struct ev_task second = task(10, 10, BEGIN_NS + 50, "second");
	struct model *m = fresh();

	(void)state;
	feed_stall(m, stall(first, 20, 7, STALL_DIRECT));
	feed_row(m, row(second, 60, 5, 0)); /* the exit event of the first was lost */
	feed_tick(m, SEC);
	assert_true(get(m, first)->exited);
	assert_false(get(m, second)->exited);
	model_free(m);
}

static void a_process_known_by_number_alone_gets_its_start_from_its_row(void **state)
{
	struct ev_task blind = task(10, 10, 0, "app"), t = task(10, 10, OLD, "app");
	const struct process *list[4];
	struct model *m = fresh();

	(void)state;
	feed_stall(m, stall(blind, 20, 7, STALL_DIRECT));
	feed_row(m, row(t, 60, 5, 0));
	feed_tick(m, SEC);
	feed_stall(m, stall(blind, SEC + 20, 8, STALL_DIRECT));
	assert_int_equal(model_processes(m, BY_STALL_TIME, list, 4), 1);
	assert_int_equal(list[0]->start_ns, OLD);
	assert_int_equal(list[0]->details->stalls.all.total_ns, 15);
	model_free(m);
}

static void a_process_without_details_leaves_after_the_tick_that_showed_it(void **state)
{
	struct ev_task t = task(10, 10, BEGIN_NS + 1, "true");
	struct model *m = fresh();

	(void)state;
	feed_exit(m, exit_event(t, 11, 30, 0, true));
	feed_tick(m, SEC);
	assert_int_equal(get(m, t)->min_flt_delta, 30);
	feed_tick(m, 2 * SEC);
	assert_null(model_process(m, t.tgid, t.start_ns));
	assert_int_equal(model_others(m)->processes, 1);
	assert_int_equal(model_others(m)->min_flt_traced, 30);
	assert_int_equal(model_loss(m).processes_folded, 0);
	model_free(m);
}

static void sizes_that_were_not_read_are_not_known(void **state)
{
	struct ev_task t = task(10, 10, BEGIN_NS - SEC, "java");
	struct ev_task_row r = row(t, BEGIN_NS, 5, 0);
	struct model *m = fresh();

	(void)state;
	r.sized = 0;
	feed_row(m, r);
	feed_tick(m, SEC);
	assert_false(get(m, t)->sampled);
	assert_int_equal(get(m, t)->min_flt, 5);
	model_free(m);
}

static void ended_processes_are_kept_up_to_the_number_asked_for(void **state)
{
	struct model_opts opts = {.max_processes = 100,
				  .max_details = 10,
				  .max_files = 10,
				  .max_cgroups = 10,
				  .max_ooms = 4,
				  .keep_ended = 2};
	struct model *m = model_new(&opts);

	(void)state;
	feed_meta(m);
	for (uint32_t i = 0; i < 2; i++)
		feed_exit(m, exit_event(task(10 + i, 10 + i, BEGIN_NS + 1 + i, "true"), 11, 30, 0,
					true));
	feed_tick(m, SEC);
	feed_tick(m, 2 * SEC);
	assert_int_equal(get(m, task(11, 11, BEGIN_NS + 2, "true"))->min_flt_traced, 30);
	feed_exit(m, exit_event(task(12, 12, BEGIN_NS + 3, "true"), 11, 30, 0, true));
	feed_tick(m, 3 * SEC);
	feed_tick(m, 4 * SEC);
	assert_int_equal(model_others(m)->processes, 1);
	assert_int_equal(model_others(m)->min_flt_traced, 30);
	model_free(m);
}

static void a_process_that_stalled_stays_after_its_end(void **state)
{
	struct ev_task t = task(10, 10, BEGIN_NS + 1, "hog");
	struct model *m = fresh();

	(void)state;
	feed_stall(m, stall(t, 10, 5, STALL_MEMCG));
	feed_exit(m, exit_event(t, 11, 30, 0, true));
	for (uint64_t i = 1; i < 10; i++)
		feed_tick(m, i * SEC);
	assert_true(get(m, t)->exited);
	assert_int_equal(get(m, t)->min_flt_traced, 30);
	assert_int_equal(get(m, t)->min_flt_delta, 0);
	assert_int_equal(model_others(m)->processes, 0);
	model_free(m);
}

static void a_zombie_is_no_new_process(void **state)
{
	struct ev_task t = task(10, 10, BEGIN_NS + 1, "zombie");
	struct ev_task_row r = row(t, SEC, 30, 0);
	const struct process *list[4];
	struct model *m = fresh();

	(void)state;
	feed_exit(m, exit_event(t, 11, 30, 0, true));
	r.state = 'Z';
	for (uint64_t i = 1; i < 6; i++) {
		feed_row(m, r);
		feed_tick(m, i * SEC);
	}
	assert_int_equal(model_processes(m, BY_MAJOR_FAULTS, list, 4), 0);
	assert_int_equal(model_others(m)->min_flt_traced, 30);
	assert_int_equal(model_others(m)->processes, 1);
	model_free(m);
}

static void a_zombie_whose_exit_event_was_lost_has_ended(void **state)
{
	struct ev_task t = task(10, 10, BEGIN_NS + 1, "zombie");
	struct ev_task_row r;
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(t, 5, 10, 0));
	feed_tick(m, 6);
	r = row(t, SEC, 30, 0);
	r.state = 'Z';
	feed_row(m, r);
	feed_tick(m, SEC);
	assert_true(get(m, t)->exited);
	assert_int_equal(get(m, t)->min_flt_traced, 30);
	model_free(m);
}

static void a_zombie_leader_with_living_threads_goes_on(void **state)
{
	struct ev_task t = task(10, 10, OLD, "main"), worker = task(10, 11, OLD, "worker");
	struct ev_task_row r = row(t, 1, 10, 0);
	struct model *m = fresh();

	(void)state;
	r.state = 'Z';
	r.threads = 2;
	feed_row(m, r);
	feed_row(m, row(worker, 2, 5, 0));
	feed_tick(m, 3);
	assert_false(get(m, t)->exited);
	assert_int_equal(get(m, t)->min_flt, 15);
	model_free(m);
}

static void a_process_that_vanishes_from_snapshots_has_ended_and_may_come_back(void **state)
{
	struct ev_task t = task(10, 10, OLD, "gone"), other = task(11, 11, OLD, "other");
	struct ev_task kswapd = task(12, 12, OLD, "kswapd0");
	struct model *m = fresh();

	(void)state;
	kswapd.flags = EV_TASK_KTHREAD;
	feed_stall(m, stall(t, 1, 5, STALL_DIRECT));
	feed_swapout(m, kswapd, 1, 5, 0);
	feed_row(m, row(t, 1, 100, 0));
	feed_row(m, row(other, 1, 1, 0));
	feed_tick(m, 2);
	for (uint64_t i = 1; i < 4; i++) {
		assert_false(get(m, t)->exited);
		feed_row(m, row(other, i * SEC, 1, 0));
		feed_tick(m, i * SEC);
	}
	assert_true(get(m, t)->exited);
	assert_false(get(m, kswapd)->exited);
	feed_row(m, row(t, 4 * SEC, 140, 0));
	feed_tick(m, 4 * SEC);
	assert_false(get(m, t)->exited);
	assert_int_equal(get(m, t)->min_flt_traced, 40);
	model_free(m);
}

static void snapshots_that_failed_or_were_cut_short_end_nobody(void **state)
{
	struct ev_task t = task(10, 10, OLD, "here"), other = task(11, 11, OLD, "other");
	struct ev_counters counts = {0};
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(t, 1, 100, 0));
	feed_counts(m, 2, &counts);
	feed_tick(m, 2);
	for (uint64_t i = 1; i < 9; i++) {
		if (i & 1) {
			feed_row(m, row(other, i * SEC, 1, 0));
			counts.snapshot_incomplete++;
		}
		feed_counts(m, i * SEC, &counts);
		feed_tick(m, i * SEC);
	}
	assert_false(get(m, t)->exited);
	assert_int_equal(model_loss(m).snapshot_incomplete, 4);
	model_free(m);
}

/* Sizes. */

static void rss_growth_of_a_newborn_counts_from_nothing(void **state)
{
	struct ev_task old = task(10, 10, OLD, "old"), born = task(11, 11, BEGIN_NS + 1, "born");
	struct ev_task_row r;
	struct model *m = fresh();

	(void)state;
	for (uint64_t i = 1; i <= 2; i++) {
		r = row(old, i * SEC, 1, 0);
		r.anon_rss_bytes = 1000 + 50 * i;
		r.swap_bytes = 8 * i;
		feed_row(m, r);
		r.task = born;
		feed_row(m, r);
		feed_tick(m, i * SEC);
	}
	assert_int_equal(get(m, old)->rss_first_bytes, 1050);
	assert_int_equal(get(m, born)->rss_first_bytes, 0);
	assert_int_equal(get(m, old)->rss_delta_bytes, 50);
	assert_int_equal(get(m, born)->swap_first_bytes, 0);
	assert_int_equal(get(m, old)->swap_delta_bytes, 8);
	assert_int_equal(get(m, old)->rss_max_bytes, 1100);
	r = row(old, 3 * SEC, 1, 0);
	feed_row(m, r);
	feed_tick(m, 3 * SEC);
	assert_true(get(m, old)->rss_delta_bytes == -1100);
	assert_int_equal(get(m, old)->rss_max_bytes, 1100);
	feed_tick(m, 4 * SEC);
	assert_true(get(m, old)->rss_delta_bytes == 0);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_older_process_counts_only_what_grew_while_traced),
		cmocka_unit_test(a_process_born_while_traced_counts_its_whole_life),
		cmocka_unit_test(threads_add_up_and_a_dead_one_stays_in_the_total),
		cmocka_unit_test(a_thread_missing_from_one_snapshot_does_not_take_totals_back),
		cmocka_unit_test(a_thread_read_and_then_folded_is_not_counted_twice),
		cmocka_unit_test(the_final_total_of_a_newborn_is_the_sum_of_its_exits),
		cmocka_unit_test(the_final_total_of_an_older_process_is_exact_too),
		cmocka_unit_test(an_exit_that_comes_late_is_not_added_to_the_snapshot_that_has_it),
		cmocka_unit_test(lost_exit_events_leave_the_total_at_what_is_sure),
		cmocka_unit_test(an_older_process_first_seen_as_it_ends_has_no_traced_faults),
		cmocka_unit_test(exec_by_a_thread_keeps_the_process_and_its_sum),
		cmocka_unit_test(two_exits_that_both_look_last_are_both_counted),
		cmocka_unit_test(a_reused_pid_is_another_process),
		cmocka_unit_test(a_reused_pid_tells_that_the_former_owner_has_ended),
		cmocka_unit_test(a_process_known_by_number_alone_gets_its_start_from_its_row),
		cmocka_unit_test(a_process_without_details_leaves_after_the_tick_that_showed_it),
		cmocka_unit_test(sizes_that_were_not_read_are_not_known),
		cmocka_unit_test(ended_processes_are_kept_up_to_the_number_asked_for),
		cmocka_unit_test(a_process_that_stalled_stays_after_its_end),
		cmocka_unit_test(a_zombie_is_no_new_process),
		cmocka_unit_test(a_zombie_whose_exit_event_was_lost_has_ended),
		cmocka_unit_test(a_zombie_leader_with_living_threads_goes_on),
		cmocka_unit_test(
			a_process_that_vanishes_from_snapshots_has_ended_and_may_come_back),
		cmocka_unit_test(snapshots_that_failed_or_were_cut_short_end_nobody),
		cmocka_unit_test(rss_growth_of_a_newborn_counts_from_nothing),
	};

	return cmocka_run_group_tests_name("model_process", tests, NULL, NULL);
}
