/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A part of a recording; its begin and its end; what is known of it before it is read.
 *
 * Layer: tests.
 */
#include "test_reader.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests_name("reader: parts", tests, setup, teardown);
}
