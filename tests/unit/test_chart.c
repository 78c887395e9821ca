/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The chart of a run: nothing is lost when buckets become longer, sums equal the model's, memory
 * stays what was taken at the start.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "chart.h"

#define MS    1000000ULL
#define S     (1000 * MS)
#define BEGIN (100 * S)

struct run {
	struct model *m;
	struct chart *c;
};

static struct run run_begin(void)
{
	static const struct model_opts opts = {
		.max_processes = 1024, .max_details = 512, .max_cgroups = 64, .max_files = 16};
	struct run r = {model_new(&opts), chart_new()};

	assert_non_null(r.m);
	assert_non_null(r.c);
	return r;
}

static void feed(struct run *r, const void *ev)
{
	assert_int_equal(event_check(ev, ((const struct ev_hdr *)ev)->size), 0);
	model_event(r->m, ev);
	chart_event(r->c, r->m, ev);
}

static void run_end(struct run *r)
{
	chart_free(r->c);
	model_free(r->m);
}

static void tick(struct run *r, uint64_t at)
{
	struct ev_tick ev = {.hdr = {EV_TICK, 0, sizeof(ev), at}};

	feed(r, &ev);
}

static struct ev_stall stall_of(uint32_t pid, uint64_t end, uint64_t ns)
{
	struct ev_stall ev = {.hdr = {EV_STALL, 0, sizeof(ev), end}, .duration_ns = ns};

	ev.task = (struct ev_task){.start_ns = pid, .tgid = pid, .tid = pid, .cgroup = 7};
	snprintf(ev.task.comm, sizeof(ev.task.comm), "p%u", pid);
	ev.kind = STALL_MEMCG;
	ev.split = 1;
	ev.cause_ns[CAUSE_IO] = ns / 3;
	ev.cause_ns[CAUSE_CPU] = ns - ns / 3;
	return ev;
}

static void stall(struct run *r, uint32_t pid, uint64_t end, uint64_t ns)
{
	struct ev_stall ev = stall_of(pid, end, ns);

	feed(r, &ev);
}

static uint64_t cells_sum(const struct chart *c, const struct chart_lane *l, int cause)
{
	uint64_t sum = l->early.ns[cause];

	for (int i = 0; i < chart_buckets(c); i++)
		sum += l->cell[i].ns[cause];
	return sum;
}

static void sums_check(struct run *r)
{
	const struct stall_stats *s = model_stalls(r->m);
	const struct chart_lane *lanes[CHART_PROCESSES], *all = chart_all(r->c);
	uint64_t total = 0, stalls = 0;
	int n = chart_processes(r->c, lanes, CHART_PROCESSES);

	for (int k = 0; k < STALL_CAUSES; k++)
		assert_int_equal(cells_sum(r->c, all, k), s->cause_ns[k]);
	assert_int_equal(cells_sum(r->c, all, CHART_UNSPLIT), s->all.total_ns - s->split_ns);
	assert_int_equal(all->stalls, s->all.count);
	for (int i = 0; i < n; i++) {
		uint64_t sum = 0;

		for (int k = 0; k < CHART_CAUSES; k++)
			sum += cells_sum(r->c, lanes[i], k);
		assert_int_equal(sum, lanes[i]->stall_ns);
		total += sum;
		stalls += lanes[i]->stalls;
		assert_true(i == 0 || lanes[i - 1]->stall_ns + lanes[i - 1]->before_ns >=
					      lanes[i]->stall_ns + lanes[i]->before_ns);
	}
	assert_true(total <= s->all.total_ns);
	assert_true(n == CHART_PROCESSES || stalls == s->all.count);
}

/* Each cause is rounded for itself. */
static void waited(const struct chart_lane *l, int i, uint64_t ns)
{
	assert_in_range(l->cell[i].ns[CAUSE_IO] + l->cell[i].ns[CAUSE_CPU], ns - 1, ns + 1);
}

