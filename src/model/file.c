/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files behind major faults: an entry per process and file, and one per file for the whole run,
 * which also holds the name.
 *
 * Layer: model, private (model_files(), model_file_path() are public).
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "model_impl.h"

#define WHOLE_RUN UINT32_MAX

int files_init(struct model *m)
{
	size_t n = m->opts.max_files;

	m->files = calloc(n + 1, sizeof(*m->files));
	m->file_order = calloc(n + 1, sizeof(*m->file_order));
	if (!m->files || !m->file_order || slots_init(&m->file_slots, n))
		return -ENOMEM;
	return htab_init(&m->file_tab, n);
}

void files_fini(struct model *m)
{
	htab_fini(&m->file_tab);
	slots_fini(&m->file_slots);
	free(m->file_order);
	free(m->files);
}

/* The second half of a key: process and device. A dev_t has 12 bits of major, 20 of minor. */
static uint64_t owner_key(uint32_t process, uint32_t major, uint32_t minor)
{
	return (uint64_t)process << 32 | (major & 0xfff) << 20 | (minor & 0xfffff);
}

static struct file *file_find(const struct model *m, uint32_t process, uint32_t major,
			      uint32_t minor, uint64_t ino)
{
	uint32_t slot;

	if (!htab_get(&m->file_tab, ino, owner_key(process, major, minor), &slot))
		return NULL;
	return &m->files[slot];
}

static struct file *file_get(struct model *m, uint32_t process, uint32_t major, uint32_t minor,
			     uint64_t ino)
{
	struct file *f = file_find(m, process, major, minor, ino);
	uint32_t slot;

	if (f)
		return f;
	slot = slots_take(&m->file_slots);
	if (slot == NO_SLOT) {
		m->loss.files_full++;
		return NULL;
	}
	htab_put(&m->file_tab, ino, owner_key(process, major, minor), slot);
	f = &m->files[slot];
	*f = (struct file){
		.used = true,
		.stats = {.ino = ino, .dev_major = major, .dev_minor = minor, .process = process}};
	if (process != WHOLE_RUN)
		m->procs[process].nfiles++;
	return f;
}

static void file_count(struct file *f, const struct ev_fault *ev)
{
	f->stats.faults++;
	f->stats.refaults += is_refault(ev);
	if (ev->flags & FAULT_F_UNTIMED)
		return;
	f->stats.total_ns += ev->duration_ns;
	if (ev->duration_ns > f->stats.max_ns)
		f->stats.max_ns = ev->duration_ns;
}

void file_fault(struct model *m, struct proc *p, const struct ev_fault *ev)
{
	struct file *f = file_get(m, WHOLE_RUN, ev->dev_major, ev->dev_minor, ev->ino);

	if (f) {
		file_count(f, ev);
		if (!f->stats.path && ev->name[0])
			f->stats.path = name_keep(m, ev->name, sizeof(ev->name));
	}
	if (!p)
		return;
	f = file_get(m, process_slot(m, p), ev->dev_major, ev->dev_minor, ev->ino);
	if (f)
		file_count(f, ev);
}

/* The process's slot will be another's. */
void files_forget(struct model *m, struct proc *p)
{
	uint32_t process = process_slot(m, p);

	for (uint32_t i = 0; p->nfiles && i < m->file_slots.fresh; i++) {
		struct file *f = &m->files[i];
		const struct file_stats *s = &f->stats;

		if (!f->used || s->process != process)
			continue;
		htab_del(&m->file_tab, s->ino, owner_key(process, s->dev_major, s->dev_minor));
		f->used = false;
		slots_give(&m->file_slots, i);
		p->nfiles--;
	}
}

void on_file(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_file *ev = (const struct ev_file *)hdr;
	struct file *f = file_get(m, WHOLE_RUN, ev->dev_major, ev->dev_minor, ev->ino);

	if (!f || (f->full_path && strcmp(f->stats.path, ev->path) == 0))
		return;
	/* The name it had stays: somebody may hold it. */
	f->stats.path = name_keep(m, ev->path, PATH_MAX);
	f->full_path = f->stats.path != NULL;
}

const char *model_file_path(const struct model *m, uint32_t major, uint32_t minor, uint64_t ino)
{
	const struct file *f = file_find(m, WHOLE_RUN, major, minor, ino);

	return f ? f->stats.path : NULL;
}

static int more_wait(const void *pa, const void *pb)
{
	const struct file_stats *a = *(const struct file_stats *const *)pa;
	const struct file_stats *b = *(const struct file_stats *const *)pb;

	if (a->total_ns != b->total_ns)
		return a->total_ns < b->total_ns ? 1 : -1;
	if (a->faults != b->faults)
		return a->faults < b->faults ? 1 : -1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

int model_files(const struct model *m, const struct process *p, struct file_stats *out, int max)
{
	uint32_t process = p ? process_slot(m, (const struct proc *)p) : WHOLE_RUN;
	int n = 0;

	for (uint32_t i = 0; i < m->file_slots.fresh; i++) {
		const struct file *f = &m->files[i];

		if (f->used && f->stats.process == process && f->stats.faults)
			m->file_order[n++] = &f->stats;
	}
	qsort(m->file_order, (size_t)n, sizeof(*m->file_order), more_wait);
	for (int i = 0; i < n && i < max; i++) {
		out[i] = *m->file_order[i];
		out[i].path = model_file_path(m, out[i].dev_major, out[i].dev_minor, out[i].ino);
	}
	return n;
}
