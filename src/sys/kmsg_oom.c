// SPDX-License-Identifier: GPL-2.0
/*
 * Which lines of the kernel log tell of an OOM kill. See kmsg_is_oom() in kmsg.h.
 *
 * Layer: sys. The texts are those of mm/oom_kill.c and mm/memcontrol.c, 5.8 to 7.x. A comm or a
 * cgroup's name may hold any text: so what ends a dump is looked for at the line's beginning,
 * where no name is.
 */
#include <string.h>
#include "kmsg.h"
#include "sysfile.h"

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* "%s invoked oom-killer: gfp_mask=..." of dump_header() */
static bool is_begin(const char *text)
{
	return strstr(text, " invoked oom-killer: gfp_mask=") != NULL;
}

/* "%s: Killed process %d (%s) ..." of __oom_kill_process(); %s is one of out_of_memory()'s. */
bool kmsg_oom_killed(const char *text, uint32_t *pid)
{
	static const char *const messages[] = {
		"Out of memory: Killed process ",
		"Out of memory (oom_kill_allocating_task): Killed process ",
		"Memory cgroup out of memory: Killed process ",
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		const char *p;
		uint64_t value;

		if (!begins(text, messages[i]))
			continue;
		p = text + strlen(messages[i]);
		if (sys_number(&p, 10, &value) || value > INT32_MAX)
			return false;
		*pid = (uint32_t)value;
		return true;
	}
	return false;
}

static bool is_end(const char *text)
{
	uint32_t pid;

	return kmsg_oom_killed(text, &pid) ||
	       begins(text, "Out of memory and no killable processes");
}

/* What stands between two marks, the first of each. */
static void cut_out(const char *text, const char *from, const char *to, char *buf, size_t cap)
{
	const char *begin = strstr(text, from), *end;
	size_t len;

	buf[0] = '\0';
	if (!begin)
		return;
	begin += strlen(from);
	end = strstr(begin, to);
	len = end ? (size_t)(end - begin) : cap;
	if (len >= cap)
		return;
	memcpy(buf, begin, len);
	buf[len] = '\0';
}

/*
 * "oom-kill:constraint=%s,nodemask=...,cpuset=...,mems_allowed=...,oom_memcg=%s,task_memcg=%s,
 * task=..." of dump_oom_summary() and mem_cgroup_print_oom_context(); ",global_oom" in place of
 * oom_memcg. It is printed piece by piece: where two CPUs print at once, it may end early.
 */
bool kmsg_oom_place(const char *text, struct kmsg_oom_place *out)
{
	if (!begins(text, "oom-kill:constraint="))
		return false;
	out->memcg = begins(text, "oom-kill:constraint=CONSTRAINT_MEMCG");
	if (out->memcg)
		cut_out(text, ",oom_memcg=", ",task_memcg=", out->path, sizeof(out->path));
	else
		cut_out(text, ",task_memcg=", ",task=", out->path, sizeof(out->path));
	return true;
}

static bool is_lone(const char *text)
{
	return begins(text, "oom-kill:constraint=") || begins(text, "oom_reaper: ") ||
	       (begins(text, "Tasks in ") &&
		strstr(text, " are going to be killed due to memory.oom.group set"));
}

/* "[   1234]     0  1234 ..." of dump_task(): there are as many as there are processes. */
static bool is_task(const char *text)
{
	return text[0] == '[' && strchr("0123456789 ", text[1]) && text[1];
}

static bool dump_goes_on(const struct kmsg_oom *state, const struct kmsg_record *r)
{
	if (r->time_us > state->last_us && r->time_us - state->last_us > KMSG_OOM_GAP_US)
		return false;
	return state->lines < KMSG_OOM_LINES;
}

bool kmsg_is_oom(struct kmsg_oom *state, const struct kmsg_record *r)
{
	bool known = is_end(r->text) || is_lone(r->text);

	if (is_begin(r->text)) {
		*state = (struct kmsg_oom){.in_dump = true};
	} else if (!state->in_dump) {
		return known;
	} else if (is_end(r->text)) {
		state->in_dump = false;
	} else if (!dump_goes_on(state, r)) {
		state->in_dump = false;
		return known;
	}
	state->lines += !is_task(r->text);
	state->last_us = r->time_us;
	return true;
}
