// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: probe. See perf.h.
 */
#include "perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct perf_cpu {
	int fd; /* owned by link once attached; -1 = not open */
	struct bpf_link *link;
};

struct perf_faults {
	struct bpf_program *prog;
	uint64_t config;
	uint32_t period;
	uint64_t gone; /* counts of events closed because their CPU went offline */
	int ncpus;
	struct perf_cpu cpu[];
};

static int event_open(const struct perf_faults *pf, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = pf->config,
		.sample_period = pf->period,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Times its program was to run. */
static uint64_t event_count(const struct perf_faults *pf, int cpu)
{
	const struct perf_cpu *c = &pf->cpu[cpu];
	uint64_t n = 0;

	if (c->fd < 0 || read(c->fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	return n / pf->period;
}

static int cpu_open(struct perf_faults *pf, int cpu)
{
	struct perf_cpu *c = &pf->cpu[cpu];
	int fd = event_open(pf, cpu);

	if (fd < 0)
		return fd;
	c->link = bpf_program__attach_perf_event(pf->prog, fd);
	if (!c->link) {
		int err = -errno;

		close(fd);
		return err;
	}
	c->fd = fd;
	return 0;
}

/* The event of a CPU that went offline never fires again, also when the CPU comes back. */
static void cpu_close(struct perf_faults *pf, int cpu)
{
	pf->gone += event_count(pf, cpu);
	bpf_link__destroy(pf->cpu[cpu].link);
	pf->cpu[cpu].link = NULL;
	pf->cpu[cpu].fd = -1;
}

struct perf_faults *perf_faults_new(struct bpf_program *prog, uint64_t config, uint32_t period)
{
	int n = libbpf_num_possible_cpus();
	struct perf_faults *pf;

	if (n < 1)
		return NULL;
	pf = calloc(1, sizeof(*pf) + n * sizeof(pf->cpu[0]));
	if (!pf)
		return NULL;
	pf->prog = prog;
	pf->config = config;
	pf->period = period;
	pf->ncpus = n;
	for (int i = 0; i < n; i++)
		pf->cpu[i].fd = -1;
	return pf;
}

void perf_faults_free(struct perf_faults *pf)
{
	if (!pf)
		return;
	for (int i = 0; i < pf->ncpus; i++)
		if (pf->cpu[i].fd >= 0)
			cpu_close(pf, i);
	free(pf);
}

int perf_faults_follow(struct perf_faults *pf)
{
	int opened = 0, err;

	for (int i = 0; i < pf->ncpus; i++) {
		int fd = event_open(pf, i);

		/* ENODEV: offline. A probe open is how the kernel is asked. */
		if (fd == -ENODEV && pf->cpu[i].fd >= 0)
			cpu_close(pf, i);
		if (fd < 0) {
			if (fd != -ENODEV)
				return fd;
			continue;
		}
		close(fd);
		if (pf->cpu[i].fd >= 0)
			continue;
		err = cpu_open(pf, i);
		if (err)
			return err;
		opened++;
	}
	return opened;
}

uint64_t perf_faults_count(const struct perf_faults *pf)
{
	uint64_t n = pf->gone;

	for (int i = 0; i < pf->ncpus; i++)
		n += event_count(pf, i);
	return n;
}
