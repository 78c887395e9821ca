/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What programs did when they faulted: user stacks of major faults and of sampled minor ones, by
 * process. Only with -U or --sample.
 *
 * Layer: model, private (model_ustacks() is public). Each entry keeps its process's name, since it
 * outlives the process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "model_impl.h"

#define FRAMES_BYTES	 512 /* per stack, on average */
#define FRAMES_MAX_BYTES 8191

int ustacks_init(struct model *m)
{
	size_t max = m->opts.max_ustacks;

	m->ustacks = calloc(max + 1, sizeof(*m->ustacks));
	m->ustack_frames = calloc(max + 1, sizeof(*m->ustack_frames));
	if (!m->ustacks || !m->ustack_frames || htab_init(&m->ustack_tab, max) ||
	    htab_init(&m->ustack_frames_tab, max))
		return -ENOMEM;
	return strpool_init(&m->ustack_texts, max * FRAMES_BYTES);
}

void ustacks_fini(struct model *m)
{
	strpool_fini(&m->ustack_texts);
	htab_fini(&m->ustack_frames_tab);
	htab_fini(&m->ustack_tab);
	free(m->ustack_frames);
	free(m->ustacks);
}

static uint64_t frames_key(uint32_t tgid, uint32_t id)
{
	return (uint64_t)tgid << 32 | id;
}

/* Ids have far fewer than 31 bits: they are numbers of buckets. */
static uint64_t stats_key(uint32_t tgid, uint32_t id, enum ustack_what what)
{
	return frames_key(tgid, id << 1 | (what == USTACK_MINOR));
}

void on_ustack(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_ustack *ev = (const struct ev_ustack *)hdr;
	uint64_t key = frames_key(ev->tgid, ev->id);
	uint32_t slot;

	if (!m->opts.max_ustacks || htab_get(&m->ustack_frames_tab, ev->start_ns, key, &slot))
		return;
	slot = (uint32_t)htab_count(&m->ustack_frames_tab);
	if (!htab_put(&m->ustack_frames_tab, ev->start_ns, key, slot))
		m->ustack_frames[slot] =
			strpool_dup(&m->ustack_texts, ev->frames, FRAMES_MAX_BYTES);
	else
		slot = (uint32_t)m->opts.max_ustacks; /* the one that stays NULL */
	if (!m->ustack_frames[slot])
		m->loss.names_unresolved++;
}

static struct ustack_stats *ustack_get(struct model *m, const struct ev_task *t, uint32_t id,
				       enum ustack_what what)
{
	uint64_t key = stats_key(t->tgid, id, what);
	struct ustack_stats *s;
	uint32_t slot;

	if (htab_get(&m->ustack_tab, t->start_ns, key, &slot))
		return &m->ustacks[slot];
	slot = (uint32_t)htab_count(&m->ustack_tab);
	if (htab_put(&m->ustack_tab, t->start_ns, key, slot))
		return NULL;
	s = &m->ustacks[slot];
	*s = (struct ustack_stats){
		.start_ns = t->start_ns, .tgid = t->tgid, .id = id, .what = what};
	comm_copy(s->comm, t->comm);
	return s;
}

void ustack_count(struct model *m, const struct ev_task *t, uint32_t id, enum ustack_what what,
		  uint64_t count, uint64_t ns)
{
	const struct proc *p = process_find(m, t->tgid, t->start_ns);
	struct ustack_stats *s;

	if (!id)
		m->loss.ustacks_missing++;
	s = ustack_get(m, t, id, what);
	if (!s) {
		m->loss.ustacks_full++;
		return;
	}
	if (p && p->named) /* t->comm is the thread's */
		memcpy(s->comm, p->pub.comm, sizeof(s->comm));
	s->count += count;
	s->total_ns += ns;
}

void on_sample(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_sample *ev = (const struct ev_sample *)hdr;
	struct proc *p;

	if (m->opts.max_ustacks && filter_admit(m, &ev->task, &p))
		ustack_count(m, &ev->task, ev->ustack, USTACK_MINOR, ev->period, 0);
}

static const char *frames_of(const struct model *m, const struct ustack_stats *s)
{
	uint32_t slot;

	if (!s->id ||
	    !htab_get(&m->ustack_frames_tab, s->start_ns, frames_key(s->tgid, s->id), &slot))
		return "?";
	return m->ustack_frames[slot] ? m->ustack_frames[slot] : "?";
}

static int by_place(const void *a, const void *b)
{
	const struct ustack_stats *x = a, *y = b;
	int order = strcmp(x->comm, y->comm);

	if (order)
		return order;
	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	return strcmp(x->frames, y->frames);
}

/* Functions are what is told of: calls from elsewhere within them are the same stack. */
static int places_join(struct ustack_stats *all, int n)
{
	int kept = 0;

	qsort(all, (size_t)n, sizeof(*all), by_place);
	for (int i = 0; i < n; i++) {
		if (!kept || by_place(&all[kept - 1], &all[i])) {
			all[kept++] = all[i];
			continue;
		}
		all[kept - 1].count += all[i].count;
		all[kept - 1].total_ns += all[i].total_ns;
	}
	return kept;
}

/* Major faults first; of these the longest waits, then the most faults. */
static int by_weight(const void *a, const void *b)
{
	const struct ustack_stats *x = a, *y = b;

	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	if (x->total_ns != y->total_ns)
		return x->total_ns < y->total_ns ? 1 : -1;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return by_place(a, b);
}

static bool is_of(const struct ustack_stats *s, const struct process *p)
{
	/* Before v5.11 an event does not tell when its process started. */
	return !p || (s->tgid == p->tgid && (!s->start_ns || s->start_ns == p->start_ns));
}

int model_ustacks(const struct model *m, const struct process *p, struct ustack_stats *out, int max)
{
	int total = (int)htab_count(&m->ustack_tab), n = 0;
	struct ustack_stats *all = calloc((size_t)total + 1, sizeof(*all));

	if (!all)
		return 0;
	for (int i = 0; i < total; i++) {
		if (!is_of(&m->ustacks[i], p))
			continue;
		all[n] = m->ustacks[i];
		all[n].frames = frames_of(m, &all[n]);
		/* Of one process they are one, whatever it was called. */
		if (p)
			memcpy(all[n].comm, p->comm, sizeof(p->comm));
		n++;
	}
	n = places_join(all, n);
	qsort(all, (size_t)n, sizeof(*all), by_weight);
	for (int i = 0; i < n && i < max; i++)
		out[i] = all[i];
	free(all);
	return n;
}
