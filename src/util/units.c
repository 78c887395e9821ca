/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: util. Numbers for people; the contract is in units.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "units.h"

#define NS_PER_SEC 1000000000ULL

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t div_round(uint64_t n, uint64_t by)
{
	return n / by + (n % by >= (by + 1) / 2);
}

/* value / 10^decimals as a decimal number. */
static void fmt_fixed(uint64_t value, int decimals, const char *unit, char *buf, size_t cap)
{
	static const uint64_t scales[] = {1, 10, 100};
	unsigned long long scale = scales[decimals], v = value;

	if (decimals == 0)
		snprintf(buf, cap, "%llu%s", v, unit);
	else
		snprintf(buf, cap, "%llu.%0*llu%s", v / scale, decimals, v % scale, unit);
}

static void fmt_long_duration(uint64_t sec, char *buf, size_t cap)
{
	unsigned long long min = sec / 60, hours = min / 60;

	if (hours == 0)
		snprintf(buf, cap, "%llum%02llus", min, (unsigned long long)sec % 60);
	else if (hours < 48)
		snprintf(buf, cap, "%lluh%02llum", hours, min % 60);
	else
		snprintf(buf, cap, "%llud%02lluh", hours / 24, hours % 24);
}

const char *fmt_ns(uint64_t ns, char *buf, size_t cap)
{
	/* Finest first: the first that needs no more than three digits after rounding serves. */
	static const struct {
		uint64_t quantum;
		int decimals;
		const char *unit;
	} steps[] = {
		{1, 0, " ns"},	     {10, 2, " us"},	  {100, 1, " us"},
		{1000, 0, " us"},    {10000, 2, " ms"},	  {100000, 1, " ms"},
		{1000000, 0, " ms"}, {10000000, 2, " s"}, {100000000, 1, " s"},
	};

	if (ns == 0) {
		snprintf(buf, cap, "0");
		return buf;
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		uint64_t digits = div_round(ns, steps[i].quantum);

		if (digits < 1000) {
			fmt_fixed(digits, steps[i].decimals, steps[i].unit, buf, cap);
			return buf;
		}
	}
	fmt_long_duration(div_round(ns, NS_PER_SEC), buf, cap);
	return buf;
}

const char *fmt_bytes(uint64_t bytes, char *buf, size_t cap)
{
	static const char *const units[] = {" MiB", " GiB", " TiB", " PiB"};
	unsigned int shift = 20, i = 0;
	uint64_t tenths;

	if (bytes == 0) {
		snprintf(buf, cap, "0");
		return buf;
	}
	if (bytes < 1024) {
		fmt_fixed(bytes, 0, " B", buf, cap);
		return buf;
	}
	if (div_round(bytes, 1024) < 1024) {
		fmt_fixed(div_round(bytes, 1024), 0, " KiB", buf, cap);
		return buf;
	}
	for (;; shift += 10, i++) {
		tenths = div_round((bytes >> (shift - 10)) * 10, 1024);
		if (tenths < 10240 || i == ARRAY_SIZE(units) - 1)
			break;
	}
	fmt_fixed(tenths, 1, units[i], buf, cap);
	return buf;
}

const char *fmt_bytes_signed(int64_t bytes, char *buf, size_t cap)
{
	uint64_t size = bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;

	if (bytes == 0 || cap < 2)
		return fmt_bytes(size, buf, cap);
	buf[0] = bytes < 0 ? '-' : '+';
	fmt_bytes(size, buf + 1, cap - 1);
	return buf;
}

const char *fmt_count(uint64_t n, char *buf, size_t cap)
{
	static const char *const units[] = {"M", "G", "T", "P", "E"};
	uint64_t quantum = 10000; /* value of the last of three digits */

	if (n < 1000000) {
		fmt_fixed(n, 0, "", buf, cap);
		return buf;
	}
	for (size_t step = 0; step < 3 * ARRAY_SIZE(units); step++, quantum *= 10) {
		uint64_t digits = div_round(n, quantum);
		int decimals = 2 - (int)(step % 3);

		if (digits >= 1000)
			continue;
		for (; decimals > 0 && digits % 10 == 0; decimals--)
			digits /= 10;
		fmt_fixed(digits, decimals, units[step / 3], buf, cap);
		break;
	}
	return buf;
}

