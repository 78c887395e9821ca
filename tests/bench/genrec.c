// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a large recording in a moment, as a busy machine would: for measuring what reading one
 * takes.
 *
 *     build/tests/genrec FILE [STALLS] [SECONDS]
 *
 * Layer: tests.
 */
#include <stdint.h>
#include "test_rec.h"

#define THREADS	  600
#define PROCESSES 200
#define CGROUPS	  12
#define BOOT	  1000000000000ull

struct gen {
	struct rec *rec;
	uint64_t now, seed;
	uint64_t stalls, seconds, sent;
	struct ev_task_row rows[THREADS];
	struct ev_counters counts;
	struct ev_host host;
};

static uint64_t rnd(struct gen *g, uint64_t below)
{
	g->seed = g->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (g->seed >> 33) % below;
}

static void send(struct gen *g, struct ev_hdr *ev, uint16_t kind, size_t size)
{
	ev->kind = kind;
	ev->size = (uint32_t)size;
	ev->cpu = (uint16_t)rnd(g, 8);
	ev->time_ns = g->now;
	rec_event(g->rec, ev);
}
#define SEND(g, e, kind) send(g, &(e)->hdr, kind, sizeof(*(e)))

static void text(struct gen *g, uint16_t kind, struct ev_hdr *ev, size_t fixed, const char *s)
{
	size_t size = (fixed + strlen(s) + 8) & ~(size_t)7;

	strcpy((char *)ev + fixed, s);
	send(g, ev, kind, size);
}

static void begin(struct gen *g)
{
	struct ev_meta meta = {.realtime_ns = 1795262400000000000,
			       .page_size = 4096,
			       .cpus = 8,
			       .mem_total_bytes = 16ull << 30,
			       .interval_ns = 1000000000,
			       .cgroup_version = 2,
			       .release = "6.18.0",
			       .arch = "x86_64",
			       .hostname = "bench"};
	static const char *const signals[] = {"stall.direct", "stall.memcg", "fault.latency",
					      "kswapd",	      "swapout",     "oom.kill",
					      "process"};
	union {
		struct ev_cgroup cg;
		struct ev_process p;
		uint64_t room[64];
	} u;

	memcpy(meta.gfp_names, gfp_default_names, sizeof(meta.gfp_names));
	SEND(g, &meta, EV_META);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct ev_probe p = {.status = PROBE_OK};

		strcpy(p.signal, signals[i]);
		strcpy(p.source, "tp_btf:something");
		SEND(g, &p, EV_PROBE);
	}
	for (uint64_t i = 0; i < CGROUPS; i++) {
		char path[64];

		memset(&u, 0, sizeof(u));
		u.cg.id = 100 + i;
		snprintf(path, sizeof(path), "/system.slice/service-%d.service", (int)i);
		text(g, EV_CGROUP, &u.cg.hdr, offsetof(struct ev_cgroup, path), path);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		struct ev_task_row *r = &g->rows[i];
		uint32_t p = i * PROCESSES / THREADS;

		r->task.tgid = 1000 + p * THREADS / PROCESSES;
		r->task.tid = 1000 + i;
		r->leader = r->task.tid == r->task.tgid;
		r->task.start_ns = 1000000000ull * (p + 1);
		r->task.cgroup = 100 + p % CGROUPS;
		r->task.uid = p % 5 * 1000;
		snprintf(r->task.comm, sizeof(r->task.comm), "worker-%u", p);
		r->state = 'S';
		r->threads = r->leader ? THREADS / PROCESSES : 0;
		r->sized = r->leader;
		r->anon_rss_bytes = r->leader ? (50ull << 20) + rnd(g, 1000) * 4096 : 0;
		if (!r->leader)
			continue;
		memset(&u, 0, sizeof(u));
		u.p.tgid = r->task.tgid;
		u.p.start_ns = r->task.start_ns;
		text(g, EV_PROCESS, &u.p.hdr, offsetof(struct ev_process, cmdline),
		     "/usr/bin/worker --config /etc/worker.conf --threads 3");
	}
}

static void snapshot(struct gen *g, bool last)
{
	struct ev_tick tick = {.last = last, .reason = last ? END_DURATION : END_NONE};
	struct ev_zone zone = {.free_bytes = rnd(g, 1 << 30),
			       .min_bytes = 60 << 20,
			       .low_bytes = 80 << 20,
			       .high_bytes = 100 << 20,
			       .managed_bytes = 15ull << 30,
			       .name = "Normal"};

	for (int i = 0; i < THREADS; i++) {
		struct ev_task_row *r = &g->rows[i];

		if (rnd(g, 4) == 0) {
			r->min_flt += rnd(g, 1000);
			r->maj_flt += rnd(g, 10);
			r->anon_rss_bytes += r->leader ? rnd(g, 100) * 4096 : 0;
		}
		SEND(g, r, EV_TASK);
	}
	SEND(g, &zone, EV_ZONE);
	for (uint64_t i = 0; i < CGROUPS; i++) {
		struct ev_cgstat st = {.cgroup = 100 + i,
				       .usage_bytes = rnd(g, 1 << 30),
				       .limit_bytes = 1ull << 30,
				       .swap_limit_bytes = EV_ABSENT,
				       .psi_some_us = g->now / 2000,
				       .psi_full_us = g->now / 4000};
		SEND(g, &st, EV_CGSTAT);
	}
	SEND(g, &g->counts, EV_COUNTS);
	for (int i = 0; i < HOST_COUNTERS; i++)
		g->host.value[i] += rnd(g, 100);
	SEND(g, &g->host, EV_HOST);
	SEND(g, &tick, EV_TICK);
}

