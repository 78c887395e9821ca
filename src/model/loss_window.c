/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was lost in the window of a report. In a run of weeks the sum of all says nothing about it.
 *
 * Layer: model, private. Marks are an eighth of the window apart, so that they reach back beyond
 * it; a report tells of a little more than its window rather than of less.
 */
#include "episode.h"

#define MARKS_PER_WINDOW 8

void losses_tick(struct model *m)
{
	struct loss_marks *l = m->episodes ? &m->episodes->losses : NULL;
	uint64_t step = m->opts.history_ns / MARKS_PER_WINDOW;

	if (!l || (l->n && m->now_ns < l->mark[(l->n - 1) % LOSS_MARKS].time_ns + step))
		return;
	l->mark[l->n % LOSS_MARKS].time_ns = m->now_ns;
	l->mark[l->n++ % LOSS_MARKS].loss = model_loss(m);
}

/* struct model_loss is counters only. */
static struct model_loss since(struct model_loss now, const struct model_loss *then)
{
	uint64_t *to = (uint64_t *)&now;
	const uint64_t *from = (const uint64_t *)then;

	for (size_t i = 0; i < sizeof(now) / sizeof(*to); i++)
		to[i] = counter_growth(from[i], to[i]);
	return now;
}

struct model_loss losses_since(const struct model *m, uint64_t from_ns)
{
	const struct loss_marks *l = &m->episodes->losses;
	uint32_t kept = l->n < LOSS_MARKS ? l->n : LOSS_MARKS;

	for (uint32_t i = 1; i <= kept; i++) {
		uint32_t at = (l->n - i) % LOSS_MARKS;

		if (l->mark[at].time_ns <= from_ns)
			return since(model_loss(m), &l->mark[at].loss);
	}
	return model_loss(m); /* the run is younger than the window */
}
