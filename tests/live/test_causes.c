// SPDX-License-Identifier: GPL-2.0
/*
 * Why stalls last: workloads whose time goes where it must, and memtrace that has to say so.
 *
 * Layer: tests. All pressure stays in memory cgroups of the tests' own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "live.h"

enum { CPU, SLAB, THROTTLED, IO, BLOCKED, RUNQUEUE, CAUSES };

static const char *const cause_keys[] = {"causes.cpu_ns",	"causes.slab_ns",
					 "causes.throttled_ns", "causes.io_ns",
					 "causes.blocked_ns",	"causes.runqueue_ns"};

/* Stalls of one process, added up. */
struct split {
	int64_t ns[CAUSES], total_ns;
	size_t stalls;
};

/* Each part of a split is there and no less than 0, and together they are the whole. */
static void split_add(struct split *s, struct json_object *o, const char *total)
{
	int64_t whole = json_int(o, total), sum = 0;

	for (int i = 0; i < CAUSES; i++) {
		int64_t ns = json_int(o, cause_keys[i]);

		if (ns < 0)
			fail_msg("%s is %ld in %.600s", cause_keys[i], (long)ns,
				 json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
		s->ns[i] += ns;
		sum += ns;
	}
	if (sum != whole)
		fail_msg("causes add up to %ld ns of %ld ns: %.600s", (long)sum, (long)whole,
			 json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	s->total_ns += whole;
	s->stalls++;
}

static void split_print(const struct split *s)
{
	print_message("# %zu stalls, %ld us: cpu %ld slab %ld throttled %ld io %ld blocked %ld "
		      "runqueue %ld\n",
		      s->stalls, (long)s->total_ns / 1000, (long)s->ns[CPU] / 1000,
		      (long)s->ns[SLAB] / 1000, (long)s->ns[THROTTLED] / 1000,
		      (long)s->ns[IO] / 1000, (long)s->ns[BLOCKED] / 1000,
		      (long)s->ns[RUNQUEUE] / 1000);
}

/* All stalls of a process, whose kind must be that one. */
static struct split split_of(const struct trace *t, pid_t pid, const char *kind)
{
	struct split s = {.stalls = 0};
	struct json_object *o;

	for (int i = 0; (o = trace_line(t, "stall", i)); i++) {
		if (json_int(o, "pid") != pid)
			continue;
		assert_string_equal(json_str(o, "kind"), kind);
		assert_true(json_int(o, "duration_ns") > 0);
		split_add(&s, o, "duration_ns");
	}
	split_print(&s);
	return s;
}

static int64_t asleep(const struct split *s)
{
	return s->ns[THROTTLED] + s->ns[IO] + s->ns[BLOCKED];
}

/* How long others had the CPU is up to the machine, unless it is what a test is about. */
static int64_t own(const struct split *s)
{
	return s->total_ns - s->ns[RUNQUEUE];
}

/* The stall of a process that has most of one cause. */
static struct json_object *stall_most(const struct trace *t, pid_t pid, const char *cause)
{
	struct json_object *o, *most = NULL;

	for (int i = 0; (o = trace_line(t, "stall", i)); i++)
		if (json_int(o, "pid") == pid &&
		    (!most || json_int(o, cause) > json_int(most, cause)))
			most = o;
	assert_non_null(most);
	return most;
}

/* Does a kernel stack have a function whose name begins so? */
static bool stack_has(struct json_object *stack, const char *const *names)
{
	for (size_t i = 0; i < json_object_array_length(stack); i++) {
		const char *symbol = json_object_get_string(json_object_array_get_idx(stack, i));

		for (const char *const *n = names; *n; n++)
			if (!strncmp(symbol, *n, strlen(*n)))
				return true;
	}
	return false;
}

/* All time that a process slept for one cause, and that with one of these functions on the stack.
 */
static void sleeps_add(struct json_object *process, const char *cause, const char *const *names,
		       int64_t *all_ns, int64_t *named_ns)
{
	struct json_object *list = json_list(process, "sleeps");

	*all_ns = *named_ns = 0;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		int64_t ns = json_int(o, "total_ns");

		if (strcmp(json_str(o, "cause"), cause) != 0)
			continue;
		*all_ns += ns;
		if (json_get(o, "stack") && stack_has(json_list(o, "stack"), names))
			*named_ns += ns;
	}
}

/* Does /proc/kallsyms have it, with its address? */
static bool symbol_is_known(const char *symbol)
{
	char *text = text_load("/proc/kallsyms"), *save = NULL, name[64];
	unsigned long address;
	bool known = false;

	for (char *l = text ? strtok_r(text, "\n", &save) : NULL; l && !known;
	     l = strtok_r(NULL, "\n", &save))
		known = sscanf(l, "%lx %*c %63s", &address, name) == 2 && address &&
			!strcmp(name, symbol);
	free(text);
	return known;
}

/* A file without blocks: reading it fills the page cache without a disk. */
static void sparse_make(char path[PATH_MAX], unsigned mib)
{
	int fd;

	test_path(path, "sparse");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && !ftruncate(fd, mib * MIB));
	close(fd);
}

