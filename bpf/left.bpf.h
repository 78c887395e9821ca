/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that reclaim took away, and when: so that a fault that brings one back can tell for how
 * long it was gone.
 *
 * Layer: bpf. Noted by swap.bpf.c and left.bpf.c, asked for by fault.bpf.c. A table of fixed size:
 * a page takes the place of an older one when both of its entries are taken.
 */
#ifndef MEMTRACE_LEFT_BPF_H
#define MEMTRACE_LEFT_BPF_H

#include "common.bpf.h"

const volatile bool have_churn;	  /* pages written to swap are remembered */
const volatile bool have_refault; /* pages dropped from the page cache are */

#define LEFT_SLOTS (1 << 19)
#define LEFT_LINE  8

/* As many pages of a folio are remembered: all that a huge page of 2 MiB has. */
#define LEFT_PAGES 512

/* tag << 32 | boottime in ms: one word, so that it is never half of one page and half of another */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LEFT_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} left SEC(".maps");

__u64 left_base;

/*
 * A kernel pointer as a number to tell objects apart by. The verifier refuses arithmetic with
 * pointers, except that the difference of two is a number. The low bits are the pointer's own.
 */
static __always_inline __u64 number_of(const void *ptr)
{
	__u64 n = (__u64)ptr;

	asm volatile("%0 -= %1" : "+r"(n) : "r"(&left_base));
	return n;
}

/* A mapping whose pages can come back from swap, and what those pages are known by. */
struct anon_mapping {
	__u64 start, end;
	__u64 index; /* of the page at start: linear_page_index() of the kernel */
	/* number_of() its anon_vma, and those of whom it was forked from. */
	__u64 owner[3];
};

static __always_inline void anon_fill(struct anon_mapping *a, struct vm_area_struct *vma)
{
	struct anon_vma *anon = vma->anon_vma;

	a->start = vma->vm_start;
	a->end = vma->vm_end;
	if (!have_churn)
		return;
	a->index = vma->vm_pgoff;
	a->owner[0] = number_of(anon);
	a->owner[1] = anon ? number_of(anon->root) : 0;
	a->owner[2] = anon ? number_of(anon->parent) : 0;
}

static __always_inline bool anon_holds(const struct anon_mapping *a, __u64 address)
{
	return address >= a->start && address < a->end;
}

/* The clock as it was when this CPU last read it, and the tick in which that was. */
struct left_clock {
	__u64 jiffies;
	__u64 ms;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct left_clock);
} left_clocks SEC(".maps");

/*
 * Boottime in ms, a tick behind at most: reading the clock is dear on virtual machines, and would
 * be a fifth of what a page costs here, while jiffies are a load from memory.
 */
static __always_inline __u32 left_ms(void)
{
	__u64 jiffies = bpf_jiffies64();
	__u32 key = 0;
	struct left_clock *c = bpf_map_lookup_elem(&left_clocks, &key);

	if (!c)
		return 0;
	if (c->jiffies != jiffies) {
		c->ms = bpf_ktime_get_boot_ns() / 1000000;
		c->jiffies = jiffies;
	}
	return c->ms;
}

static __always_inline __u64 left_hash(__u64 object, __u64 index)
{
	__u64 h = object ^ (index * 0x9e3779b97f4a7c15ull);

	h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93ull;
	h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93ull;
	return h ^ (h >> 32);
}

/*
 * Neighbouring pages leave and come back together: a line of the CPU's cache holds LEFT_LINE pages
 * in a row. By the low and the next bits of the hash they have two lines; the high ones are in tag.
 */
static __always_inline __u64 *left_entry(__u64 hash, __u64 index, bool second)
{
	__u32 line = (second ? hash >> 16 : hash) & (LEFT_SLOTS / LEFT_LINE - 1);
	__u32 slot = line * LEFT_LINE + (index & (LEFT_LINE - 1));

	return bpf_map_lookup_elem(&left, &slot);
}

static __always_inline bool left_is(__u64 entry, __u64 hash)
{
	return entry >> 32 == hash >> 32;
}

/* In its first entry if that is its own or empty, else in the older of the two. */
static __always_inline void left_note(__u64 object, __u64 index, __u32 ms)
{
	__u64 hash = left_hash(object, index / LEFT_LINE), first, second;
	__u64 *a = left_entry(hash, index, false), *b;

	if (!a)
		return;
	first = *(volatile __u64 *)a;
	if (first && !left_is(first, hash)) {
		b = left_entry(hash, index, true);
		if (!b)
			return;
		second = *(volatile __u64 *)b;
		if (!second || left_is(second, hash) || ms - (__u32)second > ms - (__u32)first)
			a = b;
	}
	*(volatile __u64 *)a = (hash >> 32 << 32) | ms;
}

/* Pages of a folio. */
struct left_run {
	__u64 object, index;
	__u32 ms, pad;
};

static long left_note_nth(__u32 n, struct left_run *run)
{
	left_note(run->object, run->index + n, run->ms);
	return 0;
}

/* bpf_loop() came in v5.17, folios in these tracepoints in v5.18 (in the page cache's in v5.16). */
static __always_inline void left_note_folio(__u64 object, __u64 index, __u64 pages)
{
	struct left_run run = {.object = object, .index = index, .ms = left_ms()};

	if (pages > 1)
		bpf_loop(pages < LEFT_PAGES ? pages : LEFT_PAGES, left_note_nth, &run, 0);
	else
		left_note(object, index, run.ms);
}

/* For how long it has been away, 0 = not known; and that is forgotten. */
static __always_inline __u64 left_take(__u64 object, __u64 index)
{
	__u64 hash = left_hash(object, index / LEFT_LINE);

	for (int way = 0; way < 2; way++) {
		__u64 *entry = left_entry(hash, index, way);
		__u64 seen = entry ? *(volatile __u64 *)entry : 0;
		__u32 ms;

		if (!seen || !left_is(seen, hash))
			continue;
		*(volatile __u64 *)entry = 0;
		ms = left_ms() - (__u32)seen;
		return ms ? ms * 1000000ull : 1000000;
	}
	return 0;
}

/* Bit 0 of folio.mapping (PAGE_MAPPING_ANON): it is an anon_vma, not an address_space. */
#define MAPPING_ANON 1

/* Pages of shared memory have no mapping any more when they are written: not remembered. */
static __always_inline bool left_anon(__u64 mapping)
{
	return have_churn && mapping & MAPPING_ANON;
}

static __always_inline __u64 left_anon_ns(const struct anon_mapping *a, __u64 address)
{
	__u64 index, away = 0;

	if (!have_churn)
		return 0;
	index = a->index + ((address - a->start) >> page_shift);
#pragma clang loop unroll(disable)
	for (int i = 0; i < 3 && !away; i++)
		away = left_take(a->owner[i] | MAPPING_ANON, index);
	return away;
}

static __always_inline __u64 file_number(__u32 dev, __u64 ino)
{
	return left_hash(dev, ino);
}

static __always_inline __u64 left_file_ns(__u32 dev, __u64 ino, __u64 index)
{
	return have_refault ? left_take(file_number(dev, ino), index) : 0;
}

#endif
