/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The summary as one JSON object, and the parts of it that other commands end with.
 *
 * Layer: view, private to it (render.h).
 */
#include <stdlib.h>
#include <string.h>
#include "losses.h"

#define MAX_CGROUPS 1024
#define MAX_FILES   16 /* of one process */
#define MAX_OOMS    256

void file_figures_json(struct json *j, const struct file_stats *f)
{
	json_u64(j, "ino", f->ino);
	json_u64(j, "dev_major", f->dev_major);
	json_u64(j, "dev_minor", f->dev_minor);
	json_u64(j, "faults", f->faults);
	json_u64(j, "total_ns", f->total_ns);
	json_u64(j, "max_ns", f->max_ns);
	json_u64(j, "refaults", f->refaults);
}

static void files_json(struct json *j, const struct model *m, const struct process *p)
{
	struct file_stats files[MAX_FILES];
	int n = model_files(m, p, files, MAX_FILES);

	json_array_begin(j, "files");
	for (int i = 0; i < n && i < MAX_FILES; i++) {
		json_object_begin(j, NULL);
		json_str(j, "path", files[i].path);
		file_figures_json(j, &files[i]);
		json_object_end(j);
	}
	json_array_end(j);
}

/* "by_class": those that had any. */
static void classes_json(struct json *j, const struct fault_stats *f)
{
	json_object_begin(j, "by_class");
	for (int c = 0; c < FAULT_CLASSES; c++) {
		if (!f->count[c])
			continue;
		json_object_begin(j, fault_class_names[c]);
		json_u64(j, "count", f->count[c]);
		json_u64(j, "timed", f->timed[c].count);
		json_u64(j, "total_ns", f->timed[c].total_ns);
		json_quantiles(j, &f->timed[c]);
		json_histogram(j, &f->timed[c]);
		json_object_end(j);
	}
	json_object_end(j);
}

static void faults_json(struct json *j, const struct model *m, const struct process *p,
			uint64_t minor, uint64_t major, const struct fault_stats *f)
{
	struct hist all = faults_timed(f);

	json_object_begin(j, "faults");
	json_u64(j, "minor", minor);
	json_u64(j, "major", major);
	json_object_begin(j, "classes");
	for (int c = 0; c < FAULT_CLASSES; c++)
		json_u64(j, fault_class_names[c], f->count[c]);
	json_object_end(j);
	json_u64(j, "timed", all.count);
	json_u64(j, "untimed", f->untimed);
	json_u64(j, "guessed", f->guessed);
	json_u64(j, "refaults", f->refaults);
	json_u64(j, "total_ns", all.total_ns);
	json_quantiles(j, &all);
	json_histogram(j, &all);
	classes_json(j, f);
	files_json(j, m, p);
	json_object_end(j);
}

static void memory_json(struct json *j, const struct model *m, const struct process *p)
{
	json_object_begin(j, "swap");
	json_u64(j, "in_pages", p->swapin_faults);
	json_u64(j, "in_wait_ns", p->swapin_ns);
	json_u64(j, "out_pages", p->swapout_pages);
	json_u64(j, "file_out_pages", p->fileout_pages);
	churn_json(j, m, p->details ? &p->details->faults : NULL);
	json_object_end(j);
	json_figure(j, "rss_bytes", p->sampled ? process_rss(p) : EV_ABSENT);
	json_figure(j, "rss_max_bytes", p->sampled ? p->rss_max_bytes : EV_ABSENT);
	json_figure(j, "swap_bytes", p->sampled ? p->swap_bytes : EV_ABSENT);
	if (p->sampled) {
		json_s64(j, "rss_growth_bytes", (int64_t)(process_rss(p) - p->rss_first_bytes));
		json_s64(j, "swap_growth_bytes", (int64_t)(p->swap_bytes - p->swap_first_bytes));
	} else {
		json_null(j, "rss_growth_bytes");
		json_null(j, "swap_growth_bytes");
	}
}

void process_json(struct json *j, const struct model *m, const struct process *p, bool typed)
{
	static const struct process_details none;
	const struct process_details *d = p->details ? p->details : &none;

	json_object_begin(j, NULL);
	if (typed) {
		json_str(j, "type", "process");
		json_time(j, m, model_now_ns(m));
	}
	json_u64(j, "pid", p->tgid);
	json_u64(j, "ppid", p->ppid);
	json_u64(j, "uid", p->uid);
	json_comm(j, "comm", p->comm);
	json_str(j, "cmdline", p->cmdline);
	json_cgroup(j, "cgroup", m, p->cgroup);
	json_container(j, model_cgroup_path(m, p->cgroup));
	json_bool(j, "exited", p->exited);
	json_bool(j, "whole_life", p->born_traced);
	stalls_json(j, "stalls", m, &d->stalls);
	sleeps_json(j, m, p);
	json_object_begin(j, "proactive");
	json_u64(j, "count", d->proactive_count);
	json_u64(j, "total_ns", d->proactive_ns);
	json_object_end(j);
	faults_json(j, m, p, p->min_flt_traced, process_majfaults(p), &d->faults);
	ustacks_json(j, m, p);
	memory_json(j, m, p);
	json_object_end(j);
}

