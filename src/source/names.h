/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for the ids in events: cgroup paths, command lines, paths of mapped files, kernel symbols
 * and stacks, user stacks.
 *
 * Layer: source. Used by the live source only. Each name is looked up once, at first sight, so
 * that it outlives what it names. Cgroups at once, since filters need them; command lines and
 * file paths by a thread of its own, for reading /proc/PID can wait on the very memory shortage
 * that is being traced; what is in the kernel by another (symbols.h), user stacks by two more
 * (usyms.h). But for the latter nothing is allocated after names_new().
 */
#ifndef MEMTRACE_NAMES_H
#define MEMTRACE_NAMES_H

#include <stdint.h>
#include "cgroup.h"
#include "event.h"
#include "symbols.h"
#include "sysroot.h"
#include "usyms.h"

struct names;

/*
 * fn gets CGROUP, PROCESS, FILE, SYMBOL, STACK and USTACK events, in the thread that calls the
 * functions below.
 */
struct names *names_new(const struct sysroot *root, const struct cgroups *cg,
			void (*fn)(void *ctx, const struct ev_hdr *ev), void *ctx);
void names_free(struct names *n);

/* Nobody wants to know the files behind major faults, whose table a long run would fill. */
void names_without_files(struct names *n);

/* Kernel symbols can wait: what looks them up is to give way to all else that wants a CPU. */
void names_give_way(struct names *n);

/* Kernel stacks have names too, and are read by this in the caller's thread. */
void names_stacks(struct names *n, symbols_stack_fn read, void *ctx);

/* The same of user stacks. Returns 0 or -ENOMEM. */
int names_ustacks(struct names *n, usyms_read_fn read, void *ctx);

/* No command line of this process yet: it is about to become PROGRAM by exec(2). 0 = nobody. */
void names_hold(struct names *n, uint32_t tgid);

/* Takes note of what this event refers to. Call before the event is handed on. */
void names_note(struct names *n, const struct ev_hdr *ev);
/* Hands out names found since. */
void names_drain(struct names *n);
/*
 * The same, after giving the threads up to wait_ms for what is still open, and symbols_ms for
 * symbols and stacks: these are found all at once, and only after a whole table has been read. User
 * stacks, where they are asked for, have five times that.
 */
void names_finish(struct names *n, int wait_ms, int symbols_ms);
/* Names that could not be found: cgroups or files gone, symbols hidden, queue full. */
uint64_t names_unresolved(const struct names *n);

#endif
