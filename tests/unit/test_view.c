/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the view makes of streams of events: golden replays, and properties that hold for all it
 * writes.
 *
 * tests/golden/CASE.events has one event a line, in the form of event_parse(), and comments
 * after #. CASE.COMMAND.txt and .jsonl are what that command is to write about them.
 * MEMTRACE_BLESS=1 writes those files anew; look at the difference before committing it.
 */
#include "test_replay.h"
#include "ascii_hist.h"
#include "para.h"
#include "table.h"

static struct output replay_file(const char *name, const struct command *c, bool json)
{
	char path[512], line[8192];
	struct replay r;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.events", GOLDEN_DIR, name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	replay_begin(&r, c, json);
	while (fgets(line, sizeof(line), f)) {
		if (line[0] != '#' && line[0] != '\n')
			replay_line(&r, line);
	}
	fclose(f);
	return replay_end(&r, c);
}

static void golden_one(const char *name, const struct command *c, bool json)
{
	struct output out = replay_file(name, c, json);
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.%s.%s", GOLDEN_DIR, name, c->name,
		 json ? "jsonl" : "txt");
	golden_compare(path, out.text);
	(json ? jsonl_check : text_check)(path, out.text);
	free(out.text);
}

/* The names of commands, separated by spaces, on one case. */
static void golden(const char *name, const char *list)
{
	char names[128], *save;

	snprintf(names, sizeof(names), "%s", list);
	for (char *c = strtok_r(names, " ", &save); c; c = strtok_r(NULL, " ", &save)) {
		const struct command *command = command_named(c);

		golden_one(name, command, false);
		if (!command->text_only)
			golden_one(name, command, true);
	}
}

static void test_nothing_happened_says_what_was_watched(void **state)
{
	(void)state;
	golden("nothing", "summary stalls faults swap oom status");
}

static void test_memcg_squeeze_names_the_squeezed_and_its_limit(void **state)
{
	(void)state;
	golden("squeeze", "summary stalls fault_lines faults swap status");
}

static void test_oom_kill_is_told_with_the_log(void **state)
{
	(void)state;
	golden("oom", "summary oom status");
}

static void test_losses_are_shown_everywhere_with_their_remedies(void **state)
{
	(void)state;
	golden("losses", "summary stalls faults swap oom status");
}

static void test_hostile_names_are_harmless(void **state)
{
	(void)state;
	golden("hostile", "summary stalls fault_lines faults swap oom doctor");
}

static void test_jitter_names_who_grew_and_when(void **state)
{
	(void)state;
	golden("jitter", "summary stalls");
}

static void test_churn_tells_whose_pages_left_and_how_soon_they_came_back(void **state)
{
	(void)state;
	golden("churn", "summary swap");
}

static void test_user_stacks_name_who_faults(void **state)
{
	(void)state;
	golden("ustacks", "summary faults");
}

static void folded_end(struct view *v)
{
	v->folded = v->out;
	view_folded(v);
}

