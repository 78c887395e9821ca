// SPDX-License-Identifier: GPL-2.0
/*
 * Growth of each process's swap-out totals since they were last handed on.
 *
 * Layer: source. Part of the live source.
 */
#include "live_impl.h"

int swapout_init(struct swapout_seen *seen)
{
	for (uint32_t i = 0; i < SWAPOUT_MAX; i++)
		seen->free_slots[i] = SWAPOUT_MAX - 1 - i;
	seen->nfree = SWAPOUT_MAX;
	return htab_init(&seen->index, SWAPOUT_MAX);
}

bool swapout_growth(struct swapout_seen *seen, struct ev_swapout *ev)
{
	uint64_t anon = ev->anon_pages, file = ev->file_pages;
	uint32_t slot;

	if (!htab_get(&seen->index, ev->task.tgid, ev->task.start_ns, &slot)) {
		/* Slots go with BPF map entries, so one is free but for an end we have yet to see:
		 * then the totals are handed on once, at that end. */
		if (!seen->nfree)
			return false;
		slot = seen->free_slots[--seen->nfree];
		htab_put(&seen->index, ev->task.tgid, ev->task.start_ns, slot);
		seen->anon[slot] = seen->file[slot] = 0;
	}
	ev->anon_pages -= seen->anon[slot];
	ev->file_pages -= seen->file[slot];
	seen->anon[slot] = anon;
	seen->file[slot] = file;
	return ev->anon_pages || ev->file_pages;
}

void swapout_forget(struct swapout_seen *seen, const struct ev_task *t)
{
	uint32_t slot;

	if (!htab_get(&seen->index, t->tgid, t->start_ns, &slot))
		return;
	htab_del(&seen->index, t->tgid, t->start_ns);
	seen->free_slots[seen->nfree++] = slot;
}
