/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fabricated OOM kills for the tests of episodes and reports: the probe's events, and dumps of the
 * kernel log line by line.
 *
 * Layer: tests.
 */
#ifndef TEST_OOM_EVENTS_H
#define TEST_OOM_EVENTS_H

#include <signal.h>
#include "test_model_events.h"

#define KB     1024ULL
#define MB     (1024 * KB)
#define PAGE   4096ULL
#define SETTLE (2 * SEC)

#define HEADER_RSS                                                                                 \
	"[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"
#define HEADER_KINDS                                                                               \
	"[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes "      \
	"swapents oom_score_adj name"

/* Reports are about kills here, not about what led up to them. */
static const struct model_opts report_opts = {
	.max_processes = 4096,
	.max_details = 64,
	.max_files = 64,
	.max_cgroups = 64,
	.max_ooms = 128,
	.max_stacks = 16,
	.history_ns = 60 * SEC,
	.history_bytes = 4 << 20,
};

static inline struct ev_oom_kill kill_event(struct ev_task victim, struct ev_task trigger,
					    uint64_t time)
{
	return (struct ev_oom_kill){
		.hdr = HDR(EV_OOM_KILL, struct ev_oom_kill, time),
		.task = trigger,
		.victim = victim,
		.total_vm_bytes = 9000 * KB,
		.anon_rss_bytes = 8000 * KB,
		.swap_bytes = 77 * KB,
		.sized = 1,
		.at_limit = 1,
	};
}

static inline void feed_kill(struct model *m, struct ev_oom_kill kill)
{
	model_event(m, &kill.hdr);
}

static inline void feed_reap(struct model *m, uint32_t pid, uint64_t time, uint32_t stage)
{
	struct ev_oom_reap ev = {.hdr = HDR(EV_OOM_REAP, ev, time), .pid = pid, .stage = stage};

	model_event(m, &ev.hdr);
}

static inline void feed_death(struct model *m, struct ev_task t, uint64_t time, uint32_t code)
{
	struct ev_exit e = exit_event(t, time, 0, 0, true);

	e.exit_code = code;
	feed_exit(m, e);
}

static inline void feed_killed(struct model *m, uint64_t time, uint32_t pid, const char *comm)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "Memory cgroup out of memory: Killed process %u (%s) total-vm:9000kB, "
		 "anon-rss:8000kB, file-rss:3kB, shmem-rss:4kB, UID:1000 pgtables:60kB "
		 "oom_score_adj:0",
		 pid, comm);
	feed_kmsg(m, time, line);
}

static inline void feed_invoked(struct model *m, uint64_t time)
{
	feed_kmsg(m, time,
		  "trigger invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		  "oom_score_adj=0");
	feed_kmsg(m, time, "CPU: 1 UID: 0 PID: 4242 Comm: trigger Not tainted 6.18.0 #1 NONE");
}

static inline void feed_constraint(struct model *m, uint64_t time, uint32_t pid, const char *comm)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
		 "oom_memcg=/mt,task_memcg=/mt/a,task=%s,pid=%u,uid=1000",
		 comm, pid);
	feed_kmsg(m, time, line);
}

/* All the log says of a kill, without what a test adds itself. */
static inline void feed_log(struct model *m, uint64_t time, uint32_t pid, const char *comm)
{
	feed_invoked(m, time);
	feed_kmsg(m, time, "memory: usage 65536kB, limit 65536kB, failcnt 12");
	feed_kmsg(m, time, "swap: usage 1024kB, limit 9007199254740988kB, failcnt 0");
	feed_constraint(m, time, pid, comm);
	feed_killed(m, time, pid, comm);
}

static inline void feed_back(struct model *m, uint64_t time, uint64_t kill_time, uint64_t cgroup)
{
	struct ev_oom_back ev = {.hdr = HDR(EV_OOM_BACK, ev, time),
				 .kill_ns = BEGIN_NS + kill_time,
				 .cgroup = cgroup};

	model_event(m, &ev.hdr);
}

static inline struct ev_vm vm_absent(void)
{
	struct ev_vm ev;

	memset(&ev, 0xff, sizeof(ev));
	ev.hdr = (struct ev_hdr)HDR(EV_VM, ev, 0);
	return ev;
}

/* A kill from the probe to the exit and the log's line about it; room again after it. */
static inline void feed_story(struct model *m, uint32_t pid, uint64_t time)
{
	struct ev_task v = task(pid, pid, OLD + pid, "victim"), t = task(7, 8, OLD, "trigger");

	feed_kill(m, kill_event(v, t, time));
	feed_log(m, time + MSEC, pid, "victim");
	feed_death(m, v, time + 2 * MSEC, SIGKILL);
}

/* A row of a process with sizes. */
static inline void feed_sized(struct model *m, struct ev_task t, uint64_t time, uint64_t anon)
{
	struct ev_task_row r = row(t, time, 1, 0);

	r.anon_rss_bytes = anon;
	r.file_rss_bytes = 2 * MB;
	r.total_vm_bytes = anon + 100 * MB;
	r.pgtables_bytes = 300 * KB;
	feed_row(m, r);
}

static inline const struct report *next_report(struct model *m)
{
	const struct report *r = model_next_report(m, SETTLE, false);

	assert_non_null(r);
	return r;
}

static inline void no_report(struct model *m)
{
	assert_null(model_next_report(m, SETTLE, false));
}

/* A machine of 1 GiB and 16 MiB of swap. */
static inline struct model *fresh_machine(void)
{
	struct model *m = model_begin(&report_opts);
	struct ev_host h = host_absent();
	struct ev_vm vm = vm_absent();

	feed_probe(m, "oom.kill", PROBE_OK);
	vm.swappiness = 60;
	model_event(m, &vm.hdr);
	h.value[HOST_MEM_TOTAL] = 1024 * MB;
	h.value[HOST_SWAP_TOTAL] = 16 * MB;
	feed_host(m, 0, &h);
	return m;
}

static inline const struct report *forced(struct model *m)
{
	const struct report *r = model_next_report(m, SETTLE, true);

	assert_non_null(r);
	return r;
}

#endif
