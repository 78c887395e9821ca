/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Totals of a pressure stall information file: /proc/pressure/memory, a cgroup's memory.pressure.
 *
 * Layer: sys, above sysfile.h. Used by host.c and cgstat.c.
 */
#ifndef MEMTRACE_PSI_H
#define MEMTRACE_PSI_H

#include <stdint.h>
#include "sysroot.h"

/*
 * Microseconds that some and that all tasks were stalled, since boot; EV_ABSENT what is not
 * there. Returns 0 or -errno: -EOPNOTSUPP when PSI is switched off (kernel/sched/psi.c,
 * psi_show()), -ENOENT when it is not built.
 */
int psi_read(const struct sysroot *root, const char *path, uint64_t *some_us, uint64_t *full_us);

#endif
