// SPDX-License-Identifier: GPL-2.0
/* Layer: source. See aftermath.h. */
#include "aftermath.h"

#include <string.h>
#include <unistd.h>
#include "cgmem.h"
#include "host.h"

void aftermath_init(struct aftermath *a, const struct sysroot *root, const struct cgroups *cg,
		    const struct cgwatch *watched, aftermath_fn fn, void *ctx)
{
	*a = (struct aftermath){.root = root, .cg = cg, .watched = watched, .fn = fn, .ctx = ctx};
}

static void send(struct aftermath *a, void *event, uint16_t kind, uint32_t size, uint64_t now_ns)
{
	struct ev_hdr *ev = event;

	*ev = (struct ev_hdr){.kind = kind, .size = size, .time_ns = now_ns};
	a->fn(a->ctx, ev);
}

/* What was heard of. */

/* No room: more than are told apart have just been killed, in places that are read already. */
static void heard_add(struct aftermath *a, const struct oom_heard *h)
{
	if (a->nheard < AFTERMATH_KILLS)
		a->heard[a->nheard++] = *h;
}

/* The probe's word replaces the log's. */
static void doubt_end(struct aftermath *a, uint32_t tgid, uint32_t tid)
{
	for (int i = 0; i < a->nheard; i++) {
		if (!a->heard[i].doubtful || (a->heard[i].pid != tgid && a->heard[i].pid != tid))
			continue;
		a->nheard--;
		memmove(&a->heard[i], &a->heard[i + 1], (a->nheard - i) * sizeof(a->heard[0]));
		return;
	}
}

static void note_probe(struct aftermath *a, const struct ev_oom_kill *ev)
{
	const struct oom_heard h = {.time_ns = ev->hdr.time_ns,
				    .cgroup = ev->memcg ? ev->memcg : ev->victim.cgroup,
				    .pid = ev->victim.tgid,
				    .known = ev->memcg || ev->at_limit,
				    .memcg = ev->memcg != 0};
	unsigned int slot = a->ntold++ % AFTERMATH_KILLS;

	doubt_end(a, ev->victim.tgid, ev->victim.tid);
	a->told[slot].tgid = ev->victim.tgid;
	a->told[slot].tid = ev->victim.tid;
	heard_add(a, &h);
}

/* Has the probe told of it? Each kill has one line. */
static bool told_take(struct aftermath *a, uint32_t pid)
{
	for (int i = 0; i < AFTERMATH_KILLS; i++) {
		if (!pid || (a->told[i].tgid != pid && a->told[i].tid != pid))
			continue;
		a->told[i].tgid = a->told[i].tid = 0;
		return true;
	}
	return false;
}

static bool said_lately(const struct aftermath *a, uint64_t kill_ns)
{
	uint64_t apart = kill_ns > a->said_ns ? kill_ns - a->said_ns : a->said_ns - kill_ns;

	return a->said_ns && apart < AFTERMATH_LOG_NS;
}

static void note_log(struct aftermath *a, const struct ev_kmsg *ev)
{
	struct oom_heard h = {.time_ns = ev->hdr.time_ns, .doubtful = true};

	if (kmsg_oom_place(ev->text, &a->said)) {
		a->said_ns = ev->hdr.time_ns;
		if (!a->said.path[0] || cgroup_id(a->cg, a->said.path, &a->said_cgroup))
			a->said_cgroup = 0;
	} else if (kmsg_oom_killed(ev->text, &h.pid) && !told_take(a, h.pid)) {
		h.known = said_lately(a, h.time_ns);
		h.memcg = h.known && a->said.memcg;
		h.cgroup = h.known ? a->said_cgroup : 0;
		heard_add(a, &h);
	}
}

void aftermath_note(struct aftermath *a, const struct ev_hdr *ev)
{
	if (ev->kind == EV_OOM_KILL)
		note_probe(a, (const void *)ev);
	else if (ev->kind == EV_KMSG)
		note_log(a, (const void *)ev);
}

