/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a report says of a kill: who, whom else, where, when; from the log and from the probe.
 */
#include "test_oom_events.h"

static void feed_user(struct model *m, uint32_t uid, const char *name)
{
	struct ev_user ev = {.hdr = HDR(EV_USER, ev, 0), .uid = uid};

	feed_text(m, &ev.hdr, sizeof(ev), name);
}

static void victim_and_trigger_are_told_apart_though_they_are_gone(void **state)
{
	struct ev_task v = task(100, 101, OLD, "worker"), t = task(7, 8, OLD, "asker");
	struct ev_task parent = task(50, 50, OLD, "supervisor");
	struct ev_task_row r;
	const struct report *rep;
	struct model *m = fresh_machine();

	(void)state;
	feed_cgroup(m, 5, "/mt/a");
	feed_cgroup(m, 6, "/other");
	feed_row(m, row(parent, SEC, 1, 0));
	v.uid = 1000;
	v.cgroup = 5;
	t.uid = 33;
	t.cgroup = 6;
	r = row(task(100, 100, OLD, "victim"), SEC, 1, 0);
	r.ppid = 50;
	r.task.cgroup = 5;
	feed_row(m, r);
	r.task = task(7, 7, OLD, "main");
	r.task.uid = 33;
	feed_row(m, r);
	feed_cmdline(m, v, "victim --big");
	feed_cmdline(m, t, "asker --of memory");
	feed_tick(m, SEC);
	memcpy(v.comm, "victim\0", 7);
	feed_kill(m, kill_event(v, t, 2 * SEC));
	feed_death(m, task(100, 100, OLD, "victim"), 2 * SEC + MSEC, SIGKILL);
	feed_death(m, task(7, 7, OLD, "main"), 2 * SEC + MSEC, 0);
	feed_death(m, parent, 2 * SEC + MSEC, 0);
	for (uint64_t i = 3; i < 9; i++)
		feed_tick(m, i * SEC);
	feed_user(m, 1000, "alice"); /* a name may come late */
	feed_user(m, 33, "www");
	rep = next_report(m);
	assert_null(model_process(m, 100, OLD));
	assert_int_equal(rep->kills[0].victim.pid, 100);
	assert_int_equal(rep->kills[0].victim.ppid, 50);
	assert_string_equal(rep->kills[0].victim.comm, "victim");
	assert_string_equal(rep->kills[0].victim.parent_comm, "supervisor");
	assert_string_equal(rep->kills[0].victim.user, "alice");
	assert_string_equal(rep->kills[0].victim.cmdline, "victim --big");
	assert_string_equal(rep->kills[0].victim.cgroup, "/mt/a");
	assert_int_equal(rep->kills[0].victim.start_ns, OLD);
	assert_int_equal(rep->trigger.pid, 7);
	assert_string_equal(rep->trigger.comm, "asker");
	assert_string_equal(rep->trigger.cmdline, "asker --of memory");
	assert_string_equal(rep->trigger.cgroup, "/other");
	assert_string_equal(rep->trigger.user, "www");
	model_free(m);
}

/* Where the log's lines are read before the probe's event comes. */
static void parent_of_a_victim_that_no_snapshot_saw_is_told_by_the_probe(void **state)
{
	struct ev_oom_kill kill = kill_event(task(100, 100, OLD, "v"), task(7, 7, OLD, "t"), SEC);
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	feed_row(m, row(task(50, 50, OLD, "supervisor"), SEC / 2, 1, 0));
	feed_tick(m, SEC / 2);
	feed_log(m, SEC, 100, "v");
	kill.victim_ppid = 50;
	feed_kill(m, kill);
	r = model_next_report(m, SETTLE, true);
	assert_non_null(r);
	assert_int_equal(r->kills[0].victim.ppid, 50);
	assert_string_equal(r->kills[0].victim.parent_comm, "supervisor");
	model_free(m);
}

