// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: store. Opening a recording that may be anything: what is wrong with it in words, and
 * SQLite made harmless.
 *
 * A recording that was ended is a database that nobody writes to any more: it is opened as
 * immutable, so that no file beside it is looked at, made or locked. One whose FILE-wal is there
 * is being written, or its memtrace was killed.
 */
#include "reader_impl.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_LEN  100
#define HEAP_MAX    (96ll << 20) /* all that SQLite may take: schemas can be made to be huge */
#define CACHE_PAGES "-8000"	 /* KiB */

int reader_fail(struct reader *r, int err, const char *fmt, ...)
{
	va_list args;

	if (r->err)
		return r->err;
	va_start(args, fmt);
	vsnprintf(r->error, sizeof(r->error), fmt, args);
	va_end(args);
	r->err = err;
	return err;
}

int reader_fail_sql(struct reader *r, int rc)
{
	int os = r->db ? sqlite3_system_errno(r->db) : 0;

	switch (rc & 0xff) {
	case SQLITE_INTERRUPT:
		return 0;
	case SQLITE_NOMEM:
	case SQLITE_TOOBIG:
		return reader_fail(
			r, -EBADMSG,
			"%s is damaged, or made to do harm: it asks for more memory than "
			"any recording needs",
			r->path);
	case SQLITE_IOERR:
		return reader_fail(r, -EIO, "cannot read %s: %s", r->path,
				   os ? strerror(os) : sqlite3_errstr(rc));
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return reader_fail(r, -EBUSY, "%s is locked by another program: try again later",
				   r->path);
	default:
		return reader_fail(r, -EBADMSG,
				   "%s is damaged or cut short: %s (a copy may be whole)", r->path,
				   r->db ? sqlite3_errmsg(r->db) : sqlite3_errstr(rc));
	}
}

static int fail_open(struct reader *r, const char *path, int err)
{
	if (err == EACCES || err == EPERM)
		return reader_fail(
			r, -err,
			"no permission to read %s; whoever recorded it can give it to you: "
			"sudo chown %u %s*",
			path, geteuid(), r->path);
	return reader_fail(r, -err, "cannot read %s: %s", path, strerror(err));
}

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static int check_length(struct reader *r, const unsigned char h[HEADER_LEN], uint64_t size)
{
	uint64_t page = (h[16] << 8 | h[17]) == 1 ? 65536 : h[16] << 8 | h[17];
	uint64_t want = page * be32(h + 28);

	/* The number of pages is right only where these agree. */
	if (memcmp(h + 24, h + 92, 4) != 0 || size >= want)
		return 0;
	return reader_fail(r, -EBADMSG,
			   "%s is cut short: it has %llu of its %llu bytes (copy it again?)",
			   r->path, (unsigned long long)size, (unsigned long long)want);
}

/* Is it an SQLite file? *wal: it is written by way of a FILE-wal. */
static int check_header(struct reader *r, int fd, bool *wal, unsigned char h[HEADER_LEN])
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return fail_open(r, r->path, errno);
	if (S_ISDIR(st.st_mode))
		return reader_fail(r, -EISDIR, "%s is a directory, no recording", r->path);
	if (!S_ISREG(st.st_mode))
		return reader_fail(r, -EINVAL, "%s is no file: a recording cannot be read from it",
				   r->path);
	if (!st.st_size)
		return reader_fail(r, -ENODATA, "%s is empty: nothing was recorded", r->path);
	n = pread(fd, h, HEADER_LEN, 0);
	if (n < 0)
		return fail_open(r, r->path, errno);
	if (n < HEADER_LEN || memcmp(h, "SQLite format 3", 16) != 0)
		return reader_fail(r, -EINVAL, "%s is no recording of memtrace (no SQLite file)",
				   r->path);
	*wal = h[19] == 2;
	return 0;
}

static bool beside(const struct reader *r, const char *suffix, char path[4200])
{
	snprintf(path, 4200, "%s%s", r->path, suffix);
	return access(path, F_OK) == 0;
}

/* "file:" and what SQLite would take for something else escaped. NULL = out of memory. */
static char *uri_of(const char *path)
{
	char *uri = malloc(3 * strlen(path) + 32), *to = uri;

	if (!uri)
		return NULL;
	to += sprintf(to, "file:%s", path[0] == '/' ? "//" : "./");
	for (const unsigned char *s = (const unsigned char *)path; *s; s++)
		to += sprintf(to, isalnum(*s) || strchr("/._-", *s) ? "%c" : "%%%02X", *s);
	strcpy(to, "?immutable=1");
	return uri;
}

static int on_progress(void *ctx)
{
	const struct reader *r = ctx;

	return r->stop;
}

