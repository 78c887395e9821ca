// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for dlopen() in a static program (see LINK_FLAGS in the Makefile). As it starts, libdw
 * looks for libdebuginfod, which is never asked here, and SQLite can load extensions, which nobody
 * does; a static program that loads a shared library brings in the host's own libc, of whatever
 * version: it must not find any.
 *
 * Layer: sys.
 */
#include <stddef.h>

#ifdef MEMTRACE_STATIC
void *__wrap_dlopen(const char *file, int mode);

void *__wrap_dlopen(const char *file, int mode)
{
	(void)file;
	(void)mode;
	return NULL;
}
#endif
