// SPDX-License-Identifier: GPL-2.0
/* Tests of src/source/symbols.c and kstack.c on fabricated tables of symbols. */
#include "test_sys_tree.h"
#include <errno.h>
#include <stdbool.h>
#include <time.h>
#include "log.h"
#include "symbols.h"

#define BASE	 0xffffffff81000000ull
#define MAX_WAIT 10000 /* ms: slow machines only */

static const char *joined(const char *const *names, int n, char *buf, size_t cap, int known)
{
	assert_int_equal(kstack_text(names, n, buf, cap), known);
	return buf;
}

static void frames_are_joined(void **state)
{
	const char *const names[] = {"__schedule", "schedule", "", "io_schedule", "folio_wait_bit"};
	char buf[KSTACK_CAP];

	(void)state;
	assert_string_equal(joined(names, 5, buf, sizeof(buf), 4),
			    "__schedule;schedule;?;io_schedule;folio_wait_bit");
	assert_string_equal(joined(names, 1, buf, sizeof(buf), 1), "__schedule");
	assert_string_equal(joined(names, 0, buf, sizeof(buf), 0), "");
}

static void frames_of_the_machinery_are_left_out(void **state)
{
	const char *const named[] = {"bpf_prog_6deef7357e7b4530_on_switch",
				     "bpf_trace_run4",
				     "__bpf_trace_sched_switch",
				     "__traceiter_sched_switch",
				     "__schedule",
				     "schedule"};
	const char *const nameless[] = {"", "", "bpf_trace_run4", "__schedule", "schedule"};
	const char *const only[] = {"bpf_trace_run4"};
	char buf[KSTACK_CAP];

	(void)state;
	assert_string_equal(joined(named, 6, buf, sizeof(buf), 2), "__schedule;schedule");
	assert_string_equal(joined(nameless, 5, buf, sizeof(buf), 2), "__schedule;schedule");
	assert_string_equal(joined(only, 1, buf, sizeof(buf), 0), "");
}

static void outer_frames_that_do_not_fit_are_cut(void **state)
{
	const char *const names[] = {"aaaa", "bbbb", "cccc"};
	static const char *const texts[] = {
		[8] = "...",
		[9] = "aaaa;...",
		[13] = "aaaa;...",
		[14] = "aaaa;bbbb;...",
		[15] = "aaaa;bbbb;cccc",
		[16] = "aaaa;bbbb;cccc",
	};
	char buf[KSTACK_CAP];

	(void)state;
	for (size_t cap = 8; cap <= 16; cap++) {
		memset(buf, '#', sizeof(buf));
		kstack_text(names, 3, buf, cap);
		assert_true(strlen(buf) < cap);
		if (texts[cap])
			assert_string_equal(buf, texts[cap]);
	}
}

/* What was handed out, in any order. */
struct found {
	int n;
	struct symbol_name names[600];
};

static const char *text_of(const struct found *f, uint64_t address, uint32_t stack)
{
	for (int i = 0; i < f->n; i++)
		if (f->names[i].address == address && f->names[i].stack == stack)
			return f->names[i].text;
	return NULL;
}

static void collect(struct symbols *s, struct found *f)
{
	bool settled;
	int waited = 0;

	f->n = 0;
	do {
		settled = symbols_settle(s, 20);
		while (symbols_next(s, &f->names[f->n]))
			assert_true(++f->n < 600);
		waited += 20;
	} while (!settled && waited < MAX_WAIT);
	assert_true(settled);
}

static struct found found;

static void functions_by_address(void **state)
{
	struct symbols *s;

	tree_write(*state, "/proc/kallsyms",
		   "ffffffff81000000 t super_cache_scan\nffffffff81001000 d ext4_fs_type\n"
		   "ffffffffc0000000 t nfs_scan\t[nfs]\n");
	s = symbols_new(*state);
	assert_non_null(s);
	symbols_want(s, BASE);
	symbols_want(s, BASE);
	symbols_want(s, BASE + 0x1000);
	symbols_want(s, 0xffffffffc0000000);
	symbols_want(s, BASE + 1);
	symbols_want(s, 0);
	collect(s, &found);
	assert_int_equal(found.n, 2);
	assert_string_equal(text_of(&found, BASE, 0), "super_cache_scan");
	assert_string_equal(text_of(&found, 0xffffffffc0000000, 0), "nfs_scan");
	assert_int_equal(symbols_unresolved(s), 2);
	symbols_want(s, BASE);
	collect(s, &found);
	assert_int_equal(found.n, 0);
	symbols_free(s);
}

/* A table of functions f0, f1, ... of 4 KiB each. */
static void functions_write(void *root, int n)
{
	char *text = calloc((size_t)n, 40), *p = text;

	for (int i = 0; i < n; i++)
		p += sprintf(p, "%llx t f%d\n", BASE + (unsigned long long)i * 4096, i);
	tree_write(root, "/proc/kallsyms", text);
	free(text);
}

/* Stack id is in the functions id and id + 1, the latter being called at its very end. */
static int two_frames(void *ctx, uint32_t id, uint64_t *addresses, int max)
{
	++*(int *)ctx;
	assert_true(max >= 2);
	addresses[0] = BASE + id * 4096ull + 100;
	addresses[1] = BASE + (id + 2) * 4096ull;
	return 2;
}

