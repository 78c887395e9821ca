/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's types by name. libbpf looks at all of some 150,000 for each question, and starting
 * asks dozens; here one walk answers them all.
 *
 * Layer: probe. Used by probe/ only.
 */
#ifndef MEMTRACE_TYPES_H
#define MEMTRACE_TYPES_H

#include <bpf/btf.h>

struct types;

/* Looks at each type of btf, which must stay for as long as the index. NULL: out of memory. */
struct types *types_index(const struct btf *btf);
/* The index alone; NULL is fine. */
void types_free(struct types *t);

/* What it is an index of. */
const struct btf *types_btf(const struct types *t);

/* As btf__find_by_name_kind(): the first such type's id, or -ENOENT. */
__s32 types_find(const struct types *t, const char *name, __u32 kind);

#endif
