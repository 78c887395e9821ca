/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own totals against ours: right figures, and no figure where one side is missing.
 */
#include <signal.h>
#include "test_model_events.h"

static struct model *fresh(void)
{
	return model_begin(&default_opts);
}

static struct reconcile_row find_row(const struct model *m, const char *source_begin)
{
	struct reconcile_row rows[MODEL_RECONCILE];
	int n = model_reconcile(m, rows);

	assert_true(n <= MODEL_RECONCILE);
	for (int i = 0; i < n; i++) {
		assert_non_null(rows[i].note);
		if (strncmp(rows[i].source, source_begin, strlen(source_begin)) == 0)
			return rows[i];
	}
	fail_msg("no row for %s", source_begin);
	return rows[0];
}

static void check_row(const struct model *m, const char *source, uint64_t kernel, uint64_t ours)
{
	struct reconcile_row row = find_row(m, source);

	assert_true(row.valid);
	assert_int_equal(row.kernel, kernel);
	assert_int_equal(row.memtrace, ours);
}

/* Two readings of both sides; the second is what is given. */
static void feed_pair(struct model *m, const struct ev_host *host, const struct ev_counters *counts)
{
	struct ev_counters counts0 = {0};
	struct ev_host host0 = *host;

	for (int i = 0; i < HOST_COUNTERS; i++)
		host0.value[i] = host->value[i] == EV_ABSENT ? EV_ABSENT : 0;
	feed_counts(m, 1, &counts0);
	feed_host(m, 1, &host0);
	feed_tick(m, 2);
	feed_counts(m, SEC, counts);
	feed_host(m, SEC, host);
	feed_tick(m, SEC);
}

static void each_row_holds_growth_against_growth(void **state)
{
	struct ev_host host = host_absent();
	struct ev_counters counts = {.perf_throttled = 4};
	struct model *m = fresh();

	(void)state;
	host.value[HOST_ALLOCSTALL] = 10;
	host.value[HOST_PAGEOUTRUN] = 20;
	host.value[HOST_COMPACT_STALL] = 30;
	host.value[HOST_PGMAJFAULT] = 40;
	host.value[HOST_PSWPOUT] = 50;
	counts.sig[SIG_DIRECT].seen = 11;
	counts.sig[SIG_KSWAPD].seen = 999;
	counts.sig[SIG_KSWAPD].extra = 21;
	counts.sig[SIG_COMPACTION].seen = 999;
	counts.sig[SIG_COMPACTION].extra = 31;
	counts.sig[SIG_FAULT].seen = 36;
	counts.sig[SIG_SWAPOUT].extra = 51;
	feed_pair(m, &host, &counts);
	check_row(m, "vmstat allocstall_*", 10, 11);
	check_row(m, "vmstat pageoutrun", 20, 21);
	check_row(m, "vmstat compact_stall", 30, 31);
	check_row(m, "vmstat pgmajfault", 40, 40);
	check_row(m, "vmstat pswpout", 50, 51);
	model_free(m);
}

static void what_was_before_the_first_reading_does_not_count(void **state)
{
	struct ev_host host = host_absent();
	struct ev_counters counts = {0};
	struct model *m = fresh();

	(void)state;
	host.value[HOST_ALLOCSTALL] = 1000;
	counts.sig[SIG_DIRECT].seen = 7;
	feed_counts(m, 1, &counts);
	feed_host(m, 1, &host);
	assert_false(find_row(m, "vmstat allocstall_*").valid);
	host.value[HOST_ALLOCSTALL] = 1003;
	counts.sig[SIG_DIRECT].seen = 10;
	feed_counts(m, 2, &counts);
	feed_host(m, 2, &host);
	check_row(m, "vmstat allocstall_*", 3, 3);
	model_free(m);
}

static void counters_that_a_kernel_lacks_make_no_row(void **state)
{
	struct reconcile_row rows[MODEL_RECONCILE];
	struct ev_host host = host_absent();
	struct ev_counters counts = {0};
	struct model *m = fresh();
	int n;

	(void)state;
	n = model_reconcile(m, rows);
	for (int i = 0; i < n; i++)
		assert_false(rows[i].valid);
	host.value[HOST_PAGEOUTRUN] = 1;
	feed_pair(m, &host, &counts);
	n = model_reconcile(m, rows);
	for (int i = 0; i < n; i++)
		assert_int_equal(rows[i].valid, strcmp(rows[i].source, "vmstat pageoutrun") == 0);
	model_free(m);
}

