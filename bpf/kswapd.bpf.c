// SPDX-License-Identifier: GPL-2.0
/*
 * kswapd of each node: when it works, and who woke it.
 *
 * Layer: bpf. mm_vmscan_kswapd_wake comes at the start of each balancing run (vmstat pageoutrun),
 * several times between two sleeps; mm_vmscan_wakeup_kswapd only when kswapd was asleep.
 */
#include "cause.bpf.h"

/* Stalls note what their node's kswapd does. */
static __always_inline void kswapd_note(int nid, __u32 state)
{
	struct kswapd_node *k = kswapd_node(nid);

	if (k->state == state)
		return;
	k->since_ns = bpf_ktime_get_boot_ns();
	k->state = state;
}

static __always_inline int kswapd_send(int nid, int zid, int order, __u32 state)
{
	struct ev_kswapd *ev;

	count(SIG_KSWAPD, seen, 1);
	ev = event_begin(sizeof(*ev), EV_KSWAPD, SIG_KSWAPD);
	if (!ev)
		return 0;
	ev->nid = nid;
	ev->state = state;
	ev->order = order;
	ev->zid = zid;
	event_send(ev, false);
	return 0;
}

SEC("tp_btf/mm_vmscan_kswapd_wake")
int BPF_PROG(kswapd_wake, int nid, int zid, int order)
{
	count(SIG_KSWAPD, extra, 1);
	kswapd_note(nid, KSWAPD_AWAKE);
	return kswapd_send(nid, zid, order, KSWAPD_WAKE);
}

SEC("tp_btf/mm_vmscan_kswapd_sleep")
int BPF_PROG(kswapd_sleep, int nid)
{
	kswapd_note(nid, KSWAPD_ASLEEP);
	return kswapd_send(nid, 0, 0, KSWAPD_SLEEP);
}

SEC("tp_btf/mm_vmscan_wakeup_kswapd")
int BPF_PROG(kswapd_wakeup, int nid, int zid, int order, __u32 gfp)
{
	struct ev_kswapd_wakeup *ev;

	count(SIG_KSWAPD_WAKEUP, seen, 1);
	ev = event_begin(sizeof(*ev), EV_KSWAPD_WAKEUP, SIG_KSWAPD_WAKEUP);
	if (!ev)
		return 0;
	task_fill_current(&ev->task);
	ev->nid = nid;
	ev->zid = zid;
	ev->order = order;
	ev->gfp = gfp;
	event_send(ev, false);
	return 0;
}
