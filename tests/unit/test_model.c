/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls, faults, swap, files, names, kswapd, host counters, order, losses.
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

/* Stalls, faults, swap, files. */

static void stalls_add_up_per_process_kind_and_cgroup(void **state)
{
	struct ev_task t = task(10, 11, OLD, "worker");
	const struct cgroup_stats *cg[4];
	const struct stall_stats *s;
	struct ev_stall ev;
	struct model *m = fresh();

	(void)state;
	t.cgroup = 7;
	feed_cgroup(m, 8, "/limit");
	ev = stall(t, 100, 40, STALL_MEMCG);
	ev.target_cgroup = 8;
	ev.limit_bytes = 4096;
	ev.usage_bytes = 4000;
	ev.reclaimed_pages = 3;
	feed_stall(m, ev);
	feed_stall(m, stall(t, 300, 60, STALL_DIRECT));
	ev.hdr.time_ns = BEGIN_NS + 400;
	ev.duration_ns = 10;
	feed_stall(m, ev);
	s = &get(m, t)->details->stalls;
	assert_int_equal(s->all.count, 3);
	assert_int_equal(s->all.max_ns, 60);
	assert_int_equal(s->kind_count[STALL_MEMCG], 2);
	assert_int_equal(s->kind_ns[STALL_MEMCG], 50);
	assert_int_equal(s->reclaimed_pages, 6);
	assert_int_equal(s->longest_end_ns, BEGIN_NS + 300);
	assert_int_equal(s->target_cgroup, 8);
	assert_int_equal(s->target_ns, 40);
	assert_memory_equal(s, model_stalls(m), sizeof(*s));
	assert_int_equal(model_cgroups(m, cg, 4), 2);
	assert_int_equal(cg[0]->id, 7);
	assert_int_equal(cg[0]->stall_ns, 110);
	assert_null(cg[0]->path);
	assert_int_equal(cg[1]->forced_stalls, 2);
	assert_int_equal(cg[1]->forced_ns, 50);
	assert_int_equal(cg[1]->limit_bytes, 4096);
	assert_string_equal(cg[1]->path, "/limit");
	model_free(m);
}

static void untimed_faults_count_but_have_no_latency(void **state)
{
	struct ev_task t = task(10, 10, OLD, "app");
	struct ev_fault ev = fault(t, 10, 0, FAULT_FILE);
	const struct fault_stats *f;
	struct model *m = fresh();

	(void)state;
	ev.flags = FAULT_F_UNTIMED | FAULT_F_GUESSED;
	feed_fault(m, ev);
	feed_fault(m, fault(t, 20, 300, FAULT_SWAP));
	f = &get(m, t)->details->faults;
	assert_int_equal(faults_timed(f).count, 1);
	assert_int_equal(f->count[FAULT_FILE], 1);
	assert_int_equal(f->count[FAULT_SWAP], 1);
	assert_int_equal(f->timed[FAULT_SWAP].total_ns, 300);
	assert_int_equal(f->untimed, 1);
	assert_int_equal(f->guessed, 1);
	assert_memory_equal(f, model_faults(m), sizeof(*f));
	model_free(m);
}

static void swap_traffic_has_totals_and_growth(void **state)
{
	struct ev_task t = task(10, 10, OLD, "app");
	struct model *m = fresh();

	(void)state;
	feed_fault(m, fault(t, 10, 300, FAULT_SWAP));
	feed_swapout(m, t, 20, 5, 2);
	feed_tick(m, SEC);
	feed_fault(m, fault(t, SEC + 10, 400, FAULT_SWAP));
	feed_fault(m, fault(t, SEC + 20, 1, FAULT_SWAP));
	feed_swapout(m, t, SEC + 20, 1, 1);
	assert_int_equal(get(m, t)->swapin_delta, 1); /* still the last interval's */
	feed_tick(m, 2 * SEC);
	assert_int_equal(get(m, t)->swapin_faults, 3);
	assert_int_equal(get(m, t)->swapin_ns, 701);
	assert_int_equal(get(m, t)->swapin_delta, 2);
	assert_int_equal(get(m, t)->swapin_ns_delta, 401);
	assert_int_equal(get(m, t)->swapout_pages, 6);
	assert_int_equal(get(m, t)->swapout_delta, 1);
	assert_int_equal(get(m, t)->fileout_pages, 3);
	feed_tick(m, 3 * SEC);
	assert_int_equal(get(m, t)->swapin_delta, 0);
	assert_int_equal(get(m, t)->fileout_delta, 0);
	model_free(m);
}

