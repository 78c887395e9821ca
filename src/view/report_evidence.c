/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM reports: what to change, the kernel log's own lines, and what the report rests on.
 *
 * Layer: view; the contract is in report_parts.h.
 */
#include <string.h>
#include "losses.h"
#include "report_parts.h"

void part_advice(struct doc *d, const struct report *r)
{
	struct advice a;
	int n = 0;

	for (int at = 0; (at = report_advice(r, at, &a)) != 0 && n < ADVICE_MAX;) {
		para_add(&a.evidence, " %s", a.change.s);
		doc_item(d, ++n, a.finding.s, a.evidence.s);
	}
	if (n == 0)
		doc_para(d, "The figures at hand point to nothing in particular.");
}

static size_t log_backticks(const struct report *r)
{
	size_t most = 0, n;

	for (int i = 0; i < r->nkills; i++) {
		const struct oom_record *rec = r->kills[i].rec;

		for (int l = 0; rec && l < rec->nlog; l++) {
			char line[sizeof(rec->log[0]) + 1];

			snprintf(line, sizeof(line), "%.*s", (int)sizeof(rec->log[0]), rec->log[l]);
			n = backticks(line);
			most = n > most ? n : most;
		}
	}
	return most;
}

static void log_lines(struct doc *d, const struct oom_record *rec)
{
	for (int i = 0; i < rec->nlog; i++) {
		char line[4 * sizeof(rec->log[0])];

		text_safe(rec->log[i], strnlen(rec->log[i], sizeof(rec->log[i])), line,
			  sizeof(line));
		if (d->markdown)
			fprintf(d->v->out, "%s\n", line);
		else
			para_print(d->v->out, "  ", line, PAGE_WIDTH);
	}
	if (rec->nlog_dropped)
		fprintf(d->v->out, "%s(%d more lines)\n", doc_indent(d), rec->nlog_dropped);
}

void part_log(struct doc *d, const struct report *r)
{
	bool any = false;

	for (int i = 0; i < r->nkills; i++)
		any |= r->kills[i].rec && r->kills[i].rec->nlog > 0;
	if (!any) {
		if (r->nkills)
			doc_para(d, "The kernel log has no lines about it, or could not be read.");
		return;
	}
	doc_caption(d, "The kernel log");
	doc_lines_begin(d, log_backticks(r));
	for (int i = 0; i < r->nkills; i++) {
		if (r->kills[i].rec)
			log_lines(d, r->kills[i].rec);
	}
	doc_lines_end(d);
}

/* Do our kills add up to the kernel's? */
static void count_fact(struct doc *d, const struct report *r)
{
	unsigned long long ours = r->kills_counted, kernel = r->kills_kernel;
	struct para p = {0};

	if (r->nkills == 0)
		return;
	if (r->kills_kernel == EV_ABSENT)
		para_add(&p, "%llu; the kernel's own count is not known", ours);
	else if (ours == kernel)
		para_add(&p, "%llu, as the kernel counts (vmstat oom_kill)", ours);
	else
		para_add(&p, "%llu, but the kernel counts %llu (vmstat oom_kill): %s", ours, kernel,
			 ours < kernel ? "some were not seen, or are in another report"
				       : "it had not counted all yet, or some died of another "
					 "signal");
	doc_fact(d, "kills", p.s);
}

static void told_fact(struct doc *d, const struct report *r)
{
	const struct oom_record *rec = report_rec(r);
	struct para p = {0};

	if (rec) {
		para_add(&p, "%s",
			 rec->from_probe && rec->from_log ? "the kernel's event and its log"
			 : rec->from_probe		  ? "the kernel's event alone"
							  : "the kernel log alone");
		doc_fact(d, "told by", p.s);
	}
	if (r->no_bpf)
		doc_fact(d, "missing",
			 "BPF programs (doctor says why): no stalls, nothing of the reaper, not "
			 "when "
			 "the victim ended; processes are as /proc had them");
	doc_fact(d, "kernel log",
		 r->log_whole ? "read, no line lost" : "not readable, or lines of it were lost");
}

/* Signals that tell of OOM kills and of what leads up to them. */
static bool probe_serves(const struct ev_probe *probe)
{
	static const char *const prefixes[] = {"oom",	"process", "stall",
					       "fault", "kswapd",  "swapout"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (strncmp(probe->signal, prefixes[i], strlen(prefixes[i])) == 0)
			return probe->status != PROBE_OFF;
	}
	return false;
}

