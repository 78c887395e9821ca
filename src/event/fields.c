/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer: event. The kinds of event there are, in the order in which documents and recordings have
 * them. Their tables are in fields_traced.c, fields_snapshot.c and fields_names.c.
 */
#include "fields.h"

const struct event_desc *const event_descs[] = {
	&desc_stall,	&desc_fault,	  &desc_kswapd,	 &desc_kswapd_wakeup, &desc_oom_kill,
	&desc_oom_reap, &desc_exit,	  &desc_task,	 &desc_swapout,	      &desc_sleep,
	&desc_sample,	&desc_swap_owner, &desc_meta,	 &desc_probe,	      &desc_host,
	&desc_zone,	&desc_cgstat,	  &desc_cgroup,	 &desc_process,	      &desc_file,
	&desc_kmsg,	&desc_counts,	  &desc_tick,	 &desc_program,	      &desc_symbol,
	&desc_stack,	&desc_ustack,	  &desc_swapdev, &desc_clock,	      &desc_cgmem,
	&desc_oom_back, &desc_user,	  &desc_vm,
};
const int event_ndescs = (int)(sizeof(event_descs) / sizeof(event_descs[0]));
