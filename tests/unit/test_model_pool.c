/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory taken at the start: slot numbers and strings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "pool.h"

static void slots_come_back_and_run_out(void **state)
{
	struct slots s;

	(void)state;
	assert_int_equal(slots_init(&s, 2), 0);
	assert_int_equal(slots_take(&s), 0);
	assert_int_equal(slots_take(&s), 1);
	assert_int_equal(slots_take(&s), NO_SLOT);
	slots_give(&s, 0);
	slots_give(&s, 1);
	assert_int_equal(slots_take(&s), 1);
	assert_int_equal(slots_take(&s), 0);
	assert_int_equal(slots_take(&s), NO_SLOT);
	slots_fini(&s);
}

static void strings_share_a_pool_without_touching_each_other(void **state)
{
	char *kept[16], text[200];
	struct strpool p;

	(void)state;
	assert_int_equal(strpool_init(&p, 16 * 64), 0);
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 5; i++) {
			memset(text, 'a' + i, sizeof(text));
			text[(i * 61 + round) % 190] = '\0';
			kept[i] = strpool_dup(&p, text, sizeof(text));
			assert_non_null(kept[i]);
		}
		for (int i = 0; i < 5; i++) {
			memset(text, 'a' + i, sizeof(text));
			text[(i * 61 + round) % 190] = '\0';
			assert_string_equal(kept[i], text);
			strpool_free(&p, kept[i]);
		}
	}
	memset(text, 'x', sizeof(text));
	assert_non_null(strpool_dup(&p, text, 63)); /* one block */
	assert_non_null(strpool_dup(&p, text, 64)); /* two: the NUL */
	for (int i = 0; i < 13; i++)
		assert_non_null(strpool_dup(&p, "", 0));
	assert_null(strpool_dup(&p, "", 0));
	strpool_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_come_back_and_run_out),
		cmocka_unit_test(strings_share_a_pool_without_touching_each_other),
	};

	return cmocka_run_group_tests_name("model_pool", tests, NULL, NULL);
}
