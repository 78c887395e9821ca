// SPDX-License-Identifier: GPL-2.0
/*
 * OOM kills: the victim as it was when the kernel chose it, who triggered that, and the reaper.
 *
 * Layer: bpf. mark_victim also fires for tasks that were dying anyway, and processes that share
 * the victim's memory die without it: the model reconciles with vmstat oom_kill and the log.
 * Its argument changed inside stable series: a program each, chosen by the BTF prototype.
 */
#include "kstack.bpf.h"
#include "oom.bpf.h"

const volatile bool memcg_by_limit;  /* without memcg_by_func: who is at a limit */
const volatile bool have_oom_stacks; /* stacks of triggers are wanted */

/* The end stands first: programs are attached in this order, and none may begin without an end. */
SEC("fexit/mem_cgroup_out_of_memory")
int BPF_PROG(oom_memcg_leave)
{
	__u32 tid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&oom_memcgs, &tid);
	return 0;
}

SEC("fentry/mem_cgroup_out_of_memory")
int BPF_PROG(oom_memcg_enter, struct mem_cgroup *memcg)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct memcg_limit limit;

	memcg_limit_of(memcg, &limit);
	if (bpf_map_update_elem(&oom_memcgs, &tid, &limit, BPF_ANY)) {
		oom_memcgs_full = 1;
		count(SIG_OOM, unpaired, 1);
	}
	return 0;
}

/* Returns whether out says anything: no cgroup in it then means that none ran out. */
static __always_inline bool oom_memcg_find(struct memcg_limit *out)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct memcg_limit *noted;

	__builtin_memset(out, 0, sizeof(*out));
	if (memcg_by_func) {
		noted = bpf_map_lookup_elem(&oom_memcgs, &tid);
		if (noted)
			*out = *noted;
		return noted || !oom_memcgs_full;
	}
	if (!memcg_by_limit || !have_typed_current())
		return false;
	memcg_at_limit(task_memcg_css(bpf_get_current_task_btf()), out);
	return true;
}

static __always_inline void oom_limit(struct ev_oom_kill *ev)
{
	struct memcg_limit limit;

	ev->at_limit = oom_memcg_find(&limit);
	ev->memcg = limit.cgroup;
	ev->limit_bytes = limit.limit_bytes;
	ev->usage_bytes = limit.usage_bytes;
	ev->memsw_limit_bytes = limit.memsw_limit_bytes;
	ev->memsw_usage_bytes = limit.memsw_usage_bytes;
}

static __always_inline void oom_sizes(struct ev_oom_kill *ev, struct task_struct *victim)
{
	struct mm_struct *mm = victim->mm;

	ev->sized = mm && have_rss;
	ev->total_vm_bytes = mm ? to_bytes(mm->total_vm) : 0;
	ev->anon_rss_bytes = mm ? to_bytes(mm_rss_pages(mm, RSS_ANON)) : 0;
	ev->file_rss_bytes = mm ? to_bytes(mm_rss_pages(mm, RSS_FILE)) : 0;
	ev->shmem_rss_bytes = mm ? to_bytes(mm_rss_pages(mm, RSS_SHMEM)) : 0;
	ev->swap_bytes = mm ? to_bytes(mm_rss_pages(mm, RSS_SWAP)) : 0;
	ev->pgtables_bytes = mm ? mm->pgtables_bytes.counter : 0;
	ev->victim_ppid = victim->real_parent->tgid;
	ev->oom_score_adj = victim->signal->oom_score_adj;
}

static __always_inline struct ev_oom_kill *kill_begin(void *ctx)
{
	struct ev_oom_kill *ev;

	count(SIG_OOM, seen, 1);
	ev = event_begin(sizeof(*ev), EV_OOM_KILL, SIG_OOM);
	if (!ev)
		return NULL;
	task_fill_current(&ev->task);
	ev->stack = have_oom_stacks ? kstack_take(ctx) : 0;
	ev->pad = 0;
	return ev;
}

/* v6.8 and stable series after it: the task itself */
SEC("tp_btf/mark_victim")
int BPF_PROG(oom_victim_task, struct task_struct *victim)
{
	struct ev_oom_kill *ev = kill_begin(ctx);

	if (!ev)
		return 0;
	task_fill(&ev->victim, victim);
	oom_sizes(ev, task_to_read(victim));
	oom_limit(ev);
	event_send(ev, true);
	return 0;
}

/* before: only the number of a thread of the victim */
SEC("tp_btf/mark_victim")
int BPF_PROG(oom_victim_pid, int pid)
{
	struct ev_oom_kill *ev = kill_begin(ctx);

	if (!ev)
		return 0;
	__builtin_memset(&ev->victim, 0, sizeof(ev->victim));
	ev->victim.tgid = ev->victim.tid = pid;
	ev->total_vm_bytes = ev->anon_rss_bytes = ev->file_rss_bytes = 0;
	ev->shmem_rss_bytes = ev->swap_bytes = ev->pgtables_bytes = 0;
	ev->victim_ppid = 0;
	ev->oom_score_adj = 0;
	ev->sized = 0;
	oom_limit(ev);
	event_send(ev, true);
	return 0;
}

static __always_inline int reap_send(int pid, __u32 stage)
{
	struct ev_oom_reap *ev = event_begin(sizeof(*ev), EV_OOM_REAP, SIG_OOM);

	if (!ev)
		return 0;
	ev->pid = pid;
	ev->stage = stage;
	event_send(ev, false);
	return 0;
}

SEC("tp_btf/wake_reaper")
int BPF_PROG(reaper_wake, int pid)
{
	return reap_send(pid, REAP_WAKE);
}

SEC("tp_btf/start_task_reaping")
int BPF_PROG(reaper_start, int pid)
{
	return reap_send(pid, REAP_START);
}

SEC("tp_btf/finish_task_reaping")
int BPF_PROG(reaper_finish, int pid)
{
	return reap_send(pid, REAP_FINISH);
}

SEC("tp_btf/skip_task_reaping")
int BPF_PROG(reaper_skip, int pid)
{
	return reap_send(pid, REAP_SKIP);
}
