/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: model, private. Parser of the kernel log's lines about an OOM kill; see oom_log.h. */
#include <stdlib.h>
#include <string.h>
#include "oom_log.h"

#define KB	 1024ULL
#define NO_LIMIT (1ULL << 62) /* PAGE_COUNTER_MAX pages, in bytes, is more than this */

/* Passes over key if text begins so. */
static bool skip(const char **text, const char *key)
{
	size_t len = strlen(key);

	if (strncmp(*text, key, len) != 0)
		return false;
	*text += len;
	return true;
}

/* key, then a decimal number. */
static bool take(const char **text, const char *key, uint64_t *value)
{
	const char *at = *text;
	char *end;

	if (!skip(&at, key) || *at < '0' || *at > '9')
		return false;
	*value = strtoull(at, &end, 10);
	*text = end;
	return true;
}

/* key, then a number of kB. */
static bool take_kb(const char **text, const char *key, uint64_t *bytes)
{
	const char *at = *text;
	uint64_t kb;

	if (!take(&at, key, &kb) || !skip(&at, "kB"))
		return false;
	*bytes = kb > UINT64_MAX / KB ? UINT64_MAX : kb * KB;
	*text = at;
	return true;
}

static const char *find_last(const char *text, const char *what)
{
	const char *last = NULL, *at = text;

	while ((at = strstr(at, what)) != NULL)
		last = at++;
	return last;
}

static void set_comm(struct oom_line *line, const char *from, const char *to)
{
	size_t len = (size_t)(to - from);

	if (len > EV_COMM_LEN)
		len = EV_COMM_LEN;
	memcpy(line->comm, from, len);
	line->comm[len] = '\0';
}

/* "MESSAGE: Killed process %d (%s) total-vm:%lukB, ..., UID:%u pgtables:%lukB oom_score_adj:%hd" */
static bool parse_killed(const char *text, struct oom_line *line)
{
	const char *at = text, *end;
	uint64_t pid, uid = 0;

	line->memcg = skip(&at, "Memory cgroup out of memory");
	if (!line->memcg && !skip(&at, "Out of memory"))
		return false;
	line->allocating_task = skip(&at, " ("); /* "(oom_kill_allocating_task)" */
	if (line->allocating_task)
		at += strcspn(at, ")") + (strchr(at, ')') != NULL);
	if (!take(&at, ": Killed process ", &pid) || !skip(&at, " ("))
		return false;
	end = find_last(at, ") total-vm:");
	if (!end)
		return false;
	set_comm(line, at, end);
	line->pid = (uint32_t)pid;
	at = end + 1;
	(void)(take_kb(&at, " total-vm:", &line->total_vm_bytes) &&
	       take_kb(&at, ", anon-rss:", &line->anon_rss_bytes) &&
	       take_kb(&at, ", file-rss:", &line->file_rss_bytes) &&
	       take_kb(&at, ", shmem-rss:", &line->shmem_rss_bytes) && take(&at, ", UID:", &uid) &&
	       take_kb(&at, " pgtables:", &line->pgtables_bytes));
	line->uid = (uint32_t)uid;
	if (skip(&at, " oom_score_adj:"))
		line->oom_score_adj = (int32_t)strtol(at, NULL, 10);
	return true;
}

/* "%s invoked oom-killer: gfp_mask=%#x(%pGg), order=%d, oom_score_adj=%hd" */
static bool parse_invoked(const char *text, struct oom_line *line)
{
	const char *at = strstr(text, " invoked oom-killer: gfp_mask=");
	const char *order, *adj;
	long value;

	/* A cgroup's name that reads so comes later in its line than a comm can be long. */
	if (!at || at - text >= EV_COMM_LEN)
		return false;
	set_comm(line, text, at);
	skip(&at, " invoked oom-killer: gfp_mask=");
	line->gfp = (uint32_t)strtoul(at, NULL, 16);
	order = strstr(at, ", order=");
	value = order ? strtol(order + strlen(", order="), NULL, 10) : 0;
	line->order = value > 0 ? (uint32_t)value : 0; /* -1: asked for by SysRq */
	adj = strstr(at, ", oom_score_adj=");
	if (adj)
		line->oom_score_adj = (int32_t)strtol(adj + strlen(", oom_score_adj="), NULL, 10);
	return true;
}

/* dump_stack_print_info(): "CPU: %d [UID: %u] PID: %d Comm: ..." */
static bool parse_cpu(const char *text, struct oom_line *line)
{
	uint64_t cpu, uid, pid;

	if (!take(&text, "CPU: ", &cpu))
		return false;
	take(&text, " UID: ", &uid);
	if (!take(&text, " PID: ", &pid) || !skip(&text, " Comm: "))
		return false;
	line->pid = (uint32_t)pid;
	return true;
}

/* mem_cgroup_print_oom_meminfo(): "memory: usage %llukB, limit %llukB, failcnt %lu" */
static bool parse_usage(const char *text, const char *key, struct oom_line *line)
{
	if (!take_kb(&text, key, &line->usage_bytes) ||
	    !take_kb(&text, ", limit ", &line->limit_bytes))
		return false;
	line->unlimited = line->limit_bytes >= NO_LIMIT;
	if (line->unlimited)
		line->limit_bytes = 0;
	return true;
}

