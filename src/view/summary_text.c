/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page of `memtrace summary`: a verdict, then what it rests on, section by section.
 *
 * Layer: view; called by view_summary() only.
 */
#include "render.h"
#include "verdict.h"

static void verdict_section(struct view *v)
{
	struct para p = {0};
	bool killed = model_ooms(v->model, NULL, 0) > 0;
	enum tone tone = killed ? TONE_RED : TONE_BOLD;

	verdict_write(&p, v);
	fputs(tone_on(v, tone), v->out);
	para_print(v->out, "", p.s, PAGE_WIDTH);
	fputs(tone_off(v, tone), v->out);
}

void summary_text(struct view *v)
{
	static void (*const sections[])(struct view *) = {
		verdict_section, stalls_section,  culprits_section,  timeline_section,
		faults_section,	 ustacks_section, swap_section,	     kswapd_section,
		ooms_section,	 host_section,	  reconcile_section, losses_section,
		footer_section,
	};

	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		sections[i](v);
}
