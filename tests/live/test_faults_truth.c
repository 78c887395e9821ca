// SPDX-License-Identifier: GPL-2.0
/*
 * Faults against what is known of them by other means, to the last one: masses of processes that
 * end in each way there is, a device of known delay, swap, storms that perf and the ring buffer
 * cannot keep up with; and files and processes that are hard to name.
 *
 * Layer: tests.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "live.h"

#define PIDS (1 << 22) /* as many as there can be */

/* Of all processes of one number. */
struct tally {
	int64_t rows, minor, major;
};

static struct tally *tallies_new(void)
{
	struct tally *t = calloc(PIDS, sizeof(*t));

	assert_non_null(t);
	return t;
}

static void tally_add(struct tally *all, int64_t pid, int64_t minor, int64_t major)
{
	assert_in_range(pid, 1, PIDS - 1);
	all[pid].rows++;
	all[pid].minor += minor;
	all[pid].major += major;
}

static struct tally *tallies_of_hog(const struct child *hog)
{
	struct tally *all = tallies_new();
	struct trace said = {0};

	json_lines_parse(&said, hog->out);
	for (int i = 0; i < said.nlines; i++) {
		struct json_object *o = said.lines[i];

		if (json_get(o, "child"))
			tally_add(all, json_int(o, "child"), json_int(o, "minflt"),
				  json_int(o, "majflt"));
	}
	return all;
}

static struct tally *tallies_of_trace(const struct trace *t)
{
	struct json_object *list = json_list(trace_summary(t), "processes");
	struct tally *all = tallies_new();

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *p = json_object_array_get_idx(list, i);

		tally_add(all, json_int(p, "pid"), json_int(p, "faults.minor"),
			  json_int(p, "faults.major"));
	}
	return all;
}

/* Two readings of a total that goes on meanwhile. */
static void near_check(const char *what, int64_t ours, int64_t kernels, int64_t most)
{
	print_message("# %s: %ld, by the kernel %ld\n", what, (long)ours, (long)kernels);
	if (llabs(ours - kernels) > most) {
		live_anew(what);
		fail_msg("%s: %ld, by the kernel %ld", what, (long)ours, (long)kernels);
	}
}

/* A row of the reconciliation. */
static void row_check(const struct trace *t, const char *row, double share, int64_t more)
{
	int64_t kernel = trace_reconcile(t, row, "kernel");

	near_check(row, trace_reconcile(t, row, "memtrace"), kernel, kernel * share + more);
}

static void each_of_thousands_has_its_faults_however_it_lived_and_ended(void **state)
{
	const char *n = slack() > 1 ? "300" : "3500";
	int64_t missed, differ = 0;
	struct tally *theirs, *ours;
	struct trace mine, whole;
	struct cgroup cg;
	struct child hog;

	(void)state;
	cgroup_make(&cg, "lives", 256, 0);
	trace_spawn(&mine, ARGS("-j", "-i", "0.5", "-c", cg.path));
	trace_spawn(&whole, ARGS("-j", "-i", "0.5"));
	trace_await(&mine);
	trace_await(&whole);
	hog_run(&hog, &cg, ARGS("lives", n), 60);
	trace_end(&mine);
	trace_end(&whole);
	losses_by_chance(&mine);
	missed = trace_missed(&mine);
	if (!missed) {
		assert_int_equal(json_int(trace_summary(&mine), "faults.minor"),
				 hog.usage.ru_minflt);
		assert_int_equal(json_int(trace_summary(&mine), "faults.major"),
				 hog.usage.ru_majflt);
	}
	theirs = tallies_of_hog(&hog);
	ours = tallies_of_trace(&mine);
	for (int pid = 1; pid < PIDS; pid++) {
		if (pid == hog.pid ||
		    (ours[pid].rows == theirs[pid].rows && ours[pid].minor == theirs[pid].minor &&
		     ours[pid].major == theirs[pid].major))
			continue;
		/* The news of an end that the kernel skipped: one of these for each at most. */
		if (++differ <= missed)
			continue;
		fail_msg("PID %d: %ld rows, %ld + %ld faults; the kernel: %ld, %ld + %ld", pid,
			 (long)ours[pid].rows, (long)ours[pid].minor, (long)ours[pid].major,
			 (long)theirs[pid].rows, (long)theirs[pid].minor, (long)theirs[pid].major);
	}
	free(theirs);
	free(ours);
	row_check(&whole, "faults of all processes", 0.02, 2000);
}

