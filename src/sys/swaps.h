/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Swap areas, and how full zram devices among them are.
 *
 * Layer: sys, above sysfile.h. Called by the live source at each interval; allocates nothing.
 */
#ifndef MEMTRACE_SWAPS_H
#define MEMTRACE_SWAPS_H

#include "snapshot.h"
#include "sysroot.h"

/*
 * The areas of /proc/swaps, in its order, all but their headers. Escapes in names (\040) are
 * undone; of a name that is too long its end is kept. Returns how many were written (at most max),
 * 0 on a kernel without swap, or -errno.
 */
int swaps_read(const struct sysroot *root, struct ev_swapdev *out, int max);

#endif