/* Worth an object: it waited, faulted, or had to do with swap. */
static bool process_notable(const struct process *p)
{
	return p->details || p->min_flt_traced || p->maj_flt_traced || process_swapped(p);
}

static void processes_json(struct json *j, const struct model *m)
{
	const struct process **list;
	int n = processes_list(m, BY_STALL_TIME, &list);

	json_array_begin(j, "processes");
	for (int i = 0; i < n; i++) {
		if (process_notable(list[i]))
			process_json(j, m, list[i], false);
	}
	json_array_end(j);
	free(list);
}

void probes_json(struct json *j, const struct model *m)
{
	const struct ev_probe *probes;
	int n = model_probes(m, &probes);

	json_array_begin(j, "probes");
	for (int i = 0; i < n; i++) {
		const struct ev_probe *p = &probes[i];

		json_object_begin(j, NULL);
		json_strn(j, "signal", p->signal, strnlen(p->signal, sizeof(p->signal)));
		json_strn(j, "source", p->source, strnlen(p->source, sizeof(p->source)));
		json_strn(j, "rung", p->rung, strnlen(p->rung, sizeof(p->rung)));
		json_str(j, "status", probe_status_names[p->status]);
		json_strn(j, "reason", p->reason, strnlen(p->reason, sizeof(p->reason)));
		json_object_end(j);
	}
	json_array_end(j);
}

void reconcile_json(struct json *j, const struct model *m)
{
	struct reconcile_row rows[MODEL_RECONCILE];
	int n = model_reconcile(m, rows);

	json_array_begin(j, "reconcile");
	for (int i = 0; i < n; i++) {
		json_object_begin(j, NULL);
		json_str(j, "name", rows[i].name);
		json_figure(j, "kernel", rows[i].valid ? rows[i].kernel : EV_ABSENT);
		json_figure(j, "memtrace", rows[i].valid ? rows[i].memtrace : EV_ABSENT);
		json_str(j, "source", rows[i].source);
		json_str(j, "note", rows[i].note);
		json_object_end(j);
	}
	json_array_end(j);
}

void kswapd_json(struct json *j, const struct model *m)
{
	struct kswapd_stats nodes[MODEL_NODES];
	int n = model_kswapd(m, nodes, MODEL_NODES);

	json_array_begin(j, "kswapd");
	for (int i = 0; i < n; i++) {
		json_object_begin(j, NULL);
		json_s64(j, "node", nodes[i].nid);
		json_u64(j, "active_ns", nodes[i].active_ns);
		json_u64(j, "wakes", nodes[i].wakes);
		json_u64(j, "runs", nodes[i].runs);
		json_u64(j, "wakeups", nodes[i].wakeups);
		json_object_end(j);
	}
	json_array_end(j);
}

void cgroup_figures_json(struct json *j, const struct cgroup_stats *c)
{
	json_u64(j, "stalls", c->stalls);
	json_u64(j, "stall_ns", c->stall_ns);
	json_u64(j, "forced_stalls", c->forced_stalls);
	json_u64(j, "forced_ns", c->forced_ns);
	json_figure(j, "limit_bytes", c->limit_bytes ? c->limit_bytes : EV_ABSENT);
	json_figure(j, "usage_bytes", c->usage_bytes ? c->usage_bytes : EV_ABSENT);
	json_u64(j, "majfaults", c->majfaults);
	json_u64(j, "oom_kills", c->oom_kills);
}

static void cgroups_json(struct json *j, const struct model *m)
{
	const struct cgroup_stats *list[MAX_CGROUPS];
	int n = model_cgroups(m, list, MAX_CGROUPS);

	json_array_begin(j, "cgroups");
	for (int i = 0; i < n && i < MAX_CGROUPS; i++) {
		const struct cgroup_stats *c = list[i];

		if (!c->stalls && !c->forced_stalls && !c->majfaults && !c->oom_kills)
			continue;
		json_object_begin(j, NULL);
		json_str(j, "path", c->path);
		json_container(j, c->path);
		json_u64(j, "id", c->id);
		cgroup_figures_json(j, c);
		if (c->details)
			stalls_json(j, "of_tasks", m, c->details);
		json_object_end(j);
	}
	json_array_end(j);
}

/* Growth of the host's counters; of sizes the value at the end. */
void host_json(struct json *j, const struct model *m)
{
	const struct ev_host *last = model_host_last(m);

	json_object_begin(j, "host");
	for (int c = 0; last && c < HOST_COUNTERS; c++) {
		uint64_t value = last->value[c];

		if (!host_is_size((enum host_counter)c) &&
		    !model_host_growth(m, (enum host_counter)c, &value))
			value = EV_ABSENT;
		json_host(j, (enum host_counter)c, value);
	}
	json_object_end(j);
}

