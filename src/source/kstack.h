/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel stack in words.
 *
 * Layer: source. Used by symbols.c.
 */
#ifndef MEMTRACE_KSTACK_H
#define MEMTRACE_KSTACK_H

#include <stddef.h>

#define KSTACK_FRAMES 127 /* as many as the kernel takes unless told (PERF_MAX_STACK_DEPTH) */
#define KSTACK_CAP    2048

/*
 * Joins the names of n functions, innermost first, with ";": "" is shown as "?". Those at the
 * inner end by which the kernel came to take the stack are left out; outer ones that exceed cap
 * bytes (at least 8) become "...". Returns how many functions are shown by their name.
 */
int kstack_text(const char *const *names, int n, char *buf, size_t cap);

#endif
