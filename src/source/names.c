// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See names.h.
 */
#include "names.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "htab.h"
#include "process.h"
#include "queue.h"
#include "symbols.h"
#include "worker.h"

#define MAX_CGROUPS   3072 /* less than the model keeps: see note_cgroup() */
#define MAX_PROCESSES 32768
#define MAX_FILES     8192
#define MAX_REQUESTS  1024
#define MAX_ANSWERS   256
#define MAX_TEXT      4096
#define MAX_EMIT      USTACK_TEXT /* the longest text there is */

/* Of a file: no other process has faulted on it since it was asked for; its path is known. */
#define ASKED 0
#define KNOWN UINT32_MAX

/* What the thread is asked for: the command line of a process, or (ino != 0) a mapped file. */
struct request {
	uint64_t start_ns, address, ino;
	uint32_t tgid, dev_major, dev_minor;
	char name[EV_NAME_LEN + 1]; /* last component of the file's path; "" = unknown */
};

/* One name, or that it could not be found. */
struct answer {
	struct request of;
	uint64_t time_ns;
	bool found;
	char text[MAX_TEXT];
};

/* A process whose command line has been asked for. */
struct known {
	uint64_t start_ns;
	uint32_t tgid, hash;
};

struct names {
	struct sysroot root; /* a copy: the worker may outlive its giver */
	const struct cgroups *cg;
	void (*fn)(void *ctx, const struct ev_hdr *ev);
	void *ctx;
	struct htab cgroups;   /* id: known, or known to be lost */
	struct htab processes; /* (tgid, start): slot is a hash of the comm it had */
	/* In front of it: a snapshot comes by PID, and this lies by PID in memory. */
	struct known known[MAX_PROCESSES];
	struct htab files; /* (dev, ino): asked for, or known; slot: who else to ask, a PID */
	struct queue requests, answers;
	struct symbols *symbols;
	symbols_stack_fn stack_read; /* NULL = stacks are not asked for */
	void *stack_ctx;
	struct usyms *usyms; /* NULL = user stacks are not asked for */
	usyms_read_fn ustack_read;
	void *ustack_ctx;
	pthread_t thread;
	bool started, no_files;
	uint64_t unresolved;
	uint64_t last_cgroup; /* that was looked for */
	uint32_t held;	      /* process whose command line is not asked for */
};

/* Sends an event whose text is len bytes at text. */
static void emit(struct names *n, void *ev, size_t fixed, const char *text, size_t len)
{
	struct {
		_Alignas(8) char bytes[sizeof(struct ev_process) + MAX_EMIT + 8];
	} out;
	struct ev_hdr *hdr = (void *)out.bytes;

	if (len > MAX_EMIT - 1)
		len = MAX_EMIT - 1;
	memcpy(out.bytes, ev, fixed);
	memcpy(out.bytes + fixed, text, len);
	hdr->size = (fixed + len + 1 + 7) & ~7u;
	memset(out.bytes + fixed + len, 0, hdr->size - fixed - len);
	n->fn(n->ctx, hdr);
}

/* The worker: everything that may wait for another process's memory is done here. */

/* Is it still the process it was? /proc rounds the start down to a clock tick of 10 ms. */
static bool same_process(const struct sysroot *root, const struct request *r)
{
	uint64_t start;

	if (!r->start_ns)
		return true;
	return !process_start(root, r->tgid, &start) && start <= r->start_ns &&
	       r->start_ns - start < 20000000;
}

static void look_up(const struct sysroot *root, struct answer *a)
{
	const struct request *r = &a->of;
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
	struct names *n = arg;
	struct answer a;

	while (queue_get(&n->requests, &a.of)) {
		look_up(&n->root, &a);
		queue_put_patiently(&n->answers, &a, &n->requests);
		queue_done(&n->requests);
	}
	return NULL;
}

/* The rest is in the caller's thread. */