bool aftermath_doubts(const struct aftermath *a)
{
	for (int i = 0; i < a->nheard; i++)
		if (a->heard[i].doubtful)
			return true;
	return false;
}

/* Where it was. */

static bool path_find(const struct aftermath *a, uint64_t cgroup, char *buf, size_t cap)
{
	const char *known = a->said_cgroup == cgroup ? a->said.path : NULL;

	if (!known)
		known = cgwatch_path(a->watched, cgroup);
	if (!known)
		return !cgroup_path(a->cg, cgroup, buf, cap);
	strcpy(buf, known);
	return true;
}

/* Of two places the one that there is less reason to keep. */
static struct oom_place *lesser(struct oom_place *p, struct oom_place *q)
{
	if (p->waits != q->waits)
		return p->waits ? q : p;
	return p->kill_ns <= q->kill_ns ? p : q;
}

/* NULL when it has gone, and nobody knows where it was. */
static struct oom_place *place_get(struct aftermath *a, uint64_t cgroup)
{
	struct oom_place *p = &a->places[0];
	char path[PATH_MAX];

	for (int i = 0; i < AFTERMATH_PLACES; i++) {
		if (a->places[i].cgroup == cgroup)
			return &a->places[i];
		p = lesser(p, &a->places[i]);
	}
	if (!path_find(a, cgroup, path, sizeof(path)))
		return NULL;
	*p = (struct oom_place){.cgroup = cgroup};
	strcpy(p->path, path);
	return p;
}

/* The root has no limit and no figures of its own. */
static void chain_read(struct aftermath *a, struct oom_place *p, uint64_t now_ns)
{
	char path[PATH_MAX];

	if (p->read_ns && now_ns < p->read_ns + AFTERMATH_READ_NS)
		return;
	p->read_ns = now_ns;
	strcpy(path, p->path);
	for (uint32_t level = 0; strcmp(path, "/") != 0; level++) {
		struct ev_cgmem ev = {.kill_ns = p->kill_ns, .level = level};

		/* Another one may have its path by now. */
		if (!cgroup_mem(a->cg, path, &ev) && (level || ev.cgroup == p->cgroup))
			send(a, &ev, EV_CGMEM, sizeof(ev), now_ns);
		if (!cgroup_path_up(path))
			break;
	}
}

static bool zone_short(const struct ev_zone *z)
{
	return z->free_bytes <= z->high_bytes;
}

static bool zone_same(const struct ev_zone *y, const struct ev_zone *z)
{
	return y->nid == z->nid && !strcmp(y->name, z->name);
}

static int zones_now(const struct aftermath *a, struct ev_zone zones[AFTERMATH_ZONES])
{
	return zones_read(a->root, zones, AFTERMATH_ZONES, sysconf(_SC_PAGESIZE));
}

static bool zone_waited_for(const struct aftermath *a, const struct ev_zone *z)
{
	for (int i = 0; i < a->nzones; i++)
		if (zone_same(&a->zones[i], z))
			return true;
	return false;
}

static void machine_wait(struct aftermath *a, const struct oom_heard *h)
{
	struct ev_zone zones[AFTERMATH_ZONES];
	int n = zones_now(a, zones);

	for (int i = 0; i < n; i++)
		if (zone_short(&zones[i]) && a->nzones < AFTERMATH_ZONES &&
		    !zone_waited_for(a, &zones[i]))
			a->zones[a->nzones++] = zones[i];
	/* With enough free, whose limit it was is not known: then nothing is waited for. */
	a->machine = h->known || a->nzones;
	a->machine_kill_ns = h->time_ns;
}

/* A kernel that does not tell the probe whose limit it was may have told the log. */
static void heard_complete(const struct aftermath *a, struct oom_heard *h)
{
	if (h->known || !said_lately(a, h->time_ns))
		return;
	h->known = true;
	h->memcg = a->said.memcg;
	if (a->said_cgroup && (h->memcg || !h->cgroup))
		h->cgroup = a->said_cgroup;
}