static void without_a_log_the_probe_has_the_stack(void **state)
{
	struct ev_oom_kill kill = kill_event(task(100, 100, OLD, "v"), task(7, 7, OLD, "t"), SEC);
	struct ev_stack stack = {.hdr = HDR(EV_STACK, stack, SEC), .id = 9};
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	kill.stack = 9;
	feed_kill(m, kill);
	feed_text(m, &stack.hdr, sizeof(stack), "out_of_memory;handle_mm_fault");
	r = forced(m);
	assert_string_equal(r->trigger_stack, "out_of_memory;handle_mm_fault");
	assert_false(r->trigger_stack_from_log);
	model_free(m);
}

static void without_a_log_the_last_snapshot_has_the_candidates(void **state)
{
	struct ev_oom_kill kill = kill_event(task(100, 100, OLD, "v"), task(7, 7, OLD, "t"), 0);
	struct ev_task t[] = {task(100, 100, OLD, "v"), task(101, 101, OLD, "in"),
			      task(102, 102, OLD, "outside"), task(1, 1, OLD, "init")};
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	feed_cgroup(m, 5, "/mt");
	feed_cgroup(m, 6, "/mt/below");
	feed_cgroup(m, 7, "/mtx");
	t[0].cgroup = 5;
	t[1].cgroup = t[3].cgroup = 6;
	t[2].cgroup = 7;
	for (int i = 0; i < 4; i++)
		feed_sized(m, t[i], SEC, (uint64_t)(10 + i) * MB);
	feed_tick(m, SEC);
	kill.hdr.time_ns = BEGIN_NS + SEC + 300 * MSEC;
	kill.victim.cgroup = 6;
	kill.memcg = 5;
	kill.limit_bytes = 64 * MB;
	kill.anon_rss_bytes = 50 * MB; /* it has grown since */
	feed_kill(m, kill);
	r = forced(m);
	assert_int_equal(r->candidates_source, CANDIDATES_SNAPSHOT);
	assert_int_equal(r->candidates_age_ns, 300 * MSEC);
	assert_int_equal(r->ncandidates, 2);
	assert_int_equal(r->candidates[0].pid, 100);
	assert_int_equal(r->candidates[0].anon_bytes, 50 * MB);
	assert_int_equal(r->candidates[1].pid, 101);
	assert_int_equal(r->total_pages, 80 * MB / PAGE);
	kill.victim.tgid = kill.victim.tid = 102;
	kill.hdr.time_ns = BEGIN_NS + 3 * SEC;
	kill.memcg = 0;
	kill.anon_rss_bytes = 1 * MB; /* the others may have shrunk as well */
	feed_kill(m, kill);
	r = forced(m);
	assert_int_equal(r->ncandidates, 3);
	assert_int_equal(r->victim_rank, 2);
	assert_int_equal(r->rank_reason, RANK_SNAPSHOT);
	model_free(m);
}

static void a_report_of_now_tells_who_would_be_next(void **state)
{
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	feed_sized(m, task(100, 100, OLD, "small"), SEC, 10 * MB);
	feed_sized(m, task(101, 101, OLD, "big"), SEC, 20 * MB);
	feed_tick(m, SEC);
	r = model_report_now(m);
	assert_int_equal(r->reason, REPORT_ASKED);
	assert_int_equal(r->nkills, 0);
	assert_int_equal(r->first_ns, BEGIN_NS + SEC);
	assert_int_equal(r->ncandidates, 2);
	assert_int_equal(r->candidates[0].pid, 101);
	assert_int_equal(r->host->value[HOST_MEM_TOTAL], 1024 * MB);
	assert_int_equal(r->vm.swappiness, 60);
	assert_null(model_next_report(m, SETTLE, true));
	model_free(m);
}

