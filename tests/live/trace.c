// SPDX-License-Identifier: GPL-2.0
/*
 * memtrace as a child of a live test: started, ended, and its JSON Lines taken apart.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include "harness.h"

#define READY_LIMIT_S 20

static void stderr_show(const struct trace *t)
{
	char *text = text_load(t->child.err);

	if (text && *text)
		print_message("# memtrace's stderr: %s\n", text);
	free(text);
}

/* doctor's line about a signal; asked once. */
static struct json_object *doctor_line(const char *signal)
{
	static struct trace doctor;
	struct json_object *o;

	if (!doctor.nlines) {
		assert_int_equal(trace_run(&doctor, ARGS("doctor", "-j"), 10), 0);
		trace_parse(&doctor, doctor.child.out);
		for (int i = 0; i < doctor.nlines; i++) /* beyond this test */
			json_object_get(doctor.lines[i]);
	}
	for (int i = 0; (o = trace_line(&doctor, "probe", i)); i++)
		if (!strcmp(json_str(o, "signal"), signal))
			return o;
	fail_msg("doctor says nothing of %s", signal);
	return NULL;
}

const char *signal_status(const char *signal)
{
	return json_str(doctor_line(signal), "status");
}

bool signal_is_served(const char *signal)
{
	return strcmp(signal_status(signal), "missing") != 0;
}

void need_signal(const char *signal)
{
	char text[512];

	snprintf(text, sizeof(text), "%s is missing: %.400s", signal,
		 json_str(doctor_line(signal), "reason"));
	need_kernel(signal_is_served(signal), text);
}

static void argv_make(const char *argv[64], const char *const *args)
{
	int n = 0;

	argv[n++] = memtrace_path();
	for (; *args; args++) {
		assert_true(n < 63);
		argv[n++] = *args;
	}
	argv[n] = NULL;
}

/* One byte on fd says that every probe is attached; the end of file, that it will not be. */
static bool ready_await(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char c;

	return poll(&p, 1, READY_LIMIT_S * 1000 * slack()) == 1 && read(fd, &c, 1) == 1;
}

void trace_spawn_as(struct trace *t, const char *const *args, const struct spawn *as)
{
	struct spawn s = *as;
	const char *argv[64];
	int ready[2];

	*t = (struct trace){.begun_s = now_s()};
	argv_make(argv, args);
	if (pipe2(ready, O_CLOEXEC))
		fail_msg("pipe: %s", strerror(errno));
	s.argv = argv;
	s.ready_fd = ready[1];
	child_start(&t->child, &s);
	close(ready[1]);
	t->ready_fd = ready[0];
}

void trace_spawn(struct trace *t, const char *const *args)
{
	trace_spawn_as(t, args, &(struct spawn){0});
}

void trace_await(struct trace *t)
{
	bool ok = ready_await(t->ready_fd);

	close(t->ready_fd);
	t->ready_s = now_s() - t->begun_s;
	if (!ok) {
		stderr_show(t);
		fail_msg("memtrace did not get ready");
	}
}

void trace_start(struct trace *t, const char *const *args)
{
	trace_spawn(t, args);
	trace_await(t);
}

int trace_run(struct trace *t, const char *const *args, double seconds)
{
	const char *argv[64];

	*t = (struct trace){0};
	argv_make(argv, args);
	child_start(&t->child, &(struct spawn){.argv = argv});
	return child_wait(&t->child, seconds);
}

void trace_wait(struct trace *t, double seconds, int status)
{
	int got = child_wait(&t->child, seconds);

	if (got != status) {
		stderr_show(t);
		fail_msg("memtrace ended with status %d, not %d", got, status);
	}
}

void traces_end(struct trace *t, int n)
{
	for (int i = 0; i < n; i++)
		kill(t[i].child.pid, SIGINT);
	for (int i = 0; i < n; i++) {
		trace_wait(&t[i], 20, 0);
		trace_parse(&t[i], t[i].child.out);
	}
}

void trace_end(struct trace *t)
{
	traces_end(t, 1);
}

/* Those of the running test. Reports are large, and the machine may have next to nothing. */
static struct json_object **parsed;
static size_t nparsed;
static struct json_object *answer; /* the latest of trace_line() */

void traces_free(void)
{
	for (size_t i = 0; i < nparsed; i++)
		json_object_put(parsed[i]);
	nparsed = 0;
	answer = NULL;
}

static void parsed_add(struct json_object *o)
{
	parsed = realloc(parsed, (nparsed + 1) * sizeof(*parsed));
	assert_non_null(parsed);
	parsed[nparsed++] = o;
}

