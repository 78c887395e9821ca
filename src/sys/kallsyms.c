// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: sys. See kallsyms.h.
 */
#include "kallsyms.h"

#include <errno.h>
#include <string.h>
#include "sysfile.h"

/* A function, which is a line of the table. */
struct symbol {
	uint64_t address;
	char name[KSYM_NAME_CAP];
};

struct table {
	struct sys_lines lines;
	bool any, shown; /* lines; one with an address */
};

static int table_open(struct table *t, const struct sysroot *root)
{
	int err = sys_lines_open(&t->lines, root, "/proc/kallsyms");

	t->any = t->shown = false;
	return err == -ENOENT ? -EOPNOTSUPP : err;
}

static int table_close(struct table *t)
{
	int err = sys_lines_close(&t->lines);

	return err ? err : t->any && !t->shown ? -EACCES : 0;
}

/* Link-time optimisation by clang puts a hash behind names of static functions. */
static size_t name_length(const char *name)
{
	size_t len = strcspn(name, " \t");
	const char *hash = strstr(name, ".llvm.");

	return hash && hash > name && hash < name + len ? (size_t)(hash - name) : len;
}

/* "ffffffff81000000 T _text", "ffffffffa0001000 t ext4_sync_fs	[ext4]" */
static bool symbol_parse(const char *line, struct symbol *s)
{
	const char *p = line;
	size_t len;

	if (sys_number(&p, 16, &s->address) || p[0] != ' ' || !p[1] || p[2] != ' ' ||
	    !strchr("tTwW", p[1]))
		return false;
	p += 3;
	len = name_length(p);
	if (len >= sizeof(s->name))
		len = sizeof(s->name) - 1;
	memcpy(s->name, p, len);
	s->name[len] = '\0';
	return len > 0;
}

static bool table_next(struct table *t, struct symbol *s)
{
	const char *line;

	while ((line = sys_lines_next(&t->lines))) {
		if (!symbol_parse(line, s))
			continue;
		t->any = true;
		t->shown |= s->address != 0;
		return true;
	}
	return false;
}

int kallsyms_check(const struct sysroot *root)
{
	struct symbol s;
	struct table t;
	int err = table_open(&t, root);

	if (err)
		return err;
	table_next(&t, &s); /* one is like all */
	return table_close(&t);
}

/* The first of them at or behind an address. */
static int first_from(const struct ksym *syms, int n, uint64_t address)
{
	int low = 0;

	while (low < n) {
		int middle = low + (n - low) / 2;

		if (syms[middle].address < address)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

/* A function for what is between its begin and end, unless there is a nearer one. */
static void offer(struct ksym *syms, int n, const struct symbol *s, uint64_t end)
{
	for (int i = first_from(syms, n, s->address); i < n && syms[i].address < end; i++) {
		struct ksym *k = &syms[i];

		if (k->exact && k->address != s->address)
			continue;
		if (k->name[0] && k->begin >= s->address)
			continue;
		k->begin = s->address;
		memcpy(k->name, s->name, sizeof(k->name));
	}
}

static uint64_t reach(uint64_t begin)
{
	return begin > UINT64_MAX - KSYM_REACH ? UINT64_MAX : begin + KSYM_REACH;
}

/*
 * Whatever is behind the next function is nearer to that one. So each function waits for the next
 * before it is offered: most of them have nothing in between, and cost next to nothing.
 */
static void offer_all(struct table *t, struct ksym *syms, int n)
{
	struct symbol last = {0}, s;

	while (table_next(t, &s)) {
		uint64_t end = reach(last.address);

		if (!s.address || s.address == last.address)
			continue;
		if (s.address > last.address && s.address < end)
			end = s.address;
		if (last.address)
			offer(syms, n, &last, end);
		last = s;
	}
	if (last.address)
		offer(syms, n, &last, reach(last.address));
}

int kallsyms_resolve(const struct sysroot *root, struct ksym *syms, int n)
{
	struct table t;
	int err = table_open(&t, root);

	for (int i = 0; i < n; i++)
		syms[i].name[0] = '\0';
	if (err)
		return err;
	offer_all(&t, syms, n);
	return table_close(&t);
}