static void ooms_json(struct json *j, const struct model *m)
{
	const struct oom_record *list[MAX_OOMS];
	int n = model_ooms(m, list, MAX_OOMS);

	json_array_begin(j, "oom");
	for (int i = 0; i < n && i < MAX_OOMS; i++) {
		json_object_begin(j, NULL);
		oom_json_fields(j, m, list[i]);
		json_object_end(j);
	}
	json_array_end(j);
}

/* All processes' faults and swap pages, those folded included. */
static void sums_json(struct json *j, const struct model *m)
{
	const struct others *others = model_others(m);
	uint64_t minor = others->min_flt_traced, major = others->maj_flt_traced;
	uint64_t in = others->faults.count[FAULT_SWAP], out = others->swapout_pages;
	const struct process **list;
	int n = processes_list(m, BY_MAJOR_FAULTS, &list);

	for (int i = 0; i < n; i++) {
		minor += list[i]->min_flt_traced;
		major += process_majfaults(list[i]);
		in += list[i]->swapin_faults;
		out += list[i]->swapout_pages;
	}
	free(list);
	faults_json(j, m, NULL, minor, major, model_faults(m));
	json_object_begin(j, "refaults_away");
	json_quantiles(j, model_refaults_away(m));
	json_object_end(j);
	json_object_begin(j, "swap");
	json_u64(j, "in_pages", in);
	json_u64(j, "out_pages", out);
	churn_json(j, m, model_faults(m));
	owners_json(j, m);
	areas_json(j, m);
	json_object_end(j);
}

/* Stalls that had not ended, hence are in no other figure. */
void open_json(struct json *j, const struct model *m)
{
	uint64_t oldest, n = model_open_stalls(m, &oldest);

	json_object_begin(j, "open_stalls");
	json_u64(j, "count", n);
	json_u64(j, "oldest_ns", oldest);
	json_object_end(j);
}

/* What each signal saw before any filter, and what became of it. */
void signals_json(struct json *j, const struct model *m)
{
	json_array_begin(j, "signals");
	for (int s = 0; s < EV_SIGNALS; s++) {
		struct ev_counts c = model_counts(m, (enum ev_signal)s);

		json_object_begin(j, NULL);
		json_str(j, "signal", signal_names[s]);
		json_u64(j, "seen", c.seen);
		json_u64(j, "filtered", c.filtered);
		json_u64(j, "lost", c.lost);
		json_u64(j, "unpaired", c.unpaired);
		json_object_end(j);
	}
	json_array_end(j);
}

void totals_json(struct json *j, const struct model *m)
{
	struct model_loss loss = model_loss(m);

	json_time(j, m, model_now_ns(m));
	json_double(j, "duration_s", (double)model_elapsed_ns(m) / 1e9);
	stalls_json(j, "stalls", m, model_stalls(m));
	stalls_json(j, "proactive", m, model_proactive(m));
	open_json(j, m);
	signals_json(j, m);
	sums_json(j, m);
	losses_json(j, "lost", &loss);
}

void pressure_json(struct json *j, const struct model *m)
{
	struct pressure list[MODEL_PRESSURES];
	int n = model_pressures(m, list, MODEL_PRESSURES);

	json_array_begin(j, "pressure");
	for (int i = 0; i < n; i++) {
		json_object_begin(j, NULL);
		json_cgroup(j, "cgroup", m, list[i].cgroup);
		json_u64(j, "cgroup_id", list[i].cgroup);
		json_u64(j, "psi_some_ns", list[i].psi_some_ns);
		json_u64(j, "psi_full_ns", list[i].psi_full_ns);
		json_u64(j, "stalls_ns", list[i].stalls_ns);
		json_u64(j, "explained_ns", list[i].explained_ns);
		json_object_end(j);
	}
	json_array_end(j);
}

void summary_json(struct view *v)
{
	const struct ev_meta *meta = model_meta(v->model);
	struct json j;

	json_begin(&j, v->out);
	json_object_begin(&j, NULL);
	json_str(&j, "type", "summary");
	json_strn(&j, "kernel", meta->release, strnlen(meta->release, sizeof(meta->release)));
	json_str(&j, "watching", v->watching);
	json_str(&j, "program", v->program);
	totals_json(&j, v->model);
	probes_json(&j, v->model);
	reconcile_json(&j, v->model);
	kswapd_json(&j, v->model);
	kswapd_join_json(&j, v->model);
	longest_json(&j, v->model);
	processes_json(&j, v->model);
	ooms_json(&j, v->model);
	cgroups_json(&j, v->model);
	host_json(&j, v->model);
	culprits_json(&j, v->model);
	pressure_json(&j, v->model);
	timeline_json(&j, v->model);
	json_object_end(&j);
	json_end_line(&j);
}

void end_json(struct view *v)
{
	struct json j;

	json_begin(&j, v->out);
	json_object_begin(&j, NULL);
	json_str(&j, "type", "end");
	totals_json(&j, v->model);
	json_object_end(&j);
	json_end_line(&j);
}
