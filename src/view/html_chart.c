/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data of the timeline: buckets of all and of each lane, kswapd, the curves. Cells without
 * anything are left out; times are whole numbers of a unit that the page is told.
 *
 * Layer: view (html_impl.h is the contract).
 */
#include "html_impl.h"

#define UNITS 20000 /* a bucket is at least so many units of time long, unless they are 1 us */

static uint64_t unit_ns(const struct chart *c)
{
	uint64_t unit = chart_width_ns(c) / UNITS;

	return unit > 1000 ? unit : 1000;
}

/* What is there at all is not rounded to nothing. */
static uint64_t units(uint64_t ns, uint64_t unit)
{
	return ns && ns < unit ? 1 : (ns + unit / 2) / unit;
}

static uint32_t faults_of(const struct chart_cell *cell)
{
	uint32_t sum = 0;

	for (int i = 0; i < FAULT_CLASSES; i++)
		sum += cell->faults[i];
	return sum;
}

static bool cell_empty(const struct chart_cell *cell)
{
	for (int i = 0; i < CHART_CAUSES; i++) {
		if (cell->ns[i])
			return false;
	}
	return !cell->fault_ns && !faults_of(cell);
}

/* "at": which buckets have anything, as the distance from one to the next. */
static void cells_at(struct json *j, const struct chart_lane *l, int n)
{
	int last = 0;

	json_array_begin(j, "at");
	for (int i = 0; i < n; i++) {
		if (cell_empty(&l->cell[i]))
			continue;
		json_u64(j, NULL, (uint64_t)(i - last));
		last = i;
	}
	json_array_end(j);
}

/* What a series has in a cell. */
typedef uint64_t (*cell_fn)(const struct chart_cell *cell, int i, uint64_t unit);

static uint64_t cell_cause(const struct chart_cell *cell, int i, uint64_t unit)
{
	return units(cell->ns[i], unit);
}

static uint64_t cell_fault_ns(const struct chart_cell *cell, int i, uint64_t unit)
{
	(void)i;
	return units(cell->fault_ns, unit);
}

static uint64_t cell_faults(const struct chart_cell *cell, int i, uint64_t unit)
{
	(void)unit;
	return cell->faults[i];
}

/* A value per cell that has anything; an empty list where all are 0. */
static void series(struct json *j, const char *key, const struct chart *c,
		   const struct chart_lane *l, cell_fn fn, int i)
{
	uint64_t any = 0, unit = unit_ns(c);
	int n = chart_buckets(c);

	for (int b = 0; b < n; b++)
		any |= fn(&l->cell[b], i, unit);
	json_array_begin(j, key);
	for (int b = 0; any && b < n; b++) {
		if (!cell_empty(&l->cell[b]))
			json_u64(j, NULL, fn(&l->cell[b], i, unit));
	}
	json_array_end(j);
}

static void lane_cells(struct json *j, const struct chart *c, const struct chart_lane *l)
{
	cells_at(j, l, chart_buckets(c));
	json_array_begin(j, "ns");
	for (int i = 0; i < CHART_CAUSES; i++)
		series(j, NULL, c, l, cell_cause, i);
	json_array_end(j);
	series(j, "fault_ns", c, l, cell_fault_ns, 0);
	json_array_begin(j, "faults");
	for (int i = 0; i < FAULT_CLASSES; i++)
		series(j, NULL, c, l, cell_faults, i);
	json_array_end(j);
}

static void lane_json(struct json *j, const struct chart *c, const struct chart_lane *l,
		      struct html_dicts *d)
{
	json_object_begin(j, NULL);
	if (l->cgroup)
		json_u64(j, "cgroup", dict_put(&d->cgroups, l->cgroup, 0));
	else
		json_u64(j, "who", dict_put(&d->who, l->tgid, l->start_ns));
	html_textn(j, "comm", l->comm, strnlen(l->comm, sizeof(l->comm)));
	json_u64(j, "stalls", l->stalls);
	json_u64(j, "stall_ns", l->stall_ns);
	json_u64(j, "majfaults", l->faults);
	json_u64(j, "wait_ns", l->fault_ns);
	if (l->since_ns)
		json_u64(j, "since_ns", l->since_ns - chart_begin_ns(c));
	lane_cells(j, c, l);
	json_object_end(j);
}

