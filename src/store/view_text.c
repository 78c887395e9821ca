// SPDX-License-Identifier: GPL-2.0
/*
 * Fills in what stands in braces in the views of views.c: names from the field tables, wall time,
 * subqueries that several have.
 *
 * Layer: store.
 */
#include "schema.h"

#include <stdlib.h>
#include <string.h>

/* What is joined to an event by an id: the latest name of each. */
static const char cgroups[] = "(SELECT id, path, max(seq) FROM cgroup GROUP BY id)";
static const char files[] = "(SELECT ino, dev_major, dev_minor, path, max(seq) FROM file\n"
			    "    GROUP BY ino, dev_major, dev_minor)";
static const char cmdlines[] = "(SELECT pid, start_ns, cmdline, max(seq) FROM process\n"
			       "    GROUP BY pid, start_ns)";
/* By its first thread, as last seen; by another one where only that was. */
static const char processes[] = "(SELECT pid, start_ns, comm, uid, cgroup,\n"
				"    max((tid = pid) * 1000000000000 + id)\n"
				"    FROM thread GROUP BY pid, start_ns)";

static void quoted(FILE *out, const char *s)
{
	fputc('\'', out);
	for (; *s; s++)
		fputs(*s == '\'' ? "''" : (const char[]){*s, 0}, out);
	fputc('\'', out);
}

/* RFC 3339, UTC, of a boottime; by the clock as it was last set before. */
static void wall(FILE *out, const char *ns)
{
	fprintf(out,
		"strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', (%s + coalesce((SELECT realtime_ns - "
		"time_ns\n"
		"    FROM clock WHERE time_ns <= %s ORDER BY seq DESC LIMIT 1),\n"
		"    (SELECT realtime_ns - time_ns FROM meta LIMIT 1))) / 1e9, 'unixepoch')",
		ns, ns);
}

/* arg: "TABLE.FIELD EXPRESSION". */
static void enum_name(FILE *out, const char *arg)
{
	const char *dot = strchr(arg, '.'), *blank = strchr(arg, ' ');
	char table[STORE_NAME_MAX], name[STORE_NAME_MAX];
	const struct field *f;

	snprintf(table, sizeof(table), "%.*s", (int)(dot - arg), arg);
	snprintf(name, sizeof(name), "%.*s", (int)(blank - dot - 1), dot + 1);
	f = event_field(event_desc_by_name(table), name);
	fprintf(out, "CASE %s", blank + 1);
	for (int i = 0; f->names[i]; i++) {
		fprintf(out, " WHEN %d THEN ", i);
		quoted(out, f->names[i]);
	}
	fprintf(out, " ELSE %s END", blank + 1);
}

/* For each cause: head, its name, middle, its name, tail. */
static void each(FILE *out, const char *const names[], const char *head, const char *middle,
		 const char *tail)
{
	for (int i = 0; names[i]; i++)
		fprintf(out, "%s%s%s%s%s", head, names[i], middle, names[i], tail);
}

static void classes_sum(FILE *out)
{
	for (int i = 0; fault_class_names[i]; i++)
		fprintf(out, ", sum(f.class = %d) AS \"%s\"", i, fault_class_names[i]);
}

static void cause_row(FILE *out, const char *cause, const char *help)
{
	fputs("SELECT ", out);
	quoted(out, cause);
	fprintf(out,
		" AS cause, %s / 1e6 AS total_ms, 100.0 * %s / nullif(total, 0) AS percent,\n"
		"    %s_n AS stalls, %s_max / 1e6 AS max_ms, ",
		cause, cause, cause, cause);
	quoted(out, help);
	fprintf(out, " AS meaning FROM a WHERE %s > 0\n", cause);
}

static void causes_rows(FILE *out)
{
	const struct event_desc *d = event_desc(EV_STALL);

	fputs("WITH a AS (SELECT sum(duration_ns) AS total", out);
	for (int i = 0; i < STALL_CAUSES; i++) {
		const char *c = stall_cause_names[i];

		fprintf(out,
			",\n    sum(causes_%s_ns) AS %s, sum(causes_%s_ns > 0) AS %s_n, "
			"max(causes_%s_ns) AS %s_max",
			c, c, c, c, c, c);
	}
	fprintf(out,
		",\n    sum(CASE WHEN NOT split THEN duration_ns END) AS unknown,\n"
		"    sum(NOT split) AS unknown_n,\n"
		"    max(CASE WHEN NOT split THEN duration_ns END) AS unknown_max\n"
		"  FROM stall WHERE kind <> %d)\n",
		STALL_PROACTIVE);
	for (int i = 0; i < STALL_CAUSES; i++) {
		char name[STORE_NAME_MAX];

		snprintf(name, sizeof(name), "causes.%s_ns", stall_cause_names[i]);
		cause_row(out, stall_cause_names[i], event_field(d, name)->help);
		fputs("UNION ALL ", out);
	}
	cause_row(out, "unknown", "this kernel did not tell");
	fputs("ORDER BY total_ms DESC", out);
}