static void files_are_known_per_process_and_for_the_run(void **state)
{
	struct ev_task a = task(10, 10, OLD, "a"), b = task(11, 11, OLD, "b");
	struct ev_fault ev = fault(a, 10, 100, FAULT_FILE);
	struct file_stats out[4];
	struct model *m = fresh();

	(void)state;
	ev.ino = 5;
	ev.dev_major = 8;
	ev.dev_minor = 1;
	strcpy(ev.name, "libc.so.6");
	feed_fault(m, ev);
	ev.task = b;
	ev.duration_ns = 30;
	feed_fault(m, ev);
	ev.ino = 6;
	ev.name[0] = '\0';
	ev.duration_ns = 1000;
	feed_fault(m, ev);
	assert_int_equal(model_files(m, NULL, out, 4), 2);
	assert_int_equal(out[0].ino, 6);
	assert_null(out[0].path);
	assert_int_equal(out[1].faults, 2);
	assert_int_equal(out[1].total_ns, 130);
	assert_int_equal(out[1].max_ns, 100);
	assert_string_equal(out[1].path, "libc.so.6");
	assert_int_equal(model_files(m, get(m, a), out, 4), 1);
	assert_int_equal(out[0].total_ns, 100);
	feed_file(m, 8, 1, 5, "/lib/libc.so.6");
	feed_file(m, 8, 2, 5, "/other/device");
	feed_fault(m, ev);
	assert_int_equal(model_files(m, get(m, a), out, 4), 1);
	assert_string_equal(out[0].path, "/lib/libc.so.6");
	assert_string_equal(model_file_path(m, 8, 1, 5), "/lib/libc.so.6");
	assert_null(model_file_path(m, 8, 1, 6));
	assert_int_equal(model_files(m, get(m, b), out, 1), 2);
	assert_int_equal(out[0].ino, 6);
	model_free(m);
}

static void a_new_process_in_a_freed_slot_inherits_no_files(void **state)
{
	struct model_opts opts = default_opts;
	struct ev_task a = task(10, 10, BEGIN_NS + 1, "a"), b = task(11, 11, BEGIN_NS + 1, "b");
	struct ev_fault ev = fault(a, 10, 100, FAULT_FILE);
	struct file_stats out[4];
	struct model *m;

	(void)state;
	opts.max_processes = 1;
	m = model_begin(&opts);
	ev.ino = 5;
	feed_fault(m, ev);
	feed_exit(m, exit_event(a, 20, 1, 1, true));
	feed_row(m, row(b, 30, 1, 0));
	feed_tick(m, SEC);
	assert_null(model_process(m, a.tgid, a.start_ns));
	assert_int_equal(model_files(m, get(m, b), out, 4), 0);
	assert_int_equal(model_files(m, NULL, out, 4), 1);
	assert_int_equal(out[0].faults, 1);
	model_free(m);
}

static void without_room_for_files_faults_still_count(void **state)
{
	struct model_opts opts = default_opts;
	struct ev_task t = task(10, 10, OLD, "a");
	struct ev_fault ev = fault(t, 10, 100, FAULT_FILE);
	struct model *m;

	(void)state;
	opts.max_files = 2;
	m = model_begin(&opts);
	for (ev.ino = 1; ev.ino < 5; ev.ino++)
		feed_fault(m, ev);
	assert_int_equal(model_faults(m)->count[FAULT_FILE], 4);
	assert_int_equal(model_loss(m).files_full, 6);
	model_free(m);
}

/* Names. */

static void a_command_line_outlives_nothing_but_its_process(void **state)
{
	struct ev_task t = task(1, 1, BEGIN_NS + 1, "a");
	char line[5000];
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(t, 5, 1, 0));
	feed_cmdline(m, t, "python3 -c 'x = 1'");
	assert_string_equal(get(m, t)->cmdline, "python3 -c 'x = 1'");
	feed_cmdline(m, t, "sleep 1");
	assert_string_equal(get(m, t)->cmdline, "sleep 1");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	feed_cmdline(m, t, line);
	assert_int_equal(strlen(get(m, t)->cmdline), 1023);
	/* Far more of them than there is room for at once. */
	for (uint32_t i = 2; i < 5000; i++) {
		struct ev_task other = task(i, i, BEGIN_NS + i, "b");

		feed_cmdline(m, other, line);
		feed_exit(m, exit_event(other, i, 0, 0, true));
		if (i % 10 == 0)
			feed_tick(m, i);
	}
	assert_int_equal(model_loss(m).names_unresolved, 0);
	assert_int_equal(strlen(get(m, t)->cmdline), 1023);
	model_free(m);
}

