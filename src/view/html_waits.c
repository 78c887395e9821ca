/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data of single stalls and major faults: a list per column, in the order they ended.
 *
 * Layer: view (html_impl.h is the contract).
 */
#include <stdlib.h>
#include "html_impl.h"

#define THINGS 2048 /* of a kind that stalls or faults refer to */

/* Sorted by time, so that the distance to the one before is a short number. */
struct waits {
	const struct ev_hdr **ev;
	int n;
	uint64_t begin_ns;
	const struct model *m;
	struct html_dicts *d;
	struct dict things;
};

static int by_time(const void *a, const void *b)
{
	uint64_t x = (*(const struct ev_hdr *const *)a)->time_ns;
	uint64_t y = (*(const struct ev_hdr *const *)b)->time_ns;

	return (x > y) - (x < y);
}

static const struct ev_stall *stall_at(const struct waits *w, int i)
{
	return (const struct ev_stall *)w->ev[i];
}

static const struct ev_fault *fault_at(const struct waits *w, int i)
{
	return (const struct ev_fault *)w->ev[i];
}

static int waits_init(struct waits *w, const void *list, size_t size, int n)
{
	w->n = n;
	w->ev = calloc((size_t)n + 1, sizeof(*w->ev));
	if (!w->ev || dict_init(&w->things, THINGS))
		return -1;
	for (int i = 0; i < n; i++)
		w->ev[i] = (const void *)((const char *)list + (size_t)i * size);
	qsort(w->ev, (size_t)n, sizeof(w->ev[0]), by_time);
	return 0;
}

static void waits_fini(struct waits *w)
{
	dict_fini(&w->things);
	free(w->ev);
}

/* Microseconds from the end of one to that of the next; the first since the begin. */
static void when_json(struct json *j, const struct waits *w)
{
	int64_t last = 0;

	json_array_begin(j, "us");
	for (int i = 0; i < w->n; i++) {
		int64_t now = (int64_t)(w->ev[i]->time_ns - w->begin_ns) / 1000;

		json_s64(j, NULL, now - last);
		last = now;
	}
	json_array_end(j);
}

typedef uint64_t (*column_fn)(struct waits *w, int i);

static void column(struct json *j, const char *key, struct waits *w, column_fn fn)
{
	json_array_begin(j, key);
	for (int i = 0; i < w->n; i++)
		json_u64(j, NULL, fn(w, i));
	json_array_end(j);
}

/* Both kinds have the task and the duration in the same place. */
static uint64_t duration_ns(struct waits *w, int i)
{
	return fault_at(w, i)->duration_ns;
}

static uint64_t who(struct waits *w, int i)
{
	return dict_put(&w->d->who, fault_at(w, i)->task.tgid, fault_at(w, i)->task.start_ns);
}

static uint64_t tid(struct waits *w, int i)
{
	return fault_at(w, i)->task.tid;
}

static uint64_t comm(struct waits *w, int i)
{
	uint64_t half[2];

	memcpy(half, fault_at(w, i)->task.comm, sizeof(half));
	return dict_put(&w->d->comms, half[0], half[1]);
}

static uint64_t cgroup(struct waits *w, int i)
{
	return dict_put(&w->d->cgroups, fault_at(w, i)->task.cgroup, 0);
}

static uint64_t kind(struct waits *w, int i)
{
	return stall_at(w, i)->kind;
}

static uint64_t order(struct waits *w, int i)
{
	return stall_at(w, i)->order;
}

static uint64_t pages(struct waits *w, int i)
{
	return stall_at(w, i)->reclaimed_pages;
}

static uint64_t target(struct waits *w, int i)
{
	return dict_put(&w->d->cgroups, stall_at(w, i)->target_cgroup, 0);
}

static uint64_t kswapd(struct waits *w, int i)
{
	return stall_at(w, i)->kswapd;
}

static uint64_t throttle(struct waits *w, int i)
{
	return stall_at(w, i)->throttle_reason;
}

/* What stalls refer to besides: gfp flags, limit, shrinker, stack. */
enum thing { THING_GFP, THING_LIMIT, THING_SHRINKER, THING_STACK };

static uint64_t thing(struct waits *w, enum thing what, uint64_t value)
{
	return dict_put(&w->things, value, what);
}

static uint64_t gfp(struct waits *w, int i)
{
	return thing(w, THING_GFP, stall_at(w, i)->gfp);
}

static uint64_t limit(struct waits *w, int i)
{
	return thing(w, THING_LIMIT, stall_at(w, i)->limit_bytes);
}

static uint64_t shrinker(struct waits *w, int i)
{
	return thing(w, THING_SHRINKER, stall_at(w, i)->shrinker[0].callback);
}

static uint64_t stack(struct waits *w, int i)
{
	return thing(w, THING_STACK, stall_at(w, i)->stack);
}

static void stack_json(struct json *j, const struct model *m, uint32_t id)
{
	const char *frames = id ? model_stack(m, id) : NULL;
	char buf[2 * HTML_TEXT_LEN];

	if (frames)
		json_str(j, NULL, text_safe(frames, strlen(frames), buf, sizeof(buf)));
	else
		json_null(j, NULL);
}