static void feed_cgmem(struct model *m, uint64_t time, uint64_t kill, uint64_t id, uint32_t level)
{
	struct ev_cgmem ev = {
		.hdr = HDR(EV_CGMEM, ev, time),
		.kill_ns = BEGIN_NS + kill,
		.cgroup = id,
		.level = level,
		.usage_bytes = id * MB,
		.limit_bytes = level ? EV_ABSENT : 60 * MB,
	};

	for (int i = 0; i < CGMEM_KEYS; i++)
		ev.value[i] = id * 1000 + (uint64_t)i;
	model_event(m, &ev.hdr);
}

static void the_chain_of_cgroups_is_that_of_the_first_kill(void **state)
{
	struct ev_oom_kill kill = kill_event(task(100, 100, OLD, "v"), task(7, 7, OLD, "t"), SEC);
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	feed_cgroup(m, 5, "/mt");
	feed_cgroup(m, 4, "/");
	kill.memcg = 5;
	kill.limit_bytes = 63 * MB;
	kill.usage_bytes = 63 * MB;
	feed_kill(m, kill);
	feed_cgmem(m, SEC + MSEC, SEC, 9, 0); /* some other cgroup's */
	feed_cgmem(m, SEC + 2 * MSEC, SEC, 5, 0);
	feed_cgmem(m, SEC + 2 * MSEC, SEC, 4, 1);
	feed_cgmem(m, SEC + 3 * MSEC, SEC + 3 * MSEC, 5, 0); /* of a later kill */
	feed_cgmem(m, SEC + 3 * MSEC, SEC + 3 * MSEC, 3, 1);
	r = forced(m);
	assert_int_equal(r->ncgroups, 2);
	assert_string_equal(r->cgroups[0].path, "/mt");
	assert_int_equal(r->cgroups[0].limit_bytes, 63 * MB); /* as at the kill */
	assert_int_equal(r->cgroups[0].read_ns, BEGIN_NS + SEC + 2 * MSEC);
	assert_int_equal(r->cgroups[0].value[CGMEM_FILE], 5000 + CGMEM_FILE);
	assert_false(r->cgroups[0].stat_from_log);
	assert_int_equal(r->cgroups[1].id, 4);
	assert_int_equal(r->cgroups[1].level, 1);
	assert_int_equal(r->cgroups[1].usage_bytes, 4 * MB);
	kill.hdr.time_ns += SEC;
	feed_kill(m, kill);
	model_free(m);
	m = fresh_machine();
	feed_invoked(m, 2 * SEC); /* its path is all that is known of it */
	feed_kmsg(m, 2 * SEC, "memory: usage 65536kB, limit 65536kB, failcnt 12");
	feed_kmsg(m, 2 * SEC, "swap: usage 1024kB, limit 8192kB, failcnt 0");
	feed_kmsg(m, 2 * SEC, "Memory cgroup stats for /mt:");
	feed_kmsg(m, 2 * SEC, "anon 77");
	feed_constraint(m, 2 * SEC, 100, "v");
	feed_killed(m, 2 * SEC, 100, "v");
	feed_cgmem(m, 2 * SEC + MSEC, 2 * SEC, 5, 0);
	r = forced(m);
	assert_int_equal(r->cgroups[0].id, 5);
	assert_int_equal(r->cgroups[0].limit_bytes, 64 * MB);
	assert_int_equal(r->cgroups[0].swap_limit_bytes, 8 * MB);
	assert_int_equal(r->cgroups[0].value[CGMEM_ANON], 77);
	assert_int_equal(r->cgroups[0].value[CGMEM_FILE], 5000 + CGMEM_FILE);
	assert_true(r->cgroups[0].stat_from_log);
	model_free(m);
}

