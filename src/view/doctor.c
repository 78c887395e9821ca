/* SPDX-License-Identifier: GPL-2.0 */
/*
 * `memtrace doctor`: which rung of its ladder serves each signal, and why not a better one.
 *
 * Layer: view.
 */
#include <string.h>
#include "para.h"
#include "render.h"

#define SIGNAL_WIDTH 20
#define STATUS_WIDTH 10

/* "signal  status  source", the reason below it. */
static void probe_text(struct view *v, const struct ev_probe *probe)
{
	char signal[LABEL_LEN], source[4 * sizeof(probe->source) + 1], reason[2 * NAME_LEN];
	enum tone tone = probe->status == PROBE_MISSING ? TONE_RED : TONE_PLAIN;
	char lead[LABEL_LEN + 32];

	text_safe(probe->signal, strnlen(probe->signal, sizeof(probe->signal)), signal,
		  sizeof(signal));
	text_safe(probe->source, strnlen(probe->source, sizeof(probe->source)), source,
		  sizeof(source));
	text_safe(probe->reason, strnlen(probe->reason, sizeof(probe->reason)), reason,
		  sizeof(reason));
	snprintf(lead, sizeof(lead), "%-*s %-*s ", SIGNAL_WIDTH, signal, STATUS_WIDTH,
		 probe_status_names[probe->status]);
	fputs(tone_on(v, tone), v->out);
	para_print(v->out, lead, *source ? source : "-", PAGE_WIDTH);
	fputs(tone_off(v, tone), v->out);
	snprintf(lead, sizeof(lead), "%*s", SIGNAL_WIDTH + STATUS_WIDTH + 2, "");
	if (*reason)
		para_print(v->out, lead, reason, PAGE_WIDTH);
}

static void kernel_text(struct view *v)
{
	const struct ev_meta *meta = model_meta(v->model);
	char release[NAME_LEN], arch[LABEL_LEN], size[UNITS_LEN], cgroups[32];

	snprintf(cgroups, sizeof(cgroups), "v%u", meta->cgroup_version);
	fprintf(v->out, "Linux %s %s, %u CPUs, %s, memory cgroups: %s\n\n",
		text_safe(meta->release, strnlen(meta->release, sizeof(meta->release)), release,
			  sizeof(release)),
		text_safe(meta->arch, strnlen(meta->arch, sizeof(meta->arch)), arch, sizeof(arch)),
		meta->cpus, fmt_bytes(meta->mem_total_bytes, size, sizeof(size)),
		meta->cgroup_version ? cgroups : "none found");
}

/* Those of signals that were not asked for are not loaded, and not counted. */
static void programs_text(struct view *v)
{
	const struct ev_program *programs;
	int n = model_programs(v->model, &programs);
	uint64_t insns = 0;

	for (int i = 0; i < n; i++)
		insns += programs[i].verified_insns;
	if (insns)
		fprintf(v->out, "%d BPF programs loaded, %llu instructions verified.\n", n,
			(unsigned long long)insns);
}

static void doctor_text(struct view *v)
{
	const struct ev_probe *probes;
	int n = model_probes(v->model, &probes), count[PROBE_OFF + 1] = {0};

	kernel_text(v);
	fprintf(v->out, "%-*s %-*s %s\n", SIGNAL_WIDTH, "signal", STATUS_WIDTH, "status",
		"source, and why not better");
	for (int i = 0; i < n; i++) {
		probe_text(v, &probes[i]);
		count[probes[i].status]++;
	}
	fprintf(v->out, "\n%d of %d signals served by their best rung", count[PROBE_OK], n);
	if (count[PROBE_DEGRADED])
		fprintf(v->out, ", %d by a lesser one", count[PROBE_DEGRADED]);
	if (count[PROBE_MISSING])
		fprintf(v->out, ", %d missing", count[PROBE_MISSING]);
	if (count[PROBE_OFF])
		fprintf(v->out, ", %d not asked for", count[PROBE_OFF]);
	fputs(".\n", v->out);
	programs_text(v);
}

static void kernel_json(struct view *v)
{
	const struct ev_meta *meta = model_meta(v->model);
	struct json j;

	json_begin(&j, v->out);
	json_object_begin(&j, NULL);
	json_str(&j, "type", "kernel");
	json_strn(&j, "release", meta->release, strnlen(meta->release, sizeof(meta->release)));
	json_strn(&j, "arch", meta->arch, strnlen(meta->arch, sizeof(meta->arch)));
	json_strn(&j, "hostname", meta->hostname, strnlen(meta->hostname, sizeof(meta->hostname)));
	json_u64(&j, "cpus", meta->cpus);
	json_u64(&j, "mem_total_bytes", meta->mem_total_bytes);
	json_u64(&j, "page_size", meta->page_size);
	json_u64(&j, "cgroup_version", meta->cgroup_version);
	json_object_end(&j);
	json_end_line(&j);
}

static void doctor_json(struct view *v)
{
	const struct ev_program *programs;
	const struct ev_probe *probes;
	int n = model_probes(v->model, &probes);

	kernel_json(v);
	for (int i = 0; i < n; i++)
		event_json(v, &probes[i].hdr);
	n = model_programs(v->model, &programs);
	for (int i = 0; i < n; i++)
		event_json(v, &programs[i].hdr);
}

void view_doctor(struct view *v)
{
	if (v->json)
		doctor_json(v);
	else
		doctor_text(v);
}
