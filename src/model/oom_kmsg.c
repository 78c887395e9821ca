/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel log says of OOM kills.
 *
 * Layer: model, private. The OOM killer works under oom_lock, so dumps do not overlap: from
 * "invoked oom-killer" to "Killed process" all lines are of one kill. A dump may be missing (the
 * kernel prints at most ten in five seconds), the "Killed process" line never is. Lines and the
 * probe's events are paired by the victim's number and the time they arrive: the log's own clock
 * drifts from boottime.
 */
#include <string.h>
#include "episode.h"

/*
 * How many lines there may be before a line of each sort is left out, so that registers and
 * statistics do not push out the list of tasks, nor that what tells most.
 */
#define MAX_TELLING OOM_LINES
#define MAX_TASKS   (MAX_TELLING - 12)
#define MAX_OTHER   (MAX_TASKS - 12)

struct log_lines {
	char (*line)[OOM_LINE_LEN];
	int *n, *dropped;
};

static struct log_lines record_lines(struct oom *o)
{
	return (struct log_lines){o->log, &o->pub.nlog, &o->pub.nlog_dropped};
}

static struct log_lines dump_lines(struct oom_dump *d)
{
	return (struct log_lines){d->log, &d->nlog, &d->dropped};
}

static void append(struct log_lines l, const char *text, size_t len, int max)
{
	if (*l.n >= max) {
		(*l.dropped)++;
		return;
	}
	len = len < OOM_LINE_LEN ? len : OOM_LINE_LEN - 1;
	memcpy(l.line[*l.n], text, len);
	l.line[(*l.n)++][len] = '\0';
}

static void append_telling(struct log_lines l, const char *text)
{
	append(l, text, strlen(text), MAX_TELLING);
}

/* Stack and registers (dump_stack()): dozens of lines that would push out those about memory. */
static bool is_machine_state(const char *line, size_t len)
{
	static const char *const begins[] = {
		"Call Trace:", " <TASK>", " </TASK>", "RIP: ", "Code: ", "RSP: ", "RAX: ",
		"RDX: ",       "RBP: ",	  "R10: ",    "R13: ", "FS: ",	 "CS: ",  "CR2: "};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (len >= strlen(begins[i]) && !strncmp(line, begins[i], strlen(begins[i])))
			return true;
	return line[0] == ' ' && memmem(line, len, "+0x", 3) && memmem(line, len, "/0x", 3);
}

/* Some records hold many lines (memory.stat of the cgroup). */
static void append_lines(struct log_lines l, const char *text, int max)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (!is_machine_state(text, len))
			append(l, text, len, max);
		text += len + (text[len] == '\n');
	}
}

static bool is_telling(enum oom_line_kind kind)
{
	return kind != OOM_LINE_OTHER && kind != OOM_LINE_CPU && kind != OOM_LINE_TASK;
}

static void append_record(struct log_lines l, const char *text, enum oom_line_kind kind)
{
	if (is_telling(kind)) /* a name in it may hold line breaks */
		append_telling(l, text);
	else
		append_lines(l, text, kind == OOM_LINE_TASK ? MAX_TASKS : MAX_OTHER);
}

static void dump_begin(struct oom_dump *d, uint64_t time_ns)
{
	memset(d, 0, offsetof(struct oom_dump, log));
	d->open = true;
	d->time_ns = time_ns;
}

static void dump_trigger(struct oom_dump *d, const struct oom_line *line)
{
	d->invoked = true;
	d->order = line->order;
	d->gfp = line->gfp;
	d->trigger_adj = line->oom_score_adj;
	memcpy(d->trigger_comm, line->comm, sizeof(d->trigger_comm));
}

