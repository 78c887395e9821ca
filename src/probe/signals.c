// SPDX-License-Identifier: GPL-2.0
/*
 * The table of signals and their sources, best first. A rung's needs say what is asked of the
 * kernel; ladder.c asks.
 *
 * Layer: probe. Data only.
 */
#include "ladder.h"

#define TP(t)                                                                                      \
	{                                                                                          \
		NEED_TP, t, 0                                                                      \
	}
#define TP_ARGS(t, n)                                                                              \
	{                                                                                          \
		NEED_TP_ARGS, t, n                                                                 \
	}
#define TP_ARG_PTR(t, n)                                                                           \
	{                                                                                          \
		NEED_TP_ARG_PTR, t, n                                                              \
	}
#define TP_ARG_INT(t, n)                                                                           \
	{                                                                                          \
		NEED_TP_ARG_INT, t, n                                                              \
	}

#define FUNC(f, n)                                                                                 \
	{                                                                                          \
		NEED_FUNC, f, n                                                                    \
	}

/* v7.2 changed the arguments of begin events from (order, gfp) to (gfp, order, memcg). */
#define STALL_SIGNAL(sig, tp, what)                                                                \
	{                                                                                          \
		.name = "stall." #sig, .without = what " stalls are not seen",                     \
		.rungs = {                                                                         \
			{.name = "memcg-arg",                                                      \
			 .source = "tp_btf " #tp "_begin(gfp, order, memcg), _end",                \
			 .progs = {#sig "_begin_memcg", #sig "_end"},                              \
			 .needs = {TP_ARGS(#tp "_begin", 3), TP_ARG_PTR(#tp "_begin", 3),          \
				   TP(#tp "_end")}},                                               \
			{.name = "order-gfp",                                                      \
			 .source = "tp_btf " #tp "_begin(order, gfp), _end",                       \
			 .progs = {#sig "_begin", #sig "_end"},                                    \
			 .needs = {TP_ARGS(#tp "_begin", 2), TP(#tp "_end")},                      \
			 .variant = true},                                                         \
		},                                                                                 \
	}

const struct signal_desc ladder_signals[] = {
	STALL_SIGNAL(direct, mm_vmscan_direct_reclaim, "direct reclaim"),
	STALL_SIGNAL(memcg, mm_vmscan_memcg_reclaim, "memory cgroup reclaim"),
	STALL_SIGNAL(softlimit, mm_vmscan_memcg_softlimit_reclaim, "soft limit reclaim"),
	{
		.name = "stall.node",
		.without = "node reclaim (vm.zone_reclaim_mode) stalls are not seen",
		.rungs = {{.name = "nid-order-gfp",
			   .source = "tp_btf mm_vmscan_node_reclaim_begin, _end",
			   .progs = {"node_begin", "node_end"},
			   .needs = {TP_ARGS("mm_vmscan_node_reclaim_begin", 3),
				     TP("mm_vmscan_node_reclaim_end")}}},
	},
	{
		.name = "stall.compaction",
		.without = "direct compaction stalls are not seen",
		.rungs =
			{{.name = "control",
			  .source = "tp_btf mm_compaction_begin, _end (compact_control)",
			  .progs = {"compaction_try", "compaction_begin_cc", "compaction_end_cc"},
			  .needs = {TP("mm_compaction_try_to_compact_pages"),
				    TP_ARG_PTR("mm_compaction_begin", 1),
				    TP_ARG_PTR("mm_compaction_end", 1)}},
			 {.name = "attempt",
			  .source = "tp_btf mm_compaction_try_to_compact_pages, _begin, _end",
			  .progs = {"compaction_try", "compaction_begin_pfn", "compaction_end_pfn"},
			  .needs = {TP("mm_compaction_try_to_compact_pages"),
				    TP_ARG_INT("mm_compaction_begin", 1),
				    TP_ARGS("mm_compaction_end", 6)},
			  .lacks = "a manual compaction by a task that tried before looks direct"}},
	},
	{
		.name = "stall.throttle",
		.without =
			"what a task waits before direct reclaim begins is not part of its stall",
		.rungs = {{.name = "function",
			   .source = "fentry try_to_free_pages",
			   .progs = {"throttle_begin"},
			   .needs = {FUNC("try_to_free_pages", 4)}}},
	},
	{
		.name = "stall.high",
		.without = "of memory.high stalls only the reclaim is seen, as kind memcg, "
			   "not the sleep",
		.rungs = {{.name = "slow-path",
			   .source = "fentry, fexit __mem_cgroup_handle_over_high",
			   .progs = {"high_enter", "high_leave"},
			   .needs = {{NEED_HELPER, "BPF_FUNC_get_current_task_btf", 0},
				     FUNC("__mem_cgroup_handle_over_high", 1)}},
			  {.name = "gfp",
			   .source = "fentry, fexit mem_cgroup_handle_over_high(gfp)",
			   .progs = {"high_enter_gfp", "high_leave_old"},
			   .needs = {{NEED_HELPER, "BPF_FUNC_get_current_task_btf", 0},
				     FUNC("mem_cgroup_handle_over_high", 1)},
			   .variant = true},
			  {.name = "void",
			   .source = "fentry, fexit mem_cgroup_handle_over_high()",
			   .progs = {"high_enter_void", "high_leave_old"},
			   .needs = {{NEED_HELPER, "BPF_FUNC_get_current_task_btf", 0},
				     FUNC("mem_cgroup_handle_over_high", 0)},
			   .variant = true}},
	},
	{
		.name = "stall.target",
		.without = "which cgroup's limit forced a reclaim is not known",
		.rungs = {{.name = "event",
			   .source = "memcg argument of mm_vmscan_memcg_reclaim_begin",
			   .needs = {TP_ARGS("mm_vmscan_memcg_reclaim_begin", 3)}},
			  {.name = "function",
			   .source = "fentry try_to_free_mem_cgroup_pages",
			   .progs = {"target_note"},
			   .needs = {FUNC("try_to_free_mem_cgroup_pages", ANY_ARGS)},
			   .variant = true},
			  {.name = "limit",
			   .source = "limits of the task's cgroup and its ancestors",
			   .needs = {{NEED_KFUNC, "bpf_rdonly_cast", 0},
				     {NEED_HELPER, "BPF_FUNC_get_current_task_btf", 0}},
			   .lacks = "taken from who is at a limit, not from the event itself"}},
	},
	{
		.name = "kswapd.run",
		.without = "kswapd's activity is not seen",
		.rungs = {{.name = "wake-sleep",
			   .source = "tp_btf mm_vmscan_kswapd_wake, _sleep",
			   .progs = {"kswapd_wake", "kswapd_sleep"},
			   .needs = {TP_ARGS("mm_vmscan_kswapd_wake", 3),
				     TP("mm_vmscan_kswapd_sleep")}}},
	},
	{
		.name = "kswapd.waker",
		.without = "who wakes kswapd is not seen",
		.rungs = {{.name = "wakeup",
			   .source = "tp_btf mm_vmscan_wakeup_kswapd",
			   .progs = {"kswapd_wakeup"},
			   .needs = {TP_ARGS("mm_vmscan_wakeup_kswapd", 4)}}},
	},
	{
		.name = "fault.rate",
		.without = "fault rates, RSS and swap of processes are not known",
		.rungs = {{.name = "iter",
			   .source = "iter/task: min_flt, maj_flt of every thread",
			   .progs = {"task_rows"},
			   .needs = {{NEED_KFUNC, "bpf_iter_task", 0}}}},
	},
	{
		.name = "process.sizes",
		.without = "RSS and swap of processes are not known",
		.rungs = {{.name = "percpu",
			   .source = "mm_struct.rss_stat by the task iterator",
			   .needs = {{NEED_KFUNC, "bpf_iter_task", 0},
				     {NEED_NO_TYPE, "mm_rss_stat", 0}}}},
	},
	{
		.name = "fault.exit",
		.without = "faults of processes that end between two snapshots are not counted",
		.rungs = {{.name = "group-dead",
			   .source = "tp_btf sched_process_exit(task, group_dead)",
			   .progs = {"task_exit_group"},
			   .needs = {TP_ARGS("sched_process_exit", 2)}},
			  {.name = "live",
			   .source = "tp_btf sched_process_exit(task), signal->live",
			   .progs = {"task_exit"},
			   .needs = {TP_ARGS("sched_process_exit", 1)},
			   .variant = true}},
	},
	{
		.name = "fault.major",
		.without = "major faults are not seen one by one: no latency, no file",
		.rungs = {{.name = "perf",
			   .source = "perf software event major-faults, bpf_find_vma",
			   .progs = {"fault_major"},
			   .needs = {{NEED_HELPER, "BPF_FUNC_find_vma", 0}}},
			  {.name = "perf-plain",
			   .source = "perf software event major-faults",
			   .progs = {"fault_major_plain"},
			   .lacks = "what is mapped at the address is known only of timed faults"}},
	},
	{
		.name = "fault.latency",
		.without = "major faults have no latency",
		.rungs = {{.name = "function",
			   .source = "fentry do_swap_page, filemap_fault, shmem_fault",
			   .progs = {"slow_swap", "slow_file", "slow_shmem"},
			   .needs = {FUNC("do_swap_page", 1), FUNC("filemap_fault", 1),
				     FUNC("shmem_fault", 1)}},
			  {.name = "entry",
			   .source = "tp_btf page_fault_user, page_fault_kernel (on demand)",
			   .progs = {"fault_begin_user", "fault_begin_kernel"},
			   .needs = {TP("page_fault_user"),
				     TP("page_fault_kernel"),
				     {NEED_ENTRY, "", 0}},
			   .variant = true,
			   .on_demand = true}},
	},
	{
		.name = "fault.class",
		.without = "file and swap faults are not told apart",
		.rungs = {{.name = "function",
			   .source = "which function the fault went through",
			   .needs = {{NEED_RUNG, "fault.latency:function", 0}}},
			  {.name = "filemap",
			   .source = "tp_btf mm_filemap_fault (on demand)",
			   .progs = {"fault_in_file"},
			   .needs = {TP("mm_filemap_fault"), {NEED_RUNG, "fault.latency:entry", 0}},
			   .variant = true,
			   .on_demand = true},
			  {.name = "mapping",
			   .source = "the kind of mapping",
			   .needs = {{NEED_RUNG, "fault.major:perf", 0}},
			   .lacks = "a private file mapping with changed pages is taken for file"}},
	},
	{
		.name = "swap.out",
		.without = "who writes pages out is not seen",
		.rungs = {{.name = "folio",
			   .source = "tp_btf mm_vmscan_write_folio",
			   .progs = {"write_folio"},
			   .needs = {TP("mm_vmscan_write_folio")}},
			  {.name = "page",
			   .source = "tp_btf mm_vmscan_writepage",
			   .progs = {"write_page"},
			   .needs = {TP("mm_vmscan_writepage")},
			   .lacks = "a huge page counts as one"},
			  {.name = "writeout",
			   .source = "fentry swap_writeout",
			   .progs = {"swap_writeout_folio"},
			   .needs = {FUNC("swap_writeout", 2)},
			   .lacks = "pages of files that reclaim writes are not seen"},
			  {.name = "writepage",
			   .source = "fentry swap_writepage",
			   .progs = {"swap_writepage_page"},
			   .needs = {FUNC("swap_writepage", 2)},
			   .lacks = "pages of files are not seen, a huge page counts as one"}},
	},
	{
		.name = "oom.kill",
		.without = "OOM kills are known only from the kernel log",
		.rungs = {{.name = "task",
			   .source = "tp_btf mark_victim(task)",
			   .progs = {"oom_victim_task"},
			   .needs = {TP_ARG_PTR("mark_victim", 1)}},
			  {.name = "pid",
			   .source = "tp_btf mark_victim(pid)",
			   .progs = {"oom_victim_pid"},
			   .needs = {TP_ARG_INT("mark_victim", 1)},
			   .lacks = "the victim's sizes come from the kernel log only"}},
	},
	{
		.name = "oom.memcg",
		.without = "which cgroup ran out of memory is known only from the kernel log",
		.rungs = {{.name = "function",
			   .source = "fentry, fexit mem_cgroup_out_of_memory",
			   .progs = {"oom_memcg_enter", "oom_memcg_leave"},
			   .needs = {FUNC("mem_cgroup_out_of_memory", 3)}},
			  {.name = "limit",
			   .source = "limits of the trigger's cgroup and its ancestors",
			   .needs = {{NEED_KFUNC, "bpf_rdonly_cast", 0},
				     {NEED_HELPER, "BPF_FUNC_get_current_task_btf", 0}},
			   .lacks = "taken from who is at a limit, not from the killer itself"}},
	},
	{
		.name = "oom.reaper",
		.without = "how long the OOM reaper took is not seen",
		.rungs = {{.name = "reaper",
			   .source = "tp_btf wake_reaper, start_, finish_, skip_task_reaping",
			   .progs = {"reaper_wake", "reaper_start", "reaper_finish", "reaper_skip"},
			   .needs = {TP("wake_reaper"), TP("start_task_reaping"),
				     TP("finish_task_reaping"), TP("skip_task_reaping")}}},
	},
	{
		.name = "task.follow",
		.without = "children of the program are not followed",
		.rungs = {{.name = "fork",
			   .source = "tp_btf sched_process_fork",
			   .progs = {"task_fork"},
			   .needs = {{NEED_TREE, "", 0}, TP_ARGS("sched_process_fork", 2)}}},
	},
};
const int ladder_nsignals = sizeof(ladder_signals) / sizeof(ladder_signals[0]);
_Static_assert(sizeof(ladder_signals) / sizeof(ladder_signals[0]) <= LADDER_MAX_SIGNALS,
	       "raise LADDER_MAX_SIGNALS");
