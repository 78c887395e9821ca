// SPDX-License-Identifier: GPL-2.0
/*
 * Major faults, one by one, as they end.
 *
 * Layer: bpf. The end of a major fault is a software perf event, so minor faults cost nothing. When
 * it began was noted by fault_slow.bpf.c or fault_entry.bpf.c; a major fault whose start they did
 * not see is sent untimed.
 *
 * What the fault waited for: the way it took tells. Where that was not watched, the kind of mapping
 * decides; a private file mapping that has anonymous pages is then a guess, and said to be one.
 */
#include "fault.bpf.h"
#include "ustack.bpf.h"

const volatile bool class_by_way; /* the way of faults is watched, see struct fault_slot */

#define TMPFS_MAGIC 0x01021994 /* include/uapi/linux/magic.h */
#define VM_SHARED   0x00000008 /* include/linux/mm.h */

/* MKDEV() of the kernel */
#define DEV_MAJOR(dev) ((dev) >> 20)
#define DEV_MINOR(dev) ((dev)&0xfffff)

/* What the fault's address is mapped to. */
struct mapping {
	__u64 address;
	struct anon_mapping anon;
	struct fault_file of;
	bool found, file, shmem, maybe_anon;
};

struct fault_facts {
	__u64 began_ns; /* 0 = unknown */
	__u64 away_ns;	/* struct ev_fault */
	__u32 class, flags;
	__u32 ustack;
};

/*
 * What is found out about the fault at hand. In a map, not on the stack: of a map's contents the
 * verifier knows nothing, so that the ways to get there become one again (a tenth of the
 * instructions). A perf event's program is not preempted.
 */
struct scratch {
	struct mapping m;
	struct fault_facts f;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch *scratch_get(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&scratches, &key);
}