static void lanes(struct json *j, const char *key, const struct chart *c, struct html_dicts *d,
		  int (*get)(const struct chart *, const struct chart_lane **, int), int max)
{
	const struct chart_lane *list[CHART_PROCESSES];
	int n = get(c, list, max);

	json_array_begin(j, key);
	for (int i = 0; i < n && i < max; i++)
		lane_json(j, c, list[i], d);
	json_array_end(j);
}

void html_timeline(struct json *j, const struct chart *c, struct html_dicts *d)
{
	const uint64_t *kswapd = chart_kswapd(c);

	json_object_begin(j, "timeline");
	json_u64(j, "width_ns", chart_width_ns(c));
	json_u64(j, "n", (uint64_t)chart_buckets(c));
	json_u64(j, "unit_ns", unit_ns(c));
	json_object_begin(j, "all");
	lane_cells(j, c, chart_all(c));
	json_object_end(j);
	lanes(j, "processes", c, d, chart_processes, HTML_LANES_PROCESS);
	json_u64(j, "more_processes", (uint64_t)chart_processes(c, NULL, 0));
	lanes(j, "cgroups", c, d, chart_cgroups, HTML_LANES_CGROUP);
	json_u64(j, "more_cgroups", (uint64_t)chart_cgroups(c, NULL, 0));
	json_array_begin(j, "kswapd");
	for (int i = 0; i < chart_buckets(c); i++)
		json_u64(j, NULL, units(kswapd[i], unit_ns(c)));
	json_array_end(j);
	json_object_end(j);
}

/* Sizes of curves are told in KiB. */
static void size_json(struct json *j, uint64_t bytes)
{
	if (bytes == EV_ABSENT)
		json_null(j, NULL);
	else
		json_u64(j, NULL, bytes >> 10);
}

static void point_sizes(struct json *j, const char *key, const struct chart_point *p, int n,
			size_t offset)
{
	json_array_begin(j, key);
	for (int i = 0; i < n; i++)
		size_json(j, *(const uint64_t *)((const char *)&p[i] + offset));
	json_array_end(j);
}

static void point_flows(struct json *j, const char *key, const struct chart_point *p, int n,
			size_t offset)
{
	json_array_begin(j, key);
	for (int i = 0; i < n; i++)
		json_u64(j, NULL, *(const uint64_t *)((const char *)&p[i] + offset));
	json_array_end(j);
}

static void growers(struct json *j, const struct chart *c, int points)
{
	const struct chart_grower *list[HTML_GROWERS];
	int n = chart_growers(c, list, HTML_GROWERS);

	json_array_begin(j, "growers");
	for (int i = 0; i < n; i++) {
		json_object_begin(j, NULL);
		json_u64(j, "pid", list[i]->tgid);
		html_textn(j, "comm", list[i]->comm, strnlen(list[i]->comm, EV_COMM_LEN));
		json_u64(j, "first_bytes", list[i]->first_bytes);
		json_u64(j, "max_bytes", list[i]->max_bytes);
		json_array_begin(j, "rss");
		for (int k = 0; k < points; k++)
			size_json(j, list[i]->rss[k]);
		json_array_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

void html_points(struct json *j, const struct chart *c)
{
	static const struct {
		const char *key;
		size_t offset;
	} sizes[] = {{"free", offsetof(struct chart_point, free_bytes)},
		     {"available", offsetof(struct chart_point, available_bytes)},
		     {"swap", offsetof(struct chart_point, swap_bytes)}},
	  flows[] = {{"length_ns", offsetof(struct chart_point, length_ns)},
		     {"psi_some_us", offsetof(struct chart_point, psi_some_us)},
		     {"psi_full_us", offsetof(struct chart_point, psi_full_us)},
		     {"majfaults", offsetof(struct chart_point, majfaults)},
		     {"swapins", offsetof(struct chart_point, swapins)},
		     {"swapouts", offsetof(struct chart_point, swapouts)},
		     {"scanned_kswapd", offsetof(struct chart_point, scanned_kswapd)},
		     {"scanned_direct", offsetof(struct chart_point, scanned_direct)}};
	const struct chart_point *p;
	int n = chart_points(c, &p);

	json_object_begin(j, "points");
	json_array_begin(j, "us");
	for (int i = 0; i < n; i++)
		json_s64(j, NULL, (int64_t)(p[i].time_ns - chart_begin_ns(c)) / 1000);
	json_array_end(j);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		point_sizes(j, sizes[i].key, p, n, sizes[i].offset);
	for (size_t i = 0; i < ARRAY_LEN(flows); i++)
		point_flows(j, flows[i].key, p, n, flows[i].offset);
	growers(j, c, n);
	json_object_end(j);
}
