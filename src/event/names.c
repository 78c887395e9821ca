/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: event. Names of enum values, as outputs show them and event_parse() takes them. */
#include "event.h"

const char *const stall_kind_names[] = {
	[STALL_DIRECT] = "direct",	   [STALL_MEMCG] = "memcg",
	[STALL_SOFTLIMIT] = "softlimit",   [STALL_NODE] = "node",
	[STALL_COMPACTION] = "compaction", [STALL_HIGH] = "high",
	[STALL_PROACTIVE] = "proactive",   [STALL_KINDS] = NULL,
};

const char *const stall_cause_names[] = {
	[CAUSE_CPU] = "cpu",   [CAUSE_SLAB] = "slab",	    [CAUSE_THROTTLED] = "throttled",
	[CAUSE_IO] = "io",     [CAUSE_BLOCKED] = "blocked", [CAUSE_RUNQUEUE] = "runqueue",
	[STALL_CAUSES] = NULL,
};

const char *const throttle_reason_names[] = {
	[THROTTLE_NONE] = "none",	    [THROTTLE_WRITEBACK] = "writeback",
	[THROTTLE_ISOLATED] = "isolated",   [THROTTLE_NOPROGRESS] = "noprogress",
	[THROTTLE_CONGESTED] = "congested", [THROTTLE_PFMEMALLOC] = "pfmemalloc",
	[THROTTLE_HIGH] = "high",	    [THROTTLE_REASONS] = NULL,
};

const char *const kswapd_at_stall_names[] = {
	[KSWAPD_UNKNOWN] = "unknown",
	[KSWAPD_ASLEEP] = "asleep",
	[KSWAPD_LATE] = "late",
	[KSWAPD_AWAKE] = "awake",
	NULL,
};

const char *const fault_class_names[] = {
	[FAULT_FILE] = "file",
	[FAULT_SWAP] = "swap",
	[FAULT_OTHER] = "other",
	[FAULT_CLASSES] = NULL,
};

const char *const swapdev_kind_names[] = {
	[SWAPDEV_DISK] = "disk",
	[SWAPDEV_ZRAM] = "zram",
	[SWAPDEV_FILE] = "file",
	NULL,
};

const char *const kswapd_state_names[] = {
	[KSWAPD_WAKE] = "wake",
	[KSWAPD_SLEEP] = "sleep",
	NULL,
};

const char *const reap_stage_names[] = {
	[REAP_WAKE] = "wake", [REAP_START] = "start", [REAP_FINISH] = "finish",
	[REAP_SKIP] = "skip", [REAP_STAGES] = NULL,
};

const char *const probe_status_names[] = {
	[PROBE_OK] = "ok",
	[PROBE_DEGRADED] = "degraded",
	[PROBE_MISSING] = "missing",
	[PROBE_OFF] = "off",
	NULL,
};

const char *const end_reason_names[] = {
	[END_NONE] = "none",	   [END_SIGNAL] = "signal", [END_DURATION] = "duration",
	[END_PROGRAM] = "program", [END_TARGET] = "target", NULL,
};

const char *const signal_names[] = {
	[SIG_DIRECT] = "direct",
	[SIG_MEMCG] = "memcg",
	[SIG_SOFTLIMIT] = "softlimit",
	[SIG_NODE] = "node",
	[SIG_COMPACTION] = "compaction",
	[SIG_HIGH] = "high",
	[SIG_FAULT] = "fault",
	[SIG_KSWAPD] = "kswapd",
	[SIG_KSWAPD_WAKEUP] = "kswapd_wakeup",
	[SIG_OOM] = "oom",
	[SIG_EXIT] = "exit",
	[SIG_SWAPOUT] = "swapout",
	[SIG_SLEEP] = "sleep",
	[SIG_SAMPLE] = "sample",
	[EV_SIGNALS] = NULL,
};

const char *const host_counter_names[] = {
#define HOST_ENTRY(from, id, name, key) [HOST_##id] = name,
#include "host.def"
	[HOST_COUNTERS] = NULL,
};