static void a_cgroup_that_nobody_read_has_its_last_figures(void **state)
{
	struct ev_oom_kill kill = kill_event(task(100, 100, OLD, "v"), task(7, 7, OLD, "t"), SEC);
	struct ev_cgstat s = {
		.hdr = HDR(EV_CGSTAT, s, 5), .cgroup = 5, .usage_bytes = 3 * MB, .anon_bytes = MB};
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	s.limit_bytes = EV_ABSENT;
	model_event(m, &s.hdr);
	kill.victim.cgroup = 5;
	feed_kill(m, kill); /* the whole machine ran out */
	r = forced(m);
	assert_int_equal(r->ncgroups, 1);
	assert_int_equal(r->cgroups[0].usage_bytes, 3 * MB);
	assert_true(r->cgroups[0].limit_bytes == EV_ABSENT);
	assert_int_equal(r->cgroups[0].value[CGMEM_ANON], MB);
	assert_true(r->cgroups[0].value[CGMEM_KERNEL] == EV_ABSENT);
	model_free(m);
}

static void phases_never_go_back(void **state)
{
	struct ev_task v = task(100, 100, OLD, "v");
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	feed_kill(m, kill_event(v, v, SEC));
	feed_reap(m, 100, SEC - 1, REAP_WAKE); /* of a process that had its number before */
	feed_reap(m, 100, SEC + 20 * MSEC, REAP_START);
	feed_reap(m, 100, SEC + 10 * MSEC, REAP_FINISH);
	feed_death(m, v, SEC + 30 * MSEC, SIGKILL);
	r = forced(m);
	assert_int_equal(r->kill_ns, BEGIN_NS + SEC);
	assert_int_equal(r->reap_wake_ns, 0);
	assert_int_equal(r->reap_start_ns, BEGIN_NS + SEC + 20 * MSEC);
	assert_int_equal(r->reap_end_ns, 0);
	assert_int_equal(r->exit_ns, BEGIN_NS + SEC + 30 * MSEC);
	assert_false(r->reap_slow);
	assert_false(r->reap_failed);
	model_free(m);
}

static void slow_and_failed_reaping_is_told(void **state)
{
	struct ev_task v = task(100, 100, OLD, "v");
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	feed_kill(m, kill_event(v, v, SEC));
	feed_kmsg(m, SEC + MSEC, "oom_reaper: unable to reap pid:100 (v)");
	feed_death(m, v, 2 * SEC + MSEC, SIGKILL);
	feed_tick(m, 4 * SEC);
	feed_killed(m, SEC, 100, "v");
	r = next_report(m);
	assert_true(r->reap_slow);
	assert_true(r->reap_failed);
	v.tgid = v.tid = 101;
	feed_kill(m, kill_event(v, v, 5 * SEC));
	feed_reap(m, 101, 5 * SEC + MSEC, REAP_SKIP);
	feed_death(m, v, 5 * SEC + 2 * MSEC, SIGKILL); /* it was just about to end */
	feed_killed(m, 5 * SEC, 101, "v");
	r = forced(m);
	assert_int_equal(r->reap_skip_ns, BEGIN_NS + 5 * SEC + MSEC);
	assert_false(r->reap_slow);
	assert_false(r->reap_failed);
	model_free(m);
}

static void without_a_probe_the_log_tells_when_it_was_reaped(void **state)
{
	struct model *m = model_begin(&report_opts);
	const struct report *r;

	(void)state;
	feed_log(m, SEC, 100, "v");
	feed_kmsg(m, SEC + 5 * MSEC, "oom_reaper: reaped process 100 (v), now anon-rss:0kB");
	feed_tick(m, 10 * SEC);
	r = next_report(m);
	assert_true(r->no_bpf);
	assert_int_equal(r->reap_end_ns, BEGIN_NS + SEC + 5 * MSEC);
	assert_false(r->reap_slow);
	model_free(m);
}