const char *fmt_time_local(uint64_t realtime_ns, char *buf, size_t cap)
{
	time_t sec = (time_t)(realtime_ns / NS_PER_SEC);
	struct tm tm = {0};

	localtime_r(&sec, &tm);
	snprintf(buf, cap, "%02d:%02d:%02d.%03u", tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (unsigned int)(realtime_ns % NS_PER_SEC / 1000000));
	return buf;
}

const char *fmt_time_rfc3339(uint64_t realtime_ns, char *buf, size_t cap)
{
	time_t sec = (time_t)(realtime_ns / NS_PER_SEC);
	struct tm tm = {0};

	gmtime_r(&sec, &tm);
	snprintf(buf, cap, "%04d-%02d-%02dT%02d:%02d:%02d.%09uZ", tm.tm_year + 1900, tm.tm_mon + 1,
		 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (unsigned int)(realtime_ns % NS_PER_SEC));
	return buf;
}

/* A decimal number, exact: whole + frac / scale. */
struct decimal {
	uint64_t whole, frac, scale;
};

/* Reads digits up to the unit, which *end then points at. Digits finer than 1e-9 are dropped. */
static int parse_decimal(const char *s, struct decimal *d, const char **end)
{
	const char *begin = s;
	int digits;

	*d = (struct decimal){.scale = 1};
	for (; *s >= '0' && *s <= '9'; s++) {
		if (__builtin_mul_overflow(d->whole, 10, &d->whole) ||
		    __builtin_add_overflow(d->whole, *s - '0', &d->whole))
			return -ERANGE;
	}
	digits = s > begin;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, digits = 1) {
			if (d->scale == NS_PER_SEC)
				continue;
			d->frac = d->frac * 10 + (uint64_t)(*s - '0');
			d->scale *= 10;
		}
	}
	*end = s;
	return digits ? 0 : -EINVAL;
}

struct unit {
	const char *name;
	uint64_t factor;
};

/* A number followed by one of the units, spelt in any case if nocase. */
static int parse_with_unit(const char *s, const struct unit *units, size_t n, int nocase,
			   uint64_t *value)
{
	struct decimal d;
	const char *name;
	int err = parse_decimal(s, &d, &name);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		unsigned __int128 v;

		if (nocase ? strcasecmp(name, units[i].name) : strcmp(name, units[i].name))
			continue;
		v = (unsigned __int128)d.whole * units[i].factor +
		    (unsigned __int128)d.frac * units[i].factor / d.scale;
		if (v > UINT64_MAX)
			return -ERANGE;
		*value = (uint64_t)v;
		return 0;
	}
	return -EINVAL;
}

int parse_duration(const char *s, uint64_t *ns)
{
	static const struct unit units[] = {
		{"", NS_PER_SEC},
		{"s", NS_PER_SEC},
		{"ns", 1},
		{"us", 1000},
		{"ms", 1000000},
		{"m", 60 * NS_PER_SEC},
		{"min", 60 * NS_PER_SEC},
		{"h", 3600 * NS_PER_SEC},
	};

	return parse_with_unit(s, units, ARRAY_SIZE(units), 0, ns);
}

int parse_size(const char *s, uint64_t *bytes)
{
	static const struct unit units[] = {
		{"", 1},
		{"b", 1},
		{"k", 1ULL << 10},
		{"kb", 1ULL << 10},
		{"kib", 1ULL << 10},
		{"m", 1ULL << 20},
		{"mb", 1ULL << 20},
		{"mib", 1ULL << 20},
		{"g", 1ULL << 30},
		{"gb", 1ULL << 30},
		{"gib", 1ULL << 30},
		{"t", 1ULL << 40},
		{"tb", 1ULL << 40},
		{"tib", 1ULL << 40},
	};

	return parse_with_unit(s, units, ARRAY_SIZE(units), 1, bytes);
}

int parse_u32_list(const char *s, uint32_t *out, int max)
{
	int n = 0;

	for (;; s++) {
		uint32_t value = 0;
		const char *begin = s;

		for (; *s >= '0' && *s <= '9'; s++) {
			if (__builtin_mul_overflow(value, 10, &value) ||
			    __builtin_add_overflow(value, *s - '0', &value))
				return -EINVAL;
		}
		if (s == begin || (*s && *s != ','))
			return -EINVAL;
		if (n == max)
			return -E2BIG;
		out[n++] = value;
		if (!*s)
			return n;
	}
}
