/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What to change after an OOM kill: findings about what filled the memory.
 *
 * Layer: view; the contract is in report_words.h.
 */
#include <string.h>
#include "report_words.h"

#define SEC 1000000000ULL

/* Who has it: the marked name of the cgroup, or the machine. */
static const char *whose(const struct report *r, char *buf, size_t cap)
{
	if (!report_is_memcg(r)) {
		snprintf(buf, cap, "the machine");
		return buf;
	}
	return limit_label(r, buf, cap);
}

static void share_write(struct para *p, const char *what, uint64_t part, uint64_t whole)
{
	char a[UNITS_LEN], b[UNITS_LEN], share[UNITS_LEN];

	para_add(p, "%s %s of %s (%s %%)", what, fmt_bytes(part, a, sizeof(a)),
		 fmt_bytes(whole, b, sizeof(b)), fmt_percent(part, whole, share, sizeof(share)));
}

static bool nodes_restricted(const struct report *r, struct advice *a)
{
	const char *constraint = report_constraint(r);
	bool cpuset = constraint && strcmp(constraint, "cpuset") == 0;

	if (!cpuset && (!constraint || strcmp(constraint, "mempolicy") != 0))
		return false;
	para_add(&a->finding, "Only the memory nodes that the task may use were full.");
	para_add(&a->evidence, "The constraint is %s, not the whole machine.", constraint);
	para_add(&a->change, "%s",
		 cpuset ? "Widen cpuset.mems, or have less run in this cpuset."
			: "Have it prefer its nodes (numactl --preferred) instead "
			  "of binding to them.");
	return true;
}

static bool fragmented(const struct report *r, struct advice *a)
{
	const struct oom_record *rec = report_rec(r);
	uint64_t free_bytes = report_host(r, HOST_MEM_FREE);
	char n[UNITS_LEN];

	if (!rec || !rec->trigger_known || rec->trigger_order < 2 || report_is_memcg(r) ||
	    !is_share(free_bytes, report_host(r, HOST_MEM_TOTAL), 5))
		return false;
	para_add(&a->finding, "Free memory was there, but not in a row: it is fragmented.");
	para_add(&a->evidence, "%llu pages in a row were asked for (order %u) with %s free.",
		 1ULL << (rec->trigger_order & 31), rec->trigger_order,
		 fmt_bytes(free_bytes, n, sizeof(n)));
	para_add(&a->change, "Raise vm.min_free_kbytes or vm.compaction_proactiveness, or have the "
			     "caller ask for single pages.");
	return true;
}

static bool shared_memory(const struct report *r, struct advice *a)
{
	uint64_t bytes = report_holds(r, CGMEM_SHMEM, HOST_SHMEM), all = report_room(r);
	char name[NAME_LEN];

	if (!is_share(bytes, all, 25))
		return false;
	para_add(&a->finding,
		 "Shared memory and files in tmpfs fill %s; a kill does not free them.",
		 whose(r, name, sizeof(name)));
	share_write(&a->evidence, "They hold", bytes, all);
	para_add(&a->evidence, ".");
	para_add(&a->change, "Find what is in tmpfs (df -t tmpfs) and in shared memory (ipcs -m), "
			     "delete it, and give each tmpfs a size= that fits.");
	return true;
}

/* The one that grew most, if it grew in that way and by enough to matter. */
static const struct grower *grown(const struct report *r, enum growth_shape shape)
{
	const struct grower *g = report_top_grower(r);

	if (!g || g->shape != shape)
		return NULL;
	if (report_room(r) == EV_ABSENT || is_share((uint64_t)grower_growth(g), report_room(r), 5))
		return g;
	return NULL;
}

static bool leak(const struct report *r, struct advice *a)
{
	const struct grower *g = grown(r, SHAPE_STEADY);
	uint64_t all = report_room(r);
	char who[LABEL_LEN], from[UNITS_LEN], to[UNITS_LEN], rate[UNITS_LEN], name[NAME_LEN];

	if (!g)
		return false;
	para_add(&a->finding, "%s grew steadily: it leaks, or its working set was still filling.",
		 task_mark(g->who.comm, g->who.pid, who, sizeof(who)));
	para_add(&a->evidence, "From %s to %s at %s a second",
		 fmt_bytes(g->first_bytes, from, sizeof(from)),
		 fmt_bytes(g->last_bytes, to, sizeof(to)),
		 fmt_bytes(g->rate_bytes, rate, sizeof(rate)));
	if (g->rate_bytes && all != EV_ABSENT)
		para_add(&a->evidence, ", which fills %s from empty in %s",
			 whose(r, name, sizeof(name)),
			 fmt_ns((uint64_t)((double)all / (double)g->rate_bytes * SEC), to,
				sizeof(to)));
	para_add(&a->evidence, ".");
	para_add(&a->change,
		 "Compare its growth with its load: if it grows without, look at its heap "
		 "(a profiler) for what is kept; if with, give it more memory, or cap it.");
	return true;
}

