/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two sentences that an OOM report begins with, and its title.
 *
 * Layer: view; the contract is in report_words.h and view.h.
 */
#include <string.h>
#include "report_words.h"

static void swap_write(struct para *p, const struct report *r)
{
	uint64_t total = report_host(r, HOST_SWAP_TOTAL), used;
	char part[UNITS_LEN], whole[UNITS_LEN];

	if (total == EV_ABSENT)
		return;
	used = host_swap_used(r->host);
	if (total == 0)
		para_add(p, ", no swap");
	else if (used != EV_ABSENT)
		para_add(p, ", %s of %s swap used", fmt_bytes(used, part, sizeof(part)),
			 fmt_bytes(total, whole, sizeof(whole)));
}

static void machine_write(struct para *p, const struct report *r)
{
	uint64_t total = report_host(r, HOST_MEM_TOTAL), left = report_host(r, HOST_MEM_AVAILABLE);
	char part[UNITS_LEN], whole[UNITS_LEN];

	para_add(p, "the whole machine was out of memory");
	if (total == EV_ABSENT || left == EV_ABSENT)
		return;
	para_add(p, " (%s of %s available", fmt_bytes(left, part, sizeof(part)),
		 fmt_bytes(total, whole, sizeof(whole)));
	swap_write(p, r);
	para_add(p, ")");
}

static void limit_write(struct para *p, const struct report *r)
{
	struct limit_figures f = report_limit(r);
	char name[NAME_LEN], bytes[UNITS_LEN];

	para_add(p, "%s was at its limit", limit_label(r, name, sizeof(name)));
	if (f.limit_bytes != EV_ABSENT)
		para_add(p, " of %s", fmt_bytes(f.limit_bytes, bytes, sizeof(bytes)));
}

static void shortage_write(struct para *p, const struct report *r)
{
	const char *constraint = report_constraint(r);

	if (!constraint)
		para_add(p, "memory was short, of what or where is not known");
	else if (report_is_memcg(r))
		limit_write(p, r);
	else if (strcmp(constraint, "system") == 0)
		machine_write(p, r);
	else
		para_add(p, "%s", constraint_words(constraint));
}

/* Memory that no process has to grow for. */
static bool shared_write(struct para *p, const struct report *r)
{
	uint64_t bytes = report_holds(r, CGMEM_SHMEM, HOST_SHMEM), room = report_room(r);
	char part[UNITS_LEN], whole[UNITS_LEN];

	if (!is_share(bytes, room, 50))
		return false;
	para_add(p, "shared memory and files in tmpfs held %s of %s",
		 fmt_bytes(bytes, part, sizeof(part)), fmt_bytes(room, whole, sizeof(whole)));
	return true;
}

/* Behind "; ": who or what filled the memory. */
static void filled_write(struct para *p, const struct report *r)
{
	const struct grower *g = report_top_grower(r);
	char who[LABEL_LEN];

	if (shared_write(p, r))
		return;
	if (!g && r->nsamples >= 3) {
		para_add(p, "no process had grown by much in the time before");
		return;
	}
	if (!g) {
		para_add(p, "what had grown is not known");
		return;
	}
	if (report_killed(r) == 1 && process_same(&g->who, report_victim(r)))
		para_add(p, "it ");
	else
		para_add(p, "%s ", task_mark(g->who.comm, g->who.pid, who, sizeof(who)));
	growth_words(p, g);
}

static void victims_write(struct para *p, const struct model *m, const struct report *r)
{
	const struct report_process *victim = report_victim(r);
	const struct oom_record *rec = report_rec(r);
	uint64_t n = report_killed(r);
	char buf[LABEL_LEN];

	fmt_time_local(wall_ns(m, r->first_ns), buf, sizeof(buf));
	para_add(p, "At %s the kernel killed ", buf);
	if (n > 1) {
		para_add(p, "%llu processes", (unsigned long long)n);
		if (r->last_ns > r->first_ns)
			para_add(p, " within %s",
				 fmt_ns(r->last_ns - r->first_ns, buf, sizeof(buf)));
		para_add(p, ", first ");
	}
	para_add(p, "%s", task_mark(victim->comm, victim->pid, buf, sizeof(buf)));
	if (rec && (rec->from_log || rec->kill.sized))
		para_add(p, " (anonymous memory %s)",
			 fmt_bytes(rec->anon_rss_bytes, buf, sizeof(buf)));
	if (report_group_kill(r))
		para_add(p, ", all of its cgroup by memory.oom.group,");
}

