/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An OOM report as a page of text, and the choice between its forms.
 *
 * Layer: view; the contract is in view.h.
 */
#include <string.h>
#include "report_parts.h"

/* Its time is local, with the offset to UTC. */
static void title_print(struct doc *d, const struct report *r)
{
	const struct ev_meta *meta = model_meta(d->v->model);
	char title[2 * NAME_LEN], host[LABEL_LEN];
	struct para p = {0};

	para_add(&p, "%s, on %s", view_report_title(d->v->model, r, title, sizeof(title)),
		 text_safe(meta->hostname, strnlen(meta->hostname, sizeof(meta->hostname)), host,
			   sizeof(host)));
	fputs(tone_on(d->v, TONE_BOLD), d->v->out);
	para_print(d->v->out, "", p.s, PAGE_WIDTH);
	fputs(tone_off(d->v, TONE_BOLD), d->v->out);
}

static void verdict_print(struct doc *d, const struct report *r)
{
	enum tone tone = r->nkills ? TONE_RED : TONE_BOLD;
	struct para p = {0};

	report_verdict_write(&p, d->v->model, r);
	marks_drop(p.s);
	fputc('\n', d->v->out);
	fputs(tone_on(d->v, tone), d->v->out);
	para_print(d->v->out, "", p.s, PAGE_WIDTH);
	fputs(tone_off(d->v, tone), d->v->out);
	d->last = DOC_PARA;
}

static void who_sections(struct doc *d, const struct report *r)
{
	static const char *const relation[] = {
		[TRIGGER_UNKNOWN] = "not known",
		[TRIGGER_VICTIM] = "the victim itself",
		[TRIGGER_NAMESAKE] = "maybe the victim itself",
		[TRIGGER_THREAD] = "a thread, maybe of the victim",
		[TRIGGER_OTHER] = "another process",
	};

	doc_heading(d, report_killed(r) > 1 ? "First victim: who was killed"
					    : "Victim: who was killed");
	part_victim(d, r);
	doc_heading(d, "Trigger: who asked for memory that was not there: %s",
		    relation[report_trigger(r)]);
	part_trigger(d, r);
	if (report_killed(r) > 1) {
		doc_heading(d, "Kills");
		part_kills(d, r);
	}
}

static void where_section(struct doc *d, const struct report *r)
{
	doc_heading(d, r->nkills ? "What ran out" : "Memory");
	part_constraint(d, r);
	if (r->nkills) {
		part_breakdown(d, r);
		part_hierarchy(d, r);
	}
	part_machine(d, r);
}

static void approach_section(struct doc *d, const struct report *r)
{
	doc_heading(d, r->nkills ? "The approach" : "The time before");
	part_stages(d, r);
	part_timeline(d, r);
	part_growers(d, r);
}

void view_report_text(struct view *v, const struct report *r)
{
	struct doc d;

	doc_begin(&d, v, false);
	title_print(&d, r);
	verdict_print(&d, r);
	if (r->nkills)
		who_sections(&d, r);
	where_section(&d, r);
	doc_heading(&d, r->nkills ? "Candidates: why it and not another"
				  : "Candidates: whom the kernel would choose");
	part_candidates(&d, r);
	approach_section(&d, r);
	if (r->nkills) {
		doc_heading(&d, "The kill, ms from it");
		part_phases(&d, r);
	}
	doc_heading(&d, "Who else suffered");
	part_sufferers(&d, r);
	doc_heading(&d, "What to change");
	part_advice(&d, r);
	doc_heading(&d, "Evidence");
	part_log(&d, r);
	part_sources(&d, r);
}

void view_report(struct view *v, const struct report *r)
{
	if (v->json) {
		view_report_json(v, r);
	} else {
		if (v->lines)
			fputc('\n', v->out);
		view_report_text(v, r);
	}
	v->lines++;
}
