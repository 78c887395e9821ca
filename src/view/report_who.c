/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM reports: who was killed, and who asked for the memory that was not there.
 *
 * Layer: view; the contract is in report_parts.h.
 */
#include <string.h>
#include "container.h"
#include "report_parts.h"

static const char *victim_path(const struct doc *d, const struct report_kill *k)
{
	if (k->victim.cgroup)
		return k->victim.cgroup;
	return k->rec ? victim_cgroup(d->v->model, k->rec) : NULL;
}

static void user_write(struct para *p, const struct report_process *who)
{
	char buf[LABEL_LEN];

	if (who->user)
		para_add(p, "user %s (uid %u)", name_mark(who->user, "", buf, sizeof(buf)),
			 who->uid);
	else
		para_add(p, "uid %u", who->uid);
}

static void parent_write(struct para *p, const struct report_process *who)
{
	char buf[LABEL_LEN];

	if (who->ppid && who->parent_comm[0])
		para_add(p, ", child of %s",
			 task_mark(who->parent_comm, who->ppid, buf, sizeof(buf)));
	else if (who->ppid)
		para_add(p, ", child of PID %u", who->ppid);
}

static void start_write(struct para *p, const struct doc *d, const struct report *r,
			const struct report_process *who)
{
	char when[UNITS_LEN], age[UNITS_LEN];

	if (!who->start_ns || who->start_ns > r->first_ns)
		return;
	para_add(p, ", started %s, %s before",
		 fmt_moment(d->v->model, who->start_ns, when, sizeof(when)),
		 fmt_ns(r->first_ns - who->start_ns, age, sizeof(age)));
}

static void process_fact(struct doc *d, const struct report *r, const struct report_process *who)
{
	char buf[LABEL_LEN];
	struct para p = {0};

	para_add(&p, "%s, ", task_mark(who->comm, who->pid, buf, sizeof(buf)));
	user_write(&p, who);
	parent_write(&p, who);
	start_write(&p, d, r, who);
	doc_fact(d, "process", p.s);
}

void fact_place(struct doc *d, const char *path)
{
	char buf[NAME_LEN];
	struct container c;

	doc_fact(d, "cgroup", name_mark(path, "not known", buf, sizeof(buf)));
	if (!path || !container_of_path(path, &c))
		return;
	if (c.id[0]) {
		struct para p = {0};

		para_add(&p, "%s %s", c.kind, name_mark(c.id, "", buf, sizeof(buf)));
		doc_fact(d, "container", p.s);
	}
	if (c.pod[0])
		doc_fact(d, "pod", name_mark(c.pod, "", buf, sizeof(buf)));
}

static void size_write(struct para *p, const char *what, uint64_t bytes)
{
	char buf[UNITS_LEN];

	if (bytes != EV_ABSENT)
		para_add(p, "%s%s %s", p->len ? ", " : "", what,
			 fmt_bytes(bytes, buf, sizeof(buf)));
}

static void sizes_fact(struct doc *d, const struct report *r, const struct report_kill *k)
{
	const struct oom_record *rec = k->rec;
	struct para p = {0};

	if (!rec || (!rec->from_log && !rec->kill.sized)) {
		doc_fact(d, "memory", "not known: neither this kernel's event nor the log has it");
		return;
	}
	size_write(&p, "anonymous", rec->anon_rss_bytes);
	size_write(&p, "file", rec->file_rss_bytes);
	size_write(&p, "shared", rec->shmem_rss_bytes);
	size_write(&p, "swap", report_victim_swap(r, k));
	size_write(&p, "page tables", rec->pgtables_bytes);
	size_write(&p, "virtual", rec->total_vm_bytes);
	doc_fact(d, "memory", p.s);
}

void part_victim(struct doc *d, const struct report *r)
{
	const struct report_kill *k = &r->kills[0];
	char buf[2 * NAME_LEN];
	struct para p = {0};

	if (r->nkills == 0)
		return;
	process_fact(d, r, &k->victim);
	doc_fact(d, "command", name_mark(k->victim.cmdline, "not known", buf, sizeof(buf)));
	fact_place(d, victim_path(d, k));
	sizes_fact(d, r, k);
	if (k->rec) {
		para_add(&p, "%d", k->rec->oom_score_adj);
		doc_fact(d, "oom_score_adj", p.s);
	}
}

static void relation_fact(struct doc *d, const struct report *r)
{
	const struct oom_record *rec = report_rec(r);
	bool thread = rec && rec->from_probe && rec->kill.task.tid &&
		      rec->kill.task.tid != rec->kill.task.tgid;
	struct para p = {0};
	char buf[LABEL_LEN];

	switch (report_trigger(r)) {
	case TRIGGER_UNKNOWN:
		doc_fact(d, "process", "not known");
		return;
	case TRIGGER_VICTIM:
		para_add(&p, "%s, the victim itself", trigger_label(r, buf, sizeof(buf)));
		break;
	case TRIGGER_NAMESAKE:
		para_add(&p,
			 "%s, of the victim's name; whether it was the victim is not known, as the "
			 "log has no PID",
			 trigger_label(r, buf, sizeof(buf)));
		break;
	case TRIGGER_THREAD:
		para_add(&p,
			 "%s, which the kernel's table does not list: a thread, of which process "
			 "the log does not say",
			 trigger_label(r, buf, sizeof(buf)));
		break;
	case TRIGGER_OTHER:
		para_add(&p, "%s, not the victim", trigger_label(r, buf, sizeof(buf)));
		break;
	}
	if (thread)
		para_add(&p, ", its thread %u", rec->kill.task.tid);
	doc_fact(d, "process", p.s);
}

