/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: event. Finding descriptors, checking events, reading their fields. */
#include <errno.h>
#include <string.h>
#include "event.h"

const struct event_desc *event_desc(uint16_t kind)
{
	int from = 0, to = event_ndescs;

	while (from < to) {
		int middle = (from + to) / 2;

		if (event_descs[middle]->kind == kind)
			return event_descs[middle];
		if (event_descs[middle]->kind < kind)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

const struct event_desc *event_desc_by_name(const char *name)
{
	for (int i = 0; i < event_ndescs; i++)
		if (strcmp(event_descs[i]->name, name) == 0)
			return event_descs[i];
	return NULL;
}

const struct field *event_field(const struct event_desc *d, const char *name)
{
	for (int i = 0; i < d->nfields; i++)
		if (strcmp(d->fields[i].name, name) == 0)
			return &d->fields[i];
	return NULL;
}

static bool enum_valid(const struct field *f, uint64_t value)
{
	for (uint64_t i = 0; f->names[i]; i++)
		if (i == value)
			return true;
	return false;
}

static bool size_valid(const struct event_desc *d, const void *data, size_t size)
{
	if (!d->has_text)
		return size == d->size;
	return size > d->size && ((const char *)data)[size - 1] == '\0';
}

/* What a stall's time went into must be all of it, or the figures made of it would not add up. */
static bool stall_valid(const struct ev_stall *ev)
{
	uint64_t sum = 0;

	for (int c = 0; ev->split && c < STALL_CAUSES; c++) {
		if (ev->cause_ns[c] > ev->duration_ns - sum)
			return false;
		sum += ev->cause_ns[c];
	}
	return !ev->split || sum == ev->duration_ns;
}

int event_check(const void *data, size_t size)
{
	const struct ev_hdr *hdr = data;
	const struct event_desc *d;

	if (size < sizeof(*hdr) || hdr->size != size || hdr->kind == 0)
		return -EINVAL;
	d = event_desc(hdr->kind);
	if (!d)
		return -ENOTSUP;
	if (!size_valid(d, data, size))
		return -EINVAL;
	for (int i = 0; i < d->nfields; i++) {
		const struct field *f = &d->fields[i];

		if (f->unit == FU_ENUM && !enum_valid(f, field_u64(f, hdr)))
			return -EINVAL;
	}
	if (hdr->kind == EV_STALL && !stall_valid(data))
		return -EINVAL;
	return 0;
}

uint64_t field_u64(const struct field *f, const struct ev_hdr *ev)
{
	const char *at = (const char *)ev + f->offset;
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		int32_t s32;
		uint64_t u64;
	} v = {0};

	switch (f->type) {
	case FT_U8:
		memcpy(&v.u8, at, sizeof(v.u8));
		return v.u8;
	case FT_U16:
		memcpy(&v.u16, at, sizeof(v.u16));
		return v.u16;
	case FT_U32:
		memcpy(&v.u32, at, sizeof(v.u32));
		return v.u32;
	case FT_S32:
		memcpy(&v.s32, at, sizeof(v.s32));
		return (uint64_t)(int64_t)v.s32;
	case FT_U64:
		memcpy(&v.u64, at, sizeof(v.u64));
		return v.u64;
	default:
		return 0;
	}
}

const char *field_str(const struct field *f, const struct ev_hdr *ev, size_t *len)
{
	const char *at = (const char *)ev + f->offset;

	*len = strnlen(at, f->type == FT_TEXT ? ev->size - f->offset : f->size);
	return at;
}
