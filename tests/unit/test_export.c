/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an export makes of streams of events: golden files of every format. The formats' own rules
 * are checked by tests/check-export.sh, which has this program write what it looks at:
 *
 *	export --export FORMAT TABLE|- EVENTS
 *	export --recording EVENTS FILE
 */
#include "test_golden.h"
#include "exporter.h"
#include "test_rec.h"

static const struct {
	const char *name;
	const struct export_form *form;
} forms[] = {
	{"chrome", &export_chrome},
	{"csv", &export_csv},
	{"jsonl", &export_jsonl},
	{"folded", &export_folded},
};

struct replay {
	struct model *model;
	struct view view;
	struct exporter *exporter;
};

/* What differs from an export of everything. */
struct wish {
	const char *table;
	uint64_t min_ns;
	struct filter filter;
};

static void replay_begin(struct replay *r, const char *format, const struct wish *wish, FILE *out)
{
	struct model_opts mo = golden_opts;
	struct exporter_opts xo = {.version = "TEST",
				   .only = wish->table ? event_desc_by_name(wish->table) : NULL};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (strcmp(forms[i].name, format) == 0)
			xo.form = forms[i].form;
	mo.max_stacks = 64;
	mo.filter = wish->filter;
	r->model = model_new(&mo);
	r->view = (struct view){.out = out,
				.model = r->model,
				.json = true,
				.min_ns = wish->min_ns,
				.watching = "all processes"};
	r->exporter = exporter_new(&r->view, &xo);
	if (!r->exporter)
		abort();
}

static void replay_line(struct replay *r, const char *line)
{
	static uint64_t buf[2048];
	const struct ev_hdr *ev = (const void *)buf;
	const char *error = "";

	if (event_parse(line, buf, sizeof(buf), &error) < 0 || event_check(buf, ev->size)) {
		fprintf(stderr, "%s in: %s\n", error, line);
		abort();
	}
	model_event(r->model, ev);
	exporter_event(r->exporter, ev);
}

static void replay_end(struct replay *r)
{
	exporter_end(r->exporter);
	exporter_free(r->exporter);
	model_free(r->model);
}

static void replay_file(struct replay *r, const char *path)
{
	char line[8192];
	FILE *f = fopen(path, "r");

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		abort();
	}
	while (fgets(line, sizeof(line), f))
		if (line[0] != '#' && line[0] != '\n')
			replay_line(r, line);
	fclose(f);
}

/* The caller frees the text. */
static char *export_text(const char *events, const char *format, const struct wish *wish)
{
	struct replay r;
	char path[512], *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	snprintf(path, sizeof(path), "%s/%s.events", GOLDEN_DIR, events);
	replay_begin(&r, format, wish, out);
	replay_file(&r, path);
	replay_end(&r);
	fclose(out);
	return text;
}

static void golden(const char *events, const char *format, const char *table)
{
	struct wish wish = {.table = table};
	char *text = export_text(events, format, &wish), path[512];

	snprintf(path, sizeof(path), "%s/%s.export%s%s.%s", GOLDEN_DIR, events, table ? "-" : "",
		 table ? table : "", strcmp(format, "chrome") == 0 ? "json" : format);
	golden_compare(path, text);
	free(text);
}

static void test_a_timeline_nests_what_the_events_say(void **state)
{
	(void)state;
	golden("export", "chrome", NULL);
	golden("jitter", "chrome", NULL);
}

static void test_hostile_names_are_harmless_in_all_formats(void **state)
{
	(void)state;
	golden("hostile", "chrome", NULL);
	golden("hostile", "csv", "stall");
	golden("hostile", "csv", "process");
	golden("hostile", "folded", NULL);
}

static void test_csv_has_what_json_has(void **state)
{
	(void)state;
	golden("export", "csv", "stall");
	golden("export", "csv", "fault");
	golden("export", "csv", "host");
	golden("export", "csv", "swapout");
}

static void test_json_lines_are_those_of_live_commands(void **state)
{
	(void)state;
	golden("export", "jsonl", NULL);
	golden("export", "jsonl", "stall");
}

static void test_waits_are_folded_in_microseconds(void **state)
{
	(void)state;
	golden("export", "folded", NULL);
	golden("ustacks", "folded", NULL);
	golden("jitter", "folded", NULL);
}

/* Line by line: the sanitizer walks through all of a text at each search in it. */
static int count(const char *text, const char *what)
{
	int n = 0;

	for (const char *end; *text; text = end) {
		end = strchr(text, '\n') ? strchr(text, '\n') + 1 : text + strlen(text);
		while ((text = memmem(text, (size_t)(end - text), what, strlen(what)))) {
			text += strlen(what);
			n++;
		}
	}
	return n;
}

