/* SPDX-License-Identifier: GPL-2.0 */
/* What OOM reports advise, each finding with and without its evidence: src/view/report_advice*.c.
 */
#include "test_report_cases.h"
#include "report_words.h"

/* Is it found, with evidence and something to do? */
static bool found(const struct report *r, const char *finding)
{
	struct advice a;

	for (int at = 0; (at = report_advice(r, at, &a)) != 0;) {
		marks_drop(a.finding.s);
		if (strstr(a.finding.s, finding))
			return a.evidence.len > 0 && a.change.len > 0;
	}
	return false;
}

static void a_leak_is_told_from_a_burst(void **state)
{
	struct report *r = report_leak();

	(void)state;
	assert_true(found(r, "hog[7123] grew steadily"));
	assert_false(found(r, "much memory at once"));
	r->growers[0].shape = SHAPE_BURST;
	assert_false(found(r, "grew steadily"));
	assert_true(found(r, "hog[7123] took much memory at once"));
	r->growers[0].shape = SHAPE_UNKNOWN;
	assert_false(found(r, "grew steadily"));
	assert_false(found(r, "much memory at once"));
	r->growers[0].shape = SHAPE_STEADY;
	r->growers[0].last_bytes = r->growers[0].first_bytes + 2 * MIB; /* of 256: not that */
	assert_false(found(r, "grew steadily"));
}

static void a_limit_is_too_low_where_tasks_waited_at_it_for_long(void **state)
{
	struct report *r = report_leak();

	(void)state;
	assert_true(found(r, "is below what its processes use"));
	r->first_stall_ns = KILL - 10 * MSEC;
	assert_false(found(r, "is below what its processes use"));
	r->first_stall_ns = 0;
	assert_false(found(r, "is below what its processes use"));
	assert_false(found(report_cascade(), "is below what its processes use"));
}

static void tmpfs_and_the_kernel_are_blamed_for_what_they_hold(void **state)
{
	struct report *r = report_leak();

	(void)state;
	assert_false(found(r, "tmpfs"));
	assert_false(found(r, "Page tables"));
	assert_false(found(r, "memory of the kernel"));
	assert_false(found(r, "written to disk"));
	r->cgroups[0].value[CGMEM_SHMEM] = 128 * MIB;
	r->cgroups[0].value[CGMEM_PAGETABLES] = 30 * MIB;
	r->cgroups[0].value[CGMEM_SLAB_UNRECLAIMABLE] = 80 * MIB;
	r->cgroups[0].value[CGMEM_FILE_DIRTY] = 60 * MIB;
	assert_true(found(r, "files in tmpfs fill container docker 0123456789ab"));
	assert_true(found(r, "Page tables"));
	assert_true(found(r, "memory of the kernel"));
	assert_true(found(r, "written to disk"));
	r->cgroups[0].value[CGMEM_SLAB_UNRECLAIMABLE] = EV_ABSENT;
	assert_false(found(r, "memory of the kernel"));
	r->cgroups[0].value[CGMEM_KERNEL] = 100 * MIB;
	assert_true(found(r, "memory of the kernel"));
}

static void swap_is_missing_forbidden_or_full(void **state)
{
	struct report *r = report_leak();

	(void)state;
	assert_false(found(r, "swap"));
	records_made[0].kill.memsw_usage_bytes = 64 * MIB;
	assert_true(found(r, "No swap was left"));
	records_made[0].kill.memsw_limit_bytes = 0;
	r->cgroups[0].swap_limit_bytes = 0;
	assert_true(found(r, "No swap is allowed"));
	r->cgroups[0].swap_limit_bytes = EV_ABSENT;
	assert_false(found(r, "swap"));
	host_made.value[HOST_SWAP_FREE] = 10 * MIB;
	assert_true(found(r, "Swap was full"));
	host_made.value[HOST_SWAP_TOTAL] = 0;
	assert_true(found(r, "There is no swap"));
	r->host = NULL;
	assert_false(found(r, "swap"));
}

