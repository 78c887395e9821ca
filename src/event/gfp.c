/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer: event. Allocation flags in words, as the kernel's trace output has them.
 *
 * Follows include/trace/events/mmflags.h (__def_gfpflag_names) for the composites and
 * include/linux/gfp_types.h for what they are made of; single flags come in the order of their
 * bits, where the kernel's own text may have another. Composites are made of bit names, not of
 * numbers, since bits have moved between releases.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "event.h"

#define BITS_MAX 12

/* Bits that a composite has only on kernels that have the bit begin with "?". */
struct composite {
	const char *name;
	const char *bits[BITS_MAX];
};

#define BITS_RECLAIM "__GFP_DIRECT_RECLAIM", "__GFP_KSWAPD_RECLAIM"
#define BITS_KERNEL  BITS_RECLAIM, "__GFP_IO", "__GFP_FS"
#define BITS_MOVABLE                                                                               \
	"__GFP_IO", "__GFP_FS", "__GFP_HARDWALL", "__GFP_HIGHMEM", "__GFP_MOVABLE",                \
		"?__GFP_SKIP_KASAN"
#define BITS_HUGE BITS_MOVABLE, "__GFP_COMP", "__GFP_NOMEMALLOC", "__GFP_NOWARN"

/* Largest first, since each takes its bits away. */
static const struct composite composites[] = {
	{"GFP_TRANSHUGE", {BITS_HUGE, "__GFP_DIRECT_RECLAIM"}},
	{"GFP_TRANSHUGE_LIGHT", {BITS_HUGE}},
	{"GFP_HIGHUSER_MOVABLE", {BITS_RECLAIM, BITS_MOVABLE}},
	{"GFP_HIGHUSER", {BITS_KERNEL, "__GFP_HARDWALL", "__GFP_HIGHMEM"}},
	{"GFP_USER", {BITS_KERNEL, "__GFP_HARDWALL"}},
	{"GFP_KERNEL_ACCOUNT", {BITS_KERNEL, "__GFP_ACCOUNT"}},
	{"GFP_KERNEL", {BITS_KERNEL}},
	{"GFP_NOFS", {BITS_RECLAIM, "__GFP_IO"}},
	/* __GFP_ATOMIC existed until 6.3. */
	{"GFP_ATOMIC", {"__GFP_HIGH", "__GFP_KSWAPD_RECLAIM", "?__GFP_ATOMIC"}},
	{"GFP_NOIO", {BITS_RECLAIM}},
	{"GFP_NOWAIT", {"__GFP_KSWAPD_RECLAIM", "__GFP_NOWARN"}},
	{"GFP_DMA", {"__GFP_DMA"}},
	{"GFP_DMA32", {"__GFP_DMA32"}},
	{"__GFP_RECLAIM", {BITS_RECLAIM}},
};

const char gfp_default_names[32][GFP_NAME_LEN] = {
	[0] = "__GFP_DMA",
	[1] = "__GFP_HIGHMEM",
	[2] = "__GFP_DMA32",
	[3] = "__GFP_MOVABLE",
	[4] = "__GFP_RECLAIMABLE",
	[5] = "__GFP_HIGH",
	[6] = "__GFP_IO",
	[7] = "__GFP_FS",
	[8] = "__GFP_ZERO",
	[10] = "__GFP_DIRECT_RECLAIM",
	[11] = "__GFP_KSWAPD_RECLAIM",
	[12] = "__GFP_WRITE",
	[13] = "__GFP_NOWARN",
	[14] = "__GFP_RETRY_MAYFAIL",
	[15] = "__GFP_NOFAIL",
	[16] = "__GFP_NORETRY",
	[17] = "__GFP_MEMALLOC",
	[18] = "__GFP_COMP",
	[19] = "__GFP_NOMEMALLOC",
	[20] = "__GFP_HARDWALL",
	[21] = "__GFP_THISNODE",
	[22] = "__GFP_ACCOUNT",
};

/* The bit of that name, of those in mask; 0 if none. */
static uint32_t bit_named(const char *name, uint32_t mask, const char names[32][GFP_NAME_LEN])
{
	for (; mask; mask &= mask - 1) {
		int bit = __builtin_ctz(mask);

		if (strncmp(names[bit], name, GFP_NAME_LEN) == 0)
			return 1u << bit;
	}
	return 0;
}

/* All bits of a composite if gfp has them, else 0. */
static uint32_t composite_bits(const struct composite *c, uint32_t gfp,
			       const char names[32][GFP_NAME_LEN])
{
	uint32_t bits = 0;

	for (int i = 0; i < BITS_MAX && c->bits[i]; i++) {
		bool optional = c->bits[i][0] == '?';
		const char *name = c->bits[i] + optional;
		uint32_t bit = bit_named(name, gfp, names);

		if (bit == 0 && !(optional && bit_named(name, UINT32_MAX, names) == 0))
			return 0;
		bits |= bit;
	}
	return bits;
}

struct list {
	char *buf;
	size_t cap, len;
};

__attribute__((format(printf, 2, 3))) static void list_add(struct list *l, const char *fmt, ...)
{
	va_list args;
	int n;

	if (l->len > 0 && l->len + 1 < l->cap) {
		l->buf[l->len++] = '|';
		l->buf[l->len] = '\0';
	}
	va_start(args, fmt);
	n = vsnprintf(l->buf + l->len, l->cap - l->len, fmt, args);
	va_end(args);
	if (n > 0)
		l->len = l->len + (size_t)n < l->cap ? l->len + (size_t)n : l->cap - 1;
}

const char *gfp_format(uint32_t gfp, const char names[32][GFP_NAME_LEN], char *buf, size_t cap)
{
	struct list list = {.buf = buf, .cap = cap};
	uint32_t unnamed = 0;

	if (cap == 0)
		return buf;
	buf[0] = '\0';
	if (gfp == 0)
		list_add(&list, "none");
	for (size_t i = 0; i < sizeof(composites) / sizeof(composites[0]); i++) {
		uint32_t bits = composite_bits(&composites[i], gfp, names);

		if (bits)
			list_add(&list, "%s", composites[i].name);
		gfp &= ~bits;
	}
	for (; gfp; gfp &= gfp - 1) {
		int bit = __builtin_ctz(gfp);

		if (names[bit][0])
			list_add(&list, "%.*s", (int)GFP_NAME_LEN, names[bit]);
		else
			unnamed |= 1u << bit;
	}
	if (unnamed)
		list_add(&list, "0x%x", unnamed);
	return buf;
}
