/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An OOM report as one JSON object.
 *
 * Layer: view; the contract is in view.h. Times are ns from the first kill, unless they are named
 * time_ns; null is what is not known.
 */
#include <string.h>
#include "losses.h"
#include "report_json.h"

void json_from_kill(struct json *j, const char *key, const struct report *r, uint64_t time_ns)
{
	if (time_ns)
		json_s64(j, key, report_offset(r, time_ns));
	else
		json_null(j, key);
}

static void verdict_json(struct json *j, const struct model *m, const struct report *r)
{
	struct para p = {0};

	report_verdict_write(&p, m, r);
	marks_drop(p.s);
	json_str(j, "verdict", p.s);
}

static void head_json(struct json *j, const struct model *m, const struct report *r)
{
	json_str(j, "type", "oom");
	json_time(j, m, r->first_ns);
	json_str(j, "reason", r->reason == REPORT_ASKED ? "asked" : "oom");
	json_u64(j, "episode", r->id);
	json_bool(j, "continues", r->continues);
	verdict_json(j, m, r);
	json_u64(j, "kills_total", r->kills_counted);
	json_figure(j, "kills_kernel", r->kills_kernel);
	json_object_begin(j, "window");
	json_from_kill(j, "begin_ns", r, r->from_ns);
	json_from_kill(j, "end_ns", r, r->to_ns);
	json_object_end(j);
}

static void phases_json(struct json *j, const struct report *r)
{
	json_object_begin(j, "phases");
	json_from_kill(j, "first_stall_ns", r, r->first_stall_ns);
	json_from_kill(j, "run_ns", r, r->last_run_ns);
	json_u64(j, "retries", r->retries);
	json_u64(j, "retries_vain", r->retries_vain);
	json_from_kill(j, "kill_ns", r, r->kill_ns);
	json_from_kill(j, "reap_wake_ns", r, r->reap_wake_ns);
	json_from_kill(j, "reap_start_ns", r, r->reap_start_ns);
	json_from_kill(j, "reap_end_ns", r, r->reap_end_ns);
	json_from_kill(j, "reap_skip_ns", r, r->reap_skip_ns);
	json_from_kill(j, "exit_ns", r, r->exit_ns);
	json_from_kill(j, "back_ns", r, r->back_ns);
	json_bool(j, "back_given_up", r->back_given_up);
	json_bool(j, "reap_slow", r->reap_slow);
	json_bool(j, "reap_failed", r->reap_failed);
	json_object_end(j);
}

static void stages_json(struct json *j, const struct report *r)
{
	json_array_begin(j, "stages");
	for (int i = 0; i < STAGES; i++) {
		const struct stage *s = &r->stages[i];

		if (!s->known)
			continue;
		json_object_begin(j, NULL);
		json_str(j, "stage", stage_names[i]);
		json_from_kill(j, "begin_ns", r, s->begin_ns);
		json_figure(j, "from_bytes", s->from_bytes);
		json_figure(j, "to_bytes", s->to_bytes);
		json_object_end(j);
	}
	json_array_end(j);
}

static void candidate_json(struct json *j, int rank, const struct oom_candidate *c)
{
	json_object_begin(j, NULL);
	if (c->bar == CANDIDATE_OK)
		json_s64(j, "rank", rank);
	else
		json_null(j, "rank");
	json_u64(j, "pid", c->pid);
	json_comm(j, "comm", c->comm);
	json_u64(j, "uid", c->uid);
	json_s64(j, "points", c->points);
	json_figure(j, "total_vm_bytes", c->total_vm_bytes);
	json_figure(j, "rss_bytes", c->rss_bytes);
	json_figure(j, "anon_bytes", c->anon_bytes);
	json_figure(j, "file_bytes", c->file_bytes);
	json_figure(j, "shmem_bytes", c->shmem_bytes);
	json_figure(j, "swap_bytes", c->swap_bytes);
	json_figure(j, "pgtables_bytes", c->pgtables_bytes);
	json_s64(j, "oom_score_adj", c->oom_score_adj);
	json_str(j, "bar", bar_names[c->bar]);
	json_bool(j, "killed", c->killed);
	json_object_end(j);
}

static void candidates_json(struct json *j, const struct report *r)
{
	int rank = 0;

	json_array_begin(j, "candidates");
	for (int i = 0; i < r->ncandidates; i++) {
		rank += r->candidates[i].bar == CANDIDATE_OK;
		candidate_json(j, rank, &r->candidates[i]);
	}
	json_array_end(j);
	json_str(j, "candidates_source", candidates_names[r->candidates_source]);
	json_u64(j, "candidates_total", r->candidates_all);
	json_figure(j, "candidates_rest_bytes", r->candidates_rest_bytes);
	json_figure(j, "victim_rank", r->victim_rank > 0 ? (uint64_t)r->victim_rank : EV_ABSENT);
	json_str(j, "rank_reason", r->nkills ? rank_names[r->rank_reason] : NULL);
	json_figure(j, "total_pages", r->total_pages ? r->total_pages : EV_ABSENT);
}