static bool burst(const struct report *r, struct advice *a)
{
	const struct grower *g = grown(r, SHAPE_BURST);
	char who[LABEL_LEN], bytes[UNITS_LEN], ns[UNITS_LEN];

	if (!g)
		return false;
	para_add(&a->finding, "%s took much memory at once.",
		 task_mark(g->who.comm, g->who.pid, who, sizeof(who)));
	para_add(&a->evidence, "It grew by %s, most of it within %s.",
		 fmt_bytes((uint64_t)grower_growth(g), bytes, sizeof(bytes)),
		 fmt_ns(g->burst_ns, ns, sizeof(ns)));
	para_add(&a->change,
		 "Bound what it takes at a time (request size, batch, concurrency), or keep "
		 "so much free for it.");
	return true;
}

/* Its swap alone. */
static uint64_t limit_swapped(const struct report *r)
{
	struct limit_figures f = report_limit(r);

	if (!r->memsw || f.swap_bytes == EV_ABSENT)
		return f.swap_bytes;
	if (f.usage_bytes == EV_ABSENT)
		return EV_ABSENT;
	return f.swap_bytes > f.usage_bytes ? f.swap_bytes - f.usage_bytes : 0;
}

/* What a cgroup cannot give back, swap included; EV_ABSENT. */
static uint64_t needed(const struct report *r)
{
	uint64_t parts[] = {report_cgmem(r, CGMEM_ANON), report_cgmem(r, CGMEM_SHMEM),
			    report_cgmem(r, CGMEM_KERNEL), limit_swapped(r)};
	uint64_t sum = 0;

	if (parts[0] == EV_ABSENT)
		return EV_ABSENT;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		sum += parts[i] == EV_ABSENT ? 0 : parts[i];
	return sum;
}

static void limit_evidence(struct para *p, const struct report *r)
{
	uint64_t max = report_cgmem(r, CGMEM_EVENT_MAX), left = report_host(r, HOST_MEM_AVAILABLE);
	char buf[UNITS_LEN];

	para_add(p, "Tasks waited at it from %s before the kill on",
		 fmt_ns(r->first_ns - r->first_stall_ns, buf, sizeof(buf)));
	if (max != EV_ABSENT)
		para_add(p, ", it held allocations back %s times since the cgroup exists",
			 fmt_count(max, buf, sizeof(buf)));
	if (needed(r) != EV_ABSENT)
		para_add(p, "; what could not be given back, swap included, was %s",
			 fmt_bytes(needed(r), buf, sizeof(buf)));
	if (left != EV_ABSENT)
		para_add(p, "; the machine had %s available", fmt_bytes(left, buf, sizeof(buf)));
	para_add(p, ".");
}

/* Long before the kill, tasks had to reclaim what they needed again. */
static bool limit_too_low(const struct report *r, struct advice *a)
{
	uint64_t limit = report_limit(r).limit_bytes;
	char name[NAME_LEN], bytes[UNITS_LEN];

	if (!report_is_memcg(r) || limit == EV_ABSENT || !r->first_stall_ns ||
	    r->first_stall_ns + SEC > r->first_ns)
		return false;
	para_add(&a->finding, "The limit of %s (%s) is below what its processes use.",
		 whose(r, name, sizeof(name)), fmt_bytes(limit, bytes, sizeof(bytes)));
	limit_evidence(&a->evidence, r);
	para_add(&a->change, "%s",
		 grown(r, SHAPE_STEADY)
			 ? "Raise its limit if the growth ends somewhere; if not, that only delays "
			   "this."
			 : "Raise its limit, or have less run in it.");
	return true;
}

