/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures of the last interval as JSON Lines: one object for the host, one per process that had
 * something to do.
 *
 * Layer: view, private to it (render.h).
 */
#include <limits.h>
#include <stdlib.h>
#include "render.h"

#define MAX_OWNERS 256

static void object_begin(struct json *j, struct view *v, const char *type)
{
	json_begin(j, v->out);
	json_object_begin(j, NULL);
	json_str(j, "type", type);
	json_time(j, v->model, model_now_ns(v->model));
	json_u64(j, "interval_ns", model_interval_ns(v->model));
}

static void object_end(struct json *j)
{
	json_object_end(j);
	json_end_line(j);
}

/* Growth of the host's counters in the interval; of sizes the value now. */
static void host_object(struct view *v)
{
	const struct ev_host *last = model_host_last(v->model);
	struct json j;

	object_begin(&j, v, "interval");
	for (int c = 0; c < HOST_COUNTERS; c++) {
		uint64_t value = EV_ABSENT;

		if (host_is_size((enum host_counter)c) && last)
			value = last->value[c];
		else if (!model_host_interval(v->model, (enum host_counter)c, &value))
			value = EV_ABSENT;
		json_host(&j, (enum host_counter)c, value);
	}
	object_end(&j);
}

static void process_head(struct json *j, const struct model *m, const struct process *p)
{
	json_u64(j, "pid", p->tgid);
	json_comm(j, "comm", p->comm);
	json_cgroup(j, "cgroup", m, p->cgroup);
	json_strn(j, "state", &p->state, p->state != 0);
}

static void faults_object(struct view *v, const struct process *p)
{
	struct json j;

	object_begin(&j, v, "faults_interval");
	process_head(&j, v->model, p);
	json_u64(&j, "minor", p->min_flt_delta);
	json_u64(&j, "major", p->maj_flt_delta);
	json_u64(&j, "minor_total", p->min_flt);
	json_u64(&j, "major_total", p->maj_flt);
	json_figure(&j, "rss_bytes", p->sampled ? process_rss(p) : EV_ABSENT);
	if (p->sampled)
		json_s64(&j, "rss_growth_bytes", p->rss_delta_bytes);
	else
		json_null(&j, "rss_growth_bytes");
	json_figure(&j, "swap_bytes", p->sampled ? p->swap_bytes : EV_ABSENT);
	object_end(&j);
}

static void thread_object(struct view *v, const struct thread_stats *s)
{
	struct json j;

	object_begin(&j, v, "thread_interval");
	json_u64(&j, "pid", s->process->tgid);
	if (s->tid)
		json_u64(&j, "tid", s->tid);
	else
		json_null(&j, "tid");
	json_comm(&j, "comm", s->tid ? s->comm : s->process->comm);
	json_strn(&j, "state", &s->state, s->state != 0);
	json_u64(&j, "minor", s->min_flt_delta);
	json_u64(&j, "major", s->maj_flt_delta);
	json_u64(&j, "minor_total", s->min_flt);
	json_u64(&j, "major_total", s->maj_flt);
	object_end(&j);
}

static void threads_json(struct view *v)
{
	struct thread_stats *list;
	int n = threads_list(v, &list);

	for (int i = 0; i < n; i++)
		thread_object(v, &list[i]);
	free(list);
}

static void swap_object(struct view *v, const struct process *p)
{
	struct json j;

	object_begin(&j, v, "swap_interval");
	process_head(&j, v->model, p);
	json_u64(&j, "swapin_faults", p->swapin_delta);
	json_u64(&j, "swapin_wait_ns", p->swapin_ns_delta);
	json_u64(&j, "churned", p->churned_delta);
	json_u64(&j, "out_pages", p->swapout_delta);
	json_u64(&j, "file_out_pages", p->fileout_delta);
	json_figure(&j, "swap_bytes", p->sampled ? p->swap_bytes : EV_ABSENT);
	if (p->sampled)
		json_s64(&j, "swap_growth_bytes", p->swap_delta_bytes);
	else
		json_null(&j, "swap_growth_bytes");
	object_end(&j);
}

void faults_interval_json(struct view *v)
{
	const struct process **list;
	int n = interval_list(v, BY_MAJOR_FAULTS_DELTA, process_fault_active, &list, INT_MAX);

	host_object(v);
	for (int i = 0; i < n; i++)
		faults_object(v, list[i]);
	free(list);
	if (v->threads)
		threads_json(v);
}

/* One per swap area. */
static void area_object(struct view *v, const struct ev_swapdev *d)
{
	struct json j;

	object_begin(&j, v, "swap_area");
	swap_area_json(&j, d);
	object_end(&j);
}

/* One per cgroup whose pages were written to swap in the interval. */
static void owners_objects(struct view *v)
{
	struct owner_stats list[MAX_OWNERS];
	int n = model_swap_owners(v->model, list, MAX_OWNERS);

	for (int i = 0; i < n && i < MAX_OWNERS; i++) {
		struct json j;

		if (!list[i].delta)
			continue;
		object_begin(&j, v, "swap_owner");
		json_cgroup(&j, "cgroup", v->model, list[i].cgroup);
		json_u64(&j, "cgroup_id", list[i].cgroup);
		json_u64(&j, "out_pages", list[i].delta);
		object_end(&j);
	}
}

void swap_interval_json(struct view *v)
{
	const struct process **list;
	int n = interval_list(v, BY_SWAP_DELTA, process_swap_active, &list, INT_MAX);
	const struct swap_area *areas;
	int nareas = model_swap_areas(v->model, &areas);

	host_object(v);
	for (int i = 0; i < nareas; i++) {
		if (!areas[i].gone)
			area_object(v, &areas[i].last);
	}
	owners_objects(v);
	for (int i = 0; i < n; i++)
		swap_object(v, list[i]);
	free(list);
}
