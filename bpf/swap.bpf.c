// SPDX-License-Identifier: GPL-2.0
/*
 * Pages written out by reclaim, and who wrote them.
 *
 * Layer: bpf. One event per page would be too much while swapping hard, so pages are added up per
 * writing process and the loader reads the sums each interval. A sum only ever grows; it is sent
 * and forgotten when its process ends, in that process's own context, so none is lost to a race.
 */
#include "left.bpf.h"

const volatile bool have_owner; /* memcg_data of a page tells its cgroup */

/* What is written out. */
struct written {
	unsigned long flags, memcg_data;
	__u64 mapping; /* number_of() */
	__u64 index, pages;
};

static __always_inline bool is_memcg(struct mem_cgroup *memcg, struct cgroup_subsys_state *mine)
{
	return number_of(memcg->css.ss) == number_of(mine->ss);
}

/*
 * The cgroup that a page belongs to, NULL if it is not known. memcg_data is a pointer and flags; to
 * a mem_cgroup, or on newer kernels to an obj_cgroup, which names one: what is a mem_cgroup belongs
 * to the same subsystem as the task's own. Needs have_owner.
 */
static __always_inline struct mem_cgroup *owner_of(unsigned long memcg_data,
						   struct cgroup_subsys_state *mine)
{
	void *data = (void *)(memcg_data & ~7ul);
	struct obj_cgroup *objcg;
	struct mem_cgroup *memcg;

	if (!data)
		return NULL;
	memcg = bpf_rdonly_cast(data, bpf_core_type_id_kernel(struct mem_cgroup));
	if (is_memcg(memcg, mine))
		return memcg;
	if (!bpf_core_type_exists(struct obj_cgroup))
		return NULL;
	objcg = bpf_rdonly_cast(data, bpf_core_type_id_kernel(struct obj_cgroup));
	memcg = objcg->memcg;
	return memcg && is_memcg(memcg, mine) ? memcg : NULL;
}

/* The sums of a cgroup; those of 0 when there is no room for more. */
static __always_inline struct swap_owner *owner_get(__u64 id)
{
	static const struct swap_owner none;
	struct swap_owner *o = bpf_map_lookup_elem(&swap_owners, &id);
	__u64 nobody = 0;

	if (o)
		return o;
	bpf_map_update_elem(&swap_owners, &id, &none, BPF_NOEXIST);
	o = bpf_map_lookup_elem(&swap_owners, &id);
	return o ? o : bpf_map_lookup_elem(&swap_owners, &nobody);
}

static __always_inline void owner_add(const struct written *w)
{
	struct task_struct *task = task_to_read(bpf_get_current_task_btf());
	struct cgroup_subsys_state *mine = task_memcg_css(task);
	struct mem_cgroup *memcg;
	struct swap_owner *o;
	__u64 id = 0;

	memcg = mine ? owner_of(w->memcg_data, mine) : NULL;
	if (memcg)
		id = memcg->css.cgroup->kn->id;
	o = owner_get(id);
	if (!o)
		return;
	if (task->flags & PF_KSWAPD)
		__sync_fetch_and_add(&o->by_kswapd, w->pages);
	else if (id && id == css_id(mine))
		__sync_fetch_and_add(&o->by_own, w->pages);
	else
		__sync_fetch_and_add(&o->by_other, w->pages);
}

static __always_inline void swapout_add(const struct written *w)
{
	bool anon = w->flags & (1ul << bpf_core_enum_value(enum pageflags, PG_swapbacked));
	__u64 id = bpf_get_current_pid_tgid();
	__u32 tgid = id >> 32;
	struct swapout *s;

	count(SIG_SWAPOUT, seen, w->pages);
	if (anon) {
		count(SIG_SWAPOUT, extra, w->pages);
		if (have_owner)
			owner_add(w);
	}
	if (!watched(id)) {
		count(SIG_SWAPOUT, filtered, w->pages);
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
			count(SIG_SWAPOUT, lost, w->pages);
			return;
		}
	}
	__sync_fetch_and_add(anon ? &s->anon_pages : &s->file_pages, w->pages);
}

static __always_inline int swapout_folio(struct folio *folio)
{
	struct written w = {
		.flags = folio_flags(folio),
		.mapping = number_of(folio->mapping),
		.index = folio->index,
		.pages = folio_pages(folio),
	};

	if (bpf_core_field_exists(folio->memcg_data))
		w.memcg_data = folio->memcg_data;
	if (left_anon(w.mapping))
		left_note_folio(w.mapping, w.index, w.pages);
	swapout_add(&w);
	return 0;
}

/* Of a huge page only its first is told. */
static __always_inline int swapout_page(struct page___flags *page)
{
	struct written w = {
		.flags = page->flags,
		.mapping = number_of(page->mapping),
		.index = page->index,
		.pages = 1,
	};

	if (bpf_core_field_exists(page->memcg_data))
		w.memcg_data = page->memcg_data;
	if (left_anon(w.mapping))
		left_note(w.mapping, w.index, left_ms());
	swapout_add(&w);
	return 0;
}

SEC("tp_btf/mm_vmscan_write_folio")
int BPF_PROG(write_folio, struct folio *folio)
{
	return swapout_folio(folio);
}

/* before v5.18 */
SEC("tp_btf/mm_vmscan_writepage")
int BPF_PROG(write_page, struct page___flags *page)
{
	return swapout_page(page);
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
	return swapout_page(page);
}
