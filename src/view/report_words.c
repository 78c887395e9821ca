/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. What the forms of an OOM report share; the contract is in report_words.h. */
#include <string.h>
#include <time.h>
#include "report_words.h"

const char *const stage_names[STAGES] = {
	[STAGE_FREE] = "free",
	[STAGE_CACHE] = "cache",
	[STAGE_SWAP] = "swap",
	[STAGE_OOM] = "oom",
};
const char *const bar_names[] = {
	[CANDIDATE_OK] = "ok",
	[CANDIDATE_PROTECTED] = "protected",
	[CANDIDATE_DYING] = "dying",
};
const char *const rank_names[] = {
	[RANK_FIRST] = "first",	      [RANK_TASK] = "task",   [RANK_GROUP] = "group",
	[RANK_SNAPSHOT] = "snapshot", [RANK_MOVED] = "moved", [RANK_NOT_IN] = "not_in",
	[RANK_UNKNOWN] = "unknown",
};
const char *const shape_names[] = {
	[SHAPE_UNKNOWN] = "unknown",
	[SHAPE_FLAT] = "flat",
	[SHAPE_STEADY] = "steady",
	[SHAPE_BURST] = "burst",
};
const char *const candidates_names[] = {
	[CANDIDATES_NONE] = "none",
	[CANDIDATES_LOG] = "log",
	[CANDIDATES_SNAPSHOT] = "snapshot",
};

const struct oom_record *report_rec(const struct report *r)
{
	return r->nkills > 0 ? r->kills[0].rec : NULL;
}

const struct report_process *report_victim(const struct report *r)
{
	return r->nkills > 0 ? &r->kills[0].victim : NULL;
}

const char *report_constraint(const struct report *r)
{
	const struct oom_record *rec = report_rec(r);

	return rec ? rec->constraint : NULL;
}

bool report_is_memcg(const struct report *r)
{
	const char *constraint = report_constraint(r);

	return constraint && strcmp(constraint, "memcg") == 0;
}

uint64_t report_killed(const struct report *r)
{
	return r->kills_counted > (uint64_t)r->nkills ? r->kills_counted : (uint64_t)r->nkills;
}

bool report_group_kill(const struct report *r)
{
	for (int i = 0; i < r->nkills; i++) {
		if (r->kills[i].rec && r->kills[i].rec->group_kill)
			return true;
	}
	return false;
}

const struct report_cgroup *report_cgroup(const struct report *r)
{
	return r->ncgroups > 0 && r->cgroups[0].level == 0 ? &r->cgroups[0] : NULL;
}

static uint64_t known(uint64_t bytes)
{
	return bytes ? bytes : EV_ABSENT;
}

struct limit_figures report_limit(const struct report *r)
{
	const struct oom_record *rec = report_rec(r);
	const struct report_cgroup *c = report_cgroup(r);
	struct limit_figures f = {NULL, EV_ABSENT, EV_ABSENT, EV_ABSENT, EV_ABSENT, false};

	if (!rec || !report_is_memcg(r))
		return f;
	f.path = rec->memcg_path ? rec->memcg_path : c ? c->path : NULL;
	f.limit_bytes = known(rec->kill.limit_bytes);
	f.usage_bytes = f.limit_bytes == EV_ABSENT ? EV_ABSENT : rec->kill.usage_bytes;
	f.swap_limit_bytes = known(rec->kill.memsw_limit_bytes);
	f.swap_bytes = f.swap_limit_bytes == EV_ABSENT ? EV_ABSENT : rec->kill.memsw_usage_bytes;
	if (!c)
		return f;
	if (f.limit_bytes == EV_ABSENT) {
		f.limit_bytes = c->limit_bytes;
		f.usage_bytes = c->usage_bytes;
		f.later = c->usage_bytes != EV_ABSENT;
	}
	if (f.swap_limit_bytes == EV_ABSENT)
		f.swap_limit_bytes = c->swap_limit_bytes;
	if (f.swap_bytes == EV_ABSENT)
		f.swap_bytes = c->swap_bytes;
	return f;
}

const char *limit_label(const struct report *r, char *buf, size_t cap)
{
	const char *path = report_limit(r).path;
	char name[NAME_LEN - 16];

	if (*container_path_label(path, name, sizeof(name)))
		snprintf(buf, cap, "container " NAME_BEGIN "%s" NAME_END, name);
	else
		snprintf(buf, cap, "%s%s", path ? "cgroup " : "",
			 name_mark(path, "a cgroup", name, sizeof(name)));
	return buf;
}

uint64_t report_cgmem(const struct report *r, enum cgmem_key key)
{
	const struct report_cgroup *c = report_cgroup(r);

	return c ? c->value[key] : EV_ABSENT;
}

uint64_t report_host(const struct report *r, enum host_counter c)
{
	return r->host ? r->host->value[c] : EV_ABSENT;
}

