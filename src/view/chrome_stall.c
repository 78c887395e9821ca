// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: view. A stall as slices: the whole, and in it what it waited for. Of sleeps (-K) it is
 * known when they were. Of the other causes only how long they took in all: they fill the time
 * between, in the order of their names. The contract is in chrome.h.
 */
#include <stdlib.h>
#include <string.h>
#include "chrome.h"

static uint64_t before(uint64_t ns, uint64_t duration_ns)
{
	return ns > duration_ns ? ns - duration_ns : 0;
}

/* What is between base and e only: a duration from outside may be any number. */
static struct span span_of(const struct chrome *c, uint64_t end_ns, uint64_t duration_ns)
{
	struct span at = {before(end_ns, duration_ns), end_ns};

	at.begin = at.begin > c->base_ns ? at.begin : c->base_ns;
	at.end = at.end > c->base_ns ? at.end : c->base_ns;
	return at;
}

static void cause_slice(struct chrome *c, const struct chrome_thread *t, const struct span *at,
			const struct ev_stall *ev, int cause)
{
	chrome_slice(c, "cause", stall_cause_names[cause], t, at);
	if (cause == CAUSE_THROTTLED)
		json_str(&c->j, "reason", throttle_reason_names[ev->throttle_reason]);
	if (cause == CAUSE_SLAB)
		json_symbol(&c->j, "shrinker", c->model, ev->shrinker[0].callback);
	chrome_args_close(c);
}

static void sleep_slice(struct chrome *c, const struct chrome_thread *t,
			const struct chrome_sleep *s)
{
	chrome_slice(c, "cause", stall_cause_names[s->cause], t, &s->at);
	json_stack(&c->j, "stack", c->model, s->stack);
	chrome_args_close(c);
}

/* Causes of which there is some left, one after the other, as far as the gap goes. */
static void gap_fill(struct chrome *c, const struct chrome_thread *t, const struct ev_stall *ev,
		     struct span gap, uint64_t left[STALL_CAUSES])
{
	for (int i = 0; i < STALL_CAUSES && gap.begin < gap.end; i++) {
		uint64_t room = gap.end - gap.begin, ns = left[i] < room ? left[i] : room;
		struct span at = {gap.begin, gap.begin + ns};

		if (!ns)
			continue;
		cause_slice(c, t, &at, ev, i);
		left[i] -= ns;
		gap.begin = at.end;
	}
}

/* Sleeps that are in the stall, cut to it and after each other. Returns how many. */
static int sleeps_fit(struct chrome_thread *t, const struct span *stall)
{
	uint64_t from = stall->begin;
	int n = 0;

	for (int i = 0; i < t->nsleeps; i++) {
		struct chrome_sleep s = t->sleep[i];

		s.at.begin = s.at.begin > from ? s.at.begin : from;
		s.at.end = s.at.end < stall->end ? s.at.end : stall->end;
		if (s.at.begin >= s.at.end)
			continue;
		from = s.at.end;
		t->sleep[n++] = s;
	}
	return n;
}

static void inside(struct chrome *c, struct chrome_thread *t, const struct ev_stall *ev,
		   const struct span *stall)
{
	uint64_t left[STALL_CAUSES], at = stall->begin;
	int n = sleeps_fit(t, stall);

	memcpy(left, ev->cause_ns, sizeof(left));
	for (int i = 0; i < n; i++) {
		uint64_t ns = t->sleep[i].at.end - t->sleep[i].at.begin;
		uint64_t *of = &left[t->sleep[i].cause];

		*of -= *of < ns ? *of : ns;
	}
	for (int i = 0; i < n; i++) {
		gap_fill(c, t, ev, (struct span){at, t->sleep[i].at.begin}, left);
		sleep_slice(c, t, &t->sleep[i]);
		at = t->sleep[i].at.end;
	}
	if (ev->split)
		gap_fill(c, t, ev, (struct span){at, stall->end}, left);
}

static void stall_args(struct chrome *c, const struct chrome_thread *t, const struct ev_stall *ev)
{
	const struct model *m = c->model;
	char gfp[NAME_LEN];

	json_u64(&c->j, "duration_ns", ev->duration_ns);
	json_u64(&c->j, "order", ev->order);
	json_str(&c->j, "gfp", gfp_label(m, ev->gfp, gfp, sizeof(gfp)));
	json_u64(&c->j, "reclaimed_pages", ev->reclaimed_pages);
	json_cgroup(&c->j, "cgroup", m, ev->task.cgroup);
	json_cgroup(&c->j, "target_cgroup", m, ev->target_cgroup);
	if (ev->target_cgroup && ev->limit_bytes) {
		json_figure(&c->j, "limit_bytes", ev->limit_bytes);
		json_figure(&c->j, "usage_bytes", ev->usage_bytes);
	}
	if (ev->kswapd)
		json_str(&c->j, "kswapd", kswapd_at_stall_names[ev->kswapd]);
	if (ev->stack)
		json_stack(&c->j, "longest_sleep", m, ev->stack);
	if (t->sleeps_more)
		json_u64(&c->j, "sleeps_without_slice", t->sleeps_more);
}

void chrome_stall(struct chrome *c, const struct ev_stall *ev)
{
	struct span at = span_of(c, ev->hdr.time_ns, ev->duration_ns);
	struct chrome_thread *t = chrome_thread(c, &ev->task);
	char name[64];

	if (ev->kind != STALL_PROACTIVE)
		chrome_proc(c, &ev->task)->stall_ns += ev->duration_ns;
	snprintf(name, sizeof(name), "stall: %s", stall_kind_names[ev->kind]);
	/* Sleeps of a stall that is not shown are not, either. */
	if (!c->min_ns)
		chrome_sleeps_alone(c, t, at.begin);
	if (chrome_place(c, t, &at)) {
		chrome_slice(c, "stall", name, t, &at);
		stall_args(c, t, ev);
		chrome_args_close(c);
		inside(c, t, ev, &at);
	} else {
		chrome_mark(c, "stall", name, t, ev->hdr.time_ns);
		stall_args(c, t, ev);
		chrome_args_close(c);
	}
	t->nsleeps = 0;
	t->sleeps_more = 0;
}

void chrome_sleep(struct chrome *c, const struct ev_sleep *ev)
{
	struct chrome_thread *t = chrome_thread(c, &ev->task);

	if (!t->sleep)
		t->sleep = calloc(CHROME_SLEEPS, sizeof(*t->sleep));
	if (!t->sleep || t->nsleeps == CHROME_SLEEPS) {
		t->sleeps_more++;
		return;
	}
	t->sleep[t->nsleeps++] = (struct chrome_sleep){span_of(c, ev->hdr.time_ns, ev->duration_ns),
						       ev->cause, ev->stack};
}

void chrome_sleeps_alone(struct chrome *c, struct chrome_thread *t, uint64_t until_ns)
{
	int n = 0;

	for (int i = 0; i < t->nsleeps; i++) {
		struct chrome_sleep *s = &t->sleep[i];

		if (s->at.end > until_ns)
			t->sleep[n++] = *s;
		else if (!c->min_ns && chrome_place(c, t, &s->at))
			sleep_slice(c, t, s);
	}
	t->nsleeps = n;
}
