/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sections of the page about the machine and about memtrace: host, reconciliation, footer.
 *
 * Layer: view, private to it (render.h).
 */
#include <string.h>
#include "para.h"
#include "table.h"

#define US	    1000ULL /* ns */
#define PSI_CGROUPS 5

static void size_row(struct table *t, const char *what, uint64_t begin, uint64_t end)
{
	if (begin == EV_ABSENT && end == EV_ABSENT)
		return;
	table_cell(t, what);
	table_bytes(t, begin);
	table_bytes(t, end);
	if (begin == EV_ABSENT || end == EV_ABSENT)
		table_cell(t, "-");
	else
		table_growth(t, (int64_t)(end - begin));
}

static void host_table(struct view *v, const struct ev_host *a, const struct ev_host *b)
{
	static const struct table_col cols[] = {
		{"", ALIGN_LEFT, 0},
		{"at the begin", ALIGN_RIGHT, 0},
		{"at the end", ALIGN_RIGHT, 0},
		{"change", ALIGN_RIGHT, 0},
	};
	static const struct {
		const char *what;
		enum host_counter counter;
	} sizes[] = {
		{"free", HOST_MEM_FREE},
		{"available", HOST_MEM_AVAILABLE},
		{"page cache", HOST_CACHED},
		{"anonymous", HOST_ANON},
	};
	const struct ev_cgstat *first = model_cgstat_first(v->model);
	const struct ev_cgstat *last = model_cgstat_last(v->model);
	struct table t;

	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		size_row(&t, sizes[i].what, a->value[sizes[i].counter], b->value[sizes[i].counter]);
	size_row(&t, "swap used", host_swap_used(a), host_swap_used(b));
	if (first && last)
		size_row(&t, "watched cgroup", first->usage_bytes, last->usage_bytes);
	table_end(&t);
}

static void psi_line(struct view *v, const char *whose, uint64_t some_us, uint64_t full_us)
{
	uint64_t elapsed = model_elapsed_ns(v->model);
	char some[UNITS_LEN], full[UNITS_LEN], some_share[UNITS_LEN], full_share[UNITS_LEN];
	struct para p = {0};

	para_add(&p, "PSI of %s: some task waited for memory %s (%s %%), all did %s (%s %%)", whose,
		 fmt_ns(some_us * US, some, sizeof(some)),
		 fmt_percent(some_us * US, elapsed, some_share, sizeof(some_share)),
		 fmt_ns(full_us * US, full, sizeof(full)),
		 fmt_percent(full_us * US, elapsed, full_share, sizeof(full_share)));
	para_print(v->out, "  ", p.s, PAGE_WIDTH);
}

/* What PSI counts besides what was traced. */
static void unexplained_write(struct para *q, const struct pressure *p)
{
	uint64_t rest = p->psi_some_ns - p->explained_ns;
	char share[UNITS_LEN];

	para_add(q, "; %s %% unexplained", fmt_percent(rest, p->psi_some_ns, share, sizeof(share)));
	if (rest > p->psi_some_ns / 10)
		para_add(q, " (PSI counts waits for page cache that had to be read again, too%s)",
			 p->cgroup ? "" : ", and the work of kswapd and kcompactd");
}

/* How much of it traced waits cover. */
static void pressure_line(struct view *v, uint64_t cgroup)
{
	char time[UNITS_LEN], share[UNITS_LEN];
	struct para q = {0};
	struct pressure p;

	if (!model_pressure(v->model, cgroup, &p) || (!p.psi_some_ns && !p.explained_ns))
		return;
	para_add(&q, "traced stalls cover %s", fmt_ns(p.stalls_ns, time, sizeof(time)));
	if (p.stalls_ns <= p.psi_some_ns)
		para_add(&q, " of it (%s %%)",
			 fmt_percent(p.stalls_ns, p.psi_some_ns, share, sizeof(share)));
	if (p.explained_ns > p.stalls_ns)
		para_add(&q, ", with swap-in faults %s",
			 fmt_ns(p.explained_ns, time, sizeof(time)));
	if (p.explained_ns > p.stalls_ns && p.explained_ns <= p.psi_some_ns)
		para_add(&q, " (%s %%)",
			 fmt_percent(p.explained_ns, p.psi_some_ns, share, sizeof(share)));
	if (p.explained_ns <= p.psi_some_ns)
		unexplained_write(&q, &p);
	else
		para_add(&q, ", %s more than PSI, which averages over the CPUs that were busy%s",
			 fmt_ns(p.explained_ns - p.psi_some_ns, time, sizeof(time)),
			 p.explained_ns > p.stalls_ns ? " and leaves out some swap-ins" : "");
	para_print(v->out, "    ", q.s, PAGE_WIDTH);
}

