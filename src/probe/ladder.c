// SPDX-License-Identifier: GPL-2.0
/*
 * The table of signals and their sources, and the choice among them.
 *
 * Layer: probe. Data first: a rung's needs say what is asked of the kernel.
 */
#include "ladder.h"
#include "probe.h"

#include <stdio.h>
#include <string.h>

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
		.name = "stall.target",
		.without = "which cgroup's limit forced a reclaim is not known",
		.rungs = {{.name = "event",
			   .source = "memcg argument of mm_vmscan_memcg_reclaim_begin",
			   .needs = {TP_ARGS("mm_vmscan_memcg_reclaim_begin", 3)}},
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
			   .needs = {{NEED_HELPER, "BPF_FUNC_find_vma", 0},
				     {NEED_MAP, "BPF_MAP_TYPE_TASK_STORAGE", 0}}}},
	},
	{
		.name = "fault.latency",
		.without = "major faults have no latency",
		.on_demand = true,
		.rungs = {{.name = "entry",
			   .source = "tp_btf page_fault_user, page_fault_kernel (on demand)",
			   .progs = {"fault_begin_user", "fault_begin_kernel"},
			   .needs = {TP("page_fault_user"),
				     TP("page_fault_kernel"),
				     {NEED_MAP, "BPF_MAP_TYPE_TASK_STORAGE", 0}}}},
	},
	{
		.name = "fault.class",
		.without = "file and swap faults are not told apart",
		.on_demand = true,
		.rungs = {{.name = "filemap",
			   .source = "tp_btf mm_filemap_fault (on demand)",
			   .progs = {"fault_in_file"},
			   .needs = {TP("mm_filemap_fault"),
				     TP("page_fault_user"),
				     {NEED_MAP, "BPF_MAP_TYPE_TASK_STORAGE", 0}}},
			  {.name = "mapping",
			   .source = "the kind of mapping",
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
			   .lacks = "a huge page counts as one"}},
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

/* Prototype of a tracepoint: BTF typedef btf_trace_NAME, a pointer to a function whose first
 * argument is the probe's private data. NULL when there is no such tracepoint. */
static const struct btf_type *tp_proto(const struct btf *btf, const char *tp)
{
	const struct btf_type *t;
	char name[96];
	__s32 id;

	snprintf(name, sizeof(name), "btf_trace_%s", tp);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return NULL;
	t = btf__type_by_id(btf, id);
	t = btf__type_by_id(btf, t->type);
	if (!t || !btf_is_ptr(t))
		return NULL;
	t = btf__type_by_id(btf, t->type);
	return t && btf_is_func_proto(t) ? t : NULL;
}

static bool tp_arg_is_ptr(const struct btf *btf, const struct btf_type *proto, int n)
{
	const struct btf_type *t;

	if (n >= btf_vlen(proto))
		return false;
	t = btf__type_by_id(btf, btf_params(proto)[n].type);
	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t && btf_is_ptr(t);
}

static bool enum_has(const struct btf *btf, const char *enum_name, const char *value)
{
	__s32 id = btf__find_by_name_kind(btf, enum_name, BTF_KIND_ENUM);
	const struct btf_type *t;

	if (id < 0)
		return false;
	t = btf__type_by_id(btf, id);
	for (int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), value))
			return true;
	return false;
}

static bool tp_holds(const struct btf *btf, const struct need *need, char *why, size_t cap)
{
	const struct btf_type *proto = tp_proto(btf, need->name);

	if (!proto) {
		snprintf(why, cap, "this kernel has no tracepoint %s", need->name);
		return false;
	}
	if (need->kind == NEED_TP_ARGS && btf_vlen(proto) - 1 != need->n) {
		snprintf(why, cap, "%s has %d argument%s here, not %d", need->name,
			 btf_vlen(proto) - 1, btf_vlen(proto) == 2 ? "" : "s", need->n);
		return false;
	}
	if (need->kind == NEED_TP_ARG_PTR && !tp_arg_is_ptr(btf, proto, need->n)) {
		snprintf(why, cap, "argument %d of %s is no pointer here", need->n, need->name);
		return false;
	}
	if (need->kind == NEED_TP_ARG_INT && tp_arg_is_ptr(btf, proto, need->n)) {
		snprintf(why, cap, "argument %d of %s is a pointer here", need->n, need->name);
		return false;
	}
	return true;
}

static bool need_holds(const struct btf *btf, const struct ladder_opts *opts,
		       const struct need *need, char *why, size_t cap)
{
	bool holds = true;

	switch (need->kind) {
	case NEED_NONE:
		return true;
	case NEED_TP:
	case NEED_TP_ARGS:
	case NEED_TP_ARG_PTR:
	case NEED_TP_ARG_INT:
		return tp_holds(btf, need, why, cap);
	case NEED_KFUNC:
		holds = btf__find_by_name_kind(btf, need->name, BTF_KIND_FUNC) > 0;
		break;
	case NEED_HELPER:
		holds = enum_has(btf, "bpf_func_id", need->name);
		break;
	case NEED_MAP:
		holds = enum_has(btf, "bpf_map_type", need->name);
		break;
	case NEED_NO_TYPE:
		if (btf__find_by_name_kind(btf, need->name, BTF_KIND_STRUCT) < 0)
			return true;
		snprintf(why, cap, "this kernel's struct %s cannot be read by typed pointer",
			 need->name);
		return false;
	case NEED_TREE:
		if (!opts->tree)
			snprintf(why, cap, "not asked for");
		return opts->tree;
	}
	if (!holds)
		snprintf(why, cap, "this kernel has no %s", need->name);
	return holds;
}