struct names *names_new(const struct sysroot *root, const struct cgroups *cg,
			void (*fn)(void *ctx, const struct ev_hdr *ev), void *ctx)
{
	struct names *n = calloc(1, sizeof(*n));
	sigset_t all, before;

	if (!n)
		return NULL;
	n->root = *root;
	n->cg = cg;
	n->fn = fn;
	n->ctx = ctx;
	/* Signals are the main thread's business: one taken by the worker would end the program. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	n->symbols = symbols_new(root);
	if (!n->symbols || htab_init(&n->cgroups, MAX_CGROUPS) ||
	    htab_init(&n->processes, MAX_PROCESSES) || htab_init(&n->files, MAX_FILES) ||
	    queue_init(&n->requests, sizeof(struct request), MAX_REQUESTS) ||
	    queue_init(&n->answers, sizeof(struct answer), MAX_ANSWERS) ||
	    worker_start(&n->thread, work, n)) {
		names_free(n);
		n = NULL;
	} else {
		n->started = true;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

static bool names_end(struct names *n)
{
	queue_close(&n->requests);
	queue_close(&n->answers);
	return worker_join(n->thread);
}

void names_free(struct names *n)
{
	if (!n)
		return;
	symbols_free(n->symbols);
	n->symbols = NULL;
	usyms_free(n->usyms);
	n->usyms = NULL;
	if (n->started && !names_end(n))
		return;
	queue_fini(&n->requests);
	queue_fini(&n->answers);
	htab_fini(&n->cgroups);
	htab_fini(&n->processes);
	htab_fini(&n->files);
	free(n);
}

/*
 * When so many have been told of that the model may want to forget some, we forget them all: those
 * that are still there are told of again, which says which ones have gone.
 */
static void note_cgroup(struct names *n, uint64_t id)
{
	struct ev_cgroup ev = {.hdr = {.kind = EV_CGROUP}, .id = id};
	char path[MAX_TEXT];
	uint32_t slot;

	if (!id || id == n->last_cgroup)
		return;
	n->last_cgroup = id;
	if (htab_get(&n->cgroups, id, 0, &slot))
		return;
	if (htab_count(&n->cgroups) >= MAX_CGROUPS)
		htab_clear(&n->cgroups);
	htab_put(&n->cgroups, id, 0, 0);
	if (cgroup_path(n->cg, id, path, sizeof(path))) {
		n->unresolved++;
		return;
	}
	ev.hdr.time_ns = boottime_ns();
	emit(n, &ev, sizeof(ev), path, strlen(path));
}

/* A process that calls exec(2) keeps its identity but gets another comm and command line. */
static uint32_t comm_hash(const char comm[EV_COMM_LEN])
{
	uint32_t h = 2166136261u;

	for (int i = 0; i < EV_COMM_LEN && comm[i]; i++)
		h = (h ^ (unsigned char)comm[i]) * 16777619u;
	return h;
}

/* leader: t->comm is the process's, not just a thread's. */
static void note_process(struct names *n, const struct ev_task *t, bool leader)
{
	struct request r = {.start_ns = t->start_ns, .tgid = t->tgid};
	struct known *known = &n->known[t->tgid % MAX_PROCESSES];
	uint32_t hash = comm_hash(t->comm), had;

	if (known->tgid == t->tgid && known->start_ns == t->start_ns && known->hash == hash)
		return;
	if (t->flags & EV_TASK_KTHREAD || !t->tgid || t->tgid == n->held)
		return;
	if (!htab_get(&n->processes, t->tgid, t->start_ns, &had) || (had != hash && leader)) {
		/* No room now: it is asked for again when it is next seen. */
		if (!queue_put(&n->requests, &r))
			return;
		htab_put(&n->processes, t->tgid, t->start_ns, hash);
	}
	if (leader)
		*known = (struct known){t->start_ns, t->tgid, hash};
}

static uint64_t file_key(uint32_t major, uint32_t minor)
{
	return (uint64_t)major << 32 | minor;
}

/* While one process is asked, another one that faults on the file is kept in mind: the first may
 * have gone. */
static void note_file(struct names *n, const struct ev_fault *ev)
{
	struct request r = {.start_ns = ev->task.start_ns,
			    .address = ev->address,
			    .ino = ev->ino,
			    .tgid = ev->task.tgid,
			    .dev_major = ev->dev_major,
			    .dev_minor = ev->dev_minor};
	uint64_t key = file_key(r.dev_major, r.dev_minor);
	uint32_t other;

	if (n->no_files || !ev->ino || ev->class == FAULT_SWAP)
		return;
	if (htab_get(&n->files, key, r.ino, &other)) {
		if (other == ASKED)
			htab_put(&n->files, key, r.ino, r.tgid);
		return;
	}
	memcpy(r.name, ev->name, EV_NAME_LEN);
	if (htab_count(&n->files) < MAX_FILES && queue_put(&n->requests, &r))
		htab_put(&n->files, key, r.ino, ASKED);
	else
		n->unresolved++;
}

/* The process that was asked has gone. Who else faulted on the file? By its inode alone: whoever
 * has that number now, what it maps under this inode is this file. */
static bool ask_other(struct names *n, const struct request *failed)
{
	uint64_t key = file_key(failed->dev_major, failed->dev_minor);
	struct request r = *failed;
	uint32_t other;

	if (!htab_get(&n->files, key, r.ino, &other) || other == ASKED || other == KNOWN ||
	    other == failed->tgid)
		return false;
	r.tgid = other;
	r.start_ns = r.address = 0;
	r.name[0] = '\0';
	return queue_put(&n->requests, &r) && !htab_put(&n->files, key, r.ino, ASKED);
}

static void note_stack(struct names *n, uint32_t id)
{
	if (n->stack_read)
		symbols_want_stack(n->symbols, id, n->stack_read, n->stack_ctx);
}

static void note_ustack(struct names *n, const struct ev_task *t, uint32_t id)
{
	if (n->usyms)
		usyms_want(n->usyms, t, id, n->ustack_read, n->ustack_ctx);
}

static void note_shrinkers(struct names *n, const struct ev_stall *ev)
{
	for (int i = 0; i < EV_SHRINKERS; i++) {
		symbols_want(n->symbols, ev->shrinker[i].callback);
	}
}

void names_without_files(struct names *n)
{
	n->no_files = true;
}

void names_give_way(struct names *n)
{
	symbols_give_way(n->symbols);
}

void names_stacks(struct names *n, symbols_stack_fn read, void *ctx)
{
	n->stack_read = read;
	n->stack_ctx = ctx;
}

int names_ustacks(struct names *n, usyms_read_fn read, void *ctx)
{
	sigset_t all, before;

	n->ustack_read = read;
	n->ustack_ctx = ctx;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	n->usyms = usyms_new(&n->root);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n->usyms ? 0 : -ENOMEM;
}

void names_hold(struct names *n, uint32_t tgid)
{
	n->held = tgid;
}

static void note_task(struct names *n, const struct ev_task *t)
{
	note_cgroup(n, t->cgroup);
	note_process(n, t, t->tid == t->tgid);
}

void names_note(struct names *n, const struct ev_hdr *ev)
{
	switch (ev->kind) {
	case EV_STALL: {
		const struct ev_stall *stall = (const void *)ev;

		note_task(n, &stall->task);
		note_cgroup(n, stall->target_cgroup);
		note_shrinkers(n, stall);
		note_stack(n, stall->stack);
		break;
	}
	case EV_SLEEP: {
		const struct ev_sleep *slept = (const void *)ev;

		note_task(n, &slept->task);
		note_stack(n, slept->stack);
		break;
	}
	case EV_FAULT: {
		const struct ev_fault *fault = (const void *)ev;

		note_task(n, &fault->task);
		note_file(n, fault);
		note_ustack(n, &fault->task, fault->ustack);
		break;
	}
	case EV_SAMPLE: {
		const struct ev_sample *sample = (const void *)ev;

		note_task(n, &sample->task);
		note_ustack(n, &sample->task, sample->ustack);
		break;
	}
	case EV_OOM_KILL: {
		const struct ev_oom_kill *kill = (const void *)ev;

		note_cgroup(n, kill->task.cgroup);
		note_cgroup(n, kill->victim.cgroup);
		note_cgroup(n, kill->memcg);
		note_stack(n, kill->stack);
		symbols_hurry(n->symbols);
		break;
	}
	case EV_TASK: {
		const struct ev_task_row *row = (const void *)ev;

		if (!row->leader || row->state == 'Z' || row->state == 'X')
			break;
		note_cgroup(n, row->task.cgroup);
		note_process(n, &row->task, true);
		break;
	}
	case EV_EXIT: {
		const struct ev_exit *end = (const void *)ev;

		note_cgroup(n, end->task.cgroup);
		if (end->group_dead)
			htab_del(&n->processes, end->task.tgid, end->task.start_ns);
		break;
	}
	case EV_CGSTAT:
		note_cgroup(n, ((const struct ev_cgstat *)ev)->cgroup);
		break;
	case EV_CGMEM:
		note_cgroup(n, ((const struct ev_cgmem *)ev)->cgroup);
		break;
	case EV_SWAP_OWNER:
		note_cgroup(n, ((const struct ev_swap_owner *)ev)->cgroup);
		break;
	case EV_SWAPOUT:
		note_cgroup(n, ((const struct ev_swapout *)ev)->task.cgroup);
		break;
	}
}

static void hand_out(struct names *n, const struct answer *a)
{
	const struct request *r = &a->of;
	size_t len = strlen(a->text);

	if (a->found && !r->ino) {
		struct ev_process ev = {.hdr = {.kind = EV_PROCESS, .time_ns = a->time_ns},
					.start_ns = r->start_ns,
					.tgid = r->tgid};

		emit(n, &ev, sizeof(ev), a->text, len);
	} else if (a->found) {
		struct ev_file ev = {.hdr = {.kind = EV_FILE, .time_ns = a->time_ns},
				     .ino = r->ino,
				     .dev_major = r->dev_major,
				     .dev_minor = r->dev_minor};

		htab_put(&n->files, file_key(r->dev_major, r->dev_minor), r->ino, KNOWN);
		emit(n, &ev, sizeof(ev), a->text, len);
	} else if (r->ino && !ask_other(n, r)) {
		/* The next process that faults on this file is asked. */
		htab_del(&n->files, file_key(r->dev_major, r->dev_minor), r->ino);
		n->unresolved++;
	}
}

static void hand_out_symbol(struct names *n, const struct symbol_name *name)
{
	size_t len = strlen(name->text);

	if (name->address) {
		struct ev_symbol ev = {.hdr = {.kind = EV_SYMBOL, .time_ns = boottime_ns()},
				       .address = name->address};

		emit(n, &ev, sizeof(ev), name->text, len);
	} else {
		struct ev_stack ev = {.hdr = {.kind = EV_STACK, .time_ns = boottime_ns()},
				      .id = name->stack};

		emit(n, &ev, sizeof(ev), name->text, len);
	}
}

static void hand_out_ustacks(struct names *n)
{
	struct ustack_name name;

	while (usyms_next(n->usyms, &name)) {
		struct ev_ustack ev = {.hdr = {.kind = EV_USTACK, .time_ns = boottime_ns()},
				       .start_ns = name.start_ns,
				       .tgid = name.tgid,
				       .id = name.id};

		emit(n, &ev, sizeof(ev), name.text, strlen(name.text));
	}
}

/* Did an answer come? */
static bool drain(struct names *n)
{
	struct symbol_name symbol;
	struct answer a;
	bool came = false;

	for (; queue_try_get(&n->answers, &a); came = true)
		hand_out(n, &a);
	while (symbols_next(n->symbols, &symbol))
		hand_out_symbol(n, &symbol);
	if (n->usyms)
		hand_out_ustacks(n);
	return came;
}

void names_drain(struct names *n)
{
	drain(n);
}

/* Symbols of many programs take longer than those of the kernel, and -U is asked for the names. */
#define USTACKS_PATIENCE 5

void names_finish(struct names *n, int wait_ms, int symbols_ms)
{
	uint64_t begin = boottime_ns(), waited = 0;
	bool open = true;

	while (open) {
		open = waited < wait_ms * 1000000ull && !queue_settle(&n->requests, 10);
		if (waited < symbols_ms * 1000000ull)
			open |= !symbols_settle(n->symbols, 10);
		if (n->usyms && waited < USTACKS_PATIENCE * symbols_ms * 1000000ull)
			open |= !usyms_settle(n->usyms, 10);
		open |= drain(n); /* which may have asked again */
		waited = boottime_ns() - begin;
	}
	if (n->usyms) /* for these it was waited in vain */
		n->unresolved += usyms_waiting(n->usyms);
}

uint64_t names_unresolved(const struct names *n)
{
	return n->unresolved + symbols_unresolved(n->symbols) +
	       (n->usyms ? usyms_unresolved(n->usyms) : 0);
}
