// SPDX-License-Identifier: GPL-2.0
/*
 * The zones of /proc/zoneinfo. See host.h.
 *
 * Layer: sys.
 */
#include <stdio.h>
#include <string.h>
#include "host.h"
#include "sysfile.h"

/* "Node 0, zone   Normal" */
static bool zone_begin(const char *line, struct ev_zone *z)
{
	struct ev_zone fresh = {.nid = -1};

	if (sscanf(line, "Node %d, zone %15s", &fresh.nid, fresh.name) != 2 || fresh.nid < 0)
		return false;
	*z = fresh;
	return true;
}

/*
 * Takes a watermark's line. The pageset lines further down have similar names, but with a colon
 * ("high:"), and sys_key_value() would not tell them apart: so the blank is looked for here.
 */
static void zone_line(struct ev_zone *z, const char *line, uint64_t page_size)
{
	const struct {
		const char *label;
		uint64_t *bytes;
	} figures[] = {
		{"pages free ", &z->free_bytes}, {"min ", &z->min_bytes},
		{"low ", &z->low_bytes},	 {"high ", &z->high_bytes},
		{"managed ", &z->managed_bytes},
	};
	const char *p = line + strspn(line, " ");

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		size_t len = strlen(figures[i].label);
		uint64_t pages;

		if (strncmp(p, figures[i].label, len))
			continue;
		p += len;
		if (sys_number(&p, 10, &pages) ||
		    __builtin_mul_overflow(pages, page_size, figures[i].bytes))
			*figures[i].bytes = EV_ABSENT;
		return;
	}
}

/* "  node_unreclaimable:  0", the node's state, stands in the section of each of its zones. */
static void node_line(struct ev_zone *z, const char *line)
{
	static const char label[] = "node_unreclaimable:";
	const char *p = line + strspn(line, " ");
	uint64_t value;

	if (strncmp(p, label, sizeof(label) - 1))
		return;
	p += sizeof(label) - 1;
	if (!sys_number(&p, 10, &value))
		z->unreclaimable = value != 0;
}

static int zone_keep(const struct ev_zone *z, struct ev_zone *out, int n, int max)
{
	if (!z->managed_bytes || n >= max)
		return n;
	out[n] = *z;
	return n + 1;
}

int zones_read(const struct sysroot *root, struct ev_zone *out, int max, uint64_t page_size)
{
	struct ev_zone zone = {0}, next;
	struct sys_lines lines;
	const char *line;
	int n = 0, err = sys_lines_open(&lines, root, "/proc/zoneinfo");

	if (err)
		return err;
	while ((line = sys_lines_next(&lines))) {
		if (zone_begin(line, &next)) {
			n = zone_keep(&zone, out, n, max);
			zone = next;
		} else {
			zone_line(&zone, line, page_size);
			node_line(&zone, line);
		}
	}
	err = sys_lines_close(&lines);
	return err ? err : zone_keep(&zone, out, n, max);
}
