/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. Numbers for things that occur often; html_impl.h is the contract. */
#include <errno.h>
#include <stdlib.h>
#include "html_impl.h"

int dict_init(struct dict *d, uint32_t cap)
{
	*d = (struct dict){.cap = cap};
	d->keys = calloc(cap, sizeof(*d->keys));
	return d->keys && !htab_init(&d->index, cap) ? 0 : -ENOMEM;
}

void dict_fini(struct dict *d)
{
	htab_fini(&d->index);
	free(d->keys);
}

uint32_t dict_put(struct dict *d, uint64_t a, uint64_t b)
{
	uint32_t at;

	if (htab_get(&d->index, a, b, &at))
		return at;
	if (d->n == d->cap)
		return d->cap - 1;
	at = d->n++;
	d->keys[at] = (struct dict_key){a, b};
	htab_put(&d->index, a, b, at);
	return at;
}
