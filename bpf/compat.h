/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, in one place: each older or newer flavour of a struct names the
 * release that changed it. CO-RE picks the branch when a program is loaded, so no branch costs
 * anything at run time.
 *
 * Layer: bpf. Included by the programs, through common.bpf.h.
 */
#ifndef MEMTRACE_COMPAT_H
#define MEMTRACE_COMPAT_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Bit fields are declared here, for CO-RE to find wherever this kernel has them. */
struct task_struct___bits {
	unsigned int in_iowait : 1;
	unsigned int in_memstall : 1; /* CONFIG_PSI */
};

/* v5.14 renamed task_struct.state to __state (2f064a59a11f) */
struct task_struct___before_5_14 {
	long state;
};

/* v6.15 put dentry's inline name into a union, d_shortname; v6.10 lengthened it from 32 to 40 */
struct dentry___before_6_15 {
	unsigned char d_iname[32];
};

/* v6.18 wrapped folio.flags in a struct, memdesc_flags_t */
struct folio___before_6_18 {
	unsigned long flags;
};

/*
 * v6.6 moved a folio's order into the low byte of _flags_1 (ebc1baf5c9b4), which before held other
 * flags; v6.1 had given it a member of its own.
 */
struct folio___before_6_6 {
	unsigned char _folio_order;
};

/* vm_fault.flags became an enum between v5.10 and v6.1; CO-RE takes that for another field */
struct vm_fault___int_flags {
	unsigned int flags;
};

/*
 * Tracepoints passed a page before folios: mm_vmscan_writepage before v5.18,
 * mm_filemap_delete_from_page_cache before v5.16, swap_writepage() until v6.16.
 */
struct page___flags {
	unsigned long flags;
	struct address_space *mapping;
	unsigned long index;
	unsigned long memcg_data; /* v5.11 and later */
};

#pragma clang attribute pop

/* bpf_get_current_task_btf() came in v5.11 (3ca1032ab7ab) */
enum bpf_func_id___current {
	BPF_FUNC_get_current_task_btf___current = 158,
};
#define have_typed_current()                                                                       \
	bpf_core_enum_value_exists(enum bpf_func_id___current,                                     \
				   BPF_FUNC_get_current_task_btf___current)

/* indices of mm_struct.rss_stat: enum in include/linux/mm_types_task.h, unchanged since v4.5 */
#define RSS_FILE  0
#define RSS_ANON  1
#define RSS_SWAP  2
#define RSS_SHMEM 3

static __always_inline long task_state(struct task_struct *task)
{
	struct task_struct___before_5_14 *old = (void *)task;

	if (bpf_core_field_exists(old->state))
		return old->state;
	return task->__state;
}

extern const volatile _Bool have_rss; /* set by the loader */

/*
 * Pages of one kind: since v6.2 the shared part of a percpu counter (f1a7941243c1). Each CPU may
 * hold back up to max(32, 2 x CPUs) pages (lib/percpu_counter.c), so it is near, not exact.
 * Before, the verifier cannot follow a typed pointer into rss_stat: it takes no array of a typedef
 * for one of structs ("Type 'atomic_long_t' is not a struct"); then have_rss is false.
 */
#define mm_rss_pages(mm, index)                                                                    \
	({                                                                                         \
		__s64 __pages = have_rss ? (mm)->rss_stat[index].count : 0;                        \
		__pages > 0 ? (__u64)__pages : 0;                                                  \
	})

/* Only of a folio that has PG_head. Before v6.1 its order cannot be told: 0. */
static __always_inline __u32 folio_order_of(struct folio *folio)
{
	struct folio___before_6_6 *old = (void *)folio;

	if (bpf_core_field_exists(old->_folio_order))
		return old->_folio_order;
	if (bpf_core_field_exists(folio->_flags_1))
		return folio->_flags_1 & 0xff;
	return 0;
}

/* FAULT_FLAG_*, whose values are the same in all kernels */
static __always_inline __u32 fault_flags(struct vm_fault *vmf)
{
	struct vm_fault___int_flags *old = (void *)vmf;

	if (bpf_core_field_exists(old->flags))
		return old->flags;
	return vmf->flags;
}

static __always_inline unsigned long folio_flags(struct folio *folio)
{
	struct folio___before_6_18 *old = (void *)folio;

	if (bpf_core_field_exists(folio->flags.f))
		return folio->flags.f;
	return old->flags;
}

static __always_inline __u64 folio_pages(struct folio *folio)
{
	if (!(folio_flags(folio) & (1ul << bpf_core_enum_value(enum pageflags, PG_head))))
		return 1;
	return 1ull << (folio_order_of(folio) & 0x1f);
}

#endif