static void psi_watched(struct view *v)
{
	const struct ev_cgstat *a = model_cgstat_first(v->model);
	const struct ev_cgstat *b = model_cgstat_last(v->model);

	if (!a || !b || a->psi_some_us == EV_ABSENT || b->psi_some_us == EV_ABSENT ||
	    a->psi_full_us == EV_ABSENT || b->psi_full_us == EV_ABSENT ||
	    b->psi_some_us < a->psi_some_us || b->psi_full_us < a->psi_full_us)
		return;
	psi_line(v, "the watched cgroup", b->psi_some_us - a->psi_some_us,
		 b->psi_full_us - a->psi_full_us);
	pressure_line(v, b->cgroup);
}

/* Of the other cgroups whose figures were read, those whose tasks stalled. */
static void psi_cgroups(struct view *v)
{
	const struct ev_cgstat *watched = model_cgstat_last(v->model);
	struct pressure list[MODEL_PRESSURES];
	int n = model_pressures(v->model, list, MODEL_PRESSURES), lines = 0;

	for (int i = 0; i < n && lines < PSI_CGROUPS; i++) {
		char whose[NAME_LEN], path[NAME_LEN];

		if (!list[i].cgroup || !list[i].stalls_ns ||
		    (watched && watched->cgroup == list[i].cgroup))
			continue;
		snprintf(whose, sizeof(whose), "cgroup %s",
			 cgroup_label(v->model, list[i].cgroup, path, sizeof(path) - 8));
		psi_line(v, whose, list[i].psi_some_ns / US, list[i].psi_full_ns / US);
		pressure_line(v, list[i].cgroup);
		lines++;
	}
}

static void psi_lines(struct view *v)
{
	uint64_t some, full;

	if (model_host_growth(v->model, HOST_PSI_SOME, &some) &&
	    model_host_growth(v->model, HOST_PSI_FULL, &full)) {
		psi_line(v, "the host", some, full);
		pressure_line(v, 0);
	}
	psi_watched(v);
	psi_cgroups(v);
}

static void zone_lines(struct view *v)
{
	const struct ev_zone *zones;
	int n = model_zones(v->model, &zones);

	for (int i = 0; i < n; i++) {
		const struct ev_zone *z = &zones[i];
		char name[64], a[UNITS_LEN], b[UNITS_LEN], c[UNITS_LEN];

		if (z->free_bytes >= z->low_bytes)
			continue;
		fprintf(v->out,
			"  node %d zone %s is below its low watermark: %s free of %s (min %s)\n",
			z->nid,
			text_safe(z->name, strnlen(z->name, sizeof(z->name)), name, sizeof(name)),
			fmt_bytes(z->free_bytes, a, sizeof(a)),
			fmt_bytes(z->low_bytes, b, sizeof(b)),
			fmt_bytes(z->min_bytes, c, sizeof(c)));
	}
}

void host_section(struct view *v)
{
	const struct ev_host *first = model_host_first(v->model);
	const struct ev_host *last = model_host_last(v->model);
	char total[UNITS_LEN];

	if (!first || !last)
		return;
	if (last->value[HOST_MEM_TOTAL] == EV_ABSENT)
		heading_print(v, "Host");
	else
		heading_print(v, "Host: %s of memory",
			      fmt_bytes(last->value[HOST_MEM_TOTAL], total, sizeof(total)));
	host_table(v, first, last);
	psi_lines(v);
	zone_lines(v);
}

static const char *fmt_difference(const struct reconcile_row *r, char *buf, size_t cap)
{
	long long diff = (long long)(r->memtrace - r->kernel);

	if (!r->valid)
		snprintf(buf, cap, "-");
	else if (r->kernel == r->memtrace)
		snprintf(buf, cap, "equal");
	else if (r->kernel < 100) /* a share of so little would mislead */
		snprintf(buf, cap, "%+lld", diff);
	else
		snprintf(buf, cap, "%+lld (%+.1f %%)", diff, diff * 100.0 / (double)r->kernel);
	return buf;
}

static void reconcile_row_print(struct table *t, const struct reconcile_row *r)
{
	char buf[UNITS_LEN];

	table_cell(t, r->name);
	if (r->valid) {
		table_fmt(t, "%llu", (unsigned long long)r->kernel);
		table_fmt(t, "%llu", (unsigned long long)r->memtrace);
	} else {
		table_cell(t, "-");
		table_cell(t, "-");
	}
	table_cell(t, fmt_difference(r, buf, sizeof(buf)));
	table_cell(t, r->source);
}

/* Why two counts may differ is worth a line where they do. */
static void reconcile_notes(struct view *v, const struct reconcile_row *rows, int n)
{
	for (int i = 0; i < n; i++) {
		struct para p = {0};

		if (!rows[i].valid || rows[i].kernel == rows[i].memtrace || !*rows[i].note)
			continue;
		para_add(&p, "%s: %s", rows[i].name, rows[i].note);
		para_print(v->out, "  ", p.s, PAGE_WIDTH);
	}
}

