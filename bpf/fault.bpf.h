/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a fault began: noted by one of two sources (fault_entry.bpf.c, fault_slow.bpf.c), used at its
 * end (fault.bpf.c) should it turn out to be a major one.
 *
 * Layer: bpf. Faults are told apart by the page they are on: sources differ in whether they see the
 * address itself.
 */
#ifndef MEMTRACE_FAULT_BPF_H
#define MEMTRACE_FAULT_BPF_H

#include "left.bpf.h"

const volatile bool have_task_storage; /* for tracing programs (a10787e6d58c) */
const volatile bool starts_by_entry;   /* fault_begin_user and fault_begin_kernel are loaded */

/* Changed while running. */
__u64 fault_armed_ns; /* since when fault starts are noted; 0 = they are not */
__u32 fault_asked;    /* the loader has been woken to arm that; it resets this */

enum fault_way {
	WAY_UNKNOWN = 0,
	WAY_FILE = 1,  /* filemap_fault(): a page of a file */
	WAY_SWAP = 2,  /* do_swap_page(): an anonymous page that was swapped out */
	WAY_SHMEM = 3, /* shmem_fault(): a page of tmpfs or shared memory */
};

/*
 * When the task's latest faults began. A fault in kernel mode (say a copy to user memory) can
 * come on top of one in user mode, so each mode has its own slot.
 */
struct fault_slot {
	__u64 ns;
	__u64 page;    /* its address */
	__u64 min_flt; /* of the task: grows with each fault that ends as a minor one */
	__u32 way;     /* enum fault_way */
	__u32 tid;     /* whose it is */
};

struct fault_file {
	__u64 ino, offset;
	__u32 dev, flags; /* FAULT_F_LONGNAME */
	char name[EV_NAME_LEN];
};

struct fault_start {
	struct fault_slot user, kernel;
	struct fault_file file; /* of the latest one that took WAY_FILE or WAY_SHMEM ... */
	__u64 file_page;	/* ... which was on this page */
	/*
	 * The latest mapping seen whose pages can come back from swap, for bpf_find_vma() is dear:
	 * it gives mmap_lock back by an interrupt to itself, 5 us on a virtual machine.
	 */
	struct anon_mapping anon;
	__u64 anon_armed_ns; /* it was seen while this was fault_armed_ns */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct fault_start);
} fault_starts SEC(".maps");

/* The same by tid, for kernels without task storage. A start that it evicts is untimed. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct fault_start);
} fault_starts_by_tid SEC(".maps");

/*
 * Starts of faults in user mode, where each of them passes a program: by the low bits of the tid,
 * for looking up an array is no call. Who finds another thread here has a place in fault_start.
 */
#define FAULT_PLACES 32768
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FAULT_PLACES);
	__type(key, __u32);
	__type(value, struct fault_slot);
} fault_places SEC(".maps");

static __always_inline struct fault_slot *fault_place(__u32 tid)
{
	__u32 key = tid % FAULT_PLACES;

	return bpf_map_lookup_elem(&fault_places, &key);
}

/* The current thread's own; NULL when there is none. */
static __always_inline struct fault_slot *fault_place_own(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct fault_slot *place;

	if (!starts_by_entry)
		return NULL;
	place = fault_place(tid);
	return place && place->tid == tid ? place : NULL;
}

/* A failed allocation makes the fault untimed, which is counted at its end. */
static __always_inline struct fault_start *fault_start_get(bool create)
{
	static const struct fault_start none;
	struct fault_start *s;
	__u32 tid;

	if (have_task_storage)
		return bpf_task_storage_get(&fault_starts, bpf_get_current_task_btf(), NULL,
					    create ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	tid = bpf_get_current_pid_tgid();
	s = bpf_map_lookup_elem(&fault_starts_by_tid, &tid);
	if (s || !create)
		return s;
	bpf_map_update_elem(&fault_starts_by_tid, &tid, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&fault_starts_by_tid, &tid);
}

/* Its number may be another thread's soon. Task storage goes by itself. */
static __always_inline void fault_start_drop(__u32 tid)
{
	if (!have_task_storage)
		bpf_map_delete_elem(&fault_starts_by_tid, &tid);
}

/* Of the current task; 0 where it cannot be read. */
static __always_inline __u64 minor_faults(void)
{
	return have_typed_current() ? bpf_get_current_task_btf()->min_flt : 0;
}

static __always_inline __u64 page_of(__u64 address)
{
	return address & -to_bytes(1);
}

/*
 * A name too long to be stored in the dentry itself could be read only by a helper: leave it. Read
 * by offset, for CO-RE refuses a load from an array whose size is not the declared one.
 */
static __always_inline void name_fill(struct fault_file *f, struct dentry *dentry)
{
	struct dentry___before_6_15 *old = (void *)dentry;
	__u32 size;
	char *name;

	f->flags = 0;
	f->name[0] = 0; /* of the file before */
	if (bpf_core_field_exists(dentry->d_shortname)) {
		name = (char *)dentry + bpf_core_field_offset(dentry->d_shortname);
		size = bpf_core_field_size(dentry->d_shortname);
	} else {
		name = (char *)dentry + bpf_core_field_offset(old->d_iname);
		size = bpf_core_field_size(old->d_iname);
	}
	if (dentry->d_name.len >= size) {
		f->flags |= FAULT_F_LONGNAME;
		return;
	}
	__builtin_memcpy(f->name, name, 32);
	if (size >= EV_NAME_LEN)
		__builtin_memcpy(f->name + 32, name + 32, EV_NAME_LEN - 32);
}

#endif
