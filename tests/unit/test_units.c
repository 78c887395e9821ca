/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers for people, both ways, and foreign strings made fit for a terminal. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "units.h"

static void assert_ns(uint64_t ns, const char *expected)
{
	char buf[UNITS_LEN];

	assert_string_equal(fmt_ns(ns, buf, sizeof(buf)), expected);
}

static void assert_bytes(uint64_t bytes, const char *expected)
{
	char buf[UNITS_LEN];

	assert_string_equal(fmt_bytes(bytes, buf, sizeof(buf)), expected);
}

static void assert_signed(int64_t bytes, const char *expected)
{
	char buf[UNITS_LEN];

	assert_string_equal(fmt_bytes_signed(bytes, buf, sizeof(buf)), expected);
}

static void assert_count(uint64_t n, const char *expected)
{
	char buf[UNITS_LEN];

	assert_string_equal(fmt_count(n, buf, sizeof(buf)), expected);
}

static void durations_have_three_digits_and_a_unit(void **state)
{
	(void)state;
	assert_ns(0, "0");
	assert_ns(1, "1 ns");
	assert_ns(850, "850 ns");
	assert_ns(12300, "12.3 us");
	assert_ns(4560000, "4.56 ms");
	assert_ns(1200000000, "1.20 s");
	assert_ns(95000000000, "95.0 s");
	assert_ns(312000000000, "5m12s");
	assert_ns(7500000000000, "2h05m");
	assert_ns(259200000000000, "3d00h");
	assert_ns(UINT64_MAX, "213503d23h");
}

static void durations_that_round_up_take_the_next_unit(void **state)
{
	(void)state;
	assert_ns(999, "999 ns");
	assert_ns(9994, "9.99 us");
	assert_ns(9995, "10.0 us");
	assert_ns(99950, "100 us");
	assert_ns(999499, "999 us");
	assert_ns(999500, "1.00 ms");
	assert_ns(999500000, "1.00 s");
	assert_ns(99949999999, "99.9 s");
	assert_ns(99950000000, "1m40s");
	assert_ns(3599500000000, "1h00m");
}

static void sizes_are_binary(void **state)
{
	(void)state;
	assert_bytes(0, "0");
	assert_bytes(512, "512 B");
	assert_bytes(4096, "4 KiB");
	assert_bytes(1536 << 10, "1.5 MiB");
	assert_bytes(12ULL << 30, "12.0 GiB");
	assert_bytes((1 << 20) - 1, "1.0 MiB");
	assert_bytes((1 << 20) - 1024, "1023 KiB");
	assert_bytes((1ULL << 30) - 1, "1.0 GiB");
	assert_bytes(5ULL << 50, "5.0 PiB");
	assert_bytes(UINT64_MAX, "16384.0 PiB");
}

static void signed_sizes_show_their_sign(void **state)
{
	(void)state;
	assert_signed(0, "0");
	assert_signed(4096, "+4 KiB");
	assert_signed(-(1536 << 10), "-1.5 MiB");
	assert_signed(INT64_MIN, "-8192.0 PiB");
}

static void counts_shorten_from_a_million(void **state)
{
	(void)state;
	assert_count(0, "0");
	assert_count(999999, "999999");
	assert_count(1000000, "1M");
	assert_count(1234567, "1.23M");
	assert_count(4500000000, "4.5G");
	assert_count(999499999, "999M");
	assert_count(999500000, "1G");
	assert_count(120000000, "120M");
	assert_count(UINT64_MAX, "18.4E");
}

static void short_buffers_are_never_overrun(void **state)
{
	char buf[4] = "abc";

	(void)state;
	fmt_ns(12300, buf, 3);
	assert_string_equal(buf, "12");
	assert_int_equal(buf[3], '\0');
	fmt_bytes_signed(4096, buf, 2);
	assert_string_equal(buf, "+");
}

