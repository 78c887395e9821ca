/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What JSON objects say of swap: churn, whose pages went there, the swap areas.
 *
 * Layer: view, private to it (render.h).
 */
#include <string.h>
#include "render.h"

#define MAX_OWNERS 1024

void churn_json(struct json *j, const struct model *m, const struct fault_stats *f)
{
	static const struct fault_stats none;

	f = f ? f : &none;
	json_object_begin(j, "churn");
	json_u64(j, "within_ns", model_churn_ns(m));
	json_u64(j, "count", f->churned);
	json_u64(j, "known", f->away.count);
	json_quantiles(j, &f->away);
	json_histogram(j, &f->away);
	json_object_end(j);
}

void owners_json(struct json *j, const struct model *m)
{
	struct owner_stats list[MAX_OWNERS];
	int n = model_swap_owners(m, list, MAX_OWNERS);

	json_array_begin(j, "owners");
	for (int i = 0; i < n && i < MAX_OWNERS; i++) {
		json_object_begin(j, NULL);
		json_cgroup(j, "cgroup", m, list[i].cgroup);
		json_u64(j, "cgroup_id", list[i].cgroup);
		json_u64(j, "by_kswapd_pages", list[i].by_kswapd);
		json_u64(j, "by_own_pages", list[i].by_own);
		json_u64(j, "by_other_pages", list[i].by_other);
		json_object_end(j);
	}
	json_array_end(j);
}

void swap_area_json(struct json *j, const struct ev_swapdev *d)
{
	json_strn(j, "name", d->name, strnlen(d->name, sizeof(d->name)));
	json_str(j, "kind", swapdev_kind_names[d->kind]);
	json_s64(j, "priority", d->priority);
	json_u64(j, "size_bytes", d->size_bytes);
	json_u64(j, "used_bytes", d->used_bytes);
	json_figure(j, "stored_bytes", d->stored_bytes);
	json_figure(j, "memory_bytes", d->memory_bytes);
	json_figure(j, "same_bytes", d->same_bytes);
}

void areas_json(struct json *j, const struct model *m)
{
	const struct swap_area *areas;
	int n = model_swap_areas(m, &areas);

	json_array_begin(j, "areas");
	for (int i = 0; i < n; i++) {
		json_object_begin(j, NULL);
		swap_area_json(j, &areas[i].last);
		json_s64(j, "growth_bytes",
			 (int64_t)(areas[i].last.used_bytes - areas[i].first.used_bytes));
		json_bool(j, "gone", areas[i].gone);
		json_object_end(j);
	}
	json_array_end(j);
}
