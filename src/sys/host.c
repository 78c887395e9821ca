// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of /proc/vmstat, /proc/meminfo and /proc/pressure/memory. See host.h.
 *
 * Layer: sys.
 */
#include "host.h"
#include <string.h>
#include "psi.h"
#include "sysfile.h"

struct host_key {
	const char *key;
	enum host_counter counter;
};

static const struct host_key vmstat_keys[] = {
#define HOST_VMSTAT(id, key) {key, HOST_##id},
#define HOST_MEMINFO(id, key)
#define HOST_PSI(id, key)
#include "host.def"
#undef HOST_VMSTAT
#undef HOST_MEMINFO
#undef HOST_PSI
	{NULL, 0},
};

static const struct host_key meminfo_keys[] = {
#define HOST_VMSTAT(id, key)
#define HOST_MEMINFO(id, key) {key, HOST_##id},
#define HOST_PSI(id, key)
#include "host.def"
#undef HOST_VMSTAT
#undef HOST_MEMINFO
#undef HOST_PSI
	{NULL, 0},
};

/* A pattern that ends in * matches all keys that begin with what is before it. */
static bool key_matches(const char *pattern, const char *key)
{
	size_t len = strlen(pattern);

	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, key, len - 1);
	return !strcmp(pattern, key);
}

static void value_add(uint64_t *value, uint64_t n)
{
	*value = *value == EV_ABSENT ? n : sys_add(*value, n);
}

/* scale: bytes or events per unit of the file. */
static int keys_read(const struct sysroot *root, const char *path, const struct host_key *keys,
		     uint64_t scale, uint64_t *value)
{
	struct sys_lines lines;
	const char *key;
	uint64_t n;
	char *line;
	int err = sys_lines_open(&lines, root, "%s", path);

	if (err)
		return err;
	while ((line = sys_lines_next(&lines))) {
		if (!sys_key_value(line, &key, &n) || __builtin_mul_overflow(n, scale, &n))
			continue;
		for (const struct host_key *k = keys; k->key; k++) {
			if (key_matches(k->key, key))
				value_add(&value[k->counter], n);
		}
	}
	return sys_lines_close(&lines);
}

/* The first error that does not just mean "this kernel has no such file". */
static int first_error(int first, int err)
{
	if (first || err == -ENOENT || err == -EOPNOTSUPP)
		return first;
	return err;
}

int host_read(const struct sysroot *root, struct ev_host *out)
{
	uint64_t *value = out->value;
	int err;

	for (int i = 0; i < HOST_COUNTERS; i++)
		value[i] = EV_ABSENT;
	err = first_error(0, keys_read(root, "/proc/vmstat", vmstat_keys, 1, value));
	err = first_error(err, keys_read(root, "/proc/meminfo", meminfo_keys, 1024, value));
	return first_error(err, psi_read(root, "/proc/pressure/memory", &value[HOST_PSI_SOME],
					 &value[HOST_PSI_FULL]));
}
