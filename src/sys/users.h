/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of users.
 *
 * Layer: sys, above sysfile.h. Called by the live source. Allocates nothing, and asks no name
 * service: that could wait on the network, or load a library into locked memory.
 */
#ifndef MEMTRACE_USERS_H
#define MEMTRACE_USERS_H

#include <stdint.h>
#include "sysroot.h"

typedef void (*users_fn)(void *ctx, uint32_t uid, const char *name);

/*
 * Calls fn for the first max users of /etc/passwd. Names are as they stand there: make them
 * harmless before printing. Returns how many, or -errno.
 */
int users_each(const struct sysroot *root, int max, users_fn fn, void *ctx);

#endif
