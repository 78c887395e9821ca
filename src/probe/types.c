// SPDX-License-Identifier: GPL-2.0
/*
 * A hash table of type ids, with open addressing: names and kinds stay in the BTF.
 *
 * Layer: probe. See types.h.
 */
#include "types.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct types {
	const struct btf *btf;
	__u32 mask;   /* slots less one */
	__u32 slot[]; /* id; 0 = free, as "void", which has no name */
};

/* FNV-1a */
static __u32 hash(const char *name)
{
	__u32 h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

static const char *name_of(const struct types *t, const struct btf_type *type)
{
	return btf__name_by_offset(t->btf, type->name_off);
}

/* In the order of their ids: of two that have the same name the first is found first. */
static void put(struct types *t, __u32 id)
{
	const struct btf_type *type = btf__type_by_id(t->btf, id);
	__u32 i;

	if (!type->name_off)
		return;
	for (i = hash(name_of(t, type)) & t->mask; t->slot[i]; i = (i + 1) & t->mask)
		;
	t->slot[i] = id;
}

struct types *types_index(const struct btf *btf)
{
	__u32 n = btf__type_cnt(btf), slots = 1;
	struct types *t;

	while (slots < 2 * n) /* never full: a search ends */
		slots *= 2;
	t = calloc(1, sizeof(*t) + slots * sizeof(t->slot[0]));
	if (!t)
		return NULL;
	t->btf = btf;
	t->mask = slots - 1;
	for (__u32 id = 1; id < n; id++)
		put(t, id);
	return t;
}

void types_free(struct types *t)
{
	free(t);
}

const struct btf *types_btf(const struct types *t)
{
	return t->btf;
}

__s32 types_find(const struct types *t, const char *name, __u32 kind)
{
	for (__u32 i = hash(name) & t->mask; t->slot[i]; i = (i + 1) & t->mask) {
		const struct btf_type *type = btf__type_by_id(t->btf, t->slot[i]);

		if (btf_kind(type) == kind && !strcmp(name_of(t, type), name))
			return t->slot[i];
	}
	return -ENOENT;
}
