/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The object of an OOM report: what was recorded of the time before.
 *
 * Layer: view; the contract is in report_json.h.
 */
#include <string.h>
#include "report_json.h"

#define SAMPLE(member)                                                                             \
	{                                                                                          \
#member, offsetof(struct report_sample, member)                                    \
	}

static const struct {
	const char *key;
	size_t offset;
} sample_fields[] = {
	SAMPLE(length_ns),	   SAMPLE(free_bytes),	  SAMPLE(available_bytes),
	SAMPLE(cache_bytes),	   SAMPLE(dirty_bytes),	  SAMPLE(slab_bytes),
	SAMPLE(anon_bytes),	   SAMPLE(shmem_bytes),	  SAMPLE(swap_used_bytes),
	SAMPLE(psi_some_ns),	   SAMPLE(psi_full_ns),	  SAMPLE(kswapd_ns),
	SAMPLE(stall_ns),	   SAMPLE(stalls),	  SAMPLE(majfaults),
	SAMPLE(swapin_pages),	   SAMPLE(swapout_pages), SAMPLE(cg_usage_bytes),
	SAMPLE(cg_limit_bytes),	   SAMPLE(cg_anon_bytes), SAMPLE(cg_file_bytes),
	SAMPLE(cg_shmem_bytes),	   SAMPLE(cg_swap_bytes), SAMPLE(cg_stall_ns),
	SAMPLE(cg_stalls),	   SAMPLE(cg_majfaults),  SAMPLE(victim_rss_bytes),
	SAMPLE(victim_swap_bytes),
};

static void timeline_of_json(struct json *j, const struct model *m, const struct report *r)
{
	json_array_begin(j, "timeline");
	for (int i = 0; i < r->nsamples; i++) {
		const struct report_sample *s = &r->samples[i];

		json_object_begin(j, NULL);
		json_time(j, m, s->time_ns);
		for (size_t f = 0; f < ARRAY_LEN(sample_fields); f++) {
			uint64_t value;

			memcpy(&value, (const char *)s + sample_fields[f].offset, sizeof(value));
			json_figure(j, sample_fields[f].key, value);
		}
		json_object_end(j);
	}
	json_array_end(j);
}

static void grower_json(struct json *j, const struct grower *g)
{
	json_object_begin(j, NULL);
	json_u64(j, "pid", g->who.pid);
	json_comm(j, "comm", g->who.comm);
	json_str(j, "cmdline", g->who.cmdline);
	json_str(j, "cgroup", g->who.cgroup);
	json_bool(j, "killed", g->killed);
	json_u64(j, "first_bytes", g->first_bytes);
	json_u64(j, "last_bytes", g->last_bytes);
	json_s64(j, "growth_bytes", grower_growth(g));
	json_s64(j, "anon_growth_bytes", g->anon_growth);
	json_s64(j, "shmem_growth_bytes", g->shmem_growth);
	json_s64(j, "file_growth_bytes", g->file_growth);
	json_s64(j, "swap_growth_bytes", g->swap_growth);
	json_u64(j, "rate_bytes_per_s", g->rate_bytes);
	json_str(j, "shape", shape_names[g->shape]);
	json_figure(j, "burst_ns", g->shape == SHAPE_BURST ? g->burst_ns : EV_ABSENT);
	json_u64(j, "seen_ns", g->to_ns - g->from_ns);
	json_object_end(j);
}

void report_history_json(struct json *j, const struct model *m, const struct report *r)
{
	timeline_of_json(j, m, r);
	json_array_begin(j, "growers");
	for (int i = 0; i < r->ngrowers; i++)
		grower_json(j, &r->growers[i]);
	json_array_end(j);
	json_object_begin(j, "growers_others");
	json_u64(j, "processes", r->others_processes);
	json_s64(j, "growth_bytes", r->others_growth);
	json_object_end(j);
}
