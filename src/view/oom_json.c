/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM kills as JSON objects.
 *
 * Layer: view, private to it (render.h).
 */
#include <string.h>
#include "render.h"

static void size_json(struct json *j, const char *key, const struct oom_record *rec, uint64_t bytes)
{
	if (rec->from_log || rec->kill.sized)
		json_u64(j, key, bytes);
	else
		json_null(j, key);
}

void oom_sizes_json(struct json *j, const struct oom_record *rec, uint64_t swap_bytes)
{
	size_json(j, "anon_rss_bytes", rec, rec->anon_rss_bytes);
	size_json(j, "file_rss_bytes", rec, rec->file_rss_bytes);
	size_json(j, "shmem_rss_bytes", rec, rec->shmem_rss_bytes);
	json_figure(j, "swap_bytes", swap_bytes);
	size_json(j, "total_vm_bytes", rec, rec->total_vm_bytes);
	size_json(j, "pgtables_bytes", rec, rec->pgtables_bytes);
	json_s64(j, "oom_score_adj", rec->oom_score_adj);
}

static void victim_json(struct json *j, const struct model *m, const struct oom_record *rec)
{
	json_object_begin(j, "victim");
	json_u64(j, "pid", rec->victim_pid);
	json_comm(j, "comm", rec->victim_comm);
	json_str(j, "cmdline", rec->victim_cmdline);
	json_u64(j, "uid", rec->victim_uid);
	json_str(j, "cgroup", victim_cgroup(m, rec));
	json_container(j, victim_cgroup(m, rec));
	oom_sizes_json(j, rec, rec->kill.sized ? rec->swap_bytes : EV_ABSENT);
	json_object_end(j);
}

void oom_trigger_json(struct json *j, const struct model *m, const struct oom_record *rec,
		      uint32_t log_pid)
{
	char gfp[NAME_LEN];

	if (rec->from_probe) {
		json_u64(j, "pid", rec->kill.task.tgid);
		json_u64(j, "tid", rec->kill.task.tid);
		json_comm(j, "comm", rec->kill.task.comm);
		json_cgroup(j, "cgroup", m, rec->kill.task.cgroup);
	} else {
		uint32_t tid = rec->trigger_known ? rec->kill.task.tid : 0;

		json_figure(j, "pid", log_pid ? log_pid : EV_ABSENT);
		json_figure(j, "tid", tid ? tid : EV_ABSENT);
		json_str(j, "comm", rec->trigger_known ? rec->trigger_comm : NULL);
	}
	if (rec->trigger_known) {
		json_u64(j, "order", rec->trigger_order);
		json_str(j, "gfp", gfp_label(m, rec->trigger_gfp, gfp, sizeof(gfp)));
	} else {
		json_null(j, "order");
		json_null(j, "gfp");
	}
}

/* A size that is 0 when unknown. */
static void known_json(struct json *j, const char *key, uint64_t bytes)
{
	json_figure(j, key, bytes ? bytes : EV_ABSENT);
}

static void memcg_json(struct json *j, const struct oom_record *rec)
{
	const struct ev_oom_kill *k = &rec->kill;

	if (!rec->memcg_path && !k->memcg) {
		json_null(j, "memcg");
		return;
	}
	json_object_begin(j, "memcg");
	json_str(j, "path", rec->memcg_path);
	known_json(j, "limit_bytes", k->limit_bytes);
	known_json(j, "usage_bytes", k->usage_bytes);
	known_json(j, "memsw_limit_bytes", k->memsw_limit_bytes);
	known_json(j, "memsw_usage_bytes", k->memsw_limit_bytes ? k->memsw_usage_bytes : 0);
	json_object_end(j);
}

void oom_phase_json(struct json *j, const char *key, const struct oom_record *rec, uint64_t at_ns)
{
	uint64_t kill_ns = rec->kill.hdr.time_ns;

	json_figure(j, key, at_ns && at_ns >= kill_ns ? at_ns - kill_ns : EV_ABSENT);
}

static void phases_json(struct json *j, const struct oom_record *rec)
{
	json_object_begin(j, "phases");
	json_u64(j, "kill_ns", 0);
	oom_phase_json(j, "reap_start_ns", rec, rec->reap_ns[REAP_START]);
	oom_phase_json(j, "reap_end_ns", rec, rec->reap_ns[REAP_FINISH]);
	oom_phase_json(j, "reap_skip_ns", rec, rec->reap_ns[REAP_SKIP]);
	oom_phase_json(j, "exit_ns", rec, rec->exit_ns);
	json_object_end(j);
}

void oom_log_json(struct json *j, const struct oom_record *rec)
{
	for (int i = 0; i < rec->nlog; i++)
		json_strn(j, NULL, rec->log[i], strnlen(rec->log[i], sizeof(rec->log[i])));
}

void oom_json_fields(struct json *j, const struct model *m, const struct oom_record *rec)
{
	json_time(j, m, rec->kill.hdr.time_ns);
	victim_json(j, m, rec);
	json_object_begin(j, "trigger");
	oom_trigger_json(j, m, rec, 0);
	json_object_end(j);
	json_str(j, "constraint", rec->constraint);
	json_bool(j, "constraint_inferred", rec->constraint_inferred);
	json_bool(j, "group_kill", rec->group_kill);
	memcg_json(j, rec);
	phases_json(j, rec);
	json_object_begin(j, "sources");
	json_bool(j, "probe", rec->from_probe);
	json_bool(j, "log", rec->from_log);
	json_object_end(j);
	json_s64(j, "log_dropped", rec->nlog_dropped);
	json_array_begin(j, "log");
	oom_log_json(j, rec);
	json_array_end(j);
}
