/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM kills: records put together from the probe, the kernel log, the reaper and the exit, in
 * whichever order they come.
 */
#include <signal.h>
#include "test_model_events.h"

#define KB 1024ULL

static struct model *fresh(void)
{
	return model_begin(&default_opts);
}

static struct ev_oom_kill oom_kill(struct ev_task victim, struct ev_task trigger, uint64_t time)
{
	return (struct ev_oom_kill){
		.hdr = HDR(EV_OOM_KILL, struct ev_oom_kill, time),
		.task = trigger,
		.victim = victim,
		.total_vm_bytes = 9000 * KB,
		.anon_rss_bytes = 8000 * KB,
		.swap_bytes = 77 * KB,
		.oom_score_adj = 5,
		.sized = 1,
		.at_limit = 1,
	};
}

static void feed_kill(struct model *m, struct ev_oom_kill kill)
{
	model_event(m, &kill.hdr);
}

static void feed_reap(struct model *m, uint32_t pid, uint64_t time, uint32_t stage)
{
	struct ev_oom_reap ev = {.hdr = HDR(EV_OOM_REAP, ev, time), .pid = pid, .stage = stage};

	model_event(m, &ev.hdr);
}

static void feed_death(struct model *m, struct ev_task t, uint64_t time, uint32_t code)
{
	struct ev_exit e = exit_event(t, time, 0, 0, true);

	e.exit_code = code;
	feed_exit(m, e);
}

/* A memory cgroup's dump up to the line about the kill, with task table and statistics. */
static void feed_dump(struct model *m, uint64_t time, uint32_t pid, const char *comm)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "%s invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=2, oom_score_adj=-17",
		 "trigger");
	feed_kmsg(m, time, line);
	feed_kmsg(m, time, "CPU: 1 UID: 0 PID: 4242 Comm: trigger Not tainted 6.18.0 #1 NONE");
	feed_kmsg(m, time, "Call Trace:");
	feed_kmsg(m, time, " <TASK>");
	feed_kmsg(m, time, "memory: usage 262144kB, limit 262144kB, failcnt 12");
	feed_kmsg(m, time, "swap: usage 1024kB, limit 9007199254740988kB, failcnt 0");
	feed_kmsg(m, time, "Memory cgroup stats for /mt:");
	feed_kmsg(m, time, "anon 1\nfile 2\nkernel 3");
	for (int i = 0; i < 100; i++)
		feed_kmsg(m, time, "[   4242]     0  4242     1234      567    57344        0");
	snprintf(line, sizeof(line),
		 "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
		 "oom_memcg=/mt,task_memcg=/mt/a,task=%s,pid=%u,uid=1000",
		 comm, pid);
	feed_kmsg(m, time, line);
}

static void feed_killed(struct model *m, uint64_t time, uint32_t pid, const char *comm)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "Memory cgroup out of memory: Killed process %u (%s) total-vm:1234kB, "
		 "anon-rss:12kB, file-rss:3kB, shmem-rss:4kB, UID:1000 pgtables:60kB "
		 "oom_score_adj:-5",
		 pid, comm);
	feed_kmsg(m, time, line);
}

static void feed_log(struct model *m, uint64_t time, uint32_t pid, const char *comm)
{
	feed_dump(m, time, pid, comm);
	feed_killed(m, time, pid, comm);
}

static const struct oom_record *only(const struct model *m)
{
	const struct oom_record *rec[4];

	assert_int_equal(model_ooms(m, rec, 4), 1);
	return rec[0];
}

static bool has_line(const struct oom_record *rec, const char *begin)
{
	for (int i = 0; i < rec->nlog; i++) {
		if (strncmp(rec->log[i], begin, strlen(begin)) == 0)
			return true;
	}
	return false;
}

