/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings read back: the same events, all of them, in the same order; a part of them; and files
 * that are none, or are spoilt.
 *
 * Layer: tests.
 */
#include "test_replay.h"
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>
#include "reader.h"
#include "test_rec.h"

#define EVENTS_MAX 20000

/* Events as they came, each in memory of its own. */
struct stream {
	struct ev_hdr *ev[EVENTS_MAX];
	int n;
};

static char dir[] = "/tmp/memtrace-test-reader-XXXXXX";
static char file[128];

static void stream_add(struct stream *s, const struct ev_hdr *ev)
{
	assert_true(s->n < EVENTS_MAX);
	s->ev[s->n] = malloc(ev->size);
	memcpy(s->ev[s->n++], ev, ev->size);
}

static void stream_free(struct stream *s)
{
	for (int i = 0; i < s->n; i++)
		free(s->ev[i]);
	s->n = 0;
}

static void take(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(event_check(ev, ev->size), 0);
	stream_add(ctx, ev);
}

static void stream_line(struct stream *s, const char *line)
{
	static uint64_t buf[2048];
	const char *error = "";
	int size = event_parse(line, buf, sizeof(buf), &error);

	if (size < 0)
		fail_msg("%s in: %s", error, line);
	stream_add(s, (const struct ev_hdr *)buf);
}

static void stream_load(struct stream *s, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[8192];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (line[0] != '#' && line[0] != '\n')
			stream_line(s, line);
	fclose(f);
}

static void stream_write_paged(const struct stream *s, const char *path, uint64_t key, int page)
{
	struct rec *r = rec_open_paged(path, page);

	r->key = key;
	for (int i = 0; i < s->n; i++)
		rec_event(r, s->ev[i]);
	rec_close(r);
}

static void stream_write(const struct stream *s, const char *path, uint64_t key)
{
	stream_write_paged(s, path, key, 4096);
}

/* What reader_run() gives; the error's words if there is one, else "". */
static const char *read_part(const char *path, uint64_t from, uint64_t to, struct stream *out,
			     uint64_t *bad)
{
	static char error[1024];
	struct reader_opts ro = {.from_ns = from, .to_ns = to, .fn = take, .ctx = out};
	struct reader *r;
	int err = reader_open(path, &r);

	if (!err)
		err = reader_run(r, &ro);
	snprintf(error, sizeof(error), "%s", reader_error(r));
	assert_int_equal(!err, !*error);
	if (bad)
		*bad = reader_bad_rows(r);
	reader_close(r);
	return error;
}

static void read_all(const char *path, struct stream *out)
{
	uint64_t bad;
	const char *error = read_part(path, 0, UINT64_MAX, out, &bad);

	if (*error)
		fail_msg("%s: %s", path, error);
	assert_int_equal(bad, 0);
}

static const struct ev_task_row *row_at(const struct stream *s, int i)
{
	return s->ev[i]->kind == EV_TASK ? (const struct ev_task_row *)s->ev[i] : NULL;
}

static int by_tid(const void *a, const void *b)
{
	const struct ev_task_row *ra = *(struct ev_task_row *const *)a;
	const struct ev_task_row *rb = *(struct ev_task_row *const *)b;

	if (ra->task.tid != rb->task.tid)
		return ra->task.tid < rb->task.tid ? -1 : 1;
	return ra->task.start_ns < rb->task.start_ns ? -1 : 1;
}

/* As the kernel's iterator gives them; fabricated streams are in any order. */
static void rows_sort(struct stream *s)
{
	for (int i = 0, k; i < s->n; i = k + 1) {
		for (k = i; k < s->n && row_at(s, k); k++)
			;
		qsort(&s->ev[i], (size_t)(k - i), sizeof(s->ev[0]), by_tid);
	}
}

static void streams_equal(const char *name, const struct stream *a, const struct stream *b)
{
	for (int i = 0; i < a->n && i < b->n; i++)
		if (a->ev[i]->size != b->ev[i]->size || memcmp(a->ev[i], b->ev[i], a->ev[i]->size))
			fail_msg("%s: event %d differs: kinds %d and %d, times %llu and %llu", name,
				 i, a->ev[i]->kind, b->ev[i]->kind,
				 (unsigned long long)a->ev[i]->time_ns,
				 (unsigned long long)b->ev[i]->time_ns);
	assert_int_equal(a->n, b->n);
}

