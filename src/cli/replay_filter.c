// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See replay_filter.h. */
#include "replay_filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "log.h"

static bool listed(const uint32_t *ids, int n, uint32_t id)
{
	for (int i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Keeps those of ids that are in with, too. */
static int both(uint32_t *ids, int n, const uint32_t *with, int nwith)
{
	int kept = 0;

	for (int i = 0; i < n; i++)
		if (listed(with, nwith, ids[i]))
			ids[kept++] = ids[i];
	return kept;
}

static int ids_join(struct options *o, const struct run_info *run)
{
	if (!run->npids && !run->ntids)
		return 0;
	if (!o->npids && !o->ntids) {
		memcpy(o->pids, run->pids, sizeof(o->pids));
		memcpy(o->tids, run->tids, sizeof(o->tids));
		o->npids = run->npids;
		o->ntids = run->ntids;
		return 0;
	}
	if (o->npids && !run->npids) {
		log_error(
			"only threads were recorded (-t): choose among them with -t, not with -p");
		return -EINVAL;
	}
	o->npids = both(o->pids, o->npids, run->pids, run->npids);
	/* A thread may be one of a process that was recorded whole. */
	if (!run->npids)
		o->ntids = both(o->tids, o->ntids, run->tids, run->ntids);
	if (o->npids || o->ntids)
		return 0;
	log_error("none of the processes or threads asked for was recorded: it was %s",
		  run->watching ? run->watching : "a few others");
	return -EINVAL;
}

static int comm_join(struct options *o, const struct run_info *run)
{
	if (!o->comm)
		o->comm = run->comm;
	if (!run->comm || !strcmp(o->comm, run->comm) ||
	    (!strpbrk(o->comm, "*?[\\") && !fnmatch(run->comm, o->comm, 0)))
		return 0;
	log_error("-n %s: only processes named %s were recorded", o->comm, run->comm);
	return -EINVAL;
}

static int uid_join(struct options *o, const struct run_info *run)
{
	if (!run->has_uid)
		return 0;
	if (o->has_uid && o->uid != run->uid) {
		log_error("-u: only user %u was recorded, not user %u", run->uid, o->uid);
		return -EINVAL;
	}
	o->has_uid = true;
	o->uid = run->uid;
	return 0;
}

/* Without the mount point that a live -c may have, and without a slash at its end. */
static int path_plain(const char *arg, char *out, size_t cap)
{
	static const char *const mounts[] = {"/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified",
					     "/sys/fs/cgroup"};
	int n;

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		size_t len = strlen(mounts[i]);

		if (!strncmp(arg, mounts[i], len) && (!arg[len] || arg[len] == '/')) {
			arg += len;
			break;
		}
	}
	while (*arg == '/')
		arg++;
	n = snprintf(out, cap, "/%s", arg);
	if (n < 0 || (size_t)n >= cap)
		return -ENAMETOOLONG;
	while (n > 1 && out[n - 1] == '/')
		out[--n] = 0;
	return 0;
}

static bool is_below(const char *path, const char *above)
{
	size_t len = strcmp(above, "/") ? strlen(above) : 0;

	return !strncmp(path, above, len) && (!path[len] || path[len] == '/');
}

static int cgroup_join(const struct options *o, const struct run_info *run, char *cgroup,
		       size_t cap)
{
	const char *recorded = run->cgroup && *run->cgroup ? run->cgroup : NULL;

	cgroup[0] = 0;
	if (o->cgroup && path_plain(o->cgroup, cgroup, cap)) {
		log_error("-c: the path is too long");
		return -EINVAL;
	}
	if (!recorded || (o->cgroup && is_below(cgroup, recorded)))
		return 0;
	if (o->cgroup && !is_below(recorded, cgroup)) {
		log_error("-c %s: only cgroup %s was recorded", cgroup, recorded);
		return -EINVAL;
	}
	snprintf(cgroup, cap, "%s", recorded);
	return 0;
}

int replay_filter(struct options *o, const struct run_info *run, char *cgroup, size_t cap)
{
	int err = ids_join(o, run);

	if (!err)
		err = comm_join(o, run);
	if (!err)
		err = uid_join(o, run);
	return err ? err : cgroup_join(o, run, cgroup, cap);
}
