/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM reports: the processes that the kernel chose from, and why it chose as it did.
 *
 * Layer: view; the contract is in report_parts.h.
 */
#include "report_parts.h"

#define CANDIDATES_SHOWN 20

static const char *reason_words(enum rank_reason reason)
{
	switch (reason) {
	case RANK_TASK:
		return "vm.oom_kill_allocating_task is set: whoever asks for memory is killed";
	case RANK_GROUP:
		return "another process of its cgroup was chosen, and memory.oom.group has all of "
		       "them killed";
	case RANK_SNAPSHOT:
		return "this table is of before the kill, and sizes have changed since";
	case RANK_MOVED:
		return "sizes went on changing between the choice and the table";
	case RANK_NOT_IN:
		return "it is not in the table";
	default:
		return "why is not known";
	}
}

static void rank_para(struct doc *d, const struct report *r)
{
	const struct report_process *victim = report_victim(r);
	struct para p = {0};
	char who[LABEL_LEN];

	if (!victim)
		return;
	para_add(&p, "The victim, %s, ", task_mark(victim->comm, victim->pid, who, sizeof(who)));
	if (r->victim_rank == 1)
		para_add(&p, "ranks first: it has most points of those that may be killed.");
	else if (r->victim_rank > 1)
		para_add(&p, "ranks only %d: %s.", r->victim_rank, reason_words(r->rank_reason));
	else
		para_add(&p, "has no rank: %s.", reason_words(r->rank_reason));
	doc_para(d, p.s);
}

static void source_caption(struct doc *d, const struct report *r)
{
	unsigned long long n = r->candidates_all;
	const char *many = n == 1 ? "" : "es", *of = report_is_memcg(r) ? " of the cgroup" : "";
	char ns[UNITS_LEN];

	if (r->candidates_source == CANDIDATES_LOG)
		doc_caption(d, "%llu process%s%s to choose from, by the kernel's own table", n,
			    many, of);
	else
		doc_caption(d, "%llu process%s%s to choose from, as last read, %s before", n, many,
			    of, fmt_ns(r->candidates_age_ns, ns, sizeof(ns)));
}

static const char *mark_of(const struct oom_candidate *c)
{
	if (c->killed)
		return "killed";
	switch (c->bar) {
	case CANDIDATE_PROTECTED:
		return "protected";
	case CANDIDATE_DYING:
		return "dying";
	default:
		return "";
	}
}

/* Those that could not be chosen have no rank. */
static void candidate_row(struct doc_table *t, int rank, const struct oom_candidate *c)
{
	char who[LABEL_LEN];

	if (c->bar == CANDIDATE_OK)
		doc_cell_fmt(t, "%d", rank);
	else
		doc_cell(t, "-");
	doc_cell(t, task_mark(c->comm, c->pid, who, sizeof(who)));
	if (c->bar == CANDIDATE_PROTECTED)
		doc_cell(t, "-");
	else
		doc_cell_fmt(t, "%lld", (long long)c->points);
	doc_cell_bytes(t, c->anon_bytes);
	doc_cell_bytes(t, c->file_bytes);
	doc_cell_bytes(t, c->shmem_bytes);
	doc_cell_bytes(t, c->swap_bytes);
	doc_cell_bytes(t, c->pgtables_bytes);
	doc_cell_fmt(t, "%d", c->oom_score_adj);
	doc_cell(t, mark_of(c));
}

/* The first ones, and further down whoever was killed. */
static bool is_shown(const struct report *r, int i)
{
	return r->candidates[i].killed || i < CANDIDATES_SHOWN;
}

static void rest_para(struct doc *d, const struct report *r, int shown)
{
	uint64_t bytes = r->candidates_rest_bytes;
	char buf[UNITS_LEN];
	struct para p = {0};

	for (int i = 0; i < r->ncandidates && bytes != EV_ABSENT; i++)
		bytes += is_shown(r, i) ? 0 : r->candidates[i].rss_bytes;
	if (r->candidates_all <= (uint64_t)shown)
		return;
	para_add(&p, "%llu more have fewer points",
		 (unsigned long long)r->candidates_all - (uint64_t)shown);
	if (bytes != EV_ABSENT)
		para_add(&p, ", resident %s together", fmt_bytes(bytes, buf, sizeof(buf)));
	para_add(&p, ".");
	doc_para(d, p.s);
}

static void points_para(struct doc *d, const struct report *r)
{
	struct para p = {0};

	para_add(&p, "Points are pages resident, in swap and of page tables, and oom_score_adj "
		     "(adj) thousandths of ");
	if (r->total_pages)
		para_add(&p, "%llu pages.", (unsigned long long)r->total_pages);
	else
		para_add(&p, "all pages that were allowed.");
	doc_para(d, p.s);
}

void part_candidates(struct doc *d, const struct report *r)
{
	static const struct table_col cols[] = {
		{"rank", ALIGN_RIGHT, 0}, {"process", ALIGN_LEFT, 12},	{"points", ALIGN_RIGHT, 0},
		{"anon", ALIGN_RIGHT, 0}, {"file", ALIGN_RIGHT, 0},	{"shared", ALIGN_RIGHT, 0},
		{"swap", ALIGN_RIGHT, 0}, {"pgtables", ALIGN_RIGHT, 0}, {"adj", ALIGN_RIGHT, 0},
		{"mark", ALIGN_LEFT, 0},
	};
	struct doc_table t;
	int shown = 0, rank = 0;

	if (r->ncandidates == 0) {
		doc_para(d, "What the kernel chose from is not known: its table is not in the log, "
			    "and no snapshot of processes was taken before.");
		return;
	}
	rank_para(d, r);
	source_caption(d, r);
	doc_table_begin(&t, d, cols, ARRAY_LEN(cols));
	for (int i = 0; i < r->ncandidates; i++) {
		rank += r->candidates[i].bar == CANDIDATE_OK;
		if (!is_shown(r, i))
			continue;
		candidate_row(&t, rank, &r->candidates[i]);
		shown++;
	}
	doc_table_end(&t);
	rest_para(d, r, shown);
	points_para(d, r);
}
