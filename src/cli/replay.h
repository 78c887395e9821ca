/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run on a recording in place of the kernel (-r, report, export).
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_REPLAY_H
#define MEMTRACE_REPLAY_H

struct app;

/*
 * Opens options.read, takes over what it was recorded with (filters, what the page says is
 * watched), gives its events of --from to --to to the model and the command, and ends both. Says
 * what is wrong. Returns 0 or a negative errno. Leaves app->reader to be closed by replay_close().
 */
int replay(struct app *app);
void replay_close(struct app *app);

#endif