static void golden_round(const char *name)
{
	struct stream in = {0}, out = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", GOLDEN_DIR, name);
	stream_load(&in, path);
	stream_write(&in, file, 0);
	rows_sort(&in);
	read_all(file, &out);
	streams_equal(name, &in, &out);
	stream_free(&in);
	stream_free(&out);
}

static void test_golden_streams_come_back_byte_for_byte(void **state)
{
	struct dirent *e;
	DIR *d = opendir(GOLDEN_DIR);
	int n = 0;

	(void)state;
	while ((e = readdir(d))) {
		if (!strstr(e->d_name, ".events"))
			continue;
		golden_round(e->d_name);
		n++;
	}
	closedir(d);
	assert_true(n >= 9);
}

static void error_has(const char *part)
{
	struct stream out = {0};
	const char *error = read_part(file, 0, UINT64_MAX, &out, NULL);

	if (!strstr(error, part))
		fail_msg("'%s' is not in: %s", part, error);
	stream_free(&out);
}

/* Pages. */

static void feed(void *ctx, const struct ev_hdr *ev)
{
	replay_event(ctx, ev);
}

static void page_is_golden(const char *recording, const char *name, const char *command, bool json)
{
	const struct command *c = command_named(command);
	struct reader_opts ro = {.to_ns = UINT64_MAX, .fn = feed};
	struct reader *reader;
	struct output out;
	struct replay r;
	char path[512];

	replay_begin(&r, c, json);
	ro.ctx = &r;
	if (reader_open(recording, &reader) || reader_run(reader, &ro))
		fail_msg("%s: %s", recording, reader_error(reader));
	reader_close(reader);
	out = replay_end(&r, c);
	snprintf(path, sizeof(path), "%s/%s.%s.%s", GOLDEN_DIR, name, command,
		 json ? "jsonl" : "txt");
	golden_compare(path, out.text);
	free(out.text);
}

static const struct {
	const char *name, *commands[4];
} pages[] = {
	{"squeeze", {"summary", "stalls", "faults", "swap"}},
	{"churn", {"summary", "swap"}},
	{"hostile", {"summary", "stalls", "swap", "oom"}},
	{"jitter", {"summary", "stalls"}},
	{"losses", {"summary", "faults", "swap", "oom"}},
	{"nothing", {"summary"}},
	{"old_kernel", {"summary", "doctor"}},
	{"oom", {"summary", "oom"}},
	{"ustacks", {"summary", "faults"}},
};

static void pages_are_golden(const char *recording, size_t i)
{
	for (int c = 0; c < 4 && pages[i].commands[c]; c++)
		for (int json = 0; json < 2; json++)
			page_is_golden(recording, pages[i].name, pages[i].commands[c], json);
}

/* Addresses of the kernel are other numbers in it, which makes no difference. */
static void test_pages_of_recordings_are_the_golden_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		struct stream in = {0};
		char path[512];

		snprintf(path, sizeof(path), "%s/%s.events", GOLDEN_DIR, pages[i].name);
		stream_load(&in, path);
		stream_write(&in, file, 0x1234567890abcdef);
		pages_are_golden(file, i);
		stream_free(&in);
	}
}

/* Made when the format was version 1, and never since: a later memtrace still reads them. */
static void test_kept_recordings_are_still_read(void **state)
{
	static const size_t kept[] = {0, 7};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kept); k++) {
		struct stream in = {0};
		char events[512], path[512];

		snprintf(events, sizeof(events), "%s/%s.events", GOLDEN_DIR, pages[kept[k]].name);
		snprintf(path, sizeof(path), "%s/%s.mtr", GOLDEN_DIR, pages[kept[k]].name);
		if (getenv("MEMTRACE_BLESS_RECORDINGS")) {
			stream_load(&in, events);
			stream_write_paged(&in, path, 0x1234567890abcdef, 512);
			stream_free(&in);
		}
		pages_are_golden(path, kept[k]);
	}
}

