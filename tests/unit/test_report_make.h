/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fabricated OOM reports, as the model would put them together.
 *
 * Layer: tests. Static memory: each report is good until the next one is made.
 */
#ifndef TEST_REPORT_MAKE_H
#define TEST_REPORT_MAKE_H

#include "test_golden.h"

#define SEC   1000000000ULL
#define MSEC  1000000ULL
#define MIB   (1ULL << 20)
#define BEGIN (1000 * SEC)
#define KILL  (BEGIN + 60 * SEC + 500 * MSEC)

static struct report report_made;
static struct oom_record records_made[REPORT_KILLS];
static struct ev_host host_made;
static char log_made[REPORT_KILLS][16][256];

static inline void absent(void *from, size_t size)
{
	memset(from, 0xff, size);
}

/* A model that knows nothing but the machine it is on, and a few probes. */
static inline struct model *machine(uint32_t cgroup_version)
{
	struct model_opts opts = {.max_processes = 8,
				  .max_details = 8,
				  .max_files = 8,
				  .max_cgroups = 8,
				  .max_ooms = 8};
	struct ev_meta meta = {
		.hdr = {.kind = EV_META, .size = sizeof(meta), .time_ns = BEGIN},
		.realtime_ns = 1795262400 * SEC,
		.page_size = 4096,
		.cpus = 4,
		.mem_total_bytes = 16384 * MIB,
		.cgroup_version = cgroup_version,
		.release = "6.18.44",
		.arch = "x86_64",
		.hostname = "build-7",
	};
	struct ev_probe probe = {
		.hdr = {.kind = EV_PROBE, .size = sizeof(probe), .time_ns = BEGIN}};
	struct model *m = model_new(&opts);

	model_event(m, &meta.hdr);
	strcpy(probe.signal, "oom.kill");
	strcpy(probe.source, "tp_btf:mark_victim");
	model_event(m, &probe.hdr);
	strcpy(probe.signal, "stall.memcg");
	strcpy(probe.source, "tp_btf:mm_vmscan_memcg_reclaim_begin");
	model_event(m, &probe.hdr);
	strcpy(probe.signal, "oom.reap");
	probe.source[0] = '\0';
	probe.status = PROBE_MISSING;
	strcpy(probe.reason,
	       "no event \"start_task_reaping\" in this kernel: phases are not known");
	model_event(m, &probe.hdr);
	return m;
}

static inline struct report_process process(uint32_t pid, const char *comm)
{
	struct report_process p = {.pid = pid, .ppid = 1, .uid = 1000, .start_ns = BEGIN - pid};

	snprintf(p.comm, sizeof(p.comm), "%s", comm);
	return p;
}

/* Nothing is known of anything. */
static inline struct report *report_blank(void)
{
	struct report *r = &report_made;

	memset(r, 0, sizeof(*r));
	memset(records_made, 0, sizeof(records_made));
	absent(&r->vm, sizeof(r->vm));
	r->id = 1;
	r->kills_kernel = EV_ABSENT;
	r->candidates_rest_bytes = EV_ABSENT;
	r->from_ns = BEGIN;
	r->to_ns = KILL + 2 * SEC;
	r->first_ns = r->last_ns = r->kill_ns = KILL;
	r->written_ns = KILL + 2 * SEC;
	return r;
}

static inline struct oom_record *kill_add(struct report *r, uint64_t time_ns,
					  struct report_process victim)
{
	struct oom_record *rec = &records_made[r->nkills];

	*rec = (struct oom_record){.victim_pid = victim.pid, .victim_uid = victim.uid};
	memcpy(rec->victim_comm, victim.comm, sizeof(rec->victim_comm));
	rec->kill.hdr.time_ns = time_ns;
	rec->log = log_made[r->nkills];
	r->kills[r->nkills++] = (struct report_kill){rec, time_ns, victim};
	r->kills_counted = (uint64_t)r->nkills;
	r->last_ns = time_ns;
	return rec;
}

static inline void log_add(struct oom_record *rec, const char *line)
{
	snprintf(rec->log[rec->nlog++], sizeof(rec->log[0]), "%s", line);
}