static void the_log_is_whole_unless_lines_of_it_were_lost_meanwhile(void **state)
{
	struct ev_counters lost = {0};
	struct model *m = fresh_machine();

	(void)state;
	feed_counts(m, 0, &lost);
	lost.kmsg_lost = 3;
	feed_counts(m, SEC, &lost); /* before */
	feed_story(m, 100, 2 * SEC);
	assert_true(forced(m)->log_whole);
	feed_story(m, 101, 5 * SEC);
	lost.kmsg_lost = 4;
	feed_counts(m, 6 * SEC, &lost);
	assert_false(forced(m)->log_whole);
	assert_int_equal(model_loss(m).kmsg_lost, 4);
	model_free(m);
}

static void a_report_keeps_the_host_as_it_was_before(void **state)
{
	struct ev_host h = host_absent();
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	h.value[HOST_MEM_FREE] = 7;
	feed_host(m, SEC, &h);
	feed_story(m, 100, 2 * SEC);
	h.value[HOST_MEM_FREE] = 8;
	feed_host(m, 3 * SEC, &h);
	feed_tick(m, 3 * SEC);
	r = forced(m);
	assert_int_equal(r->host->value[HOST_MEM_FREE], 7);
	assert_int_equal(r->from_ns, BEGIN_NS); /* no recorder was there before */
	assert_int_equal(r->to_ns, BEGIN_NS + 3 * SEC);
	feed_story(m, 101, 100 * SEC);
	feed_tick(m, 101 * SEC);
	assert_int_equal(forced(m)->from_ns, BEGIN_NS + 100 * SEC - report_opts.history_ns);
	model_free(m);
}

static void feed_clock(struct model *m, uint64_t time, uint64_t wall)
{
	struct ev_clock ev = {.hdr = HDR(EV_CLOCK, ev, time), .realtime_ns = wall};

	model_event(m, &ev.hdr);
}

static void wall_time_is_what_the_clock_showed_then(void **state)
{
	struct ev_meta meta = {.hdr = HDR(EV_META, meta, 0), .realtime_ns = 5000 * SEC};
	struct model *m = fresh_machine();

	(void)state;
	model_event(m, &meta.hdr);
	feed_clock(m, 10 * SEC, 9000 * SEC);
	feed_clock(m, 20 * SEC, 100 * SEC);
	assert_int_equal(model_wall_ns(m, BEGIN_NS - SEC), 4999 * SEC);
	assert_int_equal(model_wall_ns(m, BEGIN_NS + 9 * SEC), 5009 * SEC);
	assert_int_equal(model_wall_ns(m, BEGIN_NS + 10 * SEC), 9000 * SEC);
	assert_int_equal(model_wall_ns(m, BEGIN_NS + 19 * SEC), 9009 * SEC);
	assert_int_equal(model_wall_ns(m, BEGIN_NS + 25 * SEC), 105 * SEC);
	for (uint64_t i = 0; i < 100; i++) /* the oldest are forgotten, the latest count */
		feed_clock(m, (30 + i) * SEC, (i + 1) * 1000 * SEC);
	assert_int_equal(model_wall_ns(m, BEGIN_NS + 129 * SEC + 5), 100 * 1000 * SEC + 5);
	assert_int_equal(model_wall_ns(m, BEGIN_NS + 110 * SEC + 5), 81 * 1000 * SEC + 5);
	model_free(m);
}

/* Of the sanitizer, whose header does not come with each compiler. */
extern int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
						     void (*)(const volatile void *));

static int allocations;

static void count_allocation(const volatile void *p, size_t size)
{
	(void)p;
	(void)size;
	allocations++;
}

static void count_free(const volatile void *p)
{
	(void)p;
}

/* What feed_text() makes on the heap is the tests' own. */
static void feed_stack_text(struct model *m, uint64_t time, const char *text)
{
	_Alignas(8) char buf[1200] = {0};
	struct ev_kmsg *ev = (void *)buf;

	ev->hdr = (struct ev_hdr)HDR(EV_KMSG, *ev, time);
	ev->hdr.size = (uint32_t)((sizeof(*ev) + strlen(text) + 8) & ~7UL);
	memcpy(ev->text, text, strlen(text));
	model_event(m, &ev->hdr);
}