static void a_renamed_cgroup_has_its_new_path(void **state)
{
	struct model *m = fresh();
	const char *old;

	(void)state;
	assert_null(model_cgroup_path(m, 5));
	feed_cgroup(m, 5, "/a/with \"quotes\"\nand lines");
	old = model_cgroup_path(m, 5);
	assert_string_equal(old, "/a/with \"quotes\"\nand lines");
	feed_cgroup(m, 5, "/b");
	assert_string_equal(model_cgroup_path(m, 5), "/b");
	assert_string_equal(old, "/a/with \"quotes\"\nand lines");
	model_free(m);
}

static void a_comm_of_full_length_is_kept_whole(void **state)
{
	struct ev_task t = task(1, 1, OLD, "0123456789abcdef");
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(t, 5, 1, 0));
	assert_string_equal(get(m, t)->comm, "0123456789abcdef");
	model_free(m);
}

/* kswapd. */

static void feed_kswapd(struct model *m, int nid, uint64_t time, uint32_t state)
{
	struct ev_kswapd ev = {.hdr = HDR(EV_KSWAPD, ev, time), .nid = nid, .state = state};

	model_event(m, &ev.hdr);
}

static void kswapd_runs_between_two_sleeps_are_one_wake(void **state)
{
	struct kswapd_stats k[4];
	struct model *m = fresh();

	(void)state;
	feed_kswapd(m, 1, 100, KSWAPD_WAKE);
	feed_kswapd(m, 1, 150, KSWAPD_WAKE);
	feed_kswapd(m, 1, 190, KSWAPD_SLEEP);
	feed_kswapd(m, 1, 200, KSWAPD_WAKE);
	feed_kswapd(m, 1, 205, KSWAPD_SLEEP);
	assert_int_equal(model_kswapd(m, k, 4), 1);
	assert_int_equal(k[0].nid, 1);
	assert_int_equal(k[0].wakes, 2);
	assert_int_equal(k[0].runs, 3);
	assert_int_equal(k[0].active_ns, 95);
	assert_false(k[0].active);
	model_free(m);
}

static void kswapd_active_at_both_ends_counts_the_traced_part(void **state)
{
	struct kswapd_stats k[4];
	struct model *m = fresh();

	(void)state;
	feed_kswapd(m, 0, 40, KSWAPD_SLEEP); /* was at work when the trace began */
	feed_kswapd(m, 0, 100, KSWAPD_WAKE);
	feed_tick(m, 170);
	assert_int_equal(model_kswapd(m, k, 4), 1);
	assert_int_equal(k[0].active_ns, 40 + 70);
	assert_true(k[0].active);
	feed_tick(m, 180);
	model_kswapd(m, k, 4);
	assert_int_equal(k[0].active_ns, 40 + 80);
	model_free(m);
}

static void who_woke_kswapd_last_is_known(void **state)
{
	struct ev_kswapd_wakeup ev = {
		.hdr = HDR(EV_KSWAPD_WAKEUP, ev, 10), .task = task(5, 6, OLD, "hog"), .nid = 0};
	struct kswapd_stats k[4];
	struct model *m = fresh();

	(void)state;
	model_event(m, &ev.hdr);
	model_event(m, &ev.hdr);
	ev.nid = MODEL_NODES;
	model_event(m, &ev.hdr);
	ev.nid = -1;
	model_event(m, &ev.hdr);
	assert_int_equal(model_kswapd(m, k, 4), 1);
	assert_int_equal(k[0].wakeups, 2);
	assert_int_equal(k[0].waker_tgid, 5);
	assert_string_equal(k[0].waker_comm, "hog");
	assert_int_equal(model_loss(m).bad_events, 2);
	model_free(m);
}

/* The run. */

