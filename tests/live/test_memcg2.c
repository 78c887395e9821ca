// SPDX-License-Identifier: GPL-2.0
/*
 * Memory cgroups on a machine of the tests' own: memory.high, memory.reclaim, memory.events and
 * memory.pressure of v2; and node reclaim, which needs two nodes.
 *
 * Layer: tests. Run only when MEMTRACE_TEST_VM is set.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "global.h"

static void need_v2(void)
{
	need_machine(cgroup_version() == 2, "the memory controller is not on cgroup v2");
	need_machine(swap_is_on(), "no swap (MEMTRACE_TEST_SWAP)");
}

static int64_t told_ns(const struct window *w, pid_t pid, const char *kind)
{
	struct json_object *o;
	int64_t ns = 0;

	for (int i = 0; (o = trace_line(&w->stalls, "stall", i)); i++)
		if (json_int(o, "pid") == pid && !strcmp(json_str(o, "kind"), kind))
			ns += json_int(o, "duration_ns");
	return ns;
}

/*
 * The summary holds the cgroup's stalls against its PSI, from the interval on in which it was first
 * met. PSI is updated every two seconds or when it is read, so it may lag a little.
 */
static void pressure_is_reconciled(const struct window *w, const struct cgroup *cg)
{
	struct json_object *list = json_list(trace_summary(&w->sum), "pressure"), *o = NULL;
	int64_t psi, stalls;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		o = json_object_array_get_idx(list, i);
		if (json_get(o, "cgroup") && !strcmp(json_str(o, "cgroup"), cg->path))
			break;
		o = NULL;
	}
	assert_non_null(o);
	psi = json_int(o, "psi_some_ns");
	stalls = json_int(o, "stalls_ns");
	print_message("# pressure: some %ld us, stalls %ld us, explained %ld us\n",
		      (long)(psi / 1000), (long)(stalls / 1000),
		      (long)(json_int(o, "explained_ns") / 1000));
	assert_true(stalls > 0);
	assert_true(json_int(o, "explained_ns") >= stalls);
	assert_true(stalls < psi * 1.1 + 50e6);
}

static void memcg_stalls_equal_memory_events_and_fit_into_its_pressure(void **state)
{
	int64_t some_us, ns;
	struct cgroup cg;
	struct child hog;
	struct window w;

	(void)state;
	need_v2();
	squeeze_cgroup(&cg, "events");
	window_begin(&w, memcg_events);
	/* The pressure of several CPUs is an average over them: stay on one. */
	cpu_pin(0);
	hog_run(&hog, &cg, ARGS("anon", "48", slack() > 1 ? "3.0" : "1.0"), 20);
	some_us = cgroup_psi_us(&cg, "some");
	window_end(&w);
	ns = told_ns(&w, hog.pid, "memcg");
	print_message("# events max %ld, told %zu, some %ld us, stalls %ld us\n",
		      (long)cgroup_get(&cg, "memory.events", "max"), window_stalls(&w, "memcg"),
		      (long)some_us, (long)(ns / 1000));
	assert_true(window_stalls(&w, "memcg") > 50);
	/* A charge over memory.max is one event and one reclaim. */
	window_told(&w, window_stalls(&w, "memcg"), cgroup_get(&cg, "memory.events", "max"));
	if (w.traced)
		window_flags_check(&w, "memcg", memcg_begin, "gfp_flags=");
	if (some_us >= 0) { /* a stall is a part of what the kernel calls pressure */
		assert_true(ns / 1000 <= some_us);
		assert_true(some_us <= (now_s() + 1) * 1e6);
		pressure_is_reconciled(&w, &cg);
	}
	window_free(&w);
}

static void memory_reclaim_is_told_as_often_as_the_tracepoints(void **state)
{
	struct cgroup cg;
	struct child hog;
	struct window w;

	(void)state;
	need_v2();
	cgroup_make(&cg, "reclaim", 128, 200);
	hog_start(&hog, &cg, ARGS("back", "64"));
	hog_said(&hog);
	need_kernel(cgroup_set(&cg, "memory.reclaim", "4K") != -ENOENT, "memory.reclaim");
	window_begin(&w, memcg_events);
	assert_int_equal(cgroup_set(&cg, "memory.reclaim", "16M"), 0);
	window_end(&w);
	assert_true(trace_signal(&w.sum, "memcg", "seen") > 0);
	if (w.traced)
		assert_int_equal(trace_signal(&w.sum, "memcg", "seen"),
				 window_events(&w, memcg_begin));
	window_free(&w);
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 20), 0);
}

/* A hog that is held at memory.high for some seconds. */
static void high_run(struct child *hog, struct cgroup *cg)
{
	cgroup_make(cg, "high", 200, 160);
	assert_int_equal(cgroup_set(cg, "memory.high", "48M"), 0);
	cpu_pin(0);
	hog_run(hog, cg, ARGS("anon", "96", slack() > 1 ? "3.0" : "2.0"), 60);
}