/* The traced run of a hog in a cgroup. */
static pid_t hog_traced(struct trace *t, const char *const *options, const struct cgroup *cg,
			const char *const *args)
{
	struct child hog;

	need_signal("stall.causes");
	trace_start(t, options);
	hog_run(&hog, cg, args, 30);
	trace_end(t);
	return hog.pid;
}

static void clean_page_cache_costs_cpu(void **state)
{
	char path[PATH_MAX];
	struct cgroup cg;
	struct split s;
	struct trace t;

	(void)state;
	cgroup_make(&cg, "clean", 32, 0);
	sparse_make(path, 96);
	s = split_of(&t, hog_traced(&t, ARGS("stalls", "-j"), &cg, ARGS("cache", path, "96", "1")),
		     "memcg");
	assert_true(s.stalls > at_least(100));
	assert_true(s.ns[CPU] > s.ns[SLAB]);
	assert_true(asleep(&s) < own(&s) / 10);
}

static void swapping_to_zram_costs_cpu(void **state)
{
	struct cgroup cg;
	struct split s;
	struct trace t;

	(void)state;
	zram_make(128);
	squeeze_cgroup(&cg, "zram");
	s = split_of(&t, hog_traced(&t, ARGS("stalls", "-j"), &cg, ARGS(SQUEEZE)), "memcg");
	assert_true(s.stalls > at_least(100));
	assert_true(asleep(&s) < own(&s) / 5);
}

/* That there is a reason, one of those that a slow disk gives, if reclaim was throttled at all. */
static void reason_check(const struct trace *t, pid_t pid)
{
	static const char *const reasons[] = {"writeback", "congested", "noprogress", "isolated"};
	struct json_object *most = stall_most(t, pid, "causes.throttled_ns");
	bool known = !json_int(most, "causes.throttled_ns");

	for (int i = 0; i < 4; i++)
		known |= !strcmp(json_str(most, "throttle_reason"), reasons[i]);
	if (!known)
		fail_msg("throttled for \"%s\"", json_str(most, "throttle_reason"));
}

/* A slow disk under the page cache, with cgroup v1; or, where there is one anyway, under swap. */
static void waiting_for_a_slow_disk_is_io_or_throttling(void **state)
{
	char path[PATH_MAX];
	struct cgroup cg;
	struct split s;
	struct trace t;
	pid_t pid;

	(void)state;
	if (slow_make(path, 8)) {
		swap_first(path, 48);
		cgroup_make(&cg, "slow", 32, 160);
		pid = hog_traced(&t, ARGS("stalls", "-j"), &cg, ARGS("anon", "36", "2"));
	} else {
		cgroup_make(&cg, "slow", 32, 0);
		pid = hog_traced(&t, ARGS("stalls", "-j"), &cg, ARGS("dirty", path, "40", "2"));
	}
	s = split_of(&t, pid, "memcg");
	assert_true(s.stalls > 0);
	assert_true(s.ns[THROTTLED] + s.ns[IO] > own(&s) / 2);
	reason_check(&t, pid);
}

