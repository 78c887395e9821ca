// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/priv.c, facility.c and self.c on fabricated trees. */
#include "test_sys_tree.h"
#include <sys/mman.h>
#include <linux/capability.h>
#include "priv.h"
#include "self.h"

#define BIT(cap) (1ULL << (cap))

static int check(void **state, uint64_t effective, struct priv *p)
{
	char text[128];

	snprintf(text, sizeof(text), "Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t%016llx\n",
		 (unsigned long long)effective);
	tree_write(*state, "/proc/self/status", text);
	return priv_check(*state, p);
}

static void all_capabilities_miss_nothing(void **state)
{
	struct priv p;
	char buf[512];

	assert_int_equal(check(state, 0x1ffffffffff, &p), 0);
	assert_true(!p.required && !p.useful && !p.user_ns && priv_enough(&p));
	assert_string_equal(priv_missing(&p, buf, sizeof(buf)), "");
}

static void none_misses_all_and_says_how_to_grant(void **state)
{
	struct priv p;
	char buf[512];

	assert_int_equal(check(state, 0, &p), 0);
	assert_true(p.required == (BIT(CAP_BPF) | BIT(CAP_PERFMON)));
	assert_true(p.useful == (BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYSLOG) |
				 BIT(CAP_IPC_LOCK) | BIT(CAP_SYS_RESOURCE)));
	assert_false(priv_enough(&p));
	priv_missing(&p, buf, sizeof(buf));
	assert_non_null(strstr(buf, "missing CAP_BPF and CAP_PERFMON;"));
	assert_non_null(strstr(buf, "sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace,"));
	assert_non_null(strstr(buf, "AmbientCapabilities="));
	assert_true(strlen(buf) < sizeof(buf) - 1);
}

static void one_missing_is_named_alone(void **state)
{
	struct priv p;
	char buf[512];

	assert_int_equal(check(state, BIT(CAP_BPF), &p), 0);
	assert_true(p.required == BIT(CAP_PERFMON));
	assert_non_null(strstr(priv_missing(&p, buf, sizeof(buf)), "missing CAP_PERFMON;"));
}

static void sys_admin_stands_in_for_some(void **state)
{
	struct priv p;

	assert_int_equal(check(state, BIT(CAP_SYS_ADMIN), &p), 0);
	assert_true(priv_enough(&p));
	assert_true(!(p.useful & BIT(CAP_SYSLOG)));
	assert_true(p.useful & BIT(CAP_SYS_PTRACE));
}

static void missing_text_is_cut_to_the_buffer(void **state)
{
	struct priv p;
	char buf[10];

	assert_int_equal(check(state, 0, &p), 0);
	assert_string_equal(priv_missing(&p, buf, sizeof(buf)), "missing C");
}

static void unreadable_status_counts_as_nothing_granted(void **state)
{
	struct priv p;

	assert_int_equal(priv_check(*state, &p), -ENOENT);
	assert_false(priv_enough(&p));
	tree_write(*state, "/proc/self/status", "Name:\tx\nCapEff:\n");
	assert_int_equal(priv_check(*state, &p), -EINVAL);
	assert_false(priv_enough(&p));
	tree_write(*state, "/proc/self/status", "CapEff:\tfffffffffffffffff\n");
	assert_int_equal(priv_check(*state, &p), -ERANGE);
	assert_false(priv_enough(&p));
}

static void capabilities_in_a_user_namespace_do_not_count(void **state)
{
	struct priv p;
	char buf[512];

	tree_write(*state, "/proc/self/uid_map", "         0          0 4294967295\n");
	assert_int_equal(check(state, UINT64_MAX, &p), 0);
	assert_true(priv_enough(&p));
	tree_write(*state, "/proc/self/uid_map", "         0       1000          1\n");
	assert_int_equal(check(state, UINT64_MAX, &p), 0);
	assert_true(p.user_ns);
	assert_false(priv_enough(&p));
	assert_non_null(strstr(priv_missing(&p, buf, sizeof(buf)), "user namespace"));
	tree_write(*state, "/proc/self/uid_map", "         0          0      65536\n");
	assert_int_equal(check(state, UINT64_MAX, &p), 0);
	assert_true(p.user_ns);
}

static void lockdown_is_the_word_in_brackets(void **state)
{
	static const struct {
		const char *text;
		enum lockdown mode;
	} cases[] = {
		{"[none] integrity confidentiality\n", LOCKDOWN_NONE},
		{"none [integrity] confidentiality\n", LOCKDOWN_INTEGRITY},
		{"none integrity [confidentiality]\n", LOCKDOWN_CONFIDENTIALITY},
		{"none integrity confidentiality\n", LOCKDOWN_UNKNOWN},
		{"[none", LOCKDOWN_UNKNOWN},
		{"] [", LOCKDOWN_UNKNOWN},
		{"[unknown]", LOCKDOWN_UNKNOWN},
		{"", LOCKDOWN_UNKNOWN},
	};

	assert_int_equal(lockdown_mode(*state), LOCKDOWN_UNKNOWN);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tree_write(*state, "/sys/kernel/security/lockdown", cases[i].text);
		assert_int_equal(lockdown_mode(*state), cases[i].mode);
	}
	assert_string_equal(lockdown_name(LOCKDOWN_INTEGRITY), "integrity");
}

