/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a report takes from the kernel log's dump of a kill: stack, statistics, candidates; and that
 * nobody can put anything in by a name.
 */
#include "test_oom_events.h"

/* The log of a kill of 100 with lines of a test's own before the constraint. */
static void feed_dump(struct model *m, uint64_t time, const char *const *lines, size_t n)
{
	feed_invoked(m, time);
	feed_kmsg(m, time, "memory: usage 65536kB, limit 65536kB, failcnt 12");
	feed_kmsg(m, time, "swap: usage 1024kB, limit 8192kB, failcnt 0");
	for (size_t i = 0; i < n; i++)
		feed_kmsg(m, time, lines[i]);
	feed_constraint(m, time, 100, "victim");
	feed_killed(m, time, 100, "victim");
}
#define FEED_DUMP(m, lines) feed_dump(m, 2 * SEC, lines, sizeof(lines) / sizeof(*(lines)))

static void the_stack_of_the_log_is_kept(void **state)
{
	static const char *const lines[] = {
		"Hardware name: QEMU",
		"Call Trace:",
		" <TASK>",
		" dump_stack_lvl+0x5d/0x80",
		" dump_header+0x44/0x1a0",
		" oom_kill_process.cold+0xb/0x10",
		" ? find_lock_task_mm+0x1/0x2",
		" out_of_memory+0x107/0x340",
		" ext4_filemap_fault+0x30/0x50 [ext4]",
		" do_user_addr_fault+0x1d5/0x6a0 (P)",
		" </TASK>",
		"RIP: 0033:0x7f0000",
		" late+0x1/0x2",
	};
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	FEED_DUMP(m, lines);
	r = forced(m);
	assert_string_equal(r->trigger_stack,
			    "out_of_memory;ext4_filemap_fault;do_user_addr_fault");
	assert_true(r->trigger_stack_from_log);
	for (int i = 0; i < r->kills[0].rec->nlog; i++)
		assert_null(strstr(r->kills[0].rec->log[i], "out_of_memory"));
	model_free(m);
}

static void a_stack_without_end_is_cut(void **state)
{
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	feed_invoked(m, SEC);
	feed_kmsg(m, SEC, "Call trace:");
	for (int i = 0; i < 100; i++)
		feed_kmsg(m, SEC, " a_function_with_quite_a_long_name+0x10/0x20");
	feed_killed(m, SEC, 100, "victim");
	r = forced(m);
	assert_true(strlen(r->trigger_stack) < 1024);
	assert_string_equal(r->trigger_stack + strlen(r->trigger_stack) - 5, "e;...");
	model_free(m);
}

static void check_stat(const struct report *r, uint64_t anon, uint64_t shmem)
{
	assert_int_equal(r->ncgroups, 1);
	assert_true(r->cgroups[0].stat_from_log);
	assert_int_equal(r->cgroups[0].value[CGMEM_ANON], anon);
	assert_int_equal(r->cgroups[0].value[CGMEM_SHMEM], shmem);
}

static void statistics_of_the_log_are_read_in_all_forms(void **state)
{
	static const char *const v2_record[] = {
		"Memory cgroup stats for /mt:",
		"anon 1000\nfile 2000\nkernel_stack 16384\nshmem 300\nwho_knows 5",
		"Tasks state (memory values in pages):",
	};
	static const char *const v2_lines[] = {"Memory cgroup stats for /mt:", "anon 1001",
					       "shmem 301", "pagetables 70"};
	static const char *const v1[] = {"Memory cgroup stats for /mt:",
					 "cache 1\nrss 2\nshmem 3\ntotal_cache 10\ntotal_rss "
					 "1002\ntotal_shmem 302"};
	static const char *const v1_own[] = {"Memory cgroup stats for /mt:", "cache 10", "rss 1003",
					     "rss_huge 5", "shmem 303"};
	struct model *m = fresh_machine();

	(void)state;
	FEED_DUMP(m, v2_record);
	check_stat(forced(m), 1000, 300);
	model_free(m);
	m = fresh_machine();
	FEED_DUMP(m, v2_lines);
	check_stat(forced(m), 1001, 301);
	model_free(m);
	m = fresh_machine();
	FEED_DUMP(m, v1);
	check_stat(forced(m), 1002, 302);
	model_free(m);
	m = fresh_machine();
	FEED_DUMP(m, v1_own);
	check_stat(forced(m), 1003, 303);
	model_free(m);
}

/* A record of the log ends after some thousand bytes, be it in the middle of a number. */
static void a_cut_number_is_not_believed(void **state)
{
	char text[1000] = "anon 1000\n";
	const char *lines[] = {"Memory cgroup stats for /mt:", text};
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	while (strlen(text) < sizeof(text) - 20)
		strcat(text, "who_knows 1\n");
	strcat(text, "shmem 12");
	FEED_DUMP(m, lines);
	r = forced(m);
	assert_int_equal(r->cgroups[0].value[CGMEM_ANON], 1000);
	assert_true(r->cgroups[0].value[CGMEM_SHMEM] == EV_ABSENT);
	model_free(m);
}