/* Ranges. */

/* Ten seconds, of which each has a stall, a row that changes and one that does not. */
static void ten_seconds(struct stream *s)
{
	char line[512];

	stream_line(s, "meta time_ns=100s realtime_ns=1795262400000000000 interval_ns=1s cpus=2");
	stream_line(s, "probe time_ns=100s signal=stall.direct status=ok");
	stream_line(s, "process time_ns=100s pid=7 start_ns=5 cmdline=\"/bin/lives\"");
	stream_line(s, "process time_ns=100s pid=8 start_ns=6 cmdline=\"/bin/goes\"");
	for (int t = 0; t <= 10; t++) {
		snprintf(line, sizeof(line), "cgroup time_ns=%ds id=%d path=/t%d", 100 + t, t + 1,
			 t);
		stream_line(s, line);
		snprintf(line, sizeof(line),
			 "task time_ns=%ds pid=7 tid=7 start_ns=5 comm=a leader=1 min_flt=%d "
			 "threads=1 state=S",
			 100 + t, 1000 * t + 1000);
		stream_line(s, line);
		snprintf(line, sizeof(line),
			 "task time_ns=%ds pid=8 tid=8 start_ns=6 comm=b leader=1 min_flt=5 "
			 "threads=1 "
			 "state=S",
			 100 + t);
		if (t < 3)
			stream_line(s, line);
		snprintf(line, sizeof(line),
			 "task time_ns=%ds pid=9 tid=9 start_ns=7 comm=c leader=1 min_flt=5 "
			 "threads=1 "
			 "state=S",
			 100 + t);
		stream_line(s, line);
		snprintf(line, sizeof(line), "counts time_ns=%ds direct.seen=%d", 100 + t, t);
		stream_line(s, line);
		snprintf(line, sizeof(line), "tick time_ns=%ds last=%d", 100 + t, t == 10);
		stream_line(s, line);
		snprintf(line, sizeof(line),
			 "stall time_ns=%dms pid=7 tid=7 start_ns=5 comm=a kind=direct "
			 "duration_ns=1ms",
			 (100 + t) * 1000 + 500);
		if (t < 10)
			stream_line(s, line);
	}
}

static int count_of(const struct stream *s, uint16_t kind)
{
	int n = 0;

	for (int i = 0; i < s->n; i++)
		n += s->ev[i]->kind == kind;
	return n;
}

static const struct ev_hdr *first_of(const struct stream *s, uint16_t kind)
{
	for (int i = 0; i < s->n; i++)
		if (s->ev[i]->kind == kind)
			return s->ev[i];
	fail_msg("no event of kind %d", kind);
	return NULL;
}

static void read_range(uint64_t from_s, uint64_t to_s, struct stream *out)
{
	const char *error = read_part(file, from_s * 1000000000, to_s * 1000000000, out, NULL);

	assert_string_equal(error, "");
}

static void test_part_begins_with_the_snapshot_before_it(void **state)
{
	struct stream in = {0}, out = {0};
	const struct ev_tick *tick;
	const struct ev_meta *meta;

	(void)state;
	ten_seconds(&in);
	stream_write(&in, file, 0);
	read_range(105, 108, &out);
	meta = (const void *)first_of(&out, EV_META);
	assert_int_equal(meta->hdr.time_ns, 105000000000);
	assert_int_equal(meta->realtime_ns, 1795262405000000000);
	assert_int_equal(count_of(&out, EV_PROBE), 1);
	assert_int_equal(count_of(&out, EV_CGROUP), 9);
	assert_int_equal(count_of(&out, EV_TICK), 4);
	assert_int_equal(count_of(&out, EV_STALL), 3);
	assert_int_equal(first_of(&out, EV_STALL)->time_ns, 105500000000);
	assert_int_equal(count_of(&out, EV_TASK), 8);
	assert_int_equal(((const struct ev_task_row *)first_of(&out, EV_TASK))->min_flt, 6000);
	tick = (const void *)out.ev[out.n - 1];
	assert_int_equal(tick->hdr.kind, EV_TICK);
	assert_int_equal(tick->hdr.time_ns, 108000000000);
	assert_int_equal(tick->last, 1);
	assert_int_equal(tick->reason, END_DURATION);
	/* Who had gone by then needs no name. */
	assert_int_equal(count_of(&out, EV_PROCESS), 1);
	assert_int_equal(((const struct ev_process *)first_of(&out, EV_PROCESS))->tgid, 7);
	stream_free(&in);
	stream_free(&out);
}

