/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kswapd of each node: how long it worked, and who woke it.
 *
 * Layer: model, private (model_kswapd() is public). mm_vmscan_kswapd_wake comes at the start of
 * each balancing run, several times between two sleeps (kswapd() in mm/vmscan.c).
 */
#include "model_impl.h"

static struct kswapd_stats *node_get(struct model *m, int32_t nid)
{
	if (nid < 0 || nid >= MODEL_NODES) {
		m->loss.bad_events++;
		return NULL;
	}
	m->kswapd[nid].nid = nid;
	return &m->kswapd[nid];
}

static uint64_t since(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

void on_kswapd(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_kswapd *ev = (const struct ev_kswapd *)hdr;
	struct kswapd_stats *k = node_get(m, ev->nid);

	if (!k)
		return;
	if (ev->state == KSWAPD_WAKE) {
		k->runs++;
		if (k->active)
			return;
		k->wakes++;
		k->active = true;
		k->since_ns = hdr->time_ns;
		return;
	}
	if (k->active)
		k->active_ns += since(k->since_ns, hdr->time_ns);
	else if (!k->since_ns) /* asleep for the first time: it was at work when we came */
		k->active_ns += since(m->begin_ns, hdr->time_ns);
	k->active = false;
	k->since_ns = hdr->time_ns;
}

void on_kswapd_wakeup(struct model *m, const struct ev_hdr *hdr)
{
	const struct ev_kswapd_wakeup *ev = (const struct ev_kswapd_wakeup *)hdr;
	struct kswapd_stats *k = node_get(m, ev->nid);

	if (!k)
		return;
	k->wakeups++;
	k->waker_start_ns = ev->task.start_ns;
	k->waker_tgid = ev->task.tgid;
	comm_copy(k->waker_comm, ev->task.comm);
}

int model_kswapd(const struct model *m, struct kswapd_stats *out, int max)
{
	int n = 0;

	for (int nid = 0; nid < MODEL_NODES; nid++) {
		const struct kswapd_stats *k = &m->kswapd[nid];

		if (!k->runs && !k->wakeups && !k->active_ns)
			continue;
		if (n < max) {
			out[n] = *k;
			if (k->active)
				out[n].active_ns += since(k->since_ns, m->now_ns);
		}
		n++;
	}
	return n;
}

uint64_t kswapd_active_ns(const struct model *m)
{
	struct kswapd_stats nodes[MODEL_NODES];
	int n = model_kswapd(m, nodes, MODEL_NODES);
	uint64_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += nodes[i].active_ns;
	return sum;
}
