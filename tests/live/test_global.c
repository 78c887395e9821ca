// SPDX-License-Identifier: GPL-2.0
/*
 * Pressure on the whole machine, which must be the tests' own: direct reclaim, kswapd, compaction,
 * faults, swap and OOM kills against the kernel's own totals, to the last one.
 *
 * Layer: tests. Run only when MEMTRACE_TEST_VM is set.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "global.h"

/*
 * do_try_to_free_pages(): for a walk of all cgroups, for memory.low, and for each of these and the
 * first to deactivate by force.
 */
#define MAX_RESTARTS 4

static const char direct_begin[] = "mm_vmscan_direct_reclaim_begin";

#define DIRECT_EVENTS "vmscan/mm_vmscan_direct_reclaim_begin", "vmscan/mm_vmscan_direct_reclaim_end"
#define COMPACTION_EVENTS                                                                          \
	"compaction/mm_compaction_try_to_compact_pages", "compaction/mm_compaction_begin",         \
		"compaction/mm_compaction_end"

/* A file without blocks: reading it fills the page cache without a disk. */
static void sparse_make(char path[PATH_MAX], unsigned long mib)
{
	int fd;

	test_path(path, "sparse");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, mib * MIB), 0);
	close(fd);
}

/* How many passes of node-level direct reclaim began: more than reclaims when it starts over. */
static size_t passes(const struct window *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->ntp; i++)
		n += !strcmp(w->tp[i].name, "pass") && strstr(w->tp[i].args, "memcg=0 ") &&
		     strstr(w->tp[i].args, "prio=12");
	return n;
}

static bool of_node(const char *kind)
{
	return !strcmp(kind, "direct") || !strcmp(kind, "compaction") || !strcmp(kind, "node");
}

/* Each stall for memory of a node tells what kswapd did there, and the summary counts them all. */
static void kswapd_is_told_at_stalls(const struct window *w)
{
	static const char *const did[] = {"asleep", "late", "awake", "failing"};
	struct json_object *o, *sum = trace_summary(&w->sum);
	struct json_object *kinds = json_get(sum, "stalls.kinds");
	int64_t stalls = 0, joined = 0;
	char path[64];

	for (int i = 0; (o = trace_line(&w->stalls, "stall", i)); i++) {
		if (!of_node(json_str(o, "kind")))
			continue;
		assert_true(json_int(o, "node") >= 0);
		assert_string_not_equal(json_str(o, "kswapd"), "unknown");
	}
	json_object_object_foreach(kinds, kind, figures)
	{
		stalls += of_node(kind) ? json_int(figures, "count") : 0;
	}
	for (size_t i = 0; i < sizeof(did) / sizeof(did[0]); i++) {
		snprintf(path, sizeof(path), "kswapd_at_stalls.%s", did[i]);
		joined += json_int(sum, path);
	}
	assert_int_equal(joined, stalls);
	/* Such pressure wakes it: it cannot have slept through all. */
	assert_true(json_int(sum, "kswapd_at_stalls.asleep") < stalls);
}

static void direct_stalls_equal_the_tracepoints_and_allocstall(void **state)
{
	bool pass = tracer_works() && probe_event_make("memtrace_test/pass", PASS_EVENT);
	struct window w;
	int64_t grown;
	size_t told;

	(void)state;
	window_begin(&w, pass ? ARGS(DIRECT_EVENTS, "memtrace_test/pass") : ARGS(DIRECT_EVENTS));
	grown = -vmstat_get("allocstall_*");
	machine_squeeze(SQUEEZED);
	grown += vmstat_get("allocstall_*");
	window_end(&w);
	told = window_stalls(&w, "direct");
	print_message("# direct: told %zu, traced %zu, allocstall %ld, passes %zu\n", told,
		      window_events(&w, direct_begin), (long)grown, passes(&w));
	assert_true(told > 20);
	if (w.traced)
		window_told(&w, told, window_events(&w, direct_begin));
	/* The kernel counts a reclaim again each time it starts over, having reclaimed nothing. */
	if (pass)
		assert_int_equal(grown, passes(&w));
	else
		assert_in_range(grown, told, (1 + MAX_RESTARTS) * told);
	assert_int_equal(window_reconcile(&w, "direct reclaim stalls", "kernel"), grown);
	window_told(&w, window_reconcile(&w, "direct reclaim stalls", "memtrace"), told);
	if (signal_is_served("stall.pass"))
		window_told(&w, window_reconcile(&w, "direct reclaim passes", "memtrace"), grown);
	kswapd_is_told_at_stalls(&w);
	window_free(&w);
}

