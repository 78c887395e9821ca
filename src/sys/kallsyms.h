/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's functions: /proc/kallsyms, which is long (a pass takes tens of milliseconds) and not
 * sorted by address, modules least of all. Allocates nothing and keeps nothing between calls.
 *
 * Layer: sys, above sysfile.h. Called by the live source.
 */
#ifndef MEMTRACE_KALLSYMS_H
#define MEMTRACE_KALLSYMS_H

#include <stdbool.h>
#include <stdint.h>
#include "sysroot.h"

#define KSYM_NAME_CAP 128 /* longer names are cut */

/* An address and the function that goes with it. */
struct ksym {
	uint64_t address;	  /* the one in question */
	bool exact;		  /* the function that begins there; else the one it is in */
	uint64_t begin;		  /* where the function begins; only with a name */
	char name[KSYM_NAME_CAP]; /* without its module; "" = there is none */
};

/*
 * Can addresses be given names? Reads no more than the table's beginning. Returns 0, -EACCES when
 * the kernel hides addresses from us (kernel.kptr_restrict), -EOPNOTSUPP when it has no table of
 * symbols, or another -errno.
 */
int kallsyms_check(const struct sysroot *root);

/*
 * Fills in begin and name of n symbols, which are in ascending order of their address, in one
 * pass. Of several names for one address it is the first, the one that the kernel prefers. The
 * table does not tell where functions end: an address KSYM_REACH or more behind the last symbol is
 * in none. Returns as above; after an error no name is of use.
 */
#define KSYM_REACH (256u << 10)
int kallsyms_resolve(const struct sysroot *root, struct ksym *syms, int n);

#endif
