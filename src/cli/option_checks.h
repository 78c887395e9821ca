/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which options go together, and with which command.
 *
 * Layer: cli. Used by options.c only.
 */
#ifndef MEMTRACE_OPTION_CHECKS_H
#define MEMTRACE_OPTION_CHECKS_H

#include "options.h"

/* Returns 0, or -EINVAL after saying on stderr what does not. */
int options_check(const struct options *o);

#endif