#define HUGE_PAGES "/sys/kernel/mm/transparent_hugepage/"
#define LOCK_NS	   2000000 /* waits for the lock that are enough */

static void a_contended_lock_is_blocked_and_named_by_the_stack(void **state)
{
	int64_t blocked, named;
	struct json_object *p;
	struct cgroup cg;
	struct split s = {0};
	struct trace t;
	pid_t pid;

	(void)state;
	/* With less than 512 MiB they are off; the kernel raises the reserve for them. */
	setting_keep("/proc/sys/vm/min_free_kbytes");
	need_kernel(setting_set(HUGE_PAGES "enabled", "madvise") == 0, "huge pages");
	setting_set(HUGE_PAGES "defrag", "madvise");
	cgroup_make(&cg, "lock", 64, 64);
	pid = hog_traced(&t, ARGS("-j", "-K"), &cg, ARGS("split", "40", "48", "2"));
	p = trace_process(&t, pid, 0);
	if (p)
		split_add(&s, json_get(p, "stalls"), "total_ns");
	split_print(&s);
	if (s.ns[BLOCKED] < LOCK_NS)
		live_anew("the lock was free");
	assert_true(s.ns[BLOCKED] >= LOCK_NS);
	/* Where all is emulated, so is the lock's owner, on a CPU for long. */
	if (slack() <= 1)
		assert_true(s.ns[BLOCKED] > own(&s) / 4);
	need_kernel(symbol_is_known("down_write"), "addresses in /proc/kallsyms");
	sleeps_add(p, "blocked", ARGS("rwsem_down", "down_read", "down_write"), &blocked, &named);
	print_message("# asleep %ld us, for the lock %ld us\n", (long)blocked / 1000,
		      (long)named / 1000);
	assert_int_equal(blocked, s.ns[BLOCKED]);
	assert_true(named > blocked / 2);
}

static void a_crowded_cpu_is_runqueue(void **state)
{
	struct child hog, busy[4];
	char path[PATH_MAX];
	struct cgroup cg;
	struct split s;
	struct trace t;

	(void)state;
	need_signal("stall.causes");
	cgroup_make(&cg, "crowd", 32, 0);
	sparse_make(path, 96);
	trace_start(&t, ARGS("stalls", "-j"));
	cpu_pin(0);
	for (int i = 0; i < 4; i++)
		hog_start(&busy[i], NULL, ARGS("spin", "1000"));
	hog_run(&hog, &cg, ARGS("cache", path, "96", "2"), 30);
	cpu_any("");
	for (int i = 0; i < 4; i++) {
		kill(busy[i].pid, SIGKILL);
		child_wait(&busy[i], 10);
	}
	trace_end(&t);
	s = split_of(&t, hog.pid, "memcg");
	assert_true(s.stalls > 0);
	for (int i = 0; i < RUNQUEUE; i++)
		assert_true(s.ns[RUNQUEUE] > s.ns[i]);
	assert_true(asleep(&s) < own(&s) / 5);
}

/* The file system that holds TMPDIR, "ext4" say. */
static void fs_find(char name[32])
{
	char path[PATH_MAX], *line = NULL;
	unsigned maj, min;
	size_t cap = 0;
	struct stat st;
	FILE *f;

	test_path(path, "x");
	*strrchr(path, '/') = '\0';
	assert_int_equal(stat(path, &st), 0);
	f = fopen("/proc/self/mountinfo", "re");
	assert_non_null(f);
	*name = '\0';
	while (getline(&line, &cap, f) > 0) {
		char *sep = strstr(line, " - ");

		if (sep && sscanf(line, "%*d %*d %u:%u", &maj, &min) == 2 &&
		    makedev(maj, min) == st.st_dev)
			sscanf(sep, " - %31s", name);
	}
	free(line);
	fclose(f);
	need_machine(strcmp(name, "tmpfs") != 0, "TMPDIR is on tmpfs, which forgets misses");
}