/* Other lines of the kernel that come in between begin with the name of a process. */
static void lines_in_between_with_hostile_names_change_nothing(void **state)
{
	static const char *const lines[] = {
		"Call Trace:",
		" out_of_memory+0x107/0x340",
		" </TASK>",
		" evil+0x1/0x2[77]: segfault at 0 ip 0 sp 0 error 4",
		"Memory cgroup stats for /x invoked oom-killer: gfp_mask=0x1:",
		"anon 1000",
		"anon 5[77]: segfault at 0 ip 0 sp 0 error 4",
		"\nanon 6\n[77]: segfault at 0 ip 0 sp 0 error 4",
		"anon 7 ",
		"anon -8",
		HEADER_RSS,
		"[    100]  1000   100     2250     2000    61440        0             0 victim",
		"[     77]     0[77]: segfault at 0 ip 0 sp 0 error 4",
		"[     78]     0    78     2250     1000    61440        0             0 "
		"\nKilled proces",
		"evil invoked oom[77]: segfault at 0",
	};
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	FEED_DUMP(m, lines);
	r = forced(m);
	assert_int_equal(r->nkills, 1);
	assert_string_equal(r->trigger.comm, "trigger");
	assert_string_equal(r->trigger_stack, "out_of_memory");
	check_stat(r, 1000, EV_ABSENT);
	assert_int_equal(r->candidates_all, 2);
	assert_string_equal(r->candidates[1].comm, "\nKilled proces");
	model_free(m);
}

static void lines_that_only_look_like_a_kill_are_none(void **state)
{
	static const char *const lines[] = {
		" Out of memory: Killed process 1 (init) total-vm:1kB, anon-rss:1kB",
		"x\nOut of memory: Killed process 1 (init) total-vm:1kB, anon-rss:1kB",
		"foo: Out of memory: Killed process 1 (init) total-vm:1kB",
		"Out of memory: Killed process (init) total-vm:1kB",
		"Out of memory: Killed process 1 init total-vm:1kB",
		"Out of memory: Killed process 1 (init)",
		"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=init,pid=1,uid=0",
		"Tasks in /x are going to be killed due to memory.oom.group set",
		"oom_reaper: reaped process 1 (init), now anon-rss:0kB",
		HEADER_RSS,
		"[      1]     0     1     2250     2000    61440        0             0 init",
	};
	struct model *m = fresh_machine();

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		feed_kmsg(m, SEC + i, lines[i]);
	feed_tick(m, 10 * SEC);
	assert_false(model_report_pending(m));
	assert_null(model_next_report(m, SETTLE, true));
	model_free(m);
}

static const char *const task_lines[] = {
	"Tasks state (memory values in pages):",
	HEADER_KINDS,
	"[     99]     0    99     4000     3500     3400      100        0    61440        0"
	"         -1000 protected",
	"[    100]  1000   100     2250     2000     1990       10        0    61440      100"
	"             0 victim",
	"[    101]  1000   101      900      800      800        0        0    40960        0"
	"             0 small",
	"[    102]  1000   102     2900     2800     2800        0        0    40960        0"
	"          -200 favoured",
};

static void the_logs_table_ranks_the_victim_first(void **state)
{
	const struct report *r;
	struct model *m = fresh_machine();

	(void)state;
	FEED_DUMP(m, task_lines);
	r = forced(m);
	assert_int_equal(r->candidates_source, CANDIDATES_LOG);
	/* memory.max of 64 MiB and the swap.max of 8 MiB, which is less than all swap */
	assert_int_equal(r->total_pages, 72 * MB / PAGE);
	assert_int_equal(r->ncandidates, 4);
	assert_int_equal(r->victim_rank, 1);
	assert_int_equal(r->rank_reason, RANK_FIRST);
	assert_int_equal(r->candidates[0].pid, 100);
	assert_int_equal(r->candidates[0].points, 2000 + 100 + 15);
	assert_true(r->candidates[0].killed);
	assert_int_equal(r->candidates[1].pid, 101);
	assert_int_equal(r->candidates[2].points, 2800 + 10 - 200 * 18);
	assert_int_equal(r->candidates[3].bar, CANDIDATE_PROTECTED);
	assert_false(r->candidates[3].killed);
	model_free(m);
}

static void feed_vm(struct model *m, uint64_t swappiness, uint64_t allocating_task)
{
	struct ev_vm vm = vm_absent();

	vm.swappiness = swappiness;
	vm.oom_kill_allocating_task = allocating_task;
	model_event(m, &vm.hdr);
}

