// SPDX-License-Identifier: GPL-2.0
/*
 * OOM kills of the whole machine, which must be the tests' own: the report says what the kernel log
 * says, fifty in a row are all told and on disk, and times follow the clock when that is set.
 *
 * Layer: tests. Run only when MEMTRACE_TEST_VM is set.
 */
#include <errno.h>
#include <time.h>
#include "global.h"
#include "oom.h"

/* Swap would take up what is to run out; and who asks for too much must be let. */
static void machine_prepare(struct child *spare, unsigned spares)
{
	swap_off();
	setting_set("/proc/sys/vm/overcommit_memory", "1");
	spares_start(spare, spares);
}

/* Takes more than there is: more than is said to be free may be, while another one is dying. */
static void machine_hog(struct child *hog)
{
	unsigned long total = sysconf(_SC_PHYS_PAGES) * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
	char mib[24];

	snprintf(mib, sizeof(mib), "%lu", total + 128);
	hog_start(hog, NULL, ARGS("-s", "800", "oom", mib));
	assert_int_equal(child_wait(hog, 30), 128 + SIGKILL);
}

static void report_of_a_full_machine_equals_the_kernel_log(void **state)
{
	struct child hog, spare;
	struct json_object *r;
	struct verdict v;
	struct ooms o;

	(void)state;
	machine_prepare(&spare, 16);
	ooms_begin(&o, ARGS("oom", "-j"));
	machine_hog(&hog);
	ooms_await(&o, 1);
	ooms_end(&o);
	verdict_read(&v, o.kmsg);
	close(o.kmsg);
	assert_string_equal(v.constraint, "NONE");
	assert_int_equal(v.pid, hog.pid);
	r = trace_line(&o.t, "oom", 0);
	assert_non_null(r);
	report_equals(r, &v);
	assert_int_equal(json_int(r, "trigger.tid"), v.trigger_tid);
	print_message("# %s\n", json_object_to_json_string(json_get(r, "phases")));
	phases_check(r);
	assert_true(json_int(r, "phases.first_stall_ns") < 0);
	assert_true(json_int(r, "phases.back_ns") > 0);
	/* In the table: who is exempt, and not chosen though it is larger than some that are not.
	 */
	assert_string_equal(json_str(row_of(r, "candidates", spare.pid), "bar"), "protected");
	assert_non_null(json_get(r, "host"));
}

#define ROW 50

/* Each file in dir is a whole report; the sum of their kills. */
static int64_t kills_on_disk(const struct ooms *o, const char *dir)
{
	char path[PATH_MAX], name[64];
	struct json_object *r;
	int64_t n = 0;

	for (int i = 0; (r = trace_line(&o->t, "oom", i)); i++) {
		snprintf(name, sizeof(name), "-%ld.json", (long)json_int(r, "victim.pid"));
		assert_int_equal(dir_count(dir, name, path), 1);
		assert_true(json_object_equal(json_file(path), r));
		n += json_int(json_file(path), "kills_total");
	}
	return n;
}

/*
 * A holder leaves little for each of them, so that they do not take long. The last victim's memory
 * may come back late, and the kernel kills others for it meanwhile (5.10 one each time), until
 * there is nobody left: then it panics.
 */
static void fifty_kills_in_a_row_are_all_told_and_on_disk(void **state)
{
	struct child holder, spare, hog;
	char dir[PATH_MAX], mib[24];
	struct ooms o;
	unsigned long left;
	int episodes = 0;

	(void)state;
	machine_prepare(&spare, ROW + 10);
	dir_make(dir, "fifty");
	ooms_begin(&o, ARGS("oom", "-j", "--dir", dir, "--keep", "100"));
	left = mem_available_mib();
	snprintf(mib, sizeof(mib), "%lu", left > 128 ? left - 96 : 32);
	holder_start(&holder, NULL, "-1000", mib);
	for (int i = 0; i < ROW; i++)
		machine_hog(&hog);
	child_tell(&holder);
	child_wait(&holder, 20);
	sleep_s(3);
	ooms_end(&o);
	close(o.kmsg);
	while (trace_line(&o.t, "oom", episodes))
		episodes++;
	print_message("# %ld kills in %d episodes\n", (long)o.kills, episodes);
	assert_true(o.kills >= ROW);
	assert_int_equal(kills_on_disk(&o, dir), o.kills);
	assert_int_equal(dir_count(dir, ".txt", NULL), episodes);
	assert_int_equal(dir_count(dir, ".md", NULL), episodes);
}