void reconcile_section(struct view *v)
{
	static const struct table_col cols[] = {
		{"", ALIGN_LEFT, 0},
		{"kernel's", ALIGN_RIGHT, 0},
		{"memtrace's", ALIGN_RIGHT, 0},
		{"difference", ALIGN_RIGHT, 0},
		{"kernel's source", ALIGN_LEFT, 10},
	};
	struct reconcile_row rows[MODEL_RECONCILE];
	int n = model_reconcile(v->model, rows);
	struct table t;

	heading_print(
		v, n ? "Reconciliation: the kernel's own counts, for the whole host"
		     : "Reconciliation: no two snapshots of the kernel's counts to compare with");
	if (n == 0)
		return;
	table_begin(&t, v->out, "  ", cols, ARRAY_LEN(cols));
	for (int i = 0; i < n; i++)
		reconcile_row_print(&t, &rows[i]);
	table_end(&t);
	reconcile_notes(v, rows, n);
}

/* One signal that is not served by its best rung, and why. */
static void signal_print(struct view *v, const struct ev_probe *probe)
{
	char signal[LABEL_LEN], reason[2 * NAME_LEN], lead[LABEL_LEN + 32];

	text_safe(probe->signal, strnlen(probe->signal, sizeof(probe->signal)), signal,
		  sizeof(signal));
	text_safe(probe->reason, strnlen(probe->reason, sizeof(probe->reason)), reason,
		  sizeof(reason));
	snprintf(lead, sizeof(lead), "  %-18s %-9s  ", signal, probe_status_names[probe->status]);
	para_print(v->out, lead, reason, PAGE_WIDTH);
}

static void signals_print(struct view *v)
{
	const struct ev_probe *probes;
	int n = model_probes(v->model, &probes), served = 0, worse = 0;

	for (int i = 0; i < n; i++) {
		served += probes[i].status == PROBE_OK;
		worse += probes[i].status == PROBE_DEGRADED || probes[i].status == PROBE_MISSING;
	}
	if (n == 0)
		return;
	if (worse == 0) {
		heading_print(v, "Signals: all %d served by their best rung.", served);
		return;
	}
	heading_print(v, "Signals: %d served by their best rung, %d not", served, worse);
	for (int i = 0; i < n; i++) {
		if (probes[i].status == PROBE_DEGRADED || probes[i].status == PROBE_MISSING)
			signal_print(v, &probes[i]);
	}
}

static void end_write(struct para *p, const struct view *v)
{
	const struct ev_tick *tick = model_last_tick(v->model);
	char program[NAME_LEN];

	if (!tick || !tick->last)
		return;
	if (tick->reason == END_PROGRAM)
		para_add(p, ", until %s ended with status %d",
			 name_safe(v->program, "the program", program, sizeof(program)),
			 tick->status);
	else if (tick->reason == END_TARGET)
		para_add(p, ", until the last watched process had ended");
	else if (tick->reason == END_SIGNAL)
		para_add(p, ", until it was interrupted");
}

static void run_print(struct view *v)
{
	const struct model *m = v->model;
	const struct ev_meta *meta = model_meta(m);
	char a[NAME_LEN], b[UNITS_LEN], c[UNITS_LEN];
	struct para p = {0};

	fmt_time_rfc3339(wall_ns(m, model_begin_ns(m)), b, sizeof(b));
	fmt_time_local(wall_ns(m, model_begin_ns(m)), c, sizeof(c));
	para_add(&p, "Traced %s for ", name_safe(v->watching, "all processes", a, sizeof(a)));
	para_add(&p, "%s", fmt_ns(model_elapsed_ns(m), a, sizeof(a)));
	para_add(&p, " from %.10s %.8s", b, c);
	end_write(&p, v);
	para_add(&p, ". %s",
		 text_safe(meta->hostname, strnlen(meta->hostname, sizeof(meta->hostname)), a,
			   sizeof(a)));
	para_add(&p, ": Linux %s",
		 text_safe(meta->release, strnlen(meta->release, sizeof(meta->release)), a,
			   sizeof(a)));
	para_add(&p, " %s, %u CPUs, %s.",
		 text_safe(meta->arch, strnlen(meta->arch, sizeof(meta->arch)), a, sizeof(a)),
		 meta->cpus, fmt_bytes(meta->mem_total_bytes, b, sizeof(b)));
	fputc('\n', v->out);
	para_print(v->out, "", p.s, PAGE_WIDTH);
}

void footer_section(struct view *v)
{
	signals_print(v);
	run_print(v);
}
