// SPDX-License-Identifier: GPL-2.0
/*
 * What is read once an interval rather than told by an event: every process's accounting, the
 * host's counters, our own; and what a stream begins with.
 *
 * Layer: source. Part of the live source.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "host.h"
#include "kallsyms.h"
#include "live_impl.h"
#include "log.h"
#include "swaps.h"

#define MAX_PROBES   40
#define MAX_PROGRAMS 64
#define MAX_ZONES    64
#define MAX_SWAPDEVS 32 /* MAX_SWAPFILES of the kernel, and less */

static void meta_emit(struct source *s)
{
	struct ev_meta meta = {.hdr = {.kind = EV_META, .size = sizeof(meta)}};
	struct timespec real;
	struct utsname uts;

	uname(&uts);
	clock_gettime(CLOCK_REALTIME, &real);
	meta.hdr.time_ns = boottime_ns();
	meta.realtime_ns = real.tv_sec * 1000000000ull + real.tv_nsec;
	meta.page_size = sysconf(_SC_PAGESIZE);
	meta.cpus = sysconf(_SC_NPROCESSORS_ONLN);
	meta.mem_total_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * meta.page_size;
	meta.interval_ns = s->opts.interval_ns;
	meta.cgroup_version = s->cgroups.version;
	meta.loader_pid = getpid();
	snprintf(meta.release, sizeof(meta.release), "%.63s", uts.release);
	snprintf(meta.arch, sizeof(meta.arch), "%.15s", uts.machine);
	snprintf(meta.hostname, sizeof(meta.hostname), "%.63s", uts.nodename);
	memcpy(meta.gfp_names, gfp_default_names, sizeof(meta.gfp_names));
	if (s->probe)
		probe_gfp_names(s->probe, meta.gfp_names);
	source_emit(s, &meta.hdr);
}

/* A signal that a file gives, not a BPF program. */
static void file_probe(struct source *s, const char *signal, const char *source, int err,
		       const char *without)
{
	struct ev_probe ev = {.hdr = {.kind = EV_PROBE, .size = sizeof(ev)}};

	ev.hdr.time_ns = boottime_ns();
	ev.status = err ? PROBE_MISSING : PROBE_OK;
	snprintf(ev.signal, sizeof(ev.signal), "%s", signal);
	if (err)
		snprintf(ev.reason, sizeof(ev.reason), "%s: %s: %s", source, strerror(-err),
			 without);
	else
		snprintf(ev.source, sizeof(ev.source), "%s", source);
	source_emit(s, &ev.hdr);
}

static void programs_emit(struct source *s)
{
	struct ev_program list[MAX_PROGRAMS];
	int n = probe_programs(s->probe, list, MAX_PROGRAMS);

	for (int i = 0; i < n; i++) {
		list[i].hdr.time_ns = boottime_ns();
		source_emit(s, &list[i].hdr);
	}
}

/* User stacks are taken, but lack names: libdw was left out of the build. */
static void nameless_degrade(struct ev_probe *ev)
{
	if (usyms_have_names() || ev->status != PROBE_OK ||
	    (strcmp(ev->signal, "fault.ustack") != 0 && strcmp(ev->signal, "fault.sample") != 0))
		return;
	ev->status = PROBE_DEGRADED;
	snprintf(ev->reason, sizeof(ev->reason),
		 "built without libdw: functions in user stacks have no names");
}

static void probes_emit(struct source *s)
{
	struct ev_host host = {.hdr = {.kind = EV_HOST, .size = sizeof(host)}};
	struct ev_probe list[MAX_PROBES];
	int n = probe_report(s->probe, list, MAX_PROBES);

	for (int i = 0; i < n; i++) {
		list[i].hdr.time_ns = boottime_ns();
		nameless_degrade(&list[i]);
		if (s->log_only)
			logonly_probe(&list[i]);
		source_emit(s, &list[i].hdr);
	}
	programs_emit(s);
	host_read(&s->root, &host);
	file_probe(s, "oom.log", "/dev/kmsg", s->kmsg_error,
		   "OOM records lack the constraint and the kernel's own lines");
	file_probe(s, "host.vmstat", "/proc/vmstat",
		   host.value[HOST_PGMAJFAULT] == EV_ABSENT ? -ENOENT : 0,
		   "figures cannot be reconciled");
	file_probe(s, "host.psi", "/proc/pressure/memory",
		   host.value[HOST_PSI_SOME] == EV_ABSENT ? -EOPNOTSUPP : 0,
		   "pressure is not shown (boot with psi=1)");
	file_probe(s, "cgroup.names",
		   s->cgroups.version == 1 ? "cgroup v1, memory controller" : "cgroup v2",
		   s->cgroups.version ? 0 : -ENOENT, "cgroups have no names");
	file_probe(s, "kernel.symbols", "/proc/kallsyms", kallsyms_check(&s->root),
		   "shrinkers and kernel stacks have no names (kernel.kptr_restrict, CAP_SYSLOG)");
}

void snapshot_begin(struct source *s)
{
	meta_emit(s);
	probes_emit(s);
}

