/* SPDX-License-Identifier: GPL-2.0 */
/* Field tables against the structs, and events through parse, check and field access. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "event.h"

union event {
	struct ev_hdr hdr;
	struct ev_stall stall;
	struct ev_fault fault;
	struct ev_oom_kill oom;
	struct ev_task_row task;
	struct ev_meta meta;
	struct ev_probe probe;
	struct ev_host host;
	struct ev_counters counts;
	struct ev_tick tick;
	struct ev_cgroup cgroup;
	uint64_t align[1024];
};

static union event ev;

/* Parses a line that must be right in form. */
static void parse_form(const char *line)
{
	const char *err = NULL;
	int size = event_parse(line, &ev, sizeof(ev), &err);

	if (size < 0)
		fail_msg("%s: %s", line, err);
	assert_int_equal(size, ev.hdr.size);
}

/* Parses a line that must be right, and checks the event. */
static void parse(const char *line)
{
	parse_form(line);
	assert_int_equal(event_check(&ev, ev.hdr.size), 0);
}

static void assert_refused(const char *line, const char *message)
{
	const char *err = NULL;

	assert_int_equal(event_parse(line, &ev, sizeof(ev), &err), -EINVAL);
	assert_string_equal(err, message);
}

static void kinds_are_in_order_and_found_by_number_and_name(void **state)
{
	(void)state;
	for (int i = 0; i < event_ndescs; i++) {
		const struct event_desc *d = event_descs[i];

		assert_true(i == 0 || d->kind > event_descs[i - 1]->kind);
		assert_ptr_equal(event_desc(d->kind), d);
		assert_ptr_equal(event_desc_by_name(d->name), d);
		assert_true(d->help && d->help[0]);
		assert_int_equal(d->size % 8, 0);
	}
	assert_null(event_desc(0));
	assert_null(event_desc(31));
	assert_null(event_desc(UINT16_MAX));
	assert_null(event_desc_by_name("nonsense"));
	for (uint16_t kind = EV_STALL; kind <= EV_SWAP_OWNER; kind++)
		assert_non_null(event_desc(kind));
	for (uint16_t kind = EV_META; kind <= EV_VM; kind++)
		assert_non_null(event_desc(kind));
}

static size_t type_size(const struct field *f)
{
	static const size_t sizes[] = {
		[FT_U8] = 1, [FT_U16] = 2, [FT_U32] = 4, [FT_S32] = 4, [FT_U64] = 8};

	return f->type == FT_CHARS || f->type == FT_TEXT ? f->size : sizes[f->type];
}

/* Members of the structs that mean nothing. */
static size_t pad_bytes(uint16_t kind)
{
	switch (kind) {
	case EV_STALL: /* throttle_ns[THROTTLE_NONE] */
		return 8;
	case EV_STACK:
	case EV_USER:
	case EV_OOM_KILL:
	case EV_EXIT:
	case EV_FAULT:
	case EV_PROBE:
	case EV_ZONE:
	case EV_PROCESS:
	case EV_TICK:
		return 4;
	default:
		return 0;
	}
}

/* So a member added to a struct but not to its table fails here. */
static void fields_cover_their_struct_exactly_once(void **state)
{
	(void)state;
	for (int i = 0; i < event_ndescs; i++) {
		const struct event_desc *d = event_descs[i];
		size_t covered = sizeof(((struct ev_hdr *)0)->kind) +
				 sizeof(((struct ev_hdr *)0)->size) + pad_bytes(d->kind);
		char *used = calloc(1, d->size);

		assert_non_null(used);
		for (int k = 0; k < d->nfields; k++) {
			const struct field *f = &d->fields[k];

			assert_true(f->offset + f->size <= d->size);
			assert_int_equal(type_size(f), f->size);
			for (size_t b = 0; b < f->size; b++)
				assert_false(used[f->offset + b]++);
			covered += f->size;
		}
		if (covered != d->size)
			fail_msg("%s: %zu of %u bytes", d->name, covered, d->size);
		free(used);
	}
}

static void names_are_unique_and_fields_are_found_by_them(void **state)
{
	(void)state;
	for (int i = 0; i < event_ndescs; i++) {
		const struct event_desc *d = event_descs[i];

		for (int k = 0; k < d->nfields; k++) {
			assert_ptr_equal(event_field(d, d->fields[k].name), &d->fields[k]);
			assert_string_not_equal(d->fields[k].name, "type");
			assert_string_not_equal(d->fields[k].name, "time");
		}
		assert_non_null(event_field(d, "time_ns"));
		assert_non_null(event_field(d, "cpu"));
		assert_null(event_field(d, "nonsense"));
	}
}

