/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for ids: cgroup paths and command lines. Cached at first sight, so that they outlive
 * what they name.
 *
 * Layer: model, private (the getters are public).
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "model_impl.h"

#define CMDLINE_BYTES	  64  /* per process, on average */
#define PATH_BYTES	  256 /* a container's is some 200 bytes long */
#define OOM_NAME_BYTES	  1024
#define CMDLINE_MAX_BYTES 1023

int names_init(struct model *m)
{
	const struct model_opts *o = &m->opts;
	size_t paths = (o->max_files + o->max_cgroups) * PATH_BYTES;

	m->cgroups = calloc(o->max_cgroups + 1, sizeof(*m->cgroups));
	if (!m->cgroups || htab_init(&m->cgroup_tab, o->max_cgroups))
		return -ENOMEM;
	if (strpool_init(&m->cmdlines, o->max_processes * CMDLINE_BYTES))
		return -ENOMEM;
	return strpool_init(&m->names, paths + o->max_ooms * OOM_NAME_BYTES + PATH_MAX);
}

void names_fini(struct model *m)
{
	strpool_fini(&m->cmdlines);
	strpool_fini(&m->names);
	htab_fini(&m->cgroup_tab);
	free(m->cgroups);
}

const char *name_keep(struct model *m, const char *s, size_t len)
{
	const char *copy = strpool_dup(&m->names, s, len);

	if (!copy)
		m->loss.names_unresolved++;
	return copy;
}

struct cgroup *cgroup_find(const struct model *m, uint64_t id)
{
	uint32_t slot;

	return htab_get(&m->cgroup_tab, id, 0, &slot) ? &m->cgroups[slot] : NULL;
}

struct cgroup *cgroup_get(struct model *m, uint64_t id)
{
	struct cgroup *cg;

	if (!id)
		return NULL;
	cg = cgroup_find(m, id);
	if (cg)
		return cg;
	cg = m->ncgroups < m->opts.max_cgroups ? &m->cgroups[m->ncgroups++] : cgroup_recycle(m);
	if (!cg) {
		m->loss.cgroups_full++;
		return NULL;
	}
	htab_put(&m->cgroup_tab, id, 0, (uint32_t)(cg - m->cgroups));
	cg->stats.id = id;
	cg->telling = m->cgroup_telling;
	return cg;
}

bool cgroup_within(const struct model *m, uint64_t id, uint64_t ancestor)
{
	const char *path, *above;
	size_t len;

	if (!id || id == ancestor)
		return id && id == ancestor;
	path = model_cgroup_path(m, id);
	above = model_cgroup_path(m, ancestor);
	if (!path || !above)
		return false;
	len = strcmp(above, "/") ? strlen(above) : 0;
	return strncmp(path, above, len) == 0 && path[len] == '/';
}

struct cgroup *cgroup_find_path(const struct model *m, const char *path)
{
	for (uint32_t i = 0; i < m->ncgroups; i++) {
		struct cgroup *cg = &m->cgroups[i];

		if (cg->stats.path && strcmp(cg->stats.path, path) == 0)
			return cg;
	}
	return NULL;
}

void on_cgroup(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_cgroup *ev = (const struct ev_cgroup *)hdr;
	struct cgroup *cg = cgroup_get(m, ev->id);

	if (cg)
		cgroup_told(m, cg);
	if (!cg || (cg->stats.path && strcmp(cg->stats.path, ev->path) == 0))
		return;
	m->cgstats_age++;
	/* A renamed cgroup's old path stays: somebody may hold it. */
	cg->stats.path = name_keep(m, ev->path, PATH_MAX);
	cg->in_filter = filter_path(m, ev->path);
	if (cg->stats.path)
		oom_cgroup_named(m, &cg->stats);
}

/* The name may come before anything else of its process does. */
void on_process(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_process *ev = (const struct ev_process *)hdr;
	struct ev_task task = {.tgid = ev->tgid, .start_ns = ev->start_ns};
	struct proc *p = process_get(m, &task);
	const char *old;

	if (!p)
		return;
	old = p->pub.cmdline;
	if (old && strcmp(old, ev->cmdline) == 0)
		return;
	strpool_free(&m->cmdlines, old);
	p->pub.cmdline = strpool_dup(&m->cmdlines, ev->cmdline, CMDLINE_MAX_BYTES);
	if (p->pub.cmdline)
		oom_process_named(m, &p->pub);
	else
		m->loss.names_unresolved++;
}

const char *model_cgroup_path(const struct model *m, uint64_t id)
{
	const struct cgroup *cg = cgroup_find(m, id);

	return cg ? cg->stats.path : NULL;
}