static void take_swapout(void *ctx, const void *data, size_t size)
{
	struct source *s = ctx;
	struct ev_swapout ev;

	if (size != sizeof(ev))
		return;
	memcpy(&ev, data, size);
	ev.hdr.time_ns = boottime_ns();
	if (swapout_growth(&s->swapout, &ev))
		source_emit(s, &ev.hdr);
}

static void take_owner(void *ctx, const void *data, size_t size)
{
	struct ev_swap_owner ev;
	struct source *s = ctx;

	if (size != sizeof(ev))
		return;
	memcpy(&ev, data, size);
	ev.hdr.time_ns = boottime_ns();
	source_emit(s, &ev.hdr);
}

static void swapdevs_emit(struct source *s)
{
	struct ev_swapdev list[MAX_SWAPDEVS];
	int n = swaps_read(&s->root, list, MAX_SWAPDEVS);

	for (int i = 0; i < n; i++) {
		list[i].hdr = (struct ev_hdr){
			.kind = EV_SWAPDEV, .size = sizeof(list[i]), .time_ns = boottime_ns()};
		source_emit(s, &list[i].hdr);
	}
}

static void zones_emit(struct source *s)
{
	struct ev_zone zones[MAX_ZONES];
	int n = zones_read(&s->root, zones, MAX_ZONES, sysconf(_SC_PAGESIZE));

	for (int i = 0; i < n; i++) {
		zones[i].hdr = (struct ev_hdr){
			.kind = EV_ZONE, .size = sizeof(zones[i]), .time_ns = boottime_ns()};
		source_emit(s, &zones[i].hdr);
	}
}

static void cgstat_send(void *ctx, struct ev_cgstat *ev)
{
	struct source *s = ctx;

	ev->hdr = (struct ev_hdr){.kind = EV_CGSTAT, .size = sizeof(*ev), .time_ns = boottime_ns()};
	names_note(s->names, &ev->hdr);
	source_emit(s, &ev->hdr);
}

/*
 * The cgroup that -c names. One that vanishes may come back (a container that restarts): said
 * once, and looked for. Returns its id, 0 = it is not there.
 */
static uint64_t watched_emit(struct source *s)
{
	struct ev_cgstat ev = {.watched = 1};

	if (!s->opts.cgroup)
		return 0;
	if (cgroup_stat(&s->cgroups, s->opts.cgroup, &ev)) {
		if (!s->cgroup_gone)
			log_warn("cgroup %s has gone; still waiting for it to come back",
				 s->opts.cgroup);
		s->cgroup_gone = true;
		return 0;
	}
	s->cgroup_gone = false;
	cgstat_send(s, &ev);
	return ev.cgroup;
}

/* Next to each other, so that growth of the one can be held against growth of the other. */
static struct ev_counters counters_emit(struct source *s)
{
	struct ev_counters counters = {.hdr = {.kind = EV_COUNTS, .size = sizeof(counters)}};
	struct ev_host host = {.hdr = {.kind = EV_HOST, .size = sizeof(host)}};

	probe_counters(s->probe, boottime_ns(), &counters);
	host_read(&s->root, &host);
	counters.hdr.time_ns = host.hdr.time_ns = boottime_ns();
	counters.kmsg_lost = s->kmsg.lost;
	counters.names_unresolved = names_unresolved(s->names);
	counters.snapshot_incomplete = s->rows_incomplete;
	counters.bad_events = s->bad_events;
	source_emit(s, &counters.hdr);
	source_emit(s, &host.hdr);
	return counters;
}

void snapshot_take(struct source *s, bool last)
{
	struct ev_tick tick = {.hdr = {.kind = EV_TICK, .size = sizeof(tick)}, .last = last};
	struct ev_counters counters;
	int err = probe_rows(s->probe, source_take, s);

	if (s->log_only)
		logonly_rows(s);
	if (err) {
		log_debug("task snapshot: %s", strerror(-err));
		s->rows_incomplete++;
	}
	/* Threads that ended before their process's row was read are in its sums, and have sent so.
	 */
	if (!err)
		probe_consume(s->probe);
	probe_swapouts(s->probe, take_swapout, s);
	probe_swap_owners(s->probe, take_owner, s);
	swapdevs_emit(s);
	zones_emit(s);
	cgwatch_read(&s->cgwatch, &s->cgroups, watched_emit(s), cgstat_send, s);
	counters = counters_emit(s);
	if (last) {
		/* What happened until the counters were read belongs to the run, no more. */
		s->end_ns = boottime_ns();
		probe_consume(s->probe);
		kernlog_drain(s);
		names_finish(s->names, 200, 2000);
		/* What is found or not found in the end is known only now. */
		counters.names_unresolved = names_unresolved(s->names);
		source_emit(s, &counters.hdr);
	}
	tick.hdr.time_ns = last ? s->end_ns : boottime_ns();
	tick.reason = last ? s->end_reason : END_NONE;
	tick.status = s->program.status;
	source_emit(s, &tick.hdr);
}
