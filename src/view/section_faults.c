/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Section of the page about major faults.
 *
 * Layer: view, private to it (render.h).
 */
#include <stdlib.h>
#include <string.h>
#include "ascii_hist.h"
#include "table.h"

#define TOP_FILES 10

/* A quantile of the timed faults, or "-" when none was timed. */
static void quantile_cell(struct table *t, const struct hist *h, double q)
{
	if (h->count)
		table_ms(t, hist_quantile(h, q));
	else
		table_cell(t, "-");
}

static void quantile_cells(struct table *t, const struct hist *h)
{
	quantile_cell(t, h, 0.50);
	quantile_cell(t, h, 0.95);
	quantile_cell(t, h, 0.99);
	quantile_cell(t, h, 1.0);
}

static void class_cells(struct table *t, const struct fault_stats *f)
{
	for (int c = 0; c < FAULT_CLASSES; c++) {
		if (f)
			table_count(t, f->count[c]);
		else
			table_cell(t, "-");
	}
}

static void faults_row(struct table *t, const struct model *m, const struct process *p)
{
	const struct fault_stats *f = p->details ? &p->details->faults : NULL;
	struct hist all = f ? faults_timed(f) : (struct hist){0};
	char buf[NAME_LEN];

	table_name(t, p->comm, "?");
	table_fmt(t, "%u", p->tgid);
	table_count(t, process_majfaults(p));
	class_cells(t, f);
	quantile_cells(t, &all);
	table_count(t, p->min_flt_traced);
	table_cell(t, cgroup_label(m, p->cgroup, buf, sizeof(buf)));
}

static void faults_table(struct view *v, const struct process *const *list, int n)
{
	static const struct table_col cols[] = {
		{"process", ALIGN_LEFT, 10}, {"pid", ALIGN_RIGHT, 0},	 {"major", ALIGN_RIGHT, 0},
		{"file", ALIGN_RIGHT, 0},    {"swap", ALIGN_RIGHT, 0},	 {"other", ALIGN_RIGHT, 0},
		{"p50 ms", ALIGN_RIGHT, 0},  {"p95 ms", ALIGN_RIGHT, 0}, {"p99 ms", ALIGN_RIGHT, 0},
		{"max ms", ALIGN_RIGHT, 0},  {"minor", ALIGN_RIGHT, 0},	 {"cgroup", ALIGN_PATH, 8},
	};
	uint64_t rest = model_others(v->model)->maj_flt_traced;
	struct table t;
	int rows = 0;

	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n; i++) {
		if (rows == view_rows(v)) {
			rest += process_majfaults(list[i]);
		} else if (process_majfaults(list[i])) {
			faults_row(&t, v->model, list[i]);
			rows++;
		}
	}
	if (rows)
		table_end(&t);
	if (rest)
		fprintf(v->out, "  and %llu major faults of other processes\n",
			(unsigned long long)rest);
}

static int timed_classes(const struct fault_stats *f)
{
	int n = 0;

	for (int c = 0; c < FAULT_CLASSES; c++)
		n += f->timed[c].count > 0;
	return n;
}

static void classes_rows(struct table *t, const struct process *p)
{
	const struct fault_stats *f = &p->details->faults;

	for (int c = 0; c < FAULT_CLASSES; c++) {
		if (!f->count[c])
			continue;
		table_name(t, p->comm, "?");
		table_fmt(t, "%u", p->tgid);
		table_cell(t, fault_class_names[c]);
		table_count(t, f->count[c]);
		table_ms(t, f->timed[c].total_ns);
		quantile_cells(t, &f->timed[c]);
	}
}

/* Classes apart, of processes that had faults of more than one. */
static void classes_table(struct view *v, const struct process *const *list, int n)
{
	static const struct table_col cols[] = {
		{"process", ALIGN_LEFT, 10}, {"pid", ALIGN_RIGHT, 0},
		{"class", ALIGN_LEFT, 0},    {"faults", ALIGN_RIGHT, 0},
		{"wait ms", ALIGN_RIGHT, 0}, {"p50 ms", ALIGN_RIGHT, 0},
		{"p95 ms", ALIGN_RIGHT, 0},  {"p99 ms", ALIGN_RIGHT, 0},
		{"max ms", ALIGN_RIGHT, 0},
	};
	struct table t;
	int rows = 0;

	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n && rows < view_rows(v); i++) {
		if (!list[i]->details || timed_classes(&list[i]->details->faults) < 2)
			continue;
		if (rows++ == 0)
			fputc('\n', v->out);
		classes_rows(&t, list[i]);
	}
	if (rows)
		table_end(&t);
}