#define LIVES_OF_A_PID 5

/* One after another within an interval, all of them of one number. */
static void processes_of_one_pid_are_as_many_rows(void **state)
{
	static const char *const faults[LIVES_OF_A_PID] = {"4000", "1000", "9000", "2000", "6000"};
	struct child hog[LIVES_OF_A_PID];
	struct trace t;

	(void)state;
	trace_start(&t, ARGS("-j", "-i", "10"));
	for (int i = 0; i < LIVES_OF_A_PID; i++) {
		const char *argv[] = {hog_path(), "minor", faults[i], NULL};

		child_start(&hog[i], &(struct spawn){.argv = argv, .tid = i ? hog[0].pid : 0});
		assert_int_equal(child_wait(&hog[i], 5), 0);
		assert_int_equal(hog[i].pid, hog[0].pid);
	}
	trace_end(&t);
	losses_none(&t);
	for (int i = 0; i < LIVES_OF_A_PID; i++) {
		struct json_object *p;
		bool found = false;

		for (int nth = 0; !found && (p = trace_process(&t, hog[0].pid, nth)); nth++)
			found = json_int(p, "faults.minor") == hog[i].usage.ru_minflt;
		if (!found)
			fail_msg("no row with the %ld faults of the process that was number %d",
				 hog[i].usage.ru_minflt, i);
	}
	assert_null(trace_process(&t, hog[0].pid, LIVES_OF_A_PID));
}

#define SLOW_PAGES 60
#define SLOW_S	   0.02
/* The fault's own way to the server and back takes an emulated machine milliseconds. */
#define SLOW_MOST (slack() > 1 ? 1.15 : 1.05)

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How long the server says that it took to read the page; 0 = it was not asked. */
static double server_ns(const struct slow_file *f, uint64_t offset)
{
	for (unsigned i = 0; i < f->reads->n && i < SLOW_READS; i++)
		if (f->reads->offset[i] == offset)
			return f->reads->ns[i];
	return 0;
}

/* Each fault against what its own read took; returns their number. */
static size_t slow_lines_check(const struct trace *t, const struct slow_file *f, pid_t pid,
			       double *ratio)
{
	struct json_object *o;
	size_t n = 0;

	for (int i = 0; (o = trace_line(t, "fault", i)); i++) {
		double theirs;

		if (json_int(o, "pid") != pid || !json_get(o, "file") ||
		    !strstr(json_str(o, "file"), "slow.dat"))
			continue;
		theirs = server_ns(f, json_int(o, "offset_bytes"));
		assert_string_equal(json_str(o, "class"), "file");
		assert_true(theirs > 0 && n < SLOW_PAGES);
		ratio[n++] = json_int(o, "duration_ns") / theirs;
		/* what it waited for is part of the fault */
		assert_true(ratio[n - 1] >= 1);
	}
	qsort(ratio, n, sizeof(*ratio), compare);
	return n;
}