/* Time in the shrinkers of one file system, or with NULL of any, that stalls tell of. */
static int64_t shrinker_ns(const struct trace *t, pid_t pid, const char *fs)
{
	struct json_object *o;
	int64_t ns = 0;

	for (int i = 0; (o = trace_line(t, "stall", i)); i++)
		if (json_int(o, "pid") == pid && json_get(o, "shrinker.fs") &&
		    (!fs || !strcmp(json_str(o, "shrinker.fs"), fs)))
			ns += json_int(o, "shrinker.ns");
	return ns;
}

static void a_mass_of_dentries_is_slab_and_names_the_shrinker_and_its_fs(void **state)
{
	struct json_object *most;
	char path[PATH_MAX], fs[32];
	struct cgroup cg;
	struct split s;
	struct trace t;
	pid_t pid;

	(void)state;
	need_signal("stall.slab");
	fs_find(fs);
	sparse_make(path, 64);
	cgroup_make(&cg, "slab", 24, 0);
	pid = hog_traced(&t, ARGS("stalls", "-j"), &cg, ARGS("misses", path, "80000", "1"));
	s = split_of(&t, pid, "memcg");
	assert_true(s.stalls > 0);
	assert_true(s.ns[SLAB] > own(&s) / 4);
	assert_true(asleep(&s) < own(&s) / 5);
	most = stall_most(&t, pid, "causes.slab_ns");
	print_message("# %s\n", json_object_to_json_string_ext(json_get(most, "shrinker"),
							       JSON_C_TO_STRING_PLAIN));
	assert_true(json_int(most, "shrinker.ns") > json_int(most, "causes.slab_ns") / 2);
	/* Names come when they have been looked up; that of the first stalls may be late. */
	if (json_get(most, "shrinker.callback"))
		assert_string_equal(json_str(most, "shrinker.callback"), "super_cache_scan");
	/*
	 * v6.7 and later tell a shrinker's file system; of others than these mountinfo may differ.
	 * In a single stall another one, of /proc say, may come first.
	 */
	if (!strcmp(fs, "ext4") || !strcmp(fs, "xfs"))
		assert_true(shrinker_ns(&t, pid, fs) >= shrinker_ns(&t, pid, NULL) / 2);
}

/* Lowers a cgroup's limit to MiB and lifts it again: this program reclaims what is above it. */
static void limit_dip(const struct cgroup *cg, const char *low, const char *high)
{
	const char *file = cgroup_version() == 1 ? "memory.limit_in_bytes" : "memory.max";

	cgroup_set(cg, file, low); /* EBUSY when it could not get that low */
	assert_int_equal(cgroup_set(cg, file, high), 0);
}

/* The reclaim that one may ask for, beside that of limits: fails where there is none. */
static int reclaim_ask(const struct cgroup *cg)
{
	int err = cgroup_version() == 1 ? cgroup_set(cg, "memory.force_empty", "0")
					: cgroup_set(cg, "memory.reclaim", "16M");

	return err == -EAGAIN || err == -EBUSY ? 0 : err;
}

static size_t kinds_of(const struct trace *t, pid_t pid, const char *kind, bool other)
{
	struct json_object *o;
	size_t n = 0;

	for (int i = 0; (o = trace_line(t, "stall", i)); i++)
		n += json_int(o, "pid") == pid && !strcmp(json_str(o, "kind"), kind) != other;
	return n;
}

