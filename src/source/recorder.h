/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What reports of OOM kills want beside what every run reads: names of users, settings, the wall
 * clock's steps, limited cgroups before they run out, and what a kill left behind.
 *
 * Layer: source. Part of the live source, which has one and calls it where opts.recorder is set.
 */
#ifndef MEMTRACE_RECORDER_H
#define MEMTRACE_RECORDER_H

#include "aftermath.h"
#include "census.h"

struct recorder {
	bool on;
	struct census census;
	struct aftermath aftermath;
	uint64_t due_ns;      /* when the aftermath is to be looked at again; 0 = it is not */
	struct ev_vm vm;      /* as last told */
	int64_t clock_offset; /* the wall clock's, against boottime, as last told */
	int clock_fd;	      /* readable when that was set; -1 = nobody tells us */
	unsigned int ticks;
};

struct source;

/* Off; recorder_close() is due. */
void recorder_init(struct recorder *r);
/* Switches it on, for a source whose cgroups are open. */
void recorder_open(struct source *s);
void recorder_close(struct recorder *r);

/* At the run's begin, after META. */
void recorder_begin(struct source *s);
/* At each interval, before anything is read. */
void recorder_tick(struct source *s);
/* Takes note of an event. path: of the memory cgroup, of a task's row; NULL = not at hand. */
void recorder_note(struct source *s, const struct ev_hdr *ev, const char *path);
/* At each turn of the loop: looks at kills and their aftermath when it is time. */
void recorder_turn(struct source *s);
/* By when recorder_turn() is wanted; UINT64_MAX = no hurry. */
uint64_t recorder_due(const struct source *s);
/* clock_fd can be read. */
void recorder_clock_set(struct source *s);

#endif
