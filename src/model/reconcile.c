/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own totals against ours, over the time between the first and the last reading.
 *
 * Layer: model, private (model_reconcile() is public). A row is valid only if the kernel gives its
 * figure, the signal's probe runs and, where our figure comes from single events, no filter kept
 * some of them away.
 */
#include "model_impl.h"

/* Both sides of a row; false when one is not known. */
typedef bool (*side_fn)(const struct model *m, uint64_t *value);

struct row_desc {
	const char *name, *source, *note;
	const char
		*signal; /* of the probe that ours comes from; NULL = more than one can give it */
	bool all_tasks;	 /* ours is right only without a filter */
	side_fn kernel, ours;
};

static bool counted(const struct model *m, uint64_t *value, uint64_t counts)
{
	*value = counts;
	return m->ncounts >= 2;
}

static bool kernel_direct(const struct model *m, uint64_t *v)
{
	return model_host_growth(m, HOST_ALLOCSTALL, v);
}

static bool our_direct(const struct model *m, uint64_t *v)
{
	return counted(m, v, model_counts(m, SIG_DIRECT).seen);
}

static bool our_passes(const struct model *m, uint64_t *v)
{
	return counted(m, v, model_counts(m, SIG_DIRECT).extra);
}

static bool kernel_compaction(const struct model *m, uint64_t *v)
{
	return model_host_growth(m, HOST_COMPACT_STALL, v);
}

static bool our_compaction(const struct model *m, uint64_t *v)
{
	return counted(m, v, model_counts(m, SIG_COMPACTION).extra);
}

static bool kernel_kswapd(const struct model *m, uint64_t *v)
{
	return model_host_growth(m, HOST_PAGEOUTRUN, v);
}

static bool our_kswapd(const struct model *m, uint64_t *v)
{
	return counted(m, v, model_counts(m, SIG_KSWAPD).extra);
}

static bool kernel_majfaults(const struct model *m, uint64_t *v)
{
	return model_host_growth(m, HOST_PGMAJFAULT, v);
}

static bool our_majfaults(const struct model *m, uint64_t *v)
{
	return counted(m, v, model_counts(m, SIG_FAULT).seen + model_loss(m).perf_throttled);
}

static bool kernel_faults(const struct model *m, uint64_t *v)
{
	return model_host_growth(m, HOST_PGFAULT, v);
}

static bool our_faults(const struct model *m, uint64_t *v)
{
	*v = m->others.min_flt_traced + m->others.maj_flt_traced;
	for (uint32_t i = 0; i < m->proc_slots.fresh; i++) {
		const struct process *p = &m->procs[i].pub;

		if (m->procs[i].used)
			*v += p->min_flt_traced + p->maj_flt_traced;
	}
	return m->ticks > 0;
}

/* Adds what kernels that have it count elsewhere than in pswpin, pswpout. */
static void add_if_known(const struct model *m, enum host_counter c, uint64_t *v)
{
	uint64_t more;

	if (model_host_growth(m, c, &more))
		*v += more;
}

static bool kernel_swapout(const struct model *m, uint64_t *v)
{
	if (!model_host_growth(m, HOST_PSWPOUT, v))
		return false;
	add_if_known(m, HOST_ZSWPOUT, v);
	add_if_known(m, HOST_SWPOUT_ZERO, v);
	return true;
}

static bool our_swapout(const struct model *m, uint64_t *v)
{
	return counted(m, v, model_counts(m, SIG_SWAPOUT).extra);
}

static bool kernel_swapin(const struct model *m, uint64_t *v)
{
	if (!model_host_growth(m, HOST_PSWPIN, v))
		return false;
	add_if_known(m, HOST_ZSWPIN, v);
	add_if_known(m, HOST_SWPIN_ZERO, v);
	return true;
}

/* What was read ahead of a fault only the kernel counts. */
static bool our_swapin(const struct model *m, uint64_t *v)
{
	*v = m->faults.count[FAULT_SWAP];
	add_if_known(m, HOST_SWAP_RA, v);
	return m->ncounts >= 2;
}

