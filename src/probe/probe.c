// SPDX-License-Identifier: GPL-2.0
/*
 * Life of the BPF side: open, attach, arm, close.
 *
 * Layer: probe. See probe.h; loading is in load.c, reading in read.c.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "clock.h"
#include "log.h"
#include "probe_impl.h"

int probe_fail(struct probe *p, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->error, sizeof(p->error), fmt, ap);
	va_end(ap);
	return err;
}

const char *probe_error(const struct probe *p)
{
	return p ? p->error : "out of memory";
}

static size_t ring_size(size_t want)
{
	size_t size = sysconf(_SC_PAGESIZE);

	while (size < want && size < (size_t)1 << 30)
		size <<= 1;
	return size;
}

static int watch(struct bpf_map *map, uint32_t id)
{
	uint32_t one = 1;

	return bpf_map__update_elem(map, &id, sizeof(id), &one, sizeof(one), BPF_ANY);
}

static int watch_all(struct probe *p, const struct probe_opts *opts)
{
	int err = 0;

	for (int i = 0; i < opts->ntgids && !err; i++)
		err = watch(p->skel->maps.watched_tgids, opts->tgids[i]);
	for (int i = 0; i < opts->ntids && !err; i++)
		err = watch(p->skel->maps.watched_tids, opts->tids[i]);
	return err;
}

/* What finds no room in the map of owners is nobody's, so that entry is there from the start. */
static int nobody_add(struct probe *p)
{
	const struct swap_owner none = {0};
	uint64_t id = 0;

	if (!ladder_is(p->choice, "swap.owner", "memcg"))
		return 0;
	return bpf_map__update_elem(p->skel->maps.swap_owners, &id, sizeof(id), &none, sizeof(none),
				    BPF_ANY);
}

static void btf_free(struct probe *p)
{
	types_free(p->types);
	p->types = NULL;
	btf__free(p->btf);
	p->btf = NULL;
}

int probe_open(const struct probe_opts *opts, struct probe **out)
{
	struct probe *p = calloc(1, sizeof(*p));
	int err;

	*out = p;
	if (!p)
		return -ENOMEM;
	p->ring_bytes = ring_size(opts->ring_bytes);
	p->ncpus = libbpf_num_possible_cpus();
	if (p->ncpus < 1)
		return probe_fail(p, -EINVAL, "cannot tell the number of CPUs");
	p->percpu = calloc(p->ncpus, sizeof(*p->percpu));
	if (!p->percpu)
		return probe_fail(p, -ENOMEM, "out of memory");
	p->btf = btf__load_vmlinux_btf();
	if (!p->btf)
		return probe_fail(p, -errno,
				  "cannot read the kernel's BTF (/sys/kernel/btf/vmlinux): %s. "
				  "memtrace needs a kernel built with CONFIG_DEBUG_INFO_BTF=y",
				  strerror(errno));
	p->types = types_index(p->btf);
	if (!p->types)
		return probe_fail(p, -ENOMEM, "out of memory");
	err = probe_load(p, opts);
	if (err)
		return err;
	gfp_names_read(p);
	btf_free(p); /* its 7 MiB are not needed again */
	malloc_trim(0);
	err = watch_all(p, opts);
	if (!err)
		err = nobody_add(p);
	if (err)
		return probe_fail(p, err, "cannot set the filter: %s", strerror(-err));
	return 0;
}

struct probe *probe_none(const char *why)
{
	struct probe *p = calloc(1, sizeof(*p));

	if (p)
		ladder_refuse_all(p->choice, why);
	return p;
}

static int on_ring_event(void *ctx, void *data, size_t size)
{
	struct probe *p = ctx;

	p->fn(p->ctx, data, size);
	return 0;
}

static void destroy_links(struct bpf_link **links, int *n)
{
	while (*n)
		bpf_link__destroy(links[--*n]);
}

/* Starts are noted from here on: set only now, so that older leftovers are recognised. */
static void armed_set(struct probe *p)
{
	p->armed_since_ns = boottime_ns();
	p->skel->bss->fault_armed_ns = p->armed_since_ns;
	p->is_armed = true;
}

