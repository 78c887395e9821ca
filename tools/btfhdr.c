// SPDX-License-Identifier: GPL-2.0
/*
 * btfhdr: writes the C header of the kernel types that bpf/ reads, out of a kernel's BTF and a
 * list of types and fields. The header is pinned in the repository, so that building needs no
 * BTF; run this only to add a field (see vmlinux/README.md).
 *
 * Only the named fields are written: CO-RE looks fields up by name when a program is loaded, so
 * their order and offsets here mean nothing, and one header serves every architecture.
 *
 * usage: btfhdr BTF-FILE LIST > vmlinux.h
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>

static const struct btf *btf;
static struct btf_dump *dump;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "btfhdr: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

/* A set of names already written, so that each typedef or forward declaration comes once. */
static bool first_time(const char *kind, const char *name)
{
	static char *seen[4096];
	static int n;
	char key[256];

	snprintf(key, sizeof(key), "%s %s", kind, name);
	for (int i = 0; i < n; i++)
		if (!strcmp(seen[i], key))
			return false;
	if (n == 4096)
		die("too many names");
	seen[n++] = strdup(key);
	return true;
}

static const char *name_of(const struct btf_type *t)
{
	return btf__name_by_offset(btf, t->name_off);
}

static void emit_decl(__u32 id, const char *field)
{
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, opts, .field_name = field, .strip_mods = true);
	int err = btf_dump__emit_type_decl(dump, id, &opts);

	if (err)
		die("cannot write the type of '%s': %s", field, strerror(-err));
}

/* Writes what a declaration of this type needs before it: forward declarations and typedefs. */
static void emit_needs(__u32 id, bool by_pointer)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const char *name = name_of(t), *kw = btf_kind(t) == BTF_KIND_UNION ? "union" : "struct";

	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
		emit_needs(t->type, true);
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		emit_needs(t->type, by_pointer);
		break;
	case BTF_KIND_ARRAY:
		emit_needs(btf_array(t)->type, by_pointer);
		break;
	case BTF_KIND_TYPEDEF:
		emit_needs(t->type, by_pointer);
		if (first_time("typedef", name)) {
			printf("typedef ");
			emit_decl(t->type, name);
			printf(";\n");
		}
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		if (!name[0]) { /* written in full by its typedef */
			for (int i = 0; i < btf_vlen(t); i++)
				emit_needs(btf_members(t)[i].type, by_pointer);
			break;
		}
		if (!first_time("declared", name))
			break;
		if (!by_pointer)
			die("'%s %s' is embedded: name it in the list, before its user", kw, name);
		printf("%s %s;\n", kw, name);
		break;
	default:
		break;
	}
}

/* Finds a member by name, through anonymous structs and unions. */
static const struct btf_member *find_member(const struct btf_type *t, const char *name)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; i < btf_vlen(t); i++, m++) {
		const char *n = btf__name_by_offset(btf, m->name_off);
		const struct btf_type *mt = btf__type_by_id(btf, m->type);

		while (btf_is_mod(mt))
			mt = btf__type_by_id(btf, mt->type);
		if (!strcmp(n, name))
			return m;
		if (!n[0] && btf_is_composite(mt)) {
			const struct btf_member *inner = find_member(mt, name);

			if (inner)
				return inner;
		}
	}
	return NULL;
}

static void emit_composite(const char *kw, const char *name, char *fields)
{
	__s32 kind = strcmp(kw, "union") ? BTF_KIND_STRUCT : BTF_KIND_UNION;
	__s32 id = btf__find_by_name_kind(btf, name, kind);
	const struct btf_member *m[64];
	char *field[64], *save;
	int n = 0;

	if (id < 0)
		die("no '%s %s' in this BTF", kw, name);
	for (char *f = strtok_r(fields, " ", &save); f; f = strtok_r(NULL, " ", &save)) {
		if (n == 64)
			die("'%s' has too many fields", name);
		field[n] = f;
		m[n] = find_member(btf__type_by_id(btf, id), f);
		if (!m[n])
			die("'%s %s' has no field '%s'", kw, name, f);
		emit_needs(m[n]->type, false);
		n++;
	}
	first_time("declared", name);
	printf("\n%s %s {\n", kw, name);
	for (int i = 0; i < n; i++) {
		printf("\t");
		emit_decl(m[i]->type, field[i]);
		printf(";\n");
	}
	printf("};\n\n");
}

static void emit_enum(const char *name, char *values)
{
	__s32 id = btf__find_by_name_kind(btf, name, BTF_KIND_ENUM);
	const struct btf_type *t;
	char *save;

	if (id < 0)
		die("no 'enum %s' in this BTF", name);
	t = btf__type_by_id(btf, id);
	printf("\nenum %s {\n", name);
	for (char *v = strtok_r(values, " ", &save); v; v = strtok_r(NULL, " ", &save)) {
		const struct btf_enum *e = btf_enum(t);
		int i;

		for (i = 0; i < btf_vlen(t); i++, e++)
			if (!strcmp(btf__name_by_offset(btf, e->name_off), v))
				break;
		if (i == btf_vlen(t))
			die("'enum %s' has no value '%s'", name, v);
		printf("\t%s = %d,\n", v, e->val);
	}
	printf("};\n\n");
}

static void emit_line(char *line)
{
	char *colon = strchr(line, ':'), *kw, *name, *save;

	line[strcspn(line, "\n")] = 0;
	if (!line[0] || line[0] == '#')
		return;
	if (!colon)
		die("no ':' in '%s'", line);
	*colon = 0;
	kw = strtok_r(line, " ", &save);
	name = strtok_r(NULL, " ", &save);
	if (!kw || !name)
		die("want 'struct NAME: FIELD...'");
	if (!strcmp(kw, "enum"))
		emit_enum(name, colon + 1);
	else
		emit_composite(kw, name, colon + 1);
}

static void print_to(void *ctx, const char *fmt, va_list ap)
{
	vfprintf(ctx, fmt, ap);
}

int main(int argc, char **argv)
{
	char line[4096];
	FILE *list;

	if (argc != 3)
		die("usage: btfhdr BTF-FILE LIST > vmlinux.h");
	btf = btf__parse(argv[1], NULL);
	if (!btf)
		die("cannot read BTF from %s: %s", argv[1], strerror(errno));
	dump = btf_dump__new(btf, print_to, stdout, NULL);
	list = fopen(argv[2], "r");
	if (!dump || !list)
		die("cannot read %s: %s", argv[2], strerror(errno));

	printf("/* SPDX-License-Identifier: GPL-2.0 */\n"
	       "/*\n"
	       " * Kernel types that bpf/ reads. Written by tools/btfhdr from vmlinux/types.list;\n"
	       " * do not edit: see vmlinux/README.md, which also records the kernel it came "
	       "from.\n"
	       " */\n"
	       "#ifndef MEMTRACE_VMLINUX_H\n#define MEMTRACE_VMLINUX_H\n\n"
	       "#pragma clang attribute push(__attribute__((preserve_access_index)), "
	       "apply_to = record)\n\n");
	while (fgets(line, sizeof(line), list))
		emit_line(line);
	printf("#pragma clang attribute pop\n\n#endif\n");
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