static bool kernel_ooms(const struct model *m, uint64_t *v)
{
	return model_host_growth(m, HOST_OOM_KILL, v);
}

static bool our_ooms(const struct model *m, uint64_t *v)
{
	*v = oom_confirmed_kills(m);
	return m->ticks > 0;
}

static const struct row_desc rows[] = {
	{
		.name = "direct reclaim stalls",
		.source = "vmstat allocstall_*",
		/* do_try_to_free_pages(): ALLOCSTALL is counted below its label retry */
		.note = "the kernel counts one again when it starts the same reclaim over",
		.signal = "stall.direct",
		.kernel = kernel_direct,
		.ours = our_direct,
	},
	{
		.name = "direct reclaim passes",
		.source = "vmstat allocstall_*",
		.note = "",
		.signal = "stall.pass",
		.kernel = kernel_direct,
		.ours = our_passes,
	},
	{
		.name = "compaction stalls",
		.source = "vmstat compact_stall",
		.note = "the kernel counts attempts that were put off in every zone too",
		.signal = "stall.compaction",
		.kernel = kernel_compaction,
		.ours = our_compaction,
	},
	{
		.name = "kswapd runs",
		.source = "vmstat pageoutrun",
		.note = "",
		.signal = "kswapd.run",
		.kernel = kernel_kswapd,
		.ours = our_kswapd,
	},
	{
		.name = "major faults",
		.source = "vmstat pgmajfault",
		.note = "the kernel counts get_user_pages and failed faults too, we retried ones",
		.signal = "fault.major",
		.kernel = kernel_majfaults,
		.ours = our_majfaults,
	},
	{
		.name = "faults of all processes",
		.source = "vmstat pgfault",
		.note = "read a moment apart; the kernel's has processes that ended unseen too",
		.signal = "fault.rate",
		.all_tasks = true,
		.kernel = kernel_faults,
		.ours = our_faults,
	},
	{
		.name = "pages swapped out",
		.source = "vmstat pswpout, zswpout, swpout_zero",
		/* swap_writepage(): folio_free_swap() */
		.note = "the kernel leaves out those given up while they were to be written",
		.signal = "swap.out",
		.kernel = kernel_swapout,
		.ours = our_swapout,
	},
	{
		.name = "pages swapped in",
		.source = "vmstat pswpin, zswpin, swpin_zero",
		.note = "ours are faults, one page each, and vmstat swap_ra, the pages read ahead; "
			"large folios, swapoff and get_user_pages bring in more",
		.signal = "fault.major",
		.all_tasks = true,
		.kernel = kernel_swapin,
		.ours = our_swapin,
	},
	{
		.name = "OOM kills",
		.source = "vmstat oom_kill",
		.note = "",
		.signal = "oom.kill",
		.kernel = kernel_ooms,
		.ours = our_ooms,
	},
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) <= MODEL_RECONCILE, "raise MODEL_RECONCILE");

/* OOM kills are known from the probe or the log; without both, none seen means nothing. */
static bool ours_seen(const struct model *m, const struct row_desc *d)
{
	if (d->ours == our_ooms)
		return !signal_missing(m, "oom.kill") || oom_log_readable(m);
	if (d->ours == our_passes && !signal_runs(m, d->signal))
		return false; /* also where nobody said so: recordings from before it was there */
	return !signal_missing(m, d->signal) && !(d->all_tasks && m->filtered);
}

int model_reconcile(const struct model *m, struct reconcile_row out[MODEL_RECONCILE])
{
	int n = sizeof(rows) / sizeof(rows[0]);

	for (int i = 0; i < n; i++) {
		const struct row_desc *d = &rows[i];
		uint64_t kernel = 0, ours = 0;
		bool kernel_known = d->kernel(m, &kernel);
		bool ours_known = d->ours(m, &ours) && ours_seen(m, d);

		out[i] = (struct reconcile_row){
			.name = d->name,
			.source = d->source,
			.kernel = kernel,
			.memtrace = ours,
			.note = d->note,
			.valid = kernel_known && ours_known,
		};
	}
	return n;
}