static void set_limits(sqlite3 *db)
{
	static const int limits[][2] = {
		{SQLITE_LIMIT_LENGTH, 1 << 17},
		{SQLITE_LIMIT_SQL_LENGTH, 1 << 18},
		{SQLITE_LIMIT_COLUMN, 1000},
		{SQLITE_LIMIT_EXPR_DEPTH, 200},
		{SQLITE_LIMIT_COMPOUND_SELECT, 500},
		{SQLITE_LIMIT_VDBE_OP, 25000},
		{SQLITE_LIMIT_FUNCTION_ARG, 100},
		{SQLITE_LIMIT_ATTACHED, 0},
		{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
		{SQLITE_LIMIT_VARIABLE_NUMBER, 10},
		{SQLITE_LIMIT_TRIGGER_DEPTH, 1},
		{SQLITE_LIMIT_WORKER_THREADS, 0},
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(db, limits[i][0], limits[i][1]);
}

/*
 * Nothing that the file brings along is to be run, and nothing to be written. alone: nobody else
 * has it open, so what FILE-shm is for can be in our memory. Returns an SQLite code.
 */
static int make_harmless(struct reader *r, bool alone)
{
	static const int switches[][2] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},	     {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 0},    {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
		{SQLITE_DBCONFIG_DQS_DML, 0},	     {SQLITE_DBCONFIG_DQS_DDL, 0},
	};

	sqlite3_hard_heap_limit64(HEAP_MAX);
	set_limits(r->db);
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		sqlite3_db_config(r->db, switches[i][0], switches[i][1], NULL);
	sqlite3_busy_timeout(r->db, 5000);
	sqlite3_progress_handler(r->db, 10000, on_progress, r);
	if (alone)
		sqlite3_exec(r->db, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL);
	return sqlite3_exec(r->db,
			    "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA query_only=ON;"
			    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=" CACHE_PAGES,
			    NULL, NULL, NULL);
}

/* As a first look into it goes, which also reads the FILE-wal. */
static int try_open(struct reader *r, const char *name, const char *vfs)
{
	int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int rc;

	sqlite3_close(r->db);
	r->db = NULL;
	if (r->immutable)
		flags |= SQLITE_OPEN_URI;
	rc = sqlite3_open_v2(name, &r->db, flags, vfs);
	if (rc != SQLITE_OK)
		return rc;
	rc = make_harmless(r, vfs != NULL);
	if (rc != SQLITE_OK)
		return rc;
	return sqlite3_exec(r->db, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
}

static int open_immutable(struct reader *r)
{
	char *uri = uri_of(r->path);
	int rc = SQLITE_NOMEM;

	r->immutable = true;
	if (uri)
		rc = try_open(r, uri, NULL);
	free(uri);
	return rc;
}

/*
 * With a FILE-wal. Who writes to it has a FILE-shm, too; where that is missing nobody does, and we
 * need none beside it, so that a directory in which we may not write will do.
 */
static int open_wal(struct reader *r)
{
	char other[4200], *name = NULL;
	bool alone;
	int rc;

	if (beside(r, "-wal", other) && access(other, R_OK))
		return fail_open(r, other, errno), SQLITE_CANTOPEN;
	alone = !beside(r, "-shm", other);
	if (!alone && access(other, R_OK))
		return fail_open(r, other, errno), SQLITE_CANTOPEN;
	if (asprintf(&name, "%s%s", r->path[0] == '/' ? "" : "./", r->path) < 0)
		return SQLITE_NOMEM;
	rc = try_open(r, name, alone ? "unix-none" : NULL);
	free(name);
	return rc;
}

static int pragma_int(struct reader *r, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(r->db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
		*out = sqlite3_column_int64(stmt, 0);
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : reader_fail_sql(r, rc);
}

static int check_version(struct reader *r)
{
	int64_t id = 0, version = 0;

	if (pragma_int(r, "PRAGMA application_id", &id) ||
	    pragma_int(r, "PRAGMA user_version", &version))
		return r->err ? r->err : -EINTR;
	if (id != STORE_APPLICATION_ID && r->info.wal_missing)
		return reader_fail(
			r, -ENODATA,
			"all of this recording is in %s-wal, which is not there: copy both "
			"files",
			r->path);
	if (id != STORE_APPLICATION_ID)
		return reader_fail(r, -EINVAL,
				   "%s is no recording of memtrace (another program's "
				   "SQLite file)",
				   r->path);
	if (version > STORE_VERSION)
		return reader_fail(r, -ENOTSUP,
				   "%s was recorded by a newer memtrace: its format is %lld, this "
				   "memtrace %s reads up to %d; use a newer one",
				   r->path, (long long)version, MEMTRACE_VERSION, STORE_VERSION);
	if (version < 1)
		return reader_fail(r, -EINVAL, "%s is damaged: its format is %lld", r->path,
				   (long long)version);
	return 0;
}

int file_open(struct reader *r)
{
	int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err, rc;
	unsigned char header[HEADER_LEN];
	bool wal = false, has_wal;
	char other[4200];

	if (fd < 0)
		return fail_open(r, r->path, errno);
	err = check_header(r, fd, &wal, header);
	has_wal = !err && wal && beside(r, "-wal", other);
	if (!err && !has_wal) {
		struct stat st;

		err = fstat(fd, &st) ? -errno : check_length(r, header, (uint64_t)st.st_size);
	}
	close(fd);
	if (err)
		return err;
	r->info.wal_missing = wal && !has_wal;
	rc = has_wal ? open_wal(r) : open_immutable(r);
	if (rc != SQLITE_OK)
		return r->err ? r->err : reader_fail_sql(r, rc);
	return check_version(r);
}
