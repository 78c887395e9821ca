// SPDX-License-Identifier: GPL-2.0
/*
 * The ladder's choice on kernels made up here as BTF: old, new, and coming ones that moved an
 * argument, which no verifier would notice.
 *
 * Layer: tests. Links probe/'s table and choice, and libbpf for its BTF.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include "ladder.h"
#include "probe.h"

/* A kernel: types by short name, then its tracepoints and functions. */
struct kernel {
	struct btf *btf;
	int data, i, gfp, ul, b, task, memcg, folio, ctx;
};

static int struct_ptr(struct btf *btf, const char *name)
{
	return btf__add_ptr(btf, btf__add_struct(btf, name, 8));
}

static void kernel_init(struct kernel *k)
{
	int u;

	k->btf = btf__new_empty();
	assert_non_null(k->btf);
	k->data = btf__add_ptr(k->btf, 0);
	k->i = btf__add_int(k->btf, "int", 4, BTF_INT_SIGNED);
	u = btf__add_int(k->btf, "unsigned int", 4, 0);
	k->gfp = btf__add_typedef(k->btf, "gfp_t", u);
	k->ul = btf__add_int(k->btf, "long unsigned int", 8, 0);
	k->b = btf__add_typedef(k->btf, "bool", btf__add_int(k->btf, "_Bool", 1, BTF_INT_BOOL));
	k->task = struct_ptr(k->btf, "task_struct");
	k->memcg = struct_ptr(k->btf, "mem_cgroup");
	k->folio = struct_ptr(k->btf, "folio");
	k->ctx = struct_ptr(k->btf, "swap_io_ctx");
}

#define TYPES(...) ((const int[]){__VA_ARGS__, 0})

/* types: ids of the arguments, ended by 0; first: one before them, 0 = none */
static int proto(struct kernel *k, int first, const int *types)
{
	int id = btf__add_func_proto(k->btf, 0);

	if (first)
		assert_int_equal(btf__add_func_param(k->btf, NULL, first), 0);
	for (; *types; types++)
		assert_int_equal(btf__add_func_param(k->btf, NULL, *types), 0);
	return id;
}

static void tracepoint(struct kernel *k, const char *name, const int *types)
{
	int ptr = btf__add_ptr(k->btf, proto(k, k->data, types));
	char text[96];

	snprintf(text, sizeof(text), "btf_trace_%s", name);
	assert_true(btf__add_typedef(k->btf, text, ptr) > 0);
}

static void function(struct kernel *k, const char *name, const int *types)
{
	btf__add_func(k->btf, name, BTF_FUNC_GLOBAL, proto(k, 0, types));
}

static int yes(__u32 id)
{
	(void)id;
	return 0;
}

static int refused(__u32 id)
{
	(void)id;
	return -EPERM;
}

static struct ev_probe row_of(const struct choice *choice, const char *signal)
{
	struct ev_probe out = {0};

	for (int i = 0; i < ladder_nsignals; i++) {
		ladder_report(choice, i, &out);
		if (!strcmp(out.signal, signal))
			return out;
	}
	fail_msg("no signal %s", signal);
	return out;
}

static void kernel_choose(const struct kernel *k, const struct ladder_opts *opts,
			  struct choice *choice)
{
	struct types *types = types_index(k->btf);

	assert_non_null(types);
	ladder_choose(types, opts, choice);
	types_free(types);
}

/* The row of a signal after the choice. */
static struct ev_probe choose(struct kernel *k, const char *signal, const char *disable,
			      int (*trampoline)(__u32))
{
	static struct choice choice[LADDER_MAX_SIGNALS];
	struct ladder_opts opts = {.disable = disable, .trampoline = trampoline};

	memset(choice, 0, sizeof(choice));
	kernel_choose(k, &opts, choice);
	return row_of(choice, signal);
}

