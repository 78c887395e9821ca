/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM reports: the kill step by step, and who else had to wait.
 *
 * Layer: view; the contract is in report_parts.h.
 */
#include "report_parts.h"

#define PHASES 16

struct phases {
	struct phase {
		uint64_t at_ns;
		const char *what;
	} list[PHASES];
	int n;
};

/* In the order of time; of the same time, in that of the calls. Times that are 0 are not known. */
static void phase_add(struct phases *p, const char *what, uint64_t at_ns)
{
	int at;

	if (at_ns == 0 || p->n == PHASES)
		return;
	for (at = p->n++; at > 0 && p->list[at - 1].at_ns > at_ns; at--)
		p->list[at] = p->list[at - 1];
	p->list[at] = (struct phase){at_ns, what};
}

static void phase_row(struct doc_table *t, const struct report *r, const struct phase *phase)
{
	int64_t offset = report_offset(r, phase->at_ns);
	char buf[UNITS_LEN];

	fmt_ms(offset < 0 ? -(uint64_t)offset : (uint64_t)offset, buf, sizeof(buf));
	doc_cell_fmt(t, "%s%s", offset < 0 ? "-" : offset > 0 ? "+" : "", buf);
	doc_cell(t, fmt_time_local(wall_ns(t->d->v->model, phase->at_ns), buf, sizeof(buf)));
	doc_cell(t, phase->what);
}

static void run_words(const struct report *r, char *buf, size_t cap)
{
	char n[UNITS_LEN], vain[UNITS_LEN];

	snprintf(buf, cap,
		 "first of %s stalls in a row up to the kill, %s of which reclaimed nothing",
		 fmt_count(r->retries, n, sizeof(n)),
		 fmt_count(r->retries_vain, vain, sizeof(vain)));
}

static void phases_make(struct phases *p, const struct report *r, const char *run)
{
	bool memcg = report_is_memcg(r);

	phase_add(p,
		  memcg ? "the first wait at the limit in the window"
			: "the first wait for memory in the window",
		  r->first_stall_ns);
	phase_add(p, run, r->retries ? r->last_run_ns : 0);
	phase_add(p, "KILL: the victim was marked and sent SIGKILL", r->first_ns);
	phase_add(p, "the reaper was woken", r->reap_wake_ns);
	phase_add(p, "the reaper began to free the victim's memory", r->reap_start_ns);
	phase_add(p, "the reaper was done", r->reap_end_ns);
	phase_add(p, "the reaper skipped it", r->reap_skip_ns);
	phase_add(p, "the victim had ended", r->exit_ns);
	phase_add(p, "the last kill", r->last_ns > r->first_ns ? r->last_ns : 0);
	phase_add(p,
		  memcg ? "there was room again below the limit"
			: "free memory was back above the high watermark",
		  r->back_ns);
}

static void callouts(struct doc *d, const struct report *r)
{
	if (r->reap_failed)
		doc_para(d, "REAPING FAILED: the reaper could not free the victim's memory (its "
			    "mm was busy, or it was in use by others); it came free only when the "
			    "victim ended.");
	else if (r->reap_slow)
		doc_para(d, "SLOW: the victim's memory came free only more than a second after the "
			    "kill; others had to wait for that.");
	if (r->back_given_up)
		doc_para(d, "NOT BACK: memory was still short when the watch for it ended; another "
			    "kill is likely.");
	if (!r->exit_ns)
		doc_para(d, "The victim was not seen to end.");
}

void part_phases(struct doc *d, const struct report *r)
{
	static const struct table_col cols[] = {
		{"ms", ALIGN_RIGHT, 0},
		{"at", ALIGN_LEFT, 0},
		{"what happened", ALIGN_LEFT, 20},
	};
	struct phases phases = {0};
	struct doc_table t;
	char run[2 * LABEL_LEN];

	if (r->nkills == 0)
		return;
	run_words(r, run, sizeof(run));
	phases_make(&phases, r, run);
	doc_table_begin(&t, d, cols, ARRAY_LEN(cols));
	for (int i = 0; i < phases.n; i++)
		phase_row(&t, r, &phases.list[i]);
	doc_table_end(&t);
	callouts(d, r);
}

static void sufferer_row(struct doc_table *t, const struct sufferer *s)
{
	char buf[NAME_LEN];

	doc_cell(t, task_mark(s->who.comm, s->who.pid, buf, sizeof(buf)));
	doc_cell(t, fmt_ns(s->stall_ns, buf, sizeof(buf)));
	doc_cell(t, fmt_count(s->stalls, buf, sizeof(buf)));
	doc_cell(t, fmt_count(s->majfaults, buf, sizeof(buf)));
	doc_cell(t, name_mark(s->who.cgroup, "-", buf, sizeof(buf)));
}

static void sum_para(struct doc *d, const struct report *r)
{
	char ns[UNITS_LEN], n[UNITS_LEN];
	struct para p = {0};

	para_add(&p,
		 "In all %llu other process%s waited %s and took %s major faults in the window.",
		 (unsigned long long)r->suffer_processes, r->suffer_processes == 1 ? "" : "es",
		 fmt_ns(r->suffer_stall_ns, ns, sizeof(ns)),
		 fmt_count(r->suffer_majfaults, n, sizeof(n)));
	doc_para(d, p.s);
}

void part_sufferers(struct doc *d, const struct report *r)
{
	static const struct table_col cols[] = {
		{"process", ALIGN_LEFT, 0}, {"waited", ALIGN_RIGHT, 0},
		{"stalls", ALIGN_RIGHT, 0}, {"major faults", ALIGN_RIGHT, 0},
		{"cgroup", ALIGN_PATH, 16},
	};
	struct doc_table t;

	if (r->no_bpf) {
		doc_para(d, "Not known: that takes BPF programs.");
		return;
	}
	if (r->suffer_processes == 0 && r->nsufferers == 0) {
		doc_para(d, "No other process was seen to wait for memory in the window.");
		return;
	}
	doc_table_begin(&t, d, cols, ARRAY_LEN(cols));
	for (int i = 0; i < r->nsufferers; i++)
		sufferer_row(&t, &r->sufferers[i]);
	doc_table_end(&t);
	sum_para(d, r);
}
