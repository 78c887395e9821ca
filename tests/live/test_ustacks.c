// SPDX-License-Identifier: GPL-2.0
/*
 * User stacks: the function that faults is named, with its callers, by -U, --sample and --folded.
 *
 * Layer: tests.
 */
#include <elf.h>
#include <sys/stat.h>
#include "live.h"

#define CALLS "calls", "48", "1"

static const char *frame_at(struct json_object *stack, size_t i)
{
	struct json_object *frames = json_list(stack, "frames");

	return i < json_object_array_length(frames)
		       ? json_object_get_string(json_object_array_get_idx(frames, i))
		       : "";
}

/* Faults of a sort ("major", "minor") of the process with such frames innermost; NULL is any. */
static int64_t faults_in(struct json_object *p, const char *what, const char *const *frames)
{
	struct json_object *list = json_get(p, "ustacks"), *o;
	int64_t n = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		size_t at = 0;

		o = json_object_array_get_idx(list, i);
		if (strcmp(json_str(o, "what"), what) != 0)
			continue;
		while (frames && frames[at] && !strcmp(frames[at], frame_at(o, at)))
			at++;
		n += !frames || !frames[at] ? json_int(o, "count") : 0;
	}
	return n;
}

static int64_t seen_majors(struct json_object *p)
{
	return json_int(p, "faults.classes.swap") + json_int(p, "faults.classes.file") +
	       json_int(p, "faults.classes.other");
}

/* Is there such a line, up to its number? The largest of the numbers. */
static long folded_count(const char *path, const char *begin, const char *end)
{
	char *text = text_load(path), *save, *line;
	long most = 0;

	assert_non_null(text);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *blank = strrchr(line, ' ');
		long n = blank ? strtol(blank, NULL, 10) : 0;

		assert_non_null(blank);
		*blank = '\0';
		if (!strncmp(line, begin, strlen(begin)) && strlen(line) >= strlen(end) &&
		    !strcmp(blank - strlen(end), end) && n > most)
			most = n;
	}
	free(text);
	return most;
}

static void stacks_say(struct json_object *p)
{
	struct json_object *list = json_get(p, "ustacks");

	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		print_message("# %.300s\n",
			      json_object_to_json_string(json_object_array_get_idx(list, i)));
}

static bool functions_have_names(void)
{
	return !strstr(signal_status("fault.ustack"), "degraded");
}

static void majors_and_minors_name_their_functions(void **state)
{
	static const char *const inner[] = {"calls_revisit", NULL};
	static const char *const revisit[] = {"calls_revisit", "calls_work", "run_calls", NULL};
	static const char *const allocate[] = {"calls_allocate", "calls_work", "run_calls", NULL};
	double off = slack() > 1 ? 0.5 : 0.3;
	int64_t majors, minors;
	struct json_object *p;
	char folded[PATH_MAX];
	struct cgroup cg;
	struct child hog;
	struct trace t;

	(void)state;
	need_signal("fault.major");
	squeeze_cgroup(&cg, "calls");
	test_path(folded, "folded");
	trace_start(&t, ARGS("-j", "-U", "--sample", "20", "--folded", folded, "-n", "hog"));
	hog_run(&hog, &cg, ARGS(CALLS), 20);
	trace_end(&t);
	p = trace_process(&t, hog.pid, 0);
	assert_non_null(p);
	majors = faults_in(p, "major", NULL);
	minors = faults_in(p, "minor", NULL);
	stacks_say(p);
	assert_int_equal(majors, seen_majors(p));
	assert_true(majors > (int64_t)at_least(100));
	/* What others on these CPUs did in between makes the numbers uneven. */
	assert_in_range(minors, json_int(p, "faults.minor") * (1 - off),
			json_int(p, "faults.minor") * (1 + off));
	need_machine(functions_have_names(), "built without libdw");
	assert_true(faults_in(p, "major", inner) > majors * 0.9);
	/* Where the stack was swapped out its callers are missing. */
	assert_true(faults_in(p, "major", revisit) > majors * 0.5);
	assert_true(faults_in(p, "minor", allocate) > 12288 * 0.6);
	assert_true(folded_count(folded, "hog_[major];",
				 ";main;run_calls;calls_work;calls_revisit") > majors * 0.5);
	assert_true(folded_count(folded, "hog_[minor];",
				 ";main;run_calls;calls_work;calls_allocate") > 12288 * 0.6);
}

