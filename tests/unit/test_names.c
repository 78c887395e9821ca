// SPDX-License-Identifier: GPL-2.0
/* Tests of src/source/names.c: which events make which names come. */
#include "test_sys_tree.h"
#include "names.h"

#define V1 "35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"

#define SCAN  0xffffffff81001000ull
#define OTHER 0xffffffff81002000ull
#define EXT4  0xffffffff82000000ull

static struct cgroups cg;
static struct names *names;
static char log[65536]; /* "KIND:WHAT:TEXT\n" for each name that came */

static void take(void *ctx, const struct ev_hdr *hdr)
{
	char line[600] = "";

	(void)ctx;
	assert_int_equal(event_check(hdr, hdr->size), 0);
	if (hdr->kind == EV_SYMBOL) {
		const struct ev_symbol *ev = (const void *)hdr;

		snprintf(line, sizeof(line), "symbol:%llx:%s\n", (unsigned long long)ev->address,
			 ev->name);
	} else if (hdr->kind == EV_STACK) {
		const struct ev_stack *ev = (const void *)hdr;

		snprintf(line, sizeof(line), "stack:%u:%s\n", ev->id, ev->frames);
	} else if (hdr->kind == EV_CGROUP) {
		snprintf(line, sizeof(line), "cgroup:%s\n", ((const struct ev_cgroup *)hdr)->path);
	} else if (hdr->kind == EV_PROCESS) {
		const struct ev_process *ev = (const void *)hdr;

		snprintf(line, sizeof(line), "process:%u:%s\n", ev->tgid, ev->cmdline);
	} else if (hdr->kind == EV_FILE) {
		const struct ev_file *ev = (const void *)hdr;

		snprintf(line, sizeof(line), "file:%u:%u:%llu:%s\n", ev->dev_major, ev->dev_minor,
			 (unsigned long long)ev->ino, ev->path);
	}
	assert_true(strlen(log) + strlen(line) < sizeof(log));
	strcat(log, line);
}

static int read_stack(void *ctx, uint32_t id, uint64_t *addresses, int max)
{
	(void)ctx;
	assert_true(max >= 2);
	addresses[0] = SCAN + 16;
	addresses[1] = OTHER + id;
	return 2;
}

static int set_up(void **state)
{
	char dir[PATH_MAX];
	int err = tree_setup(state);

	if (err)
		return err;
	tree_write(*state, "/proc/self/mountinfo", V1);
	tree_mkdir(*state, dir, "/sys/fs/cgroup/memory/a");
	tree_write_bytes(*state, "/proc/42/cmdline", "hog\0-x", 7);
	tree_write(*state, "/proc/kallsyms",
		   "ffffffff81001000 t super_cache_scan\nffffffff81002000 t other_scan\n"
		   "ffffffff82000000 d ext4_fs_type\n");
	log[0] = '\0';
	err = cgroups_open(*state, &cg);
	names = names_new(*state, &cg, take, NULL);
	return err || !names;
}

static int tear_down(void **state)
{
	names_free(names);
	cgroups_close(&cg);
	return tree_teardown(state);
}

static bool came(const char *line)
{
	char whole[600];

	snprintf(whole, sizeof(whole), "%s\n", line);
	return strstr(log, whole) != NULL;
}

