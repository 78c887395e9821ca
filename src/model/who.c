/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who a process was: what the process table, the names of users and of cgroups tell of it.
 *
 * Layer: model, private.
 */
#include <stdio.h>
#include "episode.h"

void on_user(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_user *ev = (const struct ev_user *)hdr;
	struct episodes *es = m->episodes;
	uint32_t at;

	if (!es)
		return;
	for (at = 0; at < es->nusers && at < OOM_USERS; at++) {
		if (es->user[at].uid == ev->uid)
			break;
	}
	if (at == es->nusers || at == OOM_USERS)
		at = es->nusers++ % OOM_USERS;
	es->user[at].uid = ev->uid;
	snprintf(es->user[at].name, sizeof(es->user[at].name), "%s", ev->name);
}

const char *user_name(const struct model *m, uint32_t uid)
{
	const struct episodes *es = m->episodes;

	for (uint32_t i = 0; es && i < es->nusers && i < OOM_USERS; i++) {
		if (es->user[i].uid == uid)
			return es->user[i].name;
	}
	return NULL;
}

void who_parent(const struct model *m, uint32_t ppid, struct report_process *who)
{
	const struct proc *parent = ppid ? process_youngest(m, ppid) : NULL;

	who->ppid = ppid;
	if (parent)
		comm_copy(who->parent_comm, parent->pub.comm);
}

static void take_process(const struct model *m, const struct proc *p, struct report_process *who)
{
	who->start_ns = p->pub.start_ns;
	who->uid = p->pub.uid;
	who->cmdline = p->pub.cmdline;
	if (!who->comm[0])
		comm_copy(who->comm, p->pub.comm);
	if (!who->cgroup)
		who->cgroup = model_cgroup_path(m, p->pub.cgroup);
	who_parent(m, p->pub.ppid, who);
}

void who_fill(const struct model *m, const struct ev_task *t, struct report_process *who)
{
	const struct proc *p =
		t->start_ns ? process_find(m, t->tgid, t->start_ns) : process_youngest(m, t->tgid);

	*who = (struct report_process){.start_ns = t->start_ns, .pid = t->tgid, .uid = t->uid};
	comm_copy(who->comm, t->comm);
	who->cgroup = model_cgroup_path(m, t->cgroup);
	if (p)
		take_process(m, p, who);
	if (p || t->start_ns || t->uid) /* of a trigger the log tells no uid */
		who->user = user_name(m, who->uid);
}
