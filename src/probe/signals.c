// SPDX-License-Identifier: GPL-2.0
/*
 * The table of signals and their sources, best first. A rung's needs say what is asked of the
 * kernel; ladder.c asks.
 *
 * Layer: probe. Data only.
 */
#include "ladder.h"

#define TP(t, args)                                                                                \
	{                                                                                          \
		NEED_TP, t, args                                                                   \
	}
#define FUNC(f, args)                                                                              \
	{                                                                                          \
		NEED_FUNC, f, args                                                                 \
	}
#define ULONG "long unsigned int"
#define TASK  "struct task_struct *"
#define CC    "struct compact_control *"
#define VMF   "struct vm_fault *"

/* v7.2 changed the arguments of begin events from (order, gfp) to (gfp, order, memcg). */
#define STALL_SIGNAL(sig, tp, what)                                                                \
	{                                                                                          \
		.name = "stall." #sig, .without = what " stalls are not seen",                     \
		.rungs = {                                                                         \
			{.name = "memcg-arg",                                                      \
			 .source = "tp_btf " #tp "_begin(gfp, order, memcg), _end",                \
			 .progs = {#sig "_begin_memcg", #sig "_end"},                              \
			 .needs = {TP(#tp "_begin", "gfp_t, int, struct mem_cgroup *"),            \
				   TP(#tp "_end", ULONG ", ...")}},                                \
			{.name = "order-gfp",                                                      \
			 .source = "tp_btf " #tp "_begin(order, gfp), _end",                       \
			 .progs = {#sig "_begin", #sig "_end"},                                    \
			 .needs = {TP(#tp "_begin", "int, gfp_t"), TP(#tp "_end", ULONG ", ...")}, \
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
			   .needs = {TP("mm_vmscan_node_reclaim_begin", "int, int, gfp_t"),
				     TP("mm_vmscan_node_reclaim_end", ULONG ", ...")}}},
	},
	{
		.name = "stall.compaction",
		.without = "direct compaction stalls are not seen",
		.rungs =
			{{.name = "control",
			  .source = "tp_btf mm_compaction_begin, _end (compact_control)",
			  .progs = {"compaction_try", "compaction_begin_cc", "compaction_end_cc"},
			  .needs = {TP("mm_compaction_try_to_compact_pages", "int, gfp_t, ..."),
				    TP("mm_compaction_begin", CC ", ..."),
				    TP("mm_compaction_end",
				       CC ", " ULONG ", " ULONG ", bool, int")}},
			 {.name = "attempt",
			  .source = "tp_btf mm_compaction_try_to_compact_pages, _begin, _end",
			  .progs = {"compaction_try", "compaction_begin_pfn", "compaction_end_pfn"},
			  .needs = {TP("mm_compaction_try_to_compact_pages", "int, gfp_t, ..."),
				    TP("mm_compaction_begin", ULONG ", ..."),
				    TP("mm_compaction_end", ULONG ", " ULONG ", " ULONG ", " ULONG
								  ", bool, int")},
			  .lacks = "a manual compaction by a task that tried before looks direct"}},
	},
	{
		.name = "stall.throttle",
		.without =
			"what a task waits before direct reclaim begins is not part of its stall",
		.rungs = {{.name = "function",
			   .source = "fentry try_to_free_pages",
			   .progs = {"throttle_begin"},
			   .needs = {{.kind = NEED_RUNG, .name = "stall.direct:*"},
				     FUNC("try_to_free_pages", "...")}}},
	},
	{
		.name = "stall.pass",
		.without = "the kernel's allocstall_* counts a reclaim that starts over again, "
			   "unexplained",
		.rungs = {{.name = "function",
			   .source = "fentry vmpressure_prio",
			   .progs = {"direct_pass"},
			   .needs = {FUNC("vmpressure_prio", "gfp_t, struct mem_cgroup *, int")}}},
	},
	{
		.name = "stall.high",
		.without = "of memory.high stalls only the reclaim is seen, as kind memcg, "
			   "not the sleep",
		.rungs = {{.name = "slow-path",
			   .source = "fentry, fexit __mem_cgroup_handle_over_high",
			   .progs = {"high_enter", "high_leave"},
			   .needs = {{.kind = NEED_HELPER, .name = "BPF_FUNC_get_current_task_btf"},
				     FUNC("__mem_cgroup_handle_over_high", "gfp_t")}},
			  {.name = "gfp",
			   .source = "fentry, fexit mem_cgroup_handle_over_high(gfp)",
			   .progs = {"high_enter_gfp", "high_leave_old"},
			   .needs = {{.kind = NEED_HELPER, .name = "BPF_FUNC_get_current_task_btf"},
				     FUNC("mem_cgroup_handle_over_high", "gfp_t")},
			   .variant = true},
			  {.name = "void",
			   .source = "fentry, fexit mem_cgroup_handle_over_high()",
			   .progs = {"high_enter_void", "high_leave_old"},
			   .needs = {{.kind = NEED_HELPER, .name = "BPF_FUNC_get_current_task_btf"},
				     FUNC("mem_cgroup_handle_over_high", "")},
			   .variant = true}},
	},
	{
		.name = "stall.target",
		.without = "which cgroup's limit forced a reclaim is not known",
		.rungs = {{.name = "event",
			   .source = "memcg argument of mm_vmscan_memcg_reclaim_begin",
			   .needs = {TP("mm_vmscan_memcg_reclaim_begin",
					"gfp_t, int, struct mem_cgroup *")}},
			  {.name = "function",
			   .source = "fentry try_to_free_mem_cgroup_pages",
			   .progs = {"target_note"},
			   .needs = {FUNC("try_to_free_mem_cgroup_pages",
					  "struct mem_cgroup *, ...")},
			   .variant = true},
			  {.name = "limit",
			   .source = "limits of the task's cgroup and its ancestors",
			   .needs = {{.kind = NEED_KFUNC, .name = "bpf_rdonly_cast"},
				     {.kind = NEED_HELPER,
				      .name = "BPF_FUNC_get_current_task_btf"}},
			   .lacks = "taken from who is at a limit, not from the event itself"}},
	},
	{
		.name = "kswapd.run",
		.without = "kswapd's activity is not seen",
		.rungs = {{.name = "wake-sleep",
			   .source = "tp_btf mm_vmscan_kswapd_wake, _sleep",
			   .progs = {"kswapd_wake", "kswapd_sleep"},
			   .needs = {TP("mm_vmscan_kswapd_wake", "int, int, int"),
				     TP("mm_vmscan_kswapd_sleep", "int")}}},
	},
	{
		.name = "kswapd.waker",
		.without = "who wakes kswapd is not seen",
		.rungs = {{.name = "wakeup",
			   .source = "tp_btf mm_vmscan_wakeup_kswapd",
			   .progs = {"kswapd_wakeup"},
			   .needs = {TP("mm_vmscan_wakeup_kswapd", "int, int, int, gfp_t")}}},
	},
	{
		.name = "fault.rate",
		.without = "fault rates, RSS and swap of processes are not known",
		.rungs = {{.name = "iter",
			   .source = "iter/task: min_flt, maj_flt of every thread",
			   .progs = {"task_rows"},
			   .needs = {{.kind = NEED_KFUNC, .name = "bpf_iter_task"}}}},
	},
	{
		.name = "process.sizes",
		.without = "RSS and swap of processes are not known",
		.rungs = {{.name = "percpu",
			   .source = "mm_struct.rss_stat by the task iterator",
			   .needs = {{.kind = NEED_KFUNC, .name = "bpf_iter_task"},
				     {.kind = NEED_NO_TYPE, .name = "mm_rss_stat"}}}},
	},
	{
		.name = "fault.exit",
		.without = "faults of processes that end between two snapshots are not counted",
		.rungs = {{.name = "group-dead",
			   .source = "tp_btf sched_process_exit(task, group_dead)",
			   .progs = {"task_exit_group"},
			   .needs = {TP("sched_process_exit", TASK ", bool")}},
			  {.name = "live",
			   .source = "tp_btf sched_process_exit(task), signal->live",
			   .progs = {"task_exit"},
			   .needs = {TP("sched_process_exit", TASK)},
			   .variant = true}},
	},
	{
		.name = "fault.major",
		.without = "major faults are not seen one by one: no latency, no file",
		.rungs = {{.name = "perf",
			   .source = "perf software event major-faults, bpf_find_vma",
			   .progs = {"fault_major"},
			   .needs = {{.kind = NEED_HELPER, .name = "BPF_FUNC_find_vma"}}},
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
			   .needs = {{.kind = NEED_RUNG, .name = "fault.major:*"},
				     FUNC("do_swap_page", VMF),
				     FUNC("filemap_fault", VMF),
				     FUNC("shmem_fault", VMF)}},
			  {.name = "entry",
			   .source = "tp_btf page_fault_user, page_fault_kernel (on demand)",
			   .progs = {"fault_begin_user", "fault_begin_kernel"},
			   .needs = {{.kind = NEED_RUNG, .name = "fault.major:*"},
				     TP("page_fault_user", ULONG ", ..."),
				     TP("page_fault_kernel", ULONG ", ..."),
				     {.kind = NEED_ENTRY}},
			   .variant = true,
			   .on_demand = true}},
	},
	{
		.name = "fault.class",
		.without = "file and swap faults are not told apart",
		.rungs = {{.name = "function",
			   .source = "which function the fault went through",
			   .needs = {{.kind = NEED_RUNG, .name = "fault.latency:function"}}},
			  {.name = "filemap",
			   .source = "tp_btf mm_filemap_fault (on demand)",
			   .progs = {"fault_in_file"},
			   .needs = {TP("mm_filemap_fault", "struct address_space *, " ULONG),
				     {.kind = NEED_RUNG, .name = "fault.latency:entry"}},
			   .variant = true,
			   .on_demand = true},
			  {.name = "mapping",
			   .source = "the kind of mapping",
			   .needs = {{.kind = NEED_RUNG, .name = "fault.major:perf"}},
			   .lacks = "a private file mapping with changed pages is taken for file"}},
	},
	{
		.name = "swap.out",
		.without = "who writes pages out is not seen",
		.rungs = {{.name = "folio",
			   .source = "tp_btf mm_vmscan_write_folio",
			   .progs = {"write_folio"},
			   .needs = {TP("mm_vmscan_write_folio", "struct folio *")}},
			  {.name = "page",
			   .source = "tp_btf mm_vmscan_writepage",
			   .progs = {"write_page"},
			   .needs = {TP("mm_vmscan_writepage", "struct page *")},
			   .lacks = "a huge page counts as one"},
			  {.name = "writeout",
			   .source = "fentry swap_writeout",
			   .progs = {"swap_writeout_folio"},
			   .needs = {FUNC("swap_writeout", "struct folio *, ...")},
			   .lacks = "pages of files that reclaim writes are not seen"},
			  {.name = "writeout-ctx",
			   .source = "fentry swap_writeout(ctx, folio)",
			   .progs = {"swap_writeout_ctx"},
			   .needs = {FUNC("swap_writeout", "struct swap_io_ctx *, struct folio *")},
			   .lacks = "pages of files that reclaim writes are not seen"},
			  {.name = "writepage",
			   .source = "fentry swap_writepage",
			   .progs = {"swap_writepage_page"},
			   .needs = {FUNC("swap_writepage", "struct page *, ...")},
			   .lacks = "pages of files are not seen, a huge page counts as one"}},
	},
	{
		.name = "oom.kill",
		.without = "OOM kills are known only from the kernel log",
		.rungs = {{.name = "task",
			   .source = "tp_btf mark_victim(task)",
			   .progs = {"oom_victim_task"},
			   .needs = {TP("mark_victim", TASK ", ...")}},
			  {.name = "pid",
			   .source = "tp_btf mark_victim(pid)",
			   .progs = {"oom_victim_pid"},
			   .needs = {TP("mark_victim", "int")},
			   .lacks = "the victim's sizes come from the kernel log only"}},
	},
	{
		.name = "oom.memcg",
		.without = "which cgroup ran out of memory is known only from the kernel log",
		.rungs = {{.name = "function",
			   .source = "fentry, fexit mem_cgroup_out_of_memory",
			   .progs = {"oom_memcg_enter", "oom_memcg_leave"},
			   .needs = {FUNC("mem_cgroup_out_of_memory", "struct mem_cgroup *, ...")}},
			  {.name = "limit",
			   .source = "limits of the trigger's cgroup and its ancestors",
			   .needs = {{.kind = NEED_KFUNC, .name = "bpf_rdonly_cast"},
				     {.kind = NEED_HELPER,
				      .name = "BPF_FUNC_get_current_task_btf"}},
			   .lacks = "taken from who is at a limit, not from the killer itself"}},
	},
	{
		.name = "oom.reaper",
		.without = "how long the OOM reaper took is not seen",
		.rungs = {{.name = "reaper",
			   .source = "tp_btf wake_reaper, start_, finish_, skip_task_reaping",
			   .progs = {"reaper_wake", "reaper_start", "reaper_finish", "reaper_skip"},
			   .needs = {TP("wake_reaper", "int"), TP("start_task_reaping", "int"),
				     TP("finish_task_reaping", "int"),
				     TP("skip_task_reaping", "int")}}},
	},
	{
		.name = "task.follow",
		.without = "children of the program are not followed",
		.rungs = {{.name = "fork",
			   .source = "tp_btf sched_process_fork",
			   .progs = {"task_fork"},
			   .needs = {{.kind = NEED_TREE},
				     TP("sched_process_fork", TASK ", " TASK)}}},
	},
};
const int ladder_nsignals = sizeof(ladder_signals) / sizeof(ladder_signals[0]);
_Static_assert(sizeof(ladder_signals) / sizeof(ladder_signals[0]) <= LADDER_MAX_SIGNALS,
	       "raise LADDER_MAX_SIGNALS");