static long vma_look(struct task_struct *task, struct vm_area_struct *vma, void *data)
{
	struct scratch *scratch = scratch_get();
	struct file *file = vma->vm_file;
	struct mapping *m;

	if (!scratch)
		return 0;
	m = &scratch->m;
	m->found = true;
	anon_fill(&m->anon, vma);
	if (!file)
		return 0;
	m->file = true;
	m->shmem = file->f_inode->i_sb->s_magic == TMPFS_MAGIC;
	m->maybe_anon = vma->anon_vma && !(vma->vm_flags & VM_SHARED);
	m->of.ino = file->f_inode->i_ino;
	m->of.dev = file->f_inode->i_sb->s_dev;
	m->of.offset = to_bytes(vma->vm_pgoff) + page_of(m->address - m->anon.start);
	name_fill(&m->of, file->f_path.dentry);
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

/*
 * Is this the start of the fault on this page that ends now? Not one left over from an earlier time
 * of being armed, nor of a fault that ended as a minor one.
 */
static __always_inline bool slot_fits(const struct fault_slot *slot, __u64 page, __u64 armed)
{
	return slot->page == page && slot->ns && slot->ns >= armed &&
	       slot->min_flt == minor_faults();
}

/* The start of the fault on this page, NULL if it was not seen. place: of this thread, or NULL. */
static __always_inline struct fault_slot *slot_find(struct fault_start *s, struct fault_slot *place,
						    __u64 page, __u64 armed, __u32 *flags)
{
	struct fault_slot *found = NULL;
	__u64 latest = 0;

	if (place && slot_fits(place, page, armed)) {
		found = place;
		latest = place->ns;
	}
	if (s && s->user.ns > latest && slot_fits(&s->user, page, armed)) {
		found = &s->user;
		latest = s->user.ns;
	}
	if (s && s->kernel.ns > latest && slot_fits(&s->kernel, page, armed)) {
		found = &s->kernel;
		*flags |= FAULT_F_KERNEL;
	}
	return found;
}

/* Looks up what is mapped at the address. */
static __always_inline void mapping_look(struct mapping *m, struct fault_start *s)
{
	bpf_find_vma(bpf_get_current_task_btf(), m->address, vma_look, NULL, 0);
	if (s && m->found && (!m->file || m->shmem || m->maybe_anon)) {
		s->anon = m->anon;
		s->anon_armed_ns = fault_armed_ns;
	}
}

static __always_inline bool in_file(const struct fault_start *s, const struct fault_slot *slot)
{
	return slot->way == WAY_FILE && s->file_page == slot->page;
}

static __always_inline bool anon_cached(const struct fault_start *s, __u64 address)
{
	return s->anon_armed_ns == fault_armed_ns && anon_holds(&s->anon, address);
}

/*
 * The class where the way alone tells it, else FAULT_CLASSES. A fault that did not go through
 * filemap_fault(), in a mapping seen lately that can be swapped, is one of swap; should that be
 * another mapping by now, it can only be one whose file system handles faults by itself.
 */
static __always_inline __u32 class_of_way(struct mapping *m, const struct fault_start *s,
					  const struct fault_slot *slot)
{
	if (slot->way == WAY_SWAP)
		return FAULT_SWAP;
	if (slot->way == WAY_SHMEM || (in_file(s, slot) && s->file.name[0])) {
		m->of = s->file;
		return slot->way == WAY_SHMEM ? FAULT_SWAP : FAULT_FILE;
	}
	if (slot->way == WAY_UNKNOWN && anon_cached(s, m->address))
		return FAULT_SWAP;
	return FAULT_CLASSES;
}

/* The class of a fault whose way was watched from its start, once its mapping was looked up. */
static __always_inline __u32 class_of_both(struct mapping *m, const struct fault_start *s,
					   const struct fault_slot *slot, __u32 *flags)
{
	if (in_file(s, slot)) {
		m->of.ino = s->file.ino;
		m->of.dev = s->file.dev;
		m->of.offset = s->file.offset;
		m->of.flags |= s->file.flags;
		return FAULT_FILE;
	}
	if (!m->found)
		*flags |= FAULT_F_GUESSED;
	else if (m->file && !m->shmem && !m->maybe_anon)
		return FAULT_FILE; /* a file system with a fault handler of its own (DAX) */
	return FAULT_SWAP;
}

static __always_inline void fault_judge(struct fault_facts *f, struct mapping *m, bool can_look)
{
	struct fault_slot *slot = NULL, *place = NULL;
	struct fault_start *s = NULL;
	__u64 armed = fault_armed_ns;
	bool by_way;

	if (armed) {
		place = fault_place_own();
		s = fault_start_get(starts_by_entry);
		slot = slot_find(s, place, page_of(m->address), armed, &f->flags);
	}
	if (slot)
		f->began_ns = slot->ns;
	else
		f->flags |= FAULT_F_UNTIMED;
	by_way = s && slot && class_by_way;
	f->class = by_way ? class_of_way(m, s, slot) : FAULT_CLASSES;
	if (f->class == FAULT_CLASSES) {
		/* one call only: the verifier walks all that follows again for each */
		if (can_look)
			mapping_look(m, s);
		f->class = by_way ? class_of_both(m, s, slot, &f->flags)
				  : class_of_mapping(m, &f->flags);
	}
	if (s)
		s->user.ns = s->kernel.ns = 0;
	if (f->class == FAULT_FILE)
		f->away_ns = left_file_ns(m->of.dev, m->of.ino, m->of.offset >> page_shift);
	else if (f->class == FAULT_SWAP && s && anon_cached(s, m->address))
		f->away_ns = left_anon_ns(&s->anon, m->address);
	else if (f->class == FAULT_SWAP && m->found)
		f->away_ns = left_anon_ns(&m->anon, m->address);
	if (place)
		place->ns = 0;
}

static __always_inline void fault_send(struct mapping *m, struct fault_facts *f)
{
	bool ask = !f->began_ns && !fault_armed_ns && !fault_asked;
	struct ev_fault *ev;

	ev = event_begin(sizeof(*ev), EV_FAULT, SIG_FAULT);
	if (!ev)
		return;
	task_fill_current(&ev->task);
	ev->duration_ns = f->began_ns ? ev->hdr.time_ns - f->began_ns : 0;
	ev->address = m->address;
	ev->ino = m->of.ino;
	ev->offset = m->of.offset;
	ev->dev_major = DEV_MAJOR(m->of.dev);
	ev->dev_minor = DEV_MINOR(m->of.dev);
	ev->class = f->class;
	ev->flags = f->flags | m->of.flags;
	__builtin_memcpy(ev->name, m->of.name, EV_NAME_LEN);
	ev->away_ns = f->away_ns;
	ev->ustack = f->ustack;
	ev->pad = 0;
	/* the first untimed one is what the loader waits for to time the next */
	if (ask)
		fault_asked = 1;
	event_send(ev, ask || ustack_urgent(f->ustack, ev->hdr.time_ns));
}

/* can_look: bpf_find_vma() can be called, v5.17 and later (7c7e3d31e785) */
static __always_inline int fault_end(struct bpf_perf_event_data *ctx, bool can_look)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct scratch *scratch;

	count(SIG_FAULT, seen, 1);
	if (!watched(id)) {
		count(SIG_FAULT, filtered, 1);
		return 0;
	}
	scratch = scratch_get();
	if (!scratch)
		return 0;
	__builtin_memset(scratch, 0, sizeof(*scratch));
	scratch->m.address = ctx->addr;
	if (have_ustacks)
		scratch->f.ustack = ustack_take(ctx);
	fault_judge(&scratch->f, &scratch->m, can_look);
	if (!scratch->f.began_ns)
		count(SIG_FAULT, extra, 1);
	fault_send(&scratch->m, &scratch->f);
	return 0;
}

SEC("perf_event")
int fault_major(struct bpf_perf_event_data *ctx)
{
	return fault_end(ctx, true);
}

/* A program of its own: the kernel refuses even an unused reference to a callback before v5.13. */
SEC("perf_event")
int fault_major_plain(struct bpf_perf_event_data *ctx)
{
	return fault_end(ctx, false);
}