static void disarm(struct probe *p)
{
	destroy_links(p->armed, &p->narmed);
	p->on_demand = false;
	if (!p->is_armed)
		return;
	p->skel->bss->fault_armed_ns = 0;
	p->skel->bss->fault_asked = 0;
	p->armed_total_ns += boottime_ns() - p->armed_since_ns;
	p->is_armed = false;
}

/* What cannot be attached is taken out of the ladder's choice. */
static void refuse(struct probe *p, const char *prog, const char *what, int err)
{
	char why[192];

	snprintf(why, sizeof(why), "cannot %s: %s", what, strerror(err));
	log_debug("%s: %s", prog, why);
	ladder_refuse(p->choice, prog, why);
}

void probe_keep_link(struct probe *p, const struct bpf_program *prog, struct bpf_link *link)
{
	if (p->nlinks == PROBE_MAX_LINKS)
		abort(); /* the table of programs outgrew the array */
	p->linked[p->nlinks] = bpf_program__name(prog);
	p->links[p->nlinks++] = link;
}

/* What was attached for a signal that lost what it needs since costs, and gives nothing. */
static void drop_dependents(struct probe *p)
{
	bool on_demand;

	ladder_refuse_dependents(p->choice);
	if (!ladder_is(p->choice, "fault.latency", "function"))
		disarm(p);
	for (int i = 0; i < p->nlinks; i++) {
		if (ladder_uses(p->choice, p->linked[i], &on_demand))
			continue;
		bpf_link__destroy(p->links[i]);
		p->nlinks--;
		p->links[i] = p->links[p->nlinks];
		p->linked[i--] = p->linked[p->nlinks];
	}
}

static void attach_one(struct probe *p, struct bpf_program *prog)
{
	struct bpf_link *link = bpf_program__attach(prog);

	if (link)
		probe_keep_link(p, prog, link);
	else
		refuse(p, bpf_program__name(prog), "attach its program", errno);
}

static void attach_rows(struct probe *p)
{
	p->rows = bpf_program__attach_iter(p->skel->progs.task_rows, NULL);
	if (!p->rows)
		refuse(p, "task_rows", "attach the task iterator", errno);
}

static int attach_perf(struct probe *p, struct bpf_program *prog, uint64_t config, uint32_t period,
		       struct perf_faults **out)
{
	int err;

	*out = perf_faults_new(prog, config, period);
	if (!*out)
		return probe_fail(p, -ENOMEM, "out of memory");
	err = perf_faults_follow(*out);
	if (err < 0) {
		refuse(p, bpf_program__name(prog),
		       err == -EACCES ? "open the perf event of page faults (set sysctl "
					"kernel.perf_event_paranoid to 2, or grant cap_sys_admin)"
				      : "open the perf event of page faults",
		       -err);
		perf_faults_free(*out); /* all CPUs or none */
		*out = NULL;
	}
	return 0;
}

/* The ends of major faults, and the minor ones that are sampled. */
static int attach_faults(struct probe *p)
{
	int err = 0;

	if (ladder_is(p->choice, "fault.major", "perf"))
		err = attach_perf(p, p->skel->progs.fault_major, PERF_COUNT_SW_PAGE_FAULTS_MAJ, 1,
				  &p->perf);
	else if (ladder_is(p->choice, "fault.major", "perf-plain"))
		err = attach_perf(p, p->skel->progs.fault_major_plain,
				  PERF_COUNT_SW_PAGE_FAULTS_MAJ, 1, &p->perf);
	if (!err && ladder_is(p->choice, "fault.sample", "perf"))
		err = attach_perf(p, p->skel->progs.fault_sample, PERF_COUNT_SW_PAGE_FAULTS_MIN,
				  p->skel->rodata->sample_faults, &p->sample);
	return err;
}

/* All that is attached for the whole run and was not when it was loaded. */
static void attach_tracepoints(struct probe *p)
{
	struct bpf_program *prog;
	bool on_demand;

	bpf_object__for_each_program (prog, p->skel->obj) {
		if (bpf_program__type(prog) == BPF_PROG_TYPE_PERF_EVENT ||
		    bpf_program__expected_attach_type(prog) == BPF_TRACE_ITER ||
		    probe_is_trampoline(prog))
			continue;
		if (ladder_uses(p->choice, bpf_program__name(prog), &on_demand) && !on_demand)
			attach_one(p, prog);
	}
}

