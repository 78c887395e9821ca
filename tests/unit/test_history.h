/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model with a flight recorder, what it is fed, and the report that it is asked for.
 *
 * Layer: tests. Included by one program's only file.
 */
#ifndef TEST_HISTORY_H
#define TEST_HISTORY_H

#include "test_model_events.h"
#include "history_impl.h"

#define PAGE 4096ULL
#define MIB  (1ULL << 20)
#define GRP  77 /* a cgroup */

static struct report report;

static inline struct model_opts opts_of(size_t processes, size_t bytes, uint64_t history_s)
{
	struct model_opts opts = default_opts;

	opts.max_processes = processes;
	opts.history_bytes = bytes;
	opts.history_ns = history_s * SEC;
	return opts;
}

static inline struct model *recorder(size_t processes, size_t bytes, uint64_t history_s)
{
	struct model_opts opts = opts_of(processes, bytes, history_s);
	struct model *m = model_new(&opts);
	struct ev_meta ev = {.hdr = HDR(EV_META, struct ev_meta, 0),
			     .page_size = PAGE,
			     .interval_ns = SEC,
			     .mem_total_bytes = 1024 * MIB,
			     .cgroup_version = 2};

	assert_non_null(m);
	model_event(m, &ev.hdr);
	return m;
}

/* A process with so much of each kind; pages. */
static inline void feed_sized(struct model *m, struct ev_task t, uint64_t time, uint64_t anon,
			      uint64_t file, uint64_t shmem, uint64_t swap)
{
	struct ev_task_row r = row(t, time, 0, 0);

	r.anon_rss_bytes = anon * PAGE;
	r.file_rss_bytes = file * PAGE;
	r.shmem_rss_bytes = shmem * PAGE;
	r.swap_bytes = swap * PAGE;
	feed_row(m, r);
}

static inline void feed_anon(struct model *m, struct ev_task t, uint64_t time, uint64_t mib)
{
	feed_sized(m, t, time, mib * MIB / PAGE, 0, 0, 0);
}

static inline struct ev_task process(uint32_t pid)
{
	char comm[EV_COMM_LEN];

	snprintf(comm, sizeof(comm), "p%u", pid);
	return task(pid, pid, OLD, comm);
}

/* Second i of a run, its tick at its end. */
static inline uint64_t at(int i)
{
	return (uint64_t)i * SEC + 1;
}

/* The report of a kill of v at a time, as the caller of history_report() prepares it. */
static struct oom_record kill_record;

static inline void report_prepare(struct ev_task v, uint64_t kill, uint64_t to)
{
	kill_record = (struct oom_record){.kill.hdr.time_ns = BEGIN_NS + kill};
	memset(&report, 0x5a, sizeof(report)); /* nothing may be taken for granted */
	report.reason = REPORT_OOM;
	report.from_ns = BEGIN_NS + kill > 60 * SEC ? BEGIN_NS + kill - 60 * SEC : 0;
	report.to_ns = BEGIN_NS + to;
	report.first_ns = report.last_ns = BEGIN_NS + kill;
	report.nkills = 1;
	report.ncgroups = 0;
	report.kills[0] = (struct report_kill){
		.rec = &kill_record,
		.time_ns = BEGIN_NS + kill,
		.victim = {.pid = v.tgid, .start_ns = v.start_ns},
	};
	comm_copy(report.kills[0].victim.comm, v.comm);
}

static inline void report_kill(struct model *m, struct ev_task v, uint64_t kill, uint64_t to)
{
	report_prepare(v, kill, to);
	history_report(m, &report);
}

static inline void kill_sizes(uint64_t anon_mib, uint64_t swap_mib)
{
	kill_record.anon_rss_bytes = anon_mib * MIB;
	kill_record.swap_bytes = swap_mib * MIB;
	kill_record.kill.sized = 1;
}

static inline const struct grower *grower_find(uint32_t pid)
{
	for (int i = 0; i < report.ngrowers; i++) {
		if (report.growers[i].who.pid == pid)
			return &report.growers[i];
	}
	return NULL;
}

#endif
