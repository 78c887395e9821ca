// SPDX-License-Identifier: GPL-2.0
/*
 * Pages written out by reclaim, and who wrote them.
 *
 * Layer: bpf. One event per page would be too much while swapping hard, so pages are added up per
 * writing process and the loader reads the sums each interval. A sum only ever grows; it is sent
 * and forgotten when its process ends, in that process's own context, so none is lost to a race.
 */
#include "common.bpf.h"

static __always_inline void swapout_add(unsigned long flags, __u64 pages)
{
	bool anon = flags & (1ul << bpf_core_enum_value(enum pageflags, PG_swapbacked));
	__u64 id = bpf_get_current_pid_tgid();
	__u32 tgid = id >> 32;
	struct swapout *s;

	count(SIG_SWAPOUT, seen, pages);
	if (anon)
		count(SIG_SWAPOUT, extra, pages);
	if (!watched(id)) {
		count(SIG_SWAPOUT, filtered, pages);
		return;
	}
	s = bpf_map_lookup_elem(&swapouts, &tgid);
	/* A process may write on after its exit event: that entry is replaced by the next user of
	 * its number. */
	if (!s || s->task.start_ns != current_start_ns()) {
		struct swapout new = {};

		task_fill_current(&new.task);
		bpf_map_update_elem(&swapouts, &tgid, &new, s ? BPF_ANY : BPF_NOEXIST);
		s = bpf_map_lookup_elem(&swapouts, &tgid);
		if (!s) { /* the map is full */
			count(SIG_SWAPOUT, lost, pages);
			return;
		}
	}
	__sync_fetch_and_add(anon ? &s->anon_pages : &s->file_pages, pages);
}

static __always_inline int swapout_folio(struct folio *folio)
{
	unsigned long flags = folio_flags(folio);
	__u64 pages = 1;

	if (flags & (1ul << bpf_core_enum_value(enum pageflags, PG_head)))
		pages <<= folio_order_of(folio) & 0x1f;
	swapout_add(flags, pages);
	return 0;
}

SEC("tp_btf/mm_vmscan_write_folio")
int BPF_PROG(write_folio, struct folio *folio)
{
	return swapout_folio(folio);
}

/* before v5.18; of a huge page only its first is told */
SEC("tp_btf/mm_vmscan_writepage")
int BPF_PROG(write_page, struct page___flags *page)
{
	swapout_add(page->flags, 1);
	return 0;
}

/*
 * By trampoline: the function that every page on its way to swap passes. It sees no pages of files.
 * v6.16 and later, where v7.3 put another argument first; then before.
 */
SEC("fentry/swap_writeout")
int BPF_PROG(swap_writeout_folio, struct folio *folio)
{
	return swapout_folio(folio);
}

SEC("fentry/swap_writeout")
int BPF_PROG(swap_writeout_ctx, void *ctx_of_io, struct folio *folio)
{
	return swapout_folio(folio);
}

SEC("fentry/swap_writepage")
int BPF_PROG(swap_writepage_page, struct page___flags *page)
{
	swapout_add(page->flags, 1);
	return 0;
}
