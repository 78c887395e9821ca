// SPDX-License-Identifier: GPL-2.0
/* Layer: source. See census.h. */
#include "census.h"

#include <stdio.h>
#include <string.h>
#include "cgmem.h"
#include "log.h"

void census_init(struct census *c, struct cgwatch *watch, const struct cgroups *cg)
{
	*c = (struct census){.watch = watch, .cg = cg};
	census_begin(c);
}

void census_begin(struct census *c)
{
	c->last = 0;
	c->last_parent[0] = '\0';
	c->new_left = CENSUS_NEW;
	c->again_left = CENSUS_AGAIN;
	c->walks_left = CENSUS_WALKS;
}

/* Where it is, or in place of which one it belongs: of a few the one that was seen least lately. */
static struct census_entry *entry_of(struct census *c, uint64_t id)
{
	uint64_t hash = (id * 0x9e3779b97f4a7c15ull) >> 32;
	struct census_entry *at = NULL;

	for (unsigned int i = 0; i < 8; i++) {
		struct census_entry *e = &c->known[(hash + i) % CENSUS_KNOWN];

		if (e->id == id)
			return e;
		if (!at || e->at_ns < at->at_ns)
			at = e;
	}
	return at;
}

static bool due(const struct census_entry *e, uint64_t id, uint64_t now_ns)
{
	return e->id != id || now_ns >= e->at_ns + CENSUS_AGAIN_NS;
}

/* The entry is this one's from now on. */
static void claim(struct census *c, struct census_entry *e, uint64_t id, uint64_t now_ns)
{
	if (e->id != id) {
		c->left_out -= e->left_out;
		*e = (struct census_entry){.id = id};
	}
	e->at_ns = now_ns;
}

static void left_out(struct census *c, struct census_entry *e, bool is)
{
	if (is)
		log_warn_once("more than %d cgroups have a limit: those farther from it have no "
			      "history in reports unless they stall",
			      CGWATCH_MAX);
	c->left_out += is;
	c->left_out -= e->left_out;
	e->left_out = is;
}

static void look(struct census *c, struct census_entry *e, const char *path)
{
	struct cgroup_room room;
	uint32_t permille;

	if (cgroup_limit(c->cg, path) == EV_ABSENT || cgroup_room(c->cg, path, &room) ||
	    room.limit == EV_ABSENT) {
		left_out(c, e, false);
		return;
	}
	permille = cgwatch_permille(room.limit - room.free, room.limit);
	left_out(c, e, !cgwatch_limited(c->watch, e->id, path, permille));
}

/* Those above it are no more than there are below: they are looked at whenever it is their time. */
static void look_up(struct census *c, char *path, uint64_t now_ns)
{
	uint64_t id;

	while (cgroup_path_up(path) && strcmp(path, "/") != 0) {
		struct census_entry *e;

		if (!strcmp(path, c->last_parent) || cgroup_id(c->cg, path, &id))
			return;
		strcpy(c->last_parent, path);
		e = entry_of(c, id);
		if (!due(e, id, now_ns))
			return;
		claim(c, e, id, now_ns);
		look(c, e, path);
	}
}

/* Where ids lead to paths by a walk only, one look at each must do. */
static bool affordable(struct census *c, bool is_new, bool has_path)
{
	int *left = is_new ? &c->new_left : &c->again_left;

	if (*left <= 0)
		return false;
	if (!has_path && !c->cg->handles && (!is_new || c->walks_left-- <= 0))
		return false;
	--*left;
	return true;
}

void census_note(struct census *c, uint64_t cgroup, const char *known, uint64_t now_ns)
{
	struct census_entry *e;
	char path[PATH_MAX];

	if (!cgroup || cgroup == c->last)
		return;
	c->last = cgroup;
	e = entry_of(c, cgroup);
	if (!due(e, cgroup, now_ns) || !affordable(c, e->id != cgroup, known))
		return;
	claim(c, e, cgroup, now_ns);
	if (known ? snprintf(path, sizeof(path), "%s", known) >= PATH_MAX
		  : cgroup_path(c->cg, cgroup, path, sizeof(path)) != 0)
		return;
	if (!strcmp(path, "/"))
		return;
	look(c, e, path);
	look_up(c, path, now_ns);
}