static void slow_file_summed_up(const struct trace *t, const struct slow_file *f,
				const struct child *hog)
{
	struct json_object *p = trace_process(t, hog->pid, 0), *file;
	double delay = SLOW_S * slack() * 1e9;

	assert_int_equal(json_int(p, "faults.classes.file"), hog->usage.ru_majflt);
	/* a quantile is within 6.25 % of the true value */
	assert_true(json_int(p, "faults.p50_ns") > delay * 0.9375);
	assert_true(json_int(p, "faults.p50_ns") < delay * SLOW_MOST * 1.0625);
	assert_true(json_int(p, "faults.total_ns") >= delay * json_int(p, "faults.timed"));
	file = json_object_array_get_idx(json_list(p, "faults.files"), 0);
	assert_string_equal(json_str(file, "path"), f->path);
	assert_in_range(json_int(file, "faults"), SLOW_PAGES, SLOW_PAGES + 1);
	assert_true(json_int(file, "total_ns") >= delay * (SLOW_PAGES - 5));
}

/* The first fault of all has its start seen only where each start is. */
static void latency_of_a_slow_device_is_right_within_five_percent(void **state)
{
	double ratio[SLOW_PAGES];
	struct trace lines, sum;
	struct slow_file f;
	struct child hog;
	size_t n;

	(void)state;
	need_signal("fault.latency");
	slow_file_make(&f, SLOW_PAGES, SLOW_S * slack());
	trace_spawn(&lines, ARGS("faults", "-j", "--min", "5ms", "-n", "hog"));
	trace_spawn(&sum, ARGS("-j"));
	trace_await(&lines);
	trace_await(&sum);
	hog_start(&hog, NULL, ARGS("-k", "touch", f.path, "60"));
	child_tell(&hog);
	sleep_s((SLOW_PAGES * SLOW_S + 1) * slack());
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 20), 0);
	trace_end(&lines);
	trace_end(&sum);
	assert_int_equal(f.reads->n, SLOW_PAGES);
	n = slow_lines_check(&lines, &f, hog.pid, ratio);
	assert_in_range(n, SLOW_PAGES - json_int(lines.lines[lines.nlines - 1], "faults.untimed"),
			SLOW_PAGES);
	assert_true(n >= SLOW_PAGES * 9 / 10);
	print_message("# %zu faults, by their reads: %.4f to %.4f, median %.4f\n", n, ratio[0],
		      ratio[n - 1], ratio[n / 2]);
	if (ratio[n / 2] > SLOW_MOST)
		live_anew("the machine was too busy to answer at once");
	assert_true(ratio[n / 2] <= SLOW_MOST);
	slow_file_summed_up(&sum, &f, &hog);
}

static int64_t histogram_total(struct json_object *o, const char *path)
{
	struct json_object *list = json_list(o, path);
	int64_t sum = 0;

	for (size_t i = 0; i < json_object_array_length(list); i++)
		sum += json_int(json_object_array_get_idx(list, i), "count");
	return sum;
}

/* Each fault of a process has a class, and is timed, or counted as not. */
static void histogram_check(struct json_object *p)
{
	int64_t timed = json_int(p, "faults.timed"), untimed = json_int(p, "faults.untimed");

	assert_int_equal(histogram_total(p, "faults.histogram"), timed);
	assert_int_equal(timed + untimed, json_int(p, "faults.classes.file") +
						  json_int(p, "faults.classes.swap") +
						  json_int(p, "faults.classes.other"));
}

/* A swap in memory, its pages read one by one. */
static void storm_begin(struct cgroup *cg)
{
	zram_make(160);
	setting_set("/proc/sys/vm/page-cluster", "0");
	cgroup_make(cg, "storm", 128, 300);
}

