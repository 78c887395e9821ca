// SPDX-License-Identifier: GPL-2.0
/*
 * Soft limits of cgroup v1, on a machine of the tests' own.
 *
 * Layer: tests. Run only when MEMTRACE_TEST_VM is set and the memory controller is on v1.
 */
#include "global.h"

/* A cgroup far over its soft limit, and then too little memory for all. */
static void soft_limit_reclaims_equal_the_tracepoints(void **state)
{
	struct cgroup cg;
	struct child hog;
	struct window w;
	int64_t seen;

	(void)state;
	cgroup_make(&cg, "soft", 400, 100);
	assert_int_equal(cgroup_set(&cg, "memory.soft_limit_in_bytes", "8M"), 0);
	hog_start(&hog, &cg, ARGS("-k", "-s", "600", "anon", "80", "0"));
	hog_said(&hog);
	window_begin(&w, ARGS("vmscan/mm_vmscan_memcg_softlimit_reclaim_begin"));
	machine_squeeze(SQUEEZED);
	window_end(&w);
	assert_false(child_ended(&hog));
	seen = trace_signal(&w.sum, "softlimit", "seen");
	print_message("# soft limit: seen %ld, told %zu, traced %zu\n", (long)seen,
		      window_stalls(&w, "softlimit"),
		      window_events(&w, "mm_vmscan_memcg_softlimit_reclaim_begin"));
	assert_true(seen > 0);
	window_told(&w, seen, window_events(&w, "mm_vmscan_memcg_softlimit_reclaim_begin"));
	/* Those within a direct reclaim belong to it. */
	assert_true((int64_t)window_stalls(&w, "softlimit") <= seen);
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 20), 0);
	window_free(&w);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(soft_limit_reclaims_equal_the_tracepoints),
};

LIVE_GROUP(soft, tests)
