/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What programs did when they faulted: user stacks, on the page, in JSON, and folded for flame
 * graphs.
 *
 * Layer: view, private to it (render.h; view_folded() is in view.h).
 */
#include <stdlib.h>
#include <string.h>
#include "para.h"
#include "render.h"

#define PROCESSES   5
#define STACKS	    3  /* of one process, on the page */
#define MAX_STACKS  64 /* of one process, in JSON */
#define MAX_FRAMES  128
#define FRAMES_TEXT 12 /* innermost ones, on the page */

static const char *const what_names[] = {[USTACK_MAJOR] = "major", [USTACK_MINOR] = "minor"};

/* Faults of one sort with any stack, of those in the list. */
static uint64_t count_all(const struct ustack_stats *list, int n, enum ustack_what what)
{
	uint64_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += list[i].what == what ? list[i].count : 0;
	return sum;
}

/* The innermost frames, " < " between them: "touch < fill < main". */
static void frames_add(struct para *p, const char *frames)
{
	char frame[NAME_LEN], safe[NAME_LEN];
	int shown = 0;

	for (size_t n; *frames; frames += n + (frames[n] == ';')) {
		n = strcspn(frames, ";");
		if (shown == FRAMES_TEXT) {
			para_add(p, " < ...");
			return;
		}
		snprintf(frame, sizeof(frame), "%.*s", (int)n, frames);
		para_add(p, "%s%s", shown++ ? " < " : "",
			 text_safe(frame, strlen(frame), safe, sizeof(safe)));
	}
}

static void stack_print(struct view *v, const struct ustack_stats *s, uint64_t all)
{
	char count[UNITS_LEN], percent[UNITS_LEN], ms[UNITS_LEN], lead[UNITS_LEN + 8];
	struct para p = {0};

	snprintf(lead, sizeof(lead), "    %8s  ", fmt_count(s->count, count, sizeof(count)));
	para_add(&p, "%s, %s%%", s->what == USTACK_MAJOR ? "major" : "minor by samples",
		 fmt_percent(s->count, all, percent, sizeof(percent)));
	if (s->what == USTACK_MAJOR)
		para_add(&p, ", waited %s ms", fmt_ms(s->total_ns, ms, sizeof(ms)));
	para_add(&p, ": ");
	frames_add(&p, s->frames);
	para_print(v->out, lead, p.s, PAGE_WIDTH);
}

static void process_stacks(struct view *v, const struct process *p, const struct ustack_stats *list,
			   int n)
{
	int shown[] = {0, 0};
	char who[LABEL_LEN];

	fprintf(v->out, "  %s\n", process_label(p, who, sizeof(who)));
	for (int i = 0; i < n; i++) {
		if (shown[list[i].what]++ < STACKS)
			stack_print(v, &list[i], count_all(list, n, list[i].what));
	}
	for (int w = USTACK_MAJOR; w <= USTACK_MINOR; w++) {
		if (shown[w] > STACKS)
			fprintf(v->out, "    and %d more of %s faults\n", shown[w] - STACKS,
				what_names[w]);
	}
}

/* All stacks of a process; free() *list. Returns their number. */
static int ustacks_list(const struct model *m, const struct process *p, struct ustack_stats **list)
{
	int n = model_ustacks(m, p, NULL, 0);

	*list = calloc((size_t)n + 1, sizeof(**list));
	return *list ? model_ustacks(m, p, *list, n) : 0;
}

void ustacks_section(struct view *v)
{
	const struct process **list;
	int n = processes_list(v->model, BY_MAJOR_FAULTS, &list), shown = 0, more = 0;

	for (int i = 0; i < n; i++) {
		struct ustack_stats *stacks;
		int nstacks = ustacks_list(v->model, list[i], &stacks);

		if (nstacks && shown == PROCESSES)
			more++;
		if (nstacks && shown < PROCESSES) {
			if (!shown++)
				heading_print(v, "Faults by user stack, innermost function first");
			process_stacks(v, list[i], stacks, nstacks);
		}
		free(stacks);
	}
	if (more)
		fprintf(v->out, "  and %d more processes\n", more);
	free(list);
}

void ustacks_json(struct json *j, const struct model *m, const struct process *p)
{
	struct ustack_stats list[MAX_STACKS];
	int n = model_ustacks(m, p, list, MAX_STACKS);

	if (!n)
		return;
	json_array_begin(j, "ustacks");
	for (int i = 0; i < n && i < MAX_STACKS; i++) {
		const char *frames = list[i].frames;

		json_object_begin(j, NULL);
		json_str(j, "what", what_names[list[i].what]);
		json_u64(j, "count", list[i].count);
		json_u64(j, "total_ns", list[i].total_ns);
		json_array_begin(j, "frames");
		for (size_t len; *frames; frames += len + (frames[len] == ';')) {
			len = strcspn(frames, ";");
			json_strn(j, NULL, frames, len);
		}
		json_array_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

void folded_name(FILE *out, const char *s, size_t len)
{
	char name[NAME_LEN], safe[NAME_LEN];

	snprintf(name, sizeof(name), "%.*s", (int)len, s);
	text_safe(name, strlen(name), safe, sizeof(safe));
	for (char *c = safe; *c; c++)
		fputc(*c == ';' ? ':' : *c == ' ' ? '_' : *c, out);
}

void folded_frames(FILE *out, const char *frames)
{
	const char *frame[MAX_FRAMES], *p = frames;
	size_t len[MAX_FRAMES];
	int n = 0;

	for (; *p && n < MAX_FRAMES; n++) {
		frame[n] = p;
		len[n] = strcspn(p, ";");
		p += len[n] + (p[len[n]] == ';');
	}
	while (n--) {
		fputc(';', out);
		folded_name(out, frame[n], len[n]);
	}
}

static void folded_line(FILE *out, const struct ustack_stats *s)
{
	folded_name(out, s->comm[0] ? s->comm : "?", EV_COMM_LEN);
	fprintf(out, "_[%s]", what_names[s->what]);
	folded_frames(out, s->frames);
	fprintf(out, " %llu\n", (unsigned long long)s->count);
}

void view_folded(struct view *v)
{
	struct ustack_stats *list;
	int n = ustacks_list(v->model, NULL, &list);

	for (int i = 0; i < n; i++)
		folded_line(v->folded, &list[i]);
	free(list);
}