static void test_a_stall_is_shared_out_by_the_time_it_lies_in_each_bucket(void **state)
{
	struct run r = run_begin();
	const struct chart_lane *all = chart_all(r.c);

	(void)state;
	tick(&r, BEGIN);
	stall(&r, 1, BEGIN + 25 * MS, 18 * MS); /* 7 to 25 ms: 3 + 10 + 5 */
	chart_end(r.c, r.m);
	assert_int_equal(chart_width_ns(r.c), 10 * MS);
	assert_int_equal(chart_buckets(r.c), 3);
	waited(all, 0, 3 * MS);
	waited(all, 1, 10 * MS);
	waited(all, 2, 5 * MS);
	sums_check(&r);
	run_end(&r);
}

static void test_what_began_before_the_chart_is_kept_apart(void **state)
{
	struct run r = run_begin();
	const struct chart_lane *all = chart_all(r.c);

	(void)state;
	tick(&r, BEGIN);
	stall(&r, 1, BEGIN + 5 * MS, 12 * MS);
	stall(&r, 1, BEGIN - 5 * MS, 3 * MS); /* came late */
	stall(&r, 1, 7, 20);		      /* longer than the clock has run */
	chart_end(r.c, r.m);
	waited(all, 0, 5 * MS);
	sums_check(&r);
	run_end(&r);
}

static void test_buckets_become_longer_and_lose_nothing(void **state)
{
	struct run r = run_begin();
	uint64_t at = BEGIN;

	(void)state;
	tick(&r, BEGIN);
	for (uint32_t i = 0; i < 20000; i++) {
		at += 180 * MS + i % 7;
		stall(&r, 1 + i % 20, at, 1 + (i * 7919ULL) % (400 * MS));
	}
	tick(&r, at);
	chart_end(r.c, r.m);
	assert_true(chart_buckets(r.c) <= CHART_BUCKETS);
	assert_true(chart_buckets(r.c) > CHART_BUCKETS / 2);
	assert_int_equal(chart_width_ns(r.c), 10 * MS << 8); /* an hour */
	sums_check(&r);
	run_end(&r);
}

/* As only a hostile recording has it. */
static void test_any_time_is_survived(void **state)
{
	struct run r = run_begin();

	(void)state;
	tick(&r, 1);
	stall(&r, 1, UINT64_MAX, UINT64_MAX);
	stall(&r, 2, 0, UINT64_MAX);
	tick(&r, UINT64_MAX);
	tick(&r, 0);
	stall(&r, 3, UINT64_MAX - 1, 5);
	chart_end(r.c, r.m);
	assert_true(chart_buckets(r.c) <= CHART_BUCKETS);
	run_end(&r);
}

static void test_who_waits_more_gets_a_lane_whenever_he_comes(void **state)
{
	const struct chart_lane *lanes[CHART_PROCESSES];
	struct run r = run_begin();
	bool found = false;
	int n;

	(void)state;
	tick(&r, BEGIN);
	for (uint32_t pid = 1; pid <= 300; pid++)
		stall(&r, pid, BEGIN + pid * MS, 10000 + pid);
	stall(&r, 1000, BEGIN + S, 500 * MS);
	chart_end(r.c, r.m);
	n = chart_processes(r.c, lanes, CHART_PROCESSES);
	assert_int_equal(n, CHART_PROCESSES);
	for (int i = 0; i < n; i++)
		found |= lanes[i]->tgid == 1000 && lanes[i]->since_ns == BEGIN + S;
	assert_true(found);
	assert_int_equal(lanes[0]->tgid, 1000);
	sums_check(&r);
	run_end(&r);
}

