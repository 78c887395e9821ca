/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes pages for tests/check-html.sh, without a recording:
 *
 *     page EVENTS FILE    of events written down as text, as in tests/golden
 *     page hour N FILE    an hour of a busy machine with N stalls, a storm in it
 *
 * Layer: tests. Uses model and view as memtrace does.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "html.h"

#define SECOND	  1000000000ULL
#define BEGIN	  (5000 * SECOND)
#define HOUR	  3600
#define PROCESSES 300
#define CGROUPS	  12

struct feed {
	struct model *model;
	struct chart *chart;
	uint64_t events;
};

static void feed(struct feed *f, const void *ev)
{
	model_event(f->model, ev);
	chart_event(f->chart, f->model, ev);
	f->events++;
}

/* The same numbers in each run. */
static uint32_t noise(uint32_t below)
{
	static uint64_t state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 33) % below;
}

static void line(struct feed *f, const char *text)
{
	static uint64_t buf[2048];
	const char *error = "";

	if (event_parse(text, buf, sizeof(buf), &error) < 0) {
		fprintf(stderr, "page: %s in: %s\n", error, text);
		exit(1);
	}
	feed(f, buf);
}

__attribute__((format(printf, 2, 3))) static void linef(struct feed *f, const char *fmt, ...)
{
	char text[8192];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	line(f, text);
}

typedef unsigned long long ull;

static struct ev_hdr hdr(uint16_t kind, uint32_t size, uint64_t time_ns)
{
	return (struct ev_hdr){.kind = kind, .size = size, .time_ns = time_ns};
}

static struct ev_task task(uint32_t i)
{
	struct ev_task t = {.start_ns = SECOND + i, .tgid = 1000 + i, .tid = 1000 + i, .uid = 1000};

	t.cgroup = 10 + i % CGROUPS;
	t.tid += noise(4) * 10000;
	snprintf(t.comm, sizeof(t.comm), "worker-%u", i);
	return t;
}

static void names(struct feed *f)
{
	linef(f,
	      "meta time_ns=%llu realtime_ns=1795262400000000000 page_size=4096 cpus=16 "
	      "mem_total_bytes=64G interval_ns=1s cgroup_version=2 release=6.18.44 arch=x86_64 "
	      "hostname=node-17",
	      BEGIN);
	for (int i = 0; i < CGROUPS; i++)
		linef(f, "cgroup time_ns=%llu id=%d path=/kubepods.slice/pod%d/service-%d", BEGIN,
		      10 + i, i, i);
	for (int i = 0; i < PROCESSES; i++)
		linef(f,
		      "process time_ns=%llu pid=%d start_ns=%llu cmdline=\"/usr/bin/worker "
		      "--shard %d --listen 0.0.0.0:%d --log-level info\"",
		      BEGIN, 1000 + i, SECOND + (ull)i, i, 8000 + i);
}

static void snapshot(struct feed *f, int s, bool last)
{
	uint64_t now = BEGIN + (uint64_t)s * SECOND, grown = s > 1400 ? 1400 : s;
	struct ev_host h = {.hdr = hdr(EV_HOST, sizeof(h), now)};
	struct ev_tick tick = {.hdr = hdr(EV_TICK, sizeof(tick), now), .last = last};

	for (uint32_t i = 0; i < PROCESSES; i++) {
		struct ev_task_row row = {.hdr = hdr(EV_TASK, sizeof(row), now), .leader = 1};

		row.task = task(i);
		row.task.tid = row.task.tgid;
		row.sized = row.threads = 1;
		row.state = 'S';
		row.min_flt = (uint64_t)s * (100 + i);
		row.anon_rss_bytes = (40ULL + i) << 20;
		if (i % 23 == 0)
			row.anon_rss_bytes += (grown * (i + 20)) << 14;
		feed(f, &row);
	}
	h.value[HOST_MEM_TOTAL] = 64ULL << 30;
	h.value[HOST_MEM_FREE] = (4ULL << 30) - (grown << 21) + ((uint64_t)noise(100) << 20);
	h.value[HOST_MEM_AVAILABLE] = (30ULL << 30) - (grown << 24) + ((uint64_t)noise(100) << 20);
	h.value[HOST_SWAP_TOTAL] = 8ULL << 30;
	h.value[HOST_SWAP_FREE] = (8ULL << 30) - (grown << 22);
	h.value[HOST_PSI_SOME] = (uint64_t)s * 20000 + (s > 1500 ? 8000000 : 0);
	h.value[HOST_PSI_FULL] = (uint64_t)s * 4000;
	h.value[HOST_PSWPIN] = (uint64_t)s * 100;
	h.value[HOST_PSWPOUT] = (uint64_t)s * 300;
	feed(f, &h);
	feed(f, &tick);
}