static void feed_without_heap(struct model *m, uint32_t pid, uint64_t time)
{
	struct ev_task v = task(pid, pid, OLD + pid, "v"), t = task(7, 7, OLD, "t");
	char line[200];

	feed_kill(m, kill_event(v, t, time));
	feed_stack_text(m, time, "t invoked oom-killer: gfp_mask=0x1(X), order=0, oom_score_adj=0");
	feed_stack_text(m, time, "Call Trace:");
	feed_stack_text(m, time, " out_of_memory+0x1/0x2");
	feed_stack_text(m, time, "Memory cgroup stats for /mt:");
	feed_stack_text(m, time, "anon 1\nfile 2");
	feed_stack_text(m, time, HEADER_RSS);
	for (int i = 0; i < 2000; i++) {
		snprintf(line, sizeof(line), "[%7d]  0  %d  2250  %d  61440  0  0 p", i + 2, i + 2,
			 i);
		feed_stack_text(m, time, line);
	}
	feed_stack_text(m, time,
			"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg=/mt,"
			"task_memcg=/mt/a,task=v,pid=100,uid=0");
	snprintf(line, sizeof(line), "Out of memory: Killed process %u (v) total-vm:1kB", pid);
	feed_stack_text(m, time, line);
	feed_cgmem(m, time + 1, time, 5, 0);
	feed_reap(m, pid, time + 2, REAP_WAKE);
	feed_death(m, v, time + 3, SIGKILL);
	feed_back(m, time + 4, time, 0);
}

static void nothing_is_allocated_from_the_kill_to_the_report(void **state)
{
	struct model *m = fresh_machine();
	void *volatile seen;
	uint64_t kills = 0;

	(void)state;
	for (uint32_t i = 1; i < 1000; i++)
		feed_sized(m, task(i, i, OLD + i, "p"), SEC, i * MB);
	feed_tick(m, SEC);
	assert_int_equal(__sanitizer_install_malloc_and_free_hooks(count_allocation, count_free),
			 1);
	seen = malloc(1);
	free((void *)seen);
	assert_int_equal(allocations, 1); /* they do count */
	allocations = 0;
	for (uint32_t i = 0; i < 10; i++)
		feed_without_heap(m, 100 + i, 2 * SEC + i * 200 * MSEC);
	feed_tick(m, 4 * SEC);
	feed_tick(m, 8 * SEC);
	for (const struct report *r; (r = model_next_report(m, SETTLE, false)) != NULL;)
		kills += r->kills_counted;
	model_report_now(m);
	assert_int_equal(allocations, 0);
	assert_int_equal(kills, 10);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(victim_and_trigger_are_told_apart_though_they_are_gone),
		cmocka_unit_test(parent_of_a_victim_that_no_snapshot_saw_is_told_by_the_probe),
		cmocka_unit_test(without_a_log_the_probe_has_the_stack),
		cmocka_unit_test(without_a_log_the_last_snapshot_has_the_candidates),
		cmocka_unit_test(a_report_of_now_tells_who_would_be_next),
		cmocka_unit_test(the_chain_of_cgroups_is_that_of_the_first_kill),
		cmocka_unit_test(a_cgroup_that_nobody_read_has_its_last_figures),
		cmocka_unit_test(phases_never_go_back),
		cmocka_unit_test(slow_and_failed_reaping_is_told),
		cmocka_unit_test(without_a_probe_the_log_tells_when_it_was_reaped),
		cmocka_unit_test(the_log_is_whole_unless_lines_of_it_were_lost_meanwhile),
		cmocka_unit_test(a_report_keeps_the_host_as_it_was_before),
		cmocka_unit_test(wall_time_is_what_the_clock_showed_then),
		cmocka_unit_test(nothing_is_allocated_from_the_kill_to_the_report),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