static void request_fact(struct doc *d, const struct oom_record *rec)
{
	uint64_t page = model_meta(d->v->model)->page_size;
	char gfp[NAME_LEN], bytes[UNITS_LEN];
	struct para p = {0};

	if (!rec || !rec->trigger_known) {
		doc_fact(d, "asked for", "not known: the kernel log does not say");
		return;
	}
	para_add(&p, "%llu page%s", 1ULL << (rec->trigger_order & 31),
		 plural_s(1ULL << (rec->trigger_order & 31)));
	if (page)
		para_add(&p, " (%s)",
			 fmt_bytes(page << (rec->trigger_order & 31), bytes, sizeof(bytes)));
	para_add(&p, ", order %u, %s; its oom_score_adj %d", rec->trigger_order,
		 gfp_label(d->v->model, rec->trigger_gfp, gfp, sizeof(gfp)),
		 rec->trigger_oom_score_adj);
	doc_fact(d, "asked for", p.s);
}

/* "a < b < c", innermost first. */
static void stack_fact(struct doc *d, const struct report *r)
{
	const char *frame = r->trigger_stack;
	char buf[LABEL_LEN], name[LABEL_LEN];
	struct para p = {0};

	if (!frame || !*frame)
		return;
	for (size_t n; *frame; frame += n + (frame[n] == ';')) {
		n = strcspn(frame, ";");
		snprintf(name, sizeof(name), "%.*s", (int)n, frame);
		para_add(&p, "%s%s", p.len ? " < " : "", name_mark(name, "?", buf, sizeof(buf)));
	}
	para_add(&p, "%s", r->trigger_stack_from_log ? " (from the kernel log)" : "");
	doc_fact(d, "kernel stack", p.s);
}

void part_trigger(struct doc *d, const struct report *r)
{
	enum trigger_relation relation = report_trigger(r);
	char buf[NAME_LEN];

	if (r->nkills == 0)
		return;
	relation_fact(d, r);
	if (relation == TRIGGER_OTHER && r->trigger.cmdline)
		doc_fact(d, "command", name_mark(r->trigger.cmdline, "", buf, sizeof(buf)));
	if (relation == TRIGGER_OTHER && r->trigger.cgroup)
		fact_place(d, r->trigger.cgroup);
	request_fact(d, report_rec(r));
	stack_fact(d, r);
}

static void note_cell(struct doc_table *t, const struct report_kill *k)
{
	if (!k->rec)
		doc_cell(t, "shared its memory");
	else if (k->rec->group_kill)
		doc_cell(t, "with its cgroup");
	else if (!k->rec->from_probe)
		doc_cell(t, "by the log only");
	else
		doc_cell(t, "");
}

static void ended_cell(struct doc_table *t, const struct report_kill *k)
{
	char buf[UNITS_LEN];

	if (k->rec && k->rec->exit_ns && k->rec->exit_ns >= k->time_ns)
		doc_cell(t, fmt_ns(k->rec->exit_ns - k->time_ns, buf, sizeof(buf)));
	else
		doc_cell(t, "-");
}

static void kill_row(struct doc_table *t, const struct report *r, const struct report_kill *k)
{
	bool sized = k->rec && (k->rec->from_log || k->rec->kill.sized);
	char buf[NAME_LEN];

	doc_cell(t, fmt_offset(report_offset(r, k->time_ns), buf, sizeof(buf)));
	doc_cell(t, task_mark(k->victim.comm, k->victim.pid, buf, sizeof(buf)));
	doc_cell(t, name_mark(victim_path(t->d, k), "-", buf, sizeof(buf)));
	doc_cell_bytes(t, sized ? k->rec->anon_rss_bytes : EV_ABSENT);
	doc_cell_bytes(t, sized ? k->rec->shmem_rss_bytes : EV_ABSENT);
	doc_cell_bytes(t, report_victim_swap(r, k));
	if (k->rec)
		doc_cell_fmt(t, "%d", k->rec->oom_score_adj);
	else
		doc_cell(t, "-");
	ended_cell(t, k);
	note_cell(t, k);
}

void part_kills(struct doc *d, const struct report *r)
{
	static const struct table_col cols[] = {
		{"after", ALIGN_RIGHT, 0},  {"victim", ALIGN_LEFT, 0},
		{"cgroup", ALIGN_PATH, 10}, {"anonymous", ALIGN_RIGHT, 0},
		{"shared", ALIGN_RIGHT, 0}, {"swap", ALIGN_RIGHT, 0},
		{"adj", ALIGN_RIGHT, 0},    {"ended after", ALIGN_RIGHT, 0},
		{"note", ALIGN_LEFT, 0},
	};
	struct doc_table t;
	struct para p = {0};

	if (report_killed(r) <= 1)
		return;
	doc_caption(d, "All %llu that were killed", (unsigned long long)report_killed(r));
	doc_table_begin(&t, d, cols, ARRAY_LEN(cols));
	for (int i = 0; i < r->nkills; i++)
		kill_row(&t, r, &r->kills[i]);
	doc_table_end(&t);
	if (report_killed(r) <= (uint64_t)r->nkills)
		return;
	para_add(&p, "%llu more were killed, for which this report has no room.",
		 (unsigned long long)report_killed(r) - (uint64_t)r->nkills);
	doc_para(d, p.s);
}
