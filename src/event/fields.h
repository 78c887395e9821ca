/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the field table of a kind of event is written: what a member of the struct is called, what it
 * means and where it is shown. A new member needs a line there and nothing else; the order of the
 * lines is the order of columns and keys. Types follow from the structs. A new kind also has a line
 * in fields.c.
 *
 * Layer: event, private to fields*.c.
 */
#ifndef MEMTRACE_FIELDS_H
#define MEMTRACE_FIELDS_H

#include "event.h"

#define TYPE_OF(s, m)                                                                              \
	_Generic(((struct s *)0)->m,                                                               \
		uint8_t: FT_U8,                                                                    \
		char: FT_U8,                                                                       \
		uint16_t: FT_U16,                                                                  \
		uint32_t: FT_U32,                                                                  \
		int32_t: FT_S32,                                                                   \
		uint64_t: FT_U64,                                                                  \
		char *: FT_CHARS)

#define PLACE(s, m)                                                                                \
	.offset = offsetof(struct s, m), .size = sizeof(((struct s *)0)->m), .type = TYPE_OF(s, m)

/* Only for machines; in JSON; also a column (header, width). */
#define HIDDEN(s, m, key, u, h)                                                                    \
	{                                                                                          \
		.name = key, PLACE(s, m), .unit = u, .role = FR_HIDDEN, .help = h                  \
	}
#define JSON(s, m, key, u, h)                                                                      \
	{                                                                                          \
		.name = key, PLACE(s, m), .unit = u, .role = FR_JSON, .help = h                    \
	}
#define COLUMN(s, m, key, u, head, w, h)                                                           \
	{                                                                                          \
		.name = key, .header = head, PLACE(s, m), .unit = u, .role = FR_COLUMN,            \
		.width = w, .help = h                                                              \
	}
#define ENUM(s, m, key, array, h)                                                                  \
	{                                                                                          \
		.name = key, PLACE(s, m), .unit = FU_ENUM, .role = FR_JSON, .names = array,        \
		.help = h                                                                          \
	}
#define ENUM_COLUMN(s, m, key, array, head, w, h)                                                  \
	{                                                                                          \
		.name = key, .header = head, PLACE(s, m), .unit = FU_ENUM, .role = FR_COLUMN,      \
		.width = w, .names = array, .help = h                                              \
	}
#define TEXT(s, m, key, h)                                                                         \
	{                                                                                          \
		.name = key, .offset = offsetof(struct s, m), .type = FT_TEXT, .role = FR_JSON,    \
		.help = h                                                                          \
	}

#define TIME(s, what) JSON(s, hdr.time_ns, "time_ns", FU_TIME, what ", boottime")
#define CPU(s)	      HIDDEN(s, hdr.cpu, "cpu", FU_NONE, "processor that sent it")

/* Identity of the process that struct ev_task names, beyond what a person looks at. */
#define TASK_REST(s, m, p)                                                                         \
	JSON(s, m.uid, p "uid", FU_NONE, "user id"),                                               \
		HIDDEN(s, m.start_ns, p "start_ns", FU_TIME,                                       \
		       "when the process started; 0: unknown"),                                    \
		HIDDEN(s, m.flags, p "task_flags", FU_NONE, "1: kernel thread")
#define TASK(s, m, p)                                                                              \
	JSON(s, m.tgid, p "pid", FU_NONE, "process id"),                                           \
		JSON(s, m.tid, p "tid", FU_NONE, "thread id"),                                     \
		JSON(s, m.comm, p "comm", FU_NONE, "thread's name"),                               \
		JSON(s, m.cgroup, p "cgroup", FU_CGROUP, "its memory cgroup"), TASK_REST(s, m, p)

/* After the table NAME_fields: the kind, as fields.c knows it. TEXT_KIND: it ends with a text. */
#define KIND_OF(k, s, n, text, h)                                                                  \
	const struct event_desc desc_##n = {                                                       \
		.kind = k,                                                                         \
		.size = sizeof(struct s),                                                          \
		.name = #n,                                                                        \
		.fields = n##_fields,                                                              \
		.nfields = (int)(sizeof(n##_fields) / sizeof(n##_fields[0])),                      \
		.has_text = text,                                                                  \
		.help = h,                                                                         \
	}
#define KIND(k, s, n, h)      KIND_OF(k, s, n, false, h)
#define TEXT_KIND(k, s, n, h) KIND_OF(k, s, n, true, h)

extern const struct event_desc desc_stall, desc_sleep, desc_fault, desc_sample, desc_kswapd,
	desc_kswapd_wakeup, desc_oom_kill, desc_oom_reap, desc_exit, desc_task, desc_swapout,
	desc_swap_owner;
extern const struct event_desc desc_meta, desc_probe, desc_program, desc_host, desc_zone,
	desc_cgstat, desc_cgmem, desc_swapdev, desc_vm, desc_clock, desc_oom_back, desc_counts,
	desc_tick;
extern const struct event_desc desc_cgroup, desc_process, desc_file, desc_symbol, desc_stack,
	desc_ustack, desc_user, desc_kmsg;

#endif
