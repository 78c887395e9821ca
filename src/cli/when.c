// SPDX-License-Identifier: GPL-2.0
/* Layer: cli. See when.h. */
#include "when.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "units.h"

#define NS_PER_S 1000000000ull

/* A number of up to max digits; where it ends, or NULL. */
static const char *digits(const char *s, int min, int max, int *out)
{
	int n = 0;

	for (*out = 0; n < max && *s >= '0' && *s <= '9'; n++)
		*out = *out * 10 + (*s++ - '0');
	return n < min ? NULL : s;
}

/* ".5" into ns; where it ends, or NULL. */
static const char *fraction(const char *s, uint64_t *ns)
{
	uint64_t unit = NS_PER_S / 10;
	const char *from = s;

	for (*ns = 0; *s >= '0' && *s <= '9'; s++, unit /= 10)
		*ns += (uint64_t)(*s - '0') * unit;
	return s == from ? NULL : s;
}

/* HH:MM[:SS[.frac]]; where it ends, or NULL. */
static const char *time_of_day(const char *s, struct tm *tm, uint64_t *ns)
{
	*ns = 0;
	tm->tm_sec = 0;
	s = digits(s, 1, 2, &tm->tm_hour);
	if (!s || *s != ':')
		return NULL;
	s = digits(s + 1, 2, 2, &tm->tm_min);
	if (s && *s == ':')
		s = digits(s + 1, 2, 2, &tm->tm_sec);
	if (s && *s == '.')
		s = fraction(s + 1, ns);
	return s && tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec <= 60 ? s : NULL;
}

/* YYYY-MM-DD */
static const char *date(const char *s, struct tm *tm)
{
	s = digits(s, 4, 4, &tm->tm_year);
	if (!s || *s != '-')
		return NULL;
	s = digits(s + 1, 2, 2, &tm->tm_mon);
	if (!s || *s != '-')
		return NULL;
	s = digits(s + 1, 2, 2, &tm->tm_mday);
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return s && tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 && tm->tm_mday <= 31
		       ? s
		       : NULL;
}

/* Z or +02:00; seconds east of UTC. */
static const char *zone(const char *s, long *east)
{
	int sign = *s == '-' ? -1 : 1, hours, minutes;

	*east = 0;
	if (*s == 'Z' || *s == 'z')
		return s + 1;
	s = digits(s + 1, 2, 2, &hours);
	if (s && *s == ':')
		s++;
	s = s ? digits(s, 2, 2, &minutes) : NULL;
	if (s)
		*east = sign * (hours * 3600L + minutes * 60L);
	return s;
}

static int local_ns(struct tm tm, uint64_t fraction_ns, uint64_t *ns)
{
	time_t t;

	tm.tm_isdst = -1;
	t = mktime(&tm);
	if (t < 0)
		return -EINVAL;
	*ns = (uint64_t)t * NS_PER_S + fraction_ns;
	return 0;
}

static int parse_dated(const char *s, uint64_t *wall_ns)
{
	struct tm tm = {0};
	uint64_t part;
	long east;
	time_t t;

	s = date(s, &tm);
	if (!s || (*s != 'T' && *s != 't' && *s != ' '))
		return -EINVAL;
	s = time_of_day(s + 1, &tm, &part);
	if (!s)
		return -EINVAL;
	if (!*s)
		return local_ns(tm, part, wall_ns);
	if (!strchr("Zz+-", *s))
		return -EINVAL;
	s = zone(s, &east);
	if (!s || *s)
		return -EINVAL;
	t = timegm(&tm) - east;
	*wall_ns = (uint64_t)t * NS_PER_S + part;
	return t < 0 ? -EINVAL : 0;
}

/* On the first day on which the recording covers it; where none does, on its first day. */
static int parse_today(const char *s, const struct when_span *span, uint64_t *wall_ns)
{
	time_t begin = (time_t)(span->begin_ns / NS_PER_S);
	uint64_t part, ns = 0;
	struct tm day, tm;

	localtime_r(&begin, &day);
	tm = day;
	s = time_of_day(s, &tm, &part);
	if (!s || *s || local_ns(tm, part, wall_ns))
		return -EINVAL;
	for (ns = *wall_ns; ns < span->begin_ns;) {
		tm.tm_mday++;
		if (local_ns(tm, part, &ns) || ns > span->end_ns)
			return 0;
	}
	*wall_ns = ns;
	return 0;
}

int when_parse(const char *s, const struct when_span *span, uint64_t *wall_ns)
{
	uint64_t ns;

	if (*s == '+' || *s == '-') {
		if (parse_duration(s + 1, &ns))
			return -EINVAL;
		if (*s == '+')
			*wall_ns = span->begin_ns + ns;
		else
			*wall_ns = ns < span->end_ns - span->begin_ns ? span->end_ns - ns
								      : span->begin_ns;
		return 0;
	}
	return strchr(s, '-') && !parse_dated(s, wall_ns) ? 0 : parse_today(s, span, wall_ns);
}

const char *when_words(const struct when_span *span, char *buf, size_t cap)
{
	time_t t[2] = {(time_t)(span->begin_ns / NS_PER_S), (time_t)(span->end_ns / NS_PER_S)};
	struct tm from, to;
	char a[64], b[64];
	bool same;

	localtime_r(&t[0], &from);
	localtime_r(&t[1], &to);
	same = from.tm_year == to.tm_year && from.tm_yday == to.tm_yday;
	strftime(a, sizeof(a), "%Y-%m-%d %H:%M:%S", &from);
	strftime(b, sizeof(b), same ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &to);
	snprintf(buf, cap, "%s to %s", a, b);
	return buf;
}
