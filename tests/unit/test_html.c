/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page for browsers, as bytes: it is one whole document, asks for nothing from elsewhere, and
 * no name gets out of the data. What a browser makes of it: tests/check-html.sh.
 */
#include "test_golden.h"
#include "html.h"

struct page {
	struct model *m;
	struct chart *c;
	struct output out;
	struct json_object *data;
};

static void feed(struct page *p, const char *line)
{
	static uint64_t buf[2048];
	const char *error = "";
	int size = event_parse(line, buf, sizeof(buf), &error);

	if (size < 0)
		fail_msg("%s in: %s", error, line);
	assert_int_equal(event_check(buf, (size_t)size), 0);
	model_event(p->m, (const struct ev_hdr *)buf);
	chart_event(p->c, p->m, (const struct ev_hdr *)buf);
}

static struct page page_begin(void)
{
	static const struct model_opts opts = {.max_processes = 1024,
					       .max_details = 256,
					       .max_files = 64,
					       .max_cgroups = 64,
					       .max_ooms = 8,
					       .churn_ns = 10000000000};
	struct page p = {.m = model_new(&opts), .c = chart_new()};

	assert_non_null(p.m);
	assert_non_null(p.c);
	return p;
}

/* The data between its element's begin and the first thing that could end it. */
static struct json_object *data_of(const char *html)
{
	static const char tag[] = "<script type=\"application/json\" id=\"data\">";
	const char *begin = strstr(html, tag), *end;
	struct json_tokener *tok = json_tokener_new();
	struct json_object *data;

	assert_non_null(begin);
	begin += strlen(tag);
	end = strchr(begin, '<');
	assert_non_null(end);
	assert_true(strncmp(end, "</script>\n<script>", 18) == 0);
	data = json_tokener_parse_ex(tok, begin, (int)(end - begin));
	if (!data)
		fail_msg("data: %s", json_tokener_error_desc(json_tokener_get_error(tok)));
	json_tokener_free(tok);
	return data;
}

static void page_end(struct page *p, const struct html_run *run)
{
	struct view v = {.out = open_memstream(&p->out.text, &p->out.len),
			 .model = p->m,
			 .watching = "all processes"};

	assert_non_null(v.out);
	chart_end(p->c, p->m);
	assert_int_equal(view_html(&v, p->c, run), 0);
	fclose(v.out);
	p->data = data_of(p->out.text);
}

static void page_free(struct page *p)
{
	json_object_put(p->data);
	free(p->out.text);
	chart_free(p->c);
	model_free(p->m);
}

static struct page page_of(const char *name)
{
	static const struct html_run run = {.file = "run.mt", .version = "1.2.3"};
	struct page p = page_begin();
	char path[512], line[8192];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.events", GOLDEN_DIR, name);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (line[0] != '#' && line[0] != '\n')
			feed(&p, line);
	}
	fclose(f);
	page_end(&p, &run);
	return p;
}

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value))
		fail_msg("no %s", key);
	return value;
}

static size_t length(struct json_object *o, const char *key)
{
	return json_object_array_length(get(o, key));
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static const char *const cases[] = {"nothing", "squeeze", "oom",   "losses",
				    "hostile", "jitter",  "churn", "old_kernel"};

static void test_the_page_is_one_document_that_loads_nothing(void **state)
{
	static const char *const never[] = {"src=",	 " href=\"h",  "url(",	  "@import",
					    "<link",	 "<img",       "<iframe", "eval(",
					    "Function(", "innerHTML=", "fetch(",  "import("};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct page p = page_of(cases[i]);

		assert_int_equal(count(p.out.text, "<!doctype html>"), 1);
		assert_int_equal(count(p.out.text, "</html>"), 1);
		assert_int_equal(count(p.out.text, "<script"), 2);
		assert_int_equal(count(p.out.text, "</script"), 2);
		assert_non_null(strstr(p.out.text, "The MIT License (MIT)"));
		/* The one address is where the library's own first line says it is from. */
		assert_int_equal(count(p.out.text, "://"), 1);
		for (size_t k = 0; k < ARRAY_LEN(never); k++) {
			if (strstr(p.out.text, never[k]))
				fail_msg("%s in the page of %s", never[k], cases[i]);
		}
		page_free(&p);
	}
}

static void test_a_policy_allows_its_own_script_and_style_only(void **state)
{
	struct page p = page_of("nothing");
	const char *csp = strstr(p.out.text, "Content-Security-Policy");

	(void)state;
	assert_non_null(csp);
	assert_true(csp < strstr(p.out.text, "<style"));
	assert_non_null(strstr(csp, "default-src 'none'; script-src 'sha256-"));
	assert_null(strstr(csp, "unsafe"));
	page_free(&p);
}

static void test_the_verdict_is_that_of_the_text_page(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct page p = page_of(cases[i]);
		struct json_object *verdict = get(p.data, "verdict");
		struct output text = {0};
		struct view v = {.out = open_memstream(&text.text, &text.len),
				 .model = p.m,
				 .watching = "all processes"};

		view_summary(&v);
		fclose(v.out);
		for (char *c = text.text; *c; c++)
			*c = *c == '\n' ? ' ' : *c;
		assert_true(json_object_array_length(verdict) > 0);
		for (size_t k = 0; k < json_object_array_length(verdict); k++) {
			const char *s =
				json_object_get_string(json_object_array_get_idx(verdict, k));

			/* Words longer than a line are broken there. */
			if (strcmp(cases[i], "hostile") != 0 && !strstr(text.text, s))
				fail_msg("not on the text page: %s", s);
		}
		free(text.text);
		page_free(&p);
	}
}

