/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables that are full: what leaves, and that no total is lost with it.
 */
#include "test_model_events.h"

static const struct process *get(const struct model *m, struct ev_task t)
{
	const struct process *p = model_process(m, t.tgid, t.start_ns);

	assert_non_null(p);
	return p;
}

static void add_stalls(struct stall_stats *sum, const struct stall_stats *s)
{
	sum->all.count += s->all.count;
	sum->all.total_ns += s->all.total_ns;
	sum->reclaimed_pages += s->reclaimed_pages;
	for (int k = 0; k < STALL_KINDS; k++)
		sum->kind_count[k] += s->kind_count[k];
}

/* What others and the table hold must be what the run had. */
static void check_conserved(const struct model *m, uint64_t min, uint64_t maj, uint64_t swapped)
{
	const struct others *o = model_others(m);
	const struct process *list[1024];
	int n = model_processes(m, BY_STALL_TIME, list, 1024);
	uint64_t sum_min = o->min_flt_traced, sum_maj = o->maj_flt_traced;
	uint64_t faults = faults_timed(&o->faults).count, out = o->swapout_pages;
	struct stall_stats stalls = {0};

	assert_true(n <= 1024);
	add_stalls(&stalls, &o->stalls);
	for (int i = 0; i < n; i++) {
		sum_min += list[i]->min_flt_traced;
		sum_maj += list[i]->maj_flt_traced;
		out += list[i]->swapout_pages;
		if (!list[i]->details)
			continue;
		add_stalls(&stalls, &list[i]->details->stalls);
		faults += faults_timed(&list[i]->details->faults).count;
	}
	assert_int_equal(sum_min, min);
	assert_int_equal(sum_maj, maj);
	assert_int_equal(out, swapped);
	assert_int_equal(faults, faults_timed(model_faults(m)).count);
	assert_int_equal(stalls.all.count, model_stalls(m)->all.count);
	assert_int_equal(stalls.all.total_ns, model_stalls(m)->all.total_ns);
	for (int k = 0; k < STALL_KINDS; k++)
		assert_int_equal(stalls.kind_count[k], model_stalls(m)->kind_count[k]);
}

static void totals_survive_20000_processes_in_1000_slots(void **state)
{
	struct model_opts opts = default_opts;
	uint64_t min = 0, maj = 0, swapped = 0;
	struct model *m;

	(void)state;
	opts.max_processes = 1000;
	opts.max_details = 100;
	m = model_begin(&opts);
	for (uint32_t i = 1; i <= 20000; i++) {
		struct ev_task t = task(i % 7000 + 2, i % 7000 + 2, BEGIN_NS + i, "proc");

		if (i % 3 == 0)
			feed_stall(m, stall(t, i + 1, i * 100, (int)(i % STALL_KINDS)));
		if (i % 5 == 0)
			feed_fault(m, fault(t, i + 2, i, FAULT_SWAP));
		if (i % 7 == 0)
			feed_swapout(m, t, i + 3, i, 0);
		feed_exit(m, exit_event(t, i + 4, i, i % 5 == 0, true));
		min += i;
		maj += i % 5 == 0;
		swapped += i % 7 == 0 ? i : 0;
		if (i % 777 == 0) {
			feed_tick(m, i + 5);
			check_conserved(m, min, maj, swapped);
		}
	}
	feed_tick(m, SEC);
	check_conserved(m, min, maj, swapped);
	assert_int_equal(model_loss(m).details_full, 0);
	assert_true(model_loss(m).processes_folded > 0);
	model_free(m);
}

static void of_the_ended_those_that_waited_least_make_room(void **state)
{
	struct model_opts opts = default_opts;
	const struct process *list[8];
	struct model *m;

	(void)state;
	opts.max_processes = 4;
	m = model_begin(&opts);
	for (uint32_t i = 1; i <= 4; i++) {
		struct ev_task t = task(i, i, BEGIN_NS + i, "ended");

		feed_stall(m, stall(t, 10 + i, i == 3 ? 1 : i * 10, STALL_DIRECT));
		feed_exit(m, exit_event(t, 20 + i, 1, 0, true));
	}
	feed_row(m, row(task(9, 9, OLD, "alive"), 30, 1, 0));
	feed_tick(m, SEC);
	assert_int_equal(model_processes(m, BY_STALL_TIME, list, 8), 4);
	assert_int_equal(list[0]->tgid, 4);
	assert_int_equal(list[1]->tgid, 2);
	assert_int_equal(list[2]->tgid, 1);
	assert_int_equal(list[3]->tgid, 9);
	assert_int_equal(model_others(m)->stalls.all.total_ns, 1);
	assert_int_equal(model_loss(m).processes_folded, 1);
	model_free(m);
}

static void a_large_table_makes_room_for_a_few_at_once(void **state)
{
	struct model_opts opts = default_opts;
	struct model *m;

	(void)state;
	opts.max_processes = opts.max_details = 768; /* three at a time */
	m = model_begin(&opts);
	for (uint32_t i = 1; i <= 768; i++) {
		struct ev_task t = task(i, i, BEGIN_NS + i, "ended");

		feed_stall(m, stall(t, 10 + i, 1 + i * 541 % 769, STALL_DIRECT));
		feed_exit(m, exit_event(t, 20 + i, 1, 0, true));
	}
	feed_row(m, row(task(999, 999, OLD, "alive"), 30, 1, 0));
	assert_int_equal(model_loss(m).processes_folded, 3);
	assert_int_equal(model_others(m)->stalls.all.total_ns, 2 + 3 + 4);
	assert_int_equal(model_others(m)->stalls.all.max_ns, 4);
	model_free(m);
}