static void host_counters_grow_over_run_and_interval(void **state)
{
	struct ev_host host = host_absent();
	struct model *m = fresh();
	uint64_t growth;

	(void)state;
	assert_null(model_host_first(m));
	host.value[HOST_PGFAULT] = 100;
	host.value[HOST_MEM_FREE] = 100;
	feed_host(m, 1, &host);
	assert_false(model_host_growth(m, HOST_PGFAULT, &growth));
	host.value[HOST_PGFAULT] = 150;
	feed_host(m, 2, &host);
	host.value[HOST_PGFAULT] = 170;
	host.value[HOST_MEM_FREE] = 60;
	feed_host(m, 3, &host);
	assert_true(model_host_growth(m, HOST_PGFAULT, &growth));
	assert_int_equal(growth, 70);
	assert_true(model_host_interval(m, HOST_PGFAULT, &growth));
	assert_int_equal(growth, 20);
	assert_false(model_host_growth(m, HOST_MEM_FREE, &growth));
	assert_false(model_host_growth(m, HOST_ZSWPIN, &growth));
	assert_int_equal(model_host_first(m)->value[HOST_PGFAULT], 100);
	assert_int_equal(model_host_last(m)->value[HOST_PGFAULT], 170);
	model_free(m);
}

static void a_zone_is_replaced_by_its_next_figures(void **state)
{
	struct ev_zone z = {.hdr = HDR(EV_ZONE, z, 1), .nid = 0, .free_bytes = 5, .name = "DMA"};
	const struct ev_zone *zones;
	struct model *m = fresh();

	(void)state;
	model_event(m, &z.hdr);
	z.nid = 1;
	model_event(m, &z.hdr);
	z.nid = 0;
	z.free_bytes = 9;
	model_event(m, &z.hdr);
	strcpy(z.name, "Normal");
	model_event(m, &z.hdr);
	assert_int_equal(model_zones(m, &zones), 3);
	assert_int_equal(zones[0].free_bytes, 9);
	assert_string_equal(zones[2].name, "Normal");
	model_free(m);
}

static void time_and_ticks_are_the_streams_own(void **state)
{
	struct model *m = fresh();

	(void)state;
	assert_null(model_last_tick(m));
	feed_tick(m, SEC);
	assert_int_equal(model_interval_ns(m), SEC);
	feed_tick(m, 3 * SEC);
	assert_int_equal(model_interval_ns(m), 2 * SEC);
	feed_kmsg(m, 900 * SEC, "the kernel log has a clock of its own");
	assert_int_equal(model_now_ns(m), BEGIN_NS + 3 * SEC);
	assert_int_equal(model_begin_ns(m), BEGIN_NS);
	assert_int_equal(model_ticks(m), 2);
	assert_int_equal(model_last_tick(m)->hdr.time_ns, BEGIN_NS + 3 * SEC);
	assert_int_equal(model_meta(m)->page_size, 4096);
	model_free(m);
}

static void losses_are_growth_since_the_first_reading(void **state)
{
	struct ev_counters c = {.kmsg_lost = 1, .names_unresolved = 2};
	struct model_loss loss;
	struct model *m = fresh();

	(void)state;
	c.sig[SIG_FAULT].lost = 10;
	feed_counts(m, 1, &c);
	assert_int_equal(model_lost(m), 0);
	c.sig[SIG_FAULT].lost = 15;
	c.sig[SIG_EXIT].lost = 2;
	c.sig[SIG_MEMCG].unpaired = 3;
	c.perf_throttled = 100;
	c.recursion_missed = 1000;
	c.kmsg_lost = 2;
	c.names_unresolved = 5;
	feed_counts(m, 2, &c);
	model_bad_event(m);
	loss = model_loss(m);
	assert_int_equal(loss.ring_full, 7);
	assert_int_equal(loss.unpaired, 3);
	assert_int_equal(loss.perf_throttled, 100);
	assert_int_equal(loss.recursion_missed, 1000);
	assert_int_equal(loss.kmsg_lost, 1);
	assert_int_equal(loss.names_unresolved, 3);
	assert_int_equal(loss.bad_events, 1);
	assert_int_equal(model_lost(m), 7 + 100 + 1000 + 1 + 1);
	assert_int_equal(model_counts(m, SIG_FAULT).lost, 5);
	model_free(m);
}

static void an_event_of_an_unknown_kind_is_counted(void **state)
{
	struct ev_hdr hdr = {.kind = 0, .size = sizeof(hdr)};
	struct model *m = fresh();

	(void)state;
	model_event(m, &hdr);
	hdr.kind = 20;
	model_event(m, &hdr);
	hdr.kind = UINT16_MAX;
	model_event(m, &hdr);
	assert_int_equal(model_loss(m).bad_events, 3);
	model_free(m);
}

static void a_probe_reported_again_replaces_its_report(void **state)
{
	const struct ev_probe *probes;
	struct model *m = fresh();

	(void)state;
	feed_probe(m, "stall.direct", PROBE_OK);
	feed_probe(m, "oom.kill", PROBE_OK);
	feed_probe(m, "stall.direct", PROBE_MISSING);
	assert_int_equal(model_probes(m, &probes), 2);
	assert_int_equal(probes[0].status, PROBE_MISSING);
	model_free(m);
}

