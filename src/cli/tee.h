/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MEMTRACE_TEE=FILE: what a command sees live is recorded there as well, so that tests can hold
 * its page against that of its own recording.
 *
 * Layer: cli.
 */
#ifndef MEMTRACE_TEE_H
#define MEMTRACE_TEE_H

#include "event.h"

struct app;

/* Opens the file, if there is to be one. Returns 0 or a negative errno, after saying why. */
int tee_begin(struct app *app);
/* Nothing, where nothing is recorded. */
void tee_event(struct app *app, const struct ev_hdr *ev);
/* Ends the file in good order, or says why it could not be. */
int tee_end(struct app *app);

#endif