static void the_living_stay_and_newcomers_count_in_others(void **state)
{
	struct model_opts opts = default_opts;
	struct ev_task late = task(9, 9, BEGIN_NS + 9, "late");
	struct model *m;

	(void)state;
	opts.max_processes = 2;
	m = model_begin(&opts);
	for (uint32_t i = 1; i <= 2; i++)
		feed_row(m, row(task(i, i, OLD, "alive"), i, 1, 0));
	feed_tick(m, 5);
	feed_stall(m, stall(late, 20, 77, STALL_DIRECT));
	feed_fault(m, fault(late, 21, 3, FAULT_SWAP));
	feed_swapout(m, late, 22, 4, 5);
	feed_exit(m, exit_event(late, 30, 123, 4, true));
	feed_tick(m, SEC);
	assert_non_null(model_process(m, 1, OLD));
	assert_null(model_process(m, 9, BEGIN_NS + 9));
	assert_int_equal(model_others(m)->stalls.all.total_ns, 77);
	assert_int_equal(model_others(m)->faults.count[FAULT_SWAP], 1);
	assert_int_equal(model_others(m)->swapout_pages, 4);
	assert_int_equal(model_others(m)->fileout_pages, 5);
	assert_int_equal(model_others(m)->min_flt_traced, 123);
	assert_int_equal(model_others(m)->maj_flt_traced, 4);
	assert_int_equal(model_stalls(m)->all.total_ns, 77);
	assert_int_equal(model_loss(m).details_full, 2);
	feed_exit(m, exit_event(task(8, 8, OLD, "older"), 40, 5000, 50, true));
	assert_int_equal(model_others(m)->min_flt_traced, 123); /* which of them are traced? */
	model_free(m);
}

static void without_histograms_left_stalls_count_in_others(void **state)
{
	struct model_opts opts = default_opts;
	struct ev_task a = task(1, 1, OLD, "a"), b = task(2, 2, OLD, "b");
	struct model *m;

	(void)state;
	opts.max_details = 1;
	m = model_begin(&opts);
	feed_stall(m, stall(a, 10, 5, STALL_DIRECT));
	feed_stall(m, stall(b, 20, 6, STALL_DIRECT));
	assert_null(get(m, b)->details);
	assert_int_equal(model_others(m)->stalls.all.total_ns, 6);
	assert_int_equal(model_loss(m).details_full, 1);
	feed_exit(m, exit_event(a, 30, 0, 0, true)); /* a's histogram can be had now */
	feed_stall(m, stall(b, 40, 7, STALL_DIRECT));
	assert_int_equal(get(m, b)->details->stalls.all.total_ns, 7);
	assert_int_equal(model_others(m)->stalls.all.total_ns, 11);
	model_free(m);
}

static void without_room_for_cgroups_losses_are_counted(void **state)
{
	struct model_opts opts = default_opts;
	struct ev_task t = task(1, 1, OLD, "a");
	const struct cgroup_stats *cg[4];
	struct model *m;

	(void)state;
	opts.max_cgroups = 2;
	m = model_begin(&opts);
	for (t.cgroup = 1; t.cgroup <= 3; t.cgroup++)
		feed_stall(m, stall(t, 10, 5, STALL_DIRECT));
	assert_int_equal(model_cgroups(m, cg, 4), 2);
	assert_int_equal(model_loss(m).cgroups_full, 1);
	model_free(m);
}

static void empty_tables_are_lawful(void **state)
{
	struct model_opts opts = {0};
	struct ev_task t = task(1, 1, OLD, "a");
	struct ev_fault f = fault(t, 5, 5, FAULT_FILE);
	const struct oom_record *oom;
	struct ev_oom_kill kill = {.hdr = HDR(EV_OOM_KILL, kill, 9), .task = t, .victim = t};
	struct model *m = model_begin(&opts);

	(void)state;
	f.ino = 4;
	t.cgroup = 3;
	feed_cgroup(m, 3, "/a");
	feed_row(m, row(t, 1, 1, 1));
	feed_stall(m, stall(t, 2, 2, STALL_DIRECT));
	feed_fault(m, f);
	feed_cmdline(m, t, "a b");
	feed_exit(m, exit_event(t, 7, 1, 1, true));
	model_event(m, &kill.hdr);
	feed_tick(m, SEC);
	assert_int_equal(model_stalls(m)->all.count, 1);
	assert_int_equal(model_ooms(m, &oom, 1), 0);
	assert_int_equal(model_loss(m).ooms_full, 1);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_survive_20000_processes_in_1000_slots),
		cmocka_unit_test(of_the_ended_those_that_waited_least_make_room),
		cmocka_unit_test(a_large_table_makes_room_for_a_few_at_once),
		cmocka_unit_test(the_living_stay_and_newcomers_count_in_others),
		cmocka_unit_test(without_histograms_left_stalls_count_in_others),
		cmocka_unit_test(without_room_for_cgroups_losses_are_counted),
		cmocka_unit_test(empty_tables_are_lawful),
	};

	return cmocka_run_group_tests_name("model_full", tests, NULL, NULL);
}
