/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where tasks slept while they stalled: by process, cause and kernel stack. Only with -K.
 *
 * Layer: model, private (model_sleeps() is public).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "model_impl.h"

int sleeps_init(struct model *m)
{
	size_t max = m->opts.max_stacks;

	m->sleeps = calloc(max + 1, sizeof(*m->sleeps));
	if (!m->sleeps || htab_init(&m->sleep_tab, max))
		return -ENOMEM;
	return 0;
}

void sleeps_fini(struct model *m)
{
	htab_fini(&m->sleep_tab);
	free(m->sleeps);
}

static struct sleep_stats *sleep_get(struct model *m, const struct ev_sleep *ev)
{
	uint64_t start_ns = ev->task.start_ns;
	uint64_t key = (uint64_t)ev->task.tgid << 32 | (ev->stack << 3 & 0xfffffff8u) | ev->cause;
	uint32_t slot;

	if (htab_get(&m->sleep_tab, start_ns, key, &slot))
		return &m->sleeps[slot];
	slot = (uint32_t)htab_count(&m->sleep_tab);
	if (htab_put(&m->sleep_tab, start_ns, key, slot))
		return NULL;
	m->sleeps[slot] = (struct sleep_stats){.start_ns = start_ns,
					       .tgid = ev->task.tgid,
					       .cause = ev->cause,
					       .stack = ev->stack};
	return &m->sleeps[slot];
}

void on_sleep(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_sleep *ev = (const struct ev_sleep *)hdr;
	struct sleep_stats *s;
	struct proc *p;

	if (!filter_admit(m, &ev->task, &p))
		return;
	s = sleep_get(m, ev);
	if (!s) {
		m->loss.details_full++;
		return;
	}
	s->count++;
	s->total_ns += ev->duration_ns;
	if (ev->duration_ns > s->max_ns)
		s->max_ns = ev->duration_ns;
}

static const char *frames_of(const struct model *m, const struct sleep_stats *s)
{
	const char *frames = model_stack(m, s->stack);

	return frames ? frames : "";
}

static int by_place(const void *a, const void *b, void *ctx)
{
	const struct sleep_stats *x = a, *y = b;

	if (x->cause != y->cause)
		return x->cause < y->cause ? -1 : 1;
	return strcmp(frames_of(ctx, x), frames_of(ctx, y));
}

/* Stacks of the same functions, called from elsewhere within them, are one place; so are all that
 * are not known. Returns how many are left. */
static int places_join(const struct model *m, struct sleep_stats *all, int n)
{
	int kept = 0;

	qsort_r(all, (size_t)n, sizeof(*all), by_place, (void *)m);
	for (int i = 0; i < n; i++) {
		struct sleep_stats *to, *s = &all[i];

		if (!kept || by_place(&all[kept - 1], s, (void *)m)) {
			all[kept++] = *s;
			continue;
		}
		to = &all[kept - 1];
		to->count += s->count;
		to->total_ns += s->total_ns;
		to->max_ns = s->max_ns > to->max_ns ? s->max_ns : to->max_ns;
	}
	return kept;
}

static int by_total(const void *a, const void *b)
{
	const struct sleep_stats *x = a, *y = b;

	return (x->total_ns < y->total_ns) - (x->total_ns > y->total_ns);
}

int model_sleeps(const struct model *m, const struct process *p, struct sleep_stats *out, int max)
{
	int total = (int)htab_count(&m->sleep_tab), n = 0;
	struct sleep_stats *all = calloc((size_t)total + 1, sizeof(*all));

	if (!all)
		return 0;
	for (int i = 0; i < total; i++) {
		/* Before v5.11 an event does not tell when its process started. */
		if (m->sleeps[i].tgid == p->tgid &&
		    (!m->sleeps[i].start_ns || m->sleeps[i].start_ns == p->start_ns))
			all[n++] = m->sleeps[i];
	}
	n = places_join(m, all, n);
	qsort(all, (size_t)n, sizeof(*all), by_total);
	for (int i = 0; i < n && i < max; i++)
		out[i] = all[i];
	free(all);
	return n;
}
