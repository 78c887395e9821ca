// SPDX-License-Identifier: GPL-2.0
/*
 * Starts of faults, by the tracepoints that every fault passes: the source that needs nothing but
 * tracepoints. The loader attaches them only while major faults happen (fault_armed_ns).
 *
 * Layer: bpf.
 */
#include "fault.bpf.h"

static __always_inline void slot_begin(struct fault_slot *slot, __u64 page)
{
	slot->page = page;
	slot->way = WAY_UNKNOWN;
	slot->min_flt = minor_faults();
	slot->ns = bpf_ktime_get_boot_ns();
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(fault_begin_user, unsigned long address)
{
	struct fault_start *s = fault_start_get(true);

	if (s)
		slot_begin(&s->user, page_of(address));
	return 0;
}

/* Of faults in kernel mode only those on user memory can be major. */
SEC("tp_btf/page_fault_kernel")
int BPF_PROG(fault_begin_kernel, unsigned long address)
{
	struct fault_start *s;

	if ((long)address < 0)
		return 0;
	s = fault_start_get(true);
	if (s)
		slot_begin(&s->kernel, page_of(address));
	return 0;
}

/* A fault missed the page cache: v6.12 and later. */
SEC("tp_btf/mm_filemap_fault")
int BPF_PROG(fault_in_file, struct address_space *mapping, unsigned long index)
{
	struct fault_start *s = fault_start_get(false);
	struct fault_slot *slot;

	if (!s)
		return 0;
	slot = s->user.ns > s->kernel.ns ? &s->user : &s->kernel;
	slot->way = WAY_FILE;
	s->file_page = slot->page;
	s->file.flags = 0;
	s->file.name[0] = 0;
	s->file.ino = mapping->host->i_ino;
	s->file.dev = mapping->host->i_sb->s_dev;
	s->file.offset = to_bytes(index);
	return 0;
}
