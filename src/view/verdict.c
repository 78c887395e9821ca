/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. The verdict; the contract is in verdict.h. */
#include <stdlib.h>
#include <string.h>
#include "advice.h"
#include "causes.h"
#include "verdict.h"

static const char *const kind_words[STALL_KINDS] = {
	[STALL_DIRECT] = "direct reclaim",
	[STALL_MEMCG] = "memcg reclaim",
	[STALL_SOFTLIMIT] = "soft limit reclaim",
	[STALL_NODE] = "node reclaim",
	[STALL_COMPACTION] = "direct compaction",
	[STALL_HIGH] = "memory.high throttling",
	[STALL_PROACTIVE] = "reclaim that was asked for",
};

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* " at the limit of /mt (256.0 MiB)": only when all, or at least the longest, had that target. */
static void limit_write(struct para *p, const struct model *m, const struct stall_stats *s)
{
	const struct cgroup_stats *target = common_target(m);
	char path[NAME_LEN], limit[UNITS_LEN];

	if (!target) {
		if (s->target_cgroup)
			para_add(p, ", the longest at the limit of %s",
				 cgroup_label(m, s->target_cgroup, path, sizeof(path)));
		return;
	}
	para_add(p, " at the limit of %s", cgroup_label(m, target->id, path, sizeof(path)));
	if (*container_label(m, target->id, path, sizeof(path)))
		para_add(p, ", %s", path);
	if (target->limit_bytes)
		para_add(p, " (%s)", fmt_bytes(target->limit_bytes, limit, sizeof(limit)));
}

static void kinds_write(struct para *p, const struct model *m, const struct stall_stats *s)
{
	int top = 0;
	uint64_t count;

	for (int k = 1; k < STALL_KINDS; k++)
		top = s->kind_ns[k] > s->kind_ns[top] ? k : top;
	count = s->kind_count[top];
	if (count < s->all.count)
		para_add(p, "; %llu of %llu were %s", (unsigned long long)count,
			 (unsigned long long)s->all.count, kind_words[top]);
	else if (count <= 2)
		para_add(p, "; %s %s", count == 1 ? "it was" : "both were", kind_words[top]);
	else
		para_add(p, "; all were %s", kind_words[top]);
	if (top == STALL_MEMCG || top == STALL_SOFTLIMIT || top == STALL_HIGH)
		limit_write(p, m, s);
}

/* Processes but the first of a list by stall time that stalled, too. */
static uint64_t other_stallers(const struct model *m, const struct process *const *list, int n)
{
	uint64_t others = 0;

	for (int i = 1; i < n && list[i]->details && list[i]->details->stalls.all.count; i++)
		others++;
	return others + (model_others(m)->stalls.all.count ? model_others(m)->processes : 0);
}

static void stalls_write(struct para *p, const struct model *m, const struct process *const *list,
			 int n)
{
	const struct stall_stats *all = model_stalls(m), *s = &list[0]->details->stalls;
	uint64_t elapsed = model_elapsed_ns(m), others = other_stallers(m, list, n);
	char who[LABEL_LEN], total[UNITS_LEN], share[UNITS_LEN], span[UNITS_LEN];

	para_add(p, "%s waited %s (%s %% of %s%s) for memory in ",
		 process_label(list[0], who, sizeof(who)),
		 fmt_ns(s->all.total_ns, total, sizeof(total)),
		 fmt_percent(s->all.total_ns, elapsed, share, sizeof(share)),
		 fmt_ns(elapsed, span, sizeof(span)),
		 s->all.total_ns > elapsed ? ", its threads added up" : "");
	para_add(p, "%s stall%s", fmt_count(s->all.count, total, sizeof(total)),
		 plural(s->all.count));
	if (s->all.count > 1)
		para_add(p, ", longest %s", fmt_ns(s->all.max_ns, total, sizeof(total)));
	if (others)
		para_add(p, ", and %llu other process%s %s", (unsigned long long)others,
			 others == 1 ? "" : "es",
			 fmt_ns(all->all.total_ns - s->all.total_ns, total, sizeof(total)));
	kinds_write(p, m, all);
	para_add(p, ". ");
	para_part(p);
	if (s->split_ns) {
		para_add(p, "Of its time ");
		causes_write(p, m, s);
		para_add(p, ". ");
	}
}