static void line_add(struct trace *t, const char *line)
{
	struct json_tokener *tok = json_tokener_new_ex(32);
	struct json_object *o;

	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, line, -1);
	if (!o || !json_object_is_type(o, json_type_object))
		fail_msg("not a JSON object (%s): %.400s",
			 json_tokener_error_desc(json_tokener_get_error(tok)), line);
	json_tokener_free(tok);
	t->lines = realloc(t->lines, (t->nlines + 1) * sizeof(*t->lines));
	assert_non_null(t->lines);
	t->lines[t->nlines++] = o;
	parsed_add(o);
}

void trace_parse(struct trace *t, const char *path)
{
	json_lines_parse(t, path);
	for (int i = 0; i < t->nlines; i++) {
		struct json_object_iterator it = json_object_iter_begin(t->lines[i]);

		assert_true(json_object_object_length(t->lines[i]) > 0);
		assert_string_equal(json_object_iter_peek_name(&it), "type");
	}
}

void json_lines_parse(struct trace *t, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		fail_msg("cannot read %s", path);
	while ((n = getline(&line, &cap, f)) > 0) {
		if (line[n - 1] != '\n')
			fail_msg("the last line is cut: %.400s", line);
		line[n - 1] = '\0';
		line_add(t, line);
	}
	free(line);
	fclose(f);
}

struct json_object *trace_line(const struct trace *t, const char *type, int i)
{
	/* Most callers ask for one after the other: go on from the last answer. */
	static char of[32];
	static int last, at;
	int k = 0, n = 0;

	if (answer && at < t->nlines && t->lines[at] == answer && !strcmp(of, type) && i > last) {
		k = at + 1;
		n = last + 1;
	}
	for (; k < t->nlines; k++) {
		if (strcmp(json_str(t->lines[k], "type"), type) != 0 || n++ != i)
			continue;
		answer = t->lines[k];
		snprintf(of, sizeof(of), "%s", type);
		last = i;
		at = k;
		return t->lines[k];
	}
	return NULL;
}

static struct json_object *last_line(const struct trace *t)
{
	if (!t->nlines) {
		stderr_show(t);
		fail_msg("memtrace printed nothing");
	}
	return t->lines[t->nlines - 1];
}

struct json_object *trace_summary(const struct trace *t)
{
	assert_string_equal(json_str(last_line(t), "type"), "summary");
	return last_line(t);
}

struct json_object *trace_process(const struct trace *t, pid_t pid, int nth)
{
	struct json_object *list = json_list(trace_summary(t), "processes");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *p = json_object_array_get_idx(list, i);

		if (json_int(p, "pid") == pid && nth-- == 0)
			return p;
	}
	return NULL;
}

int64_t trace_signal(const struct trace *t, const char *signal, const char *what)
{
	struct json_object *signals = json_get(last_line(t), "signals");

	for (size_t i = 0; i < json_object_array_length(signals); i++) {
		struct json_object *o = json_object_array_get_idx(signals, i);

		if (!strcmp(json_str(o, "signal"), signal))
			return json_int(o, what);
	}
	fail_msg("no signal %s", signal);
	return -1;
}

const char *trace_probe(const struct trace *t, const char *signal, const char *what)
{
	struct json_object *list = json_get(last_line(t), "probes"), *o;

	for (int i = 0;
	     list ? i < (int)json_object_array_length(list) : trace_line(t, "probe", i) != NULL;
	     i++) {
		o = list ? json_object_array_get_idx(list, i) : trace_line(t, "probe", i);
		if (!strcmp(json_str(o, "signal"), signal))
			return json_str(o, what);
	}
	fail_msg("no signal %s", signal);
	return NULL;
}

int64_t trace_reconcile(const struct trace *t, const char *row, const char *side)
{
	struct json_object *rows = json_list(trace_summary(t), "reconcile");

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *o = json_object_array_get_idx(rows, i);

		if (!strcmp(json_str(o, "name"), row))
			return json_int(o, side);
	}
	fail_msg("no row \"%s\" in the reconciliation", row);
	return -1;
}

static int64_t numbers_add(struct json_object *o)
{
	int64_t sum = 0;

	if (json_object_is_type(o, json_type_int))
		return json_object_get_int64(o);
	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value)
		{
			/*
			 * Of processes and files that were gone too soon: a name, not an event. And
			 * parts of stalls, whose events came.
			 */
			if (strcmp(key, "names_unresolved") != 0 &&
			    strcmp(key, "causes_missed") != 0)
				sum += numbers_add(value);
		}
	}
	return sum;
}

int64_t trace_missed(const struct trace *t)
{
	return json_int(last_line(t), "lost.recursion_missed");
}

int64_t trace_lost(const struct trace *t)
{
	struct json_object *lost = json_get(last_line(t), "lost");

	if (!lost)
		fail_msg("the last line says nothing of losses: %.400s",
			 json_object_to_json_string_ext(last_line(t), JSON_C_TO_STRING_PLAIN));
	return numbers_add(lost);
}