#define MIN_FREE "/proc/sys/vm/min_free_kbytes"

#define THROTTLED 8 /* reclaims that are enough */

static struct {
	int fd; /* of MIN_FREE */
	char old[24];
	int64_t throttled, stalls; /* of the kernel, at the start */
} reserve;

static int64_t throttled(void)
{
	return vmstat_get("pgscan_direct_throttle") - reserve.throttled;
}

static bool throttles_are_too_few(void)
{
	int64_t stalls = vmstat_get("allocstall_*") - reserve.stalls, n = throttled();

	return !n || stalls < 10 || (n < THROTTLED && stalls < SQUEEZED);
}

static void reserve_set(const char *kib)
{
	if (pwrite(reserve.fd, kib, strlen(kib), 0) < 0)
		fail_msg(MIN_FREE ": %s", strerror(errno));
}

/*
 * Suddenly less is free than half of what must be: who allocates waits for kswapd. On 7.x kswapd
 * then finds no memory for tables of swap, and nothing moves again until we, who are in memory,
 * relent.
 */
static bool reserve_shake(void)
{
	char high[24];

	snprintf(high, sizeof(high), "%lu", mem_available_mib() * 1024 / 6 + 32768);
	reserve_set(high);
	sleep_s(0.3);
	reserve_set(reserve.old);
	sleep_s(0.3);
	return throttles_are_too_few();
}

static bool is_direct(struct json_object *stall)
{
	return !strcmp(json_str(stall, "kind"), "direct");
}

/* When a stall began, ns. */
static int64_t begun(struct json_object *stall)
{
	return json_int(stall, "time_ns") - json_int(stall, "duration_ns");
}

/* For how long both lasted, ns. */
static int64_t overlap(struct json_object *a, struct json_object *b)
{
	int64_t end_a = json_int(a, "time_ns"), end_b = json_int(b, "time_ns");
	int64_t end = end_a < end_b ? end_a : end_b;

	return end - (begun(a) > begun(b) ? begun(a) : begun(b));
}

/* The same thread's stall in another trace, at the same time; NULL. */
static struct json_object *direct_same(const struct trace *t, struct json_object *stall)
{
	struct json_object *o, *best = NULL;
	int64_t longest = 0;

	for (int i = 0; (o = trace_line(t, "stall", i)); i++) {
		if (!is_direct(o) || json_int(o, "tid") != json_int(stall, "tid") ||
		    overlap(o, stall) <= longest)
			continue;
		best = o;
		longest = overlap(o, stall);
	}
	return best;
}

/*
 * Each direct stall began no later than without the function, some of them much earlier. Programs
 * on the same event run one after the other, but since v7.0 others may run in between.
 */
static void throttled_compare(const struct trace *with, const struct trace *without, size_t *longer)
{
	int64_t missed = trace_missed(with);
	size_t alone = trace_missed(without);
	struct json_object *a, *b;
	size_t pairs = 0, n = 0;

	*longer = 0;
	for (int i = 0; (a = trace_line(with, "stall", i)); i++) {
		if (!is_direct(a))
			continue;
		n++;
		b = direct_same(without, a);
		if (!b)
			continue;
		pairs++;
		if (begun(a) > begun(b) + 1000000 && --missed < 0)
			fail_msg("begins later: %s", json_object_to_json_string(a));
		*longer += begun(a) < begun(b) - 1000000;
	}
	if (pairs + alone < n * 0.9 || pairs <= 5)
		fail_msg("%zu stalls, of which both have but %zu, and %zu runs were missed", n,
			 pairs, alone);
}

