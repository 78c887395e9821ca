// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See watching.h. */
#include "watching.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "app.h"
#include "cgroup.h"
#include "log.h"
#include "process.h"
#include "text.h"

void watching_describe(struct app *app)
{
	const struct options *o = &app->options;
	FILE *f = fmemopen(app->watching, sizeof(app->watching), "w");
	const char *sep = "";

	if (!f)
		return;
	for (int i = 0; i < o->npids; i++, sep = ",")
		fprintf(f, "%s%s%u", i ? "" : "process ", sep, o->pids[i]);
	for (int i = 0; i < o->ntids; i++, sep = ",")
		fprintf(f, "%s%s%u",
			i      ? ""
			: *sep ? " and thread "
			       : "thread ",
			i ? sep : "", o->tids[i]);
	sep = o->npids || o->ntids ? ", " : "";
	if (o->program) {
		fprintf(f, "%s%s and its descendants", sep, o->program[0]);
		sep = ", ";
	}
	if (o->comm) {
		fprintf(f, "%sprocesses named %s", sep, o->comm);
		sep = ", ";
	}
	if (o->has_uid) {
		fprintf(f, "%suser %u", sep, o->uid);
		sep = ", ";
	}
	if (app->cgroup[0]) {
		fprintf(f, "%scgroup %s", sep, app->cgroup);
		sep = ", ";
	}
	if (!*sep)
		fputs("all processes", f);
	fclose(f);
	app->watching[sizeof(app->watching) - 1] = 0;
}

/* It has no memory of its own to fault on: such a run would show nothing, ever. */
static int check_faults(const struct options *o, const struct sysroot *root, uint32_t id)
{
	if (o->command != CMD_FAULTS || !process_is_kernel(root, id))
		return 0;
	log_error("%u is a thread of the kernel: those take no page faults (memtrace stalls shows "
		  "where they wait for memory)",
		  id);
	return -EINVAL;
}

int watching_check(struct app *app)
{
	const struct options *o = &app->options;
	static const struct sysroot root = {""};
	struct cgroups cg;
	char safe[512];
	uint32_t tgid;
	int err;

	for (int i = 0; i < o->npids; i++) {
		if (!process_exists(&root, o->pids[i])) {
			log_error("there is no process %u", o->pids[i]);
			return -ESRCH;
		}
		if (check_faults(o, &root, o->pids[i]))
			return -EINVAL;
	}
	for (int i = 0; i < o->ntids; i++) {
		if (process_of_thread(&root, o->tids[i], &tgid)) {
			log_error("there is no thread %u", o->tids[i]);
			return -ESRCH;
		}
		if (check_faults(o, &root, o->tids[i]))
			return -EINVAL;
	}
	if (!o->cgroup)
		return 0;
	err = cgroups_open(&root, &cg);
	if (err) {
		log_error("-c: no memory cgroups are mounted here");
	} else {
		err = cgroup_resolve_arg(&cg, o->cgroup, app->cgroup, sizeof(app->cgroup));
		if (err)
			log_error("-c: no memory cgroup '%s' below %s: %s",
				  text_safe(o->cgroup, strlen(o->cgroup), safe, sizeof(safe)),
				  cg.mount, strerror(-err));
	}
	cgroups_close(&cg);
	return err;
}
