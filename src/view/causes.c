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

const char *shrinker_label(const struct model *m, uint64_t callback, uint64_t fs, char *buf,
			   size_t cap)
{
	const char *name = model_symbol(m, callback), *type = fs_name(fs);
	char safe[NAME_LEN];

	name_safe(name, "?", safe, sizeof(safe));
	if (type)
		snprintf(buf, cap, "%s of %s", safe, type);
	else
		snprintf(buf, cap, "%s", safe);
	return buf;
}

/* Why, where that is known of a cause: the reason of most throttling, the foremost shrinker. */
static void throttle_write(struct para *p, const uint64_t throttle_ns[THROTTLE_REASONS])
{
	int most = THROTTLE_NONE;

	for (int i = 1; i < THROTTLE_REASONS; i++)
		most = throttle_ns[i] > throttle_ns[most] ? i : most;
	if (throttle_ns[most])
		para_add(p, " (%s)", throttle_words[most]);
}

static void shrinker_write(struct para *p, const struct model *m, uint64_t callback, uint64_t fs,
			   bool only)
{
	char buf[NAME_LEN];

	if (callback && model_symbol(m, callback))
		para_add(p, " (%s%s)", only ? "" : "mostly ",
			 shrinker_label(m, callback, fs, buf, sizeof(buf)));
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
	const struct shrinker_stats *top = &s->shrinker[0];

	for (int i = 1; i < MODEL_SHRINKERS; i++)
		top = s->shrinker[i].ns > top->ns ? &s->shrinker[i] : top;
	n = n > 3 ? 3 : n;
	for (int i = 0; i < n; i++) {
		para_add(p, "%s%u %% %s", joint(i, n), percent(s->cause_ns[order[i]], s->split_ns),
			 cause_words[order[i]]);
		if (order[i] == CAUSE_THROTTLED)
			throttle_write(p, s->throttle_ns);
		if (order[i] == CAUSE_SLAB)
			shrinker_write(p, m, top->callback, top->fs, !s->shrinker[1].callback);
	}
}

void stall_causes_write(struct para *p, const struct model *m, const struct ev_stall *ev)
{
	int order[STALL_CAUSES], n = causes_rank(ev->cause_ns, ev->duration_ns, order);
	const struct ev_shrinker *top = &ev->shrinker[0];
	char buf[UNITS_LEN];

	for (int i = 1; i < EV_SHRINKERS; i++)
		top = ev->shrinker[i].ns > top->ns ? &ev->shrinker[i] : top;
	for (int i = 0; i < n; i++) {
		para_add(p, "%s%s %s", joint(i, n),
			 fmt_ns(ev->cause_ns[order[i]], buf, sizeof(buf)), cause_words[order[i]]);
		if (order[i] == CAUSE_THROTTLED)
			throttle_write(p, ev->throttle_ns);
		if (order[i] == CAUSE_SLAB)
			shrinker_write(p, m, top->callback, top->fs, !ev->shrinker[1].callback);
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
