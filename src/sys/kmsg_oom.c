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
static bool is_end(const char *text)
{
	static const char *const messages[] = {
		"Out of memory: Killed process ",
		"Out of memory (oom_kill_allocating_task): Killed process ",
		"Memory cgroup out of memory: Killed process ",
		"Out of memory and no killable processes",
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (begins(text, messages[i]))
			return true;
	}
	return false;
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