static inline void sizes_set(struct oom_record *rec, uint64_t anon, uint64_t swap)
{
	rec->from_log = rec->from_probe = true;
	rec->kill.sized = 1;
	rec->anon_rss_bytes = anon;
	rec->file_rss_bytes = 2 * MIB;
	rec->swap_bytes = swap;
	rec->pgtables_bytes = anon / 512 + 65536;
	rec->total_vm_bytes = 2 * anon + 64 * MIB;
}

static inline void trigger_set(struct report *r, struct report_process who, uint32_t tid)
{
	struct oom_record *rec = &records_made[0];

	r->trigger = who;
	rec->trigger_known = true;
	rec->trigger_gfp = 0xcc0;
	memcpy(rec->trigger_comm, who.comm, sizeof(rec->trigger_comm));
	rec->kill.task.tgid = who.pid;
	rec->kill.task.tid = tid;
	memcpy(rec->kill.task.comm, who.comm, EV_COMM_LEN);
}

static inline struct oom_candidate *candidate_add(struct report *r, uint32_t pid, const char *comm,
						  uint64_t anon, uint64_t swap, int adj)
{
	struct oom_candidate *c = &r->candidates[r->ncandidates++];

	*c = (struct oom_candidate){
		.pid = pid,
		.uid = 1000,
		.total_vm_bytes = 2 * anon,
		.rss_bytes = anon + 2 * MIB,
		.anon_bytes = anon,
		.file_bytes = 2 * MIB,
		.swap_bytes = swap,
		.pgtables_bytes = anon / 512,
		.oom_score_adj = adj,
		.points = (int64_t)((anon + 2 * MIB + swap + anon / 512) / 4096) +
			  adj * (int64_t)(r->total_pages / 1000),
		.bar = adj == -1000 ? CANDIDATE_PROTECTED : CANDIDATE_OK,
	};
	snprintf(c->comm, sizeof(c->comm), "%s", comm);
	r->candidates_all = (uint64_t)r->ncandidates;
	return c;
}

static inline void grower_add(struct report *r, struct report_process who, uint64_t from,
			      uint64_t to, enum growth_shape shape)
{
	r->growers[r->ngrowers++] = (struct grower){
		.who = who,
		.killed = r->nkills && r->kills[0].victim.pid == who.pid,
		.from_ns = BEGIN,
		.to_ns = KILL,
		.first_bytes = from,
		.last_bytes = to,
		.anon_growth = (int64_t)(to - from) / 4 * 3,
		.swap_growth = (int64_t)(to - from) / 4,
		.rate_bytes = (to - from) / 60,
		.shape = shape,
		.burst_ns = shape == SHAPE_BURST ? 1200 * MSEC : 0,
	};
}

static inline void sufferer_add(struct report *r, struct report_process who, uint64_t stall_ns)
{
	r->sufferers[r->nsufferers++] = (struct sufferer){who, stall_ns, 12, 340};
	r->suffer_processes++;
	r->suffer_stall_ns += stall_ns;
	r->suffer_majfaults += 340;
}

/* A minute in which free memory goes first, then page cache, then swap fills. */
static inline void samples_fill(struct report *r, bool memcg)
{
	for (int i = 0; i < 62; i++) {
		uint64_t k = i < 60 ? (uint64_t)i : 5; /* after the kill there is room again */
		struct report_sample *s = &r->samples[r->nsamples++];

		absent(s, sizeof(*s));
		s->time_ns = BEGIN + (uint64_t)(i + 1) * SEC;
		s->length_ns = SEC;
		s->free_bytes = (k < 30 ? 8000 - k * 250 : 500 - k) * MIB;
		s->available_bytes = (k < 40 ? 9000 - k * 200 : 1000 - k * 10) * MIB;
		s->cache_bytes = (k < 30 ? 3000 : 3000 - (k - 30) * 90) * MIB;
		s->anon_bytes = (2000 + k * 200) * MIB;
		s->swap_used_bytes = k < 45 ? 0 : (k - 45) * 140 * MIB;
		s->psi_some_ns = k < 30 ? 0 : (k - 30) * 20 * MSEC;
		s->kswapd_ns = k < 28 ? 0 : 300 * MSEC;
		s->stall_ns = k < 40 ? 0 : (k - 40) * 30 * MSEC;
		s->stalls = k < 40 ? 0 : k;
		s->majfaults = k < 40 ? 0 : k * 10;
		s->swapout_pages = k < 45 ? 0 : 35000;
		s->victim_rss_bytes = k * 4 * MIB;
		if (!memcg)
			continue;
		s->cg_usage_bytes = (k < 50 ? 20 + k * 5 : 256) * MIB;
		s->cg_anon_bytes = k * 4 * MIB;
		s->cg_file_bytes = (k < 40 ? 40 : 60 - k) * MIB;
		s->cg_shmem_bytes = 2 * MIB;
		s->cg_stall_ns = k < 40 ? 0 : (k - 39) * MSEC;
		s->cg_stalls = k < 40 ? 0 : k;
		s->cg_majfaults = k < 50 ? 0 : 3 * k;
		s->cg_swap_bytes = k < 50 ? 0 : (k - 50) * 6 * MIB;
	}
}