static void throttling_before_reclaim_is_part_of_the_stall(void **state)
{
	struct trace with, without;
	size_t longer;

	(void)state;
	need_signal("stall.throttle");
	assert_true(text_read(MIN_FREE, reserve.old, sizeof(reserve.old)) > 0);
	reserve.old[strcspn(reserve.old, "\n")] = '\0';
	setting_set(MIN_FREE, reserve.old); /* undone also when this fails half-way */
	reserve.fd = open(MIN_FREE, O_WRONLY | O_CLOEXEC);
	assert_true(reserve.fd >= 0);
	assert_int_equal(mlockall(MCL_CURRENT | MCL_FUTURE), 0);
	trace_start(&with, ARGS("stalls", "-j"));
	setenv("MEMTRACE_DISABLE", "stall.throttle:*", 1);
	trace_start(&without, ARGS("stalls", "-j"));
	unsetenv("MEMTRACE_DISABLE");
	reserve.throttled = vmstat_get("pgscan_direct_throttle");
	reserve.stalls = vmstat_get("allocstall_*");
	machine_squeeze_while(reserve_shake);
	munlockall();
	close(reserve.fd);
	trace_end(&with);
	trace_end(&without);
	throttled_compare(&with, &without, &longer);
	print_message("# throttled %ld, longer %zu\n", (long)throttled(), longer);
	assert_true(throttled() > 0);
	assert_true(longer > 0);
}

/* Of a node by the tracer: runs, and runs that follow a sleep. */
static void node_traced(const struct window *w, int nid, int64_t *runs, int64_t *wakes)
{
	bool active = false;

	*runs = *wakes = 0;
	for (size_t i = 0; i < w->ntp; i++) {
		int n;

		if (sscanf(w->tp[i].args, "nid=%d", &n) != 1 || n != nid)
			continue;
		if (!strcmp(w->tp[i].name, "mm_vmscan_kswapd_wake")) {
			*runs += 1;
			*wakes += !active;
			active = true;
		} else if (!strcmp(w->tp[i].name, "mm_vmscan_kswapd_sleep")) {
			active = false;
		}
	}
}

static bool node_is_there(int nid)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", nid);
	return access(path, F_OK) == 0;
}

static void kswapd_runs_of_each_node_equal_the_tracepoints_and_pageoutrun(void **state)
{
	int64_t grown, told = 0, runs, wakes;
	struct json_object *rows, *row;
	struct window w;
	int nid;

	(void)state;
	window_begin(&w, ARGS("vmscan/mm_vmscan_kswapd_wake", "vmscan/mm_vmscan_kswapd_sleep"));
	grown = -vmstat_still("pageoutrun");
	machine_squeeze(SQUEEZED);
	grown += vmstat_still("pageoutrun");
	window_end(&w);
	/* The kernel's own two counts must be of the same time before ours is held against them. */
	if (w.traced && (int64_t)window_events(&w, "mm_vmscan_kswapd_wake") != grown)
		live_anew("kswapd ran as the window was opened or closed");
	rows = json_list(trace_summary(&w.sum), "kswapd");
	for (nid = 0; node_is_there(nid); nid++) {
		row = json_object_array_get_idx(rows, nid);
		assert_non_null(row); /* no node was spared */
		assert_int_equal(json_int(row, "node"), nid);
		assert_true(json_int(row, "active_ns") > 0);
		told += json_int(row, "runs");
		if (!w.traced)
			continue;
		node_traced(&w, nid, &runs, &wakes);
		assert_int_equal(json_int(row, "runs"), runs);
		assert_int_equal(json_int(row, "wakes"), wakes);
	}
	assert_int_equal(json_object_array_length(rows), nid);
	assert_true(grown > 0);
	assert_int_equal(told, grown);
	assert_int_equal(window_reconcile(&w, "kswapd runs", "kernel"), grown);
	assert_int_equal(window_reconcile(&w, "kswapd runs", "memtrace"), told);
	window_free(&w);
}

