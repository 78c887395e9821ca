// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See option_args.h.
 */
#include "option_args.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include "units.h"

int set_pids(struct options *o, const char *arg)
{
	int n = parse_u32_list(arg, o->pids + o->npids, MAX_IDS - o->npids);

	if (n <= 0)
		return -EINVAL;
	o->npids += n;
	return 0;
}

int set_tids(struct options *o, const char *arg)
{
	int n = parse_u32_list(arg, o->tids + o->ntids, MAX_IDS - o->ntids);

	if (n <= 0)
		return -EINVAL;
	o->ntids += n;
	return 0;
}

int set_comm(struct options *o, const char *arg)
{
	o->comm = arg;
	return *arg ? 0 : -EINVAL;
}

/* A static program cannot load NSS modules: it knows the users of /etc/passwd. */
static struct passwd *user_named(const char *name)
{
#ifdef MEMTRACE_STATIC
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *pw = NULL;

	while (f && (pw = fgetpwent(f)) && strcmp(pw->pw_name, name))
		;
	if (f)
		fclose(f);
	return pw;
#else
	return getpwnam(name);
#endif
}

int set_uid(struct options *o, const char *arg)
{
	struct passwd *pw;

	o->has_uid = true;
	if (parse_u32_list(arg, &o->uid, 1) == 1)
		return 0;
	pw = user_named(arg);
	if (!pw)
		return -EINVAL;
	o->uid = pw->pw_uid;
	return 0;
}

int set_cgroup(struct options *o, const char *arg)
{
	o->cgroup = arg;
	return *arg ? 0 : -EINVAL;
}

int set_min(struct options *o, const char *arg)
{
	o->has_min = true;
	/* Seconds are what a bare number means elsewhere, and what nobody means here. */
	if (strcmp(arg, "0") && !arg[strspn(arg, "0123456789.")])
		return -EINVAL;
	return parse_duration(arg, &o->min_ns);
}

int set_duration(struct options *o, const char *arg)
{
	int err = parse_duration(arg, &o->duration_ns);

	return err ? err : o->duration_ns ? 0 : -EINVAL;
}

int set_interval(struct options *o, const char *arg)
{
	int err = parse_duration(arg, &o->interval_ns);

	return err ? err : o->interval_ns >= 100000000 ? 0 : -ERANGE;
}

int set_buffer(struct options *o, const char *arg)
{
	int err = parse_size(arg, &o->ring_bytes);

	return err ? err : o->ring_bytes && o->ring_bytes <= 1ull << 30 ? 0 : -ERANGE;
}

int set_rows(struct options *o, const char *arg)
{
	uint32_t rows;

	if (parse_u32_list(arg, &rows, 1) != 1 || !rows || rows > 100000)
		return -EINVAL;
	o->rows = rows;
	return 0;
}

static const char *const sort_names[] = {
	[SORT_DEFAULT] = "",
	[SORT_MAJOR] = "major",
	[SORT_MINOR] = "minor",
	[SORT_RSS] = "rss",
	[SORT_GROWTH] = "growth",
	[SORT_SWAP] = "swap",
	[SORT_SWAP_GROWTH] = "swap-growth",
	[SORT_IN] = "in",
	[SORT_OUT] = "out",
	[SORT_PID] = "pid",
};

int set_sort(struct options *o, const char *arg)
{
	for (int i = SORT_MAJOR; i < SORTS; i++) {
		if (strcmp(arg, sort_names[i]))
			continue;
		o->sort = (enum sort_key)i;
		return 0;
	}
	return -EINVAL;
}

int set_folded(struct options *o, const char *arg)
{
	o->folded = arg;
	return *arg ? 0 : -EINVAL;
}

int set_sample(struct options *o, const char *arg)
{
	return parse_u32_list(arg, &o->sample, 1) == 1 && o->sample ? 0 : -EINVAL;
}

int set_churn(struct options *o, const char *arg)
{
	int err = parse_duration(arg, &o->churn_ns);

	o->has_churn = true;
	return err ? err : o->churn_ns >= 1000000 ? 0 : -ERANGE;
}

int set_output(struct options *o, const char *arg)
{
	o->output = arg;
	return *arg ? 0 : -EINVAL;
}

int set_dir(struct options *o, const char *arg)
{
	o->dir = arg;
	return *arg ? 0 : -EINVAL;
}

int set_keep(struct options *o, const char *arg)
{
	if (parse_u32_list(arg, &o->keep, 1) != 1 || !o->keep || o->keep > 10000)
		return -EINVAL;
	return 0;
}

int set_history(struct options *o, const char *arg)
{
	int err = parse_duration(arg, &o->history_ns);

	if (err)
		return err;
	return o->history_ns >= 1000000000 && o->history_ns <= 3600000000000 ? 0 : -ERANGE;
}

int set_history_memory(struct options *o, const char *arg)
{
	int err = parse_size(arg, &o->history_bytes);

	if (err)
		return err;
	return o->history_bytes >= 1 << 20 && o->history_bytes <= 1 << 30 ? 0 : -ERANGE;
}

int set_exec(struct options *o, const char *arg)
{
	o->exec = arg;
	return *arg ? 0 : -EINVAL;
}

int set_read(struct options *o, const char *arg)
{
	o->read = arg;
	return *arg ? 0 : -EINVAL;
}

int set_from(struct options *o, const char *arg)
{
	o->from = arg;
	return *arg ? 0 : -EINVAL;
}

int set_to(struct options *o, const char *arg)
{
	o->to = arg;
	return *arg ? 0 : -EINVAL;
}

int set_ring(struct options *o, const char *arg)
{
	int err = parse_duration(arg, &o->ring_ns);

	if (err)
		return err;
	return o->ring_ns >= 10000000000 ? 0 : -ERANGE;
}

int set_max_size(struct options *o, const char *arg)
{
	int err = parse_size(arg, &o->max_size);

	if (err)
		return err;
	return o->max_size >= 1 << 20 ? 0 : -ERANGE;
}

int set_html(struct options *o, const char *arg)
{
	o->html = arg;
	return *arg ? 0 : -EINVAL;
}

int set_format(struct options *o, const char *arg)
{
	static const char *const names[] = {
		[EXPORT_CHROME] = "chrome",
		[EXPORT_CSV] = "csv",
		[EXPORT_JSONL] = "jsonl",
		[EXPORT_FOLDED] = "folded",
	};

	for (int i = EXPORT_CHROME; i <= EXPORT_FOLDED; i++) {
		if (!strcmp(arg, names[i])) {
			o->format = i;
			return 0;
		}
	}
	return -EINVAL;
}

int set_table(struct options *o, const char *arg)
{
	o->table = arg;
	return event_desc_by_name(arg) ? 0 : -EINVAL;
}
