// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See reports.h.
 */
#include "reports.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "log.h"

static uint64_t realtime_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void fill(struct reports *r)
{
	int err = spares_fill(&r->spares, r->dir.fd);

	if (err && err != r->spares_error)
		log_warn("cannot keep files ready in %s: %s%s; reports that do not fit wait in "
			 "memory",
			 r->path, strerror(-err), lockdir_remedy(err));
	else if (!err && r->spares_error)
		log_info("files are ready in %s again", r->path);
	r->spares_error = err;
}

/* From the root on, so that a hook may go elsewhere. */
static int set_path(struct reports *r)
{
	const char *dir = r->opts.dir;
	size_t len = strlen(dir), at = 0;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (*dir != '/' && getcwd(r->path, sizeof(r->path))) {
		at = strlen(r->path);
		if (at > 1 && at < sizeof(r->path))
			r->path[at++] = '/';
	}
	if (at + len >= sizeof(r->path)) {
		log_error("--dir: the name is too long");
		return -ENAMETOOLONG;
	}
	memcpy(r->path + at, dir, len);
	r->path[at + len] = 0;
	return 0;
}

int reports_open(struct reports *r, const struct reports_opts *opts)
{
	int err;

	*r = (struct reports){.opts = *opts, .dir = {-1, -1}};
	spares_init(&r->spares);
	err = set_path(r);
	if (!err)
		err = lockdir_open(&r->dir, r->path);
	if (!err && pending_init(&r->pending)) {
		log_error("out of memory");
		err = -ENOMEM;
	}
	if (!err)
		fill(r);
	else
		reports_close(r);
	return err;
}

static void file_name(const struct pending_report *p, enum report_form form,
		      char buf[REPORT_NAME_CAP + 8])
{
	char base[REPORT_NAME_CAP];

	report_name_make(&p->name, p->copy, base);
	snprintf(buf, REPORT_NAME_CAP + 8, "%s.%s", base, report_forms[form].ext);
}

/*
 * The first number that none of the three names with it has yet. Those of reports that were removed
 * in the meantime do not come again: they would be taken for the oldest.
 */
static void choose_name(struct reports *r, struct pending_report *p)
{
	char base[REPORT_NAME_CAP], file[REPORT_NAME_CAP + 8];
	int form;

	report_name_make(&p->name, 1, base);
	if (!p->copy && !strcmp(base, r->last))
		p->copy = r->last_copy;
	do {
		p->copy++;
		for (form = 0; form < REPORT_FORMS; form++) {
			file_name(p, form, file);
			if (!faccessat(r->dir.fd, file, F_OK, AT_SYMLINK_NOFOLLOW))
				break;
		}
	} while (form < REPORT_FORMS);
	memcpy(r->last, base, sizeof(base));
	r->last_copy = p->copy;
}

static int place_form(struct reports *r, struct pending_report *p, enum report_form form, int n)
{
	char file[REPORT_NAME_CAP + 8];
	int err;

	do {
		file_name(p, form, file);
		err = spare_place(&r->spares, r->dir.fd, form, n, file);
		if (err == -EEXIST)
			choose_name(r, p);
	} while (err == -EEXIST);
	p->placed[form] = !err;
	return err;
}

/* Somebody may have removed the spare files: then one is made. */
static int write_form(struct reports *r, struct pending_report *p, enum report_form form)
{
	const char *data = pending_data(&r->pending, p, form);
	int err = -ENOENT;

	for (int tries = 0; tries <= SPARES && err == -ENOENT; tries++) {
		int n = spare_write(&r->spares, r->dir.fd, form, data, p->len[form]);

		if (n < 0)
			return n;
		err = place_form(r, p, form, n);
	}
	return err;
}

/* The text comes last: when it is there, all is. */
static int write_report(struct reports *r, struct pending_report *p)
{
	char file[REPORT_NAME_CAP + 8];

	if (!p->copy)
		choose_name(r, p);
	for (int form = REPORT_FORMS - 1; form >= 0; form--) {
		int err = p->placed[form] ? 0 : write_form(r, p, form);

		if (err)
			return err;
	}
	fsync(r->dir.fd); /* where that is not supported the names are as safe as they can be */
	file_name(p, FORM_TEXT, file);
	snprintf(r->file, sizeof(r->file), "%s/%s", r->path, file);
	return 0;
}

