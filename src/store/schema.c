// SPDX-License-Identifier: GPL-2.0
/* Layer: store. Tables out of field tables; the contract is in schema.h. */
#include "schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names of fields, or their beginnings, that are 0 in nearly every event: one byte a row each. */
static const struct {
	uint16_t kind;
	const char *prefix;
} rare[] = {
	{EV_STALL, "throttle."},
	{EV_STALL, "shrinker"},
	{EV_STALL, "zones"},
	{EV_STALL, "result"},
};

static struct store_table tables[STORE_TABLES_MAX];
static int ntables;

static bool is_rare(uint16_t kind, const char *name)
{
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
		if (rare[i].kind == kind &&
		    strncmp(rare[i].prefix, name, strlen(rare[i].prefix)) == 0)
			return true;
	return false;
}

/* "victim.task_flags" is the flags of a struct ev_task called "victim." at *offset. */
static bool is_task(const struct field *f, uint16_t *offset, size_t *prefix)
{
	static const char last[] = "task_flags";
	size_t len = strlen(f->name);

	if (len < strlen(last) || strcmp(f->name + len - strlen(last), last) != 0)
		return false;
	*prefix = len - strlen(last);
	*offset = f->offset - offsetof(struct ev_task, flags);
	return true;
}

/* The struct ev_task that a field is a member of: its offset, or 0 (where the header is). */
static uint16_t task_around(const struct event_desc *d, const struct field *f)
{
	for (int i = 0; i < d->nfields; i++) {
		uint16_t offset;
		size_t prefix;

		if (is_task(&d->fields[i], &offset, &prefix) && f->offset >= offset &&
		    f->offset < offset + sizeof(struct ev_task))
			return offset;
	}
	return 0;
}

static void column_name(char out[STORE_NAME_MAX], const char *name)
{
	size_t i;

	if (strcmp(name, "seq") == 0)
		name = "log_seq"; /* the kernel log's: ours is another */
	for (i = 0; i < STORE_NAME_MAX - 1 && name[i]; i++)
		out[i] = name[i] == '.' ? '_' : name[i];
	out[i] = 0;
}

static struct store_column *column_add(struct store_table *t)
{
	if (t->ncolumns == STORE_COLUMNS_MAX)
		abort(); /* a field table has outgrown us: every test says so */
	return &t->column[t->ncolumns++];
}

static void task_columns(struct store_table *t)
{
	const struct event_desc *d = t->desc;

	for (int i = 0; i < d->nfields; i++) {
		char name[STORE_NAME_MAX];
		struct store_column *c;
		uint16_t offset;
		size_t prefix;

		if (!is_task(&d->fields[i], &offset, &prefix))
			continue;
		c = column_add(t);
		c->offset = offset;
		snprintf(name, sizeof(name), "%.*sthread", (int)prefix, d->fields[i].name);
		column_name(c->name, name);
	}
}

static void field_columns(struct store_table *t, bool more)
{
	const struct event_desc *d = t->desc;

	for (int i = 0; i < d->nfields; i++) {
		const struct field *f = &d->fields[i];
		struct store_column *c;

		if (f->offset == offsetof(struct ev_hdr, time_ns) || task_around(d, f) ||
		    is_rare(d->kind, f->name) != more)
			continue;
		c = column_add(t);
		c->field = f;
		c->offset = f->offset;
		c->more = more;
		t->nmore += more;
		column_name(c->name, f->name);
	}
}

static void time_column(struct store_table *t)
{
	const struct event_desc *d = t->desc;

	for (int i = 0; i < d->nfields; i++) {
		if (d->fields[i].offset == offsetof(struct ev_hdr, time_ns)) {
			struct store_column *c = column_add(t);

			c->field = &d->fields[i];
			c->offset = d->fields[i].offset;
			column_name(c->name, d->fields[i].name);
		}
	}
}

static void table_make(struct store_table *t, const struct event_desc *d)
{
	t->desc = d;
	time_column(t);
	task_columns(t);
	field_columns(t, false);
	field_columns(t, true);
}

const struct store_table *store_tables(int *n)
{
	if (!ntables && event_ndescs <= STORE_TABLES_MAX) {
		for (int i = 0; i < event_ndescs; i++)
			table_make(&tables[i], event_descs[i]);
		ntables = event_ndescs;
	}
	if (n)
		*n = ntables;
	return tables;
}

const struct store_table *store_table_of(uint16_t kind)
{
	static const struct store_table *by_kind[64];
	int n;

	if (kind >= sizeof(by_kind) / sizeof(by_kind[0]))
		return NULL;
	if (!by_kind[kind]) {
		const struct store_table *t = store_tables(&n);

		for (int i = 0; i < n; i++)
			if (t[i].desc->kind == kind)
				by_kind[kind] = &t[i];
	}
	return by_kind[kind];
}

static bool is_string(const struct field *f)
{
	return f && (f->type == FT_CHARS || f->type == FT_TEXT);
}