/* Facts of the dump that this line gives. */
static void dump_fact(struct oom_dump *d, const struct oom_line *line, const char *text)
{
	switch (line->kind) {
	case OOM_LINE_INVOKED:
		dump_trigger(d, line);
		break;
	case OOM_LINE_CPU:
		if (!d->trigger_pid)
			d->trigger_pid = line->pid;
		break;
	case OOM_LINE_MEMORY:
		d->usage_bytes = line->usage_bytes;
		d->limit_bytes = line->limit_bytes;
		break;
	case OOM_LINE_SWAP:
		d->memsw_usage_bytes = line->usage_bytes;
		d->memsw_limit_bytes = line->limit_bytes;
		break;
	case OOM_LINE_CONSTRAINT:
		strncpy(d->constraint, text, sizeof(d->constraint) - 1);
		break;
	default:
		break;
	}
}

/* A path of the log: the cgroup table's own string, or a copy (*own). */
static const char *keep_path(struct model *m, const char *path, size_t len, const char **own)
{
	char copy[KMSG_LINE_LEN];
	struct cgroup *cg;

	if (!path || len >= sizeof(copy))
		return NULL;
	memcpy(copy, path, len);
	copy[len] = '\0';
	cg = cgroup_find_path(m, copy);
	if (cg)
		return cg->stats.path;
	*own = name_keep(m, copy, len);
	return *own;
}

static void take_constraint(struct model *m, struct oom *o)
{
	struct oom_constraint c;
	struct cgroup *cg;

	oom_constraint_parse(m->dump.constraint, o->pub.victim_comm, &c);
	if (c.name) {
		o->pub.constraint = c.name;
		o->pub.constraint_inferred = false;
		o->pub.memcg_path = keep_path(m, c.oom_memcg, c.oom_memcg_len, &o->own_memcg_path);
	}
	o->pub.task_memcg_path =
		keep_path(m, c.task_memcg, c.task_memcg_len, &o->own_task_memcg_path);
	if (o->pub.kill.victim.cgroup || !o->pub.task_memcg_path)
		return;
	cg = cgroup_find_path(m, o->pub.task_memcg_path);
	if (cg)
		o->pub.kill.victim.cgroup = cg->stats.id;
}

static void take_trigger(struct model *m, struct oom *o)
{
	const struct oom_dump *d = &m->dump;
	struct ev_task *t = &o->pub.kill.task;

	if (!d->invoked)
		return;
	o->pub.trigger_known = true;
	o->pub.trigger_order = d->order;
	o->pub.trigger_gfp = d->gfp;
	o->pub.trigger_oom_score_adj = d->trigger_adj;
	memcpy(o->pub.trigger_comm, d->trigger_comm, sizeof(o->pub.trigger_comm));
	if (o->pub.from_probe)
		return;
	t->tid = t->tgid = d->trigger_pid;
	memcpy(t->comm, d->trigger_comm, EV_COMM_LEN);
}

/* What the dump knows and the probe did not. */
static void take_usage(struct ev_oom_kill *kill, const struct oom_dump *d)
{
	if (!kill->limit_bytes && d->usage_bytes) {
		kill->limit_bytes = d->limit_bytes;
		kill->usage_bytes = d->usage_bytes;
	}
	if (!kill->memsw_limit_bytes && d->memsw_usage_bytes) {
		kill->memsw_limit_bytes = d->memsw_limit_bytes;
		kill->memsw_usage_bytes = d->memsw_usage_bytes;
	}
}

/* whole: the dump is this kill's; else this kill is of the group, and shares only its facts. */
static void take_dump(struct model *m, struct oom *o, bool whole)
{
	struct oom_dump *d = &m->dump;

	take_constraint(m, o);
	take_trigger(m, o);
	take_usage(&o->pub.kill, d);
	for (int i = 0; i < d->nlog; i++) {
		struct oom_line line;

		oom_line_parse(d->log[i], &line);
		if (whole || is_telling(line.kind))
			append_telling(record_lines(o), d->log[i]);
	}
	o->pub.nlog_dropped += whole ? d->dropped : 0;
}

