// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See umaps.h.
 */
#include "umaps.h"

#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "process.h"
#include "sysfile.h"

#define MAX_PROCESSES 64
/* What a process has mapped is read anew after this time, for it may have called exec(2) since. */
#define FRESH_NS 200000000ull

/* A process whose mappings are known; file[i] is the number of the file behind list[i]. */
struct known {
	uint64_t start_ns, read_ns, used;
	uint32_t tgid; /* 0 = none */
	struct code_maps maps;
	int *file;
};

struct umaps {
	struct sysroot root;
	struct ufiles *files;
	struct known known[MAX_PROCESSES];
	uint64_t clock; /* of uses */
};

static void known_forget(struct known *k)
{
	code_maps_free(&k->maps);
	free(k->file);
	*k = (struct known){0};
}

struct umaps *umaps_new(const struct sysroot *root, struct ufiles *files)
{
	struct umaps *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->root = *root;
	u->files = files;
	return u;
}

void umaps_free(struct umaps *u)
{
	for (int i = 0; u && i < MAX_PROCESSES; i++)
		known_forget(&u->known[i]);
	free(u);
}

/* The process's entry, or that of the one used longest ago, emptied. */
static struct known *known_get(struct umaps *u, const struct ev_task *t)
{
	struct known *oldest = &u->known[0];

	for (int i = 0; i < MAX_PROCESSES; i++) {
		struct known *k = &u->known[i];

		if (k->tgid == t->tgid && k->start_ns == t->start_ns) {
			k->used = ++u->clock;
			return k;
		}
		if (k->used < oldest->used)
			oldest = k;
	}
	known_forget(oldest);
	oldest->tgid = t->tgid;
	oldest->start_ns = t->start_ns;
	oldest->used = ++u->clock;
	return oldest;
}

/* /proc rounds the start down to a clock tick of 10 ms. */
static bool same_process(const struct umaps *u, const struct ev_task *t)
{
	uint64_t start;

	if (process_start(&u->root, t->tgid, &start))
		return false;
	return !t->start_ns || (start <= t->start_ns && t->start_ns - start < 20000000);
}

/* A task that calls exec(2) stays who it is, under a new name as a rule. */
static bool same_name(const struct umaps *u, const struct ev_task *t)
{
	char comm[64];
	ssize_t len =
		sys_read(&u->root, comm, sizeof(comm), "/proc/%u/task/%u/comm", t->tgid, t->tid);

	if (len <= 0)
		return true; /* the thread has ended */
	if (comm[len - 1] == '\n')
		comm[len - 1] = '\0';
	return !strncmp(comm, t->comm, EV_COMM_LEN);
}

static bool covers(const struct known *k, const uint64_t *addresses, int n)
{
	for (int i = 0; i < n; i++)
		if (!code_maps_find(&k->maps, addresses[i]))
			return false;
	return n > 0;
}

static bool known_read(struct umaps *u, struct known *k, const struct ev_task *t)
{
	struct code_maps maps;
	int *file;

	if (code_maps_read(&u->root, t->tgid, &maps))
		return false;
	file = malloc(((size_t)maps.n + 1) * sizeof(*file));
	if (!file || !same_process(u, t) || !same_name(u, t)) {
		code_maps_free(&maps);
		free(file);
		return false;
	}
	for (int i = 0; i < maps.n; i++)
		file[i] = UFRAME_UNKNOWN;
	code_maps_free(&k->maps);
	free(k->file);
	k->maps = maps;
	k->file = file;
	k->read_ns = boottime_ns();
	return true;
}

static int map_file(struct umaps *u, struct known *k, const struct code_map *map)
{
	int *file = &k->file[map - k->maps.list], fd;
	struct stat st;

	if (!map->ino)
		return !strcmp(map->path, "[vdso]") ? UFRAME_VDSO : UFRAME_ANON;
	if (*file >= 0 && ufiles_open(u->files, *file)) {
		ufiles_use(u->files, *file);
		return *file;
	}
	fd = code_map_open(&u->root, k->tgid, map, &st);
	if (fd < 0 && *file >= 0)
		ufiles_use(u->files, *file); /* the process has gone; its names may be known */
	else
		*file = ufiles_get(u->files, map, fd < 0 ? NULL : &st, fd < 0 ? -1 : fd);
	return *file;
}

bool umaps_place(struct umaps *u, const struct ev_task *task, const uint64_t *addresses, int n,
		 struct uframe *out)
{
	struct known *k = known_get(u, task);
	bool fresh = boottime_ns() - k->read_ns < FRESH_NS && covers(k, addresses, n);

	/*
	 * Of a process that has gone, what it had mapped last must hold all of the stack: after an
	 * exec(2) the addresses are others. Not so where its start is unknown: it may be another.
	 */
	if (!fresh && !known_read(u, k, task) &&
	    (!task->start_ns || same_process(u, task) || !covers(k, addresses, n)))
		return false;
	for (int i = 0; i < n; i++) {
		uint64_t address = addresses[i] - (i > 0);
		const struct code_map *map = code_maps_find(&k->maps, address);

		out[i] = (struct uframe){.file = UFRAME_UNKNOWN};
		if (!map)
			continue;
		out[i].file = map_file(u, k, map);
		out[i].offset = address - map->begin + map->offset;
	}
	return true;
}
