// SPDX-License-Identifier: GPL-2.0
/*
 * The manual of a recording, in Markdown: each table, column and view, from the same tables that
 * make them.
 *
 * Layer: store.
 */
#include "schema.h"

static const char intro[] =
	"# Inside a recording\n"
	"\n"
	"<!-- Made from the field tables (src/event/fields_*.c) by tests/unit/test_views.c:\n"
	"     MEMTRACE_BLESS=1 build/tests/unit/views -->\n"
	"\n"
	"A recording is an SQLite database: `application_id` is 0x6d747263 (\"mtrc\"), "
	"`user_version`\n"
	"the number of its schema. There is a table for each kind of event, views for people, and "
	"a\n"
	"few tables that hold it together.\n"
	"\n"
	"- `seq` is the order in which events came, over all tables.\n"
	"- `time_ns` counts from the machine's boot. `meta.realtime_ns` is what the clock on the "
	"wall\n"
	"  showed at `meta.time_ns`, `clock` has a row for each time it was set. Views have RFC "
	"3339,\n"
	"  UTC.\n"
	"- A thread is a row of `thread`; `thread`, `victim_thread` and `trigger_thread` are its "
	"`id`.\n"
	"  The same thread has a new row now and then. A process is known by `pid` and "
	"`start_ns`.\n"
	"- NULL is a figure that the kernel did not give, or a thread of which nothing is known. "
	"Numbers\n"
	"  above 2^63 are negative.\n"
	"- A text that is not UTF-8 is a BLOB of its bytes.\n"
	"- Addresses of kernel functions are replaced by numbers that mean nothing elsewhere.\n"
	"- Of a snapshot, `task` has the threads that changed since the one before; every now and "
	"then\n"
	"  (`keyframe`) it has all.\n";

/* Tables that are of no kind of event. */
static const char fixed[] =
	"\n### `run`: what memtrace was asked\n"
	"\n| column | unit | meaning |\n|---|---|---|\n"
	"| `key` | text | `version`, `command`, `watching` (the filters in words), and each filter "
	"and "
	"option that was given |\n"
	"| `value` | | of any type |\n"
	"\n### `thread`: threads that events and snapshots name\n"
	"\n| column | unit | meaning |\n|---|---|---|\n"
	"| `id` | | what other tables call it |\n"
	"| `pid` | | process id |\n"
	"| `tid` | | thread id |\n"
	"| `comm` | text | thread's name |\n"
	"| `cgroup` | id in `cgroup` | its memory cgroup |\n"
	"| `uid` | | user id |\n"
	"| `start_ns` | ns since boot | when the process started; 0: unknown |\n"
	"| `task_flags` | | 1: kernel thread |\n"
	"\n### `task_gone`: threads that the following snapshot had no more\n"
	"\n| column | unit | meaning |\n|---|---|---|\n"
	"| `seq` | | order of events: before the `tick` of that snapshot |\n"
	"| `tid` | | thread id |\n"
	"\n### `keyframe`: snapshots that are kept whole\n"
	"\n| column | unit | meaning |\n|---|---|---|\n"
	"| `seq` | | of its first event in `task`, or of its `tick` |\n"
	"| `time_ns` | ns since boot | of the same |\n";

static const char *unit_words(const struct field *f)
{
	static const char *const words[] = {
		[FU_NONE] = "",
		[FU_COUNT] = "count",
		[FU_NS] = "ns",
		[FU_BYTES] = "bytes",
		[FU_TIME] = "ns since boot",
		[FU_CGROUP] = "id in `cgroup`",
		[FU_GFP] = "bits, named in `meta`",
		[FU_ADDR] = "address",
		[FU_BOOL] = "0 or 1",
		[FU_CHAR] = "character's code",
		[FU_SYMBOL] = "address in `symbol`",
		[FU_FS] = "magic number",
		[FU_CAUSES] = "ns",
		[FU_STACK] = "id in `stack`",
	};

	return words[f->unit];
}

static void unit_print(FILE *out, const struct field *f)
{
	if (f->unit == FU_ENUM) {
		for (int i = 0; f->names[i]; i++)
			fprintf(out, "%s%d %s", i ? ", " : "", i, f->names[i]);
		return;
	}
	fputs(f->type == FT_CHARS || f->type == FT_TEXT ? "text" : unit_words(f), out);
}

/* '|' would end the cell. */
static void cell_text(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '|')
			fputc('\\', out);
		fputc(*s, out);
	}
}

static void column_print(FILE *out, const struct store_column *c)
{
	fprintf(out, "| `%s` | ", c->name);
	if (c->field) {
		unit_print(out, c->field);
		fputs(" | ", out);
		cell_text(out, c->field->help);
	} else {
		fputs("id in `thread` | who", out);
	}
	fputs(" |\n", out);
}

static void table_print(FILE *out, const struct store_table *t, bool more)
{
	fprintf(out, "\n### `%s%s`: %s\n", t->desc->name, more ? "_more" : "",
		more ? "what is 0 in most of these: no row where all of it is" : t->desc->help);
	fputs("\n| column | unit | meaning |\n|---|---|---|\n| `seq` | | order of events |\n", out);
	for (int i = 0; i < t->ncolumns; i++)
		if (t->column[i].more == more)
			column_print(out, &t->column[i]);
}

void store_manual(FILE *out)
{
	const struct store_table *t;
	int n;

	fputs(intro, out);
	fputs("\n## Views\n\n| view | has |\n|---|---|\n", out);
	for (int i = 0; i < store_nviews; i++) {
		fprintf(out, "| `%s` | ", store_views[i].name);
		cell_text(out, store_views[i].help);
		fputs(" |\n", out);
	}
	fputs("\n## Tables\n", out);
	t = store_tables(&n);
	for (int i = 0; i < n; i++) {
		table_print(out, &t[i], false);
		if (t[i].nmore)
			table_print(out, &t[i], true);
	}
	fputs(fixed, out);
}