/* A frame's blanks are _, so that the last one of a line precedes the number. */
static void test_user_stacks_are_folded_for_flame_graphs(void **state)
{
	static const struct command folded = {"folded", no_event, folded_end, true};
	struct output out = replay_file("ustacks", &folded, false);

	(void)state;
	golden_compare(GOLDEN_DIR "/ustacks.folded.txt", out.text);
	for (char *save, *line = strtok_r(out.text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *blank = strchr(line, ' ');

		assert_non_null(blank);
		assert_true(strtoull(blank + 1, &blank, 10) > 0 && !*blank);
	}
	free(out.text);
}

static void test_nobody_is_accused_where_others_are_not_watched(void **state)
{
	static const uint32_t tids[] = {7};
	const struct command *c = command_named("summary");
	struct model_opts opts = {.max_processes = 16, .filter = {.tids = tids, .ntids = 1}};
	struct output out;
	struct replay r;

	(void)state;
	replay_begin(&r, c, false);
	model_free(r.model);
	r.view.model = r.model = model_new(&opts);
	replay_line(&r, "tick time_ns=1s");
	replay_line(&r, "stall time_ns=2s pid=7 tid=7 comm=a kind=direct duration_ns=1ms");
	replay_line(&r, "tick time_ns=3s");
	out = replay_end(&r, c);
	assert_non_null(strstr(out.text, "\n  Not known: only the named threads are watched.\n"));
	assert_null(strstr(out.text, "known to have grown"));
	text_check("not known", out.text);
	free(out.text);
}

static void test_missing_probes_are_named_with_their_reasons(void **state)
{
	(void)state;
	golden("old_kernel", "summary doctor");
}

/* Events of n processes that stalled and faulted, each a little less than the one before. */
static void feed_processes(struct replay *r, unsigned int n)
{
	char line[512];

	replay_line(r, "meta time_ns=1s realtime_ns=1795262400000000000 cpus=4 release=6.18.0");
	replay_line(r, "tick time_ns=1s");
	for (unsigned int i = 0; i < n; i++) {
		snprintf(line, sizeof(line),
			 "stall time_ns=%u pid=%u tid=%u start_ns=5 comm=worker-%u kind=direct "
			 "duration_ns=%u",
			 1100000000 + i, 1000 + i, 1000 + i, i, 5000000 - i * 1000);
		replay_line(r, line);
		snprintf(line, sizeof(line),
			 "fault time_ns=%u pid=%u tid=%u start_ns=5 comm=worker-%u class=file "
			 "duration_ns=%u",
			 1200000000 + i, 1000 + i, 1000 + i, i, 300000 - i * 10);
		replay_line(r, line);
	}
	replay_line(r, "tick time_ns=2s last=1 reason=duration");
}

static int lines_with(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void test_many_processes_get_twenty_rows_and_a_rest(void **state)
{
	const struct command *c = command_named("summary");
	struct output out;
	struct replay r;

	(void)state;
	replay_begin(&r, c, false);
	feed_processes(&r, 1000);
	out = replay_end(&r, c);
	assert_int_equal(lines_with(out.text, "\n  worker-"), 2 * 20);
	assert_non_null(strstr(out.text, "and 980 more processes: 980 stalls, 4400.690 ms in all"));
	assert_non_null(strstr(out.text, "and 980 major faults of other processes"));
	assert_non_null(strstr(out.text, "and 999 other"));
	text_check("many processes", out.text);
	free(out.text);
}

static void test_all_rows_asked_for_are_printed(void **state)
{
	const struct command *c = command_named("summary");
	struct output out;
	struct replay r;

	(void)state;
	replay_begin(&r, c, false);
	r.view.rows = 5000;
	feed_processes(&r, 1000);
	out = replay_end(&r, c);
	assert_int_equal(lines_with(out.text, "\n  worker-"), 2 * 1000);
	assert_int_equal(lines_with(out.text, "\n  process "), 2);
	assert_null(strstr(out.text, " more process"));
	text_check("all rows", out.text);
	free(out.text);
}

static void test_json_has_every_process(void **state)
{
	const struct command *c = command_named("summary");
	struct json_object *o, *list;
	struct output out;
	struct replay r;

	(void)state;
	replay_begin(&r, c, true);
	feed_processes(&r, 1000);
	out = replay_end(&r, c);
	o = json_tokener_parse(out.text);
	assert_true(json_object_object_get_ex(o, "processes", &list));
	assert_int_equal(json_object_array_length(list), 1000);
	json_object_put(o);
	free(out.text);
}

/* Two processes, of which one faults, and that by a thread. */
static struct output interval_of(const char *command, bool json, bool threads, enum sort_key sort)
{
	static const char *const lines[] = {
		"meta time_ns=1s realtime_ns=1795262400000000000 page_size=4096",
		"task time_ns=1s pid=10 tid=10 start_ns=5 comm=busy leader=1 sized=1 threads=2 "
		"state=S anon_rss_bytes=1048576 min_flt=100",
		"task time_ns=1s pid=10 tid=11 start_ns=5 comm=worker state=R min_flt=20",
		"task time_ns=1s pid=20 tid=20 start_ns=6 comm=large leader=1 sized=1 threads=1 "
		"state=S anon_rss_bytes=9437184",
		"tick time_ns=1s",
		"task time_ns=2s pid=10 tid=10 start_ns=5 comm=busy leader=1 sized=1 threads=2 "
		"state=S anon_rss_bytes=2097152 min_flt=103",
		"task time_ns=2s pid=10 tid=11 start_ns=5 comm=worker state=R min_flt=60 maj_flt=2",
		"task time_ns=2s pid=20 tid=20 start_ns=6 comm=large leader=1 sized=1 threads=1 "
		"state=S anon_rss_bytes=9437184",
		"tick time_ns=2s",
	};
	const struct command *c = command_named(command);
	struct model_opts opts = {.max_processes = 64, .max_details = 8, .max_threads = 64};
	struct replay r;

	replay_begin(&r, c, json);
	model_free(r.model);
	r.view.model = r.model = model_new(&opts);
	r.view.sort = sort;
	r.view.threads = threads;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		replay_line(&r, lines[i]);
	return replay_end(&r, c);
}

static void test_sorted_by_a_size_all_living_processes_are_listed(void **state)
{
	static const enum sort_key sizes[] = {SORT_RSS, SORT_GROWTH, SORT_SWAP, SORT_SWAP_GROWTH,
					      SORT_PID};
	struct output out = interval_of("faults", false, false, SORT_DEFAULT);

	(void)state;
	assert_int_equal(lines_with(out.text, "\nbusy"), 1);
	assert_int_equal(lines_with(out.text, "\nlarge"), 0);
	free(out.text);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		bool large_first = sizes[i] == SORT_RSS;

		out = interval_of(i % 2 ? "swap" : "faults", false, false, sizes[i]);
		assert_int_equal(lines_with(out.text, "\nbusy"), 1);
		assert_int_equal(lines_with(out.text, "\nlarge"), 1);
		assert_true((strstr(out.text, "\nlarge") < strstr(out.text, "\nbusy")) ==
			    large_first);
		text_check("sorted", out.text);
		free(out.text);
		out = interval_of("faults", true, false, sizes[i]);
		assert_int_equal(lines_with(out.text, "\"type\":\"faults_interval\""), 2);
		jsonl_check("sorted", out.text);
		free(out.text);
	}
}

static void test_threads_have_rows_of_their_own(void **state)
{
	struct output out = interval_of("faults", false, true, SORT_DEFAULT);

	(void)state;
	assert_non_null(strstr(out.text,
			       "\nCOMM    PID  TID  MINFLT/s  MAJFLT/s  MINFLT  MAJFLT  S\n"
			       "worker   10   11      40.0       2.0      60       2  R\n"
			       "busy     10   10       3.0       0.0     103       0  S\n"));
	text_check("threads", out.text);
	free(out.text);
	out = interval_of("faults", true, true, SORT_DEFAULT);
	assert_int_equal(lines_with(out.text, "\"type\":\"thread_interval\""), 2);
	assert_int_equal(lines_with(out.text, "\"type\":\"faults_interval\""), 1);
	jsonl_check("threads", out.text);
	free(out.text);
}

static struct output thrash(const char *command, bool json)
{
	const struct command *c = command_named(command);
	char line[512];
	struct replay r;

	replay_begin(&r, c, json);
	replay_line(&r, "meta time_ns=1s realtime_ns=1795262400000000000 page_size=4096");
	replay_line(&r, "tick time_ns=1s");
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line),
			 "fault time_ns=%d pid=7 tid=7 start_ns=5 comm=db class=%s ino=9 "
			 "dev_major=8 "
			 "duration_ns=%dus file=table away_ns=%dms",
			 1100000000 + i, i % 10 ? "file" : "swap", 100 + i, i % 5 ? 300 : 0);
		replay_line(&r, line);
	}
	replay_line(&r, "tick time_ns=2s last=1 reason=duration");
	return replay_end(&r, c);
}

