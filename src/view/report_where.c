/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM reports: what ran out of memory, and what held it.
 *
 * Layer: view; the contract is in report_parts.h.
 */
#include <string.h>
#include "report_parts.h"

/* "256.0 MiB of 256.0 MiB (100.0 %)". */
static void usage_write(struct para *p, uint64_t usage, uint64_t limit)
{
	char used[UNITS_LEN], of[UNITS_LEN], share[UNITS_LEN];

	if (usage != EV_ABSENT)
		para_add(p, "%s", fmt_bytes(usage, used, sizeof(used)));
	else
		para_add(p, "usage not known");
	if (limit == EV_ABSENT)
		para_add(p, ", no limit, or it is not known");
	else if (usage == EV_ABSENT)
		para_add(p, ", limit %s", fmt_bytes(limit, of, sizeof(of)));
	else if (limit == 0)
		para_add(p, " of 0");
	else
		para_add(p, " of %s (%s %%)", fmt_bytes(limit, of, sizeof(of)),
			 fmt_percent(usage, limit, share, sizeof(share)));
}

static void limit_facts(struct doc *d, const struct report *r)
{
	struct limit_figures f = report_limit(r);
	const struct report_cgroup *c = report_cgroup(r);
	struct para memory = {0}, swap = {0};

	fact_place(d, f.path);
	usage_write(&memory, f.usage_bytes, f.limit_bytes);
	if (f.later)
		para_add(&memory, ", read soon after the kill");
	doc_fact(d, "memory", memory.s);
	usage_write(&swap, f.swap_bytes, f.swap_limit_bytes);
	doc_fact(d, r->memsw ? "memory+swap" : "swap", swap.s);
	if (c && !r->memsw)
		doc_fact(d, "oom.group",
			 c->oom_group ? "set: all processes of the cgroup are killed together"
				      : "not set: one process is killed");
}

void part_constraint(struct doc *d, const struct report *r)
{
	const struct oom_record *rec = report_rec(r);
	struct para p = {0};

	if (!rec)
		return;
	para_add(&p, "%s", constraint_words(rec->constraint));
	if (rec->constraint_inferred)
		para_add(&p, " (inferred: the kernel log does not say)");
	doc_fact(d, "constraint", p.s);
	if (report_is_memcg(r))
		limit_facts(d, r);
}

/* A figure of memory.stat: which other includes it, and what it is. */
struct stat_row {
	const char *name, *words;
	int parent; /* enum cgmem_key; -1 = none */
};

static const struct stat_row stat_rows[CGMEM_EVENT_LOW] = {
	[CGMEM_ANON] = {"anon", "anonymous: heaps, stacks", -1},
	[CGMEM_FILE] = {"file", "page cache, tmpfs and shared memory included", -1},
	[CGMEM_SHMEM] = {"shmem", "tmpfs files and shared memory", CGMEM_FILE},
	[CGMEM_FILE_MAPPED] = {"file_mapped", "mapped into processes", CGMEM_FILE},
	[CGMEM_FILE_DIRTY] = {"file_dirty", "not written to disk yet", CGMEM_FILE},
	[CGMEM_FILE_WRITEBACK] = {"file_writeback", "being written to disk", CGMEM_FILE},
	[CGMEM_ANON_THP] = {"anon_thp", "in transparent huge pages", CGMEM_ANON},
	[CGMEM_SWAPCACHED] = {"swapcached", "in memory and in swap", CGMEM_ANON},
	[CGMEM_KERNEL] = {"kernel", "the kernel's own, for it", -1},
	[CGMEM_KERNEL_STACK] = {"kernel_stack", "stacks of its threads", CGMEM_KERNEL},
	[CGMEM_PAGETABLES] = {"pagetables", "page tables", CGMEM_KERNEL},
	[CGMEM_PERCPU] = {"percpu", "per CPU", CGMEM_KERNEL},
	[CGMEM_SOCK] = {"sock", "network buffers", -1},
	[CGMEM_SLAB_RECLAIMABLE] = {"slab_reclaimable", "dentries, inodes", CGMEM_KERNEL},
	[CGMEM_SLAB_UNRECLAIMABLE] = {"slab_unreclaimable", "cannot be given back", CGMEM_KERNEL},
	[CGMEM_ZSWAP] = {"zswap", "swap, compressed in memory", CGMEM_KERNEL},
};

/* What a figure counts below: none where the kernel does not give that figure. */
static int parent_of(const struct report_cgroup *c, int key)
{
	int parent = stat_rows[key].parent;

	return parent >= 0 && c->value[parent] != EV_ABSENT ? parent : -1;
}

/* Keys below parent that are not 0, most first. Returns how many. */
static int children(const struct report_cgroup *c, int parent, int out[CGMEM_EVENT_LOW])
{
	int n = 0, at;

	for (int key = 0; key < CGMEM_EVENT_LOW; key++) {
		if (c->value[key] == EV_ABSENT || !c->value[key] || parent_of(c, key) != parent)
			continue;
		for (at = n++; at > 0 && c->value[out[at - 1]] < c->value[key]; at--)
			out[at] = out[at - 1];
		out[at] = key;
	}
	return n;
}

