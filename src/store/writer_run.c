// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. Part of the writer: what memtrace was asked, as text through the queue and into the
 * table `run`. "tKEY\0VALUE\0" is a text, "iKEY\0VALUE\0" a number.
 */
#include "writer_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 32768 /* a command line may be longer than anybody wants to read */

static void put_text(FILE *f, const char *key, const char *value)
{
	if (value && *value)
		fprintf(f, "t%s%c%.*s%c", key, 0, TEXT_MAX, value, 0);
}

static void put_int(FILE *f, const char *key, uint64_t value)
{
	if (value)
		fprintf(f, "i%s%c%" PRIu64 "%c", key, 0, value, 0);
}

static void put_ids(FILE *f, const char *key, const uint32_t *ids, int n)
{
	if (!n)
		return;
	fprintf(f, "t%s%c", key, 0);
	for (int i = 0; i < n; i++)
		fprintf(f, "%s%" PRIu32, i ? "," : "", ids[i]);
	fputc(0, f);
}

static void put_all(FILE *f, const struct run_info *run)
{
	put_text(f, "version", run->version);
	put_text(f, "command", run->command);
	put_text(f, "watching", run->watching);
	put_text(f, "program", run->program);
	put_text(f, "comm", run->comm);
	put_text(f, "cgroup", run->cgroup);
	put_ids(f, "pids", run->pids, run->npids);
	put_ids(f, "tids", run->tids, run->ntids);
	if (run->has_uid) /* that of root is 0, and asked for */
		fprintf(f, "iuid%c%" PRIu32 "%c", 0, run->uid, 0);
	put_int(f, "program_pid", run->program_pid);
	put_int(f, "kernel_stacks", run->kernel_stacks);
	put_int(f, "user_stacks", run->user_stacks);
	put_int(f, "sample", run->sample);
	put_int(f, "churn_ns", run->churn_ns);
	put_int(f, "ring_ns", run->ring_ns);
}

int run_send(struct writer *w, const struct run_info *run)
{
	struct ev_hdr head = {.kind = KIND_RUN};
	char *buf = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&buf, &len);
	bool ok;

	if (!f)
		return -ENOMEM;
	fwrite(&head, 1, sizeof(head), f);
	put_all(f, run);
	for (int i = 0; i < 8; i++) /* an empty key ends it */
		fputc(0, f);
	if (fclose(f)) {
		free(buf);
		return -ENOMEM;
	}
	((struct ev_hdr *)buf)->size = (uint32_t)(len & ~7ul);
	ok = evqueue_put(&w->queue, (void *)buf, 0);
	free(buf);
	return ok ? 0 : -ENOBUFS;
}

int run_store(struct writer *w, const struct ev_hdr *ev)
{
	const char *key = (const char *)(ev + 1), *value;
	int rc = SQLITE_OK;

	for (; *key && rc == SQLITE_OK; key = value + strlen(value) + 1) {
		value = key + strlen(key) + 1;
		if (*key == 'i')
			rc = inserter_run_int(&w->in, key + 1, (int64_t)strtoull(value, NULL, 10));
		else
			rc = inserter_run_text(&w->in, key + 1, value);
	}
	return rc;
}
