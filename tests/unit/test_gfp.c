/* SPDX-License-Identifier: GPL-2.0 */
/* Allocation flags in words, against what Linux 6.18 itself prints for the same masks. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "event.h"

/* Composites by their numbers on 6.18 (tracefs format of mm_vmscan_direct_reclaim_begin). */
#define DIRECT_RECLAIM	 (1u << 10)
#define KSWAPD_RECLAIM	 (1u << 11)
#define IO		 (1u << 6)
#define FS		 (1u << 7)
#define HARDWALL	 (1u << 20)
#define HIGHMEM		 (1u << 1)
#define MOVABLE		 (1u << 3)
#define COMP		 (1u << 18)
#define NOMEMALLOC	 (1u << 19)
#define NOWARN		 (1u << 13)
#define KERNEL		 (DIRECT_RECLAIM | KSWAPD_RECLAIM | IO | FS)
#define HIGHUSER_MOVABLE (KERNEL | HARDWALL | HIGHMEM | MOVABLE)
#define TRANSHUGE_LIGHT                                                                            \
	((HIGHUSER_MOVABLE | COMP | NOMEMALLOC | NOWARN) & ~(DIRECT_RECLAIM | KSWAPD_RECLAIM))

static void assert_gfp(uint32_t gfp, const char *expected)
{
	char buf[512];

	assert_string_equal(gfp_format(gfp, gfp_default_names, buf, sizeof(buf)), expected);
}

static void composites_are_named_as_the_kernel_does(void **state)
{
	(void)state;
	assert_gfp(0, "none");
	assert_gfp(TRANSHUGE_LIGHT | DIRECT_RECLAIM, "GFP_TRANSHUGE");
	assert_gfp(TRANSHUGE_LIGHT, "GFP_TRANSHUGE_LIGHT");
	assert_gfp(HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE");
	assert_gfp(KERNEL | HARDWALL | HIGHMEM, "GFP_HIGHUSER");
	assert_gfp(KERNEL | HARDWALL, "GFP_USER");
	assert_gfp(KERNEL | 1u << 22, "GFP_KERNEL_ACCOUNT");
	assert_gfp(KERNEL, "GFP_KERNEL");
	assert_gfp(KERNEL & ~FS, "GFP_NOFS");
	assert_gfp(1u << 5 | KSWAPD_RECLAIM, "GFP_ATOMIC");
	assert_gfp(DIRECT_RECLAIM | KSWAPD_RECLAIM, "GFP_NOIO");
	assert_gfp(KSWAPD_RECLAIM | NOWARN, "GFP_NOWAIT");
	assert_gfp(1u << 0, "GFP_DMA");
	assert_gfp(1u << 2, "GFP_DMA32");
}

static void what_composites_leave_follows_bit_by_bit(void **state)
{
	(void)state;
	assert_gfp(0x140cca, "GFP_HIGHUSER_MOVABLE|__GFP_COMP");
	assert_gfp(KERNEL | NOWARN | 1u << 16 | COMP,
		   "GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP");
	assert_gfp(KSWAPD_RECLAIM, "__GFP_KSWAPD_RECLAIM");
	assert_gfp(DIRECT_RECLAIM | IO, "__GFP_IO|__GFP_DIRECT_RECLAIM");
	assert_gfp(KERNEL | HARDWALL | 1u << 5, "GFP_USER|__GFP_HIGH");
}

static void bits_without_a_name_are_hexadecimal(void **state)
{
	(void)state;
	assert_gfp(1u << 9, "0x200");
	assert_gfp(KERNEL | 1u << 9 | 1u << 31, "GFP_KERNEL|0x80000200");
}

static void composites_follow_bits_that_moved(void **state)
{
	static const char names[32][GFP_NAME_LEN] = {
		[0] = "__GFP_IO", [1] = "__GFP_FS", [2] = "__GFP_MINE"};
	char moved[32][GFP_NAME_LEN], buf[128];

	(void)state;
	memcpy(moved, names, sizeof(moved));
	memcpy(moved[30], gfp_default_names[10], sizeof(moved[30]));
	memcpy(moved[31], gfp_default_names[11], sizeof(moved[31]));
	gfp_format(0xc0000003, (const char(*)[GFP_NAME_LEN])moved, buf, sizeof(buf));
	assert_string_equal(buf, "GFP_KERNEL");
	gfp_format(0xc0000007, (const char(*)[GFP_NAME_LEN])moved, buf, sizeof(buf));
	assert_string_equal(buf, "GFP_KERNEL|__GFP_MINE");
}

static void a_composite_with_an_unnamed_bit_is_not_used(void **state)
{
	static const char none[32][GFP_NAME_LEN];
	char buf[128];

	(void)state;
	assert_string_equal(gfp_format(KERNEL, none, buf, sizeof(buf)), "0xcc0");
}

/* GFP_HIGHUSER_MOVABLE includes __GFP_SKIP_KASAN on kernels that have this bit (arm64). */
static void an_optional_bit_counts_where_it_exists(void **state)
{
	char names[32][GFP_NAME_LEN], buf[128];

	(void)state;
	memcpy(names, gfp_default_names, sizeof(names));
	strcpy(names[25], "__GFP_SKIP_KASAN");
	gfp_format(HIGHUSER_MOVABLE | 1u << 25, (const char(*)[GFP_NAME_LEN])names, buf,
		   sizeof(buf));
	assert_string_equal(buf, "GFP_HIGHUSER_MOVABLE");
	gfp_format(HIGHUSER_MOVABLE, (const char(*)[GFP_NAME_LEN])names, buf, sizeof(buf));
	assert_string_equal(buf, "GFP_HIGHUSER|__GFP_MOVABLE");
}

static void short_buffers_are_filled_and_terminated(void **state)
{
	char buf[64];

	(void)state;
	for (size_t cap = 1; cap < sizeof(buf); cap++) {
		memset(buf, '#', sizeof(buf));
		gfp_format(UINT32_MAX, gfp_default_names, buf, cap);
		assert_int_equal(strlen(buf), cap - 1);
		assert_int_equal(buf[cap], '#');
	}
	buf[0] = '#';
	gfp_format(KERNEL, gfp_default_names, buf, 0);
	assert_int_equal(buf[0], '#');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(composites_are_named_as_the_kernel_does),
		cmocka_unit_test(what_composites_leave_follows_bit_by_bit),
		cmocka_unit_test(bits_without_a_name_are_hexadecimal),
		cmocka_unit_test(composites_follow_bits_that_moved),
		cmocka_unit_test(a_composite_with_an_unnamed_bit_is_not_used),
		cmocka_unit_test(an_optional_bit_counts_where_it_exists),
		cmocka_unit_test(short_buffers_are_filled_and_terminated),
	};

	return cmocka_run_group_tests_name("gfp", tests, NULL, NULL);
}