static void test_reclaim_that_was_asked_for_and_others_are_no_stalls(void **state)
{
	static const uint32_t only[] = {5};
	struct model_opts opts = {.max_processes = 64,
				  .max_details = 64,
				  .max_cgroups = 16,
				  .filter = {.tgids = only, .ntgids = 1}};
	struct run r = {model_new(&opts), chart_new()};
	struct ev_stall ev = stall_of(5, BEGIN + 10 * MS, MS);

	(void)state;
	tick(&r, BEGIN);
	ev.kind = STALL_PROACTIVE;
	feed(&r, &ev);
	stall(&r, 6, BEGIN + 11 * MS, MS);
	stall(&r, 5, BEGIN + 12 * MS, 2 * MS);
	chart_end(r.c, r.m);
	assert_int_equal(chart_all(r.c)->stalls, 1);
	sums_check(&r);
	run_end(&r);
}

static void test_the_longest_are_kept_and_the_rest_is_counted(void **state)
{
	const struct ev_stall *list;
	struct run r = run_begin();
	uint64_t dropped;
	int n, extra = 4000;

	(void)state;
	tick(&r, BEGIN);
	for (uint32_t i = 0; i < CHART_STALLS + (uint32_t)extra; i++)
		stall(&r, 1, BEGIN + i * MS, 1 + (i * 7919ULL) % (CHART_STALLS + (uint32_t)extra));
	chart_end(r.c, r.m);
	n = chart_stalls(r.c, &list, &dropped);
	assert_int_equal(n, CHART_STALLS);
	assert_int_equal(dropped, extra);
	/* 7919 is prime to their number: each duration occurs once. */
	for (int i = 0; i < n; i++)
		assert_int_equal(list[i].duration_ns, CHART_STALLS + extra - i);
	run_end(&r);
}

static void fault(struct run *r, uint64_t end, uint64_t ns, uint32_t class, uint32_t flags)
{
	struct ev_fault ev = {.hdr = {EV_FAULT, 0, sizeof(ev), end}, .duration_ns = ns};

	ev.task = (struct ev_task){.start_ns = 9, .tgid = 9, .tid = 9, .cgroup = 7};
	ev.class = class;
	ev.flags = flags;
	feed(r, &ev);
}

static void test_faults_are_counted_where_they_end_untimed_ones_too(void **state)
{
	const struct ev_fault *list;
	const struct chart_lane *all;
	struct run r = run_begin();
	uint64_t dropped;

	(void)state;
	tick(&r, BEGIN);
	fault(&r, BEGIN + 12 * MS, 4 * MS, FAULT_SWAP, 0);
	fault(&r, BEGIN + 13 * MS, 0, FAULT_FILE, FAULT_F_UNTIMED);
	chart_end(r.c, r.m);
	all = chart_all(r.c);
	assert_int_equal(all->faults, 2);
	assert_int_equal(all->cell[0].fault_ns, 2 * MS);
	assert_int_equal(all->cell[1].fault_ns, 2 * MS);
	assert_int_equal(all->cell[1].faults[FAULT_SWAP], 1);
	assert_int_equal(all->cell[1].faults[FAULT_FILE], 1);
	assert_int_equal(chart_faults(r.c, &list, &dropped), 1);
	run_end(&r);
}

static void kswapd(struct run *r, int32_t nid, uint64_t at, uint32_t state)
{
	struct ev_kswapd ev = {.hdr = {EV_KSWAPD, 0, sizeof(ev), at}, .nid = nid, .state = state};

	feed(r, &ev);
}