static void order_0_reclaims_have_the_tracepoints_order_and_gfp(void **state)
{
	struct json_object *o;
	struct window w;
	size_t user = 0;

	(void)state;
	window_begin(&w, ARGS(DIRECT_EVENTS));
	machine_squeeze(SQUEEZED);
	window_end(&w);
	for (int i = 0; (o = trace_line(&w.stalls, "stall", i)); i++) {
		if (strcmp(json_str(o, "comm"), "hog") || strcmp(json_str(o, "kind"), "direct"))
			continue;
		assert_in_range(json_int(o, "order"), 0, 10);
		assert_non_null(strstr(json_str(o, "gfp"), "GFP_"));
		user += json_int(o, "order") == 0 &&
			strstr(json_str(o, "gfp"), "GFP_HIGHUSER_MOVABLE") != NULL;
	}
	assert_true(user > 10);
	window_flags_check(&w, "direct", direct_begin, "gfp_flags=");
	window_free(&w);
}

/* Fills the page cache, then has this program ask for nearly all of the memory as huge pages. */
static void huge_pages_want(void)
{
	unsigned long mib = mem_available_mib();
	char path[PATH_MAX], text[24];
	struct child hog;

	need_kernel(access("/proc/sys/vm/nr_hugepages", F_OK) == 0, "huge pages");
	sparse_make(path, mib);
	snprintf(text, sizeof(text), "%lu", mib);
	hog_run(&hog, NULL, ARGS("cache", path, text, "2"), 20);
	snprintf(text, sizeof(text), "%lu", mib / 2 * 7 / 8);
	assert_int_equal(setting_set("/proc/sys/vm/nr_hugepages", text), 0);
	unlink(path);
}

/* Stalls of this program of one kind and order 9 whose flags name that one. */
static size_t order_9(const struct window *w, const char *kind, const char *flag)
{
	struct json_object *o;
	size_t n = 0;

	for (int i = 0; (o = trace_line(&w->stalls, "stall", i)); i++)
		n += json_int(o, "tid") == getpid() && !strcmp(json_str(o, "kind"), kind) &&
		     json_int(o, "order") == 9 && strstr(json_str(o, "gfp"), flag);
	return n;
}

/* Attempts to compact, and those that began to compact at least one zone. */
static void attempts_traced(const struct window *w, size_t *tried, size_t *began)
{
	*tried = *began = 0;
	for (size_t i = 0; i < w->ntp; i++) {
		if (strcmp(w->tp[i].name, "mm_compaction_try_to_compact_pages") != 0)
			continue;
		++*tried;
		for (size_t k = i + 1; k < w->ntp; k++) {
			if (w->tp[k].tid != w->tp[i].tid)
				continue;
			*began += !strcmp(w->tp[k].name, "mm_compaction_begin");
			break;
		}
	}
}

static void order_9_stalls_have_the_tracepoints_order_and_gfp(void **state)
{
	size_t tried, began;
	struct window w;
	int64_t grown;

	(void)state;
	window_begin(&w, ARGS(DIRECT_EVENTS, COMPACTION_EVENTS));
	grown = -vmstat_get("compact_stall");
	huge_pages_want();
	grown += vmstat_get("compact_stall");
	window_end(&w);
	print_message("# order 9: compaction %zu, direct %zu, compact_stall %ld\n",
		      order_9(&w, "compaction", "__GFP_COMP"), order_9(&w, "direct", "__GFP_COMP"),
		      (long)grown);
	assert_true(order_9(&w, "compaction", "__GFP_COMP") + order_9(&w, "direct", "__GFP_COMP") >
		    0);
	window_flags_check(&w, "direct", direct_begin, "gfp_flags=");
	window_compaction_check(&w);
	if (w.traced) {
		attempts_traced(&w, &tried, &began);
		print_message("# attempts %zu: began %zu\n", tried, began);
		assert_int_equal(window_reconcile(&w, "compaction stalls", "memtrace"), began);
		/*
		 * The kernel counts attempts that put all zones off, too, and those that found such
		 * a block at once; before v5.13 (06dac2f467fe) every attempt.
		 */
		assert_in_range(grown, began, tried);
	}
	assert_int_equal(window_reconcile(&w, "compaction stalls", "kernel"), grown);
	window_free(&w);
}

/* Gives a cgroup's memory to swap, all that can be, without pressure afterwards. */
static void swap_out(const struct cgroup *cg)
{
	assert_int_equal(cgroup_set(cg, "memory.max", "1M"), 0);
	assert_int_equal(cgroup_set(cg, "memory.max", "max"), 0);
}

