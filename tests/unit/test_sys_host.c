// SPDX-License-Identifier: GPL-2.0
/* Tests of src/sys/host.c and zone.c on fabricated trees. */
#include "test_sys_tree.h"
#include "host.h"

static void vmstat_exact_keys_and_summed_prefixes(void **state)
{
	struct ev_host h;

	tree_write(*state, "/proc/vmstat",
		   "allocstall_dma 1\nallocstall_normal 20\nallocstall_movable 300\n"
		   "pgfault 7\npgmajfault 3\npgscan_direct 5\npgscan_direct_throttle 99\n"
		   "swap_ra 11\nswap_ra_hit 12\n");
	assert_int_equal(host_read(*state, &h), 0);
	assert_int_equal(h.value[HOST_ALLOCSTALL], 321);
	assert_int_equal(h.value[HOST_PGFAULT], 7);
	assert_int_equal(h.value[HOST_PGMAJFAULT], 3);
	assert_int_equal(h.value[HOST_PGSCAN_DIRECT], 5);
	assert_int_equal(h.value[HOST_SWAP_RA], 11);
	assert_true(h.value[HOST_OOM_KILL] == EV_ABSENT);
}

static void meminfo_is_in_bytes(void **state)
{
	struct ev_host h;

	tree_write(*state, "/proc/meminfo",
		   "MemTotal:        8000 kB\nMemFree:          10 kB\nCached:   1 kB\n"
		   "SwapCached:      77 kB\nShmem:            2 kB\nShmemHugePages:  88 kB\n"
		   "SwapTotal:        0 kB\n");
	assert_int_equal(host_read(*state, &h), 0);
	assert_int_equal(h.value[HOST_MEM_TOTAL], 8000 * 1024);
	assert_int_equal(h.value[HOST_CACHED], 1024);
	assert_int_equal(h.value[HOST_SHMEM], 2048);
	assert_int_equal(h.value[HOST_SWAP_TOTAL], 0);
	assert_true(h.value[HOST_SWAP_FREE] == EV_ABSENT);
}

static void psi_totals_are_taken(void **state)
{
	struct ev_host h;

	tree_write(*state, "/proc/pressure/memory", "some avg10=0 total=8\nfull avg10=0 total=4\n");
	assert_int_equal(host_read(*state, &h), 0);
	assert_int_equal(h.value[HOST_PSI_SOME], 8);
	assert_int_equal(h.value[HOST_PSI_FULL], 4);
}

static void all_absent_in_an_empty_tree(void **state)
{
	struct ev_host h;

	memset(&h, 0, sizeof(h));
	assert_int_equal(host_read(*state, &h), 0);
	for (int i = 0; i < HOST_COUNTERS; i++)
		assert_true(h.value[i] == EV_ABSENT);
}

static void unreadable_file_is_an_error_and_the_others_count(void **state)
{
	char buf[PATH_MAX];
	struct ev_host h;

	tree_mkdir(*state, buf, "/proc/vmstat");
	tree_write(*state, "/proc/meminfo", "MemFree: 1 kB\n");
	assert_int_equal(host_read(*state, &h), -EISDIR);
	assert_int_equal(h.value[HOST_MEM_FREE], 1024);
}

static void figures_out_of_range_are_left_out(void **state)
{
	struct ev_host h;

	tree_write(*state, "/proc/vmstat",
		   "pgfault 99999999999999999999\npgmajfault -1\npswpin\n"
		   "allocstall_dma 18446744073709551614\nallocstall_normal 5");
	tree_write(*state, "/proc/meminfo", "MemTotal: 18446744073709551615 kB\nMemFree: x kB\n");
	assert_int_equal(host_read(*state, &h), 0);
	assert_true(h.value[HOST_PGFAULT] == EV_ABSENT);
	assert_true(h.value[HOST_PGMAJFAULT] == EV_ABSENT);
	assert_true(h.value[HOST_PSWPIN] == EV_ABSENT);
	assert_true(h.value[HOST_ALLOCSTALL] == EV_ABSENT - 1);
	assert_true(h.value[HOST_MEM_TOTAL] == EV_ABSENT);
	assert_true(h.value[HOST_MEM_FREE] == EV_ABSENT);
}

static const char zoneinfo[] = "Node 0, zone      DMA\n"
			       "  per-node stats\n"
			       "      nr_inactive_anon 1740\n"
			       "  pages free     3840\n"
			       "        boost    0\n"
			       "        min      58\n"
			       "        low      72\n"
			       "        high     86\n"
			       "        promo    100\n"
			       "        spanned  4095\n"
			       "        present  3998\n"
			       "        managed  3840\n"
			       "        cma      0\n"
			       "        protection: (0, 3018, 4298)\n"
			       "      nr_free_pages 3840\n"
			       "  pagesets\n"
			       "    cpu: 0\n"
			       "              count:    111\n"
			       "              high:     222\n"
			       "              batch:    1\n"
			       "              high_min: 0\n"
			       "  node_unreclaimable:  0\n"
			       "Node 0, zone  Movable\n"
			       "  pages free     0\n"
			       "        min      32\n"
			       "        managed  0\n"
			       "Node 3, zone   Normal\n"
			       "  pages free     5\n"
			       "        min      1\n"
			       "        low      2\n"
			       "        high     3\n"
			       "        managed  9\n";

