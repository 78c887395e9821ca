// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See symbols.h.
 */
#include "symbols.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "htab.h"
#include "kallsyms.h"
#include "log.h"
#include "queue.h"
#include "thread.h"
#include "worker.h"

#define MAX_ADDRESSES 1024 /* that are ever asked for */
#define MAX_STACKS    4096
#define MAX_REQUESTS  512
#define MAX_ANSWERS   256
/* Of one pass over the table: */
#define BATCH	      256  /* requests */
#define BATCH_SYMBOLS 4096 /* addresses; stacks have most of theirs in common */

/* Passes take at most this part of the time, unless the run ends. */
#define REST_RATIO  9
#define REST_MAX_NS 1000000000ull

/* An address (n is 0), or a stack. */
struct request {
	uint64_t address;
	uint32_t stack;
	int n;
	uint64_t frames[KSTACK_FRAMES];
};

struct answer {
	bool found;
	struct symbol_name name;
};

/* What the thread works on. */
struct batch {
	struct request requests[BATCH];
	int n;
	struct ksym syms[BATCH_SYMBOLS]; /* in order of address, exact ones first */
	int nsyms;
	struct answer answer;
};

struct symbols {
	struct sysroot root; /* a copy: the thread may outlive its giver */
	struct htab addresses, stacks;
	struct queue requests, answers;
	struct batch batch;
	bool blind; /* there is no table, or it tells nothing: the thread's */
	atomic_bool hurry;
	pthread_t thread;
	bool started;
	uint64_t unresolved;
};

/* The thread. */

static uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void nap(void)
{
	const struct timespec pause = {.tv_nsec = 10000000};

	nanosleep(&pause, NULL);
}

