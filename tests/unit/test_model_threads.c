/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures per thread, orders of interval tables, latencies by class, refaults: what the model makes
 * of fabricated events.
 */
#include "test_model_events.h"

static struct model *with_threads(size_t max)
{
	struct model_opts opts = default_opts;

	opts.max_threads = max;
	return model_begin(&opts);
}

static struct ev_task_row thread_row(struct ev_task t, uint64_t time, uint64_t min, uint64_t maj)
{
	struct ev_task_row r = row(t, time, min, maj);

	r.state = 'R';
	return r;
}

/* A leader's row: threads living, and the faults of those that ended. */
static struct ev_task_row leader_row(struct ev_task t, uint64_t time, uint64_t min, uint64_t maj,
				     uint32_t threads, uint64_t folded)
{
	struct ev_task_row r = row(t, time, min, maj);

	r.threads = threads;
	r.folded_min_flt = folded;
	return r;
}

static const struct thread_stats *of(const struct thread_stats *list, int n, uint32_t tid)
{
	for (int i = 0; i < n; i++) {
		if (list[i].tid == tid)
			return &list[i];
	}
	return NULL;
}

/* The sum of threads' growth is the process's. Returns how many threads there are. */
static int conserved(const struct model *m, struct thread_stats list[64])
{
	uint64_t min = 0, maj = 0;
	int n = model_threads(m, BY_MAJOR_FAULTS_DELTA, list, 64);

	assert_in_range(n, 0, 64);
	for (int i = 0; i < n; i++) {
		min += list[i].min_flt_delta;
		maj += list[i].maj_flt_delta;
	}
	if (n) {
		assert_int_equal(min, list[0].process->min_flt_delta);
		assert_int_equal(maj, list[0].process->maj_flt_delta);
	}
	return n;
}

static void threads_are_not_kept_unless_asked_for(void **state)
{
	struct model *m = model_begin(&default_opts);

	(void)state;
	feed_row(m, row(task(10, 10, OLD, "app"), 10, 5, 0));
	feed_tick(m, SEC);
	assert_int_equal(model_threads(m, BY_PID, NULL, 0), 0);
	assert_int_equal(model_loss(m).threads_full, 0);
	model_free(m);
}

static void threads_add_up_to_their_process(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "app"), a = task(10, 11, OLD, "a"),
		       b = task(10, 12, OLD, "b");
	struct model *m = with_threads(16);
	struct thread_stats list[64];

	(void)state;
	feed_row(m, leader_row(lead, 10, 100, 1, 3, 7));
	feed_row(m, thread_row(a, 11, 20, 2));
	feed_row(m, thread_row(b, 12, 30, 3));
	feed_tick(m, SEC);
	/* What was before the trace is nobody's growth. */
	assert_int_equal(conserved(m, list), 3);
	assert_int_equal(list[0].process->min_flt_delta, 0);
	feed_row(m, leader_row(lead, SEC + 10, 101, 1, 3, 7));
	feed_row(m, thread_row(a, SEC + 11, 25, 2));
	feed_row(m, thread_row(b, SEC + 12, 30, 7));
	feed_tick(m, 2 * SEC);
	assert_int_equal(conserved(m, list), 3);
	assert_int_equal(list[0].tid, 12); /* most major faults first */
	assert_string_equal(list[0].comm, "b");
	assert_int_equal(list[0].state, 'R');
	assert_int_equal(list[0].maj_flt_delta, 4);
	assert_int_equal(of(list, 3, 11)->min_flt_delta, 5);
	assert_int_equal(of(list, 3, 11)->min_flt, 25);
	model_free(m);
}

