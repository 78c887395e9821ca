/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fabricated events for the tests of the model: each function builds one and feeds it.
 *
 * Layer: tests. Times are in ns after BEGIN_NS, where the stream begins.
 */
#ifndef TEST_MODEL_EVENTS_H
#define TEST_MODEL_EVENTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "model.h"

#define BEGIN_NS 1000000000000ULL
#define SEC	 1000000000ULL
#define MSEC	 1000000ULL
#define OLD	 1000ULL /* the start of a process that is older than the trace */

#define HDR(k, type, t)                                                                            \
	{                                                                                          \
		.kind = (k), .size = sizeof(type), .time_ns = BEGIN_NS + (t)                       \
	}

static const struct model_opts default_opts = {
	.max_processes = 1024,
	.max_details = 64,
	.max_files = 64,
	.max_cgroups = 64,
	.max_ooms = 8,
};

static inline void feed_meta(struct model *m)
{
	struct ev_meta ev = {.hdr = HDR(EV_META, struct ev_meta, 0), .page_size = 4096};

	model_event(m, &ev.hdr);
}

static inline struct model *model_begin(const struct model_opts *opts)
{
	struct model *m = model_new(opts);

	assert_non_null(m);
	feed_meta(m);
	return m;
}

static inline struct ev_task task(uint32_t tgid, uint32_t tid, uint64_t start_ns, const char *comm)
{
	struct ev_task t = {.tgid = tgid, .tid = tid, .start_ns = start_ns};

	for (int i = 0; i < EV_COMM_LEN && comm[i]; i++)
		t.comm[i] = comm[i];
	return t;
}

/* The leader's row of a process with one thread. */
static inline struct ev_task_row row(struct ev_task t, uint64_t time, uint64_t min, uint64_t maj)
{
	return (struct ev_task_row){
		.hdr = HDR(EV_TASK, struct ev_task_row, time),
		.task = t,
		.min_flt = min,
		.maj_flt = maj,
		.leader = t.tid == t.tgid,
		.sized = t.tid == t.tgid,
		.threads = t.tid == t.tgid,
		.state = t.tid == t.tgid ? 'S' : 0,
	};
}

static inline void feed_row(struct model *m, struct ev_task_row r)
{
	model_event(m, &r.hdr);
}

static inline struct ev_exit exit_event(struct ev_task t, uint64_t time, uint64_t min, uint64_t maj,
					bool group_dead)
{
	return (struct ev_exit){
		.hdr = HDR(EV_EXIT, struct ev_exit, time),
		.task = t,
		.min_flt = min,
		.maj_flt = maj,
		.group_dead = group_dead,
	};
}

static inline void feed_exit(struct model *m, struct ev_exit e)
{
	model_event(m, &e.hdr);
}

static inline struct ev_stall stall(struct ev_task t, uint64_t time, uint64_t duration, int kind)
{
	return (struct ev_stall){
		.hdr = HDR(EV_STALL, struct ev_stall, time),
		.task = t,
		.duration_ns = duration,
		.kind = (uint32_t)kind,
	};
}

static inline void feed_stall(struct model *m, struct ev_stall s)
{
	model_event(m, &s.hdr);
}

static inline struct ev_fault fault(struct ev_task t, uint64_t time, uint64_t duration, int class)
{
	return (struct ev_fault){
		.hdr = HDR(EV_FAULT, struct ev_fault, time),
		.task = t,
		.duration_ns = duration,
		.class = (uint32_t) class,
	};
}

static inline void feed_fault(struct model *m, struct ev_fault f)
{
	model_event(m, &f.hdr);
}

static inline void feed_swapout(struct model *m, struct ev_task t, uint64_t time, uint64_t anon,
				uint64_t file)
{
	struct ev_swapout ev = {
		.hdr = HDR(EV_SWAPOUT, struct ev_swapout, time),
		.task = t,
		.anon_pages = anon,
		.file_pages = file,
	};

	model_event(m, &ev.hdr);
}

static inline void feed_tick(struct model *m, uint64_t time)
{
	struct ev_tick ev = {.hdr = HDR(EV_TICK, struct ev_tick, time)};

	model_event(m, &ev.hdr);
}

static inline void feed_probe(struct model *m, const char *signal, uint32_t status)
{
	struct ev_probe ev = {.hdr = HDR(EV_PROBE, struct ev_probe, 0), .status = status};

	snprintf(ev.signal, sizeof(ev.signal), "%s", signal);
	model_event(m, &ev.hdr);
}

/* An event that ends in text. */
static inline void feed_text(struct model *m, struct ev_hdr *fixed, size_t size, const char *text)
{
	size_t len = strlen(text) + 1, whole = (size + len + 7) & ~(size_t)7;
	char *ev = calloc(1, whole);

	fixed->size = (uint32_t)whole;
	memcpy(ev, fixed, size);
	memcpy(ev + size, text, len);
	model_event(m, (struct ev_hdr *)ev);
	free(ev);
}

static inline void feed_cgroup(struct model *m, uint64_t id, const char *path)
{
	struct ev_cgroup ev = {.hdr = HDR(EV_CGROUP, ev, 0), .id = id};

	feed_text(m, &ev.hdr, sizeof(ev), path);
}

static inline void feed_cmdline(struct model *m, struct ev_task t, const char *cmdline)
{
	struct ev_process ev = {
		.hdr = HDR(EV_PROCESS, ev, 0), .tgid = t.tgid, .start_ns = t.start_ns};

	feed_text(m, &ev.hdr, sizeof(ev), cmdline);
}

static inline void feed_file(struct model *m, uint32_t major, uint32_t minor, uint64_t ino,
			     const char *path)
{
	struct ev_file ev = {
		.hdr = HDR(EV_FILE, ev, 0), .dev_major = major, .dev_minor = minor, .ino = ino};

	feed_text(m, &ev.hdr, sizeof(ev), path);
}

static inline void feed_kmsg(struct model *m, uint64_t time, const char *text)
{
	struct ev_kmsg ev = {.hdr = HDR(EV_KMSG, ev, time)};

	feed_text(m, &ev.hdr, sizeof(ev), text);
}

static inline void feed_host(struct model *m, uint64_t time, const struct ev_host *values)
{
	struct ev_host ev = *values;

	ev.hdr = (struct ev_hdr)HDR(EV_HOST, ev, time);
	model_event(m, &ev.hdr);
}

static inline void feed_counts(struct model *m, uint64_t time, const struct ev_counters *values)
{
	struct ev_counters ev = *values;

	ev.hdr = (struct ev_hdr)HDR(EV_COUNTS, ev, time);
	model_event(m, &ev.hdr);
}

/* All counters absent. */
static inline struct ev_host host_absent(void)
{
	struct ev_host ev;

	for (int i = 0; i < HOST_COUNTERS; i++)
		ev.value[i] = EV_ABSENT;
	return ev;
}

#endif
