/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The section of the page, and the part of the summary object, about who grew while others
 * stalled.
 *
 * Layer: view, private to it (render.h).
 */
#include <stdlib.h>
#include "para.h"
#include "table.h"

#define MAX_SCOPES    3
#define MAX_JSON      64 /* scopes */
#define CULPRIT_ROWS  8
#define NOTABLE_BYTES (64 << 10) /* less than that is noise */

static const char *const unowned_names[UNOWNED_KINDS] = {
	[UNOWNED_SLAB] = "the kernel's caches (slab)",
	[UNOWNED_SHMEM] = "tmpfs and shared memory that nobody has mapped",
	[UNOWNED_PGTABLES] = "page tables",
	[UNOWNED_STACKS] = "kernel stacks",
	[UNOWNED_HUGETLB] = "hugetlb pages",
	[UNOWNED_ANON_HUGE] = NULL, /* has owners */
};

static const char *const unowned_keys[UNOWNED_KINDS] = {
	[UNOWNED_SLAB] = "slab_bytes",	       [UNOWNED_SHMEM] = "shmem_bytes",
	[UNOWNED_PGTABLES] = "pgtables_bytes", [UNOWNED_STACKS] = "kernel_stack_bytes",
	[UNOWNED_HUGETLB] = "hugetlb_bytes",   [UNOWNED_ANON_HUGE] = "anon_huge_bytes",
};

static const char *const growth_keys[GROWTHS] = {
	[GROWTH_ANON] = "anon_bytes",
	[GROWTH_SHMEM] = "shmem_bytes",
	[GROWTH_READ] = "read_bytes",
	[GROWTH_WRITTEN] = "written_bytes",
};

/* All of a scope that grew by enough to tell; free() *list. Returns how many. */
static int culprits_list(const struct model *m, uint64_t scope, struct culprit **list)
{
	int n = model_culprits(m, scope, NULL, 0);

	*list = calloc((size_t)n + 1, sizeof(**list));
	if (!*list)
		return 0;
	n = model_culprits(m, scope, *list, n);
	while (n > 0 && (*list)[n - 1].total < NOTABLE_BYTES)
		n--;
	return n;
}

static void culprit_row(struct table *t, const struct model *m, const struct culprit *c)
{
	char buf[NAME_LEN];

	table_name(t, c->process->comm, "?");
	table_fmt(t, "%u", c->process->tgid);
	for (int k = 0; k < GROWTHS; k++)
		table_growth(t, c->grown[k]);
	table_cell(t, cgroup_label(m, c->process->cgroup, buf, sizeof(buf)));
}

