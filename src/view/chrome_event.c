// SPDX-License-Identifier: GPL-2.0
/* Layer: view. Events of the Trace Event Format; the contract is in chrome.h. */
#include "chrome.h"

/* Times are decimals of microseconds since the recording's begin: doubles take those. */
static uint64_t since(const struct chrome *c, uint64_t at_ns)
{
	return at_ns > c->base_ns ? at_ns - c->base_ns : 0;
}

void chrome_open(struct chrome *c, const char *ph, const char *name, uint32_t pid, uint32_t tid,
		 uint64_t at_ns)
{
	fputc('\n', c->j.out);
	json_object_begin(&c->j, NULL);
	json_str(&c->j, "ph", ph);
	json_str(&c->j, "name", name);
	json_u64(&c->j, "pid", pid);
	json_u64(&c->j, "tid", tid);
	json_thousandths(&c->j, "ts", since(c, at_ns));
}

void chrome_close(struct chrome *c)
{
	json_object_end(&c->j);
}

void chrome_args_close(struct chrome *c)
{
	json_object_end(&c->j);
	chrome_close(c);
}

void chrome_slice(struct chrome *c, const char *cat, const char *name,
		  const struct chrome_thread *t, const struct span *at)
{
	chrome_open(c, "X", name, t->pid, t->tid, at->begin);
	json_thousandths(&c->j, "dur", since(c, at->end) - since(c, at->begin));
	json_str(&c->j, "cat", cat);
	json_object_begin(&c->j, "args");
}

void chrome_mark(struct chrome *c, const char *cat, const char *name, const struct chrome_thread *t,
		 uint64_t at_ns)
{
	chrome_open(c, "i", name, t->pid, t->tid, at_ns);
	json_str(&c->j, "s", "t");
	json_str(&c->j, "cat", cat);
	json_object_begin(&c->j, "args");
}

void chrome_counter(struct chrome *c, const char *name, uint32_t pid, uint64_t at_ns,
		    const char *series, uint64_t value)
{
	if (value == EV_ABSENT)
		return;
	chrome_open(c, "C", name, pid, 0, at_ns);
	json_object_begin(&c->j, "args");
	json_u64(&c->j, series, value);
	chrome_args_close(c);
}

void chrome_percent(struct chrome *c, const char *name, uint32_t pid, const struct span *of,
		    uint64_t us)
{
	if (of->end <= of->begin)
		return;
	chrome_open(c, "C", name, pid, 0, of->begin);
	json_object_begin(&c->j, "args");
	json_thousandths(&c->j, "percent",
			 (uint64_t)((double)us * 1e8 / (double)(of->end - of->begin) + 0.5));
	chrome_args_close(c);
}

static void meta_open(struct chrome *c, const char *kind, uint32_t pid, uint32_t tid)
{
	chrome_open(c, "M", kind, pid, tid, 0);
	json_object_begin(&c->j, "args");
}

void chrome_meta_str(struct chrome *c, const char *kind, uint32_t pid, uint32_t tid,
		     const char *key, const char *value)
{
	meta_open(c, kind, pid, tid);
	json_str(&c->j, key, value);
	chrome_args_close(c);
}

void chrome_meta_s64(struct chrome *c, const char *kind, uint32_t pid, uint32_t tid,
		     const char *key, int64_t value)
{
	meta_open(c, kind, pid, tid);
	json_s64(&c->j, key, value);
	chrome_args_close(c);
}
