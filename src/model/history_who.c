/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who the recorder's processes were: noted when a track begins and when its process ends, so that
 * it is known after the process has left the process table. Until then that knows it better.
 *
 * Layer: model, private. See history_impl.h.
 */
#include <string.h>
#include "history_impl.h"

void track_note(const struct model *m, uint32_t t, const struct proc *p)
{
	struct track *track = &m->history->tracks[t];
	struct track_who *who = &m->history->whos[t];
	const struct proc *parent = process_youngest(m, p->pub.ppid);

	who->cgroup = p->pub.cgroup;
	who->uid = p->pub.uid;
	memcpy(who->comm, p->pub.comm, sizeof(who->comm));
	who->cmdline[0] = '\0';
	if (p->pub.cmdline) {
		strncpy(who->cmdline, p->pub.cmdline, sizeof(who->cmdline) - 1);
		who->cmdline[sizeof(who->cmdline) - 1] = '\0';
	}
	/* Whoever takes over an orphan is not its parent. */
	if (!track->described || !who->ppid) {
		who->ppid = p->pub.ppid;
		who->parent_comm[0] = '\0';
		if (parent)
			memcpy(who->parent_comm, parent->pub.comm, sizeof(who->parent_comm));
	}
	track->described = true;
}

void track_describe(const struct model *m, uint32_t t, struct report_process *out)
{
	const struct track *track = &m->history->tracks[t];
	const struct track_who *who = &m->history->whos[t];
	const struct proc *p =
		track->start_ns ? process_find(m, track->tgid, track->start_ns) : NULL;

	*out = (struct report_process){
		.start_ns = track->start_ns,
		.pid = track->tgid,
		.ppid = p && !who->ppid ? p->pub.ppid : who->ppid,
		.uid = p ? p->pub.uid : who->uid,
		.cmdline = who->cmdline[0] ? who->cmdline : NULL,
		.cgroup = model_cgroup_path(m, p ? p->pub.cgroup : who->cgroup),
	};
	memcpy(out->comm, p ? p->pub.comm : who->comm, sizeof(out->comm));
	memcpy(out->parent_comm, who->parent_comm, sizeof(out->parent_comm));
	if (p && p->pub.cmdline)
		out->cmdline = p->pub.cmdline;
}
