/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Manners of threads that look names up beside the traced work: they give way to it, and at the end
 * are not waited for without limit.
 *
 * Layer: source. Used by lookup.c, symbols.c, usyms.c.
 */
#ifndef MEMTRACE_WORKER_H
#define MEMTRACE_WORKER_H

#include <pthread.h>
#include <stdbool.h>

/* Bytes for thread_start(): a stack of the system's default size is too much to lock. */
#define WORKER_STACK (256 << 10)

/*
 * The thread gets what the traced tasks leave of the CPUs (SCHED_IDLE), or its share again. Without
 * the right to come back it stays idle.
 */
void worker_idle(pthread_t thread, bool idle);

/*
 * Joins a thread that has been told to end: false when it did not within a second. It may be stuck
 * in another process's memory shortage: then it is left to the end of this process, and with it all
 * that it uses must be.
 */
bool worker_join(pthread_t thread);

#endif
