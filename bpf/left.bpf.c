// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of files that reclaim drops from the page cache.
 *
 * Layer: bpf. A program that runs per page, so it is attached only while major faults happen, and
 * then returns early but for tasks in reclaim: truncating a file drops its pages, too.
 */
#include "left.bpf.h"

static __always_inline void left_file(struct address_space *mapping, __u64 index, __u64 pages)
{
	struct inode *inode;

	if (!(bpf_get_current_task_btf()->flags & (PF_KSWAPD | PF_MEMALLOC)))
		return;
	inode = mapping->host;
	if (inode)
		left_note_all(file_number(inode->i_sb->s_dev, inode->i_ino), index, pages);
}

SEC("tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(left_folio, struct folio *folio)
{
	left_file(folio->mapping, folio->index, folio_pages(folio));
	return 0;
}

/* before v5.16 */
SEC("tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(left_page, struct page___flags *page)
{
	left_file(page->mapping, page->index, 1);
	return 0;
}
