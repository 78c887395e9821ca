/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the hog share: its modes, and how each of them begins, fails and ends.
 *
 * Layer: tests.
 */
#ifndef MEMTRACE_HOG_H
#define MEMTRACE_HOG_H

#include <stddef.h>

#define MIB (1024UL * 1024)

/* Says what failed, with errno, and exits with 1. */
void __attribute__((noreturn)) fail(const char *what);
double now_s(void);
/* Exits with 2 when the text is no number. */
unsigned long number(const char *text);
/* The line that ends each mode; more: further members of it, each after a comma. */
void usage_print(const char *mode, const char *more);
/* Anonymous memory without huge pages. */
char *memory_map(size_t size);
/* Waits for a byte (or the end) of stdin. */
void stdin_await(void);

/* hog_stall.c: stalls of a known cause. Arguments are those after the mode's name. */
int run_many(char **arg);
int run_write(char **arg);
int run_dirty(char **arg);
int run_misses(char **arg);
int run_spin(char **arg);
int run_split(char **arg);
int run_churn(char **arg);
int run_grow(char **arg);

/* hog_fault.c: faults that are known one by one. */
int run_lives(char **arg);
int run_touch(char **arg);
int run_inside(char **arg);
int run_storm(char **arg);
int run_drip(char **arg);

/* hog_calls.c: faults in functions of known names. */
int run_calls(char **arg);

/* hog_oom.c: memory taken in other threads and processes than the first. */
int run_filler(char **arg);
int run_orphan(char **arg);
int run_bomb(char **arg);
int run_shared(char **arg);
int run_bound(char **arg);

#endif
