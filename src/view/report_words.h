/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an OOM report's text, Markdown and JSON share: how things are called, which figures count,
 * the verdict.
 *
 * Layer: view, private to it. Names from outside are marked (doc.h).
 */
#ifndef MEMTRACE_REPORT_WORDS_H
#define MEMTRACE_REPORT_WORDS_H

#include "doc.h"

#define GROWTH_NOTABLE                                                                             \
	(1LL << 20) /* growth by less, or by less than a hundredth of what is short,               \
		     * fills no memory */

/* The first kill's record, NULL when there was no kill. */
const struct oom_record *report_rec(const struct report *r);
/* The first victim, NULL when there was no kill. */
const struct report_process *report_victim(const struct report *r);
/* "system" "memcg" "cpuset" "mempolicy", NULL = not known. */
const char *report_constraint(const struct report *r);
bool report_is_memcg(const struct report *r);
/* Processes that were killed, those included that had no room. */
uint64_t report_killed(const struct report *r);

/* Did memory.oom.group have others of the cgroup killed, too? */
bool report_group_kill(const struct report *r);

/* The cgroup at its limit; figures EV_ABSENT when not known. */
struct limit_figures {
	const char *path; /* NULL = not known */
	uint64_t usage_bytes, limit_bytes;
	uint64_t swap_bytes, swap_limit_bytes; /* v1: memory+swap */
	bool later; /* they are not of the kill itself, but were read soon after it */
};
struct limit_figures report_limit(const struct report *r);
/* What people know it by, marked: "container docker 0123456789ab", else "cgroup /a/b". */
const char *limit_label(const struct report *r, char *buf, size_t cap);
/* The cgroup that ran out (level 0), else the victim's; NULL when it was not read. */
const struct report_cgroup *report_cgroup(const struct report *r);
/* A figure of it by key, EV_ABSENT when not known. */
uint64_t report_cgmem(const struct report *r, enum cgmem_key key);
/* A counter of the machine as last read before the kill, EV_ABSENT when not known. */
uint64_t report_host(const struct report *r, enum host_counter c);
/* What is short: the cgroup's limit, else all memory; EV_ABSENT when not known. */
uint64_t report_room(const struct report *r);
/* What holds it: a figure of the cgroup at its limit, else the machine's. */
uint64_t report_holds(const struct report *r, enum cgmem_key key, enum host_counter c);
/* Is part at least so many percent of whole, and are both known? */
bool is_share(uint64_t part, uint64_t whole, unsigned int percent);
/* Swap of a victim, EV_ABSENT when not known: by the record, else by the kernel's table. */
uint64_t report_victim_swap(const struct report *r, const struct report_kill *k);

/* Are they one process, as far as that can be told? */
bool process_same(const struct report_process *a, const struct report_process *b);
/* What it grew by, all kinds of memory together. */
int64_t grower_growth(const struct grower *g);
/* The one that grew most, NULL when none grew to speak of. */
const struct grower *report_top_grower(const struct report *r);

enum trigger_relation {
	TRIGGER_UNKNOWN,
	TRIGGER_VICTIM,	  /* the victim itself */
	TRIGGER_NAMESAKE, /* of the victim's name; its PID is not known */
	TRIGGER_THREAD,	  /* by the log, which tells of a thread: not of which process */
	TRIGGER_OTHER,
};
enum trigger_relation report_trigger(const struct report *r);
/* Its name and PID, marked. Returns buf. */
const char *trigger_label(const struct report *r, char *buf, size_t cap);

/* Words of enum values. JSON uses them, too: do not change them. */
extern const char *const stage_names[STAGES];
extern const char *const bar_names[];	     /* ok protected dying */
extern const char *const rank_names[];	     /* first task group ... */
extern const char *const shape_names[];	     /* unknown flat steady burst */
extern const char *const candidates_names[]; /* none log snapshot */

/* Signed distance of a time from the first kill, ns. */
int64_t report_offset(const struct report *r, uint64_t time_ns);
/* "-12.3 s", "+14.0 ms", "0". Returns buf. */
const char *fmt_offset(int64_t ns, char *buf, size_t cap);
/* "2026-11-21 12:00:01 +0100", local. Returns buf. */
const char *fmt_moment(const struct model *m, uint64_t time_ns, char *buf, size_t cap);
/* "", "s" */
const char *plural_s(uint64_t n);

/* "it had grown by 240.0 MiB in 12.0 s, steadily by 20.0 MiB/s": who it is, comes before. */
void growth_words(struct para *p, const struct grower *g);
/* The two sentences. */
void report_verdict_write(struct para *p, const struct model *m, const struct report *r);

#define ADVICE_MAX 6

/* What was found, by what that is shown, and what to change. */
struct advice {
	struct para finding, evidence, change;
};
/* False: there is no evidence for it. Findings about what filled the memory, most telling first. */
typedef bool (*finding_fn)(const struct report *r, struct advice *out);
extern const finding_fn memory_findings[];
extern const int memory_nfindings;
/*
 * All findings in turn, the most telling first: at is 0, then what the call before returned.
 * Returns 0 when there is no further one.
 */
int report_advice(const struct report *r, int at, struct advice *out);

#endif