/* Counters that tell of no loss are what was seen, left out as not asked for, and states. */
static bool is_loss(const struct field *f)
{
	static const char *const no_loss[] = {".seen", ".filtered", ".extra", "open_stalls"};
	size_t len = strlen(f->name);

	for (size_t i = 0; i < sizeof(no_loss) / sizeof(no_loss[0]); i++) {
		size_t n = strlen(no_loss[i]);

		if (len >= n && strcmp(f->name + len - n, no_loss[i]) == 0)
			return false;
	}
	return f->unit == FU_COUNT;
}

static void lost_rows(FILE *out)
{
	const struct store_table *t = store_table_of(EV_COUNTS);
	const char *sep = "";

	fputs("WITH a AS (SELECT * FROM counts ORDER BY seq LIMIT 1),\n"
	      "  z AS (SELECT * FROM counts ORDER BY seq DESC LIMIT 1)\n",
	      out);
	for (int i = 0; i < t->ncolumns; i++) {
		const struct store_column *c = &t->column[i];

		if (!c->field || !is_loss(c->field))
			continue;
		fprintf(out, "%sSELECT ", sep);
		quoted(out, c->field->name);
		fprintf(out, " AS what, z.%s - a.%s AS events, ", c->name, c->name);
		quoted(out, c->field->help);
		fprintf(out, " AS meaning FROM a, z WHERE z.%s > a.%s", c->name, c->name);
		sep = "\nUNION ALL ";
	}
}

static const struct {
	const char *name;
	const char *text;
	int number; /* where there is no text */
	void (*write)(FILE *out);
} simple[] = {
	{.name = "cgroups", .text = cgroups},
	{.name = "files", .text = files},
	{.name = "cmdlines", .text = cmdlines},
	{.name = "processes", .text = processes},
	{.name = "proactive", .number = STALL_PROACTIVE},
	{.name = "untimed", .number = FAULT_F_UNTIMED},
	{.name = "swap", .number = FAULT_SWAP},
	{.name = "sleep", .number = KSWAPD_SLEEP},
	{.name = "classes_sum", .write = classes_sum},
	{.name = "causes_rows", .write = causes_rows},
	{.name = "lost_rows", .write = lost_rows},
};

static bool fill_simple(FILE *out, const char *what)
{
	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
		if (strcmp(what, simple[i].name) != 0)
			continue;
		if (simple[i].write)
			simple[i].write(out);
		else if (simple[i].text)
			fputs(simple[i].text, out);
		else
			fprintf(out, "%d", simple[i].number);
		return true;
	}
	return false;
}

static void fill(FILE *out, const char *what)
{
	if (strncmp(what, "wall ", 5) == 0)
		wall(out, what + 5);
	else if (strncmp(what, "enum ", 5) == 0)
		enum_name(out, what + 5);
	else if (strcmp(what, "causes_ms") == 0)
		each(out, stall_cause_names, ",\n  CASE WHEN s.split THEN s.causes_",
		     "_ns / 1e6 END AS ", "_ms");
	else if (strcmp(what, "causes_sum") == 0)
		each(out, stall_cause_names, ",\n    sum(s.causes_", "_ns) AS ", "");
	else if (strcmp(what, "causes_of_sum") == 0)
		each(out, stall_cause_names, ", a.", " / 1e6 AS ", "_ms");
	else if (strcmp(what, "classes") == 0)
		each(out, fault_class_names, ", a.\"", "\" AS \"", "\"");
	else if (!fill_simple(out, what))
		abort(); /* a view asks for what nobody has: every test says so */
}

void store_view_sql(const struct store_view *v, FILE *out)
{
	const char *at = v->text, *brace;
	char what[512];

	while ((brace = strchr(at, '{')) != NULL) {
		size_t len = strcspn(brace + 1, "}");

		fwrite(at, 1, (size_t)(brace - at), out);
		snprintf(what, sizeof(what), "%.*s", (int)len, brace + 1);
		fill(out, what);
		at = brace + 1 + len + 1;
	}
	fputs(at, out);
}