/* What was counted before is nobody's growth. */
static void test_part_counts_from_its_own_begin(void **state)
{
	struct stream in = {0}, out = {0};
	struct model_opts mo = {.max_processes = 64, .max_details = 8, .max_cgroups = 64};
	struct model *m = model_new(&mo);
	const struct process *p;

	(void)state;
	ten_seconds(&in);
	stream_write(&in, file, 0);
	read_range(104, 106, &out);
	for (int i = 0; i < out.n; i++)
		model_event(m, out.ev[i]);
	p = model_process(m, 7, 5);
	assert_non_null(p);
	assert_int_equal(p->min_flt_traced, 2000);
	assert_int_equal(model_counts(m, SIG_DIRECT).seen, 2);
	assert_int_equal(model_begin_ns(m), 104000000000);
	assert_string_equal(p->cmdline, "/bin/lives");
	assert_null(model_process(m, 8, 6));
	model_free(m);
	stream_free(&in);
	stream_free(&out);
}

static void test_any_part_is_what_the_whole_has_there(void **state)
{
	struct stream in = {0}, whole = {0};

	(void)state;
	ten_seconds(&in);
	stream_write(&in, file, 0);
	read_all(file, &whole);
	for (uint64_t from = 100; from < 110; from++) {
		for (uint64_t to = from + 1; to <= 111; to++) {
			struct stream out = {0};
			int stalls = 0;

			read_range(from, to, &out);
			for (int i = 0; i < whole.n; i++)
				stalls += whole.ev[i]->kind == EV_STALL &&
					  whole.ev[i]->time_ns > from * 1000000000 &&
					  whole.ev[i]->time_ns < to * 1000000000;
			assert_int_equal(count_of(&out, EV_STALL), stalls);
			assert_int_equal(((struct ev_tick *)out.ev[out.n - 1])->last, 1);
			stream_free(&out);
		}
	}
	stream_free(&in);
	stream_free(&whole);
}

/* A name told before it comes with the first fault that needs it; others do not come. */
static void test_part_has_names_of_the_files_it_faults_on(void **state)
{
	struct stream in = {0}, out = {0};
	struct rec *w = rec_open(file);
	char line[256];
	int i;

	(void)state;
	ten_seconds(&in);
	for (i = 0; i < 10; i++)
		rec_event(w, in.ev[i]);
	stream_line(&in, "file time_ns=1s ino=5 dev_major=8 path=/old");
	stream_line(&in, "file time_ns=1s ino=5 dev_major=8 path=/lib/new");
	stream_line(&in, "file time_ns=1s ino=6 dev_major=8 path=/lib/other");
	for (int k = in.n - 3; k < in.n; k++)
		rec_event(w, in.ev[k]);
	for (; i < in.n - 3; i++) {
		rec_event(w, in.ev[i]);
		if (in.ev[i]->kind != EV_STALL)
			continue;
		snprintf(line, sizeof(line),
			 "fault time_ns=%llu pid=7 tid=7 start_ns=5 ino=5 dev_major=8 file=new "
			 "duration_ns=5us",
			 (unsigned long long)in.ev[i]->time_ns);
		stream_line(&out, line);
		rec_event(w, out.ev[out.n - 1]);
	}
	rec_close(w);
	stream_free(&out);
	read_range(105, 108, &out);
	assert_int_equal(count_of(&out, EV_FAULT), 3);
	assert_int_equal(count_of(&out, EV_FILE), 1);
	assert_string_equal(((const struct ev_file *)first_of(&out, EV_FILE))->path, "/lib/new");
	stream_free(&in);
	stream_free(&out);
}