static void the_total_is_that_of_the_kernel(void **state)
{
	static const char *const v1[] = {"memory+swap: usage 1kB, limit 73728kB, failcnt 0",
					 HEADER_RSS,
					 "[    100]  0   100  2250  2000  61440  0  0 victim"};
	static const char *const free_swap[] = {
		"swap: usage 1024kB, limit 9007199254740988kB, failcnt 0", HEADER_RSS,
		"[    100]  0   100  2250  2000  61440  0  0 victim"};
	struct model *m = fresh_machine();

	(void)state;
	FEED_DUMP(m, v1); /* memory.memsw.limit_in_bytes of 72 MiB: 8 MiB are for swap */
	assert_int_equal(forced(m)->total_pages, 72 * MB / PAGE);
	model_free(m);
	m = fresh_machine();
	FEED_DUMP(m, free_swap);
	assert_int_equal(forced(m)->total_pages, 80 * MB / PAGE); /* all swap there is */
	model_free(m);
	m = fresh_machine();
	feed_vm(m, 0, 0);
	FEED_DUMP(m, free_swap);
	assert_int_equal(forced(m)->total_pages, 64 * MB / PAGE);
	model_free(m);
	m = fresh_machine();
	feed_invoked(m, SEC); /* the whole machine's */
	feed_kmsg(m, SEC, HEADER_RSS);
	feed_kmsg(m, SEC, free_swap[2]);
	feed_killed(m, SEC, 100, "victim");
	assert_int_equal(forced(m)->total_pages, 1040 * MB / PAGE);
	model_free(m);
}

static enum rank_reason reason_of(const char *other, const char *killed)
{
	const char *lines[] = {HEADER_RSS, other,
			       "[    100]  1000   100  9000  5000  61440  0  0 victim"};
	struct model *m = fresh_machine();
	enum rank_reason reason;

	feed_invoked(m, SEC);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		feed_kmsg(m, SEC, lines[i]);
	feed_kmsg(m, SEC, killed);
	reason = forced(m)->rank_reason;
	model_free(m);
	return reason;
}

static void why_the_victim_does_not_lead_is_told(void **state)
{
	static const char killed[] = "Out of memory: Killed process 100 (victim) total-vm:36000kB, "
				     "anon-rss:20000kB, file-rss:0kB, shmem-rss:0kB, UID:0 "
				     "pgtables:60kB oom_score_adj:0";
	static const char asked[] = "Out of memory (oom_kill_allocating_task): Killed process 100 "
				    "(victim) total-vm:36000kB, anon-rss:20000kB";

	(void)state;
	assert_int_equal(reason_of("[ 101] 0 101 9000 4999 61440 0 0 a", killed), RANK_FIRST);
	assert_int_equal(reason_of("[ 101] 0 101 9000 5200 61440 0 0 a", killed), RANK_MOVED);
	assert_int_equal(reason_of("[ 101] 0 101 9000 8000 61440 0 0 a", killed), RANK_UNKNOWN);
	assert_int_equal(reason_of("[ 101] 0 101 9000 8000 61440 0 0 a", asked), RANK_TASK);
	assert_int_equal(reason_of("[ 101] 0 101 9000 8000 61440 0 -1000 a", killed), RANK_FIRST);
}

static void a_victim_that_is_not_in_the_table_is_told(void **state)
{
	static const char *const lines[] = {HEADER_RSS,
					    "[    101]  0   101  2250  2000  1  0  0 a"};
	struct model *m = fresh_machine();

	(void)state;
	FEED_DUMP(m, lines);
	assert_int_equal(forced(m)->rank_reason, RANK_NOT_IN);
	model_free(m);
}

static void one_that_was_killed_before_is_no_candidate(void **state)
{
	struct model *m = fresh_machine();
	const struct report *r;

	(void)state;
	feed_kill(m, kill_event(task(102, 102, OLD, "favoured"), task(7, 7, OLD, "t"), 1));
	assert_int_equal(forced(m)->kills[0].victim.pid, 102);
	FEED_DUMP(m, task_lines);
	r = forced(m);
	assert_int_equal(r->candidates[2].bar, CANDIDATE_PROTECTED);
	assert_int_equal(r->candidates[3].bar, CANDIDATE_DYING);
	assert_int_equal(r->candidates[3].pid, 102);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stack_of_the_log_is_kept),
		cmocka_unit_test(a_stack_without_end_is_cut),
		cmocka_unit_test(statistics_of_the_log_are_read_in_all_forms),
		cmocka_unit_test(a_cut_number_is_not_believed),
		cmocka_unit_test(lines_in_between_with_hostile_names_change_nothing),
		cmocka_unit_test(lines_that_only_look_like_a_kill_are_none),
		cmocka_unit_test(the_logs_table_ranks_the_victim_first),
		cmocka_unit_test(the_total_is_that_of_the_kernel),
		cmocka_unit_test(why_the_victim_does_not_lead_is_told),
		cmocka_unit_test(a_victim_that_is_not_in_the_table_is_told),
		cmocka_unit_test(one_that_was_killed_before_is_no_candidate),
	};

	return cmocka_run_group_tests_name("oom_dump", tests, NULL, NULL);
}