static void reclaim(struct kernel *k, const int *begin)
{
	tracepoint(k, "mm_vmscan_direct_reclaim_begin", begin);
	tracepoint(k, "mm_vmscan_direct_reclaim_end", TYPES(k->ul, k->ul));
}

static void types_are_found_as_by_libbpf(void **state)
{
	static const __u32 kinds[] = {BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_FUNC};
	struct types *types;
	struct kernel k;
	char name[16];

	(void)state;
	kernel_init(&k);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%d", i % 150); /* some twice */
		if (i % 3)
			btf__add_typedef(k.btf, name, k.i);
		else
			function(&k, name, TYPES(k.i));
	}
	types = types_index(k.btf);
	assert_non_null(types);
	assert_ptr_equal(types_btf(types), k.btf);
	for (int i = 0; i < 151; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		for (int kind = 0; kind < 3; kind++)
			assert_int_equal(types_find(types, name, kinds[kind]),
					 btf__find_by_name_kind(k.btf, name, kinds[kind]));
	}
	assert_int_equal(types_find(types, "", BTF_KIND_STRUCT), -ENOENT);
	types_free(types);
	btf__free(k.btf);
}

static void order_and_gfp_are_told_apart_by_type(void **state)
{
	struct ev_probe row;
	struct kernel k;

	(void)state;
	kernel_init(&k);
	reclaim(&k, TYPES(k.i, k.gfp));
	row = choose(&k, "stall.direct", NULL, yes);
	assert_string_equal(row.rung, "order-gfp");
	assert_int_equal(row.status, PROBE_OK);
	btf__free(k.btf);

	kernel_init(&k);
	reclaim(&k, TYPES(k.gfp, k.i, k.memcg));
	row = choose(&k, "stall.direct", NULL, yes);
	assert_string_equal(row.rung, "memcg-arg");
	btf__free(k.btf);
}

/* As many arguments as v7.2 has, in another order: counting them would not tell. */
static void moved_argument_is_refused_not_misread(void **state)
{
	struct ev_probe row;
	struct kernel k;

	(void)state;
	kernel_init(&k);
	reclaim(&k, TYPES(k.i, k.gfp, k.memcg));
	row = choose(&k, "stall.direct", NULL, yes);
	assert_int_equal(row.status, PROBE_MISSING);
	assert_string_equal(row.rung, "");
	assert_non_null(strstr(row.reason, "has arguments (int, gfp_t, struct mem_cgroup *) here"));
	btf__free(k.btf);
}

static void added_argument_at_the_end_of_an_end_event_does_no_harm(void **state)
{
	struct kernel k;

	(void)state;
	kernel_init(&k);
	tracepoint(&k, "mm_vmscan_memcg_reclaim_begin", TYPES(k.gfp, k.i, k.memcg));
	tracepoint(&k, "mm_vmscan_memcg_reclaim_end", TYPES(k.ul, k.memcg));
	assert_string_equal(choose(&k, "stall.memcg", NULL, yes).rung, "memcg-arg");
	btf__free(k.btf);
}

/* Within stable series it changed from a number to the task: the version would not tell. */
static void victim_is_taken_as_what_the_event_passes(void **state)
{
	struct kernel k;

	(void)state;
	kernel_init(&k);
	tracepoint(&k, "mark_victim", TYPES(k.i));
	assert_string_equal(choose(&k, "oom.kill", NULL, yes).rung, "pid");
	btf__free(k.btf);
	kernel_init(&k);
	tracepoint(&k, "mark_victim", TYPES(k.task, k.i));
	assert_string_equal(choose(&k, "oom.kill", NULL, yes).rung, "task");
	btf__free(k.btf);
}

static void folio_is_found_among_the_arguments_of_swap_writeout(void **state)
{
	struct kernel k;

	(void)state;
	kernel_init(&k);
	function(&k, "swap_writeout", TYPES(k.folio, k.ctx));
	assert_string_equal(choose(&k, "swap.out", NULL, yes).rung, "writeout");
	btf__free(k.btf);
	kernel_init(&k);
	function(&k, "swap_writeout", TYPES(k.ctx, k.folio));
	assert_string_equal(choose(&k, "swap.out", NULL, yes).rung, "writeout-ctx");
	btf__free(k.btf);
}