static void test_refaults_are_told_as_thrashing(void **state)
{
	struct output out = thrash("summary", false);

	(void)state;
	assert_non_null(strstr(out.text, "80 of 90 faults on files were\nrefaults, for pages"));
	assert_non_null(strstr(out.text,
			       "\n  80 of 90 file faults were refaults: pages that reclaim "
			       "had taken away 300 ms before (p50)\n"));
	assert_non_null(strstr(out.text, "\n  refaults  faults  wait ms  max ms  file\n"
					 "        80      90 "));
	text_check("refaults", out.text);
	free(out.text);
}

/* What a histogram's rows add up to. */
static int64_t rows_sum(struct json_object *of)
{
	struct json_object *rows = json_object_object_get(of, "histogram");
	int64_t sum = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++)
		sum += json_object_get_int64(
			json_object_object_get(json_object_array_get_idx(rows, i), "count"));
	return sum;
}

static int64_t int_of(struct json_object *o, const char *key)
{
	return json_object_get_int64(json_object_object_get(o, key));
}

static void test_classes_have_histograms_that_add_up(void **state)
{
	struct output out = thrash("summary", true);
	struct json_object *o = json_tokener_parse(out.text), *faults, *classes, *file, *swap;

	(void)state;
	faults = json_object_object_get(
		json_object_array_get_idx(json_object_object_get(o, "processes"), 0), "faults");
	classes = json_object_object_get(faults, "by_class");
	file = json_object_object_get(classes, "file");
	swap = json_object_object_get(classes, "swap");
	assert_null(json_object_object_get(classes, "other"));
	assert_int_equal(int_of(file, "count"), 90);
	assert_int_equal(rows_sum(file), 90);
	assert_int_equal(rows_sum(swap), 10);
	assert_int_equal(rows_sum(faults), 100);
	assert_int_equal(int_of(file, "total_ns") + int_of(swap, "total_ns"),
			 int_of(faults, "total_ns"));
	assert_int_equal(int_of(swap, "max_ns"), 190000);
	assert_int_equal(int_of(faults, "refaults"), 80);
	assert_int_equal(
		int_of(json_object_array_get_idx(json_object_object_get(faults, "files"), 0),
		       "refaults"),
		80);
	json_object_put(o);
	free(out.text);
	out = thrash("faults", false);
	assert_int_equal(lines_with(out.text, "\n  class file\n"), 1);
	assert_int_equal(lines_with(out.text, "\n  class swap\n"), 1);
	text_check("classes", out.text);
	free(out.text);
}