static void culprits_table(struct view *v, const struct culprit *list, int n)
{
	static const struct table_col cols[] = {
		{"process", ALIGN_LEFT, 10},	{"pid", ALIGN_RIGHT, 0},
		{"anonymous", ALIGN_RIGHT, 0},	{"shared", ALIGN_RIGHT, 0},
		{"cache read", ALIGN_RIGHT, 0}, {"cache written", ALIGN_RIGHT, 0},
		{"cgroup", ALIGN_PATH, 8},
	};
	int rows = v->rows ? v->rows : CULPRIT_ROWS;
	struct table t;

	table_begin(&t, v->out, "    ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n && i < rows; i++)
		culprit_row(&t, v->model, &list[i]);
	table_end(&t);
	if (n > rows)
		fprintf(v->out, "    and %d more process%s\n", n - rows, n - rows == 1 ? "" : "es");
}

static void folded_line(struct view *v, const struct scope_stats *s)
{
	int64_t sum = 0;
	char buf[UNITS_LEN];

	for (int k = 0; k < GROWTHS; k++)
		sum += s->folded[k];
	if (sum >= NOTABLE_BYTES)
		fprintf(v->out, "    and %s by processes that have ended\n",
			fmt_bytes_signed(sum, buf, sizeof(buf)));
}

static void unowned_line(struct view *v, uint64_t scope)
{
	struct unowned grown[UNOWNED_KINDS];
	const char *sep = "Without an owner among the processes: ";
	char buf[UNITS_LEN];
	struct para p = {0};

	model_unowned(v->model, scope, grown);
	for (int k = 0; k < UNOWNED_KINDS; k++) {
		if (!unowned_names[k] || !grown[k].known || grown[k].bytes < NOTABLE_BYTES)
			continue;
		para_add(&p, "%s%s %s", sep, unowned_names[k],
			 fmt_bytes_signed(grown[k].bytes, buf, sizeof(buf)));
		sep = ", ";
	}
	if (grown[UNOWNED_ANON_HUGE].known && grown[UNOWNED_ANON_HUGE].bytes >= NOTABLE_BYTES)
		para_add(&p, "%s%s of the anonymous memory in transparent huge pages",
			 p.len ? "; " : "",
			 fmt_bytes_signed(grown[UNOWNED_ANON_HUGE].bytes, buf, sizeof(buf)));
	if (p.len)
		para_print(v->out, "    ", p.s, PAGE_WIDTH);
}

static void scope_title(struct view *v, const struct scope_stats *s)
{
	char cgroup[NAME_LEN], bytes[UNITS_LEN], limit[UNITS_LEN + 16] = "", total[UNITS_LEN];
	struct para p = {0};

	if (s->limit_bytes)
		snprintf(limit, sizeof(limit), " (limit %s)",
			 fmt_bytes(s->limit_bytes, bytes, sizeof(bytes)));
	if (s->cgroup)
		para_add(&p, "in cgroup %s%s, ",
			 cgroup_label(v->model, s->cgroup, cgroup, sizeof(cgroup)), limit);
	else
		para_add(&p, "on the machine, ");
	para_add(&p, "in the intervals of its %llu stall%s (%s):", (unsigned long long)s->stalls,
		 s->stalls == 1 ? "" : "s", fmt_ns(s->stall_ns, total, sizeof(total)));
	para_print(v->out, "  ", p.s, PAGE_WIDTH);
}

static void scope_print(struct view *v, const struct scope_stats *s)
{
	struct culprit *list;
	int n;

	scope_title(v, s);
	if (model_culprits_known(v->model)) {
		n = culprits_list(v->model, s->cgroup, &list);
		if (n)
			culprits_table(v, list, n);
		else
			fputs("    no process is known to have grown\n", v->out);
		folded_line(v, s);
		free(list);
	}
	unowned_line(v, s->cgroup);
}

void culprits_section(struct view *v)
{
	struct scope_stats scopes[MAX_SCOPES];
	int all = model_scopes(v->model, scopes, MAX_SCOPES);
	int n = all < MAX_SCOPES ? all : MAX_SCOPES;

	if (!n || model_ticks(v->model) < 2)
		return;
	heading_print(v, "Who grew while others stalled");
	if (!model_culprits_known(v->model))
		fputs("  Not known: only the named threads are watched.\n", v->out);
	for (int i = 0; i < n; i++)
		scope_print(v, &scopes[i]);
	if (all > n)
		fprintf(v->out, "  and %d more with less stall time\n", all - n);
}

static void culprit_json(struct json *j, const struct model *m, const struct culprit *c)
{
	json_object_begin(j, NULL);
	json_u64(j, "pid", c->process->tgid);
	json_comm(j, "comm", c->process->comm);
	json_cgroup(j, "cgroup", m, c->process->cgroup);
	for (int k = 0; k < GROWTHS; k++)
		json_s64(j, growth_keys[k], c->grown[k]);
	json_object_end(j);
}

static void unowned_json(struct json *j, const struct model *m, uint64_t scope)
{
	struct unowned grown[UNOWNED_KINDS];

	model_unowned(m, scope, grown);
	json_object_begin(j, "unowned");
	for (int k = 0; k < UNOWNED_KINDS; k++) {
		if (grown[k].known)
			json_s64(j, unowned_keys[k], grown[k].bytes);
		else
			json_null(j, unowned_keys[k]);
	}
	json_object_end(j);
}

static void scope_json(struct json *j, const struct model *m, const struct scope_stats *s)
{
	struct culprit *list;
	int n = culprits_list(m, s->cgroup, &list);

	json_object_begin(j, NULL);
	json_cgroup(j, "scope", m, s->cgroup);
	json_u64(j, "cgroup_id", s->cgroup);
	json_u64(j, "stalls", s->stalls);
	json_u64(j, "stall_ns", s->stall_ns);
	json_bool(j, "known", model_culprits_known(m));
	json_array_begin(j, "processes");
	for (int i = 0; i < n; i++)
		culprit_json(j, m, &list[i]);
	json_array_end(j);
	unowned_json(j, m, s->cgroup);
	json_object_begin(j, "folded");
	for (int k = 0; k < GROWTHS; k++)
		json_s64(j, growth_keys[k], s->folded[k]);
	json_object_end(j);
	json_object_end(j);
	free(list);
}

void culprits_json(struct json *j, const struct model *m)
{
	struct scope_stats scopes[MAX_JSON];
	int n = model_scopes(m, scopes, MAX_JSON);

	json_array_begin(j, "culprits");
	for (int i = 0; i < n && i < MAX_JSON; i++)
		scope_json(j, m, &scopes[i]);
	json_array_end(j);
}
