/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Filters of a recording and of who looks at it, joined: both hold.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_REPLAY_FILTER_H
#define MEMTRACE_REPLAY_FILTER_H

#include <stddef.h>
#include "options.h"
#include "run.h"

/*
 * Narrows *o, what is asked now, by what was recorded; cgroup gets the path that both select below
 * ("" = all). Strings of run are borrowed. Returns 0, or -EINVAL after saying why they do not go
 * together.
 */
int replay_filter(struct options *o, const struct run_info *run, char *cgroup, size_t cap);

#endif