static bool parse_reaped(const char *text, struct oom_line *line)
{
	uint64_t pid;

	line->unable = take(&text, "oom_reaper: unable to reap pid:", &pid);
	if (!line->unable && !take(&text, "oom_reaper: reaped process ", &pid))
		return false;
	line->pid = (uint32_t)pid;
	return true;
}

/* dump_tasks(): "[  pid  ]   uid  tgid ..."; dump_task(): "[%7d] %5d %5d ..." */
static bool is_task(const char *text)
{
	return text[0] == '[' && (text[1] == ' ' || (text[1] >= '0' && text[1] <= '9')) &&
	       strchr(text, ']');
}

static bool ends_with(const char *text, const char *tail)
{
	size_t len = strlen(text), n = strlen(tail);

	return len >= n && strcmp(text + len - n, tail) == 0;
}

static enum oom_line_kind kind_of(const char *text, struct oom_line *line)
{
	const char *at = text;

	if (skip(&at, "oom-kill:constraint="))
		return OOM_LINE_CONSTRAINT;
	if (skip(&at, "Tasks in ") &&
	    ends_with(at, " are going to be killed due to memory.oom.group set"))
		return OOM_LINE_GROUP;
	if (parse_killed(text, line))
		return OOM_LINE_KILLED;
	if (parse_reaped(text, line))
		return OOM_LINE_REAPED;
	if (parse_usage(text, "memory: usage ", line))
		return OOM_LINE_MEMORY;
	if (parse_usage(text, "swap: usage ", line))
		return OOM_LINE_SWAP;
	line->memsw = parse_usage(text, "memory+swap: usage ", line);
	if (line->memsw)
		return OOM_LINE_SWAP;
	if (parse_invoked(text, line))
		return OOM_LINE_INVOKED;
	if (parse_cpu(text, line))
		return OOM_LINE_CPU;
	return is_task(text) ? OOM_LINE_TASK : OOM_LINE_OTHER;
}

void oom_line_parse(const char *text, struct oom_line *line)
{
	*line = (struct oom_line){0};
	line->kind = kind_of(text, line);
}

/* oom_constraint_text[] of mm/oom_kill.c */
static const char *constraint_name(const char *at)
{
	if (skip(&at, "CONSTRAINT_NONE,"))
		return "system";
	if (skip(&at, "CONSTRAINT_MEMCG,"))
		return "memcg";
	if (skip(&at, "CONSTRAINT_CPUSET,"))
		return "cpuset";
	return skip(&at, "CONSTRAINT_MEMORY_POLICY,") ? "mempolicy" : NULL;
}

/* Where ",task=COMM,pid=%d,uid=%u" begins, which ends the line; NULL if it does not. */
static const char *find_tail(const char *text, const char *comm)
{
	const char *pid = find_last(text, ",pid="), *last = NULL, *at = text;

	if (!pid)
		return NULL;
	while ((at = strstr(at, ",task=")) != NULL && at < pid) {
		const char *name = at + strlen(",task=");

		if (comm && *comm && (size_t)(pid - name) == strlen(comm) &&
		    strncmp(name, comm, strlen(comm)) == 0)
			return at;
		last = at++;
	}
	return last;
}

/* "...,oom_memcg=%s,task_memcg=%s,task=..." or "...,global_oom,task_memcg=%s,task=..." */
void oom_constraint_parse(const char *text, const char *comm, struct oom_constraint *out)
{
	const char *at = text, *tail, *task = NULL, *limit;

	*out = (struct oom_constraint){0};
	if (!skip(&at, "oom-kill:constraint="))
		return;
	out->name = constraint_name(at);
	tail = find_tail(at, comm);
	if (!tail)
		return;
	for (const char *p = at; (p = strstr(p, ",task_memcg=/")) != NULL && p < tail; p++)
		task = p;
	if (!task)
		return;
	out->task_memcg = task + strlen(",task_memcg=");
	out->task_memcg_len = (size_t)(tail - out->task_memcg);
	limit = strstr(at, ",oom_memcg=/");
	if (!limit || limit >= task)
		return;
	out->oom_memcg = limit + strlen(",oom_memcg=");
	out->oom_memcg_len = (size_t)(task - out->oom_memcg);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* "0x" and hexadecimal digits. */
static bool skip_hex(const char **text)
{
	const char *at = *text;

	if (!skip(&at, "0x") || !is_hex(*at))
		return false;
	while (is_hex(*at))
		at++;
	*text = at;
	return true;
}

static bool is_symbol_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '.' || c == '$';
}

/* " %s+0x%x/0x%x", after it a module in brackets or a mark in parentheses; "? ": a guess */
enum oom_frame_kind oom_frame_parse(const char *text, const char **name, size_t *len)
{
	const char *at = text;
	bool guess;

	if (!skip(&at, " "))
		return OOM_FRAME_NONE;
	if (*at == '<')
		return OOM_FRAME_MARK; /* "<TASK>", "</TASK>", "<IRQ>" */
	guess = skip(&at, "? ");
	*name = at;
	while (is_symbol_char(*at))
		at++;
	*len = (size_t)(at - *name);
	if (!*len || !skip(&at, "+") || !skip_hex(&at) || !skip(&at, "/") || !skip_hex(&at))
		return OOM_FRAME_NONE;
	if (*at && strncmp(at, " [", 2) != 0 && strncmp(at, " (", 2) != 0)
		return OOM_FRAME_NONE;
	return guess ? OOM_FRAME_MARK : OOM_FRAME;
}