/* All that both sides tell of the kill of pid 123 by /mt's limit. */
static void check_whole(const struct oom_record *rec)
{
	assert_true(rec->from_log);
	assert_true(rec->from_probe);
	assert_string_equal(rec->constraint, "memcg");
	assert_false(rec->constraint_inferred);
	assert_string_equal(rec->memcg_path, "/mt");
	assert_string_equal(rec->task_memcg_path, "/mt/a");
	assert_int_equal(rec->victim_pid, 123);
	assert_int_equal(rec->victim_uid, 1000);
	assert_string_equal(rec->victim_comm, "python3");
	assert_int_equal(rec->total_vm_bytes, 1234 * KB);
	assert_int_equal(rec->anon_rss_bytes, 12 * KB);
	assert_int_equal(rec->file_rss_bytes, 3 * KB);
	assert_int_equal(rec->shmem_rss_bytes, 4 * KB);
	assert_int_equal(rec->pgtables_bytes, 60 * KB);
	assert_int_equal(rec->oom_score_adj, -5);
	assert_int_equal(rec->swap_bytes, 77 * KB);
	assert_true(rec->trigger_known);
	assert_int_equal(rec->trigger_order, 2);
	assert_int_equal(rec->trigger_gfp, 0xcc0);
	assert_int_equal(rec->trigger_oom_score_adj, -17);
	assert_string_equal(rec->trigger_comm, "trigger");
	assert_int_equal(rec->kill.limit_bytes, 262144 * KB);
	assert_int_equal(rec->kill.memsw_usage_bytes, 1024 * KB);
	assert_int_equal(rec->kill.memsw_limit_bytes, 0);
	assert_int_equal(rec->kill.victim.start_ns, OLD);
	assert_false(rec->group_kill);
}

static void probe_then_log_make_one_record(void **state)
{
	struct ev_task v = task(123, 123, OLD, "python3"), t = task(4242, 4242, OLD, "trigger");
	struct model *m = fresh();

	(void)state;
	feed_kill(m, oom_kill(v, t, SEC));
	feed_log(m, SEC + 30 * MSEC, 123, "python3");
	check_whole(only(m));
	assert_true(has_line(only(m), "anon 1")); /* one record of the log, three lines */
	assert_true(has_line(only(m), "file 2"));
	model_free(m);
}

static void log_then_probe_make_the_same_record(void **state)
{
	struct ev_task v = task(123, 123, OLD, "python3"), t = task(4242, 4242, OLD, "trigger");
	struct ev_stall s = stall(t, SEC - 1, 5, STALL_MEMCG);
	struct model *m = fresh();

	(void)state;
	s.order = 9; /* of an earlier allocation: the log knows better */
	feed_stall(m, s);
	feed_tick(m, SEC);
	feed_log(m, 7000 * SEC, 123, "python3"); /* the log's clock has drifted */
	assert_false(only(m)->from_probe);
	assert_string_equal(only(m)->constraint, "memcg");
	feed_kill(m, oom_kill(v, t, SEC));
	check_whole(only(m));
	assert_int_equal(only(m)->kill.hdr.time_ns, BEGIN_NS + SEC);
	model_free(m);
}

static void the_log_alone_makes_a_record(void **state)
{
	const struct oom_record *rec;
	struct model *m = fresh();

	(void)state;
	feed_log(m, SEC, 123, "python3");
	rec = only(m);
	assert_true(rec->from_log);
	assert_false(rec->from_probe);
	assert_int_equal(rec->kill.hdr.time_ns, BEGIN_NS + SEC);
	assert_int_equal(rec->victim_pid, 123);
	assert_int_equal(rec->kill.task.tid, 4242);
	assert_string_equal(rec->trigger_comm, "trigger");
	assert_int_equal(rec->kill.usage_bytes, 262144 * KB);
	model_free(m);
}

static void the_probe_alone_infers_the_constraint(void **state)
{
	struct ev_task v = task(123, 123, OLD, "python3"), t = task(7, 8, OLD, "trigger");
	struct ev_oom_kill kill = oom_kill(v, t, SEC);
	const struct oom_record *rec[4];
	struct model *m = fresh();

	(void)state;
	feed_kill(m, kill);
	assert_string_equal(only(m)->constraint, "system");
	assert_true(only(m)->constraint_inferred);
	assert_null(only(m)->memcg_path);
	assert_int_equal(only(m)->total_vm_bytes, 9000 * KB);
	assert_int_equal(only(m)->oom_score_adj, 5);
	assert_string_equal(only(m)->victim_comm, "python3");
	kill.victim.tgid = kill.victim.tid = 124;
	kill.memcg = 55;
	feed_kill(m, kill);
	kill.victim.tgid = kill.victim.tid = 125;
	kill.memcg = 0;
	kill.at_limit = 0; /* nobody looked */
	feed_kill(m, kill);
	feed_cgroup(m, 55, "/named/later");
	assert_int_equal(model_ooms(m, rec, 4), 3);
	assert_string_equal(rec[1]->constraint, "memcg");
	assert_string_equal(rec[1]->memcg_path, "/named/later");
	assert_null(rec[2]->constraint);
	assert_false(rec[2]->constraint_inferred);
	model_free(m);
}

