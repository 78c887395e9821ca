/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A histogram of durations by powers of two, drawn as the tools of this field draw it.
 *
 * Layer: view, private to it.
 */
#ifndef MEMTRACE_ASCII_HIST_H
#define MEMTRACE_ASCII_HIST_H

#include <stdio.h>
#include "hist.h"

/* Prints nothing for an empty one. */
void ascii_hist_print(FILE *out, const char *indent, const struct hist *h);

#endif
