/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer: model, private. See trend.h.
 *
 * A shape is told by where most of the growth is. Points need not be the same time apart: the
 * first may be a process's birth, the last its end. So a part of the time that is large holds no
 * burst, however few points it has.
 */
#include "model_impl.h"
#include "trend.h"

#define FLAT_BYTES     (256u << 10)
#define FLAT_SHARE     100	/* less than 1/100 of the size is no growth to speak of */
#define BURST_SHARE    5	/* at once: within 1/5 of the time */
#define BRIEF_NS       NS_PER_S /* what lived no longer than this took it all at once */
#define NOTABLE_SHARE  64
#define NOTABLE_MIN    (1 << 20)
#define NOTABLE_MAX    (64 << 20)
#define NOTABLE_CACHE  10 /* of the page cache at least 1/10 was given back */
#define EDGE_SHARE     10 /* within 1/10 of the range from its top or bottom is near it */
#define PHASE_SHARE    20 /* it grew from when 1/20 of the growth was there until all but 1/20 was */
#define UNKNOWN_FIGURE INT64_MIN

static uint64_t step_up(const struct trend_point *p, int i)
{
	return p[i].bytes > p[i - 1].bytes ? p[i].bytes - p[i - 1].bytes : 0;
}

static uint64_t step_ns(const struct trend_point *p, int i)
{
	return counter_growth(p[i - 1].time_ns, p[i].time_ns);
}

static uint64_t rate(uint64_t bytes, uint64_t ns)
{
	return ns ? (uint64_t)((double)bytes * NS_PER_S / (double)ns) : 0;
}

/* Does a come to four fifths of b? */
static bool most(uint64_t a, uint64_t b)
{
	return a >= b - b / 5;
}

/* The growth to explain; of one that goes up and down, all the ups. */
static uint64_t growth_whole(const struct trend_point *p, int n)
{
	uint64_t net = counter_growth(p[0].bytes, p[n - 1].bytes), ups = 0;

	for (int i = 1; i < n; i++)
		ups += step_up(p, i);
	return 2 * net >= ups ? net : ups;
}

/* The shortest time in which most of it came; UINT64_MAX = it never did. */
static uint64_t shortest(const struct trend_point *p, int n, uint64_t whole)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < n; i++) {
		for (int j = i + 1; j < n; j++) {
			uint64_t ns = counter_growth(p[i].time_ns, p[j].time_ns);

			if (most(counter_growth(p[i].bytes, p[j].bytes), whole)) {
				best = ns < best ? ns : best;
				break;
			}
		}
	}
	return best;
}

/* How long the two largest steps took (of only two, the largest) if most is in them. */
static uint64_t largest_steps(const struct trend_point *p, int n, uint64_t whole)
{
	int first = 1, second = 0;

	for (int i = 2; i < n; i++) {
		if (step_up(p, i) > step_up(p, first)) {
			second = first;
			first = i;
		} else if (!second || step_up(p, i) > step_up(p, second)) {
			second = i;
		}
	}
	if (most(step_up(p, first), whole))
		return step_ns(p, first);
	if (n > 3 && most(step_up(p, first) + step_up(p, second), whole))
		return step_ns(p, first) + step_ns(p, second);
	return UINT64_MAX;
}

static uint64_t span_ns(const struct trend_point *p, int n)
{
	return counter_growth(p[0].time_ns, p[n - 1].time_ns);
}

static bool is_burst(const struct trend_point *p, int n, uint64_t whole, uint64_t *ns)
{
	uint64_t span = span_ns(p, n), steps;

	*ns = shortest(p, n, whole);
	if (span < BRIEF_NS || *ns <= span / BURST_SHARE)
		return true;
	steps = largest_steps(p, n, whole);
	*ns = steps < *ns ? steps : *ns;
	return steps <= span / 2;
}

static uint64_t steady_rate(const struct trend_point *p, int n)
{
	uint64_t net = counter_growth(p[0].bytes, p[n - 1].bytes), edge = net / PHASE_SHARE;
	int from = 0, to = n - 1;

	while (to > 1 && p[to - 1].bytes >= p[n - 1].bytes - edge)
		to--;
	for (int i = 0; i < to; i++) {
		if (p[i].bytes <= p[0].bytes + edge)
			from = i;
	}
	return rate(counter_growth(p[from].bytes, p[to].bytes),
		    counter_growth(p[from].time_ns, p[to].time_ns));
}

struct trend trend_of(const struct trend_point *p, int n)
{
	uint64_t net = n > 1 ? counter_growth(p[0].bytes, p[n - 1].bytes) : 0, whole;
	struct trend t = {.shape = SHAPE_UNKNOWN};

	if (n < 2)
		return t;
	t.rate_bytes = steady_rate(p, n);
	if (n < 3 && span_ns(p, n) >= BRIEF_NS)
		return t;
	if (net < FLAT_BYTES || net < p[n - 1].bytes / FLAT_SHARE) {
		t.shape = SHAPE_FLAT;
		return t;
	}
	whole = growth_whole(p, n);
	if (!is_burst(p, n, whole, &t.burst_ns)) {
		t.shape = SHAPE_STEADY;
		t.burst_ns = 0;
		return t;
	}
	t.shape = SHAPE_BURST;
	t.rate_bytes = rate(whole - whole / 5, t.burst_ns);
	return t;
}

