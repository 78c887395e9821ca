/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each option does with its argument.
 *
 * Layer: cli. Used by options.c only, whose table has what a bad argument is told to be.
 */
#ifndef MEMTRACE_OPTION_ARGS_H
#define MEMTRACE_OPTION_ARGS_H

#include "options.h"

/* Each puts the argument where it belongs in *o. Returns 0, or -errno when it is none of its kind.
 */
int set_pids(struct options *o, const char *arg);
int set_tids(struct options *o, const char *arg);
int set_comm(struct options *o, const char *arg);
int set_uid(struct options *o, const char *arg);
int set_cgroup(struct options *o, const char *arg);
int set_min(struct options *o, const char *arg);
int set_duration(struct options *o, const char *arg);
int set_interval(struct options *o, const char *arg);
int set_buffer(struct options *o, const char *arg);
int set_rows(struct options *o, const char *arg);
int set_sort(struct options *o, const char *arg);
int set_folded(struct options *o, const char *arg);
int set_sample(struct options *o, const char *arg);
int set_churn(struct options *o, const char *arg);
int set_output(struct options *o, const char *arg);
int set_dir(struct options *o, const char *arg);
int set_keep(struct options *o, const char *arg);
int set_history(struct options *o, const char *arg);
int set_history_memory(struct options *o, const char *arg);
int set_exec(struct options *o, const char *arg);
int set_read(struct options *o, const char *arg);
int set_from(struct options *o, const char *arg);
int set_to(struct options *o, const char *arg);
int set_ring(struct options *o, const char *arg);
int set_max_size(struct options *o, const char *arg);
int set_html(struct options *o, const char *arg);
int set_format(struct options *o, const char *arg);
int set_table(struct options *o, const char *arg);

#endif