static void kernel_that_refuses_trampolines_is_named_as_the_reason(void **state)
{
	struct ev_probe row;
	struct kernel k;

	(void)state;
	kernel_init(&k);
	btf__add_enum(k.btf, "bpf_func_id", 4);
	btf__add_enum_value(k.btf, "BPF_FUNC_get_current_task_btf", 158);
	function(&k, "__mem_cgroup_handle_over_high", TYPES(k.gfp));
	assert_string_equal(choose(&k, "stall.high", NULL, yes).rung, "slow-path");
	row = choose(&k, "stall.high", NULL, refused);
	assert_int_equal(row.status, PROBE_MISSING);
	assert_non_null(strstr(row.reason, "Operation not permitted"));
	btf__free(k.btf);
}

static void rung_that_needs_another_goes_with_it(void **state)
{
	struct kernel k;
	int vmf;

	(void)state;
	kernel_init(&k);
	vmf = struct_ptr(k.btf, "vm_fault");
	function(&k, "do_swap_page", TYPES(vmf));
	function(&k, "filemap_fault", TYPES(vmf));
	function(&k, "shmem_fault", TYPES(vmf));
	assert_string_equal(choose(&k, "fault.class", NULL, yes).rung, "function");
	assert_int_equal(choose(&k, "fault.class", NULL, refused).status, PROBE_MISSING);
	assert_string_equal(choose(&k, "fault.class", "fault.latency:function", yes).rung, "");
	btf__free(k.btf);
}

/* Found out while attaching: nothing is chosen anew, but what needs it must go. */
static void rung_that_needs_a_refused_one_is_refused_afterwards(void **state)
{
	static struct choice choice[LADDER_MAX_SIGNALS];
	struct ladder_opts opts = {.trampoline = yes};
	bool on_demand;
	struct kernel k;
	int vmf;

	(void)state;
	kernel_init(&k);
	vmf = struct_ptr(k.btf, "vm_fault");
	function(&k, "do_swap_page", TYPES(vmf));
	function(&k, "filemap_fault", TYPES(vmf));
	function(&k, "shmem_fault", TYPES(vmf));
	kernel_choose(&k, &opts, choice);
	assert_true(ladder_uses(choice, "slow_swap", &on_demand));
	ladder_refuse_dependents(choice);
	assert_true(ladder_uses(choice, "slow_swap", &on_demand));
	assert_true(ladder_refuse(choice, "fault_major_plain", "cannot open it"));
	ladder_refuse_dependents(choice);
	assert_false(ladder_uses(choice, "slow_swap", &on_demand));
	assert_false(ladder_is(choice, "fault.class", "function"));
	assert_string_equal(row_of(choice, "fault.latency").reason,
			    "needs fault.major: major faults have no latency");
	btf__free(k.btf);
}

static void disabled_rungs_are_refused_by_name_or_all(void **state)
{
	(void)state;
	assert_true(probe_disabled("a:b,c:d", "c", "d"));
	assert_true(probe_disabled("c:*", "c", "d"));
	assert_false(probe_disabled("c:*", "cc", "d"));
	assert_false(probe_disabled("c:*x", "c", "d"));
	assert_false(probe_disabled("c:dd,xc:d,c:", "c", "d"));
	assert_false(probe_disabled("", "c", "d"));
	assert_false(probe_disabled(NULL, "c", "d"));
}