static void table_sql(FILE *f, const struct store_table *t, bool more)
{
	fprintf(f, "CREATE TABLE %s%s (\n  seq INTEGER PRIMARY KEY", t->desc->name,
		more ? "_more" : "");
	for (int i = 0; i < t->ncolumns; i++)
		if (t->column[i].more == more)
			fprintf(f, ",\n  \"%s\" %s", t->column[i].name,
				is_string(t->column[i].field) ? "ANY" : "INTEGER");
	fprintf(f, "\n) STRICT;\n");
}

/* Tables that are of no kind of event. */
static const char fixed_tables[] =
	"CREATE TABLE run (\n  key TEXT PRIMARY KEY,\n  value ANY\n) STRICT;\n"
	"CREATE TABLE thread (\n  id INTEGER PRIMARY KEY,\n  pid INTEGER,\n  tid INTEGER,\n"
	"  comm ANY,\n  cgroup INTEGER,\n  uid INTEGER,\n  start_ns INTEGER,\n"
	"  task_flags INTEGER\n) STRICT;\n"
	"CREATE TABLE task_gone (\n  seq INTEGER PRIMARY KEY,\n  tid INTEGER\n) STRICT;\n"
	"CREATE TABLE keyframe (\n  seq INTEGER PRIMARY KEY,\n  time_ns INTEGER\n) STRICT;\n";

char *store_schema_sql(bool views)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	const struct store_table *t;
	int n;

	if (!f)
		return NULL;
	fputs(fixed_tables, f);
	t = store_tables(&n);
	for (int i = 0; i < n; i++) {
		table_sql(f, &t[i], false);
		if (t[i].nmore)
			table_sql(f, &t[i], true);
	}
	for (int i = 0; views && i < store_nviews; i++) {
		fprintf(f, "CREATE VIEW %s AS\n", store_views[i].name);
		store_view_sql(&store_views[i], f);
		fputs(";\n", f);
	}
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

int store_schema_create(sqlite3 *db)
{
	char *sql = store_schema_sql(true);
	int rc = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

	free(sql);
	return rc;
}

const char *store_insert_sql(const struct store_table *t, bool more)
{
	static char sql[STORE_COLUMNS_MAX * 2 + 128];
	int n = more ? t->nmore : t->ncolumns - t->nmore;
	FILE *f = fmemopen(sql, sizeof(sql), "w");

	if (!f)
		return NULL;
	fprintf(f, "INSERT INTO %s%s VALUES(?", t->desc->name, more ? "_more" : "");
	for (int i = 0; i < n; i++)
		fputs(",?", f);
	fputc(')', f);
	fclose(f);
	return sql;
}

/* Well-formed UTF-8 as RFC 3629 has it. */
static bool is_utf8(const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		unsigned char c = s[i];
		size_t n = c < 0x80		   ? 1
			   : c >= 0xc2 && c < 0xe0 ? 2
			   : c >= 0xe0 && c < 0xf0 ? 3
			   : c >= 0xf0 && c < 0xf5 ? 4
						   : 0;

		if (!n || i + n > len)
			return false;
		for (size_t k = 1; k < n; k++)
			if ((s[i + k] & 0xc0) != 0x80)
				return false;
		if ((c == 0xe0 && s[i + 1] < 0xa0) || (c == 0xed && s[i + 1] > 0x9f) ||
		    (c == 0xf0 && s[i + 1] < 0x90) || (c == 0xf4 && s[i + 1] > 0x8f))
			return false;
		i += n;
	}
	return true;
}

int store_bind_string(sqlite3_stmt *stmt, int i, const char *s, size_t len)
{
	if (is_utf8((const unsigned char *)s, len))
		return sqlite3_bind_text(stmt, i, s, (int)len, SQLITE_STATIC);
	return sqlite3_bind_blob(stmt, i, s, (int)len, SQLITE_STATIC);
}

/* A finalizer that mixes every bit into every other (that of MurmurHash3), keyed before and
 * between. */
static uint64_t conceal(uint64_t v, uint64_t key)
{
	if (!v)
		return 0;
	for (int i = 0; i < 2; i++) {
		v ^= key;
		v ^= v >> 33;
		v *= 0xff51afd7ed558ccdull;
		v ^= v >> 33;
		v *= 0xc4ceb9fe1a85ec53ull;
		v ^= v >> 33;
	}
	return v >> 17 ? v >> 17 : 1; /* 47 bits: a byte or two less in the file */
}

static bool is_address(uint16_t kind, const struct field *f)
{
	return f->unit == FU_SYMBOL ||
	       (kind == EV_SYMBOL && f->offset == offsetof(struct ev_symbol, address)) ||
	       (kind == EV_TASK && f->offset == offsetof(struct ev_task_row, mm));
}

bool store_is_concealed(uint16_t kind, const struct field *f)
{
	return f->unit == FU_FS || is_address(kind, f);
}

uint64_t store_conceal_value(const struct field *f, uint64_t v, uint64_t key)
{
	/* Of shrinkers that are none of a file system it is whatever stood there. */
	if (f->unit == FU_FS)
		return v && fs_name(v) ? v : 0;
	return conceal(v, key);
}