static void a_signal_without_a_probe_is_not_held_against_the_kernel(void **state)
{
	struct ev_host host = host_absent();
	struct ev_counters counts = {0};
	struct model *m = fresh();

	(void)state;
	host.value[HOST_ALLOCSTALL] = 5;
	host.value[HOST_PAGEOUTRUN] = 5;
	host.value[HOST_OOM_KILL] = 0;
	feed_probe(m, "stall.direct", PROBE_MISSING);
	feed_probe(m, "kswapd.run", PROBE_DEGRADED);
	feed_probe(m, "oom.kill", PROBE_MISSING);
	feed_pair(m, &host, &counts);
	assert_false(find_row(m, "vmstat allocstall_*").valid);
	assert_true(find_row(m, "vmstat pageoutrun").valid);
	assert_false(find_row(m, "vmstat oom_kill").valid);
	feed_probe(m, "oom.log", PROBE_OK); /* kills are known from it */
	assert_true(find_row(m, "vmstat oom_kill").valid);
	model_free(m);
}

static void swap_counters_that_bypass_the_device_are_added(void **state)
{
	struct ev_task t = task(10, 10, OLD, "a");
	struct ev_host host = host_absent();
	struct ev_counters counts = {0};
	struct model *m = fresh();

	(void)state;
	host.value[HOST_PSWPOUT] = 1;
	host.value[HOST_ZSWPOUT] = 10;
	host.value[HOST_SWPOUT_ZERO] = 100;
	host.value[HOST_PSWPIN] = 2;
	host.value[HOST_SWPIN_ZERO] = 20;
	counts.sig[SIG_SWAPOUT].extra = 111;
	feed_fault(m, fault(t, 5, 5, FAULT_SWAP));
	feed_fault(m, fault(t, 6, 5, FAULT_FILE));
	feed_pair(m, &host, &counts);
	check_row(m, "vmstat pswpout", 111, 111);
	check_row(m, "vmstat pswpin", 22, 1);
	model_free(m);
}

static void faults_of_all_processes_add_up_whoever_left_the_table(void **state)
{
	struct ev_task old = task(10, 10, OLD, "old"), born = task(11, 11, BEGIN_NS + 1, "born");
	struct ev_host host = host_absent();
	struct ev_counters counts = {0};
	struct model *m = fresh();

	(void)state;
	host.value[HOST_PGFAULT] = 150;
	feed_row(m, row(old, 1, 1000, 1));
	feed_pair(m, &host, &counts);
	feed_row(m, row(old, SEC, 1030, 2));
	feed_exit(m, exit_event(born, SEC, 100, 9, true));
	for (uint64_t i = 2; i < 5; i++)
		feed_tick(m, i * SEC);
	check_row(m, "vmstat pgfault", 150, 30 + 1 + 109);
	feed_exit(m, exit_event(task(12, 12, BEGIN_NS + 1, "x"), SEC, 10, 0, true));
	for (uint64_t i = 5; i < 8; i++)
		feed_tick(m, i * SEC);
	assert_null(model_process(m, 12, BEGIN_NS + 1));
	check_row(m, "vmstat pgfault", 150, 150);
	model_free(m);
}

static void a_filter_leaves_only_rows_that_do_not_depend_on_it(void **state)
{
	struct model_opts opts = default_opts;
	struct ev_host host = host_absent();
	struct ev_counters counts = {0};
	struct model *m;

	(void)state;
	opts.filter.comm = "a*";
	m = model_begin(&opts);
	host.value[HOST_ALLOCSTALL] = host.value[HOST_PGFAULT] = host.value[HOST_PSWPIN] = 1;
	host.value[HOST_OOM_KILL] = 0;
	feed_pair(m, &host, &counts);
	assert_true(find_row(m, "vmstat allocstall_*").valid);
	assert_true(find_row(m, "vmstat oom_kill").valid);
	assert_false(find_row(m, "vmstat pgfault").valid);
	assert_false(find_row(m, "vmstat pswpin").valid);
	model_free(m);
}