static void durations_are_read(void **state)
{
	uint64_t ns;

	(void)state;
	assert_int_equal(parse_duration("100us", &ns), 0);
	assert_int_equal(ns, 100000);
	assert_int_equal(parse_duration("1.5ms", &ns), 0);
	assert_int_equal(ns, 1500000);
	assert_int_equal(parse_duration("30", &ns), 0);
	assert_int_equal(ns, 30000000000);
	assert_int_equal(parse_duration("0.5", &ns), 0);
	assert_int_equal(ns, 500000000);
	assert_int_equal(parse_duration("10m", &ns), 0);
	assert_int_equal(ns, 600000000000);
	assert_int_equal(parse_duration("2h", &ns), 0);
	assert_int_equal(ns, 7200000000000);
	assert_int_equal(parse_duration("7ns", &ns), 0);
	assert_int_equal(ns, 7);
	assert_int_equal(parse_duration("0.1234567899999s", &ns), 0);
	assert_int_equal(ns, 123456789);
	assert_int_equal(parse_duration("18446744073709551615ns", &ns), 0);
	assert_true(ns == UINT64_MAX);
}

static void bad_durations_are_refused(void **state)
{
	static const char *const bad[] = {"",	 " ",	"s",   ".",   "-1",   "+1",    "1x",
					  "1 s", " 1s", "1e3", "nan", "0x10", "1.2.3", "1MS"};
	uint64_t ns = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_duration(bad[i], &ns), -EINVAL);
	assert_int_equal(parse_duration("18446744074", &ns), -ERANGE);
	assert_int_equal(parse_duration("18446744073709551616ns", &ns), -ERANGE);
	assert_int_equal(parse_duration("99999999999999999999999", &ns), -ERANGE);
	assert_int_equal(ns, 77);
}

static void sizes_are_read(void **state)
{
	uint64_t bytes;

	(void)state;
	assert_int_equal(parse_size("64k", &bytes), 0);
	assert_int_equal(bytes, 65536);
	assert_int_equal(parse_size("8M", &bytes), 0);
	assert_int_equal(bytes, 8 << 20);
	assert_int_equal(parse_size("1GiB", &bytes), 0);
	assert_int_equal(bytes, 1 << 30);
	assert_int_equal(parse_size("1.5kb", &bytes), 0);
	assert_int_equal(bytes, 1536);
	assert_int_equal(parse_size("123", &bytes), 0);
	assert_int_equal(bytes, 123);
	assert_int_equal(parse_size("16777216T", &bytes), -ERANGE);
	assert_int_equal(parse_size("12q", &bytes), -EINVAL);
	assert_int_equal(parse_size("", &bytes), -EINVAL);
	assert_int_equal(parse_size("-5", &bytes), -EINVAL);
}

static void lists_of_numbers_are_read_strictly(void **state)
{
	uint32_t out[3] = {0};

	(void)state;
	assert_int_equal(parse_u32_list("7", out, 3), 1);
	assert_int_equal(out[0], 7);
	assert_int_equal(parse_u32_list("1,2,4294967295", out, 3), 3);
	assert_int_equal(out[1], 2);
	assert_true(out[2] == UINT32_MAX);
	assert_int_equal(parse_u32_list("1,2,3,4", out, 3), -E2BIG);
	assert_int_equal(parse_u32_list("", out, 3), -EINVAL);
	assert_int_equal(parse_u32_list("1,", out, 3), -EINVAL);
	assert_int_equal(parse_u32_list(",1", out, 3), -EINVAL);
	assert_int_equal(parse_u32_list("1 ,2", out, 3), -EINVAL);
	assert_int_equal(parse_u32_list("-1", out, 3), -EINVAL);
	assert_int_equal(parse_u32_list("4294967296", out, 3), -EINVAL);
}

static void wall_time_is_written_in_both_forms(void **state)
{
	char buf[UNITS_LEN];

	(void)state;
	assert_string_equal(fmt_time_rfc3339(1795247030123456789, buf, sizeof(buf)),
			    "2026-11-21T07:43:50.123456789Z");
	assert_string_equal(fmt_time_rfc3339(0, buf, sizeof(buf)),
			    "1970-01-01T00:00:00.000000000Z");
	setenv("TZ", "XYZ-8", 1); /* eight hours east of UTC */
	tzset();
	assert_string_equal(fmt_time_local(1795247030123999999, buf, sizeof(buf)), "15:43:50.123");
}

static void assert_safe(const char *raw, const char *expected)
{
	char buf[256];

	assert_string_equal(text_safe(raw, strlen(raw), buf, sizeof(buf)), expected);
}

