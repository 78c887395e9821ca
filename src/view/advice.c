/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. Blame and what to look at next; the contract is in advice.h. */
#include "advice.h"

#include "causes.h"

#define NOTABLE_BYTES (1ULL << 20) /* growth by less makes nobody wait for long */

static const char *const growth_words[GROWTHS] = {
	[GROWTH_ANON] = "its anonymous memory grew by %s",
	[GROWTH_SHMEM] = "its shared memory grew by %s",
	[GROWTH_READ] = "it read %s into the page cache",
	[GROWTH_WRITTEN] = "it wrote %s to the page cache",
};

static void growth_write(struct para *p, const struct culprit *c)
{
	char buf[UNITS_LEN], words[UNITS_LEN + 64];
	int most = 0, next = -1;

	for (int k = 1; k < GROWTHS; k++)
		most = c->grown[k] > c->grown[most] ? k : most;
	for (int k = 0; k < GROWTHS; k++) {
		bool much = k != most && c->grown[k] > c->grown[most] / 4 &&
			    c->grown[k] >= (int64_t)NOTABLE_BYTES;

		if (much && (next < 0 || c->grown[k] > c->grown[next]))
			next = k;
	}
	fmt_bytes((uint64_t)c->grown[most], buf, sizeof(buf));
	snprintf(words, sizeof(words), growth_words[most], buf);
	para_add(p, "%s", words);
	if (next < 0)
		return;
	fmt_bytes((uint64_t)c->grown[next], buf, sizeof(buf));
	snprintf(words, sizeof(words), growth_words[next], buf);
	para_add(p, " and %s", words);
}

/* The scope with most stall time, and who grew most there. */
static bool top_culprit(const struct model *m, struct scope_stats *scope, struct culprit *c)
{
	return model_culprits_known(m) && model_scopes(m, scope, 1) > 0 &&
	       model_culprits(m, scope->cgroup, c, 1) > 0 && c->total >= NOTABLE_BYTES;
}

void culprit_write(struct para *p, const struct model *m, const struct process *staller)
{
	char who[LABEL_LEN], where[NAME_LEN];
	struct scope_stats scope;
	struct culprit c;

	if (!top_culprit(m, &scope, &c))
		return;
	para_add(p, "%s%s took most memory ", c.process == staller ? "" : "Meanwhile ",
		 process_label(c.process, who, sizeof(who)));
	if (c.process == staller)
		para_add(p, "itself ");
	if (scope.cgroup)
		para_add(p, "in %s: ", cgroup_label(m, scope.cgroup, where, sizeof(where)));
	else
		para_add(p, "on the machine: ");
	growth_write(p, &c);
	para_add(p, ". ");
}

#define REFAULTS_MIN 16 /* fewer are nobody's trouble */

void refaults_write(struct para *p, const struct model *m)
{
	const struct fault_stats *f = model_faults(m);
	char n[UNITS_LEN], all[UNITS_LEN], away[UNITS_LEN];

	if (f->refaults < REFAULTS_MIN || f->refaults * 2 < f->count[FAULT_FILE])
		return;
	para_add(p,
		 "%s of %s faults on files were refaults, for pages that reclaim had taken away "
		 "%s before (median): the page cache is too small for the files that are mapped; "
		 "more memory, or less of it for all else, would keep them. ",
		 fmt_count(f->refaults, n, sizeof(n)),
		 fmt_count(f->count[FAULT_FILE], all, sizeof(all)),
		 fmt_ns(hist_quantile(model_refaults_away(m), 0.5), away, sizeof(away)));
}

static const char *const reason_advice[THROTTLE_REASONS] = {
	[THROTTLE_WRITEBACK] = "dirty pages cannot be written fast enough: see which device "
			       "(iostat -x), lower vm.dirty_background_ratio",
	[THROTTLE_ISOLATED] = "too many tasks reclaim at once: less concurrency, or more memory",
	[THROTTLE_NOPROGRESS] = "nothing was left to reclaim: more memory or swap, or less in use",
	[THROTTLE_CONGESTED] = "devices are congested: see which (iostat -x)",
	[THROTTLE_PFMEMALLOC] = "the reserves were nearly used up: raise vm.min_free_kbytes",
	[THROTTLE_HIGH] = "memory.high throttles it: raise memory.high, or use less",
};

static const char *const cause_advice[STALL_CAUSES] = {
	[CAUSE_CPU] = "pages are scanned and unmapped, not waited for: the working set does not "
		      "fit",
	[CAUSE_SLAB] = "many dentries and inodes, or other caches of the kernel, are freed "
		       "(slabtop)",
	[CAUSE_IO] = "see how busy the swap device and the disk that dirty pages go to are "
		     "(iostat -x)",
	[CAUSE_BLOCKED] = "see which lock it waits for (-K shows where)",
	[CAUSE_RUNQUEUE] = "CPUs are short: see who runs there (top), and cpu.max of its cgroup",
};

static const char *advice_of(const struct stall_stats *s)
{
	int order[STALL_CAUSES];

	if (!causes_rank(s->cause_ns, s->split_ns, order))
		return NULL;
	if (order[0] != CAUSE_THROTTLED)
		return cause_advice[order[0]];
	return reason_advice[throttle_top(s->throttle_ns)];
}

/* Who would have to give way: the limit, or on the machine kswapd, that had to be earlier. */
static void shortage_advise(struct para *p, const struct model *m)
{
	const struct stall_stats *s = model_stalls(m);
	char buf[NAME_LEN];
	struct scope_stats scope;

	if (model_scopes(m, &scope, 1) > 0 && scope.cgroup)
		para_add(p, "; %s needs a higher limit, or its processes less",
			 cgroup_label(m, scope.cgroup, buf, sizeof(buf)));
	else if (s->kswapd[KSWAPD_DID_GIVE_UP])
		para_add(p, "; kswapd has given up: only more memory or swap helps");
	else if (s->kswapd[KSWAPD_DID_LATE] + s->kswapd[KSWAPD_DID_SLEEP] >
		 s->kswapd[KSWAPD_DID_WORK])
		para_add(p, "; kswapd came too late: raise vm.watermark_scale_factor");
}

void next_write(struct para *p, const struct model *m)
{
	const char *advice = advice_of(model_stalls(m));

	if (!advice)
		return;
	para_add(p, "Next: %s", advice);
	shortage_advise(p, m);
	para_add(p, ". ");
}