static void test_kswapd_is_as_busy_as_the_model_says(void **state)
{
	struct kswapd_stats nodes[MODEL_NODES];
	struct run r = run_begin();
	uint64_t sum = 0, model = 0;

	(void)state;
	tick(&r, BEGIN);
	kswapd(&r, 1, BEGIN + 30 * MS, KSWAPD_SLEEP); /* had been at work when we came */
	kswapd(&r, 0, BEGIN + 35 * MS, KSWAPD_WAKE);
	kswapd(&r, 0, BEGIN + 45 * MS, KSWAPD_WAKE);
	kswapd(&r, 0, BEGIN + 60 * MS, KSWAPD_SLEEP);
	kswapd(&r, 0, BEGIN + 95 * MS, KSWAPD_WAKE); /* and still is at the end */
	tick(&r, BEGIN + 130 * MS);
	chart_end(r.c, r.m);
	for (int i = 0; i < chart_buckets(r.c); i++)
		sum += chart_kswapd(r.c)[i];
	for (int i = 0, n = model_kswapd(r.m, nodes, MODEL_NODES); i < n; i++)
		model += nodes[i].active_ns;
	assert_int_equal(sum, 90 * MS);
	assert_int_equal(sum, model);
	assert_int_equal(chart_kswapd(r.c)[3], 5 * MS);
	run_end(&r);
}

static void snapshot(struct run *r, int s, uint64_t free_mib, uint64_t rss_mib)
{
	uint64_t at = BEGIN + (uint64_t)s * S;
	struct ev_host h = {.hdr = {EV_HOST, 0, sizeof(h), at}};
	struct ev_task_row row = {.hdr = {EV_TASK, 0, sizeof(row), at}};

	row.task = (struct ev_task){.start_ns = 3, .tgid = 3, .tid = 3, .comm = "grows"};
	row.leader = row.sized = 1;
	row.state = 'S';
	row.anon_rss_bytes = rss_mib << 20;
	feed(r, &row);
	h.value[HOST_MEM_FREE] = free_mib << 20;
	h.value[HOST_MEM_AVAILABLE] = EV_ABSENT;
	h.value[HOST_PSI_SOME] = (uint64_t)s * 1000;
	feed(r, &h);
	tick(r, at);
}

static void test_curves_keep_extremes_and_sums_when_they_are_thinned(void **state)
{
	const struct chart_grower *g[4];
	const struct chart_point *p;
	struct run r = run_begin();
	uint64_t least = UINT64_MAX, psi = 0, most = 0;
	int n;

	(void)state;
	for (int s = 0; s <= 10000; s++)
		snapshot(&r, s, s == 7777 ? 1 : 1000, s == 6543 ? 900 : 10);
	chart_end(r.c, r.m);
	n = chart_points(r.c, &p);
	assert_true(n > CHART_POINTS / 2 && n <= CHART_POINTS);
	for (int i = 0; i < n; i++) {
		least = p[i].free_bytes < least ? p[i].free_bytes : least;
		psi += p[i].psi_some_us;
		assert_true(p[i].available_bytes == EV_ABSENT);
	}
	assert_int_equal(least, 1 << 20);
	assert_int_equal(psi, 10000 * 1000);
	assert_int_equal(p[n - 1].time_ns, BEGIN + 10000 * S);
	assert_int_equal(chart_growers(r.c, g, 4), 1);
	assert_string_equal(g[0]->comm, "grows");
	for (int i = 0; i < n; i++)
		most = g[0]->rss[i] != EV_ABSENT && g[0]->rss[i] > most ? g[0]->rss[i] : most;
	assert_int_equal(most, 900ULL << 20);
	run_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_stall_is_shared_out_by_the_time_it_lies_in_each_bucket),
		cmocka_unit_test(test_what_began_before_the_chart_is_kept_apart),
		cmocka_unit_test(test_buckets_become_longer_and_lose_nothing),
		cmocka_unit_test(test_any_time_is_survived),
		cmocka_unit_test(test_who_waits_more_gets_a_lane_whenever_he_comes),
		cmocka_unit_test(test_reclaim_that_was_asked_for_and_others_are_no_stalls),
		cmocka_unit_test(test_the_longest_are_kept_and_the_rest_is_counted),
		cmocka_unit_test(test_faults_are_counted_where_they_end_untimed_ones_too),
		cmocka_unit_test(test_kswapd_is_as_busy_as_the_model_says),
		cmocka_unit_test(test_curves_keep_extremes_and_sums_when_they_are_thinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
