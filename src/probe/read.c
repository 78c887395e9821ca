// SPDX-License-Identifier: GPL-2.0
/*
 * Reading what the BPF side keeps: task rows, swap-out sums, counters, names in the kernel's BTF.
 *
 * Layer: probe. See probe.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "log.h"
#include "probe_impl.h"

/* Reads whole rows until the iterator ends; a row never spans two reads' ends unnoticed. */
static int rows_read(int fd, probe_event_fn fn, void *ctx)
{
	char buf[sizeof(struct ev_task_row) * 256];
	size_t have = 0;
	ssize_t n;

	for (;;) {
		size_t off = 0;

		n = read(fd, buf + have, sizeof(buf) - have);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue; /* bpf_iter stops for a reschedule with EAGAIN */
		if (n <= 0)
			break;
		have += n;
		for (; have - off >= sizeof(struct ev_task_row); off += sizeof(struct ev_task_row))
			fn(ctx, buf + off, sizeof(struct ev_task_row));
		memmove(buf, buf + off, have - off);
		have -= off;
	}
	if (n < 0)
		return -errno;
	return have ? -ENODATA : 0;
}

int probe_rows(struct probe *p, probe_event_fn fn, void *ctx)
{
	int fd, err;

	if (!p->rows)
		return 0;
	fd = bpf_iter_create(bpf_link__fd(p->rows));
	if (fd < 0)
		return fd;
	err = rows_read(fd, fn, ctx);
	close(fd);
	return err;
}

int probe_swapouts(struct probe *p, probe_event_fn fn, void *ctx)
{
	struct ev_swapout ev = {.hdr = {.kind = EV_SWAPOUT, .size = sizeof(ev)}};
	struct bpf_map *map = p->skel ? p->skel->maps.swapouts : NULL;
	uint32_t max = map ? bpf_map__max_entries(map) : 0, key, *prev = NULL;
	struct swapout v;

	/* A key deleted meanwhile restarts the walk; totals make a second visit harmless. */
	for (uint32_t i = 0; i < 2 * max; i++, prev = &key) {
		if (bpf_map__get_next_key(map, prev, &key, sizeof(key)))
			break;
		if (bpf_map__lookup_elem(map, &key, sizeof(key), &v, sizeof(v), 0))
			continue;
		ev.task = v.task;
		ev.anon_pages = v.anon_pages;
		ev.file_pages = v.file_pages;
		fn(ctx, &ev, sizeof(ev));
	}
	return 0;
}

int probe_swap_owners(struct probe *p, probe_event_fn fn, void *ctx)
{
	struct ev_swap_owner ev = {.hdr = {.kind = EV_SWAP_OWNER, .size = sizeof(ev)}};
	uint64_t key, *prev = NULL;
	struct swap_owner v;
	struct bpf_map *map;

	if (!ladder_is(p->choice, "swap.owner", "memcg"))
		return 0;
	map = p->skel->maps.swap_owners;
	while (!bpf_map__get_next_key(map, prev, &key, sizeof(key))) { /* none is ever deleted */
		prev = &key;
		if (bpf_map__lookup_elem(map, &key, sizeof(key), &v, sizeof(v), 0) ||
		    !(v.by_kswapd || v.by_own || v.by_other))
			continue;
		ev.cgroup = key;
		ev.by_kswapd = v.by_kswapd;
		ev.by_own = v.by_own;
		ev.by_other = v.by_other;
		fn(ctx, &ev, sizeof(ev));
	}
	return 0;
}

static int stack_read(const struct bpf_map *map, uint32_t id, uint64_t *addrs, int max)
{
	uint64_t frames[128] = {0};
	uint32_t key = id - 1; /* 0 stands for none */
	int n = bpf_map__value_size(map) / sizeof(*frames), err;

	if (!id || bpf_map__fd(map) < 0 || n > 128)
		return -ENOENT;
	err = bpf_map__lookup_elem(map, &key, sizeof(key), frames, n * sizeof(*frames), 0);
	if (err)
		return err;
	n = n < max ? n : max;
	for (int i = 0; i < n; i++) {
		if (!frames[i])
			return i;
		addrs[i] = frames[i];
	}
	return n;
}

int probe_stack(struct probe *p, uint32_t id, uint64_t *addrs, int max)
{
	return stack_read(p->skel->maps.stacks, id, addrs, max);
}

int probe_ustack(struct probe *p, uint32_t id, uint64_t *addrs, int max)
{
	return stack_read(p->skel->maps.ustacks, id, addrs, max);
}

static void counts_read(struct probe *p, uint32_t signal, struct ev_counts *out)
{
	memset(out, 0, sizeof(*out));
	if (bpf_map__lookup_elem(p->skel->maps.counts, &signal, sizeof(signal), p->percpu,
				 p->ncpus * sizeof(*p->percpu), 0))
		return;
	for (int i = 0; i < p->ncpus; i++) {
		out->seen += p->percpu[i].seen;
		out->filtered += p->percpu[i].filtered;
		out->lost += p->percpu[i].lost;
		out->unpaired += p->percpu[i].unpaired;
		out->extra += p->percpu[i].extra;
	}
}

