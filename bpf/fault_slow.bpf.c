// SPDX-License-Identifier: GPL-2.0
/*
 * Starts of faults, by the functions that only faults pass which may wait: a page that was swapped
 * out, a page of a file, a page of shared memory. Always attached, for most minor faults pass none
 * of them. Each also tells what the fault is about, without a look at the task's mappings.
 *
 * Layer: bpf. Needs BPF trampolines. Such a fault is timed from the function on: finding the
 * mapping and its page table, and waiting for mmap_lock, come before.
 */
#include "fault.bpf.h"

/* Notes the start; NULL when this fault is not watched. */
static __always_inline struct fault_start *slow_begin(struct vm_fault *vmf, __u64 way)
{
	__u32 flags = fault_flags(vmf);
	__u64 page = page_of(vmf->address);
	struct fault_slot *slot;
	struct fault_start *s;

	if (!watched(bpf_get_current_pid_tgid()))
		return NULL;
	s = fault_start_get(true);
	if (!s)
		return NULL;
	slot = flags & FAULT_FLAG_USER ? &s->user : &s->kernel;
	/* A fault that let go of mmap_lock to wait is tried again: it began the first time. */
	if (!(flags & FAULT_FLAG_TRIED) || slot->page != page || !slot->ns) {
		slot->page = page;
		slot->min_flt = minor_faults();
		slot->ns = bpf_ktime_get_boot_ns();
	}
	slot->way = way;
	return s;
}

static __always_inline int slow_begin_file(struct vm_fault *vmf, __u64 way)
{
	struct fault_start *s = slow_begin(vmf, way);
	struct file *file;

	if (!s)
		return 0;
	file = vmf->vma->vm_file;
	s->file_page = page_of(vmf->address);
	if (!file) { /* never, but the verifier may not know */
		s->file.ino = 0;
		s->file.name[0] = 0;
		return 0;
	}
	s->file.ino = file->f_inode->i_ino;
	s->file.dev = file->f_inode->i_sb->s_dev;
	s->file.offset = to_bytes(vmf->pgoff);
	name_fill(&s->file, file->f_path.dentry);
	return 0;
}

SEC("fentry/do_swap_page")
int BPF_PROG(slow_swap, struct vm_fault *vmf)
{
	struct fault_start *s = slow_begin(vmf, WAY_SWAP);

	if (s && have_churn) {
		anon_fill(&s->anon, vmf->vma);
		s->anon_armed_ns = fault_armed_ns;
	}
	return 0;
}

SEC("fentry/filemap_fault")
int BPF_PROG(slow_file, struct vm_fault *vmf)
{
	return slow_begin_file(vmf, WAY_FILE);
}

SEC("fentry/shmem_fault")
int BPF_PROG(slow_shmem, struct vm_fault *vmf)
{
	return slow_begin_file(vmf, WAY_SHMEM);
}
