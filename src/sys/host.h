/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's own figures: counters of vmstat, meminfo and PSI, the zones' watermarks, settings.
 *
 * Layer: sys, above sysfile.h. Called by the live source at each interval; allocates nothing.
 */
#ifndef MEMTRACE_HOST_H
#define MEMTRACE_HOST_H

#include "snapshot.h"
#include "sysroot.h"

/*
 * Fills out->value (not the header) with what host.def lists. What a kernel does not give is
 * EV_ABSENT and no error. Returns 0, or the -errno of a file that is there but cannot be read;
 * the figures of the other files are good then, too.
 */
int host_read(const struct sysroot *root, struct ev_host *out);

/*
 * Zones that have memory, in the order of /proc/zoneinfo, all but their headers. Watermarks are
 * those in force, a boost by fragmentation included (min, low and high of mm/vmstat.c,
 * zoneinfo_show_print()). unreclaimable is 0 where the kernel does not tell. page_size in bytes.
 * Returns how many were written (at most max) or -errno.
 */
int zones_read(const struct sysroot *root, struct ev_zone *out, int max, uint64_t page_size);

/* Fills in all but the header; EV_ABSENT what this kernel does not have. */
void vm_read(const struct sysroot *root, struct ev_vm *out);

#endif
