/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all BPF programs share: maps, settings, identity of tasks, sending of events.
 *
 * Layer: bpf. Included by the program files through memtrace.bpf.c. No program reads kernel memory
 * through a helper: bpf_probe_read_kernel is refused under lockdown=confidentiality, typed pointers
 * are not.
 */
#ifndef MEMTRACE_COMMON_BPF_H
#define MEMTRACE_COMMON_BPF_H

#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "compat.h"
#include "events.h"

enum { false, true };

/* Set by the loader before loading. */
const volatile bool watch_tgids;      /* only processes in watched_tgids ... */
const volatile bool watch_tids;	      /* ... or threads in watched_tids */
const volatile bool watch_tree;	      /* children of watched processes are watched too */
const volatile bool have_rdonly_cast; /* kfunc bpf_rdonly_cast: v6.2 (a35b9af4ec2c) */
const volatile bool have_rss;	      /* mm_struct.rss_stat can be read */
const volatile bool cgroup_v1;	      /* memory controller is on a v1 hierarchy */
const volatile __u32 page_shift;
const volatile __u64 wakeup_bytes; /* wake the loader when this much is waiting */

#ifdef NO_KFUNC
#define bpf_rdonly_cast(obj, btf_id) NULL
#else
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
#endif

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EV_SIGNALS);
	__type(key, __u32);
	__type(value, struct ev_counts);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct inflight);
} inflight SEC(".maps");

struct watched_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u32);
};
struct watched_map watched_tgids SEC(".maps");
struct watched_map watched_tids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct swapout);
} swapouts SEC(".maps");

/* By the cgroup whose pages they were; the loader makes that of 0, which takes what finds no room.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4097);
	__type(key, __u64);
	__type(value, struct swap_owner);
} swap_owners SEC(".maps");

/* include/linux/sched.h; the same in v5.10 and v7.3 */
#define PF_KTHREAD  0x00200000
#define PF_KSWAPD   0x00020000
#define PF_MEMALLOC 0x00000800

/*
 * Counts of a signal on this CPU; never NULL in practice, but the verifier wants the test. Atomic,
 * for a program may be interrupted or (v7.0 and later) preempted by itself.
 */
#define count(signal, field, n)                                                                    \
	do {                                                                                       \
		__u32 __key = (signal);                                                            \
		struct ev_counts *__c = bpf_map_lookup_elem(&counts, &__key);                      \
		if (__c)                                                                           \
			__sync_fetch_and_add(&__c->field, (n));                                    \
	} while (0)

static __always_inline __u64 to_bytes(__u64 pages)
{
	return pages << page_shift;
}

static __always_inline bool watched(__u64 pid_tgid)
{
	__u32 tgid = pid_tgid >> 32, tid = pid_tgid;

	if (!watch_tgids && !watch_tids)
		return true;
	if (watch_tgids && bpf_map_lookup_elem(&watched_tgids, &tgid))
		return true;
	return watch_tids && bpf_map_lookup_elem(&watched_tids, &tid);
}

/*
 * The same task by a pointer that the verifier trusts less: enough to read from. Of each pointer
 * that is read out of a trusted one, the verifier of v6.3 to v6.18 asks whether it is one, too, and
 * looks through all of the kernel's BTF for that: half of the time it took to load the programs.
 */
static __always_inline struct task_struct *task_to_read(struct task_struct *task)
{
	if (!have_rdonly_cast)
		return task;
	return bpf_rdonly_cast(task, bpf_core_type_id_kernel(struct task_struct));
}

/* The task's state in the memory controller; NULL when the kernel has none. */
static __always_inline struct cgroup_subsys_state *task_memcg_css(struct task_struct *task)
{
	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return NULL;
	return task->cgroups->subsys[bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id)];
}

static __always_inline __u64 css_id(struct cgroup_subsys_state *css)
{
	return css ? css->cgroup->kn->id : 0;
}

/* Fills in all of t. */
static __always_inline void task_fill(struct ev_task *t, struct task_struct *task)
{
	task = task_to_read(task);
	t->start_ns = task->group_leader->start_boottime;
	t->cgroup = css_id(task_memcg_css(task));
	t->tgid = task->tgid;
	t->tid = task->pid;
	t->uid = task->cred->uid.val;
	t->flags = task->flags & PF_KTHREAD ? EV_TASK_KTHREAD : 0;
	__builtin_memcpy(t->comm, task->comm, EV_COMM_LEN);
}

static __always_inline void task_fill_current(struct ev_task *t)
{
	__u64 id = bpf_get_current_pid_tgid();

	if (have_typed_current()) {
		task_fill(t, bpf_get_current_task_btf());
		return;
	}
	t->start_ns = 0;
	t->cgroup = cgroup_v1 ? 0 : bpf_get_current_cgroup_id();
	t->tgid = id >> 32;
	t->tid = id;
	t->uid = bpf_get_current_uid_gid();
	t->flags = 0;
	bpf_get_current_comm(t->comm, EV_COMM_LEN);
}

/* When the current process started; 0 = this kernel does not tell. */
static __always_inline __u64 current_start_ns(void)
{
	if (have_typed_current())
		return task_to_read(bpf_get_current_task_btf())->group_leader->start_boottime;
	return 0;
}

/* Reserves an event and fills in its header; NULL, and counted as lost, when there is no room. */
static __always_inline void *event_begin(__u64 size, __u16 kind, __u32 signal)
{
	struct ev_hdr *hdr = bpf_ringbuf_reserve(&events, size, 0);

	if (!hdr) {
		count(signal, lost, 1);
		return NULL;
	}
	hdr->kind = kind;
	hdr->cpu = bpf_get_smp_processor_id();
	hdr->size = size;
	hdr->time_ns = bpf_ktime_get_boot_ns();
	return hdr;
}

/* The loader looks ten times a second anyway: wake it only for a backlog, or for what is urgent. */
static __always_inline void event_send(void *ev, bool urgent)
{
	if (!urgent)
		urgent = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > wakeup_bytes;
	bpf_ringbuf_submit(ev, urgent ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#endif