static void stat_print(struct doc_table *t, const char *indent, const char *name, const char *words,
		       uint64_t bytes, uint64_t usage)
{
	char share[UNITS_LEN];

	/* Blanks at the begin of a cell are nothing in Markdown. */
	doc_cell_fmt(t, "%s%s", *indent && t->d->markdown ? "- " : indent, name);
	doc_cell_bytes(t, bytes);
	if (usage != EV_ABSENT && usage)
		doc_cell_fmt(t, "%s %%", fmt_percent(bytes, usage, share, sizeof(share)));
	else
		doc_cell(t, "-");
	doc_cell(t, words);
}

static void stat_table(struct doc *d, const struct report_cgroup *c, uint64_t usage)
{
	static const struct table_col cols[] = {
		{"memory.stat", ALIGN_LEFT, 0},
		{"size", ALIGN_RIGHT, 0},
		{"of usage", ALIGN_RIGHT, 0},
		{"what it is", ALIGN_LEFT, 10},
	};
	int top[CGMEM_EVENT_LOW], below[CGMEM_EVENT_LOW], n = children(c, -1, top), m;
	struct doc_table t;
	uint64_t sum = 0;

	doc_table_begin(&t, d, cols, ARRAY_LEN(cols));
	for (int i = 0; i < n; i++) {
		sum += c->value[top[i]];
		stat_print(&t, "", stat_rows[top[i]].name, stat_rows[top[i]].words,
			   c->value[top[i]], usage);
		m = children(c, top[i], below);
		for (int k = 0; k < m; k++)
			stat_print(&t, "  ", stat_rows[below[k]].name, stat_rows[below[k]].words,
				   c->value[below[k]], usage);
	}
	if (usage != EV_ABSENT && usage > sum && usage - sum > usage / 50)
		stat_print(&t, "", "(rest)", "what memory.stat does not name", usage - sum, usage);
	doc_table_end(&t);
}

static void events_para(struct doc *d, const struct report_cgroup *c)
{
	static const struct {
		enum cgmem_key key;
		const char *name;
	} events[] = {
		{CGMEM_EVENT_LOW, "low"},	    {CGMEM_EVENT_HIGH, "high"},
		{CGMEM_EVENT_MAX, "max"},	    {CGMEM_EVENT_OOM, "oom"},
		{CGMEM_EVENT_OOM_KILL, "oom_kill"}, {CGMEM_EVENT_OOM_GROUP_KILL, "oom_group_kill"},
	};
	struct para p = {0};
	char n[UNITS_LEN];

	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		if (c->value[events[i].key] != EV_ABSENT)
			para_add(&p, "%s %s %s",
				 p.len ? "," : "memory.events since it exists:", events[i].name,
				 fmt_count(c->value[events[i].key], n, sizeof(n)));
	}
	if (p.len)
		doc_para(d, p.s);
}

static bool breakdown_known(const struct report_cgroup *c)
{
	int keys[CGMEM_EVENT_LOW];

	return children(c, -1, keys) > 0;
}

void part_breakdown(struct doc *d, const struct report *r)
{
	const struct report_cgroup *c = report_cgroup(r);
	uint64_t usage = c ? c->usage_bytes : EV_ABSENT;
	char path[NAME_LEN], ns[UNITS_LEN];

	if (!c || !breakdown_known(c)) {
		if (report_is_memcg(r))
			doc_para(d, "What the cgroup's memory was is not known: it was gone before "
				    "it could be read, and the kernel log does not tell.");
		return;
	}
	name_mark(c->path, "the cgroup", path, sizeof(path));
	if (c->stat_from_log) {
		usage = report_limit(r).usage_bytes != EV_ABSENT ? report_limit(r).usage_bytes
								 : usage;
		doc_caption(d, "What %s held at the kill, by the kernel log", path);
	} else if (c->read_ns && r->first_ns && c->read_ns > r->first_ns) {
		doc_caption(d, "What %s held, read %s after the kill", path,
			    fmt_ns(c->read_ns - r->first_ns, ns, sizeof(ns)));
	} else {
		doc_caption(d, "What %s held", path);
	}
	stat_table(d, c, usage);
	events_para(d, c);
}

static void count_cell(struct doc_table *t, uint64_t n)
{
	char buf[UNITS_LEN];

	doc_cell(t, n == EV_ABSENT ? "-" : fmt_count(n, buf, sizeof(buf)));
}