static void threads_that_ended_within_the_interval_count(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "app"), old = task(10, 11, OLD, "old"),
		       brief = task(10, 12, OLD, "brief");
	struct model *m = with_threads(16);
	struct thread_stats list[64];

	(void)state;
	feed_row(m, leader_row(lead, 10, 100, 0, 2, 0));
	feed_row(m, thread_row(old, 11, 20, 0));
	feed_tick(m, SEC);
	feed_exit(m, exit_event(old, SEC + 1, 29, 1, false));
	feed_exit(m, exit_event(brief, SEC + 2, 40, 2, false));
	feed_row(m, leader_row(lead, SEC + 10, 100, 0, 1, 69));
	feed_tick(m, 2 * SEC);
	assert_int_equal(conserved(m, list), 3);
	assert_int_equal(of(list, 3, 11)->min_flt_delta, 9);
	assert_int_equal(of(list, 3, 11)->state, 'X');
	assert_int_equal(of(list, 3, 12)->min_flt_delta, 40);
	assert_int_equal(of(list, 3, 12)->maj_flt_delta, 2);
	feed_row(m, leader_row(lead, 2 * SEC + 10, 100, 0, 1, 69));
	feed_tick(m, 3 * SEC);
	/* They have gone, and their room is free. */
	assert_int_equal(conserved(m, list), 1);
	model_free(m);
}

static void thread_that_ends_after_its_row_counts_once(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "app"), a = task(10, 11, OLD, "a");
	struct model *m = with_threads(16);
	struct thread_stats list[64];

	(void)state;
	feed_row(m, leader_row(lead, 10, 100, 0, 2, 0));
	feed_row(m, thread_row(a, 11, 20, 0));
	feed_tick(m, SEC);
	feed_row(m, leader_row(lead, SEC + 10, 100, 0, 2, 0));
	feed_row(m, thread_row(a, SEC + 11, 25, 0));
	feed_exit(m, exit_event(a, SEC + 12, 26, 0, false)); /* before the tick is made */
	feed_tick(m, 2 * SEC);
	assert_int_equal(conserved(m, list), 2);
	assert_int_equal(of(list, 2, 11)->min_flt_delta, 6);
	feed_row(m, leader_row(lead, 2 * SEC + 10, 100, 0, 1, 26));
	feed_tick(m, 3 * SEC);
	assert_int_equal(conserved(m, list), 1);
	assert_int_equal(list[0].process->min_flt_delta, 0);
	assert_int_equal(list[0].process->min_flt_traced, 6);
	model_free(m);
}

static void process_that_lived_within_the_interval_has_all_its_threads(void **state)
{
	struct ev_task lead = task(20, 20, BEGIN_NS + SEC + 1, "brief"),
		       a = task(20, 21, BEGIN_NS + SEC + 1, "a");
	struct model *m = with_threads(16);
	struct thread_stats list[64];
	struct ev_exit last;

	(void)state;
	feed_tick(m, SEC);
	feed_exit(m, exit_event(a, SEC + 10, 11, 1, false));
	last = exit_event(lead, SEC + 20, 50, 0, true);
	last.folded_min_flt = 11;
	last.folded_maj_flt = 1;
	feed_exit(m, last);
	feed_tick(m, 2 * SEC);
	assert_int_equal(conserved(m, list), 2);
	assert_int_equal(list[0].process->min_flt_delta, 61);
	feed_tick(m, 3 * SEC);
	assert_int_equal(conserved(m, list), 0);
	model_free(m);
}

static void exit_that_was_not_told_of_is_a_remainder(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "app");
	struct model *m = with_threads(16);
	struct thread_stats list[64];

	(void)state;
	feed_row(m, leader_row(lead, 10, 100, 0, 1, 0));
	feed_tick(m, SEC);
	feed_row(m, leader_row(lead, SEC + 10, 103, 0, 1, 40));
	feed_tick(m, 2 * SEC);
	assert_int_equal(conserved(m, list), 2);
	assert_int_equal(of(list, 2, 0)->min_flt_delta, 40);
	assert_int_equal(of(list, 2, 10)->min_flt_delta, 3);
	model_free(m);
}