#define BACK_MIB   16
#define BACK_LEAST (BACK_MIB * 256 * 7 / 8) /* pages that are then swapped out, by and large */

/* A hog whose BACK_MIB are on swap; child_tell() has them come back. Returns where they are. */
static char *back_start(struct child *hog, struct cgroup *cg, const char *name)
{
	struct trace said = {0};
	char mib[16];

	cgroup_make(cg, name, 128, 200);
	snprintf(mib, sizeof(mib), "%d", BACK_MIB);
	hog_start(hog, cg, ARGS("back", mib));
	hog_said(hog);
	json_lines_parse(&said, hog->out);
	assert_int_equal(said.nlines, 1);
	swap_out(cg);
	return (char *)json_int(said.lines[0], "address");
}

/* Has the kernel fault in another process's BACK_MIB on our behalf (get_user_pages). */
static void pages_peek(pid_t pid, char *base)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char c;

	for (size_t i = 0; i < BACK_MIB * MIB; i += page) {
		struct iovec here = {&c, 1}, there = {base + i, 1};

		assert_int_equal(process_vm_readv(pid, &here, 1, &there, 1, 0), 1);
	}
}

/* Pages swapped "in" or "out"; since v6.12 those full of zeros are not written, but counted. */
static int64_t swapped(const char *way)
{
	char name[32];
	int64_t zero;

	snprintf(name, sizeof(name), "swp%s_zero", way);
	zero = vmstat_get(name);
	snprintf(name, sizeof(name), "pswp%s", way);
	return vmstat_get(name) + (zero > 0 ? zero : 0);
}

static void major_faults_equal_pgmajfault_less_those_of_get_user_pages(void **state)
{
	int64_t majors, swapins, peeked, seen, all;
	struct child touches, peeked_at;
	struct json_object *sum;
	struct cgroup cg[2];
	struct window w;
	char *base;

	(void)state;
	need_machine(swap_is_on() && cgroup_version() == 2, "no swap, or no cgroup v2");
	/* No read-ahead: each page comes back by a fault of its own. */
	setting_set("/proc/sys/vm/page-cluster", "0");
	mlockall(MCL_CURRENT);
	back_start(&touches, &cg[0], "touched");
	base = back_start(&peeked_at, &cg[1], "peeked");
	window_begin(&w, ARGS(DIRECT_EVENTS));
	majors = -vmstat_get("pgmajfault");
	swapins = -swapped("in");
	child_tell(&touches);
	assert_int_equal(child_wait(&touches, 20), 0);
	peeked = -vmstat_get("pgmajfault");
	pages_peek(peeked_at.pid, base);
	peeked += vmstat_get("pgmajfault");
	majors += vmstat_get("pgmajfault");
	swapins += swapped("in");
	window_end(&w);
	munlockall();
	sum = trace_summary(&w.sum);
	print_message("# majors %ld, pswpin %ld, touched %ld, peeked %ld\n", (long)majors,
		      (long)swapins, touches.usage.ru_majflt, (long)peeked);
	assert_true(touches.usage.ru_majflt > BACK_LEAST && peeked > BACK_LEAST);
	if (signal_is_served("fault.major")) {
		/* memtrace looks a moment earlier and later than we did: others fault, too */
		all = window_reconcile(&w, "major faults", "kernel");
		assert_in_range(all, majors, majors + majors / 50);
		seen = window_reconcile(&w, "major faults", "memtrace");
		print_message("# seen %ld, lost %s\n", (long)seen,
			      json_object_to_json_string(json_get(sum, "lost")));
		if (json_int(sum, "lost.perf_throttled"))
			losses_none(&w.sum);
		if (seen < majors - peeked)
			window_told(&w, seen, majors - peeked);
		else if (seen > all - peeked)
			window_told(&w, seen, all - peeked);
		/* Those between attaching and the first reading of the counts are told, too. */
		assert_in_range(json_int(sum, "faults.timed") + json_int(sum, "faults.untimed"),
				seen, seen + 5);
		window_told(&w, json_int(sum, "faults.classes.swap"), swapins - peeked);
	}
	/* Some of its rusage may be from before: what is here is what the window has. */
	assert_in_range(json_int(trace_process(&w.sum, touches.pid, 0), "faults.major"), BACK_LEAST,
			touches.usage.ru_majflt);
	window_free(&w);
}

