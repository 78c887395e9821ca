// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of files that reclaim drops from the page cache.
 *
 * Layer: bpf. A program that runs per page, so it is attached only while major faults happen, and
 * then returns early but for tasks in reclaim: truncating a file drops its pages, too.
 */
#include "left.bpf.h"

/* The inode whose page it is; NULL when it is not reclaim that drops it. */
static __always_inline struct inode *reclaimed_from(struct address_space *mapping)
{
	if (!(bpf_get_current_task_btf()->flags & (PF_KSWAPD | PF_MEMALLOC)))
		return NULL;
	return mapping->host;
}

static __always_inline __u64 inode_number(struct inode *inode)
{
	return file_number(inode->i_sb->s_dev, inode->i_ino);
}

SEC("tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(left_folio, struct folio *folio)
{
	struct inode *inode = reclaimed_from(folio->mapping);

	if (inode)
		left_note_folio(inode_number(inode), folio->index, folio_pages(folio));
	return 0;
}

/* before v5.16 */
SEC("tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(left_page, struct page___flags *page)
{
	struct inode *inode = reclaimed_from(page->mapping);

	if (inode)
		left_note(inode_number(inode), page->index, left_ms());
	return 0;
}
