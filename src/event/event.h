/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events as every later layer sees them: one table of fields per kind, which drives text
 * columns, JSON keys and whatever other output wants names, units and types.
 *
 * Layer: event. May use bpf/events.h and util. Knows no libbpf, no clock, no output.
 */
#ifndef MEMTRACE_EVENT_H
#define MEMTRACE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include "events.h"
#include "snapshot.h"

enum field_type {
	FT_U8,
	FT_U16,
	FT_U32,
	FT_S32,
	FT_U64,
	FT_CHARS, /* char[size], NUL-terminated unless full */
	FT_TEXT,  /* fills the rest of the event */
};

enum field_unit {
	FU_NONE,  /* a bare number or string */
	FU_COUNT, /* a number of things */
	FU_NS,	  /* a duration; a column shows milliseconds, as its header says */
	FU_BYTES,
	FU_TIME,   /* boottime ns; outputs turn it into wall time */
	FU_CGROUP, /* cgroup id; outputs show its path */
	FU_ENUM,   /* index into names */
	FU_GFP,	   /* gfp mask; outputs show flag names */
	FU_ADDR,   /* an address: hexadecimal */
	FU_BOOL,
	FU_CHAR,   /* one character */
	FU_SYMBOL, /* kernel address; outputs show its symbol, null when that is not known */
	FU_FS,	   /* magic number of a file system's type; outputs show its name */
	FU_CAUSES, /* the first of a stall's causes; a column shows the two largest, in percent */
	FU_STACK,  /* id of a kernel stack; outputs show its symbols */
};

enum field_role {
	FR_HIDDEN, /* for machines only: SQL, replay */
	FR_JSON,   /* in JSON objects */
	FR_COLUMN, /* in JSON objects and a column of the text line */
};

struct field {
	const char *name;   /* JSON key, SQL column; "victim.pid" nests */
	const char *header; /* column header with its unit, or NULL */
	uint16_t offset, size;
	uint8_t type; /* enum field_type */
	uint8_t unit; /* enum field_unit */
	uint8_t role; /* enum field_role */
	int8_t width; /* of the column; negative = left-aligned; 0 = last, as wide as it is */
	const char *const *names; /* FU_ENUM: NULL-terminated */
	const char *help;	  /* one line for the manual */
};

struct event_desc {
	uint16_t kind;
	uint16_t size;	  /* of the fixed part */
	const char *name; /* "stall": JSON type, SQL table */
	const struct field *fields;
	int nfields;
	bool has_text; /* the last field is FT_TEXT */
	const char *help;
};

/* All kinds, ordered by kind. */
extern const struct event_desc *const event_descs[];
extern const int event_ndescs;

/* NULL when the kind or the name is unknown. */
const struct event_desc *event_desc(uint16_t kind);
const struct event_desc *event_desc_by_name(const char *name);
const struct field *event_field(const struct event_desc *d, const char *name);

/*
 * Is this a whole, well-formed event? data need not be aligned to more than 8. Checks kind, size,
 * enum ranges, that text ends in NUL and that a stall's causes add up to its duration, so that no
 * later layer has to. Returns 0 or -EINVAL,
 * -ENOTSUP for a kind newer than this program.
 */
int event_check(const void *data, size_t size);

/* Value of an integer field, sign-extended. */
uint64_t field_u64(const struct field *f, const struct ev_hdr *ev);
/* Bytes of a string field and their number (not NUL-terminated when the array is full). */
const char *field_str(const struct field *f, const struct ev_hdr *ev, size_t *len);

/*
 * Turns one line of the test and debug form "stall time_ns=12 pid=3 kind=memcg comm=\"a b\" ..."
 * into the struct (buf, cap bytes, 8-aligned). Names are those of the field tables; absent fields
 * are 0. Numbers may be hexadecimal (0x); a duration may have a unit (5ms; bare: ns), so may a
 * size (4k); "absent" is EV_ABSENT; enums go by name or number. In quotes, \" \\ \n \t \xNN
 * are known. Returns the event's size or -EINVAL with *err pointing at a message (static storage).
 */
int event_parse(const char *line, void *buf, size_t cap, const char **err);

/* Names of enum values; NULL-terminated arrays. */
extern const char *const stall_kind_names[];	  /* direct memcg ... proactive */
extern const char *const stall_cause_names[];	  /* cpu slab ... runqueue */
extern const char *const throttle_reason_names[]; /* none writeback ... high */
extern const char *const kswapd_at_stall_names[]; /* unknown asleep late awake */
extern const char *const fault_class_names[];	  /* file swap other */
extern const char *const swapdev_kind_names[];	  /* disk zram file */
extern const char *const kswapd_state_names[];	  /* wake sleep */
extern const char *const reap_stage_names[];	  /* wake start finish skip */
extern const char *const probe_status_names[];	  /* ok degraded missing off */
extern const char *const end_reason_names[];	  /* none signal duration program target */
extern const char *const signal_names[];	  /* direct memcg ... swapout: enum ev_signal */
extern const char *const host_counter_names[];	  /* "allocstall", ... lower case */

/* "ext4" by its super block's magic number; NULL = not a known one. */
const char *fs_name(uint64_t magic);

/*
 * "GFP_KERNEL|__GFP_COMP" as the kernel's own trace output writes it. names: one per bit, as in
 * struct ev_meta. Writes at most cap bytes, always NUL-terminated; unknown bits as hex.
 * Returns buf.
 */
const char *gfp_format(uint32_t gfp, const char names[32][GFP_NAME_LEN], char *buf, size_t cap);
/* The bit names that have not changed from 5.10 to 7.x, for when the kernel's BTF has none. */
extern const char gfp_default_names[32][GFP_NAME_LEN];

#endif