static void harmless_text_stays_as_it_is(void **state)
{
	(void)state;
	assert_safe("", "");
	assert_safe("java", "java");
	assert_safe("/a b/\"q'/x\\x2dy", "/a b/\"q'/x\\x2dy");
	assert_safe("caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\xa7",
		    "caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\xa7");
}

static void what_steers_a_terminal_is_escaped(void **state)
{
	(void)state;
	assert_safe("a\x1b[31mred\n\t\x7f", "a\\x1b[31mred\\x0a\\x09\\x7f");
	assert_safe("\xc2\x9b[2J", "\\u{9b}[2J");
	assert_safe("a\xe2\x80\xae"
		    "b\xe2\x81\xa6",
		    "a\\u{202e}b\\u{2066}");
	assert_safe("\xe2\x80\xa8", "\\u{2028}");
}

static void what_is_not_utf8_is_escaped_byte_by_byte(void **state)
{
	(void)state;
	assert_safe("\x9b[2J", "\\x9b[2J");
	assert_safe("\xc0\xaf", "\\xc0\\xaf");			 /* overlong */
	assert_safe("\xed\xa0\x80", "\\xed\\xa0\\x80");		 /* surrogate */
	assert_safe("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	assert_safe("x\xe6\x97", "x\\xe6\\x97");		 /* cut off */
	assert_safe("\xff\xfe", "\\xff\\xfe");
}

static void an_embedded_nul_does_not_end_the_string(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(text_safe("a\0b", 3, buf, sizeof(buf)), "a\\x00b");
}

static void truncation_never_cuts_a_character_or_an_escape(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(text_safe("abcdefgh", 8, buf, 9), "abcdefgh");
	assert_string_equal(text_safe("abcdefgh", 8, buf, 8), "abcd...");
	assert_string_equal(text_safe("ab\xe6\x97\xa5xyz", 8, buf, 8), "ab...");
	assert_string_equal(text_safe("a\x1b\x1b\x1b", 4, buf, 10), "a\\x1b...");
	assert_string_equal(text_safe("a\x1b\x1b\x1b", 4, buf, 8), "a...");
	assert_string_equal(text_safe("abcdefgh", 8, buf, 3), "..");
	assert_string_equal(text_safe("abcdefgh", 8, buf, 1), "");
	buf[0] = 'q';
	text_safe("abc", 3, buf, 0);
	assert_int_equal(buf[0], 'q');
}

/* Whatever the bytes and the room, the result is printable and in bounds. */
static void any_bytes_come_out_harmless(void **state)
{
	uint64_t seed = 99;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char raw[24], buf[64];
		size_t cap;

		for (size_t i = 0; i < sizeof(raw); i++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			raw[i] = (char)(seed >> 56);
		}
		cap = 1 + seed % sizeof(buf);
		text_safe(raw, sizeof(raw), buf, cap);
		assert_true(strlen(buf) < cap);
		for (size_t i = 0; buf[i];) {
			uint32_t cp = 0;
			int n = utf8_decode(buf + i, strlen(buf + i), &cp);

			assert_true(n > 0 && cp >= 0x20 && (cp < 0x7f || cp > 0x9f));
			i += (size_t)n;
		}
	}
}

static void width_counts_characters(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("caf\xc3\xa9"), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_have_three_digits_and_a_unit),
		cmocka_unit_test(durations_that_round_up_take_the_next_unit),
		cmocka_unit_test(sizes_are_binary),
		cmocka_unit_test(signed_sizes_show_their_sign),
		cmocka_unit_test(counts_shorten_from_a_million),
		cmocka_unit_test(short_buffers_are_never_overrun),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(bad_durations_are_refused),
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(lists_of_numbers_are_read_strictly),
		cmocka_unit_test(wall_time_is_written_in_both_forms),
		cmocka_unit_test(harmless_text_stays_as_it_is),
		cmocka_unit_test(what_steers_a_terminal_is_escaped),
		cmocka_unit_test(what_is_not_utf8_is_escaped_byte_by_byte),
		cmocka_unit_test(an_embedded_nul_does_not_end_the_string),
		cmocka_unit_test(truncation_never_cuts_a_character_or_an_escape),
		cmocka_unit_test(any_bytes_come_out_harmless),
		cmocka_unit_test(width_counts_characters),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
