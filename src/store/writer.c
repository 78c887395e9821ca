// SPDX-License-Identifier: GPL-2.0
/* Layer: store. The side of whoever traces. See writer.h, and writer_impl.h for the rest. */
#include "writer_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "thread.h"
#include "writer_file.h"

#define QUEUE_BYTES (32u << 20)
/* What may be dropped leaves so much (1/n) of the queue to what may not; all but ticks the rest. */
#define KEPT_PART  8
#define KEPT_TICKS 16384

#define KEYFRAME_NS	60000000000ull
#define KEYFRAME_MIN_NS 5000000000ull

/* SQLite wants less than half of it; the system's default is too much to lock. */
#define STACK_BYTES (512 << 10)

static uint64_t keyframe_ns(const struct writer_opts *opts)
{
	uint64_t part = opts->ring_ns / 10;

	if (!opts->ring_ns)
		return KEYFRAME_NS;
	return part < KEYFRAME_MIN_NS ? KEYFRAME_MIN_NS : part;
}

/* It gets no signals: so SIGXFSZ comes to nobody, and a write fails instead. */
int writer_start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	return -thread_start(thread, STACK_BYTES, fn, arg);
}

static int fail(struct writer *w, int err)
{
	snprintf(w->error, sizeof(w->error), "cannot record: %s", strerror(-err));
	return err;
}

int writer_open(const char *path, const struct writer_opts *opts, struct writer **out)
{
	struct writer *w = *out = aligned_alloc(64, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	*w = (struct writer){.opts = *opts, .spare_fd = -1};
	w->snaps.keyframe_ns = keyframe_ns(opts);
	taskdelta_init(&w->snaps.delta);
	sem_init(&w->opened, 0, 0);
	err = evqueue_init(&w->queue, opts->queue_bytes ? opts->queue_bytes : QUEUE_BYTES);
	if (err)
		return fail(w, err);
	err = file_check(path, w->error, sizeof(w->error));
	if (err)
		return err;
	snprintf(w->path, sizeof(w->path), "%s", path);
	/* Its bookkeeping of memory takes a lock each time; what it may cache is bounded anyway. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	store_tables(NULL); /* while there is but one thread */
	err = writer_start(&w->thread, writer_thread, w);
	if (err)
		return fail(w, err);
	w->started = true;
	while (sem_wait(&w->opened) && errno == EINTR)
		;
	return w->result;
}

int writer_check(const char *path, char *words, size_t cap)
{
	return file_check(path, words, cap);
}

const char *writer_error(const struct writer *w)
{
	return w ? w->error : "out of memory";
}

int writer_run_info(struct writer *w, const struct run_info *run)
{
	return run_send(w, run);
}

/* How much of the queue is to stay free behind an event of this kind. */
static size_t kept(const struct writer *w, uint16_t kind)
{
	if (writer_may_drop(kind))
		return w->queue.size / KEPT_PART;
	return kind == EV_TICK || kind == EV_COUNTS ? 0 : KEPT_TICKS;
}

static bool put(struct writer *w, const struct ev_hdr *ev)
{
	struct ev_counters counts;

	if (ev->kind != EV_COUNTS)
		return evqueue_put(&w->queue, ev, kept(w, ev->kind));
	memcpy(&counts, ev, sizeof(counts));
	counts.unrecorded = atomic_load(&w->lost);
	return evqueue_put(&w->queue, &counts.hdr, 0);
}

void writer_event(struct writer *w, const struct ev_hdr *ev)
{
	if (atomic_load_explicit(&w->state, memory_order_relaxed) != WRITER_RUNNING)
		return;
	if (put(w, ev))
		return;
	atomic_fetch_add(&w->lost, 1);
	if (ev->kind == EV_TASK)
		atomic_fetch_add(&w->rows_lost, 1);
}

void writer_status(struct writer *w, struct writer_status *out)
{
	*out = (struct writer_status){
		.state = (enum writer_state)atomic_load(&w->state),
		.events = atomic_load(&w->events),
		.bytes = atomic_load(&w->bytes),
		.lost = atomic_load(&w->lost),
		.waiting_bytes = evqueue_used(&w->queue),
	};
}

int writer_close(struct writer *w)
{
	if (!w || !w->started)
		return w ? -EINVAL : -ENOMEM;
	if (!w->joined) {
		atomic_store(&w->closing, true);
		evqueue_wake(&w->queue);
		pthread_join(w->thread, NULL);
		w->joined = true;
	}
	return w->result;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	writer_close(w);
	evqueue_fini(&w->queue);
	taskdelta_fini(&w->snaps.delta);
	sem_destroy(&w->opened);
	free(w);
}
