// SPDX-License-Identifier: GPL-2.0
/*
 * Minor faults, one of many: who touches new memory, and where in the program.
 *
 * Layer: bpf. A software perf event that overflows after so many minor faults of a CPU; those in
 * between cost the kernel's own counting, no program runs.
 */
#include "ustack.bpf.h"

SEC("perf_event")
int fault_sample(struct bpf_perf_event_data *ctx)
{
	struct ev_sample *ev;
	__u32 ustack;

	count(SIG_SAMPLE, seen, 1);
	if (!watched(bpf_get_current_pid_tgid())) {
		count(SIG_SAMPLE, filtered, 1);
		return 0;
	}
	ustack = ustack_take(ctx);
	ev = event_begin(sizeof(*ev), EV_SAMPLE, SIG_SAMPLE);
	if (!ev)
		return 0;
	task_fill_current(&ev->task);
	ev->address = ctx->addr;
	ev->ustack = ustack;
	ev->period = sample_faults;
	event_send(ev, ustack_urgent(ustack, ev->hdr.time_ns));
	return 0;
}