static void without_a_log_the_trigger_is_known_by_its_last_stall(void **state)
{
	struct ev_task v = task(123, 123, OLD, "v"), t = task(7, 8, OLD, "trigger");
	struct ev_stall s = stall(t, SEC, 5, STALL_MEMCG);
	const struct oom_record *rec[4];
	struct model *m = fresh();

	(void)state;
	s.order = 3;
	s.gfp = 0x10;
	feed_stall(m, s);
	s.task.tid = 9;
	s.order = 4;
	feed_stall(m, s);
	feed_kill(m, oom_kill(v, t, SEC + 1));
	assert_true(only(m)->trigger_known);
	assert_int_equal(only(m)->trigger_order, 3);
	assert_int_equal(only(m)->trigger_gfp, 0x10);
	assert_string_equal(only(m)->trigger_comm, "trigger");
	v.tgid = v.tid = 124;
	feed_kill(m, oom_kill(v, t, 3 * SEC)); /* that stall is too long ago */
	assert_int_equal(model_ooms(m, rec, 4), 2);
	assert_false(rec[1]->trigger_known);
	model_free(m);
}

static void a_victim_marked_twice_is_one_kill(void **state)
{
	struct ev_task v = task(123, 123, OLD, "v"), t = task(7, 8, OLD, "trigger");
	struct ev_oom_kill again = oom_kill(v, t, SEC + 5);
	struct model *m = fresh();

	(void)state;
	feed_kill(m, oom_kill(v, t, SEC));
	again.victim.tid = 130;
	again.anon_rss_bytes = 0;
	feed_kill(m, again);
	assert_int_equal(only(m)->anon_rss_bytes, 8000 * KB);
	model_free(m);
}

static void reaper_and_exit_complete_the_record(void **state)
{
	struct ev_task v = task(123, 125, OLD, "v"), t = task(7, 8, OLD, "trigger");
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(task(123, 123, OLD, "v"), 1, 1, 0));
	feed_kill(m, oom_kill(v, t, SEC));
	feed_killed(m, SEC, 125, "v");
	feed_reap(m, 125, SEC + 10, REAP_WAKE);
	feed_reap(m, 123, SEC + 20, REAP_START);
	feed_reap(m, 999, SEC + 25, REAP_FINISH);
	feed_reap(m, 125, SEC + 30, REAP_FINISH);
	feed_kmsg(m, SEC + 31,
		  "oom_reaper: reaped process 125 (v), now anon-rss:0kB, file-rss:0kB, "
		  "shmem-rss:0kB");
	feed_exit(m, exit_event(v, SEC + 40, 0, 0, false));
	assert_false(only(m)->done);
	feed_death(m, task(123, 123, OLD, "v"), SEC + 50, SIGKILL);
	assert_true(only(m)->done);
	assert_int_equal(only(m)->reap_ns[REAP_WAKE], BEGIN_NS + SEC + 10);
	assert_int_equal(only(m)->reap_ns[REAP_START], BEGIN_NS + SEC + 20);
	assert_int_equal(only(m)->reap_ns[REAP_FINISH], BEGIN_NS + SEC + 30);
	assert_int_equal(only(m)->reap_ns[REAP_SKIP], 0);
	assert_int_equal(only(m)->exit_ns, BEGIN_NS + SEC + 50);
	assert_true(has_line(only(m), "oom_reaper: reaped process 125"));
	model_free(m);
}