/* "python3[12] took 5 of the 7 major faults": who, and how many. */
static void faults_count_write(struct para *p, const struct process *top, uint64_t total,
			       const struct process *staller)
{
	uint64_t count = process_majfaults(top);
	char buf[LABEL_LEN];

	para_add(p, "%s took ", top == staller ? "It" : process_label(top, buf, sizeof(buf)));
	para_add(p, "%s ", fmt_count(count, buf, sizeof(buf)));
	if (total > count)
		para_add(p, "of the %s ", fmt_count(total, buf, sizeof(buf)));
	para_add(p, "major fault%s", plural(total));
}

static void faults_write(struct para *p, const struct model *m, const struct process *staller)
{
	const struct process **list, *top = NULL;
	int n = processes_list(m, BY_MAJOR_FAULTS, &list);
	uint64_t most = 0, total = model_others(m)->maj_flt_traced;
	const struct fault_stats *f;
	struct hist timed;
	char buf[UNITS_LEN];

	for (int i = 0; i < n; i++) {
		uint64_t count = process_majfaults(list[i]);

		total += count;
		if (count > most) {
			most = count;
			top = list[i];
		}
	}
	free(list);
	if (!top)
		return;
	faults_count_write(p, top, total, staller);
	f = top->details ? &top->details->faults : NULL;
	if (f && f->count[FAULT_SWAP])
		para_add(p, ", %s from swap", fmt_count(f->count[FAULT_SWAP], buf, sizeof(buf)));
	if (f && f->count[FAULT_FILE])
		para_add(p, ", %s from files", fmt_count(f->count[FAULT_FILE], buf, sizeof(buf)));
	timed = f ? faults_timed(f) : (struct hist){0};
	if (timed.count)
		para_add(p, ", p99 %s", fmt_ns(hist_quantile(&timed, 0.99), buf, sizeof(buf)));
	para_add(p, ". ");
	refaults_write(p, m);
}

#define CHURN_NOTABLE 100 /* pages: of fewer a share says little */

/* Most of what comes back from swap had just gone there. */
static void churn_write(struct para *p, const struct model *m)
{
	const struct fault_stats *f = model_faults(m);
	char share[UNITS_LEN], limit[UNITS_LEN];

	if (f->away.count < CHURN_NOTABLE || f->churned < f->away.count / 2)
		return;
	para_add(p,
		 "Swap is thrashing: %s %% of the pages that came back had been out for less than "
		 "%s, so what is in use does not fit. ",
		 fmt_percent(f->churned, f->away.count, share, sizeof(share)),
		 fmt_ns(model_churn_ns(m), limit, sizeof(limit)));
}

static void oom_reason_write(struct para *p, const struct oom_record *rec)
{
	static const struct {
		const char *constraint, *words;
	} reasons[] = {
		{"memcg", "memcg limit"},
		{"system", "the whole host was out of memory"},
		{"cpuset", "the nodes of its cpuset were out of memory"},
		{"mempolicy", "the nodes of its memory policy were out of memory"},
	};
	char limit[UNITS_LEN];

	for (size_t i = 0; rec->constraint && i < ARRAY_LEN(reasons); i++) {
		if (strcmp(rec->constraint, reasons[i].constraint) != 0)
			continue;
		para_add(p, ": %s", reasons[i].words);
		if (i == 0 && rec->kill.limit_bytes)
			para_add(p, " %s", fmt_bytes(rec->kill.limit_bytes, limit, sizeof(limit)));
	}
}

static void ooms_write(struct para *p, const struct model *m)
{
	const struct oom_record *rec;
	char who[LABEL_LEN], buf[NAME_LEN];
	int n = model_ooms(m, &rec, 1);

	if (n == 0)
		return;
	if (n == 1)
		para_add(p, "The kernel killed ");
	else
		para_add(p, "The kernel killed %d processes for lack of memory, first ", n);
	para_add(p, "%s", task_label(rec->victim_comm, rec->victim_pid, who, sizeof(who)));
	if (rec->from_log || rec->kill.sized)
		para_add(p, " (anon %s)", fmt_bytes(rec->anon_rss_bytes, buf, sizeof(buf)));
	if (rec->memcg_path)
		para_add(p, " in %s", name_safe(rec->memcg_path, "", buf, sizeof(buf)));
	fmt_time_local(wall_ns(m, rec->kill.hdr.time_ns), buf, sizeof(buf));
	para_add(p, " at %.8s", buf);
	oom_reason_write(p, rec);
	para_add(p, ". ");
}