static void test_filters_apply(void **state)
{
	static const uint32_t pids[] = {5310};
	struct wish wish = {.table = "stall", .filter = {.tgids = pids, .ntgids = 1}};
	char *text = export_text("jitter", "jsonl", &wish);

	(void)state;
	assert_int_equal(count(text, "\n"), 8);
	assert_int_equal(count(text, "\"pid\":5310"), 8);
	free(text);
	wish.table = "process";
	text = export_text("jitter", "jsonl", &wish);
	assert_int_equal(count(text, "\n"), 1);
	assert_int_equal(count(text, "\"cmdline\":\"backup --repository"), 1);
	free(text);
	wish = (struct wish){.table = "stall", .min_ns = 20000000};
	text = export_text("jitter", "jsonl", &wish);
	assert_int_equal(count(text, "\n"), 5); /* of 38 */
	assert_int_equal(count(text, "\"duration_ns\":2640"), 4);
	free(text);
	wish.table = NULL;
	text = export_text("export", "chrome", &wish);
	assert_int_equal(count(text, "\"cat\":\"stall\""), 3);
	assert_int_equal(count(text, "\"dur\":10000.000"), 2); /* within another: no stall */
	free(text);
}

/* More events than there is room for wait for a name that never comes. */
static void test_what_waits_for_names_comes_out_in_order(void **state)
{
	struct wish wish = {.table = "stall"};
	struct replay r;
	char line[256], *text, *at;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	replay_begin(&r, "csv", &wish, out);
	replay_line(&r, "probe time_ns=1s signal=kernel.symbols source=x status=ok");
	for (int i = 0; i < 20000; i++) {
		snprintf(line, sizeof(line),
			 "stall time_ns=%d pid=7 tid=7 comm=a kind=direct duration_ns=%d "
			 "shrinker.callback=0x%x",
			 1000000000 + i, i, i % 3 ? 0x99 : 0);
		replay_line(&r, line);
	}
	replay_line(&r, "symbol time_ns=1500ms address=0x99 name=scan");
	replay_end(&r);
	fclose(out);
	at = strchr(text, '\n') + 1;
	for (int i = 0; i < 20000; i++, at = strchr(at, '\n') + 1) {
		snprintf(line, sizeof(line), "%d", 1000000000 + i);
		assert_memory_equal(strchr(at, ',') + 1, line, strlen(line));
	}
	assert_int_equal(*at, 0);
	assert_true(count(text, ",scan,") > 4000); /* those at the end had time to wait */
	free(text);
}

/* Each thread has more slices than are remembered, more threads than have room. */
static void test_memory_is_constant(void **state)
{
	struct wish wish = {0};
	struct replay r;
	char line[256], *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	replay_begin(&r, "chrome", &wish, out);
	replay_line(&r, "meta time_ns=1s realtime_ns=1795262400000000000");
	for (unsigned int i = 0; i < 40000; i++) {
		snprintf(line, sizeof(line),
			 "stall time_ns=%u pid=%u tid=%u comm=a start_ns=1 kind=direct "
			 "duration_ns=%u",
			 1100000000 + i * 100, i % 20000 + 1, i % 20000 + 1, i % 977 * 1000);
		replay_line(&r, line);
	}
	replay_line(&r, "tick time_ns=2s last=1");
	replay_end(&r);
	fclose(out);
	assert_int_equal(count(text, "\"cat\":\"stall\""), 40000);
	free(text);
}

static int write_export(const char *format, const char *table, const char *events)
{
	struct wish wish = {.table = strcmp(table, "-") ? table : NULL};
	struct replay r;

	replay_begin(&r, format, &wish, stdout);
	replay_file(&r, events);
	replay_end(&r);
	return 0;
}

static int write_recording(const char *events, const char *path)
{
	struct rec *f = rec_open(path);

	rec_run(f, "kernel_stacks", "1");
	rec_run(f, "user_stacks", "1");
	rec_file(f, events);
	rec_close(f);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_timeline_nests_what_the_events_say),
		cmocka_unit_test(test_hostile_names_are_harmless_in_all_formats),
		cmocka_unit_test(test_csv_has_what_json_has),
		cmocka_unit_test(test_json_lines_are_those_of_live_commands),
		cmocka_unit_test(test_waits_are_folded_in_microseconds),
		cmocka_unit_test(test_filters_apply),
		cmocka_unit_test(test_what_waits_for_names_comes_out_in_order),
		cmocka_unit_test(test_memory_is_constant),
	};

	if (argc == 5 && strcmp(argv[1], "--export") == 0)
		return write_export(argv[2], argv[3], argv[4]);
	if (argc == 4 && strcmp(argv[1], "--recording") == 0)
		return write_recording(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
