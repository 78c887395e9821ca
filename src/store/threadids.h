/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which row of the table `thread` stands for a struct ev_task. What it knows is bounded: once that
 * is full it begins anew, and a thread may get a second row.
 *
 * Layer: store. Used by writer_insert.c.
 */
#ifndef MEMTRACE_THREADIDS_H
#define MEMTRACE_THREADIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "event.h"

struct threadid {
	struct ev_task task;
	int64_t id; /* 0 = an empty place */
};

struct threadids {
	struct threadid *places;
	size_t count;
	int64_t last; /* id given out */
};

/* Returns 0 or -ENOMEM. */
int threadids_init(struct threadids *t);
void threadids_fini(struct threadids *t);
/* *added: it is a new one, whose row is to be written. */
int64_t threadids_get(struct threadids *t, const struct ev_task *task, bool *added);
/* All get new ids from now on, above those of before. */
void threadids_forget(struct threadids *t);

#endif
