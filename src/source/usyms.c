// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See usyms.h.
 */
#include "usyms.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "elfsym.h"
#include "htab.h"
#include "queue.h"
#include "thread.h"
#include "umaps.h"
#include "worker.h"

#define MAX_STACKS   16384 /* that are ever asked for */
#define MAX_REQUESTS 512
#define MAX_PLACED   256
#define MAX_ANSWERS  32
#define BATCH	     32 /* stacks whose functions are looked up together */

struct request {
	struct ev_task task;
	uint32_t id;
	int n;
	uint64_t addresses[USTACK_FRAMES];
};

/* A stack as it passes from the one thread to the other; n < 0: it has no places. */
struct placed {
	uint64_t start_ns;
	uint32_t tgid, id;
	int n;
	struct uframe frames[USTACK_FRAMES];
};

struct answer {
	bool found, lost;
	struct ustack_name name;
};

struct usyms {
	struct htab known; /* (start, tgid and id) */
	struct queue requests, placed, answers;
	struct ufiles *files;
	struct umaps *maps;
	pthread_t reader, namer;
	bool reading, naming;	    /* the threads were started */
	struct placed now;	    /* the reader's */
	struct request request;	    /* the reader's */
	struct placed batch[BATCH]; /* the namer's, as is the rest */
	struct answer answer;
	uint64_t unresolved, waiting; /* of stacks asked for: without an answer yet */
};

bool usyms_have_names(void)
{
	return elfsym_available();
}

/* The thread that reads /proc. */
static void *reader_work(void *arg)
{
	struct usyms *u = arg;
	struct request *r = &u->request;

	while (queue_get(&u->requests, r)) {
		struct placed *p = &u->now;

		p->start_ns = r->task.start_ns;
		p->tgid = r->task.tgid;
		p->id = r->id;
		p->n = umaps_place(u->maps, &r->task, r->addresses, r->n, p->frames) ? r->n : -1;
		queue_put_patiently(&u->placed, p, &u->requests);
		queue_done(&u->requests);
	}
	return NULL;
}

/* The thread that finds names. */

/* Frames that lead nowhere come in rows where a program was built without frame pointers. */
static bool repeats_unknown(const struct uframe *frames, int i)
{
	if (!i)
		return false;
	return frames[i].file == UFRAME_UNKNOWN && frames[i - 1].file == UFRAME_UNKNOWN;
}

static void text_make(const struct ufiles *files, const struct placed *p, struct answer *a)
{
	static const char more[] = "...";
	char name[ELFSYM_NAME];
	size_t used = 0;

	for (int i = 0; i < p->n; i++) {
		size_t len, room = sizeof(a->name.text) - used - sizeof(more) - 1;

		if (repeats_unknown(p->frames, i))
			continue;
		len = (size_t)ufiles_name(files, &p->frames[i], name, sizeof(name), &a->lost);
		if (len + 1 > room) {
			memcpy(a->name.text + used, ";...", sizeof(more) + 1);
			return;
		}
		if (used)
			a->name.text[used++] = ';';
		memcpy(a->name.text + used, name, len + 1);
		used += len;
	}
}

static void answer_make(struct usyms *u, const struct placed *p)
{
	struct answer *a = &u->answer;

	a->found = p->n > 0;
	/* Callers may be unknown for want of frame pointers; where it was itself is always real. */
	a->lost = p->n > 0 && p->frames[0].file == UFRAME_UNKNOWN;
	a->name.start_ns = p->start_ns;
	a->name.tgid = p->tgid;
	a->name.id = p->id;
	a->name.text[0] = '\0';
	text_make(u->files, p, a);
	for (int i = 0; i < p->n; i++)
		if (p->frames[i].file >= 0)
			ufiles_leave(u->files, p->frames[i].file);
}

