/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cgroup at its limit and those above it: what was read of them after a kill, and what the
 * kernel log has of the first one at the kill itself.
 *
 * Layer: model, private.
 */
#include <stdlib.h>
#include <string.h>
#include "episode.h"

/* A record of the log that is longer may have been cut in the middle of a number. */
#define WHOLE_RECORD 950

static const struct {
	const char *v2, *v1; /* v1: that of the whole subtree; "" = none */
} stat_keys[] = {
#define CGMEM_STAT(id, name, v2, v1) [CGMEM_##id] = {v2, v1},
#define CGMEM_EVENT(id, name, v2)
#include "cgmem.def"
#undef CGMEM_STAT
#undef CGMEM_EVENT
};
#define STAT_KEYS (int)(sizeof(stat_keys) / sizeof(stat_keys[0]))

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* "KEY NUMBER" up to the end of the line; NULL if it is no such line, else what comes after it. */
static const char *stat_line(const char *line, size_t *key_len, uint64_t *value)
{
	const char *at = line;
	char *end;

	while (is_key_char(*at))
		at++;
	*key_len = (size_t)(at - line);
	if (!*key_len || at[0] != ' ' || at[1] < '0' || at[1] > '9')
		return NULL;
	*value = strtoull(at + 1, &end, 10);
	return *end == '\n' || *end == '\0' ? end : NULL;
}

static bool is_key(const char *key, const char *text, size_t len)
{
	return *key && strlen(key) == len && memcmp(key, text, len) == 0;
}

static void stat_take(uint64_t stat[CGMEM_KEYS], const char *key, size_t len, uint64_t value)
{
	static const char total[] = "total_";

	for (int i = 0; i < STAT_KEYS; i++) {
		const char *v1 = stat_keys[i].v1;
		bool own = strncmp(v1, total, sizeof(total) - 1) == 0 &&
			   is_key(v1 + sizeof(total) - 1, key, len);

		/* v1 has the cgroup's own figures first, which will do until the others come. */
		if (is_key(stat_keys[i].v2, key, len) || is_key(v1, key, len) ||
		    (own && stat[i] == EV_ABSENT))
			stat[i] = value;
	}
}

/* Is it made of such lines only? A cut one at the end is left out: *len. */
static bool is_stat(const char *text, size_t *len)
{
	const char *at = text;
	uint64_t value;
	size_t key;

	*len = strlen(text);
	if (*len >= WHOLE_RECORD) {
		const char *last = memrchr(text, '\n', *len);

		*len = last ? (size_t)(last - text) : 0;
	}
	while (at < text + *len) {
		at = stat_line(at, &key, &value);
		if (!at)
			return false;
		at += *at == '\n';
	}
	return *len > 0;
}

bool cgmem_parse(const char *text, uint64_t stat[CGMEM_KEYS])
{
	const char *at = text;
	uint64_t value;
	size_t len, key;

	if (!is_stat(text, &len))
		return false;
	while (at < text + len) {
		const char *end = stat_line(at, &key, &value);

		stat_take(stat, at, key, value);
		at = end + (*end == '\n');
	}
	return true;
}

uint64_t oom_memcg(const struct model *m, const struct oom_record *rec)
{
	const struct cgroup *cg;

	if (rec->kill.memcg || !rec->memcg_path)
		return rec->kill.memcg;
	cg = cgroup_find_path(m, rec->memcg_path);
	return cg ? cg->stats.id : 0;
}

/* The cgroup that the first kill's chain begins with; 0 = unknown. */
static uint64_t chain_begin(const struct model *m, const struct oom_record *rec)
{
	if (rec->kill.memcg || rec->memcg_path)
		return oom_memcg(m, rec);
	return rec->kill.victim.cgroup;
}

/* Is it of the episode's first kill, as far as that can be told? */
static bool is_chain_of(const struct model *m, const struct episode *e, const struct ev_cgmem *ev)
{
	uint64_t begin = e->kill[0].oom ? chain_begin(m, &e->kill[0].oom->pub) : 0;

	if (ev->kill_ns + EPISODE_NS < e->first_ns || ev->kill_ns > e->last_ns + EPISODE_NS)
		return false;
	if (ev->level)
		return ev->kill_ns == e->cgmem_kill_ns;
	return (!e->cgmem_kill_ns || ev->kill_ns <= e->cgmem_kill_ns) &&
	       (!begin || begin == ev->cgroup);
}

