/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Room for cgroups in a run of weeks, in which they come and go.
 *
 * Layer: model, private. Now and then the source tells the names of all cgroups anew, those that
 * are still there. Who was not in the latest telling has gone, or will be told of within the
 * interval. It may leave the table unless something is to be said about it at the end, or its path
 * is pointed at.
 */
#include <string.h>
#include "episode.h"

void cgroup_told(struct model *m, struct cgroup *cg)
{
	if (cg->stats.path && cg->telling == m->cgroup_telling)
		m->cgroup_telling++; /* the first one to be told of again */
	cg->telling = m->cgroup_telling;
}

/* Reports of OOM kills show no rows of cgroups. */
static bool has_row(const struct model *m, const struct cgroup *cg)
{
	const struct cgroup_stats *s = &cg->stats;

	return !reports_wanted(m) &&
	       (s->stalls || s->forced_stalls || s->majfaults || s->oom_kills);
}

static bool is_named_by_record(const struct model *m, const struct cgroup *cg)
{
	for (uint32_t i = 0; cg->stats.path && i < m->nooms; i++) {
		const struct oom_record *rec = &m->oom_order[i]->pub;

		if (rec->memcg_path == cg->stats.path || rec->task_memcg_path == cg->stats.path)
			return true;
	}
	return false;
}

struct cgroup *cgroup_recycle(struct model *m)
{
	/* Episodes point at paths until they are told. */
	if (model_report_pending(m))
		return NULL;
	for (uint32_t i = 0; i < m->ncgroups; i++) {
		struct cgroup *cg = &m->cgroups[i];

		if (cg->telling == m->cgroup_telling || has_row(m, cg) || is_named_by_record(m, cg))
			continue;
		htab_del(&m->cgroup_tab, cg->stats.id, 0);
		strpool_free(&m->names, cg->stats.path);
		*cg = (struct cgroup){0};
		m->cgstats_age++;
		return cg;
	}
	return NULL;
}