static void feed_mark(struct model *m, struct ev_task victim, uint64_t time)
{
	struct ev_oom_kill ev = {
		.hdr = HDR(EV_OOM_KILL, ev, time), .task = victim, .victim = victim};

	model_event(m, &ev.hdr);
}

static void feed_death(struct model *m, struct ev_task t, uint64_t time, uint32_t code)
{
	struct ev_exit e = exit_event(t, time, 0, 0, true);

	e.exit_code = code;
	feed_exit(m, e);
}

static void feed_killed(struct model *m, uint32_t pid, uint64_t time)
{
	char line[200];

	snprintf(line, sizeof(line), "Out of memory: Killed process %u (a) total-vm:1kB", pid);
	feed_kmsg(m, time, line);
}

static void without_a_log_kills_are_victims_that_died_by_sigkill(void **state)
{
	struct ev_task a = task(1, 1, OLD, "a"), b = task(2, 2, OLD, "b");
	struct ev_host host = host_absent();
	struct ev_counters counts = {0};
	struct model *m = fresh();

	(void)state;
	host.value[HOST_OOM_KILL] = 1;
	feed_mark(m, a, 10);
	feed_mark(m, b, 10);
	feed_mark(m, task(3, 3, OLD, "c"), 10); /* still dying */
	feed_death(m, a, 20, SIGKILL | 0x80);
	feed_death(m, b, 20, SIGTERM);
	feed_pair(m, &host, &counts);
	check_row(m, "vmstat oom_kill", 1, 1);
	model_free(m);
}

static void with_a_log_kills_are_what_it_names(void **state)
{
	struct ev_task a = task(1, 1, OLD, "a"), b = task(2, 2, OLD, "b");
	struct ev_host host = host_absent();
	struct ev_counters counts = {0};
	struct model *m = fresh();

	(void)state;
	host.value[HOST_OOM_KILL] = 3;
	feed_mark(m, a, 10);
	feed_mark(m, b, 10); /* was being killed by somebody else */
	feed_killed(m, 1, 11);
	feed_killed(m, 1, 12); /* in a group the first is counted again */
	feed_killed(m, 9, 13); /* the probe missed it */
	feed_death(m, a, 20, SIGKILL);
	feed_death(m, b, 20, SIGKILL);
	feed_pair(m, &host, &counts);
	check_row(m, "vmstat oom_kill", 3, 3);
	model_free(m);
}

static void with_a_log_that_was_overwritten_sigkill_counts_too(void **state)
{
	struct ev_task a = task(1, 1, OLD, "a");
	struct ev_host host = host_absent();
	struct ev_counters counts = {.kmsg_lost = 5};
	struct model *m = fresh();

	(void)state;
	host.value[HOST_OOM_KILL] = 2;
	feed_killed(m, 9, 10);
	feed_mark(m, a, 10);
	feed_death(m, a, 20, SIGKILL);
	feed_pair(m, &host, &counts);
	check_row(m, "vmstat oom_kill", 2, 2);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_holds_growth_against_growth),
		cmocka_unit_test(what_was_before_the_first_reading_does_not_count),
		cmocka_unit_test(counters_that_a_kernel_lacks_make_no_row),
		cmocka_unit_test(a_signal_without_a_probe_is_not_held_against_the_kernel),
		cmocka_unit_test(swap_counters_that_bypass_the_device_are_added),
		cmocka_unit_test(faults_of_all_processes_add_up_whoever_left_the_table),
		cmocka_unit_test(a_filter_leaves_only_rows_that_do_not_depend_on_it),
		cmocka_unit_test(without_a_log_kills_are_victims_that_died_by_sigkill),
		cmocka_unit_test(with_a_log_kills_are_what_it_names),
		cmocka_unit_test(with_a_log_that_was_overwritten_sigkill_counts_too),
	};

	return cmocka_run_group_tests_name("reconcile", tests, NULL, NULL);
}
