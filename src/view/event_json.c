/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any event as one JSON object, by its field table: a new field or kind needs nothing here.
 *
 * Layer: view, private to it (render.h).
 */
#include <string.h>
#include "render.h"

bool event_absent(const struct field *f, const struct ev_hdr *ev)
{
	const struct ev_fault *fault = (const struct ev_fault *)ev;

	if (f->type == FT_CHARS || f->type == FT_TEXT)
		return false;
	if (ev->kind == EV_FAULT && f->unit == FU_NS && fault->flags & FAULT_F_UNTIMED)
		return true;
	if (ev->kind == EV_STALL && !((const struct ev_stall *)ev)->split &&
	    (f->unit == FU_CAUSES || strncmp(f->name, "causes.", strlen("causes.")) == 0))
		return true;
	return f->type == FT_U64 && field_u64(f, ev) == EV_ABSENT;
}

const char *event_str(const struct model *m, const struct field *f, const struct ev_hdr *ev,
		      size_t *len)
{
	const struct ev_fault *fault = (const struct ev_fault *)ev;
	const char *path;

	if (ev->kind != EV_FAULT || f->offset != offsetof(struct ev_fault, name))
		return field_str(f, ev, len);
	path = model_file_path(m, fault->dev_major, fault->dev_minor, fault->ino);
	if (fault->ino && path) {
		*len = strlen(path);
		return path;
	}
	path = field_str(f, ev, len);
	return *len ? path : NULL;
}

static void string_json(struct json *j, const char *key, const struct model *m,
			const struct field *f, const struct ev_hdr *ev)
{
	size_t len;
	const char *s = event_str(m, f, ev, &len);

	if (s)
		json_strn(j, key, s, len);
	else
		json_null(j, key);
}

/* Integers whose unit says that they stand for something else. */
static void integer_json(struct json *j, const char *key, const struct model *m,
			 const struct field *f, uint64_t value)
{
	char buf[NAME_LEN];

	switch (f->unit) {
	case FU_TIME:
		/* Other times than the event's own are for who compares them with those. */
		if (f->offset == offsetof(struct ev_hdr, time_ns))
			json_time(j, m, value);
		else
			json_u64(j, key, value);
		break;
	case FU_CGROUP:
		json_cgroup(j, key, m, value);
		break;
	case FU_ENUM:
		json_str(j, key, f->names[value]); /* event_check() saw to its range */
		break;
	case FU_SYMBOL:
		json_symbol(j, key, m, value);
		break;
	case FU_STACK:
		json_stack(j, key, m, (uint32_t)value);
		break;
	case FU_GFP:
		json_str(j, key, gfp_label(m, (uint32_t)value, buf, sizeof(buf)));
		break;
	case FU_ADDR:
		snprintf(buf, sizeof(buf), "0x%llx", (unsigned long long)value);
		json_str(j, key, buf);
		break;
	case FU_BOOL:
		json_bool(j, key, value != 0);
		break;
	case FU_CHAR:
		buf[0] = (char)value;
		json_strn(j, key, buf, value != 0);
		break;
	default:
		if (f->type == FT_S32)
			json_s64(j, key, (int64_t)value);
		else
			json_u64(j, key, value);
	}
}

/*
 * Opens and closes objects so that the next key belongs into group (len bytes, before its dot);
 * *open is the one open now.
 */
static void group_enter(struct json *j, const char **open, size_t *open_len, const char *group,
			size_t len)
{
	char name[64];

	if (*open_len == len && strncmp(*open ? *open : "", group, len) == 0)
		return;
	if (*open_len)
		json_object_end(j);
	*open = group;
	*open_len = len;
	if (len) {
		snprintf(name, sizeof(name), "%.*s", (int)len, group);
		json_object_begin(j, name);
	}
}

/* The shrinker that a field of unit FU_FS is part of. */
static const struct ev_shrinker *shrinker_at(const struct field *f, const struct ev_hdr *ev)
{
	return (const struct ev_shrinker *)((const char *)ev + f->offset -
					    offsetof(struct ev_shrinker, fs));
}

void event_json_fields(struct json *j, const struct model *m, const struct ev_hdr *ev)
{
	const struct event_desc *d = event_desc(ev->kind);
	const char *open = NULL;
	size_t open_len = 0;

	for (int i = 0; i < d->nfields; i++) {
		const struct field *f = &d->fields[i];
		const char *dot = strchr(f->name, '.');
		const char *key = dot ? dot + 1 : f->name;

		if (f->role == FR_HIDDEN)
			continue;
		group_enter(j, &open, &open_len, f->name, dot ? (size_t)(dot - f->name) : 0);
		if (event_absent(f, ev))
			json_null(j, key);
		else if (f->unit == FU_FS)
			json_fs(j, key, m, shrinker_at(f, ev));
		else if (f->type == FT_CHARS || f->type == FT_TEXT)
			string_json(j, key, m, f, ev);
		else
			integer_json(j, key, m, f, field_u64(f, ev));
	}
	group_enter(j, &open, &open_len, "", 0);
}

void event_json(struct view *v, const struct ev_hdr *ev)
{
	const struct event_desc *d = event_desc(ev->kind);
	struct json j;

	if (!d)
		return;
	json_begin(&j, v->out);
	json_object_begin(&j, NULL);
	json_str(&j, "type", d->name);
	event_json_fields(&j, v->model, ev);
	if (ev->kind == EV_STALL)
		json_container(&j, model_cgroup_path(v->model,
						     ((const struct ev_stall *)ev)->task.cgroup));
	json_object_end(&j);
	json_end_line(&j);
}
