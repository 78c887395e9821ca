/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parser of the kernel log's lines about OOM kills.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oom_log.h"

#define KB 1024ULL

static void lines_of_all_kinds_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		enum oom_line_kind kind;
	} lines[] = {
		{"Out of memory: Killed process 1 (a) total-vm:1kB", OOM_LINE_KILLED},
		{"Out of memory (oom_kill_allocating_task): Killed process 1 (a) total-vm:1kB",
		 OOM_LINE_KILLED},
		{"Memory cgroup out of memory (oom_kill_allocating_task): Killed process 1 (a) "
		 "total-vm:1kB",
		 OOM_LINE_KILLED},
		{"Out of memory: Killed process x (a) total-vm:1kB", OOM_LINE_OTHER},
		{"Out of memory: Killed process 1 (a)", OOM_LINE_OTHER},
		{"Out of memory and no killable processes...", OOM_LINE_OTHER},
		{"Out of memory (", OOM_LINE_OTHER},
		{"oom_reaper: unable to reap pid:12 (a)", OOM_LINE_REAPED},
		{"oom_reaper: reaped process 12 (a), now", OOM_LINE_REAPED},
		{"oom_reaper: ", OOM_LINE_OTHER},
		{"memory: usage 1kB, limit 2kB, failcnt 0", OOM_LINE_MEMORY},
		{"memory: usage 1kB, max 2kB", OOM_LINE_OTHER},
		{"memory+swap: usage 1kB, limit 2kB, failcnt 0", OOM_LINE_SWAP},
		{"kmem: usage 1kB, limit 2kB, failcnt 0", OOM_LINE_OTHER},
		{"CPU: 3 PID: 44 Comm: a Not tainted", OOM_LINE_CPU},
		{"CPU: 3 UID: 7 PID: 44 Comm: a Not tainted", OOM_LINE_CPU},
		{"CPU: all of them", OOM_LINE_OTHER},
		{"memory: usage 1 invoked oom-killer: gfp_mask=0x1(X), order=0, oom_score_adj=0",
		 OOM_LINE_INVOKED},
		{"Memory cgroup stats for /a invoked oom-killer: gfp_mask=0x1", OOM_LINE_OTHER},
		{"Tasks in /a are going to be killed due to memory.oom.group set", OOM_LINE_GROUP},
		{"Tasks in /a are fine", OOM_LINE_OTHER},
		{"oom-kill:constraint=CONSTRAINT_NONE", OOM_LINE_CONSTRAINT},
		{"", OOM_LINE_OTHER},
	};
	struct oom_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		oom_line_parse(lines[i].text, &line);
		if (line.kind != lines[i].kind)
			fail_msg("\"%s\" is of kind %d", lines[i].text, line.kind);
	}
}

static void figures_of_a_kill_are_read(void **state)
{
	struct oom_line line;

	(void)state;
	oom_line_parse(
		"Out of memory: Killed process 4294967295 (a) b) total-vm:18446744073709551615kB,"
		" anon-rss:1kB, file-rss:2kB, shmem-rss:3kB, UID:4294967294 pgtables:4kB "
		"oom_score_adj:-1000",
		&line);
	assert_int_equal(line.pid, UINT32_MAX);
	assert_string_equal(line.comm, "a) b");
	assert_true(line.total_vm_bytes == UINT64_MAX);
	assert_int_equal(line.shmem_rss_bytes, 3 * KB);
	assert_int_equal(line.uid, 4294967294U);
	assert_int_equal(line.pgtables_bytes, 4 * KB);
	assert_int_equal(line.oom_score_adj, -1000);
	assert_false(line.memcg);
	oom_line_parse("a invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), "
		       "order=-1, oom_score_adj=1000",
		       &line);
	assert_int_equal(line.gfp, 0x140cca);
	assert_int_equal(line.order, 0);
	assert_int_equal(line.oom_score_adj, 1000);
}