void on_cgmem(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_cgmem *ev = (const struct ev_cgmem *)hdr;
	struct episodes *es = m->episodes;

	for (int i = es ? es->n : 0; es && i-- > es->handed_out;) {
		struct episode *e = es->order[i];

		if (!is_chain_of(m, e, ev))
			continue;
		if (ev->level >= REPORT_CGROUPS)
			return;
		if (!ev->level && ev->kill_ns != e->cgmem_kill_ns)
			memset(e->cgmem, 0, sizeof(e->cgmem));
		e->cgmem_kill_ns = ev->kill_ns;
		e->cgmem[ev->level] = *ev;
		return;
	}
}

static void from_reading(const struct model *m, const struct ev_cgmem *ev, struct report_cgroup *c)
{
	*c = (struct report_cgroup){
		.id = ev->cgroup,
		.level = ev->level,
		.path = model_cgroup_path(m, ev->cgroup),
		.usage_bytes = ev->usage_bytes,
		.limit_bytes = ev->limit_bytes,
		.high_bytes = ev->high_bytes,
		.swap_bytes = ev->swap_bytes,
		.swap_limit_bytes = ev->swap_limit_bytes,
		.read_ns = ev->hdr.time_ns,
		.oom_group = ev->oom_group,
	};
	memcpy(c->value, ev->value, sizeof(c->value));
}

/* Nobody read it after the kill: what the last snapshot has. */
static void from_cgstat(const struct model *m, uint64_t id, struct report_cgroup *c)
{
	const struct cgstat *s = id ? cgstat_find(m, id) : NULL;

	*c = (struct report_cgroup){.id = id, .path = model_cgroup_path(m, id)};
	c->usage_bytes = c->limit_bytes = c->high_bytes = EV_ABSENT;
	c->swap_bytes = c->swap_limit_bytes = EV_ABSENT;
	for (int i = 0; i < CGMEM_KEYS; i++)
		c->value[i] = EV_ABSENT;
	if (!s)
		return;
	c->read_ns = s->last.hdr.time_ns;
	c->usage_bytes = s->last.usage_bytes;
	c->limit_bytes = s->last.limit_bytes;
	c->swap_bytes = s->last.swap_bytes;
	c->swap_limit_bytes = s->last.swap_limit_bytes;
	c->value[CGMEM_ANON] = s->last.anon_bytes;
	c->value[CGMEM_FILE] = s->last.file_bytes;
	c->value[CGMEM_SHMEM] = s->last.shmem_bytes;
	c->value[CGMEM_PAGETABLES] = s->last.pgtables_bytes;
	c->value[CGMEM_EVENT_OOM_KILL] = s->last.oom_kill;
}

static uint64_t limit_of(uint64_t limit)
{
	return limit == EV_NO_LIMIT ? EV_ABSENT : limit;
}

/* What is known of the kill itself goes before what was read a moment later, or earlier. */
static void from_record(const struct oom_record *rec, struct report_cgroup *c)
{
	const struct ev_oom_kill *kill = &rec->kill;

	if (!c->path)
		c->path = rec->memcg_path;
	if (kill->limit_bytes) {
		c->usage_bytes = kill->usage_bytes;
		c->limit_bytes = limit_of(kill->limit_bytes);
	}
	if (kill->memsw_limit_bytes) {
		c->swap_bytes = kill->memsw_usage_bytes;
		c->swap_limit_bytes = limit_of(kill->memsw_limit_bytes);
	}
}

static void from_log(const struct oom_detail *d, struct report_cgroup *c)
{
	if (d->has_usage) {
		c->usage_bytes = d->usage_bytes;
		c->limit_bytes = d->limit_bytes;
	}
	if (d->has_swap) {
		c->swap_bytes = d->swap_bytes;
		c->swap_limit_bytes = d->swap_limit_bytes;
	}
	if (!d->has_stat)
		return;
	c->stat_from_log = true;
	for (int i = 0; i < STAT_KEYS; i++) {
		if (d->stat[i] != EV_ABSENT)
			c->value[i] = d->stat[i];
	}
}

void cgmem_report(const struct model *m, const struct episode *e, const struct oom_record *rec,
		  struct report *r)
{
	bool limit = rec->kill.memcg || rec->memcg_path;
	uint64_t id = chain_begin(m, rec);
	struct report_cgroup *c = r->cgroups;

	for (int i = 0; i < REPORT_CGROUPS && e->cgmem[i].hdr.kind; i++)
		from_reading(m, &e->cgmem[i], &c[r->ncgroups++]);
	if (!r->ncgroups && (id || limit))
		from_cgstat(m, id, &c[r->ncgroups++]);
	if (!r->ncgroups || !limit)
		return;
	from_record(rec, c);
	if (e->detail.oom && &e->detail.oom->pub == rec)
		from_log(&e->detail, c);
	for (int i = 0; i < e->n; i++)
		c->oom_group = c->oom_group || (e->kill[i].oom && e->kill[i].oom->pub.group_kill);
}