static void probe_worse(struct doc *d, const struct ev_probe *probe)
{
	char signal[LABEL_LEN], reason[2 * NAME_LEN], text[LABEL_LEN];
	struct para p = {0};

	snprintf(text, sizeof(text), "%.*s", (int)sizeof(probe->signal), probe->signal);
	name_mark(text, "?", signal, sizeof(signal));
	text_safe(probe->reason, strnlen(probe->reason, sizeof(probe->reason)), reason,
		  sizeof(reason));
	para_add(&p, "%s: " NAME_BEGIN "%s" NAME_END, signal, reason);
	doc_fact(d, probe_status_names[probe->status], p.s);
}

/* With its source only where that is what the kill itself is told by: doctor has them all. */
static void probe_write(struct para *p, const struct ev_probe *probe)
{
	char name[LABEL_LEN], text[2 * sizeof(probe->source)];

	if (strncmp(probe->signal, "oom", 3) == 0)
		snprintf(text, sizeof(text), "%.*s (%.*s)", (int)sizeof(probe->signal),
			 probe->signal, (int)sizeof(probe->source), probe->source);
	else
		snprintf(text, sizeof(text), "%.*s", (int)sizeof(probe->signal), probe->signal);
	para_add(p, "%s%s", p->len ? ", " : "", name_mark(text, "", name, sizeof(name)));
}

/* no_bpf: one reason holds for all that are missing. */
static void probes_facts(struct doc *d, bool no_bpf)
{
	const struct ev_probe *probes;
	int n = model_probes(d->v->model, &probes);
	struct para p = {0};

	for (int i = 0; i < n; i++) {
		if (probe_serves(&probes[i]) && probes[i].status != PROBE_MISSING)
			probe_write(&p, &probes[i]);
	}
	if (p.len)
		doc_fact(d, "probes", p.s);
	for (int i = 0; i < n; i++) {
		if (probe_serves(&probes[i]) && (probes[i].status == PROBE_DEGRADED ||
						 (probes[i].status == PROBE_MISSING && !no_bpf)))
			probe_worse(d, &probes[i]);
	}
}

static void losses_facts(struct doc *d, const struct report *r)
{
	bool any = false;

	for (int i = 0; i < loss_nkinds; i++) {
		uint64_t n = loss_value(&r->loss, &loss_kinds[i]);
		char count[UNITS_LEN];
		struct para p = {0};

		if (n == 0)
			continue;
		any = true;
		para_add(&p, "%s %s: %s", fmt_count(n, count, sizeof(count)), loss_kinds[i].what,
			 loss_kinds[i].remedy);
		doc_fact(d, "lost", p.s);
	}
	if (!any)
		doc_fact(d, "lost", "nothing");
}

static void machine_fact(struct doc *d)
{
	const struct ev_meta *meta = model_meta(d->v->model);
	char name[LABEL_LEN], text[2 * sizeof(meta->release)], bytes[UNITS_LEN];
	struct para p = {0};

	snprintf(text, sizeof(text), "%.*s", (int)sizeof(meta->hostname), meta->hostname);
	para_add(&p, "%s", name_mark(text, "not known", name, sizeof(name)));
	snprintf(text, sizeof(text), "%.*s", (int)sizeof(meta->release), meta->release);
	para_add(&p, ", Linux %s", name_mark(text, "not known", name, sizeof(name)));
	snprintf(text, sizeof(text), "%.*s", (int)sizeof(meta->arch), meta->arch);
	para_add(&p, " %s, %u CPUs, %s", name_mark(text, "", name, sizeof(name)), meta->cpus,
		 fmt_bytes(meta->mem_total_bytes, bytes, sizeof(bytes)));
	if (meta->cgroup_version)
		para_add(&p, ", cgroup v%u", meta->cgroup_version);
	doc_fact(d, "machine", p.s);
}

static void written_fact(struct doc *d, const struct report *r)
{
	char from[UNITS_LEN], to[UNITS_LEN], when[UNITS_LEN];
	struct para p = {0};

	para_add(&p, "number %u of this run, of %s to %s from the kill", r->id,
		 fmt_offset(report_offset(r, r->from_ns), from, sizeof(from)),
		 fmt_offset(report_offset(r, r->to_ns), to, sizeof(to)));
	if (r->written_ns)
		para_add(&p, ", put together %s",
			 fmt_moment(d->v->model, r->written_ns, when, sizeof(when)));
	if (r->continues)
		para_add(&p, "; it goes on from the report before, which was full");
	doc_fact(d, "report", p.s);
}

void part_sources(struct doc *d, const struct report *r)
{
	told_fact(d, r);
	count_fact(d, r);
	losses_facts(d, r);
	probes_facts(d, r->no_bpf);
	machine_fact(d);
	written_fact(d, r);
}
