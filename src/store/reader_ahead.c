// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. A thread reads ahead: what takes SQLite the longest, taking rows apart, goes on
 * while the caller's thread makes something of the events before. They are handed over by the
 * batch.
 */
#include "reader_impl.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "thread.h"

#define BATCHES	    4
#define BATCH_BYTES (4 * EVENT_MAX)

struct ahead {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct reader *reader;
	char *batch[BATCHES];
	size_t len[BATCHES];
	int first, count; /* those that are full */
	bool done;
	char *filling; /* batch[(first + count) % BATCHES], the reading thread's own */
	size_t filled;
};

static void batch_pass(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->len[(a->first + a->count) % BATCHES] = a->filled;
	a->count++;
	pthread_cond_signal(&a->changed);
	while (a->count == BATCHES)
		pthread_cond_wait(&a->changed, &a->lock);
	a->filling = a->batch[(a->first + a->count) % BATCHES];
	a->filled = 0;
	pthread_mutex_unlock(&a->lock);
}

void ahead_put(struct ahead *a, const struct ev_hdr *ev)
{
	size_t size = (ev->size + 7) & ~(size_t)7;

	if (a->filled + size > BATCH_BYTES)
		batch_pass(a);
	memcpy(a->filling + a->filled, ev, ev->size);
	a->filled += size;
}

static void *read_all(void *ctx)
{
	struct ahead *a = ctx;

	reader_read(a->reader);
	batch_pass(a);
	pthread_mutex_lock(&a->lock);
	a->done = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static void batch_give(struct reader *r, const char *batch, size_t len)
{
	for (size_t at = 0; at < len;) {
		const struct ev_hdr *ev = (const void *)(batch + at);

		at += (ev->size + 7) & ~(size_t)7;
		r->opts->fn(r->opts->ctx, ev);
	}
}

/* Hands on what comes until all has. */
static void take_all(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	for (;;) {
		while (!a->count && !a->done)
			pthread_cond_wait(&a->changed, &a->lock);
		if (!a->count)
			break;
		pthread_mutex_unlock(&a->lock);
		batch_give(a->reader, a->batch[a->first], a->len[a->first]);
		pthread_mutex_lock(&a->lock);
		a->first = (a->first + 1) % BATCHES;
		a->count--;
		pthread_cond_signal(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
}

static struct ahead *ahead_new(struct reader *r)
{
	struct ahead *a = calloc(1, sizeof(*a));
	char *room = a ? malloc((size_t)BATCHES * BATCH_BYTES) : NULL;

	if (!room) {
		free(a);
		return NULL;
	}
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	a->reader = r;
	for (int i = 0; i < BATCHES; i++)
		a->batch[i] = room + (size_t)i * BATCH_BYTES;
	a->filling = room;
	return a;
}

static void ahead_free(struct ahead *a)
{
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a->batch[0]);
	free(a);
}

void ahead_run(struct reader *r)
{
	struct ahead *a = ahead_new(r);
	pthread_t thread;

	r->ahead = a;
	if (a && !thread_start(&thread, 0, read_all, a)) {
		take_all(a);
		pthread_join(thread, NULL);
	} else {
		r->ahead = NULL; /* then one after the other */
		reader_read(r);
	}
	r->ahead = NULL;
	if (a)
		ahead_free(a);
}
