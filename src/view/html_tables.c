/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data of the page's tables: processes, cgroups, files, culprits. They are of bounded length; what
 * is left out is told by its number.
 *
 * Layer: view (html_impl.h is the contract).
 */
#include <stdlib.h>
#include "html_impl.h"

#define MAX_CGROUPS  200
#define MAX_SCOPES   12
#define MAX_CULPRITS 12
#define MAX_FILES    100

void html_textn(struct json *j, const char *key, const char *s, size_t len)
{
	char buf[HTML_TEXT_LEN];

	json_str(j, key, s ? text_safe(s, len, buf, sizeof(buf)) : NULL);
}

void html_text(struct json *j, const char *key, const char *s)
{
	html_textn(j, key, s, s ? strlen(s) : 0);
}

static void comm_json(struct json *j, const char *comm)
{
	html_textn(j, "comm", comm, strnlen(comm, EV_COMM_LEN));
}

static void cgroup_json(struct json *j, const char *key, const struct model *m, uint64_t id)
{
	char buf[NAME_LEN];

	json_str(j, key, id ? cgroup_label(m, id, buf, sizeof(buf)) : NULL);
}

static void container_json(struct json *j, const struct model *m, uint64_t id)
{
	char buf[NAME_LEN];

	json_str(j, "container", container_label(m, id, buf, sizeof(buf)));
}

void html_fault_stats(struct json *j, const char *key, uint64_t minor, uint64_t major,
		      const struct fault_stats *f)
{
	struct hist all = faults_timed(f);

	json_object_begin(j, key);
	json_u64(j, "minor", minor);
	json_u64(j, "major", major);
	for (int c = 0; c < FAULT_CLASSES; c++)
		json_u64(j, fault_class_names[c], f->count[c]);
	json_u64(j, "untimed", f->untimed);
	json_u64(j, "refaults", f->refaults);
	json_u64(j, "churned", f->churned);
	json_u64(j, "total_ns", all.total_ns);
	json_quantiles(j, &all);
	json_histogram(j, &all);
	json_object_end(j);
}

static void memory_json(struct json *j, const struct process *p)
{
	json_u64(j, "in_pages", p->swapin_faults);
	json_u64(j, "out_pages", p->swapout_pages);
	if (!p->sampled)
		return;
	json_u64(j, "rss_bytes", process_rss(p));
	json_u64(j, "rss_max_bytes", p->rss_max_bytes);
	json_u64(j, "swap_bytes", p->swap_bytes);
	json_s64(j, "growth_bytes",
		 (int64_t)(process_rss(p) - (p->born_traced ? 0 : p->rss_first_bytes)));
}

static void process_row(struct json *j, const struct model *m, const struct process *p)
{
	json_object_begin(j, NULL);
	json_u64(j, "pid", p->tgid);
	json_u64(j, "uid", p->uid);
	comm_json(j, p->comm);
	html_text(j, "cmdline", p->cmdline);
	cgroup_json(j, "cgroup", m, p->cgroup);
	container_json(j, m, p->cgroup);
	json_bool(j, "exited", p->exited);
	if (p->details && p->details->stalls.all.count)
		stalls_json(j, "stalls", m, &p->details->stalls);
	if (p->details && faults_seen(&p->details->faults)) {
		html_fault_stats(j, "faults", p->min_flt_traced, process_majfaults(p),
				 &p->details->faults);
	} else {
		json_u64(j, "minor", p->min_flt_traced);
		json_u64(j, "major", process_majfaults(p));
	}
	memory_json(j, p);
	json_object_end(j);
}

static bool listed(const struct process *const *list, int n, const struct process *p)
{
	for (int i = 0; i < n; i++) {
		if (list[i] == p)
			return true;
	}
	return false;
}

