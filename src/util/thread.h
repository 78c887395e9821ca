/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that help the one which main() runs in.
 *
 * Layer: util.
 */
#ifndef MEMTRACE_THREAD_H
#define MEMTRACE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/*
 * Starts a thread that gets no signals: they are for main()'s, and one that came here would end the
 * program, or be lost. stack_bytes: of its stack, 0 = as the system has it. Returns 0 or a positive
 * errno, as pthread_create().
 */
int thread_start(pthread_t *thread, size_t stack_bytes, void *(*fn)(void *), void *arg);

#endif