static void reclaims_at_memory_high_equal_its_events(void **state)
{
	struct cgroup cg;
	struct child hog;
	struct window w;
	int64_t high;

	(void)state;
	need_v2();
	window_begin(&w, memcg_events);
	high_run(&hog, &cg);
	high = cgroup_get(&cg, "memory.events", "high");
	window_end(&w);
	print_message("# high %ld, max %ld, memcg seen %ld\n", (long)high,
		      (long)cgroup_get(&cg, "memory.events", "max"),
		      (long)trace_signal(&w.sum, "memcg", "seen"));
	assert_true(high > 10);
	assert_int_equal(cgroup_get(&cg, "memory.events", "max"), 0);
	window_told(&w, trace_signal(&w.sum, "memcg", "seen"), high);
	if (w.traced)
		window_told(&w, trace_signal(&w.sum, "memcg", "seen"),
			    window_events(&w, memcg_begin));
	window_free(&w);
}

static void throttling_at_memory_high_is_what_its_pressure_says(void **state)
{
	int64_t some_us, told;
	struct cgroup cg;
	struct child hog;
	struct window w;

	(void)state;
	need_v2();
	need_signal("stall.high");
	window_begin(&w, memcg_events);
	high_run(&hog, &cg);
	some_us = cgroup_psi_us(&cg, "some");
	window_end(&w);
	told = (told_ns(&w, hog.pid, "high") + told_ns(&w, hog.pid, "memcg")) / 1000;
	print_message("# high: told %ld us, some %ld us\n", (long)told, (long)some_us);
	assert_true(told_ns(&w, hog.pid, "high") > 0);
	/* Both have reclaim and sleep; pressure also has waits for pages that came back too soon.
	 */
	assert_in_range(told, some_us * 0.5, some_us * 1.1);
	window_free(&w);
}

/* Before v6.16 the kernel counts only those that got less than they wanted. */
static int64_t zone_reclaims(void)
{
	int64_t good = vmstat_get("zone_reclaim_success");

	return vmstat_get("zone_reclaim_failed") + (good > 0 ? good : 0);
}

static void node_reclaims_equal_the_tracepoints_and_zone_reclaim_failed(void **state)
{
	size_t told, failed = 0;
	struct json_object *o;
	struct child hog;
	struct window w;
	/* where those that got enough are not counted, they come by the thousand */
	double end, most = vmstat_get("zone_reclaim_success") < 0 ? 1.5 : 6 + 2 * slack();
	int64_t grown, begun = zone_reclaims();
	char path[PATH_MAX];
	int fd, mark;

	(void)state;
	need_kernel(access("/proc/sys/vm/zone_reclaim_mode", F_OK) == 0, "vm.zone_reclaim_mode");
	need_kernel(access("/sys/devices/system/node/node1", F_OK) == 0, "a second NUMA node");
	test_path(path, "cached");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && !ftruncate(fd, 512 * MIB));
	close(fd);
	window_begin(&w, ARGS("vmscan/mm_vmscan_node_reclaim_begin",
			      "vmscan/mm_vmscan_node_reclaim_end"));
	grown = -vmstat_get("zone_reclaim_failed");
	mark = undo_mark(); /* nobody reclaims a node before memtrace is there, nor after */
	setting_set("/proc/sys/vm/zone_reclaim_mode", "1");
	cpu_pin(0);
	hog_start(&hog, NULL, ARGS("cache", path, "512", "1000"));
	cpu_any("");
	end = now_s() + most;
	while (zone_reclaims() < begun + 50 && now_s() < end)
		sleep_s(0.05);
	kill(hog.pid, SIGKILL);
	child_wait(&hog, 10);
	undo_to(mark);
	grown += vmstat_get("zone_reclaim_failed");
	window_end(&w);
	unlink(path);
	told = window_stalls(&w, "node");
	for (int i = 0; (o = trace_line(&w.stalls, "stall", i)); i++)
		failed += !strcmp(json_str(o, "kind"), "node") &&
			  json_int(o, "reclaimed_pages") < 1 << json_int(o, "order");
	print_message("# node: told %zu, failed %zu, zone_reclaim_failed %ld\n", told, failed,
		      (long)grown);
	assert_true(told > 0);
	if (w.traced)
		window_told(&w, told, window_events(&w, "mm_vmscan_node_reclaim_begin"));
	window_flags_check(&w, "node", "mm_vmscan_node_reclaim_begin", "gfp_flags=");
	window_told(&w, failed, grown);
	window_free(&w);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(memcg_stalls_equal_memory_events_and_fit_into_its_pressure),
	LIVE_TEST(memory_reclaim_is_told_as_often_as_the_tracepoints),
	LIVE_TEST(reclaims_at_memory_high_equal_its_events),
	LIVE_TEST(throttling_at_memory_high_is_what_its_pressure_says),
	LIVE_TEST(node_reclaims_equal_the_tracepoints_and_zone_reclaim_failed),
};

LIVE_GROUP(memcg2, tests)