int probe_attach(struct probe *p, probe_event_fn fn, void *ctx)
{
	int err;

	p->fn = fn;
	p->ctx = ctx;
	p->ring = ring_buffer__new(bpf_map__fd(p->skel->maps.events), on_ring_event, p, NULL);
	if (!p->ring)
		return probe_fail(p, -errno, "cannot map the ring buffer: %s", strerror(errno));
	attach_tracepoints(p);
	if (ladder_is(p->choice, "fault.rate", "iter"))
		attach_rows(p);
	/* Before the end of a fault can be seen: its start can. */
	if (ladder_is(p->choice, "fault.latency", "function"))
		armed_set(p);
	err = attach_faults(p);
	drop_dependents(p);
	return err;
}

void probe_detach(struct probe *p)
{
	if (!p->skel)
		return;
	probe_log_misses(p);
	disarm(p);
	destroy_links(p->links, &p->nlinks);
	bpf_link__destroy(p->rows);
	p->rows = NULL;
	perf_faults_free(p->perf);
	perf_faults_free(p->sample);
	p->perf = p->sample = NULL;
}

void probe_unload(struct probe *p)
{
	if (!p->skel)
		return;
	probe_detach(p);
	memtrace_bpf__destroy(p->skel);
	p->skel = NULL;
}

void probe_close(struct probe *p)
{
	if (!p)
		return;
	ring_buffer__free(p->ring);
	probe_unload(p);
	btf_free(p);
	free(p->percpu);
	free(p);
}

int probe_fd(const struct probe *p)
{
	return p->ring ? ring_buffer__epoll_fd(p->ring) : -1;
}

int probe_consume(struct probe *p)
{
	return p->ring ? ring_buffer__consume(p->ring) : 0;
}

int probe_watch(struct probe *p, uint32_t tgid)
{
	return watch(p->skel->maps.watched_tgids, tgid);
}

static int arm_all(struct probe *p)
{
	struct bpf_program *prog;
	bool on_demand;

	bpf_object__for_each_program (prog, p->skel->obj) {
		if (!ladder_uses(p->choice, bpf_program__name(prog), &on_demand) || !on_demand)
			continue;
		p->armed[p->narmed] = bpf_program__attach(prog);
		if (!p->armed[p->narmed]) {
			int err = -errno;

			destroy_links(p->armed, &p->narmed);
			return err;
		}
		p->narmed++;
	}
	return 0;
}

int probe_arm_faults(struct probe *p, bool on)
{
	/* By functions they are timed all along. */
	bool all_along = ladder_is(p->choice, "fault.latency", "function");
	int err;

	if (on == p->on_demand || (on && !p->perf))
		return 0;
	if (!on && all_along)
		destroy_links(p->armed, &p->narmed);
	else if (!on)
		disarm(p);
	err = on ? arm_all(p) : 0;
	if (err)
		return err;
	if (on && ladder_is(p->choice, "fault.latency", "entry"))
		armed_set(p);
	p->on_demand = on;
	return 0;
}

bool probe_faults_armed(const struct probe *p)
{
	return p->on_demand;
}

uint64_t probe_armed_ns(const struct probe *p, uint64_t now_ns)
{
	return p->armed_total_ns + (p->is_armed ? now_ns - p->armed_since_ns : 0);
}

int probe_follow_cpus(struct probe *p)
{
	int n = p->perf ? perf_faults_follow(p->perf) : 0;
	int m = n >= 0 && p->sample ? perf_faults_follow(p->sample) : 0;

	return m < 0 ? m : n > m ? n : m;
}

int probe_programs(const struct probe *p, struct ev_program *out, int max)
{
	int n = p->nprograms < max ? p->nprograms : max;

	memcpy(out, p->programs, n * sizeof(*out));
	return n;
}

int probe_report(const struct probe *p, struct ev_probe *out, int max)
{
	int n = ladder_nsignals < max ? ladder_nsignals : max;

	for (int i = 0; i < n; i++)
		ladder_report(p->choice, i, &out[i]);
	return n;
}