static void kill_take(struct aftermath *a, struct oom_heard *h, uint64_t now_ns)
{
	struct oom_place *p;

	heard_complete(a, h);
	if (h->time_ns > a->kill_ns)
		a->kill_ns = h->time_ns;
	p = h->cgroup ? place_get(a, h->cgroup) : NULL;
	if (p) {
		p->kill_ns = h->time_ns;
		p->waits |= h->memcg;
		chain_read(a, p, now_ns);
	}
	if (!h->memcg)
		machine_wait(a, h);
}

/* When there is room again. */

static void back_send(struct aftermath *a, uint64_t kill_ns, uint64_t cgroup, uint64_t free,
		      uint64_t mark, uint64_t now_ns)
{
	struct ev_oom_back ev = {
		.kill_ns = kill_ns, .cgroup = cgroup, .free_bytes = free, .mark_bytes = mark};

	send(a, &ev, EV_OOM_BACK, sizeof(ev), now_ns);
}

/* Where none was short, all are looked at. */
static void machine_look(struct aftermath *a, uint64_t now_ns)
{
	struct ev_zone zones[AFTERMATH_ZONES];
	int n = zones_now(a, zones);
	uint64_t free = 0, mark = 0;

	for (int i = 0; i < n; i++) {
		if (a->nzones && !zone_waited_for(a, &zones[i]))
			continue;
		if (a->nzones && zone_short(&zones[i]))
			return;
		free += zones[i].free_bytes;
		mark += zones[i].high_bytes;
	}
	if (n <= 0)
		return;
	back_send(a, a->machine_kill_ns, 0, free, mark, now_ns);
	a->machine = false;
	a->nzones = 0;
}

/* Small limits are reached by a few pages of each CPU. */
static uint64_t room_mark(uint64_t limit)
{
	const uint64_t least = 1 << 20;
	uint64_t mark = limit / 32 > least ? limit / 32 : least;

	return mark < limit / 2 ? mark : limit / 2;
}

static void place_look(struct aftermath *a, struct oom_place *p, uint64_t now_ns)
{
	struct cgroup_room room = {EV_ABSENT, EV_ABSENT};
	uint64_t id = 0, mark;

	if (!cgroup_id(a->cg, p->path, &id) && id == p->cgroup)
		cgroup_room(a->cg, p->path, &room);
	mark = room.limit == EV_ABSENT ? EV_ABSENT : room_mark(room.limit);
	if (mark != EV_ABSENT && room.free < mark)
		return;
	back_send(a, p->kill_ns, p->cgroup, room.free, mark, now_ns);
	p->waits = false;
}

static bool look(struct aftermath *a, uint64_t now_ns)
{
	bool waits;

	if (a->machine)
		machine_look(a, now_ns);
	waits = a->machine;
	for (int i = 0; i < AFTERMATH_PLACES; i++) {
		if (a->places[i].waits)
			place_look(a, &a->places[i], now_ns);
		waits |= a->places[i].waits;
	}
	return waits;
}

static void give_up(struct aftermath *a)
{
	a->machine = false;
	a->nzones = 0;
	for (int i = 0; i < AFTERMATH_PLACES; i++)
		a->places[i].waits = false;
}

uint64_t aftermath_work(struct aftermath *a, uint64_t now_ns)
{
	uint64_t since;

	for (int i = 0; i < a->nheard; i++)
		kill_take(a, &a->heard[i], now_ns);
	a->nheard = 0;
	if (!look(a, now_ns))
		return 0;
	since = now_ns > a->kill_ns ? now_ns - a->kill_ns : 0;
	if (since < AFTERMATH_END_NS)
		return since < AFTERMATH_BEGIN_NS ? AFTERMATH_OFTEN_NS : AFTERMATH_THEN_NS;
	give_up(a);
	return 0;
}