/* Those that waited most, then those that faulted, swapped and grew most. */
static int processes_pick(const struct model *m, const struct process *out[HTML_PROCESSES])
{
	static const struct {
		enum process_order order;
		int upto;
	} picks[] = {{BY_STALL_TIME, 90},
		     {BY_MAJOR_FAULTS, 120},
		     {BY_SWAP, 130},
		     {BY_RSS_GROWTH, 140},
		     {BY_RSS, HTML_PROCESSES}};
	const struct process *best[HTML_PROCESSES];
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(picks); i++) {
		int all = model_processes(m, picks[i].order, best, HTML_PROCESSES);

		for (int k = 0; k < all && k < HTML_PROCESSES && n < picks[i].upto; k++) {
			if (!listed(out, n, best[k]))
				out[n++] = best[k];
		}
	}
	return n;
}

void html_processes(struct json *j, const struct model *m)
{
	const struct process *list[HTML_PROCESSES];
	int n = processes_pick(m, list), all = model_processes(m, BY_STALL_TIME, NULL, 0);

	json_array_begin(j, "processes");
	for (int i = 0; i < n; i++)
		process_row(j, m, list[i]);
	json_array_end(j);
	json_u64(j, "more_processes",
		 (uint64_t)(all > n ? all - n : 0) + model_others(m)->processes);
}

void html_cgroups(struct json *j, const struct model *m)
{
	const struct cgroup_stats *list[MAX_CGROUPS];
	int all = model_cgroups(m, list, MAX_CGROUPS), n = all < MAX_CGROUPS ? all : MAX_CGROUPS;

	json_array_begin(j, "cgroups");
	for (int i = 0; i < n; i++) {
		const struct cgroup_stats *c = list[i];

		json_object_begin(j, NULL);
		cgroup_json(j, "path", m, c->id);
		container_json(j, m, c->id);
		cgroup_figures_json(j, c);
		json_object_end(j);
	}
	json_array_end(j);
	json_u64(j, "more_cgroups", (uint64_t)(all - n));
}

static void culprit_rows(struct json *j, const struct model *m, const struct scope_stats *s)
{
	static const char *const keys[GROWTHS] = {
		[GROWTH_ANON] = "anon_bytes",
		[GROWTH_SHMEM] = "shmem_bytes",
		[GROWTH_READ] = "read_bytes",
		[GROWTH_WRITTEN] = "written_bytes",
	};
	struct culprit list[MAX_CULPRITS];
	int n = model_culprits_known(m) ? model_culprits(m, s->cgroup, list, MAX_CULPRITS) : 0;

	for (int i = 0; i < n && i < MAX_CULPRITS; i++) {
		json_object_begin(j, NULL);
		cgroup_json(j, "scope", m, s->cgroup);
		json_u64(j, "scope_stall_ns", s->stall_ns);
		json_u64(j, "pid", list[i].process->tgid);
		comm_json(j, list[i].process->comm);
		cgroup_json(j, "cgroup", m, list[i].process->cgroup);
		json_u64(j, "total_bytes", list[i].total);
		for (int k = 0; k < GROWTHS; k++)
			json_s64(j, keys[k], list[i].grown[k]);
		json_object_end(j);
	}
}

void html_culprits(struct json *j, const struct model *m)
{
	struct scope_stats scopes[MAX_SCOPES];
	int n = model_scopes(m, scopes, MAX_SCOPES);

	json_bool(j, "culprits_known", model_culprits_known(m));
	json_array_begin(j, "culprits");
	for (int i = 0; i < n && i < MAX_SCOPES; i++)
		culprit_rows(j, m, &scopes[i]);
	json_array_end(j);
}

void html_files(struct json *j, const struct model *m)
{
	struct file_stats list[MAX_FILES];
	int all = model_files(m, NULL, list, MAX_FILES), n = all < MAX_FILES ? all : MAX_FILES;

	json_array_begin(j, "files");
	for (int i = 0; i < n; i++) {
		json_object_begin(j, NULL);
		html_text(j, "path", list[i].path);
		file_figures_json(j, &list[i]);
		json_object_end(j);
	}
	json_array_end(j);
	json_u64(j, "more_files", (uint64_t)(all - n));
}