static void threads_without_room_are_counted_and_summed_up(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "app"), a = task(10, 11, OLD, "a"),
		       b = task(10, 12, OLD, "b");
	struct model *m = with_threads(2);
	struct thread_stats list[64];

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		feed_row(m, leader_row(lead, i * SEC + 10, 100 + i, 0, 3, 0));
		feed_row(m, thread_row(a, i * SEC + 11, 20 + 2 * i, 0));
		feed_row(m, thread_row(b, i * SEC + 12, 30 + 4 * i, 0));
		feed_tick(m, (i + 1) * SEC);
	}
	assert_int_equal(conserved(m, list), 3);
	assert_int_equal(of(list, 3, 0)->min_flt_delta, 4);
	assert_int_equal(model_loss(m).threads_full, 3);
	/* Room comes free: what b faulted before is not its growth. */
	feed_exit(m, exit_event(a, 3 * SEC + 1, 24, 0, false));
	for (uint64_t i = 3; i < 6; i++) {
		feed_row(m, leader_row(lead, i * SEC + 10, 102, 0, 2, 24));
		feed_row(m, thread_row(b, i * SEC + 12, 39, 0));
		feed_tick(m, (i + 1) * SEC);
	}
	conserved(m, list);
	assert_int_equal(list[0].process->min_flt_delta, 0);
	assert_int_equal(of(list, 2, 12)->min_flt, 39);
	model_free(m);
}

static void vanished_threads_leave_the_table(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "app"), a = task(10, 11, OLD, "a");
	struct model *m = with_threads(16);

	(void)state;
	feed_row(m, leader_row(lead, 10, 1, 0, 2, 0));
	feed_row(m, thread_row(a, 11, 1, 0));
	for (uint64_t i = 1; i < 6; i++) {
		feed_tick(m, i * SEC);
		feed_row(m, leader_row(lead, i * SEC + 10, 1, 0, 1, 0));
	}
	assert_int_equal(model_threads(m, BY_PID, NULL, 0), 1);
	model_free(m);
}

/* Random lives of threads: the sum holds in each interval, and no slot is lost. */
static void sums_hold_whatever_threads_do(void **state)
{
	struct ev_task lead = task(10, 10, OLD, "app");
	struct model *m = with_threads(128);
	uint64_t flt[32] = {0}, folded = 0;
	bool alive[32] = {[0] = true};
	struct thread_stats list[64];

	(void)state;
	srand(7);
	for (uint64_t i = 0; i < 500; i++) {
		uint32_t threads = 0;

		for (uint32_t t = 1; t < 32; t++) {
			struct ev_task id = task(10, 100 + (uint32_t)i * 32 + t, OLD, "t");

			/* A new number for each life: here those of one interval only. */
			alive[t] = rand() % 2;
			flt[t] = (uint64_t)(rand() % 50);
			if (!alive[t])
				continue;
			feed_exit(m, exit_event(id, i * SEC + t, flt[t], 0, false));
			folded += flt[t];
		}
		flt[0] += (uint64_t)(rand() % 9);
		threads++;
		feed_row(m, leader_row(lead, i * SEC + 100, flt[0], 0, threads, folded));
		feed_tick(m, (i + 1) * SEC);
		conserved(m, list);
	}
	assert_int_equal(model_loss(m).threads_full, 0);
	model_free(m);
}

static void orders_are_by_their_column(void **state)
{
	static const struct {
		enum process_order order;
		uint32_t first;
	} cases[] = {
		{BY_MINOR_FAULTS_DELTA, 10}, {BY_RSS, 20},
		{BY_RSS_DELTA, 10},	     {BY_SWAP_SIZE, 10},
		{BY_SWAP_SIZE_DELTA, 20},    {BY_SWAPINS_DELTA, 20},
		{BY_SWAPOUTS_DELTA, 10},     {BY_PID, 10},
	};
	struct ev_task a = task(10, 10, OLD, "a"), b = task(20, 20, OLD, "b");
	struct model *m = model_begin(&default_opts);
	const struct process *list[2];
	struct ev_task_row r;

	(void)state;
	for (uint64_t i = 0; i < 2; i++) {
		r = row(a, i * SEC + 1, 10 + 50 * i, 0);
		r.anon_rss_bytes = (4 + i) << 20; /* grows */
		r.swap_bytes = 9 << 20;
		feed_row(m, r);
		r = row(b, i * SEC + 2, 10, 0);
		r.anon_rss_bytes = (9 - i) << 20; /* shrinks */
		r.swap_bytes = (1 + i) << 20;
		feed_row(m, r);
		if (i)
			feed_fault(m, fault(b, SEC + 3, 100, FAULT_SWAP));
		if (i)
			feed_swapout(m, a, SEC + 4, 5, 0);
		feed_tick(m, (i + 1) * SEC);
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(model_processes(m, cases[i].order, list, 2), 2);
		assert_int_equal(list[0]->tgid, cases[i].first);
		assert_int_equal(model_processes(m, cases[i].order, list, 1), 2);
		assert_int_equal(list[0]->tgid, cases[i].first);
	}
	model_free(m);
}

