/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM reports in their three forms, made from fabricated struct reports: golden files, and
 * properties that hold for whatever is in them.
 */
#include "test_report_cases.h"
#include "report_words.h"

enum form { TEXT, MARKDOWN, JSON };
static void (*const forms[])(struct view *, const struct report *) = {
	view_report_text, view_report_markdown, view_report_json};
static const char *const endings[] = {"txt", "md", "jsonl"};

static struct output written(const struct model *m, const struct report *r, enum form form)
{
	struct output out = {0};
	struct view v = {.out = open_memstream(&out.text, &out.len), .model = m, .utf8 = true};

	assert_non_null(v.out);
	forms[form](&v, r);
	fclose(v.out);
	return out;
}

/* Outside of fenced lines and code nothing is HTML, no row of a table has a cell too many. */
static void markdown_check(const char *path, const char *text)
{
	bool fenced = false;
	int columns = 0;
	size_t fence = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t ticks = strspn(line, "`"), len = strcspn(line, "\n");
		int bars = 0;
		bool code = false;

		if (fenced ? ticks >= fence && ticks == len : ticks >= 3) {
			fenced = !fenced;
			fence = ticks;
			continue;
		}
		for (size_t i = 0; i < len && !fenced; i++) {
			bool escaped = i && line[i - 1] == '\\' && !code;

			if (line[i] == '`')
				code = !code;
			if (line[i] == '<' && !code && !escaped)
				fail_msg("%s: HTML: %.*s", path, (int)len, line);
			bars += line[i] == '|' && !escaped;
		}
		if (code)
			fail_msg("%s: open code: %.*s", path, (int)len, line);
		if (*line == '|' && columns && bars != columns)
			fail_msg("%s: %d bars, not %d: %.*s", path, bars, columns, (int)len, line);
		columns = *line == '|' ? bars : 0;
	}
	assert_false(fenced);
}

static void form_check(const char *path, char *text, enum form form)
{
	if (form == TEXT)
		text_check(path, text);
	else if (form == MARKDOWN)
		markdown_check(path, text);
	else
		jsonl_check(path, text);
}

static void golden(const char *name, const struct model *m, const struct report *r)
{
	for (int f = TEXT; f <= JSON; f++) {
		struct output out = written(m, r, (enum form)f);
		char path[512];

		snprintf(path, sizeof(path), "%s/report-%s.%s", GOLDEN_DIR, name, endings[f]);
		golden_compare(path, out.text);
		form_check(path, out.text, (enum form)f);
		free(out.text);
	}
}

/* Does the form hold these words? */
static bool says(const struct model *m, const struct report *r, enum form form, const char *words)
{
	struct output out = written(m, r, form);
	bool found;

	/* Text breaks lines where it will. */
	for (char *c = out.text; form == TEXT && *c; c++) {
		while (*c == '\n' || (*c == ' ' && (c[1] == ' ' || c[1] == '\n')))
			memmove(c, c + 1, strlen(c));
	}
	found = strstr(out.text, words) != NULL;
	free(out.text);
	return found;
}

static void a_leak_at_a_limit_is_told_whole(void **state)
{
	struct model *m = machine(2);

	(void)state;
	golden("leak", m, report_leak());
	model_free(m);
}

static void a_cascade_of_kills_is_one_report(void **state)
{
	struct model *m = machine(2);

	(void)state;
	golden("cascade", m, report_cascade());
	model_free(m);
}

static void a_group_that_tmpfs_filled_is_told_as_one(void **state)
{
	struct model *m = machine(2);

	(void)state;
	golden("group", m, report_group());
	model_free(m);
}

static void the_log_alone_gives_a_report_that_says_what_is_missing(void **state)
{
	struct model *m = machine(2);

	(void)state;
	golden("log", m, report_log_only());
	model_free(m);
}

static void a_report_without_a_kill_tells_of_now(void **state)
{
	struct model *m = machine(1);

	(void)state;
	golden("asked", m, report_asked());
	model_free(m);
}

/* An old kernel's event that names a PID and nothing else, and no log. */
static void a_kill_of_which_nothing_is_known_is_reported(void **state)
{
	struct model *m = machine(0);
	struct report *r = report_blank();

	(void)state;
	kill_add(r, KILL, (struct report_process){.pid = 3});
	records_made[0].from_probe = true;
	golden("unknown", m, r);
	r->kills[0].rec = NULL;
	for (int f = TEXT; f <= JSON; f++)
		free(written(m, r, (enum form)f).text);
	model_free(m);
}

