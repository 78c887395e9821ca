/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which tasks and processes count.
 *
 * Layer: model, private (model_match() is public). The BPF programs refuse most of what does not
 * pass already; this decides for all criteria, and alone when a recording is read.
 */
#include <fnmatch.h>
#include <string.h>
#include "model_impl.h"

void filter_init(struct model *m)
{
	const struct filter *f = &m->opts.filter;

	m->filtered = f->ntgids || f->ntids || f->comm || f->has_uid || f->cgroup || f->tree;
	m->filter_cgroup_len = f->cgroup ? strlen(f->cgroup) : 0;
	while (m->filter_cgroup_len && f->cgroup[m->filter_cgroup_len - 1] == '/')
		m->filter_cgroup_len--;
}

bool filter_path(const struct model *m, const char *path)
{
	size_t len = m->filter_cgroup_len;

	if (!m->opts.filter.cgroup || !path || strncmp(path, m->opts.filter.cgroup, len) != 0)
		return false;
	return path[len] == '\0' || path[len] == '/';
}

static bool listed(const uint32_t *ids, int n, uint32_t id)
{
	for (int i = 0; i < n; i++) {
		if (ids[i] == id)
			return true;
	}
	return false;
}

static bool match_ids(const struct filter *f, const struct ev_task *t)
{
	if (!f->ntgids && !f->ntids)
		return true;
	return listed(f->tgids, f->ntgids, t->tgid) || listed(f->tids, f->ntids, t->tid);
}

static bool match_comm(const struct filter *f, const struct ev_task *t, const struct proc *p)
{
	char comm[EV_COMM_LEN + 1];

	if (!f->comm)
		return true;
	comm_copy(comm, t->comm);
	if (fnmatch(f->comm, comm, 0) == 0)
		return true;
	return p && p->named && fnmatch(f->comm, p->pub.comm, 0) == 0;
}

static bool match_cgroup(const struct model *m, const struct ev_task *t)
{
	const struct cgroup *cg;

	if (!m->opts.filter.cgroup)
		return true;
	cg = cgroup_find(m, t->cgroup);
	return cg && cg->in_filter;
}

bool filter_task(const struct model *m, const struct ev_task *t, const struct proc *p)
{
	const struct filter *f = &m->opts.filter;

	if (!m->filtered)
		return true;
	return match_ids(f, t) && (!f->has_uid || f->uid == t->uid) && match_comm(f, t, p) &&
	       match_cgroup(m, t);
}

void filter_tree_seen(struct model *m, struct proc *p, bool by_source)
{
	const struct filter *f = &m->opts.filter;

	if (!f->tree || !p || p->in_tree)
		return;
	if (p->pub.tgid == f->root_tgid &&
	    (!m->root_start_ns || m->root_start_ns == p->pub.start_ns)) {
		m->root_start_ns = p->pub.start_ns;
		p->in_tree = true;
	}
	p->in_tree = p->in_tree || by_source;
}

/* The parent must have been alive when p was born, else its number was another's then. */
static bool parent_in_tree(const struct model *m, const struct proc *p)
{
	const struct proc *parent;
	uint32_t slot;

	if (!p->pub.ppid || !htab_get(&m->tgid_tab, p->pub.ppid, 0, &slot))
		return false;
	parent = &m->procs[slot];
	return parent->in_tree && parent->pub.start_ns <= p->pub.start_ns &&
	       (!parent->pub.exited || parent->exit_ns >= p->pub.start_ns);
}

void filter_tree_tick(struct model *m)
{
	bool found;

	/* A round for each generation that is new since the last tick. */
	do {
		found = false;
		for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
			struct proc *p = &m->procs[i];

			if (!p->used || p->in_tree || !parent_in_tree(m, p))
				continue;
			p->in_tree = true;
			found = true;
		}
	} while (found);
}

bool filter_admit(struct model *m, const struct ev_task *t, struct proc **p)
{
	*p = m->opts.filter.tree ? process_get(m, t) : process_find(m, t->tgid, t->start_ns);
	/* The BPF programs follow forks themselves: an event that comes is of a descendant. */
	filter_tree_seen(m, *p, true);
	if (!filter_task(m, t, *p))
		return false;
	*p = process_get(m, t);
	if (*p) {
		process_note(*p, t);
		(*p)->pub.matched = true;
	}
	return true;
}

void filter_decide(const struct model *m, struct proc *p)
{
	bool passes = p->hit && (!m->opts.filter.tree || p->in_tree);
	bool counted = p->pub.details || p->pub.swapout_pages || p->pub.fileout_pages;

	if (m->filtered)
		p->pub.matched = passes || counted || (p->pub.exited && p->pub.matched);
}

bool model_match(const struct model *m, const struct ev_task *t)
{
	const struct proc *p = process_find(m, t->tgid, t->start_ns);

	if (!filter_task(m, t, p))
		return false;
	/* Not in a full table: its events come only because the kernel let them pass. */
	return !m->opts.filter.tree || !p || p->in_tree;
}
