/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock that events carry.
 *
 * Layer: util.
 */
#ifndef MEMTRACE_CLOCK_H
#define MEMTRACE_CLOCK_H

#include <stdint.h>

/* CLOCK_BOOTTIME in ns, as bpf_ktime_get_boot_ns() has it. */
uint64_t boottime_ns(void);

#endif