static void latencies_are_kept_by_class(void **state)
{
	struct ev_task t = task(10, 10, OLD, "app");
	struct model *m = model_begin(&default_opts);
	const struct fault_stats *f;
	struct hist all;

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		feed_fault(m, fault(t, i, 1000 + i, FAULT_FILE));
		feed_fault(m, fault(t, i, 1000000 + i, FAULT_SWAP));
	}
	f = model_faults(m);
	all = faults_timed(f);
	assert_int_equal(all.count, 200);
	assert_int_equal(f->timed[FAULT_FILE].max_ns, 1099);
	assert_int_equal(f->timed[FAULT_SWAP].max_ns, 1000099);
	assert_int_equal(f->timed[FAULT_OTHER].count, 0);
	for (int c = 0; c < FAULT_CLASSES; c++) {
		struct hist_row rows[HIST_ROWS];
		int n = hist_rows(&f->timed[c], rows);
		uint64_t sum = 0;

		for (int i = 0; i < n; i++)
			sum += rows[i].count;
		assert_int_equal(sum, f->count[c]);
	}
	assert_memory_equal(f, &model_process(m, 10, OLD)->details->faults, sizeof(*f));
	model_free(m);
}

static void refaults_are_counted_per_process_and_file(void **state)
{
	struct ev_task t = task(10, 10, OLD, "app");
	struct model *m = model_begin(&default_opts);
	struct ev_fault ev = fault(t, 1, 1000, FAULT_FILE);
	struct file_stats files[2];

	(void)state;
	ev.ino = 5;
	feed_fault(m, ev);
	ev.away_ns = 300 * MSEC;
	feed_fault(m, ev);
	feed_fault(m, ev);
	ev.class = FAULT_SWAP; /* churn, not a refault */
	feed_fault(m, ev);
	assert_int_equal(model_faults(m)->refaults, 2);
	assert_int_equal(model_process(m, 10, OLD)->details->faults.refaults, 2);
	assert_int_equal(model_refaults_away(m)->count, 2);
	assert_int_equal(model_refaults_away(m)->max_ns, 300 * MSEC);
	assert_int_equal(model_files(m, NULL, files, 2), 1);
	assert_int_equal(files[0].faults, 3);
	assert_int_equal(files[0].refaults, 2);
	assert_int_equal(model_files(m, model_process(m, 10, OLD), files, 2), 1);
	assert_int_equal(files[0].refaults, 2);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_are_not_kept_unless_asked_for),
		cmocka_unit_test(threads_add_up_to_their_process),
		cmocka_unit_test(threads_that_ended_within_the_interval_count),
		cmocka_unit_test(thread_that_ends_after_its_row_counts_once),
		cmocka_unit_test(process_that_lived_within_the_interval_has_all_its_threads),
		cmocka_unit_test(exit_that_was_not_told_of_is_a_remainder),
		cmocka_unit_test(threads_without_room_are_counted_and_summed_up),
		cmocka_unit_test(vanished_threads_leave_the_table),
		cmocka_unit_test(sums_hold_whatever_threads_do),
		cmocka_unit_test(orders_are_by_their_column),
		cmocka_unit_test(latencies_are_kept_by_class),
		cmocka_unit_test(refaults_are_counted_per_process_and_file),
	};

	return cmocka_run_group_tests_name("model_threads", tests, NULL, NULL);
}
