// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: view. Curves of the export to the Trace Event Format. A viewer draws a value from its time
 * on: shares of an interval begin with the interval. The contract is in chrome.h.
 */
#include "chrome.h"

#define RSS_STEP (1 << 20) /* growth or shrinking by less is not shown */

static void psi(struct chrome *c, const char *name, uint64_t now_ns,
		const struct chrome_cgroup *last, const uint64_t us[2])
{
	struct span of = {last->time_ns, now_ns};
	uint64_t then[2] = {last->psi_some_us, last->psi_full_us};
	char label[NAME_LEN + 16];

	for (int i = 0; i < 2; i++) {
		if (!of.begin || us[i] == EV_ABSENT || then[i] == EV_ABSENT || us[i] < then[i])
			continue;
		snprintf(label, sizeof(label), "%sPSI %s", name, i ? "full" : "some");
		chrome_percent(c, label, CHROME_HOST, &of, us[i] - then[i]);
	}
}

void chrome_host(struct chrome *c, const struct ev_host *ev)
{
	uint64_t at = ev->hdr.time_ns;
	struct chrome_cgroup last = {c->host_ns, c->psi_some_us, c->psi_full_us};
	uint64_t us[2] = {ev->value[HOST_PSI_SOME], ev->value[HOST_PSI_FULL]};

	chrome_counter(c, "free memory", CHROME_HOST, at, "bytes", ev->value[HOST_MEM_FREE]);
	chrome_counter(c, "available memory", CHROME_HOST, at, "bytes",
		       ev->value[HOST_MEM_AVAILABLE]);
	chrome_counter(c, "swap used", CHROME_HOST, at, "bytes", host_swap_used(ev));
	psi(c, "", at, &last, us);
	c->host_ns = at;
	c->psi_some_us = us[0];
	c->psi_full_us = us[1];
}

void chrome_cgstat(struct chrome *c, const struct ev_cgstat *ev)
{
	struct chrome_cgroup *last = chrome_cgroup(c, ev->cgroup);
	uint64_t us[2] = {ev->psi_some_us, ev->psi_full_us};
	char path[NAME_LEN - 16], name[NAME_LEN];

	if (!last)
		return;
	cgroup_label(c->model, ev->cgroup, path, sizeof(path));
	snprintf(name, sizeof(name), "%s usage", path);
	chrome_counter(c, name, CHROME_HOST, ev->hdr.time_ns, "bytes", ev->usage_bytes);
	snprintf(name, sizeof(name), "%s ", path);
	psi(c, name, ev->hdr.time_ns, last, us);
	*last = (struct chrome_cgroup){ev->hdr.time_ns, us[0], us[1]};
}

/* Only who changes has a curve: the many that sleep would hide the few. */
void chrome_task(struct chrome *c, const struct ev_task_row *ev)
{
	uint64_t rss = ev->anon_rss_bytes + ev->file_rss_bytes + ev->shmem_rss_bytes;
	struct chrome_proc *p;

	if (!ev->leader || !ev->sized)
		return;
	p = chrome_proc(c, &ev->task);
	if (!p->sized) {
		p->sized = true;
		p->first_ns = ev->hdr.time_ns;
		p->rss = rss;
		return;
	}
	if (rss < p->rss + RSS_STEP && p->rss < rss + RSS_STEP)
		return;
	if (!p->rss_shown)
		chrome_counter(c, "RSS", p->pid, p->first_ns, "bytes", p->rss);
	chrome_counter(c, "RSS", p->pid, ev->hdr.time_ns, "bytes", rss);
	p->rss_shown = p->shown = true;
	p->rss = rss;
}