static void two_kills_interleaved_keep_apart(void **state)
{
	struct ev_task a = task(123, 123, OLD, "a"), b = task(456, 456, OLD, "b");
	struct ev_task t = task(7, 8, OLD, "trigger");
	const struct oom_record *rec[4];
	struct model *m = fresh();

	(void)state;
	feed_kill(m, oom_kill(a, t, SEC));
	feed_dump(m, SEC, 123, "a");
	feed_kill(m, oom_kill(b, t, SEC + 10));
	feed_killed(m, SEC, 123, "a");
	feed_reap(m, 456, SEC + 20, REAP_WAKE);
	feed_dump(m, SEC + 10, 456, "b");
	feed_kmsg(m, SEC + 11, "oom_reaper: reaped process 123 (a), now anon-rss:0kB");
	feed_death(m, b, SEC + 30, SIGKILL);
	feed_killed(m, SEC + 12, 456, "b");
	feed_death(m, a, SEC + 40, SIGKILL);
	assert_int_equal(model_ooms(m, rec, 4), 2);
	assert_int_equal(rec[0]->victim_pid, 123);
	assert_int_equal(rec[0]->exit_ns, BEGIN_NS + SEC + 40);
	assert_int_equal(rec[0]->reap_ns[REAP_WAKE], 0);
	assert_true(has_line(rec[0], "oom_reaper"));
	assert_int_equal(rec[1]->victim_pid, 456);
	assert_int_equal(rec[1]->exit_ns, BEGIN_NS + SEC + 30);
	assert_int_equal(rec[1]->reap_ns[REAP_WAKE], BEGIN_NS + SEC + 20);
	assert_false(has_line(rec[1], "oom_reaper"));
	for (int i = 0; i < 2; i++) {
		assert_true(rec[i]->from_log && rec[i]->from_probe);
		assert_true(has_line(rec[i], "trigger invoked oom-killer"));
		assert_true(has_line(rec[i], "Memory cgroup out of memory: Killed"));
	}
	model_free(m);
}

static void a_group_kill_shares_its_dump(void **state)
{
	struct ev_task a = task(123, 123, OLD, "a"), b = task(124, 124, OLD, "b");
	struct ev_task t = task(7, 8, OLD, "trigger");
	const struct oom_record *rec[4];
	struct model *m = fresh();

	(void)state;
	feed_kill(m, oom_kill(a, t, SEC));
	feed_kill(m, oom_kill(b, t, SEC + 1));
	feed_log(m, SEC + 2, 123, "a");
	feed_kmsg(m, SEC + 2, "Tasks in /mt are going to be killed due to memory.oom.group set");
	feed_killed(m, SEC + 2, 123,
		    "a"); /* the kernel kills, logs and counts the first one again */
	feed_killed(m, SEC + 2, 124, "b");
	feed_killed(m, SEC + 2, 125, "c"); /* not seen by the probe */
	assert_int_equal(model_ooms(m, rec, 4), 3);
	assert_false(rec[0]->group_kill);
	for (int i = 1; i < 3; i++) {
		assert_true(rec[i]->group_kill);
		assert_string_equal(rec[i]->constraint, "memcg");
		assert_string_equal(rec[i]->memcg_path, "/mt");
		assert_int_equal(rec[i]->trigger_order, 2);
		assert_true(has_line(rec[i], "Tasks in /mt"));
		assert_true(has_line(rec[i], "trigger invoked oom-killer"));
		assert_false(has_line(rec[i], "Call Trace"));
	}
	assert_int_equal(rec[2]->victim_pid, 125);
	assert_false(rec[2]->from_probe);
	model_free(m);
}

static void a_lone_line_takes_no_other_kills_dump(void **state)
{
	const struct oom_record *rec[4];
	struct model *m = fresh();

	(void)state;
	feed_log(m, SEC, 123, "a");
	feed_kmsg(m, SEC, "Tasks in /mt are going to be killed due to memory.oom.group set");
	feed_killed(m, 5 * SEC, 124, "b"); /* its own dump fell to the rate limit */
	feed_kmsg(m, 5 * SEC,
		  "Out of memory: Killed process 125 (c) total-vm:1kB, anon-rss:1kB, file-rss:0kB, "
		  "shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:0");
	assert_int_equal(model_ooms(m, rec, 4), 3);
	assert_false(rec[1]->group_kill);
	assert_false(rec[1]->trigger_known);
	assert_string_equal(rec[1]->constraint, "memcg"); /* the line says so itself */
	assert_null(rec[1]->memcg_path);
	assert_int_equal(rec[1]->nlog, 1);
	assert_null(rec[2]->constraint);
	model_free(m);
}

