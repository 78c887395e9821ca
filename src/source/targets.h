/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The processes and threads that -p and -t name: a run ends when the last of them has.
 *
 * Layer: source. Used by the live source only.
 */
#ifndef MEMTRACE_TARGETS_H
#define MEMTRACE_TARGETS_H

#include <stdbool.h>
#include <stdint.h>
#include "event.h"
#include "sysroot.h"

struct target {
	uint32_t id;
	uint64_t start_ns; /* of a process, to tell a reused number; 0 = unknown */
	bool thread, gone;
};

struct targets {
	struct target *list; /* NULL: none were named */
	int n;
};

/* Returns 0 or -ENOMEM. targets_fini() is due in any case. */
int targets_init(struct targets *t, const uint32_t *tgids, int ntgids, const uint32_t *tids,
		 int ntids, const struct sysroot *root);
void targets_fini(struct targets *t);

/* One may have ended, as this event says. */
void targets_note(struct targets *t, const struct ev_exit *ev);
/* Looks in /proc which have: an exit event may be lost, and exec(2) takes a thread's number. */
void targets_look(struct targets *t, const struct sysroot *root);
/* Were any named, and are all gone? */
bool targets_gone(const struct targets *t);

#endif
