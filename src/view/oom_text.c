/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM kills as blocks of text: who, why, what they had, what came after.
 *
 * Layer: view, private to it (render.h).
 */
#include <string.h>
#include "container.h"
#include "para.h"
#include "render.h"

#define MAX_OOMS 256

/* "  name      text", wrapped. */
static void fact_print(struct view *v, const char *name, const char *text)
{
	char lead[32];

	snprintf(lead, sizeof(lead), "  %-11s", name);
	para_print(v->out, lead, text, PAGE_WIDTH);
}

static void size_write(struct para *p, const char *what, uint64_t bytes)
{
	char buf[UNITS_LEN];

	para_add(p, "%s%s %s", p->len ? ", " : "", what, fmt_bytes(bytes, buf, sizeof(buf)));
}

static void title_print(struct view *v, const struct oom_record *rec)
{
	char who[LABEL_LEN], when[UNITS_LEN], path[NAME_LEN];
	const char *in = victim_cgroup(v->model, rec);
	struct para p = {0};

	para_add(&p, "%s OOM kill of %s, uid %u",
		 fmt_time_local(wall_ns(v->model, rec->kill.hdr.time_ns), when, sizeof(when)),
		 task_label(rec->victim_comm, rec->victim_pid, who, sizeof(who)), rec->victim_uid);
	if (in)
		para_add(&p, ", in %s", name_safe(in, "", path, sizeof(path)));
	if (rec->group_kill)
		para_add(&p, " (with its cgroup: memory.oom.group)");
	fputs(tone_on(v, TONE_RED), v->out);
	para_print(v->out, "", p.s, PAGE_WIDTH);
	fputs(tone_off(v, TONE_RED), v->out);
}

const char *victim_cgroup(const struct model *m, const struct oom_record *rec)
{
	return rec->task_memcg_path ? rec->task_memcg_path
				    : model_cgroup_path(m, rec->kill.victim.cgroup);
}

/* The container that the victim's cgroup belongs to by its name. */
static void container_print(struct view *v, const struct oom_record *rec)
{
	const char *cgroup = victim_cgroup(v->model, rec);
	struct container c;
	char buf[NAME_LEN];
	struct para p = {0};

	if (!cgroup || !container_of_path(cgroup, &c))
		return;
	para_add(&p, "%s %s", c.kind, name_safe(c.id, "", buf, sizeof(buf)));
	if (c.pod[0])
		para_add(&p, "%spod %s", c.id[0] ? ", " : "",
			 name_safe(c.pod, "", buf, sizeof(buf)));
	fact_print(v, "container", p.s);
}

const char *constraint_words(const char *constraint)
{
	static const struct {
		const char *constraint, *words;
	} table[] = {
		{"system", "the whole host was out of memory"},
		{"memcg", "a memory cgroup was at its limit"},
		{"cpuset", "the nodes of its cpuset were out of memory"},
		{"mempolicy", "the nodes of its memory policy were out of memory"},
	};

	for (size_t i = 0; constraint && i < ARRAY_LEN(table); i++) {
		if (strcmp(constraint, table[i].constraint) == 0)
			return table[i].words;
	}
	return "not known: the kernel log does not say";
}

/* " path uses 5 MiB of 5 MiB" behind a word; nothing when the limit is unknown. */
static void usage_write(struct para *p, const char *what, uint64_t usage, uint64_t limit)
{
	char used[UNITS_LEN], of[UNITS_LEN];

	if (limit && limit != EV_ABSENT)
		para_add(p, "%s %s of %s", what, fmt_bytes(usage, used, sizeof(used)),
			 fmt_bytes(limit, of, sizeof(of)));
}

static void cause_print(struct view *v, const struct oom_record *rec)
{
	bool v2 = model_meta(v->model)->cgroup_version == 2;
	struct para p = {0};
	char path[NAME_LEN];

	para_add(&p, "%s", constraint_words(rec->constraint));
	if (rec->constraint_inferred)
		para_add(&p, " (inferred: the kernel log could not be read)");
	if (rec->memcg_path) {
		para_add(&p, ": %s", name_safe(rec->memcg_path, "", path, sizeof(path)));
		usage_write(&p, ", memory", rec->kill.usage_bytes, rec->kill.limit_bytes);
		usage_write(&p, v2 ? ", swap" : ", memory+swap", rec->kill.memsw_usage_bytes,
			    rec->kill.memsw_limit_bytes);
	}
	fact_print(v, "why", p.s);
}

