/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The code that a process has mapped: executable lines of /proc/PID/maps, and the files behind.
 *
 * Layer: sys, above sysfile.h. Allocates. What process.h says of maps holds here, too: not for a
 * thread that drains a ring buffer.
 */
#ifndef MEMTRACE_MAPS_H
#define MEMTRACE_MAPS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include "sysroot.h"

struct code_map {
	uint64_t begin, end, offset; /* offset: where in the file begin is */
	uint64_t ino;		     /* 0 = no file */
	uint32_t dev_major, dev_minor;
	char *path; /* as the kernel shows it: "/lib/x.so (deleted)", "[vdso]", "" */
};

struct code_maps {
	struct code_map *list; /* in order of address */
	int n;
};

/* Returns 0 or -errno: -ENOENT the process has gone, -EFBIG it has more than anyone should. */
int code_maps_read(const struct sysroot *root, uint32_t pid, struct code_maps *out);
void code_maps_free(struct code_maps *maps);
/* The mapping that holds the address, NULL if none does. */
const struct code_map *code_maps_find(const struct code_maps *maps, uint64_t address);

/* The last component of its path without " (deleted)". Returns its length, at most cap - 1. */
size_t code_map_base(const struct code_map *map, char *buf, size_t cap);

/*
 * Opens the very file that is mapped there, also when it was deleted or lies in another mount
 * namespace; *st is what it is now. Returns a descriptor or -errno: -ESTALE when what is found
 * there is another file.
 */
int code_map_open(const struct sysroot *root, uint32_t pid, const struct code_map *map,
		  struct stat *st);

#endif