static void proactive_check(int (*reclaim)(const struct cgroup *cg))
{
	struct trace stalls, sum;
	struct child hog;
	struct cgroup cg;
	char self[16];

	need_signal("stall.proactive");
	need_machine(swap_is_on(), "no swap can be made (set MEMTRACE_TEST_SWAP)");
	cgroup_make(&cg, "ask", 128, 128);
	hog_start(&hog, &cg, ARGS("back", "64"));
	hog_said(&hog);
	snprintf(self, sizeof(self), "%d", getpid());
	trace_start(&stalls, ARGS("stalls", "-j", "-p", self));
	trace_start(&sum, ARGS("-j", "-p", self));
	need_kernel(reclaim(&cg) == 0, "memory.reclaim");
	trace_end(&sum);
	trace_end(&stalls);
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 20), 0);
	assert_true(kinds_of(&stalls, getpid(), "proactive", false) > 0);
	split_of(&stalls, getpid(), "proactive");
	assert_int_equal(json_int(trace_summary(&sum), "stalls.count"), 0);
	assert_int_equal(json_int(trace_summary(&sum), "stalls.total_ns"), 0);
}

static void reclaim_asked_for_is_proactive_and_no_victims_stall(void **state)
{
	(void)state;
	proactive_check(reclaim_ask);
}

static int limit_lower(const struct cgroup *cg)
{
	limit_dip(cg, "32M", "128M");
	return 0;
}

static void a_lowered_limit_is_proactive_and_no_victims_stall(void **state)
{
	(void)state;
	proactive_check(limit_lower);
}

static void a_victim_beside_proactive_reclaim_stays_a_victim(void **state)
{
	struct child hog;
	struct cgroup cg;
	struct split s;
	struct trace t;

	(void)state;
	need_signal("stall.proactive");
	squeeze_cgroup(&cg, "beside");
	trace_start(&t, ARGS("stalls", "-j"));
	hog_start(&hog, &cg, ARGS(SQUEEZE));
	while (!child_ended(&hog))
		limit_dip(&cg, "24M", "32M");
	assert_int_equal(hog.status, 0);
	trace_end(&t);
	s = split_of(&t, hog.pid, "memcg");
	/* What we reclaim it need not: how often it still must is a matter of chance. */
	assert_true(s.stalls > 0);
	assert_true(kinds_of(&t, getpid(), "proactive", false) > 0);
	assert_int_equal(kinds_of(&t, getpid(), "proactive", true), 0);
}

#define KILLS 12

static void tasks_killed_within_stalls_leave_nothing_behind(void **state)
{
	struct trace stalls, sum;
	struct child hog[KILLS];
	struct cgroup cg;
	size_t seen = 0;

	(void)state;
	need_signal("stall.causes");
	squeeze_cgroup(&cg, "killed");
	trace_start(&stalls, ARGS("stalls", "-j"));
	trace_start(&sum, ARGS("-j"));
	for (int i = 0; i < KILLS; i++) {
		hog_start(&hog[i], &cg, ARGS("many", "8", "64", "1000"));
		sleep_s(0.15 * slack() + i * 0.003);
		kill(hog[i].pid, SIGKILL);
		child_wait(&hog[i], 10);
	}
	trace_end(&sum);
	trace_end(&stalls);
	losses_by_chance(&stalls);
	losses_by_chance(&sum);
	for (int i = 0; i < KILLS; i++)
		seen += split_of(&stalls, hog[i].pid, "memcg").stalls;
	assert_true(seen > 0);
	/* Of the rest of the machine some may be under way, but not since then. */
	if (json_int(trace_summary(&sum), "open_stalls.count") && !trace_missed(&sum))
		assert_true(json_int(trace_summary(&sum), "open_stalls.oldest_ns") <
			    1000000000 * slack());
}

/* Is a thread one of those that a hog printed? */
static bool is_among(struct json_object *tids, pid_t tid)
{
	for (size_t i = 0; i < json_object_array_length(tids); i++)
		if (json_object_get_int(json_object_array_get_idx(tids, i)) == tid)
			return true;
	return false;
}

