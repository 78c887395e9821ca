// SPDX-License-Identifier: GPL-2.0
/*
 * Who grew while another stalled: a quiet grower and a victim with a constant working set in one
 * cgroup, and memtrace that has to tell the one from the other.
 *
 * Layer: tests. All pressure stays in memory cgroups of the tests' own.
 */
#include <fcntl.h>
#include "live.h"

/* The first of the processes that the summary names for a cgroup. */
static struct json_object *culprit_of(const struct trace *t, const char *scope)
{
	struct json_object *list = json_list(trace_summary(t), "culprits"), *processes;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct json_object *name = json_get(o, "scope");

		/* that of the whole machine has none */
		if (!name || strcmp(json_object_get_string(name), scope) != 0)
			continue;
		processes = json_list(o, "processes");
		assert_true(json_object_array_length(processes) > 0);
		print_message("# %s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
		return json_object_array_get_idx(processes, 0);
	}
	fail_msg("no culprits of %s in %.800s", scope,
		 json_object_to_json_string_ext(json_get(trace_summary(t), "culprits"),
						JSON_C_TO_STRING_PLAIN));
	return NULL;
}

/* The victim has to stall, or there is nothing to blame anybody for. */
static void victim_check(const struct trace *t, pid_t victim)
{
	struct json_object *p = trace_process(t, victim, 0);

	assert_non_null(p);
	assert_true(json_int(p, "stalls.count") > 0);
}

/*
 * A victim that is in memory before the trace begins, and beside it one that does what args say.
 * Long enough for some intervals of the trace.
 */
static void culprit_run(struct trace *t, struct cgroup *cg, struct child *culprit,
			const char *const *args, bool swap)
{
	struct child victim;

	if (swap)
		need_machine(swap_is_on(), "no swap can be made (set MEMTRACE_TEST_SWAP)");
	cgroup_make(cg, "culprit", 64, swap ? 128 : 0);
	hog_start(&victim, cg, ARGS("-n", "victim", "churn", "24", "1000"));
	sleep_s(0.5 * slack());
	trace_start(t, ARGS("-j", "-i", "0.5"));
	hog_start(culprit, cg, args);
	sleep_s(3.5 * slack());
	trace_end(t);
	assert_false(child_ended(&victim));
	for (struct child *c = &victim; c; c = c == &victim ? culprit : NULL) {
		kill(c->pid, SIGKILL);
		child_wait(c, 10);
	}
	victim_check(t, victim.pid);
}

static void who_quietly_grows_is_named_not_who_stalls_for_it(void **state)
{
	struct child grower;
	struct json_object *o;
	struct cgroup cg;
	struct trace t;

	(void)state;
	need_signal("process.sizes"); /* anonymous growth is told by them */
	culprit_run(&t, &cg, &grower, ARGS("-n", "grower", "grow", "56", "2.5"), true);
	o = culprit_of(&t, cg.path);
	assert_int_equal(json_int(o, "pid"), grower.pid);
	assert_string_equal(json_str(o, "comm"), "grower");
	/* Resident and swapped together: what is pushed out again has been allocated all the same.
	 */
	assert_in_range(json_int(o, "anon_bytes"), 10 * MIB, 64 * MIB);
}

/* Has a file leave the page cache, where it is nobody's of the cgroup. */
static void cache_forget(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	close(fd);
}

static void who_fills_the_page_cache_is_named(void **state)
{
	char path[PATH_MAX];
	struct json_object *o;
	struct child reader;
	struct cgroup cg;
	struct trace t;
	int64_t read;

	(void)state;
	file_make(path, "big", 128);
	cache_forget(path);
	culprit_run(&t, &cg, &reader, ARGS("-n", "reader", "cache", path, "128", "1000"), true);
	o = culprit_of(&t, cg.path);
	assert_int_equal(json_int(o, "pid"), reader.pid);
	assert_string_equal(json_str(o, "comm"), "reader");
	read = json_int(o, "read_bytes");
	assert_true(read > (int64_t)(64 * MIB));
	assert_true(read > json_int(o, "anon_bytes"));
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(who_quietly_grows_is_named_not_who_stalls_for_it),
	LIVE_TEST(who_fills_the_page_cache_is_named),
};

LIVE_GROUP(culprits, tests)
