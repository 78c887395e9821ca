/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The object of an OOM report: victims, trigger and what ran out.
 *
 * Layer: view; the contract is in report_json.h.
 */
#include <string.h>
#include "report_json.h"

static const struct oom_record no_record; /* of a victim that had no kill of its own */

static void kill_victim_json(struct json *j, const struct model *m, const struct report *r,
			     const struct report_kill *k)
{
	const struct report_process *who = &k->victim;
	const struct oom_record *rec = k->rec ? k->rec : &no_record;
	const char *cgroup = who->cgroup ? who->cgroup : victim_cgroup(m, rec);

	json_object_begin(j, "victim");
	json_u64(j, "pid", who->pid);
	json_comm(j, "comm", who->comm);
	json_str(j, "cmdline", who->cmdline);
	json_u64(j, "uid", who->uid);
	json_str(j, "user", who->user);
	json_figure(j, "ppid", who->ppid ? who->ppid : EV_ABSENT);
	json_str(j, "parent_comm", who->parent_comm[0] ? who->parent_comm : NULL);
	json_str(j, "cgroup", cgroup);
	json_container(j, cgroup);
	if (who->start_ns) {
		char buf[UNITS_LEN];

		json_str(j, "start_time",
			 fmt_time_rfc3339(wall_ns(m, who->start_ns), buf, sizeof(buf)));
		json_u64(j, "start_time_ns", who->start_ns);
	} else {
		json_null(j, "start_time");
		json_null(j, "start_time_ns");
	}
	oom_sizes_json(j, rec, report_victim_swap(r, k));
	json_object_end(j);
}

static void frames_json(struct json *j, const char *frames)
{
	json_array_begin(j, "stack");
	for (size_t n; frames && *frames; frames += n + (frames[n] == ';')) {
		n = strcspn(frames, ";");
		json_strn(j, NULL, frames, n);
	}
	json_array_end(j);
}

static void kill_trigger_json(struct json *j, const struct model *m, const struct report *r,
			      const struct report_kill *k)
{
	bool first = k == &r->kills[0];

	if (!k->rec) {
		json_null(j, "trigger");
		return;
	}
	json_object_begin(j, "trigger");
	oom_trigger_json(j, m, k->rec,
			 first && report_trigger(r) != TRIGGER_THREAD ? r->trigger.pid : 0);
	if (k->rec->trigger_known)
		json_s64(j, "oom_score_adj", k->rec->trigger_oom_score_adj);
	else
		json_null(j, "oom_score_adj");
	if (first) {
		frames_json(j, r->trigger_stack);
		json_str(j, "stack_source",
			 !r->trigger_stack	     ? NULL
			 : r->trigger_stack_from_log ? "log"
						     : "probe");
	}
	json_object_end(j);
}

void report_who_json(struct json *j, const struct model *m, const struct report *r)
{
	if (r->nkills == 0) {
		json_null(j, "victim");
		json_null(j, "trigger");
		return;
	}
	kill_victim_json(j, m, r, &r->kills[0]);
	kill_trigger_json(j, m, r, &r->kills[0]);
}

static const char *const cgmem_names[CGMEM_KEYS] = {
#define CGMEM_ENTRY(id, name, unit) name,
#include "cgmem.def"
};

static void stat_json(struct json *j, const struct report_cgroup *c)
{
	char key[64];

	json_object_begin(j, "stat");
	for (int i = 0; c && i < CGMEM_EVENT_LOW; i++) {
		snprintf(key, sizeof(key), "%s_bytes", cgmem_names[i]);
		json_figure(j, key, c->value[i]);
	}
	json_object_end(j);
}

static void events_json(struct json *j, const struct report_cgroup *c)
{
	json_object_begin(j, "events");
	for (int i = CGMEM_EVENT_LOW; c && i < CGMEM_KEYS; i++)
		json_figure(j, cgmem_names[i] + strlen("events_"), c->value[i]);
	json_object_end(j);
}

static void memcg_json(struct json *j, const struct report *r)
{
	const struct report_cgroup *c = report_cgroup(r);
	struct limit_figures f = report_limit(r);

	if (!report_is_memcg(r)) {
		json_null(j, "memcg");
		return;
	}
	json_object_begin(j, "memcg");
	json_str(j, "path", f.path);
	json_figure(j, "limit_bytes", f.limit_bytes);
	json_figure(j, "usage_bytes", f.usage_bytes);
	json_figure(j, "memsw_limit_bytes", f.swap_limit_bytes);
	json_figure(j, "memsw_usage_bytes", f.swap_bytes);
	if (c)
		json_bool(j, "oom_group", c->oom_group);
	else
		json_null(j, "oom_group");
	stat_json(j, c);
	json_str(j, "stat_source", !c ? NULL : c->stat_from_log ? "log" : "reading");
	events_json(j, c);
	json_object_end(j);
}

void report_where_json(struct json *j, const struct report *r)
{
	const struct oom_record *rec = report_rec(r);

	json_str(j, "constraint", report_constraint(r));
	json_bool(j, "constraint_inferred", rec && rec->constraint_inferred);
	json_bool(j, "group_kill", report_group_kill(r));
	memcg_json(j, r);
	json_array_begin(j, "hierarchy");
	for (int i = 0; i < r->ncgroups; i++) {
		const struct report_cgroup *c = &r->cgroups[i];

		json_object_begin(j, NULL);
		json_str(j, "path", c->path);
		json_u64(j, "level", c->level);
		json_figure(j, "usage_bytes", c->usage_bytes);
		json_figure(j, "limit_bytes", c->limit_bytes);
		json_figure(j, "high_bytes", c->high_bytes);
		json_figure(j, "swap_bytes", c->swap_bytes);
		json_figure(j, "swap_limit_bytes", c->swap_limit_bytes);
		events_json(j, c);
		json_object_end(j);
	}
	json_array_end(j);
}

/* From this kill, not from the first one. */
static void kill_phases_json(struct json *j, const struct oom_record *rec)
{
	json_object_begin(j, "phases");
	oom_phase_json(j, "reap_wake_ns", rec, rec->reap_ns[REAP_WAKE]);
	oom_phase_json(j, "reap_start_ns", rec, rec->reap_ns[REAP_START]);
	oom_phase_json(j, "reap_end_ns", rec, rec->reap_ns[REAP_FINISH]);
	oom_phase_json(j, "reap_skip_ns", rec, rec->reap_ns[REAP_SKIP]);
	oom_phase_json(j, "exit_ns", rec, rec->exit_ns);
	json_object_end(j);
}

static void kill_json(struct json *j, const struct model *m, const struct report *r,
		      const struct report_kill *k)
{
	const struct oom_record *rec = k->rec ? k->rec : &no_record;

	json_object_begin(j, NULL);
	json_time(j, m, k->time_ns);
	json_from_kill(j, "offset_ns", r, k->time_ns);
	kill_victim_json(j, m, r, k);
	kill_trigger_json(j, m, r, k);
	json_str(j, "constraint", rec->constraint);
	json_bool(j, "group_kill", rec->group_kill);
	json_bool(j, "shares_memory", !k->rec);
	kill_phases_json(j, rec);
	json_object_begin(j, "sources");
	json_bool(j, "probe", rec->from_probe);
	json_bool(j, "log", rec->from_log);
	json_object_end(j);
	json_object_end(j);
}

void report_kills_json(struct json *j, const struct model *m, const struct report *r)
{
	json_array_begin(j, "kills");
	for (int i = 0; i < r->nkills; i++)
		kill_json(j, m, r, &r->kills[i]);
	json_array_end(j);
}
