/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Will we live to tell of an OOM kill? Says at the start what stands against it, and what helps.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_SHELTER_H
#define MEMTRACE_SHELTER_H

#include "self.h"

/* Warns of a limit on the memory cgroup we are in or one above it, of memory that is not locked, of
 * an OOM score that is not the lowest. */
void shelter_check(const struct sysroot *root, const struct protection *p);

#endif
