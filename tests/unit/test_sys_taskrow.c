// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/taskrow.c on a fabricated /proc. */
#include "test_sys_tree.h"
#include "taskrow.h"

#define V1 "35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"

static struct cgroups cg;
static struct taskrows rows;

static int set_up(void **state)
{
	char dir[PATH_MAX];
	int err = tree_setup(state);

	if (err)
		return err;
	tree_write(*state, "/proc/self/mountinfo", V1);
	tree_mkdir(*state, dir, "/sys/fs/cgroup/memory/a:b");
	err = cgroups_open(*state, &cg);
	return err ? err : taskrows_open(&rows, *state, &cg);
}

static int tear_down(void **state)
{
	taskrows_close(&rows);
	cgroups_close(&cg);
	return tree_teardown(state);
}

static void write_stat(void **state, unsigned int pid, const char *comm, unsigned long flags)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	snprintf(text, sizeof(text),
		 "%u (%s) S 7 1 1 -1 -1 %lu 100 5 3 4 10 20 1 2 -20 -10 4 0 123 9999 8888\n", pid,
		 comm, flags);
	tree_write(*state, path, text);
}

struct seen {
	int n;
	struct ev_task_row row[8];
	char path[8][64];
};

static void take(void *ctx, struct ev_task_row *row, const char *path)
{
	struct seen *seen = ctx;

	assert_true(seen->n < 8);
	seen->row[seen->n] = *row;
	snprintf(seen->path[seen->n++], sizeof(seen->path[0]), "%s", path);
}

static struct seen seen;

static void look(void)
{
	seen.n = 0;
	assert_int_equal(taskrows_each(&rows, take, &seen), 0);
}

static void process_is_told_with_all_that_proc_has(void **state)
{
	const struct ev_task_row *r = &seen.row[0];
	uint64_t id;

	write_stat(state, 42, "a) R 1 (b", 0x400000);
	tree_write(*state, "/proc/42/status",
		   "Name:\tx\nUid:\t1000\t0\t0\t0\nVmSize:\t    100 kB\nVmRSS:\t 9 kB\n"
		   "RssAnon:\t 10 kB\nRssFile:\t 20 kB\nRssShmem:\t 30 kB\nVmPTE:\t 40 kB\n"
		   "VmSwap:\t 50 kB\n");
	tree_write(*state, "/proc/42/oom_score_adj", "-997\n");
	tree_write(*state, "/proc/42/cgroup", "5:cpu,memory:/a:b\n0::/other\n");
	assert_int_equal(cgroup_id(&cg, "/a:b", &id), 0);
	look();
	assert_int_equal(seen.n, 1);
	assert_int_equal(event_check(r, sizeof(*r)), 0);
	assert_int_equal(r->task.tgid, 42);
	assert_int_equal(r->task.tid, 42);
	assert_string_equal(r->task.comm, "a) R 1 (b");
	assert_int_equal(r->state, 'S');
	assert_int_equal(r->ppid, 7);
	assert_int_equal(r->threads, 4);
	assert_int_equal(r->min_flt, 100);
	assert_int_equal(r->maj_flt, 3);
	assert_int_equal(r->task.start_ns, 123 * (1000000000ull / sysconf(_SC_CLK_TCK)));
	assert_int_equal(r->task.uid, 1000);
	assert_int_equal(r->oom_score_adj, -997);
	assert_int_equal(r->total_vm_bytes, 100 << 10);
	assert_int_equal(r->anon_rss_bytes, 10 << 10);
	assert_int_equal(r->file_rss_bytes, 20 << 10);
	assert_int_equal(r->shmem_rss_bytes, 30 << 10);
	assert_int_equal(r->pgtables_bytes, 40 << 10);
	assert_int_equal(r->swap_bytes, 50 << 10);
	assert_int_equal(r->leader, 1);
	assert_int_equal(r->sized, 1);
	assert_int_equal(r->task.cgroup, id);
	assert_string_equal(seen.path[0], "/a:b");
}

static void what_may_not_be_read_is_left_out(void **state)
{
	write_stat(state, 42, "plain", 0);
	look();
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.row[0].sized, 0);
	assert_int_equal(seen.row[0].task.cgroup, 0);
	assert_string_equal(seen.path[0], "");
}

static void cgroup_that_is_gone_is_not_that_of_its_neighbour(void **state)
{
	write_stat(state, 42, "x", 0);
	write_stat(state, 43, "y", 0);
	tree_write(*state, "/proc/42/cgroup", "5:memory:/a:b\n");
	tree_write(*state, "/proc/43/cgroup", "5:memory:/a:b (deleted)\n");
	look();
	assert_int_equal(seen.n, 2);
	for (int i = 0; i < 2; i++)
		assert_true((seen.row[i].task.cgroup != 0) == (seen.row[i].task.tgid == 42));
}

static void threads_of_the_kernel_and_what_is_no_process_are_left_out(void **state)
{
	write_stat(state, 2, "kthreadd", 0x208040);
	tree_write(*state, "/proc/12ab/stat", "12 (x) S 1\n");
	tree_write(*state, "/proc/13/stat", "13 (cut) S 1 2 3");
	tree_write(*state, "/proc/14/stat", "no parenthesis");
	look();
	assert_int_equal(seen.n, 0);
}

static void each_look_sees_what_is_there_then(void **state)
{
	write_stat(state, 42, "x", 0);
	look();
	assert_int_equal(seen.n, 1);
	write_stat(state, 43, "y", 0);
	look();
	assert_int_equal(seen.n, 2);
}

static void noise_is_survived(void **state)
{
	static char noise[3000];

	for (unsigned int seed = 1; seed <= 100; seed++) {
		size_t len = tree_noise(seed, noise, sizeof(noise));

		tree_write_bytes(*state, "/proc/42/stat", noise, len);
		if (seed % 2)
			write_stat(state, 42, "x", 0);
		tree_write_bytes(*state, "/proc/42/status", noise, len);
		tree_write_bytes(*state, "/proc/42/cgroup", noise, len);
		tree_write_bytes(*state, "/proc/42/oom_score_adj", noise, len);
		look();
		assert_true(seen.n >= (int)(seed % 2));
	}
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(process_is_told_with_all_that_proc_has),
		tree_test(what_may_not_be_read_is_left_out),
		tree_test(cgroup_that_is_gone_is_not_that_of_its_neighbour),
		tree_test(threads_of_the_kernel_and_what_is_no_process_are_left_out),
		tree_test(each_look_sees_what_is_there_then),
		tree_test(noise_is_survived),
	};

	return cmocka_run_group_tests_name("sys_taskrow", tests, NULL, NULL);
}