static void each_field_is_described_consistently(void **state)
{
	(void)state;
	for (int i = 0; i < event_ndescs; i++) {
		const struct event_desc *d = event_descs[i];

		for (int k = 0; k < d->nfields; k++) {
			const struct field *f = &d->fields[k];

			assert_true(f->help && f->help[0]);
			assert_int_equal(f->names != NULL, f->unit == FU_ENUM);
			assert_int_equal(f->header != NULL, f->role == FR_COLUMN);
			assert_int_equal(f->type == FT_TEXT, d->has_text && k == d->nfields - 1);
			if (f->type == FT_TEXT)
				assert_int_equal(f->offset, d->size);
		}
	}
}

static void text_lines_fit_with_the_last_column_open(void **state)
{
	static const char *const kinds[] = {"stall", "fault"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct event_desc *d = event_desc_by_name(kinds[i]);
		int total = 0, open = 0;

		for (int k = 0; k < d->nfields; k++) {
			const struct field *f = &d->fields[k];

			if (f->role != FR_COLUMN)
				continue;
			assert_false(open); /* the open one is the last */
			open = f->width == 0;
			if (!open)
				assert_true(abs(f->width) >= (int)strlen(f->header));
			total += abs(f->width) + 1;
		}
		assert_true(open);
		assert_true(total <= 100 - 12);
	}
}

static void names_of_enums_match_their_count(void **state)
{
	(void)state;
	assert_string_equal(stall_kind_names[STALL_COMPACTION], "compaction");
	assert_null(stall_kind_names[STALL_KINDS]);
	assert_string_equal(stall_cause_names[CAUSE_RUNQUEUE], "runqueue");
	assert_null(stall_cause_names[STALL_CAUSES]);
	assert_string_equal(throttle_reason_names[THROTTLE_HIGH], "high");
	assert_null(throttle_reason_names[THROTTLE_REASONS]);
	assert_string_equal(kswapd_at_stall_names[KSWAPD_AWAKE], "awake");
	assert_null(kswapd_at_stall_names[KSWAPD_AWAKE + 1]);
	assert_string_equal(fault_class_names[FAULT_OTHER], "other");
	assert_null(fault_class_names[FAULT_CLASSES]);
	assert_string_equal(swapdev_kind_names[SWAPDEV_FILE], "file");
	assert_null(swapdev_kind_names[SWAPDEV_FILE + 1]);
	assert_string_equal(kswapd_state_names[KSWAPD_SLEEP], "sleep");
	assert_null(kswapd_state_names[KSWAPD_SLEEP + 1]);
	assert_string_equal(reap_stage_names[REAP_SKIP], "skip");
	assert_null(reap_stage_names[REAP_STAGES]);
	assert_string_equal(probe_status_names[PROBE_OFF], "off");
	assert_null(probe_status_names[PROBE_OFF + 1]);
	assert_string_equal(end_reason_names[END_TARGET], "target");
	assert_null(end_reason_names[END_TARGET + 1]);
	assert_null(signal_names[EV_SIGNALS]);
	/* The same word for a kind of stall and for the signal that counts it. */
	for (int i = 0; i < STALL_PROACTIVE; i++)
		assert_string_equal(stall_kind_names[i], signal_names[i]);
	/* And each signal's counts are called after it. */
	for (int i = 0; i < EV_SIGNALS; i++) {
		char name[64];
		const struct field *f;

		snprintf(name, sizeof(name), "%s.lost", signal_names[i]);
		f = event_field(event_desc(EV_COUNTS), name);
		assert_non_null(f);
		assert_int_equal(f->offset, offsetof(struct ev_counters, sig) +
						    (size_t)i * sizeof(struct ev_counts) +
						    offsetof(struct ev_counts, lost));
	}
}

static void host_counters_are_named_after_their_ids(void **state)
{
	static const char *const ids[] = {
#define HOST_ENTRY(from, id, name, key) #id,
#include "host.def"
	};

	(void)state;
	assert_int_equal(sizeof(ids) / sizeof(ids[0]), HOST_COUNTERS);
	assert_null(host_counter_names[HOST_COUNTERS]);
	for (int i = 0; i < HOST_COUNTERS; i++) {
		const char *name = host_counter_names[i];
		const struct field *f = event_field(event_desc(EV_HOST), name);

		assert_int_equal(strlen(name), strlen(ids[i]));
		for (size_t k = 0; ids[i][k]; k++)
			assert_int_equal(name[k], tolower(ids[i][k]));
		assert_non_null(f);
		assert_int_equal(f->offset, offsetof(struct ev_host, value) + (size_t)i * 8);
	}
}