static int by_major(const void *a, const void *b)
{
	return *(const int *)b - *(const int *)a;
}

static void the_first_few_of_an_order_are_the_greatest_in_order(void **state)
{
	const struct process *list[600];
	int majors[500];
	struct model *m = fresh();

	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		majors[i] = (int)(i * 7919 % 499);
		feed_row(m, row(task(i + 1, i + 1, BEGIN_NS + 1, "p"), 5, 1, (uint64_t)majors[i]));
	}
	feed_tick(m, SEC);
	qsort(majors, 500, sizeof(*majors), by_major);
	for (int max = 0; max <= 600; max = max * 3 + 1) {
		memset(list, 0, sizeof(list));
		assert_int_equal(model_processes(m, BY_MAJOR_FAULTS, list, max), 500);
		for (int i = 0; i < max && i < 500; i++)
			assert_int_equal(list[i]->maj_flt_traced, majors[i]);
		if (max < 600)
			assert_null(list[max > 500 ? 500 : max]);
	}
	assert_int_equal(model_processes(m, BY_MAJOR_FAULTS, NULL, 0), 500);
	model_free(m);
}

static void each_order_sorts_by_its_own_figure(void **state)
{
	static const enum process_order orders[] = {
		BY_STALL_TIME, BY_MAJOR_FAULTS, BY_MAJOR_FAULTS_DELTA,
		BY_SWAP_DELTA, BY_SWAP,		BY_RSS_GROWTH};
	const struct process *list[8];
	struct ev_task t[7];
	struct model *m = fresh();

	(void)state;
	for (uint32_t i = 1; i <= 6; i++) {
		struct ev_task_row r = row(task(i, i, OLD, "p"), 1, 10, 10);

		t[i] = r.task;
		r.anon_rss_bytes = 1000;
		feed_row(m, r);
	}
	feed_tick(m, 2);
	feed_stall(m, stall(t[1], 3, 50, STALL_DIRECT));
	feed_swapout(m, t[5], 3, 90, 0);
	for (uint64_t s = 1; s <= 2; s++) {
		for (uint32_t i = 1; i <= 6; i++) {
			struct ev_task_row r = row(t[i], s * SEC, 10, 10);

			r.anon_rss_bytes = i == 6 ? 1001 : 900;
			if (i == 2)
				r.maj_flt = 60;
			if (i == 3)
				r.maj_flt = s == 2 ? 30 : 10;
			feed_row(m, r);
		}
		if (s == 2)
			feed_swapout(m, t[4], 2 * SEC, 20, 0);
		feed_tick(m, s * SEC);
	}
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(model_processes(m, orders[i], list, 8), 6);
		assert_int_equal(list[0]->tgid, i + 1);
	}
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stalls_add_up_per_process_kind_and_cgroup),
		cmocka_unit_test(untimed_faults_count_but_have_no_latency),
		cmocka_unit_test(swap_traffic_has_totals_and_growth),
		cmocka_unit_test(files_are_known_per_process_and_for_the_run),
		cmocka_unit_test(a_new_process_in_a_freed_slot_inherits_no_files),
		cmocka_unit_test(without_room_for_files_faults_still_count),
		cmocka_unit_test(a_command_line_outlives_nothing_but_its_process),
		cmocka_unit_test(a_renamed_cgroup_has_its_new_path),
		cmocka_unit_test(a_comm_of_full_length_is_kept_whole),
		cmocka_unit_test(kswapd_runs_between_two_sleeps_are_one_wake),
		cmocka_unit_test(kswapd_active_at_both_ends_counts_the_traced_part),
		cmocka_unit_test(who_woke_kswapd_last_is_known),
		cmocka_unit_test(host_counters_grow_over_run_and_interval),
		cmocka_unit_test(a_zone_is_replaced_by_its_next_figures),
		cmocka_unit_test(time_and_ticks_are_the_streams_own),
		cmocka_unit_test(losses_are_growth_since_the_first_reading),
		cmocka_unit_test(an_event_of_an_unknown_kind_is_counted),
		cmocka_unit_test(a_probe_reported_again_replaces_its_report),
		cmocka_unit_test(the_first_few_of_an_order_are_the_greatest_in_order),
		cmocka_unit_test(each_order_sorts_by_its_own_figure),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
