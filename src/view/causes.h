/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stalls waited for, in words.
 *
 * Layer: view, private to it.
 */
#ifndef MEMTRACE_CAUSES_H
#define MEMTRACE_CAUSES_H

#include "para.h"
#include "render.h"

/* What a cause, a reason to be throttled are called in sentences; NULL for THROTTLE_NONE. */
const char *cause_word(enum stall_cause cause);
const char *throttle_word(enum throttle_reason reason);

/* Causes by time, longest first, those of less than a hundredth of total left out. Returns how
 * many. */
int causes_rank(const uint64_t cause_ns[STALL_CAUSES], uint64_t total_ns, int out[STALL_CAUSES]);

/* The reason of most throttling; THROTTLE_NONE = there was none. */
enum throttle_reason throttle_top(const uint64_t throttle_ns[THROTTLE_REASONS]);
/* Of n shrinkers the one that took longest; its callback is 0 when there was none. */
const struct ev_shrinker *shrinker_top(const struct ev_shrinker *shrinkers, int n);

/* "io 72 slab 16": the two largest in percent of the whole; "-" when unknown. Returns buf. */
const char *causes_label(const uint64_t cause_ns[STALL_CAUSES], uint64_t total_ns, char *buf,
			 size_t cap);

/* "super_cache_scan of ext4", by its symbols; "?" when they are not known. Returns buf. */
const char *shrinker_label(const struct model *m, const struct ev_shrinker *s, char *buf,
			   size_t cap);

/* "62 % waiting for I/O, 20 % in shrinkers (mostly super_cache_scan of ext4) and 18 % ..." */
void causes_write(struct para *p, const struct model *m, const struct stall_stats *s);
/* "13.1 ms waiting for I/O, 3.0 ms in shrinkers (...)", of one stall. */
void stall_causes_write(struct para *p, const struct model *m, const struct ev_stall *ev);

#define STACK_LEN 2048 /* room for all frames of most */

/* The frames of a stack that tell where: "folio_wait_writeback < shrink_folio_list", as many as
 * fit; "?" when it is not known. Returns buf. */
const char *stack_label(const struct model *m, uint32_t stack, char *buf, size_t cap);

#endif