static void stacks_in_batches(void **state)
{
	struct symbols *s;
	char text[64];
	int reads = 0;

	functions_write(*state, 2000);
	s = symbols_new(*state);
	for (uint32_t id = 1; id <= 500; id++) {
		symbols_want_stack(s, id, two_frames, &reads);
		symbols_want_stack(s, id, two_frames, &reads);
	}
	symbols_want_stack(s, 0, two_frames, &reads);
	assert_int_equal(reads, 500);
	collect(s, &found);
	assert_int_equal(found.n, 500);
	for (uint32_t id = 1; id <= 500; id++) {
		snprintf(text, sizeof(text), "f%u;f%u", id, id + 1);
		assert_string_equal(text_of(&found, 0, id), text);
	}
	assert_int_equal(symbols_unresolved(s), 0);
	symbols_free(s);
}

static int all_frames(void *ctx, uint32_t id, uint64_t *addresses, int max)
{
	(void)ctx;
	for (int i = 0; i < max; i++)
		addresses[i] = BASE + ((uint64_t)id * max + i) * 4096 + 1;
	return max;
}

/* More different addresses than one pass takes. */
static void deep_stacks_that_share_nothing(void **state)
{
	struct symbols *s;
	char text[16];

	functions_write(*state, 101 * KSTACK_FRAMES);
	s = symbols_new(*state);
	for (uint32_t id = 1; id <= 100; id++)
		symbols_want_stack(s, id, all_frames, NULL);
	collect(s, &found);
	assert_int_equal(found.n, 100);
	for (uint32_t id = 1; id <= 100; id++) {
		snprintf(text, sizeof(text), "f%u;", id * KSTACK_FRAMES);
		assert_int_equal(strncmp(text_of(&found, 0, id), text, strlen(text)), 0);
	}
	symbols_free(s);
}

static int no_stack(void *ctx, uint32_t id, uint64_t *addresses, int max)
{
	(void)id;
	(void)addresses;
	(void)max;
	return *(int *)ctx;
}

static void stacks_that_cannot_be_read_are_counted_once(void **state)
{
	struct symbols *s;
	int result = -ENOENT;

	functions_write(*state, 10);
	s = symbols_new(*state);
	symbols_want_stack(s, 1, no_stack, &result);
	symbols_want_stack(s, 1, no_stack, &result);
	result = 0;
	symbols_want_stack(s, 2, no_stack, &result);
	collect(s, &found);
	assert_int_equal(found.n, 0);
	assert_int_equal(symbols_unresolved(s), 2);
	symbols_free(s);
}

/* The number of lines on stderr that do(s) gives rise to. */
static int warnings(struct symbols *s, void (*run)(struct symbols *s), char *text, size_t cap)
{
	FILE *file = tmpfile();
	int lines = 0, saved = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	run(s);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	n = fread(text, 1, cap - 1, file);
	text[n] = '\0';
	fclose(file);
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

static void ask_twice(struct symbols *s)
{
	int reads = 0;

	symbols_want(s, BASE);
	collect(s, &found);
	assert_int_equal(found.n, 0);
	symbols_want(s, BASE + 0x1000);
	symbols_want_stack(s, 1, two_frames, &reads);
	collect(s, &found);
	assert_int_equal(found.n, 0);
}

static void hidden_addresses_are_said_once(void **state)
{
	struct symbols *s;
	char text[1000];

	tree_write(*state, "/proc/kallsyms",
		   "0000000000000000 T _text\n0000000000000000 t super_cache_scan\n");
	s = symbols_new(*state);
	assert_int_equal(warnings(s, ask_twice, text, sizeof(text)), 1);
	assert_non_null(strstr(text, "kernel.kptr_restrict"));
	assert_null(strstr(text, "ffff"));
	assert_int_equal(symbols_unresolved(s), 3);
	symbols_free(s);
}

static void no_table_is_said_once(void **state)
{
	struct symbols *s = symbols_new(*state);
	char text[1000];

	assert_int_equal(warnings(s, ask_twice, text, sizeof(text)), 1);
	assert_non_null(strstr(text, "/proc/kallsyms"));
	assert_int_equal(symbols_unresolved(s), 3);
	symbols_free(s);
}

static void what_has_no_room_is_counted(void **state)
{
	struct symbols *s;
	int reads = 0;

	functions_write(*state, 20000);
	s = symbols_new(*state);
	for (uint32_t id = 1; id <= 6000; id++)
		symbols_want_stack(s, id, two_frames, &reads);
	for (int waited = 0; !symbols_settle(s, 20) && waited < MAX_WAIT; waited += 20)
		while (symbols_next(s, &found.names[0]))
			reads--;
	while (symbols_next(s, &found.names[0]))
		reads--;
	assert_int_equal(reads, symbols_unresolved(s));
	assert_true(reads > 0);
	symbols_free(s);
}

static void ends_with_requests_open(void **state)
{
	struct symbols *s;
	int reads = 0;

	functions_write(*state, 20000);
	s = symbols_new(*state);
	for (uint32_t id = 1; id <= 500; id++)
		symbols_want_stack(s, id, two_frames, &reads);
	symbols_free(s);
	symbols_free(symbols_new(*state));
	symbols_free(NULL);
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_joined),
		cmocka_unit_test(frames_of_the_machinery_are_left_out),
		cmocka_unit_test(outer_frames_that_do_not_fit_are_cut),
		tree_test(functions_by_address),
		tree_test(stacks_in_batches),
		tree_test(deep_stacks_that_share_nothing),
		tree_test(stacks_that_cannot_be_read_are_counted_once),
		tree_test(hidden_addresses_are_said_once),
		tree_test(no_table_is_said_once),
		tree_test(what_has_no_room_is_counted),
		tree_test(ends_with_requests_open),
	};

	return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