static void what_else_a_line_tells_is_read(void **state)
{
	struct oom_line line;

	(void)state;
	oom_line_parse("swap: usage 1kB, limit 0kB, failcnt 0", &line);
	assert_false(line.unlimited || line.memsw);
	oom_line_parse("memory+swap: usage 1kB, limit 9007199254740988kB, failcnt 0", &line);
	assert_true(line.unlimited && line.memsw);
	assert_int_equal(line.limit_bytes, 0);
	oom_line_parse("oom_reaper: unable to reap pid:12 (a)", &line);
	assert_true(line.unable);
	oom_line_parse("oom_reaper: reaped process 12 (a), now", &line);
	assert_false(line.unable);
	oom_line_parse("Out of memory (oom_kill_allocating_task): Killed process 1 (a) total-vm:1",
		       &line);
	assert_true(line.allocating_task);
	oom_line_parse("Out of memory: Killed process 1 (a (b)) total-vm:1", &line);
	assert_false(line.allocating_task);
}

static void frames_of_a_stack_are_told_from_other_lines(void **state)
{
	static const struct {
		const char *text;
		enum oom_frame_kind kind;
	} lines[] = {
		{" do_exit+0x1/0x2", OOM_FRAME},
		{" do_exit.part.0+0x1f/0xa2 [ext4]", OOM_FRAME},
		{" do_exit+0x1/0x2 (P)", OOM_FRAME},
		{" ? do_exit+0x1/0x2", OOM_FRAME_MARK},
		{" <TASK>", OOM_FRAME_MARK},
		{" </IRQ>", OOM_FRAME_MARK},
		{"do_exit+0x1/0x2", OOM_FRAME_NONE},
		{" do_exit+0x1", OOM_FRAME_NONE},
		{" do_exit+1/0x2", OOM_FRAME_NONE},
		{" do_exit+0x1/0x", OOM_FRAME_NONE},
		{" do exit+0x1/0x2", OOM_FRAME_NONE},
		{" a+0x1/0x2[7]: segfault at 0", OOM_FRAME_NONE},
		{" ", OOM_FRAME_NONE},
		{"", OOM_FRAME_NONE},
	};
	const char *name;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		if (oom_frame_parse(lines[i].text, &name, &len) != lines[i].kind)
			fail_msg("\"%s\"", lines[i].text);
	}
	oom_frame_parse(" do_exit.part.0+0x1f/0xa2 [ext4]", &name, &len);
	assert_int_equal(len, strlen("do_exit.part.0"));
	assert_memory_equal(name, "do_exit.part.0", len);
}

static void constraints_have_our_names(void **state)
{
	static const char *const names[][2] = {
		{"CONSTRAINT_NONE", "system"},	 {"CONSTRAINT_MEMCG", "memcg"},
		{"CONSTRAINT_CPUSET", "cpuset"}, {"CONSTRAINT_MEMORY_POLICY", "mempolicy"},
		{"CONSTRAINT_NEW", NULL},
	};
	struct oom_constraint c;
	char line[200];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		snprintf(line, sizeof(line),
			 "oom-kill:constraint=%s,nodemask=(null),cpuset=/,mems_allowed=0,"
			 "global_oom,task_memcg=/,task=a,pid=1,uid=0",
			 names[i][0]);
		oom_constraint_parse(line, NULL, &c);
		if (names[i][1])
			assert_string_equal(c.name, names[i][1]);
		else
			assert_null(c.name);
		assert_null(c.oom_memcg);
		assert_int_equal(c.task_memcg_len, 1);
	}
	oom_constraint_parse("oom-kill:constraint=CONSTRAINT_NONE,nodem", "a", &c);
	assert_string_equal(c.name, "system");
	assert_null(c.task_memcg);
	oom_constraint_parse("", "a", &c);
	assert_null(c.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_all_kinds_are_told_apart),
		cmocka_unit_test(figures_of_a_kill_are_read),
		cmocka_unit_test(what_else_a_line_tells_is_read),
		cmocka_unit_test(frames_of_a_stack_are_told_from_other_lines),
		cmocka_unit_test(constraints_have_our_names),
	};

	return cmocka_run_group_tests_name("oom_log", tests, NULL, NULL);
}
