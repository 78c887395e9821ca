/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events on their way from one thread to another: a ring of bytes of fixed size, without locks.
 * Whoever puts never waits.
 *
 * Layer: store. Used by writer.c and writer_thread.c.
 */
#ifndef MEMTRACE_EVQUEUE_H
#define MEMTRACE_EVQUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "event.h"

struct evqueue {
	char *data;
	size_t size;			/* a power of two */
	int wake_fd;			/* the taker sleeps on it; -1 = not made */
	_Alignas(64) atomic_size_t put; /* positions: they only grow */
	_Alignas(64) atomic_size_t taken;
	atomic_bool woken;
};

/* bytes is rounded up to a power of two. Returns 0 or a negative errno; fini is due also then. */
int evqueue_init(struct evqueue *q, size_t bytes);
void evqueue_fini(struct evqueue *q);

/*
 * By the one thread that puts: false when afterwards less than keep bytes would be free. Events are
 * a multiple of 8 bytes long and have a kind, which is not 0.
 */
bool evqueue_put(struct evqueue *q, const struct ev_hdr *ev, size_t keep);
/* Ends the taker's sleep. */
void evqueue_wake(struct evqueue *q);
size_t evqueue_used(const struct evqueue *q);

/*
 * By the one thread that takes: the oldest event, which may be changed and stays until
 * evqueue_drop(); NULL = there is none.
 */
struct ev_hdr *evqueue_first(struct evqueue *q);
void evqueue_drop(struct evqueue *q);
/* Sleeps until evqueue_wake(), much has come, or so long. */
void evqueue_sleep(struct evqueue *q, int ms);

#endif