/* A value that fits the field and differs from field to field. */
static void value_for(const struct field *f, int k, char *text, size_t cap)
{
	if (f->type == FT_CHARS || f->type == FT_TEXT)
		snprintf(text, cap, "\"v %d\\\"\\\\\\n\\x01\"", k);
	else if (f->unit == FU_ENUM)
		snprintf(text, cap, "%s", f->names[k % 2]);
	else if (f->type == FT_S32)
		snprintf(text, cap, "-%d", k + 1);
	else
		snprintf(text, cap, "%d", k + 1);
}

static void assert_value(const struct field *f, int k)
{
	char expected[64];
	const char *s;
	size_t len;

	if (f->type == FT_CHARS || f->type == FT_TEXT) {
		snprintf(expected, sizeof(expected), "v %d\"\\\n\x01", k);
		s = field_str(f, &ev.hdr, &len);
		assert_int_equal(len, strlen(expected));
		assert_memory_equal(s, expected, len);
	} else if (f->unit == FU_ENUM) {
		assert_int_equal(field_u64(f, &ev.hdr), k % 2);
	} else if (f->type == FT_S32) {
		assert_true((int64_t)field_u64(f, &ev.hdr) == -(k + 1));
	} else {
		assert_int_equal(field_u64(f, &ev.hdr), k + 1);
	}
}

static void every_field_of_every_kind_survives_parse_and_check(void **state)
{
	(void)state;
	for (int i = 0; i < event_ndescs; i++) {
		const struct event_desc *d = event_descs[i];
		char line[8192], value[64];
		int n = snprintf(line, sizeof(line), "%s", d->name);

		for (int k = 0; k < d->nfields; k++) {
			value_for(&d->fields[k], k, value, sizeof(value));
			n += snprintf(line + n, sizeof(line) - (size_t)n, " %s=%s",
				      d->fields[k].name, value);
		}
		parse_form(line);
		/* the causes of this stall do not add up */
		assert_int_equal(event_check(&ev, ev.hdr.size), d->kind == EV_STALL ? -EINVAL : 0);
		assert_int_equal(ev.hdr.kind, d->kind);
		for (int k = 0; k < d->nfields; k++)
			assert_value(&d->fields[k], k);
	}
}

static void absent_fields_are_zero_and_every_bare_kind_is_valid(void **state)
{
	(void)state;
	for (int i = 0; i < event_ndescs; i++) {
		const struct event_desc *d = event_descs[i];

		memset(&ev, 0xff, sizeof(ev));
		parse(d->name);
		for (size_t b = sizeof(struct ev_hdr); b < ev.hdr.size; b++)
			assert_int_equal(((const char *)&ev)[b], 0);
		assert_int_equal(ev.hdr.time_ns, 0);
		assert_int_equal(ev.hdr.cpu, 0);
	}
}

static void a_stall_reads_as_it_is_written(void **state)
{
	(void)state;
	parse("stall time_ns=12 pid=3 tid=4 comm=\"a b\" kind=memcg order=9 gfp=0x140cca "
	      "duration_ns=1.5ms limit_bytes=64M reclaimed_pages=32\n");
	assert_int_equal(ev.hdr.time_ns, 12);
	assert_int_equal(ev.stall.task.tgid, 3);
	assert_int_equal(ev.stall.task.tid, 4);
	assert_string_equal(ev.stall.task.comm, "a b");
	assert_int_equal(ev.stall.kind, STALL_MEMCG);
	assert_int_equal(ev.stall.order, 9);
	assert_int_equal(ev.stall.gfp, 0x140cca);
	assert_int_equal(ev.stall.duration_ns, 1500000);
	assert_int_equal(ev.stall.limit_bytes, 64 << 20);
	assert_int_equal(ev.stall.reclaimed_pages, 32);
}

static void the_causes_of_a_stall_must_add_up_to_it(void **state)
{
	(void)state;
	parse("stall duration_ns=10 split=1 causes.cpu_ns=4 causes.io_ns=6");
	parse("stall duration_ns=10"); /* not known */
	parse_form("stall duration_ns=10 split=1 causes.cpu_ns=4 causes.io_ns=7");
	assert_int_equal(event_check(&ev, ev.hdr.size), -EINVAL);
	parse_form("stall duration_ns=10 split=1 causes.cpu_ns=4 causes.blocked_ns=5");
	assert_int_equal(event_check(&ev, ev.hdr.size), -EINVAL);
	/* an overflow is no way to come out right */
	parse_form("stall duration_ns=10 split=1 causes.cpu_ns=11 "
		   "causes.runqueue_ns=0xffffffffffffffff");
	assert_int_equal(event_check(&ev, ev.hdr.size), -EINVAL);
}