/* fill: the word each page is full of. A page of zeros is not written, since v6.12. */
static void swapped_pages_check(const char *fill)
{
	int64_t zeros = -vmstat_get("swpout_zero");
	struct json_object *p;
	struct cgroup cg;
	struct child hog;
	struct trace t;

	need_signal("fault.major");
	storm_begin(&cg);
	trace_start(&t, ARGS("-j"));
	hog_run(&hog, &cg, ARGS("storm", "1", "16", "2", fill), 20);
	trace_end(&t);
	losses_none(&t);
	zeros += vmstat_get("swpout_zero");
	p = trace_process(&t, hog.pid, 0);
	assert_int_equal(json_int(p, "faults.major"), hog.usage.ru_majflt);
	assert_true(hog.usage.ru_majflt > 2 * 16 * 256 * 9 / 10);
	assert_int_equal(json_int(p, "faults.classes.swap"), json_int(p, "swap.in_pages"));
	assert_true(json_int(p, "swap.in_pages") > hog.usage.ru_majflt - 50);
	histogram_check(p);
	if (vmstat_get("swpout_zero") >= 0)
		assert_true(*fill == '0' ? zeros >= hog.usage.ru_majflt - 50 : zeros < 1000);
	row_check(&t, "pages swapped in", 0.001, 50);
	row_check(&t, "major faults", 0.001, 50);
	if (signal_is_served("swap.out"))
		row_check(&t, "pages swapped out", 0, 0);
}

static void swap_ins_and_outs_equal_pswpin_and_pswpout(void **state)
{
	(void)state;
	swapped_pages_check("81985529216486895");
}

static void swapped_pages_of_zeros_are_counted_as_the_kernel_does(void **state)
{
	(void)state;
	swapped_pages_check("0");
}

#define STORM_THREADS "4"
#define STORM_MIB     "64"
#define STORM_ROUNDS  (slack() > 1 ? "4" : "16")

static void storm_trace(struct trace *t, struct child *hog, const struct cgroup *cg,
			const char *const *args, const char *rounds)
{
	trace_start(t, args);
	hog_run(hog, cg, ARGS("storm", STORM_THREADS, STORM_MIB, rounds, "19088743"), 30);
	trace_end(t);
}

/*
 * Told of, or counted as lost. What perf counts in the end is more than what was seen by what it
 * withheld; what did not fit into the ring buffer was seen.
 */
static void storm_check(const struct trace *t, const struct child *hog)
{
	struct json_object *sum = trace_summary(t), *p = trace_process(t, hog->pid, 0);
	int64_t seen = trace_signal(t, "fault", "seen"), lost = trace_signal(t, "fault", "lost");
	int64_t withheld = json_int(sum, "lost.perf_throttled");
	int64_t told = json_int(sum, "faults.timed") + json_int(sum, "faults.untimed");
	int64_t of_hog = json_int(p, "faults.timed") + json_int(p, "faults.untimed");

	print_message("# %ld faults, %ld told of, %ld of them untimed, %ld lost, %ld withheld\n",
		      hog->usage.ru_majflt, (long)of_hog, (long)json_int(p, "faults.untimed"),
		      (long)lost, (long)withheld);
	/* what it says as it ends may be among what is lost */
	if (trace_signal(t, "exit", "lost"))
		assert_in_range(json_int(p, "faults.major"), of_hog, hog->usage.ru_majflt);
	else
		assert_int_equal(json_int(p, "faults.major"), hog->usage.ru_majflt);
	/* some may have come between the programs' start and the first look at their counts */
	assert_in_range(told + lost, seen, seen + seen / 1000 + 100);
	assert_in_range(json_int(sum, "lost.ring_full"), lost, INT64_MAX);
	assert_in_range(of_hog, hog->usage.ru_majflt - lost - withheld, hog->usage.ru_majflt);
	assert_int_equal(trace_reconcile(t, "major faults", "memtrace"), seen + withheld);
	histogram_check(p);
	histogram_check(sum);
	row_check(t, "major faults", 0.001, 100);
}

static void storm_print(const struct child *hog)
{
	struct trace said = {0};
	double s;

	json_lines_parse(&said, hog->out);
	s = json_object_get_double(json_get(said.lines[said.nlines - 1], "touching_s"));
	print_message("# %.0f major faults a second\n", hog->usage.ru_majflt / s);
}

