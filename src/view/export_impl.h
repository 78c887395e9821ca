/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the formats of an export share.
 *
 * Layer: view, private to it.
 */
#ifndef MEMTRACE_EXPORT_IMPL_H
#define MEMTRACE_EXPORT_IMPL_H

#include "exporter.h"
#include "render.h"

struct exporter {
	struct view *view;
	struct exporter_opts opts;
	void *state; /* of the format */
	/* Events that wait for names, or for those before them: first in, first out. */
	char *queue;
	size_t head, tail, wrap; /* wrap: the last byte's end where tail has gone round; else 0 */
};

/* The task of an event that has one: its first member. */
const struct ev_task *event_task(const struct ev_hdr *ev);

#endif
