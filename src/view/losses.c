/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. What got lost, as text and JSON; the contract is in losses.h. */
#include <string.h>
#include "losses.h"
#include "para.h"

#define LOSS(member, what, remedy)                                                                 \
	{                                                                                          \
#member, offsetof(struct model_loss, member), what, remedy                         \
	}

const struct loss_kind loss_kinds[] = {
	LOSS(ring_full, "events did not fit into the ring buffer",
	     "give it more room with --buffer SIZE"),
	LOSS(unpaired, "stalls or faults had but one end that was seen",
	     "most had begun before tracing did"),
	LOSS(perf_throttled, "major faults were withheld by perf",
	     "on CPUs busy with other BPF programs, or throttled: then raise sysctl "
	     "kernel.perf_event_max_sample_rate"),
	LOSS(samples_throttled, "sampled minor faults were withheld by perf",
	     "sample fewer: --sample with a larger number"),
	LOSS(recursion_missed, "runs of BPF programs were skipped by the kernel",
	     "they would have interrupted themselves; counts are that much too low"),
	LOSS(causes_missed, "beginnings or ends of a part of a stall were skipped by the kernel",
	     "time in shrinkers or throttled counts as cpu, io or blocked there"),
	LOSS(kmsg_lost, "kernel log records were overwritten before they were read",
	     "boot with a larger log_buf_len="),
	LOSS(names_unresolved, "names of cgroups, files or functions were not found",
	     "they were gone before they were looked up, or the kernel hides them "
	     "(kernel.kptr_restrict); ids or bare names are shown instead"),
	LOSS(snapshot_incomplete, "process snapshots were cut short",
	     "fault rates of those intervals are too low; try a longer -i"),
	LOSS(processes_folded, "processes with stalls or major faults had to leave the table",
	     "they are in the totals only; narrow it down with -p, -n or -c"),
	LOSS(details_full, "stalls or faults are in no process's histogram",
	     "they are in the totals only; narrow it down with -p, -n or -c"),
	LOSS(files_full, "faults are not in the list of files",
	     "too many files; narrow it down with -p, -n or -c"),
	LOSS(threads_full, "threads had no row of their own in an interval",
	     "too many threads; narrow it down with -p, -n or -c"),
	LOSS(ustacks_missing, "faults have no user stack",
	     "it was paged out, or another had its place in the kernel's table"),
	LOSS(ustacks_full, "faults are not in the list of user stacks",
	     "too many stacks; narrow it down with -p, -n or -c"),
	LOSS(cgroups_full, "events are not in the list of cgroups",
	     "too many cgroups; narrow it down with -c"),
	LOSS(ooms_full, "OOM kills have no record of their own", "too many at once"),
	LOSS(bad_events, "events were malformed or of an unknown kind",
	     "a fault of memtrace, or a recording by a newer one"),
	LOSS(unrecorded, "events came faster than the recording's disk took them",
	     "record to a faster one; they are in no figure but the probes' own counts"),
};
const int loss_nkinds = ARRAY_LEN(loss_kinds);

uint64_t loss_value(const struct model_loss *loss, const struct loss_kind *kind)
{
	uint64_t n;

	memcpy(&n, (const char *)loss + kind->offset, sizeof(n));
	return n;
}

void losses_json(struct json *j, const char *key, const struct model_loss *loss)
{
	json_object_begin(j, key);
	for (int i = 0; i < loss_nkinds; i++)
		json_u64(j, loss_kinds[i].key, loss_value(loss, &loss_kinds[i]));
	json_object_end(j);
}

void losses_section(struct view *v)
{
	struct model_loss loss = model_loss(v->model);
	bool any = false;

	for (int i = 0; i < loss_nkinds; i++) {
		uint64_t n = loss_value(&loss, &loss_kinds[i]);
		char count[UNITS_LEN], lead[UNITS_LEN + 8];
		struct para p = {0};

		if (n == 0)
			continue;
		if (!any)
			heading_print(v, "Lost");
		any = true;
		snprintf(lead, sizeof(lead), "  %8s  ", fmt_count(n, count, sizeof(count)));
		para_add(&p, "%s: %s.", loss_kinds[i].what, loss_kinds[i].remedy);
		para_print(v->out, lead, p.s, PAGE_WIDTH);
	}
	if (!any)
		heading_print(v, "Lost: nothing.");
}