static inline void stages_set(struct report *r, uint64_t first, uint64_t all)
{
	r->stages[STAGE_FREE] = (struct stage){true, BEGIN + 2 * SEC, all / 2, all / 40};
	r->stages[STAGE_CACHE] = (struct stage){true, first, all / 5, all / 50};
	r->stages[STAGE_SWAP] = (struct stage){true, KILL - 15 * SEC, 0, all / 8};
	r->stages[STAGE_OOM] = (struct stage){true, KILL, EV_ABSENT, EV_ABSENT};
}

static inline void phases_set(struct report *r)
{
	r->first_stall_ns = KILL - 20 * SEC;
	r->last_run_ns = KILL - 340 * MSEC;
	r->retries = 16;
	r->retries_vain = 14;
	r->reap_wake_ns = KILL + MSEC / 10;
	r->reap_start_ns = KILL + 12 * MSEC / 10;
	r->reap_end_ns = KILL + 9 * MSEC;
	r->exit_ns = KILL + 14 * MSEC;
	r->back_ns = KILL + 20 * MSEC;
	records_made[0].exit_ns = r->exit_ns;
	records_made[0].reap_ns[REAP_START] = r->reap_start_ns;
	records_made[0].reap_ns[REAP_FINISH] = r->reap_end_ns;
}

static inline void host_set(struct report *r, uint64_t swap_total, uint64_t swap_free)
{
	absent(host_made.value, sizeof(host_made.value));
	host_made.hdr.time_ns = KILL - 500 * MSEC;
	host_made.value[HOST_MEM_TOTAL] = 16384 * MIB;
	host_made.value[HOST_MEM_FREE] = 440 * MIB;
	host_made.value[HOST_MEM_AVAILABLE] = 410 * MIB;
	host_made.value[HOST_CACHED] = 300 * MIB;
	host_made.value[HOST_ANON] = 14000 * MIB;
	host_made.value[HOST_SHMEM] = 120 * MIB;
	host_made.value[HOST_SLAB] = 500 * MIB;
	host_made.value[HOST_DIRTY] = 3 * MIB;
	host_made.value[HOST_PGTABLES] = 40 * MIB;
	host_made.value[HOST_SWAP_TOTAL] = swap_total;
	host_made.value[HOST_SWAP_FREE] = swap_free;
	r->host = &host_made;
	r->vm = (struct ev_vm){.overcommit_memory = 0,
			       .swappiness = 60,
			       .watermark_scale_factor = 10,
			       .oom_dump_tasks = 1,
			       .min_free_bytes = 66 * MIB};
}

static inline struct report_cgroup *cgroup_add(struct report *r, const char *path, uint64_t usage,
					       uint64_t limit)
{
	struct report_cgroup *c = &r->cgroups[r->ncgroups];

	absent(c, sizeof(*c));
	c->level = (uint32_t)r->ncgroups++;
	c->path = path;
	c->usage_bytes = usage;
	c->limit_bytes = limit;
	c->swap_bytes = usage / 8;
	c->read_ns = KILL + 30 * MSEC;
	c->stat_from_log = c->oom_group = false;
	c->value[CGMEM_EVENT_MAX] = 812;
	c->value[CGMEM_EVENT_OOM] = 1;
	c->value[CGMEM_EVENT_OOM_KILL] = 1;
	return c;
}

#endif
