// SPDX-License-Identifier: GPL-2.0
/* Layer: view. Export as JSON Lines: what -j would have printed of each event. */
#include "export_impl.h"

static void jsonl_event(struct exporter *x, const struct ev_hdr *ev)
{
	event_json(x->view, ev);
}

static void jsonl_end(struct exporter *x)
{
	if (!x->opts.only)
		summary_json(x->view);
}

const struct export_form export_jsonl = {.event = jsonl_event, .end = jsonl_end};