static void telling_lines_are_never_pushed_out(void **state)
{
	const struct oom_record *rec;
	struct model *m = fresh();

	(void)state;
	feed_kmsg(m, SEC, "a invoked oom-killer: gfp_mask=0x1(X), order=0, oom_score_adj=0");
	for (int i = 0; i < 200; i++)
		feed_kmsg(m, SEC, "Node 0 DMA free:0kB boost:0kB min:40kB low:48kB high:56kB");
	feed_kmsg(m, SEC, "RAX: 0000000000000000 RBX: 0000000000000000");
	feed_kmsg(m, SEC, " out_of_memory+0x214/0x500");
	feed_kmsg(m, SEC, "memory: usage 262144kB, limit 262144kB, failcnt 12");
	feed_kmsg(m, SEC, "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents");
	for (int i = 0; i < 200; i++)
		feed_kmsg(m, SEC, "[   4242]     0  4242     1234      567    57344        0");
	feed_kmsg(m, SEC, "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)");
	feed_killed(m, SEC, 123, "a");
	feed_kmsg(m, SEC, "oom_reaper: reaped process 123 (a), now anon-rss:0kB");
	rec = only(m);
	assert_true(has_line(rec, "a invoked oom-killer"));
	assert_true(has_line(rec, "Node 0 DMA"));
	assert_false(has_line(rec, "RAX"));
	assert_false(has_line(rec, "out_of_memory"));
	assert_true(has_line(rec, "memory: usage 262144kB"));
	assert_true(has_line(rec, "[  pid  ]"));
	assert_true(has_line(rec, "[   4242]"));
	assert_true(has_line(rec, "oom-kill:constraint="));
	assert_true(has_line(rec, "Memory cgroup out of memory: Killed process 123"));
	assert_true(has_line(rec, "oom_reaper: reaped process 123"));
	assert_string_equal(rec->log[rec->nlog - 1],
			    "oom_reaper: reaped process 123 (a), now anon-rss:0kB");
	assert_int_equal(rec->nlog + rec->nlog_dropped, 1 + 200 + 1 + 201 + 1 + 1 + 1);
	model_free(m);
}

static void hostile_names_change_nothing(void **state)
{
	static const char *const comms[] = {
		") total-vm:9kB", "a,pid=1,uid=0",   "a,task=b",
		"x\ny)(\x1b[2J",  "Out of memory: ", "",
		"Killed process", " invoked oom-ki",
	};
	static const char *const groups[] = {
		"/mt/a,task=x",
		"/mt/,pid=4,uid=0",
		"/mt/ invoked oom-killer: gfp_mask=0x1",
		"/mt/a b\n\"c\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(comms) / sizeof(*comms); i++) {
		struct model *m = fresh();

		feed_log(m, SEC, 123, comms[i]);
		assert_string_equal(only(m)->victim_comm, comms[i]);
		assert_int_equal(only(m)->victim_pid, 123);
		assert_int_equal(only(m)->total_vm_bytes, 1234 * KB);
		assert_int_equal(only(m)->oom_score_adj, -5);
		assert_string_equal(only(m)->task_memcg_path, "/mt/a");
		model_free(m);
	}
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		struct model *m = fresh();
		char line[400];

		snprintf(line, sizeof(line),
			 "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=0-1,cpuset=a,b,"
			 "mems_allowed=0,oom_memcg=/mt,task_memcg=%s,task=py,pid=123,uid=0",
			 groups[i]);
		feed_kmsg(m, SEC,
			  "x invoked oom-killer: gfp_mask=0x1(0), order=0, oom_score_adj=0");
		feed_kmsg(m, SEC, line);
		feed_killed(m, SEC, 123, "py");
		assert_string_equal(only(m)->task_memcg_path, groups[i]);
		assert_string_equal(only(m)->memcg_path, "/mt");
		assert_int_equal(only(m)->trigger_gfp, 1);
		model_free(m);
	}
}

static void a_task_that_was_dying_anyway_is_no_kill(void **state)
{
	struct ev_task v = task(123, 123, OLD, "v"), t = task(7, 8, OLD, "trigger");
	const struct oom_record *rec[4];
	struct model *m = fresh();

	(void)state;
	feed_kill(m, oom_kill(v, t, SEC));
	feed_death(m, v, SEC + 1, 3 << 8);
	assert_int_equal(model_ooms(m, rec, 4), 0);
	model_free(m);
}

static void a_victim_known_by_a_thread_number_is_found(void **state)
{
	struct ev_task v = {.tgid = 125, .tid = 125}; /* a thread of 123 */
	struct ev_exit e = exit_event(task(123, 125, OLD, "v"), SEC + 1, 0, 0, false);
	struct ev_oom_kill kill = oom_kill(v, task(7, 8, OLD, "trigger"), SEC);
	struct model *m = fresh();

	(void)state;
	kill.sized = 0;
	feed_kill(m, kill);
	e.exit_code = SIGKILL;
	feed_exit(m, e);
	feed_death(m, task(123, 123, OLD, "v"), SEC + 2, SIGKILL);
	assert_int_equal(only(m)->exit_ns, BEGIN_NS + SEC + 2);
	model_free(m);
}