static void pages_swapped_out_equal_pswpout(void **state)
{
	struct cgroup cg;
	struct child hog;
	struct window w;
	int64_t out;

	(void)state;
	need_machine(swap_is_on() && cgroup_version() == 2, "no swap, or no cgroup v2");
	window_begin(&w, ARGS(DIRECT_EVENTS));
	out = -swapped("out");
	back_start(&hog, &cg, "out");
	out += swapped("out");
	window_end(&w);
	assert_true(out > BACK_LEAST);
	assert_int_equal(json_int(trace_summary(&w.sum), "swap.out_pages"), out);
	assert_int_equal(window_reconcile(&w, "pages swapped out", "kernel"), out);
	assert_int_equal(window_reconcile(&w, "pages swapped out", "memtrace"), out);
	window_free(&w);
}

/* A figure of all objects in a list; of those only whose comm begins so, if that is not NULL. */
static int64_t sum_of(struct json_object *list, const char *key, const char *comm)
{
	int64_t sum = 0;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (!comm || !strncmp(json_str(o, "comm"), comm, strlen(comm)))
			sum += json_int(o, key);
	}
	return sum;
}

static void pages_that_kswapd_wrote_are_told_by_owner(void **state)
{
	struct json_object *sum, *owners;
	struct window w;
	int64_t out, late, huge, unseen;

	(void)state;
	need_machine(swap_is_on(), "no swap");
	need_signal("swap.owner");
	window_begin(&w, ARGS(DIRECT_EVENTS));
	huge = -vmstat_get("thp_swpout");
	out = -swapped("out");
	machine_squeeze(SQUEEZED);
	out += swapped("out");
	huge += vmstat_get("thp_swpout");
	late = -swapped("out"); /* kswapd goes on for a while */
	window_end(&w);
	late += swapped("out");
	sum = trace_summary(&w.sum);
	owners = json_list(sum, "swap.owners");
	print_message("# %ld pages out, %ld by kswapd; %ld huge, %ld runs skipped\n", (long)out,
		      (long)sum_of(owners, "by_kswapd_pages", NULL), (long)huge,
		      (long)trace_missed(&w.sum));
	assert_true(sum_of(owners, "by_kswapd_pages", NULL) > 0);
	/* What one program has by writer it has by owner, too. */
	assert_int_equal(sum_of(owners, "by_kswapd_pages", NULL),
			 sum_of(json_list(sum, "processes"), "swap.out_pages", "kswapd"));
	/*
	 * A run that the kernel skipped was for one page, or for a huge one. And what its process
	 * gave up meanwhile passes the tracepoint but is not written: swap_writepage().
	 */
	unseen = trace_missed(&w.sum) + huge * 511;
	assert_in_range(sum_of(owners, "by_kswapd_pages", NULL) +
				sum_of(owners, "by_own_pages", NULL) +
				sum_of(owners, "by_other_pages", NULL),
			unseen < out ? out - unseen : 0, out + late + out / 50);
	window_free(&w);
}

static void record_check(struct json_object *o, const struct verdict *v)
{
	assert_string_equal(v->constraint, "NONE");
	assert_string_equal(json_str(o, "constraint"), "system");
	assert_null(json_get(o, "memcg"));
	assert_int_equal(json_int(o, "victim.pid"), v->pid);
	assert_string_equal(json_str(o, "victim.comm"), v->comm);
	assert_int_equal(json_int(o, "victim.uid"), v->uid);
	assert_int_equal(json_int(o, "victim.oom_score_adj"), v->adj);
	assert_int_equal(json_int(o, "victim.total_vm_bytes"), v->total_vm_kb * 1024);
	assert_int_equal(json_int(o, "victim.anon_rss_bytes"), v->anon_kb * 1024);
	assert_int_equal(json_int(o, "victim.file_rss_bytes"), v->file_kb * 1024);
	assert_int_equal(json_int(o, "victim.shmem_rss_bytes"), v->shmem_kb * 1024);
	assert_int_equal(json_int(o, "victim.pgtables_bytes"), v->pgtables_kb * 1024);
	assert_string_equal(json_str(o, "trigger.comm"), v->trigger);
	assert_int_equal(json_int(o, "trigger.order"), v->order);
	assert_true(gfp_equal(json_str(o, "trigger.gfp"), v->gfp));
}

