/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What only a report wants of the kernel log's dump: the trigger's stack, memory.stat of the cgroup
 * at its limit, and the list of tasks.
 *
 * Layer: model, private. oom_kmsg.c hands over the lines of an open dump. Other lines of the kernel
 * may come in between, with names of processes in them: so a line counts only where such a line
 * belongs, and only if it is one from end to end.
 */
#include <string.h>
#include "episode.h"

#define CUT ";..."

void dump_detail_begin(struct model *m)
{
	struct episodes *es = m->episodes;

	if (!es)
		return;
	es->in_stack = es->in_stat = false;
	memset(&es->dump, 0, sizeof(es->dump));
	for (int i = 0; i < CGMEM_KEYS; i++)
		es->dump.stat[i] = EV_ABSENT;
	oom_table_begin(&es->table, m->meta.page_size, 0);
}

/* The OOM killer's own frames above what asked for memory: those that print the dump. */
static bool is_printer(const char *name, size_t len)
{
	static const char *const names[] = {
		"dump_stack",  "dump_stack_lvl", "__dump_stack",     "show_stack",
		"dump_header", "dump_backtrace", "oom_kill_process",
	};
	const char *dot = memchr(name, '.', len); /* ".part.0" */

	len = dot ? (size_t)(dot - name) : len;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && memcmp(name, names[i], len) == 0)
			return true;
	}
	return false;
}

static void stack_add(char *stack, const char *name, size_t len)
{
	size_t at = strlen(stack);

	if (!at && is_printer(name, len))
		return;
	if (at >= strlen(CUT) && strcmp(stack + at - strlen(CUT), CUT) == 0)
		return;
	if (at + 1 + len + sizeof(CUT) > OOM_STACK_LEN) {
		strcpy(stack + at, CUT);
		return;
	}
	if (at)
		stack[at++] = ';';
	memcpy(stack + at, name, len);
	stack[at + len] = '\0';
}

static void stack_line(struct episodes *es, const char *text)
{
	enum oom_frame_kind kind;
	const char *name;
	size_t len;

	if (!es->in_stack) {
		es->in_stack = !es->dump.stack[0] &&
			       (!strcmp(text, "Call Trace:") || !strcmp(text, "Call trace:"));
		return;
	}
	kind = oom_frame_parse(text, &name, &len);
	if (kind == OOM_FRAME)
		stack_add(es->dump.stack, name, len);
	es->in_stack = kind != OOM_FRAME_NONE;
}

static void stat_line(struct episodes *es, const char *text)
{
	static const char begin[] = "Memory cgroup stats for ";

	if (strncmp(text, begin, sizeof(begin) - 1) == 0)
		es->in_stat = true;
	else if (es->in_stat && cgmem_parse(text, es->dump.stat))
		es->dump.has_stat = true;
}

static void usage_line(struct oom_detail *d, const struct oom_line *line)
{
	uint64_t limit = line->unlimited ? EV_ABSENT : line->limit_bytes;

	if (line->kind == OOM_LINE_MEMORY) {
		d->has_usage = true;
		d->usage_bytes = line->usage_bytes;
		d->limit_bytes = limit;
	} else {
		d->has_swap = true;
		d->memsw = line->memsw;
		d->swap_bytes = line->usage_bytes;
		d->swap_limit_bytes = limit;
	}
}

static uint64_t dump_total_pages(const struct model *m, const struct oom_detail *d)
{
	if (!d->has_usage || d->limit_bytes == EV_ABSENT)
		return host_total_pages(m);
	return memcg_total_pages(m, d->limit_bytes, d->has_swap ? d->swap_limit_bytes : EV_ABSENT,
				 d->memsw);
}

static void task_line(struct model *m, const char *text)
{
	struct episodes *es = m->episodes;

	es->in_stat = false;
	if (!es->table.n)
		es->table.total_pages = dump_total_pages(m, &es->dump);
	oom_table_line(&es->table, text);
	es->dump.has_tasks = es->table.n > 0;
}

void dump_detail(struct model *m, const struct oom_line *line, const char *text)
{
	struct episodes *es = m->episodes;

	if (!es)
		return;
	if (line->kind == OOM_LINE_TASK)
		task_line(m, text);
	else if (line->kind == OOM_LINE_MEMORY || line->kind == OOM_LINE_SWAP)
		usage_line(&es->dump, line);
	else if (line->kind == OOM_LINE_OTHER) {
		stack_line(es, text);
		stat_line(es, text);
	}
}

void dump_detail_take(struct model *m, struct oom *o, bool allocating_task)
{
	struct episode *e = episode_of(m, o);
	struct episodes *es = m->episodes;

	if (!e || e->detail.oom)
		return;
	e->detail = es->dump;
	e->detail.oom = o;
	e->detail.allocating_task = allocating_task;
	if (!e->detail.has_tasks)
		return;
	candidates_mark_dying(m, &es->table, o);
	oom_table_choose(&es->table, o->pub.kill.victim.tgid, &e->detail.choice);
}
