/* SPDX-License-Identifier: GPL-2.0 */
/* The hash index, against a plain array that does the same. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include "htab.h"

#define KEYS 64

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void both_halves_of_the_key_count(void **state)
{
	struct htab h;
	uint32_t slot = 0;

	(void)state;
	assert_int_equal(htab_init(&h, 8), 0);
	assert_int_equal(htab_put(&h, 1, 2, 12), 0);
	assert_int_equal(htab_put(&h, 2, 1, 21), 0);
	assert_int_equal(htab_put(&h, 0, 0, 99), 0);
	assert_true(htab_get(&h, 1, 2, &slot));
	assert_int_equal(slot, 12);
	assert_true(htab_get(&h, 2, 1, &slot));
	assert_int_equal(slot, 21);
	assert_true(htab_get(&h, 0, 0, &slot));
	assert_int_equal(slot, 99);
	assert_false(htab_get(&h, 1, 1, &slot));
	htab_fini(&h);
}

static void a_cleared_index_has_no_keys_and_all_its_room(void **state)
{
	struct htab h;
	uint32_t slot = 0;

	(void)state;
	assert_int_equal(htab_init(&h, 100), 0);
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 100; i++)
			assert_int_equal(htab_put(&h, i, round, i), 0);
		htab_clear(&h);
		assert_int_equal(htab_count(&h), 0);
		assert_false(htab_get(&h, 7, round, &slot));
	}
	htab_fini(&h);
	htab_clear(&h); /* harmless */
}

static void a_full_index_refuses_new_keys_but_not_known_ones(void **state)
{
	struct htab h;
	uint32_t slot = 0;

	(void)state;
	assert_int_equal(htab_init(&h, 3), 0);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(htab_put(&h, i, 0, i), 0);
	assert_int_equal(htab_put(&h, 3, 0, 3), -ENOSPC);
	assert_false(htab_get(&h, 3, 0, &slot));
	assert_int_equal(htab_put(&h, 1, 0, 7), 0);
	assert_true(htab_get(&h, 1, 0, &slot));
	assert_int_equal(slot, 7);
	assert_int_equal(htab_count(&h), 3);
	assert_true(htab_del(&h, 0, 0));
	assert_int_equal(htab_put(&h, 3, 0, 3), 0);
	htab_fini(&h);
}

static void removing_what_is_not_in_changes_nothing(void **state)
{
	struct htab h;
	uint32_t slot;

	(void)state;
	assert_int_equal(htab_init(&h, 4), 0);
	assert_false(htab_del(&h, 1, 1));
	htab_put(&h, 1, 1, 1);
	assert_false(htab_del(&h, 1, 2));
	assert_true(htab_del(&h, 1, 1));
	assert_false(htab_del(&h, 1, 1));
	assert_false(htab_get(&h, 1, 1, &slot));
	assert_int_equal(htab_count(&h), 0);
	htab_fini(&h);
}

/* Few keys in a small table: runs collide, wrap around and are torn apart all the time. */
static void random_use_agrees_with_an_array(void **state)
{
	struct htab h;
	struct {
		int in;
		uint32_t slot;
	} model[KEYS] = {0};
	uint64_t seed = 4242;
	size_t count = 0;

	(void)state;
	assert_int_equal(htab_init(&h, KEYS * 3 / 4), 0);
	for (int step = 0; step < 200000; step++) {
		uint64_t r = random_next(&seed);
		size_t k = (r >> 8) % KEYS;
		uint32_t slot = 0;

		switch (r % 3) {
		case 0:
			if (htab_put(&h, k, k * 3, (uint32_t)step) == 0) {
				count += !model[k].in;
				model[k].in = 1;
				model[k].slot = (uint32_t)step;
			} else {
				assert_false(model[k].in);
				assert_int_equal(count, KEYS * 3 / 4);
			}
			break;
		case 1:
			assert_int_equal(htab_del(&h, k, k * 3), model[k].in);
			count -= (size_t)model[k].in;
			model[k].in = 0;
			break;
		default:
			assert_int_equal(htab_get(&h, k, k * 3, &slot), model[k].in);
			if (model[k].in)
				assert_int_equal(slot, model[k].slot);
		}
		assert_int_equal(htab_count(&h), count);
	}
	htab_fini(&h);
}

static void many_keys_are_all_found_and_all_removed(void **state)
{
	enum { N = 100000 };
	struct htab h;
	uint32_t slot;

	(void)state;
	assert_int_equal(htab_init(&h, N), 0);
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(htab_put(&h, i, (uint64_t)i << 32, i), 0);
	for (uint32_t i = 0; i < N; i += 2)
		assert_true(htab_del(&h, i, (uint64_t)i << 32));
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(htab_get(&h, i, (uint64_t)i << 32, &slot), i % 2);
	htab_fini(&h);
}

static void an_index_without_room_stays_empty(void **state)
{
	struct htab h;
	uint32_t slot;

	(void)state;
	assert_int_equal(htab_init(&h, 0), 0);
	assert_int_equal(htab_put(&h, 1, 1, 1), -ENOSPC);
	assert_false(htab_get(&h, 1, 1, &slot));
	htab_fini(&h);
	assert_int_equal(htab_put(&h, 1, 1, 1), -ENOSPC);
	assert_false(htab_del(&h, 1, 1));
	assert_int_equal(htab_init(&h, SIZE_MAX / 2), -ENOMEM);
	assert_false(htab_get(&h, 1, 1, &slot));
	htab_fini(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_halves_of_the_key_count),
		cmocka_unit_test(a_full_index_refuses_new_keys_but_not_known_ones),
		cmocka_unit_test(removing_what_is_not_in_changes_nothing),
		cmocka_unit_test(random_use_agrees_with_an_array),
		cmocka_unit_test(many_keys_are_all_found_and_all_removed),
		cmocka_unit_test(an_index_without_room_stays_empty),
		cmocka_unit_test(a_cleared_index_has_no_keys_and_all_its_room),
	};

	return cmocka_run_group_tests_name("htab", tests, NULL, NULL);
}
