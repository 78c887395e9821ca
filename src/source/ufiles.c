// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See ufiles.h.
 */
#include "ufiles.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "elfsym.h"
#include "htab.h"

#define MAX_FILES 512
#define MAX_NAMES 32768
#define BASE_LEN  64
#define BATCH	  256 /* places of one file that are looked up at once */

struct ufile {
	uint64_t ino, size, mtime_ns; /* the last two 0: it could not be opened */
	uint32_t dev_major, dev_minor;
	int fd, users;
	char base[BASE_LEN];
};

struct place {
	struct uframe at;
	char *name; /* NULL: none, or none yet */
	bool done;  /* it was looked up */
	bool wanted;
};

struct ufiles {
	pthread_mutex_t lock; /* of files; the rest is one thread's */
	struct ufile files[MAX_FILES];
	int n;
	struct htab index; /* (offset, file) -> place */
	struct place *places;
	uint32_t nplaces;
	uint32_t *wanted;
	uint32_t nwanted;
	struct elfsym syms[BATCH];
	uint32_t of[BATCH]; /* the place each of syms is for */
};

struct ufiles *ufiles_new(void)
{
	struct ufiles *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	pthread_mutex_init(&f->lock, NULL);
	f->places = calloc(MAX_NAMES, sizeof(*f->places));
	f->wanted = calloc(MAX_NAMES, sizeof(*f->wanted));
	if (f->places && f->wanted && !htab_init(&f->index, MAX_NAMES))
		return f;
	ufiles_free(f);
	return NULL;
}

void ufiles_free(struct ufiles *f)
{
	if (!f)
		return;
	for (int i = 0; i < f->n; i++)
		if (f->files[i].fd >= 0)
			close(f->files[i].fd);
	for (uint32_t i = 0; i < f->nplaces; i++)
		free(f->places[i].name);
	htab_fini(&f->index);
	free(f->places);
	free(f->wanted);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static struct ufile file_make(const struct code_map *map, const struct stat *st)
{
	struct ufile file = {.ino = map->ino,
			     .dev_major = map->dev_major,
			     .dev_minor = map->dev_minor,
			     .fd = -1};

	if (st) {
		file.size = (uint64_t)st->st_size;
		file.mtime_ns =
			(uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec;
	}
	code_map_base(map, file.base, sizeof(file.base));
	return file;
}

/* An inode's number may be another file's once it is free: the time tells them apart. */
static bool same_file(const struct ufile *a, const struct ufile *b)
{
	return a->ino == b->ino && a->dev_major == b->dev_major && a->dev_minor == b->dev_minor &&
	       a->size == b->size && a->mtime_ns == b->mtime_ns && !strcmp(a->base, b->base);
}

static int file_place(struct ufiles *f, const struct ufile *file)
{
	for (int i = 0; i < f->n; i++)
		if (same_file(&f->files[i], file))
			return i;
	if (f->n == MAX_FILES)
		return UFRAME_UNKNOWN;
	f->files[f->n] = *file;
	return f->n++;
}

int ufiles_get(struct ufiles *f, const struct code_map *map, const struct stat *st, int fd)
{
	struct ufile file = file_make(map, st);
	int i;

	pthread_mutex_lock(&f->lock);
	i = file_place(f, &file);
	if (i >= 0) {
		f->files[i].users++;
		if (f->files[i].fd < 0) {
			f->files[i].fd = fd;
			fd = -1;
		}
	}
	pthread_mutex_unlock(&f->lock);
	if (fd >= 0)
		close(fd);
	return i;
}

void ufiles_use(struct ufiles *f, int file)
{
	pthread_mutex_lock(&f->lock);
	f->files[file].users++;
	pthread_mutex_unlock(&f->lock);
}

void ufiles_leave(struct ufiles *f, int file)
{
	int fd = -1;

	pthread_mutex_lock(&f->lock);
	if (!--f->files[file].users) {
		fd = f->files[file].fd;
		f->files[file].fd = -1;
	}
	pthread_mutex_unlock(&f->lock);
	if (fd >= 0)
		close(fd);
}

bool ufiles_open(struct ufiles *f, int file)
{
	bool is;

	pthread_mutex_lock(&f->lock);
	is = f->files[file].fd >= 0;
	pthread_mutex_unlock(&f->lock);
	return is;
}

static int file_dup(struct ufiles *f, int file)
{
	int fd;

	pthread_mutex_lock(&f->lock);
	fd = f->files[file].fd < 0 ? -1 : fcntl(f->files[file].fd, F_DUPFD_CLOEXEC, 3);
	pthread_mutex_unlock(&f->lock);
	return fd;
}

static struct place *place_find(const struct ufiles *f, const struct uframe *at)
{
	uint32_t slot;

	if (!htab_get(&f->index, at->offset, (uint64_t)at->file, &slot))
		return NULL;
	return &f->places[slot];
}

void ufiles_want(struct ufiles *f, const struct uframe *at)
{
	struct place *p;

	if (at->file < 0)
		return;
	p = place_find(f, at);
	if (!p) {
		if (htab_put(&f->index, at->offset, (uint64_t)at->file, f->nplaces))
			return;
		p = &f->places[f->nplaces++];
		*p = (struct place){.at = *at};
	}
	if (p->done || p->wanted)
		return;
	p->wanted = true;
	f->wanted[f->nwanted++] = (uint32_t)(p - f->places);
}

/* The noted places of one file, as many as there is room for; takes them off the list. */
static int batch_take(struct ufiles *f, int file)
{
	uint32_t kept = 0;
	int n = 0;

	for (uint32_t i = 0; i < f->nwanted; i++) {
		uint32_t slot = f->wanted[i];
		struct place *p = &f->places[slot];

		if (p->at.file != file || n == BATCH) {
			f->wanted[kept++] = slot;
			continue;
		}
		p->wanted = false;
		f->of[n] = slot;
		f->syms[n++].offset = p->at.offset;
	}
	f->nwanted = kept;
	return n;
}

void ufiles_look_up(struct ufiles *f)
{
	while (f->nwanted) {
		int file = f->places[f->wanted[0]].at.file;
		int n = batch_take(f, file), fd = file_dup(f, file);

		/* Not there: the next process that has it mapped brings it. */
		if (fd < 0)
			continue;
		elfsym_resolve(fd, f->syms, n);
		for (int i = 0; i < n; i++) {
			struct place *p = &f->places[f->of[i]];

			p->name = f->syms[i].name[0] ? strdup(f->syms[i].name) : NULL;
			p->done = true;
		}
	}
}

static int word(char *buf, int cap, const char *text)
{
	int n = snprintf(buf, (size_t)cap, "%s", text);

	n = n < cap ? n : cap - 1;
	for (char *c = buf; (c = strchr(c, ';')); c++)
		*c = ':';
	return n;
}

int ufiles_name(const struct ufiles *f, const struct uframe *at, char *buf, int cap, bool *lost)
{
	const struct place *p = at->file < 0 ? NULL : place_find(f, at);
	char text[BASE_LEN + 24];

	switch (at->file) {
	case UFRAME_UNKNOWN:
		return word(buf, cap, "?");
	case UFRAME_ANON:
		return word(buf, cap, "[anon]");
	case UFRAME_VDSO:
		return word(buf, cap, "[vdso]");
	}
	if (p && p->name)
		return word(buf, cap, p->name);
	if ((!p || !p->done) && elfsym_available())
		*lost = true;
	snprintf(text, sizeof(text), "%s+0x%llx", f->files[at->file].base,
		 (unsigned long long)at->offset);
	return word(buf, cap, text);
}
