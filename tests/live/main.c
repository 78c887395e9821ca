// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the live tests: memtrace on this kernel, against the kernel's own counts.
 *
 * Layer: tests. "live [PATTERN]" runs the tests whose names match. Needs root. With
 * MEMTRACE_TEST_VM set the machine is the tests' own: those that squeeze all of it run, too (or,
 * with "only", nothing else).
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include "live.h"

#define SWAP_MIB 256 /* for the whole run; tests that need it look whether it is there */

const char memcg_begin[] = "mm_vmscan_memcg_reclaim_begin";
const char memcg_end[] = "mm_vmscan_memcg_reclaim_end";
const char *const memcg_events[] = {"vmscan/mm_vmscan_memcg_reclaim_begin",
				    "vmscan/mm_vmscan_memcg_reclaim_end", NULL};

#define MAX_TRIES 5
#define HANG_S	  180 /* times slack(): longer than any test that gets on takes */

/* The test that runs. */
static double begun_s;
static intptr_t begun_mark; /* what was taken before it */
static int tries;
static jmp_buf try_anew;
static sigjmp_buf hung;

/* It waits for what does not come: better one test that fails than a run that never ends. */
static void on_alarm(int sig)
{
	(void)sig;
	siglongjmp(hung, 1);
}

int live_begin(void **state)
{
	(void)state;
	begun_s = now_s();
	begun_mark = undo_mark();
	tries = 0;
	return 0;
}

static void give_back(void)
{
	unsetenv("MEMTRACE_DISABLE"); /* a test that failed did not */
	undo_to(begun_mark);
	traces_free();
	munlockall();
}

void live_run(void **state)
{
	CMUnitTestFunction test = (CMUnitTestFunction)*state;

	if (setjmp(try_anew))
		give_back();
	tries++;
	if (sigsetjmp(hung, 1))
		fail_msg("it hangs: no end after %.0f s", HANG_S * slack());
	signal(SIGALRM, on_alarm);
	alarm(HANG_S * slack());
	test(state);
}

void live_anew(const char *why)
{
	if (tries >= MAX_TRIES)
		return;
	print_message("# anew: %s\n", why);
	longjmp(try_anew, 1);
}

/* The other half of what was left out is alone. */
static bool by_chance_alone(const struct trace *t, struct json_object *lost)
{
	int64_t missed = json_int(lost, "recursion_missed"), unpaired = json_int(lost, "unpaired");

	return unpaired <= missed &&
	       trace_lost(t) == missed + unpaired + json_int(lost, "perf_throttled");
}

void losses_none(const struct trace *t)
{
	struct json_object *lost = json_get(t->lines[t->nlines - 1], "lost");

	if (!trace_lost(t))
		return;
	if (by_chance_alone(t, lost))
		live_anew(json_object_to_json_string(lost));
	fail_msg("lost: %s", json_object_to_json_string(lost));
}

void losses_by_chance(const struct trace *t)
{
	struct json_object *lost = json_get(t->lines[t->nlines - 1], "lost");

	if (!by_chance_alone(t, lost))
		fail_msg("lost: %s", json_object_to_json_string(lost));
}

int live_end(void **state)
{
	(void)state;
	alarm(0);
	give_back();
	if (now_s() - begun_s > 1) /* where the time of a whole run goes */
		print_message("# took %.1f s\n", now_s() - begun_s);
	return 0;
}

void squeeze_cgroup(struct cgroup *cg, const char *name)
{
	need_machine(swap_is_on(), "no swap can be made (set MEMTRACE_TEST_SWAP)");
	cgroup_make(cg, name, 32, 160);
}

size_t tracepoints_of(const struct tracepoint *tp, size_t n, pid_t tid, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += tp[i].tid == tid && !strcmp(tp[i].name, name);
	return count;
}

/*
 * The groups that ask this kernel: they take no more of a machine than a cgroup. What it can do and
 * what its rights are is part of cli.
 */
static int kernel_run(void)
{
	return harness_run() + stalls_run() + causes_run() + faults_run() + truth_run() +
	       swap_run() + ustacks_run() + oom_run() + oom_kinds_run() + cli_run() +
	       weather_run() + ladder_run() + rungs_run();
}

/* Those of what memtrace makes of it, which is the same wherever events come from. */
static int memtrace_run(void)
{
	return culprits_run() + filters_run() + intervals_run() + oom_report_run() +
	       oom_growth_run() + oom_files_run() + oom_recorder_run() + oom_service_run() +
	       record_run() + replay_run();
}

int main(int argc, char **argv)
{
	const char *vm = getenv("MEMTRACE_TEST_VM");
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (geteuid() != 0) {
		printf("1..1\n# skip: machine: live tests need root\nok 1 # SKIP live\n");
		return 0;
	}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	undo_init();
	undo_sweep();
	cgroup_sweep();
	tracer_sweep();
	swap_make(SWAP_MIB);
	if (!vm || strcmp(vm, "only") != 0)
		failed += kernel_run() + (getenv("MEMTRACE_TEST_KERNEL_ONLY") ? 0 : memtrace_run());
	if (vm && *vm) {
		/* memtrace inherits it; what is to be killed sets its own */
		text_write("/proc/self/oom_score_adj", "-1000");
		failed += global_run() + oom_global_run();
		failed += cgroup_version() == 1 ? soft_run() : memcg2_run();
	}
	return failed != 0;
}
