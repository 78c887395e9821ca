/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A software event of page faults, opened on every online CPU with a BPF program behind it.
 *
 * Layer: probe. Used by probe/ only.
 */
#ifndef MEMTRACE_PERF_H
#define MEMTRACE_PERF_H

#include <stdint.h>
#include <bpf/libbpf.h>

struct perf_faults;

/*
 * prog must be loaded; it runs at every period-th event of a CPU. config: PERF_COUNT_SW_*. NULL
 * when memory is short.
 */
struct perf_faults *perf_faults_new(struct bpf_program *prog, uint64_t config, uint32_t period);
void perf_faults_free(struct perf_faults *pf);

/* Opens the event on CPUs that are online and not open yet. Number opened, or negative errno. */
int perf_faults_follow(struct perf_faults *pf);

/*
 * How often the program was to run, by the kernel's own count. More than it ran when perf withheld
 * events from it: while the CPU was in another BPF program (bpf_overflow_handler()), or by
 * throttling (__perf_event_account_interrupt(), both kernel/events/core.c; events of which each is
 * one sample are not throttled up to v7.3, as perf_swevent_overflow() asks for none). The count
 * itself goes on.
 */
uint64_t perf_faults_count(const struct perf_faults *pf);

#endif