static void trigger_stacks_are_taken_only_when_asked_for_and_of_kills_that_are_seen(void **state)
{
	static struct choice choice[LADDER_MAX_SIGNALS];
	struct ladder_opts opts = {.trampoline = yes, .oom_stacks = true};
	struct kernel k;

	(void)state;
	kernel_init(&k);
	tracepoint(&k, "mark_victim", TYPES(k.task));
	btf__add_enum(k.btf, "bpf_func_id", 4);
	btf__add_enum_value(k.btf, "BPF_FUNC_get_stackid", 27);
	assert_int_equal(choose(&k, "oom.stack", NULL, yes).status, PROBE_OFF);
	kernel_choose(&k, &opts, choice);
	assert_string_equal(row_of(choice, "oom.stack").rung, "stackid");
	assert_int_equal(row_of(choice, "stall.stack").status, PROBE_OFF);
	memset(choice, 0, sizeof(choice));
	opts.disable = "oom.kill:*";
	kernel_choose(&k, &opts, choice);
	assert_string_equal(row_of(choice, "oom.stack").reason,
			    "needs oom.kill: where the trigger of an OOM kill was is known only "
			    "from the kernel log");
	btf__free(k.btf);
}

/* An empty kernel serves nothing, says why for each signal, and nothing crashes. */
static void kernel_without_anything_misses_every_signal_with_a_reason(void **state)
{
	struct choice choice[LADDER_MAX_SIGNALS] = {0};
	struct ladder_opts opts = {.trampoline = yes,
				   .tree = true,
				   .stacks = true,
				   .oom_stacks = true,
				   .ustacks = true,
				   .sample = true,
				   .psi = true};
	struct ev_probe row;
	struct kernel k;

	(void)state;
	kernel_init(&k);
	kernel_choose(&k, &opts, choice);
	for (int i = 0; i < ladder_nsignals; i++) {
		ladder_report(choice, i, &row);
		/* need nothing but a perf event */
		if (!strcmp(row.signal, "fault.major") || !strcmp(row.signal, "fault.sample"))
			continue;
		assert_true(row.status == PROBE_MISSING);
		assert_true(strlen(row.reason) > 20);
	}
	btf__free(k.btf);
}

/* As it is where BPF cannot be had at all. */
static void all_signals_refused_have_the_one_reason(void **state)
{
	static struct choice choice[LADDER_MAX_SIGNALS];
	struct ladder_opts opts = {.trampoline = yes};
	struct ev_probe row;
	struct kernel k;
	bool on_demand;

	(void)state;
	kernel_init(&k);
	tracepoint(&k, "mark_victim", TYPES(k.task));
	kernel_choose(&k, &opts, choice);
	assert_true(ladder_uses(choice, "oom_victim_task", &on_demand));
	ladder_refuse_all(choice, "no BPF: for a test");
	assert_false(ladder_uses(choice, "oom_victim_task", &on_demand));
	for (int i = 0; i < ladder_nsignals; i++) {
		ladder_report(choice, i, &row);
		assert_int_equal(row.status, PROBE_MISSING);
		assert_int_equal(strncmp(row.reason, "no BPF: for a test: ", 20), 0);
	}
	btf__free(k.btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_found_as_by_libbpf),
		cmocka_unit_test(order_and_gfp_are_told_apart_by_type),
		cmocka_unit_test(moved_argument_is_refused_not_misread),
		cmocka_unit_test(added_argument_at_the_end_of_an_end_event_does_no_harm),
		cmocka_unit_test(victim_is_taken_as_what_the_event_passes),
		cmocka_unit_test(folio_is_found_among_the_arguments_of_swap_writeout),
		cmocka_unit_test(kernel_that_refuses_trampolines_is_named_as_the_reason),
		cmocka_unit_test(rung_that_needs_a_refused_one_is_refused_afterwards),
		cmocka_unit_test(rung_that_needs_another_goes_with_it),
		cmocka_unit_test(
			trigger_stacks_are_taken_only_when_asked_for_and_of_kills_that_are_seen),
		cmocka_unit_test(disabled_rungs_are_refused_by_name_or_all),
		cmocka_unit_test(kernel_without_anything_misses_every_signal_with_a_reason),
		cmocka_unit_test(all_signals_refused_have_the_one_reason),
	};

	return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