struct fall {
	bool known;
	int begin, end;
};

/* From when a figure was near its top for the last time until it was near its bottom. */
static struct fall fall_find(const int64_t *v, int n, int64_t notable)
{
	struct fall f = {.begin = -1};
	int top = -1;
	int64_t bottom, edge;

	for (int i = 0; i < n; i++) {
		if (v[i] != UNKNOWN_FIGURE && (top < 0 || v[i] >= v[top]))
			top = i;
	}
	if (top < 0)
		return f;
	bottom = v[top];
	for (int i = top; i < n; i++) {
		if (v[i] != UNKNOWN_FIGURE && v[i] < bottom)
			bottom = v[i];
	}
	f.known = v[top] - bottom >= notable;
	edge = (v[top] - bottom) / EDGE_SHARE;
	for (int i = top; i < n; i++) {
		if (v[i] != UNKNOWN_FIGURE && v[i] >= v[top] - edge)
			f.begin = i;
	}
	for (f.end = f.begin; f.end < n - 1; f.end++) {
		if (v[f.end] != UNKNOWN_FIGURE && v[f.end] <= bottom + edge)
			break;
	}
	return f;
}

static int64_t figure(uint64_t bytes)
{
	return bytes == EV_ABSENT ? UNKNOWN_FIGURE : (int64_t)bytes;
}

static int64_t room(const struct report_sample *s, bool memcg)
{
	if (!memcg)
		return figure(s->free_bytes);
	if (s->cg_usage_bytes == EV_ABSENT || s->cg_limit_bytes == EV_ABSENT)
		return UNKNOWN_FIGURE;
	return (int64_t)counter_growth(s->cg_usage_bytes, s->cg_limit_bytes);
}

static int64_t stage_figure(const struct report_sample *s, bool memcg, enum stage_id id)
{
	int64_t swap = figure(memcg ? s->cg_swap_bytes : s->swap_used_bytes);

	if (id == STAGE_CACHE)
		return figure(memcg ? s->cg_file_bytes : s->cache_bytes);
	if (id == STAGE_SWAP) /* what is taken of it, upside down */
		return swap == UNKNOWN_FIGURE ? swap : -swap;
	return room(s, memcg);
}

/* On a small machine, or in a small cgroup, less is notable. */
static int64_t notable(const struct trend_scope *scope)
{
	uint64_t part = scope->total_bytes / NOTABLE_SHARE;

	if (part < NOTABLE_MIN)
		return NOTABLE_MIN;
	return part > NOTABLE_MAX ? NOTABLE_MAX : (int64_t)part;
}

static uint64_t stage_bytes(int64_t v)
{
	if (v == UNKNOWN_FIGURE)
		return EV_ABSENT;
	return (uint64_t)(v < 0 ? -v : v);
}

/* Returns the sample in which it began, no earlier than `from`: stages come one after the other. */
static int stage_fill(struct stage *out, const struct report_sample *s, int n, int from,
		      const struct trend_scope *scope, enum stage_id id)
{
	int64_t v[REPORT_SAMPLES], top = 0, least = notable(scope);
	struct fall f;

	for (int i = 0; i < n; i++) {
		v[i] = stage_figure(&s[i], scope->memcg, id);
		top = v[i] > top ? v[i] : top;
	}
	if (id == STAGE_CACHE && top / NOTABLE_CACHE > least)
		least = top / NOTABLE_CACHE;
	f = fall_find(v, n, least);
	if (!f.known)
		return from;
	while (f.begin < from || (f.begin < n - 1 && v[f.begin] == UNKNOWN_FIGURE))
		f.begin++;
	f.end = f.end < f.begin ? f.begin : f.end;
	*out = (struct stage){
		.known = true,
		.begin_ns = s[f.begin].time_ns,
		.from_bytes = stage_bytes(v[f.begin]),
		.to_bytes = stage_bytes(v[f.end]),
	};
	return f.begin;
}

/* n samples are of before the kill, all of them `all`. */
static void stage_oom(struct stage *out, const struct report_sample *s, int n, int all,
		      const struct trend_scope *scope)
{
	*out = (struct stage){
		.known = true,
		.begin_ns = scope->kill_ns,
		.from_bytes = n ? stage_bytes(room(&s[n - 1], scope->memcg)) : EV_ABSENT,
		.to_bytes = n < all ? stage_bytes(room(&s[n], scope->memcg)) : EV_ABSENT,
	};
}

void trend_stages(struct stage out[STAGES], const struct report_sample *s, int n,
		  const struct trend_scope *scope)
{
	uint64_t end = scope->kill_ns ? scope->kill_ns : UINT64_MAX;
	int before = 0, from = 0;

	while (before < n && before < REPORT_SAMPLES && s[before].time_ns <= end)
		before++;
	for (int id = STAGE_FREE; id < STAGE_OOM; id++) {
		out[id] = (struct stage){0};
		from = stage_fill(&out[id], s, before, from, scope, (enum stage_id)id);
	}
	out[STAGE_OOM] = (struct stage){0};
	if (scope->kill_ns)
		stage_oom(&out[STAGE_OOM], s, before, n, scope);
}
