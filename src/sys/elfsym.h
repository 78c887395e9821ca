/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of functions in an ELF file, by libdw where memtrace is built with it.
 *
 * Layer: sys, the only user of libdw. Symbols come from the file itself (.symtab, .dynsym,
 * .gnu_debugdata) or from separate debug information found by its build id below /usr/lib/debug;
 * nothing is fetched from a server. Allocates. For one thread only.
 */
#ifndef MEMTRACE_ELFSYM_H
#define MEMTRACE_ELFSYM_H

#include <stdbool.h>
#include <stdint.h>

#define ELFSYM_NAME 256

struct elfsym {
	uint64_t offset;	/* in the file: of an instruction */
	char name[ELFSYM_NAME]; /* the function that holds it, as linkers know it; "" = none does */
};

/* Is there anything that could tell names? */
bool elfsym_available(void);

/*
 * Fills in the names of n offsets of the file at fd, which it closes. Only a symbol that has a size
 * and holds the instruction counts. Returns 0 or -errno, and then there is no name: -ENOTSUP
 * without libdw, -ENOEXEC of what is no ELF file.
 */
int elfsym_resolve(int fd, struct elfsym *syms, int n);

#endif