static void what_the_probe_lacks_the_process_table_gives(void **state)
{
	struct ev_task known = task(123, 123, OLD, "python3"), v = {.tgid = 123, .tid = 123};
	struct model *m = fresh();

	(void)state;
	known.uid = 33;
	feed_row(m, row(known, 1, 1, 0));
	feed_cmdline(m, known, "python3 eat.py");
	feed_kill(m, oom_kill(v, task(7, 8, OLD, "trigger"), SEC));
	assert_string_equal(only(m)->victim_comm, "python3");
	assert_int_equal(only(m)->victim_uid, 33);
	assert_string_equal(only(m)->victim_cmdline, "python3 eat.py");
	assert_int_equal(only(m)->kill.victim.start_ns, OLD);
	feed_death(m, known, 2 * SEC, SIGKILL);
	for (uint64_t i = 2; i < 5; i++)
		feed_tick(m, i * SEC);
	assert_null(model_process(m, 123, OLD));
	assert_string_equal(only(m)->victim_cmdline, "python3 eat.py");
	model_free(m);
}

static void a_log_line_after_the_exit_still_has_the_exit_time(void **state)
{
	struct ev_task v = task(123, 123, OLD, "v");
	struct model *m = fresh();

	(void)state;
	feed_row(m, row(v, 1, 1, 0));
	feed_death(m, v, SEC, SIGKILL);
	feed_killed(m, SEC + 1, 123, "v");
	assert_int_equal(only(m)->exit_ns, BEGIN_NS + SEC);
	model_free(m);
}

static void first_kills_stay_and_the_next_are_lost(void **state)
{
	const struct oom_record *rec[4];
	struct model *m = fresh();

	(void)state;
	for (uint32_t i = 1; i <= 10; i++) {
		struct ev_task v = task(i, i, OLD + i, "v");

		feed_kill(m, oom_kill(v, v, i * SEC));
		feed_death(m, v, i * SEC + 1, SIGKILL);
	}
	assert_int_equal(model_ooms(m, rec, 4), 8);
	for (int i = 0; i < 4; i++)
		assert_int_equal(rec[i]->victim_pid, i + 1);
	assert_int_equal(model_loss(m).ooms_full, 2);
	assert_int_equal(model_lost(m), 2);
	model_free(m);
}

static void kills_count_in_the_victims_cgroup(void **state)
{
	struct ev_task a = task(123, 123, OLD, "a"), t = task(7, 8, OLD, "trigger");
	const struct cgroup_stats *cg[4];
	struct model *m = fresh();

	(void)state;
	feed_cgroup(m, 9, "/mt/a");
	a.cgroup = 9;
	feed_kill(m, oom_kill(a, t, SEC));
	feed_log(m, SEC, 123, "a");
	feed_log(m, SEC, 124, "b"); /* only the log tells its cgroup */
	assert_int_equal(model_cgroups(m, cg, 4), 1);
	assert_int_equal(cg[0]->id, 9);
	assert_int_equal(cg[0]->oom_kills, 2);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probe_then_log_make_one_record),
		cmocka_unit_test(log_then_probe_make_the_same_record),
		cmocka_unit_test(the_log_alone_makes_a_record),
		cmocka_unit_test(the_probe_alone_infers_the_constraint),
		cmocka_unit_test(without_a_log_the_trigger_is_known_by_its_last_stall),
		cmocka_unit_test(a_victim_marked_twice_is_one_kill),
		cmocka_unit_test(reaper_and_exit_complete_the_record),
		cmocka_unit_test(two_kills_interleaved_keep_apart),
		cmocka_unit_test(a_group_kill_shares_its_dump),
		cmocka_unit_test(a_lone_line_takes_no_other_kills_dump),
		cmocka_unit_test(telling_lines_are_never_pushed_out),
		cmocka_unit_test(hostile_names_change_nothing),
		cmocka_unit_test(a_task_that_was_dying_anyway_is_no_kill),
		cmocka_unit_test(a_victim_known_by_a_thread_number_is_found),
		cmocka_unit_test(what_the_probe_lacks_the_process_table_gives),
		cmocka_unit_test(a_log_line_after_the_exit_still_has_the_exit_time),
		cmocka_unit_test(first_kills_stay_and_the_next_are_lost),
		cmocka_unit_test(kills_count_in_the_victims_cgroup),
	};

	return cmocka_run_group_tests_name("oom", tests, NULL, NULL);
}