/* Of a run of these that is left out no event is lost: a part of a stall counts as another cause.
 */
static bool tells_causes(const struct bpf_program *prog)
{
	static const char *const names[] = {"slab_start", "slab_end", "stall_throttled",
					    "stall_congested", "stall_congested_iff"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(bpf_program__name(prog), names[i]))
			return true;
	return false;
}

static uint64_t misses_of(const struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_program__fd(prog);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.recursion_misses;
}

static void recursion_misses(const struct probe *p, struct ev_counters *out)
{
	struct bpf_program *prog;

	out->recursion_missed = out->causes_missed = 0;
	bpf_object__for_each_program (prog, p->skel->obj) {
		if (tells_causes(prog))
			out->causes_missed += misses_of(prog);
		else
			out->recursion_missed += misses_of(prog);
	}
}

void probe_log_misses(const struct probe *p)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, p->skel->obj) {
		uint64_t n = misses_of(prog);

		if (n)
			log_debug("the kernel skipped %llu runs of program %s",
				  (unsigned long long)n, bpf_program__name(prog));
	}
}

/* Has this key been visited? A walk starts over when the key it stands on is deleted. */
static bool visited(const uint32_t *keys, uint32_t n, uint32_t key)
{
	for (uint32_t i = 0; i < n; i++)
		if (keys[i] == key)
			return true;
	return false;
}

#define OPEN_MAX 1024

/* Stalls that began and have not ended: their events are still to come. At most OPEN_MAX. */
static void open_stalls(struct probe *p, uint64_t now_ns, struct ev_counters *out)
{
	struct bpf_map *map = p->skel->maps.inflight;
	uint32_t keys[OPEN_MAX] = {0}, n, key, *prev = NULL;
	struct inflight v;

	out->open_stalls = out->open_oldest_ns = 0;
	for (n = 0; n < OPEN_MAX; keys[n++] = key, prev = &keys[n - 1]) {
		if (bpf_map__get_next_key(map, prev, &key, sizeof(key)) || visited(keys, n, key))
			break;
		if (bpf_map__lookup_elem(map, &key, sizeof(key), &v, sizeof(v), 0) || !v.begin_ns ||
		    v.begin_ns > now_ns)
			continue;
		out->open_stalls++;
		if (now_ns - v.begin_ns > out->open_oldest_ns)
			out->open_oldest_ns = now_ns - v.begin_ns;
	}
}

static uint64_t excess(uint64_t counted, uint64_t seen)
{
	return counted > seen ? counted - seen : 0;
}

void probe_counters(struct probe *p, uint64_t now_ns, struct ev_counters *out)
{
	uint64_t counted, sampled;

	if (!p->skel)
		return;
	/* The perf counts first: what comes in between must not look throttled. */
	counted = p->perf ? perf_faults_count(p->perf) : 0;
	sampled = p->sample ? perf_faults_count(p->sample) : 0;
	for (uint32_t s = 0; s < EV_SIGNALS; s++)
		counts_read(p, s, &out->sig[s]);
	open_stalls(p, now_ns, out);
	out->ring_bytes = p->ring_bytes;
	out->perf_throttled = excess(counted, out->sig[SIG_FAULT].seen);
	out->samples_throttled = excess(sampled, out->sig[SIG_SAMPLE].seen);
	recursion_misses(p, out);
	out->fault_probe_armed_ns = probe_armed_ns(p, now_ns);
}

/* enum { ___GFP_DMA_BIT = 0, ... } names the bits since v6.10; before, they were macros. */
void gfp_names_read(struct probe *p)
{
	for (__u32 id = 1; id < btf__type_cnt(p->btf); id++) {
		const struct btf_type *t = btf__type_by_id(p->btf, id);
		const struct btf_enum *e;

		if (!btf_is_enum(t) || t->name_off || !btf_vlen(t))
			continue;
		e = btf_enum(t);
		if (strcmp(btf__name_by_offset(p->btf, e->name_off), "___GFP_DMA_BIT"))
			continue;
		for (int i = 0; i < btf_vlen(t); i++, e++) {
			const char *name = btf__name_by_offset(p->btf, e->name_off);
			int len = strlen(name) - 4; /* without _BIT */

			if (e->val < 0 || e->val > 31 || len < 5 ||
			    !strcmp(name, "___GFP_LAST_BIT"))
				continue;
			snprintf(p->gfp_names[e->val], sizeof(p->gfp_names[0]), "%.*s", len - 1,
				 name + 1);
		}
		return;
	}
}

void probe_gfp_names(const struct probe *p, char names[32][GFP_NAME_LEN])
{
	for (int i = 0; i < 32; i++)
		if (p->gfp_names[i][0])
			memcpy(names[i], p->gfp_names[i], GFP_NAME_LEN);
}
