/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stalls in JSON: figures with their causes, where a process slept, the longest ones, what kswapd
 * did.
 *
 * Layer: view, private to it (render.h).
 */
#include "render.h"

#define MAX_SLEEPS 16 /* of one process */

/* Time in shrinkers by name; what is missing to slab_ns is that of others. */
static void shrinkers_json(struct json *j, const struct model *m, const struct stall_stats *s)
{
	json_array_begin(j, "shrinkers");
	for (int i = 0; i < MODEL_SHRINKERS && s->shrinker[i].callback; i++) {
		json_object_begin(j, NULL);
		json_symbol(j, "callback", m, s->shrinker[i].callback);
		json_fs(j, "fs", m, &s->shrinker[i]);
		json_u64(j, "ns", s->shrinker[i].ns);
		json_object_end(j);
	}
	json_array_end(j);
}

static void causes_json(struct json *j, const struct model *m, const struct stall_stats *s)
{
	char key[64];

	json_object_begin(j, "causes");
	for (int c = 0; c < STALL_CAUSES; c++) {
		snprintf(key, sizeof(key), "%s_ns", stall_cause_names[c]);
		json_u64(j, key, s->cause_ns[c]);
	}
	json_object_end(j);
	json_u64(j, "causes_unknown_ns", s->all.total_ns - s->split_ns);
	json_object_begin(j, "throttled");
	for (int r = 1; r < THROTTLE_REASONS; r++) {
		snprintf(key, sizeof(key), "%s_ns", throttle_reason_names[r]);
		if (s->throttle_ns[r])
			json_u64(j, key, s->throttle_ns[r]);
	}
	json_object_end(j);
	shrinkers_json(j, m, s);
}

void stalls_json(struct json *j, const char *key, const struct model *m,
		 const struct stall_stats *s)
{
	json_object_begin(j, key);
	json_u64(j, "count", s->all.count);
	json_u64(j, "total_ns", s->all.total_ns);
	json_quantiles(j, &s->all);
	json_u64(j, "reclaimed_pages", s->reclaimed_pages);
	json_cgroup(j, "target_cgroup", m, s->target_cgroup);
	causes_json(j, m, s);
	json_object_begin(j, "kinds");
	for (int k = 0; k < STALL_KINDS; k++) {
		if (s->kind_count[k] == 0)
			continue;
		json_object_begin(j, stall_kind_names[k]);
		json_u64(j, "count", s->kind_count[k]);
		json_u64(j, "total_ns", s->kind_ns[k]);
		json_object_end(j);
	}
	json_object_end(j);
	json_histogram(j, &s->all);
	json_object_end(j);
}

void sleeps_json(struct json *j, const struct model *m, const struct process *p)
{
	struct sleep_stats list[MAX_SLEEPS];
	int n = model_sleeps(m, p, list, MAX_SLEEPS);

	if (!n)
		return;
	json_array_begin(j, "sleeps");
	for (int i = 0; i < n && i < MAX_SLEEPS; i++) {
		json_object_begin(j, NULL);
		json_str(j, "cause", stall_cause_names[list[i].cause]);
		json_u64(j, "count", list[i].count);
		json_u64(j, "total_ns", list[i].total_ns);
		json_u64(j, "max_ns", list[i].max_ns);
		json_stack(j, "stack", m, list[i].stack);
		json_object_end(j);
	}
	json_array_end(j);
}

void kswapd_join_json(struct json *j, const struct model *m)
{
	static const char *const did[KSWAPD_VERDICTS] = {
		[KSWAPD_DID_UNKNOWN] = "unknown", [KSWAPD_DID_SLEEP] = "asleep",
		[KSWAPD_DID_LATE] = "late",	  [KSWAPD_DID_WORK] = "awake",
		[KSWAPD_DID_GIVE_UP] = "failing",
	};

	json_object_begin(j, "kswapd_at_stalls");
	for (int i = 0; i < KSWAPD_VERDICTS; i++)
		json_u64(j, did[i], model_stalls(m)->kswapd[i]);
	json_object_end(j);
}

void longest_json(struct json *j, const struct model *m)
{
	const struct long_stall *list[MODEL_LONGEST];
	int n = model_longest(m, list);

	json_array_begin(j, "longest");
	for (int i = 0; i < n; i++) {
		json_object_begin(j, NULL);
		event_json_fields(j, m, &list[i]->ev.hdr);
		json_figure(j, "node_free_bytes", list[i]->free_bytes);
		if (list[i]->free_bytes != EV_ABSENT) {
			json_u64(j, "node_min_bytes", list[i]->min_bytes);
			json_u64(j, "node_low_bytes", list[i]->low_bytes);
			json_u64(j, "node_high_bytes", list[i]->high_bytes);
		}
		json_object_end(j);
	}
	json_array_end(j);
}
