/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An OOM report as an incident report in Markdown, to hand in.
 *
 * Layer: view; the contract is in view.h.
 */
#include <string.h>
#include "report_parts.h"

/* "2026-11-21 12:00:01.500 UTC", or without the milliseconds. */
static void utc_words(const struct model *m, uint64_t time_ns, bool ms, char *buf, size_t cap)
{
	char rfc[UNITS_LEN];

	fmt_time_rfc3339(wall_ns(m, time_ns), rfc, sizeof(rfc));
	snprintf(buf, cap, "%.10s %.*s UTC", rfc, ms ? 12 : 8, rfc + 11);
}

static void title_print(struct doc *d, const struct report *r)
{
	const struct report_process *victim = report_victim(r);
	const struct ev_meta *meta = model_meta(d->v->model);
	char who[LABEL_LEN], host[LABEL_LEN], text[sizeof(meta->hostname) + 1], when[UNITS_LEN];
	unsigned long long killed = report_killed(r);

	snprintf(text, sizeof(text), "%.*s", (int)sizeof(meta->hostname), meta->hostname);
	name_mark(text, "an unnamed host", host, sizeof(host));
	utc_words(d->v->model, r->first_ns, false, when, sizeof(when));
	if (!victim)
		doc_title(d, "Memory report of %s, %s", host, when);
	else if (killed > 1)
		doc_title(d, "Incident report: %llu OOM kills, first %s, on %s, %s", killed,
			  task_mark(victim->comm, victim->pid, who, sizeof(who)), host, when);
	else
		doc_title(d, "Incident report: OOM kill of %s on %s, %s",
			  task_mark(victim->comm, victim->pid, who, sizeof(who)), host, when);
}

static void verdict_print(struct doc *d, const struct report *r)
{
	struct para p = {0};

	report_verdict_write(&p, d->v->model, r);
	doc_para(d, p.s);
}

static void moment_fact(struct doc *d, const struct report *r, const char *name, uint64_t time_ns)
{
	char utc[UNITS_LEN], offset[UNITS_LEN];
	struct para p = {0};

	if (!time_ns)
		return;
	utc_words(d->v->model, time_ns, true, utc, sizeof(utc));
	para_add(&p, "%s (%s)", utc, fmt_offset(report_offset(r, time_ns), offset, sizeof(offset)));
	doc_fact(d, name, p.s);
}

static void when_section(struct doc *d, const struct report *r)
{
	struct para p = {0};
	char local[UNITS_LEN];

	doc_heading(d, "When");
	moment_fact(d, r, "record begins", r->from_ns);
	moment_fact(d, r, r->nkills ? "kill" : "asked for", r->first_ns);
	if (r->last_ns > r->first_ns)
		moment_fact(d, r, "last kill", r->last_ns);
	moment_fact(d, r, "victim had ended", r->exit_ns);
	moment_fact(d, r, "memory was back", r->back_ns);
	fmt_moment(d->v->model, r->first_ns, local, sizeof(local));
	para_add(&p, "%s; times of day below are of this time zone", local);
	doc_fact(d, "local time", p.s);
}

static void impact_section(struct doc *d, const struct report *r)
{
	doc_heading(d, "Impact");
	if (r->nkills) {
		doc_caption(d, report_killed(r) > 1 ? "The first victim, which was killed"
						    : "The victim, which was killed");
		part_victim(d, r);
		part_kills(d, r);
	} else {
		doc_para(d, "No process was killed.");
	}
	doc_caption(d, "Who else had to wait");
	part_sufferers(d, r);
}

static void symptoms_section(struct doc *d, const struct report *r)
{
	doc_heading(d, "Symptoms");
	part_stages(d, r);
	part_timeline(d, r);
	if (r->nkills) {
		doc_caption(d, "The kill, in milliseconds from it");
		part_phases(d, r);
	}
}

static void cause_section(struct doc *d, const struct report *r)
{
	doc_heading(d, "Cause");
	part_growers(d, r);
	if (r->nkills) {
		doc_caption(d, "The trigger, which asked for memory that was not there");
		part_trigger(d, r);
	}
	part_candidates(d, r);
}

void view_report_markdown(struct view *v, const struct report *r)
{
	struct doc d;

	doc_begin(&d, v, true);
	title_print(&d, r);
	verdict_print(&d, r);
	when_section(&d, r);
	impact_section(&d, r);
	symptoms_section(&d, r);
	doc_heading(&d, "Memory state");
	part_constraint(&d, r);
	part_machine(&d, r);
	doc_heading(&d, "Breakdown of consumption");
	part_breakdown(&d, r);
	part_hierarchy(&d, r);
	cause_section(&d, r);
	doc_heading(&d, "Evidence");
	part_log(&d, r);
	part_sources(&d, r);
	doc_heading(&d, "Measures");
	part_advice(&d, r);
}
