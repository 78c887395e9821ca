/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single numbers of /proc/sys.
 *
 * Layer: sys, above sysfile.h. Called by the loader.
 */
#ifndef MEMTRACE_SYSCTL_H
#define MEMTRACE_SYSCTL_H

#include <stdint.h>
#include "sysroot.h"

/* name is a path below /proc/sys: "kernel/perf_event_max_sample_rate". Returns 0 or -errno. */
int sysctl_u64(const struct sysroot *root, const char *name, uint64_t *value);

#endif
