/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a stall's time goes into: each moment of it is accounted for once, so that the causes add up
 * to its duration.
 *
 * Layer: bpf. Used by stall.bpf.h and sched.bpf.c. A task in a stall is on a CPU (in a shrinker or
 * not) or off it. On leaving the CPU it is noted why; how long it was off is split into sleep and
 * wait for a CPU as soon as the task runs a program of ours again, since the kernel adds up the
 * wait (sched_info.run_delay) only after the event of the switch.
 *
 * Only the task itself and the context switches it takes part in change its entry. Since v7.0 a
 * program may be preempted half-way: `busy` then keeps the switch from touching the entry, and that
 * preemption counts as time on the CPU.
 */
#ifndef MEMTRACE_CAUSE_BPF_H
#define MEMTRACE_CAUSE_BPF_H

#include "kstack.bpf.h"

const volatile bool have_switch;    /* stall_switch is among the loaded programs */
const volatile bool have_run_delay; /* task_struct.sched_info.run_delay can be read */
const volatile bool have_stacks;    /* kernel stacks of sleeps are wanted */

__u32 stalls_open; /* entries in inflight: context switches are looked at only while there are any
		    */

/* Why a task is off the CPU. */
enum off_cpu {
	OFF_NOT = 0,
	OFF_PREEMPTED,
	OFF_IO,
	OFF_BLOCKED,
	OFF_PFMEMALLOC, /* throttled before direct reclaim begins */
	OFF_HIGH,	/* throttled for memory.high */
};

/* Time that the task has spent runnable without a CPU, in all its life. */
static __always_inline __u64 current_run_delay(void)
{
	if (have_run_delay && have_typed_current())
		return bpf_get_current_task_btf()->sched_info.run_delay;
	return 0;
}

/* The clock starts. Last of all at a begin, for an entry without begin_ns is left alone. */
static __always_inline void clock_start(struct inflight *f)
{
	f->run_delay = current_run_delay();
	f->mark_ns = bpf_ktime_get_boot_ns();
	f->begin_ns = f->mark_ns;
}

/* The time on the CPU up to now. */
static __always_inline void clock_spend(struct inflight *f, __u64 now)
{
	f->cause_ns[f->in_slab ? CAUSE_SLAB : CAUSE_CPU] += now - f->mark_ns;
	f->mark_ns = now;
}

/* Sends the latest sleep, once: as late as can be, for only afterwards may it turn out to have been
 * throttling. */
static __always_inline void sleep_send(struct inflight *f)
{
	struct ev_sleep *ev;

	if (!f->unsent)
		return;
	f->unsent = 0;
	count(SIG_SLEEP, seen, 1);
	ev = event_begin(sizeof(*ev), EV_SLEEP, SIG_SLEEP);
	if (!ev)
		return;
	task_fill_current(&ev->task);
	ev->duration_ns = f->slept_ns;
	ev->cause = f->slept_cause;
	ev->stack = f->slept_stack;
	event_send(ev, false);
}

static __always_inline void clock_slept(struct inflight *f, __u64 ns)
{
	__u32 cause = CAUSE_THROTTLED;

	if (have_stacks)
		sleep_send(f); /* the one before */
	if (f->off == OFF_PFMEMALLOC)
		f->throttle_ns[THROTTLE_PFMEMALLOC] += ns;
	else if (f->off == OFF_HIGH)
		f->throttle_ns[THROTTLE_HIGH] += ns;
	else
		cause = f->off == OFF_IO ? CAUSE_IO : CAUSE_BLOCKED;
	f->cause_ns[cause & 7] += ns;
	f->slept_ns = ns;
	f->slept_cause = cause;
	f->sleeps++;
	if (ns >= f->longest_ns) {
		f->longest_ns = ns;
		f->longest_stack = f->off_stack;
	}
	f->slept_stack = f->off_stack;
	f->unsent = have_stacks;
}

/* Splits the latest time off the CPU. Only in the task itself. */
static __always_inline void clock_settle(struct inflight *f)
{
	__u64 wait = 0, delay;

	/* Always, or the wait of a switch that was not looked at would be taken for this one's. */
	if (have_run_delay) {
		delay = current_run_delay();
		wait = delay - f->run_delay;
		f->run_delay = delay;
	} else if (f->woken_ns && f->back_ns > f->woken_ns) {
		wait = f->back_ns - f->woken_ns;
	}
	if (f->off == OFF_NOT)
		return;
	if (f->off == OFF_PREEMPTED || wait > f->off_ns)
		wait = f->off_ns;
	f->cause_ns[CAUSE_RUNQUEUE] += wait;
	if (f->off != OFF_PREEMPTED)
		clock_slept(f, f->off_ns - wait);
	f->off = OFF_NOT;
	f->off_ns = 0;
}

/*
 * Everything up to now, which it returns. Only in the task itself. The clock is read once no switch
 * can come between: a time before that of a switch would take from a cause what it never had.
 */
static __always_inline __u64 clock_bring_up(struct inflight *f)
{
	__u64 now;

	f->busy = 1;
	clock_settle(f);
	now = bpf_ktime_get_boot_ns();
	clock_spend(f, now);
	f->busy = 0;
	return now;
}

#define KSWAPD_NODES 64
struct kswapd_node kswapd_nodes[KSWAPD_NODES];

static __always_inline struct kswapd_node *kswapd_node(int nid)
{
	return &kswapd_nodes[nid & (KSWAPD_NODES - 1)];
}

/* A stall for lack of memory on a node begins: what does kswapd there? */
static __always_inline void kswapd_look(struct inflight *f, int nid)
{
	struct kswapd_node *k = kswapd_node(nid);

	f->node = nid;
	f->kswapd = k->state;
	f->kswapd_since_ns = k->since_ns;
}

/* At the end of a stall: was it woken meanwhile? */
static __always_inline __u32 kswapd_verdict(const struct inflight *f)
{
	if (f->kswapd == KSWAPD_ASLEEP && kswapd_node(f->node)->since_ns > f->begin_ns)
		return KSWAPD_LATE;
	return f->kswapd;
}

#endif