uint64_t report_room(const struct report *r)
{
	return report_is_memcg(r) ? report_limit(r).limit_bytes : report_host(r, HOST_MEM_TOTAL);
}

uint64_t report_holds(const struct report *r, enum cgmem_key key, enum host_counter c)
{
	return report_is_memcg(r) ? report_cgmem(r, key) : report_host(r, c);
}

bool is_share(uint64_t part, uint64_t whole, unsigned int percent)
{
	return part != EV_ABSENT && whole != EV_ABSENT && whole && part / percent >= whole / 100;
}

uint64_t report_victim_swap(const struct report *r, const struct report_kill *k)
{
	for (int i = 0; i < r->ncandidates && r->candidates_source == CANDIDATES_LOG; i++) {
		if (r->candidates[i].killed && r->candidates[i].pid == k->victim.pid)
			return r->candidates[i].swap_bytes;
	}
	if (k->rec && k->rec->kill.sized) /* a part of per-CPU counters */
		return k->rec->swap_bytes;
	return EV_ABSENT;
}

bool process_same(const struct report_process *a, const struct report_process *b)
{
	return a->pid && a->pid == b->pid &&
	       (!a->start_ns || !b->start_ns || a->start_ns == b->start_ns);
}

int64_t grower_growth(const struct grower *g)
{
	return (int64_t)(g->last_bytes - g->first_bytes);
}

const struct grower *report_top_grower(const struct report *r)
{
	uint64_t room = report_room(r);
	int64_t growth;

	if (r->ngrowers == 0)
		return NULL;
	growth = grower_growth(&r->growers[0]);
	if (growth < GROWTH_NOTABLE || (room != EV_ABSENT && (uint64_t)growth < room / 100))
		return NULL;
	return &r->growers[0];
}

static const char *trigger_comm(const struct report *r)
{
	const struct oom_record *rec = report_rec(r);

	if (r->trigger.comm[0])
		return r->trigger.comm;
	return rec && rec->trigger_known ? rec->trigger_comm : "";
}

/* What the kernel's table has is a process; the log's "PID:" of the trigger is that of a thread. */
static bool is_listed(const struct report *r, uint32_t pid)
{
	for (int i = 0; i < r->ncandidates; i++) {
		if (r->candidates[i].pid == pid)
			return true;
	}
	return false;
}

enum trigger_relation report_trigger(const struct report *r)
{
	const struct report_process *victim = report_victim(r);

	if (!victim || !*trigger_comm(r))
		return TRIGGER_UNKNOWN;
	if (r->trigger.pid && !report_rec(r)->from_probe && !is_listed(r, r->trigger.pid))
		return TRIGGER_THREAD;
	if (r->trigger.pid)
		return process_same(&r->trigger, victim) ? TRIGGER_VICTIM : TRIGGER_OTHER;
	return strcmp(trigger_comm(r), victim->comm) == 0 ? TRIGGER_NAMESAKE : TRIGGER_OTHER;
}

const char *trigger_label(const struct report *r, char *buf, size_t cap)
{
	return task_mark(trigger_comm(r), r->trigger.pid, buf, cap);
}

int64_t report_offset(const struct report *r, uint64_t time_ns)
{
	return (int64_t)(time_ns - r->first_ns);
}

const char *fmt_offset(int64_t ns, char *buf, size_t cap)
{
	if (ns == 0 || cap < 2)
		return fmt_ns(0, buf, cap);
	buf[0] = ns < 0 ? '-' : '+';
	fmt_ns(ns < 0 ? -(uint64_t)ns : (uint64_t)ns, buf + 1, cap - 1);
	return buf;
}

const char *fmt_moment(const struct model *m, uint64_t time_ns, char *buf, size_t cap)
{
	time_t sec = (time_t)(wall_ns(m, time_ns) / 1000000000);
	struct tm tm = {0};

	localtime_r(&sec, &tm);
	if (strftime(buf, cap, "%Y-%m-%d %H:%M:%S %z", &tm) == 0 && cap)
		buf[0] = '\0';
	return buf;
}

const char *plural_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void growth_words(struct para *p, const struct grower *g)
{
	char bytes[UNITS_LEN], ns[UNITS_LEN];

	para_add(p, "had grown by %s in %s",
		 fmt_bytes((uint64_t)grower_growth(g), bytes, sizeof(bytes)),
		 fmt_ns(g->to_ns - g->from_ns, ns, sizeof(ns)));
	if (g->shape == SHAPE_STEADY)
		para_add(p, ", steadily by %s/s", fmt_bytes(g->rate_bytes, bytes, sizeof(bytes)));
	else if (g->shape == SHAPE_BURST && g->burst_ns < g->to_ns - g->from_ns)
		para_add(p, ", most of it within %s", fmt_ns(g->burst_ns, ns, sizeof(ns)));
}