/* Where in the batch it is or belongs. */
static int sym_place(const struct batch *b, uint64_t address, bool exact)
{
	int low = 0, high = b->nsyms;

	while (low < high) {
		int middle = low + (high - low) / 2;
		const struct ksym *k = &b->syms[middle];

		if (k->address < address || (k->address == address && k->exact && !exact))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool sym_at(const struct batch *b, int place, uint64_t address, bool exact)
{
	const struct ksym *k = &b->syms[place];

	return place < b->nsyms && k->address == address && k->exact == exact;
}

static void sym_add(struct batch *b, uint64_t address, bool exact)
{
	int place = sym_place(b, address, exact);

	if (sym_at(b, place, address, exact))
		return;
	memmove(&b->syms[place + 1], &b->syms[place], (b->nsyms - place) * sizeof(b->syms[0]));
	b->syms[place] = (struct ksym){.address = address, .exact = exact};
	b->nsyms++;
}

static const char *sym_name(const struct batch *b, uint64_t address, bool exact)
{
	int place = sym_place(b, address, exact);

	return sym_at(b, place, address, exact) ? b->syms[place].name : "";
}

/* It returns to behind the call, and a call that never returns may be the last of its function. */
static uint64_t call_site(uint64_t return_address)
{
	return return_address - 1;
}

/* The request that was just taken joins the batch. */
static void batch_add(struct batch *b)
{
	const struct request *r = &b->requests[b->n++];

	if (!r->n)
		sym_add(b, r->address, true);
	for (int i = 0; i < r->n; i++)
		sym_add(b, call_site(r->frames[i]), false);
}

static void batch_look_up(struct symbols *s)
{
	int err = s->blind ? 0 : kallsyms_resolve(&s->root, s->batch.syms, s->batch.nsyms);

	if (!err)
		return;
	if (err == -EACCES)
		log_warn_once("the kernel hides its addresses: shrinkers and kernel stacks have no "
			      "names; set sysctl kernel.kptr_restrict=1 and grant CAP_SYSLOG");
	else
		log_warn_once("/proc/kallsyms: %s: shrinkers and kernel stacks have no names",
			      strerror(-err));
	s->blind = err == -EACCES || err == -EOPNOTSUPP;
	for (int i = 0; i < s->batch.nsyms; i++)
		s->batch.syms[i].name[0] = '\0';
}

static void answer_make(const struct batch *b, const struct request *r, struct answer *a)
{
	const char *names[KSTACK_FRAMES];

	a->name.address = r->address;
	a->name.stack = r->stack;
	if (r->n) {
		for (int i = 0; i < r->n; i++)
			names[i] = sym_name(b, call_site(r->frames[i]), false);
		a->found = kstack_text(names, r->n, a->name.text, sizeof(a->name.text)) > 0;
	} else {
		strcpy(a->name.text, sym_name(b, r->address, true));
		a->found = a->name.text[0];
	}
}

static void batch_answer(struct symbols *s)
{
	struct batch *b = &s->batch;

	for (int i = 0; i < b->n; i++) {
		answer_make(b, &b->requests[i], &b->answer);
		queue_put_patiently(&s->answers, &b->answer, &s->requests);
	}
}

static void rest(struct symbols *s, uint64_t took_ns)
{
	uint64_t ns = took_ns * REST_RATIO, begin = monotonic_ns();

	if (ns > REST_MAX_NS)
		ns = REST_MAX_NS;
	while (monotonic_ns() - begin < ns && !s->hurry && !queue_closed(&s->requests))
		nap();
}

static void *work(void *arg)
{
	struct symbols *s = arg;
	struct batch *b = &s->batch;

	while (queue_get(&s->requests, &b->requests[0])) {
		uint64_t begin = monotonic_ns();

		b->n = b->nsyms = 0;
		do
			batch_add(b);
		while (b->n < BATCH && b->nsyms + KSTACK_FRAMES <= BATCH_SYMBOLS &&
		       queue_try_get(&s->requests, &b->requests[b->n]));
		s->hurry = false;
		batch_look_up(s);
		batch_answer(s);
		queue_done(&s->requests);
		rest(s, monotonic_ns() - begin);
	}
	return NULL;
}

/* The rest is in the caller's thread. */

struct symbols *symbols_new(const struct sysroot *root)
{
	struct symbols *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->root = *root;
	if (htab_init(&s->addresses, MAX_ADDRESSES) || htab_init(&s->stacks, MAX_STACKS) ||
	    queue_init(&s->requests, sizeof(struct request), MAX_REQUESTS) ||
	    queue_init(&s->answers, sizeof(struct answer), MAX_ANSWERS) ||
	    thread_start(&s->thread, WORKER_STACK, work, s)) {
		symbols_free(s);
		return NULL;
	}
	s->started = true;
	return s;
}

void symbols_give_way(struct symbols *s)
{
	worker_idle(s->thread, true);
}

static bool thread_end(struct symbols *s)
{
	queue_close(&s->requests);
	queue_close(&s->answers);
	return worker_join(s->thread);
}

void symbols_free(struct symbols *s)
{
	if (!s || (s->started && !thread_end(s)))
		return;
	queue_fini(&s->requests);
	queue_fini(&s->answers);
	htab_fini(&s->addresses);
	htab_fini(&s->stacks);
	free(s);
}

/* No room in the queue: it is asked for again when it is next seen. None in the table: never. */
static void ask(struct symbols *s, struct htab *known, uint64_t key, const struct request *r)
{
	if (htab_put(known, key, 0, 0)) {
		s->unresolved++;
	} else if (!queue_put(&s->requests, r)) {
		htab_del(known, key, 0);
		s->unresolved++;
	}
}

void symbols_want(struct symbols *s, uint64_t address)
{
	struct request r = {.address = address};
	uint32_t slot;

	if (address && !htab_get(&s->addresses, address, 0, &slot))
		ask(s, &s->addresses, address, &r);
}

void symbols_want_stack(struct symbols *s, uint32_t id, symbols_stack_fn read, void *ctx)
{
	struct request r = {.stack = id};
	uint32_t slot;

	if (!id || htab_get(&s->stacks, id, 0, &slot))
		return;
	r.n = read(ctx, id, r.frames, KSTACK_FRAMES);
	if (r.n > 0) {
		ask(s, &s->stacks, id, &r);
		return;
	}
	/* What could not be read once will not be later. */
	htab_put(&s->stacks, id, 0, 0);
	s->unresolved++;
}

bool symbols_next(struct symbols *s, struct symbol_name *out)
{
	struct answer a;

	while (queue_try_get(&s->answers, &a)) {
		if (a.found) {
			*out = a.name;
			return true;
		}
		s->unresolved++;
	}
	return false;
}

void symbols_hurry(struct symbols *s)
{
	s->hurry = true;
}

bool symbols_settle(struct symbols *s, int wait_ms)
{
	symbols_hurry(s);
	worker_idle(s->thread, false);
	return queue_settle(&s->requests, wait_ms);
}

uint64_t symbols_unresolved(const struct symbols *s)
{
	return s->unresolved;
}