static void test_recording_of_less_than_a_snapshot(void **state)
{
	struct stream in = {0}, out = {0};

	(void)state;
	ten_seconds(&in);
	while (in.n > 2)
		free(in.ev[--in.n]);
	stream_write(&in, file, 0);
	read_all(file, &out);
	assert_int_equal(out.n, 3);
	assert_int_equal(((struct ev_tick *)out.ev[2])->last, 1);
	stream_free(&out);
	free(in.ev[--in.n]);
	free(in.ev[--in.n]);
	stream_write(&in, file, 0);
	error_has("holds no events (yet)");
}

/* Killed: events after the last snapshot are there, and a tick ends them; of the snapshot that was
 * not complete there are no rows. */
static void test_recording_without_an_end_gets_one(void **state)
{
	struct stream in = {0}, out = {0};
	const struct ev_tick *tick;
	struct reader *r;

	(void)state;
	ten_seconds(&in);
	/* Up to the task rows of the last snapshot. */
	while (in.ev[in.n - 1]->kind != EV_TASK)
		free(in.ev[--in.n]);
	stream_write(&in, file, 0);
	read_all(file, &out);
	assert_int_equal(count_of(&out, EV_STALL), 10);
	assert_int_equal(count_of(&out, EV_TICK), 11);
	assert_int_equal(count_of(&out, EV_TASK), 2 * 10 + 3);
	tick = (const void *)out.ev[out.n - 1];
	assert_int_equal(tick->last, 1);
	assert_int_equal(tick->reason, END_NONE);
	assert_int_equal(tick->hdr.time_ns, 110000000000); /* of a cgroup's name */
	assert_int_equal(reader_open(file, &r), 0);
	assert_false(reader_info(r)->ended);
	reader_close(r);
	stream_free(&in);
	stream_free(&out);
}

static void stop_at_third(void *ctx, const struct ev_hdr *ev)
{
	struct {
		struct reader *r;
		struct stream out;
	} *c = ctx;

	stream_add(&c->out, ev);
	if (ev->kind == EV_TICK)
		reader_stop(c->r);
}

static void test_stopped_it_ends_in_good_order(void **state)
{
	struct {
		struct reader *r;
		struct stream out;
	} c = {0};
	struct reader_opts ro = {.to_ns = UINT64_MAX, .fn = stop_at_third, .ctx = &c};
	struct stream in = {0};

	(void)state;
	ten_seconds(&in);
	stream_write(&in, file, 0);
	assert_int_equal(reader_open(file, &c.r), 0);
	assert_int_equal(reader_run(c.r, &ro), 0);
	assert_int_equal(((struct ev_tick *)c.out.ev[c.out.n - 1])->last, 1);
	reader_close(c.r);
	stream_free(&in);
	stream_free(&c.out);
}

static void test_wall_time_goes_with_the_clock_that_was_set(void **state)
{
	struct stream in = {0};
	struct reader *r;

	(void)state;
	ten_seconds(&in);
	stream_line(&in, "clock time_ns=105s realtime_ns=1795266000000000000");
	stream_write(&in, file, 0);
	assert_int_equal(reader_open(file, &r), 0);
	assert_int_equal(reader_info(r)->first_ns, 100000000000);
	assert_int_equal(reader_info(r)->last_ns, 110000000000);
	assert_int_equal(reader_wall_ns(r, 104000000000), 1795262404000000000);
	assert_int_equal(reader_wall_ns(r, 106000000000), 1795266001000000000);
	assert_int_equal(reader_boottime_ns(r, 1795262404000000000), 104000000000);
	assert_int_equal(reader_boottime_ns(r, 1795266001000000000), 106000000000);
	/* A time that the clock never showed. */
	assert_int_equal(reader_boottime_ns(r, 1795262500000000000), 105000000000);
	assert_int_equal(reader_boottime_ns(r, 1795262399000000000), 99000000000);
	reader_close(r);
	stream_free(&in);
}