static void others_write(struct para *p, const struct report *r)
{
	char buf[LABEL_LEN], ns[UNITS_LEN];
	uint64_t n = r->suffer_processes;

	if (n == 0) {
		para_add(p, "no other process was seen to wait for memory");
		return;
	}
	para_add(p, "%llu other process%s waited %s for memory in all", (unsigned long long)n,
		 n == 1 ? "" : "es", fmt_ns(r->suffer_stall_ns, ns, sizeof(ns)));
	if (n > 1 && r->nsufferers > 0 && r->sufferers[0].stall_ns)
		para_add(p, ", longest %s (%s)",
			 task_mark(r->sufferers[0].who.comm, r->sufferers[0].who.pid, buf,
				   sizeof(buf)),
			 fmt_ns(r->sufferers[0].stall_ns, ns, sizeof(ns)));
}

static void back_write(struct para *p, const struct report *r)
{
	const char *what = report_is_memcg(r) ? "there was room again below the limit"
					      : "free memory was back";
	char ns[UNITS_LEN];

	if (r->back_ns && r->back_ns >= r->first_ns)
		para_add(p, "%s after %s", what, fmt_ns(r->back_ns - r->first_ns, ns, sizeof(ns)));
	else if (r->back_given_up)
		para_add(p, "memory was still short when the watch for it ended");
	else
		para_add(p, "when memory was back was not seen");
}

static void aftermath_write(struct para *p, const struct report *r)
{
	char ns[UNITS_LEN];

	if (r->no_bpf) {
		para_add(p, "Who else had to wait is not known without BPF; ");
		back_write(p, r);
		para_add(p, ".");
		return;
	}
	if (r->exit_ns && r->exit_ns >= r->first_ns)
		para_add(p, "The %svictim had ended %s after the kill",
			 report_killed(r) > 1 ? "first " : "",
			 fmt_ns(r->exit_ns - r->first_ns, ns, sizeof(ns)));
	else
		para_add(p, "The %svictim was not seen to end",
			 report_killed(r) > 1 ? "first " : "");
	para_add(p, " and ");
	back_write(p, r);
	para_add(p, "; ");
	others_write(p, r);
	para_add(p, ".");
}

static void asked_write(struct para *p, const struct model *m, const struct report *r)
{
	uint64_t total = report_host(r, HOST_MEM_TOTAL), left = report_host(r, HOST_MEM_AVAILABLE);
	char part[UNITS_LEN], whole[UNITS_LEN];

	para_add(p, "No process was killed: this report was asked for at %s",
		 fmt_time_local(wall_ns(m, r->first_ns), part, sizeof(part)));
	if (total != EV_ABSENT && left != EV_ABSENT) {
		para_add(p, ", when %s of %s were available", fmt_bytes(left, part, sizeof(part)),
			 fmt_bytes(total, whole, sizeof(whole)));
		swap_write(p, r);
	}
	para_add(p, ". Until then ");
	filled_write(p, r);
	para_add(p, ", and ");
	if (r->no_bpf)
		para_add(p, "who had to wait for memory is not known");
	else
		others_write(p, r);
	para_add(p, ".");
}

void report_verdict_write(struct para *p, const struct model *m, const struct report *r)
{
	if (!report_victim(r)) {
		asked_write(p, m, r);
		return;
	}
	victims_write(p, m, r);
	para_add(p, " because ");
	shortage_write(p, r);
	para_add(p, "; ");
	filled_write(p, r);
	para_add(p, ". ");
	aftermath_write(p, r);
}

const char *view_report_title(const struct model *m, const struct report *r, char *buf, size_t cap)
{
	const struct report_process *victim = report_victim(r);
	char who[LABEL_LEN], place[NAME_LEN], when[UNITS_LEN];
	struct para p = {0};

	fmt_moment(m, r->first_ns, when, sizeof(when));
	if (!victim)
		para_add(&p, "Memory report without an OOM kill, asked for");
	else if (report_killed(r) > 1)
		para_add(&p, "%llu OOM kills, first", (unsigned long long)report_killed(r));
	else
		para_add(&p, "OOM kill of");
	if (victim)
		para_add(&p, " %s", task_label(victim->comm, victim->pid, who, sizeof(who)));
	if (report_is_memcg(r))
		para_add(&p, " at the limit of %s", limit_label(r, place, sizeof(place)));
	para_add(&p, ", %s", when);
	marks_drop(p.s);
	return text_safe(p.s, strlen(p.s), buf, cap);
}