static void special_values_are_understood(void **state)
{
	(void)state;
	parse("host allocstall=5 psi_some=absent");
	assert_int_equal(ev.host.value[HOST_ALLOCSTALL], 5);
	assert_true(ev.host.value[HOST_PSI_SOME] == EV_ABSENT);
	parse("task state=D oom_score_adj=-1000 leader=1");
	assert_int_equal(ev.task.state, 'D');
	assert_int_equal(ev.task.oom_score_adj, -1000);
	assert_int_equal(ev.task.leader, 1);
	parse("tick last=1 reason=program status=-2147483648");
	assert_int_equal(ev.tick.reason, END_PROGRAM);
	assert_int_equal(ev.tick.status, INT32_MIN);
	parse("tick reason=2");
	assert_int_equal(ev.tick.reason, END_DURATION);
	parse("oom_kill victim.pid=7 trigger.pid=8 memcg.limit_bytes=1GiB");
	assert_int_equal(ev.oom.victim.tgid, 7);
	assert_int_equal(ev.oom.task.tgid, 8);
	assert_int_equal(ev.oom.limit_bytes, 1 << 30);
	parse("counts direct.seen=3 swapout.extra=18446744073709551615 ring_bytes=4k");
	assert_int_equal(ev.counts.sig[SIG_DIRECT].seen, 3);
	assert_true(ev.counts.sig[SIG_SWAPOUT].extra == UINT64_MAX);
	assert_int_equal(ev.counts.ring_bytes, 4096);
}

static void a_full_character_array_needs_no_nul(void **state)
{
	const struct field *f;
	size_t len;

	(void)state;
	parse("stall pid=1 comm=0123456789abcdef");
	f = event_field(event_desc(EV_STALL), "comm");
	assert_memory_equal(field_str(f, &ev.hdr, &len), "0123456789abcdef", 16);
	assert_int_equal(len, 16);
	parse("meta gfp_names.11=__GFP_KSWAPD_RECLAIM");
	assert_memory_equal(ev.meta.gfp_names[11], gfp_default_names[11], GFP_NAME_LEN);
}

static void a_repeated_field_takes_the_last_value(void **state)
{
	(void)state;
	parse("stall comm=longername comm=ab");
	assert_string_equal(ev.stall.task.comm, "ab");
	parse("cgroup path=/a/long/path path=/b");
	assert_string_equal(ev.cgroup.path, "/b");
	assert_int_equal(ev.hdr.size, sizeof(struct ev_cgroup) + 8);
}

static void wrong_lines_are_refused_with_a_reason(void **state)
{
	char line[6000];

	(void)state;
	assert_refused("", "name missing or too long");
	assert_refused("nonsense pid=1", "unknown event");
	assert_refused("stall nonsense=1", "unknown field");
	assert_refused("stall pid", "no = after a field's name");
	assert_refused("stall =1", "name missing or too long");
	assert_refused("stall pid=", "not a number");
	assert_refused("stall pid=x", "not a number");
	assert_refused("stall pid=1x", "not a number");
	assert_refused("stall pid=--1", "not a number");
	assert_refused("stall pid=5ms", "not a number");
	assert_refused("stall pid=absent", "not a number");
	assert_refused("stall pid=-1", "number out of range");
	assert_refused("stall pid=4294967296", "number out of range");
	assert_refused("stall cpu=65536", "number out of range");
	assert_refused("task leader=256", "number out of range");
	assert_refused("tick status=2147483648", "number out of range");
	assert_refused("tick status=-2147483649", "number out of range");
	assert_refused("tick status=-18446744073709551615", "number out of range");
	assert_refused("stall duration_ns=18446744073709551616", "number out of range");
	assert_refused("stall kind=magic", "unknown name of an enum");
	assert_refused("stall comm=01234567890123456", "string too long");
	assert_refused("stall comm=\"open", "unterminated string");
	assert_refused("stall comm=\"a\"b", "no space after a string");
	assert_refused("stall comm=\"\\q\"", "unknown escape");
	assert_refused("stall comm=\"\\", "unknown escape");
	assert_refused("stall comm=\"\\x4\"", "bad \\x escape");
	assert_refused("cgroup path=\"a\\x00b\"", "bad \\x escape");
	snprintf(line, sizeof(line), "cgroup path=%05000d", 1);
	assert_refused(line, "string too long");
}

