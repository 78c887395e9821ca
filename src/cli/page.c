// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See page.h. */
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "app.h"
#include "html.h"
#include "log.h"
#include "reader.h"

static int cannot_write(const struct app *app, int err)
{
	log_error("cannot write to %s: %s", app->options.html, strerror(-err));
	return err;
}

static bool same_file(const struct stat *a, const char *path)
{
	struct stat b;

	return !stat(path, &b) && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* A new file beside the page's, with the mode that it would have. */
static int open_beside(struct page *p, const char *path)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	if (asprintf(&p->beside, "%s.XXXXXX", path) < 0) {
		p->beside = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(p->beside, O_CLOEXEC);
	if (fd < 0) {
		free(p->beside);
		p->beside = NULL;
		return -errno;
	}
	fchmod(fd, 0666 & ~mask);
	p->out = fdopen(fd, "w");
	return p->out ? 0 : -errno;
}

/* A device or a pipe is written to as it is; so is stdout. */
static int open_page(struct app *app)
{
	const char *path = app->options.html;
	struct page *p = &app->page;
	struct stat st;

	if (!strcmp(path, "-")) {
		p->out = stdout;
		return 0;
	}
	if (stat(path, &st))
		return open_beside(p, path);
	if (same_file(&st, app->options.read)) {
		log_error("--html: %s is the recording itself", path);
		return -EINVAL;
	}
	if (S_ISREG(st.st_mode))
		return open_beside(p, path);
	p->out = fopen(path, "we");
	return p->out ? 0 : -errno;
}

int page_begin(struct app *app)
{
	int err;

	if (!app->options.html)
		return 0;
	if (!*app->options.html || app->options.json) {
		log_error(app->options.json ? "--html and -j are two forms: choose one"
					    : "--html needs a file's name");
		return -EINVAL;
	}
	err = open_page(app);
	if (err)
		return err == -EINVAL ? err : cannot_write(app, err);
	app->page.chart = chart_new();
	if (!app->page.chart) {
		log_error("out of memory");
		return -ENOMEM;
	}
	return 0;
}

void page_event(struct app *app, const struct ev_hdr *ev)
{
	if (app->page.chart)
		chart_event(app->page.chart, app->model, ev);
}

/* Does more than an interval lack to what was asked for? */
static bool interrupted(const struct app *app, const struct reader_info *info)
{
	uint64_t end = app->to_ns < info->last_ns ? app->to_ns : info->last_ns;

	return model_now_ns(app->model) + 2 * info->meta.interval_ns < end;
}

/* What readers of the page must know of the recording; NULL = nothing. */
static const char *caveat(const struct app *app, char *buf, size_t cap)
{
	const struct reader_info *info = reader_info(app->reader);
	const char *error = reader_error(app->reader);

	if (error && *error)
		snprintf(buf, cap, "The recording could not be read to its end: %s", error);
	else if (interrupted(app, info))
		snprintf(buf, cap,
			 "Reading the recording was interrupted: this is the part before.");
	else if (info->wal_missing)
		snprintf(buf, cap,
			 "The recording's newest part is missing: it was in a file of the same "
			 "name that ends in -wal.");
	else if (!info->ended)
		snprintf(buf, cap,
			 "The recording was cut short: memtrace was killed or the machine went "
			 "down. The last second may be missing.");
	else if (app->options.from || app->options.to)
		snprintf(buf, cap, "This is a part of the recording, as --from and --to say.");
	else
		return NULL;
	return buf;
}

void page_at_end(struct app *app)
{
	struct view v = app->view;
	struct page *p = &app->page;
	const struct reader_info *info;
	char buf[1024];
	struct html_run run;

	if (!p->chart) {
		view_summary(&app->view);
		return;
	}
	info = reader_info(app->reader);
	run = (struct html_run){.file = app->options.read,
				.version = info->run.version,
				.caveat = caveat(app, buf, sizeof(buf))};
	v.out = p->out;
	chart_end(p->chart, app->model);
	errno = 0;
	p->written = !view_html(&v, p->chart, &run);
	if (fflush(p->out) || ferror(p->out)) /* while errno still tells why */
		p->err = errno ? -errno : -EIO;
	if (!p->written)
		log_error("out of memory");
}

/* Gives the page its name, or takes it away. */
static int settle(struct app *app, int err)
{
	struct page *p = &app->page;

	if (p->beside && !err && p->written && rename(p->beside, app->options.html))
		err = -errno;
	if (p->beside && (err || !p->written))
		unlink(p->beside);
	free(p->beside);
	p->beside = NULL;
	return err;
}

int page_finish(struct app *app)
{
	struct page *p = &app->page;
	int err = p->err;

	if (p->out) {
		if (p->out != stdout && fclose(p->out) && !err)
			err = -errno;
		err = settle(app, err);
		if (err)
			cannot_write(app, err);
	}
	chart_free(p->chart);
	p->chart = NULL;
	return err;
}