static void stall(struct gen *g)
{
	const struct ev_task_row *r = &g->rows[rnd(g, THREADS)];
	struct ev_stall ev = {.task = r->task, .split = 1};

	ev.kind = rnd(g, 3) ? STALL_MEMCG : STALL_DIRECT;
	ev.duration_ns = 1000 + rnd(g, 20000000) / (1 + rnd(g, 100));
	ev.cause_ns[CAUSE_IO] = rnd(g, ev.duration_ns);
	ev.cause_ns[CAUSE_RUNQUEUE] = rnd(g, ev.duration_ns - ev.cause_ns[CAUSE_IO]);
	ev.cause_ns[CAUSE_CPU] =
		ev.duration_ns - ev.cause_ns[CAUSE_IO] - ev.cause_ns[CAUSE_RUNQUEUE];
	ev.reclaimed_pages = rnd(g, 64);
	ev.target_cgroup = ev.kind == STALL_MEMCG ? r->task.cgroup : 0;
	ev.limit_bytes = ev.kind == STALL_MEMCG ? 1ull << 30 : 0;
	ev.usage_bytes = ev.limit_bytes;
	ev.gfp = 0xcc0;
	ev.sleeps = rnd(g, 5);
	ev.sleep_ns = ev.cause_ns[CAUSE_IO] / 2;
	ev.kswapd = KSWAPD_AWAKE;
	ev.kswapd_awake_ns = rnd(g, 1000000);
	if (rnd(g, 20) == 0) {
		ev.shrinker[0].callback = 0xffffffff81234560;
		ev.shrinker[0].ns = rnd(g, 1000);
	}
	SEND(g, &ev, EV_STALL);
	g->counts.sig[ev.kind].seen++;
	g->sent++;
}

static void fault(struct gen *g)
{
	struct ev_fault ev = {.task = g->rows[rnd(g, THREADS)].task};

	ev.duration_ns = 1000 + rnd(g, 5000000);
	ev.address = 0x7f0000000000 + rnd(g, 1 << 20) * 4096;
	ev.class = rnd(g, 3) ? FAULT_SWAP : FAULT_FILE;
	if (ev.class == FAULT_FILE) {
		ev.ino = 1000 + rnd(g, 50);
		ev.dev_major = 8;
		ev.offset = rnd(g, 1000) * 4096;
		strcpy(ev.name, "libworker.so.1");
	}
	SEND(g, &ev, EV_FAULT);
	g->counts.sig[SIG_FAULT].seen++;
}

static void kswapd(struct gen *g, uint32_t state)
{
	struct ev_kswapd ev = {.state = state};

	SEND(g, &ev, EV_KSWAPD);
}

static void second(struct gen *g, uint64_t n)
{
	uint64_t per = g->stalls * (n + 1) / g->seconds - g->sent, end = g->now + 1000000000;
	uint64_t step = 1000000000 / (per + 1);

	for (uint64_t i = 0; i < per; i++) {
		g->now += step;
		stall(g);
		if (i % 5 == 0)
			fault(g);
		if (i % 50 == 0)
			kswapd(g, i / 50 % 2);
	}
	g->now = end;
	snapshot(g, n + 1 == g->seconds);
}

int main(int argc, char **argv)
{
	static struct gen g = {.now = BOOT, .seed = 1, .stalls = 1000000, .seconds = 600};

	if (argc < 2) {
		fprintf(stderr, "usage: genrec FILE [STALLS] [SECONDS]\n");
		return 2;
	}
	if (argc > 2)
		g.stalls = strtoull(argv[2], NULL, 10);
	if (argc > 3)
		g.seconds = strtoull(argv[3], NULL, 10);
	g.rec = rec_open(argv[1]);
	g.rec->key = 12345;
	rec_run(g.rec, "version", "0.1.0");
	rec_run(g.rec, "watching", "all processes");
	rec_run(g.rec, "churn_ns", "10000000000");
	begin(&g);
	snapshot(&g, false);
	for (uint64_t i = 0; i < g.seconds; i++)
		second(&g, i);
	rec_close(g.rec);
	return 0;
}