static void test_stream_without_events_is_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		for (int json = 0; json < 2; json++) {
			struct output out;
			struct replay r;

			replay_begin(&r, &commands[i], json);
			out = replay_end(&r, &commands[i]);
			assert_true(out.len > 0 || commands[i].end == no_end);
			(json && !commands[i].text_only ? jsonl_check : text_check)("no events",
										    out.text);
			free(out.text);
		}
	}
}

static void test_short_stalls_are_counted_but_not_printed(void **state)
{
	const struct command *c = command_named("stalls");
	struct output out;
	struct replay r;

	(void)state;
	replay_begin(&r, c, false);
	r.view.min_ns = 1000000;
	replay_line(&r, "stall time_ns=2s pid=1 tid=1 comm=short kind=direct duration_ns=999999");
	assert_int_equal(r.view.lines, 0);
	replay_line(&r, "stall time_ns=2s pid=1 tid=1 comm=long kind=direct duration_ns=1000000");
	assert_int_equal(r.view.lines, 1);
	out = replay_end(&r, c);
	assert_non_null(strstr(out.text, "Stalls: 2, "));
	free(out.text);
}

static void test_header_comes_again_every_forty_lines(void **state)
{
	const struct command *c = command_named("stalls");
	struct output out;
	struct replay r;

	(void)state;
	replay_begin(&r, c, false);
	for (int i = 0; i < 81; i++)
		replay_line(&r, "stall time_ns=2s pid=1 tid=1 comm=a kind=direct duration_ns=1");
	out = replay_end(&r, c);
	assert_int_equal(lines_with(out.text, "WAIT(ms)"), 3);
	free(out.text);
}

