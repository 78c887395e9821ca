/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run on a recording in place of the kernel (-r, report, export).
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_REPLAY_H
#define MEMTRACE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

struct app;
struct reader_info;

/*
 * Opens options.read and takes over what it was recorded with: options then has the filters of
 * both, and what the page says is watched. Before any output is opened. Says what is wrong. Returns
 * 0 or a negative errno. app->reader is to be closed by replay_close() also then.
 */
int replay_open(struct app *app);
/*
 * Gives the events of --from to --to to the model and the command, and ends both. Returns 0 or a
 * negative errno.
 */
int replay(struct app *app);
/* After it: does more than an interval lack to what was asked for? */
bool replay_interrupted(const struct app *app);
/* Of one that has info->stopped: why, in words to follow "it ended early: ". */
const char *replay_stopped(const struct reader_info *info);
/* How far it has come, for the status line; NULL = as said a moment ago, or it has only begun. */
const char *replay_status(struct app *app, char *buf, size_t cap);
/* These do nothing where nothing is open. stop: from a signal handler too. */
void replay_stop(struct app *app);
void replay_close(struct app *app);

#endif