void class_histograms(struct view *v, const struct fault_stats *f)
{
	bool several = timed_classes(f) > 1;
	const char *sep = "";

	for (int c = 0; c < FAULT_CLASSES; c++) {
		if (!f->timed[c].count)
			continue;
		if (several)
			fprintf(v->out, "%s  class %s\n", sep, fault_class_names[c]);
		ascii_hist_print(v->out, "  ", &f->timed[c]);
		sep = "\n";
	}
}

/* Page-cache thrashing. */
static void refaults_note(struct view *v, const struct fault_stats *f)
{
	const struct hist *away = model_refaults_away(v->model);
	char n[UNITS_LEN], all[UNITS_LEN], p50[UNITS_LEN];

	if (f->refaults)
		fprintf(v->out,
			"  %s of %s file faults were refaults: pages that reclaim had taken away "
			"%s before (p50)\n",
			fmt_count(f->refaults, n, sizeof(n)),
			fmt_count(f->count[FAULT_FILE], all, sizeof(all)),
			fmt_ns(hist_quantile(away, 0.5), p50, sizeof(p50)));
}

/* What the numbers above do not tell by themselves. */
static void faults_notes(struct view *v, uint64_t major)
{
	const struct fault_stats *f = model_faults(v->model);
	uint64_t seen = faults_seen(f);

	if (major > seen)
		fprintf(v->out,
			"  %llu known from the kernel's counts only: no event came for them\n",
			(unsigned long long)(major - seen));

	if (f->untimed)
		fprintf(v->out,
			"  %llu not timed: their beginning was not seen (the first ones arm the "
			"timer)\n",
			(unsigned long long)f->untimed);
	if (f->guessed)
		fprintf(v->out,
			"  %llu classed by what is mapped there, for want of seeing what was "
			"read\n",
			(unsigned long long)f->guessed);
	refaults_note(v, f);
}

void files_table(struct view *v, const struct process *p)
{
	static const struct table_col all[] = {
		{"refaults", ALIGN_RIGHT, 0}, {"faults", ALIGN_RIGHT, 0},
		{"wait ms", ALIGN_RIGHT, 0},  {"max ms", ALIGN_RIGHT, 0},
		{"file", ALIGN_PATH, 20},
	};
	int skip = model_faults(v->model)->refaults ? 0 : 1; /* no column of noughts */
	struct file_stats files[TOP_FILES];
	int n = model_files(v->model, p, files, TOP_FILES);
	struct table t;

	n = n < TOP_FILES ? n : TOP_FILES;
	if (n <= 0)
		return;
	fputc('\n', v->out);
	table_begin(&t, v->out, "  ", all + skip, (int)ARRAY_LEN(all) - skip);
	for (int i = 0; i < n; i++) {
		char inode[64];

		if (!skip)
			table_count(&t, files[i].refaults);
		table_count(&t, files[i].faults);
		table_ms(&t, files[i].total_ns);
		table_ms(&t, files[i].max_ns);
		snprintf(inode, sizeof(inode), "inode %llu of device %u:%u",
			 (unsigned long long)files[i].ino, files[i].dev_major, files[i].dev_minor);
		table_name(&t, files[i].path, inode);
	}
	table_end(&t);
}

void faults_section(struct view *v)
{
	const struct fault_stats *f = model_faults(v->model);
	uint64_t major = model_others(v->model)->maj_flt_traced;
	uint64_t minor = model_others(v->model)->min_flt_traced;
	const struct process **list;
	int n = processes_list(v->model, BY_MAJOR_FAULTS, &list);
	char maj[UNITS_LEN], min[UNITS_LEN];

	for (int i = 0; i < n; i++) {
		major += process_majfaults(list[i]);
		minor += list[i]->min_flt_traced;
	}
	if (major) {
		heading_print(v, "Major faults: %s (and %s minor ones)",
			      fmt_count(major, maj, sizeof(maj)),
			      fmt_count(minor, min, sizeof(min)));
		faults_table(v, list, n);
		faults_notes(v, major);
		classes_table(v, list, n);
		files_table(v, NULL);
		if (timed_classes(f)) {
			fputc('\n', v->out);
			class_histograms(v, f);
		}
	}
	free(list);
}