static void a_buffer_that_is_too_small_is_not_overrun(void **state)
{
	uint64_t small[5];
	const char *err = NULL;

	(void)state;
	assert_int_equal(event_parse("stall", small, sizeof(small), &err), -EINVAL);
	assert_string_equal(err, "buffer too small");
	assert_int_equal(event_parse("cgroup path=/123456", small, sizeof(small), &err), 32);
	assert_int_equal(event_parse("cgroup path=/1234567", small, sizeof(small), &err), 40);
	assert_int_equal(event_parse("cgroup path=/123456789abcdef", small, sizeof(small), &err),
			 -EINVAL);
	assert_string_equal(err, "buffer too small");
}

static void wrong_sizes_and_kinds_are_refused(void **state)
{
	(void)state;
	parse("stall pid=1");
	assert_int_equal(event_check(&ev, 0), -EINVAL);
	assert_int_equal(event_check(&ev, sizeof(struct ev_hdr) - 1), -EINVAL);
	assert_int_equal(event_check(&ev, ev.hdr.size - 1), -EINVAL);
	assert_int_equal(event_check(&ev, ev.hdr.size + 8), -EINVAL);
	ev.hdr.size += 8; /* header and buffer agree, the kind does not */
	assert_int_equal(event_check(&ev, ev.hdr.size), -EINVAL);
	ev.hdr.size = sizeof(struct ev_hdr);
	assert_int_equal(event_check(&ev, ev.hdr.size), -EINVAL);
	ev.hdr.kind = 0;
	assert_int_equal(event_check(&ev, ev.hdr.size), -EINVAL);
	ev.hdr.kind = 999;
	assert_int_equal(event_check(&ev, ev.hdr.size), -ENOTSUP);
}

static void text_that_does_not_end_is_refused(void **state)
{
	(void)state;
	parse("cgroup id=5 path=/1234567");
	((char *)&ev)[ev.hdr.size - 1] = 'x';
	assert_int_equal(event_check(&ev, ev.hdr.size), -EINVAL);
	ev.hdr.size = sizeof(struct ev_cgroup); /* not even a NUL */
	assert_int_equal(event_check(&ev, ev.hdr.size), -EINVAL);
}

/* No value of an enum member reaches a later layer, which may use it as an index. */
static void every_enum_is_range_checked(void **state)
{
	int enums = 0;

	(void)state;
	for (int i = 0; i < event_ndescs; i++) {
		const struct event_desc *d = event_descs[i];

		for (int k = 0; k < d->nfields; k++) {
			const struct field *f = &d->fields[k];
			uint32_t n = 0, huge = UINT32_MAX;

			if (f->unit != FU_ENUM)
				continue;
			enums++;
			while (f->names[n])
				n++;
			parse(d->name);
			memcpy((char *)&ev + f->offset, &n, sizeof(n));
			assert_int_equal(event_check(&ev, ev.hdr.size), -EINVAL);
			memcpy((char *)&ev + f->offset, &huge, sizeof(huge));
			assert_int_equal(event_check(&ev, ev.hdr.size), -EINVAL);
			n--;
			memcpy((char *)&ev + f->offset, &n, sizeof(n));
			assert_int_equal(event_check(&ev, ev.hdr.size), 0);
		}
	}
	assert_int_equal(enums, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_in_order_and_found_by_number_and_name),
		cmocka_unit_test(fields_cover_their_struct_exactly_once),
		cmocka_unit_test(names_are_unique_and_fields_are_found_by_them),
		cmocka_unit_test(each_field_is_described_consistently),
		cmocka_unit_test(text_lines_fit_with_the_last_column_open),
		cmocka_unit_test(names_of_enums_match_their_count),
		cmocka_unit_test(host_counters_are_named_after_their_ids),
		cmocka_unit_test(every_field_of_every_kind_survives_parse_and_check),
		cmocka_unit_test(absent_fields_are_zero_and_every_bare_kind_is_valid),
		cmocka_unit_test(a_stall_reads_as_it_is_written),
		cmocka_unit_test(the_causes_of_a_stall_must_add_up_to_it),
		cmocka_unit_test(special_values_are_understood),
		cmocka_unit_test(a_full_character_array_needs_no_nul),
		cmocka_unit_test(a_repeated_field_takes_the_last_value),
		cmocka_unit_test(wrong_lines_are_refused_with_a_reason),
		cmocka_unit_test(a_buffer_that_is_too_small_is_not_overrun),
		cmocka_unit_test(wrong_sizes_and_kinds_are_refused),
		cmocka_unit_test(text_that_does_not_end_is_refused),
		cmocka_unit_test(every_enum_is_range_checked),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