static void open_write(struct para *p, uint64_t n, uint64_t oldest)
{
	char buf[UNITS_LEN];

	if (n)
		para_add(p, "At the end %llu stall%s still going on, the oldest for %s. ",
			 (unsigned long long)n, n == 1 ? " was" : "s were",
			 fmt_ns(oldest, buf, sizeof(buf)));
}

static void nothing_write(struct para *p, const struct view *v)
{
	char buf[UNITS_LEN];
	char watching[NAME_LEN];

	para_add(p,
		 "Nothing waited for memory in %s: no reclaim stalls, no major faults, no OOM "
		 "kills among %d processes (watched: %s). ",
		 fmt_ns(model_elapsed_ns(v->model), buf, sizeof(buf)),
		 model_processes(v->model, BY_STALL_TIME, NULL, 0),
		 name_safe(v->watching, "all processes", watching, sizeof(watching)));
}

/* Signals whose absence makes the sentences above say too little. */
static bool probe_matters(const struct ev_probe *probe)
{
	static const char *const prefixes[] = {"stall", "fault", "oom"};

	if (probe->status != PROBE_MISSING)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (strncmp(probe->signal, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

static void caveats_write(struct para *p, const struct model *m, bool nothing)
{
	uint64_t lost = model_lost(m);
	const struct ev_probe *probes;
	int n = model_probes(m, &probes), missing = 0;
	char buf[LABEL_LEN];

	if (lost)
		para_add(p, "But %s event%s got lost (see Lost): %s. ",
			 fmt_count(lost, buf, sizeof(buf)), plural(lost),
			 nothing ? "this verdict is not certain"
				 : "these figures are lower bounds");
	for (int i = 0; i < n; i++) {
		if (!probe_matters(&probes[i]))
			continue;
		text_safe(probes[i].signal, strnlen(probes[i].signal, sizeof(probes[i].signal)),
			  buf, sizeof(buf));
		para_add(p, "%s%s", missing++ ? ", " : "Not visible on this machine: ", buf);
	}
	if (missing)
		para_add(p, " (see Signals).");
}

void verdict_write(struct para *p, const struct view *v)
{
	const struct model *m = v->model;
	const struct process **list, *staller = NULL;
	int n = processes_list(m, BY_STALL_TIME, &list);
	uint64_t stalls = model_stalls(m)->all.count, oldest;
	uint64_t open = model_open_stalls(m, &oldest);
	bool nothing;
	char buf[UNITS_LEN];

	para_part(p);
	if (n && list[0]->details && list[0]->details->stalls.all.count) {
		staller = list[0];
		stalls_write(p, m, list, n);
	} else if (stalls) {
		para_add(p, "Processes that left the table waited %s for memory. ",
			 fmt_ns(model_stalls(m)->all.total_ns, buf, sizeof(buf)));
	}
	para_part(p);
	faults_write(p, m, staller);
	churn_write(p, m);
	para_part(p);
	if (staller)
		culprit_write(p, m, staller);
	para_part(p);
	ooms_write(p, m);
	para_part(p);
	nothing = p->len == 0 && !open;
	if (p->len == 0 && open)
		para_add(p, "No stall ended in %s. ",
			 fmt_ns(model_elapsed_ns(m), buf, sizeof(buf)));
	open_write(p, open, oldest);
	if (nothing)
		nothing_write(p, v);
	else if (!stalls && !open)
		para_add(p, "Nothing stalled in reclaim in %s. ",
			 fmt_ns(model_elapsed_ns(m), buf, sizeof(buf)));
	para_part(p);
	if (staller)
		next_write(p, m);
	para_part(p);
	caveats_write(p, m, nothing);
	free(list);
}