static bool kernel_memory(const struct report *r, struct advice *a)
{
	uint64_t slab = report_holds(r, CGMEM_SLAB_UNRECLAIMABLE, HOST_SLAB), all = report_room(r);
	uint64_t kernel = report_is_memcg(r) ? report_cgmem(r, CGMEM_KERNEL) : EV_ABSENT;

	if (!is_share(slab, all, 25) && !is_share(kernel, all, 30))
		return false;
	para_add(&a->finding, "Much of it is memory of the kernel.");
	if (is_share(slab, all, 25))
		share_write(&a->evidence, "Slab is", slab, all);
	else
		share_write(&a->evidence, "The kernel's is", kernel, all);
	para_add(&a->evidence, ".");
	para_add(&a->change, "See which caches grow (slabtop) and what makes them: files, sockets, "
			     "threads.");
	return true;
}

static bool page_tables(const struct report *r, struct advice *a)
{
	uint64_t bytes = report_holds(r, CGMEM_PAGETABLES, HOST_PGTABLES), all = report_room(r);

	if (!is_share(bytes, all, 10))
		return false;
	para_add(&a->finding, "Page tables take much of it.");
	share_write(&a->evidence, "They are", bytes, all);
	para_add(&a->evidence, ".");
	para_add(&a->change, "Map large shared memory by huge pages, or from fewer processes.");
	return true;
}

static bool dirty_pages(const struct report *r, struct advice *a)
{
	uint64_t dirty = report_holds(r, CGMEM_FILE_DIRTY, HOST_DIRTY), all = report_room(r);
	uint64_t writing = report_holds(r, CGMEM_FILE_WRITEBACK, HOST_WRITEBACK);
	uint64_t bytes = dirty == EV_ABSENT || writing == EV_ABSENT ? dirty : dirty + writing;

	if (!is_share(bytes, all, 20))
		return false;
	para_add(&a->finding, "Pages that wait to be written to disk fill it.");
	share_write(&a->evidence, "They are", bytes, all);
	para_add(&a->evidence, ".");
	para_add(&a->change, "Lower vm.dirty_background_bytes, or see why the disk is slow "
			     "(iostat -x).");
	return true;
}

/* Its limit leaves no room for any swap. */
static bool swap_forbidden(const struct report *r, const struct limit_figures *f)
{
	if (r->memsw && f->swap_limit_bytes != EV_ABSENT && f->limit_bytes != EV_ABSENT)
		return f->swap_limit_bytes <= f->limit_bytes;
	return f->swap_limit_bytes == 0;
}

static bool swap_short(const struct report *r, struct advice *a)
{
	uint64_t total = report_host(r, HOST_SWAP_TOTAL);
	struct limit_figures f = report_limit(r);
	bool memcg = report_is_memcg(r);
	uint64_t used = r->host ? host_swap_used(r->host) : EV_ABSENT;
	char name[NAME_LEN];

	if (total == 0) {
		para_add(&a->finding, "There is no swap.");
		para_add(&a->evidence, "Anonymous memory that is not in use could not leave.");
		para_add(&a->change,
			 "Add some (a file, zram): it gives time to notice, and holds what "
			 "is idle.");
	} else if (memcg && swap_forbidden(r, &f)) {
		para_add(&a->finding, "No swap is allowed to %s.", whose(r, name, sizeof(name)));
		para_add(&a->evidence, "%s",
			 r->memsw ? "Its limit of memory and swap together is that of memory."
				  : "Its swap limit is 0.");
		para_add(&a->change, "Raise %s, if slow is better than dead.",
			 r->memsw ? "memory.memsw.limit_in_bytes" : "memory.swap.max");
	} else if (memcg && is_share(f.swap_bytes, f.swap_limit_bytes, 95)) {
		para_add(&a->finding, "No swap was left to %s, either.",
			 whose(r, name, sizeof(name)));
		share_write(&a->evidence,
			    r->memsw ? "Of its memory and swap together it used"
				     : "Of its swap it used",
			    f.swap_bytes, f.swap_limit_bytes);
		para_add(&a->evidence, ".");
		para_add(&a->change, "More swap only delays this: have less run in it, or raise "
				     "its limit.");
	} else if (is_share(used, total, 95)) {
		para_add(&a->finding, "Swap was full.");
		share_write(&a->evidence, "Used were", used, total);
		para_add(&a->evidence, ".");
		para_add(&a->change, "Add memory, or have less run; more swap only delays this.");
	} else {
		return false;
	}
	return true;
}

const finding_fn memory_findings[] = {
	nodes_restricted, fragmented, shared_memory, leak,	  burst,
	limit_too_low,	  swap_short, kernel_memory, page_tables, dirty_pages,
};
const int memory_nfindings = ARRAY_LEN(memory_findings);