static void whom_the_kernel_spared_is_named(void **state)
{
	struct report *r = report_leak();

	(void)state;
	assert_false(found(r, "spared"));
	r->candidates[1] = r->candidates[0];
	r->candidates[1].pid = 7000;
	r->candidates[1].killed = false;
	r->candidates[1].rss_bytes *= 2;
	r->candidates[1].oom_score_adj = -500;
	assert_true(found(r, "was spared for its oom_score_adj"));
	r->candidates[1].oom_score_adj = 0;
	assert_false(found(r, "spared"));
	r->candidates[0].oom_score_adj = 300;
	assert_true(found(r, "chosen for its oom_score_adj of 300"));
	r->candidates[1].rss_bytes = MIB;
	r->candidates[1].swap_bytes = 0;
	assert_false(found(r, "chosen for its oom_score_adj"));
}

static void a_trigger_in_another_cgroup_is_pointed_out(void **state)
{
	struct report *r = report_leak();

	(void)state;
	assert_false(found(r, "another cgroup"));
	trigger_set(r, process(7000, "bash"), 7000);
	r->trigger.cgroup = "/other";
	assert_true(found(r, "another cgroup"));
	r->trigger.cgroup = BOX;
	assert_false(found(r, "another cgroup"));
	r->trigger.cgroup = NULL;
	assert_false(found(r, "another cgroup"));
}

static void nodes_and_fragments_are_told_from_lack_of_memory(void **state)
{
	struct report *r = report_cascade();

	(void)state;
	assert_false(found(r, "fragmented"));
	host_made.value[HOST_MEM_FREE] = 2000 * MIB;
	assert_true(found(r, "fragmented"));
	records_made[0].trigger_order = 0;
	assert_false(found(r, "fragmented"));
	assert_false(found(r, "memory nodes"));
	records_made[0].constraint = "cpuset";
	assert_true(found(r, "memory nodes"));
	records_made[0].constraint = "mempolicy";
	assert_true(found(r, "memory nodes"));
}

static void how_the_kill_went_is_judged(void **state)
{
	struct report *r = report_leak();

	(void)state;
	assert_false(found(r, "came free slowly"));
	assert_false(found(r, "One kill was not enough"));
	assert_false(found(r, "whole cgroup was killed"));
	r->reap_slow = true;
	assert_true(found(r, "came free slowly"));
	r->reap_failed = true;
	assert_true(found(r, "could not be reaped"));
	assert_true(found(report_cascade(), "One kill was not enough"));
	assert_true(found(report_group(), "whole cgroup was killed"));
	assert_false(found(report_group(), "One kill was not enough"));
}

static void settings_that_bear_on_it_are_named(void **state)
{
	struct report *r = report_cascade();

	(void)state;
	assert_true(found(r, "No allocation is ever refused"));
	assert_true(found(r, "overwritten before they were read"));
	assert_false(found(r, "Whoever asks"));
	assert_false(found(r, "panic"));
	assert_false(found(r, "kswapd hardly worked"));
	r->vm.oom_kill_allocating_task = 1;
	r->vm.panic_on_oom = 2;
	for (int i = 0; i < r->nsamples; i++)
		r->samples[i].kswapd_ns = 0;
	assert_true(found(r, "Whoever asks"));
	assert_true(found(r, "panic"));
	assert_true(found(r, "kswapd hardly worked"));
	r->vm.overcommit_memory = 0;
	r->loss.kmsg_lost = 0;
	assert_false(found(r, "No allocation is ever refused"));
	assert_false(found(r, "overwritten before they were read"));
}

static void nothing_known_gives_no_advice(void **state)
{
	struct report *r = report_blank();
	struct advice a;

	(void)state;
	kill_add(r, KILL, process(3, "x"));
	assert_int_equal(report_advice(r, 0, &a), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leak_is_told_from_a_burst),
		cmocka_unit_test(a_limit_is_too_low_where_tasks_waited_at_it_for_long),
		cmocka_unit_test(tmpfs_and_the_kernel_are_blamed_for_what_they_hold),
		cmocka_unit_test(swap_is_missing_forbidden_or_full),
		cmocka_unit_test(whom_the_kernel_spared_is_named),
		cmocka_unit_test(a_trigger_in_another_cgroup_is_pointed_out),
		cmocka_unit_test(nodes_and_fragments_are_told_from_lack_of_memory),
		cmocka_unit_test(how_the_kill_went_is_judged),
		cmocka_unit_test(settings_that_bear_on_it_are_named),
		cmocka_unit_test(nothing_known_gives_no_advice),
	};

	return cmocka_run_group_tests_name("report_advice", tests, NULL, NULL);
}