static void test_hostile_names_stay_strings(void **state)
{
	static const char attack[] = "</script><script>alert(1)</script><!--";
	struct html_run run = {.file = attack, .version = attack, .caveat = attack};
	struct page p = page_begin();
	char line[8192], longline[5000];

	(void)state;
	memset(longline, '<', sizeof(longline) - 1);
	longline[sizeof(longline) - 1] = 0;
	feed(&p, "meta time_ns=1s realtime_ns=1795262400000000000 hostname=\"<b>&amp;\\\"\" "
		 "release=\"</script>\"");
	feed(&p, "cgroup time_ns=1s id=7 path=\"/</script><!--<script>\"");
	snprintf(line, sizeof(line), "process time_ns=1s pid=5 start_ns=5 cmdline=\"%s%.4000s\"",
		 attack, longline);
	feed(&p, line);
	feed(&p, "tick time_ns=1s");
	feed(&p, "stall time_ns=1100ms pid=5 tid=5 start_ns=5 cgroup=7 target_cgroup=7 kind=memcg "
		 "comm=\"</script>'\\\"\" duration_ns=1ms");
	feed(&p, "stall time_ns=1200ms pid=6 tid=6 start_ns=6 kind=direct "
		 "comm=\"\\xe2\\x80\\xae\\xff\\xc3(\\n\" duration_ns=2ms");
	feed(&p, "fault time_ns=1300ms pid=5 tid=5 start_ns=5 class=file ino=3 "
		 "file=\"\\xe2\\x80\\xa8</style>\" duration_ns=1ms");
	feed(&p, "tick time_ns=2s last=1");
	page_end(&p, &run);
	assert_int_equal(count(p.out.text, "<script"), 2);
	assert_int_equal(count(p.out.text, "</script"), 2);
	assert_int_equal(count(p.out.text, "<!--"), 1);
	assert_null(strstr(p.out.text, "alert(1)</"));
	assert_null(strstr(p.out.text, "\xe2\x80\xae"));
	assert_null(strstr(p.out.text, "\xe2\x80\xa8"));
	assert_string_equal(json_object_get_string(get(p.data, "file")), attack);
	assert_string_equal(json_object_get_string(json_object_array_get_idx(
				    get(get(p.data, "fault_slices"), "things"), 0)),
			    "\\u{2028}</style>");
	page_free(&p);
}

/* Every column has an entry per wait, every reference something that it refers to. */
static void columns_check(struct json_object *data, const char *key, const char *const *columns)
{
	struct json_object *waits = get(data, key);
	size_t n = length(waits, "us");

	for (; *columns; columns++)
		assert_int_equal(length(waits, *columns), n);
	for (size_t i = 0; i < n; i++) {
		int64_t who =
			json_object_get_int64(json_object_array_get_idx(get(waits, "who"), i));
		int64_t comm =
			json_object_get_int64(json_object_array_get_idx(get(waits, "comm"), i));

		assert_true(who >= 0 && (size_t)who < length(data, "who"));
		assert_true(comm >= 0 && (size_t)comm < length(data, "comms"));
	}
}

static void test_what_is_referred_to_is_there(void **state)
{
	static const char *const stalls[] = {
		"ns",	  "who",    "tid", "comm",     "cgroup", "kind",  "order",    "pages",
		"target", "kswapd", "gfp", "throttle", "limit",	 "stack", "shrinker", NULL};
	static const char *const faults[] = {"ns",    "who",	 "tid",	 "comm", "cgroup",
					     "class", "away_ms", "file", NULL};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct page p = page_of(cases[i]);
		struct json_object *points = get(p.data, "points");

		columns_check(p.data, "slices", stalls);
		columns_check(p.data, "fault_slices", faults);
		assert_int_equal(length(get(p.data, "slices"), "us"), model_stalls(p.m)->all.count);
		assert_int_equal(length(points, "us"), length(points, "free"));
		assert_int_equal(length(get(p.data, "timeline"), "kswapd"),
				 json_object_get_int64(get(get(p.data, "timeline"), "n")));
		page_free(&p);
	}
}

/* The bars add up to what the figures above them say. */
static void test_bars_add_up_to_the_stalls(void **state)
{
	struct page p = page_of("jitter");
	struct json_object *timeline = get(p.data, "timeline");
	struct json_object *causes = get(get(timeline, "all"), "ns");
	uint64_t sum = 0, total = model_stalls(p.m)->all.total_ns;

	(void)state;
	for (size_t c = 0; c < json_object_array_length(causes); c++) {
		struct json_object *cells = json_object_array_get_idx(causes, c);

		for (size_t i = 0; i < json_object_array_length(cells); i++)
			sum += json_object_get_uint64(json_object_array_get_idx(cells, i));
	}
	sum *= json_object_get_uint64(get(timeline, "unit_ns"));
	assert_in_range(sum, total - total / 1000, total + total / 1000);
	page_free(&p);
}

static void test_a_caveat_is_told(void **state)
{
	static const struct html_run run = {.caveat = "It was cut short."};
	struct page p = page_begin();

	(void)state;
	page_end(&p, &run); /* of nothing at all */
	assert_string_equal(json_object_get_string(get(p.data, "caveat")), run.caveat);
	assert_null(get(p.data, "file"));
	page_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_page_is_one_document_that_loads_nothing),
		cmocka_unit_test(test_a_policy_allows_its_own_script_and_style_only),
		cmocka_unit_test(test_the_verdict_is_that_of_the_text_page),
		cmocka_unit_test(test_hostile_names_stay_strings),
		cmocka_unit_test(test_what_is_referred_to_is_there),
		cmocka_unit_test(test_bars_add_up_to_the_stalls),
		cmocka_unit_test(test_a_caveat_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