static void kill_on_a_full_machine_is_told_as_the_log_and_vmstat_say(void **state)
{
	bool pass = tracer_works() && probe_event_make("memtrace_test/pass", PASS_EVENT);
	int64_t kills, stalls;
	int kmsg = kmsg_open();
	struct json_object *rows;
	struct child hog, spare;
	struct verdict v;
	struct window w;
	char mib[24];

	(void)state;
	swap_off();
	setting_set("/proc/sys/vm/overcommit_memory", "1");
	spares_start(&spare, 16);
	snprintf(mib, sizeof(mib), "%lu", mem_available_mib() + 128);
	window_begin(&w, pass ? ARGS(DIRECT_EVENTS, "memtrace_test/pass") : ARGS(DIRECT_EVENTS));
	kills = -vmstat_get("oom_kill");
	stalls = -vmstat_get("allocstall_*");
	/*
	 * While the victim's memory is given back, which takes its time, the kernel looks for
	 * others, and panics when all that are left are exempt.
	 */
	hog_start(&hog, NULL, ARGS("-s", "800", "oom", mib));
	assert_int_equal(child_wait(&hog, 30), 128 + SIGKILL);
	sleep_s(0.2 * slack()); /* the log's last line may come after the death */
	kills += vmstat_get("oom_kill");
	stalls += vmstat_get("allocstall_*");
	assert_false(child_ended(&w.stalls.child) || child_ended(&w.sum.child));
	window_kills(kills);
	window_end(&w);
	assert_in_range(kills, 1, 17);
	rows = json_list(trace_summary(&w.sum), "oom");
	if ((int64_t)json_object_array_length(rows) != kills)
		fail_msg("%ld kills, of memtrace's: %s", (long)kills,
			 json_object_to_json_string(trace_summary(&w.sum)));
	/* of more than ten in 5 s the kernel's log says but that they were killed */
	for (int i = 0; i < kills && i < 10; i++) {
		verdict_read(&v, kmsg);
		assert_true(i > 0 || v.pid == hog.pid);
		record_check(json_object_array_get_idx(rows, i), &v);
	}
	close(kmsg);
	assert_int_equal(window_reconcile(&w, "OOM kills", "kernel"), kills);
	assert_int_equal(window_reconcile(&w, "OOM kills", "memtrace"), kills);
	print_message("# oom: allocstall %ld, told %zu, passes %zu\n", (long)stalls,
		      window_stalls(&w, "direct"), passes(&w));
	/* Reclaims that fail start over before they give up: the kernel counts each start. */
	if (pass)
		assert_int_equal(stalls, passes(&w));
	if (w.traced)
		window_told(&w, window_stalls(&w, "direct"), window_events(&w, direct_begin));
	assert_true(stalls >= (int64_t)window_stalls(&w, "direct"));
	window_free(&w);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(direct_stalls_equal_the_tracepoints_and_allocstall),
	LIVE_TEST(throttling_before_reclaim_is_part_of_the_stall),
	LIVE_TEST(kswapd_runs_of_each_node_equal_the_tracepoints_and_pageoutrun),
	LIVE_TEST(order_0_reclaims_have_the_tracepoints_order_and_gfp),
	LIVE_TEST(order_9_stalls_have_the_tracepoints_order_and_gfp),
	LIVE_TEST(major_faults_equal_pgmajfault_less_those_of_get_user_pages),
	LIVE_TEST(pages_swapped_out_equal_pswpout),
	LIVE_TEST(pages_that_kswapd_wrote_are_told_by_owner),
	LIVE_TEST(kill_on_a_full_machine_is_told_as_the_log_and_vmstat_say),
};

LIVE_GROUP(global, tests)
