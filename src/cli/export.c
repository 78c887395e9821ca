// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See export.h. */
#include "export.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "app.h"
#include "log.h"
#include "outfile.h"
#include "exporter.h"

#define MAX_FILES 64

struct export
{
	struct exporter *exporter;
	const char *dir; /* -o of CSV without --table: a file per kind; NULL */
	bool made_dir;
	struct outfile file[MAX_FILES];
	const char *table[MAX_FILES];
	int nfiles;
	bool ended; /* all of it is written */
	int err;
};

static const struct export_form *form_of(enum export_format format)
{
	static const struct export_form *const forms[] = {
		[EXPORT_CHROME] = &export_chrome,
		[EXPORT_CSV] = &export_csv,
		[EXPORT_JSONL] = &export_jsonl,
		[EXPORT_FOLDED] = &export_folded,
	};

	return forms[format];
}

/* "stall.csv", also what is left of one that was not finished. */
static bool is_table_file(const char *name)
{
	size_t len = strcspn(name, ".");
	char table[64];

	snprintf(table, sizeof(table), "%.*s", (int)len, name);
	return event_desc_by_name(table) && strncmp(name + len, ".csv", 4) == 0;
}

/* An earlier export may be replaced; nothing else is to be mixed with it. */
static int check_dir(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int err = 0;

	if (!dir && errno == ENOTDIR) {
		log_error("%s is not a directory: CSV is a file per kind of event (one of them: "
			  "--table NAME)",
			  path);
		return -ENOTDIR;
	}
	if (!dir) {
		err = -errno;
		log_error("cannot write to %s: %s", path, strerror(-err));
		return err;
	}
	while (!err && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    is_table_file(entry->d_name))
			continue;
		log_error("%s holds other files than those of an export: name a new or empty "
			  "directory",
			  path);
		err = -ENOTEMPTY;
	}
	closedir(dir);
	return err;
}

static int open_dir(struct export *e, const char *path)
{
	int err;

	e->dir = path;
	e->made_dir = !mkdir(path, 0777);
	if (e->made_dir)
		return 0;
	err = errno;
	if (err == EEXIST)
		return check_dir(path);
	log_error("cannot make the directory %s: %s", path, strerror(err));
	return -err;
}

int export_begin(struct app *app)
{
	const struct options *o = &app->options;
	struct export *e = calloc(1, sizeof(*e));
	int err;

	if (!e) {
		log_error("out of memory");
		return -ENOMEM;
	}
	app->export = e;
	if (!o->output)
		return 0;
	if (o->format == EXPORT_CSV && !o->table)
		return open_dir(e, o->output);
	err = outfile_open(&e->file[0], o->output);
	if (err)
		return err;
	e->nfiles = 1;
	app->view.out = e->file[0].f;
	return 0;
}

static FILE *open_table(void *ctx, const char *table)
{
	struct app *app = ctx;
	struct export *e = app->export;
	char path[PATH_MAX];
	int err, n = snprintf(path, sizeof(path), "%s/%s.csv", e->dir, table);

	if (e->nfiles == MAX_FILES || n < 0 || (size_t)n >= sizeof(path))
		err = -ENAMETOOLONG;
	else
		err = outfile_open(&e->file[e->nfiles], path);
	if (err) {
		e->err = err;
		app_stop(app);
		return NULL;
	}
	e->table[e->nfiles] = table;
	return e->file[e->nfiles++].f;
}

/* The model is there by now. */
static struct exporter *exporter_of(struct app *app)
{
	struct export *e = app->export;
	struct exporter_opts xo = {
		.form = form_of(app->options.format),
		.only = app->options.table ? event_desc_by_name(app->options.table) : NULL,
		.version = MEMTRACE_VERSION,
		.open = e->dir ? open_table : NULL,
		.ctx = app,
	};

	if (e->exporter || e->err)
		return e->exporter;
	e->exporter = exporter_new(&app->view, &xo);
	if (!e->exporter) {
		log_error("out of memory");
		e->err = -ENOMEM;
		app_stop(app);
	}
	return e->exporter;
}

void export_event(struct app *app, const struct ev_hdr *ev)
{
	struct exporter *x = exporter_of(app);
	struct export *e = app->export;

	if (x && !e->err)
		exporter_event(x, ev);
	/* A full disk: said at the end, no use to go on. */
	for (int i = 0; ev->kind == EV_TICK && i < e->nfiles; i++)
		if (ferror(e->file[i].f))
			app_stop(app);
}

void export_at_end(struct app *app)
{
	struct exporter *x = exporter_of(app);

	if (!x || app->export->err)
		return;
	exporter_end(x);
	app->export->ended = true;
}

static bool is_written(const struct export *e, const char *name)
{
	size_t len = strcspn(name, ".");

	for (int i = 0; i < e->nfiles; i++)
		if (strlen(e->table[i]) == len && strncmp(e->table[i], name, len) == 0 &&
		    strcmp(name + len, ".csv") == 0)
			return true;
	return false;
}

/* Tables of an earlier export that this one has none of. */
static void remove_stale(const struct export *e)
{
	DIR *dir = opendir(e->dir);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_table_file(entry->d_name) && !is_written(e, entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

int export_finish(struct app *app)
{
	struct export *e = app->export;
	int err;

	if (!e)
		return 0;
	err = e->err;
	for (int i = 0; i < e->nfiles; i++) {
		if (!e->ended || err)
			outfile_abort(&e->file[i]);
		else
			err = outfile_commit(&e->file[i]);
	}
	if (e->dir && e->ended && !err)
		remove_stale(e);
	else if (e->made_dir)
		rmdir(e->dir); /* unless something is in it */
	app->view.out = stdout;
	exporter_free(e->exporter);
	free(e);
	app->export = NULL;
	return err;
}
