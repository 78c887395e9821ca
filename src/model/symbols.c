/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of kernel addresses and of kernel stacks that stalls refer to.
 *
 * Layer: model, private (the getters are public). They come before or after the events that refer
 * to them, so nobody keeps the names, only addresses and ids.
 */
#include <errno.h>
#include <stdlib.h>
#include "model_impl.h"

#define SYMBOL_BYTES 64 /* a block of the pool; most names take one */
#define STACK_BYTES  1024

int symbols_init(struct model *m)
{
	size_t stacks = m->opts.max_stacks;

	m->stacks = calloc(stacks + 1, sizeof(*m->stacks));
	if (!m->stacks || htab_init(&m->symbol_tab, MODEL_SYMBOLS) ||
	    htab_init(&m->stack_tab, stacks))
		return -ENOMEM;
	return strpool_init(&m->symbol_names, MODEL_SYMBOLS * SYMBOL_BYTES + stacks * STACK_BYTES);
}

void symbols_fini(struct model *m)
{
	strpool_fini(&m->symbol_names);
	htab_fini(&m->symbol_tab);
	htab_fini(&m->stack_tab);
	free(m->stacks);
}

/* Keeps a name in the next slot of a table; of one that is full, nothing. */
static void keep(struct model *m, struct htab *tab, const char **names, uint64_t key,
		 const char *text)
{
	uint32_t slot;

	if (htab_get(tab, key, 0, &slot))
		return;
	slot = (uint32_t)htab_count(tab);
	if (htab_put(tab, key, 0, slot)) {
		m->loss.names_unresolved++;
		return;
	}
	names[slot] = strpool_dup(&m->symbol_names, text, STACK_BYTES * 4);
	if (!names[slot])
		m->loss.names_unresolved++;
}

void on_symbol(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_symbol *ev = (const struct ev_symbol *)hdr;

	keep(m, &m->symbol_tab, m->symbols, ev->address, ev->name);
}

void on_stack(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_stack *ev = (const struct ev_stack *)hdr;

	keep(m, &m->stack_tab, m->stacks, ev->id, ev->frames);
}

const char *model_symbol(const struct model *m, uint64_t address)
{
	uint32_t slot;

	return htab_get(&m->symbol_tab, address, 0, &slot) ? m->symbols[slot] : NULL;
}

const char *model_stack(const struct model *m, uint32_t id)
{
	uint32_t slot;

	return htab_get(&m->stack_tab, id, 0, &slot) ? m->stacks[slot] : NULL;
}

bool model_stall_named(const struct model *m, const struct ev_stall *ev)
{
	if (!signal_runs(m, "kernel.symbols"))
		return true;
	for (int i = 0; i < EV_SHRINKERS; i++) {
		if (ev->shrinker[i].callback && !model_symbol(m, ev->shrinker[i].callback))
			return false;
	}
	return !ev->stack || model_stack(m, ev->stack);
}