static void suffered_json(struct json *j, const struct report *r)
{
	json_array_begin(j, "suffered");
	for (int i = 0; i < r->nsufferers; i++) {
		const struct sufferer *s = &r->sufferers[i];

		json_object_begin(j, NULL);
		json_u64(j, "pid", s->who.pid);
		json_comm(j, "comm", s->who.comm);
		json_str(j, "cgroup", s->who.cgroup);
		json_u64(j, "stall_ns", s->stall_ns);
		json_u64(j, "stalls", s->stalls);
		json_u64(j, "majfaults", s->majfaults);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_begin(j, "suffered_total");
	json_u64(j, "processes", r->suffer_processes);
	json_u64(j, "stall_ns", r->suffer_stall_ns);
	json_u64(j, "majfaults", r->suffer_majfaults);
	json_object_end(j);
}

static void advice_json(struct json *j, const struct report *r)
{
	struct advice a;
	int n = 0;

	json_array_begin(j, "advice");
	for (int at = 0; (at = report_advice(r, at, &a)) != 0 && n < ADVICE_MAX; n++) {
		marks_drop(a.finding.s);
		marks_drop(a.evidence.s);
		marks_drop(a.change.s);
		json_object_begin(j, NULL);
		json_str(j, "finding", a.finding.s);
		json_str(j, "evidence", a.evidence.s);
		json_str(j, "do", a.change.s);
		json_object_end(j);
	}
	json_array_end(j);
}

static void machine_json(struct json *j, const struct model *m, const struct report *r)
{
	const struct ev_meta *meta = model_meta(m);

	if (r->host) {
		json_object_begin(j, "host");
		for (int c = 0; c < HOST_COUNTERS; c++)
			json_host(j, (enum host_counter)c, r->host->value[c]);
		json_object_end(j);
	} else {
		json_null(j, "host");
	}
	json_object_begin(j, "vm");
	json_figure(j, "panic_on_oom", r->vm.panic_on_oom);
	json_figure(j, "oom_kill_allocating_task", r->vm.oom_kill_allocating_task);
	json_figure(j, "oom_dump_tasks", r->vm.oom_dump_tasks);
	json_figure(j, "overcommit_memory", r->vm.overcommit_memory);
	json_figure(j, "swappiness", r->vm.swappiness);
	json_figure(j, "watermark_scale_factor", r->vm.watermark_scale_factor);
	json_figure(j, "min_free_bytes", r->vm.min_free_bytes);
	json_object_end(j);
	json_strn(j, "kernel", meta->release, strnlen(meta->release, sizeof(meta->release)));
	json_strn(j, "hostname", meta->hostname, strnlen(meta->hostname, sizeof(meta->hostname)));
	json_strn(j, "arch", meta->arch, strnlen(meta->arch, sizeof(meta->arch)));
}

static void log_json(struct json *j, const struct report *r)
{
	int64_t dropped = 0;

	for (int i = 0; i < r->nkills; i++)
		dropped += r->kills[i].rec ? r->kills[i].rec->nlog_dropped : 0;
	json_s64(j, "log_dropped", dropped);
	json_array_begin(j, "log");
	for (int i = 0; i < r->nkills; i++) {
		if (r->kills[i].rec)
			oom_log_json(j, r->kills[i].rec);
	}
	json_array_end(j);
}

static void evidence_json(struct json *j, const struct model *m, const struct report *r)
{
	const struct oom_record *rec = report_rec(r);

	json_object_begin(j, "sources");
	json_bool(j, "probe", rec && rec->from_probe);
	json_bool(j, "log", rec && rec->from_log);
	json_bool(j, "bpf", !r->no_bpf);
	json_object_end(j);
	json_bool(j, "log_whole", r->log_whole);
	losses_json(j, "lost", &r->loss);
	probes_json(j, m);
	log_json(j, r);
}

void view_report_json(struct view *v, const struct report *r)
{
	const struct model *m = v->model;
	struct json j;

	json_begin(&j, v->out);
	json_object_begin(&j, NULL);
	head_json(&j, m, r);
	report_who_json(&j, m, r);
	report_where_json(&j, r);
	phases_json(&j, r);
	stages_json(&j, r);
	candidates_json(&j, r);
	report_history_json(&j, m, r);
	suffered_json(&j, r);
	advice_json(&j, r);
	report_kills_json(&j, m, r);
	machine_json(&j, m, r);
	evidence_json(&j, m, r);
	json_object_end(&j);
	json_end_line(&j);
}