static void rotate(struct reports *r)
{
	const char *name = strrchr(r->file, '/') + 1;
	char base[REPORT_NAME_CAP];
	int left;

	snprintf(base, sizeof(base), "%.*s", (int)report_name_base(name), name);
	left = reports_rotate(r->dir.fd, r->opts.keep, realtime_now(), base);
	if (left < 0 && !r->rotate_failed)
		log_warn("cannot remove old reports in %s: %s%s", r->path, strerror(-left),
			 lockdir_remedy(left));
	r->rotate_failed = left < 0;
}

/* Writes what waits, the oldest first, until one cannot be written. */
static int flush(struct reports *r)
{
	int err = 0;

	while (r->pending.n && !err) {
		err = write_report(r, &r->pending.list[0]);
		if (err)
			continue;
		pending_pop(&r->pending);
		rotate(r);
		if (r->opts.written)
			r->opts.written(r->opts.ctx, r->file);
		fill(r);
	}
	return err;
}

static void lose_oldest(struct reports *r, const char *why)
{
	char file[REPORT_NAME_CAP + 8];

	file_name(&r->pending.list[0], FORM_TEXT, file);
	pending_pop(&r->pending);
	r->lost++;
	log_error("report %s is lost: %s; lost so far: %llu", file, why,
		  (unsigned long long)r->lost);
}

int reports_put(struct reports *r, const struct report_name *name, report_print print, void *ctx)
{
	char file[REPORT_NAME_CAP + 8];
	struct pending_report *p;
	int err;

	while (!pending_has_room(&r->pending))
		lose_oldest(r, "it waited for the disk, and there is no more memory for such");
	p = pending_add(&r->pending, name, print, ctx);
	err = flush(r);
	if (!err)
		return 0;
	p = &r->pending.list[r->pending.n - 1];
	file_name(p, FORM_TEXT, file);
	log_error("report %s could not be written to %s: %s%s. It is kept in memory and tried "
		  "again each interval",
		  file, r->path, strerror(-err), lockdir_remedy(err));
	return err;
}

const char *reports_path(const struct reports *r)
{
	return r->file;
}

const char *reports_waiting(const struct reports *r, size_t *len)
{
	const struct pending *p = &r->pending;

	*len = p->n ? p->list[p->n - 1].len[FORM_TEXT] : 0;
	return p->n ? pending_data(p, &p->list[p->n - 1], FORM_TEXT) : "";
}

/* What has the directory's name now: this one, another, or none? */
enum there { THERE_SAME, THERE_OTHER, THERE_NONE };

static enum there look(const struct reports *r)
{
	struct stat ours, there;

	if (stat(r->path, &there) || fstat(r->dir.fd, &ours))
		return THERE_NONE;
	return ours.st_ino == there.st_ino && ours.st_dev == there.st_dev ? THERE_SAME
									  : THERE_OTHER;
}

void reports_tick(struct reports *r)
{
	int waited = r->pending.n;

	if (waited && look(r) == THERE_OTHER)
		reports_reopen(r);
	fill(r);
	if (!waited)
		return;
	flush(r);
	if (r->pending.n < waited)
		log_warn("%d of %d reports that waited are written to %s now",
			 waited - r->pending.n, waited, r->path);
}

int reports_reopen(struct reports *r)
{
	struct lockdir dir;
	int err;

	if (look(r) != THERE_SAME) {
		err = lockdir_open(&dir, r->path);
		if (err)
			return err;
		spares_close(&r->spares, r->dir.fd);
		lockdir_close(&r->dir);
		r->dir = dir;
	}
	fill(r);
	return 0;
}

int reports_close(struct reports *r)
{
	int err = 0;

	if (!r->opts.dir)
		return 0;
	if (r->dir.fd >= 0)
		err = flush(r);
	while (r->pending.n)
		lose_oldest(r, strerror(-err));
	spares_close(&r->spares, r->dir.fd);
	lockdir_close(&r->dir);
	pending_fini(&r->pending);
	r->opts.dir = NULL;
	return r->lost ? -EIO : 0;
}