static void test_what_was_asked_is_told(void **state)
{
	struct rec *w = rec_open(file);
	const struct run_info *run;
	struct stream in = {0};
	struct reader *r;

	(void)state;
	ten_seconds(&in);
	for (int i = 0; i < in.n; i++)
		rec_event(w, in.ev[i]);
	rec_run(w, "watching", "process 7,9");
	rec_run(w, "pids", "7,9");
	rec_run(w, "uid", "0");
	rec_run(w, "kernel_stacks", "1");
	rec_run(w, "churn_ns", "5000000000");
	rec_run(w, "of a newer memtrace", "whatever");
	rec_close(w);
	assert_int_equal(reader_open(file, &r), 0);
	run = &reader_info(r)->run;
	assert_string_equal(run->watching, "process 7,9");
	assert_null(run->program);
	assert_int_equal(run->npids, 2);
	assert_int_equal(run->pids[1], 9);
	assert_true(run->has_uid && run->uid == 0);
	assert_true(run->kernel_stacks && !run->user_stacks);
	assert_int_equal(run->churn_ns, 5000000000);
	assert_true(reader_info(r)->ended);
	reader_close(r);
	stream_free(&in);
}

static void test_why_it_ended_is_told(void **state)
{
	struct rec *w = rec_open(file);
	struct stream in = {0};
	struct reader *r;

	(void)state;
	ten_seconds(&in);
	for (int i = 0; i < in.n; i++)
		rec_event(w, in.ev[i]);
	rec_run(w, "stopped", "the disk is full");
	rec_run(w, "unrecorded", "17");
	rec_close(w);
	assert_int_equal(reader_open(file, &r), 0);
	assert_string_equal(reader_info(r)->stopped, "the disk is full");
	assert_int_equal(reader_info(r)->unrecorded, 17);
	reader_close(r);
	stream_write(&in, file, 0);
	assert_int_equal(reader_open(file, &r), 0);
	assert_null(reader_info(r)->stopped);
	assert_int_equal(reader_info(r)->unrecorded, 0);
	reader_close(r);
	stream_free(&in);
}

/* Files that are not as we make them. */

static void file_make(void)
{
	struct stream in = {0};

	ten_seconds(&in);
	stream_write(&in, file, 0);
	stream_free(&in);
}

/* Changes the recording, with what stands in the way of that taken out. */
static void file_change(const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}

static void views_drop(void)
{
	char sql[128];

	for (int i = 0; i < store_nviews; i++) {
		snprintf(sql, sizeof(sql), "DROP VIEW \"%s\"", store_views[i].name);
		file_change(sql);
	}
}

static void test_older_recording_lacks_columns_and_tables(void **state)
{
	struct stream out = {0};

	(void)state;
	file_make();
	views_drop();
	file_change(
		"ALTER TABLE stall DROP COLUMN duration_ns; ALTER TABLE host DROP COLUMN pgfault;"
		"ALTER TABLE stall ADD COLUMN of_tomorrow INTEGER; DROP TABLE kmsg;"
		"DROP TABLE stall_more; DROP TABLE keyframe; DROP TABLE run;"
		"CREATE TABLE of_tomorrow (seq INTEGER PRIMARY KEY);"
		"INSERT INTO host (seq, time_ns, cpu, pgmajfault) VALUES (100000, 1, 0, 7)");
	read_all(file, &out);
	assert_int_equal(count_of(&out, EV_STALL), 10);
	assert_int_equal(count_of(&out, EV_TASK), 3 * 3 + 8 * 2);
	assert_int_equal(((const struct ev_stall *)first_of(&out, EV_STALL))->duration_ns, 0);
	assert_true(((const struct ev_host *)first_of(&out, EV_HOST))->value[HOST_PGFAULT] ==
		    EV_ABSENT);
	stream_free(&out);
}

static void test_newer_recording_is_refused(void **state)
{
	(void)state;
	file_make();
	file_change("PRAGMA user_version=77");
	error_has("was recorded by a newer memtrace: its format is 77, this memtrace");
	file_change("PRAGMA user_version=1; PRAGMA application_id=5");
	error_has("is no recording of memtrace (another program's SQLite file)");
}

static uint64_t bad_rows_of(struct stream *out)
{
	uint64_t bad;

	assert_string_equal(read_part(file, 0, UINT64_MAX, out, &bad), "");
	return bad;
}

