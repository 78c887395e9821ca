// SPDX-License-Identifier: GPL-2.0
/* Layer: store. See evqueue.h. */
#include "evqueue.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Where an empty queue begins anew, so that in calm times little of its memory is touched. */
#define CALM_BYTES (1u << 20)

int evqueue_init(struct evqueue *q, size_t bytes)
{
	*q = (struct evqueue){.size = 4096, .wake_fd = -1};
	while (q->size < bytes)
		q->size *= 2;
	q->data = calloc(1, q->size);
	if (!q->data)
		return -ENOMEM;
	q->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return q->wake_fd < 0 ? -errno : 0;
}

void evqueue_fini(struct evqueue *q)
{
	free(q->data);
	q->data = NULL;
	if (q->wake_fd >= 0)
		close(q->wake_fd);
	q->wake_fd = -1;
}

void evqueue_wake(struct evqueue *q)
{
	const uint64_t one = 1;

	if (!atomic_exchange(&q->woken, true) && write(q->wake_fd, &one, sizeof(one)) < 0)
		return; /* it has been woken already */
}

size_t evqueue_used(const struct evqueue *q)
{
	size_t put = atomic_load_explicit(&q->put, memory_order_acquire);
	size_t taken = atomic_load_explicit(&q->taken, memory_order_acquire);

	return taken < put ? put - taken : 0; /* it may have begun anew in between */
}

/* What is left up to the end of the ring is passed over: its kind is 0. */
static void pass_over(struct evqueue *q, size_t at)
{
	size_t rest = q->size - (at & (q->size - 1));
	struct {
		uint16_t kind, cpu;
		uint32_t size;
	} gap = {.size = (uint32_t)rest};

	memcpy(q->data + (at & (q->size - 1)), &gap, sizeof(gap));
}

/* Who takes holds nothing and looks only for what has been put: both positions may move. */
static size_t begin_anew(struct evqueue *q, size_t at)
{
	at += q->size - (at & (q->size - 1));
	atomic_store_explicit(&q->taken, at, memory_order_release);
	return at;
}

bool evqueue_put(struct evqueue *q, const struct ev_hdr *ev, size_t keep)
{
	size_t taken = atomic_load_explicit(&q->taken, memory_order_acquire);
	size_t begin = atomic_load_explicit(&q->put, memory_order_relaxed), at;

	if (ev->size > q->size / 2)
		return false;
	if (begin == taken && (begin & (q->size - 1)) > CALM_BYTES)
		begin = taken = begin_anew(q, begin);
	at = begin;
	if (q->size - (at & (q->size - 1)) < ev->size)
		at += q->size - (at & (q->size - 1));
	if (at + ev->size - taken + keep > q->size)
		return false;
	if (at != begin)
		pass_over(q, begin);
	memcpy(q->data + (at & (q->size - 1)), ev, ev->size);
	at += ev->size;
	atomic_store_explicit(&q->put, at, memory_order_release);
	if (at - taken > q->size / 16)
		evqueue_wake(q);
	return true;
}

struct ev_hdr *evqueue_first(struct evqueue *q)
{
	size_t put = atomic_load_explicit(&q->put, memory_order_acquire);
	size_t at = atomic_load_explicit(&q->taken, memory_order_acquire);
	struct ev_hdr *ev;

	if (at >= put)
		return NULL;
	ev = (void *)(q->data + (at & (q->size - 1)));
	if (ev->kind)
		return ev;
	/* The event behind it was put along with it. */
	at += ev->size;
	atomic_store_explicit(&q->taken, at, memory_order_release);
	return (void *)(q->data + (at & (q->size - 1)));
}

void evqueue_drop(struct evqueue *q)
{
	size_t at = atomic_load_explicit(&q->taken, memory_order_relaxed);
	const struct ev_hdr *ev = (const void *)(q->data + (at & (q->size - 1)));

	atomic_store_explicit(&q->taken, at + ev->size, memory_order_release);
}

void evqueue_sleep(struct evqueue *q, int ms)
{
	struct pollfd p = {.fd = q->wake_fd, .events = POLLIN};
	uint64_t count;

	if (poll(&p, 1, ms) == 1 && read(q->wake_fd, &count, sizeof(count)) < 0)
		return;
	atomic_store(&q->woken, false);
}
