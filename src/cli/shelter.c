// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See shelter.h.
 */
#include "shelter.h"

#include <stdio.h>
#include <string.h>
#include "cgroup.h"
#include "log.h"
#include "text.h"
#include "units.h"

/* The tightest limit of the cgroup and those above it, and whose it is. Cuts the path up. */
static uint64_t tightest(const struct cgroups *cg, char *path, char *whose, size_t cap)
{
	uint64_t limit = EV_ABSENT;
	struct ev_cgstat stat;
	char *slash;

	for (;;) {
		if (!cgroup_stat(cg, path, &stat) && stat.limit_bytes < limit) {
			limit = stat.limit_bytes;
			snprintf(whose, cap, "%s", path);
		}
		slash = strrchr(path, '/');
		if (!slash || !slash[1])
			return limit;
		slash[slash == path] = 0; /* "/" stands above "/a" */
	}
}

static void check_cgroup(const struct sysroot *root)
{
	char path[PATH_MAX], whose[PATH_MAX], safe[512], size[UNITS_LEN];
	struct cgroups cg;
	uint64_t limit = EV_ABSENT;

	if (!cgroups_open(root, &cg) && !cgroup_of_self(&cg, path, sizeof(path)))
		limit = tightest(&cg, path, whose, sizeof(whose));
	cgroups_close(&cg);
	if (limit == EV_ABSENT)
		return;
	log_warn("memtrace runs in the memory cgroup %s, which is limited to %s: when that is used "
		 "up it may be killed itself, and its own death is the one thing it cannot report; "
		 "start it in a cgroup without a limit",
		 text_safe(whose, strlen(whose), safe, sizeof(safe)),
		 fmt_bytes(limit, size, sizeof(size)));
}

void shelter_check(const struct sysroot *root, const struct protection *p)
{
	static const char remedy[] = "run it as the service memtrace-oom, or grant it";

	check_cgroup(root);
	if (p->lock_error)
		log_warn("memory could not be locked (%s): when memory is out memtrace may wait "
			 "for its own pages; %s CAP_IPC_LOCK",
			 strerror(-p->lock_error), remedy);
	if (!p->score_known)
		log_warn("oom_score_adj cannot be read (%s): memtrace may be killed itself",
			 strerror(-p->score_error));
	else if (p->score_error)
		log_warn("oom_score_adj is %d, it could not be set to -1000 (%s): memtrace may be "
			 "killed itself; %s CAP_SYS_RESOURCE",
			 p->score, strerror(-p->score_error), remedy);
}