static void test_rows_that_are_no_events_are_counted(void **state)
{
	static const char *const spoils[] = {
		"INSERT INTO stall (seq, kind) VALUES (50000, 99)",
		"INSERT INTO stall (seq, kind) VALUES (50000, -1)",
		"INSERT INTO stall (seq) VALUES (50000)", /* NULLs where there are numbers */
		"INSERT INTO cgroup (seq, time_ns, id, cpu) VALUES (50000, 1, 1, 0)",
		"INSERT INTO cgroup VALUES (50000, 1, 1, 0, 5)",
		"INSERT INTO cgroup VALUES (50000, 1, 1, 0, zeroblob(70000))",
		"UPDATE stall SET thread = 987654 WHERE seq = (SELECT min(seq) FROM stall)",
		"UPDATE thread SET comm = 5",
		"UPDATE thread SET comm = zeroblob(17)",
		"UPDATE thread SET pid = -1",
		"DELETE FROM thread",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
		struct stream out = {0};

		file_make();
		file_change(spoils[i]);
		if (!bad_rows_of(&out))
			fail_msg("no bad rows: %s", spoils[i]);
		assert_true(((struct ev_tick *)out.ev[out.n - 1])->last);
		stream_free(&out);
	}
}

static void test_wrong_types_are_counted_where_no_schema_refuses_them(void **state)
{
	static const char *const values[] = {"'text'", "1.5", "x'00'", "NULL",
					     "9223372036854775807"};
	struct stream out = {0};
	char sql[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		file_make();
		snprintf(sql, sizeof(sql),
			 "DROP TABLE oom_reap; CREATE TABLE oom_reap (seq INTEGER PRIMARY KEY, "
			 "time_ns, pid); INSERT INTO oom_reap VALUES (5, 5, %s)",
			 values[i]);
		file_change(sql);
		assert_int_equal(bad_rows_of(&out), 1);
		stream_free(&out);
	}
}

static void test_what_is_no_table_is_refused(void **state)
{
	static const char *const spoils[] = {
		"CREATE VIEW kmsg AS SELECT * FROM tick",
		"CREATE TABLE kmsg (seq PRIMARY KEY, time_ns) WITHOUT ROWID",
		"CREATE TABLE kmsg (seq INTEGER PRIMARY KEY, _rowid_, time_ns)",
		"CREATE TABLE kmsg (seq, oid, time_ns)",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
		file_make();
		views_drop();
		file_change("DROP TABLE kmsg");
		file_change(spoils[i]);
		error_has("its table kmsg is none that memtrace makes");
	}
}

/* Not even looked at: what they would do might take for ever. */
static void test_generated_columns_and_triggers_are_left_alone(void **state)
{
	struct stream out = {0};

	(void)state;
	file_make();
	views_drop();
	file_change("DROP TABLE oom_reap; CREATE TABLE oom_reap (seq INTEGER PRIMARY KEY, time_ns, "
		    "stage AS (77), pid INTEGER AS (length(zeroblob(1000))) VIRTUAL, cpu);"
		    "INSERT INTO oom_reap VALUES (5, 5, 0);"
		    "CREATE TRIGGER t AFTER INSERT ON tick BEGIN DELETE FROM tick; END");
	assert_int_equal(bad_rows_of(&out), 0);
	assert_int_equal(count_of(&out, EV_OOM_REAP), 1);
	assert_int_equal(((const struct ev_oom_reap *)first_of(&out, EV_OOM_REAP))->pid, 0);
	stream_free(&out);
}

static void test_huge_text_is_refused_not_loaded(void **state)
{
	(void)state;
	file_make();
	file_change("INSERT INTO cgroup VALUES (50000, 1, 1, 0, zeroblob(200000000))");
	error_has("asks for more memory than any recording needs");
}

static void test_row_with_the_seq_of_its_tick_ends(void **state)
{
	struct stream out = {0};

	(void)state;
	file_make();
	file_change("UPDATE task SET seq = (SELECT min(t.seq) FROM tick t WHERE t.seq > task.seq) "
		    "WHERE seq = (SELECT max(seq) FROM task)");
	bad_rows_of(&out);
	stream_free(&out);
}

