// SPDX-License-Identifier: GPL-2.0
/*
 * Starts of faults, by the tracepoints that every fault passes: the source that needs nothing but
 * tracepoints. The loader attaches them only while major faults happen (fault_armed_ns).
 *
 * Layer: bpf.
 */
#include "fault.bpf.h"

/* A place not used for so long is another's to take: its fault, should it go on, is untimed. */
#define PLACE_STALE_NS 1000000000ull

/* What each fault in user mode costs while armed: a clock, an array, and next to nothing else. */
SEC("tp_btf/page_fault_user")
int BPF_PROG(fault_begin_user, unsigned long address)
{
	__u64 now = bpf_ktime_get_boot_ns(), min_flt = 0;
	struct fault_slot *slot;
	__u32 tid;

	if (have_typed_current()) {
		struct task_struct *task = bpf_get_current_task_btf();

		tid = task->pid;
		min_flt = task->min_flt;
	} else {
		tid = bpf_get_current_pid_tgid();
	}
	slot = fault_place(tid);
	if (slot && slot->tid != tid && now - slot->ns < PLACE_STALE_NS) {
		struct fault_start *s = fault_start_get(true);

		slot = s ? &s->user : NULL;
	}
	if (!slot)
		return 0;
	slot->ns = now;
	slot->page = page_of(address);
	slot->min_flt = min_flt;
	slot->way = WAY_UNKNOWN;
	slot->tid = tid;
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
	if (!s)
		return 0;
	s->kernel.page = page_of(address);
	s->kernel.way = WAY_UNKNOWN;
	s->kernel.min_flt = minor_faults();
	s->kernel.ns = bpf_ktime_get_boot_ns();
	return 0;
}

/* A fault missed the page cache: v6.12 and later. */
SEC("tp_btf/mm_filemap_fault")
int BPF_PROG(fault_in_file, struct address_space *mapping, unsigned long index)
{
	struct fault_slot *place = fault_place_own(), *slot;
	struct fault_start *s = fault_start_get(true);

	if (!s)
		return 0;
	slot = s->user.ns > s->kernel.ns ? &s->user : &s->kernel;
	if (place && place->ns > slot->ns)
		slot = place;
	slot->way = WAY_FILE;
	s->file_page = slot->page;
	s->file.flags = 0;
	s->file.name[0] = 0;
	s->file.ino = mapping->host->i_ino;
	s->file.dev = mapping->host->i_sb->s_dev;
	s->file.offset = to_bytes(index);
	return 0;
}