static void take_victim(struct oom *o, const struct oom_line *line, uint64_t time_ns)
{
	struct oom_record *rec = &o->pub;
	struct ev_task *v = &rec->kill.victim;

	rec->from_log = true;
	if (line->memcg) {
		rec->constraint = "memcg";
		rec->constraint_inferred = false;
	}
	rec->victim_pid = line->pid;
	rec->victim_uid = line->uid;
	memcpy(rec->victim_comm, line->comm, sizeof(rec->victim_comm));
	rec->total_vm_bytes = line->total_vm_bytes;
	rec->anon_rss_bytes = line->anon_rss_bytes;
	rec->file_rss_bytes = line->file_rss_bytes;
	rec->shmem_rss_bytes = line->shmem_rss_bytes;
	rec->pgtables_bytes = line->pgtables_bytes;
	rec->oom_score_adj = line->oom_score_adj;
	if (rec->from_probe)
		return;
	rec->kill.hdr.time_ns = time_ns;
	v->tgid = v->tid = line->pid;
	v->uid = line->uid;
	memcpy(v->comm, line->comm, EV_COMM_LEN);
}

static bool is_victim(const struct oom_record *rec, uint32_t pid)
{
	return pid == rec->kill.victim.tgid || pid == rec->kill.victim.tid;
}

/* The oldest recent record of this victim that the log has (not) told of yet. */
static struct oom *find_victim(const struct model *m, uint32_t pid, bool from_log)
{
	for (uint32_t i = 0; i < m->nooms; i++) {
		struct oom *o = m->oom_order[i];

		if (is_victim(&o->pub, pid) && o->pub.from_log == from_log &&
		    m->now_ns - o->arrival_ns < OOM_PAIR_NS)
			return o;
	}
	return NULL;
}

static void on_killed(struct model *m, const struct oom_line *line, const char *text,
		      uint64_t time_ns)
{
	bool own_dump = m->dump.open;
	/* A group's lines come at once: what comes later has lost its dump to the rate limit. */
	bool member = !own_dump && m->dump.group && time_ns - m->dump.time_ns < NS_PER_S;
	struct oom *o = find_victim(m, line->pid, false);
	/* The first of a group may be killed once more with it; else a PID was used again. */
	bool again = !o && member && (o = find_victim(m, line->pid, true)) != NULL;

	m->dump.open = false;
	if (!o)
		o = oom_new(m, true);
	if (!o)
		return;
	o->log_kills++;
	if (!again) {
		take_victim(o, line, time_ns);
		o->pub.group_kill = member;
		if (own_dump || member)
			take_dump(m, o, own_dump);
	}
	append_telling(record_lines(o), text);
	oom_update(m, o);
	if (own_dump && !again)
		dump_detail_take(m, o, line->allocating_task);
}

static void on_reaped(struct model *m, const struct oom_line *line, const char *text,
		      uint64_t time_ns)
{
	for (uint32_t i = m->nooms; i-- > 0;) {
		struct oom *o = m->oom_order[i];

		if (!is_victim(&o->pub, line->pid))
			continue;
		append_telling(record_lines(o), text);
		o->reap_unable = o->reap_unable || line->unable;
		if (!line->unable && !o->reap_log_ns)
			o->reap_log_ns = time_ns;
		return;
	}
}

void on_kmsg(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_kmsg *ev = (const struct ev_kmsg *)hdr;
	struct oom_dump *d = &m->dump;
	struct oom_line line;

	m->kmsg_seen = true;
	oom_line_parse(ev->text, &line);
	if (line.kind == OOM_LINE_KILLED) {
		on_killed(m, &line, ev->text, hdr->time_ns);
		return;
	}
	if (line.kind == OOM_LINE_REAPED) {
		on_reaped(m, &line, ev->text, hdr->time_ns);
		return;
	}
	if (line.kind == OOM_LINE_INVOKED || (line.kind == OOM_LINE_CONSTRAINT && !d->open)) {
		dump_begin(d, hdr->time_ns);
		dump_detail_begin(m);
	}
	dump_fact(d, &line, ev->text);
	if (d->open)
		dump_detail(m, &line, ev->text);
	if (line.kind == OOM_LINE_GROUP) {
		d->group = true;
		d->time_ns = hdr->time_ns;
	}
	if (d->open || line.kind == OOM_LINE_GROUP)
		append_record(dump_lines(d), ev->text, line.kind);
}
