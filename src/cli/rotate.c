// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See rotate.h.
 */
#include "rotate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PREFIX_LEN 4  /* "oom-", "now-" */
#define TIME_LEN   16 /* "20261128T051233Z" */

static const char time_shape[] = "00000000T000000Z";

static void time_text(uint64_t realtime_ns, char buf[TIME_LEN + 1])
{
	time_t sec = (time_t)(realtime_ns / 1000000000);
	struct tm tm = {0};

	gmtime_r(&sec, &tm);
	if (!strftime(buf, TIME_LEN + 1, "%Y%m%dT%H%M%SZ", &tm))
		snprintf(buf, TIME_LEN + 1, "%s", time_shape);
}

static bool char_is_safe(char c)
{
	return isascii(c) && (isalnum(c) || (c && strchr("._-+", c)));
}

void report_name_make(const struct report_name *name, unsigned copy, char buf[REPORT_NAME_CAP])
{
	char comm[17] = "", when[TIME_LEN + 1], number[16] = "";

	time_text(name->realtime_ns, when);
	if (copy > 1)
		snprintf(number, sizeof(number), "-%u", copy);
	if (name->asked) {
		snprintf(buf, REPORT_NAME_CAP, "now-%s%s", when, number);
		return;
	}
	snprintf(comm, sizeof(comm), "%s", *name->comm ? name->comm : "_");
	for (char *c = comm; *c; c++)
		if (!char_is_safe(*c))
			*c = '_';
	snprintf(buf, REPORT_NAME_CAP, "oom-%s-%s-%u%s", when, comm, name->pid, number);
}

static bool time_is_valid(const char *s)
{
	for (int i = 0; i < TIME_LEN; i++)
		if (time_shape[i] == '0' ? !isdigit((unsigned char)s[i]) : s[i] != time_shape[i])
			return false;
	return true;
}

/* "-COMM-PID" and perhaps "-2": all of it characters that we let be, and a number at the end. */
static bool rest_is_valid(const char *rest, size_t len, bool asked)
{
	size_t digits = 0;

	if (!len)
		return asked;
	for (size_t i = 0; i < len; i++)
		if (!char_is_safe(rest[i]))
			return false;
	while (digits < len && isdigit((unsigned char)rest[len - 1 - digits]))
		digits++;
	if (!digits || digits == len || rest[0] != '-' || rest[len - 1 - digits] != '-')
		return false;
	return asked ? digits + 1 == len : digits + 2 < len;
}

static int form_of(const char *ext)
{
	for (int form = 0; form < REPORT_FORMS; form++)
		if (!strcmp(ext, report_forms[form].ext))
			return form;
	return -1;
}

size_t report_name_base(const char *file)
{
	bool asked = !strncmp(file, "now-", PREFIX_LEN);
	const char *dot = strrchr(file, '.');
	size_t head = PREFIX_LEN + TIME_LEN, len = dot ? (size_t)(dot - file) : 0;

	if (!asked && strncmp(file, "oom-", PREFIX_LEN))
		return 0;
	if (len < head || len + sizeof(".json") > REPORT_NAME_CAP || form_of(dot + 1) < 0)
		return 0;
	if (!time_is_valid(file + PREFIX_LEN) || !rest_is_valid(file + head, len - head, asked))
		return 0;
	return len;
}

/* The oldest that one reading of the directory has found, oldest first. */
#define BATCH 64

struct pass {
	int dirfd;
	char now[TIME_LEN + 1];
	const char *spared;
	int found; /* reports in all */
	char oldest[BATCH][REPORT_NAME_CAP];
	int n;
};

static bool is_future(const struct pass *p, const char *base)
{
	return strncmp(base + PREFIX_LEN, p->now, TIME_LEN) > 0;
}

static bool is_older(const struct pass *p, const char *a, const char *b)
{
	bool future = is_future(p, a);

	if (future != is_future(p, b))
		return future;
	return strverscmp(a + PREFIX_LEN, b + PREFIX_LEN) < 0;
}

static void name_with(char buf[REPORT_NAME_CAP + 8], const char *base, size_t len, int form)
{
	snprintf(buf, REPORT_NAME_CAP + 8, "%.*s.%s", (int)len, base, report_forms[form].ext);
}

/* Each report is counted once: by the first of its forms that is there. */
static bool is_first_form(const struct pass *p, const char *file, size_t len)
{
	char other[REPORT_NAME_CAP + 8];

	for (int form = 0; form < form_of(file + len + 1); form++) {
		name_with(other, file, len, form);
		if (!faccessat(p->dirfd, other, F_OK, AT_SYMLINK_NOFOLLOW))
			return false;
	}
	return true;
}

static void pass_take(struct pass *p, const char *file)
{
	size_t len = report_name_base(file);
	char base[REPORT_NAME_CAP];
	int at;

	if (!len || !is_first_form(p, file, len))
		return;
	p->found++;
	snprintf(base, sizeof(base), "%.*s", (int)len, file);
	if (p->spared && !strcmp(base, p->spared))
		return;
	for (at = p->n; at && is_older(p, base, p->oldest[at - 1]); at--)
		;
	if (at == BATCH)
		return;
	if (p->n < BATCH)
		p->n++;
	memmove(p->oldest[at + 1], p->oldest[at], (size_t)(p->n - 1 - at) * REPORT_NAME_CAP);
	memcpy(p->oldest[at], base, REPORT_NAME_CAP);
}

/* readdir(3) would allocate. */
static int pass_read(struct pass *p)
{
	char buf[8192] __attribute__((aligned(__alignof__(struct dirent64))));
	ssize_t got;

	p->n = p->found = 0;
	if (lseek(p->dirfd, 0, SEEK_SET) < 0)
		return -errno;
	while ((got = getdents64(p->dirfd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(buf + at);

			pass_take(p, entry->d_name);
			at += entry->d_reclen;
		}
	}
	return got < 0 ? -errno : 0;
}

static int report_remove(int dirfd, const char *base)
{
	char file[REPORT_NAME_CAP + 8];

	for (int form = 0; form < REPORT_FORMS; form++) {
		name_with(file, base, strlen(base), form);
		if (unlinkat(dirfd, file, 0) && errno != ENOENT)
			return -errno;
	}
	return 0;
}

int reports_rotate(int dirfd, unsigned keep, uint64_t now_realtime_ns, const char *spared)
{
	struct pass p = {.dirfd = dirfd, .spared = spared};
	int err;

	time_text(now_realtime_ns, p.now);
	for (;;) {
		err = pass_read(&p);
		if (err || p.found <= (int)keep || !p.n)
			return err ? err : p.found;
		for (int i = 0; i < p.n && p.found > (int)keep; i++, p.found--) {
			err = report_remove(dirfd, p.oldest[i]);
			if (err)
				return err;
		}
	}
}