static int lines(void)
{
	int n = 0;

	for (const char *p = log; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

static void stall_names_shrinkers(void **state)
{
	struct ev_stall ev = {
		.hdr = {.kind = EV_STALL, .size = sizeof(ev)},
		.shrinker = {{SCAN, EXT4, 5}, {OTHER, 0, 4}},
		.stack = 7,
	};

	(void)state;
	names_note(names, &ev.hdr);
	names_note(names, &ev.hdr);
	names_finish(names, 10000, 10000);
	assert_true(came("symbol:ffffffff81001000:super_cache_scan"));
	assert_true(came("symbol:ffffffff81002000:other_scan"));
	/* A file system's type is a number of its own; stacks are not asked for. */
	assert_int_equal(lines(), 2);
	assert_int_equal(names_unresolved(names), 0);
}

static void stall_and_sleep_name_stacks(void **state)
{
	struct ev_stall stall = {.hdr = {.kind = EV_STALL, .size = sizeof(stall)}, .stack = 7};
	struct ev_sleep sleep = {.hdr = {.kind = EV_SLEEP, .size = sizeof(sleep)},
				 .task = {.tgid = 42, .tid = 42},
				 .stack = 9};

	assert_int_equal(cgroup_id(&cg, "/a", &sleep.task.cgroup), 0);
	(void)state;
	names_stacks(names, read_stack, NULL);
	names_note(names, &stall.hdr);
	names_note(names, &sleep.hdr);
	/* Cgroups come at once. */
	assert_string_equal(log, "cgroup:/a\n");
	names_note(names, &sleep.hdr);
	names_finish(names, 10000, 10000);
	assert_true(came("stack:7:super_cache_scan;other_scan"));
	assert_true(came("stack:9:super_cache_scan;other_scan"));
	assert_true(came("process:42:hog -x"));
	assert_int_equal(lines(), 4);
	assert_int_equal(names_unresolved(names), 0);
}

/* By the table of fields: a kind that comes to have a cgroup needs nothing said of it here. */
static void every_cgroup_of_every_kind_is_named(void **state)
{
	union {
		struct ev_hdr hdr;
		struct ev_task_row row;
		char bytes[8192];
	} ev;
	uint64_t id;
	int fields = 0;

	(void)state;
	assert_int_equal(cgroup_id(&cg, "/a", &id), 0);
	for (int k = 0; k < event_ndescs; k++) {
		const struct event_desc *d = event_descs[k];

		for (int i = 0; i < d->nfields; i++) {
			if (d->fields[i].unit != FU_CGROUP)
				continue;
			memset(&ev, 0, sizeof(ev));
			if (d->kind == EV_TASK)
				ev.row.leader = 1;
			ev.hdr.kind = d->kind;
			ev.hdr.size = d->size;
			memcpy(ev.bytes + d->fields[i].offset, &id, sizeof(id));
			names_free(names);
			names = names_new(*state, &cg, take, NULL);
			log[0] = '\0';
			names_note(names, &ev.hdr);
			assert_string_equal(log, "cgroup:/a\n");
			fields++;
		}
	}
	assert_true(fields > 10);
}

static void threads_and_those_that_end_are_not_asked(void **state)
{
	struct ev_task_row ev = {.hdr = {.kind = EV_TASK, .size = sizeof(ev)},
				 .task = {.tgid = 42, .tid = 43},
				 .state = 'S'};

	(void)state;
	names_note(names, &ev.hdr);
	ev.leader = 1;
	ev.state = 'Z';
	names_note(names, &ev.hdr);
	names_finish(names, 10000, 10000);
	assert_int_equal(lines(), 0);
	ev.state = 'S';
	names_note(names, &ev.hdr);
	names_finish(names, 10000, 10000);
	assert_true(came("process:42:hog -x"));
}

static void names_that_are_not_found_are_counted(void **state)
{
	struct ev_stall ev = {
		.hdr = {.kind = EV_STALL, .size = sizeof(ev)},
		.task.cgroup = 123456789,
		.shrinker = {{SCAN + 1, EXT4 + 1, 5}},
	};

	(void)state;
	names_note(names, &ev.hdr);
	names_finish(names, 10000, 10000);
	assert_int_equal(lines(), 0);
	assert_int_equal(names_unresolved(names), 2);
}

static struct ev_fault fault_on(uint32_t tgid, uint64_t ino, const char *name)
{
	struct ev_fault ev = {
		.hdr = {.kind = EV_FAULT, .size = sizeof(ev)},
		.task = {.tgid = tgid, .tid = tgid},
		.address = 0x1800,
		.ino = ino,
		.dev_major = 8,
		.dev_minor = 1,
		.class = FAULT_FILE,
	};

	snprintf(ev.name, sizeof(ev.name), "%s", name);
	return ev;
}

static void fault_names_its_file(void **state)
{
	struct ev_fault ev = fault_on(42, 5, "data");

	tree_write(*state, "/proc/42/maps", "1000-2000 r--p 0 08:01 5 /srv/data (deleted)\n");
	names_note(names, &ev.hdr);
	names_note(names, &ev.hdr);
	names_finish(names, 10000, 10000);
	assert_true(came("file:8:1:5:/srv/data (deleted)"));
	assert_int_equal(lines(), 2); /* the other is the command line */
	assert_int_equal(names_unresolved(names), 0);
	names_note(names, &ev.hdr);
	names_finish(names, 10000, 10000);
	assert_int_equal(lines(), 2);
}

static void file_mapped_there_since_is_not_taken_for_it(void **state)
{
	struct ev_fault ev = fault_on(42, 5, "data");

	tree_write(*state, "/proc/42/maps", "1000-2000 r--p 0 08:01 6 /srv/other\n");
	names_note(names, &ev.hdr);
	names_finish(names, 10000, 10000);
	assert_null(strstr(log, "file:"));
	assert_int_equal(names_unresolved(names), 1);
	/* By its name: an overlay shows another inode than the file system below it. */
	tree_write(*state, "/proc/42/maps", "1000-2000 r--p 0 00:31 6 /merged/data\n");
	names_note(names, &ev.hdr);
	names_finish(names, 10000, 10000);
	assert_true(came("file:8:1:5:/merged/data"));
}

static void file_of_a_process_that_has_gone_is_asked_of_another(void **state)
{
	struct ev_fault gone = fault_on(41, 5, "data"), alive = fault_on(42, 5, "data");

	tree_write(*state, "/proc/42/maps", "9000-a000 r--p 0 08:01 5 /srv/data\n");
	names_note(names, &gone.hdr);
	names_note(names, &alive.hdr);
	names_finish(names, 10000, 10000);
	assert_true(came("file:8:1:5:/srv/data"));
}

static void more_files_than_fit_are_counted(void **state)
{
	struct ev_fault ev = fault_on(42, 0, "data");

	tree_write(*state, "/proc/42/maps", "1000-2000 r--p 0 00:31 6 /merged/data\n");
	for (ev.ino = 1; ev.ino <= 8192 + 5; ev.ino++) {
		names_note(names, &ev.hdr);
		if (ev.ino % 256 == 0)
			names_finish(names, 10000, 10000);
		log[0] = '\0';
	}
	assert_int_equal(names_unresolved(names), 5);
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(stall_names_shrinkers),
		tree_test(stall_and_sleep_name_stacks),
		tree_test(every_cgroup_of_every_kind_is_named),
		tree_test(threads_and_those_that_end_are_not_asked),
		tree_test(names_that_are_not_found_are_counted),
		tree_test(fault_names_its_file),
		tree_test(file_mapped_there_since_is_not_taken_for_it),
		tree_test(file_of_a_process_that_has_gone_is_asked_of_another),
		tree_test(more_files_than_fit_are_counted),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
