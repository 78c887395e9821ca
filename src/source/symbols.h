/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for kernel addresses and kernel stacks, each asked for once.
 *
 * Layer: source. Used by names.c. Reading the kernel's table of symbols takes long and can wait
 * on the very memory shortage that is being traced: a thread of its own does it, for all that was
 * asked for meanwhile at once. Nothing is allocated after symbols_new().
 */
#ifndef MEMTRACE_SYMBOLS_H
#define MEMTRACE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>
#include "kstack.h"
#include "sysroot.h"

struct symbols;

/* A name that was found. */
struct symbol_name {
	uint64_t address; /* of what; 0 = of a stack */
	uint32_t stack;
	char text[KSTACK_CAP]; /* a symbol, or the stack's, innermost first */
};

/* Addresses of a stack's functions, innermost first, at most max. Their number or -errno. */
typedef int (*symbols_stack_fn)(void *ctx, uint32_t id, uint64_t *addresses, int max);

/* NULL: out of memory or of threads. */
struct symbols *symbols_new(const struct sysroot *root);
/*
 * A pass over the table is long: from here on the thread gets what the traced tasks leave of the
 * CPUs, until symbols_settle().
 */
void symbols_give_way(struct symbols *s);
/* May leave the thread behind, with all that it uses, when that is stuck. */
void symbols_free(struct symbols *s);

/* A function that begins there; 0 and what was asked for already are passed over. */
void symbols_want(struct symbols *s, uint64_t address);
/* Reads the stack now, unless it was asked for already, for it may not be kept for long. */
void symbols_want_stack(struct symbols *s, uint32_t id, symbols_stack_fn read, void *ctx);

/* The next name found since; false when there is none. */
bool symbols_next(struct symbols *s, struct symbol_name *out);
/* What was asked for is looked up at once, without a rest first. */
void symbols_hurry(struct symbols *s);
/* Waits at most wait_ms until all names asked for have been looked up. Have they? */
bool symbols_settle(struct symbols *s, int wait_ms);
/* How many functions and stacks could not be found. */
uint64_t symbols_unresolved(const struct symbols *s);

#endif
