/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. What stalls waited for; the contract is in causes.h. */
#include "causes.h"

#include <string.h>

static const char *const cause_words[STALL_CAUSES] = {
	[CAUSE_CPU] = "scanning and unmapping pages",
	[CAUSE_SLAB] = "in shrinkers",
	[CAUSE_THROTTLED] = "throttled",
	[CAUSE_IO] = "waiting for I/O",
	[CAUSE_BLOCKED] = "blocked",
	[CAUSE_RUNQUEUE] = "waiting for a CPU",
};

/* For a column: README.md has the key. */
static const char *const cause_short[STALL_CAUSES] = {
	[CAUSE_CPU] = "cpu", [CAUSE_SLAB] = "slab",   [CAUSE_THROTTLED] = "thr",
	[CAUSE_IO] = "io",   [CAUSE_BLOCKED] = "blk", [CAUSE_RUNQUEUE] = "rq",
};

static const char *const throttle_words[THROTTLE_REASONS] = {
	[THROTTLE_WRITEBACK] = "too much under writeback",
	[THROTTLE_ISOLATED] = "too many reclaimers at once",
	[THROTTLE_NOPROGRESS] = "nothing could be reclaimed",
	[THROTTLE_CONGESTED] = "congested devices",
	[THROTTLE_PFMEMALLOC] = "reserves nearly used up",
	[THROTTLE_HIGH] = "over memory.high",
};

const char *cause_word(enum stall_cause cause)
{
	return cause_words[cause];
}

const char *throttle_word(enum throttle_reason reason)
{
	return throttle_words[reason];
}

int causes_rank(const uint64_t cause_ns[STALL_CAUSES], uint64_t total_ns, int out[STALL_CAUSES])
{
	int n = 0, at;

	for (int c = 0; c < STALL_CAUSES; c++) {
		if (!cause_ns[c] || cause_ns[c] < total_ns / 100)
			continue;
		for (at = n++; at > 0 && cause_ns[out[at - 1]] < cause_ns[c]; at--)
			out[at] = out[at - 1];
		out[at] = c;
	}
	return n;
}

enum throttle_reason throttle_top(const uint64_t throttle_ns[THROTTLE_REASONS])
{
	enum throttle_reason top = THROTTLE_NONE;

	for (int i = 1; i < THROTTLE_REASONS; i++)
		top = throttle_ns[i] > throttle_ns[top] ? (enum throttle_reason)i : top;
	return throttle_ns[top] ? top : THROTTLE_NONE;
}

const struct ev_shrinker *shrinker_top(const struct ev_shrinker *shrinkers, int n)
{
	const struct ev_shrinker *top = shrinkers;

	for (int i = 1; i < n; i++)
		top = shrinkers[i].ns > top->ns ? &shrinkers[i] : top;
	return top;
}

static unsigned percent(uint64_t part, uint64_t whole)
{
	return whole ? (unsigned)((double)part * 100.0 / (double)whole + 0.5) : 0;
}

const char *causes_label(const uint64_t cause_ns[STALL_CAUSES], uint64_t total_ns, char *buf,
			 size_t cap)
{
	int order[STALL_CAUSES], n = causes_rank(cause_ns, total_ns, order);
	size_t len = 0;

	snprintf(buf, cap, "-");
	for (int i = 0; i < n && i < 2 && len < cap; i++) {
		unsigned share = percent(cause_ns[order[i]], total_ns);

		if (i == 0 || share)
			len += (size_t)snprintf(buf + len, cap - len, "%s%s %u", len ? " " : "",
						cause_short[order[i]], share);
	}
	return buf;
}

const char *shrinker_label(const struct model *m, const struct ev_shrinker *s, char *buf,
			   size_t cap)
{
	const char *name = model_symbol(m, s->callback), *type = fs_name(shrinker_fs(m, s));
	char safe[NAME_LEN];

	name_safe(name, "?", safe, sizeof(safe));
	if (type)
		snprintf(buf, cap, "%s of %s", safe, type);
	else
		snprintf(buf, cap, "%s", safe);
	return buf;
}

static void shrinker_write(struct para *p, const struct model *m, const struct ev_shrinker *list,
			   int n)
{
	const struct ev_shrinker *top = shrinker_top(list, n);
	char buf[NAME_LEN];

	if (top->callback && model_symbol(m, top->callback))
		para_add(p, " (%s%s)", list[1].callback ? "mostly " : "",
			 shrinker_label(m, top, buf, sizeof(buf)));
}

/* A cause, and why, where that is known: the reason of most throttling, the foremost of n
 * shrinkers. */
static void cause_write(struct para *p, const struct model *m, int cause,
			const uint64_t throttle_ns[THROTTLE_REASONS],
			const struct ev_shrinker *shrinkers, int n)
{
	enum throttle_reason reason = throttle_top(throttle_ns);

	para_add(p, "%s", cause_words[cause]);
	if (cause == CAUSE_THROTTLED && reason != THROTTLE_NONE)
		para_add(p, " (%s)", throttle_words[reason]);
	if (cause == CAUSE_SLAB)
		shrinker_write(p, m, shrinkers, n);
}

/* "", ", " or " and " before the i-th of n. */
static const char *joint(int i, int n)
{
	if (i == 0)
		return "";
	return i == n - 1 ? " and " : ", ";
}

void causes_write(struct para *p, const struct model *m, const struct stall_stats *s)
{
	int order[STALL_CAUSES], n = causes_rank(s->cause_ns, s->split_ns, order);

	n = n > 3 ? 3 : n;
	for (int i = 0; i < n; i++) {
		para_add(p, "%s%u %% ", joint(i, n), percent(s->cause_ns[order[i]], s->split_ns));
		cause_write(p, m, order[i], s->throttle_ns, s->shrinker, MODEL_SHRINKERS);
	}
}

void stall_causes_write(struct para *p, const struct model *m, const struct ev_stall *ev)
{
	int order[STALL_CAUSES], n = causes_rank(ev->cause_ns, ev->duration_ns, order);
	char buf[UNITS_LEN];

	for (int i = 0; i < n; i++) {
		para_add(p, "%s%s ", joint(i, n), fmt_ns(ev->cause_ns[order[i]], buf, sizeof(buf)));
		cause_write(p, m, order[i], ev->throttle_ns, ev->shrinker, EV_SHRINKERS);
	}
}

/* The scheduler's own frames are at the inner end of all stacks. */
static bool says_nothing(const char *frame, size_t len)
{
	static const char *const plumbing[] = {
		"__schedule",	    "schedule",	      "io_schedule",	    "schedule_timeout",
		"preempt_schedule", "__cond_resched", "io_schedule_timeout"};

	for (size_t i = 0; i < ARRAY_LEN(plumbing); i++) {
		if (strlen(plumbing[i]) == len && !strncmp(frame, plumbing[i], len))
			return true;
	}
	return false;
}

const char *stack_label(const struct model *m, uint32_t stack, char *buf, size_t cap)
{
	const char *frame = stack ? model_stack(m, stack) : NULL;
	size_t len = 0;
	bool any = false;

	snprintf(buf, cap, "?");
	for (size_t n; frame && *frame; frame += n + (frame[n] == ';')) {
		n = strcspn(frame, ";");
		if (!any && says_nothing(frame, n))
			continue;
		if (len + n + 8 > cap)
			break;
		len += (size_t)snprintf(buf + len, cap - len, "%s%.*s", any ? " < " : "", (int)n,
					frame);
		any = true;
	}
	return buf;
}