static void stalls_of_64_threads_at_once_are_all_told_and_split(void **state)
{
	size_t n, begun = 0, ended = 0;
	struct json_object *tids;
	struct trace t, said = {0};
	struct tracepoint *tp;
	struct tracer tracer;
	struct child hog;
	struct cgroup cg;
	struct split s;
	char time[16];
	size_t missed;

	(void)state;
	need_signal("stall.causes");
	/* Each of them isolates pages: of a small limit they would leave nothing to reclaim. */
	need_machine(swap_is_on(), "no swap can be made (set MEMTRACE_TEST_SWAP)");
	cgroup_make(&cg, "many", 96, 160);
	tracer_start(&tracer, memcg_events);
	trace_start(&t, ARGS("stalls", "-j"));
	snprintf(time, sizeof(time), "%.1f", 1.5 * slack());
	hog_run(&hog, &cg, ARGS("many", "64", "144", time), 60);
	trace_end(&t);
	n = tracer_stop(&tracer, &tp);
	losses_by_chance(&t);
	json_lines_parse(&said, hog.out);
	tids = json_list(said.lines[0], "tids");
	for (size_t i = 0; i < n; i++) {
		if (tp[i].tid != hog.pid && !is_among(tids, tp[i].tid))
			continue;
		begun += !strcmp(tp[i].name, memcg_begin);
		ended += !strcmp(tp[i].name, memcg_end);
	}
	free(tp);
	s = split_of(&t, hog.pid, "memcg");
	assert_int_equal(begun, ended);
	missed = trace_missed(&t);
	assert_in_range(s.stalls, begun - (missed < begun ? missed : begun), begun);
	assert_true(s.stalls > at_least(40));
}

static void swap_ins_that_reclaim_are_split(void **state)
{
	struct child hog;
	struct cgroup cg;
	struct split s;
	struct trace t;
	double begin;

	(void)state;
	need_signal("stall.causes");
	squeeze_cgroup(&cg, "swapin");
	hog_start(&hog, &cg, ARGS("back", "48"));
	hog_said(&hog);
	trace_start(&t, ARGS("stalls", "-j"));
	begin = now_s();
	child_tell(&hog); /* all of what follows is pages that come back, in the place of others */
	assert_int_equal(child_wait(&hog, 30), 0);
	begin = now_s() - begin;
	trace_end(&t);
	s = split_of(&t, hog.pid, "memcg");
	assert_true(s.stalls > at_least(20));
	assert_true(s.total_ns < begin * 1e9);
}

static void writes_that_reclaim_are_split(void **state)
{
	char path[PATH_MAX];
	struct cgroup cg;
	struct split s;
	struct trace t;

	(void)state;
	cgroup_make(&cg, "write", 32, 0);
	test_path(path, "written");
	s = split_of(&t, hog_traced(&t, ARGS("stalls", "-j"), &cg, ARGS("write", path, "64", "1")),
		     "memcg");
	unlink(path);
	assert_true(s.stalls > at_least(20));
}

static void summary_adds_up_the_causes_of_the_stalls_told(void **state)
{
	struct trace stalls, sum;
	struct split told, process = {0}, totals = {0};
	struct json_object *o;
	struct child hog;
	struct cgroup cg;

	(void)state;
	need_signal("stall.causes");
	squeeze_cgroup(&cg, "totals");
	trace_start(&stalls, ARGS("stalls", "-j", "-c", cg.path));
	trace_start(&sum, ARGS("-j", "-c", cg.path));
	hog_run(&hog, &cg, ARGS(SQUEEZE), 10);
	trace_end(&sum);
	trace_end(&stalls);
	losses_none(&sum);
	told = split_of(&stalls, hog.pid, "memcg");
	o = trace_process(&sum, hog.pid, 0);
	assert_non_null(o);
	split_add(&process, json_get(o, "stalls"), "total_ns");
	split_add(&totals, json_get(trace_summary(&sum), "stalls"), "total_ns");
	for (int i = 0; i < CAUSES; i++) {
		double share = slack() > 1 ? 0.1 : 0.03;
		double room = told.total_ns * share + told.stalls * probe_ns();

		assert_int_equal(totals.ns[i], process.ns[i]);
		/* Two programs on the same tracepoints: one runs a moment before the other. */
		if (process.ns[i] > told.ns[i] + room || process.ns[i] < told.ns[i] - room)
			fail_msg("%s: %ld in summary, %ld in stalls", cause_keys[i],
				 (long)process.ns[i], (long)told.ns[i]);
	}
}

