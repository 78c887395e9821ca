// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See lookup.h.
 */
#include "lookup.h"

#include <stdlib.h>
#include "clock.h"
#include "process.h"
#include "queue.h"
#include "thread.h"
#include "worker.h"

#define MAX_REQUESTS 1024
#define MAX_ANSWERS  256

struct lookups {
	struct sysroot root; /* a copy: the thread may outlive its giver */
	struct queue requests, answers;
	pthread_t thread;
	bool started;
};

/* Is it still the process it was? /proc rounds the start down to a clock tick of 10 ms. */
static bool same_process(const struct sysroot *root, const struct lookup *r)
{
	uint64_t start;

	if (!r->start_ns)
		return true;
	return !process_start(root, r->tgid, &start) && start <= r->start_ns &&
	       r->start_ns - start < 20000000;
}

static void look_up(const struct sysroot *root, struct lookup_answer *a)
{
	const struct lookup *r = &a->of;
	ssize_t len;

	if (r->ino)
		len = process_file_at(root, r->tgid, r->address, r->dev_major, r->dev_minor, r->ino,
				      r->name, a->text, sizeof(a->text));
	else
		len = process_cmdline(root, r->tgid, a->text, sizeof(a->text));
	a->found = len > 0 && same_process(root, r);
	a->time_ns = boottime_ns();
}

static void *work(void *arg)
{
	struct lookups *l = arg;
	struct lookup_answer a;

	while (queue_get(&l->requests, &a.of)) {
		look_up(&l->root, &a);
		queue_put_patiently(&l->answers, &a, &l->requests);
		queue_done(&l->requests);
	}
	return NULL;
}

struct lookups *lookups_new(const struct sysroot *root)
{
	struct lookups *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->root = *root;
	if (queue_init(&l->requests, sizeof(struct lookup), MAX_REQUESTS) ||
	    queue_init(&l->answers, sizeof(struct lookup_answer), MAX_ANSWERS) ||
	    thread_start(&l->thread, WORKER_STACK, work, l)) {
		lookups_free(l);
		return NULL;
	}
	l->started = true;
	return l;
}

static bool lookups_end(struct lookups *l)
{
	queue_close(&l->requests);
	queue_close(&l->answers);
	return worker_join(l->thread);
}

void lookups_free(struct lookups *l)
{
	if (!l || (l->started && !lookups_end(l)))
		return;
	queue_fini(&l->requests);
	queue_fini(&l->answers);
	free(l);
}

bool lookups_ask(struct lookups *l, const struct lookup *what)
{
	return queue_put(&l->requests, what);
}

bool lookups_next(struct lookups *l, struct lookup_answer *a)
{
	return queue_try_get(&l->answers, a);
}

bool lookups_settle(struct lookups *l, int wait_ms)
{
	return queue_settle(&l->requests, wait_ms);
}
