// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See queue.h.
 */
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int queue_init(struct queue *q, size_t item_size, size_t capacity)
{
	*q = (struct queue){.item_size = item_size, .capacity = capacity};
	q->items = calloc(capacity, item_size);
	if (!q->items)
		return -ENOMEM;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->changed, NULL);
	return 0;
}

void queue_fini(struct queue *q)
{
	if (!q->items)
		return;
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	free(q->items);
	q->items = NULL;
}

bool queue_put(struct queue *q, const void *item)
{
	bool room;

	pthread_mutex_lock(&q->lock);
	room = q->count < q->capacity && !q->closed;
	if (room) {
		size_t at = (q->head + q->count++) % q->capacity;

		memcpy(q->items + at * q->item_size, item, q->item_size);
		pthread_cond_broadcast(&q->changed);
	}
	pthread_mutex_unlock(&q->lock);
	return room;
}

/* With the lock held. */
static void take(struct queue *q, void *item)
{
	memcpy(item, q->items + q->head * q->item_size, q->item_size);
	q->head = (q->head + 1) % q->capacity;
	q->count--;
}

bool queue_try_get(struct queue *q, void *item)
{
	bool got;

	pthread_mutex_lock(&q->lock);
	got = q->count > 0;
	if (got)
		take(q, item);
	pthread_mutex_unlock(&q->lock);
	return got;
}

bool queue_get(struct queue *q, void *item)
{
	bool got;

	pthread_mutex_lock(&q->lock);
	while (!q->count && !q->closed)
		pthread_cond_wait(&q->changed, &q->lock);
	got = !q->closed;
	if (got) {
		take(q, item);
		q->busy++;
	}
	pthread_mutex_unlock(&q->lock);
	return got;
}

void queue_done(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->busy--;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

bool queue_settle(struct queue *q, int wait_ms)
{
	struct timespec until;
	bool settled;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += wait_ms % 1000 * 1000000l;
	until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000l;
	until.tv_nsec %= 1000000000l;
	pthread_mutex_lock(&q->lock);
	while (q->count || q->busy)
		if (pthread_cond_timedwait(&q->changed, &q->lock, &until))
			break;
	settled = !q->count && !q->busy;
	pthread_mutex_unlock(&q->lock);
	return settled;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

bool queue_closed(struct queue *q)
{
	bool closed;

	pthread_mutex_lock(&q->lock);
	closed = q->closed;
	pthread_mutex_unlock(&q->lock);
	return closed;
}

void queue_put_patiently(struct queue *q, const void *item, struct queue *served)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	while (!queue_put(q, item) && !queue_closed(served))
		nanosleep(&pause, NULL);
}