/* What the kernel itself adds up of a task: its time on a CPU, and runnable without one. */
static bool schedstat_read(pid_t pid, int64_t *cpu_ns, int64_t *wait_ns)
{
	char path[64], text[128];
	long cpu, wait;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	if (text_read(path, text, sizeof(text)) <= 0 || sscanf(text, "%ld %ld", &cpu, &wait) != 2)
		return false;
	*cpu_ns = cpu;
	*wait_ns = wait;
	return cpu > 0;
}

static void no_cause_exceeds_what_the_kernel_counts_of_the_task(void **state)
{
	int64_t cpu = 0, wait = 0, io;
	struct child hog, busy;
	struct cgroup cg;
	struct split s;
	struct trace t;
	bool sched;

	(void)state;
	need_signal("stall.causes");
	need_delay_accounting();
	squeeze_cgroup(&cg, "kernel");
	trace_start(&t, ARGS("stalls", "-j"));
	cpu_pin(0); /* two on one CPU: both wait for it */
	hog_start(&busy, NULL, ARGS("spin", "1000"));
	hog_start(&hog, &cg, ARGS("-k", SQUEEZE));
	cpu_any("");
	hog_said(&hog);
	sched = schedstat_read(hog.pid, &cpu, &wait);
	io = taskstats_blkio_ns(hog.pid);
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 10), 0);
	kill(busy.pid, SIGKILL);
	child_wait(&busy, 10);
	trace_end(&t);
	s = split_of(&t, hog.pid, "memcg");
	print_message("# the kernel: cpu %ld us, wait %ld us, io %ld us\n", (long)cpu / 1000,
		      (long)wait / 1000, (long)io / 1000);
	assert_true(s.stalls > at_least(10));
	assert_true(io >= 0);
	/* The clocks are read some steps apart; interrupts are part of the time on a CPU here. */
	if (sched) {
		assert_true(s.ns[CPU] + s.ns[SLAB] <= cpu * 1.05 + s.stalls * probe_ns());
		assert_true(s.ns[RUNQUEUE] <= wait * 1.02 + s.stalls * probe_ns());
		assert_true(s.ns[RUNQUEUE] > 0);
	}
	assert_true(s.ns[IO] <= io * 1.05 + s.stalls * probe_ns());
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(clean_page_cache_costs_cpu),
	LIVE_TEST(swapping_to_zram_costs_cpu),
	LIVE_TEST(waiting_for_a_slow_disk_is_io_or_throttling),
	LIVE_TEST(a_contended_lock_is_blocked_and_named_by_the_stack),
	LIVE_TEST(a_crowded_cpu_is_runqueue),
	LIVE_TEST(a_mass_of_dentries_is_slab_and_names_the_shrinker_and_its_fs),
	LIVE_TEST(reclaim_asked_for_is_proactive_and_no_victims_stall),
	LIVE_TEST(a_lowered_limit_is_proactive_and_no_victims_stall),
	LIVE_TEST(a_victim_beside_proactive_reclaim_stays_a_victim),
	LIVE_TEST(tasks_killed_within_stalls_leave_nothing_behind),
	LIVE_TEST(stalls_of_64_threads_at_once_are_all_told_and_split),
	LIVE_TEST(swap_ins_that_reclaim_are_split),
	LIVE_TEST(writes_that_reclaim_are_split),
	LIVE_TEST(summary_adds_up_the_causes_of_the_stalls_told),
	LIVE_TEST(no_cause_exceeds_what_the_kernel_counts_of_the_task),
};

LIVE_GROUP(causes, tests)