static void zones_with_memory_in_bytes(void **state)
{
	struct ev_zone z[4];

	tree_write(*state, "/proc/zoneinfo", zoneinfo);
	assert_int_equal(zones_read(*state, z, 4, 4096), 2);
	assert_int_equal(z[0].nid, 0);
	assert_string_equal(z[0].name, "DMA");
	assert_int_equal(z[0].free_bytes, 3840 * 4096);
	assert_int_equal(z[0].min_bytes, 58 * 4096);
	assert_int_equal(z[0].low_bytes, 72 * 4096);
	assert_int_equal(z[0].high_bytes, 86 * 4096);
	assert_int_equal(z[0].managed_bytes, 3840 * 4096);
	assert_int_equal(z[1].nid, 3);
	assert_string_equal(z[1].name, "Normal");
	assert_int_equal(z[1].high_bytes, 3 * 4096);
}

static void unreclaimable_nodes(void **state)
{
	struct ev_zone z[4];

	tree_write(*state, "/proc/zoneinfo",
		   "Node 0, zone      DMA\n        managed  1\n  node_unreclaimable:  1\n"
		   "  start_pfn:           1\n"
		   "Node 0, zone   Normal\n        managed  1\n  node_unreclaimable:  0\n"
		   "Node 1, zone   Normal\n        managed  1\n"
		   "Node 2, zone   Normal\n        managed  1\n  node_unreclaimable:  x\n");
	assert_int_equal(zones_read(*state, z, 4, 4096), 4);
	assert_int_equal(z[0].unreclaimable, 1);
	assert_int_equal(z[1].unreclaimable, 0);
	assert_int_equal(z[2].unreclaimable, 0);
	assert_int_equal(z[3].unreclaimable, 0);
}

static void zones_do_not_exceed_the_array(void **state)
{
	struct ev_zone z[2] = {0};

	tree_write(*state, "/proc/zoneinfo", zoneinfo);
	z[1].nid = 77;
	assert_int_equal(zones_read(*state, z, 1, 4096), 1);
	assert_int_equal(z[1].nid, 77);
	assert_int_equal(zones_read(*state, z, 0, 4096), 0);
}

static void zones_missing_file(void **state)
{
	struct ev_zone z;

	assert_int_equal(zones_read(*state, &z, 1, 4096), -ENOENT);
}

static void zone_figures_out_of_range_are_absent(void **state)
{
	struct ev_zone z;

	tree_write(*state, "/proc/zoneinfo",
		   "Node 0, zone averyveryverylongname\n"
		   "  pages free     18446744073709551615\n"
		   "        min      x\n"
		   "        managed  1");
	assert_int_equal(zones_read(*state, &z, 1, 4096), 1);
	assert_string_equal(z.name, "averyveryverylo");
	assert_true(z.free_bytes == EV_ABSENT);
	assert_true(z.min_bytes == EV_ABSENT);
	assert_int_equal(z.low_bytes, 0);
	assert_int_equal(z.managed_bytes, 4096);
}

static void any_truncation_and_noise_is_survived(void **state)
{
	static char noise[20000];
	struct ev_zone z[8];
	struct ev_host h;

	for (size_t len = 0; len < sizeof(zoneinfo); len += 7) {
		tree_write_bytes(*state, "/proc/zoneinfo", zoneinfo, len);
		assert_in_range(zones_read(*state, z, 8, 4096), 0, 2);
	}
	for (unsigned int seed = 1; seed <= 50; seed++) {
		size_t len = tree_noise(seed, noise, sizeof(noise));

		tree_write_bytes(*state, "/proc/vmstat", noise, len);
		tree_write_bytes(*state, "/proc/meminfo", noise, len);
		tree_write_bytes(*state, "/proc/zoneinfo", noise, len);
		assert_int_equal(host_read(*state, &h), 0);
		assert_true(h.value[HOST_PGFAULT] == EV_ABSENT);
		assert_int_equal(zones_read(*state, z, 8, 4096), 0);
	}
}

#define tree_test(f) cmocka_unit_test_setup_teardown(f, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(vmstat_exact_keys_and_summed_prefixes),
		tree_test(meminfo_is_in_bytes),
		tree_test(psi_totals_are_taken),
		tree_test(all_absent_in_an_empty_tree),
		tree_test(unreadable_file_is_an_error_and_the_others_count),
		tree_test(figures_out_of_range_are_left_out),
		tree_test(zones_with_memory_in_bytes),
		tree_test(unreclaimable_nodes),
		tree_test(zones_do_not_exceed_the_array),
		tree_test(zones_missing_file),
		tree_test(zone_figures_out_of_range_are_absent),
		tree_test(any_truncation_and_noise_is_survived),
	};

	return cmocka_run_group_tests_name("sys_host", tests, NULL, NULL);
}