/* Swapped in as fast as this machine can: nothing is lost, or each loss counted. */
static void storm_of_major_faults_loses_none_uncounted(void **state)
{
	struct cgroup cg;
	struct child hog;
	struct trace t;

	(void)state;
	need_signal("fault.major");
	storm_begin(&cg);
	storm_trace(&t, &hog, &cg, ARGS("-j"), STORM_ROUNDS);
	storm_print(&hog);
	storm_check(&t, &hog);
}

/* The same with hardly any room for what is told. */
static void storm_that_does_not_fit_is_counted_as_lost(void **state)
{
	struct cgroup cg;
	struct child hog;
	struct trace t;

	(void)state;
	need_signal("fault.major");
	storm_begin(&cg);
	storm_trace(&t, &hog, &cg, ARGS("-j", "--buffer", "4K"), "3");
	assert_true(trace_signal(&t, "fault", "lost") > 0);
	storm_check(&t, &hog);
}

/* perf may withhold what is more than that: software events of each fault it does not, so far. */
static void lowest_sample_rate_of_perf_withholds_none_uncounted(void **state)
{
	struct cgroup cg;
	struct child hog;
	struct trace t;

	(void)state;
	need_signal("fault.major");
	storm_begin(&cg);
	need_kernel(!setting_set("/proc/sys/kernel/perf_event_max_sample_rate", "1"),
		    "perf_event_max_sample_rate that can be set");
	storm_trace(&t, &hog, &cg, ARGS("-j"), "3");
	storm_check(&t, &hog);
}

static struct json_object *first_file(struct json_object *p)
{
	struct json_object *files = json_list(p, "faults.files");

	assert_true(json_object_array_length(files) >= 1);
	return json_object_array_get_idx(files, 0);
}

/* The path of the file it faulted on most; a busy machine may look it up too late. */
static void path_check(const struct trace *t, struct json_object *p, const char *path)
{
	const char *got = json_str(first_file(p), "path");

	if (!strchr(got, '/') && json_int(trace_summary(t), "lost.names_unresolved"))
		live_anew("the process had gone before its maps were looked at");
	assert_string_equal(got, path);
}

#define FEW_PAGES "200"

/* A hog that touches a file it has mapped, after between() was done; sees its end. */
static void touch_file(struct child *hog, const char *path, void (*between)(const char *))
{
	hog_start(hog, NULL, ARGS("-k", "touch", path, FEW_PAGES));
	hog_said(hog);
	if (between)
		between(path);
	child_tell(hog);
	sleep_s(0.7 * slack()); /* it lives while its maps are looked at */
	child_tell(hog);
	assert_int_equal(child_wait(hog, 10), 0);
	need_machine(hog->usage.ru_majflt > 100, "this file system keeps its files in memory");
}

