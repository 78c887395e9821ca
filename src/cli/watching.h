/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the filters select: in words, and whether it is there.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_WATCHING_H
#define MEMTRACE_WATCHING_H

struct app;

/* Words for what the filters select, to app->watching. */
void watching_describe(struct app *app);
/*
 * Filters that name what is not there would select nothing, ever: says so, and returns a negative
 * errno. Finds app->cgroup. Of a run on the kernel, not on a recording.
 */
int watching_check(struct app *app);

#endif