static void things_json(struct json *j, const struct waits *w)
{
	char buf[NAME_LEN];

	json_array_begin(j, "things");
	for (uint32_t i = 0; i < w->things.n; i++) {
		uint64_t value = w->things.keys[i].a;

		switch ((enum thing)w->things.keys[i].b) {
		case THING_GFP:
			json_str(j, NULL, gfp_label(w->m, (uint32_t)value, buf, sizeof(buf)));
			break;
		case THING_LIMIT:
			json_u64(j, NULL, value);
			break;
		case THING_SHRINKER:
			html_text(j, NULL, value ? model_symbol(w->m, value) : NULL);
			break;
		case THING_STACK:
			stack_json(j, w->m, (uint32_t)value);
		}
	}
	json_array_end(j);
}

/* Thousandths of the duration; nothing where the causes are not known. */
static void causes_json(struct json *j, const struct waits *w)
{
	json_array_begin(j, "causes");
	for (int c = 0; c < STALL_CAUSES; c++) {
		json_array_begin(j, NULL);
		for (int i = 0; i < w->n; i++) {
			const struct ev_stall *ev = stall_at(w, i);

			json_u64(j, NULL,
				 ev->split && ev->duration_ns
					 ? (uint64_t)((double)ev->cause_ns[c] * 1000 /
							      (double)ev->duration_ns +
						      0.5)
					 : 0);
		}
		json_array_end(j);
	}
	json_array_end(j);
}

/* How many there were besides; all of those are shorter than the shortest that is told. */
static void rest_json(struct json *j, uint64_t dropped, uint64_t shortest_ns)
{
	json_u64(j, "dropped", dropped);
	json_u64(j, "shortest_ns", dropped ? shortest_ns : 0);
}

static const struct {
	const char *key;
	column_fn fn;
} common_columns[] = {{"ns", duration_ns},
		      {"who", who},
		      {"tid", tid},
		      {"comm", comm},
		      {"cgroup", cgroup}},
  stall_columns[] = {{"kind", kind},	 {"order", order},   {"pages", pages},
		     {"target", target}, {"kswapd", kswapd}, {"throttle", throttle},
		     {"gfp", gfp},	 {"limit", limit},   {"shrinker", shrinker},
		     {"stack", stack}};

static void common_json(struct json *j, struct waits *w)
{
	when_json(j, w);
	for (size_t i = 0; i < ARRAY_LEN(common_columns); i++)
		column(j, common_columns[i].key, w, common_columns[i].fn);
}

void html_stalls(struct json *j, const struct model *m, const struct chart *c, struct html_dicts *d)
{
	struct waits w = {.begin_ns = chart_begin_ns(c), .m = m, .d = d};
	const struct ev_stall *list;
	uint64_t dropped;
	int n = chart_stalls(c, &list, &dropped);

	json_object_begin(j, "slices");
	if (!waits_init(&w, list, sizeof(*list), n)) {
		rest_json(j, dropped, n ? list[n - 1].duration_ns : 0);
		common_json(j, &w);
		for (size_t i = 0; i < ARRAY_LEN(stall_columns); i++)
			column(j, stall_columns[i].key, &w, stall_columns[i].fn);
		causes_json(j, &w);
		things_json(j, &w);
	}
	json_object_end(j);
	waits_fini(&w);
}

static uint64_t class(struct waits *w, int i)
{
	return fault_at(w, i)->class;
}

static uint64_t away_ms(struct waits *w, int i)
{
	return fault_at(w, i)->away_ns / 1000000;
}

/* A file is known by its device and inode; without these, by the first fault that had its name. */
static uint64_t file(struct waits *w, int i)
{
	const struct ev_fault *ev = fault_at(w, i);

	if (!ev->ino && !ev->name[0])
		return dict_put(&w->things, 0, 0);
	return dict_put(&w->things, ev->ino ? ev->ino : ev->hdr.time_ns,
			(uint64_t)ev->dev_major << 32 | ev->dev_minor);
}

static void files_json(struct json *j, struct waits *w)
{
	const struct field *f = event_field(event_desc(EV_FAULT), "file");
	uint32_t told = 0;

	/* In the order of their first faults, as column "file" numbered them. */
	json_array_begin(j, "things");
	for (int i = 0; i < w->n && told < w->things.n; i++) {
		size_t len;
		const char *s;

		if (file(w, i) != told)
			continue;
		s = event_str(w->m, f, w->ev[i], &len);
		html_textn(j, NULL, s, len);
		told++;
	}
	json_array_end(j);
}

void html_faults(struct json *j, const struct model *m, const struct chart *c, struct html_dicts *d)
{
	struct waits w = {.begin_ns = chart_begin_ns(c), .m = m, .d = d};
	const struct ev_fault *list;
	uint64_t dropped;
	int n = chart_faults(c, &list, &dropped);

	json_object_begin(j, "fault_slices");
	if (!waits_init(&w, list, sizeof(*list), n)) {
		rest_json(j, dropped, n ? list[n - 1].duration_ns : 0);
		common_json(j, &w);
		column(j, "class", &w, class);
		column(j, "away_ms", &w, away_ms);
		column(j, "file", &w, file);
		files_json(j, &w);
	}
	json_object_end(j);
	waits_fini(&w);
}