static void stall(struct feed *f, uint64_t at, bool storm)
{
	struct ev_stall ev = {.hdr = hdr(EV_STALL, sizeof(ev), at), .split = 1};
	uint32_t i = storm ? noise(8) : noise(PROCESSES);

	ev.task = task(i);
	ev.duration_ns =
		(storm ? 200000ULL + noise(90000000) : 20000ULL + noise(4000000)) >> noise(3);
	ev.kind = noise(3) ? STALL_MEMCG : STALL_DIRECT;
	if (ev.kind == STALL_MEMCG) {
		ev.target_cgroup = storm ? 10 : ev.task.cgroup;
		ev.limit_bytes = 4ULL << 30;
		ev.usage_bytes = ev.limit_bytes - noise(1 << 20);
	}
	ev.order = noise(10) ? 0 : noise(4);
	ev.gfp = 0x100cca;
	ev.reclaimed_pages = noise(500);
	ev.kswapd = noise(4);
	ev.cause_ns[CAUSE_IO] = ev.duration_ns / 2;
	ev.cause_ns[CAUSE_BLOCKED] = ev.duration_ns / 8;
	if (storm) {
		ev.cause_ns[CAUSE_THROTTLED] = ev.throttle_ns[THROTTLE_WRITEBACK] =
			ev.duration_ns / 8;
		ev.throttle_reason = THROTTLE_WRITEBACK;
	}
	ev.cause_ns[CAUSE_CPU] = ev.duration_ns - ev.cause_ns[CAUSE_IO] -
				 ev.cause_ns[CAUSE_BLOCKED] - ev.cause_ns[CAUSE_THROTTLED];
	feed(f, &ev);
}

static void fault(struct feed *f, uint64_t at)
{
	struct ev_fault ev = {.hdr = hdr(EV_FAULT, sizeof(ev), at)};

	ev.task = task(noise(40));
	ev.duration_ns = 50000 + noise(3000000);
	ev.class = noise(3) ? FAULT_SWAP : FAULT_FILE;
	if (ev.class == FAULT_FILE) {
		ev.ino = 100 + noise(30);
		snprintf(ev.name, sizeof(ev.name), "segment-%u.db", (unsigned)ev.ino);
	}
	feed(f, &ev);
}

static void kswapd(struct feed *f, uint64_t at, uint32_t state)
{
	struct ev_kswapd ev = {.hdr = hdr(EV_KSWAPD, sizeof(ev), at), .state = state};

	feed(f, &ev);
}

static void hour(struct feed *f, unsigned long n)
{
	unsigned long done = 0;

	names(f);
	for (int s = 0; s <= HOUR; s++) {
		bool storm = s >= 1500 && s < 1620;
		uint64_t now = BEGIN + (uint64_t)s * SECOND;
		/* A third of all stalls in the two minutes of the storm. */
		unsigned long want = n * 2 / 3 * (unsigned long)s / HOUR +
				     (storm	  ? n / 3 * (unsigned long)(s - 1500) / 120
				      : s >= 1620 ? n / 3
						  : 0);
		unsigned long here = want > done ? want - done : 0;

		for (unsigned long k = 0; k < here; k++)
			stall(f, now - SECOND + (k + 1) * SECOND / (here + 1), storm);
		done += here;
		for (unsigned long k = 0; k < here / 3; k++)
			fault(f, now - SECOND + (k + 1) * SECOND / (here + 1));
		if (s % 10 < 4 && s)
			kswapd(f, now - noise(900) * 1000000ULL,
			       s % 2 ? KSWAPD_WAKE : KSWAPD_SLEEP);
		if (s == 1618)
			linef(f,
			      "oom_kill time_ns=%llu victim.pid=1003 victim.tid=1003 "
			      "victim.comm=worker-3 victim.start_ns=%llu sized=1 at_limit=1 "
			      "victim.anon_rss_bytes=4G memcg.cgroup=10 memcg.limit_bytes=4G "
			      "trigger.pid=1000 trigger.comm=worker-0",
			      (ull)now, SECOND + 3);
		snapshot(f, s, s == HOUR);
	}
}

static void events(struct feed *f, const char *path)
{
	char text[16384];
	FILE *in = fopen(path, "r");

	if (!in) {
		fprintf(stderr, "page: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	while (fgets(text, sizeof(text), in)) {
		if (text[0] != '#' && text[0] != '\n')
			line(f, text);
	}
	fclose(in);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int finish(struct feed *f, const char *path)
{
	struct view v = {.out = fopen(path, "w"), .model = f->model, .watching = "all processes"};
	struct html_run run = {.file = "made up", .version = MEMTRACE_VERSION};
	int err;

	if (!v.out) {
		fprintf(stderr, "page: %s: %s\n", path, strerror(errno));
		return 1;
	}
	chart_end(f->chart, f->model);
	err = view_html(&v, f->chart, &run);
	return fclose(v.out) || err ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct model_opts opts = {
		.max_processes = 32768,
		.keep_ended = 8192,
		.max_details = 1024,
		.max_files = 1024,
		.max_cgroups = 4096,
		.max_ooms = 128,
		.churn_ns = 10 * SECOND,
		.max_ustacks = 64,
	};
	struct feed f = {.model = model_new(&opts), .chart = chart_new()};
	double begin = seconds(), fed;
	int err;

	if (argc < 3 || !f.model || !f.chart) {
		fprintf(stderr, "usage: page EVENTS FILE | page hour STALLS FILE\n");
		return 2;
	}
	if (argc == 4)
		hour(&f, strtoul(argv[2], NULL, 10));
	else
		events(&f, argv[1]);
	fed = seconds();
	err = finish(&f, argv[argc - 1]);
	fprintf(stderr, "%llu events in %.2f s, written in %.2f s\n", (unsigned long long)f.events,
		fed - begin, seconds() - fed);
	chart_free(f.chart);
	model_free(f.model);
	return err;
}
