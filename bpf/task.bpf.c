// SPDX-License-Identifier: GPL-2.0
/*
 * Processes: the kernel's own accounting of each, read all at once by the task iterator and once
 * more as a thread ends; and children of a watched process.
 *
 * Layer: bpf. Nothing here runs per fault: min_flt and maj_flt are what getrusage(2) reports.
 */
#include "fault.bpf.h"
#include "oom.bpf.h"

/* The letter of /proc/PID/stat: task_state_array in fs/proc/array.c. */
static __always_inline char state_letter(struct task_struct *task)
{
	long state = task_state(task);

	if (task->exit_state)
		return task->exit_state & 0x20 ? 'Z' : 'X';
	if (state == 0)
		return 'R';
	if (state & 0x4)
		return 'T';
	if (state & 0x8)
		return 't';
	if ((state & 0x402) == 0x402) /* TASK_IDLE */
		return 'I';
	return state & 0x2 ? 'D' : 'S';
}

static __always_inline void row_sizes(struct ev_task_row *row, struct mm_struct *mm)
{
	if (!have_rss)
		return;
	row->sized = 1;
	row->anon_rss_bytes = to_bytes(mm_rss_pages(mm, RSS_ANON));
	row->file_rss_bytes = to_bytes(mm_rss_pages(mm, RSS_FILE));
	row->shmem_rss_bytes = to_bytes(mm_rss_pages(mm, RSS_SHMEM));
	row->swap_bytes = to_bytes(mm_rss_pages(mm, RSS_SWAP));
	row->pgtables_bytes = mm->pgtables_bytes.counter;
	row->total_vm_bytes = to_bytes(mm->total_vm);
}

/* Before the first event of a kswapd: what does it do? Its name ends in the number of its node. */
static __always_inline void kswapd_seen(struct task_struct *task)
{
	char tens = task->comm[6], ones = task->comm[7];
	struct kswapd_node *k;
	int nid = tens - '0';

	if (ones >= '0' && ones <= '9')
		nid = nid * 10 + ones - '0';
	k = kswapd_node(nid);
	if (k->state != KSWAPD_UNKNOWN)
		return;
	k->since_ns = bpf_ktime_get_boot_ns();
	k->state = state_letter(task) == 'S' ? KSWAPD_ASLEEP : KSWAPD_AWAKE;
}

static __always_inline void row_io(struct ev_task_row *row, struct task_struct *task)
{
	if (!bpf_core_field_exists(task->ioac.read_bytes))
		return;
	row->read_bytes = task->ioac.read_bytes;
	row->write_bytes = task->ioac.write_bytes;
}

static __always_inline void row_leader(struct ev_task_row *row, struct task_struct *task)
{
	struct signal_struct *sig = task->signal;

	row->leader = 1;
	row->ppid = task->real_parent->tgid;
	if (sig) {
		row->folded_min_flt = sig->min_flt;
		row->folded_maj_flt = sig->maj_flt;
		row->oom_score_adj = sig->oom_score_adj;
		row->threads = sig->nr_threads;
		if (bpf_core_field_exists(sig->ioac.read_bytes)) {
			row->folded_read_bytes = sig->ioac.read_bytes;
			row->folded_write_bytes = sig->ioac.write_bytes;
		}
	}
	row->mm = (__u64)task->mm;
	if (task->mm)
		row_sizes(row, task->mm);
}

/*
 * A thread that -t names, of a process that is not watched itself: its own figures stand for the
 * process's.
 */
static __always_inline bool own_only(__u32 tgid)
{
	return watch_tids && !(watch_tgids && bpf_map_lookup_elem(&watched_tgids, &tgid));
}