static void btf_is_there_or_not(void **state)
{
	assert_false(btf_present(*state));
	tree_write(*state, "/sys/kernel/btf/vmlinux", "x");
	assert_true(btf_present(*state));
}

static void tracefs_in_either_place_only_when_mounted(void **state)
{
	struct sysroot *root = *state;
	char dir[PATH_MAX], buf[PATH_MAX];
	size_t len = strlen(root->path);

	tree_mkdir(root, dir, "/sys/kernel/tracing");
	assert_int_equal(tracefs_path(root, buf, sizeof(buf)), -ENOENT);
	tree_mkdir(root, dir, "/sys/kernel/debug/tracing/events");
	assert_int_equal(tracefs_path(root, buf, sizeof(buf)), 0);
	assert_string_equal(buf + len, "/sys/kernel/debug/tracing");
	tree_mkdir(root, dir, "/sys/kernel/tracing/events");
	assert_int_equal(tracefs_path(root, buf, sizeof(buf)), 0);
	assert_string_equal(buf + len, "/sys/kernel/tracing");
	assert_int_equal(tracefs_path(root, buf, 5), -ENAMETOOLONG);
}

static void assert_score(void **state, const char *expected)
{
	char buf[32];

	assert_true(sys_read(*state, buf, sizeof(buf), "/proc/self/oom_score_adj") >= 0);
	assert_string_equal(buf, expected);
}

static void oom_score_is_lowered_and_put_back(void **state)
{
	struct protection p;

	tree_write(*state, "/proc/self/oom_score_adj", "200\n");
	self_protect(*state, &p);
	assert_true(p.score_known && !p.score_error);
	assert_int_equal(p.score_original, 200);
	assert_int_equal(p.score, -1000);
	assert_score(state, "-1000");
	assert_int_equal(self_restore(*state, &p), 0);
	assert_score(state, "200");
}

static void unknown_oom_score_is_left_alone(void **state)
{
	static const char *const texts[] = {"", "x\n", "1001\n", "-1001\n", "99999999999999999999"};
	struct protection p;

	self_protect(*state, &p);
	assert_int_equal(p.score_error, -ENOENT);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		tree_write(*state, "/proc/self/oom_score_adj", texts[i]);
		self_protect(*state, &p);
		assert_int_equal(p.score_error, -EINVAL);
		assert_false(p.score_known);
		assert_int_equal(self_restore(*state, &p), 0);
		assert_score(state, texts[i]);
	}
}

/* A page that was only mapped, or only read, would have to be found when memory is short. */
static void memory_that_may_not_be_locked_is_touched(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len = 8 * page;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *q = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct protection denied = {.lock_error = -EPERM};
	unsigned char there[8];
	char maps[256];

	assert_true(p != MAP_FAILED && q != MAP_FAILED);
	p[page] = 7;
	snprintf(maps, sizeof(maps),
		 "%lx-%lx rw-p 00000000 00:00 0 \n%lx-%lx r--p 00000000 00:00 0 \nnoise\n"
		 "0-ffffffff0000 rw-p 00000000 00:00 0 \n",
		 (unsigned long)p, (unsigned long)p + len, (unsigned long)q,
		 (unsigned long)q + len);
	tree_write(*state, "/proc/self/maps", maps);
	assert_int_equal(mincore(p, len, there), 0);
	assert_false(there[0] & 1);
	assert_int_equal(self_prefault(*state, &denied), -EPERM);
	assert_int_equal(mincore(p, len, there), 0);
	for (int i = 0; i < 8; i++)
		assert_true(there[i] & 1);
	assert_int_equal(p[page], 7);
	munmap(p, len);
	munmap(q, len);
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(all_capabilities_miss_nothing),
		tree_test(none_misses_all_and_says_how_to_grant),
		tree_test(one_missing_is_named_alone),
		tree_test(sys_admin_stands_in_for_some),
		tree_test(missing_text_is_cut_to_the_buffer),
		tree_test(unreadable_status_counts_as_nothing_granted),
		tree_test(capabilities_in_a_user_namespace_do_not_count),
		tree_test(lockdown_is_the_word_in_brackets),
		tree_test(btf_is_there_or_not),
		tree_test(tracefs_in_either_place_only_when_mounted),
		tree_test(oom_score_is_lowered_and_put_back),
		tree_test(unknown_oom_score_is_left_alone),
		tree_test(memory_that_may_not_be_locked_is_touched),
	};

	return cmocka_run_group_tests_name("sys_priv", tests, NULL, NULL);
}