static void test_colour_only_when_asked_for(void **state)
{
	const struct command *c = command_named("summary");

	(void)state;
	for (int color = 0; color < 2; color++) {
		struct output out;
		struct replay r;

		replay_begin(&r, c, false);
		r.view.color = color;
		out = replay_end(&r, c);
		assert_int_equal(strchr(out.text, '\033') != NULL, color);
		free(out.text);
	}
}

/* A second in which nobody stalled, then ever more stalls. */
static struct output ramp(bool utf8, int seconds)
{
	const struct command *c = command_named("summary");
	char line[512];
	struct replay r;

	replay_begin(&r, c, false);
	r.view.utf8 = utf8;
	replay_line(&r, "meta time_ns=1s realtime_ns=1795262400000000000 page_size=4096");
	replay_line(&r, "tick time_ns=1s");
	for (int i = 0; i < seconds; i++) {
		snprintf(
			line, sizeof(line),
			"stall time_ns=%d500000000 pid=7 tid=7 comm=a kind=direct duration_ns=%dms",
			i + 1, i * 10);
		if (i)
			replay_line(&r, line);
		snprintf(line, sizeof(line), "tick time_ns=%ds", i + 2);
		replay_line(&r, line);
	}
	return replay_end(&r, c);
}

static void test_timeline_draws_bars_as_the_terminal_can(void **state)
{
	struct output out = ramp(false, 10);

	(void)state;
	assert_non_null(strstr(out.text, "Timeline: 12:00:00 to 12:00:10, each column 1.00 s\n"));
	assert_non_null(strstr(out.text, "  stall time   | .:-=+*#%@| max 90.0 ms/s\n"));
	assert_null(strstr(out.text, "  kswapd       |"));
	assert_null(strstr(out.text, "  free memory  |"));
	free(out.text);
	out = ramp(true, 9);
	assert_non_null(strstr(out.text, "  stall time   | ▁▂▃▄▅▆▇█| max 80.0 ms/s\n"));
	free(out.text);
}

static void test_long_timeline_keeps_to_the_page(void **state)
{
	struct output out = ramp(true, 40);
	int narrow = lines_with(out.text, "each column 1.00 s");

	(void)state;
	assert_int_equal(narrow, 1);
	text_check("timeline", out.text);
	free(out.text);
	out = ramp(false, 49 * 4 + 1);
	assert_non_null(strstr(out.text, "each column 4.00 s"));
	text_check("long timeline", out.text);
	free(out.text);
}

static void test_table_shortens_elastic_columns_only(void **state)
{
	static const struct table_col cols[] = {
		{"name", ALIGN_LEFT, 6}, {"n", ALIGN_RIGHT, 0}, {"path", ALIGN_PATH, 10}};
	struct output out = {0};
	FILE *f = open_memstream(&out.text, &out.len);
	struct table t;
	char path[300];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	strcpy(path + sizeof(path) - 9, "/the/end");
	table_begin(&t, f, "", cols, ARRAY_LEN(cols));
	table_name(&t, "caf\xc3\xa9", "");
	table_count(&t, 12345);
	table_name(&t, path, "");
	table_end(&t);
	fclose(f);
	assert_non_null(strstr(out.text, "caf\xc3\xa9 12345 ...x"));
	assert_non_null(strstr(out.text, "/the/end\n"));
	text_check("table", out.text);
	free(out.text);
}