static void victim_print(struct view *v, const struct oom_record *rec)
{
	struct para p = {0};

	if (!rec->from_log && !rec->kill.sized) {
		fact_print(v, "victim had", "sizes unknown: this kernel's event names a PID only");
		return;
	}
	size_write(&p, "anon", rec->anon_rss_bytes);
	size_write(&p, "file", rec->file_rss_bytes);
	size_write(&p, "shmem", rec->shmem_rss_bytes);
	if (rec->kill.sized)
		size_write(&p, "swap", rec->swap_bytes);
	size_write(&p, "page tables", rec->pgtables_bytes);
	size_write(&p, "total-vm", rec->total_vm_bytes);
	para_add(&p, ", oom_score_adj %d", rec->oom_score_adj);
	fact_print(v, "victim had", p.s);
}

static void trigger_print(struct view *v, const struct oom_record *rec)
{
	char buf[NAME_LEN];
	struct para p = {0};

	if (rec->from_probe)
		para_add(&p, "%s",
			 task_label(rec->kill.task.comm, rec->kill.task.tgid, buf, sizeof(buf)));
	else if (rec->trigger_known)
		para_add(&p, "%s", name_safe(rec->trigger_comm, "", buf, sizeof(buf)));
	if (rec->trigger_known)
		para_add(&p, ", for an allocation of order %u, %s", rec->trigger_order,
			 gfp_label(v->model, rec->trigger_gfp, buf, sizeof(buf)));
	if (p.len)
		fact_print(v, "trigger", p.s);
}

static void phase_write(struct para *p, const struct oom_record *rec, const char *what,
			uint64_t at_ns)
{
	char buf[UNITS_LEN];

	if (at_ns == 0 || at_ns < rec->kill.hdr.time_ns)
		return;
	para_add(p, "%s%s after %s", p->len ? ", " : "", what,
		 fmt_ns(at_ns - rec->kill.hdr.time_ns, buf, sizeof(buf)));
}

static void phases_print(struct view *v, const struct oom_record *rec)
{
	struct para p = {0};

	phase_write(&p, rec, "reaper began", rec->reap_ns[REAP_START]);
	phase_write(&p, rec, "reaper was done", rec->reap_ns[REAP_FINISH]);
	phase_write(&p, rec, "reaper skipped it", rec->reap_ns[REAP_SKIP]);
	phase_write(&p, rec, "it had ended", rec->exit_ns);
	fact_print(v, "then", p.len ? p.s : "it was not seen to end");
}

static void log_print(struct view *v, const struct oom_record *rec)
{
	if (rec->nlog)
		fputs("  kernel log\n", v->out);
	for (int i = 0; i < rec->nlog; i++) {
		char line[4 * sizeof(rec->log[0])];

		text_safe(rec->log[i], strnlen(rec->log[i], sizeof(rec->log[i])), line,
			  sizeof(line));
		para_print(v->out, "    ", line, PAGE_WIDTH);
	}
	if (rec->nlog_dropped)
		fprintf(v->out, "    (%d more lines)\n", rec->nlog_dropped);
}

static void oom_text(struct view *v, const struct oom_record *rec, bool with_log)
{
	char buf[2 * NAME_LEN];

	title_print(v, rec);
	cause_print(v, rec);
	victim_print(v, rec);
	if (rec->victim_cmdline)
		fact_print(v, "command", name_safe(rec->victim_cmdline, "", buf, sizeof(buf)));
	container_print(v, rec);
	trigger_print(v, rec);
	phases_print(v, rec);
	if (!rec->from_probe)
		fact_print(v, "source", "the kernel log only: the probe did not see this kill");
	if (with_log)
		log_print(v, rec);
}

void ooms_section(struct view *v)
{
	const struct oom_record *list[MAX_OOMS];
	int n = model_ooms(v->model, list, MAX_OOMS), shown = n < MAX_OOMS ? n : MAX_OOMS;

	if (n <= 0)
		return;
	heading_print(v, "OOM kills: %d", n);
	shown = shown < view_rows(v) ? shown : view_rows(v);
	for (int i = 0; i < shown; i++) {
		if (i)
			fputc('\n', v->out);
		oom_text(v, list[i], v->verbose);
	}
	if (shown < n)
		fprintf(v->out, "and %d more\n", n - shown);
}