/* A copy of the hog whose sections are gone, and with them its symbols. */
static void strip_to(const char *path)
{
	char buf[65536];
	FILE *from = fopen(hog_path(), "r"), *to = fopen(path, "w");
	Elf64_Ehdr head;
	size_t n;

	assert_true(from && to);
	assert_int_equal(fread(&head, sizeof(head), 1, from), 1);
	head.e_shoff = 0;
	head.e_shnum = head.e_shstrndx = 0;
	assert_int_equal(fwrite(&head, sizeof(head), 1, to), 1);
	while ((n = fread(buf, 1, sizeof(buf), from)) > 0)
		assert_int_equal(fwrite(buf, 1, n, to), n);
	fclose(from);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static void stripped_program_has_places_instead_of_names(void **state)
{
	char path[PATH_MAX];
	const char *const argv[] = {path, "minor", "20000", NULL};
	int64_t bare = 0;
	struct json_object *p;
	struct child hog;
	struct trace t;

	(void)state;
	need_signal("fault.sample");
	test_path(path, "bare");
	strip_to(path);
	trace_start(&t, ARGS("-j", "--sample", "20"));
	child_start(&hog, &(struct spawn){.argv = argv});
	assert_int_equal(child_wait(&hog, 20), 0);
	trace_end(&t);
	p = trace_process(&t, hog.pid, 0);
	assert_true(faults_in(p, "minor", NULL) > 10000);
	for (size_t i = 0; i < json_object_array_length(json_list(p, "ustacks")); i++) {
		struct json_object *s = json_object_array_get_idx(json_list(p, "ustacks"), i);

		/* Until it executed that program it was this one, which has names. */
		if (strstr(frame_at(s, 0), "bare+0x"))
			bare += json_int(s, "count");
		assert_string_not_equal(frame_at(s, 0), "run_minor");
	}
	assert_true(bare > 10000);
}

/* As in a container: the program is in a file that cannot be reached by its path from here. */
static void program_deleted_in_a_mount_namespace_of_its_own_is_named(void **state)
{
	static const char *const where[] = {"minor_faults", "run_minor", NULL};
	char script[PATH_MAX + 160];
	const char *const argv[] = {"/bin/sh", "-c", "exec unshare -m sh -c \"$0\"", script, NULL};
	struct json_object *p;
	struct child hog;
	struct trace t;

	(void)state;
	need_signal("fault.sample");
	need_machine(system("unshare -m true") == 0, "no unshare here");
	snprintf(script, sizeof(script),
		 "mount -t tmpfs none /mnt && cp '%s' /mnt/inner && { (sleep 0.2; rm /mnt/inner) & "
		 "exec /mnt/inner minor 1000000; }",
		 hog_path());
	trace_start(&t, ARGS("-j", "--sample", "20", "-n", "inner"));
	child_start(&hog, &(struct spawn){.argv = argv});
	assert_int_equal(child_wait(&hog, 60), 0);
	trace_end(&t);
	p = trace_process(&t, hog.pid, 0);
	assert_non_null(p);
	need_machine(functions_have_names(), "built without libdw");
	assert_true(faults_in(p, "minor", where) > 500000);
}

/* Thousands that end before anyone looks: none gets a name that is not its own. */
static void short_lived_processes_are_counted_and_never_misnamed(void **state)
{
	struct json_object *lost;
	int64_t unknown = 0;
	struct child hog;
	struct trace t;

	(void)state;
	need_signal("fault.sample");
	trace_start(&t, ARGS("-j", "--sample", "10", "-n", "hog"));
	hog_run(&hog, NULL, ARGS("vfork", "200"), 30);
	trace_end(&t);
	for (size_t i = 0; i < json_object_array_length(json_list(trace_summary(&t), "processes"));
	     i++) {
		struct json_object *p =
			json_object_array_get_idx(json_list(trace_summary(&t), "processes"), i);
		static const char *const none[] = {"?", NULL};

		assert_int_equal(faults_in(p, "minor", (const char *const[]){"calls_work", NULL}),
				 0);
		if (!faults_in(p, "minor", none))
			continue;
		stacks_say(p);
		unknown += faults_in(p, "minor", none);
	}
	lost = json_get(trace_summary(&t), "lost");
	if (unknown)
		assert_true(json_int(lost, "names_unresolved") + json_int(lost, "ustacks_missing") +
				    json_int(lost, "ustacks_full") >
			    0);
}

static void folded_file_that_cannot_be_written_is_a_failure(void **state)
{
	struct trace t;

	(void)state;
	assert_int_equal(trace_run(&t, ARGS("-U", "--folded", "/nonexistent/f", "-d", "0.2"), 20),
			 1);
	assert_int_equal(trace_run(&t,
				   ARGS("--sample", "1", "--folded", "/dev/full", "--", hog_path(),
					"minor", "3000"),
				   20),
			 1);
	assert_int_equal(
		trace_run(&t, ARGS("--sample", "1", "--folded", "/dev/full", "-d", "0.5"), 20), 1);
	assert_int_equal(trace_run(&t, ARGS("--folded", "/dev/null", "-d", "0.2"), 20), 2);
	assert_int_equal(trace_run(&t, ARGS("--sample", "0", "-d", "0.2"), 20), 2);
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(majors_and_minors_name_their_functions),
	LIVE_TEST(stripped_program_has_places_instead_of_names),
	LIVE_TEST(program_deleted_in_a_mount_namespace_of_its_own_is_named),
	LIVE_TEST(short_lived_processes_are_counted_and_never_misnamed),
	LIVE_TEST(folded_file_that_cannot_be_written_is_a_failure),
};

LIVE_GROUP(ustacks, tests)