static void hostile_names_are_text_in_every_form(void **state)
{
	struct model *m = machine(2);

	(void)state;
	golden("hostile", m, report_hostile());
	model_free(m);
}

/* All lists full, names as long as they come. */
static void a_full_report_keeps_to_the_page(void **state)
{
	static char path[4096];
	struct model *m = machine(2);
	struct report *r = report_leak();

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	memset(path + 50, '`', 200);
	path[0] = '/';
	for (int i = 0; i < REPORT_CGROUPS; i++)
		r->cgroups[i] = r->cgroups[0];
	r->ncgroups = REPORT_CGROUPS;
	for (int i = 0; i < REPORT_CGROUPS; i++)
		r->cgroups[i].path = path;
	r->kills[0].victim.cmdline = r->kills[0].victim.cgroup = path;
	r->trigger_stack = path;
	records_made[0].memcg_path = path;
	r->nsamples = 0;
	samples_fill(r, true);
	memcpy(&r->samples[62], r->samples, sizeof(r->samples[0]) * (REPORT_SAMPLES - 62));
	r->nsamples = REPORT_SAMPLES;
	while (r->ncandidates < REPORT_CANDIDATES)
		candidate_add(r, 4194304, "\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b",
			      1023 * MIB * 1024, 1023 * MIB * 1024, -999);
	for (int f = TEXT; f <= JSON; f++) {
		struct output out = written(m, r, (enum form)f);

		form_check(endings[f], out.text, (enum form)f);
		free(out.text);
	}
	model_free(m);
}

static void victim_and_trigger_are_not_mixed_up(void **state)
{
	struct model *m = machine(2);
	struct report *r = report_leak();

	(void)state;
	assert_true(says(m, r, TEXT, "the victim itself"));
	trigger_set(r, process(7000, "bash"), 7001);
	r->trigger.cgroup = "/other";
	assert_true(says(m, r, TEXT, "bash[7000], not the victim, its thread 7001"));
	assert_true(says(m, r, TEXT, "bash[7000] in /other asked, the victim was in"));
	assert_true(says(m, r, JSON, "\"trigger\":{\"pid\":7000,\"tid\":7001,\"comm\":\"bash\""));
	assert_true(says(m, r, JSON, "\"victim\":{\"pid\":7123,\"comm\":\"hog\""));
	r->trigger.pid = 0;
	records_made[0].from_probe = false;
	memcpy(r->trigger.comm, "hog", 4);
	assert_int_equal(report_trigger(r), TRIGGER_NAMESAKE);
	model_free(m);
}

/* The log's "PID:" of the trigger is a thread's: of a process only when the table lists it. */
static void thread_that_the_log_names_is_not_called_another_process(void **state)
{
	struct model *m = machine(2);
	struct report *r = report_leak();

	(void)state;
	trigger_set(r, process(7124, "worker"), 7124);
	records_made[0].from_probe = false;
	assert_true(says(m, r, TEXT, "a thread, maybe of the victim"));
	assert_true(says(m, r, JSON, "\"trigger\":{\"pid\":null,\"tid\":7124,\"comm\":\"worker\""));
	candidate_add(r, 7124, "worker", 1 << 20, 0, 0);
	assert_true(says(m, r, TEXT, "worker[7124], not the victim"));
	assert_true(says(m, r, JSON, "\"trigger\":{\"pid\":7124,\"tid\":7124,\"comm\":\"worker\""));
	model_free(m);
}

/* A process of the same PID that began at another time is another. */
static void a_reused_pid_is_another_process(void **state)
{
	struct report *r = report_leak();

	(void)state;
	r->trigger.start_ns++;
	assert_int_equal(report_trigger(r), TRIGGER_OTHER);
}

static void kills_that_do_not_add_up_are_called_out(void **state)
{
	struct model *m = machine(2);
	struct report *r = report_leak();

	(void)state;
	assert_true(says(m, r, TEXT, "1, as the kernel counts"));
	r->kills_kernel = 2;
	assert_true(says(m, r, TEXT, "1, but the kernel counts 2"));
	r->kills_kernel = EV_ABSENT;
	assert_true(says(m, r, TEXT, "the kernel's own count is not known"));
	model_free(m);
}