static void *namer_work(void *arg)
{
	struct usyms *u = arg;

	while (queue_get(&u->placed, &u->batch[0])) {
		int n = 1;

		while (n < BATCH && queue_try_get(&u->placed, &u->batch[n]))
			n++;
		for (int i = 0; i < n; i++)
			for (int k = 0; k < u->batch[i].n; k++)
				ufiles_want(u->files, &u->batch[i].frames[k]);
		ufiles_look_up(u->files);
		for (int i = 0; i < n; i++) {
			answer_make(u, &u->batch[i]);
			queue_put_patiently(&u->answers, &u->answer, &u->placed);
		}
		queue_done(&u->placed);
	}
	return NULL;
}

/* The rest is in the caller's thread. */

struct usyms *usyms_new(const struct sysroot *root)
{
	struct usyms *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->files = ufiles_new();
	u->maps = u->files ? umaps_new(root, u->files) : NULL;
	if (!u->maps || htab_init(&u->known, MAX_STACKS) ||
	    queue_init(&u->requests, sizeof(struct request), MAX_REQUESTS) ||
	    queue_init(&u->placed, sizeof(struct placed), MAX_PLACED) ||
	    queue_init(&u->answers, sizeof(struct answer), MAX_ANSWERS))
		goto fail;
	u->reading = !thread_start(&u->reader, 0, reader_work, u);
	u->naming = !thread_start(&u->namer, 0, namer_work, u);
	if (!u->reading || !u->naming)
		goto fail;
	worker_idle(u->namer, true);
	return u;
fail:
	usyms_free(u);
	return NULL;
}

void usyms_free(struct usyms *u)
{
	if (!u)
		return;
	if (u->reading)
		queue_close(&u->requests);
	if (u->naming) {
		queue_close(&u->placed);
		queue_close(&u->answers);
		worker_idle(u->namer, false);
	}
	if ((u->reading && !worker_join(u->reader)) || (u->naming && !worker_join(u->namer)))
		return;
	queue_fini(&u->requests);
	queue_fini(&u->placed);
	queue_fini(&u->answers);
	htab_fini(&u->known);
	umaps_free(u->maps);
	ufiles_free(u->files);
	free(u);
}

static uint64_t key_of(uint32_t tgid, uint32_t id)
{
	return (uint64_t)tgid << 32 | id;
}

void usyms_want(struct usyms *u, const struct ev_task *task, uint32_t id, usyms_read_fn read,
		void *ctx)
{
	struct request r = {.task = *task, .id = id};
	uint64_t key = key_of(task->tgid, id);
	uint32_t slot;

	if (!id || htab_get(&u->known, task->start_ns, key, &slot))
		return;
	if (htab_put(&u->known, task->start_ns, key, 0)) {
		u->unresolved++;
		return;
	}
	r.n = read(ctx, id, r.addresses, USTACK_FRAMES);
	if (r.n <= 0) {
		u->unresolved++; /* what could not be read once will not be later */
		return;
	}
	if (!queue_put(&u->requests, &r)) {
		/* It is asked for again when it is next seen. */
		htab_del(&u->known, task->start_ns, key);
		u->unresolved++;
		return;
	}
	u->waiting++;
}

bool usyms_next(struct usyms *u, struct ustack_name *out)
{
	struct answer a;

	while (queue_try_get(&u->answers, &a)) {
		u->waiting--;
		u->unresolved += a.lost || !a.found;
		if (a.found) {
			*out = a.name;
			return true;
		}
		/* Should the process be there after all, its next fault tries again. */
		htab_del(&u->known, a.name.start_ns, key_of(a.name.tgid, a.name.id));
	}
	return false;
}

bool usyms_settle(struct usyms *u, int wait_ms)
{
	worker_idle(u->namer, false);
	return queue_settle(&u->requests, wait_ms) && queue_settle(&u->placed, wait_ms);
}

uint64_t usyms_waiting(const struct usyms *u)
{
	return u->waiting;
}

uint64_t usyms_unresolved(const struct usyms *u)
{
	return u->unresolved;
}
