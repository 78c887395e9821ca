/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls as they come from a machine short of memory, for measuring: of some hundred threads of
 * some cgroups, of all kinds and causes.
 *
 * Layer: tests.
 */
#ifndef TEST_STALLS_H
#define TEST_STALLS_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "event.h"

#define STALLS_BEGIN_NS 86400000000000ull /* up for a day */

static inline uint64_t stall_random(uint64_t *state, uint64_t below)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (*state >> 33) % below;
}

/* Microseconds to tens of milliseconds, short ones mostly. */
static inline uint64_t stall_duration(uint64_t *r)
{
	uint64_t v = 2000 + stall_random(r, 60000);

	for (int i = 0; i < 3 && stall_random(r, 3) == 0; i++)
		v *= 1 + stall_random(r, 12);
	return v;
}

static inline void stall_task(struct ev_task *t, uint64_t *r)
{
	uint32_t process = 1000 + 37 * (uint32_t)stall_random(r, 60);

	*t = (struct ev_task){.start_ns = STALLS_BEGIN_NS / 2 + process * 1000000ull,
			      .cgroup = 4000 + process % 8,
			      .tgid = process,
			      .tid = process + (uint32_t)stall_random(r, 8),
			      .uid = process % 3 ? 1000 : 0};
	snprintf(t->comm, sizeof(t->comm), "worker-%u", process % 10);
}

static inline void stall_causes(struct ev_stall *s, uint64_t *r)
{
	uint64_t left = s->duration_ns;
	uint64_t some = stall_random(r, 4) == 0;

	if (some) {
		s->sleeps = 1 + (uint32_t)stall_random(r, 3);
		s->cause_ns[CAUSE_IO] = stall_random(r, left);
		left -= s->cause_ns[CAUSE_IO];
		s->sleep_ns = s->cause_ns[CAUSE_IO] / s->sleeps;
	}
	if (stall_random(r, 10) == 0) {
		s->cause_ns[CAUSE_THROTTLED] = stall_random(r, left);
		left -= s->cause_ns[CAUSE_THROTTLED];
		s->throttle_reason = THROTTLE_NOPROGRESS;
		s->throttle_ns[THROTTLE_NOPROGRESS] = s->cause_ns[CAUSE_THROTTLED];
		s->sleeps++;
	}
	if (stall_random(r, 5) == 0) {
		s->cause_ns[CAUSE_SLAB] = stall_random(r, left);
		left -= s->cause_ns[CAUSE_SLAB];
		s->shrinker[0] = (struct ev_shrinker){.callback = 0xffffffff81234560ull,
						      .fs = 0xef53,
						      .ns = s->cause_ns[CAUSE_SLAB]};
	}
	if (stall_random(r, 2) == 0) {
		s->cause_ns[CAUSE_RUNQUEUE] = stall_random(r, left);
		left -= s->cause_ns[CAUSE_RUNQUEUE];
	}
	s->cause_ns[CAUSE_CPU] = left;
}

/* The ith of a second that has 100,000. */
static inline void stall_make(struct ev_stall *s, uint64_t i)
{
	uint64_t r = i * 0x9e3779b97f4a7c15ull + 1;

	*s = (struct ev_stall){.hdr = {.kind = EV_STALL,
				       .cpu = (uint16_t)stall_random(&r, 16),
				       .size = sizeof(*s),
				       .time_ns = STALLS_BEGIN_NS + i * 10000}};
	stall_task(&s->task, &r);
	s->duration_ns = stall_duration(&r);
	s->kind = stall_random(&r, 3) ? STALL_MEMCG : STALL_DIRECT;
	s->reclaimed_pages = stall_random(&r, 64);
	if (s->kind == STALL_MEMCG) {
		s->target_cgroup = s->task.cgroup;
		s->limit_bytes = 512ull << 20;
		s->usage_bytes = s->limit_bytes - stall_random(&r, 32) * 4096;
	}
	s->gfp = stall_random(&r, 4) ? 0x140cca : 0xcc0;
	s->split = 1;
	s->kswapd = (uint32_t)stall_random(&r, 4);
	if (s->kswapd == KSWAPD_AWAKE)
		s->kswapd_awake_ns = stall_random(&r, 4000000000ull);
	stall_causes(s, &r);
}

#endif