/* What is at a path and is no recording. */
static void test_each_thing_that_is_no_recording_is_named(void **state)
{
	struct stat st;

	(void)state;
	unlink(file);
	error_has("No such file");
	assert_int_equal(mkdir(file, 0700), 0);
	error_has("is a directory");
	rmdir(file);
	assert_int_equal(mkfifo(file, 0600), 0);
	error_has("is no file");
	unlink(file);
	file_write(file, "");
	error_has("is empty: nothing was recorded");
	file_write(file, "SQLite format 3");
	error_has("(no SQLite file)");
	file_write(file,
		   "A text that is long enough to hold the header of a database, which is of one "
		   "hundred bytes, I think.");
	error_has("(no SQLite file)");
	file_make();
	stat(file, &st);
	assert_int_equal(truncate(file, st.st_size - 1), 0);
	error_has("is cut short: it has ");
	if (geteuid())
		return;
	file_make();
	chmod(file, 0600);
	chmod(dir, 0755);
	assert_int_equal(seteuid(65534), 0);
	error_has("no permission to read");
	error_has("sudo chown");
	assert_int_equal(seteuid(0), 0);
}

/* As kill -9 leaves it; and copied without its FILE-wal. */
static void test_log_beside_the_file_is_read_or_missed(void **state)
{
	char command[1024], wal[160];
	struct stream out = {0};
	struct reader *r;
	sqlite3 *db;

	(void)state;
	file_make();
	snprintf(wal, sizeof(wal), "%s-wal", file);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "PRAGMA journal_mode=WAL; UPDATE tick SET last = 0;"
				      "DELETE FROM stall WHERE seq > 30",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	snprintf(command, sizeof(command), "cp %s %s.k && cp %s %s.k-wal", file, file, wal, file);
	assert_int_equal(system(command), 0);
	sqlite3_close(db);
	snprintf(command, sizeof(command), "mv %s.k %s && mv %s.k-wal %s", file, file, file, wal);
	assert_int_equal(system(command), 0);
	chmod(dir, 0555);
	read_all(file, &out);
	assert_true(count_of(&out, EV_STALL) < 10);
	stream_free(&out);
	chmod(dir, 0755);
	unlink(wal);
	assert_int_equal(reader_open(file, &r), 0);
	assert_false(reader_info(r)->wal_missing); /* its last tick is in the file */
	reader_close(r);
	read_all(file, &out);
	assert_int_equal(count_of(&out, EV_STALL), 10);
	stream_free(&out);
	unlink(file);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/a.mtr", dir);
	return 0;
}

static int teardown(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_streams_come_back_byte_for_byte),
		cmocka_unit_test(test_pages_of_recordings_are_the_golden_ones),
		cmocka_unit_test(test_kept_recordings_are_still_read),
		cmocka_unit_test(test_part_begins_with_the_snapshot_before_it),
		cmocka_unit_test(test_part_counts_from_its_own_begin),
		cmocka_unit_test(test_any_part_is_what_the_whole_has_there),
		cmocka_unit_test(test_part_has_names_of_the_files_it_faults_on),
		cmocka_unit_test(test_recording_of_less_than_a_snapshot),
		cmocka_unit_test(test_recording_without_an_end_gets_one),
		cmocka_unit_test(test_stopped_it_ends_in_good_order),
		cmocka_unit_test(test_wall_time_goes_with_the_clock_that_was_set),
		cmocka_unit_test(test_what_was_asked_is_told),
		cmocka_unit_test(test_why_it_ended_is_told),
		cmocka_unit_test(test_older_recording_lacks_columns_and_tables),
		cmocka_unit_test(test_newer_recording_is_refused),
		cmocka_unit_test(test_rows_that_are_no_events_are_counted),
		cmocka_unit_test(test_wrong_types_are_counted_where_no_schema_refuses_them),
		cmocka_unit_test(test_what_is_no_table_is_refused),
		cmocka_unit_test(test_generated_columns_and_triggers_are_left_alone),
		cmocka_unit_test(test_huge_text_is_refused_not_loaded),
		cmocka_unit_test(test_row_with_the_seq_of_its_tick_ends),
		cmocka_unit_test(test_each_thing_that_is_no_recording_is_named),
		cmocka_unit_test(test_log_beside_the_file_is_read_or_missed),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("reader", tests, setup, teardown);
}