static void file_remove(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static void file_unlinked_while_mapped_is_shown_as_deleted(void **state)
{
	char path[PATH_MAX], gone[PATH_MAX + 16];
	struct json_object *file;
	struct stat st;
	struct child hog;
	struct trace t;

	(void)state;
	need_signal("fault.major");
	file_make(path, "unlinked.dat", 1);
	assert_int_equal(stat(path, &st), 0);
	snprintf(gone, sizeof(gone), "%s (deleted)", path);
	trace_start(&t, ARGS("-j"));
	touch_file(&hog, path, file_remove);
	trace_end(&t);
	file = first_file(trace_process(&t, hog.pid, 0));
	path_check(&t, trace_process(&t, hog.pid, 0), gone);
	assert_int_equal(json_int(file, "ino"), st.st_ino);
}

/* JSON has the path to the byte where it can, and is valid where it cannot. */
static void odd_paths_are_exact_in_json_and_harmless_in_text(void **state)
{
	static const char *const names[] = {"new\nline \033[31m\xc3\xa9\\.dat", "bad\xff\xc3(.dat"};
	struct trace json, lines, text[2];
	char path[PATH_MAX];
	struct child hog;

	(void)state;
	need_signal("fault.major");
	for (int i = 0; i < 2; i++) {
		file_make(path, names[i], 1);
		trace_spawn(&json, ARGS("-j"));
		trace_spawn(&lines, ARGS("faults", "-j", "--min", "0"));
		trace_spawn(&text[0], ARGS("summary"));
		trace_spawn(&text[1], ARGS("faults", "--min", "0"));
		trace_await(&json);
		trace_await(&lines);
		trace_await(&text[0]);
		trace_await(&text[1]);
		touch_file(&hog, path, NULL);
		trace_end(&json);
		trace_end(&lines);
		for (int k = 0; k < 2; k++) {
			kill(text[k].child.pid, SIGINT);
			trace_wait(&text[k], 20, 0);
			text_harmless(text[k].child.out);
		}
		if (i == 0)
			path_check(&json, trace_process(&json, hog.pid, 0), path);
	}
}

/* The PID that a hog in namespaces of its own has outside of them. */
static pid_t pid_inside(struct child *hog)
{
	struct trace said = {0};

	hog_said(hog);
	for (int i = 0; i < 50; i++) {
		char *text = text_load(hog->out);
		bool both = strstr(text, "inside") && strstr(text, "mapped");

		free(text);
		if (both)
			break;
		sleep_s(0.05 * slack());
	}
	json_lines_parse(&said, hog->out);
	for (int i = 0; i < said.nlines; i++)
		if (json_get(said.lines[i], "inside"))
			return json_int(said.lines[i], "inside");
	fail_msg("the hog did not say where it is");
	return -1;
}

/* By the number it has here; its file by the path it has there. */
static void process_in_other_namespaces_is_watched_by_its_pid_here(void **state)
{
	char path[PATH_MAX], dir[PATH_MAX], seen[PATH_MAX * 2];
	struct json_object *p;
	const char *name;
	struct child hog;
	struct trace t;
	char pid[16];

	(void)state;
	need_signal("fault.major");
	file_make(path, "inside.dat", 1);
	name = strrchr(path, '/') + 1;
	snprintf(dir, sizeof(dir), "%.*s", (int)(name - 1 - path), path);
	snprintf(seen, sizeof(seen), "/mnt/%s", name);
	hog_start(&hog, NULL, ARGS("inside", dir, "/mnt", name, FEW_PAGES));
	snprintf(pid, sizeof(pid), "%d", pid_inside(&hog));
	trace_start(&t, ARGS("-j", "-p", pid));
	child_tell(&hog);
	sleep_s(0.7 * slack());
	child_tell(&hog);
	assert_int_equal(child_wait(&hog, 10), 0);
	trace_end(&t);
	p = trace_process(&t, atoi(pid), 0);
	assert_non_null(p);
	need_machine(json_int(p, "faults.major") > 100,
		     "this file system keeps its files in memory");
	assert_string_equal(json_str(p, "comm"), "hog");
	path_check(&t, p, seen);
	assert_int_equal(json_int(first_file(p), "faults"), 200);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(each_of_thousands_has_its_faults_however_it_lived_and_ended),
	LIVE_TEST(processes_of_one_pid_are_as_many_rows),
	LIVE_TEST(latency_of_a_slow_device_is_right_within_five_percent),
	LIVE_TEST(swap_ins_and_outs_equal_pswpin_and_pswpout),
	LIVE_TEST(swapped_pages_of_zeros_are_counted_as_the_kernel_does),
	LIVE_TEST(storm_of_major_faults_loses_none_uncounted),
	LIVE_TEST(storm_that_does_not_fit_is_counted_as_lost),
	LIVE_TEST(lowest_sample_rate_of_perf_withholds_none_uncounted),
	LIVE_TEST(file_unlinked_while_mapped_is_shown_as_deleted),
	LIVE_TEST(odd_paths_are_exact_in_json_and_harmless_in_text),
	LIVE_TEST(process_in_other_namespaces_is_watched_by_its_pid_here),
};

LIVE_GROUP(truth, tests)