static void ascii_serves_where_the_terminal_knows_no_utf8(void **state)
{
	struct model *m = machine(2);
	struct output out = {0};
	struct view v = {.out = open_memstream(&out.text, &out.len), .model = m};

	(void)state;
	view_report(&v, report_leak());
	fclose(v.out);
	for (const char *c = out.text; *c; c++)
		assert_true((unsigned char)*c < 0x80);
	assert_int_equal(v.lines, 1);
	free(out.text);
	model_free(m);
}

static void titles_are_one_safe_line(void **state)
{
	struct model *m = machine(2);
	char title[256], safe[1024];

	(void)state;
	assert_string_equal(view_report_title(m, report_asked(), title, sizeof(title)),
			    "Memory report without an OOM kill, asked for, 2026-11-21 12:01:00 "
			    "+0000");
	assert_string_equal(
		view_report_title(m, report_log_only(), title, sizeof(title)),
		"OOM kill of batch[8001] at the limit of cgroup /batch.slice, 2026-11-21 "
		"12:01:00 +0000");
	view_report_title(m, report_hostile(), title, sizeof(title));
	assert_string_equal(text_safe(title, strlen(title), safe, sizeof(safe)), title);
	model_free(m);
}

/* Of the sanitizers, whose header not every compiler has. */
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
					      void (*free_hook)(const volatile void *));

static int allocations;

static void count_allocation(const volatile void *p, size_t size)
{
	(void)p;
	(void)size;
	allocations++;
}

static void count_nothing(const volatile void *p)
{
	(void)p;
}

static ssize_t swallow(void *cookie, const char *buf, size_t size)
{
	(void)buf;
	*(size_t *)cookie += size;
	return (ssize_t)size;
}

static void nothing_is_allocated_while_a_report_is_written(void **state)
{
	static char buffer[4096];
	struct model *m = machine(2);
	struct report *(*const reports[])(void) = {report_leak,	 report_cascade,  report_hostile,
						   report_asked, report_log_only, report_group};
	size_t total = 0;
	void *kept;
	FILE *out = fopencookie(&total, "w", (cookie_io_functions_t){.write = swallow});
	struct view v = {.out = out, .model = m, .utf8 = true};
	char title[256];

	(void)state;
	setvbuf(out, buffer, _IOFBF, sizeof(buffer));
	assert_int_equal(__sanitizer_install_malloc_and_free_hooks(count_allocation, count_nothing),
			 1);
	*(void *volatile *)&kept = malloc(1);
	free(kept); /* the hook is there */
	assert_int_equal(allocations, 1);
	for (size_t i = 0; i < ARRAY_LEN(reports); i++) {
		for (int f = TEXT; f <= JSON; f++)
			forms[f](&v, reports[i]());
		view_report_title(m, &report_made, title, sizeof(title));
	}
	fflush(out);
	assert_int_equal(allocations, 1);
	assert_true(total > 10000);
	fclose(out);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leak_at_a_limit_is_told_whole),
		cmocka_unit_test(a_cascade_of_kills_is_one_report),
		cmocka_unit_test(a_group_that_tmpfs_filled_is_told_as_one),
		cmocka_unit_test(the_log_alone_gives_a_report_that_says_what_is_missing),
		cmocka_unit_test(a_report_without_a_kill_tells_of_now),
		cmocka_unit_test(a_kill_of_which_nothing_is_known_is_reported),
		cmocka_unit_test(hostile_names_are_text_in_every_form),
		cmocka_unit_test(a_full_report_keeps_to_the_page),
		cmocka_unit_test(victim_and_trigger_are_not_mixed_up),
		cmocka_unit_test(thread_that_the_log_names_is_not_called_another_process),
		cmocka_unit_test(a_reused_pid_is_another_process),
		cmocka_unit_test(kills_that_do_not_add_up_are_called_out),
		cmocka_unit_test(ascii_serves_where_the_terminal_knows_no_utf8),
		cmocka_unit_test(titles_are_one_safe_line),
		cmocka_unit_test(nothing_is_allocated_while_a_report_is_written),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("report_view", tests, NULL, NULL);
}