static void test_table_cell_is_cut_between_characters(void **state)
{
	struct output out = {0};
	FILE *f = open_memstream(&out.text, &out.len);

	(void)state;
	cell_print(f, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa9", 4, ALIGN_LEFT, true);
	fputc('|', f);
	cell_print(f, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa9", 4, ALIGN_PATH, true);
	fputc('|', f);
	cell_print(f, "\xc3\xa4", 3, ALIGN_RIGHT, true);
	fclose(f);
	assert_string_equal(out.text, "\xc3\xa4...|...\xc3\xa9|  \xc3\xa4");
	free(out.text);
}

static void test_paragraph_breaks_between_words_and_within_long_ones(void **state)
{
	struct output out = {0};
	FILE *f = open_memstream(&out.text, &out.len);

	(void)state;
	para_print(f, "a: ", "one two three abcdefghijklmnopqrst", 13);
	fclose(f);
	assert_string_equal(out.text, "a: one two\n   three\n   abcdefghij\n   klmnopqrst\n");
	free(out.text);
}

static void test_paragraph_too_long_is_cut(void **state)
{
	static struct para p;

	(void)state;
	for (size_t i = 0; i < sizeof(p.s); i++)
		para_add(&p, "0123456789");
	assert_int_equal(strlen(p.s), sizeof(p.s) - 1);
}

static void test_histogram_draws_rows_to_scale(void **state)
{
	struct output out = {0};
	FILE *f = open_memstream(&out.text, &out.len);
	struct hist h = {0};

	(void)state;
	for (int i = 0; i < 8; i++)
		hist_add(&h, 20000);
	for (int i = 0; i < 4; i++)
		hist_add(&h, 70000);
	hist_add(&h, UINT64_MAX / 2);
	ascii_hist_print(f, "", &h);
	fclose(f);
	assert_non_null(strstr(out.text, "        16 -> 31         : 8        |********************"
					 "********************|\n"));
	assert_non_null(strstr(out.text, "        32 -> 63         : 0        |                    "
					 "                    |\n"));
	assert_non_null(strstr(out.text, "        64 -> 127        : 4        |********************"
					 "                    |\n"));
	assert_non_null(strstr(out.text, "1073741824 -> ...        : 1        |*****"));
	free(out.text);
}

static void test_empty_histogram_draws_nothing(void **state)
{
	struct output out = {0};
	FILE *f = open_memstream(&out.text, &out.len);
	struct hist h = {0};

	(void)state;
	ascii_hist_print(f, "", &h);
	fclose(f);
	assert_int_equal(out.len, 0);
	free(out.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_happened_says_what_was_watched),
		cmocka_unit_test(test_memcg_squeeze_names_the_squeezed_and_its_limit),
		cmocka_unit_test(test_oom_kill_is_told_with_the_log),
		cmocka_unit_test(test_losses_are_shown_everywhere_with_their_remedies),
		cmocka_unit_test(test_hostile_names_are_harmless),
		cmocka_unit_test(test_jitter_names_who_grew_and_when),
		cmocka_unit_test(test_churn_tells_whose_pages_left_and_how_soon_they_came_back),
		cmocka_unit_test(test_user_stacks_name_who_faults),
		cmocka_unit_test(test_user_stacks_are_folded_for_flame_graphs),
		cmocka_unit_test(test_nobody_is_accused_where_others_are_not_watched),
		cmocka_unit_test(test_missing_probes_are_named_with_their_reasons),
		cmocka_unit_test(test_many_processes_get_twenty_rows_and_a_rest),
		cmocka_unit_test(test_all_rows_asked_for_are_printed),
		cmocka_unit_test(test_json_has_every_process),
		cmocka_unit_test(test_sorted_by_a_size_all_living_processes_are_listed),
		cmocka_unit_test(test_threads_have_rows_of_their_own),
		cmocka_unit_test(test_refaults_are_told_as_thrashing),
		cmocka_unit_test(test_classes_have_histograms_that_add_up),
		cmocka_unit_test(test_stream_without_events_is_survived),
		cmocka_unit_test(test_short_stalls_are_counted_but_not_printed),
		cmocka_unit_test(test_header_comes_again_every_forty_lines),
		cmocka_unit_test(test_colour_only_when_asked_for),
		cmocka_unit_test(test_timeline_draws_bars_as_the_terminal_can),
		cmocka_unit_test(test_long_timeline_keeps_to_the_page),
		cmocka_unit_test(test_table_shortens_elastic_columns_only),
		cmocka_unit_test(test_table_cell_is_cut_between_characters),
		cmocka_unit_test(test_paragraph_breaks_between_words_and_within_long_ones),
		cmocka_unit_test(test_paragraph_too_long_is_cut),
		cmocka_unit_test(test_histogram_draws_rows_to_scale),
		cmocka_unit_test(test_empty_histogram_draws_nothing),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
