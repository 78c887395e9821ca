/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands over a stream of events, as cli/commands.c has them, and pages of golden/ to compare
 * with.
 *
 * Layer: tests. Included by one program's only file.
 */
#ifndef TEST_REPLAY_H
#define TEST_REPLAY_H

#include "test_golden.h"

#define SETTLE_NS 5000000000ULL

/* A run of one command over a stream. */
struct replay {
	struct model *model;
	struct view view;
	void (*event)(struct view *v, struct model *m, const struct ev_hdr *ev);
	struct output out;
};

static inline void no_event(struct view *v, struct model *m, const struct ev_hdr *ev)
{
	(void)v;
	(void)m;
	(void)ev;
}

static inline void stall_event(struct view *v, struct model *m, const struct ev_hdr *ev)
{
	(void)m;
	if (ev->kind == EV_STALL)
		view_stall(v, (const struct ev_stall *)ev);
}

static inline void fault_event(struct view *v, struct model *m, const struct ev_hdr *ev)
{
	(void)m;
	if (ev->kind == EV_FAULT)
		view_fault(v, (const struct ev_fault *)ev);
}

static inline void no_end(struct view *v)
{
	(void)v;
}

static inline void faults_event(struct view *v, struct model *m, const struct ev_hdr *ev)
{
	if (ev->kind == EV_TICK && model_ticks(m) > 1)
		view_faults_interval(v);
}

static inline void swap_event(struct view *v, struct model *m, const struct ev_hdr *ev)
{
	if (ev->kind == EV_TICK && model_ticks(m) > 1)
		view_swap_interval(v);
}

static inline void oom_event(struct view *v, struct model *m, const struct ev_hdr *ev)
{
	bool end = ev->kind == EV_TICK && ((const struct ev_tick *)ev)->last;
	const struct report *r;

	while (model_report_pending(m) && (r = model_next_report(m, SETTLE_NS, end)))
		view_report(v, r);
}

static inline void status_end(struct view *v)
{
	char buf[128];

	fprintf(v->out, "%s\n", view_status(v->model, buf, sizeof(buf)));
}

static const struct command {
	const char *name;
	void (*event)(struct view *v, struct model *m, const struct ev_hdr *ev);
	void (*end)(struct view *v);
	bool text_only;
} commands[] = {
	{"summary", no_event, view_summary, false},
	{"stalls", stall_event, view_stalls_end, false},
	{"fault_lines", fault_event, no_end, false},
	{"faults", faults_event, view_faults_end, false},
	{"swap", swap_event, view_swap_end, false},
	{"oom", oom_event, view_oom_end, false},
	{"doctor", no_event, view_doctor, false},
	{"status", no_event, status_end, true},
};

static inline const struct command *command_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	fail_msg("no command %s", name);
	return NULL;
}

static inline void replay_begin(struct replay *r, const struct command *c, bool json)
{
	struct model_opts opts = golden_opts;

	if (c->event == oom_event) { /* in reports */
		opts.max_stacks = 64;
		opts.history_ns = 60000000000;
		opts.history_bytes = 4 << 20;
	}
	*r = (struct replay){.model = model_new(&opts), .event = c->event};
	assert_non_null(r->model);
	r->view = (struct view){
		.out = open_memstream(&r->out.text, &r->out.len),
		.model = r->model,
		.json = json,
		.watching = "all processes",
	};
	assert_non_null(r->view.out);
}

static inline void replay_event(struct replay *r, const struct ev_hdr *ev)
{
	assert_int_equal(event_check(ev, ev->size), 0);
	model_event(r->model, ev);
	r->event(&r->view, r->model, ev);
}

static inline void replay_line(struct replay *r, const char *line)
{
	static uint64_t buf[2048];
	const char *error = "";
	int size = event_parse(line, buf, sizeof(buf), &error);

	if (size < 0)
		fail_msg("%s in: %s", error, line);
	replay_event(r, (const struct ev_hdr *)buf);
}

/* The caller frees the text. */
static inline struct output replay_end(struct replay *r, const struct command *c)
{
	c->end(&r->view);
	fclose(r->view.out);
	model_free(r->model);
	return r->out;
}

#endif
