/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is to blame for the stalls, and what to look at next: the end of the verdict.
 *
 * Layer: view, private to it.
 */
#ifndef MEMTRACE_ADVICE_H
#define MEMTRACE_ADVICE_H

#include "para.h"
#include "view.h"

/* staller: who waited longest, of whom the sentences before were.
 * "Meanwhile backup[77] grew most in /app: it read 2.0 GiB into the page cache." Nothing when
 * nobody grew by much, or it is not known. */
void culprit_write(struct para *p, const struct model *m, const struct process *staller);

/*
 * That most major faults on files were refaults, if they were: the page cache is thrashing. Nothing
 * else.
 */
void refaults_write(struct para *p, const struct model *m);

/* "Next: ..." by what most of the stall time went into and whose memory was short. */
void next_write(struct para *p, const struct model *m);

#endif