static void node_that_a_memory_policy_names_is_the_constraint(void **state)
{
	struct child hog, spare;
	struct json_object *r;
	struct verdict v;
	struct ooms o;

	(void)state;
	need_kernel(access("/sys/devices/system/node/node1", F_OK) == 0, "a second NUMA node");
	machine_prepare(&spare, 16);
	ooms_begin(&o, ARGS("oom", "-j"));
	hog_start(&hog, NULL, ARGS("-s", "800", "bound", "1", "1024"));
	assert_int_equal(child_wait(&hog, 30), 128 + SIGKILL);
	ooms_await(&o, 1);
	ooms_end(&o);
	verdict_read(&v, o.kmsg);
	close(o.kmsg);
	assert_string_equal(v.constraint, "MEMORY_POLICY");
	assert_int_equal(v.pid, hog.pid);
	r = trace_line(&o.t, "oom", 0);
	assert_non_null(r);
	report_equals(r, &v);
}

/* The kernel's log is over-written while memtrace does not look: the probe saw the kill. */
static void kill_whose_lines_are_gone_from_the_log_is_told_by_the_probe(void **state)
{
	char line[900];
	struct json_object *r;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "wrapped", 48, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	sleep_s(2); /* some snapshots */
	kill(o.t.child.pid, SIGSTOP);
	hog_die(&hog, &cg, "3");
	snprintf(line, sizeof(line), "<7>%0800d\n", 0);
	for (int i = 0; i < 4000; i++)
		text_write("/dev/kmsg", line);
	kill(o.t.child.pid, SIGCONT);
	r = ooms_told(&o, NULL);
	assert_int_equal(json_int(r, "victim.pid"), hog.pid);
	assert_string_equal(json_str(r, "victim.cgroup"), cg.path);
	assert_false(json_object_get_boolean(json_get(r, "sources.log")));
	assert_false(json_object_get_boolean(json_get(r, "log_whole")));
	assert_true(json_int(r, "lost.kmsg_lost") > 0);
}

static void clock_shift(const char *seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += atol(seconds);
	if (clock_settime(CLOCK_REALTIME, &now))
		fail_msg("cannot set the clock: %s", strerror(errno));
}

static void report_after_the_clock_was_set_has_the_new_time(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX], day[32];
	struct json_object *r;
	struct cgroup cg;
	struct child hog;
	struct ooms o;
	time_t now;

	(void)state;
	dir_make(dir, "clock");
	cgroup_make(&cg, "clock", 48, 0);
	ooms_begin(&o, ARGS("oom", "-j", "--dir", dir));
	clock_shift("864000"); /* ten days */
	undo_push(clock_shift, "-864000");
	sleep_s(1.5);
	now = time(NULL);
	hog_die(&hog, &cg, "0");
	r = ooms_told(&o, NULL);
	strftime(day, sizeof(day), "%Y-%m-%dT", gmtime(&now));
	assert_memory_equal(json_str(r, "time"), day, strlen(day));
	assert_int_equal(dir_count(dir, ".json", path), 1);
	strftime(day, sizeof(day), "/oom-%Y%m%dT", gmtime(&now));
	assert_non_null(strstr(path, day));
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(report_of_a_full_machine_equals_the_kernel_log),
	LIVE_TEST(node_that_a_memory_policy_names_is_the_constraint),
	LIVE_TEST(kill_whose_lines_are_gone_from_the_log_is_told_by_the_probe),
	LIVE_TEST(fifty_kills_in_a_row_are_all_told_and_on_disk),
	LIVE_TEST(report_after_the_clock_was_set_has_the_new_time),
};

LIVE_GROUP(oom_global, tests)
