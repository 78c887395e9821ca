// SPDX-License-Identifier: GPL-2.0
/*
 * Major faults, one by one.
 *
 * Layer: bpf. The end of a major fault is a software perf event, so minor faults cost nothing.
 * The start is the page fault tracepoint, which every fault passes: the loader attaches it only
 * while major faults happen (fault_armed_ns), and a major fault before that is sent untimed.
 *
 * What the fault waited for: a fault that went through filemap_fault() missed the page cache, any
 * other major fault came back from swap. Where that tracepoint is missing (before v6.12) or was
 * not armed yet, the kind of mapping decides; a private file mapping that has anonymous pages is
 * then a guess, and said to be one.
 */
#include "common.bpf.h"

const volatile bool have_filemap_fault; /* fault_in_file is among the loaded programs */

#define TMPFS_MAGIC 0x01021994 /* include/uapi/linux/magic.h */
#define VM_SHARED   0x00000008 /* include/linux/mm.h */

/* MKDEV() of the kernel */
#define DEV_MAJOR(dev) ((dev) >> 20)
#define DEV_MINOR(dev) ((dev)&0xfffff)

static __always_inline struct fault_start *fault_start_get(bool create)
{
	/* A failed allocation makes the fault untimed, which is counted at its end. */
	return bpf_task_storage_get(&fault_starts, bpf_get_current_task_btf(), NULL,
				    create ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(fault_begin_user, unsigned long address)
{
	struct fault_start *s = fault_start_get(true);

	if (s) {
		s->user.address = address;
		s->user.ns = bpf_ktime_get_boot_ns();
		s->file_address = 0;
	}
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
	if (s) {
		s->kernel.address = address;
		s->kernel.ns = bpf_ktime_get_boot_ns();
		if (s->file_address == address) /* not that of the fault it may interrupt */
			s->file_address = 0;
	}
	return 0;
}

SEC("tp_btf/mm_filemap_fault")
int BPF_PROG(fault_in_file, struct address_space *mapping, unsigned long index)
{
	struct fault_start *s = fault_start_get(false);

	if (!s)
		return 0;
	s->file_address = s->user.ns > s->kernel.ns ? s->user.address : s->kernel.address;
	s->file_ino = mapping->host->i_ino;
	s->file_index = index;
	s->file_dev = mapping->host->i_sb->s_dev;
	return 0;
}

/* What the fault's address is mapped to. */
struct mapping {
	__u64 address, start, end, ino, offset;
	__u32 dev, flags; /* FAULT_F_LONGNAME */
	bool found, file, shmem, maybe_anon;
	char name[EV_NAME_LEN];
};

/*
 * A name too long to be stored in the dentry itself could be read only by a helper: leave it. Read
 * by offset, for CO-RE refuses a load from an array whose size is not the declared one.
 */
static __always_inline void name_fill(struct mapping *m, struct dentry *dentry)
{
	struct dentry___before_6_15 *old = (void *)dentry;
	__u32 size;
	char *name;

	if (bpf_core_field_exists(dentry->d_shortname)) {
		name = (char *)dentry + bpf_core_field_offset(dentry->d_shortname);
		size = bpf_core_field_size(dentry->d_shortname);
	} else {
		name = (char *)dentry + bpf_core_field_offset(old->d_iname);
		size = bpf_core_field_size(old->d_iname);
	}
	if (dentry->d_name.len >= size) {
		m->flags |= FAULT_F_LONGNAME;
		return;
	}
	__builtin_memcpy(m->name, name, 32);
	if (size >= EV_NAME_LEN)
		__builtin_memcpy(m->name + 32, name + 32, EV_NAME_LEN - 32);
}

static long vma_look(struct task_struct *task, struct vm_area_struct *vma, void *data)
{
	struct file *file = vma->vm_file;
	struct mapping *m = data;

	m->found = true;
	m->start = vma->vm_start;
	m->end = vma->vm_end;
	if (!file)
		return 0;
	m->file = true;
	m->shmem = file->f_inode->i_sb->s_magic == TMPFS_MAGIC;
	m->maybe_anon = vma->anon_vma && !(vma->vm_flags & VM_SHARED);
	m->ino = file->f_inode->i_ino;
	m->dev = file->f_inode->i_sb->s_dev;
	m->offset = to_bytes(vma->vm_pgoff) + ((m->address - m->start) & -to_bytes(1));
	name_fill(m, file->f_path.dentry);
	return 0;
}

/* The class by the kind of mapping alone. */
static __always_inline __u32 class_of_mapping(const struct mapping *m, __u32 *flags)
{
	if (!m->found)
		return FAULT_OTHER; /* bpf_find_vma() found mmap_lock taken by a writer */
	if (!m->file || m->shmem)
		return FAULT_SWAP;
	if (m->maybe_anon)
		*flags |= FAULT_F_GUESSED;
	return FAULT_FILE;
}

/* When this fault began, 0 if it was not seen; tells whether it went through filemap_fault(). */
static __always_inline __u64 fault_began(struct fault_start *s, __u64 address, bool *in_file,
					 __u32 *flags)
{
	struct fault_slot *slot;

	if (!s)
		return 0;
	if (s->user.address == address && s->user.ns) {
		slot = &s->user;
	} else if (s->kernel.address == address && s->kernel.ns) {
		slot = &s->kernel;
		*flags |= FAULT_F_KERNEL;
	} else {
		return 0;
	}
	*in_file = s->file_address == address;
	return slot->ns;
}

struct fault_facts {
	__u64 began_ns;
	__u32 class, flags;
};

/* The class of a fault whose way was watched from its start. */
static __always_inline __u32 class_of_way(struct mapping *m, const struct fault_start *s,
					  bool in_file, __u32 *flags)
{
	if (in_file) {
		m->ino = s->file_ino;
		m->dev = s->file_dev;
		m->offset = to_bytes(s->file_index);
		return FAULT_FILE;
	}
	if (!m->found)
		*flags |= FAULT_F_GUESSED;
	else if (m->file && !m->shmem && !m->maybe_anon)
		return FAULT_FILE; /* a file system with a fault handler of its own (DAX) */
	return FAULT_SWAP;
}

/*
 * Looks up what is mapped at the address, or knows: a fault that did not go through
 * filemap_fault(), in a mapping seen lately that can be swapped. Should that be another by now, it
 * can only be one whose file system handles faults by itself.
 */
static __always_inline void mapping_find(struct mapping *m, struct fault_start *s, bool known)
{
	if (s && known && s->anon_armed_ns == fault_armed_ns && m->address >= s->anon_start &&
	    m->address < s->anon_end) {
		m->found = true;
		return;
	}
	bpf_find_vma(bpf_get_current_task_btf(), m->address, vma_look, m, 0);
	if (s && m->found && (!m->file || m->shmem || m->maybe_anon)) {
		s->anon_start = m->start;
		s->anon_end = m->end;
		s->anon_armed_ns = fault_armed_ns;
	}
}

static __always_inline void fault_judge(struct fault_facts *f, struct mapping *m)
{
	struct fault_start *s = NULL;
	__u64 armed = fault_armed_ns;
	bool in_file = false;

	if (armed)
		s = fault_start_get(false);
	f->began_ns = fault_began(s, m->address, &in_file, &f->flags);
	if (f->began_ns < armed) /* left over from an earlier time of being armed */
		f->began_ns = 0;
	if (!f->began_ns)
		f->flags |= FAULT_F_UNTIMED;
	if (s && f->began_ns && have_filemap_fault) {
		mapping_find(m, s, !in_file);
		f->class = class_of_way(m, s, in_file, &f->flags);
	} else {
		mapping_find(m, s, false);
		f->class = class_of_mapping(m, &f->flags);
	}
	if (s) {
		s->user.ns = s->kernel.ns = 0;
		s->file_address = 0;
	}
}

static __always_inline void fault_send(struct mapping *m, struct fault_facts *f)
{
	struct ev_fault *ev = event_begin(sizeof(*ev), EV_FAULT, SIG_FAULT);
	bool ask = !f->began_ns && !fault_armed_ns && !fault_asked;

	if (!ev)
		return;
	task_fill_current(&ev->task);
	ev->duration_ns = f->began_ns ? ev->hdr.time_ns - f->began_ns : 0;
	ev->address = m->address;
	ev->ino = m->ino;
	ev->offset = m->offset;
	ev->dev_major = DEV_MAJOR(m->dev);
	ev->dev_minor = DEV_MINOR(m->dev);
	ev->class = f->class;
	ev->flags = f->flags | m->flags;
	__builtin_memcpy(ev->name, m->name, EV_NAME_LEN);
	/* the first untimed one is what the loader waits for to time the next */
	if (ask)
		fault_asked = 1;
	event_send(ev, ask);
}

SEC("perf_event")
int fault_major(struct bpf_perf_event_data *ctx)
{
	struct mapping m = {.address = ctx->addr};
	__u64 id = bpf_get_current_pid_tgid();
	struct fault_facts f = {};

	count(SIG_FAULT, seen, 1);
	if (!watched(id)) {
		count(SIG_FAULT, filtered, 1);
		return 0;
	}
	fault_judge(&f, &m);
	if (!f.began_ns)
		count(SIG_FAULT, extra, 1);
	fault_send(&m, &f);
	return 0;
}