bool probe_disabled(const char *list, const char *signal, const char *rung)
{
	char want[96];
	size_t len = snprintf(want, sizeof(want), "%s:%s", signal, rung);

	for (const char *p = list; p && *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == len && !strncmp(p, want, len))
			return true;
	return false;
}

static bool rung_holds(const struct btf *btf, const struct ladder_opts *opts,
		       const struct signal_desc *sig, const struct rung *r, char *why, size_t cap)
{
	if (probe_disabled(opts->disable, sig->name, r->name)) {
		snprintf(why, cap, "disabled by MEMTRACE_DISABLE");
		return false;
	}
	for (int i = 0; i < RUNG_NEEDS; i++)
		if (!need_holds(btf, opts, &r->needs[i], why, cap))
			return false;
	return true;
}

void ladder_choose(const struct btf *btf, const struct ladder_opts *opts, struct choice *choice)
{
	for (int s = 0; s < ladder_nsignals; s++) {
		const struct signal_desc *sig = &ladder_signals[s];
		struct choice *c = &choice[s];

		c->rung = NULL;
		for (int i = 0; i < SIGNAL_RUNGS && sig->rungs[i].name && !c->rung; i++) {
			if (!c->refused[i][0] && rung_holds(btf, opts, sig, &sig->rungs[i],
							    c->refused[i], sizeof(c->refused[i])))
				c->rung = &sig->rungs[i];
		}
	}
}

static bool rung_has(const struct rung *r, const char *prog)
{
	for (int i = 0; i < RUNG_PROGS && r->progs[i]; i++)
		if (!strcmp(r->progs[i], prog))
			return true;
	return false;
}

bool ladder_refuse(struct choice *choice, const char *prog, const char *why)
{
	bool any = false;

	for (int s = 0; s < ladder_nsignals; s++) {
		struct choice *c = &choice[s];

		if (!c->rung || !rung_has(c->rung, prog))
			continue;
		snprintf(c->refused[c->rung - ladder_signals[s].rungs], sizeof(c->refused[0]), "%s",
			 why);
		c->rung = NULL;
		any = true;
	}
	return any;
}

bool ladder_uses(const struct choice *choice, const char *prog, bool *on_demand)
{
	for (int s = 0; s < ladder_nsignals; s++) {
		if (choice[s].rung && rung_has(choice[s].rung, prog)) {
			*on_demand = ladder_signals[s].on_demand;
			return true;
		}
	}
	return false;
}

bool ladder_is(const struct choice *choice, const char *signal, const char *rung)
{
	for (int s = 0; s < ladder_nsignals; s++)
		if (!strcmp(ladder_signals[s].name, signal))
			return choice[s].rung && !strcmp(choice[s].rung->name, rung);
	return false;
}

/* Why the best rung was refused; a rung whose next one is a mere variant of it is no better. */
static const char *why_not_better(const struct choice *c, const struct signal_desc *sig)
{
	for (int i = 0; i < SIGNAL_RUNGS && sig->rungs[i].name && &sig->rungs[i] != c->rung; i++)
		if (c->refused[i][0] && !(i + 1 < SIGNAL_RUNGS && sig->rungs[i + 1].variant))
			return c->refused[i];
	return NULL;
}

void ladder_report(const struct choice *choice, int signal, struct ev_probe *out)
{
	const struct signal_desc *sig = &ladder_signals[signal];
	const struct choice *c = &choice[signal];
	const char *why;

	memset(out, 0, sizeof(*out));
	out->hdr.kind = EV_PROBE;
	out->hdr.size = sizeof(*out);
	snprintf(out->signal, sizeof(out->signal), "%s", sig->name);
	if (!c->rung) {
		int last = 0;

		while (last + 1 < SIGNAL_RUNGS && sig->rungs[last + 1].name)
			last++;
		out->status = sig->rungs[0].needs[0].kind == NEED_TREE &&
					      !strcmp(c->refused[0], "not asked for")
				      ? PROBE_OFF
				      : PROBE_MISSING;
		snprintf(out->reason, sizeof(out->reason), "%s%s%s", c->refused[last],
			 out->status == PROBE_MISSING ? ": " : "",
			 out->status == PROBE_MISSING ? sig->without : "");
		return;
	}
	snprintf(out->source, sizeof(out->source), "%s", c->rung->source);
	why = why_not_better(c, sig);
	out->status = c->rung->lacks ? PROBE_DEGRADED : PROBE_OK;
	if (c->rung->lacks)
		snprintf(out->reason, sizeof(out->reason), "%s%s%s", c->rung->lacks,
			 why ? ": " : "", why ? why : "");
}