void part_hierarchy(struct doc *d, const struct report *r)
{
	const struct table_col cols[] = {
		{"cgroup", ALIGN_PATH, 16},
		{"usage", ALIGN_RIGHT, 0},
		{"limit", ALIGN_RIGHT, 0},
		{"high", ALIGN_RIGHT, 0},
		{r->memsw ? "mem+swap" : "swap", ALIGN_RIGHT, 0},
		{r->memsw ? "its limit" : "swap limit", ALIGN_RIGHT, 0},
		{"max", ALIGN_RIGHT, 0},
		{"oom_kill", ALIGN_RIGHT, 0},
	};
	struct doc_table t;
	char path[NAME_LEN];

	if (r->ncgroups == 0)
		return;
	doc_caption(d, report_is_memcg(r)
			       ? "The cgroup at its limit and those above it, soon after; "
				 "max and oom_kill count events"
			       : "The victim's cgroup and those above it, soon after; max "
				 "and oom_kill count events");
	doc_table_begin(&t, d, cols, ARRAY_LEN(cols));
	for (int i = 0; i < r->ncgroups; i++) {
		const struct report_cgroup *c = &r->cgroups[i];

		doc_cell(&t, name_mark(c->path, "(not known)", path, sizeof(path)));
		doc_cell_bytes(&t, c->usage_bytes);
		doc_cell_bytes(&t, c->limit_bytes);
		doc_cell_bytes(&t, c->high_bytes);
		doc_cell_bytes(&t, c->swap_bytes);
		doc_cell_bytes(&t, c->swap_limit_bytes);
		count_cell(&t, c->value[CGMEM_EVENT_MAX]);
		count_cell(&t, c->value[CGMEM_EVENT_OOM_KILL]);
	}
	doc_table_end(&t);
}

static void machine_table(struct doc *d, const struct ev_host *host)
{
	static const struct table_col cols[] = {
		{"machine", ALIGN_LEFT, 0},
		{"size", ALIGN_RIGHT, 0},
		{"of memory", ALIGN_RIGHT, 0},
	};
	static const struct {
		enum host_counter key;
		const char *name;
	} rows[] = {
		{HOST_MEM_TOTAL, "memory"},
		{HOST_MEM_FREE, "free"},
		{HOST_MEM_AVAILABLE, "available"},
		{HOST_ANON, "anonymous"},
		{HOST_CACHED, "page cache"},
		{HOST_SHMEM, "tmpfs, shared"},
		{HOST_DIRTY, "dirty"},
		{HOST_SLAB, "slab"},
		{HOST_PGTABLES, "page tables"},
		{HOST_KERNEL_STACK, "kernel stacks"},
		{HOST_HUGETLB, "huge pages set aside"},
	};
	uint64_t total = host->value[HOST_MEM_TOTAL];
	char share[UNITS_LEN];
	struct doc_table t;

	doc_table_begin(&t, d, cols, ARRAY_LEN(cols));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t bytes = host->value[rows[i].key];

		if (bytes == EV_ABSENT)
			continue;
		doc_cell(&t, rows[i].name);
		doc_cell_bytes(&t, bytes);
		if (total != EV_ABSENT && total)
			doc_cell_fmt(&t, "%s %%", fmt_percent(bytes, total, share, sizeof(share)));
		else
			doc_cell(&t, "-");
	}
	doc_table_end(&t);
}

static void swap_para(struct doc *d, const struct ev_host *host)
{
	uint64_t total = host->value[HOST_SWAP_TOTAL], used = host_swap_used(host);
	struct para p = {0};

	if (total == EV_ABSENT)
		return;
	if (total == 0) {
		doc_para(d, "The machine has no swap.");
		return;
	}
	para_add(&p, "Swap: ");
	usage_write(&p, used, total);
	para_add(&p, ".");
	doc_para(d, p.s);
}

static void setting_write(struct para *p, const char *name, uint64_t value)
{
	if (value != EV_ABSENT)
		para_add(p, "%s vm.%s=%llu", p->len ? "," : "Settings:", name,
			 (unsigned long long)value);
}

static void settings_para(struct doc *d, const struct ev_vm *vm)
{
	struct para p = {0};

	setting_write(&p, "overcommit_memory", vm->overcommit_memory);
	setting_write(&p, "swappiness", vm->swappiness);
	setting_write(&p, "min_free_kbytes",
		      vm->min_free_bytes == EV_ABSENT ? EV_ABSENT : vm->min_free_bytes / 1024);
	setting_write(&p, "watermark_scale_factor", vm->watermark_scale_factor);
	setting_write(&p, "panic_on_oom", vm->panic_on_oom);
	setting_write(&p, "oom_kill_allocating_task", vm->oom_kill_allocating_task);
	setting_write(&p, "oom_dump_tasks", vm->oom_dump_tasks);
	if (p.len)
		doc_para(d, p.s);
}

void part_machine(struct doc *d, const struct report *r)
{
	char ns[UNITS_LEN];

	if (r->host) {
		if (r->nkills && r->host->hdr.time_ns <= r->first_ns)
			doc_caption(d, "The whole machine, read %s before the kill",
				    fmt_ns(r->first_ns - r->host->hdr.time_ns, ns, sizeof(ns)));
		else
			doc_caption(d, "The whole machine");
		machine_table(d, r->host);
		swap_para(d, r->host);
	}
	settings_para(d, &r->vm);
}
