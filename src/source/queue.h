/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bounded queue of fixed-size items between two threads. Never blocks the one who puts.
 *
 * Layer: source. Used by lookup.c, symbols.c, usyms.c.
 */
#ifndef MEMTRACE_QUEUE_H
#define MEMTRACE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char *items;
	size_t item_size, capacity, head, count;
	size_t busy; /* items taken but not done with yet */
	bool closed;
};

/* Returns 0 or -ENOMEM. */
int queue_init(struct queue *q, size_t item_size, size_t capacity);
void queue_fini(struct queue *q);

/* False when it is full or closed. */
bool queue_put(struct queue *q, const void *item);
/* Tries each millisecond until there is room, or the queue that its caller serves is closed. */
void queue_put_patiently(struct queue *q, const void *item, struct queue *served);
/* False when it is empty. */
bool queue_try_get(struct queue *q, void *item);
/* Waits for an item; false once the queue is closed. queue_done() is due after each. */
bool queue_get(struct queue *q, void *item);
void queue_done(struct queue *q);
/* Waits until all that was put is done with, at most wait_ms. Is it? */
bool queue_settle(struct queue *q, int wait_ms);
/* What is still in it is forgotten; queue_get() returns false. */
void queue_close(struct queue *q);
bool queue_closed(struct queue *q);

#endif