SEC("iter/task")
int task_rows(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct ev_task_row row = {};
	__u64 id;
	bool own;

	if (!task)
		return 0;
	if (task->flags & PF_KSWAPD)
		kswapd_seen(task);
	if (task->flags & PF_KTHREAD)
		return 0;
	/* Others are told of, too: who made the watched ones stall is seldom one of them. */
	id = (__u64)task->tgid << 32 | task->pid;
	row.unwatched = !watched(id);
	if (row.unwatched && watch_tids)
		return 0;
	row.hdr.kind = EV_TASK;
	row.hdr.size = sizeof(row);
	row.hdr.time_ns = bpf_ktime_get_boot_ns();
	task_fill(&row.task, task);
	row.min_flt = task->min_flt;
	row.maj_flt = task->maj_flt;
	row.state = state_letter(task);
	row_io(&row, task);
	own = own_only(task->tgid);
	if (task->pid == task->tgid || own)
		row_leader(&row, task_to_read(task));
	if (own)
		row.folded_min_flt = row.folded_maj_flt = row.folded_read_bytes =
			row.folded_write_bytes = 0;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

/* What it read and wrote, and the most it had resident. */
static __always_inline void exit_io(struct ev_exit *ev, struct task_struct *task,
				    struct signal_struct *sig, bool own)
{
	ev->read_bytes = ev->write_bytes = ev->folded_read_bytes = ev->folded_write_bytes = 0;
	ev->maxrss_bytes = to_bytes(sig->maxrss);
	if (!bpf_core_field_exists(task->ioac.read_bytes))
		return;
	ev->read_bytes = task->ioac.read_bytes;
	ev->write_bytes = task->ioac.write_bytes;
	if (own)
		return;
	ev->folded_read_bytes = sig->ioac.read_bytes;
	ev->folded_write_bytes = sig->ioac.write_bytes;
}

/* The process ends: send what it wrote out since the loader last looked, and forget it. */
static __always_inline void swapout_end(__u32 tgid)
{
	struct swapout *s = bpf_map_lookup_elem(&swapouts, &tgid);
	struct ev_swapout *ev;

	if (!s)
		return;
	ev = event_begin(sizeof(*ev), EV_SWAPOUT, SIG_SWAPOUT);
	if (ev) {
		ev->task = s->task;
		ev->anon_pages = s->anon_pages;
		ev->file_pages = s->file_pages;
		event_send(ev, false);
	}
	bpf_map_delete_elem(&swapouts, &tgid);
}

static __always_inline int exit_send(struct task_struct *task, bool group_dead)
{
	struct signal_struct *sig = task->signal;
	__u32 tid = task->pid, tgid = task->tgid;
	struct ev_exit *ev;

	count(SIG_EXIT, seen, 1);
	oom_memcg_forget(tid);
	if (!watched((__u64)tgid << 32 | tid)) {
		count(SIG_EXIT, filtered, 1);
		return 0;
	}
	stall_forget(tid);
	fault_start_drop(tid);
	if (group_dead)
		swapout_end(tgid);
	ev = event_begin(sizeof(*ev), EV_EXIT, SIG_EXIT);
	if (!ev)
		return 0;
	task_fill(&ev->task, task);
	ev->min_flt = task->min_flt;
	ev->maj_flt = task->maj_flt;
	ev->folded_min_flt = own_only(tgid) ? 0 : sig->min_flt;
	ev->folded_maj_flt = own_only(tgid) ? 0 : sig->maj_flt;
	exit_io(ev, task, sig, own_only(tgid));
	ev->ppid = task->real_parent->tgid;
	ev->exit_code = task->exit_code;
	ev->group_dead = group_dead;
	ev->pad = 0;
	event_send(ev, false);
	if (group_dead && watch_tree)
		bpf_map_delete_elem(&watched_tgids, &tgid);
	return 0;
}

/* v6.16 and later say whether it is the last thread */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(task_exit_group, struct task_struct *task, bool group_dead)
{
	return exit_send(task_to_read(task), group_dead);
}

/* Two last threads that end at the same moment may both look like the last one here. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(task_exit, struct task_struct *task)
{
	task = task_to_read(task);
	return exit_send(task, task->signal->live.counter == 0);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(task_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 ptgid = parent->tgid, tgid = child->tgid, one = 1;

	if (tgid == ptgid || !bpf_map_lookup_elem(&watched_tgids, &ptgid))
		return 0;
	if (bpf_map_update_elem(&watched_tgids, &tgid, &one, BPF_ANY))
		count(SIG_EXIT, unpaired, 1);
	return 0;
}
