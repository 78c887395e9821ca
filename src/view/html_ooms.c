/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data of the page about OOM kills, about the run as a whole and what it lost.
 *
 * Layer: view (html_impl.h is the contract).
 */
#include <stdlib.h>
#include "html_impl.h"
#include "losses.h"

#define MAX_OOMS 128

static void name_json(struct json *j, const char *key, const char *comm)
{
	html_textn(j, key, comm, strnlen(comm, EV_COMM_LEN));
}

static void trigger_json(struct json *j, const struct oom_record *rec)
{
	if (rec->from_probe) {
		name_json(j, "trigger", rec->kill.task.comm);
		json_u64(j, "trigger_pid", rec->kill.task.tgid);
	} else if (rec->trigger_known) {
		name_json(j, "trigger", rec->trigger_comm);
	}
}

static void sizes_json(struct json *j, const struct oom_record *rec)
{
	if (!rec->from_log && !rec->kill.sized)
		return;
	json_u64(j, "anon_bytes", rec->anon_rss_bytes);
	json_u64(j, "file_bytes", rec->file_rss_bytes);
	json_u64(j, "shmem_bytes", rec->shmem_rss_bytes);
	json_figure(j, "swap_bytes", rec->kill.sized ? rec->swap_bytes : EV_ABSENT);
}

static void oom_row(struct json *j, const struct model *m, const struct oom_record *rec,
		    uint64_t begin_ns)
{
	uint64_t at = rec->kill.hdr.time_ns;

	json_object_begin(j, NULL);
	json_s64(j, "us", (int64_t)(at - begin_ns) / 1000);
	name_json(j, "comm", rec->victim_comm);
	json_u64(j, "pid", rec->victim_pid);
	html_text(j, "cmdline", rec->victim_cmdline);
	html_text(j, "cgroup", victim_cgroup(m, rec));
	sizes_json(j, rec);
	json_s64(j, "adj", rec->oom_score_adj);
	trigger_json(j, rec);
	json_str(j, "short", constraint_words(rec->constraint));
	html_text(j, "memcg", rec->memcg_path);
	json_figure(j, "limit_bytes", rec->kill.limit_bytes ? rec->kill.limit_bytes : EV_ABSENT);
	json_figure(j, "gone_ns", rec->exit_ns > at ? rec->exit_ns - at : EV_ABSENT);
	json_object_end(j);
}

void html_ooms(struct json *j, const struct model *m, uint64_t begin_ns)
{
	const struct oom_record *list[MAX_OOMS];
	int n = model_ooms(m, list, MAX_OOMS);

	json_array_begin(j, "ooms");
	for (int i = 0; i < n && i < MAX_OOMS; i++)
		oom_row(j, m, list[i], begin_ns);
	json_array_end(j);
	json_u64(j, "more_ooms", (uint64_t)(n > MAX_OOMS ? n - MAX_OOMS : 0));
}

void html_losses(struct json *j, const struct model *m)
{
	struct model_loss loss = model_loss(m);

	json_array_begin(j, "losses");
	for (int i = 0; i < loss_nkinds; i++) {
		uint64_t n = loss_value(&loss, &loss_kinds[i]);

		if (!n)
			continue;
		json_object_begin(j, NULL);
		json_u64(j, "n", n);
		json_str(j, "what", loss_kinds[i].what);
		json_str(j, "remedy", loss_kinds[i].remedy);
		json_object_end(j);
	}
	json_array_end(j);
	json_u64(j, "lost", model_lost(m));
}

/* Of all matched processes. */
static void sums(const struct model *m, uint64_t *minor, uint64_t *major)
{
	const struct process **list;
	int n = processes_list(m, BY_MAJOR_FAULTS, &list);

	*minor = model_others(m)->min_flt_traced;
	*major = model_others(m)->maj_flt_traced;
	for (int i = 0; i < n; i++) {
		*minor += list[i]->min_flt_traced;
		*major += process_majfaults(list[i]);
	}
	free(list);
}

void html_totals(struct json *j, const struct model *m)
{
	uint64_t minor, major;

	sums(m, &minor, &major);
	stalls_json(j, "stalls", m, model_stalls(m));
	stalls_json(j, "proactive", m, model_proactive(m));
	html_fault_stats(j, "faults", minor, major, model_faults(m));
	open_json(j, m);
	signals_json(j, m);
	probes_json(j, m);
	reconcile_json(j, m);
	kswapd_json(j, m);
	kswapd_join_json(j, m);
	pressure_json(j, m);
	host_json(j, m);
	areas_json(j, m);
}
