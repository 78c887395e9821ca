// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See names.h.
 */
#include "names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "htab.h"
#include "lookup.h"
#include "symbols.h"

#define MAX_CGROUP_REFS 4    /* an OOM kill has three */
#define MAX_CGROUPS	3072 /* less than the model keeps: see note_cgroup() */
#define MAX_PROCESSES	32768
#define MAX_FILES	8192
#define MAX_EMIT	USTACK_TEXT /* the longest text there is */

/* Of a file: no other process has faulted on it since it was asked for; its path is known. */
#define ASKED 0
#define KNOWN UINT32_MAX

/* A process whose command line has been asked for. */
struct known {
	uint64_t start_ns;
	uint32_t tgid, hash;
};

/* Where events of a kind have cgroups. */
struct cgroup_refs {
	const struct field *field[MAX_CGROUP_REFS];
	int n;
};

struct names {
	struct sysroot root;
	const struct cgroups *cg;
	void (*fn)(void *ctx, const struct ev_hdr *ev);
	void *ctx;
	struct cgroup_refs refs[EV_KINDS];
	struct htab cgroups;   /* id: known, or known to be lost */
	struct htab processes; /* (tgid, start): slot is a hash of the comm it had */
	/* In front of it: a snapshot comes by PID, and this lies by PID in memory. */
	struct known known[MAX_PROCESSES];
	struct htab files; /* (dev, ino): asked for, or known; slot: who else to ask, a PID */
	struct lookups *lookups;
	struct symbols *symbols;
	symbols_stack_fn stack_read; /* NULL = stacks are not asked for */
	void *stack_ctx;
	struct usyms *usyms; /* NULL = user stacks are not asked for */
	usyms_read_fn ustack_read;
	void *ustack_ctx;
	bool no_files;
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

static void refs_find(struct names *n)
{
	for (int i = 0; i < event_ndescs; i++) {
		const struct event_desc *d = event_descs[i];
		struct cgroup_refs *refs = &n->refs[d->kind];

		for (int f = 0; f < d->nfields && refs->n < MAX_CGROUP_REFS; f++) {
			if (d->fields[f].unit == FU_CGROUP)
				refs->field[refs->n++] = &d->fields[f];
		}
	}
}

struct names *names_new(const struct sysroot *root, const struct cgroups *cg,
			void (*fn)(void *ctx, const struct ev_hdr *ev), void *ctx)
{
	struct names *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->root = *root;
	n->cg = cg;
	refs_find(n);
	n->fn = fn;
	n->ctx = ctx;
	n->symbols = symbols_new(root);
	n->lookups = lookups_new(root);
	if (!n->symbols || !n->lookups || htab_init(&n->cgroups, MAX_CGROUPS) ||
	    htab_init(&n->processes, MAX_PROCESSES) || htab_init(&n->files, MAX_FILES)) {
		names_free(n);
		return NULL;
	}
	return n;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	symbols_free(n->symbols);
	usyms_free(n->usyms);
	lookups_free(n->lookups);
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
	char path[LOOKUP_TEXT];
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
	struct lookup r = {.start_ns = t->start_ns, .tgid = t->tgid};
	struct known *known = &n->known[t->tgid % MAX_PROCESSES];
	uint32_t hash = comm_hash(t->comm), had;

	if (known->tgid == t->tgid && known->start_ns == t->start_ns && known->hash == hash)
		return;
	if (t->flags & EV_TASK_KTHREAD || !t->tgid || t->tgid == n->held)
		return;
	if (!htab_get(&n->processes, t->tgid, t->start_ns, &had) || (had != hash && leader)) {
		/* No room now: it is asked for again when it is next seen. */
		if (!lookups_ask(n->lookups, &r))
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
	struct lookup r = {.start_ns = ev->task.start_ns,
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
	if (htab_count(&n->files) < MAX_FILES && lookups_ask(n->lookups, &r))
		htab_put(&n->files, key, r.ino, ASKED);
	else
		n->unresolved++;
}

/* The process that was asked has gone. Who else faulted on the file? By its inode alone: whoever
 * has that number now, what it maps under this inode is this file. */
static bool ask_other(struct names *n, const struct lookup *failed)
{
	uint64_t key = file_key(failed->dev_major, failed->dev_minor);
	struct lookup r = *failed;
	uint32_t other;

	if (!htab_get(&n->files, key, r.ino, &other) || other == ASKED || other == KNOWN ||
	    other == failed->tgid)
		return false;
	r.tgid = other;
	r.start_ns = r.address = 0;
	r.name[0] = '\0';
	return lookups_ask(n->lookups, &r) && !htab_put(&n->files, key, r.ino, ASKED);
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
	n->ustack_read = read;
	n->ustack_ctx = ctx;
	n->usyms = usyms_new(&n->root);
	return n->usyms ? 0 : -ENOMEM;
}

void names_hold(struct names *n, uint32_t tgid)
{
	n->held = tgid;
}

/* Rows of threads come by the thousand, and name nothing that their process's does not; and of one
 * that has ended there is nothing left to ask. */
static bool names_nothing(const struct ev_hdr *ev)
{
	const struct ev_task_row *row = (const void *)ev;

	return ev->kind == EV_TASK && (!row->leader || row->state == 'Z' || row->state == 'X');
}

/* Whatever part in the event they have. */
static void note_cgroups(struct names *n, const struct ev_hdr *ev)
{
	const struct cgroup_refs *refs = &n->refs[ev->kind];

	for (int i = 0; i < refs->n; i++)
		note_cgroup(n, field_u64(refs->field[i], ev));
}

/* Whose event it is: a thread, which may have another name than its process. */
static void note_thread(struct names *n, const struct ev_task *t)
{
	note_process(n, t, t->tid == t->tgid);
}

static void note_stall(struct names *n, const struct ev_stall *ev)
{
	note_thread(n, &ev->task);
	note_shrinkers(n, ev);
	note_stack(n, ev->stack);
}

static void note_fault(struct names *n, const struct ev_fault *ev)
{
	note_thread(n, &ev->task);
	note_file(n, ev);
	note_ustack(n, &ev->task, ev->ustack);
}

static void note_exit(struct names *n, const struct ev_exit *ev)
{
	if (ev->group_dead)
		htab_del(&n->processes, ev->task.tgid, ev->task.start_ns);
}

/* All but cgroups. */
static void note_others(struct names *n, const struct ev_hdr *hdr)
{
	union {
		const struct ev_hdr *hdr;
		const struct ev_stall *stall;
		const struct ev_sleep *sleep;
		const struct ev_fault *fault;
		const struct ev_sample *sample;
		const struct ev_oom_kill *kill;
		const struct ev_task_row *row;
		const struct ev_exit *exit;
	} ev = {hdr};

	switch (hdr->kind) {
	case EV_STALL:
		note_stall(n, ev.stall);
		break;
	case EV_SLEEP:
		note_thread(n, &ev.sleep->task);
		note_stack(n, ev.sleep->stack);
		break;
	case EV_FAULT:
		note_fault(n, ev.fault);
		break;
	case EV_SAMPLE:
		note_thread(n, &ev.sample->task);
		note_ustack(n, &ev.sample->task, ev.sample->ustack);
		break;
	case EV_OOM_KILL:
		note_stack(n, ev.kill->stack);
		symbols_hurry(n->symbols);
		break;
	case EV_TASK:
		note_process(n, &ev.row->task, true);
		break;
	case EV_EXIT:
		note_exit(n, ev.exit);
		break;
	}
}

void names_note(struct names *n, const struct ev_hdr *ev)
{
	if (names_nothing(ev))
		return;
	note_cgroups(n, ev);
	note_others(n, ev);
}

static void hand_out(struct names *n, const struct lookup_answer *a)
{
	const struct lookup *r = &a->of;
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
	struct lookup_answer a;
	bool came = false;

	for (; lookups_next(n->lookups, &a); came = true)
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
		open = waited < wait_ms * 1000000ull && !lookups_settle(n->lookups, 10);
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
