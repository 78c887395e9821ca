/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The verdict: one to three sentences made from the numbers, and what would change them.
 *
 * Layer: view, private to it.
 */
#ifndef MEMTRACE_VERDICT_H
#define MEMTRACE_VERDICT_H

#include "para.h"
#include "render.h"

/* Appends the sentences to p. */
void verdict_write(struct para *p, const struct view *v);

#endif
